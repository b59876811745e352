//! Digests of bodies: the `Digest` header (RFC 3230) that goes with draft-cavage, and `Content-Digest` (RFC 9530) with RFC 9421.

use aws_lc_rs::digest::{Algorithm, SHA256, SHA512, digest as hash};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_PAD_INDIFFERENT};
use sfv::{BareItem, Dictionary, ListEntry, Parser};

use super::{Headers, SignatureError, joined};

/// The value of a `Digest` header for this body.
pub fn digest(body: &[u8]) -> String {
    format!("SHA-256={}", STANDARD.encode(hash(&SHA256, body)))
}

/// The value of a `Content-Digest` header for this body.
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(hash(&SHA256, body)))
}

/// Checks the body against the SHA-256 entry of its `Digest` header, among any others and whatever its case. Without one it is
/// refused, since that is all the software that writes this header offers.
pub fn verify_digest(headers: &dyn Headers, body: &[u8]) -> Result<(), SignatureError> {
    let value = joined(headers, "digest")?.ok_or(SignatureError::MissingHeader)?;
    let mut sent = None;
    for entry in value.split(',') {
        let (name, encoded) = entry.split_once('=').ok_or(SignatureError::Malformed("the digest is not name=value"))?;
        if name.trim().eq_ignore_ascii_case("sha-256") && sent.replace(encoded.trim()).is_some() {
            return Err(SignatureError::Malformed("the digest is given twice"));
        }
    }
    let sent = sent.ok_or(SignatureError::UnsupportedDigest)?;
    let sent =
        STANDARD_PAD_INDIFFERENT.decode(sent).map_err(|_| SignatureError::Malformed("the digest is not base64"))?;
    compare(&SHA256, &sent, body)
}

/// Checks the body against every SHA-256 and SHA-512 entry of its `Content-Digest` header; there must be at least one of them.
pub fn verify_content_digest(headers: &dyn Headers, body: &[u8]) -> Result<(), SignatureError> {
    let value = joined(headers, "content-digest")?.ok_or(SignatureError::MissingHeader)?;
    let entries: Dictionary = Parser::new(&value)
        .parse()
        .map_err(|_| SignatureError::Malformed("Content-Digest is not a dictionary of structured fields"))?;
    let mut checked = false;
    for (name, algorithm) in [("sha-256", &SHA256), ("sha-512", &SHA512)] {
        match entries.get(name) {
            None => {}
            Some(ListEntry::Item(item)) => {
                let BareItem::ByteSequence(sent) = &item.bare_item else {
                    return Err(SignatureError::Malformed("the digest is not a byte sequence"));
                };
                compare(algorithm, sent, body)?;
                checked = true;
            }
            Some(ListEntry::InnerList(_)) => {
                return Err(SignatureError::Malformed("the digest is not a byte sequence"));
            }
        }
    }
    if checked { Ok(()) } else { Err(SignatureError::UnsupportedDigest) }
}

fn compare(algorithm: &'static Algorithm, sent: &[u8], body: &[u8]) -> Result<(), SignatureError> {
    if hash(algorithm, body).as_ref() == sent { Ok(()) } else { Err(SignatureError::DigestMismatch) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"hello": "world"}"#;
    const SHORT: &str = "X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=";
    const LONG: &str = "WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==";

    fn check(name: &'static str, value: &str) -> Result<(), SignatureError> {
        let headers = vec![(name, value)];
        if name == "Digest" { verify_digest(&headers, BODY) } else { verify_content_digest(&headers, BODY) }
    }

    #[test]
    fn writes_the_known_digests() {
        assert_eq!(digest(BODY), format!("SHA-256={SHORT}"));
        assert_eq!(content_digest(BODY), format!("sha-256=:{SHORT}:"));
    }

    #[test]
    fn finds_sha_256_in_a_digest_list() {
        for value in [
            format!("SHA-256={SHORT}"),
            format!("sha-256={SHORT}"),
            format!("SHA-512={LONG},SHA-256={SHORT}"),
            format!("Sha-256={SHORT} , unixsum=30637"),
            format!("SHA-256={}", SHORT.trim_end_matches('=')),
        ] {
            assert_eq!(check("Digest", &value), Ok(()), "{value}");
        }
        let lines = vec![("digest", format!("SHA-512={LONG}")), ("Digest", format!("SHA-256={SHORT}"))];
        assert_eq!(verify_digest(&lines, BODY), Ok(()));
    }

    #[test]
    fn refuses_other_digests() {
        assert_eq!(check("Digest", &format!("SHA-512={LONG}")), Err(SignatureError::UnsupportedDigest));
        assert_eq!(check("Digest", "SHA-256=AAAA"), Err(SignatureError::DigestMismatch));
        assert_eq!(check("Digest", "SHA-256="), Err(SignatureError::DigestMismatch));
        for value in ["SHA-256", "", "SHA-256=%%%", &format!("SHA-256={SHORT},sha-256={SHORT}")] {
            assert!(matches!(check("Digest", value), Err(SignatureError::Malformed(_))), "{value}");
        }
        assert_eq!(verify_digest(&vec![("digest", digest(b"other"))], BODY), Err(SignatureError::DigestMismatch));
        assert_eq!(verify_digest(&Vec::<(String, String)>::new(), BODY), Err(SignatureError::MissingHeader));
        assert_eq!(verify_digest(&vec![("digest", "x".repeat(9000))], BODY), Err(SignatureError::TooLarge));
    }

    #[test]
    fn checks_every_known_content_digest() {
        assert_eq!(check("Content-Digest", &format!("sha-256=:{SHORT}:")), Ok(()));
        // As in RFC 9421 appendix B.2.
        assert_eq!(check("Content-Digest", &format!("sha-512=:{LONG}:")), Ok(()));
        assert_eq!(check("Content-Digest", &format!("md5=:AAAA:, sha-512=:{LONG}:, sha-256=:{SHORT}:")), Ok(()));
        assert_eq!(
            check("Content-Digest", &format!("sha-256=:{SHORT}:, sha-512=:AAAA:")),
            Err(SignatureError::DigestMismatch)
        );
        assert_eq!(check("Content-Digest", "md5=:AAAA:"), Err(SignatureError::UnsupportedDigest));
        for value in ["sha-256=abc", "sha-256=(:AAAA:)", "sha-256=:AAAA", "sha-256", "=:"] {
            assert!(matches!(check("Content-Digest", value), Err(SignatureError::Malformed(_))), "{value}");
        }
    }
}
