//! `rapport setup`: a new one-time link.

use serde_json::json;

use super::output::Output;
use crate::app::App;
use crate::domain::setup;
use crate::error::{Error, Result};

/// Prints a new link; older ones stop working.
pub(super) async fn run(app: &App, out: &Output) -> Result<()> {
    let link = make_link(app).await?;
    out.say(
        &format!("Open this link in a browser to set this server up. It works once, within 24 hours:\n{link}"),
        &json!({ "link": link }),
    );
    Ok(())
}

/// Makes a link under the address that this machine can open.
pub(super) async fn make_link(app: &App) -> Result<String> {
    let now = app.clock.now();
    let token = app
        .db
        .write(move |conn| {
            if setup::is_done(conn)? {
                return Err(Error::Conflict("This server is set up already. Sign in instead.".into()));
            }
            setup::make_link(conn, now)
        })
        .await?;
    Ok(format!("{}/setup?token={token}", local_address(app)))
}

/// Where a browser on this machine reaches the server before it has an address of its own.
pub(super) fn local_address(app: &App) -> String {
    let bind = app.config.server.bind;
    let host = if bind.ip().is_unspecified() { "127.0.0.1".to_owned() } else { bind.ip().to_string() };
    let host = if bind.is_ipv6() && !bind.ip().is_unspecified() { format!("[{host}]") } else { host };
    app.urls().map_or_else(|_| format!("http://{host}:{}", bind.port()), |urls| urls.base().to_owned())
}
