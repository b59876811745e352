//! What an account wants to be told of, and senders it has to decide about.

use rapport::domain::teams::TeamRole;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Caller, TestServer, both};

const POLICY: &str = "/api/v2/notifications/policy";
const REQUESTS: &str = "/api/v1/notifications/requests";

/// Keeps strangers aside.
async fn keep_strangers_aside(caller: &Caller) {
    let policy = caller.send(Method::PATCH, POLICY, Some(json!({ "for_not_following": "filter" }))).await.ok();
    assert_eq!(policy["for_not_following"], "filter");
}

fn first_id(list: &Value) -> String {
    list[0]["id"].as_str().unwrap_or_else(|| panic!("an entry in {list}")).to_owned()
}

both!(a_stranger_waits_until_accepted, |database| async move {
    let server = TestServer::start(database).await;
    let (sam, kim) = (server.person("sam").await, server.person("kim").await);
    keep_strangers_aside(&sam).await;
    let posted = kim.publish("@sam hello").await;
    assert_eq!(sam.get("/api/v1/notifications").await.ok(), json!([]));
    assert_eq!(sam.get("/api/v2/notifications").await.ok()["notification_groups"], json!([]));
    assert_eq!(sam.get("/api/v1/notifications/unread_count").await.ok()["count"], 0);
    let summary = json!({ "pending_requests_count": 1, "pending_notifications_count": 1 });
    assert_eq!(sam.get(POLICY).await.ok()["summary"], summary);

    let requests = sam.get(REQUESTS).await;
    assert!(requests.headers.contains_key("link"));
    let requests = requests.ok();
    assert_eq!(requests[0]["account"]["username"], "kim");
    assert_eq!(requests[0]["notifications_count"], "1");
    assert_eq!(requests[0]["last_status"]["id"], posted["id"]);
    let by_kim = format!("/api/v1/notifications?account_id={}", requests[0]["account"]["id"].as_str().expect("an id"));
    for path in [by_kim.as_str(), "/api/v1/notifications?include_filtered=true"] {
        assert_eq!(sam.get(path).await.ok()[0]["type"], "mention", "{path}");
    }
    let groups = sam.get("/api/v2/notifications?include_filtered=true").await.ok();
    let key = groups["notification_groups"][0]["group_key"].as_str().expect("a group").to_owned();
    sam.get(&format!("/api/v2/notifications/{key}")).await.ok();

    let one = format!("{REQUESTS}/{}", first_id(&requests));
    assert_eq!(sam.get(&one).await.ok(), requests[0]);
    assert_eq!(sam.post(&format!("{one}/accept"), json!({})).await.ok(), json!({}));
    assert_eq!(sam.get(&format!("{REQUESTS}/merged")).await.ok(), json!({ "merged": true }));
    assert_eq!(sam.get("/api/v1/notifications").await.ok()[0]["status"]["id"], posted["id"]);
    sam.get(&one).await.error(404);
    sam.post(&format!("{one}/accept"), json!({})).await.error(404);

    kim.publish("@sam again").await;
    assert_eq!(sam.get("/api/v1/notifications").await.ok().as_array().map(Vec::len), Some(2));
    assert_eq!(sam.get(REQUESTS).await.ok(), json!([]));
});

both!(several_are_decided_at_once, |database| async move {
    let server = TestServer::start(database).await;
    let (sam, kim, lea) = (server.person("sam").await, server.person("kim").await, server.person("lea").await);
    keep_strangers_aside(&sam).await;
    kim.publish("@sam one").await;
    lea.publish("@sam two").await;
    let requests = sam.get(REQUESTS).await.ok();
    let ids: Vec<&str> = requests.as_array().expect("a list").iter().filter_map(|r| r["id"].as_str()).collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(sam.get(&format!("{REQUESTS}?limit=1&max_id={}", ids[0])).await.ok()[0]["id"], ids[1]);
    kim.get(&format!("{REQUESTS}/{}", ids[0])).await.error(404);
    kim.post(&format!("{REQUESTS}/dismiss"), json!({ "id": ids })).await.ok();
    sam.post(&format!("{REQUESTS}/accept"), json!({ "id": [ids[0], "1"] })).await.ok();
    sam.post(&format!("{REQUESTS}/dismiss"), json!({ "id": [ids[1]] })).await.ok();
    assert_eq!(sam.get(REQUESTS).await.ok(), json!([]));
    let told = sam.get("/api/v1/notifications?include_filtered=true").await.ok();
    assert_eq!(told.as_array().expect("a list").len(), 1);
    assert_eq!(told[0]["account"]["username"], "lea", "the latest came first");
});

both!(a_policy_is_read_and_changed_in_both_versions, |database| async move {
    let server = TestServer::start(database).await;
    let sam = server.person("sam").await;
    let policy = sam.get(POLICY).await.ok();
    for class in ["not_following", "not_followers", "new_accounts", "private_mentions"] {
        assert_eq!(policy[format!("for_{class}")], "accept");
    }
    assert_eq!(policy["for_limited_accounts"], "filter");
    let changed = sam.send(Method::PUT, POLICY, Some(json!({ "for_new_accounts": "drop" }))).await.ok();
    assert_eq!((&changed["for_new_accounts"], &changed["for_not_following"]), (&json!("drop"), &json!("accept")));
    let first = "/api/v1/notifications/policy";
    assert_eq!(sam.get(first).await.ok()["filter_new_accounts"], true);
    let wish = json!({ "filter_new_accounts": false, "filter_private_mentions": true });
    let changed = sam.send(Method::PUT, first, Some(wish)).await.ok();
    assert_eq!((&changed["filter_new_accounts"], &changed["filter_private_mentions"]), (&json!(false), &json!(true)));
    assert_eq!(sam.get(POLICY).await.ok()["for_private_mentions"], "filter");

    let refused = sam.send(Method::PATCH, POLICY, Some(json!({ "for_not_followers": "never" }))).await.error(422);
    assert!(refused.contains("for_not_followers"), "{refused}");
    sam.get(&format!("{REQUESTS}/nonsense")).await.error(404);
    sam.get(&format!("{REQUESTS}?max_id=nonsense")).await.error(400);
    let brand = server.brand("bakery").await;
    let ian = server.member(&brand, "ian", TeamRole::Analyst).await;
    ian.get(POLICY).await.ok();
    ian.send(Method::PATCH, POLICY, Some(json!({ "for_not_followers": "drop" }))).await.error(403);
    let mut nobody = sam.clone();
    nobody.token = None;
    nobody.get(POLICY).await.error(401);
    nobody.get(REQUESTS).await.error(401);
});
