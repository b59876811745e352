//! From a page here to the visitor's own server: to follow, and to answer a post. Nothing is looked up; the visitor says
//! where they live, and confirms it there.

use actix_web::web;

use crate::config::{Domain, PublicUrl};
use crate::context::Urls;
use crate::domain::accounts::queries as accounts;
use crate::domain::posts::{views, visibility};
use crate::error::Error;
use crate::ids::PostId;
use crate::text::{Handle, handles};
use crate::web::cards;
use crate::web::errors::Answer;
use crate::web::frame::Frame;
use crate::web::return_path::encode;
use crate::web::views::account::{HomeForm, HomeServerPage, Original};
use crate::web::views::layout::{Input, Person};
use crate::web::visitor::Visitor;

/// `GET /follow/{name}?handle=…`.
pub async fn account(visitor: Visitor, name: web::Path<String>) -> Answer {
    let wanted = name.clone();
    let (frame, account) = visitor
        .read(move |conn, _| {
            accounts::find_local(conn, &wanted)?.filter(|account| account.is_active()).ok_or(Error::NotFound("account"))
        })
        .await?;
    let urls = ours(&frame)?;
    let subject = Subject {
        action: format!("/follow/{}", account.username),
        title: frame.lang.t_plain("follow-page-title", &[("name", &account.shown_name())]),
        person: cards::person(&account, frame.files()),
        about_post: false,
        copy: cards::full_handle(&account, &urls),
        uri: account.uri,
    };
    Ok(answer(&visitor, &frame, &urls, subject))
}

/// `GET /interact/{id}?handle=…`: the same for a post.
pub async fn post(visitor: Visitor, id: web::Path<String>) -> Answer {
    let Ok(id) = id.parse::<PostId>() else {
        return Err(visitor.bare().fail(Error::NotFound("post")));
    };
    let (frame, view) = visitor
        .read(move |conn, _| {
            let post = visibility::get_original(conn, id, None)?;
            views::load_one(conn, None, post)
        })
        .await?;
    let urls = ours(&frame)?;
    let subject = Subject {
        action: format!("/interact/{id}"),
        title: frame.lang.t_plain("reply-page-title", &[("name", &view.author.shown_name())]),
        person: cards::person(&view.author, frame.files()),
        about_post: true,
        copy: view.post.url.clone(),
        uri: view.post.uri,
    };
    Ok(answer(&visitor, &frame, &urls, subject))
}

/// What the visitor goes home with.
struct Subject {
    action: String,
    title: String,
    person: Person,
    about_post: bool,
    copy: String,
    uri: String,
}

fn ours(frame: &Frame) -> Answer<Urls> {
    frame.urls.clone().ok_or_else(|| frame.fail(Error::Busy("not set up".into())))
}

fn answer(visitor: &Visitor, frame: &Frame, urls: &Urls, subject: Subject) -> actix_web::HttpResponse {
    let typed = visitor.parameter("handle");
    let home = typed.as_deref().and_then(home_of);
    let mut handle = Input::of(typed.clone().unwrap_or_default());
    if typed.is_some() && home.is_none() {
        handle = handle.refused(frame.lang.t("problem-handle"));
    }
    frame.show(&HomeServerPage {
        page: frame.private_page(subject.title),
        person: subject.person,
        about_post: subject.about_post,
        form: HomeForm { action: subject.action, handle },
        go: home.map(|domain| way(&domain, urls, &subject.uri)),
        copy: subject.copy,
    })
}

/// The server of somebody who gives their handle, their page's address, or just the server.
fn home_of(typed: &str) -> Option<Domain> {
    let typed = typed.trim();
    let domain = match Handle::parse(typed).and_then(|handle| handle.domain) {
        Some(domain) => domain,
        None => {
            let page = url::Url::parse(typed).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
            let host = match &page {
                Some(url) => url
                    .host_str()
                    .map(|host| url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))?,
                None => typed.trim_start_matches('@').to_owned(),
            };
            handles::normalize_domain(&host).filter(|host| host.contains('.') || host.contains(':'))?
        }
    };
    domain.parse().ok()
}

/// Where that server lets somebody confirm it: the address that Mastodon and many others have for it.
fn way(domain: &Domain, urls: &Urls, uri: &str) -> Original {
    let host = domain.to_string();
    let base = if host == urls.domain() { urls.base().to_owned() } else { PublicUrl::of(domain).to_string() };
    Original { url: format!("{base}/authorize_interaction?uri={}", encode(uri)), host }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_say_where_they_live_in_many_ways() {
        for (typed, home) in [
            ("@kim@far.example", "far.example"),
            ("kim@Far.Example", "far.example"),
            ("acct:kim@far.example:8443", "far.example:8443"),
            ("https://far.example/@kim", "far.example"),
            ("far.example", "far.example"),
            ("kim@localhost:8081", "localhost:8081"),
            ("kim@münchen.example", "xn--mnchen-3ya.example"),
        ] {
            assert_eq!(home_of(typed).map(|domain| domain.to_string()).as_deref(), Some(home), "{typed}");
        }
        for typed in
            ["", "kim", "@", "kim@", "javascript:alert(1)", "kim@far.example/path", "kim@<b>", "ftp://far.example"]
        {
            assert!(home_of(typed).is_none(), "{typed}");
        }
    }

    #[test]
    fn the_way_home_carries_the_address_encoded() {
        let urls = Urls::new("https://brand.example", "brand.example");
        let way = |host: &str| super::way(&host.parse().unwrap(), &urls, "https://brand.example/users/brand?a&b").url;
        assert_eq!(
            way("far.example"),
            "https://far.example/authorize_interaction?uri=https%3A%2F%2Fbrand.example%2Fusers%2Fbrand%3Fa%26b"
        );
        assert!(way("localhost:8081").starts_with("http://localhost:8081/"));
        assert!(way("brand.example").starts_with("https://brand.example/authorize_interaction"));
    }
}
