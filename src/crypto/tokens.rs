//! Random tokens, how they are stored (hashed only) and compared, and the PKCE transformation (RFC 7636).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

use crate::error::{Error, Result};

/// No token needs more random bytes than this; larger wishes are cut.
const MAX_RANDOM: usize = 256;

/// A token of `bytes` random bytes (32 for anything that grants access), in URL-safe base64 without padding.
pub fn random_token(bytes: usize) -> Result<String> {
    let mut random = vec![0; bytes.min(MAX_RANDOM)];
    aws_lc_rs::rand::fill(&mut random).map_err(Error::internal)?;
    Ok(URL_SAFE_NO_PAD.encode(random))
}

/// A random number above zero.
pub fn random_number() -> Result<i64> {
    let mut random = [0; 8];
    aws_lc_rs::rand::fill(&mut random).map_err(Error::internal)?;
    Ok((i64::from_le_bytes(random) & i64::MAX).max(1))
}

/// What is stored in place of a token: its SHA-256 in lower-case hex. Fit for random tokens only, never for passwords.
pub fn hash_token(token: &str) -> String {
    hex::encode(digest(&SHA256, token.as_bytes()))
}

/// Whether two secrets are equal, in a time that depends on their length alone.
pub fn constant_time_eq(a: impl AsRef<[u8]>, b: impl AsRef<[u8]>) -> bool {
    a.as_ref().ct_eq(b.as_ref()).into()
}

/// The PKCE challenge of a verifier by method `S256`.
pub fn s256_challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_fit_into_a_url() {
        let token = random_token(32).unwrap();
        assert_eq!(token.len(), 43);
        assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        assert_ne!(token, random_token(32).unwrap());
        assert_eq!(random_token(0).unwrap(), "");
    }

    #[test]
    fn hashes_like_everybody_else() {
        assert_eq!(hash_token("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn compares_whole_values() {
        assert!(constant_time_eq("abc", b"abc"));
        assert!(!constant_time_eq("abc", "abd"));
        assert!(!constant_time_eq("abc", "abcd"));
        assert!(constant_time_eq("", ""));
    }

    /// RFC 7636 appendix B.
    #[test]
    fn challenge_of_the_published_verifier() {
        assert_eq!(
            s256_challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }
}
