//! Posts of other servers, checked and translated by federation: received, edited, deleted, boosted, favourited.
//!
//! Everything may come twice, late or in any order. Nothing here may be changed by anybody but its author.

mod reactions;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use diesel::dsl;
use diesel::prelude::*;
use url::Url;

use super::actions::{effects, remove};
use super::edits;
use super::marks;
use super::polls::{self, Poll};
use super::{Attachment, Mention, Post, PostKind, TagName, Visibility, queries};
use crate::context::Context;
use crate::db::schema::{posts, tombstones};
use crate::db::{Conn, Json};
use crate::domain::accounts::{self as people, Account, Emoji};
use crate::domain::quotes::QuotePolicy;
use crate::domain::{direct_threads, preview_cards, search, tags};
use crate::error::Result;
use crate::ids::{AccountId, MediaId, PollId, PostId};
use crate::text::{Hashtag, SafeHtml};
use crate::time::Time;

pub use reactions::{
    receive_boost, receive_favourite, receive_pin, receive_undo_boost, receive_undo_favourite, receive_unpin,
};

/// Posts that say they are older than this get an id that sorts when they were written, younger ones when they arrived.
const LATE: Duration = Duration::from_secs(3600);
/// Posts older than this are kept but no longer brought to anybody: longer than deliveries are retried.
const STALE: Duration = Duration::from_secs(8 * 86_400);
/// How many ids are tried for a post written in a millisecond in which many were.
const ID_ATTEMPTS: u16 = 8;
/// How many answers that came before their parent are joined to it.
const WAITING_ANSWERS: i64 = 100;
/// The longest id or address, in bytes.
const MAX_URI: usize = 2048;
/// Characters of a title, and of a content warning.
const MAX_TITLE: usize = 500;
/// Mentions, hashtags, emoji, attachments and options of one post, each.
const MAX_LIST: usize = 50;
/// What a count of another server is believed up to.
const MAX_COUNT: i64 = 1_000_000_000;

/// A post of another server.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// Its ActivityPub id, on the origin of its author.
    pub uri: String,
    /// Its page.
    pub url: String,
    /// Its author.
    pub account: Account,
    pub kind: PostKind,
    pub visibility: Visibility,
    pub title: Option<String>,
    pub content: SafeHtml,
    /// Plain text; empty for none.
    pub spoiler_text: String,
    pub sensitive: bool,
    pub language: Option<String>,
    pub in_reply_to_uri: Option<String>,
    /// Whom it names and addresses, as far as they are known here.
    pub mentions: Vec<Account>,
    pub tags: Vec<Hashtag>,
    pub emojis: Vec<Emoji>,
    /// The ids are given here.
    pub media: Vec<Attachment>,
    pub published: Time,
    pub poll: Option<IncomingPoll>,
    /// Who may quote it.
    pub quote_policy: QuotePolicy,
    /// How many favourites its server counts.
    pub likes: Option<i64>,
    /// How many boosts its server counts.
    pub shares: Option<i64>,
}

/// A poll of another server.
#[derive(Debug, Clone)]
pub struct IncomingPoll {
    /// Text and votes of each option.
    pub options: Vec<(String, i64)>,
    pub is_multiple: bool,
    pub voters_count: Option<i64>,
    pub expires_at: Option<Time>,
}

impl Incoming {
    /// Cuts what is too long or too much.
    fn clamp(&mut self, now: Time) {
        let cut = |text: &mut String, max: usize| {
            if let Some((at, _)) = text.char_indices().nth(max) {
                text.truncate(at);
            }
        };
        cut(&mut self.spoiler_text, MAX_TITLE);
        if let Some(title) = &mut self.title {
            cut(title, MAX_TITLE);
        }
        if self.url.len() > MAX_URI {
            self.url.clone_from(&self.uri);
        }
        self.in_reply_to_uri.take_if(|uri| uri.len() > MAX_URI || uri.is_empty());
        self.mentions.truncate(MAX_LIST);
        self.tags.truncate(MAX_LIST);
        self.emojis.truncate(MAX_LIST);
        self.media.truncate(MAX_LIST);
        self.published = Time(self.published.0.clamp(0, now.0));
        if let Some(poll) = &mut self.poll {
            poll.options.truncate(MAX_LIST);
            for (text, votes) in &mut poll.options {
                cut(text, MAX_TITLE);
                *votes = believed(*votes);
            }
        }
    }

    /// Whom it names, each once.
    fn named(&self) -> Vec<Mention> {
        let mut named: Vec<Mention> = Vec::with_capacity(self.mentions.len());
        for account in &self.mentions {
            if named.iter().all(|mention| mention.id != account.id) {
                named.push(Mention::of(account));
            }
        }
        named
    }

    /// Its hashtags, each once.
    fn tag_names(&self) -> Vec<TagName> {
        let mut names: Vec<TagName> = Vec::with_capacity(self.tags.len());
        for tag in &self.tags {
            if names.iter().all(|known| known.name != tag.normalized) {
                names.push(TagName::from(tag.clone()));
            }
        }
        names
    }
}

impl IncomingPoll {
    fn options(&self) -> Vec<String> {
        self.options.iter().map(|(text, _)| text.clone()).collect()
    }

    fn tallies(&self) -> Vec<i64> {
        self.options.iter().map(|(_, votes)| *votes).collect()
    }

    /// As counted there; without a count, of single choice as many as there are votes.
    fn voters(&self) -> i64 {
        believed(self.voters_count.unwrap_or_else(|| if self.is_multiple { 0 } else { self.tallies().iter().sum() }))
    }

    fn row(&self, id: PollId, post: PostId, now: Time) -> Poll {
        Poll {
            id,
            post_id: post,
            options: Json(self.options()),
            tallies: Json(self.tallies()),
            is_multiple: self.is_multiple,
            hides_totals: false,
            voters_count: self.voters(),
            expires_at: self.expires_at,
            created_at: now,
        }
    }
}

fn believed(count: i64) -> i64 {
    count.clamp(0, MAX_COUNT)
}

/// Keeps a post of another server and brings it to those here whom it concerns. `None` if it is known or was deleted: a second
/// Create changes nothing, neither author nor audience.
pub fn receive(conn: &mut Conn, cx: &Context, mut incoming: Incoming) -> Result<Option<Post>> {
    incoming.clamp(cx.now);
    let author = &incoming.account;
    if author.is_local() || !author.is_active() || incoming.uri.len() > MAX_URI || cx.urls.is_ours(&incoming.uri) {
        return Ok(None);
    }
    if is_settled(conn, &incoming.uri)? {
        return Ok(None);
    }
    let parent = match &incoming.in_reply_to_uri {
        Some(uri) => queries::find_by_uri(conn, uri)?
            .filter(|parent| parent.deleted_at.is_none() && parent.boost_of_id.is_none()),
        None => None,
    };
    let id = dated_id(conn, cx, incoming.published, &incoming.uri)?;
    let mentions = incoming.named();
    let here: Vec<AccountId> = mentions.iter().filter(|mention| mention.is_local()).map(|mention| mention.id).collect();
    let post = Post {
        id,
        account_id: author.id,
        is_local: false,
        kind: incoming.kind,
        visibility: incoming.visibility,
        is_sensitive: incoming.sensitive || !incoming.spoiler_text.is_empty(),
        in_reply_to_id: parent.as_ref().map(|parent| parent.id),
        in_reply_to_account_id: parent.as_ref().map(|parent| parent.account_id),
        thread_id: parent.as_ref().map_or(id, |parent| parent.thread_id),
        boost_of_id: None,
        poll_id: incoming.poll.is_some().then(|| cx.id::<PollId>()),
        quote_id: None,
        quote_policy: incoming.quote_policy.within(incoming.visibility),
        mentions: Json(mentions),
        tags: Json(incoming.tag_names()),
        media: Json(with_ids(cx, incoming.media, &[])),
        app_id: None,
        acted_by: None,
        replies_count: 0,
        boosts_count: believed(incoming.shares.unwrap_or(0)),
        favourites_count: believed(incoming.likes.unwrap_or(0)),
        quotes_count: 0,
        created_at: incoming.published,
        edited_at: None,
        deleted_at: None,
        uri: incoming.uri,
        url: incoming.url,
        title: incoming.title,
        content: incoming.content.into_string(),
        source: None,
        spoiler_text: incoming.spoiler_text,
        language: incoming.language,
        in_reply_to_uri: incoming.in_reply_to_uri,
        emojis: Json(incoming.emojis),
    };
    if !queries::insert_if_new(conn, &post)? {
        return Ok(None);
    }
    // Only people here read here: who else is named stands in the post itself.
    queries::insert_mentions(conn, id, &here)?;
    tags::attach(conn, cx, id, &post.tags.0)?;
    preview_cards::attach(conn, cx, &post)?;
    if let (Some(poll_id), Some(poll)) = (post.poll_id, &incoming.poll) {
        polls::insert_remote(conn, &poll.row(poll_id, id, cx.now))?;
    }
    let options = incoming.poll.as_ref().map(IncomingPoll::options).unwrap_or_default();
    search::add(conn, author, &post, &options)?;
    effects::count(conn, author, &post)?;
    adopt_answers(conn, cx, &post)?;
    if cx.now.since(post.created_at) < STALE {
        effects::spread(conn, cx, &post, &here)?;
    } else {
        direct_threads::touch(conn, cx, &post)?;
    }
    Ok(Some(post))
}

/// Whether nothing with this ActivityPub id may be made: it is there, or it was deleted.
fn is_settled(conn: &mut Conn, uri: &str) -> Result<bool> {
    let known = posts::table.filter(posts::uri.eq(uri));
    Ok(diesel::select(dsl::exists(known).or(dsl::exists(tombstones::table.find(uri)))).get_result(conn)?)
}

/// The id for something that says it was made at `at`; see [`LATE`]. `key` scatters the ids of one millisecond.
fn dated_id(conn: &mut Conn, cx: &Context, at: Time, key: &str) -> Result<PostId> {
    if cx.now.since(at) < LATE {
        return Ok(cx.id());
    }
    for attempt in 0..ID_ATTEMPTS {
        let mut hasher = DefaultHasher::new();
        (key, attempt).hash(&mut hasher);
        let salt = u16::try_from(hasher.finish() & 0xffff).unwrap_or(attempt);
        let id: PostId = cx.ids.back_dated(at, salt);
        if !diesel::select(dsl::exists(posts::table.find(id))).get_result::<bool>(conn)? {
            return Ok(id);
        }
    }
    Ok(cx.id())
}

/// Gives attachments their ids; one that was there before keeps its own.
fn with_ids(cx: &Context, media: Vec<Attachment>, before: &[Attachment]) -> Vec<Attachment> {
    let known = |file: &str| before.iter().find(|old| old.file == file).map(|old| old.id);
    media
        .into_iter()
        .map(|attachment| Attachment {
            id: known(&attachment.file).unwrap_or_else(|| cx.id::<MediaId>()),
            ..attachment
        })
        .collect()
}

/// Joins answers that came before this post to it, with the threads that they began.
fn adopt_answers(conn: &mut Conn, cx: &Context, post: &Post) -> Result<()> {
    let waiting: Vec<Post> = posts::table
        .filter(posts::in_reply_to_uri.eq(&post.uri))
        .filter(posts::in_reply_to_id.is_null())
        .filter(posts::deleted_at.is_null())
        // The thread this post stands in itself: answers in a ring.
        .filter(posts::thread_id.ne(post.thread_id))
        .order(posts::id.asc())
        .limit(WAITING_ANSWERS)
        .select(Post::as_select())
        .load(conn)?;
    if waiting.is_empty() {
        return Ok(());
    }
    let ids: Vec<PostId> = waiting.iter().map(|answer| answer.id).collect();
    diesel::update(posts::table.filter(posts::id.eq_any(&ids)))
        .set((posts::in_reply_to_id.eq(post.id), posts::in_reply_to_account_id.eq(post.account_id)))
        .execute(conn)?;
    let counted = i64::try_from(waiting.iter().filter(|answer| answer.is_for_everybody()).count()).unwrap_or(0);
    diesel::update(posts::table.find(post.id))
        .set(posts::replies_count.eq(posts::replies_count + counted))
        .execute(conn)?;
    let roots: Vec<PostId> =
        waiting.iter().filter(|answer| answer.thread_id == answer.id).map(|answer| answer.id).collect();
    if roots.is_empty() {
        return Ok(());
    }
    marks::move_mutes(conn, cx, &roots, post.thread_id)?;
    for answer in waiting.iter().filter(|answer| answer.visibility == Visibility::Direct) {
        // Out of the old thread, into the new one.
        direct_threads::forget(conn, answer)?;
    }
    diesel::update(posts::table.filter(posts::thread_id.eq_any(&roots)))
        .set(posts::thread_id.eq(post.thread_id))
        .execute(conn)?;
    for answer in waiting.into_iter().filter(|answer| answer.visibility == Visibility::Direct) {
        direct_threads::touch(conn, cx, &Post { thread_id: post.thread_id, ..answer })?;
    }
    Ok(())
}

/// Takes over an edit by the author. Counts of polls, favourites and boosts are always taken over, the rest only if `updated` is
/// later than what is known. False if nothing changed, also when the post is not known or somebody else's.
pub fn receive_edit(conn: &mut Conn, cx: &Context, mut incoming: Incoming, updated: Time) -> Result<bool> {
    incoming.clamp(cx.now);
    let known = queries::find_by_uri(conn, &incoming.uri)?;
    let is_theirs = |post: &Post| {
        !post.is_local
            && post.deleted_at.is_none()
            && post.boost_of_id.is_none()
            && post.account_id == incoming.account.id
    };
    let Some(before) = known.filter(is_theirs) else {
        return Ok(false);
    };
    let updated = Time(updated.0.min(cx.now.0));
    // Some servers date a first edit like the post itself.
    let is_later = match before.edited_at {
        Some(edited) => updated > edited,
        None => updated >= before.created_at,
    };
    let mut is_changed = refresh_counts(conn, &before, &incoming)?;
    let old_poll = before.poll_id.map(|id| polls::find(conn, id)).transpose()?.flatten();
    let mut poll_id = before.poll_id;
    match (&old_poll, &incoming.poll) {
        (Some(old), Some(new)) if old.options.0 == new.options() && old.is_multiple == new.is_multiple => {
            let (tallies, voters, end) = (new.tallies(), new.voters(), new.expires_at);
            let is_same = old.tallies.0 == tallies && old.voters_count == voters && old.expires_at == end;
            is_changed = is_changed || !is_same;
            polls::refresh(conn, old, tallies, voters, end)?;
        }
        (None, None) => {}
        (old, new) if is_later => {
            if let Some(old) = old {
                polls::delete(conn, old.id)?;
            }
            poll_id = new.as_ref().map(|_| cx.id::<PollId>());
            if let (Some(id), Some(new)) = (poll_id, new) {
                polls::insert_remote(conn, &new.row(id, before.id, cx.now))?;
            }
        }
        _ => {}
    }
    if !is_later {
        return Ok(is_changed);
    }
    let quote_policy = incoming.quote_policy.within(before.visibility);
    is_changed = refresh_policy(conn, &before, quote_policy)? || is_changed;
    let mentions = incoming.named();
    let tags = incoming.tag_names();
    let after = Post {
        kind: incoming.kind,
        title: incoming.title,
        content: incoming.content.into_string(),
        is_sensitive: incoming.sensitive || !incoming.spoiler_text.is_empty(),
        spoiler_text: incoming.spoiler_text,
        language: incoming.language,
        poll_id,
        quote_policy,
        mentions: Json(mentions),
        tags: Json(tags),
        emojis: Json(incoming.emojis),
        media: Json(with_ids(cx, incoming.media, &before.media.0)),
        edited_at: Some(updated),
        ..before.clone()
    };
    if !edits::differs(&before, &after) {
        return Ok(is_changed);
    }
    let is_new = cx.now.since(updated) < STALE;
    edits::replace(conn, cx, &before, old_poll.map(|poll| poll.options.0), &after, &incoming.mentions, is_new)?;
    Ok(true)
}

/// Takes over what the author's server counts, where it says so.
fn refresh_counts(conn: &mut Conn, post: &Post, incoming: &Incoming) -> Result<bool> {
    let favourites = incoming.likes.map_or(post.favourites_count, believed);
    let boosts = incoming.shares.map_or(post.boosts_count, believed);
    if (favourites, boosts) == (post.favourites_count, post.boosts_count) {
        return Ok(false);
    }
    diesel::update(posts::table.find(post.id))
        .set((posts::favourites_count.eq(favourites), posts::boosts_count.eq(boosts)))
        .execute(conn)?;
    Ok(true)
}

/// Takes over who may quote a post, which changes without an edit.
fn refresh_policy(conn: &mut Conn, post: &Post, policy: QuotePolicy) -> Result<bool> {
    if post.quote_policy == policy {
        return Ok(false);
    }
    diesel::update(posts::table.find(post.id)).set(posts::quote_policy.eq(policy)).execute(conn)?;
    Ok(true)
}

/// Removes a post or boost at the word of its author, and keeps it from coming back, also if it has not come yet.
/// False if there was nothing of that actor to remove.
pub fn receive_delete(conn: &mut Conn, cx: &Context, uri: &str, actor: &Account) -> Result<bool> {
    match queries::find_by_uri(conn, uri)? {
        Some(post) if post.account_id == actor.id && !post.is_local => {
            people::actions::bury(conn, uri, &actor.uri, cx.now)?;
            remove(conn, cx, &post)?;
            Ok(true)
        }
        Some(_) => Ok(false),
        None => {
            bury_unseen(conn, cx, uri, actor)?;
            Ok(false)
        }
    }
}

/// Remembers that something was deleted before it was seen. An actor may say so only of its own origin.
fn bury_unseen(conn: &mut Conn, cx: &Context, uri: &str, actor: &Account) -> Result<()> {
    if uri.len() <= MAX_URI && !actor.is_local() && is_same_origin(uri, &actor.uri) {
        people::actions::bury(conn, uri, &actor.uri, cx.now)?;
    }
    Ok(())
}

fn is_same_origin(one: &str, other: &str) -> bool {
    match (Url::parse(one), Url::parse(other)) {
        (Ok(one), Ok(other)) => one.origin() == other.origin(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_buries_what_lies_elsewhere() {
        assert!(is_same_origin("https://a.example/notes/1", "https://a.example/users/x"));
        assert!(!is_same_origin("https://b.example/notes/1", "https://a.example/users/x"));
        assert!(!is_same_origin("https://a.example:8443/notes/1", "https://a.example/users/x"));
        assert!(!is_same_origin("urn:uuid:1", "https://a.example/users/x"));
        assert!(!is_same_origin("nonsense", "nonsense"));
    }

    #[test]
    fn voters_of_a_single_choice_are_its_votes() {
        let poll = IncomingPoll {
            options: vec![("a".into(), 2), ("b".into(), 3)],
            is_multiple: false,
            voters_count: None,
            expires_at: None,
        };
        assert_eq!(poll.voters(), 5);
        assert_eq!(IncomingPoll { voters_count: Some(-4), ..poll.clone() }.voters(), 0);
        assert_eq!(IncomingPoll { is_multiple: true, ..poll }.voters(), 0);
    }
}
