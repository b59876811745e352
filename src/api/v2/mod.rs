//! `/api/v2`: what the first version did differently.

pub mod filters;
pub mod instance;
pub mod notification_policy;
pub mod notifications;
pub mod search;
pub mod suggestions;
