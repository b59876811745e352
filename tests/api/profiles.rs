//! What people put on their profiles and write down about others.

use rapport::domain::teams::TeamRole;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Caller, TestServer, both};

async fn follow(from: &Caller, to: &Caller) {
    from.post(&format!("/api/v1/accounts/{}/follow", to.account.id), json!({})).await.ok();
}

fn handles(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().map(|one| one["acct"].as_str().expect("a handle")).collect()
}

both!(an_endorsement_is_seen_by_all_and_ends_with_the_follow, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    let act = |verb: &str| format!("/api/v1/accounts/{}/{verb}", sam.account.id);
    kim.post(&act("endorse"), json!({})).await.error(422);
    follow(&kim, &sam).await;
    assert_eq!(kim.post(&act("endorse"), json!({})).await.ok()["endorsed"], true);
    assert_eq!(kim.post(&act("pin"), json!({})).await.ok()["endorsed"], true);
    assert_eq!(handles(&kim.get("/api/v1/endorsements").await.ok()), ["sam"]);
    let shown = format!("/api/v1/accounts/{}/endorsements", kim.account.id);
    assert_eq!(handles(&sam.get(&shown).await.ok()), ["sam"]);
    assert_eq!(kim.post(&act("unpin"), json!({})).await.ok()["endorsed"], false);
    kim.post(&act("endorse"), json!({})).await.ok();
    kim.post(&act("unfollow"), json!({})).await.ok();
    assert_eq!(sam.get(&shown).await.ok(), json!([]));
    kim.post("/api/v1/accounts/1/endorse", json!({})).await.error(404);
});

both!(a_note_is_seen_by_its_writer_alone, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    let path = format!("/api/v1/accounts/{}/note", sam.account.id);
    assert_eq!(kim.post(&path, json!({ "comment": "Bakes" })).await.ok()["note"], "Bakes");
    let standing = |of: &Caller| format!("/api/v1/accounts/relationships?id[]={}", of.account.id);
    assert_eq!(kim.get(&standing(&sam)).await.ok()[0]["note"], "Bakes");
    assert_eq!(sam.get(&standing(&kim)).await.ok()[0]["note"], "");
    kim.post(&path, json!({ "comment": "x".repeat(2001) })).await.error(422);
    assert_eq!(kim.post(&path, json!({})).await.ok()["note"], "");
    kim.post("/api/v1/accounts/1/note", json!({ "comment": "?" })).await.error(404);
});

both!(accounts_and_familiar_faces_are_found_by_ids, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam, lea) = (server.person("kim").await, server.person("sam").await, server.person("lea").await);
    let ids = format!("/api/v1/accounts?id[]={}&id[]=1&id[]={}", lea.account.id, sam.account.id);
    assert_eq!(handles(&kim.get(&ids).await.ok()), ["lea", "sam"]);
    let mut stranger = kim.clone();
    stranger.token = None;
    assert_eq!(handles(&stranger.get(&ids).await.ok()), ["lea", "sam"]);
    assert_eq!(stranger.get("/api/v1/accounts").await.ok(), json!([]));
    stranger.get("/api/v1/accounts?id[]=word").await.error(400);

    follow(&kim, &sam).await;
    follow(&sam, &lea).await;
    let path = format!("/api/v1/accounts/familiar_followers?id[]={}", lea.account.id);
    let found = kim.get(&path).await.ok();
    assert_eq!(found[0]["id"], lea.account.id.to_string());
    assert_eq!(handles(&found[0]["accounts"]), ["sam"]);
    stranger.get(&path).await.error(401);
    assert_eq!(kim.get(&format!("/api/v1/accounts/{}/identity_proofs", sam.account.id)).await.ok(), json!([]));
});

both!(the_profile_is_edited_as_it_was_typed, |database| async move {
    let server = TestServer::start(database).await;
    let kim = server.person("kim").await;
    let before = kim.get("/api/v1/profile").await.ok();
    assert_eq!((&before["avatar"], &before["show_media"], &before["note"]), (&json!(null), &json!(true), &json!("")));
    let edit = json!({
        "display_name": "Kim", "note": "I bake\n<b>bread</b>", "locked": true, "show_featured": false,
        "fields_attributes": { "0": { "name": "Shop", "value": "https://shop.example/" } },
        "attribution_domains": ["News.example", ""],
    });
    for method in [Method::PATCH, Method::PUT] {
        let after = kim.send(method, "/api/v1/profile", Some(edit.clone())).await.ok();
        assert_eq!((&after["display_name"], &after["note"]), (&json!("Kim"), &json!("I bake\n<b>bread</b>")));
        assert_eq!(after["fields"][0]["value"], "https://shop.example/");
        assert_eq!((&after["locked"], &after["show_featured"]), (&json!(true), &json!(false)));
        assert_eq!(after["attribution_domains"], json!(["news.example"]));
    }
    let shown = kim.get(&format!("/api/v1/accounts/{}", kim.account.id)).await.ok();
    assert_eq!(shown["show_featured"], false);
    let wrong = json!({ "attribution_domains": ["https://news.example/x"] });
    assert!(kim.send(Method::PATCH, "/api/v1/profile", Some(wrong)).await.error(422).contains("attribution_domains"));
    let long = json!({ "display_name": "x".repeat(5000) });
    kim.send(Method::PATCH, "/api/v1/profile", Some(long)).await.error(422);
});

both!(a_picture_can_be_taken_off_the_profile, |database| async move {
    let server = TestServer::start(database).await;
    let kim = server.person("kim").await;
    let mut png = Vec::new();
    let picture = image::RgbImage::from_fn(8, 8, |x, y| image::Rgb([x as u8 * 30, y as u8 * 30, 90]));
    picture.write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png).expect("a picture");
    let boundary = "frontier";
    let mut body = format!("--{boundary}\r\ncontent-disposition: form-data; name=\"avatar\"; filename=\"x.png\"\r\ncontent-type: image/png\r\n\r\n").into_bytes();
    body.extend_from_slice(&png);
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    let request =
        server.stranger().patch(server.url("/api/v1/profile")).bearer_auth(kim.token.as_deref().expect("a token"));
    let request = request.header("content-type", format!("multipart/form-data; boundary={boundary}")).body(body);
    let after = crate::harness::server::answer(request).await.ok();
    let address = after["avatar"].as_str().expect("an address").to_owned();
    assert_eq!(server.stranger().get(&address).send().await.expect("the file").status(), 200);

    let own = kim.send(Method::DELETE, "/api/v1/profile/avatar", None).await.ok();
    assert!(own["source"].is_object() && own["avatar"].as_str().is_some_and(|avatar| avatar != address));
    assert_eq!(kim.get("/api/v1/profile").await.ok()["avatar"], Value::Null);
    assert_eq!(server.stranger().get(&address).send().await.expect("an answer").status(), 404);
    kim.send(Method::DELETE, "/api/v1/profile/avatar", None).await.ok();
    kim.send(Method::DELETE, "/api/v1/profile/header", None).await.ok();
});

both!(an_author_of_a_brand_leaves_its_profile_alone, |database| async move {
    let server = TestServer::start(database).await;
    let brand = server.brand("bakery").await;
    let author = server.member(&brand, "ada", TeamRole::Author).await;
    author.get("/api/v1/profile").await.ok();
    author.send(Method::PATCH, "/api/v1/profile", Some(json!({ "note": "x" }))).await.error(403);
    author.send(Method::DELETE, "/api/v1/profile/header", None).await.error(403);
    author.post("/api/v1/featured_tags", json!({ "name": "rye" })).await.error(403);
    author.post("/api/v1/tags/rye/follow", json!({})).await.error(403);
    author.post("/api/v1/domain_blocks", json!({ "domain": "r.example" })).await.error(403);
    brand.send(Method::PATCH, "/api/v1/profile", Some(json!({ "note": "x" }))).await.ok();
});
