//! Listeners, timeouts, shutdown, and the one place where the edges meet.

use std::net::TcpListener;

use actix_web::dev::Server;
use actix_web::middleware::{Compress, DefaultHeaders, NormalizePath, from_fn};
use actix_web::{HttpServer, web};

use super::{health, metrics, observe};
use crate::app::App;
use crate::error::{Error, Result};
use crate::{api, federation, streaming, web as pages};

/// Binds the configured address; the error says who may hold it.
pub fn bind(app: &App) -> Result<TcpListener> {
    let address = app.config.server.bind;
    let failed = |why: std::io::Error| {
        let remedy = if why.kind() == std::io::ErrorKind::AddrInUse {
            "another program listens there; stop it or set server.bind to another port"
        } else {
            "set server.bind to an address of this machine"
        };
        Error::Busy(format!("cannot listen on {address} ({why}): {remedy}"))
    };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    Ok(listener)
}

/// Everything this server answers.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .configure(health::configure)
        .configure(streaming::configure)
        .configure(api::configure)
        .configure(federation::configure)
        .configure(pages::configure);
}

/// Stops a server in good order.
pub type Handle = actix_web::dev::ServerHandle;

/// Starts answering on `listener`. The returned server runs when awaited; the handle stops it.
pub fn start(app: App, listener: TcpListener) -> Result<(Server, Handle)> {
    let workers = match app.config.server.workers {
        0 => std::thread::available_parallelism().map_or(2, std::num::NonZero::get),
        chosen => chosen,
    };
    metrics::install();
    let limits = app.config.limits.clone();
    let shared = web::Data::new(app);
    let server = HttpServer::new(move || {
        actix_web::App::new()
            .app_data(shared.clone())
            .wrap(Compress::default())
            .wrap(
                DefaultHeaders::new()
                    .add(("X-Content-Type-Options", "nosniff"))
                    .add(("Referrer-Policy", "same-origin"))
                    .add(("X-Frame-Options", "DENY")),
            )
            .wrap(from_fn(observe::observe))
            .wrap(NormalizePath::trim())
            .configure(configure)
    })
    .workers(workers)
    .worker_max_blocking_threads(8)
    .max_connections(limits.connections / workers.max(1) + 1)
    .client_request_timeout(limits.request_timeout)
    .keep_alive(limits.keep_alive)
    .shutdown_timeout(limits.shutdown_timeout.as_secs())
    .disable_signals()
    .listen(listener)
    .map_err(Error::internal)?
    .run();
    let handle = server.handle();
    Ok((server, handle))
}
