use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;

/// 100 KiB of zeros in 133 bytes of gzip.
const BOMB: &str = "H4sIAAAAAAAC/+3BAQEAAACCIP+vbkhAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAfBhhhfhKAJABAA==";
/// `{"id":"a"}` in gzip.
const SMALL: &str = "H4sIAAAAAAAC/6tWykxRslJKVKoFAEPmpJoKAAAA";

const LIMITS: Fetch = Fetch { max_bytes: 10 * 1024, timeout: Duration::from_secs(10) };

/// What a peer does with one request.
enum Reaction {
    Answer(Vec<u8>),
    /// Sends this and then nothing until the client leaves.
    Stall(Vec<u8>),
}

/// A server of a few lines that answers one request for each connection.
struct Peer {
    address: SocketAddr,
    seen: mpsc::Receiver<String>,
}

impl Peer {
    fn start(react: impl Fn(&str) -> Reaction + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, seen) = mpsc::channel();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                converse(&mut stream, &react, &tell);
            }
        });
        Self { address, seen }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The requests that came so far.
    fn requests(&self) -> Vec<String> {
        self.seen.try_iter().collect()
    }
}

fn converse(stream: &mut (impl Read + Write), react: &impl Fn(&str) -> Reaction, tell: &mpsc::Sender<String>) {
    let Some(request) = read_request(stream) else { return };
    let path = request.split(' ').nth(1).unwrap().to_owned();
    // Told before the answer, so that a test that has the answer finds the request.
    let _ = tell.send(request);
    // The client may leave at any time; what it makes of that is for the test to say.
    match react(&path) {
        Reaction::Answer(bytes) => {
            let _ = stream.write_all(&bytes).and_then(|()| stream.flush());
        }
        Reaction::Stall(bytes) => {
            let _ = stream.write_all(&bytes).and_then(|()| stream.flush());
            let _ = stream.read(&mut [0]);
        }
    }
}

/// Head and body of a request, lower-cased headers and all.
fn read_request(stream: &mut impl Read) -> Option<String> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        request.push(byte[0]);
    }
    let head = String::from_utf8(request).unwrap();
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(head + &String::from_utf8(body).unwrap())
}

fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn ok(body: &[u8]) -> Reaction {
    Reaction::Answer(answer("200 OK", "", body))
}

fn redirect(location: &str) -> Reaction {
    Reaction::Answer(answer("302 Found", &format!("location: {location}\r\n"), b""))
}

/// May contact 127.0.0.1 and nothing else that is not public.
fn bench_settings() -> Settings {
    Settings { allow_addresses: vec!["127.0.0.1/32".parse().unwrap()], allow_http: true, ..Settings::default() }
}

fn bench_client() -> Client {
    Client::new(bench_settings()).unwrap()
}

/// A client that believes `find` about every name.
fn client_with_names(settings: Settings, find: impl Fn(&str) -> Vec<&'static str> + Send + Sync + 'static) -> Client {
    let lookup: Lookup = Arc::new(move |host| {
        let found = find(&host).into_iter().map(|address| address.parse().unwrap()).collect();
        Box::pin(std::future::ready(Ok(found)))
    });
    Client::with_lookup(settings, lookup).unwrap()
}

fn url(text: &str) -> RemoteUrl {
    RemoteUrl::try_from(text.to_owned()).unwrap()
}

async fn get(client: &Client, address: &str) -> Result<Response, NetError> {
    client.get(&url(address), &|_| HeaderMap::new(), LIMITS).await
}

#[tokio::test]
async fn fetches_a_document() {
    let peer = Peer::start(|_| ok(b"hello"));
    let response = get(&bench_client(), &peer.url("/a?b#c")).await.unwrap();
    assert_eq!((response.status, response.body.as_ref()), (200, b"hello".as_slice()));
    assert!(response.is_success());
    assert_eq!(response.final_url, url(&peer.url("/a?b#c")));
    let request = peer.requests().remove(0);
    assert!(request.starts_with("GET /a?b HTTP/1.1\r\n"), "{request}");
    assert!(request.contains(&format!("host: {}\r\n", peer.address)), "{request}");
    assert!(request.contains("user-agent: rapport/"), "{request}");
}

#[tokio::test]
async fn an_error_status_is_an_answer() {
    let peer = Peer::start(|_| Reaction::Answer(answer("410 Gone", "", b"")));
    assert_eq!(get(&bench_client(), &peer.url("/")).await.unwrap().status, 410);
}

#[tokio::test]
async fn follows_three_redirects_and_asks_for_headers_at_each() {
    let peer = Peer::start(|path| match path {
        "/users/a" => redirect("b"),
        "/users/b" => redirect("/c"),
        "/c" => redirect("?d"),
        _ => ok(b"there"),
    });
    let headers = |hop: &RemoteUrl| -> HeaderMap {
        HeaderMap::from_iter([("x-signed-for".parse().unwrap(), hop.path_and_query().parse().unwrap())])
    };
    let response = bench_client().get(&url(&peer.url("/users/a")), &headers, LIMITS).await.unwrap();
    assert_eq!(response.body.as_ref(), b"there");
    assert_eq!(response.final_url.as_str(), peer.url("/c?d"));
    let requests = peer.requests();
    for (request, path) in requests.iter().zip(["/users/a", "/users/b", "/c", "/c?d"]) {
        assert!(request.starts_with(&format!("GET {path} ")), "{request}");
        assert!(request.contains(&format!("x-signed-for: {path}\r\n")), "{request}");
    }
    assert_eq!(requests.len(), 4);
}

#[tokio::test]
async fn a_redirect_loop_ends() {
    let peer = Peer::start(|_| redirect("/again"));
    let error = get(&bench_client(), &peer.url("/")).await.unwrap_err();
    assert!(matches!(error, NetError::TooManyRedirects { .. }), "{error}");
    assert_eq!(peer.requests().len(), 1 + MAX_REDIRECTS);
}

#[tokio::test]
async fn a_redirect_is_checked_like_a_first_request() {
    for location in [
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.2/",
        "http://0.0.0.0/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[::7f00:1]/",
        "http://[64:ff9b::a00:1]/",
        "http://0x7f.0.0.2/",
        "//192.168.0.1/",
    ] {
        let peer = Peer::start(move |_| redirect(location));
        let error = get(&bench_client(), &peer.url("/")).await.unwrap_err();
        assert!(matches!(error, NetError::Refused { .. }), "{location}: {error}");
    }
}

#[tokio::test]
async fn a_redirect_to_a_name_inside_is_refused() {
    let peer = Peer::start(|_| redirect("http://inside.example/"));
    let client = client_with_names(bench_settings(), |_| vec!["10.0.0.1", "fd00::1"]);
    let error = get(&client, &peer.url("/")).await.unwrap_err();
    assert!(matches!(&error, NetError::Refused { host, .. } if host == "inside.example"), "{error}");
    assert_eq!(
        error.to_string(),
        "inside.example may not be contacted: inside.example resolves to 10.0.0.1, which is not an address on the public internet"
    );
}

#[tokio::test]
async fn a_redirect_to_nowhere_says_so() {
    for location in ["ftp://files.example/", "http://u:p@good.example/", "http://a b/", "http://"] {
        let peer = Peer::start(move |_| redirect(location));
        let error = get(&bench_client(), &peer.url("/")).await.unwrap_err();
        assert!(matches!(error, NetError::BadRedirect { .. }), "{location}: {error}");
    }
    let peer = Peer::start(|_| Reaction::Answer(answer("301 Moved Permanently", "", b"")));
    let error = get(&bench_client(), &peer.url("/")).await.unwrap_err();
    assert!(matches!(error, NetError::BadRedirect { .. }), "{error}");
}

#[tokio::test]
async fn the_caller_can_stop_at_a_hop() {
    let peer = Peer::start(|_| redirect("/blocked"));
    let headers = |hop: &RemoteUrl| match hop.path_and_query().as_str() {
        "/blocked" => Err(NetError::refused(hop, "this server is blocked")),
        _ => Ok(HeaderMap::new()),
    };
    let error = bench_client().get_guarded(&url(&peer.url("/")), &headers, LIMITS).await.unwrap_err();
    assert!(error.to_string().ends_with("this server is blocked"), "{error}");
    assert_eq!(peer.requests().len(), 1);
}

#[tokio::test]
async fn the_strict_client_contacts_no_literal_no_port_and_no_plain_http() {
    let peer = Peer::start(|_| ok(b"inside"));
    let strict = Client::new(Settings::default()).unwrap();
    // As a stored address would come back: its form was checked, the policy was not.
    let with_port = format!("https://{}/", peer.address);
    for address in [peer.url("/").as_str(), &with_port, "https://127.0.0.1/", "https://8.8.8.8/", "https://localhost/"]
    {
        let address: RemoteUrl = serde_json::from_value(serde_json::Value::from(address)).unwrap();
        let fetched = strict.get(&address, &|_| HeaderMap::new(), LIMITS).await.unwrap_err();
        assert!(matches!(fetched, NetError::Refused { .. }), "{address}: {fetched}");
        let posted = strict.post(&address, HeaderMap::new(), Bytes::new(), LIMITS.timeout).await.unwrap_err();
        assert!(matches!(posted, NetError::Refused { .. }), "{address}: {posted}");
    }
    assert_eq!(peer.requests(), Vec::<String>::new());
}

#[tokio::test]
async fn a_name_with_special_addresses_only_is_refused() {
    for inside in [
        "127.0.0.1",
        "0.0.0.0",
        "169.254.169.254",
        "100.64.0.1",
        "::1",
        "::",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::1",
        "fe80::1",
    ] {
        let client = client_with_names(Settings::default(), move |_| vec![inside]);
        let error = get(&client, "https://peer.example/").await.unwrap_err();
        assert!(matches!(error, NetError::Refused { .. }), "{inside}: {error}");
    }
}

#[tokio::test]
async fn of_a_mixed_answer_only_the_permitted_address_is_contacted() {
    let peer = Peer::start(|_| ok(b"outside"));
    let client = client_with_names(bench_settings(), |_| vec!["::1", "127.0.0.2", "127.0.0.1", "10.0.0.1"]);
    let response = get(&client, &format!("http://peer.example:{}/", peer.address.port())).await.unwrap();
    assert_eq!(response.body.as_ref(), b"outside");
}

#[tokio::test]
async fn a_name_that_changes_its_answer_gains_nothing() {
    let peer = Peer::start(|_| ok(b"outside"));
    let lookups = AtomicUsize::new(0);
    let client = client_with_names(bench_settings(), move |_| match lookups.fetch_add(1, Ordering::SeqCst) {
        0 => vec!["127.0.0.1"],
        _ => vec!["169.254.169.254"],
    });
    let address = format!("http://rebind.example:{}/", peer.address.port());
    assert_eq!(get(&client, &address).await.unwrap().body.as_ref(), b"outside");
    let error = get(&client, &address).await.unwrap_err();
    assert!(matches!(&error, NetError::Refused { reason, .. } if reason.contains("169.254.169.254")), "{error}");
}

#[tokio::test]
async fn a_name_without_addresses_is_told_apart() {
    let client = client_with_names(Settings::default(), |_| vec![]);
    let error = get(&client, "https://nobody.example/").await.unwrap_err();
    assert!(matches!(error, NetError::Dns { .. }), "{error}");
}

#[tokio::test]
async fn a_body_past_the_limit_is_refused_announced_or_not() {
    let fits = vec![b'x'; LIMITS.max_bytes];
    let body = vec![b'x'; LIMITS.max_bytes + 1];
    let peer = Peer::start(move |path| match path {
        "/fits" => ok(&fits),
        "/announced" => ok(&body),
        _ => Reaction::Answer([b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".as_slice(), &body].concat()),
    });
    let client = bench_client();
    assert_eq!(get(&client, &peer.url("/fits")).await.unwrap().body.len(), LIMITS.max_bytes);
    for path in ["/announced", "/unannounced"] {
        let error = get(&client, &peer.url(path)).await.unwrap_err();
        assert!(matches!(error, NetError::TooLarge { .. }), "{path}: {error}");
    }
}

#[tokio::test]
async fn the_limit_counts_after_decompression() {
    let peer = Peer::start(|path| {
        let body = STANDARD.decode(if path == "/bomb" { BOMB } else { SMALL }).unwrap();
        Reaction::Answer(answer("200 OK", "content-encoding: gzip\r\n", &body))
    });
    let client = bench_client();
    assert_eq!(get(&client, &peer.url("/small")).await.unwrap().body.as_ref(), b"{\"id\":\"a\"}");
    let error = get(&client, &peer.url("/bomb")).await.unwrap_err();
    assert!(matches!(error, NetError::TooLarge { .. }), "{error}");
}

#[tokio::test]
async fn a_slow_peer_is_left_when_the_time_is_up() {
    let peer = Peer::start(|path| match path {
        "/redirect" => redirect("/silent"),
        "/silent" => Reaction::Stall(Vec::new()),
        _ => Reaction::Stall(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbegin".to_vec()),
    });
    let client = bench_client();
    let limits = Fetch { timeout: Duration::from_millis(200), ..LIMITS };
    for path in ["/silent", "/body", "/redirect"] {
        let error = client.get(&url(&peer.url(path)), &|_| HeaderMap::new(), limits).await.unwrap_err();
        assert!(matches!(error, NetError::Timeout { .. }), "{path}: {error}");
        assert!(error.to_string().ends_with("did not answer within 200ms"), "{error}");
    }
}

#[tokio::test]
async fn posts_a_body_and_follows_no_redirect() {
    let peer = Peer::start(|path| match path {
        "/moved" => Reaction::Answer(answer("307 Temporary Redirect", "location: /inbox\r\n", b"")),
        _ => Reaction::Answer(answer("202 Accepted", "", b"thanks")),
    });
    let client = bench_client();
    let headers =
        HeaderMap::from_iter([("content-type".parse().unwrap(), "application/activity+json".parse().unwrap())]);
    let response =
        client.post(&url(&peer.url("/inbox")), headers, Bytes::from_static(b"{}"), LIMITS.timeout).await.unwrap();
    assert_eq!((response.status, response.body.as_ref()), (202, b"thanks".as_slice()));
    let request = peer.requests().remove(0);
    assert!(request.starts_with("POST /inbox HTTP/1.1\r\n") && request.ends_with("\r\n\r\n{}"), "{request}");
    assert!(request.contains("content-type: application/activity+json\r\n"), "{request}");

    let moved = client.post(&url(&peer.url("/moved")), HeaderMap::new(), Bytes::new(), LIMITS.timeout).await.unwrap();
    assert_eq!(moved.status, 307);
    assert_eq!(peer.requests().len(), 1, "the target was not asked");
}

#[tokio::test]
async fn an_accepted_post_stays_accepted_whatever_becomes_of_the_body() {
    let endless =
        [b"HTTP/1.1 202 Accepted\r\nconnection: close\r\n\r\n".as_slice(), &vec![b'x'; MAX_POST_ANSWER * 2]].concat();
    let peer = Peer::start(move |path| match path {
        "/endless" => Reaction::Answer(endless.clone()),
        "/cut" => Reaction::Answer(b"HTTP/1.1 202 Accepted\r\ncontent-length: 100\r\n\r\ncut".to_vec()),
        _ => Reaction::Stall(b"HTTP/1.1 202 Accepted\r\ncontent-length: 100\r\n\r\nslow".to_vec()),
    });
    let client = bench_client();
    for (path, kept) in [("/endless", MAX_POST_ANSWER), ("/cut", 3), ("/slow", 4)] {
        let response = client
            .post(&url(&peer.url(path)), HeaderMap::new(), Bytes::new(), Duration::from_millis(500))
            .await
            .unwrap();
        assert_eq!((response.status, response.body.len()), (202, kept), "{path}");
    }
}

#[tokio::test]
async fn a_closed_port_and_a_foreign_protocol_are_told_apart() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let client = bench_client();
    let error = get(&client, &format!("http://{closed}/")).await.unwrap_err();
    assert!(matches!(error, NetError::Connect { .. }), "{error}");

    let peer = Peer::start(|_| Reaction::Answer(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()));
    let error = get(&client, &peer.url("/")).await.unwrap_err();
    assert!(matches!(error, NetError::Protocol { .. }), "{error}");
}

#[tokio::test]
async fn a_private_authority_is_trusted_only_when_named() {
    let mut authority = rcgen::CertificateParams::new(Vec::<String>::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority = rcgen::CertifiedIssuer::self_signed(authority, rcgen::KeyPair::generate().unwrap()).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate =
        rcgen::CertificateParams::new(vec!["peer.example".to_owned()]).unwrap().signed_by(&key, &authority).unwrap();
    let tls = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            rustls::pki_types::PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        )
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let tls = Arc::new(tls);
        let (tell, _seen) = mpsc::channel();
        for mut stream in listener.incoming().flatten() {
            let mut connection = rustls::ServerConnection::new(Arc::clone(&tls)).unwrap();
            converse(&mut rustls::Stream::new(&mut connection, &mut stream), &|_: &str| ok(b"private"), &tell);
        }
    });

    let strangers = client_with_names(bench_settings(), |_| vec!["127.0.0.1"]);
    let error = get(&strangers, &format!("https://peer.example:{port}/")).await.unwrap_err();
    assert!(matches!(error, NetError::Tls { .. }), "{error}");

    let settings = Settings { extra_ca_pem: Some(authority.pem().into_bytes()), ..bench_settings() };
    let friends = client_with_names(settings, |_| vec!["127.0.0.1"]);
    let response = get(&friends, &format!("https://peer.example:{port}/")).await.unwrap();
    assert_eq!(response.body.as_ref(), b"private");
    let error = get(&friends, &format!("https://other.example:{port}/")).await.unwrap_err();
    assert!(matches!(error, NetError::Tls { .. }), "{error}");
}

#[tokio::test]
async fn wrong_settings_are_told_with_the_remedy() {
    for pem in [&b""[..], b"no certificate", b"-----BEGIN CERTIFICATE-----\nbad\n-----END CERTIFICATE-----\n"] {
        let error = Client::new(Settings { extra_ca_pem: Some(pem.to_vec()), ..Settings::default() }).unwrap_err();
        assert!(error.to_string().contains("certificate"), "{error}");
    }
}
