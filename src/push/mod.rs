//! Web push (RFC 8030): tells apps that are not open what happened, encrypted so that only they can read it. What is pushed is decided when a
//! notification is made; here each push is checked once more against what holds now, sent, and tried again where that may help.

mod message;
mod send;

use std::time::Duration;

use message::Prepared;
use send::Outcome;

use crate::app::App;
use crate::db::settings;
use crate::domain::push_subscriptions::{self, JOB, Push};
use crate::error::Result;
use crate::jobs;

/// How often one push is tried again.
const TRIES: u32 = 5;
/// The pause before the first of them; each further one is four times as long.
const PAUSE: Duration = Duration::from_secs(30);

/// Runs the job of one push; `payload` is a [`Push`]. What a push service answers is settled here, so that an error is our own trouble only.
pub async fn run(app: &App, payload: &str) -> Result<()> {
    let push: Push = serde_json::from_str(payload)?;
    let cx = app.context()?;
    let prepared = app
        .db
        .read(move |conn| {
            let prepared = message::prepare(conn, &cx, push)?;
            let contact = settings::find(conn, settings::CONTACT_EMAIL)?.filter(|mail| !mail.is_empty());
            Ok((prepared, contact.map_or_else(|| cx.urls.base().to_owned(), |mail| format!("mailto:{mail}"))))
        })
        .await?;
    let outcome = match prepared {
        (Prepared::Ready(ready), subject) => send::send(app, &ready, &subject).await,
        (Prepared::Nothing, _) => Outcome::Done,
        (Prepared::Over, _) => Outcome::Gone,
    };
    settle(app, push, outcome).await
}

/// Writes down what follows from how a push went.
async fn settle(app: &App, push: Push, outcome: Outcome) -> Result<()> {
    match outcome {
        Outcome::Done => Ok(()),
        Outcome::Gone => {
            tracing::debug!(subscription = %push.subscription, "a push subscription has ended");
            app.act(move |conn, _| push_subscriptions::delete(conn, push.subscription)).await
        }
        Outcome::Refused(why) => {
            tracing::warn!(subscription = %push.subscription, why, "a push was refused and is given up");
            Ok(())
        }
        Outcome::Later { why, .. } if push.tries >= TRIES => {
            tracing::warn!(subscription = %push.subscription, why, "a push is given up");
            Ok(())
        }
        Outcome::Later { why, after } => {
            tracing::debug!(subscription = %push.subscription, tries = push.tries, why, "a push is tried again");
            let longest = app.config.limits.retry_after_longest;
            let pause = pause(push.tries).max(after.unwrap_or_default().min(longest));
            let again = Push { tries: push.tries.saturating_add(1), ..push };
            app.act(move |conn, cx| jobs::enqueue(conn, cx, JOB, &again, cx.now.after(pause))).await
        }
    }
}

fn pause(tries: u32) -> Duration {
    PAUSE.saturating_mul(4_u32.saturating_pow(tries.min(TRIES)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end_within_a_day() {
        assert_eq!(pause(0), Duration::from_secs(30));
        assert_eq!(pause(1), Duration::from_secs(120));
        let all: Duration = (0..TRIES).map(pause).sum();
        assert!(all < Duration::from_secs(86_400), "{all:?}");
    }
}
