//! A post by itself, for frames on other sites. Only what everybody may see, and no form: whoever frames it cannot make a
//! visitor do anything.

use actix_web::web;

use crate::db::Conn;
use crate::domain::posts::views::{self, PostView};
use crate::domain::posts::{queries, visibility};
use crate::error::{Error, Result};
use crate::ids::PostId;
use crate::web::cards;
use crate::web::errors::Answer;
use crate::web::views::Page;
use crate::web::views::post::EmbedPage;
use crate::web::visitor::Visitor;

/// `GET /@{name}/{id}/embed`.
pub async fn show(visitor: Visitor, path: web::Path<(String, String)>) -> Answer {
    let (name, id) = path.into_inner();
    let Ok(id) = id.parse::<PostId>() else {
        return Err(visitor.bare().fail(Error::NotFound("post")));
    };
    let (frame, view) = visitor.read(move |conn, _| find(conn, &name, id)).await?;
    let title = frame.lang.t_plain("post-title-plain", &[("name", &view.author.shown_name())]);
    Ok(frame.show_embedded(&EmbedPage {
        page: Page { canonical: Some(view.post.url.clone()), ..frame.page(title) },
        card: cards::post(&view, frame.scene(visitor.app.clock.now())),
    }))
}

fn find(conn: &mut Conn, name: &str, id: PostId) -> Result<PostView> {
    let is_gone = queries::find(conn, id)?.is_some_and(|post| post.deleted_at.is_some() && post.is_for_everybody());
    if is_gone {
        return Err(Error::Gone);
    }
    let post = visibility::get_visible(conn, id, None)?;
    if !post.is_local || post.boost_of_id.is_some() {
        return Err(Error::NotFound("post"));
    }
    let view = views::load_one(conn, None, post)?;
    if view.author.username.eq_ignore_ascii_case(name) { Ok(view) } else { Err(Error::NotFound("post")) }
}
