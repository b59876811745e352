//! A view of an activity.

use serde_json::Value;

use super::object::Audience;
use super::value;

/// The activities that mean something here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ActivityKind {
    /// A new object.
    Create,
    /// A changed object or profile.
    Update,
    /// A deleted object or actor.
    Delete,
    /// A boost, or a group passing something on.
    Announce,
    /// A favourite.
    Like,
    /// A wish to follow.
    Follow,
    /// A yes to a Follow.
    Accept,
    /// A no to a Follow.
    Reject,
    /// Something is taken back.
    Undo,
    /// Somebody is blocked.
    Block,
    /// Something is put into a collection: a post is pinned.
    Add,
    /// Something is taken out of one.
    Remove,
    /// Anything else.
    Other,
}

impl ActivityKind {
    /// The kind of that name. A reaction with an emoji counts as a Like.
    pub fn from_name(name: &str) -> Self {
        match name {
            "Create" => Self::Create,
            "Update" => Self::Update,
            "Delete" => Self::Delete,
            "Announce" => Self::Announce,
            "Like" | "EmojiReact" => Self::Like,
            "Follow" => Self::Follow,
            "Accept" | "TentativeAccept" => Self::Accept,
            "Reject" | "TentativeReject" => Self::Reject,
            "Undo" => Self::Undo,
            "Block" => Self::Block,
            "Add" => Self::Add,
            "Remove" => Self::Remove,
            _ => Self::Other,
        }
    }

    /// Whether the same activity may come again with the same id, or without any, and mean something: after its Undo, or because the
    /// answer was lost.
    pub fn may_repeat(self) -> bool {
        match self {
            Self::Follow
            | Self::Undo
            | Self::Like
            | Self::Announce
            | Self::Block
            | Self::Accept
            | Self::Reject
            | Self::Add
            | Self::Remove => true,
            Self::Create | Self::Update | Self::Delete | Self::Other => false,
        }
    }
}

/// A view of an activity. Its actor has been authenticated only if the caller has done so.
#[derive(Debug, Clone, Copy)]
pub struct Activity<'a>(&'a Value);

impl<'a> Activity<'a> {
    /// Looks at a JSON object as an activity.
    pub fn new(value: &'a Value) -> Self {
        Self(value)
    }

    /// The JSON.
    pub fn json(self) -> &'a Value {
        self.0
    }

    /// The id as it was written; transient activities have none.
    pub fn raw_id(self) -> Option<&'a str> {
        value::get(self.0, "id").and_then(value::id_of)
    }

    /// The id in the form in which ids are compared.
    pub fn id(self) -> Option<String> {
        self.raw_id().and_then(value::canonical)
    }

    /// Whether an `id` is there at all, usable or not.
    pub fn has_id(self) -> bool {
        value::get(self.0, "id").is_some()
    }

    /// The name of its type; the first one that is known here if it has several. `None` if it has no type that is a text.
    pub fn type_name(self) -> Option<&'a str> {
        let mut kinds = value::kinds(self.0);
        let first = kinds.next()?;
        if ActivityKind::from_name(first) != ActivityKind::Other {
            return Some(first);
        }
        Some(kinds.find(|kind| ActivityKind::from_name(kind) != ActivityKind::Other).unwrap_or(first))
    }

    /// Whether the type of an embedded object, if it has one, is text or a list with text.
    pub fn has_readable_object_type(self) -> bool {
        let kind = self.0.get("object").and_then(|object| object.get("type")).filter(|kind| !kind.is_null());
        kind.is_none_or(|kind| kind.is_string() || kind.as_array().is_some_and(|all| all.iter().any(Value::is_string)))
    }

    /// What it means.
    pub fn kind(self) -> ActivityKind {
        self.type_name().map_or(ActivityKind::Other, ActivityKind::from_name)
    }

    /// The one actor; `None` if there is none, or if several are named.
    pub fn actor(self) -> Option<String> {
        match value::ids(self.0, "actor", 2).as_slice() {
            [actor] => value::canonical(actor),
            _ => None,
        }
    }

    /// The first object, embedded or as an id.
    pub fn object(self) -> Option<&'a Value> {
        value::first(self.0, "object")
    }

    /// The objects, embedded or as ids, at most `limit`.
    pub fn objects(self, limit: usize) -> impl Iterator<Item = &'a Value> {
        value::one_or_many(self.0, "object").take(limit)
    }

    /// The id of the first object as it was written.
    pub fn raw_object_id(self) -> Option<&'a str> {
        self.object().and_then(value::id_of)
    }

    /// The id of the first object in the form in which ids are compared.
    pub fn object_id(self) -> Option<String> {
        self.raw_object_id().and_then(value::canonical)
    }

    /// The id of the collection that the object is put into or taken out of.
    pub fn target(self) -> Option<String> {
        value::id(self.0, "target").and_then(value::canonical)
    }

    /// The first object, if it is embedded and an activity itself.
    pub fn inner(self) -> Option<Activity<'a>> {
        self.object().filter(|object| object.is_object() && value::get(object, "type").is_some()).map(Activity)
    }

    /// Whom it is addressed to; at most `limit` each of `to` and `cc`.
    pub fn audience(self, limit: usize) -> Audience {
        Audience::of(self.0, limit)
    }

    /// When it is said to have happened.
    pub fn published(self) -> Option<crate::time::Time> {
        value::time(self.0, "published")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_types_and_actors_in_any_shape() {
        let activity = json!({"type": ["Thing", "Create"], "actor": {"id": "https://R.example/a"}, "object": [{"id": "https://r.example/o", "type": "Note"}]});
        let activity = Activity::new(&activity);
        assert_eq!(activity.kind(), ActivityKind::Create);
        assert_eq!(activity.actor().as_deref(), Some("https://r.example/a"));
        assert_eq!(activity.object_id().as_deref(), Some("https://r.example/o"));
        assert!(!activity.has_id());
    }

    #[test]
    fn several_actors_are_nobody() {
        let activity = json!({"type": "Create", "actor": ["https://e.example/m", "https://r.example/b"]});
        assert_eq!(Activity::new(&activity).actor(), None);
        let activity = json!({"type": 42, "actor": ["https://e.example/m"]});
        assert_eq!(Activity::new(&activity).actor().as_deref(), Some("https://e.example/m"));
        assert_eq!(Activity::new(&activity).type_name(), None);
    }
}
