//! Reading documents of other servers: signed by the server's own actor, checked hop by hop, trusted only at their own address.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::memory;
use super::signatures::{SignInput, SigningError, sign_cavage};
use super::vocab::{ACCEPTED, MediaType, value};
use crate::app::App;
use crate::config::FederationMode;
use crate::crypto::keys::{Algorithm, PrivateKey};
use crate::domain::accounts::queries as accounts;
use crate::error::{Error, Result};
use crate::ids::AccountId;
use crate::net::header::{ACCEPT, CONTENT_TYPE};
use crate::net::{Fetch, HeaderMap, HeaderName, HeaderValue, NetError, RemoteUrl, Response};
use crate::time::Time;

/// How many unknown people whom a post names are looked up for it.
const STRANGERS: usize = 5;

/// What may be fetched because of one activity, one search or one signature.
#[derive(Debug, Clone)]
pub struct Budget {
    left: usize,
    /// How long each fetch may take.
    timeout: Duration,
    /// How many answered posts are followed upwards from a post.
    pub depth: usize,
    /// How many unknown people whom a post names are looked up; the others stay plain links.
    pub strangers: usize,
}

impl Budget {
    /// What one activity or one search may cost.
    pub fn new(app: &App) -> Self {
        let limits = &app.config.limits;
        let (left, timeout, depth) = (limits.fetch_budget, limits.fetch_timeout, limits.fetch_depth);
        Self { left, timeout, depth, strangers: STRANGERS }
    }

    /// The same with less time for each fetch.
    #[must_use]
    pub fn within(self, timeout: Duration) -> Self {
        Self { timeout: self.timeout.min(timeout), ..self }
    }

    /// How long each fetch may take.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Takes one fetch; an error if none is left.
    pub fn take(&mut self) -> Result<()> {
        self.left = self
            .left
            .checked_sub(1)
            .ok_or_else(|| Error::forbidden("too many documents would have to be fetched for this"))?;
        Ok(())
    }
}

/// A document as it came from where it says it belongs.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its id, in the form in which ids are compared.
    pub id: String,
    /// All of it.
    pub json: Value,
}

/// A document as it came from an address; what it says of itself is unchecked.
#[derive(Debug, Clone)]
pub struct Raw {
    /// The address that answered, after redirects.
    pub url: RemoteUrl,
    /// All of it.
    pub json: Value,
}

/// A key of one of our actors, ready to sign.
pub struct Signer {
    /// Under which id peers find its public half.
    pub key_id: String,
    /// The key.
    pub key: PrivateKey,
}

/// The signing key of a local account; kept in memory once parsed. An error if the account has none of that kind.
pub async fn signer_of(app: &App, account: AccountId, algorithm: Algorithm) -> Result<Arc<Signer>> {
    let memory = memory::of(app);
    let name = format!("{account} {algorithm}");
    if let Some(signer) = memory.signers.get(&name) {
        return Ok(signer);
    }
    let stored = app.db.read(move |conn| accounts::private_key(conn, account, algorithm)).await?;
    let (key_id, pkcs8) = stored.ok_or_else(|| Error::bug(format!("account {account} has no {algorithm} key")))?;
    let key = PrivateKey::from_pkcs8(algorithm, &pkcs8).map_err(Error::internal)?;
    let signer = Arc::new(Signer { key_id, key });
    memory.signers.insert(name, signer.clone());
    Ok(signer)
}

/// The signing key of the server's own actor. Until set-up is done there is none, and that is an error.
pub async fn server_signer(app: &App) -> Result<Arc<Signer>> {
    let uri = app.urls()?.instance_actor();
    let memory = memory::of(app);
    if let Some(signer) = memory.signers.get(&uri) {
        return Ok(signer);
    }
    let lookup = uri.clone();
    let actor = app.db.read(move |conn| accounts::find_by_uri(conn, &lookup)).await?;
    let actor = actor.ok_or_else(|| Error::Busy("This server is not set up yet, so it cannot ask others.".into()))?;
    let signer = signer_of(app, actor.id, Algorithm::Rsa).await?;
    memory.signers.insert(uri, signer.clone());
    Ok(signer)
}

/// The headers of a signed GET (draft-cavage).
pub fn signed_get(signer: &Signer, url: &RemoteUrl, now: Time) -> Result<HeaderMap, SigningError> {
    let input = SignInput {
        method: "GET",
        url: url.as_url(),
        key_id: &signer.key_id,
        key: &signer.key,
        body: None,
        content_type: None,
        now,
    };
    Ok(header_map(sign_cavage(&input)?))
}

/// Headers made by a signing function in the form that the client takes.
pub fn header_map(headers: Vec<(&'static str, String)>) -> HeaderMap {
    let read = |(name, value): (&'static str, String)| {
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(&value).ok()?))
    };
    headers.into_iter().filter_map(read).collect()
}

/// Why another server may not be talked to: federation is off, the domain is blocked, or the address is our own.
pub fn check_host(app: &App, url: &RemoteUrl) -> Result<()> {
    if app.config.federation.mode == FederationMode::Off {
        return Err(Error::forbidden("this server does not talk to others"));
    }
    if app.rules().refuses(&url.host_key()) {
        return Err(Error::forbidden(format!("{} is blocked here", url.host())));
    }
    Ok(())
}

/// Fetches an address as it is, with rules applied at every hop. Errors: `Upstream` if it may work later, others if it will not.
pub async fn get(
    app: &App,
    url: &RemoteUrl,
    accept: &'static str,
    is_signed: bool,
    budget: &mut Budget,
) -> Result<Response> {
    check_host(app, url)?;
    budget.take()?;
    let own = RemoteUrl::try_from(app.urls()?.base().to_owned()).map(|own| own.origin()).unwrap_or_default();
    let signer = if is_signed { Some(server_signer(app).await?) } else { None };
    let now = app.clock.now();
    let headers = |hop: &RemoteUrl| {
        if hop.origin() == own {
            return Err(NetError::refused(hop, "it is this server itself"));
        }
        check_host(app, hop).map_err(|why| NetError::refused(hop, why))?;
        let mut headers = match &signer {
            Some(signer) => signed_get(signer, hop, now).map_err(|why| NetError::refused(hop, why))?,
            None => HeaderMap::new(),
        };
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        Ok(headers)
    };
    let limits = Fetch { max_bytes: app.config.limits.fetch_bytes, timeout: budget.timeout };
    let answer = Box::pin(app.http.get_guarded(url, &headers, limits)).await.map_err(sort)?;
    match answer.status {
        200..=299 => Ok(answer),
        404 => Err(Error::NotFound("document")),
        410 => Err(Error::Gone),
        401 | 403 => Err(Error::forbidden(format!("{} does not show this document", url.host()))),
        408 | 425 | 429 | 500..=599 => {
            Err(Error::Upstream(format!("{} answered with status {}", url.host(), answer.status)))
        }
        status => Err(unusable(url.host(), format!("it answered with status {status}"))),
    }
}

fn sort(error: NetError) -> Error {
    match error {
        NetError::Refused { .. } => Error::Forbidden(error.to_string()),
        NetError::TooLarge { .. } | NetError::TooManyRedirects { .. } | NetError::BadRedirect { .. } => {
            Error::Conflict(error.to_string())
        }
        NetError::Dns { .. }
        | NetError::Connect { .. }
        | NetError::Tls { .. }
        | NetError::Timeout { .. }
        | NetError::Protocol { .. } => Error::Upstream(error.to_string()),
    }
}

/// The error for a document that will not get better by asking again.
pub fn unusable(host: &str, why: impl std::fmt::Display) -> Error {
    Error::Conflict(format!("what {host} sent cannot be used: {why}"))
}

/// Fetches an ActivityPub document, whatever it says of itself: for keys, which may stand in another document than their own.
pub async fn raw(app: &App, uri: &str, budget: &mut Budget) -> Result<Raw> {
    let url =
        RemoteUrl::parse(uri, app.http.policy()).map_err(|why| Error::forbidden(why.to_string()))?.without_fragment();
    if app.urls()?.is_ours(url.as_str()) {
        return Err(Error::forbidden("a document of this server is not fetched"));
    }
    let answer = get(app, &url, ACCEPTED, true, budget).await?;
    let host = answer.final_url.host().to_owned();
    let media_type = answer
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .map_or(MediaType::Other, MediaType::parse);
    if media_type != MediaType::Activity {
        return Err(unusable(&host, "it is no ActivityPub document"));
    }
    let json = value::parse(&answer.body, &app.config.limits).map_err(|why| unusable(&host, why))?;
    Ok(Raw { url: answer.final_url, json })
}

/// Fetches a document and makes sure that it stands where its id says. One that names another id is asked for there, once.
pub async fn document(app: &App, uri: &str, budget: &mut Budget) -> Result<Document> {
    let first = raw(app, uri, budget).await?;
    let id = id_of(&first)?;
    if value::same_document(&id, first.url.as_str()) {
        return Ok(Document { id, json: first.json });
    }
    let second = raw(app, &id, budget).await?;
    let again = id_of(&second)?;
    if again == id && value::same_document(&again, second.url.as_str()) {
        return Ok(Document { id: again, json: second.json });
    }
    Err(unusable(second.url.host(), "its id is not its address"))
}

fn id_of(raw: &Raw) -> Result<String> {
    let id = value::get(&raw.json, "id").and_then(value::id_of).and_then(value::canonical);
    id.ok_or_else(|| unusable(raw.url.host(), "it has no usable id"))
}
