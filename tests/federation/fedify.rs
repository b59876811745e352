//! A peer that others wrote: Fedify on Node, over HTTPS under a private authority, with its own check of every signature
//! switched on. What a brand and somebody there do reaches the other side, both ways.

use std::cell::RefCell;
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::rc::Rc;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader, Lines};
use tokio::process::{Child, ChildStdin, Command};
use tokio::task::spawn_local;
use url::Url;

use crate::harness::parts::{say, skip};
use crate::harness::server::{answer, browserless, eventually};
use crate::harness::tls::{Authority, Front};
use crate::harness::{Caller, Part, TestDatabase, TestServer, both, require};

/// Where the peer's program and its packages are.
const PROGRAM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/fedify");

/// A brand here and somebody there. The peer goes first, so that nothing is sent to a server that stopped.
struct World {
    peer: Peer,
    brand: Caller,
    _server: TestServer,
    _front: Front,
}

/// `None`, after saying so, where there is no Node or no Fedify.
async fn world(database: TestDatabase) -> Option<World> {
    let node = require(Part::Node)?;
    if !Path::new(PROGRAM).join("node_modules").is_dir() {
        skip(Part::Node, "run npm ci in tests/peers/fedify");
        return None;
    }
    let authority = Authority::new();
    let folder = database.folder().join("tls");
    std::fs::create_dir(&folder).expect("the test's folder can be written to");
    let trusted = folder.join("authority.pem");
    authority.write(&trusted);

    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.set_nonblocking(true).expect("a socket that does not block");
    let target = listener.local_addr().expect("an address");
    let front = Front::start(&authority.vouch_for("localhost"), target).await;
    let domain = format!("localhost:{}", front.port());
    let settings = [("RAPPORT_FEDERATION__EXTRA_CA_FILE", trusted.to_str().expect("a plain name"))];
    let server = TestServer::start_behind(database, listener, &domain, &format!("https://{domain}"), &settings).await;
    let brand = server.brand("bakery").await;
    let peer = Peer::start(&node, &authority, &folder).await;
    Some(World { peer, brand, _server: server, _front: front })
}

/// The peer's process; killed with this.
struct Peer {
    /// `@name@domain` of the one account there.
    handle: String,
    control: String,
    http: reqwest::Client,
    printed: Rc<RefCell<String>>,
    _process: Child,
    _stdin: ChildStdin,
}

impl Peer {
    async fn start(node: &Path, authority: &Authority, folder: &Path) -> Self {
        let (certificate, key) = (folder.join("peer.pem"), folder.join("peer.key"));
        authority.vouch_for("localhost").write(&certificate, &key);
        let mut command = Command::new(node);
        command.arg("peer.mjs").current_dir(PROGRAM).kill_on_drop(true);
        command.env("NODE_EXTRA_CA_CERTS", folder.join("authority.pem")).env("NODE_NO_WARNINGS", "1");
        command.env("PEER_CERT", certificate).env("PEER_KEY", key);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("Node starts");

        let printed = Rc::new(RefCell::new(String::new()));
        let stderr = process.stderr.take().expect("its standard error");
        spawn_local(keep(BufReader::new(stderr).lines(), printed.clone()));
        let mut lines = BufReader::new(process.stdout.take().expect("its standard output")).lines();
        let first = lines.next_line().await.expect("its standard output can be read");
        let Some(ready) = first.and_then(|line| serde_json::from_str::<Value>(&line).ok()) else {
            // Its reason is waited for, and it may go on after having said something else.
            drop(process.kill().await);
            eventually("its last words", || async { (!printed.borrow().is_empty()).then_some(()) }).await;
            panic!("the peer did not start: {}", printed.borrow());
        };
        spawn_local(keep(lines, printed.clone()));
        let text = |name: &str| ready[name].as_str().expect("a text").to_owned();
        Self {
            handle: text("handle"),
            control: text("control"),
            http: browserless(),
            printed,
            _stdin: process.stdin.take().expect("its standard input"),
            _process: process,
        }
    }

    /// Has it do something; see `peer.mjs` for what it can.
    async fn ask(&self, act: &str, with: &[(&str, &str)]) -> Value {
        let url = Url::parse_with_params(&format!("{}/{act}", self.control), with).expect("an address");
        answer(self.http.get(url)).await.ok()
    }

    /// Waits until it has received an activity of this type about `object` whose signature it found good.
    async fn hears(&self, kind: &str, object: &Value) -> Value {
        self.hears_that(kind, |entry| entry["objectId"] == *object).await
    }

    async fn hears_that(&self, kind: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let fits = |entry: &&Value| entry["type"] == kind && fits(entry);
        eventually(&format!("{kind} to reach the peer"), || async {
            self.ask("log", &[]).await.as_array().expect("a list").iter().find(fits).cloned()
        })
        .await
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            say(&format!("The peer printed:\n{}", self.printed.borrow()));
        }
    }
}

async fn keep(mut lines: Lines<BufReader<impl AsyncRead + Unpin>>, printed: Rc<RefCell<String>>) {
    while let Ok(Some(line)) = lines.next_line().await {
        let mut printed = printed.borrow_mut();
        printed.push_str(&line);
        printed.push('\n');
    }
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}"))
}

/// Whether an activity takes back one of this type.
fn takes_back(kind: &str) -> impl Fn(&Value) -> bool {
    move |entry| entry["object"]["type"] == kind
}

const HOME: &str = "/api/v1/timelines/home";
const NOTIFICATIONS: &str = "/api/v1/notifications";
const SELF: &str = "/api/v1/accounts/verify_credentials";

both!(a_fedify_user_finds_and_follows_us_and_hears_what_we_do, |database| async move {
    let Some(world) = world(database).await else { return };
    let World { peer, brand, .. } = &world;
    let found = peer.ask("lookup", &[("handle", &brand.handle)]).await;
    assert_eq!((text(&found, "id"), text(&found, "type")), (brand.account.uri.as_str(), "Organization"));

    let follow = peer.ask("follow", &[("handle", &brand.handle)]).await;
    let seen = brand.wait_for_entry(NOTIFICATIONS, |n| n["type"] == "follow").await;
    assert_eq!(format!("@{}", text(&seen["account"], "acct")), peer.handle);
    let accept = peer.hears("Accept", &follow["id"]).await;
    assert_eq!(accept["actor"], brand.account.uri);

    let posted = brand.publish("Fresh rye from seven").await;
    let create = peer.hears("Create", &posted["uri"]).await;
    assert_eq!(create["actor"], brand.account.uri);
    assert!(create["object"].to_string().contains("Fresh rye from seven"), "{create}");

    let post = format!("/api/v1/statuses/{}", text(&posted, "id"));
    brand.send(Method::PUT, &post, Some(json!({ "status": "Fresh rye from eight" }))).await.ok();
    let update = peer.hears("Update", &posted["uri"]).await;
    assert!(update["object"].to_string().contains("Fresh rye from eight"), "{update}");
    brand.send(Method::DELETE, &post, None).await.ok();
    peer.hears("Delete", &posted["uri"]).await;

    assert_eq!(brand.get(SELF).await.ok()["followers_count"], 1);
    peer.ask("unfollow", &[("handle", &brand.handle)]).await;
    brand.wait_for(SELF, |me| (me["followers_count"] == 0).then_some(())).await;
});

both!(what_a_fedify_user_says_likes_and_shares_is_noticed_here, |database| async move {
    let Some(world) = world(database).await else { return };
    let World { peer, brand, .. } = &world;
    let posted = brand.publish("What shall we bake?").await;
    let (post, uri) = (format!("/api/v1/statuses/{}", text(&posted, "id")), text(&posted, "uri"));

    let reply = peer.ask("reply", &[("to", uri), ("text", "Buns, please")]).await;
    peer.ask("like", &[("uri", uri)]).await;
    peer.ask("announce", &[("uri", uri)]).await;
    for kind in ["mention", "favourite", "reblog"] {
        let seen = brand.wait_for_entry(NOTIFICATIONS, |n| n["type"] == kind).await;
        assert_eq!(format!("@{}", text(&seen["account"], "acct")), peer.handle, "{kind}");
    }
    let count = |name: &'static str, wanted: i64| move |s: &Value| (s[name] == wanted).then_some(());
    brand.wait_for(&post, count("replies_count", 1)).await;
    brand.wait_for(&post, count("favourites_count", 1)).await;
    brand.wait_for(&post, count("reblogs_count", 1)).await;

    let context = brand.get(&format!("{post}/context")).await.ok();
    let copy = &context["descendants"][0];
    assert_eq!((&copy["uri"], &copy["in_reply_to_id"]), (&reply["id"], &posted["id"]));
    assert!(text(copy, "content").contains("Buns, please"), "{copy}");
    let copy = format!("/api/v1/statuses/{}", text(copy, "id"));
    peer.ask("edit", &[("uri", text(&reply, "id")), ("text", "Rolls, please")]).await;
    brand.wait_for(&copy, |s| text(s, "content").contains("Rolls, please").then_some(())).await;

    peer.ask("unlike", &[("uri", uri)]).await;
    brand.wait_for(&post, count("favourites_count", 0)).await;
    peer.ask("unannounce", &[("uri", uri)]).await;
    brand.wait_for(&post, count("reblogs_count", 0)).await;
    peer.ask("delete", &[("uri", text(&reply, "id"))]).await;
    eventually("the reply to go", || async { (brand.get(&copy).await.status == 404).then_some(()) }).await;
    brand.wait_for(&post, count("replies_count", 0)).await;
});

both!(we_follow_a_fedify_user_and_they_hear_what_we_do, |database| async move {
    let Some(world) = world(database).await else { return };
    let World { peer, brand, .. } = &world;
    let there = brand.follow(&peer.handle).await;
    peer.hears_that("Follow", |entry| entry["actor"] == brand.account.uri).await;
    let posted = peer.ask("post", &[("text", "Which bread keeps longest?")]).await;
    let arrived = brand.wait_for_entry(HOME, |s| s["uri"] == posted["id"]).await;
    assert_eq!(format!("@{}", text(&arrived["account"], "acct")), peer.handle);
    assert!(text(&arrived, "content").contains("Which bread keeps longest?"), "{arrived}");

    let act = |verb: &str| format!("/api/v1/statuses/{}/{verb}", text(&arrived, "id"));
    brand.post(&act("favourite"), json!({})).await.ok();
    peer.hears("Like", &posted["id"]).await;
    brand.post(&act("reblog"), json!({})).await.ok();
    peer.hears("Announce", &posted["id"]).await;
    let answer = json!({ "status": format!("{} Rye does", peer.handle), "in_reply_to_id": arrived["id"] });
    let reply = brand.post("/api/v1/statuses", answer).await.ok();
    let create = peer.hears("Create", &reply["uri"]).await;
    let answers = create["object"].get("inReplyTo").expect("what it answers");
    assert!(*answers == posted["id"] || answers["id"] == posted["id"], "{create}");

    brand.post(&act("unfavourite"), json!({})).await.ok();
    peer.hears_that("Undo", takes_back("Like")).await;
    brand.post(&act("unreblog"), json!({})).await.ok();
    peer.hears_that("Undo", takes_back("Announce")).await;
    let path = format!("/api/v1/statuses/{}", text(&reply, "id"));
    let edit = json!({ "status": format!("{} Rye does, sliced late", peer.handle) });
    brand.send(Method::PUT, &path, Some(edit)).await.ok();
    peer.hears("Update", &reply["uri"]).await;
    brand.send(Method::DELETE, &path, None).await.ok();
    peer.hears("Delete", &reply["uri"]).await;

    brand.post(&format!("/api/v1/accounts/{there}/unfollow"), json!({})).await.ok();
    peer.hears_that("Undo", takes_back("Follow")).await;
});
