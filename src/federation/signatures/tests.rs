//! Both forms against each other's promises: what we sign is accepted, any change to it is not, and published vectors agree.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::Value;

use super::*;

static RSA: LazyLock<PrivateKey> = LazyLock::new(|| PrivateKey::generate_rsa().unwrap());
static ED25519: LazyLock<PrivateKey> = LazyLock::new(|| PrivateKey::generate_ed25519().unwrap());

const NOW: Time = Time::from_unix(1_770_091_506);
const KEY_ID: &str = "https://remote.example/users/bob#main-key";
const BODY: &[u8] = br#"{"type":"Like"}"#;

type Sign = fn(&SignInput<'_>) -> Result<Vec<(&'static str, String)>, SigningError>;

/// A request on its way from a peer to us.
#[derive(Clone)]
struct Sent {
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Option<Vec<u8>>,
    now: Time,
}

impl Sent {
    fn new(sign: Sign, method: &'static str, path: &str, key: &PrivateKey, body: Option<&[u8]>) -> Self {
        let url = Url::parse("https://brand.example").unwrap().join(path).unwrap();
        let input = SignInput { method, url: &url, key_id: KEY_ID, key, body, content_type: None, now: NOW };
        let headers = sign(&input).unwrap();
        Self { method, path: path.to_owned(), headers, body: body.map(<[u8]>::to_vec), now: NOW }
    }

    fn parse(&self) -> Result<Parsed, SignatureError> {
        let request = Request {
            method: self.method,
            path_and_query: &self.path,
            host: "brand.example",
            scheme: "https",
            headers: &self.headers,
            body: self.body.as_deref(),
        };
        parse(&request, self.now)
    }

    /// Whether this request proves to come from the holder of the key.
    fn proves(&self, key: &PublicKey) -> Result<bool, SignatureError> {
        self.parse().map(|parsed| verify(&parsed, key))
    }

    fn header(&mut self, name: &str) -> &mut String {
        &mut self.headers.iter_mut().find(|(n, _)| *n == name).unwrap().1
    }

    fn replace(&mut self, name: &str, from: &str, to: &str) {
        let value = self.header(name);
        assert!(value.contains(from), "{name} has no {from}: {value}");
        *value = value.replace(from, to);
    }
}

/// Changes one request and says how it must then fare.
fn changed(sent: &Sent, change: impl FnOnce(&mut Sent)) -> Result<bool, SignatureError> {
    let mut sent = sent.clone();
    change(&mut sent);
    sent.proves(RSA.public())
}

const FORMS: [(Sign, Scheme); 2] = [(sign_cavage, Scheme::Cavage), (sign_rfc9421, Scheme::Rfc9421)];

#[test]
fn what_we_sign_is_accepted_with_the_right_key_only() {
    for (sign, scheme) in FORMS {
        for key in [&*RSA, &*ED25519] {
            let other = PrivateKey::generate_ed25519().unwrap();
            for (method, path, body) in [
                ("POST", "/inbox", Some(BODY)),
                ("POST", "/inbox", Some(b"".as_slice())),
                ("GET", "/users/brand", None),
                ("GET", "/o?page=1&max_id=%20", None),
            ] {
                let sent = Sent::new(sign, method, path, key, body);
                let parsed = sent.parse().unwrap();
                assert_eq!((parsed.key_id.as_str(), parsed.scheme, parsed.created), (KEY_ID, scheme, NOW));
                assert!(verify(&parsed, key.public()), "{scheme:?} {method} {path}");
                assert!(!verify(&parsed, other.public()));
            }
        }
    }
}

#[test]
fn any_change_to_what_was_signed_is_noticed() {
    for (sign, scheme) in FORMS {
        let post = Sent::new(sign, "POST", "/users/brand/inbox", &RSA, Some(BODY));
        let get = Sent::new(sign, "GET", "/outbox?page=1", &RSA, None);
        assert_eq!(changed(&post, |_| {}), Ok(true));
        assert_eq!(changed(&post, |s| s.path = "/users/other/inbox".to_owned()), Ok(false), "{scheme:?}");
        assert_eq!(
            changed(&post, |s| s.path.push_str("?x=1")),
            Ok(scheme == Scheme::Cavage),
            "only old software leaves the query out"
        );
        assert_eq!(changed(&post, |s| s.method = "PUT"), Ok(false));
        assert_eq!(
            changed(&post, |s| s.body = Some(br#"{"type":"Lick"}"#.to_vec())),
            Err(SignatureError::DigestMismatch)
        );
        assert_eq!(changed(&post, |s| s.body = None), Err(SignatureError::DigestMismatch));
        assert_eq!(changed(&post, |s| *s.header("host") = "other.example".to_owned()), Err(SignatureError::WrongHost));
        assert_eq!(changed(&get, |s| s.path = "/outbox?page=2".to_owned()), Ok(false));
        assert_eq!(changed(&get, |s| s.path = "/outbox".to_owned()), Ok(false));
        assert_eq!(changed(&get, |s| s.method = "HEAD"), Ok(false));
        // A GET cannot be used to post.
        assert!(matches!(changed(&get, |s| s.method = "POST"), Err(SignatureError::Uncovered(_))));
    }
}

#[test]
fn a_new_digest_for_a_new_body_does_not_help() {
    let forged: &[u8] = br#"{"type":"Lick"}"#;
    let cavage = Sent::new(sign_cavage, "POST", "/inbox", &RSA, Some(BODY));
    let forge = |s: &mut Sent| {
        s.body = Some(forged.to_vec());
        *s.header("digest") = digest(forged);
    };
    assert_eq!(changed(&cavage, forge), Ok(false));
    let rfc9421 = Sent::new(sign_rfc9421, "POST", "/inbox", &RSA, Some(BODY));
    let forge = |s: &mut Sent| {
        s.body = Some(forged.to_vec());
        *s.header("content-digest") = content_digest(forged);
    };
    assert_eq!(changed(&rfc9421, forge), Ok(false));
}

#[test]
fn everything_that_must_be_covered_is_demanded() {
    let post = Sent::new(sign_cavage, "POST", "/inbox", &RSA, Some(BODY));
    for (name, what) in [
        ("(request-target) ", "(request-target)"),
        (" host", "host"),
        (" digest", "digest"),
        (" date", "date or (created)"),
    ] {
        assert_eq!(changed(&post, |s| s.replace("signature", name, "")), Err(SignatureError::Uncovered(what)));
    }
    assert_eq!(
        changed(&post, |s| s.replace("signature", "headers=", "other=")),
        Err(SignatureError::Uncovered("(request-target)"))
    );
    let post = Sent::new(sign_rfc9421, "POST", "/inbox", &RSA, Some(BODY));
    for (part, what) in [
        ("\"@method\" ", "@method"),
        ("\"@target-uri\" ", "@target-uri, or @authority with @path or @request-target"),
        (" \"content-digest\"", "content-digest"),
        (";created=1770091506", "created"),
    ] {
        assert_eq!(changed(&post, |s| s.replace("signature-input", part, "")), Err(SignatureError::Uncovered(what)));
    }
    for address in ["\"@authority\" \"@path\"", "\"@request-target\" \"@authority\""] {
        assert_eq!(
            changed(&post, |s| s.replace("signature-input", "\"@target-uri\"", address)),
            Ok(false),
            "enough, but not what was signed"
        );
    }
}

#[test]
fn covered_headers_must_be_there_and_unchanged() {
    let post = Sent::new(sign_cavage, "POST", "/inbox", &RSA, Some(BODY));
    assert_eq!(changed(&post, |s| s.headers.retain(|(n, _)| *n != "content-type")), Err(SignatureError::MissingHeader));
    assert_eq!(changed(&post, |s| s.headers.retain(|(n, _)| *n != "digest")), Err(SignatureError::MissingHeader));
    assert_eq!(changed(&post, |s| s.headers.retain(|(n, _)| *n != "date")), Err(SignatureError::MissingHeader));
    assert_eq!(changed(&post, |s| s.replace("content-type", "activity", "ld")), Ok(false));
    assert_eq!(changed(&post, |s| s.replace("date", ":06", ":07")), Ok(false));
    assert!(matches!(
        changed(&post, |s| *s.header("date") = "yesterday".to_owned()),
        Err(SignatureError::Malformed(_))
    ));
    for repeated in ["host", "date", "signature"] {
        let result = changed(&post, |s| {
            let value = s.header(repeated).clone();
            s.headers.push((repeated, value));
        });
        assert!(matches!(result, Err(SignatureError::Malformed(_))), "{repeated}");
    }
    // Over HTTP/2 there is no Host header: then it must have been signed for us.
    assert_eq!(changed(&post, |s| s.headers.retain(|(n, _)| *n != "host")), Ok(true));
    assert_eq!(
        changed(&post, |s| *s.header("content-type") = "a\nb: c".to_owned()),
        Err(SignatureError::Malformed("a header holds a line break"))
    );
}

#[test]
fn the_host_may_be_written_in_any_case_and_with_its_port() {
    let url = Url::parse("https://brand.example/inbox").unwrap();
    let headers = vec![("host", "Brand.Example:443".to_owned()), ("date", NOW.http_date()), ("digest", digest(BODY))];
    let text = format!(
        "(request-target): post {}\nhost: Brand.Example:443\ndate: {}\ndigest: {}",
        url.path(),
        NOW.http_date(),
        digest(BODY)
    );
    let signature =
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, RSA.sign(text.as_bytes()).unwrap());
    let header =
        format!("Signature keyId=\"{KEY_ID}\",headers=\"(request-target) host date digest\",signature=\"{signature}\"");
    for name in ["authorization", "signature"] {
        let mut sent = Sent {
            method: "POST",
            path: "/inbox".to_owned(),
            headers: headers.clone(),
            body: Some(BODY.to_vec()),
            now: NOW,
        };
        sent.headers.push((name, header.clone()));
        assert_eq!(sent.proves(RSA.public()), Ok(true), "{name}");
    }
}

#[test]
fn time_is_bounded_both_ways() {
    const HOUR: i64 = 3600;
    for (sign, _) in FORMS {
        let post = Sent::new(sign, "POST", "/inbox", &RSA, Some(BODY));
        for (offset, expected) in [
            (0, Ok(true)),
            (HOUR, Ok(true)),
            (HOUR + 1, Err(SignatureError::Expired)),
            (25 * HOUR, Err(SignatureError::Expired)),
            (-HOUR, Ok(true)),
            (-HOUR - 1, Err(SignatureError::NotYetValid)),
            (i64::MIN / 2_000_000, Err(SignatureError::NotYetValid)),
        ] {
            assert_eq!(changed(&post, |s| s.now = Time::from_unix(NOW.unix() + offset)), expected, "{offset}");
        }
    }
    assert_eq!(check_time(NOW, i64::MIN, None, false), Err(SignatureError::Expired));
    assert_eq!(check_time(NOW, i64::MAX, None, false), Err(SignatureError::NotYetValid));
}

#[test]
fn a_signed_end_extends_the_window_to_twelve_hours_at_most() {
    const HOUR: i64 = 3600;
    let now = NOW.unix();
    assert_eq!(check_time(NOW, now - 11 * HOUR, Some(now + 60), true), Ok(()));
    assert_eq!(check_time(NOW, now - 11 * HOUR, Some(now + 60), false), Err(SignatureError::Expired));
    assert_eq!(check_time(NOW, now - 13 * HOUR, Some(now + 60), true), Err(SignatureError::Expired));
    assert_eq!(check_time(NOW, now - 60, Some(now - 1), true), Err(SignatureError::Expired));
    assert_eq!(check_time(NOW, now - 60, Some(now - 1), false), Err(SignatureError::Expired));
    assert_eq!(check_time(NOW, now, Some(now), true), Ok(()));
    assert_eq!(check_time(NOW, now + 2 * HOUR, Some(now + 4 * HOUR), true), Err(SignatureError::NotYetValid));
}

#[test]
fn a_label_that_contradicts_the_key_is_refused() {
    let post = Sent::new(sign_cavage, "POST", "/inbox", &ED25519, Some(BODY));
    assert_eq!(post.proves(ED25519.public()), Ok(true));
    let mut mislabelled = post.clone();
    mislabelled.replace("signature", "hs2019", "rsa-sha256");
    assert_eq!(mislabelled.proves(ED25519.public()), Ok(false));
    for label in ["hmac-sha256", "rsa-sha1", "none", ""] {
        let mut unsupported = post.clone();
        unsupported.replace("signature", "hs2019", label);
        assert_eq!(unsupported.proves(ED25519.public()), Err(SignatureError::UnsupportedAlgorithm), "{label}");
    }
    let rsa = Sent::new(sign_cavage, "POST", "/inbox", &RSA, Some(BODY));
    assert_eq!(changed(&rsa, |s| s.replace("signature", "rsa-sha256", "hs2019")), Ok(true));
    let rfc9421 = Sent::new(sign_rfc9421, "POST", "/inbox", &RSA, Some(BODY));
    assert_eq!(
        changed(&rfc9421, |s| s.replace("signature-input", "rsa-v1_5-sha256", "hmac-sha256")),
        Err(SignatureError::UnsupportedAlgorithm)
    );
    assert_eq!(changed(&rfc9421, |s| s.replace("signature-input", "rsa-v1_5-sha256", "ed25519")), Ok(false));
}

#[test]
fn unsigned_and_oversized_requests_are_told_apart() {
    let mut sent = Sent::new(sign_cavage, "GET", "/", &RSA, None);
    sent.headers.retain(|(name, _)| *name != "signature");
    assert_eq!(sent.parse(), Err(SignatureError::Missing));
    sent.headers.push(("authorization", "Bearer abc".to_owned()));
    assert_eq!(sent.parse(), Err(SignatureError::Missing));
    sent.headers.push(("signature", "x".repeat(MAX_HEADER + 1)));
    assert_eq!(sent.parse(), Err(SignatureError::TooLarge));
    sent.headers.push(("signature-input", "x".repeat(MAX_HEADER + 1)));
    assert_eq!(sent.parse(), Err(SignatureError::TooLarge));
}

#[test]
fn signs_as_other_servers_expect_it() {
    let url = Url::parse("https://remote.example:8443/inbox?x=1").unwrap();
    let input = SignInput {
        method: "POST",
        url: &url,
        key_id: KEY_ID,
        key: &RSA,
        body: Some(BODY),
        content_type: None,
        now: NOW,
    };
    let headers = sign_cavage(&input).unwrap();
    let get = |name: &str| headers.get_all(name).concat();
    assert_eq!(get("host"), "remote.example:8443");
    assert_eq!(get("date"), "Tue, 03 Feb 2026 04:05:06 GMT");
    assert_eq!(get("content-type"), "application/activity+json");
    let start = format!(
        "keyId=\"{KEY_ID}\",algorithm=\"rsa-sha256\",headers=\"(request-target) content-type date digest host\",signature=\""
    );
    assert!(get("signature").starts_with(&start), "{}", get("signature"));

    let headers = sign_rfc9421(&input).unwrap();
    let expected = format!(
        "sig1=(\"@method\" \"@target-uri\" \"content-digest\");created=1770091506;keyid=\"{KEY_ID}\";alg=\"rsa-v1_5-sha256\""
    );
    assert_eq!(headers.get_all("signature-input").concat(), expected);

    let broken = SignInput { key_id: "https://remote.example/\",x=\"", ..input };
    assert!(matches!(sign_cavage(&broken), Err(SigningError::KeyId(_))));
    assert!(matches!(sign_rfc9421(&broken), Err(SigningError::KeyId(_))));
    let nowhere = Url::parse("mailto:a@b.example").unwrap();
    assert!(matches!(sign_cavage(&SignInput { url: &nowhere, ..input }), Err(SigningError::NoHost(_))));
}

/// The public keys of every actor in a vector under their ids.
fn keys_of(vector: &Value) -> Vec<(String, Result<PublicKey, KeyError>)> {
    let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let many = |value: Option<&Value>| match value {
        Some(Value::Array(values)) => values.clone(),
        Some(value) => vec![value.clone()],
        None => Vec::new(),
    };
    let mut keys = Vec::new();
    for actor in vector.get("actors").and_then(Value::as_object).unwrap().values() {
        for key in many(actor.get("publicKey")) {
            keys.push((text(&key, "id"), PublicKey::from_pem(&text(&key, "publicKeyPem"))));
        }
        for key in many(actor.get("assertionMethod")) {
            keys.push((text(&key, "id"), PublicKey::from_multibase(&text(&key, "publicKeyMultibase"))));
        }
    }
    keys
}

fn accepts(vector: &Value) -> bool {
    let request = vector.get("request").unwrap();
    let text = |name: &str| request.get(name).and_then(Value::as_str);
    let headers: Vec<(String, String)> = request
        .get("headers")
        .and_then(Value::as_object)
        .unwrap()
        .iter()
        .map(|(n, v)| (n.clone(), v.as_str().unwrap().to_owned()))
        .collect();
    let request = Request {
        method: text("method").unwrap(),
        path_and_query: text("path").unwrap(),
        host: "local.example",
        scheme: "https",
        headers: &headers,
        body: text("body").map(str::as_bytes),
    };
    let now = Time::from_unix(vector.get("now").and_then(Value::as_i64).unwrap());
    let Ok(parsed) = parse(&request, now) else { return false };
    keys_of(vector).into_iter().any(|(id, key)| id == parsed.key_id && key.is_ok_and(|key| verify(&parsed, &key)))
}

/// Signature vectors made with other software, where the folder of fixtures is there.
#[test]
fn the_vectors_get_what_they_expect() {
    let folder = option_env!("TEST_RAPPORT_FIXTURES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures"), PathBuf::from);
    let Ok(index) = std::fs::read_to_string(folder.join("index.tsv")) else {
        println!("skipped: no fixtures at {}", folder.display());
        return;
    };
    let mut seen = 0;
    for line in index.lines().filter(|line| line.starts_with("signature_")) {
        let columns: Vec<&str> = line.split('\t').collect();
        let (file, expect) = (columns[0], columns[8]);
        let vector: Value = serde_json::from_str(&std::fs::read_to_string(folder.join(file)).unwrap()).unwrap();
        let accepted = accepts(&vector);
        match expect {
            "accept" => assert!(accepted, "{file} must be accepted"),
            "accept_or_reject" => {}
            other => assert!(other.starts_with("reject") && !accepted, "{file} must be refused"),
        }
        seen += 1;
    }
    assert!(seen > 0, "no signature vectors in {}", folder.display());
}
