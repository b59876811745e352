//! Hashtags as an app works with them: followed, featured, looked at.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{TestServer, both};

fn names(list: &Value) -> Vec<&str> {
    list.as_array().expect("a list").iter().map(|tag| tag["name"].as_str().expect("a name")).collect()
}

both!(a_followed_tag_fills_the_home_timeline, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    let tag = kim.post("/api/v1/tags/Rye/follow", json!({})).await.ok();
    assert_eq!((&tag["name"], &tag["following"], &tag["featuring"]), (&json!("Rye"), &json!(true), &json!(false)));
    assert!(tag["id"].as_str().is_some_and(|id| !id.is_empty()));
    kim.post("/api/v1/tags/rye/follow", json!({})).await.ok();
    kim.post("/api/v1/tags/drills/follow", json!({})).await.ok();
    assert_eq!(names(&kim.get("/api/v1/followed_tags").await.ok()), ["drills", "Rye"]);
    assert_eq!(kim.get("/api/v1/tags/RYE").await.ok()["following"], true);
    assert_eq!(sam.get("/api/v1/tags/rye").await.ok()["following"], false);
    assert!(kim.get("/api/v2/search?q=rye&type=hashtags").await.ok()["hashtags"][0]["following"] == true);

    let posted = sam.publish("Fresh #rye and #drills today").await;
    sam.publish("Nothing to see").await;
    let home = kim.get("/api/v1/timelines/home").await.ok();
    assert_eq!(home.as_array().expect("a list").len(), 1);
    assert_eq!(home[0]["id"], posted["id"]);

    kim.post("/api/v1/tags/drills/unfollow", json!({})).await.ok();
    assert_eq!(kim.get("/api/v1/timelines/home").await.ok().as_array().expect("a list").len(), 1);
    let tag = kim.post("/api/v1/tags/rye/unfollow", json!({})).await.ok();
    assert_eq!(tag["following"], false);
    assert_eq!(kim.get("/api/v1/timelines/home").await.ok(), json!([]));
});

both!(followed_tags_are_paged_by_their_own_cursor, |database| async move {
    let server = TestServer::start(database).await;
    let kim = server.person("kim").await;
    for name in ["one", "two", "three"] {
        kim.post(&format!("/api/v1/tags/{name}/follow"), json!({})).await.ok();
    }
    let page = kim.get("/api/v1/followed_tags?limit=2").await;
    let link = page.headers["link"].to_str().expect("text").to_owned();
    assert_eq!(names(&page.ok()), ["three", "two"]);
    let next = link.split('<').nth(1).and_then(|rest| rest.split('>').next()).expect("an address");
    assert!(next.contains("limit=2") && next.contains("max_id="), "{next}");
    let path = next.strip_prefix(&server.base).expect("our own address");
    assert_eq!(names(&kim.get(path).await.ok()), ["one"]);
});

both!(tags_that_cannot_be_and_tokens_that_may_not_are_refused, |database| async move {
    let server = TestServer::start(database).await;
    let kim = server.person("kim").await;
    kim.post("/api/v1/tags/two%20words/follow", json!({})).await.error(404);
    kim.post("/api/v1/tags/123/follow", json!({})).await.error(404);
    kim.post("/api/v1/featured_tags", json!({})).await.error(400);
    kim.post("/api/v1/featured_tags", json!({ "name": "two words" })).await.error(422);
    kim.send(Method::DELETE, "/api/v1/featured_tags/1", None).await.error(404);
    let user = server.user("rita").await;
    let own = kim.account.clone();
    let mut reader = server.caller(&user, account_of(&server, &user).await, "read").await;
    reader.post("/api/v1/tags/rye/follow", json!({})).await.error(403);
    reader.post("/api/v1/featured_tags", json!({ "name": "rye" })).await.error(403);
    reader.get("/api/v1/followed_tags").await.ok();
    reader.token = Some("wrong".into());
    reader.get("/api/v1/followed_tags").await.error(401);
    assert_eq!(kim.get(&format!("/api/v1/accounts/{}/featured_tags", own.id)).await.ok(), json!([]));
});

async fn account_of(server: &TestServer, user: &rapport::domain::users::User) -> rapport::domain::accounts::Account {
    let id = user.account_id;
    let found = server.app.db.read(move |conn| rapport::domain::accounts::queries::get(conn, id));
    found.await.expect("the account")
}

both!(featured_tags_stand_on_the_profile_with_their_use, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    kim.publish("A #Rye loaf").await;
    kim.publish("Another #rye loaf, with #seeds").await;
    kim.publish("Plain words").await;
    sam.publish("#rye too").await;
    let suggested = kim.get("/api/v1/featured_tags/suggestions").await.ok();
    assert_eq!(names(&suggested), ["Rye", "seeds"]);

    let featured = kim.post("/api/v1/featured_tags", json!({ "name": "rye" })).await.ok();
    assert_eq!((&featured["name"], &featured["statuses_count"]), (&json!("rye"), &json!("2")));
    assert!(featured["last_status_at"].as_str().is_some_and(|date| date.len() == 10));
    let again = kim.post("/api/v1/tags/rye/feature", json!({})).await.ok();
    assert_eq!(again["featuring"], true);
    assert_eq!(names(&kim.get("/api/v1/featured_tags").await.ok()), ["rye"]);
    assert_eq!(names(&kim.get("/api/v1/featured_tags/suggestions").await.ok()), ["seeds"]);
    let seen = sam.get(&format!("/api/v1/accounts/{}/featured_tags", kim.account.id)).await.ok();
    assert_eq!(seen[0]["id"], featured["id"]);

    let url = featured["url"].as_str().expect("an address");
    let page = server.stranger().get(url).send().await.expect("a page");
    assert_eq!(page.status(), 200);
    let page = page.text().await.expect("text");
    assert!(page.contains("seeds") && !page.contains("Plain words"));

    let by_id = format!("/api/v1/tags/{}/unfeature", again["id"].as_str().expect("an id"));
    assert_eq!(kim.post(&by_id, json!({})).await.ok()["featuring"], false);
    assert_eq!(kim.get("/api/v1/featured_tags").await.ok(), json!([]));
    let featured = kim.post("/api/v1/featured_tags", json!({ "name": "seeds" })).await.ok();
    let path = format!("/api/v1/featured_tags/{}", featured["id"].as_str().expect("an id"));
    sam.send(Method::DELETE, &path, None).await.error(404);
    assert_eq!(kim.send(Method::DELETE, &path, None).await.ok(), json!({}));
    kim.send(Method::DELETE, &path, None).await.error(404);
});
