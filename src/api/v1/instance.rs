//! `/api/v1/instance`: what this server is.

use std::time::Duration;

use actix_web::{HttpResponse, web};

use crate::api::entities::account::Account;
use crate::api::entities::instance::{self, Facts, Rule};
use crate::api::errors::Result;
use crate::app::App;
use crate::db::{Conn, settings};
use crate::domain::{accounts, instance_rules, instance_texts, teams};

/// How long answers may be kept by browsers and proxies.
const KEEP: &str = "public, max-age=180";

/// What the server says about itself. The counts are summed at most once a minute.
pub async fn facts(app: &App) -> Result<Facts> {
    let (urls, now, push_key) = (app.urls()?, app.clock.now(), app.push_key.public().to_owned());
    let load = move |conn: &mut Conn| {
        let text =
            |conn: &mut Conn, key: &str| Ok::<_, crate::error::Error>(settings::find(conn, key)?.unwrap_or_default());
        let title = Some(text(conn, settings::TITLE)?)
            .filter(|title| !title.is_empty())
            .unwrap_or_else(|| urls.domain().to_owned());
        let contact = teams::list_brands(conn)?.first().map(|brand| Account::render(brand, &urls));
        Ok(Facts {
            title,
            description: text(conn, settings::DESCRIPTION)?,
            contact_email: text(conn, settings::CONTACT_EMAIL)?,
            contact,
            totals: accounts::queries::totals(conn, now)?,
            push_key,
            rules: instance_rules::list(conn)?.iter().map(Rule::render).collect(),
            has_terms: instance_texts::terms(conn, now, None)?.is_some(),
        })
    };
    static CACHE: std::sync::OnceLock<moka::sync::Cache<String, Facts>> = std::sync::OnceLock::new();
    // Keyed by process-wide name: tests run several servers in one process.
    let cache = CACHE
        .get_or_init(|| moka::sync::Cache::builder().max_capacity(64).time_to_live(Duration::from_secs(60)).build());
    if let Some(known) = cache.get(&app.name) {
        return Ok(known);
    }
    let fresh = app.db.read(load).await?;
    cache.insert(app.name.clone(), fresh.clone());
    Ok(fresh)
}

/// The first version.
pub async fn show(app: web::Data<App>) -> Result<HttpResponse> {
    let facts = facts(&app).await?;
    Ok(HttpResponse::Ok().insert_header(("Cache-Control", KEEP)).json(instance::first(
        &facts,
        &app.config,
        &app.urls()?,
    )))
}

/// Other servers that are known.
pub async fn peers(app: web::Data<App>) -> Result<HttpResponse> {
    let domains = app.db.read(|conn| accounts::queries::list_domains(conn, 10_000)).await?;
    Ok(HttpResponse::Ok().json(domains))
}
