//! Settings that must not be shown.

use super::setting::{Setting, toml_string};

/// A text that messages and logs never show.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The shortest secret that is taken: shorter ones can be guessed.
    const SHORTEST: usize = 16;

    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(secret)")
    }
}

impl Setting for Secret {
    const KIND: &'static str = "a secret of at least 16 characters";

    fn from_text(text: &str) -> Result<Self, String> {
        if text.chars().count() < Self::SHORTEST {
            return Err("is too short: it has to have at least 16 characters, for example from `openssl rand -hex 32`"
                .to_owned());
        }
        Ok(Self(text.to_owned()))
    }

    fn to_toml(&self) -> String {
        toml_string("(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_shown() {
        let secret = Secret::from_text("correct horse battery staple").unwrap();
        assert_eq!(secret.expose(), "correct horse battery staple");
        assert!(!format!("{secret:?} {}", secret.to_toml()).contains("horse"));
        assert!(!Secret::from_text("hunter2").unwrap_err().contains("hunter2"));
    }
}
