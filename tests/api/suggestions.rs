//! Whom to follow: suggestions and the directory.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Caller, TestServer, both};

async fn follow(from: &Caller, to: &Caller) {
    from.post(&format!("/api/v1/accounts/{}/follow", to.account.id), json!({})).await.ok();
}

async fn be_found(who: &Caller) {
    who.send(Method::PATCH, "/api/v1/profile", Some(json!({ "discoverable": true }))).await.ok();
}

fn handles<'a>(list: &'a Value, account: impl Fn(&'a Value) -> &'a Value) -> Vec<&'a str> {
    let handle = |one| account(one)["acct"].as_str().expect("a handle");
    list.as_array().expect("a list").iter().map(handle).collect()
}

both!(friends_of_friends_are_suggested_until_dismissed, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam, lea) = (server.person("kim").await, server.person("sam").await, server.person("lea").await);
    follow(&kim, &sam).await;
    follow(&sam, &lea).await;
    assert_eq!(kim.get("/api/v2/suggestions").await.ok(), json!([]));
    be_found(&lea).await;
    let found = kim.get("/api/v2/suggestions").await.ok();
    assert_eq!(handles(&found, |one| &one["account"]), ["lea"]);
    assert_eq!(found[0]["source"], "past_interactions");
    assert_eq!(found[0]["sources"], json!(["friends_of_friends", "most_followed"]));
    assert_eq!(handles(&kim.get("/api/v1/suggestions").await.ok(), |one| one), ["lea"]);

    let path = format!("/api/v1/suggestions/{}", lea.account.id);
    assert_eq!(kim.send(Method::DELETE, &path, None).await.ok(), json!({}));
    assert_eq!(kim.get("/api/v2/suggestions").await.ok(), json!([]));
    kim.send(Method::DELETE, "/api/v1/suggestions/1", None).await.error(404);
    kim.get("/api/v2/suggestions?limit=-1").await.error(400);
    let mut stranger = kim.clone();
    stranger.token = Some("wrong".into());
    stranger.get("/api/v2/suggestions").await.error(401);
});

both!(the_directory_lists_who_wants_to_be_found, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    let brand = server.brand("bakery").await;
    server.person("lea").await;
    be_found(&kim).await;
    be_found(&sam).await;
    kim.publish("first").await;
    brand.publish("second").await;
    let mut stranger = kim.clone();
    stranger.token = None;
    let listed = async |path: &str| {
        let found = stranger.get(path).await.ok();
        handles(&found, |one| one).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(listed("/api/v1/directory?local=true").await, ["bakery", "kim", "sam"]);
    assert_eq!(listed("/api/v1/directory?order=new&limit=2").await, ["bakery", "sam"]);
    assert_eq!(listed("/api/v1/directory?order=active&offset=1&limit=1").await, ["kim"]);
    kim.post(&format!("/api/v1/accounts/{}/mute", sam.account.id), json!({})).await.ok();
    assert_eq!(handles(&kim.get("/api/v1/directory").await.ok(), |one| one), ["bakery", "kim"]);
    stranger.get("/api/v1/directory?order=loudest").await.error(400);
    stranger.get("/api/v1/directory?offset=-1").await.error(400);
});
