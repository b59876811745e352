//! What other servers see and send.

mod discovery;
mod two_servers;
