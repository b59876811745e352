//! ActivityStreams as it is found in the wild: plain JSON with fixed names, read tolerantly.
//!
//! `@context` is never read and never fetched. Every property may be missing, `null`, one value or an array of values; a part that has
//! the wrong shape counts as missing, and only what nobody could use is an error. The views borrow the parsed document.

pub mod activity;
pub mod actor;
pub mod object;
pub mod value;

pub use activity::{Activity, ActivityKind};
pub use actor::{Actor, Key};
pub use object::{Audience, Object};

/// The collection that stands for everybody.
pub const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";
/// The namespace of ActivityStreams, which is also its context and its profile.
pub const NAMESPACE: &str = "https://www.w3.org/ns/activitystreams";
/// The usual media type of ActivityPub documents.
pub const ACTIVITY_JSON: &str = "application/activity+json";
/// The other media type of ActivityPub documents, complete.
pub const LD_JSON: &str = "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"";
/// What is asked for when a document is fetched.
pub const ACCEPTED: &str =
    "application/activity+json, application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"";

/// Whether an id stands for everybody, in any of its spellings.
pub fn is_public(id: &str) -> bool {
    matches!(id, PUBLIC | "as:Public" | "Public")
}

/// What a `Content-Type` says about a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// ActivityStreams for certain: `application/activity+json`, or `application/ld+json` with the profile.
    Activity,
    /// `application/ld+json` without the profile: may be anything.
    LinkedData,
    /// Something else.
    Other,
}

impl MediaType {
    /// Reads a `Content-Type` header (RFC 9110 section 8.3): any case, any parameters in any order.
    pub fn parse(header: &str) -> Self {
        let mut parts = header.split(';');
        let essence = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            ACTIVITY_JSON => Self::Activity,
            "application/ld+json" => {
                let has_profile = parts.filter_map(|part| part.split_once('=')).any(|(name, value)| {
                    let value = value.trim().trim_matches('"');
                    name.trim().eq_ignore_ascii_case("profile")
                        && value.split_ascii_whitespace().any(|profile| profile == NAMESPACE)
                });
                if has_profile { Self::Activity } else { Self::LinkedData }
            }
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_are_read_with_their_parameters() {
        for text in [
            "application/activity+json",
            "Application/Activity+JSON; charset=utf-8",
            "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"",
            "application/ld+json; charset=utf-8; profile=\"https://example.com/x https://www.w3.org/ns/activitystreams\"",
            "application/ld+json;Profile=https://www.w3.org/ns/activitystreams",
        ] {
            assert_eq!(MediaType::parse(text), MediaType::Activity, "{text}");
        }
        assert_eq!(MediaType::parse("application/ld+json"), MediaType::LinkedData);
        assert_eq!(MediaType::parse("application/ld+json; profile=\"https://example.com/\""), MediaType::LinkedData);
        for text in
            ["", "application/json", "text/html", "text/plain; application/activity+json", "application/activity+jsonx"]
        {
            assert_eq!(MediaType::parse(text), MediaType::Other, "{text}");
        }
    }
}
