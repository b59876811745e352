//! The one writer of SQLite: a thread that drains the queue of waiting writes and commits them together.
//!
//! `synchronous=FULL` costs one flush a commit; in a group many promises share it. Each write runs in a savepoint of its own,
//! so that one that fails takes nothing else with it. Answers leave only after COMMIT. Where SQLite itself gives up (a full disk
//! rolls everything back unasked), releasing the savepoint fails: then the connection is thrown away and the whole group is told to try again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use tokio::sync::{mpsc, oneshot};

use super::conn::{Conn, Manager};
use crate::error::{Error, Result};

/// How many writes may share one commit.
const GROUP: usize = 64;
/// How many writes may wait before callers wait too.
const QUEUE: usize = 1024;
/// How long a caller waits for a place in the queue.
const PATIENCE: Duration = Duration::from_secs(10);

/// A write on its way through the writer.
trait Write: Send {
    /// Runs it; true if its changes should stay.
    fn run(&mut self, conn: &mut Conn) -> bool;
    /// Tells its caller the outcome; `lost` says why nothing of the group was kept.
    fn answer(self: Box<Self>, lost: Option<&str>);
}

struct Waiting<T, F> {
    action: Option<F>,
    outcome: Result<T>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T: Send, F: FnOnce(&mut Conn) -> Result<T> + Send> Write for Waiting<T, F> {
    fn run(&mut self, conn: &mut Conn) -> bool {
        if let Some(action) = self.action.take() {
            self.outcome =
                catch_unwind(AssertUnwindSafe(|| action(conn))).unwrap_or_else(|_| Err(Error::bug("a write panicked")));
        }
        self.outcome.is_ok()
    }

    fn answer(self: Box<Self>, lost: Option<&str>) {
        let outcome = match (self.outcome, lost) {
            (Ok(_), Some(why)) => Err(not_saved(why)),
            (Err(_), Some(why)) if self.action.is_some() => Err(not_saved(why)),
            (outcome, _) => outcome,
        };
        // A caller that went away no longer needs to know.
        drop(self.reply.send(outcome));
    }
}

fn not_saved(why: &str) -> Error {
    Error::Busy(format!("nothing was saved, the database refused: {why}"))
}

/// Hands writes to the writer thread.
#[derive(Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Box<dyn Write>>,
}

impl Writer {
    /// Starts the thread; it ends when the last handle is dropped.
    pub fn start(manager: Manager) -> std::io::Result<Self> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        std::thread::Builder::new().name("db-writer".into()).spawn(move || drain(&manager, waiting))?;
        Ok(Self { queue })
    }

    /// Runs `action` in the next group; returns after its COMMIT.
    pub async fn write<T: Send + 'static>(
        &self,
        action: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        let write = Waiting { action: Some(action), outcome: Err(Error::bug("not run")), reply };
        match tokio::time::timeout(PATIENCE, self.queue.send(Box::new(write))).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return Err(Error::Busy("the database writer has stopped".into())),
            Err(_) => return Err(Error::Busy("too many writes are waiting".into())),
        }
        answer.await.map_err(|_| Error::Busy("the database writer has stopped".into()))?
    }
}

fn drain(manager: &Manager, mut waiting: mpsc::Receiver<Box<dyn Write>>) {
    let mut conn: Option<Conn> = None;
    while let Some(first) = waiting.blocking_recv() {
        let mut group = vec![first];
        while group.len() < GROUP {
            let Ok(next) = waiting.try_recv() else { break };
            group.push(next);
        }
        let outcome = match conn.take().map_or_else(|| manager.open().map_err(|e| e.to_string()), Ok) {
            Ok(mut open) => {
                let outcome = commit_together(&mut open, &mut group);
                // After any failure of the transaction itself the state of the connection is not known: a new one is.
                if outcome.is_ok() {
                    conn = Some(open);
                }
                outcome
            }
            Err(why) => Err(why),
        };
        if let Err(why) = &outcome {
            tracing::error!(%why, writes = group.len(), "a group of writes was not saved");
        }
        for write in group {
            write.answer(outcome.as_ref().err().map(String::as_str));
        }
    }
}

fn commit_together(conn: &mut Conn, group: &mut [Box<dyn Write>]) -> Result<(), String> {
    execute(conn, "BEGIN IMMEDIATE")?;
    for write in group.iter_mut() {
        execute(conn, "SAVEPOINT one")?;
        let keep = write.run(conn);
        execute(conn, if keep { "RELEASE one" } else { "ROLLBACK TO one; RELEASE one" })?;
    }
    execute(conn, "COMMIT")
}

fn execute(conn: &mut Conn, sql: &str) -> Result<(), String> {
    conn.batch_execute(sql).map_err(|e| e.to_string())
}
