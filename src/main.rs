//! The `rapport` command: reads arguments and configuration, hands over, and turns an error into one sentence.

use std::process::ExitCode;

use clap::Parser;
use rapport::cli::{self, Cli};
use rapport::config;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = config::load(cli.config.as_deref(), config::environment())
        .map_err(|why| why.to_string())
        .and_then(|config| cli::run(cli, config));
    match outcome {
        Ok(code) => code,
        Err(sentence) => {
            eprintln!("rapport: {sentence}");
            ExitCode::FAILURE
        }
    }
}
