//! `/api/v1/trends`: what several people took up lately.

use actix_web::{HttpRequest, HttpResponse, web};

use crate::api::auth::MaybeCaller;
use crate::api::entities::card::TrendingLink;
use crate::api::entities::tag::Tag;
use crate::api::errors::Result;
use crate::api::extract::Input;
use crate::api::paging::{self, Slice, SliceQuery};
use crate::api::reading::{Reader, people};
use crate::app::App;
use crate::domain::preview_cards::Card;
use crate::domain::tags::views;
use crate::domain::{timelines, trends};

/// How many hashtags or links are given unless asked for, and at most.
const FEW: (i64, i64) = (10, 20);
/// The same for posts.
const MANY: (i64, i64) = (20, 40);

/// Hashtags.
pub async fn tags(
    app: web::Data<App>,
    request: HttpRequest,
    caller: MaybeCaller,
    input: Input<SliceQuery>,
) -> Result<HttpResponse> {
    let (Slice { limit, offset }, cx, me) = (input.value.slice(FEW.0, FEW.1)?, app.context()?, caller.me());
    let urls = cx.urls.clone();
    let found = app
        .db
        .read(move |conn| {
            let rows = trends::tags(conn, limit, offset)?;
            views::load(conn, me, rows, cx.now)
        })
        .await?;
    let tags: Vec<Tag> = found.iter().map(|view| Tag::render(view, &urls)).collect();
    Ok(paging::answer_slice(&request, &urls, &tags, Slice { limit, offset }))
}

/// Posts.
pub async fn statuses(
    app: web::Data<App>,
    request: HttpRequest,
    caller: MaybeCaller,
    input: Input<SliceQuery>,
) -> Result<HttpResponse> {
    caller.require("read:statuses")?;
    let (slice, cx, reader) = (input.value.slice(MANY.0, MANY.1)?, app.context()?, Reader::from(&caller));
    let urls = cx.urls.clone();
    let statuses = app
        .db
        .read(move |conn| {
            let posts = timelines::trending(conn, reader.me(), slice.limit, slice.offset)?;
            reader.statuses(conn, &cx, posts)
        })
        .await?;
    Ok(paging::answer_slice(&request, &urls, &statuses, slice))
}

/// Pages that posts link to.
pub async fn links(app: web::Data<App>, request: HttpRequest, input: Input<SliceQuery>) -> Result<HttpResponse> {
    let (slice, cx) = (input.value.slice(FEW.0, FEW.1)?, app.context()?);
    let urls = cx.urls.clone();
    let links: Vec<TrendingLink> = app
        .db
        .read(move |conn| {
            let cards = trends::links(conn, slice.limit, slice.offset)?;
            let ids: Vec<_> = cards.iter().map(|card| card.id).collect();
            let days = trends::link_histories(conn, &ids, cx.now)?;
            let authors = people(conn, cards.iter().filter_map(|card| card.author_id))?;
            let render = |card: &Card| {
                let author = card.author_id.and_then(|id| authors.get(&id)).filter(|author| author.is_active());
                let days = days.get(&card.id).map(Vec::as_slice).unwrap_or_default();
                TrendingLink::render(card, author, days, &cx.urls)
            };
            Ok(cards.iter().map(render).collect())
        })
        .await?;
    Ok(paging::answer_slice(&request, &urls, &links, slice))
}
