//! The front page of the server, and what it says about itself.

use crate::db::{Conn, settings};
use crate::domain::instance_rules::{self, Rule};
use crate::domain::instance_texts::{self, TextKind};
use crate::domain::posts::views::{self, PostView};
use crate::domain::timelines::{self, PublicFilter};
use crate::domain::{accounts::Account, setup, teams};
use crate::error::Error;
use crate::page::Page;
use crate::text::SafeHtml;
use crate::web::cards;
use crate::web::csp;
use crate::web::errors::Answer;
use crate::web::views::server::{AboutPage, RuleLine, ServerPage};
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

/// What the server says about itself.
struct About {
    description: String,
    email: String,
    contact: Option<Account>,
    more: Option<String>,
    has_terms: bool,
    rules: Vec<Rule>,
}

fn rule_line(rule: &Rule, lang: &str) -> RuleLine {
    RuleLine { text: rule.text_in(lang).to_owned(), hint: rule.hint_in(lang).to_owned() }
}

/// `GET /about`.
pub async fn about(visitor: Visitor) -> Answer {
    let now = visitor.app.clock.now();
    let (frame, about) = visitor
        .read(move |conn, _| {
            let text = |conn: &mut Conn, key: &str| Ok::<_, Error>(settings::find(conn, key)?.unwrap_or_default());
            Ok(About {
                description: text(conn, settings::DESCRIPTION)?,
                email: text(conn, settings::CONTACT_EMAIL)?,
                contact: teams::list_brands(conn)?.into_iter().find(Account::is_active),
                more: instance_texts::find(conn, TextKind::ExtendedDescription)?.map(|text| text.content),
                has_terms: instance_texts::terms(conn, now, None)?.is_some(),
                rules: instance_rules::list(conn)?,
            })
        })
        .await?;
    let title = frame.lang.t_plain("about-title", &[("site", &frame.site)]);
    let page = pages::Page { canonical: frame.urls.as_ref().map(|urls| urls.path("/about")), ..frame.page(title) };
    Ok(frame.show(&AboutPage {
        page,
        description_html: SafeHtml::from_plain(&about.description).into_string(),
        more_html: about.more.unwrap_or_default(),
        has_terms: about.has_terms,
        contact_email: Some(about.email).filter(|email| !email.is_empty()),
        contact: about.contact.as_ref().map(|account| cards::person(account, frame.files())),
        version: env!("CARGO_PKG_VERSION"),
        source_url: visitor.app.config.source_url().map(str::to_owned),
        rules: about.rules.iter().map(|rule| rule_line(rule, frame.lang.code())).collect(),
    }))
}
