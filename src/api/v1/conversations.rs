//! `/api/v1/conversations`: threads of direct messages. Whoever acts as a brand without the grant for them finds none.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use crate::api::auth::Caller;
use crate::api::entities::conversation::Conversation;
use crate::api::errors::Result;
use crate::api::extract::Input;
use crate::api::paging::{self, Cursors, PageQuery};
use crate::api::reading::{self, Reader};
use crate::app::App;
use crate::context::Context;
use crate::db::Conn;
use crate::domain::accounts::Account;
use crate::domain::direct_threads::{self, DirectThread};
use crate::domain::teams::policy::Act;
use crate::error::{Error, Result as Outcome};
use crate::ids::{AccountId, DirectThreadId};

fn render(
    conn: &mut Conn,
    cx: &Context,
    reader: Reader,
    me: AccountId,
    threads: &[DirectThread],
) -> Outcome<Vec<Conversation>> {
    let known: HashMap<AccountId, Account> =
        reading::people(conn, threads.iter().flat_map(|thread| thread.participants.0.iter().copied()))?;
    let posts = reader.views_of(conn, threads.iter().map(|thread| thread.last_post_id))?;
    let shown = |thread: &DirectThread| {
        let people: Vec<&Account> = thread.participants.0.iter().filter_map(|id| known.get(id)).collect();
        Conversation::render(thread, &people, posts.get(&thread.last_post_id), cx, me)
    };
    Ok(threads.iter().map(shown).collect())
}

/// The caller's threads, the latest written in first.
pub async fn list(
    app: web::Data<App>,
    request: HttpRequest,
    caller: Caller,
    input: Input<PageQuery>,
) -> Result<HttpResponse> {
    caller.require("read:statuses")?;
    let (page, reader, me, cx) = (input.value.page(20, 40)?, Reader::from(&caller), caller.me(), app.context()?);
    let urls = cx.urls.clone();
    if !reader.sees_direct() {
        return Ok(HttpResponse::Ok().json(json!([])));
    }
    let (shown, cursors) = app
        .db
        .read(move |conn| {
            let threads = direct_threads::list(conn, me, &page)?;
            let cursors = Cursors::of(threads.iter().map(|thread| thread.last_post_id.0));
            Ok((render(conn, &cx, reader, me, &threads)?, cursors))
        })
        .await?;
    Ok(paging::answer(&request, &urls, &shown, cursors))
}

fn check(caller: &Caller) -> Result<()> {
    caller.require("write:conversations")?;
    if caller.sees_direct() { Ok(()) } else { Err(Error::NotFound("conversation").into()) }
}

/// Marks a thread as read.
pub async fn read(app: web::Data<App>, caller: Caller, id: web::Path<DirectThreadId>) -> Result<HttpResponse> {
    check(&caller)?;
    let (id, reader, me) = (*id, Reader::from(&caller), caller.me());
    let shown = app
        .act(move |conn, cx| {
            let thread = direct_threads::mark_read(conn, me, id, true)?;
            caller.record(conn, cx, "conversation.read", &id)?;
            render(conn, cx, reader, me, &[thread])?.pop().ok_or(Error::NotFound("conversation"))
        })
        .await?;
    Ok(HttpResponse::Ok().json(shown))
}

/// Takes a thread off the list until somebody writes in it again.
pub async fn remove(app: web::Data<App>, caller: Caller, id: web::Path<DirectThreadId>) -> Result<HttpResponse> {
    check(&caller)?;
    caller.may(Act::WriteDirect)?;
    let (id, me) = (*id, caller.me());
    app.act(move |conn, cx| {
        direct_threads::hide(conn, me, id)?;
        caller.record(conn, cx, "conversation.remove", &id)
    })
    .await?;
    Ok(HttpResponse::Ok().json(json!({})))
}
