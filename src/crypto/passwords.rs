//! Passwords: Argon2id (RFC 9106) with 19 MiB, two passes, one lane. One call takes some 20 to 50 ms of CPU and that memory:
//! callers run it on a blocking thread and limit how many run at once.

use std::collections::BTreeSet;

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use unicode_normalization::UnicodeNormalization;

use crate::error::{Error, Result};

/// The shortest password people may choose, in characters.
pub const MIN_CHARS: usize = 10;
/// The longest password anybody may send, in bytes; more is refused unread.
pub const MAX_BYTES: usize = 256;
/// The shortest password that is hashed at all, in bytes.
const MIN_BYTES: usize = 8;
/// A password of fewer different characters is a run of keys.
const MIN_DIFFERENT: usize = 4;

/// A well-formed hash with today's parameters that no password fits.
const DUMMY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Hashes a password for storage, as a PHC string with its own random salt. Refuses lengths outside 8 to 256 bytes.
pub fn hash(password: &str) -> Result<String> {
    if !(MIN_BYTES..=MAX_BYTES).contains(&password.len()) {
        return Err(Error::invalid(
            "password",
            format!("must have {MIN_CHARS} characters or more and at most {MAX_BYTES} bytes"),
        ));
    }
    let mut salt = [0; 16];
    aws_lc_rs::rand::fill(&mut salt).map_err(Error::internal)?;
    let hash: PasswordHash =
        Argon2::default().hash_password_with_salt(normal(password).as_bytes(), &salt).map_err(Error::internal)?;
    Ok(hash.to_string())
}

/// Whether the password is the one that `stored` was made from. A `stored` that cannot be read fits no password.
pub fn verify(password: &str, stored: &str) -> bool {
    password.len() <= MAX_BYTES && Argon2::default().verify_password(normal(password).as_bytes(), stored).is_ok()
}

/// Takes as long as [`verify`] and always says no: for a sign-in with an unknown name, so that its time tells nothing.
pub fn verify_dummy(password: &str) -> bool {
    // The comparison must happen, its outcome must not count.
    let _fits = verify(password, DUMMY);
    false
}

/// Whether people may choose this password; the reason continues a sentence that begins with "password".
pub fn check_strength(password: &str) -> Result<(), &'static str> {
    if password.len() > MAX_BYTES {
        return Err("is too long (at most 256 bytes)");
    }
    if password.chars().count() < MIN_CHARS {
        return Err("is too short (at least 10 characters)");
    }
    if password.chars().collect::<BTreeSet<char>>().len() < MIN_DIFFERENT {
        return Err("repeats the same few characters");
    }
    Ok(())
}

/// The same letters, however the keyboard composed them (RFC 8265, OpaqueString).
fn normal(password: &str) -> String {
    password.nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fits_its_own_password_only() {
        let stored = hash("correct horse battery").unwrap();
        assert!(verify("correct horse battery", &stored));
        assert!(!verify("correct horse batterz", &stored));
        assert!(!verify("", &stored));
        assert!(!verify("correct horse battery", "not a hash"));
        assert_ne!(stored, hash("correct horse battery").unwrap());
    }

    #[test]
    fn composed_and_decomposed_letters_are_one_password() {
        let stored = hash("gru\u{308}n wie Gras").unwrap();
        assert!(verify("gr\u{fc}n wie Gras", &stored));
    }

    #[test]
    fn the_dummy_costs_what_a_real_hash_costs() {
        let parameters = |text: &str| text.rsplitn(3, '$').nth(2).map(str::to_owned);
        assert_eq!(parameters(DUMMY), parameters(&hash("correct horse battery").unwrap()));
        assert_eq!(DUMMY.len(), hash("correct horse battery").unwrap().len());
        assert!(PasswordHash::new(DUMMY).is_ok());
        assert!(!verify_dummy("correct horse battery"));
    }

    #[test]
    fn lengths_are_limited() {
        assert!(hash("short").is_err());
        assert!(hash(&"x".repeat(MAX_BYTES + 1)).is_err());
        assert!(!verify(&"x".repeat(1_000_000), DUMMY));
        assert!(check_strength("ninechars").is_err());
        assert!(check_strength("aaaaaaaaaaaaaaa").is_err());
        assert!(check_strength(&"abcdefghij".repeat(26)).is_err());
        assert_eq!(check_strength("tencharsss"), Ok(()));
        assert_eq!(check_strength("пароль мой!"), Ok(()));
    }
}
