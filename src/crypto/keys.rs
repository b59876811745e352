//! The key pairs with which actors sign: RSA (RSASSA-PKCS1-v1_5 with SHA-256, RFC 8017) and Ed25519 (RFC 8032), by aws-lc-rs.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{
    ED25519, Ed25519KeyPair, KeyPair, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_PAD_INDIFFERENT};

/// The largest PEM text that is looked at, in bytes; an RSA key of 8192 bits takes 1.5 kB.
pub const MAX_PEM: usize = 16 * 1024;
/// The smallest and the largest RSA modulus accepted, in bits: below is breakable, above costs us too much.
const RSA_BITS: std::ops::RangeInclusive<u32> = 2048..=8192;
/// The largest multibase text that is decoded, in bytes: base58 takes quadratic time.
const MAX_MULTIBASE: usize = 2048;
/// The largest DER structure that is parsed, in bytes.
const MAX_DER: usize = 8 * 1024;
/// What precedes the 32 raw bytes in the SubjectPublicKeyInfo of an Ed25519 key (RFC 8410).
const ED25519_SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// Multicodec prefix `ed25519-pub` as a varint; the raw 32 bytes follow.
const ED25519_CODEC: [u8; 2] = [0xed, 0x01];
/// Multicodec prefix `rsa-pub` as a varint; a PKCS#1 `RSAPublicKey` follows.
const RSA_CODEC: [u8; 2] = [0x85, 0x24];

/// Why a key was refused or could not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The text or structure is bigger than any key we take.
    #[error("The key is larger than any key accepted here.")]
    TooLarge,
    /// No readable PEM block of a public key.
    #[error("This is not a public key in PEM form.")]
    Pem,
    /// Not base58btc with a known multicodec prefix.
    #[error("This is not a public key in multibase form.")]
    Multibase,
    /// An RSA modulus outside the accepted sizes; holds its bits.
    #[error("RSA keys need 2048 to 8192 bits, this one has {0}.")]
    Size(u32),
    /// Neither RSA nor Ed25519, or broken.
    #[error("This is not a usable RSA or Ed25519 public key.")]
    Unsupported,
    /// A stored private key that cannot be read.
    #[error("The private key cannot be read.")]
    Private,
    /// Making a key or signing failed inside the library.
    #[error("The key operation failed.")]
    Failed,
}

/// What kind a key is; this alone decides how signatures are made and checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rsa,
    /// Ed25519.
    Ed25519,
}

impl Algorithm {
    /// The name under which keys are stored: `rsa` or `ed25519`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rsa => "rsa",
            Self::Ed25519 => "ed25519",
        }
    }

    /// The algorithm of a stored name, the reverse of [`Algorithm::as_str`].
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "rsa" => Some(Self::Rsa),
            "ed25519" => Some(Self::Ed25519),
            _ => None,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Clone)]
enum Pair {
    Rsa(Arc<rsa::KeyPair>),
    Ed25519(Ed25519KeyPair),
}

/// A key pair of one of our own actors. Cheap to clone; never printed.
#[derive(Clone)]
pub struct PrivateKey {
    pair: Pair,
    public: PublicKey,
}

impl PrivateKey {
    /// Makes an RSA key pair of 2048 bits. Takes some 50 to 500 ms of CPU: call it off the request path.
    pub fn generate_rsa() -> Result<Self, KeyError> {
        Self::rsa(rsa::KeyPair::generate(rsa::KeySize::Rsa2048).map_err(|_| KeyError::Failed)?)
    }

    /// Makes an Ed25519 key pair.
    pub fn generate_ed25519() -> Result<Self, KeyError> {
        Self::ed25519(Ed25519KeyPair::generate().map_err(|_| KeyError::Failed)?)
    }

    /// Reads an unencrypted PKCS#8 structure (DER), as [`PrivateKey::to_pkcs8`] wrote it.
    pub fn from_pkcs8(algorithm: Algorithm, der: &[u8]) -> Result<Self, KeyError> {
        if der.len() > MAX_DER {
            return Err(KeyError::TooLarge);
        }
        match algorithm {
            Algorithm::Rsa => Self::rsa(rsa::KeyPair::from_pkcs8(der).map_err(|_| KeyError::Private)?),
            Algorithm::Ed25519 => Self::ed25519(Ed25519KeyPair::from_pkcs8(der).map_err(|_| KeyError::Private)?),
        }
    }

    fn rsa(pair: rsa::KeyPair) -> Result<Self, KeyError> {
        let public = PublicKey::rsa(pair.public_key().as_ref())?;
        Ok(Self { pair: Pair::Rsa(Arc::new(pair)), public })
    }

    fn ed25519(pair: Ed25519KeyPair) -> Result<Self, KeyError> {
        let public = PublicKey::ed25519(pair.public_key().as_ref())?;
        Ok(Self { pair: Pair::Ed25519(pair), public })
    }

    /// The unencrypted PKCS#8 structure (DER) for storage.
    pub fn to_pkcs8(&self) -> Result<Vec<u8>, KeyError> {
        let der: Pkcs8V1Der<'static> = match &self.pair {
            Pair::Rsa(pair) => pair.as_der(),
            Pair::Ed25519(pair) => pair.as_der(),
        }
        .map_err(|_| KeyError::Failed)?;
        Ok(der.as_ref().to_vec())
    }

    /// Signs the whole message: RSASSA-PKCS1-v1_5 with SHA-256 (256 bytes for 2048 bits), or Ed25519 (64 bytes).
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
                    .map_err(|_| KeyError::Failed)?;
                Ok(signature)
            }
            Pair::Ed25519(pair) => Ok(pair.try_sign(message).map_err(|_| KeyError::Failed)?.as_ref().to_vec()),
        }
    }

    /// The public half.
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// What kind of key this is.
    pub const fn algorithm(&self) -> Algorithm {
        self.public.algorithm
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.algorithm())
    }
}

/// A public key, ours or a peer's, parsed and checked for size.
#[derive(Clone)]
pub struct PublicKey {
    algorithm: Algorithm,
    /// Keeps the raw form beside the parsed key: 32 bytes, or a PKCS#1 `RSAPublicKey`.
    key: ParsedPublicKey,
    /// SubjectPublicKeyInfo, DER.
    spki: Arc<[u8]>,
}

impl PublicKey {
    /// Reads a PEM block labelled `PUBLIC KEY` (SubjectPublicKeyInfo) or `RSA PUBLIC KEY` (PKCS#1).
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        if pem.len() > MAX_PEM {
            return Err(KeyError::TooLarge);
        }
        let (_, rest) = pem.split_once("-----BEGIN ").ok_or(KeyError::Pem)?;
        let (label, rest) = rest.split_once("-----").ok_or(KeyError::Pem)?;
        let (body, rest) = rest.split_once("-----END ").ok_or(KeyError::Pem)?;
        if rest.split_once("-----").map(|(end, _)| end) != Some(label) {
            return Err(KeyError::Pem);
        }
        let body: Vec<u8> = body.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let der = STANDARD_PAD_INDIFFERENT.decode(body).map_err(|_| KeyError::Pem)?;
        match label {
            "PUBLIC KEY" => Self::from_spki_der(&der),
            "RSA PUBLIC KEY" => Self::rsa(&der),
            _ => Err(KeyError::Pem),
        }
    }

    /// Reads a SubjectPublicKeyInfo structure (RFC 5280), DER, of either kind.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyError> {
        match der.strip_prefix(&ED25519_SPKI) {
            Some(raw) => Self::ed25519(raw),
            None => Self::rsa(der),
        }
    }

    /// Reads what [`PublicKey::to_der`] wrote; a key of another kind than `algorithm` is refused.
    pub fn from_der(algorithm: Algorithm, der: &[u8]) -> Result<Self, KeyError> {
        let key = Self::from_spki_der(der)?;
        if key.algorithm == algorithm { Ok(key) } else { Err(KeyError::Unsupported) }
    }

    /// Reads a `Multikey` (base58btc with `z`): `z6Mk…` for Ed25519, `z4MX…` for RSA (multicodec `rsa-pub`, PKCS#1).
    pub fn from_multibase(text: &str) -> Result<Self, KeyError> {
        if text.len() > MAX_MULTIBASE {
            return Err(KeyError::TooLarge);
        }
        let encoded = text.strip_prefix('z').ok_or(KeyError::Multibase)?;
        let bytes = bs58::decode(encoded).into_vec().map_err(|_| KeyError::Multibase)?;
        if let Some(raw) = bytes.strip_prefix(&ED25519_CODEC) {
            Self::ed25519(raw)
        } else if let Some(pkcs1) = bytes.strip_prefix(&RSA_CODEC) {
            Self::rsa(pkcs1)
        } else {
            Err(KeyError::Multibase)
        }
    }

    /// From PKCS#1 or SubjectPublicKeyInfo.
    fn rsa(der: &[u8]) -> Result<Self, KeyError> {
        if der.len() > MAX_DER {
            return Err(KeyError::TooLarge);
        }
        let parsed = rsa::PublicKey::from_der(der).map_err(|_| KeyError::Unsupported)?;
        let pkcs1: &[u8] = parsed.as_ref();
        let bits = rsa::RsaParameters::public_modulus_len(pkcs1).map_err(|_| KeyError::Unsupported)?;
        if !RSA_BITS.contains(&bits) {
            return Err(KeyError::Size(bits));
        }
        let key = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pkcs1).map_err(|_| KeyError::Unsupported)?;
        Self::with_spki(Algorithm::Rsa, key)
    }

    fn ed25519(raw: &[u8]) -> Result<Self, KeyError> {
        // The library would also take longer structures here; a raw key is 32 bytes and nothing else.
        if raw.len() != 32 {
            return Err(KeyError::Unsupported);
        }
        let key = ParsedPublicKey::new(&ED25519, raw).map_err(|_| KeyError::Unsupported)?;
        Self::with_spki(Algorithm::Ed25519, key)
    }

    fn with_spki(algorithm: Algorithm, key: ParsedPublicKey) -> Result<Self, KeyError> {
        let spki: PublicKeyX509Der<'static> = key.as_der().map_err(|_| KeyError::Unsupported)?;
        let spki = Arc::from(spki.as_ref());
        Ok(Self { algorithm, key, spki })
    }

    /// Whether `signature` was made over exactly `message` with the private half of this key.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.key.verify_sig(message, signature).is_ok()
    }

    /// What kind of key this is.
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// SubjectPublicKeyInfo, DER, for storage.
    pub fn to_der(&self) -> Vec<u8> {
        self.spki.to_vec()
    }

    /// SubjectPublicKeyInfo as PEM: lines of 64, ending with a line break.
    pub fn to_pem(&self) -> String {
        let encoded = STANDARD.encode(&self.spki);
        let mut pem = String::with_capacity(encoded.len() + encoded.len() / 64 + 64);
        pem.push_str("-----BEGIN PUBLIC KEY-----\n");
        let mut rest = encoded.as_str();
        while let Some((line, tail)) = rest.split_at_checked(64) {
            pem.push_str(line);
            pem.push('\n');
            rest = tail;
        }
        if !rest.is_empty() {
            pem.push_str(rest);
            pem.push('\n');
        }
        pem.push_str("-----END PUBLIC KEY-----\n");
        pem
    }

    /// The `publicKeyMultibase` of a `Multikey`: base58btc with multicodec prefix.
    pub fn to_multibase(&self) -> String {
        let codec = match self.algorithm {
            Algorithm::Rsa => RSA_CODEC,
            Algorithm::Ed25519 => ED25519_CODEC,
        };
        let bytes = [codec.as_slice(), self.key.as_ref()].concat();
        format!("z{}", bs58::encode(bytes).into_string())
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.spki == other.spki
    }
}

impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({}, {})", self.algorithm, self.to_multibase())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    static RSA: LazyLock<PrivateKey> = LazyLock::new(|| PrivateKey::generate_rsa().unwrap());

    /// A 1024-bit key made for this test.
    const SMALL: &str = "-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDSFhkNnXoS9vrXM34qh3grQY0s
zM78VHH9GUQOAw41Xnn3///LP4X/zep6pJBRIao5DavR5pkSF+VYUt2WWGG5c68E
REWftjs9tdzsR/YjZdJSqM8xaIuJExoGz9aFDDeo1/BWQyOGzNAstxO+E8ZYpz95
AZEwVj3m6fNf9wR27wIDAQAB
-----END PUBLIC KEY-----
";
    const ED25519_PEM: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\n-----END PUBLIC KEY-----\n";

    #[test]
    fn a_signature_is_good_for_its_message_and_key_only() {
        let edward = PrivateKey::generate_ed25519().unwrap();
        let other = PrivateKey::generate_ed25519().unwrap();
        for key in [&*RSA, &edward] {
            let signature = key.sign(b"message").unwrap();
            assert!(key.public().verify(b"message", &signature));
            assert!(!key.public().verify(b"massage", &signature));
            assert!(!key.public().verify(b"message", &signature[..signature.len() - 1]));
            assert!(!key.public().verify(b"message", &[]));
            assert!(!other.public().verify(b"message", &signature));
        }
    }

    #[test]
    fn private_keys_survive_storage() {
        for key in [RSA.clone(), PrivateKey::generate_ed25519().unwrap()] {
            let again = PrivateKey::from_pkcs8(key.algorithm(), &key.to_pkcs8().unwrap()).unwrap();
            assert_eq!(again.public(), key.public());
            assert!(key.public().verify(b"x", &again.sign(b"x").unwrap()));
        }
        let edward = PrivateKey::generate_ed25519().unwrap().to_pkcs8().unwrap();
        assert_eq!(PrivateKey::from_pkcs8(Algorithm::Rsa, &edward).unwrap_err(), KeyError::Private);
        assert_eq!(PrivateKey::from_pkcs8(Algorithm::Ed25519, b"nonsense").unwrap_err(), KeyError::Private);
    }

    #[test]
    fn public_keys_survive_every_form() {
        for key in [RSA.public().clone(), PrivateKey::generate_ed25519().unwrap().public().clone()] {
            assert_eq!(PublicKey::from_pem(&key.to_pem()).unwrap(), key);
            assert_eq!(PublicKey::from_multibase(&key.to_multibase()).unwrap(), key);
            assert_eq!(PublicKey::from_spki_der(&key.to_der()).unwrap(), key);
            assert_eq!(PublicKey::from_der(key.algorithm(), &key.to_der()).unwrap(), key);
            assert_eq!(Algorithm::parse(key.algorithm().as_str()), Some(key.algorithm()));
        }
        assert_eq!(PublicKey::from_der(Algorithm::Ed25519, &RSA.public().to_der()).unwrap_err(), KeyError::Unsupported);
    }

    #[test]
    fn reads_pem_as_it_is_found_in_the_wild() {
        let pem = RSA.public().to_pem();
        let with_returns = pem.replace('\n', "\r\n");
        let on_one_line = pem.replace('\n', " ");
        let with_a_preface = format!("A key:\n{pem}");
        for text in [with_returns.as_str(), on_one_line.as_str(), pem.trim_end(), with_a_preface.as_str()] {
            assert_eq!(&PublicKey::from_pem(text).unwrap(), RSA.public());
        }
        let pkcs1 = STANDARD.encode(RSA.public().key.as_ref());
        let pem = format!("-----BEGIN RSA PUBLIC KEY-----\n{pkcs1}\n-----END RSA PUBLIC KEY-----");
        assert_eq!(&PublicKey::from_pem(&pem).unwrap(), RSA.public());
        assert_eq!(PublicKey::from_pem(ED25519_PEM).unwrap().to_pem(), ED25519_PEM);
    }

    #[test]
    fn refuses_weak_huge_and_foreign_keys() {
        assert_eq!(PublicKey::from_pem(SMALL).unwrap_err(), KeyError::Size(1024));
        assert_eq!(PublicKey::from_pem(&"A".repeat(MAX_PEM + 1)).unwrap_err(), KeyError::TooLarge);
        assert_eq!(
            PublicKey::from_multibase(&format!("z{}", "1".repeat(MAX_MULTIBASE))).unwrap_err(),
            KeyError::TooLarge
        );
        assert_eq!(PublicKey::from_multibase("z6Mk").unwrap_err(), KeyError::Multibase);
        assert_eq!(PublicKey::from_multibase("uAAAA").unwrap_err(), KeyError::Multibase);
        let secret = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", STANDARD.encode(b"x"));
        for text in [
            "",
            "-----BEGIN PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY-----\n!!\n-----END PUBLIC KEY-----",
            secret.as_str(),
        ] {
            assert_eq!(PublicKey::from_pem(text).unwrap_err(), KeyError::Pem, "{text}");
        }
        let p256 = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEsxHSZo2YGJmgp6xDxd7s54ZmUD0K\n/DilOBH/7sD/Gi8qnLtyP/OWOgaunQrbHfUJ48XKHgVinkwB6V4MzvxkTw==\n-----END PUBLIC KEY-----\n";
        assert_eq!(PublicKey::from_pem(p256).unwrap_err(), KeyError::Unsupported);
        assert_eq!(PublicKey::from_spki_der(&ED25519_SPKI).unwrap_err(), KeyError::Unsupported);
    }

    /// RFC 8032 section 7.1, test 2.
    #[test]
    fn agrees_with_published_ed25519_vectors() {
        let seed = hex::decode("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb").unwrap();
        let public = hex::decode("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c").unwrap();
        let pair = Ed25519KeyPair::from_seed_and_public_key(&seed, &public).unwrap();
        let key = PrivateKey::ed25519(pair).unwrap();
        let expected = "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
        assert_eq!(hex::encode(key.sign(&[0x72]).unwrap()), expected);
        assert_eq!(PublicKey::from_multibase(&key.public().to_multibase()).unwrap(), *key.public());
        assert!(key.public().to_multibase().starts_with("z6Mk"));
    }

    #[test]
    fn debug_output_holds_no_secret() {
        assert_eq!(format!("{:?}", *RSA), "PrivateKey(rsa)");
    }
}
