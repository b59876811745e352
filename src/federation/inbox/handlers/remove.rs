//! Remove: somebody elsewhere no longer pins a post of their own.

use super::add;
use crate::app::App;
use crate::domain::posts::incoming;
use crate::error::Result;
use crate::federation::inbox::dispatch::{self, Effect};
use crate::federation::inbox::store::Item;
use crate::federation::vocab::Activity;

/// The same rule as for an Add.
fn may_apply(target: &str, featured: Option<&str>) -> bool {
    add::may_apply(target, featured)
}

/// Applies a Remove.
pub async fn apply(app: &App, item: &Item, activity: Activity<'_>) -> Result<()> {
    let (Some(post), Some(target)) = (activity.object_id(), activity.target()) else {
        return dispatch::ignore(app, item, "a Remove needs an object and a target").await;
    };
    dispatch::settle(app, item, move |conn, _, sender| {
        if !may_apply(&target, sender.featured_url.as_deref()) {
            return Ok(Effect::Nothing("it is not the sender's collection of pinned posts"));
        }
        incoming::receive_unpin(conn, sender, &post).map(Effect::changed)
    })
    .await
}
