//! From an actor document to an account of another server.

use serde_json::Value;

use super::Reading;
use crate::domain::accounts::ProfileField;
use crate::domain::accounts::actions::{Remote, RemoteKey};
use crate::error::{Error, Result};
use crate::federation::vocab::{Actor, is_public, value};
use crate::net::{RemoteUrl, same_origin};
use crate::text::handles::{is_valid_username, normalize_domain};
use crate::text::{SafeHtml, clean_lines, clean_text, sanitize};

/// Characters of a display name.
const MAX_NAME: usize = 100;
/// Fields of a profile.
const MAX_FIELDS: usize = 16;
/// Characters of a field's label; its value may have that many bytes of markup times eight.
const MAX_FIELD: usize = 255;
/// Former and other names of an account.
const MAX_ALIASES: usize = 10;
/// Characters of an alternative text.
const MAX_DESCRIPTION: usize = 1500;

/// How many of those who may search for what an account writes are looked at.
const MAX_SEARCHERS: usize = 8;

/// Reads an actor document that stands at its own id, or came signed by that actor. User name and domain are what the document claims:
/// whether the handle is the actor's is for WebFinger to say. Error: `Conflict` with the reason why nobody could use it.
pub fn remote(document: &Value, reading: Reading<'_>) -> Result<Remote> {
    let wrong = |why: &str| Error::Conflict(format!("the actor cannot be used: {why}"));
    let actor = Actor::new(document).ok_or_else(|| wrong("it is of no type of an actor"))?;
    let uri = actor.id().ok_or_else(|| wrong("it has no usable id"))?;
    let home = RemoteUrl::try_from(uri.clone()).map_err(|why| wrong(&why.to_string()))?;
    let domain = normalize_domain(&home.host_key()).ok_or_else(|| wrong("its host is no domain"))?;
    let near = |address: &String| same_origin(address, &uri);
    // Somebody else's inbox would make us send them what they never asked for.
    let inbox_url = actor.address("inbox").filter(near).ok_or_else(|| wrong("it has no inbox on its own server"))?;
    let username = username_of(actor, &home).ok_or_else(|| wrong("it has no usable user name"))?;
    let (avatar, avatar_description) = picture(document, "icon", reading);
    let (header, header_description) = picture(document, "image", reading);
    Ok(Remote {
        url: page_of(document, &home).unwrap_or_else(|| uri.clone()),
        username,
        domain,
        kind: actor.kind(),
        display_name: value::text_or_map(document, "name", "nameMap")
            .map(|name| clean_text(&name, MAX_NAME))
            .unwrap_or_default(),
        note: value::text_or_map(document, "summary", "summaryMap")
            .map_or_else(SafeHtml::default, |note| sanitize(&note)),
        fields: fields(document),
        emojis: reading.emojis(document),
        avatar,
        avatar_description,
        header,
        header_description,
        is_locked: value::flag(document, "manuallyApprovesFollowers").unwrap_or(false),
        is_discoverable: value::flag(document, "discoverable").unwrap_or(false),
        is_indexable: value::flag(document, "indexable").unwrap_or_else(|| is_searchable_by_all(document)),
        hides_collections: false,
        inbox_url,
        shared_inbox_url: actor.shared_inbox().filter(near),
        outbox_url: actor.address("outbox").filter(near),
        followers_url: actor.address("followers").filter(near),
        following_url: actor.address("following").filter(near),
        featured_url: actor.address("featured").filter(near),
        also_known_as: value::ids(document, "alsoKnownAs", MAX_ALIASES)
            .into_iter()
            .filter_map(value::canonical)
            .collect(),
        moved_to_uri: actor.address("movedTo"),
        created_at: value::time(document, "published"),
        is_suspended: value::flag(document, "suspended").unwrap_or(false),
        keys: keys(actor, &uri),
        followers_count: total(document, "followers"),
        following_count: total(document, "following"),
        statuses_count: total(document, "outbox"),
        uri,
    })
}

/// Whether everybody may search for what the account writes, as FEP-268d says it.
fn is_searchable_by_all(document: &Value) -> bool {
    value::ids(document, "searchableBy", MAX_SEARCHERS).into_iter().any(is_public)
}

/// The name that the actor claims; where it claims none, the end of its id.
fn username_of(actor: Actor<'_>, home: &RemoteUrl) -> Option<String> {
    if let Some(name) = value::get(actor.json(), "preferredUsername") {
        let name = value::text_of(name)?;
        return is_valid_username(name.trim()).then(|| name.trim().to_owned());
    }
    let last = home.as_url().path_segments()?.rfind(|part| !part.is_empty())?;
    let last = last.trim_start_matches('@');
    is_valid_username(last).then(|| last.to_owned())
}

/// The page for people: on the actor's host, or one above or below it.
fn page_of(document: &Value, home: &RemoteUrl) -> Option<String> {
    let html =
        |link: &&Value| link.get("mediaType").and_then(Value::as_str).is_some_and(|kind| kind.starts_with("text/html"));
    let page = value::one_or_many(document, "url")
        .find(html)
        .and_then(value::address_of)
        .or_else(|| value::web_address(document, "url"))?;
    is_near(&page, home).then_some(page)
}

/// Whether an address lies on the host of `home`, or on one above or below it.
pub(super) fn is_near(address: &str, home: &RemoteUrl) -> bool {
    let Ok(url) = RemoteUrl::try_from(address.to_owned()) else { return false };
    let below =
        |one: &str, other: &str| one.strip_suffix(other).is_some_and(|rest| rest.ends_with('.')) && other.contains('.');
    url.host_key() == home.host_key() || below(url.host(), home.host()) || below(home.host(), url.host())
}

fn picture(document: &Value, name: &str, reading: Reading<'_>) -> (Option<String>, String) {
    let found = value::one_or_many(document, name).find_map(|image| Some((image, value::address_of(image)?)));
    let Some((image, address)) = found.filter(|(_, address)| reading.may_show(address)) else {
        return (None, String::new());
    };
    let description = value::text(image, "summary").or_else(|| value::text(image, "name"));
    (Some(address), description.map(|text| clean_lines(&text, MAX_DESCRIPTION)).unwrap_or_default())
}

fn fields(document: &Value) -> Vec<ProfileField> {
    let values = value::one_or_many(document, "attachment")
        .filter(|field| value::is_a(field, "PropertyValue") || value::is_a(field, "Note"));
    let read = |field: &Value| {
        let name = clean_text(&value::text(field, "name")?, MAX_FIELD);
        let html = value::text(field, "value").or_else(|| value::text(field, "content")).unwrap_or_default();
        let html = if html.len() > MAX_FIELD * 8 {
            SafeHtml::from_plain(&sanitize(&html).excerpt(MAX_FIELD))
        } else {
            sanitize(&html)
        };
        Some(ProfileField { name, value: html.into_string(), source: String::new(), verified_at: None })
    };
    values.filter_map(read).filter(|field| !field.name.is_empty()).take(MAX_FIELDS).collect()
}

/// The keys that stand on the actor's origin and name no other owner.
fn keys(actor: Actor<'_>, uri: &str) -> Vec<RemoteKey> {
    let mut found: Vec<RemoteKey> = Vec::new();
    for listed in actor.keys() {
        let Some(key_id) = value::canonical(&listed.id).filter(|id| same_origin(id, uri)) else { continue };
        let Some(key) = listed.key.filter(|_| listed.owner.as_deref().is_none_or(|owner| owner == uri)) else {
            continue;
        };
        if found.iter().all(|known| known.key_id != key_id) {
            found.push(RemoteKey { key_id, algorithm: key.algorithm(), public_der: key.to_der() });
        }
    }
    found
}

fn total(document: &Value, name: &str) -> Option<i64> {
    value::get(document, name).and_then(|collection| value::count(collection, "totalItems"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::Limits;
    use crate::crypto::keys::PrivateKey;
    use crate::domain::domain_rules::Policy;
    use crate::time::Time;

    fn read(document: &Value) -> Result<Remote> {
        let (limits, rules) = (Limits::default(), Policy::default());
        remote(document, Reading { limits: &limits, rules: &rules, now: Time::from_unix(1_770_000_000) })
    }

    fn bob() -> Value {
        json!({"id": "https://r.example/users/bob", "type": "Person", "preferredUsername": "bob", "inbox": "https://r.example/users/bob/inbox"})
    }

    fn with(extra: Value) -> Value {
        let mut document = bob();
        if let (Some(map), Value::Object(extra)) = (document.as_object_mut(), extra) {
            map.extend(extra);
        }
        document
    }

    #[test]
    fn the_least_that_is_needed_is_enough() {
        let remote = read(&bob()).unwrap();
        assert_eq!(
            (remote.username.as_str(), remote.domain.as_str(), remote.url.as_str()),
            ("bob", "r.example", "https://r.example/users/bob")
        );
        assert!(remote.keys.is_empty() && !remote.is_locked && remote.avatar.is_none());
    }

    #[test]
    fn what_cannot_be_used_is_refused() {
        for extra in [
            json!({"preferredUsername": "../../etc/passwd"}),
            json!({"preferredUsername": "a".repeat(70)}),
            json!({"inbox": "https://victim.example/inbox"}),
            json!({"inbox": null}),
            json!({"type": "Note"}),
            json!({"id": "did:key:z6Mk"}),
        ] {
            assert!(matches!(read(&with(extra.clone())), Err(Error::Conflict(_))), "{extra}");
        }
    }

    #[test]
    fn pictures_and_pages_come_in_any_shape() {
        let remote = read(&with(json!({
            "icon": [{"type": "Image", "url": [{"href": "https://files.example/a.png"}], "summary": "A face"}],
            "image": "https://files.example/b.png",
            "url": [{"type": "Link", "mediaType": "text/html", "href": "https://www.r.example/@bob"}],
            "name": "Bob \u{202e}gnp",
            "summary": "<p>Hi<script>x</script></p>",
            "endpoints": {"sharedInbox": "https://elsewhere.example/inbox"}
        })))
        .unwrap();
        assert_eq!(remote.avatar.as_deref(), Some("https://files.example/a.png"));
        assert_eq!(
            (remote.avatar_description.as_str(), remote.header.as_deref()),
            ("A face", Some("https://files.example/b.png"))
        );
        assert_eq!(remote.url, "https://www.r.example/@bob");
        assert!(!remote.display_name.contains('\u{202e}'));
        assert_eq!(remote.note.as_str(), "<p>Hi</p>");
        assert_eq!(remote.shared_inbox_url, None, "an inbox elsewhere is not written to");
        let elsewhere = read(&with(json!({"url": "https://other.example/@bob"}))).unwrap();
        assert_eq!(elsewhere.url, elsewhere.uri);
    }

    #[test]
    fn posts_are_found_by_all_only_where_the_actor_says_so() {
        for (extra, expected) in [
            (json!({}), false),
            (json!({"indexable": true}), true),
            (json!({"indexable": false, "searchableBy": "as:Public"}), false),
            (json!({"searchableBy": ["https://www.w3.org/ns/activitystreams#Public"]}), true),
            (json!({"searchableBy": "https://r.example/users/bob/followers"}), false),
        ] {
            assert_eq!(read(&with(extra.clone())).unwrap().is_indexable, expected, "{extra}");
        }
    }

    #[test]
    fn only_its_own_keys_are_taken() {
        let pem = PrivateKey::generate_ed25519().unwrap().public().to_pem();
        let key = |id: &str, owner: &str| json!({"id": id, "owner": owner, "publicKeyPem": pem});
        let remote = read(&with(json!({"publicKey": [
            key("https://r.example/users/bob#main-key", "https://r.example/users/bob"),
            key("https://r.example/users/bob#second", "https://r.example/users/eve"),
            key("https://e.example/key", "https://r.example/users/bob")
        ]})))
        .unwrap();
        let ids: Vec<&str> = remote.keys.iter().map(|key| key.key_id.as_str()).collect();
        assert_eq!(ids, ["https://r.example/users/bob#main-key"]);
    }
}
