//! `rapport emoji`: custom emoji of this server.

use std::path::PathBuf;

use clap::Subcommand;
use serde::Serialize;
use serde_json::json;

use super::output::Output;
use crate::app::App;
use crate::domain::custom_emojis::{self, CustomEmoji, NewEmoji};
use crate::error::{Error, Result};
use crate::media::{self, Limits};

/// How large the file of an emoji may be: it is loaded wherever it is used.
const LIMITS: Limits = Limits { bytes: 256 * 1024, pixels: 1024 * 1024 };

#[derive(Subcommand)]
pub(super) enum Command {
    /// Add an emoji. People write it as :name:.
    Add {
        /// Its name: letters, digits, underscores.
        #[arg(long)]
        shortcode: String,
        /// A PNG, GIF, WebP or JPEG of at most 256 KiB; square ones look best.
        #[arg(long)]
        file: PathBuf,
        /// Under which pickers offer it.
        #[arg(long)]
        category: Option<String>,
        /// Do not offer it in pickers; it can be written all the same.
        #[arg(long)]
        hidden: bool,
    },
    /// List all emoji.
    List,
    /// Remove an emoji. Posts that use it keep it.
    Remove {
        /// Its name without colons.
        shortcode: String,
    },
}

#[derive(Serialize)]
struct Row {
    shortcode: String,
    category: Option<String>,
    visible_in_picker: bool,
    url: String,
    static_url: String,
}

impl Row {
    fn of(emoji: &CustomEmoji, app: &App) -> Result<Self> {
        let urls = app.urls()?;
        Ok(Self {
            shortcode: emoji.shortcode.clone(),
            category: emoji.category.clone(),
            visible_in_picker: emoji.is_listed,
            url: urls.media(&emoji.file_key),
            static_url: urls.media(&emoji.still_key),
        })
    }
}

pub(super) async fn run(app: &App, command: Command, out: &Output) -> Result<()> {
    match command {
        Command::Add { shortcode, file, category, hidden } => {
            let emoji = add(app, shortcode, file, category, !hidden).await?;
            let row = Row::of(&emoji, app)?;
            out.say(&format!(":{}: can be used from now on.", row.shortcode), &row);
        }
        Command::List => {
            let rows = app.db.read(custom_emojis::list).await?;
            let rows = rows.iter().map(|emoji| Row::of(emoji, app)).collect::<Result<Vec<Row>>>()?;
            out.list(&rows, "There are no custom emoji.", |row| {
                format!(":{}: {} {}", row.shortcode, row.category.as_deref().unwrap_or("-"), row.url)
            });
        }
        Command::Remove { shortcode } => {
            let name = shortcode.trim_matches(':').to_owned();
            let asked = name.clone();
            if !app.db.write(move |conn| custom_emojis::delete(conn, &asked)).await? {
                return Err(Error::invalid("shortcode", format!("{name} is no emoji here; see `rapport emoji list`")));
            }
            out.say(&format!(":{name}: is offered no more."), &json!({ "removed": name }));
        }
    }
    Ok(())
}

async fn add(
    app: &App,
    shortcode: String,
    file: PathBuf,
    category: Option<String>,
    is_listed: bool,
) -> Result<CustomEmoji> {
    let shortcode = shortcode.trim_matches(':').to_owned();
    // Before files are written that nobody would need.
    custom_emojis::check_shortcode(&shortcode)?;
    let bytes = std::fs::read(&file)
        .map_err(|why| Error::invalid("file", format!("{} cannot be read: {why}", file.display())))?;
    let picture = media::process(bytes, LIMITS).await?;
    let moves = picture.content_type == "image/gif";
    let file_key = app.media.put(picture.extension, picture.file).await?;
    let still_key =
        if moves { app.media.put(picture.preview_extension, picture.preview).await? } else { file_key.clone() };
    let keys = [file_key.clone(), still_key.clone()];
    let new = NewEmoji { shortcode, category, file_key, still_key, is_listed };
    let made = app.act(move |conn, cx| custom_emojis::create(conn, cx, new)).await;
    if made.is_err() {
        for key in &keys {
            if let Err(error) = app.media.delete(key).await {
                tracing::warn!(%error, key, "a file that no emoji uses was not removed");
            }
        }
    }
    made
}
