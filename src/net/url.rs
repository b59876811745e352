//! Addresses on other servers: one spelling for each, and the rules by which one may be contacted at all.
//!
//! Two programs that read the same address differently are how a check is evaded, so spellings that invite it (userinfo, backslashes,
//! white space, percent signs in the host) are refused before parsing, and everything after works on the parsed form alone.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::addresses::AddressPolicy;

/// The longest address accepted, in bytes, as written and as normalised.
pub const MAX_URL_LEN: usize = 2048;
/// The longest host name (RFC 1035).
const MAX_HOST_LEN: usize = 253;
/// The longest part of a host name between dots (RFC 1035).
const MAX_LABEL_LEN: usize = 63;

/// Why an address was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Longer than [`MAX_URL_LEN`].
    #[error("the address is longer than {MAX_URL_LEN} bytes")]
    TooLong,
    /// Not an absolute address, or one that no parser takes.
    #[error("it is not a complete web address ({0})")]
    Malformed(String),
    /// White space, control characters or backslashes, which programs read in different ways.
    #[error("the address contains white space, a control character or a backslash")]
    ForbiddenCharacter,
    /// Neither `https` nor `http`.
    #[error("the address does not begin with https://")]
    Scheme,
    /// A user name or password before the host.
    #[error("the address contains a user name")]
    Userinfo,
    /// No host, or one that cannot be a host.
    #[error("the host of the address is not valid")]
    Host,
    /// `http`, while only `https` is allowed.
    #[error("the address is not https, and plain http is not allowed here")]
    PlainHttp,
    /// A name without a dot, such as `localhost`.
    #[error("the host {0} is not a public name")]
    LocalName(String),
    /// An IP address in place of a name.
    #[error("the host {0} is an IP address, not a name")]
    IpLiteral(String),
    /// A port other than the one of the scheme.
    #[error("the port {0} is not allowed")]
    Port(u16),
}

/// Which addresses may be contacted, before any name is resolved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UrlPolicy {
    allow_http: bool,
    addresses: AddressPolicy,
}

impl UrlPolicy {
    /// A policy; the default is the strict one: https on its own port, public names, global unicast addresses.
    pub fn new(allow_http: bool, addresses: AddressPolicy) -> Self {
        Self { allow_http, addresses }
    }

    /// Whether plain http may be spoken.
    pub fn allows_http(&self) -> bool {
        self.allow_http
    }

    /// The filter for IP addresses that belongs to this policy.
    pub fn addresses(&self) -> &AddressPolicy {
        &self.addresses
    }

    /// Whether the address may be contacted as far as its text tells. Ports need `allow_http` or opened networks; IP addresses and names
    /// without a dot need opened networks. Where a name leads is the resolver's to check.
    pub fn check(&self, url: &RemoteUrl) -> Result<(), UrlError> {
        let widened = self.addresses.is_widened();
        if url.scheme() != "https" && !self.allow_http {
            return Err(UrlError::PlainHttp);
        }
        match url.0.host() {
            Some(Host::Domain(name)) if !name.contains('.') && !widened => {
                return Err(UrlError::LocalName(name.to_owned()));
            }
            Some(Host::Domain(_)) => {}
            Some(literal) if !widened => return Err(UrlError::IpLiteral(literal.to_string())),
            Some(_) => {}
            None => return Err(UrlError::Host),
        }
        match url.0.port() {
            Some(port) if !widened && !self.allow_http => Err(UrlError::Port(port)),
            _ => Ok(()),
        }
    }
}

/// An absolute `http` or `https` address in normal form: lower-case punycode host without a final dot, no default port, no userinfo,
/// at most [`MAX_URL_LEN`] bytes. The fragment is kept.
///
/// In JSON it is a string. Reading it back checks the form but not a [`UrlPolicy`]; the client checks that again before every request.
/// An id that must be compared byte for byte, as in a signature, is to be kept as it was written beside this.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct RemoteUrl(Url);

impl RemoteUrl {
    /// Reads an address and checks it against the policy.
    pub fn parse(text: &str, policy: &UrlPolicy) -> Result<Self, UrlError> {
        let url = Self::read(text)?;
        policy.check(&url)?;
        Ok(url)
    }

    /// Reads an address and checks its form only.
    fn read(text: &str) -> Result<Self, UrlError> {
        check_characters(text)?;
        // The parser would also take `https:host`, `https:/host` and `https:///host`.
        let (scheme, rest) = text.split_once("://").ok_or_else(|| UrlError::Malformed("no scheme".to_owned()))?;
        if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
            return Err(UrlError::Scheme);
        }
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(UrlError::Userinfo);
        }
        if authority.is_empty() || authority.contains('%') {
            return Err(UrlError::Host);
        }
        Self::settle(Url::parse(text).map_err(malformed)?)
    }

    /// Resolves a reference found at this address, such as a `Location` header (RFC 3986 section 5). Checks the form only.
    pub fn join(&self, reference: &str) -> Result<Self, UrlError> {
        check_characters(reference)?;
        Self::settle(self.0.join(reference).map_err(malformed)?)
    }

    /// Brings a parsed address to normal form, or refuses it.
    fn settle(mut url: Url) -> Result<Self, UrlError> {
        if !matches!(url.scheme(), "https" | "http") {
            return Err(UrlError::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::Userinfo);
        }
        if let Some(Host::Domain(name)) = url.host() {
            let bare = name.strip_suffix('.').unwrap_or(name).to_owned();
            if bare.len() > MAX_HOST_LEN || bare.split('.').any(|label| label.is_empty() || label.len() > MAX_LABEL_LEN)
            {
                return Err(UrlError::Host);
            }
            if bare.len() != name.len() {
                url.set_host(Some(&bare)).map_err(malformed)?;
            }
        }
        if !url.has_host() {
            return Err(UrlError::Host);
        }
        if url.as_str().len() > MAX_URL_LEN {
            return Err(UrlError::TooLong);
        }
        Ok(Self(url))
    }

    /// The address as parsed.
    pub fn as_url(&self) -> &Url {
        &self.0
    }

    /// The address as text, in normal form.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// `https` or `http`.
    pub fn scheme(&self) -> &str {
        self.0.scheme()
    }

    /// The host in lower-case punycode, without port; an IPv6 address in brackets.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// The host with the port where that is not the scheme's own: what names a server in tables and what its `Host` header says.
    pub fn host_key(&self) -> String {
        match self.0.port() {
            Some(port) => format!("{}:{port}", self.host()),
            None => self.host().to_owned(),
        }
    }

    /// Scheme, host and non-default port, as `https://host`: what two documents must share to speak for one another.
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme(), self.host_key())
    }

    /// Path with query, as in a request line and in `(request-target)`.
    pub fn path_and_query(&self) -> String {
        match self.0.query() {
            Some(query) => format!("{}?{query}", self.0.path()),
            None => self.0.path().to_owned(),
        }
    }

    /// The IP address, if the host is one.
    pub fn ip(&self) -> Option<IpAddr> {
        match self.0.host()? {
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(address.into()),
            Host::Domain(_) => None,
        }
    }

    /// The same document without `#fragment`: what a key id such as `…/users/a#main-key` is fetched from.
    pub fn without_fragment(mut self) -> Self {
        self.0.set_fragment(None);
        self
    }
}

impl fmt::Display for RemoteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for RemoteUrl {
    type Error = UrlError;

    /// Reads an address and checks its form, but no policy.
    fn try_from(text: String) -> Result<Self, UrlError> {
        Self::read(&text)
    }
}

/// Whether two addresses share scheme, host and port after normalisation; `false` where either is no usable web address.
pub fn same_origin(a: &str, b: &str) -> bool {
    match (RemoteUrl::read(a), RemoteUrl::read(b)) {
        (Ok(a), Ok(b)) => a.origin() == b.origin(),
        _ => false,
    }
}

/// What the parser would quietly turn into something else.
fn check_characters(text: &str) -> Result<(), UrlError> {
    if text.len() > MAX_URL_LEN {
        return Err(UrlError::TooLong);
    }
    if text.chars().any(|c| c == '\\' || c.is_whitespace() || c.is_control()) {
        return Err(UrlError::ForbiddenCharacter);
    }
    Ok(())
}

fn malformed(error: url::ParseError) -> UrlError {
    UrlError::Malformed(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strict(text: &str) -> Result<String, UrlError> {
        RemoteUrl::parse(text, &UrlPolicy::default()).map(|url| url.to_string())
    }

    fn wide(allow_http: bool, allow: &[&str]) -> UrlPolicy {
        UrlPolicy::new(allow_http, AddressPolicy::new(allow.iter().map(|net| net.parse().unwrap()).collect()))
    }

    #[test]
    fn one_address_has_one_spelling() {
        for (written, normal) in [
            ("https://R.Example/users/A", "https://r.example/users/A"),
            ("HTTPS://r.example:443/a?b=%2F#c", "https://r.example/a?b=%2F#c"),
            ("https://r.example", "https://r.example/"),
            ("https://r.example./a", "https://r.example/a"),
            ("https://bücher.example/", "https://xn--bcher-kva.example/"),
            (
                "https://r.example/post/https%3A%2F%2Fx.example#a/1",
                "https://r.example/post/https%3A%2F%2Fx.example#a/1",
            ),
            ("https://r.example/https://x.example@y", "https://r.example/https://x.example@y"),
        ] {
            assert_eq!(strict(written).as_deref(), Ok(normal), "{written}");
        }
    }

    #[test]
    fn refuses_what_programs_read_differently() {
        use UrlError::{ForbiddenCharacter, Host, Scheme, Userinfo};
        for (text, error) in [
            ("https://good.example\\@evil.example/", ForbiddenCharacter),
            ("https://good.example/\t", ForbiddenCharacter),
            (" https://good.example/", ForbiddenCharacter),
            ("https://good.example/\u{a0}", ForbiddenCharacter),
            ("https://good.example/\0", ForbiddenCharacter),
            ("https://good.example@evil.example/", Userinfo),
            ("https://@evil.example/", Userinfo),
            ("https://a:b@evil.example/", Userinfo),
            ("https://good%2eexample/", Host),
            ("https:///good.example/", Host),
            ("https://?good.example", Host),
            ("ftp://good.example/", Scheme),
            ("file:///etc/passwd", Scheme),
        ] {
            assert_eq!(strict(text), Err(error), "{text}");
        }
        for text in [
            "",
            "good.example",
            "https:good.example",
            "https://[::1",
            "https://good..example/",
            "https://good.example../",
            "https://good.example:99999/",
            "https://good.example\u{ff0f}evil.example/",
            "did:key:z6Mk",
        ] {
            assert!(strict(text).is_err(), "{text}");
        }
    }

    #[test]
    fn lengths_are_bounded() {
        let fits = format!("https://r.example/{}", "a".repeat(MAX_URL_LEN - 18));
        assert_eq!(strict(&fits).as_deref(), Ok(fits.as_str()));
        assert_eq!(strict(&format!("{fits}a")), Err(UrlError::TooLong));
        assert_eq!(
            strict(&format!("https://r.example/{}", "ä".repeat(900))),
            Err(UrlError::TooLong),
            "once written in percent signs"
        );
        assert!(strict(&format!("https://{}.example/", "a".repeat(64))).is_err());
        assert!(strict(&format!("https://{}example/", "a.".repeat(130))).is_err());
    }

    #[test]
    fn the_strict_policy_takes_public_https_names_only() {
        for (text, error) in [
            ("http://r.example/", UrlError::PlainHttp),
            ("https://r.example:8443/", UrlError::Port(8443)),
            ("https://r.example:80/", UrlError::Port(80)),
            ("https://localhost/", UrlError::LocalName("localhost".to_owned())),
            ("https://localhost./", UrlError::LocalName("localhost".to_owned())),
            ("https://intranet/", UrlError::LocalName("intranet".to_owned())),
            ("https://127.0.0.1/", UrlError::IpLiteral("127.0.0.1".to_owned())),
            ("https://2130706433/", UrlError::IpLiteral("127.0.0.1".to_owned())),
            ("https://0x7f.1/", UrlError::IpLiteral("127.0.0.1".to_owned())),
            ("https://127.0.0.1./", UrlError::IpLiteral("127.0.0.1".to_owned())),
            ("https://8.8.8.8/", UrlError::IpLiteral("8.8.8.8".to_owned())),
            ("https://[::ffff:127.0.0.1]/", UrlError::IpLiteral("[::ffff:7f00:1]".to_owned())),
        ] {
            assert_eq!(strict(text), Err(error), "{text}");
        }
    }

    #[test]
    fn the_operator_can_widen_the_policy() {
        let bench = wide(true, &["127.0.0.0/8"]);
        for text in [
            "http://localhost:8080/",
            "http://127.0.0.1:1/",
            "https://peer:8443/",
            "https://[::1]/",
            "https://r.example/",
        ] {
            assert!(RemoteUrl::parse(text, &bench).is_ok(), "{text}");
        }
        let plain = wide(true, &[]);
        assert!(RemoteUrl::parse("http://r.example:8080/", &plain).is_ok());
        assert!(RemoteUrl::parse("http://localhost:8080/", &plain).is_err());
        let intranet = wide(false, &["10.0.0.0/8"]);
        assert!(RemoteUrl::parse("https://10.1.2.3:8443/", &intranet).is_ok());
        assert_eq!(RemoteUrl::parse("http://10.1.2.3/", &intranet), Err(UrlError::PlainHttp));
    }

    #[test]
    fn tells_its_parts() {
        let url = RemoteUrl::parse("https://R.example:8443/a/b?c=d&e#f", &wide(true, &[])).unwrap();
        assert_eq!(url.host(), "r.example");
        assert_eq!(url.host_key(), "r.example:8443");
        assert_eq!(url.origin(), "https://r.example:8443");
        assert_eq!(url.path_and_query(), "/a/b?c=d&e");
        assert_eq!(url.ip(), None);
        assert_eq!(url.clone().without_fragment().as_str(), "https://r.example:8443/a/b?c=d&e");
        let literal = RemoteUrl::parse("https://[::1]:8443/", &wide(false, &["::1/128"])).unwrap();
        assert_eq!((literal.host_key().as_str(), literal.ip()), ("[::1]:8443", Some("::1".parse().unwrap())));
    }

    #[test]
    fn references_resolve_against_an_address() {
        let base = RemoteUrl::parse("https://r.example/users/a?x", &UrlPolicy::default()).unwrap();
        for (reference, target) in [
            ("/b", "https://r.example/b"),
            ("c", "https://r.example/users/c"),
            ("?y", "https://r.example/users/a?y"),
            ("//s.example./d", "https://s.example/d"),
            ("http://s.example:81/d", "http://s.example:81/d"),
        ] {
            assert_eq!(base.join(reference).map(|url| url.to_string()).as_deref(), Ok(target), "{reference}");
        }
        for reference in
            ["//u@s.example/", "ftp://s.example/", "\\\\s.example/", "/a b", "javascript:alert(1)", "https://"]
        {
            assert!(base.join(reference).is_err(), "{reference}");
        }
    }

    #[test]
    fn origins_are_compared_after_normalisation() {
        assert!(same_origin("https://r.example/a", "HTTPS://R.EXAMPLE:443/b#c"));
        assert!(same_origin("https://r.example./a", "https://r.example/b"));
        assert!(same_origin("https://bücher.example/", "https://xn--bcher-kva.example/"));
        assert!(same_origin("http://localhost:8080/", "http://localhost:8080/b"));
        for other in [
            "http://r.example/",
            "https://r.example:8443/",
            "https://s.example/",
            "https://a.r.example/",
            "https://u@r.example/",
            "r.example",
            "",
        ] {
            assert!(!same_origin("https://r.example/", other), "{other}");
        }
        assert!(!same_origin("nonsense", "nonsense"));
    }

    #[test]
    fn json_holds_a_string_and_reading_checks_the_form() {
        let url = RemoteUrl::parse("https://r.example/a", &UrlPolicy::default()).unwrap();
        assert_eq!(serde_json::to_string(&url).unwrap(), "\"https://r.example/a\"");
        assert_eq!(serde_json::from_str::<RemoteUrl>("\"https://R.example/a\"").unwrap(), url);
        for text in ["\"https://u@r.example/\"", "\"file:///etc/passwd\"", "\"\"", "7", "null"] {
            assert!(serde_json::from_str::<RemoteUrl>(text).is_err(), "{text}");
        }
    }
}
