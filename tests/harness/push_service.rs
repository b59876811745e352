//! A push service and the app behind it: takes what is pushed, reads it with the app's own keys and checks who pushed. It was written
//! from RFC 8291, RFC 8188, RFC 8292 and draft-ietf-webpush-encryption-04, not from the server's code.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{self, ECDH_P256, PrivateKey};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::{AbortHandle, spawn_local};

use super::peer::Asked;
use super::server::PATIENCE;

/// The service; it answers until this is dropped. It needs a `LocalSet`, as every test of [`super::both!`] has.
pub struct PushService {
    shared: Rc<Shared>,
    accepting: AbortHandle,
}

struct Shared {
    origin: String,
    /// One app for all addresses.
    private: PrivateKey,
    public: Vec<u8>,
    auth: [u8; 16],
    arrivals: RefCell<VecDeque<Asked>>,
    arrived: Notify,
    /// What is answered next; then 201 for ever.
    answers: RefCell<VecDeque<&'static str>>,
}

/// Something that was pushed, read.
#[derive(Debug)]
pub struct Pushed {
    /// The path it came to.
    pub path: String,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// What the app reads.
    pub message: Value,
    /// Who pushed, as proven by the key.
    pub claims: Value,
    /// That key, as its header has it.
    pub server_key: String,
}

impl Pushed {
    /// The value of a header; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

impl PushService {
    /// Starts it on a port of its own.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let private = PrivateKey::generate(&ECDH_P256).expect("a key");
        let public = private.compute_public_key().expect("its public half").as_ref().to_vec();
        let mut auth = [0; 16];
        aws_lc_rs::rand::fill(&mut auth).expect("chance");
        let shared = Rc::new(Shared {
            origin: format!("http://localhost:{}", listener.local_addr().expect("an address").port()),
            private,
            public,
            auth,
            arrivals: RefCell::default(),
            arrived: Notify::new(),
            answers: RefCell::default(),
        });
        let accepting = spawn_local(accept(shared.clone(), listener)).abort_handle();
        Self { shared, accepting }
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> &str {
        &self.shared.origin
    }

    /// What an app sends to subscribe; `path` starts with a slash.
    pub fn subscription(&self, path: &str, standard: bool) -> Value {
        json!({
            "endpoint": format!("{}{path}", self.shared.origin),
            "keys": { "p256dh": URL_SAFE_NO_PAD.encode(&self.shared.public), "auth": URL_SAFE_NO_PAD.encode(self.shared.auth) },
            "standard": standard,
        })
    }

    /// Answers the next push like this: a status, such as `410 Gone`, with further header lines if need be.
    pub fn answer_next(&self, answer: &'static str) {
        self.shared.answers.borrow_mut().push_back(answer);
    }

    /// The next push, read; it panics if nothing comes or if the app cannot read or trust it.
    pub async fn next(&self) -> Pushed {
        let waiting = async {
            loop {
                let next = self.shared.arrived.notified();
                if let Some(asked) = self.shared.arrivals.borrow_mut().pop_front() {
                    return asked;
                }
                next.await;
            }
        };
        let asked = tokio::time::timeout(PATIENCE, waiting).await.expect("something is pushed");
        self.shared.read(asked)
    }

    /// How much has arrived that nobody has read.
    pub fn unread(&self) -> usize {
        self.shared.arrivals.borrow().len()
    }
}

impl Drop for PushService {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(shared: Rc<Shared>, listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = shared.clone();
        spawn_local(async move { drop(shared.serve(stream).await) });
    }
}

impl Shared {
    async fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        while let Some(asked) = Asked::read(&mut stream).await? {
            let answer = self.answers.borrow_mut().pop_front().unwrap_or("201 Created");
            stream.write_all(format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n").as_bytes()).await?;
            stream.flush().await?;
            self.arrivals.borrow_mut().push_back(asked);
            self.arrived.notify_waiters();
        }
        Ok(())
    }

    fn read(&self, asked: Asked) -> Pushed {
        assert_eq!(asked.method, "POST");
        let header = |name: &str| {
            asked.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str()).to_owned()
        };
        let (plain, token, server_key) = match header("content-encoding").as_str() {
            "aes128gcm" => {
                let proof = header("authorization");
                let proof = proof.strip_prefix("vapid ").expect("the scheme of RFC 8292");
                (self.standard(&asked.body), part(proof, "t"), part(proof, "k"))
            }
            "aesgcm" => {
                let keys = header("crypto-key");
                let proof = header("authorization");
                let token = proof.strip_prefix("WebPush ").expect("the scheme of the draft").to_owned();
                let salt = bytes(&part(&header("encryption"), "salt"));
                (self.draft(&asked.body, &salt, &bytes(&part(&keys, "dh"))), token, part(&keys, "p256ecdsa"))
            }
            other => panic!("no encoding of web push: {other:?}"),
        };
        Pushed {
            path: asked.target.clone(),
            message: serde_json::from_slice(&plain).expect("the message is JSON"),
            claims: proven(&token, &server_key),
            server_key,
            headers: asked.headers.clone(),
        }
    }

    /// RFC 8188 section 2 and RFC 8291 section 3.
    fn standard(&self, body: &[u8]) -> Vec<u8> {
        let (salt, rest) = body.split_at(16);
        let (size, rest) = rest.split_at(4);
        let size = u32::from_be_bytes(size.try_into().expect("four bytes")) as usize;
        let (theirs, record) = rest[1..].split_at(usize::from(rest[0]));
        assert!(record.len() <= size && body.len() <= 4096, "one record that every service takes");
        let info = [b"WebPush: info\0".as_slice(), &self.public, theirs].concat();
        let material = hkdf(&self.auth, &self.shared_secret(theirs), &info, 32);
        let key = hkdf(salt, &material, b"Content-Encoding: aes128gcm\0", 16);
        let nonce = hkdf(salt, &material, b"Content-Encoding: nonce\0", 12);
        let mut plain = open(&key, &nonce, record);
        while plain.last() == Some(&0) {
            plain.pop();
        }
        assert_eq!(plain.pop(), Some(2), "it is the last record");
        plain
    }

    /// draft-ietf-webpush-encryption-04 and draft-ietf-httpbis-encryption-encoding-03.
    fn draft(&self, body: &[u8], salt: &[u8], theirs: &[u8]) -> Vec<u8> {
        let material = hkdf(&self.auth, &self.shared_secret(theirs), b"Content-Encoding: auth\0", 32);
        let context = [b"P-256\0\0\x41".as_slice(), &self.public, b"\0\x41", theirs].concat();
        let key = hkdf(salt, &material, &[b"Content-Encoding: aesgcm\0".as_slice(), &context].concat(), 16);
        let nonce = hkdf(salt, &material, &[b"Content-Encoding: nonce\0".as_slice(), &context].concat(), 12);
        let plain = open(&key, &nonce, body);
        let padding = usize::from(u16::from_be_bytes([plain[0], plain[1]]));
        plain[2 + padding..].to_vec()
    }

    fn shared_secret(&self, theirs: &[u8]) -> Vec<u8> {
        let theirs = agreement::UnparsedPublicKey::new(&ECDH_P256, theirs);
        agreement::agree(&self.private, theirs, "no key of P-256", |secret| Ok(secret.to_vec())).expect("a secret")
    }
}

/// HKDF with SHA-256 (RFC 5869) for up to 32 bytes.
fn hkdf(salt: &[u8], material: &[u8], info: &[u8], length: usize) -> Vec<u8> {
    let sign = |key: &[u8], text: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref().to_vec();
    let key = sign(salt, material);
    sign(&key, &[info, &[1]].concat())[..length].to_vec()
}

fn open(key: &[u8], nonce: &[u8], record: &[u8]) -> Vec<u8> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, key).expect("a key"));
    let nonce = Nonce::try_assume_unique_for_key(nonce).expect("a nonce");
    let mut text = record.to_vec();
    key.open_in_place(nonce, Aad::empty(), &mut text).expect("the app can read it").to_vec()
}

/// One part of a header such as `t=…, k=…` or `dh=…;p256ecdsa=…`.
fn part(header: &str, name: &str) -> String {
    let parts = header.split([',', ';']).filter_map(|part| part.trim().split_once('='));
    let found = parts.filter(|(known, _)| *known == name).map(|(_, value)| value.trim_matches('"').to_owned()).next();
    found.unwrap_or_else(|| panic!("no {name} in {header}"))
}

fn bytes(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).expect("URL-safe base64 without padding")
}

/// What the token says (RFC 8292 section 2), which must be signed by that key.
fn proven(token: &str, server_key: &str) -> Value {
    let (signed, signature) = token.rsplit_once('.').expect("three parts");
    let (head, claims) = signed.split_once('.').expect("three parts");
    let head: Value = serde_json::from_slice(&bytes(head)).expect("JSON");
    assert_eq!((&head["typ"], &head["alg"]), (&json!("JWT"), &json!("ES256")));
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, bytes(server_key));
    key.verify(signed.as_bytes(), &bytes(signature)).expect("the server's key made the signature");
    serde_json::from_slice(&bytes(claims)).expect("JSON")
}
