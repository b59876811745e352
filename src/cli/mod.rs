//! The command line: one binary, each command usable beside a running server.

mod announcement;
mod brand;
mod demo;
mod doctor;
mod emoji;
mod input;
mod instance;
mod migrate;
mod output;
mod queue;
mod rule;
pub mod serve;
mod setup;
mod team;
mod text;
mod token;
mod upkeep;
mod user;
mod worker;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::app::App;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::time::Clock;
use output::Output;

/// A server with which a brand takes part in the fediverse.
#[derive(Parser)]
#[command(name = "rapport", version, about, max_term_width = 100)]
pub struct Cli {
    /// A TOML file with settings; every setting can also be given as RAPPORT_<SECTION>__<KEY>.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Print JSON instead of sentences.
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Answer requests and do background work (what runs without a command).
    Serve {
        /// Answer requests only; background work is done by `rapport worker`.
        #[arg(long)]
        no_worker: bool,
    },
    /// Do background work only: deliveries, received activities, jobs. Needs PostgreSQL or a server on the same SQLite file.
    Worker,
    /// Print a new one-time set-up link.
    Setup,
    /// People who can sign in.
    #[command(subcommand)]
    User(user::Command),
    /// Brands of this server.
    #[command(subcommand)]
    Brand(brand::Command),
    /// Who may act as a brand.
    #[command(subcommand)]
    Team(team::Command),
    /// Access tokens for client applications.
    #[command(subcommand)]
    Token(token::Command),
    /// Deliveries to other servers that wait or failed.
    #[command(subcommand)]
    Queue(queue::Command),
    /// Rules for other servers.
    #[command(subcommand)]
    Instance(instance::Command),
    /// What everybody on this server is told.
    #[command(subcommand)]
    Announcement(announcement::Command),
    /// Custom emoji of this server.
    #[command(subcommand)]
    Emoji(emoji::Command),
    /// What the server says about itself at length: description, privacy policy, terms of service.
    #[command(subcommand)]
    Text(text::Command),
    /// The rules for people on this server.
    #[command(subcommand)]
    Rule(rule::Command),
    /// Bring the database's schema up to date.
    Migrate,
    /// Check configuration, database, domain, clock and reachability; every line says what to do.
    Doctor,
    /// Start a brand's and a customer's server on this machine and play a conversation between them.
    Demo {
        /// End after the story instead of keeping both servers up.
        #[arg(long)]
        once: bool,
    },
}

/// Runs the command. The error is one sentence for the person at the terminal.
pub fn run(cli: Cli, config: Config) -> std::result::Result<ExitCode, String> {
    let serves = matches!(cli.command, None | Some(Command::Serve { .. } | Command::Worker | Command::Demo { .. }));
    start_logging(&config, serves);
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(64)
        .enable_all()
        .build()
        .map_err(|why| format!("the program cannot start threads: {why}"))?;
    let outcome = runtime.block_on(dispatch(cli, config));
    outcome.map_err(|error| match error {
        Error::Internal(cause) => format!("{cause:#}"),
        Error::Invalid(fields) => {
            fields.iter().map(|f| format!("{} {}", f.field, f.reason)).collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    })
}

async fn dispatch(cli: Cli, config: Config) -> Result<ExitCode> {
    let out = Output { json: cli.json };
    match cli.command.unwrap_or(Command::Serve { no_worker: false }) {
        Command::Serve { no_worker } => serve::run(config, !no_worker, &out).await?,
        Command::Worker => worker::run(config, &out).await?,
        Command::Demo { once } => return demo::run(once, &out).await,
        Command::Migrate => migrate::run(config, &out).await?,
        Command::Doctor => return doctor::run(config, &out).await,
        other => {
            let app = App::start(config, Clock::system()).await?;
            let outcome = beside(&app, other, &out).await;
            app.release().await;
            outcome?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Commands that work beside a running server and end.
async fn beside(app: &App, command: Command, out: &Output) -> Result<()> {
    match command {
        Command::Setup => setup::run(app, out).await,
        Command::User(command) => user::run(app, command, out).await,
        Command::Brand(command) => brand::run(app, command, out).await,
        Command::Team(command) => team::run(app, command, out).await,
        Command::Token(command) => token::run(app, command, out).await,
        Command::Queue(command) => queue::run(app, command, out).await,
        Command::Instance(command) => instance::run(app, command, out).await,
        Command::Announcement(command) => announcement::run(app, command, out).await,
        Command::Emoji(command) => emoji::run(app, command, out).await,
        Command::Text(command) => text::run(app, command, out).await,
        Command::Rule(command) => rule::run(app, command, out).await,
        Command::Serve { .. } | Command::Worker | Command::Migrate | Command::Doctor | Command::Demo { .. } => Ok(()),
    }
}

/// Logs to standard error, so that standard output stays for answers. Commands that end say only what went wrong.
fn start_logging(config: &Config, serves: bool) {
    use tracing_subscriber::EnvFilter;
    let filter = if serves { config.server.log.clone() } else { "warn".to_owned() };
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let logging = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        // Where a line cannot be written (to a file on a full disk), saying so would panic the thread that logs, the database's writer too.
        .log_internal_errors(false);
    drop(logging.try_init());
}
