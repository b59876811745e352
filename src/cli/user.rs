//! `rapport user`: people who can sign in.

use std::io::Read;

use clap::Subcommand;
use serde_json::json;

use super::output::Output;
use crate::app::App;
use crate::crypto::passwords;
use crate::domain::accounts::actions::GeneratedKeys;
use crate::domain::setup;
use crate::domain::users::{self, NewUser, ServerRole};
use crate::error::{Error, Result};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a user and their account.
    Create {
        /// The name of their account: letters, digits, underscores.
        #[arg(long)]
        username: String,
        /// Their e-mail address, for signing in.
        #[arg(long)]
        email: String,
        /// Read the password from standard input (the only way: arguments are visible to others).
        #[arg(long, required = true)]
        password_stdin: bool,
        /// What they may do with the server: owner, admin, moderator or member.
        #[arg(long, default_value = "member")]
        role: ServerRole,
    },
}

pub(super) async fn run(app: &App, command: Command, out: &Output) -> Result<()> {
    let Command::Create { username, email, password_stdin: _, role } = command;
    let password = read_password()?;
    users::check_password(&password)?;
    let password_hash = blocking(move || passwords::hash(&password)).await?;
    let (keys, server_keys) = (generate_keys().await?, generate_keys().await?);
    let (user, account) = app
        .act(move |conn, cx| {
            setup::fix_address(conn, cx)?;
            setup::ensure_server_actor(conn, cx, &server_keys)?;
            users::create(conn, cx, NewUser { username, email, password_hash, role, locale: None }, &keys)
        })
        .await?;
    let handle = format!("@{}@{}", account.username, app.urls()?.domain());
    out.say(
        &format!("Made {handle}, who signs in as {} ({}).", user.email, user.role),
        &json!({ "id": user.id, "account_id": account.id, "username": account.username, "email": user.email, "role": user.role, "handle": handle, "uri": account.uri }),
    );
    Ok(())
}

/// The first line of standard input.
fn read_password() -> Result<String> {
    let mut text = String::new();
    std::io::stdin()
        .take(4096)
        .read_to_string(&mut text)
        .map_err(|why| Error::invalid("password", format!("cannot be read from standard input: {why}")))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

/// Keys of a new actor, made off the async threads.
pub(super) async fn generate_keys() -> Result<GeneratedKeys> {
    blocking(GeneratedKeys::generate).await
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}
