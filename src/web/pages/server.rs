//! The front page of the server, and what it says about itself.

use crate::db::settings;
use crate::domain::posts::views::{self, PostView};
use crate::domain::timelines::{self, PublicFilter};
use crate::domain::{accounts::Account, setup, teams};
use crate::page::Page;
use crate::text::SafeHtml;
use crate::web::cards;
use crate::web::csp;
use crate::web::errors::Answer;
use crate::web::views::server::{AboutPage, ServerPage};
use crate::web::views::setup::NotSetUpPage;
use crate::web::views::{self as pages, OpenGraph};
use crate::web::visitor::Visitor;

/// How many posts the front page shows.
const POSTS: i64 = 20;

struct Front {
    brands: Vec<Account>,
    posts: Vec<PostView>,
    description: String,
    is_set_up: bool,
}

/// `GET /`.
pub async fn index(visitor: Visitor) -> Answer {
    let (frame, front) = visitor
        .read(|conn, _| {
            let brands: Vec<Account> = teams::list_brands(conn)?.into_iter().filter(Account::is_active).collect();
            let posts = timelines::public(
                conn,
                None,
                PublicFilter { local: true, ..PublicFilter::default() },
                &Page::first(POSTS),
            )?;
            Ok(Front {
                is_set_up: !brands.is_empty() || setup::is_done(conn)?,
                posts: views::load(conn, None, posts)?,
                description: settings::find(conn, settings::DESCRIPTION)?.unwrap_or_default(),
                brands,
            })
        })
        .await?;
    if !front.is_set_up {
        let page = pages::Page { bare: true, ..frame.private_page(frame.lang.t("not-set-up-title")) };
        return Ok(frame.show_as(
            actix_web::http::StatusCode::SERVICE_UNAVAILABLE,
            csp::Forms::Ours,
            &NotSetUpPage { page },
        ));
    }
    let (files, scene) = (frame.files(), frame.scene(visitor.app.clock.now()));
    let page = pages::Page {
        description: front.description.clone(),
        canonical: frame.urls.as_ref().map(|urls| urls.path("/")),
        og: Some(OpenGraph { kind: "website", image: None, image_alt: String::new(), published: None, username: None }),
        ..frame.page(frame.site.clone())
    };
    Ok(frame.show(&ServerPage {
        page,
        description_html: SafeHtml::from_plain(&front.description).into_string(),
        brands: front.brands.iter().map(|brand| cards::brand(brand, files)).collect(),
        posts: front.posts.iter().map(|view| cards::post(view, scene)).collect(),
    }))
}

/// `GET /about`.
pub async fn about(visitor: Visitor) -> Answer {
    let (frame, (description, email, contact)) = visitor
        .read(|conn, _| {
            let contact = teams::list_brands(conn)?.into_iter().find(Account::is_active);
            let description = settings::find(conn, settings::DESCRIPTION)?.unwrap_or_default();
            Ok((description, settings::find(conn, settings::CONTACT_EMAIL)?.unwrap_or_default(), contact))
        })
        .await?;
    let title = frame.lang.t_plain("about-title", &[("site", &frame.site)]);
    let page = pages::Page { canonical: frame.urls.as_ref().map(|urls| urls.path("/about")), ..frame.page(title) };
    Ok(frame.show(&AboutPage {
        page,
        description_html: SafeHtml::from_plain(&description).into_string(),
        contact_email: Some(email).filter(|email| !email.is_empty()),
        contact: contact.as_ref().map(|account| cards::person(account, frame.files())),
        version: env!("CARGO_PKG_VERSION"),
        source_url: visitor.app.config.source_url().map(str::to_owned),
        rules: Vec::new(),
    }))
}
