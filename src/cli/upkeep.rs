//! Upkeep: what is done now and then by one of the processes that work, whichever comes first.

use std::time::Duration;

use crate::app::App;
use crate::db::{leases, upkeep};
use crate::domain::{activity, events, media, oauth, posts, preview_cards, sessions, trends};
use crate::error::Result;
use crate::federation::inbox;
use crate::previews;
use crate::time::Time;

/// How often the clock is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How long events are kept for streams that come back.
const EVENTS: Duration = Duration::from_secs(86_400);
/// How long a preview card that no post shows is kept.
const UNUSED_CARDS: Duration = Duration::from_secs(30 * 86_400);
/// How many rows one transaction removes, so that nobody waits long behind it.
const BATCH: i64 = 1000;

/// Something to be done once in a while.
#[derive(Debug, Clone, Copy)]
enum Duty {
    /// The planner's statistics, often: they matter most while a new database fills.
    Statistics,
    /// What has served its time.
    Leftovers,
    /// The ends of long home timelines.
    Homes,
    /// What many people speak of.
    Trends,
}

impl Duty {
    const ALL: [Self; 4] = [Self::Statistics, Self::Leftovers, Self::Homes, Self::Trends];

    const fn name(self) -> &'static str {
        match self {
            Self::Statistics => "statistics",
            Self::Leftovers => "leftovers",
            Self::Homes => "homes",
            Self::Trends => "trends",
        }
    }

    const fn every(self) -> Duration {
        Duration::from_secs(match self {
            Self::Statistics => 60,
            Self::Leftovers | Self::Trends => 600,
            Self::Homes => 3600,
        })
    }
}

/// Runs until the process stops.
pub(super) async fn run(app: App) {
    let stopping = app.tasks.stopping();
    tokio::pin!(stopping);
    let mut duties = Duty::ALL.map(|duty| (duty, Time(0)));
    loop {
        for (duty, due) in &mut duties {
            let now = app.clock.now();
            // A clock that was set back must not stop everything until it is there again.
            if now < *due && *due <= now.after(duty.every()) {
                continue;
            }
            *due = now.after(duty.every());
            if let Err(error) = attempt(&app, *duty, now).await {
                tracing::warn!(%error, duty = duty.name(), "upkeep failed; this is tried again later");
            }
        }
        tokio::select! {
            () = &mut stopping => return,
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

async fn attempt(app: &App, duty: Duty, now: Time) -> Result<()> {
    if !app.db.write(move |conn| leases::take_turn(conn, duty.name(), duty.every(), now)).await? {
        return Ok(());
    }
    match duty {
        Duty::Statistics => app.db.write(upkeep::refresh_statistics).await,
        Duty::Leftovers => remove_leftovers(app, now).await,
        Duty::Homes => trim_homes(app).await,
        Duty::Trends => compute_trends(app, now).await,
    }
}

/// Old events, codes, sessions, idempotency keys, received activities that were applied long ago, and files that nobody attached.
async fn remove_leftovers(app: &App, now: Time) -> Result<()> {
    let unattached = now.before(app.config.limits.unattached_media);
    let files = app.db.write(move |conn| {
        events::prune(conn, now.before(EVENTS))?;
        oauth::prune_codes(conn, now)?;
        sessions::prune(conn, now)?;
        posts::prune_idempotency_keys(conn, now)?;
        inbox::store::prune(conn, now)?;
        activity::prune(conn, now)?;
        media::delete_unattached(conn, unattached, BATCH)
    });
    // After COMMIT: a file without its row only takes room, a row without its file would be a broken picture.
    for key in files.await? {
        if let Err(error) = app.media.delete(&key).await {
            tracing::warn!(%error, key, "an unattached file was not removed");
        }
    }
    let pictures =
        app.db.write(move |conn| preview_cards::delete_unused(conn, now.before(UNUSED_CARDS), BATCH)).await?;
    previews::remove(app, pictures).await;
    Ok(())
}

async fn compute_trends(app: &App, now: Time) -> Result<()> {
    // Not within a write: reading may take a while.
    let computed = app.db.read(move |conn| trends::compute(conn, now)).await?;
    app.db.write(move |conn| trends::store(conn, computed)).await
}

async fn trim_homes(app: &App) -> Result<()> {
    let keep = i64::try_from(app.config.limits.home_posts).unwrap_or(i64::MAX);
    for account in app.db.read(move |conn| upkeep::list_long_homes(conn, keep)).await? {
        while !app.tasks.is_stopping()
            && app.db.write(move |conn| upkeep::trim_home(conn, account, keep, BATCH)).await? > 0
        {}
    }
    Ok(())
}
