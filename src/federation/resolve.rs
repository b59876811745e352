//! Accounts and posts of other servers: known here, or fetched, checked and stored. What may be fetched is bounded by a [`Budget`].

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use super::fetch::{self, Budget, Document};
use super::mapping::{Reading, account_in, post_in};
use super::memory::{self, Miss};
use super::vocab::{Actor, Audience, Object, value};
use super::webfinger_client;
use crate::app::App;
use crate::config::Limits;
use crate::context::Urls;
use crate::db::Conn;
use crate::domain::accounts::actions::{Remote, is_buried, remove_remote, store_remote};
use crate::domain::accounts::{Account, queries as accounts};
use crate::domain::domain_rules::Policy;
use crate::domain::posts::incoming::{Incoming, receive};
use crate::domain::posts::{Post, Visibility, queries as posts};
use crate::domain::resolver::{Resolved, Resolver};
use crate::error::{Error, Result};
use crate::ids::PostId;
use crate::net::same_origin;
use crate::text::handles::{Handle, is_valid_username};
use crate::time::Time;

/// How old a stored actor may be before it is read again when it is used.
const STALE: Duration = Duration::from_secs(86_400);
/// How long a server that did not answer is not asked for the same thing again.
const PAUSE: Duration = Duration::from_secs(60);
/// How long a handle is looked up before it is taken as unconfirmed.
const WEBFINGER: Duration = Duration::from_secs(3);
/// How long each of those may take whom a post names.
const STRANGER: Duration = Duration::from_secs(5);

/// Finds accounts and posts elsewhere for the rest of the program.
pub struct RemoteResolver {
    app: App,
}

impl RemoteResolver {
    /// One that asks with the client, under the rules and into the database of `app`.
    #[expect(clippy::new_ret_no_self, reason = "callers only know the port")]
    pub fn new(app: App) -> Arc<dyn Resolver> {
        Arc::new(Self { app })
    }
}

#[async_trait]
impl Resolver for RemoteResolver {
    async fn account(&self, handle: &Handle) -> Result<Option<Account>> {
        found(Box::pin(account_by_handle(&self.app, handle)).await)
    }

    async fn object(&self, url: &str) -> Result<Option<Resolved>> {
        found(Box::pin(object_by_url(&self.app, url)).await)
    }
}

/// What is not there, not allowed or not usable is nothing to the caller.
fn found<T>(outcome: Result<T>) -> Result<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(
            Error::NotFound(_)
            | Error::Gone
            | Error::Forbidden(_)
            | Error::Conflict(_)
            | Error::Unauthorized(_)
            | Error::Invalid(_),
        ) => Ok(None),
        Err(error @ (Error::RateLimited { .. } | Error::Upstream(_) | Error::Busy(_) | Error::Internal(_))) => {
            Err(error)
        }
    }
}

async fn account_by_handle(app: &App, handle: &Handle) -> Result<Account> {
    let handle = handle.clone().relative_to(app.urls()?.domain());
    let wanted = handle.clone();
    let known = app
        .db
        .read(move |conn| {
            accounts::find_by_handle(conn, &wanted.username, wanted.domain.as_deref().unwrap_or_default())
        })
        .await?;
    let Some(domain) = handle.domain.as_deref() else {
        return known.filter(Account::is_active).ok_or(Error::NotFound("account"));
    };
    if app.rules().refuses(domain) {
        return Err(Error::forbidden("this domain is blocked here"));
    }
    let mut budget = Budget::new(app);
    if let Some(known) = known {
        let uri = known.uri.clone();
        return if is_fresh(&known, app.clock.now()) { Ok(known) } else { actor_by_uri(app, &uri, &mut budget).await };
    }
    let found = webfinger_client::lookup(app, &handle, &mut budget).await?;
    let account = actor_by_uri(app, &found.actor, &mut budget).await?;
    // A handle that leads to an account which goes by another one is not that account's.
    let named = Handle::parse(&account.acct());
    if named.as_ref() == Some(&found.handle) { Ok(account) } else { Err(Error::NotFound("account")) }
}

async fn object_by_url(app: &App, url: &str) -> Result<Resolved> {
    let urls = app.urls()?;
    if urls.is_ours(url) {
        let (url, urls) = (url.to_owned(), urls);
        return app.db.read(move |conn| local_object(conn, &urls, &url)).await;
    }
    let uri = value::canonical(url.trim()).ok_or(Error::NotFound("document"))?;
    let wanted = uri.clone();
    let known = app
        .db
        .read(move |conn| Ok((accounts::find_by_uri(conn, &wanted)?, posts::find_by_uri(conn, &wanted)?)))
        .await?;
    let mut budget = Budget::new(app);
    match known {
        (Some(_), _) => return Ok(Resolved::Account(actor_by_uri(app, &uri, &mut budget).await?.id)),
        (None, Some(post)) if post.deleted_at.is_none() => return Ok(Resolved::Post(post.id)),
        _ => {}
    }
    let document = fetch::document(app, &uri, &mut budget).await?;
    if Actor::new(&document.json).is_some() {
        return Ok(Resolved::Account(store_actor(app, &document, &mut budget).await?.id));
    }
    // Somebody waits for the post, not for those whom it names.
    budget.strangers = 0;
    Ok(Resolved::Post(store_thread(app, document, &mut budget).await?.id))
}

/// What an address of this server stands for: an id or a page of an account or a post.
fn local_object(conn: &mut Conn, urls: &Urls, url: &str) -> Result<Resolved> {
    if let Some(account) = accounts::find_by_uri(conn, url)?.filter(Account::is_active) {
        return Ok(Resolved::Account(account.id));
    }
    if let Some(post) = posts::find_by_uri(conn, url)?.filter(|post| post.deleted_at.is_none()) {
        return Ok(Resolved::Post(post.id));
    }
    let path = url.strip_prefix(urls.base()).unwrap_or_default().split(['?', '#']).next().unwrap_or_default();
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let handle = parts
        .next()
        .and_then(|part| part.strip_prefix('@'))
        .and_then(Handle::parse)
        .ok_or(Error::NotFound("document"))?;
    let handle = handle.relative_to(urls.domain());
    if let Some(part) = parts.next() {
        let id: PostId = part.parse().map_err(|_| Error::NotFound("post"))?;
        return posts::get(conn, id).map(|post| Resolved::Post(post.id));
    }
    let account = accounts::find_by_handle(conn, &handle.username, handle.domain.as_deref().unwrap_or_default())?;
    account.filter(Account::is_active).map(|account| Resolved::Account(account.id)).ok_or(Error::NotFound("account"))
}

fn is_fresh(account: &Account, now: Time) -> bool {
    account.fetched_at.is_some_and(|at| now.since(at) < STALE)
}

/// The account with this actor id: from the database while it is fresh, else read again. Where that is not possible now, as it was known.
/// One that its server says is gone is removed here too. Errors: `NotFound`, `Gone`, `Forbidden` and `Conflict` for what there is no
/// account for; `Upstream` if its server does not answer.
pub async fn actor_by_uri(app: &App, uri: &str, budget: &mut Budget) -> Result<Account> {
    let uri = value::canonical(uri).ok_or(Error::NotFound("account"))?;
    let is_ours = app.urls()?.is_ours(&uri);
    let known = known_actor(app, &uri).await?;
    match known {
        Some(account) if account.is_local() || is_fresh(&account, app.clock.now()) => return Ok(account),
        None if is_ours => return Err(Error::NotFound("account")),
        _ => {}
    }
    let memory = memory::of(app);
    let turn = memory.turn(&uri);
    let _turn = turn.lock().await;
    // Somebody else may have read it meanwhile.
    let known = known_actor(app, &uri).await?;
    if let Some(account) = known.as_ref().filter(|account| is_fresh(account, app.clock.now())) {
        return Ok(account.clone());
    }
    let now = app.clock.now();
    let missed = match memory.miss(&uri, now) {
        None => None,
        Some(Miss::Unreachable) => {
            Some(Error::Upstream("the server of this account did not answer a moment ago".into()))
        }
        Some(Miss::Unusable) => Some(Error::NotFound("account")),
    };
    let outcome = match missed {
        Some(error) => Err(error),
        None => Box::pin(fetch_actor(app, &uri, budget)).await,
    };
    let error = match outcome {
        Ok(account) => return Ok(account),
        Err(error) => error,
    };
    match (&error, known) {
        (Error::Gone, Some(account)) => {
            app.act(move |conn, cx| remove_remote(conn, cx, &account)).await?;
            Err(error)
        }
        (Error::Busy(_) | Error::Internal(_), _) => Err(error),
        (_, Some(account)) => {
            tracing::debug!(%uri, %error, "an account could not be read again and is taken as it was");
            memory.note_miss(&uri, Miss::Unreachable, now.after(PAUSE));
            Ok(account)
        }
        (_, None) => {
            let (miss, pause) = if error.is_transient() {
                (Miss::Unreachable, PAUSE)
            } else {
                (Miss::Unusable, app.config.limits.actor_failure_memory)
            };
            memory.note_miss(&uri, miss, now.after(pause));
            Err(error)
        }
    }
}

/// Reads a known account of another server again, however fresh it is; false if its server says that it is gone, and then it was removed
/// here too. Whatever else goes wrong proves nothing.
pub async fn is_still_there(app: &App, account: &Account, budget: &mut Budget) -> Result<bool> {
    let outcome = match Box::pin(fetch::document(app, &account.uri, budget)).await {
        Ok(document) if document.id != account.uri => return Ok(true),
        Ok(document) if Object::new(&document.json).is_tombstone() => Err(Error::Gone),
        Ok(document) => Box::pin(store_actor(app, &document, budget)).await,
        Err(error) => Err(error),
    };
    match outcome {
        Err(Error::Gone) => {
            let gone = account.clone();
            app.act(move |conn, cx| remove_remote(conn, cx, &gone)).await?;
            Ok(false)
        }
        Err(error @ (Error::Busy(_) | Error::Internal(_))) => Err(error),
        Ok(_) | Err(_) => Ok(true),
    }
}

async fn known_actor(app: &App, uri: &str) -> Result<Option<Account>> {
    let uri = uri.to_owned();
    app.db
        .read(move |conn| match accounts::find_by_uri(conn, &uri)? {
            Some(account) if account.deleted_at.is_some() => Err(Error::Gone),
            Some(account) => Ok(Some(account)),
            None if is_buried(conn, &uri)? => Err(Error::Gone),
            None => Ok(None),
        })
        .await
}

async fn fetch_actor(app: &App, uri: &str, budget: &mut Budget) -> Result<Account> {
    let document = fetch::document(app, uri, budget).await?;
    if document.id != uri {
        return Err(Error::Conflict("the actor has another id than it was asked for by".into()));
    }
    store_actor(app, &document, budget).await
}

async fn store_actor(app: &App, document: &Document, budget: &mut Budget) -> Result<Account> {
    let remote = describe(app, &document.json, budget).await?;
    app.act(move |conn, cx| {
        if is_buried(conn, &remote.uri)? {
            return Err(Error::Gone);
        }
        store_remote(conn, cx, remote)
    })
    .await
}

/// Reads an actor document that came from its own address or signed by itself, and settles whose handle it has. Stores nothing.
pub async fn describe(app: &App, document: &Value, budget: &mut Budget) -> Result<Remote> {
    let rules = app.rules();
    let mut remote =
        account_in::remote(document, Reading { limits: &app.config.limits, rules: &rules, now: app.clock.now() })?;
    if app.urls()?.is_ours(&remote.uri) {
        return Err(Error::forbidden("an actor of this server is not read from outside"));
    }
    confirm_handle(app, &mut remote, budget).await?;
    if remote.domain.is_empty() || remote.domain.eq_ignore_ascii_case(app.urls()?.domain()) {
        return Err(Error::Conflict("an account elsewhere cannot have a handle of this server".into()));
    }
    Ok(remote)
}

/// Settles the handle of an actor: as it was confirmed before, or as WebFinger says and points back. A server without WebFinger, or that
/// does not answer, is believed for names on its own host, unless somebody else was known by that name.
async fn confirm_handle(app: &App, remote: &mut Remote, budget: &mut Budget) -> Result<()> {
    let uri = remote.uri.clone();
    let known = app.db.read(move |conn| accounts::find_by_uri(conn, &uri)).await?;
    if let Some(known) = known.filter(|known| known.username.eq_ignore_ascii_case(&remote.username)) {
        remote.domain = known.domain;
        return Ok(());
    }
    let claimed = Handle { username: remote.username.clone(), domain: Some(remote.domain.clone()) };
    let mut short = budget.clone().within(WEBFINGER);
    let looked_up = Box::pin(webfinger_client::lookup(app, &claimed, &mut short)).await;
    match looked_up {
        Ok(found) if found.actor == remote.uri => {
            if app.rules().refuses(found.handle.domain.as_deref().unwrap_or_default())
                || !is_valid_username(&found.handle.username)
            {
                return Err(Error::forbidden("the domain of the account's handle is blocked here"));
            }
            remote.username = found.handle.username;
            remote.domain = found.handle.domain.unwrap_or_default();
            Ok(())
        }
        Ok(_) => Err(Error::Conflict(format!("{claimed} is another account, as its server says"))),
        Err(error @ (Error::Busy(_) | Error::Internal(_))) => Err(error),
        Err(_) => {
            let (username, domain) = (remote.username.clone(), remote.domain.clone());
            let holder = app.db.read(move |conn| accounts::find_by_handle(conn, &username, &domain)).await?;
            match holder {
                Some(holder) if holder.uri != remote.uri => {
                    Err(Error::Upstream(format!("it cannot be confirmed whose handle {claimed} is")))
                }
                _ => Ok(()),
            }
        }
    }
}

/// The post with this id: from the database, or fetched with the posts that it answers, up to the depth of the budget. Only what everybody
/// may see is fetched. Errors as for [`actor_by_uri`].
pub async fn post_by_uri(app: &App, uri: &str, budget: &mut Budget) -> Result<Post> {
    let uri = value::canonical(uri).ok_or(Error::NotFound("post"))?;
    if let Some(post) = known_post(app, &uri).await? {
        return Ok(post);
    }
    if app.urls()?.is_ours(&uri) {
        return Err(Error::NotFound("post"));
    }
    let memory = memory::of(app);
    let turn = memory.turn(&uri);
    let _turn = turn.lock().await;
    if let Some(post) = known_post(app, &uri).await? {
        return Ok(post);
    }
    let now = app.clock.now();
    match memory.miss(&uri, now) {
        Some(Miss::Unusable) => return Err(Error::NotFound("post")),
        Some(Miss::Unreachable) => {
            return Err(Error::Upstream("the server of this post did not answer a moment ago".into()));
        }
        None => {}
    }
    let outcome = match Box::pin(fetch::document(app, &uri, budget)).await {
        Ok(document) => Box::pin(store_thread(app, document, budget)).await,
        Err(error) => Err(error),
    };
    match &outcome {
        Err(Error::Busy(_) | Error::Internal(_) | Error::RateLimited { .. }) | Ok(_) => {}
        Err(Error::Upstream(_)) => memory.note_miss(&uri, Miss::Unreachable, now.after(PAUSE)),
        Err(_) => memory.note_miss(&uri, Miss::Unusable, now.after(PAUSE * 5)),
    }
    outcome
}

/// The post with this id if it is known; an error if it was deleted.
pub async fn known_post(app: &App, uri: &str) -> Result<Option<Post>> {
    let uri = uri.to_owned();
    app.db
        .read(move |conn| match posts::find_by_uri(conn, &uri)? {
            Some(post) if post.deleted_at.is_some() => Err(Error::Gone),
            Some(post) => Ok(Some(post)),
            None if is_buried(conn, &uri)? => Err(Error::Gone),
            None => Ok(None),
        })
        .await
}

/// Stores a fetched post after those that it answers, first of them first, so that the thread hangs together.
async fn store_thread(app: &App, document: Document, budget: &mut Budget) -> Result<Post> {
    let above = fetch_answered(app, &document, budget).await?;
    let strangers = std::mem::take(&mut budget.strangers);
    for parent in above.into_iter().rev() {
        if let Err(error) = Box::pin(store_post(app, &parent, budget)).await {
            if matches!(error, Error::Busy(_) | Error::Internal(_)) {
                return Err(error);
            }
            tracing::debug!(uri = %parent.id, %error, "a post that was answered is left out");
        }
    }
    budget.strangers = strangers;
    store_post(app, &document, budget).await
}

/// The posts above a fetched one that are not known here, nearest first. What cannot be fetched ends the chain.
async fn fetch_answered(app: &App, document: &Document, budget: &mut Budget) -> Result<Vec<Document>> {
    let mut chain: Vec<Document> = Vec::new();
    while chain.len() < budget.depth {
        let lowest = chain.last().unwrap_or(document);
        let Some(parent) = Object::new(&lowest.json).in_reply_to() else { break };
        let is_ring = parent == document.id || chain.iter().any(|seen| seen.id == parent);
        if is_ring || app.urls()?.is_ours(&parent) || !matches!(known_post(app, &parent).await, Ok(None)) {
            break;
        }
        match Box::pin(fetch::document(app, &parent, budget)).await {
            Ok(found) if found.id == parent => chain.push(found),
            Ok(_) => break,
            Err(error @ (Error::Busy(_) | Error::Internal(_))) => return Err(error),
            Err(_) => break,
        }
    }
    Ok(chain)
}

/// Fetches and stores what a post answers, as far as the budget goes, so that the post finds its thread when it is stored next.
pub async fn store_answered(app: &App, uri: &str, budget: &mut Budget) -> Result<()> {
    let strangers = std::mem::take(&mut budget.strangers);
    let stored = post_by_uri(app, uri, budget).await;
    budget.strangers = strangers;
    match stored {
        Err(error @ (Error::Busy(_) | Error::Internal(_))) => Err(error),
        // Without it, the post begins a thread of its own.
        _ => Ok(()),
    }
}

async fn store_post(app: &App, document: &Document, budget: &mut Budget) -> Result<Post> {
    let object = Object::new(&document.json);
    if object.kind().is_none() {
        return Err(Error::Conflict("it is of no type that is shown as a post".into()));
    }
    let author = author_of(object, &document.id)?;
    let author = Box::pin(actor_by_uri(app, &author, budget)).await?;
    if author.is_local() || !author.is_active() {
        return Err(Error::forbidden("posts of this account are not taken"));
    }
    let incoming = prepare(app, document.json.clone(), Audience::default(), author).await?;
    if !matches!(incoming.visibility, Visibility::Public | Visibility::Unlisted) {
        return Err(Error::NotFound("post"));
    }
    let incoming = Box::pin(meet_named(app, incoming, &document.json, &Audience::default(), budget)).await?;
    let uri = document.id.clone();
    app.act(move |conn, cx| match receive(conn, cx, incoming)? {
        Some(post) => Ok(post),
        None => posts::find_by_uri(conn, &uri)?.filter(|post| post.deleted_at.is_none()).ok_or(Error::Gone),
    })
    .await
}

/// The author for whom an object speaks: the first it names, if all it names stand on its own origin.
pub fn author_of(object: Object<'_>, id: &str) -> Result<String> {
    let authors = object.authors();
    if authors.iter().any(|author| !same_origin(author, id)) {
        return Err(Error::Conflict("the post speaks for an author of another server".into()));
    }
    authors.into_iter().next().ok_or_else(|| Error::Conflict("the post names no author".into()))
}

/// Reads an object of `author` into what the domain takes, off the async threads.
pub async fn prepare(app: &App, object: Value, fallback: Audience, author: Account) -> Result<Incoming> {
    let surroundings = Surroundings::of(app);
    app.db.read(move |conn| surroundings.read(conn, &object, &fallback, &author)).await
}

/// The post that was read from `object`, read again after those whom it names on other servers and who were not known here were looked
/// up, as many as the budget allows.
pub async fn meet_named(
    app: &App,
    incoming: Incoming,
    object: &Value,
    fallback: &Audience,
    budget: &Budget,
) -> Result<Incoming> {
    let (urls, mut seen) = (app.urls()?, HashSet::new());
    let mut named = Surroundings::of(app).named(object, fallback, incoming.visibility);
    named.retain(|uri| !urls.is_ours(uri) && seen.insert(uri.clone()));
    if named.is_empty() || budget.strangers == 0 {
        return Ok(incoming);
    }
    let wanted = named.clone();
    let known = app.db.read(move |conn| accounts::list_by_uris(conn, &wanted)).await?;
    named.retain(|uri| known.iter().all(|account| account.uri != *uri));
    named.truncate(budget.strangers);
    if named.is_empty() {
        return Ok(incoming);
    }
    let mut budget = budget.clone().within(STRANGER);
    for uri in &named {
        let read = Box::pin(actor_by_uri(app, uri, &mut budget)).await;
        // Whoever cannot be read is not named; our own trouble is no reason to leave them out.
        if let Err(error @ (Error::Busy(_) | Error::Internal(_))) = read {
            return Err(error);
        }
    }
    prepare(app, object.clone(), fallback.clone(), incoming.account).await
}

/// What is needed to read objects, apart from the database. Cheap to clone.
#[derive(Clone)]
pub struct Surroundings {
    app: App,
    rules: Arc<Policy>,
    now: Time,
}

impl Surroundings {
    /// As they are now.
    pub fn of(app: &App) -> Self {
        Self { app: app.clone(), rules: app.rules(), now: app.clock.now() }
    }

    /// In the form that the mapping takes.
    pub fn reading(&self) -> Reading<'_> {
        let limits: &Limits = &self.app.config.limits;
        Reading { limits, rules: &self.rules, now: self.now }
    }

    /// The ids of those on other servers whom an object names, known here or not.
    pub fn named(&self, object: &Value, fallback: &Audience, visibility: Visibility) -> Vec<String> {
        let (object, reading) = (Object::new(object), self.reading());
        post_in::named(object, &post_in::audience(object, fallback, reading), visibility, reading)
    }

    /// Reads an object of `author`; whom it names is looked up among the known accounts, nobody is fetched for it.
    pub fn read(&self, conn: &mut Conn, object: &Value, fallback: &Audience, author: &Account) -> Result<Incoming> {
        let (object, reading) = (Object::new(object), self.reading());
        let audience = post_in::audience(object, fallback, reading);
        let named = post_in::people(object, &audience, reading);
        let people = accounts::list_by_uris(conn, &named)?;
        post_in::incoming(object, &audience, author, people, reading)
    }
}
