//! `/api/v1/timelines`: home, public, by hashtag, by list.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use crate::api::auth::{Caller, MaybeCaller};
use crate::api::errors::{ApiError, Result};
use crate::api::extract::Input;
use crate::api::paging::{self, Cursors, PageQuery};
use crate::api::reading::Reader;
use crate::app::App;
use crate::db::Conn;
use crate::domain::posts::Post;
use crate::domain::preview_cards;
use crate::domain::timelines::{self, PublicFilter, TagFilter};
use crate::domain::trends::{self, Subject};
use crate::error::Error;
use crate::ids::ListId;

/// How many posts a page has unless asked for, and at most.
const PAGE: (i64, i64) = (20, 40);

/// Answers a page of a timeline. What is kept from the reader is left out after the page was cut, so that the cursors lead on.
async fn answer(
    app: &App,
    request: &HttpRequest,
    reader: Reader,
    query: impl FnOnce(&mut Conn) -> crate::error::Result<Vec<Post>> + Send + 'static,
) -> Result<HttpResponse> {
    let cx = app.context()?;
    let urls = cx.urls.clone();
    let (statuses, cursors) = app
        .db
        .read(move |conn| {
            let posts = query(conn)?;
            let cursors = Cursors::of(posts.iter().map(|post| post.id.0));
            Ok((reader.statuses(conn, &cx, posts)?, cursors))
        })
        .await?;
    Ok(paging::answer(request, &urls, &statuses, cursors))
}

/// What those write whom the caller follows.
pub async fn home(
    app: web::Data<App>,
    request: HttpRequest,
    caller: Caller,
    input: Input<PageQuery>,
) -> Result<HttpResponse> {
    caller.require("read:statuses")?;
    let (page, me) = (input.value.page(PAGE.0, PAGE.1)?, caller.me());
    answer(&app, &request, Reader::from(&caller).of_feed(), move |conn| timelines::home(conn, me, &page)).await
}

/// What the members of a list write.
pub async fn list(
    app: web::Data<App>,
    request: HttpRequest,
    caller: Caller,
    id: web::Path<ListId>,
    input: Input<PageQuery>,
) -> Result<HttpResponse> {
    caller.require("read:lists")?;
    let (page, me, id) = (input.value.page(PAGE.0, PAGE.1)?, caller.me(), *id);
    answer(&app, &request, Reader::from(&caller).of_feed(), move |conn| timelines::list(conn, me, id, &page)).await
}

/// Which posts of everybody.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PublicQuery {
    local: bool,
    remote: bool,
    only_media: bool,
    any: Vec<String>,
    all: Vec<String>,
    none: Vec<String>,
    #[serde(flatten)]
    page: PageQuery,
}

impl PublicQuery {
    fn filter(&self) -> PublicFilter {
        PublicFilter { local: self.local, remote: self.remote, only_media: self.only_media }
    }
}

/// What everybody writes in public.
pub async fn public(
    app: web::Data<App>,
    request: HttpRequest,
    caller: MaybeCaller,
    input: Input<PublicQuery>,
) -> Result<HttpResponse> {
    caller.require("read:statuses")?;
    let (page, filter, me) = (input.value.page.page(PAGE.0, PAGE.1)?, input.value.filter(), caller.me());
    answer(&app, &request, Reader::from(&caller), move |conn| timelines::public(conn, me, filter, &page)).await
}

/// What everybody writes in public with a hashtag.
pub async fn tag(
    app: web::Data<App>,
    request: HttpRequest,
    caller: MaybeCaller,
    name: web::Path<String>,
    input: Input<PublicQuery>,
) -> Result<HttpResponse> {
    caller.require("read:statuses")?;
    let (page, public, me, name) =
        (input.value.page.page(PAGE.0, PAGE.1)?, input.value.filter(), caller.me(), name.into_inner());
    let filter = TagFilter { any: input.value.any, all: input.value.all, none: input.value.none, public };
    answer(&app, &request, Reader::from(&caller), move |conn| timelines::tag(conn, me, &name, &filter, &page)).await
}

/// Which page's posts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct LinkQuery {
    url: String,
    #[serde(flatten)]
    page: PageQuery,
}

/// Public posts that link to a page that trends.
pub async fn link(
    app: web::Data<App>,
    request: HttpRequest,
    caller: MaybeCaller,
    input: Input<LinkQuery>,
) -> Result<HttpResponse> {
    caller.require("read:statuses")?;
    let (page, me, url) = (input.value.page.page(PAGE.0, PAGE.1)?, caller.me(), input.value.url);
    if url.is_empty() {
        return Err(ApiError::malformed("url is missing"));
    }
    let address = preview_cards::address_of(&url, &app.urls()?).ok_or(Error::NotFound("link"))?;
    answer(&app, &request, Reader::from(&caller), move |conn| {
        let card = preview_cards::find_by_url(conn, &address)?.ok_or(Error::NotFound("link"))?;
        if !trends::is_trending(conn, Subject::Link, card.id.0)? {
            return Err(Error::NotFound("link"));
        }
        timelines::link(conn, me, card.id, &page)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::lenient;

    #[test]
    fn a_query_is_read_with_its_page() {
        let text = "local=true&only_media=0&any[]=tea&any[]=cake&max_id=12&limit=5";
        let tree = lenient::tree(url::form_urlencoded::parse(text.as_bytes()).into_owned()).unwrap();
        let query: PublicQuery = lenient::read(tree).unwrap();
        assert_eq!(query.filter(), PublicFilter { local: true, remote: false, only_media: false });
        assert_eq!(query.any, ["tea", "cake"]);
        let page = query.page.page(20, 40).unwrap();
        assert_eq!((page.max_id, page.limit), (Some(12), 5));
    }
}
