//! The rules for people on this server, with their translations.

use std::collections::BTreeMap;

use diesel::dsl;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::context::Context;
use crate::db::schema::instance_rules;
use crate::db::{Conn, Json};
use crate::error::{Error, Result};
use crate::ids::RuleId;
use crate::text::language;
use crate::time::Time;

/// How many rules a server has at most.
const MAX_RULES: i64 = 100;
/// Characters of a rule.
const MAX_TEXT: usize = 300;
/// Characters of the words that explain one.
const MAX_HINT: usize = 2000;

/// A rule in another language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Translation {
    /// The rule.
    pub text: String,
    /// What explains it; may be empty.
    pub hint: String,
}

/// A rule as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = instance_rules)]
pub struct Rule {
    pub id: RuleId,
    /// Where it stands among the others.
    pub position: i32,
    /// One sentence, plain text.
    pub text: String,
    /// What explains it, plain text; may be empty.
    pub hint: String,
    /// By language code.
    pub translations: Json<BTreeMap<String, Translation>>,
    pub created_at: Time,
    pub withdrawn_at: Option<Time>,
}

impl Rule {
    /// The rule in that language, or as it was written.
    pub fn text_in(&self, lang: &str) -> &str {
        self.translations.0.get(lang).map_or(&self.text, |translation| &translation.text)
    }

    /// What explains it in that language, or as it was written; may be empty.
    pub fn hint_in(&self, lang: &str) -> &str {
        self.translations.0.get(lang).map_or(&self.hint, |translation| &translation.hint)
    }
}

/// A rule to be made.
#[derive(Debug, Clone, Default)]
pub struct NewRule {
    /// One sentence.
    pub text: String,
    /// What explains it; may be empty.
    pub hint: String,
    /// By language code.
    pub translations: BTreeMap<String, Translation>,
}

/// Adds a rule behind all others. Errors: no text or too much; a language that is none; too many rules.
pub fn create(conn: &mut Conn, cx: &Context, new: NewRule) -> Result<Rule> {
    let (text, hint) = (checked(&new.text, &new.hint)?, new.hint.trim().to_owned());
    let mut translations = BTreeMap::new();
    for (code, words) in new.translations {
        let code = language::normalize(&code)
            .ok_or_else(|| Error::invalid("translation", format!("{code:?} is no language code such as nl")))?;
        let text = checked(&words.text, &words.hint)?;
        translations.insert(code, Translation { text, hint: words.hint.trim().to_owned() });
    }
    if standing().count().get_result::<i64>(conn)? >= MAX_RULES {
        return Err(Error::invalid("rule", format!("is one too many: {MAX_RULES} are allowed")));
    }
    let last: Option<i32> = instance_rules::table.select(dsl::max(instance_rules::position)).first(conn)?;
    let row = Rule {
        id: cx.id(),
        position: last.unwrap_or(0).saturating_add(1),
        text,
        hint,
        translations: Json(translations),
        created_at: cx.now,
        withdrawn_at: None,
    };
    diesel::insert_into(instance_rules::table).values(&row).execute(conn)?;
    Ok(row)
}

fn checked(text: &str, hint: &str) -> Result<String> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::invalid("text", "can't be blank"));
    }
    if text.chars().count() > MAX_TEXT {
        return Err(Error::invalid("text", format!("is longer than {MAX_TEXT} characters")));
    }
    if hint.trim().chars().count() > MAX_HINT {
        return Err(Error::invalid("hint", format!("is longer than {MAX_HINT} characters")));
    }
    Ok(text.to_owned())
}

#[dsl::auto_type]
fn standing() -> _ {
    instance_rules::table.filter(instance_rules::withdrawn_at.is_null())
}

/// The rules that hold, in their order.
pub fn list(conn: &mut Conn) -> Result<Vec<Rule>> {
    Ok(standing()
        .order((instance_rules::position.asc(), instance_rules::id.asc()))
        .limit(MAX_RULES)
        .select(Rule::as_select())
        .load(conn)?)
}

/// Rules by their ids, also those that were withdrawn, in their order: what a report names.
pub fn list_named(conn: &mut Conn, ids: &[RuleId]) -> Result<Vec<Rule>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(instance_rules::table
        .filter(instance_rules::id.eq_any(ids))
        .order((instance_rules::position.asc(), instance_rules::id.asc()))
        .select(Rule::as_select())
        .load(conn)?)
}

/// Withdraws a rule; false if there is none that holds.
pub fn withdraw(conn: &mut Conn, id: RuleId, now: Time) -> Result<bool> {
    let rule = instance_rules::table.filter(instance_rules::id.eq(id)).filter(instance_rules::withdrawn_at.is_null());
    Ok(diesel::update(rule).set(instance_rules::withdrawn_at.eq(now)).execute(conn)? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::follows::tests::world::World;

    fn new(text: &str) -> NewRule {
        NewRule { text: text.into(), ..NewRule::default() }
    }

    #[test]
    fn rules_keep_their_order_and_withdrawn_ones_can_still_be_named() {
        let mut w = World::new();
        let first = create(&mut w.conn, &w.cx, new("Be kind")).unwrap();
        let second = create(&mut w.conn, &w.cx, new("No spam")).unwrap();
        let now = w.cx.now;
        assert!(withdraw(&mut w.conn, first.id, now).unwrap());
        assert!(!withdraw(&mut w.conn, first.id, now).unwrap());
        let texts = |rules: Vec<Rule>| rules.into_iter().map(|rule| rule.text).collect::<Vec<_>>();
        assert_eq!(texts(list(&mut w.conn).unwrap()), ["No spam"]);
        assert_eq!(texts(list_named(&mut w.conn, &[second.id, first.id]).unwrap()), ["Be kind", "No spam"]);
    }

    #[test]
    fn a_rule_speaks_the_readers_language_where_it_can() {
        let mut w = World::new();
        let dutch = Translation { text: "Wees aardig".into(), hint: String::new() };
        let rule = NewRule { translations: BTreeMap::from([("nl-NL".into(), dutch.clone())]), ..new(" Be kind ") };
        let rule = create(&mut w.conn, &w.cx, rule).unwrap();
        assert_eq!((rule.text_in("nl"), rule.text_in("de")), ("Wees aardig", "Be kind"));
        for wrong in [
            new(" "),
            new(&"x".repeat(301)),
            NewRule { hint: "x".repeat(2001), ..new("x") },
            NewRule { translations: BTreeMap::from([("dutch".into(), dutch)]), ..new("x") },
        ] {
            assert!(matches!(create(&mut w.conn, &w.cx, wrong), Err(Error::Invalid(_))));
        }
    }
}
