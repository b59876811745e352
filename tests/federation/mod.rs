//! What other servers see and send.

mod corpus;
mod discovery;
mod fedify;
mod two_servers;
