//! How posts are read for a caller. Every answer that shows posts goes through here, so that somebody who acts as a brand without the grant for
//! direct messages meets none: not in timelines, threads, notifications, conversations or searches.

use std::collections::{HashMap, HashSet};

use actix_web::HttpResponse;

use super::auth::{Caller, MaybeCaller};
use super::entities::notification::{About, Notification};
use super::entities::status::Status;
use crate::app::App;
use crate::context::Context;
use crate::db::Conn;
use crate::domain::accounts::{self, Account};
use crate::domain::filters::{self, Place};
use crate::domain::notifications::Notification as Told;
use crate::domain::posts::views::{self, PostView};
use crate::domain::posts::{Post, Visibility, queries, visibility};
use crate::domain::severances;
use crate::error::{Error, Result};
use crate::ids::{AccountId, PostId};

/// Who reads, and what is kept from them. Cheap to copy into a query.
#[derive(Debug, Clone, Copy)]
pub struct Reader {
    me: Option<AccountId>,
    sees_direct: bool,
    filters_version: i64,
    is_feed: bool,
}

impl From<&Caller> for Reader {
    fn from(caller: &Caller) -> Self {
        let filters_version = caller.acting.filters_version;
        Self { me: Some(caller.me()), sees_direct: caller.sees_direct(), filters_version, is_feed: false }
    }
}

impl From<&MaybeCaller> for Reader {
    fn from(caller: &MaybeCaller) -> Self {
        let nobody = Self { me: None, sees_direct: false, filters_version: 0, is_feed: false };
        caller.0.as_ref().map_or(nobody, Self::from)
    }
}

impl Reader {
    /// The account that reads; `None` for strangers.
    pub fn me(self) -> Option<AccountId> {
        self.me
    }

    /// Reads the home timeline or a list: what the reader's filters hide there is left out of [`Reader::statuses`].
    pub fn of_feed(self) -> Self {
        Self { is_feed: true, ..self }
    }

    /// Whether direct messages are shown to them.
    pub fn sees_direct(self) -> bool {
        self.sees_direct
    }

    /// Whether a post that the account may see is shown to the person who reads.
    pub fn shows(self, post: &Post) -> bool {
        self.sees_direct || post.visibility != Visibility::Direct
    }

    /// The post; one that is not there and one that is not for them are the same error.
    pub fn get(self, conn: &mut Conn, id: PostId) -> Result<Post> {
        let post = visibility::get_visible(conn, id, self.me)?;
        if self.shows(&post) { Ok(post) } else { Err(Error::NotFound("post")) }
    }

    /// The post or, of a boost, what it boosts; errors as of [`Reader::get`].
    pub fn get_original(self, conn: &mut Conn, id: PostId) -> Result<Post> {
        let post = visibility::get_original(conn, id, self.me)?;
        if self.shows(&post) { Ok(post) } else { Err(Error::NotFound("post")) }
    }

    /// Posts that the account may see, with what is shown with them, filters that they match included; what is kept from the reader is left out.
    pub fn views(self, conn: &mut Conn, posts: Vec<Post>) -> Result<Vec<PostView>> {
        let posts = posts.into_iter().filter(|post| self.shows(post)).collect();
        let mut views = self.keep(views::load(conn, self.me, posts)?);
        if let Some(me) = self.me {
            filters::mark(conn, me, self.filters_version, &mut views)?;
        }
        Ok(views)
    }

    fn keep(self, mut views: Vec<PostView>) -> Vec<PostView> {
        views.retain(|view| self.shows(&view.post) && self.shows(&view.original().post));
        views
    }

    /// Like [`Reader::views`], rendered.
    pub fn statuses(self, conn: &mut Conn, cx: &Context, posts: Vec<Post>) -> Result<Vec<Status>> {
        let views = self.views(conn, posts)?;
        let shown = views.iter().filter(|view| !self.is_feed || !self.hides(view, cx));
        Ok(shown.map(|view| Status::render(view, cx, self.me)).collect())
    }

    /// Whether a filter keeps a post out of the reader's feeds; never one's own.
    fn hides(self, view: &PostView, cx: &Context) -> bool {
        self.me != Some(view.post.account_id) && view.is_hidden(Place::Home, cx.now)
    }

    /// One post, rendered. Error: it is kept from the reader, or boosts what is.
    pub fn status(self, conn: &mut Conn, cx: &Context, post: Post) -> Result<Status> {
        self.statuses(conn, cx, vec![post])?.pop().ok_or(Error::NotFound("post"))
    }

    /// Posts by their ids: those that are there and for the reader.
    pub fn views_of(self, conn: &mut Conn, ids: impl Iterator<Item = PostId>) -> Result<HashMap<PostId, PostView>> {
        let ids: Vec<PostId> = ids.collect::<HashSet<_>>().into_iter().collect();
        let posts = queries::list(conn, &ids, self.me)?;
        Ok(self.views(conn, posts)?.into_iter().map(|view| (view.post.id, view)).collect())
    }

    /// Notifications of the reader, rendered in their order; those about posts that are gone or kept from the reader are left out.
    pub fn notifications(self, conn: &mut Conn, cx: &Context, rows: &[Told]) -> Result<Vec<Notification>> {
        let Some(me) = self.me else { return Ok(Vec::new()) };
        let people = people(conn, rows.iter().map(|row| row.from_id))?;
        let posts = self.views_of(conn, rows.iter().filter_map(|row| row.post_id))?;
        let severances = severances::of_notifications(conn, me, rows.iter().map(|row| (row.kind, row.subject_id)))?;
        let render = |row: &Told| {
            let view = match row.post_id {
                Some(id) => Some(posts.get(&id)?),
                None => None,
            };
            let about = About { post: view, severance: row.subject_id.and_then(|subject| severances.get(&subject)) };
            Some(Notification::render(row, people.get(&row.from_id)?, about, cx, me))
        };
        Ok(rows.iter().filter_map(render).collect())
    }
}

/// The accounts with these ids, each once.
pub fn people(conn: &mut Conn, ids: impl Iterator<Item = AccountId>) -> Result<HashMap<AccountId, Account>> {
    let ids: Vec<AccountId> = ids.collect::<HashSet<_>>().into_iter().collect();
    Ok(accounts::queries::list(conn, &ids)?.into_iter().map(|account| (account.id, account)).collect())
}

/// Answers one post as it stands now; rendered after the act's transaction, which holds the database for no longer than it must.
pub async fn show(app: &App, reader: Reader, post: Post) -> super::Result<HttpResponse> {
    let cx = app.context()?;
    let status = app.db.read(move |conn| reader.status(conn, &cx, post)).await?;
    Ok(HttpResponse::Ok().json(status))
}
