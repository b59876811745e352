//! The HTTP server: wires the edges together behind shared limits, headers, logs and metrics.

pub mod health;
pub mod metrics;
mod observe;
pub mod server;
