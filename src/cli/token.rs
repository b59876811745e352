//! `rapport token`: access tokens without a browser, for scripts.

use clap::Subcommand;
use serde_json::json;

use super::output::Output;
use crate::app::App;
use crate::domain::accounts;
use crate::domain::oauth::{self, NewApp, Scopes};
use crate::domain::users;
use crate::error::{Error, Result};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a token with which somebody acts as an account.
    Create {
        /// The account to act as: a brand, or the user's own.
        #[arg(long)]
        account: String,
        /// The user name or e-mail address of who acts.
        #[arg(long)]
        by: String,
        /// What it may do, separated by spaces.
        #[arg(long, default_value = "read write follow push")]
        scopes: String,
        /// What the client is called.
        #[arg(long, default_value = "command line")]
        client: String,
    },
}

pub(super) async fn run(app: &App, command: Command, out: &Output) -> Result<()> {
    let Command::Create { account, by, scopes, client } = command;
    let scopes = Scopes::parse(&scopes)?;
    let token = app
        .act(move |conn, cx| {
            let user = users::find_by_login(conn, &by)?
                .ok_or_else(|| Error::invalid("by", format!("{by} is no user here")))?;
            let account = accounts::queries::find_local(conn, &account)?
                .ok_or_else(|| Error::invalid("account", format!("{account} is no account here")))?;
            oauth::may_act_as(conn, user.id, account.id)?;
            let new = NewApp {
                name: client,
                website: None,
                redirect_uris: vec![oauth::OUT_OF_BAND.to_owned()],
                scopes: scopes.clone(),
            };
            let (client, _) = oauth::register(conn, cx, new)?;
            oauth::issue_token(conn, cx, client.id, Some((user.id, account.id)), scopes)
        })
        .await?;
    out.say(&token.text, &json!({ "token": token.text, "scopes": token.scopes.to_string() }));
    Ok(())
}
