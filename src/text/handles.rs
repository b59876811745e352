//! Handles: `user`, `@user@host`, `acct:user@host`; what a user name may be, and which names nobody gets.

use std::fmt;
use std::hash::{Hash, Hasher};

use url::Host;

/// The longest user name accepted from anywhere, in characters.
pub const MAX_USERNAME: usize = 64;
/// The longest user name given out here, in characters.
pub const MAX_LOCAL_USERNAME: usize = 30;
/// The longest host name with its port, in bytes (RFC 1035 allows 253 for the name).
const MAX_DOMAIN: usize = 259;

/// Names that nobody may register, because an address of ours begins with them or they would pass for the server itself.
const RESERVED: &[&str] = &[
    "about",
    "account",
    "accounts",
    "activities",
    "actor",
    "api",
    "asset",
    "assets",
    "atom",
    "auth",
    "authorize",
    "authorize_interaction",
    "c",
    "collections",
    "desk",
    "embed",
    "explore",
    "favicon",
    "feed",
    "feeds",
    "followers",
    "following",
    "health",
    "healthz",
    "host_meta",
    "inbox",
    "instance",
    "instance_actor",
    "internal",
    "login",
    "logout",
    "manifest",
    "me",
    "media",
    "metrics",
    "nodeinfo",
    "notes",
    "null",
    "oauth",
    "objects",
    "outbox",
    "posts",
    "privacy",
    "proxy",
    "public",
    "readyz",
    "relay",
    "robots",
    "rss",
    "search",
    "self",
    "session",
    "sessions",
    "settings",
    "setup",
    "share",
    "shared_inbox",
    "signin",
    "signout",
    "signup",
    "sitemap",
    "static",
    "statuses",
    "streaming",
    "system",
    "tags",
    "terms",
    "undefined",
    "users",
    "webfinger",
    "well_known",
];

/// Who is meant: a user name and, for accounts elsewhere, the host. Equal regardless of the case of ASCII letters.
///
/// [`Handle::parse`] makes only valid ones. `Display` is the form `user@host` (or `user`), without the leading `@`.
#[derive(Debug, Clone)]
pub struct Handle {
    /// As written; `[A-Za-z0-9_.-]{1,64}` without a dot at either end.
    pub username: String,
    /// Lower-case ASCII (punycode), with the port unless it is 443; `None` for an account here.
    pub domain: Option<String>,
}

impl Handle {
    /// Reads `user`, `@user`, `user@host`, `@user@host:port` or `acct:user@host`; `None` when it is none of these.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = match text.get(..5) {
            Some(scheme) if scheme.eq_ignore_ascii_case("acct:") => text.get(5..)?,
            _ => text,
        };
        let text = text.strip_prefix('@').unwrap_or(text);
        let (username, domain) = match text.split_once('@') {
            Some((username, domain)) => (username, Some(normalize_domain(domain)?)),
            None => (text, None),
        };
        is_valid_username(username).then(|| Self { username: username.to_owned(), domain })
    }

    /// The same handle with `domain` left out when it is `own`, the server's own domain: how an account here is meant.
    #[must_use]
    pub fn relative_to(mut self, own: &str) -> Self {
        if self.domain.as_deref().is_some_and(|domain| domain.eq_ignore_ascii_case(own)) {
            self.domain = None;
        }
        self
    }

    /// Whether it names an account here.
    pub fn is_local(&self) -> bool {
        self.domain.is_none()
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.domain {
            Some(domain) => write!(f, "{}@{domain}", self.username),
            None => f.write_str(&self.username),
        }
    }
}

impl PartialEq for Handle {
    fn eq(&self, other: &Self) -> bool {
        self.username.eq_ignore_ascii_case(&other.username) && self.domain == other.domain
    }
}

impl Eq for Handle {}

impl Hash for Handle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.username.to_ascii_lowercase().hash(state);
        self.domain.hash(state);
    }
}

/// `host` or `host:port` as it is compared and stored: lower-case, punycode, no final dot, no port 443. `None` when it is
/// no host name or address.
pub fn normalize_domain(text: &str) -> Option<String> {
    // Host::parse decodes percent signs, which have no place in a handle.
    if text.len() > MAX_DOMAIN || text.contains(|c: char| c == '%' || c.is_whitespace() || c.is_control()) {
        return None;
    }
    let (host, port) = match text.rsplit_once(':') {
        // Colons inside brackets belong to an IPv6 address.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let port = match port {
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
            Some(digits.parse::<u16>().ok().filter(|n| *n > 0)?)
        }
        Some(_) => return None,
        None => None,
    };
    let host = match Host::parse(host.strip_suffix('.').unwrap_or(host)).ok()? {
        Host::Domain(name) if name.len() <= 253 && name.split('.').all(|label| (1..=63).contains(&label.len())) => name,
        Host::Domain(_) => return None,
        address => address.to_string(),
    };
    Some(match port {
        Some(port) if port != 443 => format!("{host}:{port}"),
        _ => host,
    })
}

/// Whether `name` may be the user name of an account anywhere: `[A-Za-z0-9_.-]{1,64}`, no dot at either end.
pub fn is_valid_username(name: &str) -> bool {
    (1..=MAX_USERNAME).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
        && !name.starts_with('.')
        && !name.ends_with('.')
}

/// Whether `name` has the form of a user name given out here: `[A-Za-z0-9_]{1,30}`. Ask [`is_reserved`] too.
pub fn is_valid_local_username(name: &str) -> bool {
    (1..=MAX_LOCAL_USERNAME).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Whether nobody may register `name`, in any case of its letters.
pub fn is_reserved(name: &str) -> bool {
    RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(text: &str) -> Option<String> {
        Handle::parse(text).map(|handle| handle.to_string())
    }

    #[test]
    fn all_spellings_are_read() {
        for (text, expected) in [
            ("user", "user"),
            ("@user", "user"),
            ("User@Example.COM", "User@example.com"),
            ("@user@example.com", "user@example.com"),
            ("acct:user@example.com", "user@example.com"),
            ("ACCT:@user@example.com", "user@example.com"),
            (" @user@example.com ", "user@example.com"),
            ("@user@example.com.", "user@example.com"),
            ("@user@host:8080", "user@host:8080"),
            ("@user@host.example:443", "user@host.example"),
            ("@user@127.0.0.1:8081", "user@127.0.0.1:8081"),
            ("@user@[::1]:8081", "user@[::1]:8081"),
            ("@a.b-c_d@münchen.example", "a.b-c_d@xn--mnchen-3ya.example"),
            ("@user@日本語.example", "user@xn--wgv71a119e.example"),
        ] {
            assert_eq!(parsed(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_handle_is_refused() {
        for text in [
            "",
            "@",
            "@@",
            "acct:",
            "user@",
            "@user@",
            "@@host",
            "a b",
            "a@b@c",
            ".a",
            "a.",
            "../etc/passwd",
            "a/b",
            "ü",
            "@user@exa mple.com",
            "@user@a..b",
            "@user@.",
            "@user@host:",
            "@user@host:0",
            "@user@host:99999",
            "@user@host:8a",
            "@user@host/path",
            "@user@ex%61mple.com",
            "@user@a\u{202e}b.com",
            "user\0",
        ] {
            assert_eq!(parsed(text), None, "{text:?}");
        }
        assert_eq!(parsed(&"a".repeat(65)), None);
        assert_eq!(parsed(&format!("a@{}.example", "b".repeat(64))), None);
        assert_eq!(parsed(&format!("a@{}", "b.".repeat(1_000_000))), None);
    }

    #[test]
    fn case_makes_no_difference() {
        assert_eq!(Handle::parse("@Bob@Example.com"), Handle::parse("bob@example.com"));
        let set: std::collections::HashSet<_> = ["Bob", "bob", "BOB"].iter().filter_map(|h| Handle::parse(h)).collect();
        assert_eq!(set.len(), 1);
        assert_ne!(Handle::parse("bob"), Handle::parse("bob@example.com"));
    }

    #[test]
    fn our_own_domain_is_left_out() {
        let handle = Handle::parse("bob@brand.example").unwrap();
        assert!(handle.clone().relative_to("brand.example").is_local());
        assert!(!handle.relative_to("other.example").is_local());
    }

    #[test]
    fn local_names_are_plain_and_not_reserved() {
        for name in ["a", "Brand_1", "admin", &"x".repeat(30)] {
            assert!(is_valid_local_username(name) && !is_reserved(name), "{name}");
        }
        for name in ["", "a.b", "a-b", "é", "a b", &"x".repeat(31)] {
            assert!(!is_valid_local_username(name), "{name}");
        }
        for name in ["inbox", "Users", "API", "well_known", "nodeinfo"] {
            assert!(is_reserved(name), "{name}");
        }
    }

    proptest! {
        #[test]
        fn a_parsed_handle_reads_back_as_itself(text in "\\PC{0,40}") {
            if let Some(handle) = Handle::parse(&text) {
                prop_assert_eq!(Handle::parse(&handle.to_string()), Some(handle));
            }
        }

        #[test]
        fn a_host_keeps_its_form(text in "[a-zA-Z0-9äж日.:-]{0,30}") {
            if let Some(domain) = normalize_domain(&text) {
                prop_assert!(domain.is_ascii());
                prop_assert_eq!(normalize_domain(&domain), Some(domain.clone()));
            }
        }
    }
}
