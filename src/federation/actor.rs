//! Actor documents: `/users/{name}` and the server's own at `/actor`. They are given to everybody, signed or not, because whoever checks a
//! signature of ours has to read them first.

use serde_json::Value;

use super::mapping::account_out;
use crate::app::App;
use crate::db::Conn;
use crate::domain::accounts::queries;
use crate::domain::accounts::{Account, Kind};
use crate::domain::setup::SERVER_ACTOR;
use crate::error::{Error, Result};

/// The account of this server with this name, in any case. Errors: `Gone` if it was deleted, `NotFound` if there is none or it is the
/// server itself.
pub(super) fn find(conn: &mut Conn, name: &str) -> Result<Account> {
    let account = queries::find_local(conn, name)?
        .filter(|account| account.kind != Kind::Application)
        .ok_or(Error::NotFound("account"))?;
    if account.deleted_at.is_some() { Err(Error::Gone) } else { Ok(account) }
}

/// Like [`find`] for what only an account in good standing has.
pub(super) fn find_active(conn: &mut Conn, name: &str) -> Result<Account> {
    Some(find(conn, name)?).filter(Account::is_active).ok_or(Error::NotFound("account"))
}

/// The server's own account.
pub(super) fn find_server(conn: &mut Conn) -> Result<Account> {
    queries::find_local(conn, SERVER_ACTOR)?.ok_or(Error::NotFound("account"))
}

/// The document of an account of this server.
pub async fn of_account(app: &App, name: String) -> Result<Value> {
    let urls = app.urls()?;
    app.db
        .read(move |conn| {
            let account = find(conn, &name)?;
            let keys = queries::public_keys_of(conn, account.id)?;
            account_out::actor(&account, &keys, &urls)
        })
        .await
}

/// The document of the server itself.
pub async fn of_server(app: &App) -> Result<Value> {
    let urls = app.urls()?;
    app.db
        .read(move |conn| {
            let account = find_server(conn)?;
            let keys = queries::public_keys_of(conn, account.id)?;
            account_out::actor(&account, &keys, &urls)
        })
        .await
}
