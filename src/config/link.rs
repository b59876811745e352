//! Addresses that are only shown, as links.

use std::fmt;

use url::Url;

use super::setting::{Setting, quoted, toml_string};

/// The longest address that is taken, in bytes.
const LONGEST: usize = 2048;

/// A web address (`https` or `http`) with whatever path and query it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link(Url);

impl Link {
    /// The whole address.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Setting for Link {
    const KIND: &'static str = "a web address such as https://code.example/rapport";

    fn from_text(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("{} is not a web address: {why}", quoted(text));
        if text.len() > LONGEST {
            return Err(wrong("it is too long"));
        }
        let url = Url::parse(text).map_err(|_| wrong("write all of it, as in https://code.example/rapport"))?;
        if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none() {
            return Err(wrong("it starts with https:// or http://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("leave out the name and the password"));
        }
        Ok(Self(url))
    }

    fn to_toml(&self) -> String {
        toml_string(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_a_whole_web_address() {
        let link = Link::from_text("https://code.example/brand/rapport?at=v1#readme").unwrap();
        assert_eq!(link.as_str(), "https://code.example/brand/rapport?at=v1#readme");
        for wrong in
            ["", "code.example", "/about", "javascript:alert(1)", "git://code.example/x", "https://a:b@c.example"]
        {
            assert!(Link::from_text(wrong).is_err(), "{wrong:?} was taken for a link");
        }
    }
}
