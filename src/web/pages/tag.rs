//! The posts about one thing.

use actix_web::web;

use crate::domain::posts::views;
use crate::domain::timelines::{self, TagFilter};
use crate::error::Error;
use crate::text::tags;
use crate::web::cards;
use crate::web::errors::Answer;
use crate::web::paging::Cursor;
use crate::web::views::Page;
use crate::web::views::tag::TagPage;
use crate::web::visitor::Visitor;

/// `GET /tags/{name}`: public posts with a hashtag, from here and elsewhere.
pub async fn show(visitor: Visitor, name: web::Path<String>) -> Answer {
    let Some(key) = tags::normalize(&name) else {
        return Err(visitor.bare().fail(Error::NotFound("tag")));
    };
    let cursor = Cursor::of(&visitor);
    let wanted = key.clone();
    let (frame, (posts, older, newer)) = visitor
        .read(move |conn, _| {
            let cut = cursor.cut(timelines::tag(conn, None, &wanted, &TagFilter::default(), &cursor.page())?);
            Ok((views::load(conn, None, cut.posts)?, cut.older, cut.newer))
        })
        .await?;
    let (lang, scene) = (frame.lang, frame.scene(visitor.app.clock.now()));
    // Other people's posts: no page of ours for search engines.
    let page = Page {
        canonical: frame.urls.as_ref().map(|urls| urls.tag(&key)),
        ..frame.private_page(lang.t_plain("tag-title", &[("name", &key)]))
    };
    Ok(frame.show(&TagPage {
        page,
        name: key,
        posts: posts.iter().map(|view| cards::post(view, scene)).collect(),
        older,
        newer,
    }))
}
