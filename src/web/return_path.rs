//! Where somebody goes on after signing in or out: a path on this server and nothing else.

/// The longest path that is carried along, in bytes.
const MAX: usize = 4096;

/// The path, if it stays on this server whatever a browser makes of it; otherwise `/`.
pub fn safe(path: &str) -> String {
    if is_local(path) { path.to_owned() } else { "/".to_owned() }
}

/// Whether a browser resolves it to this server: one slash at the start, no backslash (browsers read it as a slash) and no
/// control characters (browsers drop them).
pub fn is_local(path: &str) -> bool {
    path.len() <= MAX
        && path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.bytes().all(|b| (0x21..0x7f).contains(&b))
}

/// The sign-in page that leads back to `path`.
pub fn sign_in(path: &str) -> String {
    with_return("/auth/sign_in", path)
}

/// `page` with the way back in its query.
pub fn with_return(page: &str, path: &str) -> String {
    if path == "/" || !is_local(path) {
        return page.to_owned();
    }
    format!("{page}?return_to={}", encode(path))
}

/// Percent-encodes a value for a query.
pub fn encode(value: &str) -> String {
    url::form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_server_are_followed() {
        for path in ["/", "/settings/security", "/oauth/authorize?client_id=a&redirect_uri=app%3A%2F%2Fx"] {
            assert_eq!(safe(path), path);
        }
        let long = format!("/{}", "a".repeat(MAX));
        for path in [
            "",
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "https://evil.example",
            "javascript:x",
            "/\t/evil.example",
            "/a b",
            "/é",
            "/\r\nX: y",
            &long,
        ] {
            assert_eq!(safe(path), "/", "{path:?}");
        }
    }

    #[test]
    fn the_way_back_is_encoded() {
        assert_eq!(sign_in("/oauth/authorize?a=b&c=d"), "/auth/sign_in?return_to=%2Foauth%2Fauthorize%3Fa%3Db%26c%3Dd");
        assert_eq!(sign_in("/"), "/auth/sign_in");
        assert_eq!(sign_in("//evil.example"), "/auth/sign_in");
    }
}
