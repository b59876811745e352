//! `/api/v1`: one file for each noun.

pub mod accounts;
pub mod apps;
pub mod conversations;
pub mod follow_requests;
pub mod instance;
pub mod lists;
pub mod markers;
pub mod marks;
pub mod media;
pub mod notifications;
pub mod polls;
pub mod preferences;
pub mod relations;
pub mod statuses;
pub mod tags;
pub mod timelines;
