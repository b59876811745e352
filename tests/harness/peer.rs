//! Another server, as small as can be: many hosts on ports of their own, each with one account, `kim`, that signs what it
//! sends and remembers what was proven to come from whom it says. Everything else about it is up to the test.

use std::cell::{Cell, Ref, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use rapport::crypto::keys::{PrivateKey, PublicKey};
use rapport::federation::signatures::{self, Scheme, SignInput};
use rapport::time::{Clock, Time};
use reqwest::header::ACCEPT;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::{AbortHandle, spawn_local};
use url::Url;

use super::rfc9421::{self, Signed};
use super::server::{PATIENCE, browserless};

const NAME: &str = "kim";
const AS2: &str = "application/activity+json";
const JRD: &str = "application/jrd+json";
const JSON: &str = "application/json";
const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// How a host treats what is delivered to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Manner {
    /// It answers at once.
    #[default]
    Prompt,
    /// It takes the request and never answers.
    Silent,
    /// It answers a byte at a time and never comes to the end.
    Dripping,
    /// It knows RFC 9421 and no other form of signature, which it answers with 401.
    Rfc9421,
}

/// How long a host that drips waits between two bytes.
const DRIP: Duration = Duration::from_millis(50);

/// A delivery that was answered, whether or not it was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Knock {
    /// At which host.
    pub host: usize,
    /// In which form it was signed.
    pub form: Scheme,
    /// Whether the host took it.
    pub was_taken: bool,
}

/// An activity that was delivered to one of the hosts, with a signature that its actor's key made.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// To which host.
    pub host: usize,
    /// What was delivered.
    pub activity: Value,
}

/// All hosts; they answer until this is dropped. It needs a `LocalSet`, as every test of [`super::both!`] has.
pub struct Peer {
    shared: Rc<Shared>,
    accepting: Vec<AbortHandle>,
}

struct Shared {
    /// Host and port of each.
    hosts: Vec<String>,
    /// One for all: a key is the same key under another id to whoever reads it.
    key: PrivateKey,
    http: reqwest::Client,
    /// Keys of those who deliver, by id.
    known: RefCell<HashMap<String, PublicKey>>,
    /// What a host answers at a path to everything, instead of what it would.
    pages: RefCell<HashMap<(usize, String), (u16, Value)>>,
    manners: RefCell<HashMap<usize, Manner>>,
    knocks: RefCell<Vec<Knock>>,
    /// Requests that got no whole answer and are still open.
    hanging: Cell<usize>,
    arrivals: RefCell<Vec<Arrival>>,
    arrived: Notify,
}

impl Peer {
    /// This many hosts.
    pub async fn start(hosts: usize) -> Self {
        let mut listeners = Vec::with_capacity(hosts);
        for _ in 0..hosts {
            listeners.push(TcpListener::bind("127.0.0.1:0").await.expect("a free port"));
        }
        let name = |listener: &TcpListener| format!("localhost:{}", listener.local_addr().expect("an address").port());
        let shared = Rc::new(Shared {
            hosts: listeners.iter().map(name).collect(),
            key: PrivateKey::generate_rsa().expect("a key"),
            http: browserless(),
            known: RefCell::default(),
            pages: RefCell::default(),
            manners: RefCell::default(),
            knocks: RefCell::default(),
            hanging: Cell::default(),
            arrivals: RefCell::default(),
            arrived: Notify::new(),
        });
        let accept = |(host, listener)| spawn_local(accept(shared.clone(), host, listener)).abort_handle();
        let accepting = listeners.into_iter().enumerate().map(accept).collect();
        Self { shared, accepting }
    }

    /// The id of the account on a host.
    pub fn actor(&self, host: usize) -> String {
        self.shared.actor(host)
    }

    /// `@name@domain` of the account on a host.
    pub fn handle(&self, host: usize) -> String {
        format!("@{NAME}@{}", self.shared.hosts[host])
    }

    /// The address of a path on a host.
    pub fn url(&self, host: usize, path: &str) -> String {
        format!("http://{}{path}", self.shared.hosts[host])
    }

    /// Has a host answer everything at a path in this way from now on.
    pub fn show(&self, host: usize, path: &str, status: u16, page: Value) {
        self.shared.pages.borrow_mut().insert((host, path.to_owned()), (status, page));
    }

    /// Has a host treat what is delivered to it in this way from now on.
    pub fn treat(&self, host: usize, manner: Manner) {
        self.shared.manners.borrow_mut().insert(host, manner);
    }

    /// The deliveries that were answered so far, in their order.
    pub fn knocks(&self) -> Vec<Knock> {
        self.shared.knocks.borrow().clone()
    }

    /// How many deliveries wait for an answer, in vain.
    pub fn hanging(&self) -> usize {
        self.shared.hanging.get()
    }

    /// A public note by the account on `host` that names somebody, as a Create; `number` tells it from its others.
    pub fn mention(&self, host: usize, number: usize, actor: &str, handle: &str) -> Value {
        let (own, published) = (self.actor(host), Clock::system().now().rfc3339());
        let note = json!({
            "id": format!("{own}/notes/{number}"),
            "type": "Note",
            "attributedTo": own,
            "content": format!("<p>{handle} number {number}</p>"),
            "published": published,
            "to": [PUBLIC],
            "cc": [actor],
            "tag": [{ "type": "Mention", "href": actor, "name": handle }],
        });
        json!({
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": format!("{own}/notes/{number}/create"),
            "type": "Create",
            "actor": own,
            "to": [PUBLIC],
            "cc": [actor],
            "object": note,
        })
    }

    /// Sends an activity, signed by the account on `host`; the status, or `None` if nobody answered.
    pub async fn deliver(&self, host: usize, inbox: &str, activity: &Value) -> Option<u16> {
        self.deliver_signed(host, inbox, activity, Scheme::Cavage, Clock::system().now()).await
    }

    /// Like [`Peer::deliver`], signed in this form by a clock that says `now`.
    pub async fn deliver_signed(
        &self,
        host: usize,
        inbox: &str,
        activity: &Value,
        form: Scheme,
        now: Time,
    ) -> Option<u16> {
        let (body, url) = (activity.to_string().into_bytes(), Url::parse(inbox).expect("an address"));
        let (key, key_id) = (&self.shared.key, format!("{}#main-key", self.actor(host)));
        let headers = match form {
            Scheme::Cavage => {
                let (body, key_id) = (Some(body.as_slice()), key_id.as_str());
                let input = SignInput { method: "POST", url: &url, key_id, key, body, content_type: None, now };
                signatures::sign_cavage(&input).expect("a signature")
            }
            Scheme::Rfc9421 => rfc9421::sign(key, &key_id, inbox, &body, now),
        };
        let mut request = self.shared.http.post(url.clone());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        Some(request.body(body).send().await.ok()?.status().as_u16())
    }

    /// What has arrived so far, in its order.
    pub fn arrivals(&self) -> Ref<'_, Vec<Arrival>> {
        self.shared.arrivals.borrow()
    }

    /// Waits until `enough` has arrived; it is asked at every arrival.
    pub async fn wait_until(&self, what: &str, enough: impl Fn(&[Arrival]) -> bool) {
        let waiting = async {
            loop {
                let next = self.shared.arrived.notified();
                if enough(self.arrivals().as_slice()) {
                    return;
                }
                next.await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(waited.is_ok(), "waited in vain for {what}; {} activities arrived", self.arrivals().len());
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.accepting.iter().for_each(AbortHandle::abort);
    }
}

/// A request as it was read.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Such as `POST`.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// The body, as long as it said to be.
    pub body: Vec<u8>,
}

impl Asked {
    /// The next request on a connection; `None` if it ended.
    pub async fn read(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<Self>> {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        let mut words = line.split_ascii_whitespace().map(str::to_owned);
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).await?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length = length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
        let mut body = vec![0_u8; length];
        stream.read_exact(&mut body).await?;
        Ok(Some(Self { method, target, headers, body }))
    }
}

async fn accept(shared: Rc<Shared>, host: usize, listener: TcpListener) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = shared.clone();
        // A connection that breaks is its owner's concern: servers are killed here.
        spawn_local(async move { drop(shared.serve(host, stream).await) });
    }
}

impl Shared {
    fn actor(&self, host: usize) -> String {
        format!("http://{}/users/{NAME}", self.hosts[host])
    }

    async fn serve(&self, host: usize, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        while let Some(asked) = Asked::read(&mut stream).await? {
            let manner = self.manner(host);
            if asked.method == "POST" && matches!(manner, Manner::Silent | Manner::Dripping) {
                self.hang(manner, stream).await;
                return Ok(());
            }
            let (status, kind, body) = self.answer(host, &asked).await;
            let body = body.to_string();
            let head = format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n", body.len());
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(body.as_bytes()).await?;
            stream.flush().await?;
        }
        Ok(())
    }

    fn manner(&self, host: usize) -> Manner {
        self.manners.borrow().get(&host).copied().unwrap_or_default()
    }

    /// Keeps whoever asked waiting until they have had enough.
    async fn hang(&self, manner: Manner, mut stream: BufReader<TcpStream>) {
        self.hanging.set(self.hanging.get() + 1);
        if manner == Manner::Dripping {
            let mut is_open = stream.write_all(b"HTTP/1.1 202 Accepted\r\nx-patience: ").await.is_ok();
            while is_open {
                tokio::time::sleep(DRIP).await;
                is_open = stream.write_all(b".").await.is_ok() && stream.flush().await.is_ok();
            }
        } else {
            drop(stream.read_to_end(&mut Vec::new()).await);
        }
        self.hanging.set(self.hanging.get() - 1);
    }

    /// Status, media type and body.
    async fn answer(&self, host: usize, asked: &Asked) -> (&'static str, &'static str, Value) {
        let path = asked.target.split('?').next().unwrap_or_default();
        if let Some((status, page)) = self.pages.borrow().get(&(host, path.to_owned())) {
            let status = match status {
                200 => "200 OK",
                404 => "404 Not Found",
                410 => "410 Gone",
                other => panic!("no page has status {other}"),
            };
            return (status, AS2, page.clone());
        }
        match (asked.method.as_str(), path) {
            ("GET", "/.well-known/webfinger") => ("200 OK", JRD, self.webfinger(host)),
            ("GET", "/users/kim") => ("200 OK", AS2, self.document(host)),
            ("POST", "/users/kim/inbox") => match self.judge(host, asked).await {
                Some(activity) => {
                    self.arrivals.borrow_mut().push(Arrival { host, activity });
                    self.arrived.notify_waiters();
                    ("202 Accepted", JSON, json!({}))
                }
                None => ("401 Unauthorized", JSON, json!({ "error": "unproven" })),
            },
            _ => ("404 Not Found", JSON, json!({ "error": "nothing here" })),
        }
    }

    fn webfinger(&self, host: usize) -> Value {
        let link = json!({ "rel": "self", "type": AS2, "href": self.actor(host) });
        json!({ "subject": format!("acct:{NAME}@{}", self.hosts[host]), "links": [link] })
    }

    fn document(&self, host: usize) -> Value {
        let id = self.actor(host);
        let pem = self.key.public().to_pem();
        json!({
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
            "id": id,
            "type": "Person",
            "preferredUsername": NAME,
            "inbox": format!("{id}/inbox"),
            "outbox": format!("{id}/outbox"),
            "followers": format!("{id}/followers"),
            "featured": format!("{id}/featured"),
            "publicKey": { "id": format!("{id}#main-key"), "owner": id, "publicKeyPem": pem },
        })
    }

    /// The activity inside, if it is proven in a form that this host knows. Either way it has knocked.
    async fn judge(&self, host: usize, asked: &Asked) -> Option<Value> {
        let is_new = asked.headers.iter().any(|(name, _)| name == "signature-input");
        let proven = match self.manner(host) {
            Manner::Rfc9421 => self.proven_anew(host, asked).await,
            Manner::Prompt | Manner::Silent | Manner::Dripping => self.proven(host, asked).await,
        };
        let form = if is_new { Scheme::Rfc9421 } else { Scheme::Cavage };
        self.knocks.borrow_mut().push(Knock { host, form, was_taken: proven.is_some() });
        proven
    }

    /// Like [`Shared::proven`], by RFC 9421 alone and without any code of the server's.
    async fn proven_anew(&self, host: usize, asked: &Asked) -> Option<Value> {
        let target = format!("http://{}{}", self.hosts[host], asked.target);
        let signed = Signed::read(&target, &asked.headers, &asked.body, Clock::system().now())?;
        let activity: Value = serde_json::from_slice(&asked.body).ok()?;
        let actor = signed.key_id.split('#').next()?;
        let pem = self.pem_of(actor, &signed.key_id).await?;
        (activity["actor"] == actor && signed.is_by(&pem)).then_some(activity)
    }

    /// The activity inside, if its signature holds, was made by its actor's key and for this host.
    async fn proven(&self, host: usize, asked: &Asked) -> Option<Value> {
        let request = signatures::Request {
            method: &asked.method,
            path_and_query: &asked.target,
            host: &self.hosts[host],
            scheme: "http",
            headers: &asked.headers,
            body: Some(&asked.body),
        };
        let parsed = signatures::parse(&request, Clock::system().now()).ok()?;
        let activity: Value = serde_json::from_slice(&asked.body).ok()?;
        let actor = parsed.key_id.split('#').next()?;
        if activity["actor"] != actor {
            return None;
        }
        let known = self.known.borrow().get(&parsed.key_id).cloned();
        let key = match known {
            Some(key) => key,
            None => self.key_of(actor, &parsed.key_id).await?,
        };
        signatures::verify(&parsed, &key).then_some(activity)
    }

    /// The key that an actor's own document lists.
    async fn pem_of(&self, actor: &str, id: &str) -> Option<String> {
        let answer = self.http.get(actor).header(ACCEPT, AS2).send().await.ok()?;
        let document: Value = serde_json::from_str(&answer.text().await.ok()?).ok()?;
        let listed = &document["publicKey"];
        if listed["id"] != id || listed["owner"] != actor {
            return None;
        }
        Some(listed["publicKeyPem"].as_str()?.to_owned())
    }

    /// The same, remembered from then on: its server may be dead the next time.
    async fn key_of(&self, actor: &str, id: &str) -> Option<PublicKey> {
        let key = PublicKey::from_pem(&self.pem_of(actor, id).await?).ok()?;
        self.known.borrow_mut().insert(id.to_owned(), key.clone());
        Some(key)
    }
}
