//! Delete: the sender removes a post of its own, or itself.

use crate::app::App;
use crate::domain::accounts::actions::remove_remote;
use crate::domain::posts::incoming;
use crate::error::Result;
use crate::federation::inbox::dispatch::{self, Effect};
use crate::federation::inbox::store::Item;
use crate::federation::vocab::Activity;
use crate::net::same_origin;

/// Whether `sender` may delete this id at all: it stands on the sender's origin. That a known post is the sender's own is for the domain
/// to see; the same server is not enough there.
fn may_apply(object: &str, sender: &str) -> bool {
    same_origin(object, sender)
}

/// Applies a Delete. A post that never came is remembered, so that it does not come afterwards.
pub async fn apply(app: &App, item: &Item, activity: Activity<'_>) -> Result<()> {
    let Some(object) = activity.object_id().filter(|object| may_apply(object, &item.actor_uri)) else {
        return dispatch::ignore(app, item, "nobody deletes what stands on another server").await;
    };
    dispatch::settle(app, item, move |conn, cx, sender| {
        if object == sender.uri {
            remove_remote(conn, cx, sender)?;
            return Ok(Effect::Applied);
        }
        incoming::receive_delete(conn, cx, &object, sender).map(Effect::changed)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_server_is_out_of_reach() {
        assert!(may_apply("https://r.example/notes/1", "https://r.example/users/bob"));
        assert!(!may_apply("https://b.example/posts/1", "https://r.example/users/bob"));
        assert!(!may_apply("https://r.example:8443/notes/1", "https://r.example/users/bob"));
    }
}
