//! Custom emoji: offered, written, and told to other servers.

use rapport::domain::custom_emojis::{self, NewEmoji};
use reqwest::header::ACCEPT;
use serde_json::{Value, json};

use crate::harness::server::answer;
use crate::harness::{TestServer, both};

async fn add(server: &TestServer, shortcode: &str) {
    let key = server.app.media.put("png", b"picture".to_vec()).await.expect("a file");
    let new = NewEmoji {
        shortcode: shortcode.into(),
        category: Some("Food".into()),
        file_key: key.clone(),
        still_key: key,
        is_listed: true,
    };
    server.app.act(move |conn, cx| custom_emojis::create(conn, cx, new)).await.expect("an emoji");
}

async fn document(server: &TestServer, uri: &str) -> Value {
    answer(server.stranger().get(uri).header(ACCEPT, "application/activity+json")).await.ok()
}

both!(an_emoji_is_shown_where_it_is_written_and_told_to_others, |database| async move {
    let server = TestServer::start(database).await;
    let brand = server.brand("bakery").await;
    assert_eq!(brand.get("/api/v1/custom_emojis").await.ok(), json!([]));
    add(&server, "bread").await;
    let offered = answer(server.stranger().get(server.url("/api/v1/custom_emojis"))).await.ok();
    assert_eq!(
        (&offered[0]["shortcode"], &offered[0]["category"], &offered[0]["visible_in_picker"]),
        (&json!("bread"), &json!("Food"), &json!(true))
    );
    let url = offered[0]["url"].as_str().expect("an address").to_owned();
    assert!(url.starts_with(&server.base));

    let form = json!({
        "status": "fresh :bread: and :none: at 10:30:00",
        "poll": { "options": ["more :bread:", "no"], "expires_in": 3600 },
    });
    let posted = brand.post("/api/v1/statuses", form).await.ok();
    let names =
        |list: &Value| list.as_array().expect("a list").iter().map(|e| e["shortcode"].clone()).collect::<Vec<_>>();
    assert_eq!(
        (names(&posted["emojis"]), names(&posted["poll"]["emojis"])),
        (vec![json!("bread")], vec![json!("bread")])
    );
    let note = document(&server, posted["uri"].as_str().expect("a uri")).await;
    let tag = note["tag"].as_array().expect("tags").iter().find(|tag| tag["type"] == "Emoji").expect("an emoji");
    assert_eq!((&tag["name"], &tag["icon"]["url"]), (&json!(":bread:"), &json!(url)));

    let path = format!("/api/v1/statuses/{}", posted["id"].as_str().expect("an id"));
    let edited = brand.send(reqwest::Method::PUT, &path, Some(json!({ "status": "stale" }))).await.ok();
    assert_eq!(edited["emojis"], json!([]));

    let form = json!({ "display_name": "Bakery :bread:" });
    let me = brand.send(reqwest::Method::PATCH, "/api/v1/accounts/update_credentials", Some(form)).await.ok();
    assert_eq!(names(&me["emojis"]), [json!("bread")]);
    let actor = document(&server, &brand.account.uri).await;
    assert_eq!(actor["tag"][0]["name"], ":bread:");
    let removed = server.app.db.write(|conn| custom_emojis::delete(conn, "bread")).await.expect("removed");
    assert!(removed);
    let me = brand.get("/api/v1/accounts/verify_credentials").await.ok();
    assert_eq!(me["emojis"][0]["url"], json!(url), "who used it keeps it");
});
