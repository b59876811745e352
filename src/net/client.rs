//! The guarded HTTP client. No other code in this tree may make an HTTP request to another server.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use ipnet::IpNet;
use reqwest::header::{CONNECTION, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Method, StatusCode};

use super::addresses::AddressPolicy;
use super::error::{NetError, SetupError};
use super::resolver::{FilteredResolver, Lookup, system_lookup};
use super::reuse::{IDLE_PER_HOST, IDLE_TIMEOUT, Reuse};
use super::url::{RemoteUrl, UrlPolicy};

#[cfg(test)]
mod tests;

/// Redirects followed for a GET.
pub const MAX_REDIRECTS: usize = 3;
/// How much of the answer to a POST is kept, in bytes; it is only ever shown to people.
pub const MAX_POST_ANSWER: usize = 64 * 1024;
/// How long the body of an answer to a POST is waited for after its status has come.
const POST_ANSWER_PATIENCE: Duration = Duration::from_secs(2);

/// How the client is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Networks beyond global unicast that may be contacted; normally none.
    pub allow_addresses: Vec<IpNet>,
    /// Whether plain http may be spoken; normally not.
    pub allow_http: bool,
    /// Certificate authorities trusted beside the system's, in PEM form.
    pub extra_ca_pem: Option<Vec<u8>>,
    /// What is sent as `User-Agent`.
    pub user_agent: String,
    /// Time for name lookup, connection and TLS handshake.
    pub connect_timeout: Duration,
    /// Time for a whole fetch with its redirects, where a caller names none.
    pub total_timeout: Duration,
    /// Largest answer to a fetch in bytes, after decompression, where a caller names none.
    pub max_body: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allow_addresses: Vec::new(),
            allow_http: false,
            extra_ca_pem: None,
            user_agent: concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(5),
            total_timeout: Duration::from_secs(15),
            max_body: 1024 * 1024,
        }
    }
}

/// The limits of one fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fetch {
    /// Largest body in bytes, counted after decompression.
    pub max_bytes: usize,
    /// Time for all of it, redirects included.
    pub timeout: Duration,
}

/// What becomes of a body that is larger than allowed.
#[derive(Debug, Clone, Copy)]
enum Room {
    /// It is refused.
    Whole,
    /// Its beginning is kept.
    Beginning,
}

/// An answer of another server, whatever its status.
#[derive(Debug, Clone)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers; `Content-Encoding` and `Content-Length` are gone where the body was decompressed.
    pub headers: HeaderMap,
    /// The body, decompressed.
    pub body: Bytes,
    /// The address that answered, after redirects.
    pub final_url: RemoteUrl,
    /// From the call to the last byte.
    pub elapsed: Duration,
}

impl Response {
    /// Whether the status is one of the 200s.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// The client. Cloning is cheap and shares the connections.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    http: reqwest::Client,
    policy: UrlPolicy,
    limits: Fetch,
    connect_timeout: Duration,
    reuse: Reuse,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("policy", &self.inner.policy)
            .field("limits", &self.inner.limits)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// A client that looks names up as the operating system does. Reads the system's certificate authorities, so it is made once.
    pub fn new(settings: Settings) -> Result<Self, SetupError> {
        Self::with_lookup(settings, system_lookup())
    }

    /// A client with its own way to look names up. What the lookup answers passes the same address filter.
    pub fn with_lookup(settings: Settings, lookup: Lookup) -> Result<Self, SetupError> {
        // The library panics without a provider. Whoever was first installed the same one.
        if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
            tracing::trace!("the TLS provider was installed before");
        }
        let addresses = AddressPolicy::new(settings.allow_addresses);
        #[expect(clippy::disallowed_methods, reason = "this is the one client; everything else goes through it")]
        let builder = reqwest::Client::builder();
        let mut builder = builder
            .dns_resolver(FilteredResolver::new(addresses.clone(), lookup))
            // A proxy would connect for us, past the address filter.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .https_only(!settings.allow_http)
            .tls_backend_rustls()
            // One request in flight for each connection: closing one never disturbs another, and buffers stay small.
            .http1_only()
            .connect_timeout(settings.connect_timeout)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .user_agent(settings.user_agent);
        if let Some(pem) = settings.extra_ca_pem {
            let authorities = reqwest::Certificate::from_pem_bundle(&pem).map_err(|_| SetupError::NoCertificate)?;
            if authorities.is_empty() {
                return Err(SetupError::NoCertificate);
            }
            builder = builder.tls_certs_merge(authorities);
        }
        let http = builder.build().map_err(|error| SetupError::from_library(&error))?;
        let inner = Inner {
            http,
            policy: UrlPolicy::new(settings.allow_http, addresses),
            limits: Fetch { max_bytes: settings.max_body, timeout: settings.total_timeout },
            connect_timeout: settings.connect_timeout,
            reuse: Reuse::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The rules for addresses, for parsing what others send.
    pub fn policy(&self) -> &UrlPolicy {
        &self.inner.policy
    }

    /// The limits of a fetch for which there is no reason to choose others.
    pub fn limits(&self) -> Fetch {
        self.inner.limits
    }

    /// Fetches an address and follows up to [`MAX_REDIRECTS`] redirects, each checked like the first request.
    ///
    /// `headers` is called for every hop with its address, so that each can be signed for its own host. It runs on the calling task.
    pub async fn get(
        &self,
        url: &RemoteUrl,
        headers: &(dyn Fn(&RemoteUrl) -> HeaderMap + Sync),
        limits: Fetch,
    ) -> Result<Response, NetError> {
        self.get_guarded(url, &|hop: &RemoteUrl| Ok(headers(hop)), limits).await
    }

    /// Like [`Client::get`], and `headers` may also stop at a hop, as a block list does: see [`NetError::refused`].
    pub async fn get_guarded(
        &self,
        url: &RemoteUrl,
        headers: &(dyn Fn(&RemoteUrl) -> Result<HeaderMap, NetError> + Sync),
        limits: Fetch,
    ) -> Result<Response, NetError> {
        self.fetch(url, headers, limits, Room::Whole).await
    }

    /// Like [`Client::get_guarded`], but of a body that is larger than allowed the beginning is kept: for documents that say what is
    /// wanted near their start.
    pub async fn get_beginning(
        &self,
        url: &RemoteUrl,
        headers: &(dyn Fn(&RemoteUrl) -> Result<HeaderMap, NetError> + Sync),
        limits: Fetch,
    ) -> Result<Response, NetError> {
        self.fetch(url, headers, limits, Room::Beginning).await
    }

    async fn fetch(
        &self,
        url: &RemoteUrl,
        headers: &(dyn Fn(&RemoteUrl) -> Result<HeaderMap, NetError> + Sync),
        limits: Fetch,
        room: Room,
    ) -> Result<Response, NetError> {
        let started = Instant::now();
        let answer = within(limits.timeout, url, self.follow(url, headers, limits.max_bytes, room)).await?;
        Ok(Response { elapsed: started.elapsed(), ..answer })
    }

    /// Sends a body. No redirect is followed: a 3xx comes back as it is.
    ///
    /// Once a status has come the request counts as answered: of the body at most [`MAX_POST_ANSWER`] bytes are kept, and whatever goes
    /// wrong while reading it only shortens it.
    pub async fn post(
        &self,
        url: &RemoteUrl,
        headers: HeaderMap,
        body: Bytes,
        timeout: Duration,
    ) -> Result<Response, NetError> {
        let started = Instant::now();
        self.admit(url)?;
        let mut answer = within(timeout, url, self.send(Method::POST, url, headers, Some(body))).await?;
        let mut kept = BytesMut::new();
        let patience = timeout.saturating_sub(started.elapsed()).min(POST_ANSWER_PATIENCE);
        if tokio::time::timeout(patience, read_some(&mut answer, &mut kept)).await.is_err() {
            tracing::debug!(host = url.host_key(), "the body of an answer did not come in time");
        }
        Ok(Response {
            status: answer.status().as_u16(),
            headers: std::mem::take(answer.headers_mut()),
            body: kept.freeze(),
            final_url: url.clone(),
            elapsed: started.elapsed(),
        })
    }

    /// One fetch with its redirects; the caller bounds its time.
    async fn follow(
        &self,
        url: &RemoteUrl,
        headers: &(dyn Fn(&RemoteUrl) -> Result<HeaderMap, NetError> + Sync),
        max_bytes: usize,
        room: Room,
    ) -> Result<Response, NetError> {
        let mut hop = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            self.admit(&hop)?;
            let mut answer = self.send(Method::GET, &hop, headers(&hop)?, None).await?;
            if is_redirect(answer.status()) {
                hop = target(&hop, answer.headers())?;
                continue;
            }
            let body = match room {
                Room::Whole => self.read_whole(&hop, &mut answer, max_bytes).await?,
                Room::Beginning => self.read_beginning(&hop, &mut answer, max_bytes).await?,
            };
            return Ok(Response {
                status: answer.status().as_u16(),
                headers: std::mem::take(answer.headers_mut()),
                body,
                final_url: hop,
                elapsed: Duration::ZERO,
            });
        }
        Err(NetError::TooManyRedirects { host: url.host_key(), limit: MAX_REDIRECTS })
    }

    /// The checks before every request that need no lookup. The library never asks the resolver about an IP address, so it is judged here.
    fn admit(&self, url: &RemoteUrl) -> Result<(), NetError> {
        let policy = &self.inner.policy;
        policy.check(url).map_err(|error| NetError::refused(url, error))?;
        match url.ip() {
            Some(address) if !policy.addresses().permits(address) => {
                Err(NetError::refused(url, "it is not an address on the public internet"))
            }
            _ => Ok(()),
        }
    }

    /// One request to an admitted address, up to the head of its answer.
    async fn send(
        &self,
        method: Method,
        url: &RemoteUrl,
        mut headers: HeaderMap,
        body: Option<Bytes>,
    ) -> Result<reqwest::Response, NetError> {
        if !self.inner.reuse.keeps(url.origin(), Instant::now()) {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        let mut request = reqwest::Request::new(method, url.as_url().clone());
        *request.headers_mut() = headers;
        *request.body_mut() = body.map(Into::into);
        self.inner.http.execute(request).await.map_err(|error| self.sort(url, &error))
    }

    /// Reads a body to its end or to the limit, whichever comes first.
    async fn read_whole(
        &self,
        url: &RemoteUrl,
        answer: &mut reqwest::Response,
        limit: usize,
    ) -> Result<Bytes, NetError> {
        let too_large = || NetError::TooLarge { host: url.host_key(), limit };
        // What the peer announces can only shorten the matter; what counts is what comes, after decompression.
        if answer.content_length().is_some_and(|announced| announced > u64::try_from(limit).unwrap_or(u64::MAX)) {
            return Err(too_large());
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(|error| self.sort(url, &error))? {
            if chunk.len() > limit.saturating_sub(body.len()) {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    /// Reads a body up to the limit and lets the rest go.
    async fn read_beginning(
        &self,
        url: &RemoteUrl,
        answer: &mut reqwest::Response,
        limit: usize,
    ) -> Result<Bytes, NetError> {
        let mut body = BytesMut::new();
        while body.len() < limit {
            let Some(mut chunk) = answer.chunk().await.map_err(|error| self.sort(url, &error))? else { break };
            chunk.truncate(limit.saturating_sub(body.len()));
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    fn sort(&self, url: &RemoteUrl, error: &reqwest::Error) -> NetError {
        NetError::from_library(url, error, self.inner.connect_timeout)
    }
}

/// Runs a part of a request against the clock.
async fn within<T>(
    limit: Duration,
    url: &RemoteUrl,
    work: impl Future<Output = Result<T, NetError>>,
) -> Result<T, NetError> {
    match tokio::time::timeout(limit, Box::pin(work)).await {
        Ok(done) => done,
        Err(_) => Err(NetError::Timeout { host: url.host_key(), limit }),
    }
}

/// Reads what comes of a body until it ends, fails or is enough.
async fn read_some(answer: &mut reqwest::Response, kept: &mut BytesMut) {
    while let Ok(Some(mut chunk)) = answer.chunk().await {
        chunk.truncate(MAX_POST_ANSWER.saturating_sub(kept.len()));
        kept.extend_from_slice(&chunk);
        if kept.len() >= MAX_POST_ANSWER {
            return;
        }
    }
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// Where a redirect leads. Whether we may go there is checked by the next hop.
fn target(from: &RemoteUrl, headers: &HeaderMap) -> Result<RemoteUrl, NetError> {
    let bad = |reason: String| NetError::BadRedirect { host: from.host_key(), reason };
    let location = headers.get(LOCATION).ok_or_else(|| bad("it named none".to_owned()))?;
    let location = std::str::from_utf8(location.as_bytes()).map_err(|_| bad("it is not text".to_owned()))?;
    from.join(location).map_err(|error| bad(error.to_string()))
}
