//! A view of an object: a note, an article, a question and whatever else is shown as a post.

use serde_json::Value;

use super::{is_public, value};
use crate::domain::posts::{PostKind, Visibility};
use crate::time::Time;

/// Whom something is addressed to, as written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audience {
    /// In the first place.
    pub to: Vec<String>,
    /// Further recipients.
    pub cc: Vec<String>,
}

impl Audience {
    /// The recipients of an object or activity; at most `limit` in each list.
    pub fn of(object: &Value, limit: usize) -> Self {
        let read = |names: [&str; 2]| {
            let mut list: Vec<String> = Vec::new();
            for id in names.into_iter().flat_map(|name| value::ids(object, name, limit)).take(limit) {
                list.push(if is_public(id) {
                    super::PUBLIC.to_owned()
                } else {
                    value::canonical(id).unwrap_or_else(|| id.to_owned())
                });
            }
            list
        };
        Self { to: read(["to", "bto"]), cc: read(["cc", "bcc"]) }
    }

    /// Whether nobody is named.
    pub fn is_empty(&self) -> bool {
        self.to.is_empty() && self.cc.is_empty()
    }

    /// Everybody named.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.to.iter().chain(&self.cc).map(String::as_str)
    }

    /// Who may see what is addressed so, by an author with this collection of followers. Without one, an unknown collection that
    /// looks like followers still counts as such; nothing recognisable is never public.
    pub fn visibility(&self, followers: Option<&str>) -> Visibility {
        if self.to.iter().any(|id| is_public(id)) {
            Visibility::Public
        } else if self.cc.iter().any(|id| is_public(id)) {
            Visibility::Unlisted
        } else if self.all().any(|id| Some(id) == followers) {
            Visibility::Private
        } else {
            Visibility::Direct
        }
    }
}

/// A view of an object.
#[derive(Debug, Clone, Copy)]
pub struct Object<'a>(&'a Value);

impl<'a> Object<'a> {
    /// Looks at a JSON object as an object of ActivityStreams.
    pub fn new(value: &'a Value) -> Self {
        Self(value)
    }

    /// The JSON.
    pub fn json(self) -> &'a Value {
        self.0
    }

    /// The id in the form in which ids are compared.
    pub fn id(self) -> Option<String> {
        value::get(self.0, "id").and_then(value::id_of).and_then(value::canonical)
    }

    /// What kind of post it is shown as; `None` if it is none.
    pub fn kind(self) -> Option<PostKind> {
        value::kinds(self.0).find_map(|kind| {
            Some(match kind {
                "Note" => PostKind::Note,
                "Article" => PostKind::Article,
                "Page" => PostKind::Page,
                "Question" => PostKind::Question,
                "Event" => PostKind::Event,
                "Video" => PostKind::Video,
                "Audio" => PostKind::Audio,
                "Image" => PostKind::Image,
                _ => return None,
            })
        })
    }

    /// Whether it stands for something deleted.
    pub fn is_tombstone(self) -> bool {
        value::is_a(self.0, "Tombstone")
    }

    /// The ids of its authors. PeerTube names channel and person; then the person comes first.
    pub fn authors(self) -> Vec<String> {
        let mut entries: Vec<&Value> = value::one_or_many(self.0, "attributedTo").take(10).collect();
        if entries.is_empty() {
            entries = value::one_or_many(self.0, "actor").take(1).collect();
        }
        entries.sort_by_key(|entry| !value::is_a(entry, "Person"));
        entries.into_iter().filter_map(value::id_of).filter_map(value::canonical).collect()
    }

    /// The text as it came: HTML, or what `mediaType` says.
    pub fn content(self) -> Option<String> {
        value::text_or_map(self.0, "content", "contentMap")
    }

    /// Whether the text is Markdown or plain instead of HTML.
    pub fn is_plain(self) -> bool {
        let media_type = value::text(self.0, "mediaType");
        media_type.is_some_and(|media_type| {
            matches!(media_type.split(';').next().map(str::trim), Some("text/markdown" | "text/plain"))
        })
    }

    /// The title.
    pub fn name(self) -> Option<String> {
        value::text_or_map(self.0, "name", "nameMap")
    }

    /// A content warning, or the excerpt of a long text.
    pub fn summary(self) -> Option<String> {
        value::text_or_map(self.0, "summary", "summaryMap")
    }

    /// The language it names: the first key of a language map, Lemmy's `language`, or the context's default.
    pub fn language(self) -> Option<String> {
        let named = value::get(self.0, "language")
            .and_then(|l| l.as_str().or_else(|| l.get("identifier")?.as_str()).map(str::to_owned));
        let by_map = || {
            ["contentMap", "summaryMap", "nameMap"]
                .iter()
                .find_map(|name| value::first_of_map(self.0, name))
                .map(|(code, _)| code)
        };
        let by_context =
            || value::one_or_many(self.0, "@context").find_map(|c| c.get("@language")?.as_str()).map(str::to_owned);
        // A map may name the language of a text that is empty.
        let by_key = || value::get(self.0, "contentMap")?.as_object()?.keys().next().cloned();
        by_map().or(named).or_else(by_key).or_else(by_context)
    }

    /// Whether it is to be shown only on request.
    pub fn is_sensitive(self) -> bool {
        value::flag(self.0, "sensitive").unwrap_or(false)
    }

    /// When it was published.
    pub fn published(self) -> Option<Time> {
        value::time(self.0, "published")
    }

    /// When it was last changed.
    pub fn updated(self) -> Option<Time> {
        value::time(self.0, "updated")
    }

    /// The id of what it answers.
    pub fn in_reply_to(self) -> Option<String> {
        value::id(self.0, "inReplyTo").and_then(value::canonical)
    }

    /// Whether it is a vote: a name, an answered post, and no text.
    pub fn is_vote(self) -> bool {
        self.kind() == Some(PostKind::Note)
            && value::text(self.0, "name").is_some()
            && self.in_reply_to().is_some()
            && self.content().is_none()
            && value::one_or_many(self.0, "attachment").next().is_none()
    }

    /// Whom it is addressed to; at most `limit` each of `to` and `cc`.
    pub fn audience(self, limit: usize) -> Audience {
        Audience::of(self.0, limit)
    }

    /// Its tags of one type, such as `Mention`, at most `limit`.
    pub fn tags(self, kind: &'static str, limit: usize) -> impl Iterator<Item = &'a Value> {
        value::one_or_many(self.0, "tag").filter(move |tag| value::is_a(tag, kind)).take(limit)
    }

    /// Its attachments, at most `limit`.
    pub fn attachments(self, limit: usize) -> impl Iterator<Item = &'a Value> {
        value::one_or_many(self.0, "attachment").take(limit)
    }

    /// The size of a collection that it names and embeds, such as `likes`.
    pub fn total(self, name: &str) -> Option<i64> {
        value::get(self.0, name).and_then(|collection| value::count(collection, "totalItems"))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn seen(object: &Value) -> Visibility {
        Object::new(object).audience(200).visibility(Some("https://r.example/a/followers"))
    }

    #[test]
    fn the_audience_decides_who_sees_it() {
        let followers = "https://r.example/a/followers";
        assert_eq!(seen(&json!({"to": "Public", "cc": followers})), Visibility::Public);
        assert_eq!(seen(&json!({"to": [{"id": "as:Public"}]})), Visibility::Public);
        assert_eq!(seen(&json!({"to": followers, "cc": [super::super::PUBLIC]})), Visibility::Unlisted);
        assert_eq!(seen(&json!({"cc": [followers]})), Visibility::Private);
        assert_eq!(seen(&json!({"to": "https://b.example/users/b"})), Visibility::Direct);
        assert_eq!(seen(&json!({})), Visibility::Direct, "nothing recognisable is never public");
    }

    #[test]
    fn authors_come_in_any_shape() {
        let authors = |value: Value| Object::new(&json!({ "attributedTo": value })).authors();
        assert_eq!(authors(json!("https://r.example/a")), ["https://r.example/a"]);
        assert_eq!(
            authors(
                json!([{"type": "Group", "id": "https://r.example/g"}, {"type": "Person", "id": "https://r.example/p"}])
            ),
            ["https://r.example/p", "https://r.example/g"]
        );
        assert_eq!(authors(json!(null)), Vec::<String>::new());
    }

    #[test]
    fn a_vote_is_no_answer() {
        let vote = json!({"type": "Note", "name": "A", "inReplyTo": "https://b.example/p/1", "to": "https://b.example/users/b"});
        assert!(Object::new(&vote).is_vote());
        let answer = json!({"type": "Note", "content": "A", "inReplyTo": "https://b.example/p/1"});
        assert!(!Object::new(&answer).is_vote());
    }

    #[test]
    fn text_comes_by_language_too() {
        let note = json!({"type": "Note", "contentMap": {"de": "<p>Hallo</p>"}});
        assert_eq!(Object::new(&note).content().as_deref(), Some("<p>Hallo</p>"));
        assert_eq!(Object::new(&note).language().as_deref(), Some("de"));
        let odd = json!({"type": "Note", "content": {"x": 1}, "contentMap": []});
        assert_eq!(Object::new(&odd).content(), None);
    }
}
