//! The `@context` of what we send: everything beyond ActivityStreams is defined inline, so that no reader has to fetch a document for it.

use activitypub_federation::protocol::context::WithContext;
use serde_json::{Value, json};

use crate::error::Result;
use crate::federation::vocab::NAMESPACE;

/// Which words a document uses beyond those of ActivityStreams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vocabulary {
    /// None.
    Plain,
    /// Those of posts: content warnings, hashtags, previews, polls, quotes and who may make them.
    Posts,
    /// Those of actors: keys, profile fields, flags.
    Actors,
}

impl Vocabulary {
    fn context(self) -> Value {
        match self {
            Self::Plain => json!(NAMESPACE),
            Self::Posts => json!([
                NAMESPACE,
                {
                    "ostatus": "http://ostatus.org#",
                    "toot": "http://joinmastodon.org/ns#",
                    "gts": "https://gotosocial.org/ns#",
                    "sensitive": "as:sensitive",
                    "Hashtag": "as:Hashtag",
                    "Emoji": "toot:Emoji",
                    "conversation": "ostatus:conversation",
                    "blurhash": "toot:blurhash",
                    "focalPoint": { "@container": "@list", "@id": "toot:focalPoint" },
                    "votersCount": "toot:votersCount",
                    "quote": { "@id": "https://w3id.org/fep/044f#quote", "@type": "@id" },
                    "quoteUri": "http://fedibird.com/ns#quoteUri",
                    "_misskey_quote": "https://misskey-hub.net/ns#_misskey_quote",
                    "interactionPolicy": { "@id": "gts:interactionPolicy", "@type": "@id" },
                    "canQuote": { "@id": "gts:canQuote", "@type": "@id" },
                    "automaticApproval": { "@id": "gts:automaticApproval", "@type": "@id" }
                }
            ]),
            Self::Actors => json!([
                NAMESPACE,
                "https://w3id.org/security/v1",
                "https://w3id.org/security/multikey/v1",
                {
                    "toot": "http://joinmastodon.org/ns#",
                    "schema": "http://schema.org#",
                    "PropertyValue": "schema:PropertyValue",
                    "value": "schema:value",
                    "Emoji": "toot:Emoji",
                    "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
                    "alsoKnownAs": { "@id": "as:alsoKnownAs", "@type": "@id" },
                    "movedTo": { "@id": "as:movedTo", "@type": "@id" },
                    "featured": { "@id": "toot:featured", "@type": "@id" },
                    "featuredTags": { "@id": "toot:featuredTags", "@type": "@id" },
                    "discoverable": "toot:discoverable",
                    "indexable": "toot:indexable",
                    "suspended": "toot:suspended",
                    "assertionMethod": { "@id": "https://w3id.org/security#assertionMethod", "@type": "@id", "@container": "@set" },
                    "webfinger": { "@id": "https://purl.archive.org/socialweb/webfinger#webfinger", "@type": "http://www.w3.org/2001/XMLSchema#string" }
                }
            ]),
        }
    }

    /// The document as it is sent: the object with its `@context` first.
    pub fn write(self, document: Value) -> Result<String> {
        Ok(serde_json::to_string(&WithContext::new(document, self.context()))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_names_activitystreams_first() {
        for vocabulary in [Vocabulary::Plain, Vocabulary::Posts, Vocabulary::Actors] {
            let text = vocabulary.write(json!({ "id": "https://brand.example/x", "type": "Note" })).unwrap();
            let read: Value = serde_json::from_str(&text).unwrap();
            let context = &read["@context"];
            assert_eq!(context.get(0).unwrap_or(context), NAMESPACE);
            assert_eq!(read["type"], "Note");
        }
    }
}
