//! Making and changing filters. Every change gives the account's filters a new version and tells its streams.

use std::time::Duration;

use diesel::prelude::*;

use super::{
    Action, Filter, FilterPost, FilterView, Keyword, MAX_CHARACTERS, MAX_FILTERS, MAX_KEYWORD, MAX_KEYWORDS, MAX_POSTS,
    MAX_TITLE, Place, matching, queries,
};
use crate::context::Context;
use crate::crypto::tokens;
use crate::db::schema::{accounts, filter_keywords, filter_posts, filters};
use crate::db::{Conn, Json};
use crate::domain::events::{self, Event};
use crate::domain::posts::Post;
use crate::error::{Error, FieldError, Result};
use crate::ids::{AccountId, FilterId, FilterKeywordId, FilterPostId};
use crate::text;

/// The longest time a filter may run, in seconds: a hundred years.
const LONGEST: u64 = 100 * 365 * 86_400;
/// How many changes of keywords are taken at once.
const CHANGES: usize = 2 * MAX_KEYWORDS;

/// When a filter is to end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Expiry {
    /// As before; of a new filter never.
    #[default]
    Keep,
    /// Never.
    Never,
    /// After that many seconds; not negative.
    In(i64),
}

/// What can be chosen about a filter; `None` leaves it as it is.
#[derive(Debug, Clone, Default)]
pub struct FilterEdit {
    /// Its name, not empty; must be given for a new filter.
    pub title: Option<String>,
    /// Names of places, at least one; must be given for a new filter.
    pub contexts: Option<Vec<String>>,
    /// By default [`Action::Warn`].
    pub action: Option<Action>,
    /// By default never.
    pub expiry: Expiry,
    /// Changes of its keywords, taken in order.
    pub keywords: Vec<KeywordEdit>,
}

/// A keyword to be added, changed or removed.
#[derive(Debug, Clone, Default)]
pub struct KeywordEdit {
    /// Which one to change; a new one without.
    pub id: Option<FilterKeywordId>,
    /// The text, not empty.
    pub keyword: Option<String>,
    /// By default a new keyword is a whole word.
    pub is_whole_word: Option<bool>,
    /// Whether it is taken out of the filter.
    pub removes: bool,
}

fn wrong(field: &'static str, reason: impl Into<String>) -> FieldError {
    FieldError { field, reason: reason.into() }
}

impl FilterEdit {
    /// Puts everything but the keywords into `filter`; errors name all fields that are wrong.
    pub(super) fn apply(&self, cx: &Context, filter: &mut Filter) -> Result<()> {
        let mut errors = Vec::new();
        if let Some(title) = &self.title {
            filter.title = text::clean_text(title, MAX_TITLE + 1);
        }
        if filter.title.is_empty() {
            errors.push(wrong("title", "can't be blank"));
        } else if filter.title.chars().count() > MAX_TITLE {
            errors.push(wrong("title", format!("is longer than {MAX_TITLE} characters")));
        }
        match self.contexts.as_deref().map(places) {
            None => {}
            Some(Some(places)) => filter.contexts = Json(places),
            Some(None) => errors.push(wrong("context", "None or invalid context supplied")),
        }
        if filter.contexts.0.is_empty() && errors.iter().all(|error| error.field != "context") {
            errors.push(wrong("context", "can't be blank"));
        }
        filter.action = self.action.unwrap_or(filter.action);
        match self.expiry {
            Expiry::Keep => {}
            Expiry::Never => filter.expires_at = None,
            Expiry::In(seconds) => match u64::try_from(seconds) {
                Ok(seconds) => filter.expires_at = Some(cx.now.after(Duration::from_secs(seconds.min(LONGEST)))),
                Err(_) => errors.push(wrong("expires_in", "must be 0 or more seconds")),
            },
        }
        if errors.is_empty() { Ok(()) } else { Err(Error::Invalid(errors)) }
    }
}

/// The places of these names, each once; `None` if one is no place.
fn places(names: &[String]) -> Option<Vec<Place>> {
    let mut places = Vec::new();
    for name in names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
        let place = Place::from_name(name)?;
        if !places.contains(&place) {
            places.push(place);
        }
    }
    Some(places)
}

/// A keyword without control characters; spaces at its ends count.
fn keyword_text(text: &str) -> Result<String> {
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    if text.trim().is_empty() {
        return Err(Error::invalid("keyword", "can't be blank"));
    }
    if text.chars().count() > MAX_KEYWORD {
        return Err(Error::invalid("keyword", format!("is longer than {MAX_KEYWORD} characters")));
    }
    Ok(text)
}

/// Makes a filter. Error: a keyword to be changed is named, for a new filter has none.
pub fn create(conn: &mut Conn, cx: &Context, me: AccountId, new: &FilterEdit) -> Result<FilterView> {
    let mut filter = Filter {
        id: cx.id(),
        account_id: me,
        title: String::new(),
        contexts: Json(Vec::new()),
        action: Action::Warn,
        expires_at: None,
        created_at: cx.now,
    };
    new.apply(cx, &mut filter)?;
    if queries::count(conn, me)? >= MAX_FILTERS {
        return Err(Error::invalid("filter", format!("is one too many: {MAX_FILTERS} are allowed")));
    }
    let keywords = edited(cx, filter.id, &[], &new.keywords)?;
    check_keywords(conn, me, filter.id, &keywords)?;
    diesel::insert_into(filters::table).values(&filter).execute(conn)?;
    write_keywords(conn, &[], &keywords)?;
    changed(conn, cx, me)?;
    Ok(FilterView { filter, keywords, posts: Vec::new() })
}

/// Changes a filter. Error: a keyword is named that is not in it.
pub fn update(conn: &mut Conn, cx: &Context, me: AccountId, id: FilterId, edit: &FilterEdit) -> Result<FilterView> {
    let mut view = queries::get(conn, me, id)?;
    edit.apply(cx, &mut view.filter)?;
    let keywords = edited(cx, id, &view.keywords, &edit.keywords)?;
    check_keywords(conn, me, id, &keywords)?;
    diesel::update(filters::table.find(id))
        .set((
            filters::title.eq(&view.filter.title),
            filters::contexts.eq(&view.filter.contexts),
            filters::action.eq(view.filter.action),
            filters::expires_at.eq(view.filter.expires_at),
        ))
        .execute(conn)?;
    write_keywords(conn, &view.keywords, &keywords)?;
    changed(conn, cx, me)?;
    Ok(FilterView { keywords, ..view })
}

/// Removes a filter with everything in it.
pub fn delete(conn: &mut Conn, cx: &Context, me: AccountId, id: FilterId) -> Result<()> {
    queries::get_own(conn, me, id)?;
    diesel::delete(filter_keywords::table.filter(filter_keywords::filter_id.eq(id))).execute(conn)?;
    diesel::delete(filter_posts::table.filter(filter_posts::filter_id.eq(id))).execute(conn)?;
    diesel::delete(filters::table.find(id)).execute(conn)?;
    changed(conn, cx, me)
}

/// Puts a keyword into a filter.
pub fn add_keyword(
    conn: &mut Conn,
    cx: &Context,
    me: AccountId,
    id: FilterId,
    keyword: &str,
    is_whole_word: Option<bool>,
) -> Result<Keyword> {
    let edit = KeywordEdit { keyword: Some(keyword_text(keyword)?), is_whole_word, ..KeywordEdit::default() };
    let after = edit_keywords(conn, cx, me, id, &[edit])?;
    after.into_iter().next_back().ok_or_else(|| Error::bug("a keyword was added and is not there"))
}

/// Changes a keyword; what is `None` stays.
pub fn update_keyword(
    conn: &mut Conn,
    cx: &Context,
    me: AccountId,
    id: FilterKeywordId,
    keyword: Option<&str>,
    is_whole_word: Option<bool>,
) -> Result<Keyword> {
    let filter = queries::get_keyword(conn, me, id)?.filter_id;
    let edit = KeywordEdit { id: Some(id), keyword: keyword.map(str::to_owned), is_whole_word, removes: false };
    let after = edit_keywords(conn, cx, me, filter, &[edit])?;
    after.into_iter().find(|keyword| keyword.id == id).ok_or(Error::NotFound("filter keyword"))
}

/// Takes a keyword out of its filter, which stays even if it was the last.
pub fn delete_keyword(conn: &mut Conn, cx: &Context, me: AccountId, id: FilterKeywordId) -> Result<()> {
    let filter = queries::get_keyword(conn, me, id)?.filter_id;
    edit_keywords(conn, cx, me, filter, &[KeywordEdit { id: Some(id), removes: true, ..KeywordEdit::default() }])?;
    Ok(())
}

/// Puts a post, which the caller was shown, into a filter. Errors: it is there already, or there are too many.
pub fn add_post(conn: &mut Conn, cx: &Context, me: AccountId, id: FilterId, post: &Post) -> Result<FilterPost> {
    let there = queries::posts(conn, me, id)?;
    if there.iter().any(|row| row.post_id == post.id) {
        return Err(Error::invalid("status_id", "has already been taken"));
    }
    if i64::try_from(there.len()).unwrap_or(i64::MAX) >= MAX_POSTS {
        return Err(Error::invalid("status_id", format!("is one too many: a filter holds {MAX_POSTS} posts")));
    }
    let row = FilterPost { id: cx.id(), filter_id: id, post_id: post.id };
    diesel::insert_into(filter_posts::table).values(&row).execute(conn)?;
    changed(conn, cx, me)?;
    Ok(row)
}

/// Takes a post out of its filter.
pub fn delete_post(conn: &mut Conn, cx: &Context, me: AccountId, id: FilterPostId) -> Result<()> {
    queries::get_post(conn, me, id)?;
    diesel::delete(filter_posts::table.find(id)).execute(conn)?;
    changed(conn, cx, me)
}

/// Changes the keywords of a filter of `me`; returns them all.
fn edit_keywords(
    conn: &mut Conn,
    cx: &Context,
    me: AccountId,
    id: FilterId,
    edits: &[KeywordEdit],
) -> Result<Vec<Keyword>> {
    let before = queries::keywords(conn, me, id)?;
    let after = edited(cx, id, &before, edits)?;
    check_keywords(conn, me, id, &after)?;
    write_keywords(conn, &before, &after)?;
    changed(conn, cx, me)?;
    Ok(after)
}

/// What the keywords of a filter are after these changes. New ones without any text are passed over, as forms send them.
fn edited(cx: &Context, filter: FilterId, before: &[Keyword], edits: &[KeywordEdit]) -> Result<Vec<Keyword>> {
    if edits.len() > CHANGES {
        return Err(Error::invalid("keywords_attributes", format!("are too many: {CHANGES} are taken at once")));
    }
    let mut after = before.to_vec();
    for edit in edits {
        let text = edit.keyword.as_deref();
        match edit.id {
            Some(id) => {
                let found = after.iter_mut().find(|keyword| keyword.id == id);
                let keyword = found.ok_or(Error::NotFound("filter keyword"))?;
                if edit.removes {
                    after.retain(|keyword| keyword.id != id);
                    continue;
                }
                if let Some(text) = text {
                    keyword.keyword = keyword_text(text)?;
                }
                keyword.is_whole_word = edit.is_whole_word.unwrap_or(keyword.is_whole_word);
            }
            None if edit.removes || text.is_none_or(|text| text.trim().is_empty()) => {}
            None => after.push(Keyword {
                id: cx.id(),
                filter_id: filter,
                keyword: keyword_text(text.unwrap_or_default())?,
                is_whole_word: edit.is_whole_word.unwrap_or(true),
            }),
        }
    }
    Ok(after)
}

/// Refuses more keywords than a filter or an account may have.
fn check_keywords(conn: &mut Conn, me: AccountId, filter: FilterId, keywords: &[Keyword]) -> Result<()> {
    if keywords.len() > MAX_KEYWORDS {
        return Err(Error::invalid("keywords", format!("are too many: a filter holds {MAX_KEYWORDS}")));
    }
    let own: usize = keywords.iter().map(|keyword| keyword.keyword.chars().count()).sum();
    if own > 0 && own.saturating_add(queries::characters(conn, me, filter)?) > MAX_CHARACTERS {
        return Err(Error::invalid(
            "keywords",
            format!("are too long: those of all filters together may have {MAX_CHARACTERS} characters"),
        ));
    }
    matching::check(keywords)
}

/// Writes what differs.
fn write_keywords(conn: &mut Conn, before: &[Keyword], after: &[Keyword]) -> Result<()> {
    let is_in = |id: FilterKeywordId, keywords: &[Keyword]| keywords.iter().any(|keyword| keyword.id == id);
    let removed: Vec<FilterKeywordId> =
        before.iter().map(|keyword| keyword.id).filter(|id| !is_in(*id, after)).collect();
    if !removed.is_empty() {
        diesel::delete(filter_keywords::table.filter(filter_keywords::id.eq_any(&removed))).execute(conn)?;
    }
    for keyword in after.iter().filter(|keyword| is_in(keyword.id, before) && !before.contains(keyword)) {
        diesel::update(filter_keywords::table.find(keyword.id))
            .set((
                filter_keywords::keyword.eq(&keyword.keyword),
                filter_keywords::is_whole_word.eq(keyword.is_whole_word),
            ))
            .execute(conn)?;
    }
    // One by one: diesel's batches of whole rows open a transaction of their own on SQLite.
    for added in after.iter().filter(|keyword| !is_in(keyword.id, before)) {
        diesel::insert_into(filter_keywords::table).values(added).execute(conn)?;
    }
    Ok(())
}

/// What was compiled of these filters no longer holds, and clients want to hear of it.
fn changed(conn: &mut Conn, cx: &Context, me: AccountId) -> Result<()> {
    let version = if queries::count(conn, me)? == 0 { 0 } else { tokens::random_number()? };
    diesel::update(accounts::table.find(me)).set(accounts::filters_version.eq(version)).execute(conn)?;
    events::record(conn, cx, Event::FiltersChanged { account: me })
}
