//! The streams there are, by the names that clients use, and what is sent on them.

use serde_json::json;

use crate::domain::timelines::PublicFilter;
use crate::error::{Error, Result};
use crate::ids::ListId;
use crate::text::tags::normalize;

/// The longest hashtag that is listened to, in characters.
const LONGEST_TAG: usize = 200;

/// Something one can listen to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stream {
    /// The home timeline and notifications.
    User,
    /// Notifications only.
    Notifications,
    /// What everybody writes in public.
    Public(PublicFilter),
    /// What everybody writes in public with a hashtag.
    Hashtag {
        /// As the client wrote it.
        asked: String,
        /// Normalised.
        name: String,
        /// Only posts of this server.
        local: bool,
    },
    /// What the members of a list write.
    List(ListId),
    /// Threads of direct messages.
    Direct,
}

impl Stream {
    /// The stream of that name; `tag` and `list` say which where there are many. The error says what is wrong.
    pub fn parse(name: &str, tag: Option<&str>, list: Option<&str>) -> Result<Self> {
        let public =
            |local: bool, remote: bool, only_media: bool| Self::Public(PublicFilter { local, remote, only_media });
        let hashtag = |local: bool| -> Result<Self> {
            let asked = tag.map(str::trim).filter(|tag| tag.chars().count() <= LONGEST_TAG).unwrap_or_default();
            let name = normalize(asked).ok_or_else(|| Error::invalid("tag", "must be a hashtag"))?;
            Ok(Self::Hashtag { asked: asked.to_owned(), name, local })
        };
        match name {
            "user" => Ok(Self::User),
            "user:notification" => Ok(Self::Notifications),
            "public" => Ok(public(false, false, false)),
            "public:media" => Ok(public(false, false, true)),
            "public:local" => Ok(public(true, false, false)),
            "public:local:media" => Ok(public(true, false, true)),
            "public:remote" => Ok(public(false, true, false)),
            "public:remote:media" => Ok(public(false, true, true)),
            "hashtag" => hashtag(false),
            "hashtag:local" => hashtag(true),
            "list" => list
                .and_then(|id| id.trim().parse().ok())
                .map(Self::List)
                .ok_or_else(|| Error::invalid("list", "must be the id of a list")),
            "direct" => Ok(Self::Direct),
            _ => Err(Error::NotFound("stream")),
        }
    }

    /// Its name and, where there are many, which: as clients match it.
    pub fn label(&self) -> Vec<String> {
        match self {
            Self::User => vec!["user".into()],
            Self::Notifications => vec!["user:notification".into()],
            Self::Public(filter) => {
                let from = if filter.local {
                    ":local"
                } else if filter.remote {
                    ":remote"
                } else {
                    ""
                };
                vec![format!("public{from}{}", if filter.only_media { ":media" } else { "" })]
            }
            Self::Hashtag { asked, local, .. } => {
                vec![if *local { "hashtag:local".into() } else { "hashtag".into() }, asked.clone()]
            }
            Self::List(id) => vec!["list".into(), id.to_string()],
            Self::Direct => vec!["direct".into()],
        }
    }

    /// The scopes that a token needs for it, all of them.
    pub fn scopes(&self) -> &'static [&'static str] {
        match self {
            Self::User => &["read:statuses", "read:notifications"],
            Self::Notifications => &["read:notifications"],
            Self::Public(_) | Self::Hashtag { .. } | Self::List(_) | Self::Direct => &["read:statuses"],
        }
    }
}

/// A message as WebSockets carry it; `payload` is text that holds JSON, and absent if it is empty.
pub fn frame(stream: &Stream, event: &str, payload: &str) -> String {
    if payload.is_empty() {
        return json!({ "stream": stream.label(), "event": event }).to_string();
    }
    json!({ "stream": stream.label(), "event": event, "payload": payload }).to_string()
}

/// A message as server-sent events carry it. Clients read what comes as JSON, so an empty payload is sent as `null`.
pub fn sent_event(event: &str, payload: &str) -> String {
    let payload = if payload.is_empty() { "null" } else { payload };
    // A line feed would end the data; JSON holds none outside of texts, and there they are escaped.
    format!("event: {event}\ndata: {}\n\n", payload.replace(['\n', '\r'], " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_called_as_it_was_asked_for() {
        let names = "user user:notification public public:media public:local public:local:media public:remote public:remote:media direct";
        for name in names.split(' ') {
            assert_eq!(Stream::parse(name, None, None).unwrap().label(), [name]);
        }
        assert_eq!(Stream::parse("hashtag", Some("Tea"), None).unwrap().label(), ["hashtag", "Tea"]);
        assert_eq!(Stream::parse("hashtag:local", Some("tea"), None).unwrap().label(), ["hashtag:local", "tea"]);
        assert_eq!(Stream::parse("list", None, Some("12")).unwrap(), Stream::List(ListId(12)));
    }

    #[test]
    fn what_is_missing_or_unknown_is_refused() {
        assert!(matches!(Stream::parse("everything", None, None), Err(Error::NotFound(_))));
        assert!(matches!(Stream::parse("hashtag", None, None), Err(Error::Invalid(_))));
        assert!(matches!(Stream::parse("hashtag", Some(&"x".repeat(300)), None), Err(Error::Invalid(_))));
        assert!(matches!(Stream::parse("list", None, Some("mine")), Err(Error::Invalid(_))));
    }

    #[test]
    fn a_frame_holds_its_payload_as_text() {
        let sent: serde_json::Value = serde_json::from_str(&frame(&Stream::User, "update", "{\"id\":\"1\"}")).unwrap();
        assert_eq!(sent, json!({"stream": ["user"], "event": "update", "payload": "{\"id\":\"1\"}"}));
        assert_eq!(sent_event("delete", "12"), "event: delete\ndata: 12\n\n");
    }

    #[test]
    fn an_event_without_payload_has_none() {
        let sent: serde_json::Value = serde_json::from_str(&frame(&Stream::User, "filters_changed", "")).unwrap();
        assert_eq!(sent, json!({"stream": ["user"], "event": "filters_changed"}));
        assert_eq!(sent_event("filters_changed", ""), "event: filters_changed\ndata: null\n\n");
    }
}
