//! The server's names: the domain of its handles and the address under which it is reached.

use std::fmt;
use std::str::FromStr;

use url::{Host, Url};

use super::setting::{Setting, quoted, toml_string};

/// The longest host name that DNS can carry.
const LONGEST_HOST: usize = 253;

/// A host with an optional port, in lower case and punycode: what stands after the `@` in handles.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Domain {
    host: Host<String>,
    port: Option<u16>,
}

impl Domain {
    /// The host alone; IPv6 addresses stand in brackets.
    pub fn host(&self) -> String {
        self.host.to_string()
    }

    /// The port, where it is not the usual one.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Whether it names this machine only (`localhost`, `127.0.0.1`, `[::1]`), so that nobody else can reach it.
    pub fn is_this_machine(&self) -> bool {
        match &self.host {
            Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.host),
            None => write!(f, "{}", self.host),
        }
    }
}

impl FromStr for Domain {
    type Err = String;

    /// Errors are reasons for a person to read, with the remedy.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("{} is not a domain: {why}", quoted(text));
        if text.contains('/') {
            return Err(wrong("leave out the scheme and the slashes, as in brand.example"));
        }
        if text.contains('@') {
            return Err(wrong("leave out the @ and what stands before it, as in brand.example"));
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, Some(port)),
            _ => (text, None),
        };
        let port = port.map(|port| read_port(port).map_err(|why| wrong(&why))).transpose()?;
        Ok(Self { host: read_host(host).map_err(|why| wrong(&why))?, port })
    }
}

fn read_port(text: &str) -> Result<u16, String> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<u16>() {
        Ok(port @ (80 | 443)) => Err(format!("leave out :{port}, it is the usual port")),
        Ok(port @ 1..) if is_number => Ok(port),
        _ => Err("the port is a number from 1 to 65535".to_owned()),
    }
}

fn read_host(text: &str) -> Result<Host<String>, String> {
    if text.is_empty() {
        return Err("it names no host".to_owned());
    }
    if text.ends_with('.') {
        return Err("leave out the dot at the end".to_owned());
    }
    // a percent sign would be decoded, a backslash read as a slash
    let host = if text.contains(['%', '\\']) { None } else { Host::parse(text).ok() };
    let host = host.ok_or_else(|| format!("{} cannot be a host name", quoted(text)))?;
    if host.to_string().len() > LONGEST_HOST { Err("the host name is too long".to_owned()) } else { Ok(host) }
}

impl Setting for Domain {
    const KIND: &'static str = "a host with an optional port such as brand.example or localhost:8080";

    fn from_text(text: &str) -> Result<Self, String> {
        text.parse()
    }

    fn to_toml(&self) -> String {
        toml_string(&self.to_string())
    }
}

/// Scheme, host and optional port, written without a slash at the end: an origin.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PublicUrl {
    is_secure: bool,
    authority: Domain,
}

impl PublicUrl {
    /// The address of a server whose handles have this domain, unless something else is said:
    /// `https`, or `http` for a domain that only this machine can reach.
    pub fn of(domain: &Domain) -> Self {
        Self { is_secure: !domain.is_this_machine(), authority: domain.clone() }
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &'static str {
        if self.is_secure { "https" } else { "http" }
    }

    /// Whether the scheme is `https`.
    pub fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// Host and optional port; the scheme's usual port is left out.
    pub fn authority(&self) -> &Domain {
        &self.authority
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme(), self.authority)
    }
}

impl FromStr for PublicUrl {
    type Err = String;

    /// Errors are reasons for a person to read, with the remedy.
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("{} is not a public address: {why}", quoted(text));
        if !text.contains("://") || text.contains(['\\', '%']) || text.contains(char::is_whitespace) {
            return Err(wrong("write scheme and host, as in https://brand.example"));
        }
        let url = Url::parse(text)
            .map_err(|error| wrong(&format!("{error}; write scheme and host, as in https://brand.example")))?;
        let is_secure = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return Err(wrong("the scheme is https, or http for trying it out")),
        };
        let has_user = !url.username().is_empty() || url.password().is_some();
        if has_user || url.query().is_some() || url.fragment().is_some() || url.path() != "/" {
            return Err(wrong("leave out everything but scheme, host and port, as in https://brand.example"));
        }
        let host = url.host_str().ok_or_else(|| wrong("it names no host"))?;
        let host = read_host(host).map_err(|why| wrong(&why))?;
        if url.port() == Some(0) {
            return Err(wrong("the port is a number from 1 to 65535"));
        }
        Ok(Self { is_secure, authority: Domain { host, port: url.port() } })
    }
}

impl Setting for PublicUrl {
    const KIND: &'static str = "an address such as https://brand.example, without a path";

    fn from_text(text: &str) -> Result<Self, String> {
        text.parse()
    }

    fn to_toml(&self) -> String {
        toml_string(&self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_a_host_with_an_optional_port() {
        for (given, read) in [
            ("brand.example", "brand.example"),
            ("Brand.Example:8443", "brand.example:8443"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("localhost:8080", "localhost:8080"),
            ("127.0.0.1:3000", "127.0.0.1:3000"),
            ("[::1]:3000", "[::1]:3000"),
            ("[::1]", "[::1]"),
        ] {
            assert_eq!(given.parse::<Domain>().map(|domain| domain.to_string()), Ok(read.to_owned()));
        }
    }

    #[test]
    fn what_is_no_domain_is_refused_with_the_remedy() {
        for (given, remedy) in [
            ("https://brand.example", "leave out the scheme"),
            ("brand.example/", "leave out the scheme and the slashes"),
            ("@me@brand.example", "leave out the @"),
            ("brand.example.", "dot at the end"),
            ("brand.example:443", "leave out :443"),
            ("brand.example:0", "from 1 to 65535"),
            ("brand.example:+1", "from 1 to 65535"),
            ("brand.example:", "from 1 to 65535"),
            (":8080", "names no host"),
            ("::1", "cannot be a host name"),
            ("a b", "cannot be a host name"),
            ("ex%41mple", "cannot be a host name"),
        ] {
            let error = given.parse::<Domain>().unwrap_err();
            assert!(error.contains(remedy), "{given}: {error}");
        }
        assert!(format!("{}example", "a1.".repeat(100)).parse::<Domain>().is_err());
    }

    #[test]
    fn a_public_address_is_an_origin() {
        for (given, read) in [
            ("https://Brand.example/", "https://brand.example"),
            ("https://brand.example:443", "https://brand.example"),
            ("http://localhost:8080", "http://localhost:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(given.parse::<PublicUrl>().map(|url| url.to_string()), Ok(read.to_owned()));
        }
        for wrong in [
            "",
            "brand.example",
            "ftp://brand.example",
            "https://",
            "https://brand.example/social",
            "https://me@brand.example",
            "https://brand.example?x",
            "https://brand.example.",
            "https:\\\\brand.example",
            "https://a b",
        ] {
            assert!(wrong.parse::<PublicUrl>().is_err(), "{wrong:?} was taken for a public address");
        }
    }

    #[test]
    fn only_this_machine_gets_http_by_default() {
        for (domain, url) in [
            ("brand.example", "https://brand.example"),
            ("a.localhost:81", "http://a.localhost:81"),
            ("127.8.8.8", "http://127.8.8.8"),
            ("192.168.0.2:81", "https://192.168.0.2:81"),
        ] {
            assert_eq!(PublicUrl::of(&domain.parse().unwrap()).to_string(), url);
        }
    }
}
