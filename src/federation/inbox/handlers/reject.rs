//! Reject: a Follow of ours is refused, or holds no longer.

use super::accept::Asked;
use crate::app::App;
use crate::domain::follows;
use crate::error::Result;
use crate::federation::inbox::dispatch::{self, Effect};
use crate::federation::inbox::store::Item;
use crate::federation::vocab::Activity;

/// The Follow that `sender` may refuse by this: the same rule as for an Accept.
fn may_apply(activity: Activity<'_>, sender: &str) -> Option<Asked> {
    Asked::of(activity, sender)
}

/// Applies a Reject.
pub async fn apply(app: &App, item: &Item, activity: Activity<'_>) -> Result<()> {
    let Some(asked) = may_apply(activity, &item.actor_uri) else {
        return dispatch::ignore(app, item, "only who was asked may reject a Follow").await;
    };
    dispatch::settle(app, item, move |conn, _, sender| {
        let follower = asked.follower(conn)?;
        let known = follows::receive_reject(conn, sender, asked.uri(), follower)?;
        Ok(Effect::changed(known))
    })
    .await
}
