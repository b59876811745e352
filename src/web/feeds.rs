//! Atom and RSS of an account: its public posts, newest first, without answers to others and boosts.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use atom_syndication as atom;
use chrono::{DateTime, FixedOffset, Utc};

use super::errors::Answer;
use super::frame::Frame;
use super::i18n::Lang;
use super::visitor::Visitor;
use super::{assets, cards, csp};
use crate::context::Urls;
use crate::domain::accounts::{Account, queries as accounts};
use crate::domain::posts::queries::{self, AccountFilter};
use crate::domain::posts::{Attachment, Post, Visibility};
use crate::error::Error;
use crate::page::Page;
use crate::text;
use crate::time::Time;

/// How many posts a feed has.
const POSTS: i64 = 20;
/// Characters of a post that stand for its title.
const TITLE: usize = 80;

/// `GET /@{name}.atom`.
pub async fn atom(visitor: Visitor, request: HttpRequest, name: web::Path<String>) -> Answer {
    let (frame, found) = find(&visitor, &name).await?;
    let urls = ours(&frame)?;
    Ok(answer(&request, "application/atom+xml; charset=utf-8", atom_of(&found, &urls, frame.lang).to_string()))
}

/// `GET /@{name}.rss`.
pub async fn rss(visitor: Visitor, request: HttpRequest, name: web::Path<String>) -> Answer {
    let (frame, found) = find(&visitor, &name).await?;
    let urls = ours(&frame)?;
    Ok(answer(&request, "application/rss+xml; charset=utf-8", rss_of(&found, &urls, frame.lang).to_string()))
}

/// An account with the posts of its feed.
struct Found {
    account: Account,
    posts: Vec<Post>,
}

async fn find(visitor: &Visitor, name: &str) -> Answer<(Frame, Found)> {
    let name = name.to_owned();
    visitor
        .read(move |conn, _| {
            let account = accounts::find_local(conn, &name)?.ok_or(Error::NotFound("account"))?;
            if !account.is_active() {
                return Err(Error::Gone);
            }
            let filter = AccountFilter { exclude_replies: true, exclude_boosts: true, ..AccountFilter::default() };
            let mut posts = queries::list_by_account(conn, account.id, None, &filter, &Page::first(POSTS))?;
            posts.retain(|post| post.visibility == Visibility::Public);
            Ok(Found { account, posts })
        })
        .await
}

fn ours(frame: &Frame) -> Answer<Urls> {
    frame.urls.clone().ok_or_else(|| frame.fail(Error::Busy("not set up".into())))
}

fn answer(request: &HttpRequest, kind: &'static str, feed: String) -> HttpResponse {
    let tag = assets::tag(&feed);
    let known = assets::is_known(request, &tag);
    let mut answer = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer
        .insert_header((header::ETAG, tag))
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .insert_header((header::VARY, "Accept-Language"));
    if known {
        answer.finish()
    } else {
        answer.content_type(kind).insert_header((header::CONTENT_SECURITY_POLICY, csp::NOTHING)).body(feed)
    }
}

fn atom_of(found: &Found, urls: &Urls, lang: Lang) -> atom::Feed {
    let Found { account, posts } = found;
    let own = format!("{}.atom", account.url);
    let author = atom::Person {
        name: account.shown_name().to_owned(),
        uri: Some(account.url.clone()),
        ..atom::Person::default()
    };
    atom::Feed {
        title: title(account, lang).into(),
        id: account.uri.clone(),
        updated: date(posts.first().map_or(account.created_at, changed)),
        authors: vec![author],
        links: vec![link("alternate", "text/html", account.url.clone()), link("self", "application/atom+xml", own)],
        icon: cards::avatar_address(account, urls),
        subtitle: Some(about(account)).filter(|text| !text.is_empty()).map(Into::into),
        entries: posts.iter().map(|post| entry(post, urls)).collect(),
        ..atom::Feed::default()
    }
}

fn entry(post: &Post, urls: &Urls) -> atom::Entry {
    let files = post.media.0.iter().map(|file| atom::Link {
        mime_type: Some(file.content_type.clone()),
        ..link("enclosure", "", address(file, urls))
    });
    atom::Entry {
        title: heading(post).into(),
        id: post.uri.clone(),
        updated: date(changed(post)),
        published: Some(date(post.created_at)),
        links: std::iter::once(link("alternate", "text/html", post.url.clone())).chain(files).collect(),
        categories: post
            .tags
            .0
            .iter()
            .map(|tag| atom::Category { term: tag.name.clone(), ..atom::Category::default() })
            .collect(),
        summary: Some(post.spoiler_text.clone()).filter(|warning| !warning.is_empty()).map(Into::into),
        content: Some(atom::Content {
            lang: post.language.clone(),
            value: Some(markup(post)),
            content_type: Some("html".into()),
            ..atom::Content::default()
        }),
        ..atom::Entry::default()
    }
}

fn link(rel: &str, kind: &str, href: String) -> atom::Link {
    atom::Link { rel: rel.into(), href, mime_type: (!kind.is_empty()).then(|| kind.into()), ..atom::Link::default() }
}

fn rss_of(found: &Found, urls: &Urls, lang: Lang) -> rss::Channel {
    let Found { account, posts } = found;
    let image = cards::avatar_address(account, urls).map(|url| rss::Image {
        url,
        title: title(account, lang),
        link: account.url.clone(),
        ..rss::Image::default()
    });
    rss::Channel {
        title: title(account, lang),
        link: account.url.clone(),
        // RSS wants one, so that an empty bio becomes the title.
        description: Some(about(account)).filter(|text| !text.is_empty()).unwrap_or_else(|| title(account, lang)),
        last_build_date: posts.first().map(|post| date(changed(post)).to_rfc2822()),
        image,
        items: posts.iter().map(|post| item(post, urls)).collect(),
        ..rss::Channel::default()
    }
}

fn item(post: &Post, urls: &Urls) -> rss::Item {
    // RSS has room for one file.
    let enclosure = post.media.0.first().map(|file| rss::Enclosure {
        url: address(file, urls),
        mime_type: file.content_type.clone(),
        length: "0".into(),
    });
    rss::Item {
        title: Some(heading(post)),
        link: Some(post.url.clone()),
        description: Some(markup(post)),
        guid: Some(rss::Guid { value: post.uri.clone(), permalink: false }),
        pub_date: Some(date(post.created_at).to_rfc2822()),
        categories: post.tags.0.iter().map(|tag| rss::Category { name: tag.name.clone(), domain: None }).collect(),
        enclosure,
        ..rss::Item::default()
    }
}

/// The words of a post, or its warning alone: a feed reader cannot fold them away.
fn markup(post: &Post) -> String {
    if post.spoiler_text.is_empty() {
        cards::words(post)
    } else {
        format!("<p>{}</p>", text::escape(&post.spoiler_text))
    }
}

fn title(account: &Account, lang: Lang) -> String {
    lang.t_plain("feed-title", &[("name", &account.shown_name())])
}

fn about(account: &Account) -> String {
    text::to_plain(&account.note)
}

/// What stands for a title: the warning, the title, or the first words.
fn heading(post: &Post) -> String {
    let title = post.title.clone().unwrap_or_default();
    let words = [post.spoiler_text.clone(), title, text::to_plain(&post.content)]
        .into_iter()
        .find(|text| !text.trim().is_empty());
    text::excerpt(&words.unwrap_or_else(|| post.created_at.date()), TITLE)
}

fn address(file: &Attachment, urls: &Urls) -> String {
    if file.is_remote { file.file.clone() } else { urls.media(&file.file) }
}

fn changed(post: &Post) -> Time {
    post.edited_at.unwrap_or(post.created_at)
}

fn date(time: Time) -> DateTime<FixedOffset> {
    DateTime::<Utc>::from(time).fixed_offset()
}
