//! From an object document to a post of another server.

use serde_json::Value;

use super::Reading;
use super::account_in::is_near;
use crate::domain::accounts::Account;
use crate::domain::posts::incoming::{Incoming, IncomingPoll};
use crate::domain::posts::{Attachment, PostKind, Visibility};
use crate::error::{Error, Result};
use crate::federation::vocab::{Audience, Object, value};
use crate::ids::MediaId;
use crate::net::RemoteUrl;
use crate::text::{Hashtag, SafeHtml, clean_lines, clean_text, escape, language, sanitize, to_plain};

/// Characters of a title or a content warning.
const MAX_TITLE: usize = 500;
/// Characters of one option of a poll.
const MAX_OPTION: usize = 200;
/// Options of a poll.
const MAX_OPTIONS: usize = 50;
/// The largest side of a picture that is believed, in pixels.
const MAX_SIDE: i64 = 65_535;
/// Links of a post of a threadiverse server that are shown below its text.
const MAX_LINKS: usize = 4;

/// The ids of everybody that an object names or addresses, to be looked up before [`incoming`]; at most what the limits allow.
pub fn people(object: Object<'_>, audience: &Audience, reading: Reading<'_>) -> Vec<String> {
    let mut found: Vec<String> = mentioned(object, reading).collect();
    for id in audience.all() {
        if !found.iter().any(|known| known == id) && id.starts_with("http") {
            found.push(id.to_owned());
        }
    }
    found.truncate(reading.limits.mentions.saturating_add(reading.limits.recipients));
    found
}

fn mentioned<'a>(object: Object<'a>, reading: Reading<'a>) -> impl Iterator<Item = String> + 'a {
    object
        .tags("Mention", reading.limits.mentions)
        .filter_map(|tag| value::id(tag, "href"))
        .filter_map(value::canonical)
}

/// The ids that a post names by tags that count: in what is not for everybody, only of those whom it is for.
pub fn named(object: Object<'_>, audience: &Audience, visibility: Visibility, reading: Reading<'_>) -> Vec<String> {
    let is_closed = matches!(visibility, Visibility::Private | Visibility::Direct);
    mentioned(object, reading).filter(|uri| !is_closed || audience.all().any(|id| id == uri)).collect()
}

/// The audience of an object: its own, or where it names nobody that of the activity that brought it.
pub fn audience(object: Object<'_>, fallback: &Audience, reading: Reading<'_>) -> Audience {
    let own = object.audience(reading.limits.recipients);
    if own.is_empty() { fallback.clone() } else { own }
}

/// Reads an object whose author is known to be `author`. `people`: those of [`people`] who are known here. The caller has checked that
/// the object may speak for its author. Error: `Conflict` if it is nothing that is shown as a post.
pub fn incoming(
    object: Object<'_>,
    audience: &Audience,
    author: &Account,
    people: Vec<Account>,
    reading: Reading<'_>,
) -> Result<Incoming> {
    let wrong = |why: &str| Error::Conflict(format!("the post cannot be used: {why}"));
    let mut kind = object.kind().ok_or_else(|| wrong("it is of no type that is shown as a post"))?;
    let uri = object.id().ok_or_else(|| wrong("it has no usable id"))?;
    let home = RemoteUrl::try_from(uri.clone()).map_err(|why| wrong(&why.to_string()))?;
    let poll = if kind == PostKind::Question { poll(object) } else { None };
    if kind == PostKind::Question && poll.is_none() {
        kind = PostKind::Note;
    }
    let visibility = audience.visibility(author.followers_url.as_deref());
    let content = content(object, kind);
    let spoiler_text = if folds(kind) {
        object.summary().map(|summary| clean_text(&to_plain(&summary), MAX_TITLE)).unwrap_or_default()
    } else {
        String::new()
    };
    let language = object
        .language()
        .and_then(|code| language::normalize(&code))
        .or_else(|| language::detect(&content.to_plain()).map(str::to_owned));
    Ok(Incoming {
        url: page_of(object, &home).unwrap_or_else(|| uri.clone()),
        account: author.clone(),
        kind,
        visibility,
        title: object.name().map(|name| clean_text(&to_plain(&name), MAX_TITLE)).filter(|title| !title.is_empty()),
        content,
        spoiler_text,
        sensitive: object.is_sensitive(),
        language,
        in_reply_to_uri: object.in_reply_to().filter(|parent| *parent != uri),
        mentions: mentions(object, audience, visibility, people, reading),
        tags: hashtags(object, reading),
        emojis: reading.emojis(object.json()),
        media: media(object, kind, reading),
        published: object.published().map_or(reading.now, |published| reading.believable(published)),
        poll,
        quote_policy: super::quotes::policy(object, author),
        likes: object.total("likes"),
        shares: object.total("shares"),
        uri,
    })
}

/// Whether the summary of this kind of post hides its text until asked for.
fn folds(kind: PostKind) -> bool {
    matches!(kind, PostKind::Note | PostKind::Question)
}

fn content(object: Object<'_>, kind: PostKind) -> SafeHtml {
    let text = object.content().filter(|text| !text.trim().is_empty());
    let body = match text {
        Some(text) if object.is_plain() => SafeHtml::from_plain(&text),
        Some(text) => sanitize(&text),
        None if folds(kind) => SafeHtml::default(),
        None => object.summary().map_or_else(SafeHtml::default, |summary| sanitize(&summary)),
    };
    let mut more = String::new();
    for address in links(object).chain(quoted(object)) {
        let address = escape(&address);
        if !body.as_str().contains(&address) && !more.contains(&address) {
            more.push_str(&format!("<p><a href=\"{address}\">{address}</a></p>"));
        }
    }
    if more.is_empty() { body } else { sanitize(&format!("{}{more}", body.as_str())) }
}

/// What a threadiverse post links to.
fn links(object: Object<'_>) -> impl Iterator<Item = String> + use<'_> {
    object
        .attachments(50)
        .filter(|attachment| value::is_a(attachment, "Link"))
        .filter(|link| media_type(link).is_none_or(|t| !is_media(&t)))
        .filter_map(value::address_of)
        .take(MAX_LINKS)
}

/// The post that this one quotes, in any of the ways in which that is said.
fn quoted(object: Object<'_>) -> Option<String> {
    ["quote", "quoteUri", "quoteUrl", "_misskey_quote"]
        .into_iter()
        .find_map(|name| value::id(object.json(), name))
        .and_then(value::web)
}

/// The page for people, if it lies near the id.
fn page_of(object: Object<'_>, home: &RemoteUrl) -> Option<String> {
    let html = |link: &&Value| media_type(link).is_some_and(|kind| kind.starts_with("text/html"));
    let marked = value::one_or_many(object.json(), "url").find(html).and_then(value::address_of);
    let plain = |link: &&Value| media_type(link).is_none();
    let page = marked.or_else(|| value::one_or_many(object.json(), "url").filter(plain).find_map(value::address_of))?;
    is_near(&page, home).then_some(page)
}

fn media_type(object: &Value) -> Option<String> {
    let text = value::text(object, "mediaType").or_else(|| value::text(object, "mimeType"))?;
    Some(text.split(';').next()?.trim().to_ascii_lowercase())
}

fn is_media(media_type: &str) -> bool {
    ["image/", "video/", "audio/"].iter().any(|kind| media_type.starts_with(kind))
}

/// Whom the post names, as far as known. A tag without an entry in the audience names nobody here, so that nobody is told of it, and
/// nobody at all in what is not for everybody; in a post for everybody it only leads to an account elsewhere. Whom a private or direct
/// post is addressed to here is named even without a tag, since they are to read it.
fn mentions(
    object: Object<'_>,
    audience: &Audience,
    visibility: Visibility,
    people: Vec<Account>,
    reading: Reading<'_>,
) -> Vec<Account> {
    let tagged: Vec<String> = mentioned(object, reading).collect();
    let is_closed = matches!(visibility, Visibility::Private | Visibility::Direct);
    let is_named = |account: &Account| {
        let is_addressed = audience.all().any(|id| id == account.uri);
        if tagged.contains(&account.uri) {
            is_addressed || (!is_closed && !account.is_local())
        } else {
            is_addressed && is_closed && account.is_local()
        }
    };
    let mut named: Vec<Account> = people.into_iter().filter(is_named).collect();
    named.sort_by_key(|account| tagged.iter().position(|uri| *uri == account.uri).unwrap_or(usize::MAX));
    named.truncate(reading.limits.mentions);
    named
}

fn hashtags(object: Object<'_>, reading: Reading<'_>) -> Vec<Hashtag> {
    let mut found: Vec<Hashtag> = Vec::new();
    for tag in object.tags("Hashtag", reading.limits.hashtags) {
        let Some(tag) = value::text(tag, "name").and_then(|name| Hashtag::parse(&name)) else { continue };
        if found.iter().all(|known| known.normalized != tag.normalized) {
            found.push(tag);
        }
    }
    found
}

fn media(object: Object<'_>, kind: PostKind, reading: Reading<'_>) -> Vec<Attachment> {
    let limit = reading.limits.attachments;
    let mut found: Vec<Attachment> = object
        .attachments(limit.saturating_mul(2))
        .filter_map(|file| attachment(file, object, reading))
        .take(limit)
        .collect();
    if found.is_empty() && matches!(kind, PostKind::Video | PostKind::Audio | PostKind::Image) {
        let files =
            value::one_or_many(object.json(), "url").filter(|link| media_type(link).is_some_and(|t| is_media(&t)));
        found.extend(files.filter_map(|file| attachment(file, object, reading)).take(1));
    }
    if found.is_empty() && !folds(kind) {
        let picture = value::one_or_many(object.json(), "image").find_map(|image| attachment(image, object, reading));
        found.extend(picture);
    }
    found
}

fn attachment(file: &Value, object: Object<'_>, reading: Reading<'_>) -> Option<Attachment> {
    let address = value::address_of(file).filter(|address| reading.may_show(address))?;
    let content_type = media_type(file).filter(|t| t.len() <= 100);
    let family = content_type.as_deref().and_then(|t| t.split('/').next()).map(str::to_owned);
    let by_type = || {
        value::kinds(file)
            .find_map(|kind| ["Image", "Video", "Audio"].contains(&kind).then(|| kind.to_ascii_lowercase()))
    };
    // A bare address, as some write pictures.
    let bare = || (file.is_string()).then(|| "image".to_owned());
    let family = family.filter(|f| ["image", "video", "audio"].contains(&f.as_str())).or_else(by_type).or_else(bare);
    if family.is_none() && !value::is_a(file, "Document") {
        return None;
    }
    let side = |name: &str| {
        value::count(file, name).filter(|side| (1..=MAX_SIDE).contains(side)).and_then(|side| i32::try_from(side).ok())
    };
    let described = value::text(file, "summary").or_else(|| value::text(file, "name"));
    let poster = if family.as_deref() == Some("image") {
        None
    } else {
        value::web_address(file, "icon").or_else(|| value::web_address(object.json(), "icon"))
    };
    Some(Attachment {
        id: MediaId(0),
        kind: family.unwrap_or_else(|| "unknown".to_owned()),
        file: address,
        preview: poster.filter(|address| reading.may_show(address)),
        is_remote: true,
        content_type: content_type.unwrap_or_default(),
        description: described
            .map(|text| clean_lines(&text, reading.limits.alt_text_characters))
            .filter(|text| !text.is_empty()),
        blurhash: value::text(file, "blurhash").filter(|hash| is_blurhash(hash)),
        width: side("width"),
        height: side("height"),
        preview_width: None,
        preview_height: None,
        focus: focus(file).unwrap_or((0.0, 0.0)),
    })
}

fn focus(file: &Value) -> Option<(f64, f64)> {
    let [x, y] = value::get(file, "focalPoint")?.as_array()?.as_slice() else { return None };
    let inside = |n: &Value| n.as_f64().filter(|n| (-1.0..=1.0).contains(n));
    Some((inside(x)?, inside(y)?))
}

/// Whether a text has the form of a blurhash: characters of its base 83, as many as its first one says.
fn is_blurhash(text: &str) -> bool {
    const DIGITS: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";
    let Some(size) = text.chars().next().and_then(|first| DIGITS.find(first)) else { return false };
    text.chars().all(|c| DIGITS.contains(c)) && text.len() == 4 + 2 * (size % 9 + 1) * (size / 9 + 1)
}

fn poll(object: Object<'_>) -> Option<IncomingPoll> {
    let json = object.json();
    let is_multiple = value::one_or_many(json, "oneOf").next().is_none();
    let entries = value::one_or_many(json, if is_multiple { "anyOf" } else { "oneOf" });
    let read = |entry: &Value| {
        // Plain text by definition, and kept as it is: a vote names its option by it.
        let text = clean_text(&value::text_or_map(entry, "name", "nameMap")?, MAX_OPTION);
        let votes = value::get(entry, "replies").and_then(|replies| value::count(replies, "totalItems")).unwrap_or(0);
        (!text.is_empty()).then_some((text, votes))
    };
    let options: Vec<(String, i64)> = entries.take(MAX_OPTIONS).filter_map(read).collect();
    let expires_at = value::time(json, "endTime").or_else(|| value::time(json, "closed"));
    (!options.is_empty()).then(|| IncomingPoll {
        options,
        is_multiple,
        voters_count: value::count(json, "votersCount"),
        expires_at,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::Limits;
    use crate::domain::domain_rules::Policy;
    use crate::domain::sample;
    use crate::ids::AccountId;
    use crate::time::Time;

    const NOW: Time = Time::from_unix(1_770_000_000);

    fn account(id: i64, name: &str, domain: &str) -> Account {
        Account { id: AccountId(id), ..sample::account(name, domain) }
    }

    fn read(document: &Value) -> Incoming {
        let (limits, rules) = (Limits::default(), Policy::default());
        let reading = Reading { limits: &limits, rules: &rules, now: NOW };
        let object = Object::new(document);
        let audience = audience(object, &Audience::default(), reading);
        let known = vec![account(1, "alice", ""), account(2, "carol", "c.example")];
        let wanted = people(object, &audience, reading);
        let people = known.into_iter().filter(|account| wanted.contains(&account.uri)).collect();
        incoming(object, &audience, &account(9, "bob", "r.example"), people, reading).unwrap()
    }

    fn note(extra: Value) -> Value {
        let mut document =
            json!({"id": "https://r.example/notes/1", "type": "Note", "to": "Public", "content": "<p>Hi</p>"});
        if let (Some(map), Value::Object(extra)) = (document.as_object_mut(), extra) {
            map.extend(extra);
        }
        document
    }

    #[test]
    fn a_plain_note_is_read() {
        let post = read(&note(
            json!({"published": "2026-01-01T00:00:00Z", "summary": "", "url": "https://r.example/@bob/1", "contentMap": {"de-AT": "<p>Hi</p>"}}),
        ));
        assert_eq!(
            (post.visibility, post.kind, post.content.as_str()),
            (Visibility::Public, PostKind::Note, "<p>Hi</p>")
        );
        assert_eq!(
            (post.spoiler_text.as_str(), post.url.as_str(), post.language.as_deref()),
            ("", "https://r.example/@bob/1", Some("de"))
        );
        assert_eq!(post.published.rfc3339(), "2026-01-01T00:00:00.000Z");
        assert_eq!(read(&note(json!({"published": "soon"}))).published, NOW);
        assert_eq!(read(&note(json!({"published": "2100-01-01T00:00:00Z"}))).published, NOW);
    }

    #[test]
    fn a_tag_without_an_entry_in_the_audience_names_nobody_here() {
        let tag = json!([{"type": "Mention", "href": "https://brand.example/users/alice"}, {"type": "Mention", "href": "https://c.example/users/carol"}]);
        let named = |extra: Value| {
            let mut document = note(extra);
            document["tag"] = tag.clone();
            read(&document).mentions.iter().map(|a| a.username.clone()).collect::<Vec<_>>()
        };
        assert_eq!(named(json!({"cc": "https://c.example/users/carol"})), ["carol"]);
        assert_eq!(named(json!({})), ["carol"], "an open post may lead to an account elsewhere");
        let closed = json!({"to": "https://r.example/users/bob/followers"});
        assert!(named(closed).is_empty(), "what is not for everybody names those only whom it is for");
    }

    #[test]
    fn a_direct_message_names_whom_it_is_for() {
        let post = read(&note(json!({"to": "https://brand.example/users/alice"})));
        assert_eq!((post.visibility, post.mentions.len()), (Visibility::Direct, 1));
        let public = read(&note(json!({"cc": "https://brand.example/users/alice"})));
        assert!(public.mentions.is_empty(), "whoever is only addressed by a public post is not named by it");
    }

    #[test]
    fn long_texts_have_a_title_and_no_fold() {
        let post =
            read(&note(json!({"type": "Article", "name": "<b>News</b>", "summary": "In short", "sensitive": true})));
        assert_eq!((post.title.as_deref(), post.spoiler_text.as_str(), post.sensitive), (Some("News"), "", true));
        let folded = read(&note(json!({"summary": "<p>Spoiler &amp; more</p>"})));
        assert_eq!(folded.spoiler_text, "Spoiler & more");
    }

    #[test]
    fn files_are_taken_with_what_is_valid_of_them() {
        let post = read(&note(json!({"attachment": [
            {"type": "Document", "mediaType": "image/png", "url": "https://files.example/a.png", "name": "A cat", "width": 10, "height": -3, "blurhash": "nonsense", "focalPoint": [0.5, 9]},
            {"type": "Image", "url": [{"type": "Link", "href": "https://files.example/b.webp"}], "blurhash": "LEHV6nWB2yk8pyo0adR*.7kCMdnj"},
            {"type": "PropertyValue", "name": "x"},
            {"type": "Document", "mediaType": "image/png", "url": "javascript:alert(1)"}
        ]})));
        let [cat, other] = post.media.as_slice() else { panic!("{:?}", post.media) };
        assert_eq!(
            (cat.kind.as_str(), cat.description.as_deref(), cat.width, cat.height, cat.focus),
            ("image", Some("A cat"), Some(10), None, (0.0, 0.0))
        );
        assert_eq!(cat.blurhash, None);
        assert!(other.blurhash.is_some() && other.is_remote);
    }

    #[test]
    fn polls_are_read_and_empty_ones_are_notes() {
        let question = |extra: Value| {
            let mut document = note(extra);
            document["type"] = json!("Question");
            read(&document)
        };
        let post = question(
            json!({"oneOf": [{"name": "A", "replies": {"totalItems": 3}}, {"name": "B"}], "votersCount": 3, "endTime": "2026-03-01T00:00:00Z"}),
        );
        let poll = post.poll.unwrap();
        assert_eq!(
            (poll.options, poll.is_multiple, poll.voters_count),
            (vec![("A".to_owned(), 3), ("B".to_owned(), 0)], false, Some(3))
        );
        assert!(poll.expires_at.is_some());
        let many = question(json!({"anyOf": [{"name": "A"}]}));
        assert!(many.poll.unwrap().is_multiple);
        let empty = question(json!({"oneOf": []}));
        assert_eq!((empty.kind, empty.poll.is_none()), (PostKind::Note, true));
    }

    #[test]
    fn links_and_quotes_stay_reachable() {
        let page = read(&note(
            json!({"type": "Page", "name": "Look", "content": null, "attachment": [{"type": "Link", "href": "https://news.example/a?b=1&c=2"}]}),
        ));
        assert!(page.content.as_str().contains("https://news.example/a?b=1&amp;c=2"), "{}", page.content);
        let quote = read(&note(json!({"quoteUrl": "https://c.example/notes/7"})));
        assert!(quote.content.as_str().contains("href=\"https://c.example/notes/7\""));
    }

    #[test]
    fn floods_are_cut() {
        let tags: Vec<Value> = (0..3000).map(|n| json!({"type": "Emoji", "name": format!(":e{n}:"), "icon": {"url": format!("https://r.example/{n}.png")}})).collect();
        assert_eq!(read(&note(json!({ "tag": tags }))).emojis.len(), Limits::default().emojis);
        let tags: Vec<Value> = (0..3000).map(|n| json!({"type": "Hashtag", "name": format!("#tag{n}")})).collect();
        assert_eq!(read(&note(json!({ "tag": tags }))).tags.len(), Limits::default().hashtags);
    }
}
