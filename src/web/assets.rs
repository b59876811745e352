//! The stylesheet, the script and the pictures of the pages, built into the binary.

use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

use super::csp;
use crate::crypto::tokens;

/// One file.
struct Asset {
    name: &'static str,
    kind: &'static str,
    content: &'static [u8],
}

static ASSETS: [Asset; 5] = [
    Asset { name: "rapport.css", kind: "text/css; charset=utf-8", content: include_bytes!("../../assets/rapport.css") },
    Asset {
        name: "rapport.js",
        kind: "text/javascript; charset=utf-8",
        content: include_bytes!("../../assets/rapport.js"),
    },
    Asset { name: "avatar.svg", kind: "image/svg+xml", content: include_bytes!("../../assets/avatar.svg") },
    Asset { name: "header.svg", kind: "image/svg+xml", content: include_bytes!("../../assets/header.svg") },
    Asset { name: "icon.svg", kind: "image/svg+xml", content: include_bytes!("../../assets/icon.svg") },
];

/// The entity tags of [`ASSETS`], in their order.
static TAGS: LazyLock<Vec<String>> = LazyLock::new(|| ASSETS.iter().map(|asset| tag(asset.content)).collect());

/// What search engines should leave alone.
const ROBOTS: &str = "User-agent: *\nDisallow: /auth/\nDisallow: /authorize_interaction\nDisallow: /follow/\nDisallow: /interact/\nDisallow: /oauth/\nDisallow: /settings/\nDisallow: /setup\n";

/// `GET /assets/{name}`. Pages ask for a version of the file, which may be kept for ever.
pub async fn show(request: HttpRequest, name: web::Path<String>) -> HttpResponse {
    let Some((asset, tag)) = ASSETS.iter().zip(TAGS.iter()).find(|(asset, _)| asset.name == name.as_str()) else {
        return HttpResponse::NotFound()
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .content_type("text/plain; charset=utf-8")
            .body("There is no such file.\n");
    };
    let is_versioned = request.query_string().starts_with("v=");
    let cache = if is_versioned { "public, max-age=31536000, immutable" } else { "public, max-age=3600" };
    let mut answer = if is_known(&request, tag) { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer.insert_header((header::ETAG, tag.as_str())).insert_header((header::CACHE_CONTROL, cache));
    if is_known(&request, tag) {
        return answer.finish();
    }
    answer
        .content_type(asset.kind)
        .insert_header((header::CONTENT_SECURITY_POLICY, csp::NOTHING))
        .insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(asset.content)
}

/// `GET /favicon.ico`, which browsers ask for whatever the page says.
pub async fn favicon() -> HttpResponse {
    HttpResponse::MovedPermanently()
        .insert_header((header::LOCATION, "/assets/icon.svg"))
        .insert_header((header::CACHE_CONTROL, "public, max-age=86400"))
        .finish()
}

/// `GET /robots.txt`.
pub async fn robots() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "public, max-age=86400"))
        .body(ROBOTS)
}

/// A weak entity tag of a content: answers may be compressed on the way.
pub fn tag(content: impl AsRef<[u8]>) -> String {
    let content = String::from_utf8_lossy(content.as_ref());
    format!("W/\"{}\"", tokens::hash_token(&content).chars().take(32).collect::<String>())
}

/// Whether the browser has this version already (RFC 9110 section 13.1.2).
pub fn is_known(request: &HttpRequest, tag: &str) -> bool {
    let strong = |text: &str| text.trim().trim_start_matches("W/").to_owned();
    let held = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    held.is_some_and(|held| held.trim() == "*" || held.split(',').take(32).any(|one| strong(one) == strong(tag)))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_file_that_the_browser_has_is_not_sent_again() {
        let mark = tag("content");
        let asks = |held: &str| {
            is_known(&TestRequest::default().insert_header(("if-none-match", held.to_owned())).to_http_request(), &mark)
        };
        assert!(asks(&mark) && asks("*") && asks(&format!("\"x\", {mark}")) && asks(mark.trim_start_matches("W/")));
        assert!(!asks("\"x\"") && !asks(""));
        assert_ne!(tag("a"), tag("b"));
    }

    #[tokio::test]
    async fn every_file_that_pages_name_is_there() {
        for name in ["rapport.css", "rapport.js", "icon.svg", "avatar.svg", "header.svg"] {
            let answer = show(TestRequest::default().to_http_request(), web::Path::from(name.to_owned())).await;
            assert_eq!(answer.status().as_u16(), 200, "{name}");
        }
        assert_eq!(
            show(TestRequest::default().to_http_request(), web::Path::from("../Cargo.toml".to_owned()))
                .await
                .status()
                .as_u16(),
            404
        );
    }
}
