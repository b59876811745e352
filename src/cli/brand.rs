//! `rapport brand`: brands of this server.

use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::output::Output;
use super::user::generate_keys;
use crate::app::App;
use crate::domain::accounts::Kind;
use crate::domain::teams::{self, NewBrand};
use crate::domain::users;
use crate::error::{Error, Result};

/// Which actor type a brand has towards other servers.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum BrandKind {
    Organization,
    Service,
    Person,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a brand owned by a user.
    Create {
        /// The name of its handle: letters, digits, underscores.
        #[arg(long)]
        name: String,
        /// The user name or e-mail address of its owner.
        #[arg(long)]
        owner: String,
        /// What other servers see it as; some show services as automated.
        #[arg(long = "type", value_enum, default_value = "organization")]
        kind: BrandKind,
        /// The name shown on its page.
        #[arg(long)]
        display_name: Option<String>,
    },
}

pub(super) async fn run(app: &App, command: Command, out: &Output) -> Result<()> {
    let Command::Create { name, owner, kind, display_name } = command;
    let kind = match kind {
        BrandKind::Organization => Kind::Organization,
        BrandKind::Service => Kind::Service,
        BrandKind::Person => Kind::Person,
    };
    let keys = generate_keys().await?;
    let account = app
        .act(move |conn, cx| {
            let user = users::find_by_login(conn, &owner)?.ok_or_else(|| {
                Error::invalid("owner", format!("{owner} is no user here; make one with `rapport user create`"))
            })?;
            let display_name = display_name.unwrap_or_else(|| name.clone());
            teams::create_brand(conn, cx, NewBrand { username: name, display_name, kind, owner: user.id }, &keys)
        })
        .await?;
    let handle = format!("@{}@{}", account.username, app.urls()?.domain());
    out.say(
        &format!("Made the brand {handle}. Its page is {}", account.url),
        &json!({ "id": account.id, "username": account.username, "handle": handle, "uri": account.uri, "url": account.url, "type": account.kind }),
    );
    Ok(())
}
