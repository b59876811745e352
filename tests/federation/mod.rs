//! What other servers see and send.

mod corpus;
mod discovery;
mod fedify;
mod signatures;
mod slow_servers;
mod small_servers;
mod two_servers;
