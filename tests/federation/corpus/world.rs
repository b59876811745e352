//! A small internet for one test: every host name leads to one TLS server on loopback, which shows what it was told to show.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use rapport::crypto::keys::PrivateKey;
use rapport::net::resolver::Lookup;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::{CertifiedKey, SigningKey};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use url::Url;

/// The networks that worlds listen in; nothing else of this machine is within reach of a server in a world.
pub const NETWORK: &str = "127.77.0.0/16";
/// What a page of ActivityPub is sent as.
pub const ACTIVITY_JSON: &str = "application/activity+json";
/// The longest request that is read, in bytes.
const LONGEST: usize = 4 * 1024 * 1024;

/// The keys of everybody elsewhere: making one for each would take longer than the test.
static KEYS: LazyLock<[PrivateKey; 3]> = LazyLock::new(|| [(); 3].map(|()| PrivateKey::generate_rsa().expect("a key")));
static NEXT: AtomicU32 = AtomicU32::new(0);

/// The key of an actor elsewhere.
pub fn key_of(actor: &str) -> &'static PrivateKey {
    let sum: usize = actor.bytes().map(usize::from).sum();
    &KEYS[sum % KEYS.len()]
}

/// The id of that key.
pub fn key_id_of(actor: &str) -> String {
    format!("{}#main-key", plain(actor))
}

/// An address as servers compare it: names in ASCII, no fragment.
pub fn plain(address: &str) -> String {
    match Url::parse(address) {
        Ok(mut url) => {
            url.set_fragment(None);
            url.to_string()
        }
        Err(_) => address.to_owned(),
    }
}

/// What stands at an address.
#[derive(Clone)]
pub struct Page {
    /// The status.
    pub status: u16,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

/// The body of a page.
#[derive(Clone)]
pub enum Body {
    /// These bytes.
    Bytes(Vec<u8>),
    /// One byte, so many times.
    Repeated(u8, usize),
}

impl Page {
    /// A document of ActivityPub.
    pub fn document(json: &Value) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type".into(), ACTIVITY_JSON.into())],
            body: Body::Bytes(json.to_string().into_bytes()),
        }
    }
}

/// A request that came.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The method.
    pub method: String,
    /// The whole address.
    pub url: String,
    /// The body.
    pub body: String,
}

#[derive(Default)]
struct State {
    pages: Mutex<HashMap<String, Page>>,
    visits: Mutex<Vec<Visit>>,
    sent: AtomicU64,
}

/// The world. It ends when it is dropped.
pub struct World {
    address: Ipv4Addr,
    folder: TempDir,
    state: Arc<State>,
    _stop: oneshot::Sender<()>,
}

impl World {
    /// Opens one on an address of its own; the error says why this machine does not allow that.
    pub fn open() -> Result<Self, String> {
        let (address, listener) = bind()?;
        let authority = Authority::new();
        let folder = tempfile::Builder::new()
            .prefix("world-")
            .tempdir_in(env!("CARGO_TARGET_TMPDIR"))
            .expect("cargo's temporary folder is there");
        std::fs::write(folder.path().join("authority.pem"), &authority.pem)
            .expect("the temporary folder can be written to");
        let config =
            rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()
                .expect("the usual versions of TLS")
                .with_no_client_auth()
                .with_cert_resolver(Arc::new(authority));
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let state = Arc::new(State::default());
        let (stop, stopped) = oneshot::channel();
        let of_thread = state.clone();
        std::thread::spawn(move || serve(listener, acceptor, of_thread, stopped));
        Ok(Self { address, folder, state, _stop: stop })
    }

    /// How names are looked up in it.
    pub fn lookup(&self) -> Lookup {
        let address = IpAddr::V4(self.address);
        Arc::new(move |_| Box::pin(async move { Ok(vec![address]) }))
    }

    /// The certificate of its authority, in PEM form.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// Puts a page at an address; one for an address without query also answers with any query.
    pub fn show(&self, url: &str, page: Page) {
        self.state.pages.lock().expect("a whole lock").insert(plain(url), page);
    }

    /// Shows an actor with a key, unless something stands at its address.
    pub fn show_actor(&self, id: &str) {
        let mut pages = self.state.pages.lock().expect("a whole lock");
        pages.entry(plain(id)).or_insert_with(|| Page::document(&actor(id)));
    }

    /// What was requested since the world began.
    pub fn visits(&self) -> Vec<Visit> {
        self.state.visits.lock().expect("a whole lock").clone()
    }

    /// How many bytes of bodies could be sent.
    pub fn sent(&self) -> u64 {
        self.state.sent.load(Ordering::SeqCst)
    }
}

/// The document of an actor elsewhere.
pub fn actor(id: &str) -> Value {
    let url = Url::parse(id).expect("an address");
    let last = url
        .path_segments()
        .and_then(|mut parts| parts.rfind(|part| !part.is_empty()).map(str::to_owned))
        .unwrap_or_default();
    let mut name: String = last.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(30).collect();
    if name.is_empty() {
        name = "somebody".into();
    }
    json!({
        "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
        "id": id,
        "type": "Person",
        "preferredUsername": name,
        "name": name,
        "inbox": format!("{}/inbox", plain(id).trim_end_matches('/')),
        "followers": format!("{}/followers", id.trim_end_matches('/')),
        "publicKey": key_document(id),
    })
}

/// The key of an actor as its document shows it.
pub fn key_document(id: &str) -> Value {
    json!({ "id": key_id_of(id), "owner": id, "publicKeyPem": key_of(id).public().to_pem() })
}

/// Finds an address that no other world of this machine uses.
fn bind() -> Result<(Ipv4Addr, std::net::TcpListener), String> {
    for _ in 0..2000 {
        let n = std::process::id().wrapping_mul(61).wrapping_add(NEXT.fetch_add(1, Ordering::SeqCst)) % 65_000;
        let address = Ipv4Addr::new(127, 77, u8::try_from(n / 256).unwrap_or(1), u8::try_from(n % 256).unwrap_or(1));
        match std::net::TcpListener::bind(SocketAddr::from((address, 443))) {
            Ok(listener) => {
                listener.set_nonblocking(true).expect("a socket that does not block");
                return Ok((address, listener));
            }
            Err(why) if why.kind() == std::io::ErrorKind::AddrInUse => {}
            Err(why) => return Err(format!("port 443 of {address} cannot be listened on: {why}")),
        }
    }
    Err("every address for a world is in use".into())
}

fn serve(listener: std::net::TcpListener, acceptor: TlsAcceptor, state: Arc<State>, stopped: oneshot::Receiver<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let serving = async move {
        let listener = TcpListener::from_std(listener).expect("a listener");
        while let Ok((socket, _)) = listener.accept().await {
            let (acceptor, state) = (acceptor.clone(), state.clone());
            tokio::task::spawn_local(async move {
                // Whoever calls may hang up at any time.
                drop(answer(acceptor, socket, &state).await);
            });
        }
    };
    tokio::task::LocalSet::new().block_on(&runtime, async {
        tokio::select! {
            () = serving => {}
            _ = stopped => {}
        }
    });
}

async fn answer(acceptor: TlsAcceptor, socket: TcpStream, state: &State) -> std::io::Result<()> {
    let mut stream = acceptor.accept(socket).await?;
    let mut read = Vec::new();
    let head = loop {
        if let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if read.len() > LONGEST || stream.read_buf(&mut read).await? == 0 {
            return Ok(());
        }
    };
    let text = String::from_utf8_lossy(&read[..head]).into_owned();
    let header = |name: &str| {
        let mut lines = text.lines().skip(1).filter_map(|line| line.split_once(':'));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
    };
    let length: usize = header("content-length").and_then(|value| value.parse().ok()).unwrap_or(0).min(LONGEST);
    while read.len() < head + 4 + length && stream.read_buf(&mut read).await? > 0 {}
    let mut first = text.lines().next().unwrap_or_default().split(' ');
    let (method, target) = (first.next().unwrap_or_default().to_owned(), first.next().unwrap_or_default());
    let url = format!("https://{}{target}", header("host").unwrap_or_default());
    let body = String::from_utf8_lossy(&read[(head + 4).min(read.len())..]).into_owned();
    state.visits.lock().expect("a whole lock").push(Visit { method: method.clone(), url: url.clone(), body });
    let page = if method == "GET" {
        page_at(state, &url)
    } else {
        Page { status: 202, headers: Vec::new(), body: Body::Bytes(Vec::new()) }
    };
    let (byte, size) = match &page.body {
        Body::Bytes(bytes) => (None, bytes.len()),
        Body::Repeated(byte, count) => (Some(*byte), *count),
    };
    let mut start = format!("HTTP/1.1 {} x\r\ncontent-length: {size}\r\nconnection: close\r\n", page.status);
    for (name, value) in &page.headers {
        start.push_str(&format!("{name}: {value}\r\n"));
    }
    start.push_str("\r\n");
    stream.write_all(start.as_bytes()).await?;
    match (&page.body, byte) {
        (Body::Bytes(bytes), _) => {
            stream.write_all(bytes).await?;
            state.sent.fetch_add(u64::try_from(bytes.len()).unwrap_or(0), Ordering::SeqCst);
        }
        (Body::Repeated(..), byte) => {
            let chunk = vec![byte.unwrap_or(b'A'); 16 * 1024];
            let mut left = size;
            while left > 0 {
                let now = left.min(chunk.len());
                stream.write_all(&chunk[..now]).await?;
                state.sent.fetch_add(u64::try_from(now).unwrap_or(0), Ordering::SeqCst);
                left -= now;
            }
        }
    }
    stream.shutdown().await
}

fn page_at(state: &State, url: &str) -> Page {
    let pages = state.pages.lock().expect("a whole lock");
    let address = plain(url);
    let found = pages.get(&address).or_else(|| pages.get(address.split('?').next().unwrap_or_default()));
    found.cloned().unwrap_or(Page { status: 404, headers: Vec::new(), body: Body::Bytes(Vec::new()) })
}

/// Makes a certificate for every name that is asked for.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
    leaf: KeyPair,
    signing: Arc<dyn SigningKey>,
    made: Mutex<HashMap<String, Arc<CertifiedKey>>>,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authority")
    }
}

impl Authority {
    fn new() -> Self {
        let (own, leaf) = (KeyPair::generate().expect("a key"), KeyPair::generate().expect("a key"));
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "The authority of a world");
        let pem = params.self_signed(&own).expect("a certificate").pem();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(leaf.serialize_der()));
        let signing = rustls::crypto::aws_lc_rs::sign::any_supported_type(&key).expect("a key that signs");
        Self { pem, issuer: Issuer::new(params, own), leaf, signing, made: Mutex::default() }
    }

    fn certificate(&self, name: &str) -> Option<Arc<CertifiedKey>> {
        let mut made = self.made.lock().expect("a whole lock");
        if let Some(known) = made.get(name) {
            return Some(known.clone());
        }
        let params = CertificateParams::new(vec![name.to_owned()]).ok()?;
        let certificate = params.signed_by(&self.leaf, &self.issuer).ok()?;
        let fresh = Arc::new(CertifiedKey::new(vec![certificate.der().clone()], self.signing.clone()));
        made.insert(name.to_owned(), fresh.clone());
        Some(fresh)
    }
}

impl ResolvesServerCert for Authority {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.certificate(hello.server_name()?)
    }
}
