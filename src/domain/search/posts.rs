//! Finding posts.

use std::time::Duration;

use diesel::dsl;
use diesel::prelude::*;

use super::labels;
use crate::context::Context;
use crate::db::Conn;
use crate::db::schema::{accounts, marks, poll_votes, post_index, post_mentions, posts};
use crate::domain::accounts::queries::find_by_handle;
use crate::domain::posts::marks::MarkKind;
use crate::domain::posts::visibility::open_to;
use crate::domain::posts::{Post, Visibility};
use crate::domain::timelines::wanted_by;
use crate::error::Result;
use crate::ids::{AccountId, floor};
use crate::page::Page;
use crate::paged;
use crate::search::query::{self, Place, Trait, Wanted};
use crate::search::{self, Expression, Language, Table, stem_labels, tokens};
use crate::time::Time;

/// How much later than it was written a post may have got its id.
const LATE: Duration = Duration::from_secs(86_400);

/// Which posts are looked for.
#[derive(Debug, Clone)]
pub struct PostSearch {
    /// The question; see [`query`].
    pub text: String,
    /// Only posts of this account.
    pub author: Option<AccountId>,
    /// Which of those that fit, the newest first.
    pub page: Page,
    /// How many of them to pass over.
    pub offset: i64,
    /// Whether direct messages may be among them.
    pub with_direct: bool,
}

/// What `me` finds. A question without a letter finds nothing.
pub fn posts(conn: &mut Conn, cx: &Context, me: AccountId, wanted: &PostSearch) -> Result<Vec<Post>> {
    let Some(question) = Question::read(conn, cx, me, &wanted.text)? else {
        return Ok(Vec::new());
    };
    let condition = search::matches(conn, Table::Posts, &question.expression(me, wanted.author));
    let named =
        post_mentions::table.filter(post_mentions::post_id.eq(posts::id)).filter(post_mentions::account_id.eq(me));
    let marked = marks::table
        .filter(marks::account_id.eq(me))
        .filter(marks::post_id.eq(posts::id))
        .filter(marks::kind.ne(MarkKind::Mute));
    let voted = poll_votes::table
        .filter(poll_votes::poll_id.nullable().eq(posts::poll_id))
        .filter(poll_votes::account_id.eq(me));
    let author = accounts::table.filter(accounts::id.eq(posts::account_id)).filter(accounts::is_indexable.eq(true));
    let for_everybody = posts::visibility.eq(Visibility::Public).and(dsl::exists(author));
    let findable = posts::account_id
        .eq(me)
        .or(dsl::exists(named))
        .or(dsl::exists(marked))
        .or(dsl::exists(voted))
        .or(for_everybody);
    let mut query = post_index::table
        .inner_join(posts::table.on(posts::id.eq(post_index::rowid)))
        .filter(condition)
        .filter(open_to(me))
        .filter(wanted_by!(me))
        .filter(findable)
        .select(Post::as_select())
        .into_boxed();
    if !wanted.with_direct {
        query = query.filter(posts::visibility.ne(Visibility::Direct));
    }
    for span in &question.spans {
        // Ids sort by time, so that only the part of the index is read where such posts can be.
        match (span.is_negated, span.from, span.until) {
            (false, from, until) => {
                if let Some(from) = from {
                    query = query.filter(post_index::rowid.ge(floor(from))).filter(posts::created_at.ge(from));
                }
                if let Some(until) = until {
                    let last = floor(until.after(LATE));
                    query = query.filter(post_index::rowid.lt(last)).filter(posts::created_at.lt(until));
                }
            }
            (true, Some(from), Some(until)) => {
                query = query.filter(posts::created_at.lt(from).or(posts::created_at.ge(until)));
            }
            (true, Some(from), None) => query = query.filter(posts::created_at.lt(from)),
            (true, None, Some(until)) => query = query.filter(posts::created_at.ge(until)),
            (true, None, None) => {}
        }
    }
    let query = paged!(query, post_index::rowid, &wanted.page).offset(wanted.offset.max(0));
    Ok(wanted.page.newest_first(query.load(conn)?))
}

/// When posts must, or must not, have been written.
struct Span {
    is_negated: bool,
    from: Option<Time>,
    until: Option<Time>,
}

/// A question, with the people in it found.
#[derive(Default)]
struct Question {
    with: Vec<Expression>,
    without: Vec<Expression>,
    spans: Vec<Span>,
    /// Whether something was asked for that leaves nothing out.
    is_open: bool,
}

impl Question {
    /// `None` if there is nothing to look for, or nothing that can fit.
    fn read(conn: &mut Conn, cx: &Context, me: AccountId, text: &str) -> Result<Option<Self>> {
        let mut question = Self::default();
        for term in query::parse(text) {
            let part = match term.wanted {
                Wanted::Word(text) => word(&text),
                Wanted::Phrase(text) => Expression::phrase(tokens(&text), false),
                Wanted::Hashtag(name) => Some(Expression::label(&labels::hashtag(&name))),
                Wanted::Mention(handle) => {
                    Some(Expression::label(&labels::mention(&handle.relative_to(cx.urls.domain()))))
                }
                Wanted::FromMe => Some(Expression::label(&labels::from(me))),
                Wanted::From(handle) => {
                    let handle = handle.relative_to(cx.urls.domain());
                    let domain = handle.domain.as_deref().unwrap_or_default();
                    match find_by_handle(conn, &handle.username, domain)? {
                        Some(author) => Some(Expression::label(&labels::from(author.id))),
                        // Nobody wrote nothing; everything is by somebody else.
                        None if !term.is_negated => return Ok(None),
                        None => {
                            question.is_open = true;
                            None
                        }
                    }
                }
                Wanted::Has(part) => Some(Expression::label(&labels::has(part))),
                Wanted::Is(Trait::Boost) => Some(Expression::label(&labels::boosted(me))),
                Wanted::Is(kind) => Some(Expression::label(&labels::is(kind))),
                Wanted::Language(code) => Some(Expression::label(&labels::language(&code))),
                Wanted::Written(from, until) => {
                    question.spans.push(Span { is_negated: term.is_negated, from, until });
                    None
                }
                Wanted::In(Place::Library) => Some(Expression::label(&labels::reader(me))),
                Wanted::In(Place::Public) => Some(Expression::label(labels::PUBLIC)),
                Wanted::In(Place::All) => {
                    question.is_open = true;
                    None
                }
            };
            match part {
                Some(part) if term.is_negated => question.without.push(part),
                Some(part) => question.with.push(part),
                None => {}
            }
        }
        let asks = !question.with.is_empty() || !question.without.is_empty() || !question.spans.is_empty();
        Ok((asks || question.is_open).then_some(question))
    }

    /// All of it as one condition on the index, what `me` can find included.
    fn expression(&self, me: AccountId, author: Option<AccountId>) -> Expression {
        let library = Expression::label(&labels::reader(me));
        let open = Expression::any(vec![Expression::label(labels::PUBLIC), library.clone()]).unwrap_or(library);
        let author = author.map(|author| Expression::label(&labels::from(author)));
        let with = self.with.iter().cloned().chain(author).chain([open.clone()]).collect();
        let wanted = Expression::all(with).unwrap_or(open);
        match Expression::any(self.without.clone()) {
            Some(unwanted) => wanted.without(unwanted),
            None => wanted,
        }
    }
}

/// A word as it is or in any of its forms; one with signs or blanks inside as it is. `None` for what has no letter.
fn word(text: &str) -> Option<Expression> {
    let words = tokens(text);
    match words.as_slice() {
        [word] => {
            let stems = stem_labels(word, &Language::ALL).map(Expression::token);
            Expression::any([Expression::token(word.clone())].into_iter().chain(stems).collect())
        }
        _ => Expression::phrase(words, false),
    }
}
