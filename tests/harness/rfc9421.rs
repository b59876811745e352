//! HTTP Message Signatures (RFC 9421) once more, from the specification and with nothing of the server's own code: what a peer does that
//! knows no other form.

use std::fmt::Write;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rapport::crypto::keys::PrivateKey;
use rapport::time::Time;

/// What a signature must cover, and what ours does.
const COVERED: [&str; 3] = ["@method", "@target-uri", "content-digest"];
/// How far a clock may be off, in seconds.
const TOLERANCE: i64 = 300;

/// A signature that holds in all but, so far, its key.
#[derive(Debug)]
pub struct Signed {
    /// Which key is said to have made it.
    pub key_id: String,
    base: String,
    signature: Vec<u8>,
}

impl Signed {
    /// The one signature of a POST to `target`, if it covers what it must, was made now, and the digest is that of the body.
    /// Names of headers are lower-case.
    pub fn read(target: &str, headers: &[(String, String)], body: &[u8], now: Time) -> Option<Self> {
        let header = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let (label, input) = header("signature-input")?.split_once('=')?;
        let signature = header("signature")?.strip_prefix(label)?.strip_prefix("=:")?.strip_suffix(':')?;
        let (covered, parameters) = input.strip_prefix('(')?.split_once(')')?;
        let covered: Vec<&str> = covered.split(' ').map(|name| name.trim_matches('"')).collect();
        let parameter = |name: &str| parameters.split(';').find_map(|one| one.strip_prefix(name)?.strip_prefix('='));
        let created: i64 = parameter("created")?.parse().ok()?;
        let is_whole = COVERED.iter().all(|name| covered.contains(name));
        if !is_whole || (now.unix() - created).abs() > TOLERANCE || header("content-digest")? != content_digest(body) {
            return None;
        }
        let values = covered.into_iter().map(|name| match name {
            "@method" => Some((name, "POST")),
            "@target-uri" => Some((name, target)),
            _ => Some((name, header(name)?)),
        });
        let values: Option<Vec<(&str, &str)>> = values.collect();
        Some(Self {
            key_id: parameter("keyid")?.trim_matches('"').to_owned(),
            base: base(&values?, input),
            signature: STANDARD.decode(signature).ok()?,
        })
    }

    /// Whether this RSA key (PEM, SubjectPublicKeyInfo) made it.
    pub fn is_by(&self, pem: &str) -> bool {
        let der: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        let Some(key) = STANDARD.decode(der).ok().and_then(|der| rsa::PublicKey::from_der(&der).ok()) else {
            return false;
        };
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.as_ref());
        key.verify(self.base.as_bytes(), &self.signature).is_ok()
    }
}

/// The headers of a POST of an activity to `target`, signed with an RSA key at `now`.
pub fn sign(key: &PrivateKey, key_id: &str, target: &str, body: &[u8], now: Time) -> Vec<(&'static str, String)> {
    let digest = content_digest(body);
    let names = COVERED.map(|name| format!("\"{name}\"")).join(" ");
    let input = format!("({names});created={};keyid=\"{key_id}\";alg=\"rsa-v1_5-sha256\"", now.unix());
    let values = [("@method", "POST"), ("@target-uri", target), ("content-digest", digest.as_str())];
    let signature = key.sign(base(&values, &input).as_bytes()).expect("a signature");
    vec![
        ("content-type", "application/activity+json".to_owned()),
        ("content-digest", digest),
        ("signature-input", format!("one={input}")),
        ("signature", format!("one=:{}:", STANDARD.encode(signature))),
    ]
}

/// What is signed: a line for each component, then the parameters as they stand in the header.
fn base(values: &[(&str, &str)], input: &str) -> String {
    let mut base = String::new();
    for (name, value) in values {
        writeln!(base, "\"{name}\": {value}").expect("a text takes any text");
    }
    format!("{base}\"@signature-params\": {input}")
}

fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(digest(&SHA256, body)))
}
