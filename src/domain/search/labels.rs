//! The labels of posts in the index: what one can ask for besides words. None can be typed as a word, for a word has no signs.

use crate::ids::AccountId;
use crate::search::query::{Part, Trait};
use crate::text::Handle;

/// Anybody may find it.
pub(super) const PUBLIC: &str = "v:public";

/// Its author.
pub(super) fn from(account: AccountId) -> String {
    format!("f:{account}")
}

/// It is in the library of this account of ours.
pub(super) fn reader(account: AccountId) -> String {
    format!("r:{account}")
}

/// This account of ours boosted it.
pub(super) fn boosted(account: AccountId) -> String {
    format!("b:{account}")
}

/// Its language.
pub(super) fn language(code: &str) -> String {
    format!("l:{code}")
}

/// Something it has.
pub(super) fn has(part: Part) -> String {
    format!("has:{}", part.name())
}

/// Something it is.
pub(super) fn is(kind: Trait) -> String {
    format!("is:{}", kind.name())
}

/// A hashtag, normalised.
pub(super) fn hashtag(name: &str) -> String {
    format!("#{name}")
}

/// Somebody it names.
pub(super) fn mention(handle: &Handle) -> String {
    format!("@{handle}")
}
