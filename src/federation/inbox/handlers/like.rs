//! Like, and reactions with an emoji, which count as one: once for each account and post, whatever the ids.

use crate::app::App;
use crate::domain::posts::{Post, incoming, queries as posts};
use crate::error::Result;
use crate::federation::inbox::dispatch::{self, Effect};
use crate::federation::inbox::store::Item;
use crate::federation::vocab::Activity;

/// Whether a post can be favourited from elsewhere: it is there. That the sender may see it is for the domain's one predicate to say.
fn may_apply(post: &Post) -> bool {
    post.deleted_at.is_none()
}

/// Applies a Like of a known post. Of an unknown one, and of one that is not for the sender to see, nothing is said.
pub async fn apply(app: &App, item: &Item, activity: Activity<'_>) -> Result<()> {
    let Some(object) = activity.object_id() else {
        return dispatch::ignore(app, item, "a Like needs an object").await;
    };
    let id = activity.id();
    dispatch::settle(app, item, move |conn, cx, sender| {
        let Some(post) = posts::find_by_uri(conn, &object)?.filter(may_apply) else {
            return Ok(Effect::Nothing("the post is not known here"));
        };
        let uri = id.unwrap_or_else(|| format!("{}#likes/{}", sender.uri, post.id));
        incoming::receive_favourite(conn, cx, sender, post.id, &uri).map(Effect::changed)
    })
    .await
}
