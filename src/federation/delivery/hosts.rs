//! How other servers take what is delivered to them: one row for each host that ever gave reason for one.
//!
//! `ok` and `slow` (it failed lately, and gets one delivery at a time) are sent to. A host that failed five times in a row is `down`: its
//! queue is held, without using up attempts, and one delivery at a time is sent as a probe. After a week of that it is `dead`; one that
//! says so itself is `gone`. A dead host that writes to us gets one probe.

use std::collections::HashMap;
use std::time::Duration;

use diesel::prelude::*;

use super::retry::{MAX_REASON, pause};
use crate::db::Conn;
use crate::db::schema::{accounts, hosts};
use crate::domain::accounts::Account;
use crate::error::Result;
use crate::federation::signatures::Scheme;
use crate::time::Time;

/// Failures in a row after which a host is down.
const FAILURES: i32 = 5;
/// How long a host is down before it is dead, if it failed on enough days.
const DEAD_AFTER: Duration = Duration::from_secs(7 * 86_400);
/// On how many days a host must have failed to be dead.
const DEAD_DAYS: i32 = 5;
/// How often, within a day, a shared inbox must answer "gone" to be believed.
const GONE_ANSWERS: i32 = 3;
/// The day in which it must.
const GONE_WITHIN: Duration = Duration::from_secs(86_400);
/// How many web pages in a row make a parked domain.
const PAGES: i32 = 3;
/// How often at most a dead host that writes to us is probed.
pub(super) const REVIVAL: Duration = Duration::from_secs(3600);
/// How often a success is noted while nothing else changes.
const NOTED: Duration = Duration::from_secs(86_400);

crate::text_enum! {
    /// How a host stands.
    pub enum HostState {
        /// It takes what is delivered.
        Ok = "ok",
        /// It failed lately.
        Slow = "slow",
        /// It fails; only probes are sent.
        Down = "down",
        /// It failed for a week; only what must not be lost is kept for it.
        Dead = "dead",
        /// It says that it is no more.
        Gone = "gone",
    }
}

impl HostState {
    /// Whether deliveries are sent as they come.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Ok | Self::Slow)
    }
}

crate::text_enum! {
    /// The form of signature that a host took last.
    pub enum Form {
        /// draft-cavage-http-signatures-12.
        Cavage = "cavage",
        /// RFC 9421.
        Rfc9421 = "rfc9421",
    }
}

impl Form {
    /// The one to try when this one was refused.
    pub const fn other(self) -> Self {
        match self {
            Self::Cavage => Self::Rfc9421,
            Self::Rfc9421 => Self::Cavage,
        }
    }
}

impl From<Scheme> for Form {
    fn from(scheme: Scheme) -> Self {
        match scheme {
            Scheme::Cavage => Self::Cavage,
            Scheme::Rfc9421 => Self::Rfc9421,
        }
    }
}

/// What is known of a host. `host` has the port where that is not the scheme's own.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = hosts, primary_key(host), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Host {
    pub host: String,
    pub state: HostState,
    /// Since when it is in that state.
    pub since: Time,
    /// Failures in a row.
    pub failures: i32,
    /// On how many days it failed since it last answered.
    pub failed_days: i32,
    /// The last of them, in days since 1970.
    pub last_failed_day: Option<i32>,
    /// How often its shared inbox said "gone" since `gone_since`.
    pub gone_answers: i32,
    pub gone_since: Option<Time>,
    /// Web pages in a row.
    pub html_answers: i32,
    /// When one delivery may be sent to see whether it is back.
    pub next_probe_at: Option<Time>,
    pub signature_scheme: Form,
    pub last_success_at: Option<Time>,
    pub last_failure_at: Option<Time>,
    pub last_error: Option<String>,
}

/// What was heard of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// It took a delivery signed in this form.
    Took {
        /// The form.
        form: Form,
        /// Whether its answer was a web page.
        is_page: bool,
    },
    /// It answered, though it did not take the delivery.
    Answered,
    /// It cannot be reached or is broken.
    Failed {
        /// Whether this was the probe of a host that is not sent to otherwise.
        is_probe: bool,
        /// For people to read.
        why: String,
    },
    /// Its shared inbox says that it is gone.
    Gone,
}

/// What that changes for the deliveries that wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Turn {
    /// Nothing.
    #[default]
    None,
    /// They are held.
    Down,
    /// They may go.
    Back,
    /// All but what outlasts death is parked.
    Dead,
    /// All are parked.
    Gone,
}

impl Host {
    /// A host that gave no reason for a row yet.
    pub fn new(host: String, now: Time) -> Self {
        Self {
            host,
            state: HostState::Ok,
            since: now,
            failures: 0,
            failed_days: 0,
            last_failed_day: None,
            gone_answers: 0,
            gone_since: None,
            html_answers: 0,
            next_probe_at: None,
            signature_scheme: Form::Cavage,
            last_success_at: None,
            last_failure_at: None,
            last_error: None,
        }
    }

    /// Takes account of what was heard; says what that means for the host's queue.
    pub fn hear(&mut self, heard: Heard, now: Time) -> Turn {
        match heard {
            Heard::Took { form, is_page: false } => {
                (self.html_answers, self.gone_answers, self.gone_since) = (0, 0, None);
                self.signature_scheme = form;
                if self.last_success_at.is_none_or(|at| now.since(at) > NOTED) {
                    self.last_success_at = Some(now);
                }
                self.revive(now)
            }
            Heard::Took { is_page: true, .. } => {
                self.html_answers = self.html_answers.saturating_add(1);
                if self.html_answers < PAGES {
                    return self.revive(now);
                }
                self.note_failure("answers with web pages: the domain seems to be parked", now);
                self.enter(HostState::Dead, now)
            }
            Heard::Answered => self.revive(now),
            Heard::Failed { is_probe, why } => self.fail(is_probe, &why, now),
            Heard::Gone => {
                if self.gone_since.is_none_or(|since| now.since(since) > GONE_WITHIN) {
                    (self.gone_answers, self.gone_since) = (0, Some(now));
                }
                self.gone_answers = self.gone_answers.saturating_add(1);
                if self.gone_answers < GONE_ANSWERS {
                    return self.revive(now);
                }
                self.note_failure("says that it is gone", now);
                self.enter(HostState::Gone, now)
            }
        }
    }

    fn fail(&mut self, is_probe: bool, why: &str, now: Time) -> Turn {
        // What was already under way when it went down tells nothing new.
        if !self.state.is_open() && !is_probe {
            return Turn::None;
        }
        self.note_failure(why, now);
        match self.state {
            HostState::Dead | HostState::Gone => {
                self.next_probe_at = None;
                Turn::None
            }
            HostState::Down if self.failed_days >= DEAD_DAYS && now.since(self.since) >= DEAD_AFTER => {
                self.enter(HostState::Dead, now)
            }
            HostState::Down => {
                self.next_probe_at = Some(self.next_probe(now));
                Turn::None
            }
            HostState::Ok | HostState::Slow if self.failures >= FAILURES => {
                let turn = self.enter(HostState::Down, now);
                self.next_probe_at = Some(self.next_probe(now));
                turn
            }
            HostState::Ok | HostState::Slow => self.enter(HostState::Slow, now),
        }
    }

    fn note_failure(&mut self, why: &str, now: Time) {
        self.failures = self.failures.saturating_add(1);
        let day = i32::try_from(now.day()).ok();
        if self.last_failed_day != day {
            self.failed_days = self.failed_days.saturating_add(1);
            self.last_failed_day = day;
        }
        self.last_failure_at = Some(now);
        self.last_error = Some(why.chars().take(MAX_REASON).collect());
    }

    fn next_probe(&self, now: Time) -> Time {
        let salt = self.host.bytes().fold(0i64, |sum, byte| sum.wrapping_mul(31).wrapping_add(i64::from(byte)));
        now.after(pause(self.failures.saturating_sub(FAILURES).saturating_add(1), salt))
    }

    /// It answered: whatever was held for it may go.
    fn revive(&mut self, now: Time) -> Turn {
        (self.failures, self.failed_days, self.last_failed_day) = (0, 0, None);
        self.enter(HostState::Ok, now)
    }

    fn enter(&mut self, state: HostState, now: Time) -> Turn {
        let was = std::mem::replace(&mut self.state, state);
        if was != state {
            self.since = now;
        }
        if state != HostState::Down {
            self.next_probe_at = None;
        }
        match state {
            _ if was == state => Turn::None,
            HostState::Ok | HostState::Slow if was.is_open() => Turn::None,
            HostState::Ok | HostState::Slow => Turn::Back,
            HostState::Down => Turn::Down,
            HostState::Dead => Turn::Dead,
            HostState::Gone => Turn::Gone,
        }
    }
}

/// What is known of these hosts; those without a row are left out.
pub fn list(conn: &mut Conn, names: &[String]) -> Result<HashMap<String, Host>> {
    let mut found = HashMap::new();
    for chunk in names.chunks(1000) {
        let rows: Vec<Host> = hosts::table.filter(hosts::host.eq_any(chunk)).select(Host::as_select()).load(conn)?;
        found.extend(rows.into_iter().map(|host| (host.host.clone(), host)));
    }
    Ok(found)
}

/// Every host that is not sent to as things come: its state, and whether a probe is arranged.
pub fn list_closed(conn: &mut Conn) -> Result<HashMap<String, (HostState, bool)>> {
    let rows: Vec<(String, HostState, Option<Time>)> = hosts::table
        .filter(hosts::state.eq_any([HostState::Down, HostState::Dead, HostState::Gone]))
        .select((hosts::host, hosts::state, hosts::next_probe_at))
        .load(conn)?;
    Ok(rows.into_iter().map(|(host, state, probe)| (host, (state, probe.is_some()))).collect())
}

/// Hosts whose time for a probe has come, at most `limit`.
pub fn list_due_probes(conn: &mut Conn, now: Time, limit: i64) -> Result<Vec<Host>> {
    let is_down = hosts::state.eq(HostState::Down);
    let may_be_back = hosts::state
        .eq_any([HostState::Dead, HostState::Gone])
        .and(hosts::last_failure_at.is_null().or(hosts::last_failure_at.lt(now.before(REVIVAL))));
    Ok(hosts::table
        .filter(hosts::next_probe_at.le(now))
        .filter(is_down.or(may_be_back))
        .order(hosts::next_probe_at.asc())
        .limit(limit)
        .select(Host::as_select())
        .load(conn)?)
}

/// Says when a host is probed next; `None`: not until something happens.
pub fn set_probe(conn: &mut Conn, host: &str, at: Option<Time>) -> Result<()> {
    diesel::update(hosts::table.find(host)).set(hosts::next_probe_at.eq(at)).execute(conn)?;
    Ok(())
}

/// Has a host that is down or dead probed with whatever waits for it.
pub fn probe_soon(conn: &mut Conn, names: &[String], now: Time) -> Result<()> {
    for chunk in names.chunks(1000) {
        let closed = hosts::table.filter(hosts::host.eq_any(chunk)).filter(hosts::state.eq_any([
            HostState::Down,
            HostState::Dead,
            HostState::Gone,
        ]));
        diesel::update(closed)
            .set((hosts::next_probe_at.eq(now), hosts::last_failure_at.eq(None::<Time>)))
            .execute(conn)?;
    }
    Ok(())
}

/// Writes the row of a host.
pub fn save(conn: &mut Conn, host: &Host) -> Result<()> {
    crate::each_backend!(conn, |c| diesel::insert_into(hosts::table)
        .values(host)
        .on_conflict(hosts::host)
        .do_update()
        .set(host)
        .execute(c))?;
    Ok(())
}

/// A host wrote to us, proved by its signature. If it counts as dead or gone, the next thing for it is sent as a probe; what is known of its
/// failures stays until that succeeds. Cheap, and without effect for all other hosts.
pub fn note_inbound(conn: &mut Conn, host: &str) -> Result<()> {
    let written_off = hosts::table
        .find(host)
        .filter(hosts::state.eq_any([HostState::Dead, HostState::Gone]))
        .filter(hosts::next_probe_at.is_null());
    // Any time in the past: the probe itself keeps its distance from the last failure.
    diesel::update(written_off).set(hosts::next_probe_at.eq(Time(0))).execute(conn)?;
    Ok(())
}

/// Whether an inbox serves several accounts: a whole server, as its actors say, or as they turn out to have none of their own. Reads through
/// the accounts, so only for the rare answer that needs to know.
pub fn is_shared_inbox(conn: &mut Conn, inbox: &str) -> Result<bool> {
    let is_declared: bool =
        diesel::select(diesel::dsl::exists(accounts::table.filter(accounts::shared_inbox_url.eq(inbox))))
            .get_result(conn)?;
    Ok(is_declared || owners(conn, inbox)?.len() > 1)
}

/// The accounts elsewhere that have this inbox as their own; no more than two are looked for.
pub fn owners(conn: &mut Conn, inbox: &str) -> Result<Vec<Account>> {
    Ok(accounts::table
        .filter(accounts::inbox_url.eq(inbox))
        .filter(accounts::domain.ne(""))
        .filter(accounts::deleted_at.is_null())
        .limit(2)
        .select(Account::as_select())
        .load(conn)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn failed(is_probe: bool) -> Heard {
        Heard::Failed { is_probe, why: "no answer".into() }
    }

    fn took() -> Heard {
        Heard::Took { form: Form::Cavage, is_page: false }
    }

    fn host() -> (Host, Time) {
        let now = Time::from_unix(1_700_000_000);
        (Host::new("r.example".into(), now), now)
    }

    #[test]
    fn five_failures_in_a_row_bring_a_host_down_and_one_answer_brings_it_back() {
        let (mut host, now) = host();
        for _ in 0..4 {
            assert_eq!(host.hear(failed(false), now), Turn::None);
        }
        assert_eq!(host.state, HostState::Slow);
        assert_eq!(host.hear(Heard::Answered, now), Turn::None);
        assert_eq!((host.state, host.failures), (HostState::Ok, 0));
        for _ in 0..4 {
            host.hear(failed(false), now);
        }
        assert_eq!(host.hear(failed(false), now), Turn::Down);
        let probe = host.next_probe_at.unwrap().since(now).as_secs();
        assert!((24..=36).contains(&probe), "{probe}");
        assert_eq!(host.hear(failed(false), now), Turn::None);
        assert_eq!(host.failures, 5, "what was under way counts no more");
        assert_eq!(host.hear(took(), now), Turn::Back);
        assert_eq!((host.state, host.next_probe_at), (HostState::Ok, None));
    }

    #[test]
    fn a_week_of_failures_on_five_days_is_death() {
        let (mut host, mut now) = host();
        for _ in 0..5 {
            host.hear(failed(false), now);
        }
        let down = now;
        let mut probes = 0;
        while host.state == HostState::Down {
            now = host.next_probe_at.unwrap();
            host.hear(failed(true), now);
            probes += 1;
            assert!(probes < 30);
        }
        assert_eq!(host.state, HostState::Dead);
        assert!(now.since(down) >= DEAD_AFTER && now.since(down) < DEAD_AFTER + 48 * HOUR);
        assert_eq!(host.next_probe_at, None);
        assert_eq!(host.hear(failed(true), now), Turn::None);
        assert_eq!(host.hear(took(), now), Turn::Back);
    }

    #[test]
    fn a_shared_inbox_is_believed_when_it_says_gone_three_times_in_a_day() {
        let (mut host, now) = host();
        assert_eq!(host.hear(Heard::Gone, now), Turn::None);
        assert_eq!(host.hear(Heard::Gone, now.after(25 * HOUR)), Turn::None);
        assert_eq!(host.hear(Heard::Gone, now.after(26 * HOUR)), Turn::None);
        assert_eq!(host.hear(Heard::Gone, now.after(27 * HOUR)), Turn::Gone);
        assert_eq!(host.state, HostState::Gone);
    }

    #[test]
    fn three_web_pages_are_a_parked_domain() {
        let (mut host, now) = host();
        let page = || Heard::Took { form: Form::Cavage, is_page: true };
        host.hear(page(), now);
        host.hear(page(), now);
        host.hear(took(), now);
        assert_eq!((host.hear(page(), now), host.hear(page(), now)), (Turn::None, Turn::None));
        assert_eq!(host.hear(page(), now), Turn::Dead);
    }

    #[test]
    fn the_form_of_signature_is_remembered() {
        let (mut host, now) = host();
        host.hear(Heard::Took { form: Form::Rfc9421, is_page: false }, now);
        assert_eq!(host.signature_scheme, Form::Rfc9421);
        host.hear(Heard::Answered, now);
        assert_eq!(host.signature_scheme, Form::Rfc9421);
    }
}
