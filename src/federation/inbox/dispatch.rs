//! From a received activity to its handler, and the one way in which handlers end an item: effects and end in one transaction.

use serde_json::Value;

use super::handlers;
use super::store::{self, Item};
use crate::app::App;
use crate::context::Context;
use crate::db::Conn;
use crate::domain::accounts::{Account, queries as accounts};
use crate::error::{Error, Result};
use crate::federation::vocab::{Activity, ActivityKind};
use crate::net::RemoteUrl;

/// What became of an activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It was applied, or had been before.
    Applied,
    /// There was nothing to apply, or its sender may not do this; says why.
    Nothing(&'static str),
}

impl Effect {
    /// `Applied` if something changed.
    pub fn changed(something: bool) -> Self {
        if something { Self::Applied } else { Self::Nothing("nothing changed") }
    }

    fn note(self) -> Option<&'static str> {
        match self {
            Self::Applied => None,
            Self::Nothing(why) => Some(why),
        }
    }
}

/// Applies an item and marks it as done. Errors: transient ones are worth another try; others say why it will never be applied.
pub async fn apply(app: &App, item: &Item) -> Result<()> {
    let document: Value = serde_json::from_str(&item.body).map_err(|_| Error::Conflict("it is not JSON".into()))?;
    let activity = Activity::new(&document);
    if activity.actor().as_deref() != Some(item.actor_uri.as_str()) {
        return Err(Error::Conflict("it is not its sender's".into()));
    }
    // A rule may have been made since it was accepted.
    let host = RemoteUrl::try_from(item.actor_uri.clone()).map(|url| url.host_key()).unwrap_or_default();
    if app.rules().refuses(&host) {
        return Err(Error::forbidden("its server is blocked here"));
    }
    match activity.kind() {
        ActivityKind::Create => handlers::create::apply(app, item, activity).await,
        ActivityKind::Update => handlers::update::apply(app, item, activity).await,
        ActivityKind::Delete => handlers::delete::apply(app, item, activity).await,
        ActivityKind::Announce => handlers::announce::apply(app, item, activity).await,
        ActivityKind::Like => handlers::like::apply(app, item, activity).await,
        ActivityKind::Follow => handlers::follow::apply(app, item, activity).await,
        ActivityKind::Accept => handlers::accept::apply(app, item, activity).await,
        ActivityKind::Reject => handlers::reject::apply(app, item, activity).await,
        ActivityKind::Undo => handlers::undo::apply(app, item, activity).await,
        ActivityKind::Block => handlers::block::apply(app, item, activity).await,
        ActivityKind::Add => handlers::add::apply(app, item, activity).await,
        ActivityKind::Remove => handlers::remove::apply(app, item, activity).await,
        ActivityKind::Other => Err(Error::Conflict("it is of no type that means something here".into())),
    }
}

/// Whether an account that is suspended here may still do this: only what takes something away or corrects it.
fn outlasts_suspension(kind: &str) -> bool {
    matches!(
        ActivityKind::from_name(kind),
        ActivityKind::Delete | ActivityKind::Undo | ActivityKind::Update | ActivityKind::Reject
    )
}

/// Runs `effect` for the sender of an item and marks the item as done, in one transaction; then wakes whoever has work from it.
/// If another worker was faster, nothing of it is kept.
pub async fn settle(
    app: &App,
    item: &Item,
    effect: impl FnOnce(&mut Conn, &Context, &Account) -> Result<Effect> + Send + 'static,
) -> Result<()> {
    let (id, actor, kind) = (item.id, item.actor_uri.clone(), item.activity_type.clone());
    app.act(move |conn, cx| {
        let outcome = match accounts::find_by_uri(conn, &actor)? {
            None => Effect::Nothing("its sender is not known any more"),
            Some(sender) if sender.is_local() => Effect::Nothing("its sender is an account of this server"),
            Some(sender) if !sender.is_active() && !outlasts_suspension(&kind) => {
                Effect::Nothing("its sender is suspended here")
            }
            Some(sender) => effect(conn, cx, &sender)?,
        };
        if store::finish(conn, id, outcome.note())? {
            Ok(())
        } else {
            Err(Error::Conflict("it was applied by another worker".into()))
        }
    })
    .await
}

/// Marks an item as done without any effect.
pub async fn ignore(app: &App, item: &Item, why: &'static str) -> Result<()> {
    let id = item.id;
    app.db.write(move |conn| store::finish(conn, id, Some(why)).map(drop)).await
}
