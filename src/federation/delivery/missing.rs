//! Inboxes that say that nobody is there, or are not found again and again: their owner is read once more, and who is gone there is removed
//! here, as by a Delete. The inbox alone is not believed, and no answer about one account says anything of another.

use std::time::Duration;

use super::{hosts, queue};
use crate::app::App;
use crate::error::Result;
use crate::federation::fetch::Budget;
use crate::federation::memory::{self, Miss};
use crate::federation::resolve;
use crate::net::RemoteUrl;

/// How long an owner who turned out to be there is not asked for again.
const PAUSE: Duration = Duration::from_secs(3600);

/// Looks for the owner of an inbox; removes them if their own server says that they are gone.
pub async fn check(app: &App, inbox: &str) -> Result<()> {
    let wanted = inbox.to_owned();
    let owners = app.db.read(move |conn| hosts::owners(conn, &wanted)).await?;
    // Of several owners, none can be meant.
    let [account] = owners.as_slice() else { return Ok(()) };
    let (memory, mark, now) = (memory::of(app), format!("inbox of {}", account.uri), app.clock.now());
    if memory.miss(&mark, now).is_some() {
        return Ok(());
    }
    memory.note_miss(&mark, Miss::Unreachable, now.after(PAUSE));
    if Box::pin(resolve::is_still_there(app, account, &mut Budget::new(app))).await? {
        return Ok(());
    }
    tracing::info!(account = %account.uri, "an account is gone from its server and was removed");
    let (host, inbox) = (RemoteUrl::try_from(inbox.to_owned()).map(|url| url.host_key()), inbox.to_owned());
    match host {
        Ok(host) => app.db.write(move |conn| queue::drop_inbox(conn, &host, &inbox)).await,
        Err(_) => Ok(()),
    }
}
