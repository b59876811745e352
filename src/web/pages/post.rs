//! A post with what came before it and what came after.

use actix_web::{HttpResponse, web};

use crate::context::Urls;
use crate::db::Conn;
use crate::domain::accounts::queries as accounts;
use crate::domain::posts::views::{self, PostView};
use crate::domain::posts::{Visibility, queries, visibility};
use crate::error::{Error, Result};
use crate::ids::PostId;
use crate::text::{self, Handle};
use crate::web::accept::prefers_activity;
use crate::web::cards;
use crate::web::errors::Answer;
use crate::web::frame::Frame;
use crate::web::views::account::HomeForm;
use crate::web::views::post::PostPage;
use crate::web::views::{Alternate, OpenGraph, Page};
use crate::web::visitor::Visitor;

/// How many posts above are shown.
const ANCESTORS: usize = 40;
/// How many answers are shown.
const REPLIES: usize = 200;
/// Characters of the words in the title.
const TITLE: usize = 60;
/// Characters of the words that search engines and previews get.
const DESCRIPTION: usize = 200;

/// What the address stands for.
enum Found {
    /// Something with another address.
    Elsewhere(String),
    /// A post of this server.
    Here(Box<Thread>),
}

struct Thread {
    view: PostView,
    ancestors: Vec<PostView>,
    replies: Vec<PostView>,
}

/// `GET /@{name}/{id}`: a page for people; for servers, the way to the object.
pub async fn show(visitor: Visitor, path: web::Path<(String, String)>) -> Answer {
    let (name, id) = path.into_inner();
    let (Some(handle), Ok(id)) = (Handle::parse(&name), id.parse::<PostId>()) else {
        return Err(visitor.bare().fail(Error::NotFound("post")));
    };
    let urls = visitor.app.urls().map_err(|error| visitor.bare().fail(error))?;
    let handle = handle.relative_to(urls.domain());
    let activity = prefers_activity(&visitor.accept);
    let (frame, found) = visitor.read(move |conn, _| find(conn, &handle, id, activity)).await?;
    match found {
        Found::Elsewhere(address) => Ok(frame.found(&address)),
        Found::Here(thread) => Ok(page(&visitor, &frame, *thread)),
    }
}

fn find(conn: &mut Conn, handle: &Handle, id: PostId, activity: bool) -> Result<Found> {
    let absent = || Error::NotFound("post");
    let post = queries::find(conn, id)?.ok_or_else(absent)?;
    let author = accounts::find(conn, post.account_id)?.ok_or_else(absent)?;
    let is_right = author.username.eq_ignore_ascii_case(&handle.username)
        && author.domain == handle.domain.clone().unwrap_or_default();
    if !is_right {
        return Err(absent());
    }
    let is_open = matches!(post.visibility, Visibility::Public | Visibility::Unlisted);
    if post.deleted_at.is_some() {
        // That a private post existed is private too.
        return Err(if is_open { Error::Gone } else { absent() });
    }
    if !author.is_active() {
        return Err(if is_open { Error::Gone } else { absent() });
    }
    if activity && is_open {
        return Ok(Found::Elsewhere(post.uri));
    }
    let post = visibility::get_visible(conn, id, None)?;
    if let Some(original) = post.boost_of_id {
        let original = visibility::get_visible(conn, original, None)?;
        let view = views::load_one(conn, None, original)?;
        return Ok(Found::Elsewhere(cards::page_of_post(&view.author, &view.post)));
    }
    if !post.is_local {
        return Ok(Found::Elsewhere(cards::page_of_post(&author, &post)));
    }
    if author.username != handle.username {
        return Ok(Found::Elsewhere(cards::page_of_post(&author, &post)));
    }
    // One load for the whole thread, taken apart again by how many there were.
    let above = queries::ancestors(conn, &post, None, ANCESTORS)?;
    let below = queries::descendants(conn, &post, None, REPLIES)?;
    let above_count = above.len();
    let mut views = views::load(conn, None, above.into_iter().chain([post]).chain(below).collect())?.into_iter();
    let ancestors: Vec<PostView> = views.by_ref().take(above_count).collect();
    let view = views.next().filter(|view| view.post.id == id).ok_or_else(absent)?;
    Ok(Found::Here(Box::new(Thread { view, ancestors, replies: views.collect() })))
}

/// Where other sites ask how to show a post.
fn oembed(urls: &Urls, page: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair("url", page).finish();
    urls.path(&format!("/api/oembed?{query}"))
}

fn page(visitor: &Visitor, frame: &Frame, thread: Thread) -> HttpResponse {
    let Thread { view, ancestors, replies } = thread;
    let (lang, scene) = (frame.lang, frame.scene(visitor.app.clock.now()));
    let (post, author) = (&view.post, &view.author);
    let name = author.shown_name();
    let hidden = !post.spoiler_text.is_empty();
    let words = if hidden { post.spoiler_text.clone() } else { text::to_plain(&cards::words(post)) };
    let title = match text::excerpt(&words, TITLE) {
        words if words.is_empty() => lang.t_plain("post-title-plain", &[("name", &name)]),
        words => lang.t_plain("post-title", &[("name", &name), ("text", &words)]),
    };
    let picture = post.media.0.iter().find(|file| file.kind == "image").filter(|_| !hidden && !post.is_sensitive);
    let og = OpenGraph {
        kind: "article",
        image: frame.urls.as_ref().and_then(|urls| {
            picture.map(|file| urls.media(&file.file)).or_else(|| cards::avatar_address(author, urls))
        }),
        image_alt: picture.and_then(|file| file.description.clone()).unwrap_or_default(),
        published: Some(post.created_at.rfc3339()),
        username: None,
    };
    let framed = Page {
        description: text::excerpt(&words, DESCRIPTION),
        canonical: Some(post.url.clone()),
        alternates: [Alternate::activity(post.uri.clone())]
            .into_iter()
            .chain(frame.urls.as_ref().map(|urls| Alternate::oembed(oembed(urls, &post.url), title.clone())))
            .collect(),
        og: Some(og),
        noindex: !author.is_indexable || post.visibility != Visibility::Public,
        ..frame.page(title)
    };
    frame.show(&PostPage {
        page: framed,
        ancestors: ancestors.iter().map(|view| cards::post(view, scene)).collect(),
        replies: cards::replies(post.id, &replies, scene),
        answer: Some(HomeForm::to(format!("/interact/{}", post.id))),
        card: cards::post(&view, scene),
    })
}
