//! Follow: somebody elsewhere wants to follow somebody here.

use crate::app::App;
use crate::domain::accounts::{Account, queries as accounts};
use crate::domain::follows;
use crate::error::Result;
use crate::federation::inbox::dispatch::{self, Effect};
use crate::federation::inbox::store::Item;
use crate::federation::vocab::Activity;

/// Whether this account can be followed from elsewhere: it is of this server and active.
fn may_apply(target: &Account) -> bool {
    target.is_local() && target.is_active()
}

/// Applies a Follow; asked again, the domain answers again.
pub async fn apply(app: &App, item: &Item, activity: Activity<'_>) -> Result<()> {
    // The answer names the Follow byte for byte, so one without an id cannot be answered.
    let (Some(id), Some(object)) = (activity.raw_id().map(str::to_owned), activity.object_id()) else {
        return dispatch::ignore(app, item, "a Follow needs an id and an object").await;
    };
    dispatch::settle(app, item, move |conn, cx, sender| {
        let Some(target) = accounts::find_by_uri(conn, &object)?.filter(may_apply) else {
            return Ok(Effect::Nothing("nobody here can be followed by that id"));
        };
        follows::receive_follow(conn, cx, sender, &target, &id)?;
        Ok(Effect::Applied)
    })
    .await
}
