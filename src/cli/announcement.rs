//! `rapport announcement`: what everybody on this server is told.

use std::path::PathBuf;

use clap::Subcommand;
use serde::Serialize;
use serde_json::json;

use super::input::read_text;
use super::output::Output;
use crate::app::App;
use crate::domain::announcements::{self, Announcement, NewAnnouncement};
use crate::error::{Error, Result};
use crate::ids::AnnouncementId;
use crate::text;
use crate::time::Time;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Announce something at once. Addresses, mentions, hashtags and custom emoji in it work as in posts.
    Create {
        /// The words.
        #[arg(long, required_unless_present = "file", conflicts_with = "file")]
        text: Option<String>,
        /// A file with the words.
        #[arg(long)]
        file: Option<PathBuf>,
        /// When what it is about begins: 2027-01-31 or 2027-01-31T18:00:00Z.
        #[arg(long)]
        starts: Option<String>,
        /// When what it is about ends; from then on it is not shown.
        #[arg(long)]
        ends: Option<String>,
        /// Show the two as days, without times.
        #[arg(long)]
        all_day: bool,
    },
    /// List all announcements, the latest first.
    List,
    /// Take an announcement back.
    Delete {
        /// Its id, as `announcement list` shows it.
        id: i64,
    },
}

#[derive(Serialize)]
struct Row {
    id: AnnouncementId,
    text: String,
    starts_at: Option<String>,
    ends_at: Option<String>,
    all_day: bool,
    published_at: String,
}

impl From<Announcement> for Row {
    fn from(row: Announcement) -> Self {
        Self {
            id: row.id,
            text: row.source,
            starts_at: row.starts_at.map(Time::rfc3339),
            ends_at: row.ends_at.map(Time::rfc3339),
            all_day: row.is_all_day,
            published_at: row.published_at.rfc3339(),
        }
    }
}

/// A day, which begins at midnight UTC, or a time.
fn time(field: &'static str, text: Option<String>) -> Result<Option<Time>> {
    let Some(text) = text else { return Ok(None) };
    let parsed = Time::parse(&text).or_else(|| Time::parse(&format!("{text}T00:00:00Z")));
    parsed
        .map(Some)
        .ok_or_else(|| Error::invalid(field, "must be a day such as 2027-01-31 or a time such as 2027-01-31T18:00:00Z"))
}

pub(super) async fn run(app: &App, command: Command, out: &Output) -> Result<()> {
    match command {
        Command::Create { text, file, starts, ends, all_day } => {
            let text = match (text, file) {
                (Some(text), _) => text,
                (None, Some(file)) => read_text(&file)?,
                (None, None) => String::new(),
            };
            let (starts_at, ends_at) = (time("starts", starts)?, time("ends", ends)?);
            let new = NewAnnouncement { text, starts_at, ends_at, is_all_day: all_day };
            let row = Row::from(app.act(move |conn, cx| announcements::create(conn, cx, &new)).await?);
            out.say(&format!("Announced; its id is {}.", row.id), &row);
        }
        Command::List => {
            let rows = app.db.read(|conn| announcements::list(conn, 1000)).await?;
            let rows: Vec<Row> = rows.into_iter().map(Row::from).collect();
            out.list(&rows, "Nothing was announced.", |row| {
                format!("{} {} {}", row.id, row.published_at, text::excerpt(&row.text, 80))
            });
        }
        Command::Delete { id } => {
            if !app.act(move |conn, cx| announcements::delete(conn, cx, AnnouncementId(id))).await? {
                return Err(Error::invalid("id", format!("{id} is no announcement; see `rapport announcement list`")));
            }
            out.say("It was taken back.", &json!({ "deleted": id.to_string() }));
        }
    }
    Ok(())
}
