//! `rapport instance`: rules for other servers.

use clap::Subcommand;
use serde::Serialize;
use serde_json::json;

use super::output::Output;
use crate::app::App;
use crate::domain::domain_rules::{self, Severity};
use crate::domain::events::{self, Event};
use crate::error::Result;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Refuse everything from a domain and its sub-domains. Running servers follow within two seconds.
    Block {
        /// Such as spam.example.
        domain: String,
        /// For your own records.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Let a domain be talked to where federation.mode is allowlist.
    Allow {
        /// Such as friend.example.
        domain: String,
        /// For your own records.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Take a rule back.
    Unblock {
        /// Such as spam.example.
        domain: String,
    },
    /// List all rules.
    List,
}

#[derive(Serialize)]
struct Row {
    domain: String,
    severity: Severity,
    reason: String,
    since: String,
}

pub(super) async fn run(app: &App, command: Command, out: &Output) -> Result<()> {
    match command {
        Command::Block { domain, reason } => set(app, domain, Severity::Suspend, reason, out).await,
        Command::Allow { domain, reason } => set(app, domain, Severity::Allow, reason, out).await,
        Command::Unblock { domain } => {
            let (now, ids, name) = (app.clock.now(), app.ids.clone(), domain.clone());
            let removed = app
                .db
                .write(move |conn| {
                    let removed = domain_rules::remove(conn, &name)?;
                    events::record_at(conn, &ids, now, Event::RulesChanged)?;
                    Ok(removed)
                })
                .await?;
            out.say(
                &if removed {
                    format!("There is no rule for {domain} any more.")
                } else {
                    format!("There was no rule for {domain}.")
                },
                &json!({ "domain": domain, "removed": removed }),
            );
            Ok(())
        }
        Command::List => {
            let rules = app.db.read(domain_rules::list).await?;
            let rows: Vec<Row> = rules
                .into_iter()
                .map(|r| Row {
                    domain: r.domain,
                    severity: r.severity,
                    reason: r.reason,
                    since: r.created_at.rfc3339(),
                })
                .collect();
            out.list(&rows, "No rules.", |row| format!("{:<8} {:<40} {}", row.severity, row.domain, row.reason));
            Ok(())
        }
    }
}

async fn set(app: &App, domain: String, severity: Severity, reason: String, out: &Output) -> Result<()> {
    let (now, ids, name) = (app.clock.now(), app.ids.clone(), domain.clone());
    app.db
        .write(move |conn| {
            domain_rules::set(conn, &name, severity, &reason, now)?;
            events::record_at(conn, &ids, now, Event::RulesChanged)
        })
        .await?;
    out.say(&format!("{domain}: {severity}."), &json!({ "domain": domain, "severity": severity }));
    Ok(())
}
