//! Filters as the first version of the API knows them: one for each keyword, which brings along the filter that holds it.

use diesel::prelude::*;

use super::actions::{self, Expiry, FilterEdit, KeywordEdit};
use super::{Action, Filter, Keyword, MAX_TITLE, queries};
use crate::context::Context;
use crate::db::Conn;
use crate::db::schema::{filter_keywords, filters};
use crate::error::{Error, Result};
use crate::ids::{AccountId, FilterKeywordId};
use crate::text;

/// A keyword and its filter.
#[derive(Debug, Clone)]
pub struct Phrase {
    /// The keyword.
    pub keyword: Keyword,
    /// The filter that holds it.
    pub filter: Filter,
}

/// What can be chosen about a phrase; `None` leaves it as it is.
#[derive(Debug, Clone, Default)]
pub struct PhraseEdit {
    /// The text, not empty; must be given for a new one.
    pub phrase: Option<String>,
    /// Names of places, at least one; must be given for a new one.
    pub contexts: Option<Vec<String>>,
    /// Whether what matches is hidden rather than shown behind a warning; by default not.
    pub is_irreversible: Option<bool>,
    /// By default not.
    pub is_whole_word: Option<bool>,
    /// By default never.
    pub expiry: Expiry,
}

impl PhraseEdit {
    fn phrase(&self) -> Result<Option<&str>> {
        match self.phrase.as_deref() {
            Some(phrase) if phrase.trim().is_empty() => Err(Error::invalid("phrase", "can't be blank")),
            other => Ok(other),
        }
    }
}

/// What a filter is called that holds only this phrase.
fn title(phrase: &str) -> String {
    text::clean_text(phrase, MAX_TITLE)
}

/// All keywords of all filters of `me`, oldest first.
pub fn list(conn: &mut Conn, me: AccountId) -> Result<Vec<Phrase>> {
    let rows: Vec<(Keyword, Filter)> = filter_keywords::table
        .inner_join(filters::table.on(filters::id.eq(filter_keywords::filter_id)))
        .filter(filters::account_id.eq(me))
        .order(filter_keywords::id.asc())
        .select((Keyword::as_select(), Filter::as_select()))
        .load(conn)?;
    Ok(rows.into_iter().map(|(keyword, filter)| Phrase { keyword, filter }).collect())
}

/// A keyword of `me`; somebody else's is not found.
pub fn get(conn: &mut Conn, me: AccountId, id: FilterKeywordId) -> Result<Phrase> {
    let keyword = queries::get_keyword(conn, me, id)?;
    let filter = queries::get_own(conn, me, keyword.filter_id)?;
    Ok(Phrase { keyword, filter })
}

/// Makes a filter with this phrase as its title and its only keyword.
pub fn create(conn: &mut Conn, cx: &Context, me: AccountId, new: &PhraseEdit) -> Result<Phrase> {
    let phrase = new.phrase()?.ok_or_else(|| Error::invalid("phrase", "can't be blank"))?;
    let keyword = KeywordEdit {
        keyword: Some(phrase.to_owned()),
        is_whole_word: Some(new.is_whole_word.unwrap_or(false)),
        ..KeywordEdit::default()
    };
    let whole = FilterEdit {
        title: Some(title(phrase)),
        contexts: new.contexts.clone(),
        action: Some(if new.is_irreversible.unwrap_or(false) { Action::Hide } else { Action::Warn }),
        expiry: new.expiry,
        keywords: vec![keyword],
    };
    let made = actions::create(conn, cx, me, &whole)?;
    let keyword = made.keywords.into_iter().next().ok_or_else(|| Error::bug("a filter was made without its phrase"))?;
    Ok(Phrase { keyword, filter: made.filter })
}

/// Changes a phrase. Error: the rest of a filter with further keywords would change too, which the second version of the API is for.
pub fn update(conn: &mut Conn, cx: &Context, me: AccountId, id: FilterKeywordId, edit: &PhraseEdit) -> Result<Phrase> {
    let (before, phrase) = (get(conn, me, id)?, edit.phrase()?);
    let action = match (edit.is_irreversible, before.filter.action) {
        (Some(true), _) => Some(Action::Hide),
        (Some(false), Action::Hide) => Some(Action::Warn),
        _ => None,
    };
    let mut whole =
        FilterEdit { contexts: edit.contexts.clone(), action, expiry: edit.expiry, ..FilterEdit::default() };
    if queries::keywords(conn, me, before.filter.id)?.len() > 1 {
        let mut after = before.filter.clone();
        whole.apply(cx, &mut after)?;
        if after != before.filter {
            return Err(Error::invalid(
                "filter",
                "has several keywords; only phrase and whole_word can be changed here, the rest at /api/v2/filters",
            ));
        }
    } else {
        whole.title = phrase.map(title);
    }
    whole.keywords = vec![KeywordEdit {
        id: Some(id),
        keyword: phrase.map(str::to_owned),
        is_whole_word: edit.is_whole_word,
        removes: false,
    }];
    actions::update(conn, cx, me, before.filter.id, &whole)?;
    get(conn, me, id)
}
