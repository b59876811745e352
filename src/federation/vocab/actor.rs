//! A view of an actor.

use serde_json::Value;

use super::value;
use crate::crypto::keys::PublicKey;
use crate::domain::accounts::Kind;

/// How many keys of one actor are read.
const MAX_KEYS: usize = 10;

/// A key as an actor lists it.
#[derive(Debug, Clone)]
pub struct Key {
    /// The id that signatures name, as it was written.
    pub id: String,
    /// Whose the key says it is, if it says so.
    pub owner: Option<String>,
    /// The key; `None` if it is only named, or of a kind that is not usable here.
    pub key: Option<PublicKey>,
}

/// A view of an actor.
#[derive(Debug, Clone, Copy)]
pub struct Actor<'a>(&'a Value);

impl<'a> Actor<'a> {
    /// Looks at a JSON object as an actor; `None` if none of its types is one of an actor.
    pub fn new(value: &'a Value) -> Option<Self> {
        kind_of(value).map(|_| Self(value))
    }

    /// The JSON.
    pub fn json(self) -> &'a Value {
        self.0
    }

    /// The id in the form in which ids are compared.
    pub fn id(self) -> Option<String> {
        value::get(self.0, "id").and_then(value::id_of).and_then(value::canonical)
    }

    /// What kind of actor it is.
    pub fn kind(self) -> Kind {
        kind_of(self.0).unwrap_or(Kind::Person)
    }

    /// A text property.
    pub fn text(self, name: &str) -> Option<String> {
        value::text(self.0, name)
    }

    /// An address property, which must be absolute.
    pub fn address(self, name: &str) -> Option<String> {
        value::id(self.0, name).and_then(value::canonical)
    }

    /// The inbox that serves its whole server.
    pub fn shared_inbox(self) -> Option<String> {
        let endpoints = value::first(self.0, "endpoints");
        let named = endpoints.and_then(|e| value::id(e, "sharedInbox")).or_else(|| value::id(self.0, "sharedInbox"));
        named.and_then(value::canonical)
    }

    /// The keys it lists, embedded or by name only: `publicKey` and Multikeys in `assertionMethod`.
    pub fn keys(self) -> Vec<Key> {
        let public = value::one_or_many(self.0, "publicKey");
        public.chain(value::one_or_many(self.0, "assertionMethod")).take(MAX_KEYS).filter_map(read_key).collect()
    }
}

/// Reads a key object, embedded in an actor or on its own; a string is the id of a key that stands elsewhere.
pub fn read_key(key: &Value) -> Option<Key> {
    let id = value::id_of(key)?.to_owned();
    let owner = value::id(key, "owner").or_else(|| value::id(key, "controller")).and_then(value::canonical);
    let pem = key.get("publicKeyPem").and_then(Value::as_str).and_then(|pem| PublicKey::from_pem(pem).ok());
    let multibase =
        || key.get("publicKeyMultibase").and_then(Value::as_str).and_then(|text| PublicKey::from_multibase(text).ok());
    Some(Key { id, owner, key: pem.or_else(multibase) })
}

fn kind_of(object: &Value) -> Option<Kind> {
    value::kinds(object).find_map(|kind| {
        Some(match kind {
            "Person" => Kind::Person,
            "Organization" => Kind::Organization,
            "Service" => Kind::Service,
            "Group" => Kind::Group,
            "Application" => Kind::Application,
            _ => return None,
        })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::crypto::keys::PrivateKey;

    #[test]
    fn keys_are_found_in_every_place() {
        let edward = PrivateKey::generate_ed25519().unwrap();
        let public = edward.public();
        let actor = json!({
            "type": ["Person", "Thing"],
            "id": "https://r.example/a",
            "publicKey": [{"id": "https://r.example/a#main-key", "owner": "https://r.example/a", "publicKeyPem": public.to_pem()}, "https://r.example/a/other"],
            "assertionMethod": {"id": "https://r.example/a#ed", "type": "Multikey", "controller": "https://r.example/a", "publicKeyMultibase": public.to_multibase()}
        });
        let keys = Actor::new(&actor).unwrap().keys();
        let named: Vec<_> = keys.iter().map(|k| (k.id.as_str(), k.key.is_some())).collect();
        assert_eq!(
            named,
            [
                ("https://r.example/a#main-key", true),
                ("https://r.example/a/other", false),
                ("https://r.example/a#ed", true)
            ]
        );
        assert_eq!(keys.first().and_then(|k| k.owner.as_deref()), Some("https://r.example/a"));
    }

    #[test]
    fn what_is_no_actor_is_not_read_as_one() {
        assert!(Actor::new(&json!({"type": "Note"})).is_none());
        assert!(Actor::new(&json!({})).is_none());
        assert!(Actor::new(&json!({"type": "Group"})).is_some());
    }
}
