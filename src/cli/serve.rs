//! `rapport serve`: the server with its background work, until it is told to stop.

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::output::Output;
use super::{setup, upkeep};
use crate::api::entities;
use crate::api::v1::statuses::publish_limits;
use crate::app::App;
use crate::config::Config;
use crate::domain::account_domain_blocks::{self, Parting};
use crate::domain::posts::polls::Closing;
use crate::domain::scheduled_posts::{self, Due};
use crate::domain::{self, mutes, outgoing, posts, preview_cards, push_subscriptions};
use crate::error::{Error, Result};
use crate::federation;
use crate::http::server;
use crate::jobs::{Handler, Runner};
use crate::previews;
use crate::push;
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
        announcement: Box::new(entities::announcement::json),
        reaction: Box::new(entities::announcement::reaction_json),
    });
}

/// Starts what runs beside the requests; `worker`: also jobs, received activities and deliveries.
pub(super) fn start_tasks(app: &App, worker: bool) {
    app.tasks.spawn(app.clone().watch());
    app.tasks.spawn(streaming::run(app.clone()));
    if worker {
        app.tasks.spawn(run_jobs(app.clone()));
        app.tasks.spawn(run_errands(app.clone()));
        app.tasks.spawn(read_pages(app.clone()));
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
    let parting = app.clone();
    let part_from_domain: Handler = Arc::new(move |job| {
        let app = parting.clone();
        Box::pin(async move {
            let parting: Parting = serde_json::from_str(&job.payload)?;
            app.act(move |conn, cx| account_domain_blocks::go_on(conn, cx, &parting)).await
        })
    });
    let polls = app.clone();
    let close_poll: Handler = Arc::new(move |job| {
        let app = polls.clone();
        Box::pin(async move {
            let closing: Closing = serde_json::from_str(&job.payload)?;
            app.act(move |conn, cx| posts::polls::close(conn, cx, closing.poll)).await
        })
    });
    let indexer = app.clone();
    let index: Handler = Arc::new(move |job| {
        let app = indexer.clone();
        Box::pin(async move {
            let batch: domain::search::Batch = serde_json::from_str(&job.payload)?;
            app.act(move |conn, cx| domain::search::go_on(conn, cx, job.id, batch)).await
        })
    });
    let publisher = app.clone();
    let publish_scheduled: Handler = Arc::new(move |job| {
        let app = publisher.clone();
        Box::pin(async move { publish_due(&app, &job.payload).await })
    });
    let runner = Runner {
        db: app.db.clone(),
        clock: app.clock.clone(),
        worker: app.name.clone(),
        bell: app.bells.jobs.clone(),
        handlers: HashMap::from([
            (outgoing::JOB, federate),
            (mutes::EXPIRE_JOB, expire_mutes),
            (account_domain_blocks::PART_JOB, part_from_domain),
            (posts::polls::CLOSE_JOB, close_poll),
            (domain::search::JOB, index),
            (scheduled_posts::PUBLISH_JOB, publish_scheduled),
        ]),
    };
    runner.run(app.tasks.stopping()).await;
}

/// Publishes a scheduled post, or keeps it with the reason why it cannot be.
async fn publish_due(app: &App, payload: &str) -> Result<()> {
    let due: Due = serde_json::from_str(payload)?;
    let limits = publish_limits(&app.config.limits);
    let most = limits.clone();
    match app.act(move |conn, cx| scheduled_posts::publish_due(conn, cx, due.post, &most)).await {
        Ok(_) => Ok(()),
        Err(error) if error.is_transient() => Err(error),
        Err(error) => {
            let why = error.to_string();
            app.act(move |conn, cx| scheduled_posts::fail(conn, cx, due.post, &why, &limits)).await
        }
    }
}

/// Runs the jobs that wait for strangers: however slow those are, the others go on.
async fn run_errands(app: App) {
    let pusher = app.clone();
    let push: Handler = Arc::new(move |job| {
        let app = pusher.clone();
        Box::pin(async move { push::run(&app, &job.payload).await })
    });
    let runner = Runner {
        db: app.db.clone(),
        clock: app.clock.clone(),
        worker: app.name.clone(),
        bell: app.bells.errands.clone(),
        handlers: HashMap::from([(push_subscriptions::JOB, push)]),
    };
    runner.run(app.tasks.stopping()).await;
}

/// Reads pages for preview cards. They may be slow, and nothing else waits for them.
async fn read_pages(app: App) {
    let reader = app.clone();
    let read: Handler = Arc::new(move |job| {
        let app = reader.clone();
        Box::pin(async move { previews::run(&app, &job.payload).await })
    });
    let runner = Runner {
        db: app.db.clone(),
        clock: app.clock.clone(),
        worker: app.name.clone(),
        bell: app.bells.pages.clone(),
        handlers: HashMap::from([(preview_cards::JOB, read)]),
    };
    runner.run(app.tasks.stopping()).await;
}
