//! `/api/v1/filters`: filters as clients made before version 4.0 of the API know them, one for each keyword. Every answer says that it is deprecated.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::api::auth::Caller;
use crate::api::entities::filter::OldFilter;
use crate::api::errors::Result;
use crate::api::extract::Input;
use crate::api::v2::filters::{expiry, writes};
use crate::app::App;
use crate::domain::filters::actions::{self, Expiry};
use crate::domain::filters::phrases::{self, PhraseEdit};
use crate::ids::FilterKeywordId;

/// Since when (RFC 9745): 14 November 2022, with version 4.0.
const DEPRECATED: (&str, &str) = ("Deprecation", "@1668384000");

/// What is chosen about a filter.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    phrase: Option<String>,
    context: Option<Vec<String>>,
    irreversible: Option<bool>,
    whole_word: Option<bool>,
    #[serde(deserialize_with = "expiry")]
    expires_in: Expiry,
}

impl From<Form> for PhraseEdit {
    fn from(form: Form) -> Self {
        Self {
            phrase: form.phrase,
            contexts: form.context,
            is_irreversible: form.irreversible,
            is_whole_word: form.whole_word,
            expiry: form.expires_in,
        }
    }
}

fn answer(body: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header(DEPRECATED).json(body)
}

/// The keywords of all filters of the caller.
pub async fn list(app: web::Data<App>, caller: Caller) -> Result<HttpResponse> {
    caller.require("read:filters")?;
    let me = caller.me();
    let rows = app.db.read(move |conn| phrases::list(conn, me)).await?;
    Ok(answer(&rows.iter().map(OldFilter::render).collect::<Vec<_>>()))
}

/// One keyword.
pub async fn show(app: web::Data<App>, caller: Caller, id: web::Path<FilterKeywordId>) -> Result<HttpResponse> {
    caller.require("read:filters")?;
    let (me, id) = (caller.me(), *id);
    let row = app.db.read(move |conn| phrases::get(conn, me, id)).await?;
    Ok(answer(&OldFilter::render(&row)))
}

/// Makes a filter with one keyword.
pub async fn create(app: web::Data<App>, caller: Caller, input: Input<Form>) -> Result<HttpResponse> {
    writes(&caller)?;
    let (me, new) = (caller.me(), PhraseEdit::from(input.value));
    let row = app
        .act(move |conn, cx| {
            let row = phrases::create(conn, cx, me, &new)?;
            caller.record(conn, cx, "filter.create", &row.filter.id)?;
            Ok(row)
        })
        .await?;
    Ok(answer(&OldFilter::render(&row)))
}

/// Changes a keyword and, if it is the only one, its filter.
pub async fn update(
    app: web::Data<App>,
    caller: Caller,
    id: web::Path<FilterKeywordId>,
    input: Input<Form>,
) -> Result<HttpResponse> {
    writes(&caller)?;
    let (me, id, edit) = (caller.me(), *id, PhraseEdit::from(input.value));
    let row = app
        .act(move |conn, cx| {
            let row = phrases::update(conn, cx, me, id, &edit)?;
            caller.record(conn, cx, "filter.edit", &row.filter.id)?;
            Ok(row)
        })
        .await?;
    Ok(answer(&OldFilter::render(&row)))
}

/// Takes a keyword out of its filter, which stays.
pub async fn delete(app: web::Data<App>, caller: Caller, id: web::Path<FilterKeywordId>) -> Result<HttpResponse> {
    writes(&caller)?;
    let (me, id) = (caller.me(), *id);
    app.act(move |conn, cx| {
        let row = phrases::get(conn, me, id)?;
        actions::delete_keyword(conn, cx, me, id)?;
        caller.record(conn, cx, "filter.edit", &row.filter.id)
    })
    .await?;
    Ok(answer(&json!({})))
}
