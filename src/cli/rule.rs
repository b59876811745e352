//! `rapport rule`: the rules for people on this server.

use std::collections::BTreeMap;

use clap::Subcommand;
use serde::Serialize;
use serde_json::json;

use super::output::Output;
use crate::app::App;
use crate::domain::instance_rules::{self, NewRule, Rule, Translation};
use crate::error::{Error, Result};
use crate::ids::RuleId;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Add a rule behind all others.
    Add {
        /// One sentence.
        #[arg(long)]
        text: String,
        /// What explains it.
        #[arg(long, default_value = "")]
        hint: String,
        /// The rule in another language, such as --translation "nl=Wees aardig". May be given several times.
        #[arg(long, value_name = "LANGUAGE=TEXT")]
        translation: Vec<String>,
        /// What explains it in another language, such as --hint-translation "nl=…".
        #[arg(long, value_name = "LANGUAGE=TEXT")]
        hint_translation: Vec<String>,
    },
    /// List the rules in their order.
    List,
    /// Withdraw a rule. Reports that name it still do.
    Remove {
        /// Its id, as `rule list` shows it.
        id: i64,
    },
}

#[derive(Serialize)]
struct Row {
    id: RuleId,
    text: String,
    hint: String,
    translations: BTreeMap<String, Translation>,
}

impl From<Rule> for Row {
    fn from(rule: Rule) -> Self {
        Self { id: rule.id, text: rule.text, hint: rule.hint, translations: rule.translations.0 }
    }
}

/// `nl=Wees aardig`.
fn pair(given: &str) -> Result<(String, String)> {
    let (code, words) = given
        .split_once('=')
        .ok_or_else(|| Error::invalid("translation", format!("must look like nl=Wees aardig, not {given:?}")))?;
    Ok((code.trim().to_owned(), words.trim().to_owned()))
}

fn translations(texts: &[String], hints: &[String]) -> Result<BTreeMap<String, Translation>> {
    let mut all: BTreeMap<String, Translation> = BTreeMap::new();
    for given in texts {
        let (code, text) = pair(given)?;
        all.entry(code).or_default().text = text;
    }
    for given in hints {
        let (code, hint) = pair(given)?;
        all.entry(code).or_default().hint = hint;
    }
    Ok(all)
}

pub(super) async fn run(app: &App, command: Command, out: &Output) -> Result<()> {
    match command {
        Command::Add { text, hint, translation, hint_translation } => {
            let new = NewRule { text, hint, translations: translations(&translation, &hint_translation)? };
            let row = Row::from(app.act(move |conn, cx| instance_rules::create(conn, cx, new)).await?);
            out.say(&format!("Added; its id is {}. Running servers show it within a minute.", row.id), &row);
        }
        Command::List => {
            let rows: Vec<Row> = app.db.read(instance_rules::list).await?.into_iter().map(Row::from).collect();
            out.list(&rows, "There are no rules.", |row| format!("{} {}", row.id, row.text));
        }
        Command::Remove { id } => {
            let now = app.clock.now();
            if !app.db.write(move |conn| instance_rules::withdraw(conn, RuleId(id), now)).await? {
                return Err(Error::invalid("id", format!("{id} is no rule; see `rapport rule list`")));
            }
            out.say("The rule is withdrawn.", &json!({ "removed": id.to_string() }));
        }
    }
    Ok(())
}
