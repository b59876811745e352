//! What other servers send us: accepted only with a proof of who sent it ([`accept`]), kept as rows ([`store`]), applied in order for each
//! sender ([`worker`]), each kind of activity by a handler of its own ([`dispatch`], [`handlers`]).
//!
//! Whoever got a 202 may forget the activity: it is in the database, and its effects and its end are one transaction.

pub mod accept;
pub mod dispatch;
pub mod handlers;
pub mod store;
pub mod worker;
