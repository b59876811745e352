//! `rapport text`: what the server says about itself at length.

use std::path::PathBuf;

use clap::Subcommand;
use serde::Serialize;
use serde_json::json;

use super::input::read_text;
use super::output::Output;
use crate::app::App;
use crate::domain::instance_texts::{self, Text, TextKind};
use crate::error::{Error, Result};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Write a text in place of what was there. Headings (#), lists (-), **strong** words and links are understood.
    Set {
        /// extended_description, privacy_policy or terms_of_service.
        #[arg(long)]
        kind: TextKind,
        /// A file with the words.
        #[arg(long)]
        file: PathBuf,
        /// Of terms of service, the day from which they hold, such as 2027-01-31; today if it is left out.
        #[arg(long)]
        effective: Option<String>,
    },
    /// Print a text as it was written.
    Show {
        /// extended_description, privacy_policy or terms_of_service.
        #[arg(long)]
        kind: TextKind,
        /// Of terms of service, the day from which they hold.
        #[arg(long)]
        effective: Option<String>,
    },
    /// List all texts.
    List,
    /// Remove a text.
    Remove {
        /// extended_description, privacy_policy or terms_of_service.
        #[arg(long)]
        kind: TextKind,
        /// Of terms of service, the day from which they hold.
        #[arg(long)]
        effective: Option<String>,
    },
}

#[derive(Serialize)]
struct Row {
    kind: TextKind,
    effective_on: Option<String>,
    updated_at: String,
    bytes: usize,
}

impl From<&Text> for Row {
    fn from(text: &Text) -> Self {
        Self {
            kind: text.kind,
            effective_on: Some(text.effective_on.clone()).filter(|day| !day.is_empty()),
            updated_at: text.updated_at.rfc3339(),
            bytes: text.source.len(),
        }
    }
}

fn no_such(kind: TextKind) -> Error {
    Error::invalid("kind", format!("{kind} is not written; see `rapport text list`"))
}

pub(super) async fn run(app: &App, command: Command, out: &Output) -> Result<()> {
    match command {
        Command::Set { kind, file, effective } => {
            let (source, now) = (read_text(&file)?, app.clock.now());
            let written =
                app.db.write(move |conn| instance_texts::set(conn, now, kind, effective.as_deref(), &source)).await?;
            out.say(&format!("{kind} is written. Running servers show it within a minute."), &Row::from(&written));
        }
        Command::Show { kind, effective } => {
            let texts = app.db.read(instance_texts::list).await?;
            let fits =
                |text: &&Text| text.kind == kind && effective.as_ref().is_none_or(|day| *day == text.effective_on);
            let text = texts.iter().find(fits).ok_or_else(|| no_such(kind))?;
            out.say(&text.source, &json!({ "kind": kind, "text": text.source, "html": text.content }));
        }
        Command::List => {
            let texts = app.db.read(instance_texts::list).await?;
            let rows: Vec<Row> = texts.iter().map(Row::from).collect();
            out.list(&rows, "Nothing is written.", |row| {
                format!("{:<22} {:<10} {}", row.kind, row.effective_on.as_deref().unwrap_or("-"), row.updated_at)
            });
        }
        Command::Remove { kind, effective } => {
            if !app.db.write(move |conn| instance_texts::remove(conn, kind, effective.as_deref())).await? {
                return Err(no_such(kind));
            }
            out.say(&format!("{kind} is removed."), &json!({ "removed": kind }));
        }
    }
    Ok(())
}
