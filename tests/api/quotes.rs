//! Quoting, and having a say in being quoted.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Caller, TestServer, both};

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap_or_else(|| panic!("an id in {value}"))
}

async fn quote(who: &Caller, post: &Value, text: &str) -> Value {
    who.post("/api/v1/statuses", json!({ "status": text, "quoted_status_id": id(post) })).await.ok()
}

both!(a_quote_shows_the_post_and_its_author_hears_of_it, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    let post = kim.publish("worth quoting").await;
    assert_eq!(post["quote"], json!(null));
    assert_eq!(post["quote_approval"], json!({ "automatic": ["public"], "manual": [], "current_user": "automatic" }));
    let quoting = quote(&sam, &post, "indeed").await;
    assert_eq!((&quoting["quote"]["state"], id(&quoting["quote"]["quoted_status"])), (&json!("accepted"), id(&post)));
    assert!(quoting["content"].as_str().expect("content").contains("quote-inline"));

    let told = kim.get("/api/v1/notifications?types[]=quote").await.ok();
    assert_eq!((&told[0]["type"], id(&told[0]["status"])), (&json!("quote"), id(&quoting)));
    let path = format!("/api/v1/statuses/{}", id(&post));
    assert_eq!(kim.get(&path).await.ok()["quotes_count"], 1);
    let listed = kim.get(&format!("{path}/quotes")).await;
    assert!(listed.headers.get("link").is_some());
    assert_eq!(listed.ok()[0]["id"], quoting["id"]);

    let third = kim.post("/api/v1/statuses", json!({ "status": "and so on", "quote_id": id(&quoting) })).await.ok();
    let inner = &third["quote"]["quoted_status"]["quote"];
    assert_eq!(inner, &json!({ "state": "accepted", "quoted_status_id": id(&post) }));
});

both!(who_may_quote_is_for_the_author_to_say, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, fan, sam) = (server.person("kim").await, server.person("fan").await, server.person("sam").await);
    fan.follow(&kim.handle).await;
    let body = json!({ "status": "for fans", "quote_approval_policy": "followers" });
    let post = kim.post("/api/v1/statuses", body).await.ok();
    quote(&fan, &post, "mine").await;
    let path = format!("/api/v1/statuses/{}", id(&post));
    assert_eq!(sam.get(&path).await.ok()["quote_approval"]["current_user"], "denied");
    let refused = json!({ "status": "mine too", "quoted_status_id": id(&post) });
    sam.post("/api/v1/statuses", refused.clone()).await.error(404);

    let policy = format!("{path}/interaction_policy");
    sam.send(Method::PUT, &policy, Some(json!({ "quote_approval_policy": "public" }))).await.error(404);
    kim.send(Method::PUT, &policy, Some(json!({ "quote_approval_policy": "ask" }))).await.error(422);
    let opened = kim.send(Method::PUT, &policy, Some(json!({ "quote_approval_policy": "public" }))).await.ok();
    assert_eq!((&opened["quote_approval"]["automatic"], &opened["edited_at"]), (&json!(["public"]), &json!(null)));
    sam.post("/api/v1/statuses", refused).await.ok();

    let form = json!({ "source": { "quote_policy": "nobody" } });
    let me = kim.send(Method::PATCH, "/api/v1/accounts/update_credentials", Some(form)).await.ok();
    assert_eq!(me["source"]["quote_policy"], "nobody");
    assert_eq!(kim.get("/api/v1/preferences").await.ok()["posting:default:quote_policy"], "nobody");
    let closed = kim.publish("not for quoting").await;
    assert_eq!(closed["quote_approval"]["automatic"], json!([]));
    sam.post("/api/v1/statuses", json!({ "status": "x", "quoted_status_id": id(&closed) })).await.error(404);
    quote(&kim, &closed, "oneself always").await;
    let wrong = json!({ "source": { "quote_policy": "friends" } });
    kim.send(Method::PATCH, "/api/v1/accounts/update_credentials", Some(wrong)).await.error(422);
});

both!(an_author_takes_a_post_out_of_a_quote, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    let post = kim.publish("mine").await;
    let quoting = quote(&sam, &post, "look at that").await;
    let revoke = format!("/api/v1/statuses/{}/quotes/{}/revoke", id(&post), id(&quoting));
    sam.post(&revoke, json!({})).await.error(403);
    kim.post(&revoke.replace(id(&quoting), "1"), json!({})).await.error(404);
    let revoked = kim.post(&revoke, json!({})).await.ok();
    assert_eq!(
        (id(&revoked), &revoked["quote"]),
        (id(&quoting), &json!({ "state": "revoked", "quoted_status": null }))
    );
    let path = format!("/api/v1/statuses/{}", id(&post));
    assert_eq!(kim.get(&path).await.ok()["quotes_count"], 0);
    assert_eq!(kim.get(&format!("{path}/quotes")).await.ok(), json!([]));
});

both!(a_quote_shows_nobody_what_is_not_for_them, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    let secret = kim.post("/api/v1/statuses", json!({ "status": "secret", "visibility": "private" })).await.ok();
    sam.post("/api/v1/statuses", json!({ "status": "x", "quoted_status_id": id(&secret) })).await.error(404);
    let again = json!({ "status": "again, @sam", "quoted_status_id": id(&secret), "visibility": "public" });
    let again = kim.post("/api/v1/statuses", again).await.ok();
    assert_eq!(again["visibility"], "private");
    let path = format!("/api/v1/statuses/{}", id(&again));
    assert_eq!(sam.get(&path).await.ok()["quote"], json!({ "state": "unauthorized", "quoted_status": null }));
    assert_eq!(kim.get(&path).await.ok()["quote"]["quoted_status"]["id"], secret["id"]);

    let open = kim.publish("open").await;
    let quoting = quote(&sam, &open, "seen").await;
    kim.send(Method::DELETE, &format!("/api/v1/statuses/{}", id(&open)), None).await.ok();
    let seen = sam.get(&format!("/api/v1/statuses/{}", id(&quoting))).await.ok();
    assert_eq!(seen["quote"], json!({ "state": "deleted", "quoted_status": null }));
});

both!(what_cannot_be_quoted_is_refused_in_words, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    let post = kim.publish("mine").await;
    let poll = json!({ "options": ["a", "b"], "expires_in": 3600 });
    sam.post("/api/v1/statuses", json!({ "status": "x", "quoted_status_id": id(&post), "poll": poll }))
        .await
        .error(422);
    sam.post("/api/v1/statuses", json!({ "status": "x", "quoted_status_id": "word" })).await.error(404);
    sam.post("/api/v1/statuses", json!({ "status": "x", "quote_approval_policy": "friends" })).await.error(422);
    let unnamed = json!({ "status": "psst", "quoted_status_id": id(&post), "visibility": "direct" });
    sam.post("/api/v1/statuses", unnamed).await.error(422);
    let mut nobody = sam.clone();
    nobody.token = None;
    nobody.get(&format!("/api/v1/statuses/{}/quotes", id(&post))).await.error(401);
    // A boost is quoted as what it boosts, and words are not needed.
    let boost = sam.post(&format!("/api/v1/statuses/{}/reblog", id(&post)), json!({})).await.ok();
    let quoting = sam.post("/api/v1/statuses", json!({ "quoted_status_id": id(&boost) })).await.ok();
    assert_eq!(quoting["quote"]["quoted_status"]["id"], post["id"]);
});

both!(other_servers_read_what_is_quoted_and_by_whom_it_may_be, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    let body = json!({ "status": "mine", "quote_approval_policy": "nobody" });
    let post = kim.post("/api/v1/statuses", body).await.ok();
    let open = kim.publish("open").await;
    let quoting = quote(&sam, &open, "yes").await;
    let read = |status: &Value| {
        let request = server.stranger().get(status["uri"].as_str().expect("an address"));
        crate::harness::server::answer(request.header("accept", "application/activity+json"))
    };
    let note = read(&post).await.ok();
    assert_eq!(note["interactionPolicy"]["canQuote"]["automaticApproval"], json!([kim.account.uri]));
    let note = read(&quoting).await.ok();
    for name in ["quote", "quoteUri", "_misskey_quote"] {
        assert_eq!(note[name], open["uri"], "{name}");
    }
});
