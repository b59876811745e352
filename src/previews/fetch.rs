//! What is asked of a page's server: the page, its oEmbed document, its picture. No answer is `None`, for whatever reason.

use std::time::Duration;

use bytes::Bytes;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::app::App;
use crate::net::header::{ACCEPT, CONTENT_TYPE};
use crate::net::{Fetch, HeaderMap, HeaderValue, NetError, RemoteUrl, Response};
use crate::text::webpage::{charset_of, declared_charset};

/// How much of a page is read, in bytes after decompression: what it says about itself stands at its beginning.
const PAGE: usize = 1024 * 1024;
/// The largest oEmbed document, in bytes.
const DOCUMENT: usize = 64 * 1024;
/// The largest picture, in bytes.
const PICTURE: usize = 8 * 1024 * 1024;
/// How long a page or a picture may take, redirects included.
const LONG: Duration = Duration::from_secs(10);
/// How long an oEmbed document may take.
const SHORT: Duration = Duration::from_secs(5);

/// A page as it came.
pub(super) struct Page {
    /// Where it was found, after redirects.
    pub url: RemoteUrl,
    /// Its markup; the end may be missing.
    pub html: String,
}

/// Reads the beginning of a page, if it is one.
pub(super) async fn page(app: &App, url: &RemoteUrl) -> Option<Page> {
    let limits = Fetch { max_bytes: PAGE, timeout: LONG };
    let headers = headers(app, "text/html, application/xhtml+xml");
    let answer = settle(url, app.http.get_beginning(url, &headers, limits).await)?;
    let kind = content_type(&answer);
    if !matches!(essence(&kind).as_str(), "text/html" | "application/xhtml+xml") {
        return None;
    }
    Some(Page { html: decode(&answer.body, charset_of(&kind).as_deref()), url: answer.final_url })
}

/// Reads an oEmbed document.
pub(super) async fn document(app: &App, url: &RemoteUrl) -> Option<Bytes> {
    let limits = Fetch { max_bytes: DOCUMENT, timeout: SHORT };
    let headers = headers(app, "application/json+oembed, application/json");
    Some(settle(url, app.http.get_guarded(url, &headers, limits).await)?.body)
}

/// Reads a picture; what is in it is not looked at here.
pub(super) async fn picture(app: &App, url: &RemoteUrl) -> Option<Vec<u8>> {
    let limits = Fetch { max_bytes: PICTURE.min(app.config.media.max_image_bytes), timeout: LONG };
    let headers = headers(app, "image/webp, image/png, image/jpeg, image/gif");
    let answer = settle(url, app.http.get_guarded(url, &headers, limits).await)?;
    Some(answer.body.to_vec())
}

/// The headers of each request on the way, unless it leads to a blocked server or back to us.
fn headers(app: &App, accept: &'static str) -> impl Fn(&RemoteUrl) -> Result<HeaderMap, NetError> + Sync + use<> {
    let (rules, urls) = (app.rules(), app.urls().ok());
    move |hop: &RemoteUrl| {
        if rules.refuses(&hop.host_key()) {
            return Err(NetError::refused(hop, "its server is blocked"));
        }
        if urls.as_ref().is_none_or(|urls| urls.is_ours(hop.as_str())) {
            return Err(NetError::refused(hop, "it is this server itself"));
        }
        Ok(HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]))
    }
}

fn settle(url: &RemoteUrl, answer: Result<Response, NetError>) -> Option<Response> {
    match answer {
        Ok(answer) => answer.is_success().then_some(answer),
        Err(error) => {
            tracing::debug!(%error, host = url.host_key(), "a page was not read for its preview card");
            None
        }
    }
}

fn content_type(answer: &Response) -> String {
    let value = answer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().chars().take(200).collect()
}

fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The text of a document: by its byte order mark, by what its server says, by what it says itself, else by what fits.
fn decode(bytes: &[u8], by_server: Option<&str>) -> String {
    let named = |label: &str| Encoding::for_label(label.as_bytes());
    let by_itself = || {
        // Had it been UTF-16, this could not have been read.
        let found = declared_charset(bytes).as_deref().and_then(named);
        found.map(|found| if found == UTF_16LE || found == UTF_16BE { UTF_8 } else { found })
    };
    let encoding = by_server.and_then(named).or_else(by_itself).unwrap_or_else(|| {
        // A character that the end cuts in two is no mistake.
        let is_utf8 = std::str::from_utf8(bytes).map_or_else(|why| why.error_len().is_none(), |_| true);
        if is_utf8 { UTF_8 } else { WINDOWS_1252 }
    });
    encoding.decode(bytes).0.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_in_its_own_encoding() {
        assert_eq!(decode("Füße".as_bytes(), None), "Füße");
        assert_eq!(decode(b"F\xfc\xdfe", None), "Füße");
        assert_eq!(decode(b"\xa4", Some("iso-8859-15")), "€");
        assert_eq!(decode(b"<meta charset=koi8-r>\xc4", None), "<meta charset=koi8-r>д");
        assert_eq!(decode(b"\xff\xfeA\0", Some("utf-8")), "A", "a byte order mark wins");
        assert_eq!(decode("Füß".as_bytes().get(..4).unwrap(), None), "Fü\u{fffd}");
        assert_eq!(decode("é".as_bytes(), Some("no-such-encoding")), "é");
    }
}
