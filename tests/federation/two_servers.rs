//! Two of our own servers, each with its database, over real HTTP with real signatures: what a brand and its customers notice.

use serde_json::{Value, json};

use crate::harness::{Caller, TestDatabase, TestServer, both};

/// A brand's server with the brand, and a customer's with the customer, who follows the brand.
struct Pair {
    brand_server: TestServer,
    customer_server: TestServer,
    brand: Caller,
    customer: Caller,
    /// The brand's id on the customer's server.
    brand_there: String,
}

async fn pair(database: TestDatabase) -> Pair {
    let other = database.another();
    let (brand_server, customer_server) = (TestServer::start(database).await, TestServer::start(other).await);
    let (brand, customer) = (brand_server.brand("bakery").await, customer_server.person("kim").await);
    let brand_there = customer.follow(&brand.handle).await;
    Pair { brand_server, customer_server, brand, customer, brand_there }
}

fn uri_is<'a>(uri: &'a Value) -> impl Fn(&Value) -> bool + 'a {
    move |status| status["uri"] == *uri
}

impl Pair {
    /// The brand publishes; returns the post there and as it arrived in the customer's home timeline.
    async fn publish(&self, text: &str) -> (Value, Value) {
        let posted = self.brand.publish(text).await;
        let arrived = self.customer.wait_for_entry("/api/v1/timelines/home", uri_is(&posted["uri"])).await;
        (posted, arrived)
    }
}

both!(a_follow_is_accepted_and_counted_on_both_sides, |database| async move {
    let pair = pair(database).await;
    let seen = pair.brand.wait_for_entry("/api/v1/notifications", |n| n["type"] == "follow").await;
    assert_eq!(seen["account"]["acct"], format!("kim@{}", pair.customer_server.domain));
    assert_eq!(pair.brand.get("/api/v1/accounts/verify_credentials").await.ok()["followers_count"], 1);
    assert_eq!(pair.customer.get("/api/v1/accounts/verify_credentials").await.ok()["following_count"], 1);

    let path = format!("/api/v1/accounts/{}/unfollow", pair.brand_there);
    assert_eq!(pair.customer.post(&path, json!({})).await.ok()["following"], false);
    let own = "/api/v1/accounts/verify_credentials";
    pair.brand.wait_for(own, |me| (me["followers_count"] == 0).then_some(())).await;
});

both!(a_post_arrives_with_its_words_tags_and_mentions, |database| async move {
    let pair = pair(database).await;
    let text = format!("Warm #Rye bread for {} at https://example.org/bread", pair.customer.handle);
    let (_, arrived) = pair.publish(&text).await;
    let content = arrived["content"].as_str().expect("content");
    assert!(content.contains("Warm") && content.contains("https://example.org/bread"), "{content}");
    assert_eq!(arrived["tags"][0]["name"].as_str().expect("a tag").to_lowercase(), "rye");
    assert_eq!(arrived["mentions"][0]["acct"], "kim");
    assert_eq!(arrived["visibility"], "public");
    assert_eq!(arrived["account"]["acct"], format!("bakery@{}", pair.brand_server.domain));
    pair.customer.wait_for_entry("/api/v1/notifications", |n| n["type"] == "mention").await;
});

both!(reply_favourite_and_boost_come_back_and_can_be_taken_back, |database| async move {
    let pair = pair(database).await;
    let (posted, arrived) = pair.publish("What shall we bake?").await;
    let (here, there) = (posted["id"].as_str().expect("an id"), arrived["id"].as_str().expect("an id"));
    let reply = json!({ "status": format!("{} Buns!", pair.brand.handle), "in_reply_to_id": there });
    pair.customer.post("/api/v1/statuses", reply).await.ok();
    pair.customer.post(&format!("/api/v1/statuses/{there}/favourite"), json!({})).await.ok();
    pair.customer.post(&format!("/api/v1/statuses/{there}/reblog"), json!({})).await.ok();

    let post = format!("/api/v1/statuses/{here}");
    let count = |name: &'static str, wanted: i64| move |s: &Value| (s[name] == wanted).then_some(());
    pair.brand.wait_for(&post, count("replies_count", 1)).await;
    pair.brand.wait_for(&post, count("favourites_count", 1)).await;
    pair.brand.wait_for(&post, count("reblogs_count", 1)).await;
    for kind in ["mention", "favourite", "reblog"] {
        let seen = pair.brand.wait_for_entry("/api/v1/notifications", |n| n["type"] == kind).await;
        assert_eq!(seen["account"]["username"], "kim", "{kind}");
    }
    let context = pair.brand.get(&format!("{post}/context")).await.ok();
    assert!(context["descendants"][0]["content"].as_str().expect("a reply").contains("Buns!"));

    pair.customer.post(&format!("/api/v1/statuses/{there}/unfavourite"), json!({})).await.ok();
    pair.customer.post(&format!("/api/v1/statuses/{there}/unreblog"), json!({})).await.ok();
    pair.brand.wait_for(&post, count("favourites_count", 0)).await;
    pair.brand.wait_for(&post, count("reblogs_count", 0)).await;
});

both!(an_edit_replaces_the_words_and_a_delete_takes_the_post_away, |database| async move {
    let pair = pair(database).await;
    let (posted, arrived) = pair.publish("Open until six").await;
    let (here, there) = (posted["id"].as_str().expect("an id"), arrived["id"].as_str().expect("an id"));
    let (post, copy) = (format!("/api/v1/statuses/{here}"), format!("/api/v1/statuses/{there}"));
    pair.brand.send(reqwest::Method::PUT, &post, Some(json!({ "status": "Open until seven" }))).await.ok();
    let edited = pair.customer.wait_for(&copy, |s| s["edited_at"].is_string().then(|| s.clone())).await;
    assert!(edited["content"].as_str().expect("content").contains("Open until seven"));

    pair.brand.send(reqwest::Method::DELETE, &post, None).await.ok();
    let gone = crate::harness::server::eventually("the copy to go", || async {
        (pair.customer.get(&copy).await.status == 404).then_some(())
    });
    gone.await;
    assert_eq!(pair.customer.get("/api/v1/timelines/home").await.ok(), json!([]));
});

both!(followers_only_posts_reach_followers_and_nobody_else, |database| async move {
    let pair = pair(database).await;
    let stranger = pair.customer_server.person("sam").await;
    let body = json!({ "status": "For those who follow", "visibility": "private" });
    let posted = pair.brand.post("/api/v1/statuses", body).await.ok();
    let arrived = pair.customer.wait_for_entry("/api/v1/timelines/home", uri_is(&posted["uri"])).await;
    assert_eq!(arrived["visibility"], "private");
    let copy = format!("/api/v1/statuses/{}", arrived["id"].as_str().expect("an id"));
    stranger.get(&copy).await.error(404);
    let open = pair.brand_server.stranger().get(posted["uri"].as_str().expect("a uri"));
    let open = open.header("accept", "application/activity+json").send().await.expect("an answer");
    assert_eq!(open.status(), 404);
});

both!(a_direct_message_reaches_only_whom_it_names, |database| async move {
    let pair = pair(database).await;
    let follower = pair.customer_server.person("sam").await;
    follower.follow(&pair.brand.handle).await;
    let text = format!("{} your order is ready", pair.customer.handle);
    pair.brand.post("/api/v1/statuses", json!({ "status": text, "visibility": "direct" })).await.ok();
    let seen = pair.customer.wait_for_entry("/api/v1/notifications", |n| n["type"] == "mention").await;
    assert_eq!(seen["status"]["visibility"], "direct");
    assert!(pair.customer.get("/api/v1/conversations").await.ok()[0]["unread"] == true);
    let copy = format!("/api/v1/statuses/{}", seen["status"]["id"].as_str().expect("an id"));
    follower.get(&copy).await.error(404);
    assert_eq!(follower.get("/api/v1/conversations").await.ok(), json!([]));
});

both!(a_changed_profile_is_seen_elsewhere, |database| async move {
    let pair = pair(database).await;
    let edit = json!({ "display_name": "The New Bakery", "note": "Bread and more" });
    pair.brand.send(reqwest::Method::PATCH, "/api/v1/accounts/update_credentials", Some(edit)).await.ok();
    let path = format!("/api/v1/accounts/{}", pair.brand_there);
    let seen = pair.customer.wait_for(&path, |a| (a["display_name"] == "The New Bakery").then(|| a.clone())).await;
    assert!(seen["note"].as_str().expect("a note").contains("Bread and more"));
});

both!(a_vote_counts_with_the_author_who_is_not_told_of_it, |database| async move {
    let pair = pair(database).await;
    let poll = json!({ "options": ["Rye", "Spelt & oats", "Wheat"], "expires_in": 3600, "multiple": true });
    let body = json!({ "status": "What shall we bake?", "poll": poll });
    let posted = pair.brand.post("/api/v1/statuses", body).await.ok();
    let arrived = pair.customer.wait_for_entry("/api/v1/timelines/home", uri_is(&posted["uri"])).await;
    let address = |status: &Value| format!("/api/v1/polls/{}", status["poll"]["id"].as_str().expect("a poll"));
    let votes = format!("{}/votes", address(&arrived));
    let voted = pair.customer.post(&votes, json!({ "choices": [0, 1] })).await.ok();
    assert_eq!((&voted["own_votes"], &voted["voters_count"]), (&json!([0, 1]), &json!(1)));

    let counted = |poll: &Value| (poll["votes_count"] == 2).then(|| poll.clone());
    let poll = pair.brand.wait_for(&address(&posted), counted).await;
    let tallies: Vec<i64> = (0..3).map(|at| poll["options"][at]["votes_count"].as_i64().expect("a count")).collect();
    assert_eq!((tallies, &poll["voters_count"]), (vec![1, 1, 0], &json!(1)));
    let told = pair.brand.get("/api/v1/notifications").await.ok();
    let kinds: Vec<&str> = told.as_array().expect("a list").iter().filter_map(|n| n["type"].as_str()).collect();
    assert_eq!(kinds, ["follow"]);
    let status = format!("/api/v1/statuses/{}", posted["id"].as_str().expect("an id"));
    assert_eq!(pair.brand.get(&format!("{status}/context")).await.ok()["descendants"], json!([]));
    assert_eq!(pair.brand.get(&status).await.ok()["replies_count"], 0);
});

both!(a_block_ends_the_follow_both_ways, |database| async move {
    let pair = pair(database).await;
    let customer_there = pair.brand.resolve(&pair.customer.handle).await;
    pair.brand.post(&format!("/api/v1/accounts/{customer_there}/block"), json!({})).await.ok();
    let path = format!("/api/v1/accounts/relationships?id[]={}", pair.brand_there);
    pair.customer.wait_for_entry(&path, |r| r["following"] == false && r["blocked_by"] == true).await;
    assert_eq!(pair.brand.get("/api/v1/accounts/verify_credentials").await.ok()["followers_count"], 0);
});
