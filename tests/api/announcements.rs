//! Announcements: what everybody is told, and what people make of it.

use rapport::domain::announcements::{self, NewAnnouncement};
use rapport::domain::teams::TeamRole;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::server::answer;
use crate::harness::{TestServer, both};

async fn announce(server: &TestServer, text: &str) -> String {
    let new = NewAnnouncement { text: text.into(), ..NewAnnouncement::default() };
    server.app.act(move |conn, cx| announcements::create(conn, cx, &new)).await.expect("announced").id.to_string()
}

both!(everybody_reads_reacts_and_puts_aside, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    let id = announce(&server, "We move on Friday, says @kim #news").await;
    answer(server.stranger().get(server.url("/api/v1/announcements"))).await.error(401);
    let shown = kim.get("/api/v1/announcements").await.ok();
    assert_eq!((&shown[0]["id"], &shown[0]["read"]), (&json!(id), &json!(false)));
    assert_eq!((&shown[0]["mentions"][0]["acct"], &shown[0]["tags"][0]["name"]), (&json!("kim"), &json!("news")));
    assert!(shown[0]["content"].as_str().expect("text").contains("u-url mention"));

    let reaction = |name: &str| format!("/api/v1/announcements/{id}/reactions/{name}");
    let party = reaction("%F0%9F%8E%89");
    for caller in [&kim, &sam] {
        assert_eq!(caller.send(Method::PUT, &party, None).await.ok(), json!({}));
    }
    let shown = kim.get("/api/v1/announcements").await.ok();
    assert_eq!(shown[0]["reactions"], json!([{"name": "🎉", "count": 2, "me": true}]));
    kim.send(Method::DELETE, &party, None).await.ok();
    assert_eq!(kim.get("/api/v1/announcements").await.ok()[0]["reactions"][0]["me"], false);
    kim.send(Method::PUT, &reaction("nonsense"), None).await.error(422);
    kim.send(Method::PUT, "/api/v1/announcements/1/reactions/%F0%9F%8E%89", None).await.error(404);

    assert_eq!(kim.post(&format!("/api/v1/announcements/{id}/dismiss"), json!({})).await.ok(), json!({}));
    let after = kim.get("/api/v1/announcements").await.ok();
    assert_eq!(after[0]["read"], true, "it stays, read");
    assert_eq!(sam.get("/api/v1/announcements").await.ok()[0]["read"], false);
    kim.post("/api/v1/announcements/1/dismiss", json!({})).await.error(404);
});

both!(scopes_and_roles_hold, |database| async move {
    let server = TestServer::start(database).await;
    let brand = server.brand("bakery").await;
    let analyst = server.member(&brand, "ana", TeamRole::Analyst).await;
    let id = announce(&server, "Hello").await;
    let user = server.user("kim").await;
    let account = user.account_id;
    let own =
        server.app.db.read(move |conn| rapport::domain::accounts::queries::get(conn, account)).await.expect("kim");
    let reader = server.caller(&user, own, "read").await;
    assert_eq!(reader.get("/api/v1/announcements").await.ok().as_array().map(Vec::len), Some(1));
    let reaction = format!("/api/v1/announcements/{id}/reactions/%F0%9F%8E%89");
    for caller in [&reader, &analyst] {
        caller.send(Method::PUT, &reaction, None).await.error(403);
        caller.post(&format!("/api/v1/announcements/{id}/dismiss"), json!({})).await.error(403);
    }
    brand.send(Method::PUT, &reaction, None).await.ok();
    assert_eq!(analyst.get("/api/v1/announcements").await.ok()[0]["reactions"][0]["me"], Value::Bool(true));
});
