//! `/api/oembed` (oembed.com): how a public post of this server is shown on another site, in a frame of its own.

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::errors::{ApiError, Result};
use super::extract::Input;
use crate::app::App;
use crate::context::Urls;
use crate::db::{Conn, settings};
use crate::domain::accounts::{self, Account};
use crate::domain::posts::{Post, visibility};
use crate::error::Error;
use crate::ids::PostId;
use crate::text::{escape, excerpt, to_plain};

/// The width of a frame unless something narrower is asked for, in pixels.
const WIDTH: i64 = 480;
/// The least width and height, in pixels.
const LEAST: i64 = 200;
/// The height of a frame unless something lower is asked for, in pixels.
const HEIGHT: i64 = 420;
/// Characters of the words that stand where frames are not shown.
const WORDS: usize = 300;
/// How long the answer may be kept, in seconds.
const CACHE_AGE: u32 = 86_400;

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Query {
    url: String,
    format: String,
    maxwidth: Option<i64>,
    maxheight: Option<i64>,
}

/// The post that an address of this server names: its page, its id, or the page for frames.
fn named(urls: &Urls, address: &str) -> Option<PostId> {
    if !urls.is_ours(address) {
        return None;
    }
    let url = Url::parse(address).ok()?;
    let parts: Vec<&str> = url.path_segments()?.filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [name, id] | [name, id, "embed"] if name.starts_with('@') => id.parse().ok(),
        ["users", _, "statuses", id] => id.parse().ok(),
        _ => None,
    }
}

fn find(conn: &mut Conn, id: PostId) -> crate::error::Result<(Post, Account, String)> {
    let post = visibility::get_visible(conn, id, None)?;
    if !post.is_local || post.boost_of_id.is_some() {
        return Err(Error::NotFound("post"));
    }
    let author = accounts::queries::get(conn, post.account_id)?;
    Ok((post, author, settings::find(conn, settings::TITLE)?.unwrap_or_default()))
}

/// Describes a post for another site.
pub async fn show(app: web::Data<App>, input: Input<Query>) -> Result<HttpResponse> {
    let (query, urls) = (input.value, app.urls()?);
    if query.url.is_empty() {
        return Err(ApiError::malformed("url is missing"));
    }
    if !matches!(query.format.as_str(), "" | "json") {
        return Ok(HttpResponse::NotImplemented().json(json!({ "error": "Only the format json is served" })));
    }
    let id = named(&urls, &query.url).ok_or(Error::NotFound("post"))?;
    let (post, author, title) = app.db.read(move |conn| find(conn, id)).await?;
    let fit = |most: Option<i64>, usual: i64| most.map_or(usual, |most| most.clamp(LEAST, usual));
    let (width, height) = (fit(query.maxwidth, WIDTH), fit(query.maxheight, HEIGHT));
    let name = author.shown_name();
    let page = urls.post_page(&author.username, post.id);
    Ok(HttpResponse::Ok().insert_header(("Cache-Control", "public, max-age=300")).json(json!({
        "type": "rich",
        "version": "1.0",
        "title": format!("A post by {name}"),
        "author_name": name,
        "author_url": urls.profile(&author.username),
        "provider_name": if title.is_empty() { urls.domain() } else { title.as_str() },
        "provider_url": urls.path("/"),
        "cache_age": CACHE_AGE,
        "html": html(&post, name, &page, (width, height)),
        "width": width,
        "height": null,
    })))
}

/// A frame with the post, and in it, for where frames are not shown, its beginning with a link.
fn html(post: &Post, name: &str, page: &str, (width, height): (i64, i64)) -> String {
    let words = if post.spoiler_text.is_empty() { to_plain(&post.content) } else { post.spoiler_text.clone() };
    let (page, name, words) = (escape(page), escape(name), escape(&excerpt(&words, WORDS)));
    format!(
        "<iframe src=\"{page}/embed\" title=\"{name}\" width=\"{width}\" height=\"{height}\" loading=\"lazy\" \
         sandbox=\"allow-popups allow-popups-to-escape-sandbox\" style=\"max-width: 100%; border: 0\">\
         <blockquote cite=\"{page}\"><p>{words}</p><p><a href=\"{page}\">{name}</a></p></blockquote></iframe>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_posts_here_are_known_and_others_are_not() {
        let urls = Urls::new("https://b.example", "b.example");
        for address in [
            "https://b.example/@Mara/12",
            "https://b.example/@Mara/12/",
            "https://b.example/@Mara/12/embed?x=1",
            "https://b.example/users/mara/statuses/12",
        ] {
            assert_eq!(named(&urls, address), Some(PostId(12)), "{address}");
        }
        for address in [
            "https://c.example/@Mara/12",
            "https://b.example.evil.example/@Mara/12",
            "https://b.example/@Mara",
            "https://b.example/@Mara/x",
            "https://b.example/tags/12",
            "javascript:alert(1)",
            "",
        ] {
            assert_eq!(named(&urls, address), None, "{address}");
        }
    }
}
