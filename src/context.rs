//! What every domain action is handed besides its connection: the time, the source of ids, our own addresses.

use std::sync::Arc;

use crate::ids::{AccountId, IdSource, PostId};
use crate::time::Time;

/// The surroundings of one action. Made by `App::context` when the action starts, so that all its rows carry one time.
#[derive(Debug, Clone)]
pub struct Context {
    /// When the action happens.
    pub now: Time,
    /// Makes the ids of new rows.
    pub ids: IdSource,
    /// Builds the addresses of what is ours.
    pub urls: Urls,
}

impl Context {
    /// The next id of the wanted kind.
    pub fn id<T: From<i64>>(&self) -> T {
        self.ids.next(self.now)
    }
}

/// Addresses on this server. Actor ids are `/users/{lower-case name}` for ever.
#[derive(Debug, Clone)]
pub struct Urls {
    base: Arc<str>,
    domain: Arc<str>,
    /// From where files are served.
    files: Arc<str>,
}

impl Urls {
    /// `base`: scheme, host and optional port without a slash at the end; `domain`: the part of handles after the `@`.
    pub fn new(base: &str, domain: &str) -> Self {
        let base: Arc<str> = base.trim_end_matches('/').into();
        Self { files: base.clone(), base, domain: domain.into() }
    }

    /// The same, with stored files under an origin of their own: scheme, host and optional port without a slash at the end.
    pub fn with_files_at(self, origin: &str) -> Self {
        Self { files: origin.into(), ..self }
    }

    /// Scheme, host and optional port, such as `https://brand.example`.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The domain of handles here, such as `brand.example` or `localhost:8080`.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// Host and optional port that requests to us must name.
    pub fn authority(&self) -> &str {
        self.base.split_once("://").map_or(&*self.base, |(_, rest)| rest)
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &str {
        self.base.split_once("://").map_or("https", |(scheme, _)| scheme)
    }

    /// Whether `url` lies on this server.
    pub fn is_ours(&self, url: &str) -> bool {
        url.strip_prefix(&*self.base).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']))
    }

    /// A path on this server; `path` starts with a slash.
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The actor id of a local account (not of a community).
    pub fn actor(&self, username: &str) -> String {
        format!("{}/users/{}", self.base, username.to_lowercase())
    }

    /// The page of a local account.
    pub fn profile(&self, username: &str) -> String {
        format!("{}/@{username}", self.base)
    }

    /// The page of an account of any server, here.
    pub fn profile_of(&self, acct: &str) -> String {
        format!("{}/@{acct}", self.base)
    }

    /// The id of a local post as ActivityPub knows it.
    pub fn post(&self, username: &str, id: PostId) -> String {
        format!("{}/users/{}/statuses/{id}", self.base, username.to_lowercase())
    }

    /// The page of a local post.
    pub fn post_page(&self, username: &str, id: PostId) -> String {
        format!("{}/@{username}/{id}", self.base)
    }

    /// The page of a hashtag.
    pub fn tag(&self, name: &str) -> String {
        format!("{}/tags/{}", self.base, urlencode(name))
    }

    /// The posts of a local account with a hashtag.
    pub fn tagged(&self, username: &str, tag: &str) -> String {
        format!("{}/tagged/{}", self.profile(username), urlencode(tag))
    }

    /// An activity of a local account that is no post.
    pub fn activity(&self, id: i64) -> String {
        format!("{}/activities/{id}", self.base)
    }

    /// The actor of the server itself.
    pub fn instance_actor(&self) -> String {
        format!("{}/actor", self.base)
    }

    /// The inbox that serves every account here.
    pub fn shared_inbox(&self) -> String {
        format!("{}/inbox", self.base)
    }

    /// The collection of the followers of a local account.
    pub fn followers(&self, username: &str) -> String {
        format!("{}/followers", self.actor(username))
    }

    /// A stored file.
    pub fn media(&self, key: &str) -> String {
        format!("{}/media/{key}", self.files)
    }

    /// The origin that stored files have, where it is not the one of everything else.
    pub fn files_elsewhere(&self) -> Option<&str> {
        Some(&*self.files).filter(|files| *files != &*self.base)
    }

    /// The thread that starts with this post, as a collection.
    pub fn thread(&self, id: PostId) -> String {
        format!("{}/contexts/{id}", self.base)
    }

    /// The follow that this account sent or got, by its row.
    pub fn follow(&self, username: &str, id: i64, target: AccountId) -> String {
        format!("{}#follows/{id}-{target}", self.actor(username))
    }
}

fn urlencode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_means_the_whole_origin() {
        let urls = Urls::new("https://brand.example", "brand.example");
        assert!(urls.is_ours("https://brand.example/users/a"));
        assert!(!urls.is_ours("https://brand.example.evil.test/users/a"));
        assert!(!urls.is_ours("http://brand.example/users/a"));
        assert_eq!(urls.tag("Füße"), "https://brand.example/tags/F%C3%BC%C3%9Fe");
    }

    #[test]
    fn files_may_have_an_origin_of_their_own() {
        let urls = Urls::new("https://brand.example", "brand.example");
        assert_eq!((urls.media("a.png").as_str(), urls.files_elsewhere()), ("https://brand.example/media/a.png", None));
        let urls = urls.with_files_at("https://files.example");
        assert_eq!(urls.media("a.png"), "https://files.example/media/a.png");
        assert_eq!(
            (urls.files_elsewhere(), urls.path("/@a").as_str()),
            (Some("https://files.example"), "https://brand.example/@a")
        );
    }
}
