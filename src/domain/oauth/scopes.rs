//! OAuth scopes as Mastodon clients use them: `read`, `write`, `follow`, `push`, `profile`, `admin:*`, and granular ones below them.

use std::collections::BTreeSet;

use crate::error::{Error, Result};

/// What may stand after `read:`.
const READ: [&str; 12] = [
    "accounts",
    "blocks",
    "bookmarks",
    "collections",
    "favourites",
    "filters",
    "follows",
    "lists",
    "mutes",
    "notifications",
    "search",
    "statuses",
];
/// What may stand after `write:`.
const WRITE: [&str; 13] = [
    "accounts",
    "blocks",
    "bookmarks",
    "collections",
    "conversations",
    "favourites",
    "filters",
    "follows",
    "lists",
    "media",
    "mutes",
    "notifications",
    "reports",
];
/// What `follow` grants besides its name.
const FOLLOW: [&str; 3] = ["blocks", "follows", "mutes"];
/// Scopes without parts.
const WHOLE: [&str; 7] = ["read", "write", "follow", "push", "profile", "admin:read", "admin:write"];

/// A set of scopes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes(BTreeSet<String>);

impl Scopes {
    /// Reads scopes separated by spaces (or `+`); an unknown one is refused by name. Nothing at all means `read`.
    pub fn parse(text: &str) -> Result<Self> {
        let mut set = BTreeSet::new();
        for name in text.split([' ', '+', '\n']).filter(|name| !name.is_empty()) {
            if !is_known(name) {
                return Err(Error::invalid(
                    "scopes",
                    format!("include {:?}, which is no scope", name.chars().take(60).collect::<String>()),
                ));
            }
            set.insert(name.to_owned());
        }
        if set.is_empty() {
            set.insert("read".to_owned());
        }
        Ok(Self(set))
    }

    /// Whether `wanted` is granted, itself or by a parent (`read` grants `read:statuses`; nothing grants both reading and writing).
    pub fn contains(&self, wanted: &str) -> bool {
        if self.0.contains(wanted) {
            return true;
        }
        let Some((parent, part)) = wanted.rsplit_once(':') else { return false };
        self.0.contains(parent)
            || (self.0.contains("follow") && matches!(parent, "read" | "write") && FOLLOW.contains(&part))
    }

    /// Whether every scope of `other` is granted by these.
    pub fn cover(&self, other: &Self) -> bool {
        other.0.iter().all(|name| self.contains(name))
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// All scopes that can be asked for, for the metadata document.
    pub fn supported() -> Vec<String> {
        let whole = WHOLE.iter().map(|s| (*s).to_owned());
        let read = READ.iter().map(|part| format!("read:{part}"));
        let write = WRITE.iter().map(|part| format!("write:{part}")).chain(["write:statuses".to_owned()]);
        whole.chain(read).chain(write).collect()
    }
}

fn is_known(name: &str) -> bool {
    if WHOLE.contains(&name) {
        return true;
    }
    match name.split_once(':') {
        Some(("read", part)) => READ.contains(&part),
        Some(("write", part)) => WRITE.contains(&part) || part == "statuses",
        Some(("admin", part)) => part.starts_with("read:") || part.starts_with("write:"),
        _ => false,
    }
}

impl std::fmt::Display for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.iter().map(String::as_str).collect::<Vec<_>>().join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parent_grants_its_children_and_nothing_else() {
        let read = Scopes::parse("read").unwrap();
        assert!(read.contains("read:statuses"));
        assert!(!read.contains("write:statuses") && !read.contains("push"));
        let follow = Scopes::parse("follow").unwrap();
        assert!(
            follow.contains("write:follows") && follow.contains("read:blocks") && !follow.contains("write:statuses")
        );
        assert!(!Scopes::parse("read:accounts").unwrap().contains("read"));
    }

    #[test]
    fn unknown_scopes_are_refused_by_name() {
        assert!(Scopes::parse("read everything").unwrap_err().to_string().contains("everything"));
        assert_eq!(Scopes::parse("").unwrap().to_string(), "read");
    }
}
