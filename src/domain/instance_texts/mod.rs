//! Long texts of the server about itself: its description, its privacy policy, its terms with the days from which they hold.

use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::instance_texts;
use crate::error::{Error, Result};
use crate::text::document;
use crate::time::Time;

/// How many versions of the terms are kept.
const MAX_VERSIONS: i64 = 100;

/// The privacy policy of a server that has none of its own: what this software keeps.
pub const DEFAULT_PRIVACY: &str = "\
Reading costs you nothing: no cookies, no trackers, nothing loaded from other companies.

Only who signs in gets a cookie, for staying signed in and nothing else.

What you write to somebody here, from any server, is kept here so that it can be answered. Delete it at home and it goes \
here too.";
/// When [`DEFAULT_PRIVACY`] was last changed.
pub const DEFAULT_PRIVACY_AT: Time = Time::from_unix(1_795_305_600);

crate::text_enum! {
    /// What a text is.
    pub enum TextKind {
        /// What the server is for, at length.
        ExtendedDescription = "extended_description",
        /// What is kept about people.
        PrivacyPolicy = "privacy_policy",
        /// What holds between the server and its people.
        TermsOfService = "terms_of_service",
    }
}

/// A text as it is kept.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = instance_texts)]
pub struct Text {
    pub kind: TextKind,
    /// The day from which terms hold, `YYYY-MM-DD`; empty for other texts.
    pub effective_on: String,
    /// What was written.
    pub source: String,
    /// Safe HTML.
    pub content: String,
    pub updated_at: Time,
}

/// Terms with what became of them.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The terms.
    pub text: Text,
    /// Whether they hold, or did until others followed.
    pub is_effective: bool,
    /// The day from which others hold in their place.
    pub succeeded_by: Option<String>,
}

/// Writes a text in place of what was there. `effective_on`: of terms, the day from which they hold, today if absent.
/// Errors: an empty text or one that is too long; a day that is none, or a day for a text that has none.
pub fn set(conn: &mut Conn, now: Time, kind: TextKind, effective_on: Option<&str>, source: &str) -> Result<Text> {
    let effective_on = match (kind, effective_on) {
        (TextKind::TermsOfService, None) => now.date(),
        (TextKind::TermsOfService, Some(day)) => checked_day(day)?,
        (_, None) => String::new(),
        (_, Some(_)) => return Err(Error::invalid("effective", "is for terms of service only")),
    };
    if source.trim().is_empty() {
        return Err(Error::invalid("text", "can't be blank"));
    }
    let content = document::render(source)
        .ok_or_else(|| Error::invalid("text", format!("is longer than {} bytes", document::MAX_BYTES)))?;
    let row = (
        instance_texts::kind.eq(kind),
        instance_texts::effective_on.eq(&effective_on),
        instance_texts::source.eq(source),
        instance_texts::content.eq(content.as_str()),
        instance_texts::updated_at.eq(now),
    );
    crate::each_backend!(conn, |c| diesel::insert_into(instance_texts::table)
        .values(row)
        .on_conflict((instance_texts::kind, instance_texts::effective_on))
        .do_update()
        .set((
            instance_texts::source.eq(source),
            instance_texts::content.eq(content.as_str()),
            instance_texts::updated_at.eq(now),
        ))
        .execute(c))?;
    find_of_day(conn, kind, &effective_on)?.ok_or(Error::NotFound("text"))
}

/// A day as it is kept.
fn checked_day(day: &str) -> Result<String> {
    let parsed = Time::parse(&format!("{}T00:00:00Z", day.trim())).map(Time::date);
    parsed
        .filter(|parsed| parsed == day.trim())
        .ok_or_else(|| Error::invalid("effective", "must be a day such as 2027-01-31"))
}

/// Removes a text, of terms that version; false if there is none.
pub fn remove(conn: &mut Conn, kind: TextKind, effective_on: Option<&str>) -> Result<bool> {
    let row = instance_texts::table.find((kind, effective_on.unwrap_or_default()));
    Ok(diesel::delete(row).execute(conn)? > 0)
}

/// A text that is no terms.
pub fn find(conn: &mut Conn, kind: TextKind) -> Result<Option<Text>> {
    find_of_day(conn, kind, "")
}

fn find_of_day(conn: &mut Conn, kind: TextKind, day: &str) -> Result<Option<Text>> {
    Ok(instance_texts::table.find((kind, day)).select(Text::as_select()).first(conn).optional()?)
}

/// All texts, of terms the latest first.
pub fn list(conn: &mut Conn) -> Result<Vec<Text>> {
    Ok(instance_texts::table
        .order((instance_texts::kind.asc(), instance_texts::effective_on.desc()))
        .limit(MAX_VERSIONS)
        .select(Text::as_select())
        .load(conn)?)
}

/// The terms that hold from `day` on; without a day, those that hold now, or the first that will.
pub fn terms(conn: &mut Conn, now: Time, day: Option<&str>) -> Result<Option<Terms>> {
    let today = now.date();
    // The latest first; days in this form sort as texts.
    let versions: Vec<String> = instance_texts::table
        .filter(instance_texts::kind.eq(TextKind::TermsOfService))
        .order(instance_texts::effective_on.desc())
        .limit(MAX_VERSIONS)
        .select(instance_texts::effective_on)
        .load(conn)?;
    let chosen = match day {
        Some(day) => versions.iter().position(|version| version == day),
        None => versions.iter().position(|version| *version <= today).or_else(|| versions.len().checked_sub(1)),
    };
    let Some((at, version)) = chosen.and_then(|at| Some((at, versions.get(at)?))) else { return Ok(None) };
    let Some(text) = find_of_day(conn, TextKind::TermsOfService, version)? else { return Ok(None) };
    let succeeded_by = at.checked_sub(1).and_then(|later| versions.get(later)).cloned();
    Ok(Some(Terms { is_effective: *version <= today, succeeded_by, text }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::follows::tests::world::World;

    #[test]
    fn a_text_replaces_the_one_before() {
        let mut w = World::new();
        let now = w.cx.now;
        assert!(find(&mut w.conn, TextKind::PrivacyPolicy).unwrap().is_none());
        for words in ["One.", "# Two\n\n<b>x</b>"] {
            set(&mut w.conn, now, TextKind::PrivacyPolicy, None, words).unwrap();
        }
        let kept = find(&mut w.conn, TextKind::PrivacyPolicy).unwrap().unwrap();
        assert_eq!(kept.content, "<h2>Two</h2><p>&lt;b&gt;x&lt;/b&gt;</p>");
        for (kind, day, words) in [
            (TextKind::PrivacyPolicy, Some("2027-01-01"), "x"),
            (TextKind::TermsOfService, Some("2027-02-30"), "x"),
            (TextKind::TermsOfService, Some("soon"), "x"),
            (TextKind::PrivacyPolicy, None, " "),
        ] {
            assert!(matches!(set(&mut w.conn, now, kind, day, words), Err(Error::Invalid(_))), "{kind} {day:?}");
        }
    }

    #[test]
    fn terms_follow_each_other_by_their_days() {
        let mut w = World::new();
        // 2027-01-15.
        let now = w.cx.now;
        assert!(terms(&mut w.conn, now, None).unwrap().is_none());
        let mut put = |day: &str| drop(set(&mut w.conn, now, TextKind::TermsOfService, Some(day), "words").unwrap());
        put("2027-06-01");
        let first = terms(&mut w.conn, now, None).unwrap().unwrap();
        assert_eq!((first.is_effective, first.text.effective_on.as_str()), (false, "2027-06-01"), "better than none");
        let mut put = |day: &str| drop(set(&mut w.conn, now, TextKind::TermsOfService, Some(day), "words").unwrap());
        put("2026-01-01");
        put("2027-01-01");
        let current = terms(&mut w.conn, now, None).unwrap().unwrap();
        assert_eq!(
            (current.text.effective_on.as_str(), current.is_effective, current.succeeded_by.as_deref()),
            ("2027-01-01", true, Some("2027-06-01"))
        );
        let old = terms(&mut w.conn, now, Some("2026-01-01")).unwrap().unwrap();
        assert_eq!(old.succeeded_by.as_deref(), Some("2027-01-01"));
        assert!(terms(&mut w.conn, now, Some("2026-01-02")).unwrap().is_none());
    }
}
