//! Durable jobs: rows written in the transaction that causes them, run by any process that works. Knows no feature.

mod runner;
mod store;

pub use runner::{Handler, Runner};
pub use store::{Job, claim, count_waiting, drop_job, enqueue, finish, list, retry_later, retry_now, waiting};
