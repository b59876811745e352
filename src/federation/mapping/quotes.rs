//! Quotes and who may make them, on the wire: `interactionPolicy.canQuote` and the names by which a post says what it quotes (FEP-044f and
//! its predecessors).

use serde_json::{Map, Value, json};

use super::post_out::followers_of;
use crate::domain::accounts::Account;
use crate::domain::posts::Post;
use crate::domain::quotes::QuotePolicy;
use crate::federation::vocab::{Object, PUBLIC, is_public, value};

/// How many of those who may quote are looked at.
const LISTED: usize = 50;

/// Who may quote a post of `author`, as the post says. One that says nothing may be quoted by nobody else.
pub(super) fn policy(object: Object<'_>, author: &Account) -> QuotePolicy {
    let said = value::get(object.json(), "interactionPolicy").and_then(|policy| value::first(policy, "canQuote"));
    let Some(said) = said else { return QuotePolicy::Nobody };
    let list = |names: [&'static str; 2]| -> Vec<&str> {
        names.into_iter().flat_map(|name| value::ids(said, name, LISTED)).filter(|id| *id != author.uri).collect()
    };
    // The second names are those of GoToSocial before 0.21.
    let (automatic, manual) = (list(["automaticApproval", "always"]), list(["manualApproval", "approvalRequired"]));
    let is_followers = |id: &&str| Some(*id) == author.followers_url.as_deref();
    if automatic.iter().any(|id| is_public(id)) {
        QuotePolicy::Public
    } else if automatic.iter().any(is_followers) {
        QuotePolicy::Followers
    } else if manual.iter().any(|id| is_public(id)) || manual.iter().any(is_followers) {
        QuotePolicy::Ask
    } else if automatic.is_empty() && manual.is_empty() {
        QuotePolicy::Nobody
    } else {
        QuotePolicy::Unsupported
    }
}

/// The `interactionPolicy` of a post of this server.
pub(super) fn interaction_policy(post: &Post, author: &Account) -> Value {
    let approved = match post.quote_policy.within(post.visibility) {
        QuotePolicy::Public => PUBLIC,
        QuotePolicy::Followers => followers_of(author),
        QuotePolicy::Ask | QuotePolicy::Unsupported | QuotePolicy::Nobody => author.uri.as_str(),
    };
    json!({ "canQuote": { "automaticApproval": [approved] } })
}

/// Writes that an object quotes the post with this id, by each of the names that readers know.
pub(super) fn write(object: &mut Map<String, Value>, quoted: &str) {
    for name in ["quote", "quoteUri", "_misskey_quote"] {
        object.insert(name.into(), json!(quoted));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::posts::Visibility;
    use crate::federation::mapping::post_out::tests::post;

    fn read(policy_of: Value) -> QuotePolicy {
        let (_, author, _) = post();
        let object = json!({ "interactionPolicy": { "canQuote": policy_of } });
        policy(Object::new(&object), &author)
    }

    #[test]
    fn a_policy_is_read_in_any_shape() {
        let (_, author, _) = post();
        let followers = followers_of(&author);
        assert_eq!(read(json!({ "automaticApproval": PUBLIC })), QuotePolicy::Public);
        assert_eq!(read(json!({ "always": ["as:Public"] })), QuotePolicy::Public);
        assert_eq!(read(json!({ "automaticApproval": [author.uri, followers] })), QuotePolicy::Followers);
        assert_eq!(read(json!({ "automaticApproval": [], "manualApproval": [PUBLIC] })), QuotePolicy::Ask);
        assert_eq!(read(json!({ "automaticApproval": [author.uri] })), QuotePolicy::Nobody);
        assert_eq!(read(json!({ "automaticApproval": ["https://r.example/lists/1"] })), QuotePolicy::Unsupported);
        assert_eq!(read(json!("nonsense")), QuotePolicy::Nobody);
        assert_eq!(policy(Object::new(&json!({ "type": "Note" })), &author), QuotePolicy::Nobody);
    }

    #[test]
    fn what_is_written_reads_the_same() {
        let (post, author, _) = post();
        for chosen in [QuotePolicy::Public, QuotePolicy::Followers, QuotePolicy::Nobody] {
            let post = Post { quote_policy: chosen, ..post.clone() };
            let object = json!({ "interactionPolicy": interaction_policy(&post, &author) });
            assert_eq!(policy(Object::new(&object), &author), chosen);
            let closed = Post { visibility: Visibility::Private, ..post };
            let object = json!({ "interactionPolicy": interaction_policy(&closed, &author) });
            assert_eq!(policy(Object::new(&object), &author), QuotePolicy::Nobody);
        }
    }
}
