//! Background tasks of a process: started by name, told to stop together, waited for.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

/// Starts tasks and ends them. Clones share the same tasks.
#[derive(Clone)]
pub struct Tasks {
    running: Arc<Mutex<JoinSet<()>>>,
    stop: Arc<watch::Sender<bool>>,
}

impl Default for Tasks {
    fn default() -> Self {
        Self { running: Arc::default(), stop: Arc::new(watch::Sender::new(false)) }
    }
}

impl Tasks {
    /// Starts a task that is waited for at the end. It should watch [`Tasks::stopping`].
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        // What has ended is let go here, so that the set does not grow.
        while running.try_join_next().is_some() {}
        running.spawn(task);
    }

    /// Resolves when the process is asked to stop.
    pub fn stopping(&self) -> impl Future<Output = ()> + Send + 'static + use<> {
        let mut stop = self.stop.subscribe();
        async move {
            // The sender lives as long as any clone; if it is gone, stopping is right too.
            drop(stop.wait_for(|stopping| *stopping).await);
        }
    }

    /// Whether the process was asked to stop.
    pub fn is_stopping(&self) -> bool {
        *self.stop.borrow()
    }

    /// Asks every task to stop without waiting.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Asks every task to stop and waits up to `patience`; returns whether all ended by themselves.
    pub async fn finish(&self, patience: Duration) -> bool {
        self.stop();
        let mut running = std::mem::take(&mut *self.running.lock().unwrap_or_else(PoisonError::into_inner));
        let ended =
            tokio::time::timeout(patience, async { while running.join_next().await.is_some() {} }).await.is_ok();
        running.abort_all();
        ended
    }
}
