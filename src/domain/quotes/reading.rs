//! What posts quote, for one reader, in a fixed number of queries however many posts there are, and none where none quotes.

use std::collections::{HashMap, HashSet};

use diesel::dsl;
use diesel::prelude::*;

use super::{Consent, Quote, QuotePolicy, Standing, State, consent};
use crate::db::Conn;
use crate::db::schema::{account_domain_blocks, accounts, blocks, follows, mutes, posts, quotes};
use crate::domain::follows::State as Followed;
use crate::domain::posts::visibility::visible_to;
use crate::domain::posts::{Post, queries};
use crate::error::Result;
use crate::ids::{AccountId, PostId, QuoteId};

/// The quotes in some posts, and in the posts that these quote, as one reader sees them.
#[derive(Debug, Default)]
pub(in crate::domain) struct Readings {
    viewer: Option<AccountId>,
    quotes: HashMap<QuoteId, Quote>,
    /// Posts that are quoted and that the reader may see.
    quoted: HashMap<PostId, Post>,
    /// Those that the quoted ones quote in turn, and who wrote them.
    behind: HashMap<PostId, AccountId>,
    blocked: HashSet<AccountId>,
    muted: HashSet<AccountId>,
    elsewhere: HashSet<AccountId>,
    followed: HashSet<AccountId>,
}

impl Readings {
    /// Reads what `posts` quote.
    pub(in crate::domain) fn load<'a>(
        conn: &mut Conn,
        viewer: Option<AccountId>,
        posts: impl Iterator<Item = &'a Post> + Clone,
    ) -> Result<Self> {
        let mut found = Self { viewer, ..Self::default() };
        found.quotes = list(conn, posts.clone().filter_map(|post| post.quote_id))?;
        let ids: Vec<PostId> = unique(found.quotes.values().filter_map(|quote| quote.quoted_id));
        if !ids.is_empty() {
            found.quoted = queries::list(conn, &ids, viewer)?.into_iter().map(|post| (post.id, post)).collect();
            let inner = list(conn, found.quoted.values().filter_map(|post| post.quote_id))?;
            found.behind = visible(conn, viewer, &unique(inner.values().filter_map(|quote| quote.quoted_id)))?;
            found.quotes.extend(inner);
        }
        if let Some(me) = viewer {
            found.stand(conn, me)?;
            let asked = |post: &Post| {
                (post.quote_policy == QuotePolicy::Followers && post.account_id != me).then_some(post.account_id)
            };
            let authors = unique(posts.filter_map(asked).chain(found.quoted.values().filter_map(asked)));
            found.followed = followed(conn, me, &authors)?;
        }
        Ok(found)
    }

    /// Reads whom of the quoted authors the reader wants to see nothing of.
    fn stand(&mut self, conn: &mut Conn, me: AccountId) -> Result<()> {
        let authors = unique(self.quoted.values().map(|post| post.account_id).chain(self.behind.values().copied()));
        if authors.is_empty() {
            return Ok(());
        }
        let blocked = blocks::table.filter(blocks::account_id.eq(me)).filter(blocks::target_id.eq_any(&authors));
        self.blocked = blocked.select(blocks::target_id).load::<AccountId>(conn)?.into_iter().collect();
        let muted = mutes::table.filter(mutes::account_id.eq(me)).filter(mutes::target_id.eq_any(&authors));
        self.muted = muted.select(mutes::target_id).load::<AccountId>(conn)?.into_iter().collect();
        let domain = account_domain_blocks::table
            .filter(account_domain_blocks::account_id.eq(me))
            .filter(account_domain_blocks::domain.eq(accounts::domain));
        let elsewhere = accounts::table.filter(accounts::id.eq_any(&authors)).filter(dsl::exists(domain));
        self.elsewhere = elsewhere.select(accounts::id).load::<AccountId>(conn)?.into_iter().collect();
        Ok(())
    }

    /// The quoted posts that the reader may see.
    pub(in crate::domain) fn posts(&self) -> impl Iterator<Item = &Post> + Clone {
        self.quoted.values()
    }

    /// What the reader is told of the quote that a post makes; `None` if it makes none. With it the quoted post's id, where it is shown.
    pub(in crate::domain) fn standing(&self, post: &Post) -> Option<(Standing, Option<PostId>)> {
        let quote = self.quotes.get(&post.quote_id?)?;
        let standing = match (quote.state, quote.quoted_id) {
            (State::Deleted, _) | (_, None) => Standing::Deleted,
            (State::Pending, _) => Standing::Pending,
            (State::Rejected, _) => Standing::Rejected,
            (State::Revoked, _) => Standing::Revoked,
            (State::Accepted, Some(id)) => self.of_accepted(id),
        };
        Some((standing, quote.quoted_id.filter(|_| standing.reveals())))
    }

    fn of_accepted(&self, id: PostId) -> Standing {
        let author = self.quoted.get(&id).map(|post| post.account_id).or_else(|| self.behind.get(&id).copied());
        match author {
            None => Standing::Unauthorized,
            Some(author) if self.blocked.contains(&author) => Standing::BlockedAccount,
            Some(author) if self.elsewhere.contains(&author) => Standing::BlockedDomain,
            Some(author) if self.muted.contains(&author) => Standing::MutedAccount,
            Some(_) => Standing::Accepted,
        }
    }

    /// The post that a post quotes, if the reader may see it, whatever has become of the quote.
    pub(in crate::domain) fn quoted(&self, post: &Post) -> Option<&Post> {
        self.quoted.get(&self.quotes.get(&post.quote_id?)?.quoted_id?)
    }

    /// How the author of a post stands to the reader quoting it.
    pub(in crate::domain) fn consent(&self, post: &Post) -> Consent {
        consent(post, self.viewer, self.followed.contains(&post.account_id))
    }
}

fn unique<T: Copy + Ord>(ids: impl Iterator<Item = T>) -> Vec<T> {
    let mut ids: Vec<T> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn list(conn: &mut Conn, ids: impl Iterator<Item = QuoteId>) -> Result<HashMap<QuoteId, Quote>> {
    let ids = unique(ids);
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Quote> = quotes::table.filter(quotes::id.eq_any(ids)).select(Quote::as_select()).load(conn)?;
    Ok(rows.into_iter().map(|quote| (quote.id, quote)).collect())
}

fn visible(conn: &mut Conn, viewer: Option<AccountId>, ids: &[PostId]) -> Result<HashMap<PostId, AccountId>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(PostId, AccountId)> = posts::table
        .filter(posts::id.eq_any(ids))
        .filter(visible_to(viewer))
        .select((posts::id, posts::account_id))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}

/// Those of the authors whom the reader follows.
fn followed(conn: &mut Conn, me: AccountId, authors: &[AccountId]) -> Result<HashSet<AccountId>> {
    if authors.is_empty() {
        return Ok(HashSet::new());
    }
    let held = follows::table
        .filter(follows::account_id.eq(me))
        .filter(follows::target_id.eq_any(authors))
        .filter(follows::state.eq(Followed::Accepted));
    Ok(held.select(follows::target_id).load::<AccountId>(conn)?.into_iter().collect())
}
