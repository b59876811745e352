//! Quote, ShallowQuote and QuoteApproval.

use serde::Serialize;

use super::status::Status;
use crate::domain::posts::Post;
use crate::domain::quotes::{Consent, QuotePolicy, Standing};
use crate::ids::PostId;

/// What a post quotes: the post itself or, within a post that is quoted, only its id.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Quote {
    /// With the post.
    Whole {
        /// What the viewer is told of the quote.
        state: Standing,
        /// Null unless the state shows it.
        quoted_status: Option<Box<Status>>,
    },
    /// With its id.
    Shallow {
        /// What the viewer is told of the quote.
        state: Standing,
        /// Null unless the state shows it.
        quoted_status_id: Option<PostId>,
    },
}

/// Who may quote a post, and whether the viewer may.
#[derive(Debug, Clone, Serialize)]
pub struct QuoteApproval {
    /// Who need not ask.
    automatic: Vec<&'static str>,
    /// Who may ask.
    manual: Vec<&'static str>,
    current_user: Consent,
}

impl QuoteApproval {
    /// Of a post. `consent`: how its author stands to the viewer quoting it.
    pub fn render(post: &Post, consent: Consent) -> Self {
        let (automatic, manual) = match post.quote_policy.within(post.visibility) {
            QuotePolicy::Public => (vec!["public"], Vec::new()),
            QuotePolicy::Followers => (vec!["followers"], Vec::new()),
            QuotePolicy::Ask => (Vec::new(), vec!["public"]),
            QuotePolicy::Unsupported => (vec!["unsupported_policy"], Vec::new()),
            QuotePolicy::Nobody => (Vec::new(), Vec::new()),
        };
        Self { automatic, manual, current_user: consent }
    }
}
