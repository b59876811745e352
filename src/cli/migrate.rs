//! `rapport migrate`: the schema alone.

use serde_json::json;

use super::output::Output;
use crate::app;
use crate::config::Config;
use crate::error::Result;

pub(super) async fn run(config: Config, out: &Output) -> Result<()> {
    let db = app::open_database(&config)?;
    let taken = db.migrate().await?;
    let sentence = if taken.is_empty() {
        "The schema is up to date.".to_owned()
    } else {
        format!("Took {}: {}.", if taken.len() == 1 { "one step" } else { "these steps" }, taken.join(", "))
    };
    out.say(&sentence, &json!({ "taken": taken }));
    Ok(())
}
