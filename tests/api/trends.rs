//! Trends: what several people took up, and who is left out of it.

use rapport::domain::trends;
use serde_json::{Value, json};

use crate::harness::server::{answer, eventually};
use crate::harness::site::{Site, page};
use crate::harness::{Caller, TestServer, both};

/// Somebody who wants to be discovered.
async fn open_person(server: &TestServer, name: &str) -> Caller {
    let caller = server.person(name).await;
    let form = json!({ "discoverable": true });
    caller.send(reqwest::Method::PATCH, "/api/v1/accounts/update_credentials", Some(form)).await.ok();
    caller
}

/// What a stranger sees once trends were computed and `fits` holds.
async fn trending(server: &TestServer, path: &str, fits: impl Fn(&Value) -> bool) -> Value {
    eventually(path, || async {
        let now = server.app.clock.now();
        let computed = server.app.db.read(move |conn| trends::compute(conn, now)).await.expect("trends");
        server.app.db.write(move |conn| trends::store(conn, computed)).await.expect("kept");
        let found = answer(server.stranger().get(server.url(path))).await.ok();
        fits(&found).then_some(found)
    })
    .await
}

both!(hashtags_that_several_people_use_trend, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (open_person(&server, "kim").await, open_person(&server, "sam").await);
    let quiet = server.person("quiet").await;
    for caller in [&kim, &sam, &quiet] {
        caller.publish("fresh #bread").await;
    }
    for caller in [&kim, &sam] {
        caller.publish("and #rye").await;
        caller.post("/api/v1/statuses", json!({ "status": "#whisper", "visibility": "unlisted" })).await.ok();
    }
    quiet.publish("#alone #rye").await;
    let found = trending(&server, "/api/v1/trends/tags", |found| found.as_array().is_some_and(|l| l.len() == 2)).await;
    let mut names: Vec<&str> =
        found.as_array().expect("a list").iter().filter_map(|tag| tag["name"].as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["bread", "rye"]);
    let history = found[0]["history"].as_array().expect("a history");
    assert_eq!((history.len(), history[0]["uses"].is_string(), &found[0]["following"]), (7, true, &Value::Null));
    assert_eq!(kim.get("/api/v1/trends").await.ok()[0]["following"], false);

    let first = kim.get("/api/v1/trends/tags?limit=1").await;
    let link = first.headers["link"].to_str().expect("text").to_owned();
    assert!(link.contains("limit=1&offset=1>; rel=\"next\"") && !link.contains("rel=\"prev\""), "{link}");
    let second = kim.get("/api/v1/trends/tags?limit=1&offset=1").await.ok();
    assert_ne!(first.json[0]["name"], second[0]["name"]);
    kim.get("/api/v1/trends/tags?limit=-1").await.error(400);
    kim.get("/api/v1/trends/tags?offset=x").await.error(400);
});

both!(posts_that_several_people_like_trend_unless_they_are_not_for_all, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, quiet) = (open_person(&server, "kim").await, server.person("quiet").await);
    let (sam, ann) = (server.person("sam").await, server.person("ann").await);
    let liked = kim.publish("good news").await;
    let hidden = kim.post("/api/v1/statuses", json!({ "status": "shh", "visibility": "private" })).await.ok();
    let warned = kim.post("/api/v1/statuses", json!({ "status": "ew", "spoiler_text": "blood" })).await.ok();
    let unasked = quiet.publish("not for discovery").await;
    for fan in [&sam, &ann] {
        for status in [&liked, &warned, &unasked] {
            fan.post(&format!("/api/v1/statuses/{}/favourite", status["id"].as_str().expect("an id")), json!({}))
                .await
                .ok();
        }
    }
    let path = "/api/v1/trends/statuses";
    let found = trending(&server, path, |found| found.as_array().is_some_and(|list| !list.is_empty())).await;
    assert_eq!(found.as_array().expect("a list").len(), 1, "{found}");
    assert_eq!(found[0]["id"], liked["id"]);
    assert_ne!(found[0]["id"], hidden["id"]);
    sam.post(&format!("/api/v1/accounts/{}/block", kim.account.id), json!({})).await.ok();
    assert_eq!(sam.get(path).await.ok(), json!([]), "not for those who block the author");
});

both!(pages_that_several_people_link_to_trend_with_a_timeline, |database| async move {
    let server = TestServer::start(database).await;
    let site = Site::start(|_, path| page("text/html", format!("<title>{path}</title>"))).await;
    let (kim, sam) = (open_person(&server, "kim").await, open_person(&server, "sam").await);
    let address = site.url("/news");
    let first = kim.publish(&format!("read {address}")).await;
    let second = sam.publish(&format!("yes {address}")).await;
    kim.publish(&format!("mine {}", site.url("/mine"))).await;
    let found =
        trending(&server, "/api/v1/trends/links", |found| found.as_array().is_some_and(|list| !list.is_empty())).await;
    assert_eq!((&found[0]["url"], &found[0]["title"]), (&json!(address), &json!("/news")));
    assert_eq!(found[0]["history"][0]["accounts"], "2");
    let asked = url::form_urlencoded::byte_serialize(address.as_bytes()).collect::<String>();
    let timeline = kim.get(&format!("/api/v1/timelines/link?url={asked}")).await;
    assert!(timeline.headers.contains_key("link"));
    let shown: Vec<Value> = timeline.ok().as_array().expect("a list").iter().map(|s| s["id"].clone()).collect();
    assert_eq!(shown, [second["id"].clone(), first["id"].clone()]);
    kim.get("/api/v1/timelines/link").await.error(400);
    kim.get("/api/v1/timelines/link?url=https%3A%2F%2Fnobody.example%2F").await.error(404);
});
