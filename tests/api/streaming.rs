//! Streams: what arrives, and how they end.

use futures_util::{SinkExt, StreamExt};
use rapport::domain::announcements::{self, NewAnnouncement};
use rapport::domain::teams::{self, TeamRole};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::harness::{Caller, TestServer, both};

/// An open socket of somebody's app.
struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn open(server: &TestServer, caller: &Caller, stream: &str) -> Self {
        let token = caller.token.as_deref().expect("a token");
        let address = format!("ws://{}/api/v1/streaming?access_token={token}&stream={stream}", server.domain);
        Self(connect_async(address).await.expect("a socket").0)
    }

    /// The next event and its payload; `None` when the stream ends.
    async fn next(&mut self) -> Option<(String, Value)> {
        let waiting = async {
            loop {
                match self.0.next().await {
                    None | Some(Err(_) | Ok(Message::Close(_))) => return None,
                    Some(Ok(Message::Text(text))) => {
                        let frame: Value = serde_json::from_str(&text).expect("a frame is JSON");
                        let payload = frame["payload"].as_str().expect("a payload is text");
                        let payload = serde_json::from_str(payload).unwrap_or_else(|_| json!(payload));
                        return Some((frame["event"].as_str().expect("an event").to_owned(), payload));
                    }
                    Some(Ok(_)) => {}
                }
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), waiting).await.expect("something within 20 s")
    }

    /// The payload of the next event of that name.
    async fn wait_for(&mut self, wanted: &str) -> Value {
        loop {
            let (event, payload) = self.next().await.expect("the stream is open");
            if event == wanted {
                return payload;
            }
        }
    }
}

both!(posts_notifications_and_deletions_arrive, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    sam.follow(&kim.handle).await;
    let mut socket = Socket::open(&server, &sam, "user").await;
    let posted = kim.publish("hello @sam").await;
    assert_eq!(socket.wait_for("update").await["id"], posted["id"]);
    let path = format!("/api/v1/statuses/{}", posted["id"].as_str().expect("an id"));
    kim.send(reqwest::Method::DELETE, &path, None).await.ok();
    assert_eq!(socket.wait_for("delete").await.to_string().trim_matches('"'), posted["id"].as_str().expect("an id"));

    let mut direct = Socket::open(&server, &sam, "user:notification").await;
    kim.publish("again @sam").await;
    assert_eq!(direct.wait_for("notification").await["type"], "mention");
});

both!(accepting_a_sender_is_told, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    let policy = json!({ "for_not_following": "filter" });
    sam.send(reqwest::Method::PATCH, "/api/v2/notifications/policy", Some(policy)).await.ok();
    let mut socket = Socket::open(&server, &sam, "user:notification").await;
    kim.publish("hello @sam").await;
    let requests = sam.get("/api/v1/notifications/requests").await.ok();
    let id = requests[0]["id"].as_str().expect("a request");
    sam.post(&format!("/api/v1/notifications/requests/{id}/accept"), json!({})).await.ok();
    let (event, _) = socket.next().await.expect("the stream is open");
    assert_eq!(event, "notifications_merged", "what was kept aside was told to nobody before");
});

both!(announcements_reach_everybody, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    let mut socket = Socket::open(&server, &sam, "user").await;
    let new = NewAnnouncement { text: "Hello all".into(), ..NewAnnouncement::default() };
    let made = server.app.act(move |conn, cx| announcements::create(conn, cx, &new)).await.expect("announced");
    let told = socket.wait_for("announcement").await;
    assert_eq!((&told["id"], &told["content"]), (&json!(made.id), &json!("<p>Hello all</p>")));
    let path = format!("/api/v1/announcements/{}/reactions/%F0%9F%8E%89", made.id);
    kim.send(reqwest::Method::PUT, &path, None).await.ok();
    let reaction = socket.wait_for("announcement.reaction").await;
    assert_eq!(reaction, json!({ "name": "🎉", "count": 1, "announcement_id": made.id }));
    let id = made.id;
    server.app.act(move |conn, cx| announcements::delete(conn, cx, id)).await.expect("taken back");
    assert_eq!(socket.wait_for("announcement.delete").await.to_string().trim_matches('"'), made.id.to_string());
});

both!(private_posts_never_reach_public_streams, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    let mut socket = Socket::open(&server, &sam, "public").await;
    kim.post("/api/v1/statuses", json!({ "status": "secret", "visibility": "private" })).await.ok();
    kim.post("/api/v1/statuses", json!({ "status": "quiet", "visibility": "unlisted" })).await.ok();
    let open = kim.publish("open").await;
    assert_eq!(socket.wait_for("update").await["id"], open["id"], "the first that arrives is the public one");
});

both!(one_socket_subscribes_and_unsubscribes, |database| async move {
    let server = TestServer::start(database).await;
    let kim = server.person("kim").await;
    let token = kim.token.as_deref().expect("a token");
    let address = format!("ws://{}/api/v1/streaming?access_token={token}", server.domain);
    let mut socket = Socket(connect_async(address).await.expect("a socket").0);
    let say = |value: Value| Message::text(value.to_string());
    socket.0.send(say(json!({ "type": "subscribe", "stream": "hashtag", "tag": "rye" }))).await.expect("sent");
    // The server may still be reading the subscription when the first post goes out.
    let arrived = loop {
        kim.publish("#rye").await;
        let half = std::time::Duration::from_millis(500);
        if let Ok(status) = tokio::time::timeout(half, socket.wait_for("update")).await {
            break status;
        }
    };
    assert_eq!(arrived["tags"][0]["name"], "rye");
    socket.0.send(say(json!({ "type": "unsubscribe", "stream": "hashtag", "tag": "rye" }))).await.expect("sent");
    socket.0.send(say(json!({ "type": "subscribe", "stream": "user" }))).await.expect("sent");
    kim.publish("#rye after").await;
    let text = loop {
        kim.publish("plain").await;
        let half = std::time::Duration::from_millis(500);
        if let Ok(status) = tokio::time::timeout(half, socket.wait_for("update")).await
            && status["content"].as_str().is_some_and(|text| text.contains("plain"))
        {
            break status;
        }
    };
    assert_eq!(text["tags"], json!([]));
});

both!(a_socket_without_a_valid_token_is_refused_before_it_opens, |database| async move {
    let server = TestServer::start(database).await;
    let address = format!("ws://{}/api/v1/streaming?access_token=wrong&stream=user", server.domain);
    let refused = connect_async(address).await.expect_err("no socket");
    assert!(refused.to_string().contains("401"), "{refused}");
});

both!(leaving_the_team_ends_the_stream, |database| async move {
    let server = TestServer::start(database).await;
    let brand = server.brand("bakery").await;
    let manager = server.member(&brand, "mia", TeamRole::Manager).await;
    let mut socket = Socket::open(&server, &manager, "user").await;
    let brand_id = brand.account.id;
    let started = std::time::Instant::now();
    let left = server.app.act(move |conn, cx| {
        let mia = rapport::domain::users::find_by_login(conn, "mia")?.expect("mia");
        teams::remove_member(conn, cx, brand_id, mia.id)
    });
    left.await.expect("mia leaves");
    while socket.next().await.is_some() {}
    assert!(started.elapsed() < std::time::Duration::from_secs(5), "ended after {:?}", started.elapsed());
});
