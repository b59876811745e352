//! `rapport worker`: background work without answering requests.

use std::time::Duration;

use serde_json::json;

use super::output::Output;
use super::serve;
use crate::app::App;
use crate::config::Config;
use crate::error::Result;
use crate::time::Clock;

/// Runs until SIGTERM or SIGINT.
pub(super) async fn run(config: Config, out: &Output) -> Result<()> {
    let app = App::start(config, Clock::system()).await?;
    serve::wire(&app);
    serve::start_tasks(&app, true);
    out.say("Rapport works in the background.", &json!({ "working": app.name }));
    serve::stop_signal().await;
    app.tasks.finish(Duration::from_secs(14)).await;
    Ok(())
}
