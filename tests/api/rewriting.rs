//! Writing again: deleting to draft anew, editing files and polls, and whom a post may reach.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Caller, TestServer, both};

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap_or_else(|| panic!("an id in {value}"))
}

/// Uploads a small picture.
async fn upload(server: &TestServer, who: &Caller) -> Value {
    let mut png = Vec::new();
    let picture = image::RgbImage::from_fn(8, 8, |x, y| image::Rgb([x as u8, y as u8, 90]));
    picture.write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png).expect("a picture");
    let boundary = "frontier";
    let mut body = format!("--{boundary}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"x.png\"\r\ncontent-type: image/png\r\n\r\n").into_bytes();
    body.extend_from_slice(&png);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    let request =
        server.stranger().post(server.url("/api/v2/media")).bearer_auth(who.token.as_deref().expect("a token"));
    let request = request.header("content-type", format!("multipart/form-data; boundary={boundary}")).body(body);
    crate::harness::server::answer(request).await.ok()
}

both!(the_files_of_a_deleted_post_can_be_attached_again_or_go_with_it, |database| async move {
    let server = TestServer::start(database).await;
    let kim = server.person("kim").await;
    let media = upload(&server, &kim).await;
    let body = json!({ "status": "look", "media_ids": [id(&media)], "spoiler_text": "bright" });
    let posted = kim.post("/api/v1/statuses", body).await.ok();
    let gone = kim.send(Method::DELETE, &format!("/api/v1/statuses/{}", id(&posted)), None).await.ok();
    assert_eq!((&gone["text"], &gone["spoiler_text"], gone.get("content")), (&json!("look"), &json!("bright"), None));
    assert_eq!(id(&gone["media_attachments"][0]), id(&media));

    let again = json!({ "status": "look!", "media_ids": [id(&gone["media_attachments"][0])] });
    let posted = kim.post("/api/v1/statuses", again.clone()).await.ok();
    let path = format!("/api/v1/statuses/{}?delete_media=true", id(&posted));
    kim.send(Method::DELETE, &path, None).await.ok();
    kim.post("/api/v1/statuses", again).await.error(422);
    let file = server.stranger().get(media["url"].as_str().expect("an address")).send().await.expect("an answer");
    assert_eq!(file.status(), 404);
});

both!(a_deleted_poll_and_quote_come_back_for_the_draft, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    let poll = json!({ "options": ["Rye", "Wheat"], "expires_in": 3600, "multiple": true });
    let posted = kim.post("/api/v1/statuses", json!({ "status": "Which?", "poll": poll })).await.ok();
    let gone = kim.send(Method::DELETE, &format!("/api/v1/statuses/{}", id(&posted)), None).await.ok();
    assert_eq!((&gone["poll"]["options"][1]["title"], &gone["poll"]["multiple"]), (&json!("Wheat"), &json!(true)));

    let post = sam.publish("worth quoting").await;
    let quoting = kim.post("/api/v1/statuses", json!({ "status": "so", "quoted_status_id": id(&post) })).await.ok();
    let revoke = format!("/api/v1/statuses/{}/quotes/{}/revoke", id(&post), id(&quoting));
    sam.post(&revoke, json!({})).await.ok();
    let gone = kim.send(Method::DELETE, &format!("/api/v1/statuses/{}", id(&quoting)), None).await.ok();
    assert_eq!((&gone["text"], id(&gone["quote"]["quoted_status"])), (&json!("so"), id(&post)));
});

both!(an_edit_describes_adds_and_removes_files, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    let (first, second) = (upload(&server, &kim).await, upload(&server, &kim).await);
    let foreign = upload(&server, &sam).await;
    let posted = kim.post("/api/v1/statuses", json!({ "status": "look", "media_ids": [id(&first)] })).await.ok();
    let path = format!("/api/v1/statuses/{}", id(&posted));
    let change = json!({ "status": "look", "media_ids": [id(&second), id(&first)],
        "media_attributes": [{ "id": id(&first), "description": "a loaf" }, { "id": id(&second), "description": "a roll" }] });
    let edited = kim.send(Method::PUT, &path, Some(change)).await.ok();
    let said: Vec<(&str, &Value)> = edited["media_attachments"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|file| (id(file), &file["description"]))
        .collect();
    assert_eq!(said, [(id(&second), &json!("a roll")), (id(&first), &json!("a loaf"))]);
    let wrong = json!({ "status": "look", "media_ids": [id(&first), id(&foreign)] });
    kim.send(Method::PUT, &path, Some(wrong)).await.error(422);
    let theirs = json!({ "status": "look", "media_ids": [id(&first)],
        "media_attributes": [{ "id": id(&foreign), "description": "mine now" }] });
    kim.send(Method::PUT, &path, Some(theirs)).await.error(404);
    assert_eq!(kim.get(&path).await.ok()["media_attachments"], edited["media_attachments"], "refused as a whole");
    kim.send(Method::PUT, &path, Some(json!({ "status": "look" }))).await.ok();

    let history = kim.get(&format!("{path}/history")).await.ok();
    let files: Vec<usize> = history
        .as_array()
        .expect("a list")
        .iter()
        .map(|state| state["media_attachments"].as_array().expect("files").len())
        .collect();
    assert_eq!(files, [1, 2, 0]);
    assert_eq!(history[0]["media_attachments"][0]["description"], json!(null), "as it was then");
});

both!(an_edited_poll_starts_anew_and_an_edit_without_one_ends_it, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    let ask = |options: [&str; 2]| json!({ "status": "Which?", "poll": { "options": options, "expires_in": 3600 } });
    let posted = kim.post("/api/v1/statuses", ask(["Rye", "Wheat"])).await.ok();
    let path = format!("/api/v1/statuses/{}", id(&posted));
    sam.post(&format!("/api/v1/polls/{}/votes", id(&posted["poll"])), json!({ "choices": [0] })).await.ok();

    let same = kim.send(Method::PUT, &path, Some(ask(["Rye", "Wheat"]))).await.ok();
    assert_eq!((&same["poll"]["votes_count"], &same["edited_at"]), (&json!(1), &json!(null)));
    let other = kim.send(Method::PUT, &path, Some(ask(["Rye", "Spelt"]))).await.ok();
    assert_eq!((&other["poll"]["votes_count"], &other["poll"]["options"][1]["title"]), (&json!(0), &json!("Spelt")));
    let none = kim.send(Method::PUT, &path, Some(json!({ "status": "Never mind" }))).await.ok();
    assert_eq!(none["poll"], json!(null));
    let history = kim.get(&format!("{path}/history")).await.ok();
    assert_eq!(history[0]["poll"]["options"][1]["title"], "Wheat");
    assert_eq!(history[1]["poll"]["options"][1]["title"], "Spelt");
    assert_eq!(history[2].get("poll"), None);
});

both!(a_post_reaches_only_those_whom_its_app_expects, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    let expecting = |ids: Value| json!({ "status": "hello @sam", "allowed_mentions": ids });
    let refused = kim.post("/api/v1/statuses", expecting(json!([kim.account.id.to_string()]))).await;
    assert_eq!((refused.status.as_u16(), &refused.json["unexpected_accounts"][0]["username"]), (422, &json!("sam")));
    assert!(refused.json["error"].is_string());
    kim.post("/api/v1/statuses", expecting(json!([sam.account.id.to_string()]))).await.ok();
    let listed = kim.get(&format!("/api/v1/accounts/{}/statuses", kim.account.id)).await.ok();
    assert_eq!(listed.as_array().expect("a list").len(), 1);
});

both!(a_boost_is_as_visible_as_was_asked, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    let reblog = |post: &Value| format!("/api/v1/statuses/{}/reblog", id(post));
    let post = kim.publish("share me").await;
    let boost = sam.post(&reblog(&post), json!({ "visibility": "private" })).await.ok();
    assert_eq!((&boost["visibility"], &boost["reblog"]["visibility"]), (&json!("private"), &json!("public")));
    kim.get(&format!("/api/v1/statuses/{}", id(&boost))).await.error(404);
    let back = sam.post(&format!("/api/v1/statuses/{}/unreblog", id(&post)), json!({})).await.ok();
    assert_eq!((id(&back), &back["reblogged"]), (id(&post), &json!(false)));
    sam.post(&reblog(&post), json!({ "visibility": "direct" })).await.error(422);
    sam.post(&reblog(&post), json!({ "visibility": "word" })).await.error(422);
});

both!(a_muted_thread_is_silent_until_it_is_heard_again, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    let post = kim.publish("talk to me").await;
    let path = format!("/api/v1/statuses/{}", id(&post));
    assert_eq!(kim.post(&format!("{path}/mute"), json!({})).await.ok()["muted"], true);
    let answer = |text: &str| json!({ "status": format!("@kim {text}"), "in_reply_to_id": id(&post) });
    let first = sam.post("/api/v1/statuses", answer("one")).await.ok();
    assert_eq!(kim.get("/api/v1/notifications").await.ok(), json!([]));
    assert_eq!(kim.get(&format!("/api/v1/statuses/{}", id(&first))).await.ok()["muted"], true);
    assert_eq!(kim.post(&format!("{path}/unmute"), json!({})).await.ok()["muted"], false);
    let second = sam.post("/api/v1/statuses", answer("two")).await.ok();
    let told = kim.get("/api/v1/notifications").await.ok();
    assert_eq!((told.as_array().expect("a list").len(), id(&told[0]["status"])), (1, id(&second)));
});

both!(nothing_is_translated_and_the_server_says_so, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    let instance = kim.get("/api/v2/instance").await.ok();
    assert_eq!(instance["configuration"]["translation"]["enabled"], false);
    let post = kim.publish("hallo").await;
    let said = sam.post(&format!("/api/v1/statuses/{}/translate", id(&post)), json!({})).await.error(503);
    assert!(!said.is_empty());
    let hidden = kim.post("/api/v1/statuses", json!({ "status": "geheim", "visibility": "private" })).await.ok();
    sam.post(&format!("/api/v1/statuses/{}/translate", id(&hidden)), json!({})).await.error(404);
    let mut nobody = sam.clone();
    nobody.token = None;
    nobody.post(&format!("/api/v1/statuses/{}/translate", id(&post)), json!({})).await.error(401);
});
