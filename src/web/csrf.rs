//! Whether a form was sent from a page of ours. Two proofs, and both must hold where they are there:
//! the browser's word (`Origin`), and a field that only our page could know.
//!
//! The field is made from a secret in a cookie: of the session for those who are signed in, else of a cookie for forms. No
//! other site can read either, so none can know the field.

use crate::context::Urls;
use crate::crypto::tokens;
use crate::error::Result;

/// The cookie behind the forms of visitors who are not signed in.
pub const FORM_COOKIE: &str = "rapport_form";

/// The field for forms of the session with this token. It tells nothing about the token.
pub fn of_session(token: &str) -> String {
    tokens::hash_token(&format!("csrf{token}"))
}

/// The field for forms of a visitor with this form cookie.
pub fn of_form_cookie(secret: &str) -> String {
    tokens::hash_token(secret)
}

/// A new secret for the form cookie.
pub fn new_secret() -> Result<String> {
    tokens::random_token(32)
}

/// Whether the text of a cookie can be a secret that we made.
pub fn is_secret(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Whether the field fits one of the cookies that came with it.
pub fn is_ours(field: &str, session: Option<&str>, form_cookie: Option<&str>) -> bool {
    let expected = [session.map(of_session), form_cookie.map(of_form_cookie)];
    // Both are compared in any case, so that the time says nothing about which one fits.
    expected.iter().flatten().fold(false, |fits, expected| tokens::constant_time_eq(field, expected) | fits)
}

/// Whether a form that says to come from `origin` comes from us. Browsers that say nothing are left to the field.
/// `host` is the request's own: it counts before the address is chosen, and between names of this machine.
pub fn is_our_origin(origin: Option<&str>, urls: Option<&Urls>, host: Option<&str>) -> bool {
    let Some(origin) = origin else { return true };
    let same_host = host.is_some_and(|host| {
        origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
    });
    match urls {
        None => same_host,
        Some(urls) => origin.eq_ignore_ascii_case(urls.base()) || (same_host && host.is_some_and(is_this_machine)),
    }
}

/// Whether a `Host` header names this machine only.
pub fn is_this_machine(host: &str) -> bool {
    host.parse::<crate::config::Domain>().is_ok_and(|domain| domain.is_this_machine())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_fits_its_own_cookie_only() {
        let (session, form) = (new_secret().unwrap(), new_secret().unwrap());
        assert!(is_secret(&session));
        assert!(is_ours(&of_session(&session), Some(&session), None));
        assert!(is_ours(&of_form_cookie(&form), Some(&session), Some(&form)));
        assert!(!is_ours(&of_form_cookie(&form), Some(&session), None));
        assert!(!is_ours(&of_form_cookie(&session), Some(&session), None), "one kind must not pass for the other");
        assert!(!is_ours("", None, None));
        assert!(!is_ours("", Some(""), Some("")));
        assert!(!is_secret("") && !is_secret(&"a".repeat(44)) && !is_secret(&"é".repeat(22)));
    }

    #[test]
    fn other_sites_are_refused() {
        let urls = Urls::new("https://brand.example", "brand.example");
        let ours = |origin: &str, host: &str| is_our_origin(Some(origin), Some(&urls), Some(host));
        assert!(ours("https://brand.example", "brand.example"));
        assert!(is_our_origin(None, Some(&urls), Some("brand.example")));
        assert!(!ours("https://evil.example", "brand.example"));
        assert!(!ours("http://brand.example", "brand.example"));
        assert!(!ours("null", "brand.example"));
        assert!(ours("http://127.0.0.1:8080", "127.0.0.1:8080"), "the owner may look from the machine itself");
        assert!(!ours("https://evil.example", "evil.example"), "the host is only trusted for this machine");
    }

    #[test]
    fn before_set_up_the_host_that_was_asked_is_ours() {
        assert!(is_our_origin(Some("http://192.0.2.1:8080"), None, Some("192.0.2.1:8080")));
        assert!(!is_our_origin(Some("http://evil.example"), None, Some("192.0.2.1:8080")));
        assert!(!is_our_origin(Some("null"), None, Some("null")));
    }
}
