//! Web push: messages that only the app can read (RFC 8291 over RFC 8188 `aes128gcm`, and the draft before it, `aesgcm`, which older
//! apps were written for), and the key by which push services know this server (VAPID, RFC 8292).

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::agreement::{self, ECDH_P256, ParsedPublicKey, UnparsedPublicKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{self, HKDF_SHA256, Salt};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::alphabet::URL_SAFE;
use base64::engine::general_purpose::{GeneralPurpose, URL_SAFE_NO_PAD};
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};
use serde_json::json;

/// The longest message that every push service takes, in bytes before encryption (RFC 8291 section 4).
pub const MAX_MESSAGE: usize = 3993;
/// An uncompressed point of P-256, in bytes.
const POINT: usize = 65;
/// The secret that an app shares with this server, in bytes.
const AUTH: usize = 16;
/// What makes the keys of each message its own, in bytes.
const SALT: usize = 16;
/// The size of records as messages name it; each has one record only.
const RECORD: u32 = 4096;
/// The longest text of a key that is decoded.
const MAX_TEXT: usize = 200;

/// Base64 of either alphabet, once brought to the URL-safe one, with or without padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Why a push cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PushError {
    /// No point of P-256, uncompressed and in base64.
    #[error("is not a public key on the curve P-256")]
    PublicKey,
    /// Not 16 bytes in base64.
    #[error("is not a secret of 16 bytes")]
    Auth,
    /// More than [`MAX_MESSAGE`].
    #[error("the message is longer than {MAX_MESSAGE} bytes")]
    TooLong,
    /// A key of this server that cannot be read.
    #[error("the push key cannot be read")]
    Private,
    /// Something failed inside the library.
    #[error("the key operation failed")]
    Failed,
}

impl From<Unspecified> for PushError {
    fn from(_: Unspecified) -> Self {
        Self::Failed
    }
}

/// The key by which push services know this server. Subscriptions are bound to it, so it is made once. Cheap to clone; never printed.
#[derive(Clone)]
pub struct ServerKey {
    pair: Arc<EcdsaKeyPair>,
    public: Arc<str>,
}

impl ServerKey {
    /// Makes a new key.
    pub fn generate() -> Result<Self, PushError> {
        Ok(Self::of(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?))
    }

    /// Reads what [`ServerKey::to_text`] wrote.
    pub fn from_text(text: &str) -> Result<Self, PushError> {
        let pkcs8 = URL_SAFE_NO_PAD.decode(text).map_err(|_| PushError::Private)?;
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8).map_err(|_| PushError::Private)?;
        Ok(Self::of(pair))
    }

    fn of(pair: EcdsaKeyPair) -> Self {
        let public = URL_SAFE_NO_PAD.encode(pair.public_key()).into();
        Self { pair: Arc::new(pair), public }
    }

    /// PKCS#8 in URL-safe base64, for storage.
    pub fn to_text(&self) -> Result<String, PushError> {
        Ok(URL_SAFE_NO_PAD.encode(self.pair.to_pkcs8v1()?))
    }

    /// The public half as clients want it: the uncompressed point in URL-safe base64 without padding.
    pub fn public(&self) -> &str {
        &self.public
    }

    /// The token (JWT, ES256) that says who pushes (RFC 8292 section 2). `audience`: the origin of the push service; `subject`: a `mailto:` or
    /// `https:` address where its operators can complain; `expires`: seconds since the epoch, at most a day ahead.
    pub fn token(&self, audience: &str, subject: &str, expires: i64) -> Result<String, PushError> {
        let head = URL_SAFE_NO_PAD.encode(json!({ "typ": "JWT", "alg": "ES256" }).to_string());
        let claims = json!({ "aud": audience, "exp": expires, "sub": subject });
        let signed = format!("{head}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
        let signature = self.pair.sign(&SystemRandom::new(), signed.as_bytes())?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

impl fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerKey({})", self.public)
    }
}

/// An app that messages are encrypted for.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient {
    public: Vec<u8>,
    auth: Vec<u8>,
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipient({})", self.public_text())
    }
}

/// A message in the encoding of the draft; what the app needs besides stands in headers, in URL-safe base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Legacy {
    /// The encrypted record.
    pub body: Vec<u8>,
    /// For `Encryption: salt=…`.
    pub salt: String,
    /// The public key of this message, for `Crypto-Key: dh=…`.
    pub public: String,
}

impl Recipient {
    /// From what an app sends, base64 of either alphabet: its public key and the secret it shares with this server.
    pub fn parse(public: &str, auth: &str) -> Result<Self, PushError> {
        let public = decode(public).filter(|bytes| bytes.len() == POINT).ok_or(PushError::PublicKey)?;
        ParsedPublicKey::try_from(UnparsedPublicKey::new(&ECDH_P256, &public)).map_err(|_| PushError::PublicKey)?;
        let auth = decode(auth).filter(|bytes| bytes.len() == AUTH).ok_or(PushError::Auth)?;
        Ok(Self { public, auth })
    }

    /// The public key, for storage: URL-safe base64 without padding.
    pub fn public_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.public)
    }

    /// The secret, for storage: URL-safe base64 without padding.
    pub fn auth_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.auth)
    }

    /// The whole body of a push in `aes128gcm` (RFC 8291).
    pub fn encrypt(&self, message: &[u8]) -> Result<Vec<u8>, PushError> {
        self.encrypt_with(&Ephemeral::new()?, message)
    }

    fn encrypt_with(&self, once: &Ephemeral, message: &[u8]) -> Result<Vec<u8>, PushError> {
        check(message)?;
        let info = [b"WebPush: info\0".as_slice(), &self.public, &once.public].concat();
        let material = once.agree(self, &info)?;
        let keys = Salt::new(HKDF_SHA256, &once.salt).extract(&material);
        let key = expand::<16>(&keys, b"Content-Encoding: aes128gcm\0")?;
        let nonce = expand::<NONCE_LEN>(&keys, b"Content-Encoding: nonce\0")?;
        // The octet after the message says that this record is the last.
        let sealed = seal(&key, nonce, [message, &[2]].concat())?;
        let length = u8::try_from(once.public.len()).map_err(|_| PushError::Failed)?;
        Ok([once.salt.as_slice(), &RECORD.to_be_bytes(), &[length], &once.public, &sealed].concat())
    }

    /// A push in `aesgcm` (draft-ietf-webpush-encryption-04).
    pub fn encrypt_legacy(&self, message: &[u8]) -> Result<Legacy, PushError> {
        self.encrypt_legacy_with(&Ephemeral::new()?, message)
    }

    fn encrypt_legacy_with(&self, once: &Ephemeral, message: &[u8]) -> Result<Legacy, PushError> {
        check(message)?;
        let material = once.agree(self, b"Content-Encoding: auth\0")?;
        let length = u16::try_from(POINT).map_err(|_| PushError::Failed)?.to_be_bytes();
        let context = [b"P-256\0".as_slice(), &length, &self.public, &length, &once.public].concat();
        let keys = Salt::new(HKDF_SHA256, &once.salt).extract(&material);
        let key = expand::<16>(&keys, &[b"Content-Encoding: aesgcm\0".as_slice(), &context].concat())?;
        let nonce = expand::<NONCE_LEN>(&keys, &[b"Content-Encoding: nonce\0".as_slice(), &context].concat())?;
        // The two octets before the message say how much padding follows them: none.
        let body = seal(&key, nonce, [&[0, 0], message].concat())?;
        Ok(Legacy { body, salt: URL_SAFE_NO_PAD.encode(once.salt), public: URL_SAFE_NO_PAD.encode(&once.public) })
    }
}

/// What belongs to one message only: a key pair and a salt.
struct Ephemeral {
    private: agreement::PrivateKey,
    public: Vec<u8>,
    salt: [u8; SALT],
}

impl Ephemeral {
    fn new() -> Result<Self, PushError> {
        let mut salt = [0; SALT];
        aws_lc_rs::rand::fill(&mut salt)?;
        Self::of(agreement::PrivateKey::generate(&ECDH_P256)?, salt)
    }

    fn of(private: agreement::PrivateKey, salt: [u8; SALT]) -> Result<Self, PushError> {
        let public = private.compute_public_key()?.as_ref().to_vec();
        Ok(Self { private, public, salt })
    }

    /// What both sides can make out of their keys and the shared secret, bound to `info`.
    fn agree(&self, with: &Recipient, info: &[u8]) -> Result<[u8; 32], PushError> {
        let theirs = UnparsedPublicKey::new(&ECDH_P256, &with.public);
        agreement::agree(&self.private, theirs, PushError::PublicKey, |shared| {
            expand::<32>(&Salt::new(HKDF_SHA256, &with.auth).extract(shared), info)
        })
    }
}

/// How many bytes to derive.
struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<const N: usize>(keys: &hkdf::Prk, info: &[u8]) -> Result<[u8; N], PushError> {
    let mut out = [0; N];
    keys.expand(&[info], Length(N))?.fill(&mut out)?;
    Ok(out)
}

fn seal(key: &[u8; 16], nonce: [u8; NONCE_LEN], mut message: Vec<u8>) -> Result<Vec<u8>, PushError> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, key)?);
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut message)?;
    Ok(message)
}

fn check(message: &[u8]) -> Result<(), PushError> {
    if message.len() > MAX_MESSAGE { Err(PushError::TooLong) } else { Ok(()) }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    if text.len() > MAX_TEXT {
        return None;
    }
    LENIENT.decode(text.replace('+', "-").replace('/', "_")).ok()
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey as Verifier};

    use super::*;

    const PUBLIC: &str = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    const SECRET: &str = "BTBZMqHH6r4Tts7J_aSIgg";
    const MESSAGE: &[u8] = b"When I grow up, I want to be a watermelon";

    /// The sender's side of RFC 8291 appendix A.
    fn published() -> (Recipient, Ephemeral) {
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        let private = bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw");
        let private = agreement::PrivateKey::from_private_key(&ECDH_P256, &private).unwrap();
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        (Recipient::parse(PUBLIC, SECRET).unwrap(), Ephemeral::of(private, salt).unwrap())
    }

    /// RFC 8291 appendix A.
    #[test]
    fn agrees_with_the_published_message() {
        let (app, once) = published();
        let expected = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        assert_eq!(URL_SAFE_NO_PAD.encode(app.encrypt_with(&once, MESSAGE).unwrap()), expected);
    }

    /// The same keys in the draft's encoding; two implementations by others read this body.
    #[test]
    fn agrees_with_others_on_the_draft() {
        let (app, once) = published();
        let made = app.encrypt_legacy_with(&once, MESSAGE).unwrap();
        let expected = "4qwOLFm_mNy0vf1A8f3Bm6B5UD15y3aV_xZy14pixUhcPTIoZKHzq5i3dZ6PzqSMxBI_-VDUZ4jW04M";
        assert_eq!(URL_SAFE_NO_PAD.encode(made.body), expected);
        assert_eq!(made.salt, "DGv6ra1nlYgDCS1FRnbzlw");
        assert_eq!(
            made.public,
            "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
        );
    }

    #[test]
    fn no_two_messages_are_alike_and_none_is_too_long() {
        let app = Recipient::parse(PUBLIC, SECRET).unwrap();
        assert_ne!(app.encrypt(MESSAGE).unwrap(), app.encrypt(MESSAGE).unwrap());
        assert_eq!(app.encrypt(&[b'x'; MAX_MESSAGE]).unwrap().len(), 4096);
        assert_eq!(app.encrypt(&[b'x'; MAX_MESSAGE + 1]).unwrap_err(), PushError::TooLong);
        assert_eq!(app.encrypt_legacy(&[b'x'; MAX_MESSAGE + 1]).unwrap_err(), PushError::TooLong);
    }

    #[test]
    fn keys_come_in_either_alphabet_and_must_be_keys() {
        let app = Recipient::parse(PUBLIC, SECRET).unwrap();
        let plain = |text: &str| text.replace('-', "+").replace('_', "/");
        assert_eq!(Recipient::parse(&format!("{}=", plain(PUBLIC)), &format!("{}==", plain(SECRET))).unwrap(), app);
        assert_eq!(Recipient::parse(&app.public_text(), &app.auth_text()).unwrap(), app);
        let off_the_curve = URL_SAFE_NO_PAD.encode([4; POINT]);
        for public in ["", "!!", "AAAA", off_the_curve.as_str(), &"A".repeat(1000)] {
            assert_eq!(Recipient::parse(public, SECRET).unwrap_err(), PushError::PublicKey, "{public}");
        }
        for auth in ["", "AAAA", "not base64"] {
            assert_eq!(Recipient::parse(PUBLIC, auth).unwrap_err(), PushError::Auth, "{auth}");
        }
    }

    #[test]
    fn the_server_proves_itself_with_a_key_that_survives_storage() {
        let key = ServerKey::generate().unwrap();
        let again = ServerKey::from_text(&key.to_text().unwrap()).unwrap();
        assert_eq!(again.public(), key.public());
        assert_eq!(ServerKey::from_text("nonsense").unwrap_err(), PushError::Private);
        let token = again.token("https://push.example", "mailto:ann@brand.example", 1_800_000_000).unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let public = URL_SAFE_NO_PAD.decode(key.public()).unwrap();
        let verifier = Verifier::new(&ECDSA_P256_SHA256_FIXED, public);
        assert!(verifier.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).is_ok());
        assert!(!format!("{key:?}").contains(&key.to_text().unwrap()));
    }
}
