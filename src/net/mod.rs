//! The one way out: every request this server sends to another passes the client in here.
//!
//! Three gates stand before each connection, on every redirect anew: the form of the address ([`UrlPolicy`]), a literal IP address, and
//! what the name resolves to at the moment of connecting ([`resolver`]). Sizes and times are bounded, so that no peer can fill memory or
//! hold a worker.

pub mod addresses;
pub mod client;
pub mod error;
pub mod resolver;
mod reuse;
pub mod url;

pub use self::addresses::{AddressPolicy, is_global_unicast};
pub use self::client::{Client, Fetch, Response, Settings};
pub use self::error::{NetError, SetupError};
pub use self::url::{RemoteUrl, UrlError, UrlPolicy, same_origin};
/// Header names and values as the client takes and returns them.
pub use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
