//! HTTP signatures both ways: draft-cavage-http-signatures-12, which most servers speak, and RFC 9421.
//!
//! [`parse`] does everything that needs no key: what is covered, for whom, when, and whether the body is the one that was signed.
//! The caller then finds the key of [`Parsed::key_id`] and asks [`verify`]. Any [`SignatureError`] is answered with 401, so that a
//! peer that knows both forms tries the other one.

mod cavage;
mod digest;
mod rfc9421;
#[cfg(test)]
mod tests;

use url::Url;

pub use self::cavage::sign_cavage;
pub use self::digest::{content_digest, digest, verify_content_digest, verify_digest};
pub use self::rfc9421::sign_rfc9421;
use crate::crypto::keys::{Algorithm, KeyError, PrivateKey, PublicKey};
use crate::time::Time;

/// The longest value of one header (all its lines together) that is read, in bytes.
const MAX_HEADER: usize = 8 * 1024;
/// The longest key id, in bytes, like every other id from outside.
const MAX_KEY_ID: usize = 2048;
/// How many headers and derived parts one signature may cover.
const MAX_COVERED: usize = 32;
/// How far the time of signing may lie in the past or the future, in seconds.
const WINDOW: i64 = 60 * 60;
/// How long a signature is good at most when it says itself, under signature, when it ends, in seconds.
const LONGEST: i64 = 12 * 60 * 60;

/// Why a request does not prove who sent it. Each is one sentence for the sender, and status 401.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is nothing to check.
    #[error("The request carries no HTTP signature.")]
    Missing,
    /// The headers do not follow their grammar, contradict themselves or repeat what must be there once.
    #[error("The signature cannot be read: {0}.")]
    Malformed(&'static str),
    /// A header or parameter is longer or more numerous than any honest one.
    #[error("The signature headers are too large.")]
    TooLarge,
    /// What must be covered is not, so the signature could be used for something else.
    #[error("The signature must cover {0}.")]
    Uncovered(&'static str),
    /// A covered header is not in the request.
    #[error("The signature covers a header that the request does not carry.")]
    MissingHeader,
    /// The request was meant for somebody else.
    #[error("The Host header does not name this server.")]
    WrongHost,
    /// Neither RSA with SHA-256 nor Ed25519.
    #[error("The signature algorithm is not supported: use rsa-sha256 (rsa-v1_5-sha256) or ed25519.")]
    UnsupportedAlgorithm,
    /// No digest that is understood here.
    #[error("The body needs a SHA-256 digest.")]
    UnsupportedDigest,
    /// The body is not the one that was signed.
    #[error("The body does not match its digest.")]
    DigestMismatch,
    /// Signed too long ago, or past its own end.
    #[error("The signature has expired; check the clock of the sending server.")]
    Expired,
    /// Signed in the future.
    #[error("The signature was made in the future; check the clock of the sending server.")]
    NotYetValid,
}

/// Why a request could not be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// The key id holds characters that no signature header can carry.
    #[error("The key id {0:?} cannot be written into a signature header.")]
    KeyId(String),
    /// The address has no host to sign for.
    #[error("The address {0:?} has no host.")]
    NoHost(String),
    /// What was to be signed could not be put into its form.
    #[error("The request cannot be put into the form that is signed.")]
    Form,
    /// The key did not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Where the headers of a request are looked up.
pub trait Headers {
    /// The values of all lines of this header in their order; `name` is lower-case, names match whatever their case.
    fn get_all(&self, name: &str) -> Vec<&str>;
}

impl<N: AsRef<str>, V: AsRef<str>> Headers for Vec<(N, V)> {
    fn get_all(&self, name: &str) -> Vec<&str> {
        self.iter().filter(|(n, _)| n.as_ref().eq_ignore_ascii_case(name)).map(|(_, value)| value.as_ref()).collect()
    }
}

/// A received request as far as signatures are concerned.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// The path and, after `?`, the query, exactly as they were sent.
    pub path_and_query: &'a str,
    /// Our own authority as configured: host, and port unless it is the scheme's own.
    pub host: &'a str,
    /// Our own public scheme, `https` or `http`.
    pub scheme: &'a str,
    /// The headers.
    pub headers: &'a dyn Headers,
    /// The raw body; `None` is as good as empty.
    pub body: Option<&'a [u8]>,
}

/// Which of the two forms a signature has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// draft-cavage-http-signatures-12, the `Signature` header alone.
    Cavage,
    /// RFC 9421, `Signature-Input` and `Signature`.
    Rfc9421,
}

/// A signature that holds in everything but, so far, its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// Which key is said to have signed: a URL to be resolved by the caller, at most 2048 bytes, otherwise unchecked.
    pub key_id: String,
    /// The form it came in; answer this peer in the same one.
    pub scheme: Scheme,
    /// What may have been signed, the likeliest first: old software leaves the query out.
    pub signing_strings: Vec<Vec<u8>>,
    /// The signature itself.
    pub signature: Vec<u8>,
    /// The kind of key that the label names; `None` when it leaves that to the key, as `hs2019` does.
    pub algorithm: Option<Algorithm>,
    /// When it was signed, by the covered `created` or `Date`.
    pub created: Time,
    /// When it says itself that it ends.
    pub expires: Option<Time>,
}

/// What is to be signed on the way out.
#[derive(Debug, Clone, Copy)]
pub struct SignInput<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// The full address.
    pub url: &'a Url,
    /// Under which id peers find the public key.
    pub key_id: &'a str,
    /// The key.
    pub key: &'a PrivateKey,
    /// The body, for a POST.
    pub body: Option<&'a [u8]>,
    /// The media type of the body; `application/activity+json` when not given.
    pub content_type: Option<&'a str>,
    /// The time of signing.
    pub now: Time,
}

/// The media type of what servers send each other.
const ACTIVITY_JSON: &str = "application/activity+json";

/// Reads the signature of a request, in whichever form it has, and checks all that can be checked without the key:
/// that it covers method, path, host, time and body, was made for this host, about now, and over this body.
pub fn parse(request: &Request<'_>, now: Time) -> Result<Parsed, SignatureError> {
    if request.headers.get_all("signature-input").is_empty() {
        cavage::parse(request, now)
    } else {
        rfc9421::parse(request, now)
    }
}

/// Whether the key made this signature. The kind of the key decides how it is checked; a label that names another kind is refused.
pub fn verify(parsed: &Parsed, key: &PublicKey) -> bool {
    parsed.algorithm.is_none_or(|label| label == key.algorithm())
        && parsed.signing_strings.iter().any(|signed| key.verify(signed, &parsed.signature))
}

impl Request<'_> {
    /// Whether a body belongs to this method, so that its digest must be covered.
    fn needs_digest(&self) -> bool {
        !matches!(self.method, "GET" | "HEAD")
    }

    fn path(&self) -> &str {
        self.path_and_query.split_once('?').map_or(self.path_and_query, |(path, _)| path)
    }

    /// Our own authority in normal form: lower-case, without the scheme's own port.
    fn authority(&self) -> String {
        without_port(self.host, self.scheme).to_ascii_lowercase()
    }

    /// Refuses a request that was sent to another host. Without a Host header (HTTP/2), ours is what was signed or nothing is.
    fn check_host(&self) -> Result<(), SignatureError> {
        match single(self.headers, "host")? {
            Some(host)
                if !without_port(host, self.scheme).eq_ignore_ascii_case(without_port(self.host, self.scheme)) =>
            {
                Err(SignatureError::WrongHost)
            }
            _ => Ok(()),
        }
    }
}

fn without_port<'a>(authority: &'a str, scheme: &str) -> &'a str {
    let port = if scheme == "http" { ":80" } else { ":443" };
    authority.strip_suffix(port).unwrap_or(authority)
}

/// The value of a header that may occur once only.
fn single<'a>(headers: &'a dyn Headers, name: &str) -> Result<Option<&'a str>, SignatureError> {
    let values = headers.get_all(name);
    match values.as_slice() {
        [] => Ok(None),
        [value] if value.len() > MAX_HEADER => Err(SignatureError::TooLarge),
        [value] => one_line(value.trim()).map(Some),
        _ => Err(SignatureError::Malformed("a header that must occur once is repeated")),
    }
}

/// All lines of a header as one value (RFC 9110 section 5.3).
fn joined(headers: &dyn Headers, name: &str) -> Result<Option<String>, SignatureError> {
    let values = headers.get_all(name);
    if values.is_empty() {
        return Ok(None);
    }
    if values.iter().map(|value| value.len() + 2).sum::<usize>() > MAX_HEADER {
        return Err(SignatureError::TooLarge);
    }
    let values: Vec<&str> = values.into_iter().map(str::trim).collect();
    let value = values.join(", ");
    one_line(&value)?;
    Ok(Some(value))
}

/// A line break inside a value could pretend to be another covered header.
fn one_line(value: &str) -> Result<&str, SignatureError> {
    if value.bytes().any(|byte| matches!(byte, b'\n' | b'\r' | 0)) {
        return Err(SignatureError::Malformed("a header holds a line break"));
    }
    Ok(value)
}

/// Compares the time of signing with now, both in Unix seconds. A signed end extends the window; an unsigned one can only end it.
fn check_time(now: Time, signed_at: i64, expires: Option<i64>, expires_is_signed: bool) -> Result<(), SignatureError> {
    let age = now.unix().saturating_sub(signed_at);
    let oldest = if expires.is_some() && expires_is_signed { LONGEST } else { WINDOW };
    if age < -WINDOW {
        Err(SignatureError::NotYetValid)
    } else if age > oldest || expires.is_some_and(|end| now.unix() > end) {
        Err(SignatureError::Expired)
    } else {
        Ok(())
    }
}

impl SignInput<'_> {
    /// What belongs into the Host header.
    fn host(&self) -> Result<String, SigningError> {
        let host = self.url.host_str().ok_or_else(|| SigningError::NoHost(self.url.to_string()))?;
        // `port` is `None` for the scheme's own.
        Ok(self.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
    }

    fn path_and_query(&self) -> String {
        match self.url.query() {
            Some(query) => format!("{}?{query}", self.url.path()),
            None => self.url.path().to_owned(),
        }
    }

    /// Refuses key ids that would break out of their quotes.
    fn checked_key_id(&self) -> Result<String, SigningError> {
        if self.key_id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\') {
            Ok(self.key_id.to_owned())
        } else {
            Err(SigningError::KeyId(self.key_id.to_owned()))
        }
    }
}
