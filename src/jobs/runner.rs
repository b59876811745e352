//! Runs due jobs: claims a few, runs them side by side, finishes or retries each.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::Notify;

use super::store::{self, Job};
use crate::db::{Conn, Db};
use crate::error::{Error, Result};
use crate::time::Clock;

/// What runs a kind of job. It must be safe to run twice: a crash between its effects and its end runs it again.
pub type Handler = Arc<dyn Fn(Job) -> Pin<Box<dyn Future<Output = Result<()>> + Send>> + Send + Sync>;

/// How often the table is looked at when nobody says that there is work, for jobs of other processes and for pauses that end.
const POLL: Duration = Duration::from_secs(1);
/// How many jobs of one process run at once.
const AT_ONCE: i64 = 8;
/// How often, and how many times, the end of a job is written anew while the database refuses: together less than its lease. Whoever gave
/// up at once would find the job again only when that ends.
const REST: Duration = Duration::from_secs(1);
const TRIES: u32 = 40;

/// Runs the jobs of one process whose kinds it has handlers for. A round ends with its slowest job, so what waits for strangers has a
/// runner of its own.
pub struct Runner {
    /// Where the jobs are.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// This process, for leases.
    pub worker: String,
    /// Rings when a job may be waiting.
    pub bell: Arc<Notify>,
    /// Who runs which kind.
    pub handlers: HashMap<&'static str, Handler>,
}

impl Runner {
    /// Runs until `stop` resolves, then finishes what it has begun.
    pub async fn run(&self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        loop {
            let ran = match self.run_due().await {
                Ok(ran) => ran,
                Err(error) => {
                    tracing::error!(%error, "jobs cannot be claimed");
                    0
                }
            };
            tokio::select! {
                biased;
                () = &mut stop => return,
                () = std::future::ready(()), if ran > 0 => {}
                () = self.bell.notified() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    /// Runs one round of due jobs; returns how many there were.
    pub async fn run_due(&self) -> Result<usize> {
        let (worker, now) = (self.worker.clone(), self.clock.now());
        let kinds: Vec<&'static str> = self.handlers.keys().copied().collect();
        let claimed = self.db.write(move |conn| store::claim(conn, &worker, &kinds, AT_ONCE, now)).await?;
        let count = claimed.len();
        let mut running: FuturesUnordered<_> = claimed.into_iter().map(|job| self.run_one(job)).collect();
        while running.next().await.is_some() {}
        Ok(count)
    }

    async fn run_one(&self, job: Job) {
        let outcome = match self.handlers.get(job.kind.as_str()) {
            Some(handler) => handler(job.clone()).await,
            None => Err(Error::bug(format!("no handler for jobs of kind {}", job.kind))),
        };
        let cause = outcome.err().map(|error| match error {
            Error::Internal(cause) => format!("{cause:#}"),
            other => other.to_string(),
        });
        if let Some(cause) = &cause {
            tracing::warn!(job = %job.id, kind = %job.kind, attempts = job.attempts, %cause, "a job failed and will be tried again");
        }
        for _ in 0..TRIES {
            let Err(error) = self.settle(&job, cause.clone()).await else { return };
            tracing::error!(job = %job.id, %error, "the end of a job could not be written yet");
            tokio::time::sleep(REST).await;
        }
        tracing::error!(job = %job.id, "a job waits for the end of its lease");
    }

    /// Writes how a job ended: `cause` is why it failed, if it did.
    async fn settle(&self, job: &Job, cause: Option<String>) -> Result<()> {
        let (job, now) = (job.clone(), self.clock.now());
        let end = move |conn: &mut Conn| match cause {
            None => store::finish(conn, job.id),
            Some(cause) => store::retry_later(conn, &job, &cause, now),
        };
        self.db.write(end).await
    }
}
