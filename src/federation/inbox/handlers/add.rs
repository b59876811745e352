//! Add: somebody elsewhere pins a post of their own. What else is put into collections means nothing here.

use crate::app::App;
use crate::domain::posts::incoming;
use crate::error::Result;
use crate::federation::inbox::dispatch::{self, Effect};
use crate::federation::inbox::store::Item;
use crate::federation::vocab::Activity;

/// Whether the collection is `featured`, the one of the sender's own pinned posts: nobody fills somebody else's. That the post is the
/// sender's is for the domain to see.
pub(super) fn may_apply(target: &str, featured: Option<&str>) -> bool {
    featured == Some(target)
}

/// Applies an Add.
pub async fn apply(app: &App, item: &Item, activity: Activity<'_>) -> Result<()> {
    let (Some(post), Some(target)) = (activity.object_id(), activity.target()) else {
        return dispatch::ignore(app, item, "an Add needs an object and a target").await;
    };
    dispatch::settle(app, item, move |conn, cx, sender| {
        if !may_apply(&target, sender.featured_url.as_deref()) {
            return Ok(Effect::Nothing("it is not the sender's collection of pinned posts"));
        }
        incoming::receive_pin(conn, cx, sender, &post).map(Effect::changed)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_pins_on_the_profile_of_somebody_else() {
        let of_bob = "https://r.example/users/bob/featured";
        assert!(may_apply(of_bob, Some(of_bob)));
        assert!(!may_apply(of_bob, Some("https://r.example/users/eve/featured")));
        assert!(!may_apply(of_bob, None));
    }
}
