//! Collections of accounts and posts of this server, in pages, newest first. Whoever asks, they show only what anybody may see.

use activitypub_federation::kinds::collection::{
    CollectionPageType, CollectionType, OrderedCollectionPageType, OrderedCollectionType,
};
use serde_json::{Value, json};

use super::{actor, objects};
use crate::app::App;
use crate::context::Context;
use crate::db::Conn;
use crate::domain::accounts::Account;
use crate::domain::follows;
use crate::domain::posts::queries::{self, AccountFilter};
use crate::domain::posts::visibility::find_visible;
use crate::error::{Error, Result};
use crate::ids::{FollowId, PostId};
use crate::page::Page;

/// Posts on a page of an outbox.
const POSTS: i64 = 20;
/// Accounts on a page of followers.
const ACCOUNTS: i64 = 40;
/// Ids of posts on a page of replies.
const REPLIES: i64 = 40;
/// Ids of posts in the collection of a thread.
const THREAD: i64 = 200;

/// Which part of a collection is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// What it is and how much is in it.
    Whole,
    /// The page of what is older than this id, or the first.
    Page(Option<i64>),
}

impl Part {
    /// From the query of a request: `page` with any value but `false` asks for a page, `max_id` says which.
    pub fn of(page: Option<&str>, max_id: Option<&str>) -> Self {
        match page {
            None | Some("false" | "0") => Self::Whole,
            Some(_) => Self::Page(max_id.and_then(|id| id.parse().ok())),
        }
    }
}

fn page(before: Option<i64>, limit: i64) -> Page {
    before.map_or(Page::first(limit), |id| Page::before(id, limit))
}

/// A page with the link to the one after it, if it is full.
fn page_of(id: &str, before: Option<i64>, items: Vec<Value>, last: Option<i64>, limit: i64) -> Value {
    let own = before.map_or_else(|| format!("{id}?page=true"), |before| format!("{id}?max_id={before}&page=true"));
    let is_full = i64::try_from(items.len()).is_ok_and(|count| count >= limit);
    let mut page = json!({ "id": own, "type": OrderedCollectionPageType::OrderedCollectionPage, "partOf": id, "orderedItems": items });
    if let (Some(last), true, Some(more)) = (last, is_full, page.as_object_mut()) {
        more.insert("next".into(), json!(format!("{id}?max_id={last}&page=true")));
    }
    page
}

fn whole(id: &str, total: i64, first: bool) -> Value {
    let mut whole = json!({ "id": id, "type": OrderedCollectionType::OrderedCollection, "totalItems": total.max(0) });
    if let (true, Some(more)) = (first, whole.as_object_mut()) {
        more.insert("first".into(), json!(format!("{id}?page=true")));
    }
    whole
}

/// What an account published, as activities: Create and Announce.
pub async fn outbox(app: &App, name: String, part: Part) -> Result<Value> {
    let cx = app.context()?;
    app.db
        .read(move |conn| {
            let account = actor::find_active(conn, &name)?;
            let id = format!("{}/outbox", account.uri);
            let Part::Page(before) = part else {
                let total = queries::count_by_account(conn, account.id, None, &AccountFilter::default())?;
                return Ok(whole(&id, total, true));
            };
            let posts =
                queries::list_by_account(conn, account.id, None, &AccountFilter::default(), &page(before, POSTS))?;
            let (last, is_full) =
                (posts.last().map(|post| post.id.0), i64::try_from(posts.len()).is_ok_and(|count| count >= POSTS));
            let items: Vec<Value> = objects::objects(conn, &cx, posts)?.into_iter().map(objects::activity).collect();
            // Boosts of what was hidden meanwhile fall out, so the number of items does not tell whether there is more.
            let limit = if is_full { i64::try_from(items.len()).unwrap_or(POSTS) } else { i64::MAX };
            Ok(page_of(&id, before, items, last, limit))
        })
        .await
}

/// Which of the two collections of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum People {
    /// Who follows the account.
    Followers,
    /// Whom it follows.
    Following,
}

/// Followers or followed accounts. If the account hides them, only how many.
pub async fn people(app: &App, name: String, which: People, part: Part) -> Result<Value> {
    app.db
        .read(move |conn| {
            let account = actor::find_active(conn, &name)?;
            let (path, total) = match which {
                People::Followers => ("followers", account.followers_count),
                People::Following => ("following", account.following_count),
            };
            let id = format!("{}/{path}", account.uri);
            match part {
                Part::Whole => Ok(whole(&id, total, !account.hides_collections)),
                Part::Page(_) if account.hides_collections => Err(Error::NotFound("page")),
                Part::Page(before) => {
                    let rows = listed(conn, &account, which, &page(before, ACCOUNTS))?;
                    let last = rows.last().map(|(id, _)| id.0);
                    let items = rows.into_iter().map(|(_, account)| json!(account.uri)).collect();
                    Ok(page_of(&id, before, items, last, ACCOUNTS))
                }
            }
        })
        .await
}

fn listed(conn: &mut Conn, account: &Account, which: People, page: &Page) -> Result<Vec<(FollowId, Account)>> {
    match which {
        People::Followers => follows::followers(conn, account.id, page),
        People::Following => follows::following(conn, account.id, page),
    }
}

/// Pinned posts, whole and without pages.
pub async fn featured(app: &App, name: String) -> Result<Value> {
    let cx = app.context()?;
    app.db
        .read(move |conn| {
            let account = actor::find_active(conn, &name)?;
            let filter = AccountFilter { pinned: true, ..AccountFilter::default() };
            let pinned = queries::list_by_account(conn, account.id, None, &filter, &Page::first(POSTS))?;
            let items = objects::objects(conn, &cx, pinned)?;
            let id = format!("{}/collections/featured", account.uri);
            Ok(json!({ "id": id, "type": OrderedCollectionType::OrderedCollection, "totalItems": items.len(), "orderedItems": items }))
        })
        .await
}

/// Hashtags that an account shows on its profile; nobody can choose any yet.
pub async fn featured_tags(app: &App, name: String) -> Result<Value> {
    let account = app.db.read(move |conn| actor::find_active(conn, &name)).await?;
    let id = format!("{}/collections/tags", account.uri);
    Ok(json!({ "id": id, "type": CollectionType::Collection, "totalItems": 0, "items": [] }))
}

/// The ids of the answers to a post that anybody may see, from everywhere.
pub async fn replies(app: &App, name: String, id: PostId, part: Part) -> Result<Value> {
    app.db
        .read(move |conn| {
            let post = objects::find(conn, &name, id)?;
            let id = format!("{}/replies", post.uri);
            let before = match part {
                Part::Whole => None,
                Part::Page(before) => before,
            };
            let answers = queries::list_replies(conn, post.id, &page(before, REPLIES))?;
            let own =
                before.map_or_else(|| format!("{id}?page=true"), |before| format!("{id}?max_id={before}&page=true"));
            let is_full = i64::try_from(answers.len()).is_ok_and(|count| count >= REPLIES);
            let next = answers.last().filter(|_| is_full).map(|last| format!("{id}?max_id={}&page=true", last.id));
            let items: Vec<String> = answers.into_iter().map(|answer| answer.uri).collect();
            let mut page =
                json!({ "id": own, "type": CollectionPageType::CollectionPage, "partOf": id, "items": items });
            if let (Some(next), Some(more)) = (next, page.as_object_mut()) {
                more.insert("next".into(), json!(next));
            }
            Ok(match part {
                Part::Whole => json!({ "id": id, "type": CollectionType::Collection, "first": page }),
                Part::Page(_) => page,
            })
        })
        .await
}

/// Which of the two counts of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reactions {
    /// Favourites.
    Likes,
    /// Boosts.
    Shares,
}

/// How many favourites or boosts a post has; who they are is not told.
pub async fn reactions(app: &App, name: String, id: PostId, which: Reactions) -> Result<Value> {
    let post = app.db.read(move |conn| objects::find(conn, &name, id)).await?;
    let (path, total) = match which {
        Reactions::Likes => ("likes", post.favourites_count),
        Reactions::Shares => ("shares", post.boosts_count),
    };
    Ok(json!({ "id": format!("{}/{path}", post.uri), "type": CollectionType::Collection, "totalItems": total.max(0) }))
}

/// The thread that starts with a post of this server, in the order of time (FEP-7888): the ids of its first posts that anybody may see.
pub async fn thread(app: &App, id: PostId) -> Result<Value> {
    let cx = app.context()?;
    app.db.read(move |conn| thread_of(conn, &cx, id)).await
}

fn thread_of(conn: &mut Conn, cx: &Context, id: PostId) -> Result<Value> {
    let root = find_visible(conn, id, None)?
        .filter(|post| post.is_local && post.boost_of_id.is_none() && post.thread_id == post.id)
        .ok_or(Error::NotFound("thread"))?;
    let mut posts = queries::list_thread(conn, root.id, &Page { min_id: Some(0), ..Page::first(THREAD) })?;
    posts.reverse();
    let author = crate::domain::accounts::queries::get(conn, root.account_id)?;
    let items: Vec<&str> = posts.iter().map(|post| post.uri.as_str()).collect();
    Ok(json!({
        "id": cx.urls.thread(root.id),
        "type": OrderedCollectionType::OrderedCollection,
        "attributedTo": author.uri,
        "totalItems": items.len(),
        "orderedItems": items,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_page_leads_on_and_the_last_one_ends() {
        let items = |count: usize| vec![json!("x"); count];
        let full = page_of("https://brand.example/o", None, items(2), Some(7), 2);
        assert_eq!(
            (&full["id"], &full["next"]),
            (&json!("https://brand.example/o?page=true"), &json!("https://brand.example/o?max_id=7&page=true"))
        );
        let last = page_of("https://brand.example/o", Some(7), items(1), Some(5), 2);
        assert_eq!(last["id"], "https://brand.example/o?max_id=7&page=true");
        assert!(last.get("next").is_none());
    }

    #[test]
    fn hidden_collections_only_count() {
        assert!(whole("https://brand.example/f", 3, false).get("first").is_none());
        assert_eq!(whole("https://brand.example/f", 3, true)["first"], "https://brand.example/f?page=true");
        assert_eq!(whole("https://brand.example/f", -1, true)["totalItems"], 0);
    }

    #[test]
    fn the_query_names_the_part() {
        assert_eq!(Part::of(None, Some("7")), Part::Whole);
        assert_eq!(Part::of(Some("true"), None), Part::Page(None));
        assert_eq!(Part::of(Some("1"), Some("7")), Part::Page(Some(7)));
        assert_eq!(Part::of(Some("true"), Some("x")), Part::Page(None));
    }
}
