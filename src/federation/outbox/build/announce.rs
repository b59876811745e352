//! Announce: a boost.

use activitypub_federation::kinds::activity::AnnounceType;
use serde_json::{Value, json};

use crate::federation::outbox::audience::Addressing;
use crate::time::Time;

/// `id`: that of the boost; `object`: that of the post which is boosted, by id alone, so that every reader fetches it from its own server.
pub fn activity(id: &str, actor: &str, object: &str, published: Time, audience: Addressing) -> Value {
    let Addressing { to, cc } = audience;
    json!({ "id": id, "type": AnnounceType::Announce, "actor": actor, "published": published.rfc3339(), "to": to, "cc": cc, "object": object })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::posts::Visibility;

    #[test]
    fn the_author_is_copied_in() {
        let audience =
            Addressing::of_boost(Visibility::Public, "https://brand.example/f", Some("https://r.example/users/kim"));
        let announce = activity(
            "https://brand.example/b",
            "https://brand.example/users/brand",
            "https://r.example/p",
            Time::from_unix(0),
            audience,
        );
        assert_eq!(announce["object"], "https://r.example/p");
        assert_eq!(announce["cc"], json!(["https://brand.example/f", "https://r.example/users/kim"]));
    }
}
