//! Following, blocking and muting accounts, and notes about them.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use crate::api::auth::Caller;
use crate::api::entities::account::Account;
use crate::api::entities::relationship::Relationship;
use crate::api::errors::Result;
use crate::api::extract::Input;
use crate::api::paging::{self, Cursors, PageQuery};
use crate::app::App;
use crate::context::Context;
use crate::db::Conn;
use crate::domain::accounts::Account as Row;
use crate::domain::follows::{self, FollowOptions, Relationship as Standing};
use crate::domain::teams::policy::Act;
use crate::domain::{account_notes, blocks, mutes};
use crate::ids::AccountId;

/// One act that changes how the caller stands to an account: checks, does it, writes it down, answers the relationship.
async fn relate(
    app: &App,
    caller: Caller,
    scope: &str,
    verb: &'static str,
    id: AccountId,
    act: impl FnOnce(&mut Conn, &Context, &Row) -> crate::error::Result<Standing> + Send + 'static,
) -> Result<HttpResponse> {
    caller.require(scope)?;
    caller.may(Act::Relate)?;
    let standing = app
        .act(move |conn, cx| {
            let standing = act(conn, cx, caller.account())?;
            caller.record(conn, cx, verb, &id)?;
            Ok(standing)
        })
        .await?;
    Ok(HttpResponse::Ok().json(Relationship::render(standing)))
}

/// How to follow.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FollowForm {
    reblogs: Option<bool>,
    notify: Option<bool>,
    languages: Option<Vec<String>>,
}

/// Follows, or asks to; again to change how.
pub async fn follow(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<AccountId>,
    input: Input<FollowForm>,
) -> Result<HttpResponse> {
    let limits = &app.config.limits;
    app.rates.take("follow", limits.rate(limits.follow_per_account), caller.me())?;
    let (id, form) = (*id, input.value);
    let options = FollowOptions { reblogs: form.reblogs, notify: form.notify, languages: form.languages };
    relate(&app, caller, "write:follows", "account.follow", id, move |conn, cx, me| {
        follows::request(conn, cx, me, id, options)
    })
    .await
}

/// Follows no longer, or takes the request back.
pub async fn unfollow(app: web::Data<App>, caller: Caller, id: web::Path<AccountId>) -> Result<HttpResponse> {
    let id = *id;
    relate(&app, caller, "write:follows", "account.unfollow", id, move |conn, cx, me| {
        follows::unfollow(conn, cx, me, id)
    })
    .await
}

/// Takes somebody out of one's followers.
pub async fn remove_from_followers(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<AccountId>,
) -> Result<HttpResponse> {
    let id = *id;
    relate(&app, caller, "write:follows", "account.remove_follower", id, move |conn, cx, me| {
        follows::remove_follower(conn, cx, me, id)
    })
    .await
}

/// Blocks an account.
pub async fn block(app: web::Data<App>, caller: Caller, id: web::Path<AccountId>) -> Result<HttpResponse> {
    let id = *id;
    relate(&app, caller, "write:blocks", "account.block", id, move |conn, cx, me| blocks::block(conn, cx, me, id)).await
}

/// Lifts a block.
pub async fn unblock(app: web::Data<App>, caller: Caller, id: web::Path<AccountId>) -> Result<HttpResponse> {
    let id = *id;
    relate(&app, caller, "write:blocks", "account.unblock", id, move |conn, cx, me| blocks::unblock(conn, cx, me, id))
        .await
}

/// How to mute.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub struct MuteForm {
    notifications: bool,
    /// Seconds; 0 is for good.
    duration: u64,
}

impl Default for MuteForm {
    fn default() -> Self {
        Self { notifications: true, duration: 0 }
    }
}

/// Mutes an account, for a time or for good.
pub async fn mute(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<AccountId>,
    input: Input<MuteForm>,
) -> Result<HttpResponse> {
    let (id, form) = (*id, input.value);
    let duration = (form.duration > 0).then(|| Duration::from_secs(form.duration.min(100 * 365 * 86_400)));
    relate(&app, caller, "write:mutes", "account.mute", id, move |conn, cx, me| {
        mutes::mute(conn, cx, me, id, form.notifications, duration)
    })
    .await
}

/// Lifts a mute.
pub async fn unmute(app: web::Data<App>, caller: Caller, id: web::Path<AccountId>) -> Result<HttpResponse> {
    let id = *id;
    relate(&app, caller, "write:mutes", "account.unmute", id, move |conn, _, me| mutes::unmute(conn, me, id)).await
}

/// A note about an account.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct NoteForm {
    comment: String,
}

/// Writes a note about an account that only the caller sees; a blank one removes it.
pub async fn note(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<AccountId>,
    input: Input<NoteForm>,
) -> Result<HttpResponse> {
    let (id, comment) = (*id, input.value.comment);
    relate(&app, caller, "write:accounts", "account.note", id, move |conn, cx, me| {
        account_notes::set(conn, cx, me, id, &comment)
    })
    .await
}

/// Whom the caller blocks.
pub async fn blocks(
    app: web::Data<App>,
    request: HttpRequest,
    caller: Caller,
    input: Input<PageQuery>,
) -> Result<HttpResponse> {
    caller.require_any(&["read:blocks", "follow"])?;
    let (page, me, urls) = (input.value.page(40, 80)?, caller.me(), app.urls()?);
    let rows = app.db.read(move |conn| blocks::list(conn, me, &page)).await?;
    let cursors = Cursors::of(rows.iter().map(|(id, _)| *id));
    Ok(paging::answer(
        &request,
        &urls,
        &rows.iter().map(|(_, row)| Account::render(row, &urls)).collect::<Vec<_>>(),
        cursors,
    ))
}

/// An account with the end of its mute.
#[derive(Debug, serde::Serialize)]
struct MutedAccount {
    #[serde(flatten)]
    account: Account,
    mute_expires_at: Option<String>,
}

/// Whom the caller mutes.
pub async fn mutes(
    app: web::Data<App>,
    request: HttpRequest,
    caller: Caller,
    input: Input<PageQuery>,
) -> Result<HttpResponse> {
    caller.require_any(&["read:mutes", "follow"])?;
    let (page, me, urls) = (input.value.page(40, 80)?, caller.me(), app.urls()?);
    let rows = app.db.read(move |conn| mutes::list(conn, me, &page)).await?;
    let cursors = Cursors::of(rows.iter().map(|muted| muted.id));
    let shown: Vec<MutedAccount> = rows
        .iter()
        .map(|muted| MutedAccount {
            account: Account::render(&muted.account, &urls),
            mute_expires_at: muted.expires_at.map(crate::time::Time::rfc3339),
        })
        .collect();
    Ok(paging::answer(&request, &urls, &shown, cursors))
}
