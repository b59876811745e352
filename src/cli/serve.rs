//! `rapport serve`: the server with its background work, until it is told to stop.

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::output::Output;
use super::{setup, upkeep};
use crate::api::entities;
use crate::app::App;
use crate::config::Config;
use crate::domain::posts::polls::Closing;
use crate::domain::{self, mutes, outgoing, posts};
use crate::error::{Error, Result};
use crate::federation;
use crate::http::server;
use crate::jobs::{Handler, Runner};
use crate::streaming;
use crate::time::Clock;

/// How long background work may take to end once the process was asked to stop; the HTTP server has ten seconds of its own before.
const PATIENCE: Duration = Duration::from_secs(4);

/// Runs until SIGTERM or SIGINT.
pub(super) async fn run(config: Config, worker: bool, out: &Output) -> Result<()> {
    let app = App::start(config, Clock::system()).await?;
    let listener = server::bind(&app)?;
    let address = listener.local_addr().map_err(Error::internal)?;
    let running = Running::start(app.clone(), listener, worker)?;
    out.say(&format!("Rapport listens on http://{address}"), &json!({ "listening": address.to_string() }));
    if !app.db.read(domain::setup::is_done).await? {
        let link = setup::make_link(&app).await?;
        out.say(&format!("Nobody has set this server up yet. Open this link in a browser; it works once, within 24 hours:\n{link}"), &json!({ "setup": link }));
    }
    running.until(stop_signal()).await
}

/// Resolves when the process is asked to stop.
pub(super) async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(why) => {
                tracing::error!(%why, "SIGTERM cannot be listened for");
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        () = terminated => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}

/// A server with its tasks.
pub struct Running {
    app: App,
    handle: server::Handle,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Running {
    /// Starts answering on `listener` and, with `worker`, the background work.
    pub fn start(app: App, listener: TcpListener, worker: bool) -> Result<Self> {
        wire(&app);
        start_tasks(&app, worker);
        let (server, handle) = server::start(app.clone(), listener)?;
        #[expect(clippy::disallowed_methods, reason = "the server is stopped through its handle and awaited in `stop`")]
        let server = tokio::spawn(server);
        Ok(Self { app, handle, server })
    }

    /// Runs until `stop` resolves, then ends in good order.
    pub async fn until(self, stop: impl Future<Output = ()>) -> Result<()> {
        let Self { app, handle, mut server } = self;
        tokio::select! {
            () = stop => {}
            ended = &mut server => {
                app.tasks.finish(PATIENCE).await;
                return ended.map_err(Error::internal)?.map_err(Error::internal);
            }
        }
        Self { app, handle, server }.stop().await
    }

    /// Takes no more requests, finishes those in hand and the work begun.
    pub async fn stop(self) -> Result<()> {
        tracing::info!("stopping");
        self.app.tasks.stop();
        self.handle.stop(true).await;
        if !self.app.tasks.finish(PATIENCE).await {
            tracing::warn!("some background work was cut short; it will be taken up again at the next start");
        }
        self.server.await.map_err(Error::internal)?.map_err(Error::internal)
    }
}

/// Gives the domain its way out, and streams their shapes.
pub(super) fn wire(app: &App) {
    app.set_resolver(federation::resolve::RemoteResolver::new(app.clone()));
    // Streams carry what the client API would answer; the edges do not know each other.
    streaming::set_renderer(streaming::Renderer {
        status: Box::new(entities::status::json),
        notification: Box::new(entities::notification::json),
        conversation: Box::new(entities::conversation::json),
    });
}

/// Starts what runs beside the requests; `worker`: also jobs, received activities and deliveries.
pub(super) fn start_tasks(app: &App, worker: bool) {
    app.tasks.spawn(app.clone().watch());
    app.tasks.spawn(streaming::run(app.clone()));
    if worker {
        app.tasks.spawn(run_jobs(app.clone()));
        app.tasks.spawn(federation::inbox::worker::run(app.clone()));
        app.tasks.spawn(federation::delivery::worker::run(app.clone()));
        app.tasks.spawn(upkeep::run(app.clone()));
    }
}

async fn run_jobs(app: App) {
    let planner = app.clone();
    let federate: Handler = Arc::new(move |job| {
        let app = planner.clone();
        Box::pin(async move { federation::delivery::plan::run(&app, &job.payload).await })
    });
    let db = app.db.clone();
    let clock = app.clock.clone();
    let expire_mutes: Handler = Arc::new(move |_| {
        let (db, now) = (db.clone(), clock.now());
        Box::pin(async move { db.write(move |conn| mutes::delete_expired(conn, now).map(drop)).await })
    });
    let polls = app.clone();
    let close_poll: Handler = Arc::new(move |job| {
        let app = polls.clone();
        Box::pin(async move {
            let closing: Closing = serde_json::from_str(&job.payload)?;
            app.act(move |conn, cx| posts::polls::close(conn, cx, closing.poll)).await
        })
    });
    let runner = Runner {
        db: app.db.clone(),
        clock: app.clock.clone(),
        worker: app.name.clone(),
        bell: app.bells.jobs.clone(),
        handlers: HashMap::from([
            (outgoing::JOB, federate),
            (mutes::EXPIRE_JOB, expire_mutes),
            (posts::polls::CLOSE_JOB, close_poll),
        ]),
    };
    runner.run(app.tasks.stopping()).await;
}
