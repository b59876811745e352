//! `rapport doctor`: checks what can be checked from here; every line says what to do.

use std::process::ExitCode;
use std::time::Duration;

use serde::Serialize;

use super::output::Output;
use crate::app::{self, App};
use crate::config::Config;
use crate::db::migrate::{self, Schema};
use crate::db::{Db, check};
use crate::domain::{setup, teams};
use crate::error::Result;
use crate::net::RemoteUrl;
use crate::net::client::Fetch;
use crate::net::resolver::system_lookup;
use crate::time::{Clock, Time};

/// How far the clock may be off before signatures suffer.
const SKEW: Duration = Duration::from_secs(60);

#[derive(Debug, Serialize, PartialEq, Eq, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Fine,
    Warning,
    Wrong,
}

/// One thing that was checked.
#[derive(Debug, Serialize)]
struct Check {
    what: &'static str,
    verdict: Verdict,
    /// What was seen and, unless it is fine, what to do.
    says: String,
}

fn check(what: &'static str, verdict: Verdict, says: impl Into<String>) -> Check {
    Check { what, verdict, says: says.into() }
}

pub(super) async fn run(config: Config, out: &Output) -> Result<ExitCode> {
    let mut checks = vec![check("configuration", Verdict::Fine, "can be read")];
    checks.extend(config.warnings().into_iter().map(|warning| check("configuration", Verdict::Warning, warning)));
    match app::open_database(&config) {
        Err(error) => checks.push(check("database", Verdict::Wrong, error.to_string())),
        Ok(db) => {
            let usable = check_database(&db, &mut checks).await;
            if usable {
                match App::with_db(config, Clock::system(), db, system_lookup()).await {
                    Ok(app) => {
                        check_server(&app, &mut checks).await;
                        app.release().await;
                    }
                    Err(error) => checks.push(check("server", Verdict::Wrong, error.to_string())),
                }
            }
        }
    }
    out.list(&checks, "", |c| {
        let mark = match c.verdict {
            Verdict::Fine => "fine   ",
            Verdict::Warning => "warning",
            Verdict::Wrong => "WRONG  ",
        };
        format!("{mark} {:<14} {}", c.what, c.says)
    });
    let all_well = checks.iter().all(|c| c.verdict != Verdict::Wrong);
    Ok(if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether the database can be used further.
async fn check_database(db: &Db, checks: &mut Vec<Check>) -> bool {
    let kind = if db.is_sqlite() { "SQLite" } else { "PostgreSQL" };
    match db.schema().await {
        Ok(Schema::Current) => checks.push(check("database", Verdict::Fine, format!("{kind}, schema up to date"))),
        Ok(Schema::Older(missing)) => {
            checks.push(check(
                "database",
                Verdict::Wrong,
                format!(
                    "{kind}, the schema lacks {} step(s); run `rapport migrate` or start the server",
                    missing.len()
                ),
            ));
            return false;
        }
        Ok(Schema::Newer(unknown)) => {
            checks.push(check("database", Verdict::Wrong, migrate::newer(&unknown)));
            return false;
        }
        Err(error) => {
            checks.push(check("database", Verdict::Wrong, error.to_string()));
            return false;
        }
    }
    if db.is_sqlite() {
        let found = db.read(check::quick).await;
        checks.push(match found.as_deref() {
            Ok("ok") => check("database", Verdict::Fine, "the file is whole"),
            Ok(damage) => check(
                "database",
                Verdict::Wrong,
                format!("the file is damaged ({damage}); stop the server and restore a backup"),
            ),
            Err(error) => check("database", Verdict::Wrong, format!("the file cannot be checked: {error}")),
        });
    }
    true
}

async fn check_server(app: &App, checks: &mut Vec<Check>) {
    let Ok(urls) = app.urls() else {
        checks.push(check(
            "domain",
            Verdict::Warning,
            "not chosen yet; start the server and open the set-up link it prints",
        ));
        return;
    };
    checks.push(check(
        "domain",
        Verdict::Fine,
        format!("handles end in @{}, the address is {}", urls.domain(), urls.base()),
    ));
    match app.db.read(|conn| Ok((setup::is_done(conn)?, teams::list_brands(conn)?))).await {
        Ok((false, _)) => checks.push(check("people", Verdict::Warning, "nobody can sign in yet; run `rapport setup`")),
        Ok((true, brands)) if brands.is_empty() => {
            checks.push(check("people", Verdict::Warning, "there is no brand yet; run `rapport brand create`"))
        }
        Ok((true, brands)) => {
            checks.push(check("people", Verdict::Fine, format!("{} brand(s)", brands.len())));
            if let Some(brand) = brands.first() {
                check_outside(
                    app,
                    &format!(
                        "{}/.well-known/webfinger?resource=acct:{}@{}",
                        urls.base(),
                        brand.username,
                        urls.domain()
                    ),
                    &brand.uri,
                    checks,
                )
                .await;
            }
        }
        Err(error) => checks.push(check("people", Verdict::Wrong, error.to_string())),
    }
}

/// Asks for our own WebFinger through the public address, as another server would.
async fn check_outside(app: &App, address: &str, actor: &str, checks: &mut Vec<Check>) {
    let Ok(url) = RemoteUrl::parse(address, app.http.policy()) else {
        checks.push(check("reachability", Verdict::Warning, "the address is for this machine only, so other servers cannot reach it; set server.domain and server.public_url when you go public"));
        return;
    };
    let limits = Fetch { max_bytes: 64 * 1024, timeout: Duration::from_secs(10) };
    match app.http.get(&url, &|_| crate::net::HeaderMap::new(), limits).await {
        Err(error) => checks.push(check(
            "reachability",
            Verdict::Wrong,
            format!("{address} does not answer ({error}); check DNS, the reverse proxy and its certificate"),
        )),
        Ok(answer) => {
            let known = String::from_utf8_lossy(&answer.body).contains(actor);
            checks.push(if answer.is_success() && known {
                check("reachability", Verdict::Fine, "WebFinger answers through the public address")
            } else {
                check("reachability", Verdict::Wrong, format!("{address} answers {} without naming {actor}; does the reverse proxy pass /.well-known to this server?", answer.status))
            });
            let theirs = answer
                .headers
                .get("date")
                .and_then(|v| v.to_str().ok())
                .and_then(|v| httpdate::parse_http_date(v).ok());
            if let Some(theirs) = theirs
                .and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok())
                .and_then(|d| i64::try_from(d.as_secs()).ok())
                .map(Time::from_unix)
            {
                let now = app.clock.now();
                let off = now.since(theirs).max(theirs.since(now));
                checks.push(if off <= SKEW {
                    check("clock", Verdict::Fine, "agrees with the public address")
                } else {
                    check(
                        "clock",
                        Verdict::Wrong,
                        format!("is {} seconds off; switch on time synchronisation (NTP)", off.as_secs()),
                    )
                });
            }
        }
    }
}
