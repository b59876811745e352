//! What an event means for those who listen. Whether a post is for somebody is asked of the timelines themselves, so that a stream never shows what
//! reading would not.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::access::Listener;
use super::hub::{Audience, Message, Outcome};
use super::names::Stream;
use super::render::Renderer;
use crate::context::Context;
use crate::db::Conn;
use crate::domain::accounts::queries as people;
use crate::domain::announcements;
use crate::domain::direct_threads;
use crate::domain::events::Event;
use crate::domain::filters::{self, Place};
use crate::domain::posts::views::{self, PostView};
use crate::domain::posts::{Post, Visibility, queries, visibility};
use crate::domain::timelines::{self, PublicFilter, TagFilter};
use crate::domain::{follows, notifications, oauth, severances};
use crate::error::{Error, Result};
use crate::ids::{AccountId, AnnouncementId, DirectThreadId, ListId, NotificationId, PostId, TokenId, UserId};
use crate::page::Page;

/// Posts that arrive later than this after they were written are no news.
const OLD: Duration = Duration::from_secs(86_400);

/// What follows from one event.
pub fn digest(
    conn: &mut Conn,
    cx: &Context,
    renderer: &Renderer,
    audience: &[Audience],
    event: &Event,
) -> Result<Vec<Outcome>> {
    match event {
        Event::PostAdded { post } => post_shown(conn, cx, renderer, audience, *post, "update"),
        Event::PostEdited { post } => post_shown(conn, cx, renderer, audience, *post, "status.update"),
        Event::PostDeleted { post, account } => post_deleted(conn, audience, *post, *account),
        Event::Notified { notification, account } => notified(conn, cx, renderer, audience, *notification, *account),
        Event::NotificationsMerged { account } => Ok(merged(audience, *account)),
        Event::DirectThreadChanged { thread, account } => {
            thread_changed(conn, cx, renderer, audience, *thread, *account)
        }
        Event::FiltersChanged { account } => Ok(filters_changed(audience, *account)),
        Event::AnnouncementPublished { announcement } => announced(conn, cx, renderer, audience, *announcement),
        Event::AnnouncementReacted { announcement, name } => {
            let tally = announcements::tally(conn, cx, *announcement, name)?;
            Ok(to_everybody(audience, "announcement.reaction", &(renderer.reaction)(*announcement, &tally)))
        }
        Event::AnnouncementDeleted { announcement } => {
            Ok(to_everybody(audience, "announcement.delete", &announcement.to_string()))
        }
        Event::TokenRevoked { token } => Ok(revoked(audience, *token)),
        Event::TeamChanged { user, brand } => team_changed(conn, audience, *user, *brand),
        Event::RulesChanged | Event::SettingsChanged => Ok(Vec::new()),
    }
}

/// Clients read their filters again; what is said with it is nothing.
fn filters_changed(audience: &[Audience], me: AccountId) -> Vec<Outcome> {
    let message = |stream: &Stream| Message { stream: stream.clone(), event: "filters_changed", payload: "".into() };
    let told = listening(audience, me, &[Stream::User]).into_iter();
    told.map(|(seat, stream)| Outcome::Send(seat.id, message(stream))).collect()
}

/// What concerns everybody goes out on the streams of home timelines.
fn to_everybody(audience: &[Audience], event: &'static str, payload: &str) -> Vec<Outcome> {
    let payload: Arc<str> = payload.into();
    let told = audience.iter().filter(|seat| seat.streams.contains(&Stream::User));
    told.map(|seat| Outcome::Send(seat.id, Message { stream: Stream::User, event, payload: payload.clone() })).collect()
}

fn announced(
    conn: &mut Conn,
    cx: &Context,
    renderer: &Renderer,
    audience: &[Audience],
    id: AnnouncementId,
) -> Result<Vec<Outcome>> {
    let Some(row) = announcements::find(conn, id)? else { return Ok(Vec::new()) };
    let views = announcements::load(conn, cx, None, vec![row])?;
    Ok(views
        .iter()
        .flat_map(|view| to_everybody(audience, "announcement", &(renderer.announcement)(view, cx)))
        .collect())
}

fn revoked(audience: &[Audience], token: TokenId) -> Vec<Outcome> {
    audience.iter().filter(|seat| seat.listener.token == token).map(|seat| Outcome::End(seat.id)).collect()
}

fn team_changed(conn: &mut Conn, audience: &[Audience], user: UserId, brand: AccountId) -> Result<Vec<Outcome>> {
    recheck(conn, audience.iter().filter(|seat| seat.listener.user == user && seat.listener.me == brand))
}

/// Who may still listen, and what has changed about them.
pub fn recheck<'a>(conn: &mut Conn, audience: impl Iterator<Item = &'a Audience>) -> Result<Vec<Outcome>> {
    let mut held: HashMap<TokenId, Option<Listener>> = HashMap::new();
    let mut outcomes = Vec::new();
    for seat in audience {
        let token = seat.listener.token;
        let listener = match held.get(&token) {
            Some(known) => known.clone(),
            None => {
                let listener = oauth::recheck_grant(conn, token)?.as_ref().and_then(Listener::of);
                held.insert(token, listener.clone());
                listener
            }
        };
        outcomes.push(match listener {
            Some(listener) => Outcome::Renew(seat.id, listener),
            None => Outcome::End(seat.id),
        });
    }
    Ok(outcomes)
}

/// The page that holds exactly one post.
fn only(post: PostId) -> Page {
    Page { max_id: Some(post.0.saturating_add(1)), since_id: None, min_id: Some(post.0.saturating_sub(1)), limit: 1 }
}

/// Where one post is shown; asked once for each account and place.
struct Places<'a> {
    post: &'a Post,
    /// Whose home timelines can hold it, if anybody listens to theirs.
    readers: HashSet<AccountId>,
    home: HashMap<AccountId, bool>,
    public: HashMap<AccountId, bool>,
    lists: HashMap<ListId, bool>,
}

impl<'a> Places<'a> {
    fn of(conn: &mut Conn, post: &'a Post, audience: &[Audience]) -> Result<Self> {
        let is_asked = audience
            .iter()
            .flat_map(|seat| &seat.streams)
            .any(|stream| matches!(stream, Stream::User | Stream::List(_)));
        let mut readers = HashSet::from([post.account_id]);
        if is_asked {
            readers.extend(timelines::readers_of(conn, post.id)?);
        }
        Ok(Self { post, readers, home: HashMap::new(), public: HashMap::new(), lists: HashMap::new() })
    }

    fn holds(&mut self, conn: &mut Conn, me: AccountId, stream: &Stream) -> Result<bool> {
        let (post, page) = (self.post, only(self.post.id));
        match stream {
            Stream::Notifications | Stream::Direct => Ok(false),
            Stream::User => {
                if !self.readers.contains(&me) {
                    return Ok(false);
                }
                remembered(&mut self.home, me, || Ok(!timelines::home(conn, me, &page)?.is_empty()))
            }
            Stream::List(id) => {
                if !self.readers.contains(&me) {
                    return Ok(false);
                }
                remembered(&mut self.lists, *id, || match timelines::list(conn, me, *id, &page) {
                    Ok(posts) => Ok(!posts.is_empty()),
                    // The list was deleted.
                    Err(Error::NotFound(_)) => Ok(false),
                    Err(other) => Err(other),
                })
            }
            Stream::Public(filter) => {
                if !is_public(post, *filter) {
                    return Ok(false);
                }
                remembered(&mut self.public, me, || {
                    Ok(!timelines::public(conn, Some(me), PublicFilter::default(), &page)?.is_empty())
                })
            }
            Stream::Hashtag { name, local, .. } => {
                let filter = PublicFilter { local: *local, ..PublicFilter::default() };
                if !is_public(post, filter) || !post.tags.0.iter().any(|tag| tag.name == *name) {
                    return Ok(false);
                }
                Ok(!timelines::tag(conn, Some(me), name, &TagFilter { public: filter, ..TagFilter::default() }, &page)?
                    .is_empty())
            }
        }
    }
}

fn remembered<K: std::hash::Hash + Eq + Copy>(
    known: &mut HashMap<K, bool>,
    key: K,
    ask: impl FnOnce() -> Result<bool>,
) -> Result<bool> {
    if let Some(answer) = known.get(&key) {
        return Ok(*answer);
    }
    let answer = ask()?;
    known.insert(key, answer);
    Ok(answer)
}

/// What can be said of a public post without asking who looks.
fn is_public(post: &Post, filter: PublicFilter) -> bool {
    post.visibility == Visibility::Public
        && post.boost_of_id.is_none()
        && (!filter.local || post.is_local)
        && (!filter.remote || !post.is_local)
        && (!filter.only_media || !post.media.0.is_empty())
}

fn is_direct(view: &PostView) -> bool {
    view.post.visibility == Visibility::Direct || view.original().post.visibility == Visibility::Direct
}

fn post_shown(
    conn: &mut Conn,
    cx: &Context,
    renderer: &Renderer,
    audience: &[Audience],
    id: PostId,
    event: &'static str,
) -> Result<Vec<Outcome>> {
    let Some(post) = queries::find(conn, id)?.filter(|post| post.deleted_at.is_none()) else { return Ok(Vec::new()) };
    if event == "update" && cx.now.since(post.created_at) > OLD {
        return Ok(Vec::new());
    }
    let mut places = Places::of(conn, &post, audience)?;
    // The text for each account, and whether its filters keep the post out of its feeds.
    let mut rendered: HashMap<AccountId, Option<(Arc<str>, bool)>> = HashMap::new();
    let mut outcomes = Vec::new();
    for seat in audience {
        let me = seat.listener.me;
        // Boosts of direct messages do not exist, so the post itself tells.
        if post.visibility == Visibility::Direct && !seat.listener.sees_direct {
            continue;
        }
        for stream in &seat.streams {
            if !places.holds(conn, me, stream)? {
                continue;
            }
            let shown = match rendered.get(&me) {
                Some(known) => known.clone(),
                None => {
                    let shown = view(conn, me, post.clone())?.map(|view| {
                        let is_hidden = me != post.account_id && view.is_hidden(Place::Home, cx.now);
                        ((renderer.status)(&view, cx, me).into(), is_hidden)
                    });
                    rendered.insert(me, shown.clone());
                    shown
                }
            };
            let is_feed = matches!(stream, Stream::User | Stream::List(_));
            if let Some((payload, _)) = shown.filter(|(_, is_hidden)| !(is_feed && *is_hidden)) {
                outcomes.push(Outcome::Send(seat.id, Message { stream: stream.clone(), event, payload }));
            }
        }
    }
    Ok(outcomes)
}

/// The post as `me` sees it; `None` if it boosts something that is not for them.
fn view(conn: &mut Conn, me: AccountId, post: Post) -> Result<Option<PostView>> {
    match views::load_one(conn, Some(me), post) {
        Ok(mut view) => {
            filters::mark_for(conn, me, std::slice::from_mut(&mut view))?;
            Ok(Some(view))
        }
        Err(Error::NotFound(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Only the id goes out. Of a post that was not public, it goes to those who can have had it; of one whose row is gone, to all who listen.
fn post_deleted(conn: &mut Conn, audience: &[Audience], id: PostId, account: AccountId) -> Result<Vec<Outcome>> {
    let post = queries::find(conn, id)?;
    let had_it: Option<HashSet<AccountId>> = match post.filter(|post| !post.is_for_everybody()) {
        Some(post) => {
            let mut readers: HashSet<AccountId> = queries::mentioned_in(conn, id)?.into_iter().collect();
            if post.visibility != Visibility::Direct {
                readers.extend(follows::local_followers(conn, account)?);
            }
            readers.insert(account);
            Some(readers)
        }
        None => None,
    };
    let payload: Arc<str> = id.to_string().into();
    let mut outcomes = Vec::new();
    for seat in audience {
        if had_it.as_ref().is_some_and(|readers| !readers.contains(&seat.listener.me)) {
            continue;
        }
        for stream in &seat.streams {
            let shows_posts = match stream {
                Stream::User | Stream::List(_) => true,
                Stream::Public(_) | Stream::Hashtag { .. } => had_it.is_none(),
                Stream::Notifications | Stream::Direct => false,
            };
            if shows_posts {
                outcomes.push(Outcome::Send(
                    seat.id,
                    Message { stream: stream.clone(), event: "delete", payload: payload.clone() },
                ));
            }
        }
    }
    Ok(outcomes)
}

/// Those who listen as `me` to one of these streams, with each of them.
fn listening<'a>(audience: &'a [Audience], me: AccountId, streams: &[Stream]) -> Vec<(&'a Audience, &'a Stream)> {
    let mut found = Vec::new();
    for seat in audience.iter().filter(|seat| seat.listener.me == me) {
        found.extend(seat.streams.iter().filter(|stream| streams.contains(stream)).map(|stream| (seat, stream)));
    }
    found
}

fn notified(
    conn: &mut Conn,
    cx: &Context,
    renderer: &Renderer,
    audience: &[Audience],
    id: NotificationId,
    me: AccountId,
) -> Result<Vec<Outcome>> {
    let told = listening(audience, me, &[Stream::User, Stream::Notifications]);
    if told.is_empty() {
        return Ok(Vec::new());
    }
    let Some(row) = notifications::find(conn, id)? else { return Ok(Vec::new()) };
    let Some(from) = people::find(conn, row.from_id)?.filter(|from| from.is_active()) else { return Ok(Vec::new()) };
    let about = match row.post_id {
        Some(post) => {
            let Some(post) = visibility::find_visible(conn, post, Some(me))? else { return Ok(Vec::new()) };
            let Some(view) = view(conn, me, post)? else { return Ok(Vec::new()) };
            Some(view)
        }
        None => None,
    };
    let is_direct = about.as_ref().is_some_and(is_direct);
    let severances = severances::of_notifications(conn, me, std::iter::once((row.kind, row.subject_id)))?;
    let severance = severances.values().next();
    let payload: Arc<str> = (renderer.notification)(&row, &from, about.as_ref(), severance, cx, me).into();
    let shown = told.into_iter().filter(|(seat, _)| seat.listener.sees_direct || !is_direct);
    Ok(shown
        .map(|(seat, stream)| {
            Outcome::Send(seat.id, Message { stream: stream.clone(), event: "notification", payload: payload.clone() })
        })
        .collect())
}

/// Only that it happened: clients read their notifications again.
fn merged(audience: &[Audience], me: AccountId) -> Vec<Outcome> {
    let told = listening(audience, me, &[Stream::User, Stream::Notifications]);
    let payload: Arc<str> = "1".into();
    let message =
        |stream: &Stream| Message { stream: stream.clone(), event: "notifications_merged", payload: payload.clone() };
    told.into_iter().map(|(seat, stream)| Outcome::Send(seat.id, message(stream))).collect()
}

fn thread_changed(
    conn: &mut Conn,
    cx: &Context,
    renderer: &Renderer,
    audience: &[Audience],
    id: DirectThreadId,
    me: AccountId,
) -> Result<Vec<Outcome>> {
    let told: Vec<(&Audience, &Stream)> =
        listening(audience, me, &[Stream::Direct]).into_iter().filter(|(seat, _)| seat.listener.sees_direct).collect();
    if told.is_empty() {
        return Ok(Vec::new());
    }
    let Some(thread) = direct_threads::find(conn, id)?.filter(|thread| thread.account_id == me && !thread.is_hidden)
    else {
        return Ok(Vec::new());
    };
    let others = people::list(conn, &thread.participants.0)?;
    let last = match visibility::find_visible(conn, thread.last_post_id, Some(me))? {
        Some(post) => view(conn, me, post)?,
        None => None,
    };
    let payload: Arc<str> =
        (renderer.conversation)(&thread, &others.iter().collect::<Vec<_>>(), last.as_ref(), cx, me).into();
    Ok(told
        .into_iter()
        .map(|(seat, stream)| {
            Outcome::Send(seat.id, Message { stream: stream.clone(), event: "conversation", payload: payload.clone() })
        })
        .collect())
}
