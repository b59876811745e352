//! `/api/v1/statuses/:id/translate`: there is no translation here, and the instance says so; whoever asks all the same is told.

use actix_web::{HttpResponse, web};

use crate::api::auth::{AnyCaller, MaybeCaller};
use crate::api::errors::Result;
use crate::api::reading::Reader;
use crate::app::App;
use crate::error::Error;
use crate::ids::PostId;

/// Refuses, once it is clear that the caller may see the post.
pub async fn create(app: web::Data<App>, caller: AnyCaller, id: web::Path<PostId>) -> Result<HttpResponse> {
    caller.require("read:statuses")?;
    let (id, reader) = (*id, Reader::from(&MaybeCaller::from(caller)));
    app.db.read(move |conn| reader.get(conn, id)).await?;
    Err(Error::Upstream("Posts are not translated on this server".into()).into())
}
