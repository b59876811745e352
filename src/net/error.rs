//! How a request to another server can fail, in one sentence each.

use std::error::Error as StdError;
use std::io;
use std::time::Duration;

use super::resolver::AddressRefused;
use super::url::RemoteUrl;

/// The longest cause repeated from a library: some repeat what the peer sent.
const MAX_REASON: usize = 200;

/// Why a request to another server brought no answer. An answer with an error status is not one of these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetError {
    /// Our own rules forbid the contact: nothing was sent. Trying again will not help.
    #[error("{host} may not be contacted: {reason}")]
    Refused {
        /// The host, with port where given.
        host: String,
        /// Which rule.
        reason: String,
    },
    /// The name has no address, or its name servers do not answer.
    #[error("the address of {host} could not be found: {reason}")]
    Dns {
        /// The host, with port where given.
        host: String,
        /// What the lookup said.
        reason: String,
    },
    /// Nobody listens there, or the network does not lead there.
    #[error("no connection to {host}: {reason}")]
    Connect {
        /// The host, with port where given.
        host: String,
        /// What the system said.
        reason: String,
    },
    /// The certificate or the handshake is not acceptable.
    #[error("no secure connection to {host}: {reason}")]
    Tls {
        /// The host, with port where given.
        host: String,
        /// What TLS said.
        reason: String,
    },
    /// Not done in time, be it the connection, the answer or a redirect on the way.
    #[error("{host} did not answer within {limit:?}")]
    Timeout {
        /// The host, with port where given.
        host: String,
        /// The time that was given.
        limit: Duration,
    },
    /// The answer is larger than asked for, counted after decompression.
    #[error("{host} sent more than {limit} bytes")]
    TooLarge {
        /// The host, with port where given.
        host: String,
        /// The size that was allowed, in bytes.
        limit: usize,
    },
    /// A chain of redirects without an end in sight.
    #[error("{host} redirected more than {limit} times")]
    TooManyRedirects {
        /// The host that was asked first.
        host: String,
        /// How many are followed.
        limit: usize,
    },
    /// A redirect to nowhere.
    #[error("{host} redirected to an unusable address: {reason}")]
    BadRedirect {
        /// The host that redirected.
        host: String,
        /// What is wrong with its `Location`.
        reason: String,
    },
    /// What came is not HTTP, or ended half-way.
    #[error("{host} did not answer in proper HTTP: {reason}")]
    Protocol {
        /// The host, with port where given.
        host: String,
        /// What is wrong.
        reason: String,
    },
}

impl NetError {
    /// A refusal by our own rules, such as a block list that a caller consults before each hop.
    pub fn refused(url: &RemoteUrl, reason: impl ToString) -> Self {
        Self::Refused { host: url.host_key(), reason: reason.to_string() }
    }

    /// Sorts an error of the HTTP library. `limit` is the time that was given to connect.
    pub(super) fn from_library(url: &RemoteUrl, error: &reqwest::Error, limit: Duration) -> Self {
        let host = url.host_key();
        let mut root: &(dyn StdError + 'static) = error;
        let mut tls = false;
        // Bounded, because a chain of causes is made by others.
        for _ in 0..16 {
            if let Some(refused) = root.downcast_ref::<AddressRefused>() {
                return Self::Refused { host, reason: refused.to_string() };
            }
            tls |= root.is::<rustls::Error>();
            let Some(next) = cause(root) else { break };
            root = next;
        }
        let reason: String = root.to_string().chars().take(MAX_REASON).collect();
        if error.is_timeout() {
            Self::Timeout { host, limit }
        } else if tls {
            Self::Tls { host, reason }
        } else if error.is_dns() {
            Self::Dns { host, reason }
        } else if error.is_connect() {
            Self::Connect { host, reason }
        } else {
            Self::Protocol { host, reason }
        }
    }
}

/// What lies below an error. An I/O error hides the error it wraps from `source`.
fn cause<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    if let Some(wrapped) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        return Some(wrapped);
    }
    error.source()
}

/// Why the client could not be made; each names the remedy.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The extra certificates are no PEM text with at least one certificate.
    #[error(
        "the file of extra certificate authorities holds no certificate in PEM form; name a file with BEGIN CERTIFICATE in it"
    )]
    NoCertificate,
    /// The TLS or HTTP set-up failed, most often for want of any certificate authority.
    #[error(
        "outgoing connections cannot be set up ({0}); install the system's certificate authorities (package ca-certificates)"
    )]
    Client(String),
}

impl SetupError {
    /// Sorts an error of the HTTP library while building.
    pub(super) fn from_library(error: &reqwest::Error) -> Self {
        let mut root: &(dyn StdError + 'static) = error;
        for _ in 0..16 {
            let Some(next) = cause(root) else { break };
            root = next;
        }
        Self::Client(root.to_string())
    }
}
