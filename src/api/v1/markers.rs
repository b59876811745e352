//! `/api/v1/markers`: how far timelines were read.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::api::auth::Caller;
use crate::api::errors::{ApiError, Result};
use crate::api::extract::Input;
use crate::app::App;
use crate::domain::markers::{self, Marker as Row, Timeline};

#[derive(Debug, Serialize)]
struct Marker {
    last_read_id: String,
    version: i32,
    updated_at: String,
}

fn render(rows: Vec<Row>) -> Result<HttpResponse> {
    let mut shown = Map::new();
    for row in rows {
        let marker = Marker {
            last_read_id: row.last_read_id.to_string(),
            version: row.version,
            updated_at: row.updated_at.rfc3339(),
        };
        shown.insert(row.timeline.to_string(), serde_json::to_value(marker)?);
    }
    Ok(HttpResponse::Ok().json(Value::Object(shown)))
}

/// Which markers to show.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Which {
    timeline: Vec<String>,
}

/// The markers asked for.
pub async fn show(app: web::Data<App>, caller: Caller, input: Input<Which>) -> Result<HttpResponse> {
    caller.require("read:statuses")?;
    let timelines: Vec<Timeline> = input.value.timeline.iter().filter_map(|name| Timeline::from_name(name)).collect();
    let me = caller.me();
    render(app.db.read(move |conn| markers::list(conn, me, &timelines)).await?)
}

/// New positions.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Positions {
    home: Option<Position>,
    notifications: Option<Position>,
}

/// One new position.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Position {
    last_read_id: String,
}

/// Moves markers.
pub async fn set(app: web::Data<App>, caller: Caller, input: Input<Positions>) -> Result<HttpResponse> {
    caller.require("write:statuses")?;
    let given = [(Timeline::Home, input.value.home), (Timeline::Notifications, input.value.notifications)];
    let mut positions = Vec::new();
    for (timeline, position) in given.into_iter().filter_map(|(timeline, position)| Some((timeline, position?))) {
        let id = position
            .last_read_id
            .trim()
            .parse::<i64>()
            .map_err(|_| ApiError::malformed("last_read_id is not an id"))?;
        positions.push((timeline, id));
    }
    let me = caller.me();
    let rows = app
        .act(move |conn, cx| {
            positions
                .into_iter()
                .map(|(timeline, id)| markers::set(conn, cx, me, timeline, id))
                .collect::<crate::error::Result<Vec<_>>>()
        })
        .await?;
    render(rows)
}
