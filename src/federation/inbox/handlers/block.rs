//! Block: somebody elsewhere blocks somebody here.

use crate::app::App;
use crate::domain::accounts::{Account, queries as accounts};
use crate::domain::blocks;
use crate::error::Result;
use crate::federation::inbox::dispatch::{self, Effect};
use crate::federation::inbox::store::Item;
use crate::federation::vocab::Activity;

/// Whether a block of this account concerns us.
fn may_apply(target: &Account) -> bool {
    target.is_local()
}

/// Applies a Block.
pub async fn apply(app: &App, item: &Item, activity: Activity<'_>) -> Result<()> {
    let Some(object) = activity.object_id() else {
        return dispatch::ignore(app, item, "a Block needs an object").await;
    };
    let id = activity.raw_id().map(str::to_owned);
    dispatch::settle(app, item, move |conn, cx, sender| {
        let Some(target) = accounts::find_by_uri(conn, &object)?.filter(may_apply) else {
            return Ok(Effect::Nothing("nobody here is blocked by it"));
        };
        blocks::receive_block(conn, cx, sender, &target, id.as_deref())?;
        Ok(Effect::Applied)
    })
    .await
}
