//! `rapport demo`: a brand's and a customer's server on this machine, and a conversation between them over real HTTP.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::output::Output;
use super::serve::{Running, stop_signal};
use crate::app::App;
use crate::config::{self, Config};
use crate::crypto::{passwords, tokens};
use crate::domain::accounts::actions::GeneratedKeys;
use crate::domain::oauth::{self, NewApp, Scopes};
use crate::domain::setup::{self, Answers};
use crate::domain::users::{NewUser, ServerRole};
use crate::error::{Error, Result};
use crate::net::client::Fetch;
use crate::net::{HeaderMap, HeaderValue, RemoteUrl, header};
use crate::time::Clock;

/// How long one step may take before the story counts as failed.
const PATIENCE: Duration = Duration::from_secs(20);

pub(super) async fn run(once: bool, out: &Output) -> Result<ExitCode> {
    let folder = std::env::temp_dir().join(format!("rapport-demo-{}", tokens::random_token(6)?));
    let outcome = play(once, &folder, out).await;
    if let Err(why) = std::fs::remove_dir_all(&folder) {
        tracing::warn!(folder = %folder.display(), %why, "the demo's folder was not removed");
    }
    match outcome {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) => {
            out.say(&format!("The story stopped: {error}"), &json!({ "failed": error.to_string() }));
            Ok(ExitCode::FAILURE)
        }
    }
}

async fn play(once: bool, folder: &std::path::Path, out: &Output) -> Result<()> {
    out.say(
        "Starting a brand's server and a customer's server; their keys take a moment.",
        &json!({ "step": "start" }),
    );
    let brand = Server::start(folder.join("brand"), "ann", "harbour_bakery", "Harbour Bakery", true).await?;
    let customer = Server::start(folder.join("customer"), "kim", "kims_garden", "Kim's Garden", false).await?;
    let told = tell(&brand, &customer, out).await;
    if told.is_ok() && !once {
        let sentence = format!(
            "\nBoth servers stay up until you press Ctrl-C.\n  The brand's:    {}  (sign in as {} with the password {})\n  The customer's: {}  (sign in as {} with the password {})",
            brand.base, brand.owner, brand.password, customer.base, customer.owner, customer.password
        );
        out.say(&sentence, &json!({ "step": "up", "brand": brand.base, "customer": customer.base }));
        stop_signal().await;
    }
    let (one, other) = (brand.running.stop().await, customer.running.stop().await);
    told.and(one).and(other)
}

/// One of the two servers, and somebody's hands on it.
struct Server {
    app: App,
    running: Running,
    base: String,
    handle: String,
    owner: &'static str,
    password: String,
    token: String,
}

impl Server {
    /// Starts a server with its own database, an owner and a brand; the token acts as the brand, or as the owner.
    async fn start(
        folder: PathBuf,
        owner: &'static str,
        brand: &str,
        brand_name: &str,
        acts_as_brand: bool,
    ) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(Error::internal)?;
        listener.set_nonblocking(true).map_err(Error::internal)?;
        let port = listener.local_addr().map_err(Error::internal)?.port();
        let app = App::start(configure(&folder, port)?, Clock::system()).await?;
        let password = tokens::random_token(12)?;
        let (hashed, keys) = {
            let password = password.clone();
            let work = move || {
                Ok::<_, Error>((
                    passwords::hash(&password)?,
                    [GeneratedKeys::generate()?, GeneratedKeys::generate()?, GeneratedKeys::generate()?],
                ))
            };
            tokio::task::spawn_blocking(work).await.map_err(Error::internal)??
        };
        let answers = Answers {
            owner: NewUser {
                username: owner.into(),
                email: format!("{owner}@example.org"),
                password_hash: hashed,
                role: ServerRole::Owner,
                locale: None,
            },
            brand: (brand.into(), brand_name.into()),
        };
        let (account, token) = app
            .act(move |conn, cx| {
                let [owner_keys, brand_keys, server_keys] = &keys;
                let done = setup::complete(conn, cx, answers, owner_keys, brand_keys, server_keys)?;
                let own = crate::domain::accounts::queries::get(conn, done.user.account_id)?;
                let account = if acts_as_brand { done.brand } else { own };
                let scopes = Scopes::parse("read write follow push")?;
                let new = NewApp {
                    name: "Demo".into(),
                    website: None,
                    redirect_uris: vec![oauth::OUT_OF_BAND.into()],
                    scopes: scopes.clone(),
                };
                let (client, _) = oauth::register(conn, cx, new)?;
                let token = oauth::issue_token(conn, cx, client.id, Some((done.user.id, account.id)), scopes)?;
                Ok((account, token.text))
            })
            .await?;
        let (base, handle) = (app.urls()?.base().to_owned(), format!("@{}@{}", account.username, app.urls()?.domain()));
        let running = Running::start(app.clone(), listener, true)?;
        Ok(Self { app, running, base, handle, owner, password, token })
    }

    /// Calls this server's client API over HTTP, as an app would. A body means POST.
    async fn call(&self, path: &str, body: Option<Value>) -> Result<Value> {
        let bad = |why: &dyn std::fmt::Display| Error::Upstream(format!("{path}: {why}"));
        let url = RemoteUrl::parse(&format!("{}{path}", self.base), self.app.http.policy()).map_err(|why| bad(&why))?;
        let mut headers = HeaderMap::new();
        headers.insert(
            header::AUTHORIZATION,
            HeaderValue::from_str(&format!("Bearer {}", self.token)).map_err(|why| bad(&why))?,
        );
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let answer = match body {
            Some(body) => self.app.http.post(&url, headers, Bytes::from(body.to_string()), PATIENCE).await,
            None => {
                self.app.http.get(&url, &|_| headers.clone(), Fetch { max_bytes: 1024 * 1024, timeout: PATIENCE }).await
            }
        };
        let answer = answer.map_err(|why| bad(&why))?;
        if !answer.is_success() {
            return Err(bad(&format!("answered {}: {}", answer.status, String::from_utf8_lossy(&answer.body))));
        }
        serde_json::from_slice(&answer.body).map_err(|why| bad(&why))
    }

    /// Asks again and again until `found` finds something in the answer.
    async fn wait_for(&self, what: &str, path: &str, found: impl Fn(&Value) -> Option<Value>) -> Result<Value> {
        let looking = async {
            loop {
                if let Some(value) = found(&self.call(path, None).await?) {
                    return Ok(value);
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(PATIENCE, looking).await.unwrap_or_else(|_| {
            Err(Error::Upstream(format!("{what} did not happen within {} seconds", PATIENCE.as_secs())))
        })
    }
}

/// Loopback over plain HTTP, rates as in production.
fn configure(folder: &std::path::Path, port: u16) -> Result<Config> {
    let settings = [
        ("RAPPORT_SERVER__DOMAIN", format!("localhost:{port}")),
        ("RAPPORT_SERVER__PUBLIC_URL", format!("http://localhost:{port}")),
        ("RAPPORT_SERVER__DATA_DIR", folder.display().to_string()),
        ("RAPPORT_FEDERATION__ALLOW_HTTP", "true".to_owned()),
        ("RAPPORT_FEDERATION__ALLOW_ADDRESSES", "127.0.0.0/8,::1/128".to_owned()),
    ];
    config::load(None, settings.into_iter().map(|(name, value)| (name.to_owned(), value))).map_err(Error::internal)
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The first entry of a list that fits.
fn first(list: &Value, fits: impl Fn(&Value) -> bool) -> Option<Value> {
    list.as_array()?.iter().find(|entry| fits(entry)).cloned()
}

async fn tell(brand: &Server, customer: &Server, out: &Output) -> Result<()> {
    let step = |number: u8, sentence: String, link: &str| {
        out.say(
            &format!("{number:>2}. {sentence}\n    {link}"),
            &json!({ "step": number, "says": sentence, "link": link }),
        )
    };

    let found = customer.call(&format!("/api/v2/search?resolve=true&q={}", brand.handle), None).await?;
    let account = text(&found, "/accounts/0/id").to_owned();
    if account.is_empty() {
        return Err(Error::Upstream(format!("{} was not found from the customer's server", brand.handle)));
    }
    step(
        1,
        format!("The customer {} finds the brand by its handle, {}.", customer.handle, brand.handle),
        text(&found, "/accounts/0/url"),
    );

    customer.call(&format!("/api/v1/accounts/{account}/follow"), Some(json!({}))).await?;
    let relation = format!("/api/v1/accounts/relationships?id={account}");
    customer.wait_for("the follow", &relation, |list| first(list, |r| r["following"] == true)).await?;
    step(2, "The customer follows; the brand's server accepts.".into(), &format!("{}/@kim", customer.base));

    let posted = brand.call("/api/v1/statuses", Some(json!({ "status": "Our rye loaf is back. What should we bake next week? #bakery", "visibility": "public" }))).await?;
    let post_uri = text(&posted, "/uri").to_owned();
    step(3, "The brand asks a question.".into(), text(&posted, "/url"));

    let arrived = customer
        .wait_for("the post's arrival", "/api/v1/timelines/home", |list| first(list, |s| text(s, "/uri") == post_uri))
        .await?;
    let arrived_id = text(&arrived, "/id").to_owned();
    step(4, "It arrives in the customer's home timeline.".into(), text(&arrived, "/url"));

    let reply = customer.call("/api/v1/statuses", Some(json!({ "status": format!("{} Cardamom buns, please!", brand.handle), "in_reply_to_id": arrived_id, "visibility": "public" }))).await?;
    customer.call(&format!("/api/v1/statuses/{arrived_id}/favourite"), Some(json!({}))).await?;
    customer.call(&format!("/api/v1/statuses/{arrived_id}/reblog"), Some(json!({}))).await?;
    step(5, "The customer replies, favourites and boosts.".into(), text(&reply, "/url"));

    for kind in ["follow", "favourite", "reblog"] {
        brand
            .wait_for(&format!("the brand's {kind} notification"), "/api/v1/notifications", |list| {
                first(list, |n| text(n, "/type") == kind)
            })
            .await?;
    }
    let mention = brand
        .wait_for("the reply's arrival", "/api/v1/notifications", |list| first(list, |n| text(n, "/type") == "mention"))
        .await?;
    let question = text(&mention, "/status/id").to_owned();
    step(6, "The brand sees the follower, the reply, the favourite and the boost.".into(), text(&posted, "/url"));

    let answer = brand.call("/api/v1/statuses", Some(json!({ "status": format!("{} Good idea: from Tuesday on. Thank you!", customer.handle), "in_reply_to_id": question, "visibility": "public" }))).await?;
    let answer_uri = text(&answer, "/uri").to_owned();
    step(7, "The brand answers.".into(), text(&answer, "/url"));

    customer
        .wait_for("the answer's arrival", "/api/v1/notifications", |list| {
            first(list, |n| text(n, "/status/uri") == answer_uri)
        })
        .await?;
    step(8, "The customer gets the answer.".into(), &format!("{}/api/v1/notifications", customer.base));
    Ok(())
}
