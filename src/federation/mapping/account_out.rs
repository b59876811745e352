//! Accounts of this server as ActivityStreams actors.

use activitypub_federation::kinds::actor::{ApplicationType, GroupType, OrganizationType, PersonType, ServiceType};
use activitypub_federation::kinds::object::ImageType;
use activitypub_federation::protocol::public_key::PublicKey as PublicKeyDocument;
use serde_json::{Map, Value, json};
use url::Url;

use crate::context::Urls;
use crate::crypto::keys::{Algorithm, PublicKey};
use crate::domain::accounts::queries::StoredKey;
use crate::domain::accounts::{Account, Kind};
use crate::error::{Error, Result};

/// The name of the server's own actor in handles: the host of the domain, as peers that look it up expect.
pub fn server_name(urls: &Urls) -> &str {
    match urls.domain().rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => urls.domain(),
    }
}

/// The name by which others know an account of this server.
pub fn preferred_username<'a>(account: &'a Account, urls: &'a Urls) -> &'a str {
    if account.kind == Kind::Application { server_name(urls) } else { &account.username }
}

/// The actor document. A suspended account keeps its keys and addresses and loses what it says of itself.
/// Error: a stored key that cannot be read.
pub fn actor(account: &Account, keys: &[StoredKey], urls: &Urls) -> Result<Value> {
    let name = preferred_username(account, urls);
    let is_shown = account.suspended_at.is_none();
    let uri = account.uri.as_str();
    let mut actor = json!({
        "id": uri,
        "type": kind(account.kind),
        "preferredUsername": name,
        "webfinger": format!("{name}@{}", urls.domain()),
        "name": if is_shown { account.shown_name() } else { "" },
        "summary": if is_shown { account.note.as_str() } else { "" },
        "url": account.url,
        "inbox": account.inbox_url,
        "outbox": account.outbox_url,
        "followers": account.followers_url,
        "following": account.following_url,
        "featured": account.featured_url,
        "featuredTags": format!("{uri}/collections/tags"),
        "endpoints": { "sharedInbox": urls.shared_inbox() },
        "published": account.created_at.rfc3339(),
        "updated": account.updated_at.rfc3339(),
        "manuallyApprovesFollowers": account.is_locked,
        "discoverable": account.is_discoverable && is_shown,
        "indexable": account.is_indexable && is_shown,
        "attachment": if is_shown { fields(account) } else { json!([]) },
        "tag": emojis(account),
    });
    let Some(more) = actor.as_object_mut() else { return Ok(actor) };
    if account.kind == Kind::Application {
        // Nobody follows a server, and it has no posts to pin.
        for property in ["followers", "following", "featured", "featuredTags"] {
            more.remove(property);
        }
    }
    if is_shown {
        picture(more, "icon", account.avatar.as_deref(), &account.avatar_description, urls);
        picture(more, "image", account.header.as_deref(), &account.header_description, urls);
    } else {
        more.insert("suspended".into(), json!(true));
    }
    if !account.also_known_as.0.is_empty() {
        more.insert("alsoKnownAs".into(), json!(account.also_known_as.0));
    }
    if let Some(target) = &account.moved_to_uri {
        more.insert("movedTo".into(), json!(target));
    }
    write_keys(more, account, keys)?;
    Ok(actor)
}

fn kind(kind: Kind) -> Value {
    match kind {
        Kind::Person => json!(PersonType::Person),
        Kind::Organization => json!(OrganizationType::Organization),
        Kind::Service => json!(ServiceType::Service),
        Kind::Group => json!(GroupType::Group),
        Kind::Application => json!(ApplicationType::Application),
    }
}

/// RSA as `publicKey`, one object, which everybody reads; Ed25519 as a Multikey under `assertionMethod` (FEP-521a).
fn write_keys(actor: &mut Map<String, Value>, account: &Account, keys: &[StoredKey]) -> Result<()> {
    let mut multikeys = Vec::new();
    for stored in keys {
        let key = PublicKey::from_der(stored.algorithm, &stored.public_der).map_err(Error::internal)?;
        match stored.algorithm {
            Algorithm::Rsa => {
                let owner = Url::parse(&account.uri).map_err(Error::internal)?;
                let document = PublicKeyDocument { id: stored.key_id.clone(), owner, public_key_pem: key.to_pem() };
                actor.insert("publicKey".into(), serde_json::to_value(document)?);
            }
            Algorithm::Ed25519 => multikeys.push(json!({
                "id": stored.key_id,
                "type": "Multikey",
                "controller": account.uri,
                "publicKeyMultibase": key.to_multibase(),
            })),
        }
    }
    actor.insert("assertionMethod".into(), Value::Array(multikeys));
    Ok(())
}

fn fields(account: &Account) -> Value {
    account
        .fields
        .0
        .iter()
        .map(|field| json!({ "type": "PropertyValue", "name": field.name, "value": field.value }))
        .collect()
}

fn emojis(account: &Account) -> Value {
    account.emojis.0.iter().map(|emoji| emoji_tag(&emoji.shortcode, &emoji.url)).collect()
}

/// A custom emoji as a tag (FEP-9098).
pub(super) fn emoji_tag(shortcode: &str, url: &str) -> Value {
    json!({ "id": url, "type": "Emoji", "name": format!(":{shortcode}:"), "icon": { "type": ImageType::Image, "url": url } })
}

/// One `Image` object, never an array.
fn picture(actor: &mut Map<String, Value>, property: &str, key: Option<&str>, description: &str, urls: &Urls) {
    let Some(key) = key else { return };
    let mut image = Map::from_iter([("type".into(), json!(ImageType::Image)), ("url".into(), json!(urls.media(key)))]);
    if let Some(media_type) = media_type(key) {
        image.insert("mediaType".into(), json!(media_type));
    }
    if !description.is_empty() {
        image.insert("summary".into(), json!(description));
    }
    actor.insert(property.into(), Value::Object(image));
}

/// The media type of a stored file, by the ending its name was given here.
fn media_type(key: &str) -> Option<&'static str> {
    match key.rsplit_once('.')?.1 {
        "jpg" => Some("image/jpeg"),
        "png" => Some("image/png"),
        "gif" => Some("image/gif"),
        "webp" => Some("image/webp"),
        _ => None,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::crypto::keys::PrivateKey;
    use crate::db::Json;
    use crate::domain::accounts::ProfileField;
    use crate::domain::sample;
    use crate::time::Time;

    /// The brand of `https://brand.example`.
    pub(crate) fn brand() -> (Account, Urls) {
        let shop = ProfileField {
            name: "Shop".into(),
            value: "shop.example".into(),
            source: String::new(),
            verified_at: None,
        };
        let account = Account {
            kind: Kind::Organization,
            display_name: "The Brand".into(),
            note: "<p>Drills.</p>".into(),
            fields: Json(vec![shop]),
            avatar: Some("ab/cd/0123.webp".into()),
            avatar_description: "A drill".into(),
            ..sample::account("Brand", "")
        };
        (account, sample::urls())
    }

    fn key(account: &Account) -> StoredKey {
        let key = PrivateKey::generate_ed25519().unwrap();
        let public_der = key.public().to_der();
        StoredKey {
            key_id: format!("{}#ed25519-key", account.uri),
            account_id: account.id,
            algorithm: Algorithm::Ed25519,
            public_der,
            fetched_at: Time(0),
        }
    }

    #[test]
    fn a_brand_has_what_every_reader_needs() {
        let (account, urls) = brand();
        let actor = actor(&account, &[key(&account)], &urls).unwrap();
        assert_eq!(actor["id"], "https://brand.example/users/brand");
        assert_eq!(actor["type"], "Organization");
        assert_eq!(actor["preferredUsername"], "Brand");
        assert_eq!(actor["webfinger"], "Brand@brand.example");
        assert_eq!(actor["endpoints"]["sharedInbox"], "https://brand.example/inbox");
        assert_eq!(actor["icon"]["mediaType"], "image/webp");
        assert_eq!(actor["icon"]["summary"], "A drill");
        assert!(actor.get("image").is_none());
        assert_eq!(actor["attachment"][0]["type"], "PropertyValue");
        assert_eq!(actor["assertionMethod"][0]["controller"], actor["id"]);
        assert!(actor["assertionMethod"][0]["publicKeyMultibase"].as_str().unwrap().starts_with("z6Mk"));
        for url in ["inbox", "outbox", "followers", "following", "featured"] {
            assert!(actor[url].as_str().unwrap().starts_with("https://brand.example/users/brand/"), "{url}");
        }
    }

    #[test]
    fn a_suspended_account_says_so_and_nothing_else() {
        let (account, urls) = brand();
        let actor = actor(&Account { suspended_at: Some(Time(1)), ..account }, &[], &urls).unwrap();
        assert_eq!((&actor["suspended"], &actor["name"], &actor["summary"]), (&json!(true), &json!(""), &json!("")));
        assert!(actor.get("icon").is_none());
    }

    #[test]
    fn the_server_is_called_by_its_host() {
        let (account, _) = brand();
        let urls = Urls::new("http://localhost:8080", "localhost:8080");
        let server = Account { kind: Kind::Application, ..account };
        assert_eq!(preferred_username(&server, &urls), "localhost");
        assert!(actor(&server, &[], &urls).unwrap().get("followers").is_none());
    }
}
