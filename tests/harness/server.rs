//! A whole server on loopback, with real HTTP, and people who call it as apps do.

use std::io::Cursor;
use std::net::TcpListener;
use std::sync::LazyLock;
use std::time::Duration;

use image::{ImageFormat, RgbImage};
use rapport::app::App;
use rapport::cli::serve::Running;
use rapport::config::{self, Config};
use rapport::domain::accounts::actions::GeneratedKeys;
use rapport::domain::accounts::{Account, Kind, queries};
use rapport::domain::oauth::{self, NewApp, Scopes};
use rapport::domain::setup;
use rapport::domain::teams::{self, NewBrand, TeamRole};
use rapport::domain::users::{self, NewUser, ServerRole, User};
use rapport::net::resolver::Lookup;
use rapport::time::Clock;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use super::TestDatabase;

/// Keys are made once in a process: making them takes longer than most tests.
static KEYS: LazyLock<GeneratedKeys> = LazyLock::new(|| GeneratedKeys::generate().expect("keys can be made"));
/// The hash of [`PASSWORD`], made once for the same reason.
static HASHED: LazyLock<String> =
    LazyLock::new(|| rapport::crypto::passwords::hash(PASSWORD).expect("a password can be hashed"));
/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery";
/// How long anything may take before a test gives up. Generous: a loaded machine is no failure.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A running server with a database of its own.
pub struct TestServer {
    /// Its state, for arranging what a test needs.
    pub app: App,
    /// Its address: scheme, host and port.
    pub base: String,
    /// The domain of its handles.
    pub domain: String,
    running: Option<Running>,
    _database: TestDatabase,
}

/// A client that keeps no cookies and follows no redirects.
pub fn browserless() -> reqwest::Client {
    rapport_tls();
    #[expect(clippy::disallowed_methods, reason = "tests stand outside the server and its rules for going out")]
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .no_proxy()
        .build()
        .expect("a client")
}

/// The TLS library panics without a provider.
fn rapport_tls() {
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
}

impl TestServer {
    /// A server that is set up, federates over loopback and has rates switched off.
    pub async fn start(database: TestDatabase) -> Self {
        Self::start_with(database, &[]).await
    }

    /// Like [`TestServer::start`] with further settings, such as `("RAPPORT_LIMITS__ENABLED", "true")`.
    pub async fn start_with(database: TestDatabase, settings: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket that does not block");
        let domain = format!("localhost:{}", listener.local_addr().expect("an address").port());
        let public_url = format!("http://{domain}");
        Self::start_behind(database, listener, &domain, &public_url, settings).await
    }

    /// A server on `listener`, which does not block, that others reach under another name: something stands before it.
    pub async fn start_behind(
        database: TestDatabase,
        listener: TcpListener,
        domain: &str,
        public_url: &str,
        settings: &[(&str, &str)],
    ) -> Self {
        let mut all = vec![("RAPPORT_SERVER__PUBLIC_URL", public_url)];
        all.extend_from_slice(settings);
        let base = format!("http://localhost:{}", listener.local_addr().expect("an address").port());
        let config = configure(&database, domain, &all);
        let app = App::start(config, Clock::system()).await.expect("the server starts");
        let cx = app.context().expect("an address");
        app.db
            .write(move |conn| {
                setup::fix_address(conn, &cx)?;
                setup::ensure_server_actor(conn, &cx, &KEYS)
            })
            .await
            .expect("the server's own actor");
        let running = Running::start(app.clone(), listener, true).expect("the server runs");
        Self { base, domain: domain.to_owned(), app, running: Some(running), _database: database }
    }

    /// A server for `local.example` that knows only the host names that `lookup` knows, and only the time that `clock` says.
    pub async fn start_in_world(
        database: TestDatabase,
        lookup: Lookup,
        clock: Clock,
        settings: &[(&str, &str)],
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket that does not block");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let domain = "local.example".to_owned();
        let mut all =
            vec![("RAPPORT_SERVER__PUBLIC_URL", "https://local.example"), ("RAPPORT_FEDERATION__ALLOW_HTTP", "false")];
        all.extend_from_slice(settings);
        let config = configure(&database, &domain, &all);
        let app = App::start_with_lookup(config, clock, lookup).await.expect("the server starts");
        let cx = app.context().expect("an address");
        let prepared = app.db.write(move |conn| {
            setup::fix_address(conn, &cx)?;
            setup::ensure_server_actor(conn, &cx, &KEYS)
        });
        prepared.await.expect("the server's own actor");
        let running = Running::start(app.clone(), listener, true).expect("the server runs");
        Self { base, domain, app, running: Some(running), _database: database }
    }

    /// A server that nobody has set up, and the link that does it.
    pub async fn start_fresh(database: TestDatabase) -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket that does not block");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let config = configure(&database, "", &[("RAPPORT_SERVER__PUBLIC_URL", "")]);
        let app = App::start(config, Clock::system()).await.expect("the server starts");
        let now = app.clock.now();
        let token = app.db.write(move |conn| setup::make_link(conn, now)).await.expect("a link");
        let running = Running::start(app.clone(), listener, true).expect("the server runs");
        let link = format!("{base}/setup?token={token}");
        (Self { base, domain: String::new(), app, running: Some(running), _database: database }, link)
    }

    /// A person with a token for everything.
    pub async fn person(&self, name: &str) -> Caller {
        let user = self.user(name).await;
        let account = user.account_id;
        let own = self.app.db.read(move |conn| queries::get(conn, account)).await.expect("the account");
        self.caller(&user, own, "read write follow push profile").await
    }

    /// A person without a token.
    pub async fn user(&self, name: &str) -> User {
        let new = NewUser {
            username: name.into(),
            email: format!("{name}@example.org"),
            password_hash: HASHED.clone(),
            role: ServerRole::Member,
            locale: None,
        };
        self.app.act(move |conn, cx| users::create(conn, cx, new, &KEYS)).await.expect("a user").0
    }

    /// A brand with an owner of its own, and the owner's token for acting as it.
    pub async fn brand(&self, name: &str) -> Caller {
        let owner = self.user(&format!("{name}_owner")).await;
        let new =
            NewBrand { username: name.into(), display_name: name.into(), kind: Kind::Organization, owner: owner.id };
        let account = self.app.act(move |conn, cx| teams::create_brand(conn, cx, new, &KEYS)).await.expect("a brand");
        self.caller(&owner, account, "read write follow push profile").await
    }

    /// Puts somebody in a brand's team and gives them a token for acting as it.
    pub async fn member(&self, brand: &Caller, name: &str, role: TeamRole) -> Caller {
        let (user, account) = (self.user(name).await, brand.account.clone());
        let (user_id, brand_id) = (user.id, account.id);
        let joined = self.app.act(move |conn, cx| teams::set_member(conn, cx, brand_id, user_id, role, true, None));
        joined.await.expect("a member");
        self.caller(&user, account, "read write follow push profile").await
    }

    /// A token with which `user` acts as `account`.
    pub async fn caller(&self, user: &User, account: Account, scopes: &str) -> Caller {
        let (user, acting, scopes) = (user.id, account.id, Scopes::parse(scopes).expect("scopes"));
        let issued = self.app.act(move |conn, cx| {
            let redirect_uris = vec![oauth::OUT_OF_BAND.into()];
            let new = NewApp { name: "Test".into(), website: None, redirect_uris, scopes: scopes.clone() };
            let (client, _) = oauth::register(conn, cx, new)?;
            oauth::issue_token(conn, cx, client.id, Some((user, acting)), scopes)
        });
        let token = issued.await.expect("a token").text;
        let handle = format!("@{}@{}", account.username, self.domain);
        Caller { base: self.base.clone(), token: Some(token), http: browserless(), account, handle }
    }

    /// Somebody without a token.
    pub fn stranger(&self) -> reqwest::Client {
        browserless()
    }

    /// The address of a path here.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Stops it in good order. A server that is only dropped ends with the test.
    pub async fn stop(mut self) {
        self.running.take().expect("a running server").stop().await.expect("a clean stop");
    }
}

fn configure(database: &TestDatabase, domain: &str, settings: &[(&str, &str)]) -> Config {
    let mut all = vec![
        ("RAPPORT_SERVER__DOMAIN".to_owned(), domain.to_owned()),
        ("RAPPORT_SERVER__PUBLIC_URL".to_owned(), format!("http://{domain}")),
        ("RAPPORT_SERVER__DATA_DIR".to_owned(), database.folder().display().to_string()),
        ("RAPPORT_SERVER__WORKERS".to_owned(), "1".to_owned()),
        ("RAPPORT_DATABASE__URL".to_owned(), database.url().to_owned()),
        ("RAPPORT_DATABASE__POOL".to_owned(), "4".to_owned()),
        ("RAPPORT_FEDERATION__ALLOW_HTTP".to_owned(), "true".to_owned()),
        ("RAPPORT_FEDERATION__ALLOW_ADDRESSES".to_owned(), "127.0.0.0/8,::1/128".to_owned()),
        ("RAPPORT_LIMITS__ENABLED".to_owned(), "false".to_owned()),
    ];
    for (name, value) in settings {
        all.retain(|(known, _)| known != name);
        all.push(((*name).to_owned(), (*value).to_owned()));
    }
    config::load(None, all.into_iter()).expect("a configuration")
}

/// Somebody who calls the client API.
#[derive(Clone)]
pub struct Caller {
    base: String,
    /// The token, as a client sends it.
    pub token: Option<String>,
    http: reqwest::Client,
    /// As whom they act.
    pub account: Account,
    /// `@name@domain`.
    pub handle: String,
}

/// An answer of the API.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body, null where it is no JSON.
    pub json: Value,
}

impl Answer {
    /// The body of an answer that must be 200.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{}", self.json);
        self.json
    }

    /// The sentence of an answer that must be this error.
    #[track_caller]
    pub fn error(self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.json);
        self.json["error"].as_str().expect("an error has a sentence").to_owned()
    }
}

impl Caller {
    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None).await
    }

    /// POST with JSON.
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    /// Any method.
    pub async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        answer(request).await
    }

    /// Sends a form with a small picture in this field.
    pub async fn send_picture(&self, method: Method, path: &str, field: &str) -> Answer {
        let mut png = Cursor::new(Vec::new());
        RgbImage::new(4, 3).write_to(&mut png, ImageFormat::Png).expect("a picture");
        let head = format!(
            "--edge\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"a.png\"\r\ncontent-type: image/png\r\n\r\n"
        );
        let body = [head.as_bytes(), png.get_ref(), b"\r\n--edge--\r\n"].concat();
        let request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .bearer_auth(self.token.as_ref().expect("a token"));
        answer(request.header("content-type", "multipart/form-data; boundary=edge").body(body)).await
    }

    /// Publishes a public post; returns the status.
    pub async fn publish(&self, text: &str) -> Value {
        self.post("/api/v1/statuses", serde_json::json!({ "status": text, "visibility": "public" })).await.ok()
    }

    /// Asks until `found` finds something in the answer.
    pub async fn wait_for<T>(&self, path: &str, found: impl Fn(&Value) -> Option<T>) -> T {
        eventually(&format!("{path} for {}", self.handle), || async { found(&self.get(path).await.ok()) }).await
    }

    /// The entry of a list that `fits`, once it is there.
    pub async fn wait_for_entry(&self, path: &str, fits: impl Fn(&Value) -> bool) -> Value {
        self.wait_for(path, |list| list.as_array()?.iter().find(|entry| fits(entry)).cloned()).await
    }

    /// The id under which the account with this handle is known on this caller's server, looked up there if need be.
    pub async fn resolve(&self, handle: &str) -> String {
        let found = self.get(&format!("/api/v2/search?resolve=true&type=accounts&q={handle}")).await.ok();
        found["accounts"][0]["id"].as_str().unwrap_or_else(|| panic!("{handle} was not found: {found}")).to_owned()
    }

    /// Follows an account of any server and waits until it agreed; returns its id here.
    pub async fn follow(&self, handle: &str) -> String {
        let id = self.resolve(handle).await;
        self.post(&format!("/api/v1/accounts/{id}/follow"), serde_json::json!({})).await.ok();
        let path = format!("/api/v1/accounts/relationships?id[]={id}");
        self.wait_for_entry(&path, |relation| relation["following"] == true).await;
        id
    }
}

/// Sends a request and reads the answer.
pub async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.expect("the server answers");
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.expect("a whole answer");
    Answer { status, headers, json: serde_json::from_str(&text).unwrap_or(Value::Null) }
}

/// Asks again and again until there is something. The pause keeps a busy machine usable; nothing depends on its length.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, ask: impl Fn() -> F) -> T {
    let asking = async {
        loop {
            if let Some(found) = ask().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}
