//! Writing the index: in the transaction of what changed, and by jobs where much is to be written at once.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::documents::{self, Facts};
use crate::context::Context;
use crate::db::schema::{accounts, marks, poll_votes, polls, post_cards, post_mentions, posts, preview_cards};
use crate::db::{Conn, Json};
use crate::domain::accounts::Account;
use crate::domain::posts::Post;
use crate::domain::posts::marks::MarkKind;
use crate::domain::preview_cards::CardKind;
use crate::error::Result;
use crate::ids::{AccountId, JobId, PollId, PostId};
use crate::jobs;
use crate::search::{self, Table};
use crate::text::links;

/// The job that indexes what is there already; it carries a [`Batch`] and its handler calls [`go_on`].
pub const JOB: &str = "index_search";
/// How many posts or accounts one job indexes: few enough that other writes need not wait long.
const AT_ONCE: i64 = 200;

/// What a job indexes next. Newest posts first: they are looked for most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "index", rename_all = "snake_case")]
pub enum Batch {
    /// Posts.
    Posts {
        /// Only older ones.
        before: PostId,
        /// Only by this account.
        of: Option<AccountId>,
    },
    /// Accounts.
    Accounts {
        /// Only newer ones.
        after: AccountId,
    },
}

/// Indexes a post that was just written. `options`: of its poll.
pub fn add(conn: &mut Conn, author: &Account, post: &Post, options: &[String]) -> Result<()> {
    if post.boost_of_id.is_some() {
        return Ok(());
    }
    let named = post.mentions.0.iter().filter(|mention| mention.is_local()).map(|mention| mention.id);
    let is_playable = !links::outgoing(&post.content, 1).is_empty() && !playable(conn, &[post.id])?.is_empty();
    let facts = Facts {
        is_indexable: author.is_indexable,
        options: options.to_vec(),
        readers: named.chain(author.is_local().then_some(author.id)).collect(),
        boosters: BTreeSet::new(),
        is_playable,
    };
    search::put(conn, Table::Posts, post.id.0, &documents::of_post(post, &facts))
}

/// Indexes posts anew, after an edit, or when somebody here did something with them. Deleted posts and boosts are passed over.
pub fn refresh(conn: &mut Conn, ids: &[PostId]) -> Result<()> {
    for chunk in ids.chunks(usize::try_from(AT_ONCE).unwrap_or(1)) {
        hold(conn, chunk)?;
        let found: Vec<Post> = posts::table
            .filter(posts::id.eq_any(chunk))
            .filter(posts::deleted_at.is_null())
            .filter(posts::boost_of_id.is_null())
            .order(posts::id.desc())
            .select(Post::as_select())
            .load(conn)?;
        put_all(conn, &found)?;
    }
    Ok(())
}

/// Lets nobody else index these posts before this transaction ends: of two that mark a post at once, the second sees what the first did.
/// SQLite has one writer.
fn hold(conn: &mut Conn, ids: &[PostId]) -> Result<()> {
    if let Conn::Pg(c) = conn {
        let rows = posts::table.filter(posts::id.eq_any(ids)).order(posts::id.desc()).select(posts::id);
        rows.for_no_key_update().load::<PostId>(c)?;
    }
    Ok(())
}

/// Takes a post out of the index. What is deleted with its row goes by itself.
pub fn remove(conn: &mut Conn, post: PostId) -> Result<()> {
    search::remove(conn, Table::Posts, post.0)
}

/// Indexes the names of an account that is new or has other names now.
pub fn add_account(conn: &mut Conn, account: &Account) -> Result<()> {
    search::put(conn, Table::Accounts, account.id.0, &documents::of_account(account))
}

/// Indexes all posts of an account anew, in jobs: it decided otherwise about who may find them. What it closes is closed at once.
pub fn reconsider(conn: &mut Conn, cx: &Context, author: AccountId) -> Result<()> {
    enqueue(conn, cx, Batch::Posts { before: PostId(i64::MAX), of: Some(author) })
}

/// Indexes everything anew, in jobs.
pub fn rebuild(conn: &mut Conn, cx: &Context) -> Result<()> {
    enqueue(conn, cx, Batch::Accounts { after: AccountId(0) })?;
    enqueue(conn, cx, Batch::Posts { before: PostId(i64::MAX), of: None })
}

fn enqueue(conn: &mut Conn, cx: &Context, batch: Batch) -> Result<()> {
    jobs::enqueue(conn, cx, JOB, &batch, cx.now)
}

/// Does the work of a job and leaves the next one, if there is more to do, in its place.
pub fn go_on(conn: &mut Conn, cx: &Context, job: JobId, batch: Batch) -> Result<()> {
    let next = match batch {
        Batch::Posts { before, of } => {
            let mut query = posts::table
                .filter(posts::id.lt(before))
                .filter(posts::deleted_at.is_null())
                .filter(posts::boost_of_id.is_null())
                .order(posts::id.desc())
                .limit(AT_ONCE)
                .select(posts::id)
                .into_boxed();
            if let Some(author) = of {
                query = query.filter(posts::account_id.eq(author));
            }
            let found: Vec<PostId> = query.load(conn)?;
            refresh(conn, &found)?;
            found.last().map(|last| Batch::Posts { before: *last, of })
        }
        Batch::Accounts { after } => {
            let found: Vec<Account> = accounts::table
                .filter(accounts::id.gt(after))
                .order(accounts::id.asc())
                .limit(AT_ONCE)
                .select(Account::as_select())
                .load(conn)?;
            for account in &found {
                add_account(conn, account)?;
            }
            found.last().map(|last| Batch::Accounts { after: last.id })
        }
    };
    if let Some(next) = next {
        enqueue(conn, cx, next)?;
    }
    // In the same transaction, so that a crash leaves one of the two and not both.
    jobs::finish(conn, job)
}

fn put_all(conn: &mut Conn, posts: &[Post]) -> Result<()> {
    let facts = facts_of(conn, posts)?;
    for post in posts {
        let document = documents::of_post(post, facts.get(&post.id).unwrap_or(&Facts::default()));
        search::put(conn, Table::Posts, post.id.0, &document)?;
    }
    Ok(())
}

/// What these posts do not say of themselves, in a fixed number of queries.
fn facts_of(conn: &mut Conn, found: &[Post]) -> Result<HashMap<PostId, Facts>> {
    let mut facts: HashMap<PostId, Facts> = found.iter().map(|post| (post.id, Facts::default())).collect();
    if found.is_empty() {
        return Ok(facts);
    }
    let ids: Vec<PostId> = found.iter().map(|post| post.id).collect();
    let authors: BTreeSet<AccountId> = found.iter().map(|post| post.account_id).collect();
    let authors: HashMap<AccountId, (bool, String)> = accounts::table
        .filter(accounts::id.eq_any(authors))
        .select((accounts::id, (accounts::is_indexable, accounts::domain)))
        .load::<(AccountId, (bool, String))>(conn)?
        .into_iter()
        .collect();
    for post in found {
        if let (Some(facts), Some((is_indexable, domain))) = (facts.get_mut(&post.id), authors.get(&post.account_id)) {
            facts.is_indexable = *is_indexable;
            facts.readers.extend(domain.is_empty().then_some(post.account_id));
        }
    }
    for (post, account) in named(conn, &ids)?.into_iter().chain(voted(conn, found)?) {
        if let Some(facts) = facts.get_mut(&post) {
            facts.readers.insert(account);
        }
    }
    for (post, account, kind) in marked(conn, &ids)? {
        if let Some(facts) = facts.get_mut(&post) {
            facts.readers.insert(account);
            facts.boosters.extend((kind == MarkKind::Boost).then_some(account));
        }
    }
    for (post, options) in options(conn, found)? {
        if let Some(facts) = facts.get_mut(&post) {
            facts.options = options.0;
        }
    }
    for post in playable(conn, &ids)? {
        if let Some(facts) = facts.get_mut(&post) {
            facts.is_playable = true;
        }
    }
    Ok(facts)
}

/// The accounts of ours that are named in posts.
fn named(conn: &mut Conn, ids: &[PostId]) -> Result<Vec<(PostId, AccountId)>> {
    Ok(post_mentions::table
        .inner_join(accounts::table.on(accounts::id.eq(post_mentions::account_id)))
        .filter(post_mentions::post_id.eq_any(ids))
        .filter(accounts::domain.eq(""))
        .select((post_mentions::post_id, post_mentions::account_id))
        .load(conn)?)
}

/// The accounts of ours that did something with posts. Whoever mutes a thread wants less of it, not more.
fn marked(conn: &mut Conn, ids: &[PostId]) -> Result<Vec<(PostId, AccountId, MarkKind)>> {
    Ok(marks::table
        .inner_join(accounts::table.on(accounts::id.eq(marks::account_id)))
        .filter(marks::post_id.eq_any(ids))
        .filter(marks::kind.ne(MarkKind::Mute))
        .filter(accounts::domain.eq(""))
        .select((marks::post_id, marks::account_id, marks::kind))
        .load(conn)?)
}

fn poll_ids(found: &[Post]) -> Vec<PollId> {
    found.iter().filter_map(|post| post.poll_id).collect()
}

/// The accounts of ours that voted in the polls of posts.
fn voted(conn: &mut Conn, found: &[Post]) -> Result<Vec<(PostId, AccountId)>> {
    let polls_of = poll_ids(found);
    if polls_of.is_empty() {
        return Ok(Vec::new());
    }
    Ok(poll_votes::table
        .inner_join(polls::table.on(polls::id.eq(poll_votes::poll_id)))
        .inner_join(accounts::table.on(accounts::id.eq(poll_votes::account_id)))
        .filter(poll_votes::poll_id.eq_any(polls_of))
        .filter(accounts::domain.eq(""))
        .select((polls::post_id, poll_votes::account_id))
        .load(conn)?)
}

fn options(conn: &mut Conn, found: &[Post]) -> Result<Vec<(PostId, Json<Vec<String>>)>> {
    let polls_of = poll_ids(found);
    if polls_of.is_empty() {
        return Ok(Vec::new());
    }
    Ok(polls::table.filter(polls::id.eq_any(polls_of)).select((polls::post_id, polls::options)).load(conn)?)
}

/// Those of these posts that link to something that can be played.
fn playable(conn: &mut Conn, ids: &[PostId]) -> Result<Vec<PostId>> {
    Ok(post_cards::table
        .inner_join(preview_cards::table.on(preview_cards::id.eq(post_cards::card_id)))
        .filter(post_cards::post_id.eq_any(ids))
        .filter(preview_cards::kind.eq(CardKind::Video))
        .select(post_cards::post_id)
        .load(conn)?)
}
