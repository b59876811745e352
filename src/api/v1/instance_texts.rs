//! `/api/v1/instance/…`: what the server says about itself at length.

use std::sync::OnceLock;
use std::time::Duration;

use actix_web::{HttpResponse, web};
use serde::Serialize;
use serde_json::json;

use crate::api::entities::instance::{Rule, TermsOfService, Words};
use crate::api::errors::Result;
use crate::app::App;
use crate::crypto::tokens;
use crate::domain::activity::{self, Week};
use crate::domain::domain_rules::{self, Severity};
use crate::domain::instance_rules;
use crate::domain::instance_texts::{self, DEFAULT_PRIVACY, DEFAULT_PRIVACY_AT, TextKind};
use crate::error::Error;
use crate::text::{document, language};
use crate::time::Time;

/// How long answers may be kept by browsers and proxies.
const KEEP: &str = "public, max-age=180";
/// How long counts are remembered.
const COUNTS: Duration = Duration::from_secs(600);

fn kept(body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header(("Cache-Control", KEEP)).json(body)
}

/// The server's rules for people.
pub async fn rules(app: web::Data<App>) -> Result<HttpResponse> {
    let rules = app.db.read(instance_rules::list).await?;
    Ok(kept(&rules.iter().map(Rule::render).collect::<Vec<_>>()))
}

/// What the server is for, at length; nothing while nobody wrote it.
pub async fn extended_description(app: web::Data<App>) -> Result<HttpResponse> {
    let text = app.db.read(|conn| instance_texts::find(conn, TextKind::ExtendedDescription)).await?;
    Ok(kept(&match text {
        Some(text) => Words { updated_at: Some(text.updated_at.rfc3339()), content: text.content },
        None => Words { updated_at: None, content: String::new() },
    }))
}

/// What is kept about people: in the words of those who run the server, or in ours.
pub async fn privacy_policy(app: web::Data<App>) -> Result<HttpResponse> {
    let text = app.db.read(|conn| instance_texts::find(conn, TextKind::PrivacyPolicy)).await?;
    let (updated_at, content) = match text {
        Some(text) => (text.updated_at, text.content),
        None => {
            (DEFAULT_PRIVACY_AT, document::render(DEFAULT_PRIVACY).map(|html| html.into_string()).unwrap_or_default())
        }
    };
    Ok(kept(&Words { updated_at: Some(updated_at.rfc3339()), content }))
}

/// The terms that hold now.
pub async fn terms_of_service(app: web::Data<App>) -> Result<HttpResponse> {
    terms(&app, None).await
}

/// The terms that hold, held or will hold from a day on.
pub async fn terms_of_day(app: web::Data<App>, day: web::Path<String>) -> Result<HttpResponse> {
    terms(&app, Some(day.into_inner())).await
}

async fn terms(app: &App, day: Option<String>) -> Result<HttpResponse> {
    let now = app.clock.now();
    let terms = app.db.read(move |conn| instance_texts::terms(conn, now, day.as_deref())).await?;
    Ok(kept(&TermsOfService::render(terms.ok_or(Error::NotFound("terms of service"))?)))
}

/// Between which languages posts are translated: none.
pub async fn translation_languages() -> HttpResponse {
    kept(&json!({}))
}

/// The languages that posts can be in.
pub async fn languages() -> HttpResponse {
    let all: Vec<_> = language::names::ALL.iter().map(|(code, name)| json!({ "code": code, "name": name })).collect();
    kept(&all)
}

/// What happened here in each of the last twelve weeks, this one first. Numbers are text in this one answer.
pub async fn activity(app: web::Data<App>) -> Result<HttpResponse> {
    static CACHE: OnceLock<moka::sync::Cache<String, Vec<Week>>> = OnceLock::new();
    // Keyed by process-wide name: tests run several servers in one process.
    let cache = CACHE.get_or_init(|| moka::sync::Cache::builder().max_capacity(64).time_to_live(COUNTS).build());
    let weeks = match cache.get(&app.name) {
        Some(known) => known,
        None => {
            let now: Time = app.clock.now();
            let fresh = app.db.read(move |conn| activity::weeks(conn, now)).await?;
            cache.insert(app.name.clone(), fresh.clone());
            fresh
        }
    };
    let rows: Vec<_> = weeks
        .iter()
        .map(|week| {
            json!({
                "week": week.start.unix().to_string(),
                "statuses": week.posts.to_string(),
                "logins": week.logins.to_string(),
                "registrations": week.registrations.to_string(),
            })
        })
        .collect();
    Ok(kept(&rows))
}

/// The blocked domains, where those who run the server publish them; never their reasons.
pub async fn domain_blocks(app: web::Data<App>) -> Result<HttpResponse> {
    if !app.config.federation.publish_blocks {
        return Err(Error::NotFound("list").into());
    }
    let rules = app.db.read(domain_rules::list).await?;
    let rows: Vec<_> = rules
        .iter()
        .filter(|rule| rule.severity == Severity::Suspend)
        .map(|rule| {
            json!({
                "domain": rule.domain,
                "digest": tokens::hash_token(&rule.domain),
                "severity": rule.severity,
                "comment": null,
            })
        })
        .collect();
    Ok(kept(&rows))
}
