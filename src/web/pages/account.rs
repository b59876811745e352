//! An account's page: who speaks here, and what they said last.

use actix_web::web;

use crate::db::Conn;
use crate::domain::accounts::{Account, Kind, queries as accounts};
use crate::domain::posts::queries::{self, AccountFilter};
use crate::domain::posts::views::{self, PostView};
use crate::domain::teams;
use crate::error::{Error, Result};
use crate::text::{self, Handle, tags};
use crate::web::accept::prefers_activity;
use crate::web::cards;
use crate::web::csrf::is_this_machine;
use crate::web::errors::Answer;
use crate::web::frame::Frame;
use crate::web::paging::Cursor;
use crate::web::session::SignedIn;
use crate::web::views::account::{AccountPage, Feeds, HomeForm, Welcome};
use crate::web::views::{Alternate, OpenGraph, Page};
use crate::web::visitor::Visitor;

/// Characters of a bio that search engines and previews get.
const DESCRIPTION: usize = 200;

/// What the address stands for.
enum Found {
    /// Something with another address.
    Elsewhere(String),
    /// The same page under its right name.
    Renamed(String),
    /// An account of this server.
    Here(Box<Profile>),
}

struct Profile {
    account: Account,
    is_brand: bool,
    is_team: bool,
    moved_to: Option<Account>,
    posts: Vec<PostView>,
    older: Option<String>,
    newer: Option<String>,
}

/// `GET /@{name}` and `GET /@{name}@{domain}`: a page for people; for servers, the way to the actor.
pub async fn show(visitor: Visitor, name: web::Path<String>) -> Answer {
    answer(visitor, &name, None).await
}

/// `GET /@{name}/tagged/{tag}`: the same page with only the posts that have a hashtag, answers too.
pub async fn show_tagged(visitor: Visitor, path: web::Path<(String, String)>) -> Answer {
    let (name, tag) = path.into_inner();
    let Some(tag) = tags::normalize(&tag) else {
        return Err(visitor.bare().fail(Error::NotFound("tag")));
    };
    answer(visitor, &name, Some(tag)).await
}

async fn answer(visitor: Visitor, name: &str, tag: Option<String>) -> Answer {
    let Some(handle) = Handle::parse(name) else {
        return Err(visitor.bare().fail(Error::NotFound("account")));
    };
    let urls = visitor.app.urls().map_err(|error| visitor.bare().fail(error))?;
    let was_whole = !handle.is_local();
    let handle = handle.relative_to(urls.domain());
    let (cursor, activity) = (Cursor::of(&visitor), prefers_activity(&visitor.accept));
    let is_whole = tag.is_none();
    let (frame, found) = visitor
        .read(move |conn, viewer| {
            let account = match &handle.domain {
                Some(domain) => accounts::find_by_handle(conn, &handle.username, domain)?,
                None => accounts::find_local(conn, &handle.username)?,
            };
            let account = account.ok_or(Error::NotFound("account"))?;
            if activity {
                return Ok(Found::Elsewhere(account.uri));
            }
            if !account.is_local() {
                return if account.is_active() {
                    Ok(Found::Elsewhere(cards::page_of(&account)))
                } else {
                    Err(Error::Gone)
                };
            }
            if account.kind == Kind::Application {
                return Ok(Found::Elsewhere("/about".into()));
            }
            if was_whole || account.username != handle.username {
                return Ok(Found::Renamed(match tag {
                    Some(tag) => urls.tagged(&account.username, &tag),
                    None => format!("/@{}", account.username),
                }));
            }
            read(conn, viewer, account, tag, cursor).map(|profile| Found::Here(Box::new(profile)))
        })
        .await?;
    match found {
        Found::Elsewhere(address) => Ok(frame.found(&address)),
        Found::Renamed(path) => Ok(frame.moved(&path)),
        Found::Here(profile) => Ok(page(&visitor, &frame, *profile, is_whole && cursor.is_first())),
    }
}

fn read(
    conn: &mut Conn,
    viewer: Option<&SignedIn>,
    account: Account,
    tagged: Option<String>,
    cursor: Cursor,
) -> Result<Profile> {
    if !account.is_active() {
        return Err(Error::Gone);
    }
    let filter = AccountFilter { exclude_replies: tagged.is_none(), tagged, ..AccountFilter::default() };
    let cut = cursor.cut(queries::list_by_account(conn, account.id, None, &filter, &cursor.page())?);
    Ok(Profile {
        is_brand: teams::is_brand(conn, account.id)?,
        is_team: match viewer {
            Some(me) => teams::find(conn, account.id, me.id())?.is_some(),
            None => false,
        },
        moved_to: match &account.moved_to_uri {
            Some(uri) => accounts::find_by_uri(conn, uri)?.filter(Account::is_active),
            None => None,
        },
        posts: views::load(conn, None, cut.posts)?,
        older: cut.older,
        newer: cut.newer,
        account,
    })
}

/// `is_front`: this is the page that search engines may show.
fn page(visitor: &Visitor, frame: &Frame, profile: Profile, is_front: bool) -> actix_web::HttpResponse {
    let Profile { account, is_brand, is_team, moved_to, posts, older, newer } = profile;
    let Some(urls) = frame.urls.clone() else {
        return frame.go("/").finish();
    };
    let (lang, scene) = (frame.lang, frame.scene(visitor.app.clock.now()));
    let card = cards::account(&account, is_brand, moved_to.as_ref(), lang, &urls);
    let title = lang.t_plain("account-title", &[("name", &card.person.name), ("handle", &card.full_handle)]);
    let bio = text::excerpt(&text::to_plain(&account.note), DESCRIPTION);
    let (atom, rss) = (format!("/@{}.atom", account.username), format!("/@{}.rss", account.username));
    let welcome = (is_team && visitor.parameter("welcome").is_some()).then(|| welcome(&account, urls.domain()));
    let og = OpenGraph {
        kind: "profile",
        image: cards::avatar_address(&account, &urls),
        image_alt: account.avatar_description.clone(),
        published: None,
        username: Some(card.full_handle.trim_start_matches('@').to_owned()),
    };
    let framed = Page {
        description: if bio.is_empty() {
            lang.t_plain("account-description", &[("name", &card.person.name)])
        } else {
            bio
        },
        canonical: Some(account.url.clone()),
        alternates: vec![
            Alternate::activity(account.uri.clone()),
            Alternate::atom(urls.path(&atom), lang.t("account-feed-atom")),
            Alternate::rss(urls.path(&rss), lang.t("account-feed-rss")),
        ],
        og: Some(og),
        noindex: !account.is_indexable || !is_front,
        ..frame.page(title)
    };
    frame.show(&AccountPage {
        page: framed,
        posts: posts.iter().map(|view| cards::post(view, scene)).collect(),
        older,
        newer,
        follow: moved_to.is_none().then(|| HomeForm::to(format!("/follow/{}", account.username))),
        feeds: Some(Feeds { atom, rss }),
        welcome,
        account: card,
    })
}

fn welcome(brand: &Account, domain: &str) -> Welcome {
    Welcome {
        server: domain.to_owned(),
        invite_command: format!(
            "rapport user create --username alex --email alex@example.com --password-stdin && rapport team add --brand {} --user alex --role author",
            brand.username
        ),
        trial: is_this_machine(domain),
    }
}
