//! What tests stand on: a database of their own on each engine, and the parts from outside that a machine may lack.
//!
//! `both!(a_name, |t| async move { … })` writes a test once and runs it on SQLite and on PostgreSQL; `t` is a [`TestDatabase`].
//! `let Some(node) = require(Part::Node) else { return };` asks for a part from outside.

mod checks;
pub mod cluster;
pub mod db;
pub mod parts;
pub mod peer;
pub mod postgres;
pub mod push_service;
pub mod rfc9421;
pub mod server;
pub mod site;
pub mod tls;

pub(crate) use db::both;

pub use db::TestDatabase;
pub use parts::{Part, require};
pub use server::{Caller, TestServer};
