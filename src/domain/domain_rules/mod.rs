//! Rules of this server for other domains. A rule holds for all sub-domains too.

use std::collections::HashSet;

use diesel::prelude::*;

use crate::context::Context;
use crate::db::schema::{accounts, domain_rules};
use crate::db::{Conn, settings};
use crate::domain::events::{self, Event};
use crate::error::{Error, Result};
use crate::text::handles::normalize_domain;
use crate::time::Time;

/// Characters of a reason.
const MAX_REASON: usize = 1000;
/// How many values one statement takes.
const CHUNK: usize = 500;

crate::text_enum! {
    /// What a rule says.
    pub enum Severity {
        /// Nothing goes to the domain and nothing comes from it; its accounts are not shown.
        Suspend = "suspend",
        /// Where only allowed domains federate, this is one. Does not undo a [`Severity::Suspend`].
        Allow = "allow",
    }
}

/// A rule as it is kept.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = domain_rules)]
pub struct Rule {
    pub domain: String,
    pub severity: Severity,
    /// For those who run the server.
    pub reason: String,
    pub created_at: Time,
}

/// All rules at once, for a decision without the database.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    suspended: HashSet<String>,
    allowed: HashSet<String>,
    is_allow_list: bool,
}

impl Policy {
    /// Reads all rules. `is_allow_list`: whether only allowed domains federate.
    pub fn load(conn: &mut Conn, is_allow_list: bool) -> Result<Self> {
        Ok(Self::new(list(conn)?, is_allow_list))
    }

    fn new(rules: Vec<Rule>, is_allow_list: bool) -> Self {
        let (suspended, allowed): (Vec<Rule>, Vec<Rule>) =
            rules.into_iter().partition(|r| r.severity == Severity::Suspend);
        Self {
            suspended: suspended.into_iter().map(|r| r.domain).collect(),
            allowed: allowed.into_iter().map(|r| r.domain).collect(),
            is_allow_list,
        }
    }

    /// Whether nothing may be exchanged with this host. With or without port, in any case; what is no host name is refused.
    pub fn refuses(&self, host: &str) -> bool {
        let Some(host) = name_of(host) else { return true };
        let among = |rules: &HashSet<String>| suffixes(&host).any(|s| rules.contains(s));
        among(&self.suspended) || (self.is_allow_list && !among(&self.allowed))
    }
}

/// The host itself, then each domain it lies in: `a.b.c`, `b.c`, `c`.
fn suffixes(host: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(host), |s| s.split_once('.').map(|(_, rest)| rest))
}

/// The name of a host as rules know it: lower-case, punycode, no port.
fn name_of(host: &str) -> Option<String> {
    let name = normalize_domain(host.trim())?;
    Some(match name.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name.to_owned(),
        _ => name,
    })
}

/// Suspends a domain and tells other processes; see [`set`].
pub fn block(conn: &mut Conn, cx: &Context, domain: &str, reason: &str) -> Result<Rule> {
    let rule = set(conn, domain, Severity::Suspend, reason, cx.now)?;
    events::record(conn, cx, Event::RulesChanged)?;
    Ok(rule)
}

/// Allows a domain, which has a meaning where only allowed domains federate, and tells other processes.
pub fn allow(conn: &mut Conn, cx: &Context, domain: &str, reason: &str) -> Result<Rule> {
    let rule = set(conn, domain, Severity::Allow, reason, cx.now)?;
    events::record(conn, cx, Event::RulesChanged)?;
    Ok(rule)
}

/// Removes the rule for a domain and tells other processes; false if there is none.
pub fn unblock(conn: &mut Conn, cx: &Context, domain: &str) -> Result<bool> {
    let removed = remove(conn, domain)?;
    if removed {
        events::record(conn, cx, Event::RulesChanged)?;
    }
    Ok(removed)
}

/// Writes the rule for a domain, in place of one that was there. The accounts of a suspended domain and what they wrote are shown no
/// more; follows stay, so that they hold again when it is lifted. Other processes are not told.
pub fn set(conn: &mut Conn, domain: &str, severity: Severity, reason: &str, now: Time) -> Result<Rule> {
    let domain = checked(domain)?;
    let reason = reason.trim();
    if reason.chars().count() > MAX_REASON {
        return Err(Error::invalid("reason", format!("is longer than {MAX_REASON} characters")));
    }
    if severity == Severity::Suspend {
        let own = settings::find(conn, settings::DOMAIN)?.and_then(|own| name_of(&own));
        if own.is_some_and(|own| suffixes(&own).any(|s| s == domain)) {
            return Err(Error::invalid("domain", "is that of this server"));
        }
    }
    let before = find(conn, &domain)?;
    let row = (
        domain_rules::domain.eq(&domain),
        domain_rules::severity.eq(severity),
        domain_rules::reason.eq(reason),
        domain_rules::created_at.eq(now),
    );
    crate::each_backend!(conn, |c| diesel::insert_into(domain_rules::table)
        .values(row)
        .on_conflict(domain_rules::domain)
        .do_update()
        .set((domain_rules::severity.eq(severity), domain_rules::reason.eq(reason)))
        .execute(c))?;
    apply(conn, before, &domain)?;
    find(conn, &domain)?.ok_or(Error::NotFound("domain rule"))
}

/// Removes the rule for a domain; false if there is none. Other processes are not told.
pub fn remove(conn: &mut Conn, domain: &str) -> Result<bool> {
    let domain = checked(domain)?;
    let Some(rule) = find(conn, &domain)? else { return Ok(false) };
    diesel::delete(domain_rules::table.find(&domain)).execute(conn)?;
    apply(conn, Some(rule), &domain)?;
    Ok(true)
}

/// All rules, by domain.
pub fn list(conn: &mut Conn) -> Result<Vec<Rule>> {
    Ok(domain_rules::table.order(domain_rules::domain.asc()).select(Rule::as_select()).load(conn)?)
}

/// The rule for exactly this domain, as [`list`] writes it.
pub fn find(conn: &mut Conn, domain: &str) -> Result<Option<Rule>> {
    Ok(domain_rules::table.find(domain).select(Rule::as_select()).first(conn).optional()?)
}

fn checked(domain: &str) -> Result<String> {
    let domain = domain.trim();
    let domain = domain.strip_prefix("*.").unwrap_or(domain);
    name_of(domain).ok_or_else(|| Error::invalid("domain", "must be a domain such as example.org"))
}

/// Brings the accounts of a domain in line with the rules as they are now.
/// `before`: the rule that was there; the accounts that it suspended carry its time.
fn apply(conn: &mut Conn, before: Option<Rule>, domain: &str) -> Result<()> {
    let rules: Vec<Rule> = list(conn)?.into_iter().filter(|r| r.severity == Severity::Suspend).collect();
    let known: Vec<String> =
        accounts::table.filter(accounts::domain.ne("")).select(accounts::domain).distinct().load(conn)?;
    let beneath = |host: &String| name_of(host).is_some_and(|host| suffixes(&host).any(|s| s == domain));
    for chunk in known.into_iter().filter(beneath).collect::<Vec<_>>().chunks(CHUNK) {
        if let Some(before) = before.as_ref().filter(|r| r.severity == Severity::Suspend) {
            let theirs = accounts::table
                .filter(accounts::domain.eq_any(chunk))
                .filter(accounts::suspended_at.eq(before.created_at));
            diesel::update(theirs).set(accounts::suspended_at.eq(None::<Time>)).execute(conn)?;
        }
        for host in chunk {
            let Some(name) = name_of(host) else { continue };
            let Some(rule) = suffixes(&name).find_map(|s| rules.iter().find(|r| r.domain == s)) else { continue };
            let open = accounts::table.filter(accounts::domain.eq(host)).filter(accounts::suspended_at.is_null());
            diesel::update(open).set(accounts::suspended_at.eq(rule.created_at)).execute(conn)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(rules: &[(&str, Severity)], is_allow_list: bool) -> Policy {
        let rule = |(domain, severity): &(&str, Severity)| Rule {
            domain: (*domain).into(),
            severity: *severity,
            reason: String::new(),
            created_at: Time(0),
        };
        Policy::new(rules.iter().map(rule).collect(), is_allow_list)
    }

    #[test]
    fn a_rule_holds_for_sub_domains_and_for_nothing_that_only_looks_alike() {
        let policy = policy(&[("evil.example", Severity::Suspend)], false);
        for host in ["evil.example", "EVIL.example", "evil.example.", "evil.example:8443", "a.b.evil.example"] {
            assert!(policy.refuses(host), "{host}");
        }
        for host in ["notevil.example", "evil.example.org", "example", "good.example:3000"] {
            assert!(!policy.refuses(host), "{host}");
        }
    }

    #[test]
    fn an_allow_list_refuses_the_rest_and_what_is_suspended() {
        let policy = policy(&[("friend.example", Severity::Allow), ("bad.friend.example", Severity::Suspend)], true);
        assert!(!policy.refuses("friend.example"));
        assert!(!policy.refuses("www.friend.example"));
        assert!(policy.refuses("bad.friend.example"));
        assert!(policy.refuses("stranger.example"));
        assert!(Policy::default().refuses("no host"));
    }
}
