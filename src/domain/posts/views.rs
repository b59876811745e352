//! Posts with everything that is shown with them, read in a fixed number of queries however many posts there are.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use diesel::prelude::*;

use super::marks::{MarkKind, marks_of};
use super::polls::{self, Poll};
use super::{Post, queries};
use crate::db::schema::oauth_apps;
use crate::db::{Conn, one_of};
use crate::domain::accounts::{self, Account};
use crate::domain::filters::{Match, Place};
use crate::domain::preview_cards::{self, Card};
use crate::domain::quotes::{Consent, Readings, Standing};
use crate::error::{Error, Result};
use crate::ids::{AccountId, AppId, PollId, PostId};
use crate::time::Time;

/// A post as one viewer sees it.
#[derive(Debug, Clone)]
pub struct PostView {
    /// The post.
    pub post: Post,
    /// Who wrote or boosted it.
    pub author: Arc<Account>,
    /// What it boosts.
    pub boost: Option<Box<PostView>>,
    /// Its poll.
    pub poll: Option<PollView>,
    /// What it quotes.
    pub quote: Option<QuoteView>,
    /// How its author stands to the viewer quoting it.
    pub consent: Consent,
    /// What the viewer did with it or, if it is a boost, with what it boosts; empty for strangers.
    pub marks: HashSet<MarkKind>,
    /// The app it was written with: name and website.
    pub app: Option<(String, Option<String>)>,
    /// The viewer's filters that it matches; empty until [`filters::mark`](crate::domain::filters::mark) was asked.
    pub filtered: Vec<Match>,
    /// What the page that it links to says about itself.
    pub card: Option<Preview>,
}

/// A preview card with the account that wrote its page.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The card.
    pub card: Arc<Card>,
    /// Who wrote the page, if that is known.
    pub author: Option<Arc<Account>>,
}

impl PostView {
    /// The post or, of a boost, what it boosts.
    pub fn original(&self) -> &PostView {
        self.boost.as_deref().unwrap_or(self)
    }

    /// The id of what it quotes, as far as that is for the viewer and its author has not objected.
    pub fn quoted_uri(&self) -> Option<&str> {
        let quote =
            self.quote.as_ref().filter(|quote| quote.standing.reveals() || quote.standing == Standing::Pending)?;
        quote.quoted.as_ref().map(|quoted| quoted.post.uri.as_str())
    }

    /// Whether a filter of the viewer keeps it out of that place now.
    pub fn is_hidden(&self, place: Place, now: Time) -> bool {
        self.filtered.iter().any(|found| found.filter.hides(place, now))
    }

    /// The handle of whom it answers, if that is known: `name` here, `name@domain` elsewhere.
    pub fn answers(&self) -> Option<String> {
        let answered = self.post.in_reply_to_account_id?;
        if answered == self.post.account_id {
            return Some(self.author.acct());
        }
        self.post.mentions.0.iter().find(|mention| mention.id == answered).map(|mention| mention.acct.clone())
    }
}

/// What a post quotes, as one viewer sees it.
#[derive(Debug, Clone)]
pub struct QuoteView {
    /// What the viewer is told of the quote.
    pub standing: Standing,
    /// The quoted post's id, where it is shown.
    pub quoted_id: Option<PostId>,
    /// The quoted post, if the viewer may see it by itself; whether it is shown with the quote, `standing` says. Of what it quotes in turn,
    /// only the id is there.
    pub quoted: Option<Box<PostView>>,
}

/// A poll as one viewer sees it.
#[derive(Debug, Clone)]
pub struct PollView {
    /// The poll.
    pub poll: Poll,
    /// Whether the viewer voted; the author counts as having done so.
    pub voted: bool,
    /// What the viewer chose, in order.
    pub own_votes: Vec<i32>,
}

/// One post with what is shown with it. Error: it is a boost of something that `viewer` may not see.
pub fn load_one(conn: &mut Conn, viewer: Option<AccountId>, post: Post) -> Result<PostView> {
    load(conn, viewer, vec![post])?.pop().ok_or(Error::NotFound("post"))
}

/// A poll by itself, if `viewer` may see it.
pub fn load_poll(conn: &mut Conn, viewer: Option<AccountId>, id: PollId) -> Result<PollView> {
    let (poll, post) = polls::get_visible_poll(conn, id, viewer)?;
    let own_votes = match viewer {
        Some(me) => polls::votes_of(conn, me, id)?,
        None => Vec::new(),
    };
    Ok(PollView { voted: !own_votes.is_empty() || viewer == Some(post.account_id), poll, own_votes })
}

/// Completes posts that `viewer` may see, in their order. Boosts of what `viewer` may not see are dropped.
pub fn load(conn: &mut Conn, viewer: Option<AccountId>, posts: Vec<Post>) -> Result<Vec<PostView>> {
    let boosted: Vec<PostId> = unique(posts.iter().filter_map(|post| post.boost_of_id));
    let originals: HashMap<PostId, Post> = if boosted.is_empty() {
        HashMap::new()
    } else {
        queries::list(conn, &boosted, viewer)?.into_iter().map(|post| (post.id, post)).collect()
    };
    let quotes = Readings::load(conn, viewer, posts.iter().chain(originals.values()))?;
    let shown = || posts.iter().chain(originals.values()).chain(quotes.posts());
    let cards =
        preview_cards::of_posts(conn, &unique(shown().filter(|post| post.boost_of_id.is_none()).map(|post| post.id)))?;
    let writers = shown().map(|post| post.account_id).chain(cards.values().filter_map(|card| card.author_id));
    let extras = Extras {
        authors: authors(conn, &unique(writers))?,
        marks: match viewer {
            // Boosts themselves carry no marks; threads are muted on their first post.
            Some(me) => marks_of(
                conn,
                me,
                &unique(shown().filter(|post| post.boost_of_id.is_none()).flat_map(|post| [post.id, post.thread_id])),
            )?,
            None => HashMap::new(),
        },
        polls: polls::list_with_votes(conn, &unique(shown().filter_map(|post| post.poll_id)), viewer)?,
        apps: apps(conn, &unique(shown().filter_map(|post| post.app_id)))?,
        cards,
        viewer,
        quotes: &quotes,
    };
    Ok(posts
        .into_iter()
        .filter_map(|post| match post.boost_of_id {
            None => extras.view(post, None),
            Some(original) => {
                let inner = extras.view(originals.get(&original)?.clone(), None)?;
                extras.view(post, Some(inner))
            }
        })
        .collect())
}

/// What was read besides the posts.
struct Extras<'a> {
    authors: HashMap<AccountId, Arc<Account>>,
    marks: HashMap<PostId, HashSet<MarkKind>>,
    polls: HashMap<PollId, (Poll, Vec<i32>)>,
    apps: HashMap<AppId, (String, Option<String>)>,
    cards: HashMap<PostId, Arc<Card>>,
    viewer: Option<AccountId>,
    quotes: &'a Readings,
}

impl Extras<'_> {
    fn view(&self, post: Post, boost: Option<PostView>) -> Option<PostView> {
        let quote = self.quotes.standing(&post).map(|(standing, quoted_id)| QuoteView {
            standing,
            quoted_id,
            quoted: self.quotes.quoted(&post).and_then(|quoted| self.quoted(quoted.clone())).map(Box::new),
        });
        Some(PostView { quote, ..self.bare(post, boost)? })
    }

    /// A quoted post: what it quotes in turn is told by its id.
    fn quoted(&self, post: Post) -> Option<PostView> {
        let quote =
            self.quotes.standing(&post).map(|(standing, quoted_id)| QuoteView { standing, quoted_id, quoted: None });
        Some(PostView { quote, ..self.bare(post, None)? })
    }

    fn bare(&self, post: Post, boost: Option<PostView>) -> Option<PostView> {
        let poll = post.poll_id.and_then(|id| self.polls.get(&id)).map(|(poll, votes)| PollView {
            poll: poll.clone(),
            voted: !votes.is_empty() || self.viewer == Some(post.account_id),
            own_votes: votes.clone(),
        });
        Some(PostView {
            author: self.authors.get(&post.account_id)?.clone(),
            marks: boost.as_ref().map_or_else(|| self.marks_on(&post), |inner| inner.marks.clone()),
            app: post.app_id.and_then(|id| self.apps.get(&id)).cloned(),
            filtered: Vec::new(),
            card: self.cards.get(&post.id).map(|card| Preview {
                author: card.author_id.and_then(|id| self.authors.get(&id)).filter(|a| a.is_active()).cloned(),
                card: card.clone(),
            }),
            boost: boost.map(Box::new),
            poll,
            quote: None,
            consent: self.quotes.consent(&post),
            post,
        })
    }

    fn marks_on(&self, post: &Post) -> HashSet<MarkKind> {
        let mut marks = self.marks.get(&post.id).cloned().unwrap_or_default();
        if post.thread_id != post.id
            && self.marks.get(&post.thread_id).is_some_and(|marks| marks.contains(&MarkKind::Mute))
        {
            marks.insert(MarkKind::Mute);
        }
        marks
    }
}

fn unique<T: Copy + Ord>(ids: impl Iterator<Item = T>) -> Vec<T> {
    let mut ids: Vec<T> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn authors(conn: &mut Conn, ids: &[AccountId]) -> Result<HashMap<AccountId, Arc<Account>>> {
    Ok(accounts::queries::list(conn, ids)?.into_iter().map(|account| (account.id, Arc::new(account))).collect())
}

fn apps(conn: &mut Conn, ids: &[AppId]) -> Result<HashMap<AppId, (String, Option<String>)>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(AppId, String, Option<String>)> = oauth_apps::table
        .filter(one_of(oauth_apps::id, ids))
        .select((oauth_apps::id, oauth_apps::name, oauth_apps::website))
        .load(conn)?;
    Ok(rows.into_iter().map(|(id, name, website)| (id, (name, website))).collect())
}
