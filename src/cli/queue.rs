//! `rapport queue`: deliveries that wait or failed.

use clap::Subcommand;
use serde::Serialize;
use serde_json::{Value, json};

use super::output::Output;
use crate::app::App;
use crate::error::{Error, Result};
use crate::federation::delivery::queue::{self, Delivery};
use crate::ids::DeliveryId;

#[derive(Subcommand)]
pub(super) enum Command {
    /// List them, oldest first.
    List {
        /// Only those to this host.
        #[arg(long)]
        host: Option<String>,
        /// How many at most.
        #[arg(long, default_value_t = 100)]
        limit: i64,
    },
    /// Show one with the activity it carries.
    Show {
        /// Its id.
        id: i64,
    },
    /// Try one again now, or all that failed.
    Retry {
        /// Its id.
        #[arg(required_unless_present = "all")]
        id: Option<i64>,
        /// All of them.
        #[arg(long)]
        all: bool,
    },
    /// Give one up.
    Drop {
        /// Its id.
        id: i64,
    },
}

#[derive(Serialize)]
struct Row {
    id: DeliveryId,
    inbox: String,
    host: String,
    state: String,
    attempts: i32,
    due: String,
    last_status: Option<i32>,
    last_error: Option<String>,
}

impl From<Delivery> for Row {
    fn from(d: Delivery) -> Self {
        Self {
            id: d.id,
            inbox: d.inbox_url,
            host: d.host,
            state: d.state.to_string(),
            attempts: d.attempts,
            due: d.due_at.rfc3339(),
            last_status: d.last_status,
            last_error: d.last_error,
        }
    }
}

fn no_such(id: i64) -> Error {
    Error::invalid("id", format!("{id} is no delivery that waits; see `rapport queue list`"))
}

pub(super) async fn run(app: &App, command: Command, out: &Output) -> Result<()> {
    match command {
        Command::List { host, limit } => {
            let rows: Vec<Row> = app
                .db
                .read(move |conn| queue::list(conn, host.as_deref(), limit.clamp(1, 10_000)))
                .await?
                .into_iter()
                .map(Row::from)
                .collect();
            out.list(&rows, "Nothing waits.", |row| {
                format!(
                    "{} {:<7} try {:<3} due {} {} {}",
                    row.id,
                    row.state,
                    row.attempts,
                    row.due,
                    row.inbox,
                    row.last_error.as_deref().unwrap_or_default()
                )
            });
        }
        Command::Show { id } => {
            let (delivery, body) =
                app.db.read(move |conn| queue::find(conn, DeliveryId(id))).await?.ok_or_else(|| no_such(id))?;
            let (row, body) = (Row::from(delivery), serde_json::from_str::<Value>(&body).unwrap_or(Value::Null));
            let sentence = format!(
                "{} to {}\nstate {}, tried {} times, due {}\nlast answer: {} {}\n{body:#}",
                row.id,
                row.inbox,
                row.state,
                row.attempts,
                row.due,
                row.last_status.map_or_else(|| "none".into(), |s| s.to_string()),
                row.last_error.as_deref().unwrap_or_default()
            );
            out.say(&sentence, &json!({ "delivery": row, "activity": body }));
        }
        Command::Retry { id, all: _ } => {
            let now = app.clock.now();
            let count = app.db.write(move |conn| queue::retry(conn, id.map(DeliveryId), now)).await?;
            if let (0, Some(id)) = (count, id) {
                return Err(no_such(id));
            }
            out.say(&format!("{count} will be tried now."), &json!({ "retried": count }));
        }
        Command::Drop { id } => {
            if !app.db.write(move |conn| queue::drop_delivery(conn, DeliveryId(id))).await? {
                return Err(no_such(id));
            }
            out.say("It will not be tried again.", &json!({ "dropped": id }));
        }
    }
    Ok(())
}
