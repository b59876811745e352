//! Posts and timelines as an app works with them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{TestServer, both};

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap_or_else(|| panic!("an id in {value}"))
}

both!(the_same_idempotency_key_makes_one_post, |database| async move {
    let server = TestServer::start(database).await;
    let kim = server.person("kim").await;
    let again = || {
        let request =
            server.stranger().post(server.url("/api/v1/statuses")).bearer_auth(kim.token.as_deref().expect("a token"));
        let request = request.header("idempotency-key", "one").header("content-type", "application/json");
        crate::harness::server::answer(request.body(json!({ "status": "once" }).to_string()))
    };
    let (first, second) = tokio::join!(again(), again());
    assert_eq!(id(&first.ok()), id(&second.ok()));
    let path = format!("/api/v1/accounts/{}/statuses", kim.account.id);
    assert_eq!(kim.get(&path).await.ok().as_array().expect("a list").len(), 1);
});

both!(pages_follow_their_links_to_the_end, |database| async move {
    let server = TestServer::start(database).await;
    let kim = server.person("kim").await;
    for number in 0..7 {
        kim.publish(&format!("post {number}")).await;
    }
    let (mut seen, mut path) = (Vec::new(), "/api/v1/timelines/home?limit=3".to_owned());
    for _ in 0..5 {
        let page = kim.get(&path).await;
        let link = page.headers.get("link").map(|v| v.to_str().expect("text").to_owned());
        let rows = page.ok();
        let Some(link) = link else { break };
        seen.extend(
            rows.as_array().expect("a list").iter().map(|s| s["content"].as_str().expect("content").to_owned()),
        );
        let next = link.split(',').find(|part| part.contains("rel=\"next\"")).expect("a next link").trim().to_owned();
        let address = next.trim_start_matches('<').split('>').next().expect("an address").to_owned();
        path = address.strip_prefix(&server.base).expect("our own address").to_owned();
    }
    let expected: Vec<String> = (0..7).rev().map(|number| format!("<p>post {number}</p>")).collect();
    assert_eq!(seen, expected);
});

both!(what_is_not_for_somebody_looks_as_if_it_were_not_there, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    let hidden = kim.post("/api/v1/statuses", json!({ "status": "secret", "visibility": "private" })).await.ok();
    let paths = [
        format!("/api/v1/statuses/{}", id(&hidden)),
        format!("/api/v1/statuses/{}/context", id(&hidden)),
        format!("/api/v1/statuses/{}/source", id(&hidden)),
        format!("/api/v1/statuses/{}/history", id(&hidden)),
        format!("/api/v1/statuses/{}/favourited_by", id(&hidden)),
    ];
    for path in paths {
        let (theirs, missing) = (sam.get(&path).await, sam.get(&path.replace(id(&hidden), "1")).await);
        assert_eq!(theirs.json, missing.json, "{path}");
        theirs.error(404);
    }
    for act in ["favourite", "reblog", "bookmark"] {
        sam.post(&format!("/api/v1/statuses/{}/{act}", id(&hidden)), json!({})).await.error(404);
    }
    assert_eq!(sam.get(&format!("/api/v1/accounts/{}/statuses", kim.account.id)).await.ok(), json!([]));
});

both!(bad_input_is_refused_in_words, |database| async move {
    let server = TestServer::start(database).await;
    let kim = server.person("kim").await;
    let empty = kim.post("/api/v1/statuses", json!({ "status": "" })).await.error(422);
    assert!(!empty.is_empty());
    kim.post("/api/v1/statuses", json!({ "status": "x".repeat(3000) })).await.error(422);
    kim.post("/api/v1/statuses", json!({ "status": "x", "in_reply_to_id": "1" })).await.error(404);
    kim.post("/api/v1/statuses", json!({ "status": "x", "media_ids": ["1"] })).await.error(422);
    kim.get("/api/v1/timelines/home?limit=-1").await.error(400);
    kim.get("/api/v1/no/such/thing").await.error(404);
    kim.get("/api/v1/statuses/word").await.error(404);
    let mut nobody = kim.clone();
    nobody.token = Some("wrong".into());
    nobody.get("/api/v1/timelines/home").await.error(401);
    nobody.get("/api/v1/timelines/public").await.error(401);
});

both!(a_deleted_post_can_be_drafted_anew, |database| async move {
    let server = TestServer::start(database).await;
    let kim = server.person("kim").await;
    let posted = kim.publish("a tpyo").await;
    let path = format!("/api/v1/statuses/{}", id(&posted));
    let gone = kim.send(Method::DELETE, &path, None).await.ok();
    assert_eq!(gone["text"], "a tpyo");
    kim.get(&path).await.error(404);
    kim.send(Method::DELETE, &path, None).await.error(404);
    assert_eq!(kim.get("/api/v1/accounts/verify_credentials").await.ok()["statuses_count"], 0);
});

both!(edits_keep_their_history, |database| async move {
    let server = TestServer::start(database).await;
    let kim = server.person("kim").await;
    let posted = kim.publish("first").await;
    let path = format!("/api/v1/statuses/{}", id(&posted));
    let edited = kim.send(Method::PUT, &path, Some(json!({ "status": "second" }))).await.ok();
    assert!(edited["edited_at"].is_string());
    let history = kim.get(&format!("{path}/history")).await.ok();
    let contents: Vec<&str> =
        history.as_array().expect("a list").iter().map(|e| e["content"].as_str().expect("content")).collect();
    assert_eq!(contents, ["<p>first</p>", "<p>second</p>"]);
    assert_eq!(kim.get(&format!("{path}/source")).await.ok()["text"], "second");
});

both!(votes_are_counted_once_and_shown, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    let body = json!({ "status": "Which?", "poll": { "options": ["Rye", "Wheat"], "expires_in": 3600 } });
    let posted = kim.post("/api/v1/statuses", body).await.ok();
    let vote = format!("/api/v1/polls/{}/votes", id(&posted["poll"]));
    let voted = sam.post(&vote, json!({ "choices": ["1"] })).await.ok();
    assert_eq!((&voted["voted"], &voted["own_votes"]), (&json!(true), &json!([1])));
    sam.post(&vote, json!({ "choices": [0] })).await.error(422);
    kim.post(&vote, json!({ "choices": [0] })).await.error(422);
    let poll = kim.get(&format!("/api/v1/polls/{}", id(&posted["poll"]))).await.ok();
    assert_eq!(poll["options"][1]["votes_count"], 1);
    assert_eq!(poll["votes_count"], 1);
});

both!(notifications_are_grouped_in_the_second_version, |database| async move {
    let server = TestServer::start(database).await;
    let kim = server.person("kim").await;
    let posted = kim.publish("like me").await;
    for name in ["ann", "bob", "cid"] {
        let fan = server.person(name).await;
        fan.post(&format!("/api/v1/statuses/{}/favourite", id(&posted)), json!({})).await.ok();
    }
    assert_eq!(kim.get("/api/v1/notifications").await.ok().as_array().expect("a list").len(), 3);
    let grouped = kim.get("/api/v2/notifications").await.ok();
    let groups = grouped["notification_groups"].as_array().expect("groups");
    assert_eq!(groups.len(), 1, "{grouped}");
    assert_eq!((&groups[0]["type"], &groups[0]["notifications_count"]), (&json!("favourite"), &json!(3)));
    assert!(groups[0]["most_recent_notification_id"].is_string());
    assert_eq!(grouped["accounts"].as_array().expect("accounts").len(), 3);
    assert_eq!(grouped["statuses"].as_array().expect("statuses").len(), 1);
});

both!(a_picture_loses_its_metadata_and_keeps_its_description, |database| async move {
    let server = TestServer::start(database).await;
    let kim = server.person("kim").await;
    let mut png = Vec::new();
    let picture = image::RgbImage::from_fn(64, 32, |x, y| image::Rgb([x as u8 * 4, y as u8 * 8, 90]));
    picture.write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png).expect("a picture");
    let boundary = "frontier";
    let mut body = format!("--{boundary}\r\ncontent-disposition: form-data; name=\"description\"\r\n\r\nA loaf\r\n--{boundary}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"x.png\"\r\ncontent-type: image/png\r\n\r\n").into_bytes();
    body.extend_from_slice(&png);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    let request =
        server.stranger().post(server.url("/api/v2/media")).bearer_auth(kim.token.as_deref().expect("a token"));
    let request = request.header("content-type", format!("multipart/form-data; boundary={boundary}")).body(body);
    let media = crate::harness::server::answer(request).await.ok();
    assert_eq!((&media["type"], &media["description"]), (&json!("image"), &json!("A loaf")));
    assert!(media["blurhash"].is_string());
    let posted = kim.post("/api/v1/statuses", json!({ "status": "look", "media_ids": [id(&media)] })).await.ok();
    let url = posted["media_attachments"][0]["url"].as_str().expect("an address");
    let file = server.stranger().get(url).send().await.expect("the file");
    assert_eq!(file.headers()["content-type"], "image/png");
    assert_eq!(file.headers()["x-content-type-options"], "nosniff");
    let shown = image::load_from_memory(&file.bytes().await.expect("bytes")).expect("a picture");
    assert_eq!((shown.width(), shown.height()), (64, 32));
});
