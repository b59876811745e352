//! `/api/v1/polls`: looking at polls and voting.

use actix_web::{HttpResponse, web};
use serde::Deserialize;

use crate::api::auth::{Caller, MaybeCaller};
use crate::api::entities::poll::Poll;
use crate::api::errors::Result;
use crate::api::extract::Input;
use crate::api::reading::Reader;
use crate::app::App;
use crate::db::Conn;
use crate::domain::posts::polls;
use crate::domain::posts::views::{self, PollView};
use crate::domain::teams::policy::Act;
use crate::error::{Error, Result as Outcome};
use crate::ids::PollId;

fn view(conn: &mut Conn, reader: Reader, id: PollId) -> Outcome<PollView> {
    let (_, post) = polls::get_visible_poll(conn, id, reader.me())?;
    if !reader.shows(&post) {
        return Err(Error::NotFound("poll"));
    }
    views::load_poll(conn, reader.me(), id)
}

/// A poll as it stands.
pub async fn show(app: web::Data<App>, caller: MaybeCaller, id: web::Path<PollId>) -> Result<HttpResponse> {
    caller.require("read:statuses")?;
    let (id, reader) = (*id, Reader::from(&caller));
    let view = app.db.read(move |conn| view(conn, reader, id)).await?;
    Ok(HttpResponse::Ok().json(Poll::render(&view, app.clock.now(), caller.0.is_some())))
}

/// A vote: places of the chosen options, from 0.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Vote {
    choices: Vec<usize>,
}

/// Votes.
pub async fn vote(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<PollId>,
    input: Input<Vote>,
) -> Result<HttpResponse> {
    caller.require("write:statuses")?;
    caller.may(Act::React)?;
    let (id, reader, choices) = (*id, Reader::from(&caller), input.value.choices);
    let view = app
        .act(move |conn, cx| {
            view(conn, reader, id)?;
            polls::vote(conn, cx, caller.account(), id, &choices)?;
            caller.record(conn, cx, "poll.vote", &id)?;
            view(conn, reader, id)
        })
        .await?;
    Ok(HttpResponse::Ok().json(Poll::render(&view, app.clock.now(), true)))
}
