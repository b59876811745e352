//! How others find what is here: WebFinger, host-meta, NodeInfo, actors, collections.

use reqwest::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use serde_json::{Value, json};

use crate::harness::{TestServer, both};

const AS2: &str = "application/activity+json";

/// GET of an ActivityPub document; returns status, content type and JSON.
async fn fetch(server: &TestServer, url: &str, accept: &str) -> (u16, String, Value) {
    let answer = server.stranger().get(url).header(ACCEPT, accept).send().await.expect("an answer");
    let kind = answer.headers().get(CONTENT_TYPE).map(|v| v.to_str().expect("text").to_owned()).unwrap_or_default();
    let status = answer.status().as_u16();
    (status, kind, serde_json::from_str(&answer.text().await.expect("a body")).unwrap_or(Value::Null))
}

both!(webfinger_answers_handles_addresses_and_nothing_else, |database| async move {
    let server = TestServer::start(database).await;
    let brand = server.brand("Bakery").await;
    let ask = |resource: String| {
        let url = server.url(&format!("/.well-known/webfinger?resource={resource}"));
        let server = &server;
        async move { fetch(server, &url, "*/*").await }
    };
    for resource in [
        format!("acct:Bakery@{}", server.domain),
        format!("acct:bakery@{}", server.domain),
        brand.account.uri.clone(),
        brand.account.url.clone(),
    ] {
        let (status, kind, jrd) = ask(resource.clone()).await;
        assert_eq!((status, kind.as_str()), (200, "application/jrd+json"), "{resource}");
        assert_eq!(jrd["subject"], format!("acct:Bakery@{}", server.domain), "{resource}");
        let link = jrd["links"].as_array().expect("links").iter().find(|l| l["rel"] == "self").expect("a self link");
        assert_eq!((&link["href"], &link["type"]), (&json!(brand.account.uri), &json!(AS2)));
        let subscribe = "http://ostatus.org/schema/1.0/subscribe";
        let link = jrd["links"].as_array().expect("links").iter().find(|l| l["rel"] == subscribe).expect("a template");
        assert_eq!(link["template"], server.url("/authorize_interaction?uri={uri}"));
    }
    assert_eq!(ask(format!("acct:nobody@{}", server.domain)).await.0, 404);
    assert_eq!(ask("acct:bakery@elsewhere.example".into()).await.0, 404);
    assert_eq!(ask(String::new()).await.0, 400);
});

both!(node_info_says_what_this_is, |database| async move {
    let server = TestServer::start(database).await;
    server.brand("bakery").await;
    let (_, _, index) = fetch(&server, &server.url("/.well-known/nodeinfo"), "*/*").await;
    let links = index["links"].as_array().expect("links");
    assert_eq!(links.len(), 2);
    for link in links {
        let (status, _, info) = fetch(&server, link["href"].as_str().expect("an address"), "*/*").await;
        assert_eq!(status, 200);
        assert_eq!(info["software"]["name"], "rapport");
        assert_eq!(info["protocols"], json!(["activitypub"]));
        assert_eq!(info["usage"]["users"]["total"], 2, "the owner and the brand");
    }
});

both!(an_actor_is_a_document_to_servers_and_a_page_to_people, |database| async move {
    let server = TestServer::start(database).await;
    let brand = server.brand("bakery").await;
    for accept in [AS2, "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\""] {
        let (status, kind, actor) = fetch(&server, &brand.account.uri, accept).await;
        assert_eq!(status, 200);
        assert!(kind.starts_with(AS2), "{kind}");
        assert_eq!(actor["id"], brand.account.uri);
        assert_eq!(actor["type"], "Organization");
        assert_eq!(actor["preferredUsername"], "bakery");
        assert_eq!(actor["endpoints"]["sharedInbox"], server.url("/inbox"));
        assert_eq!(actor["publicKey"]["owner"], brand.account.uri);
        assert!(actor["publicKey"]["publicKeyPem"].as_str().expect("a key").starts_with("-----BEGIN PUBLIC KEY-----"));
        assert!(actor["assertionMethod"][0]["publicKeyMultibase"].as_str().expect("a key").starts_with("z6Mk"));
    }
    let page = server.stranger().get(&brand.account.uri).header(ACCEPT, "text/html").send().await.expect("an answer");
    assert_eq!(page.headers().get(LOCATION).expect("a page"), brand.account.url.as_str());
    assert_eq!(fetch(&server, &server.url("/users/nobody"), AS2).await.0, 404);
    let (status, _, actor) = fetch(&server, &server.url("/actor"), AS2).await;
    assert_eq!((status, &actor["type"]), (200, &json!("Application")));
});

both!(the_outbox_shows_public_posts_only_and_pages, |database| async move {
    let server = TestServer::start(database).await;
    let brand = server.brand("bakery").await;
    for (text, visibility) in [("one", "public"), ("two", "unlisted"), ("three", "private"), ("four", "direct")] {
        brand.post("/api/v1/statuses", json!({ "status": text, "visibility": visibility })).await.ok();
    }
    let (_, _, outbox) = fetch(&server, &format!("{}/outbox", brand.account.uri), AS2).await;
    assert_eq!(outbox["type"], "OrderedCollection");
    let (_, _, page) = fetch(&server, outbox["first"].as_str().expect("a first page"), AS2).await;
    let contents: Vec<&str> = page["orderedItems"]
        .as_array()
        .expect("items")
        .iter()
        .map(|create| create["object"]["content"].as_str().expect("content"))
        .collect();
    assert_eq!(contents.len(), 2, "{contents:?}");
    assert!(contents[0].contains("two") && contents[1].contains("one"), "newest first: {contents:?}");
});

both!(a_deleted_post_leaves_a_tombstone, |database| async move {
    let server = TestServer::start(database).await;
    let brand = server.brand("bakery").await;
    let posted = brand.publish("soon gone").await;
    let uri = posted["uri"].as_str().expect("a uri");
    let (status, _, note) = fetch(&server, uri, AS2).await;
    assert_eq!((status, &note["type"]), (200, &json!("Note")));
    assert_eq!(note["attributedTo"], brand.account.uri);
    let path = format!("/api/v1/statuses/{}", posted["id"].as_str().expect("an id"));
    brand.send(reqwest::Method::DELETE, &path, None).await.ok();
    let (status, _, tombstone) = fetch(&server, uri, AS2).await;
    assert_eq!((status, &tombstone["type"]), (410, &json!("Tombstone")));
});

both!(a_post_brings_what_its_author_added_to_it, |database| async move {
    let server = TestServer::start(database).await;
    let (brand, other) = (server.brand("bakery").await, server.person("kim").await);
    let posted = brand.publish("What we bake").await;
    let answer = |words: &str, visibility: &str| json!({ "status": words, "visibility": visibility, "in_reply_to_id": posted["id"] });
    let first = brand.post("/api/v1/statuses", answer("Rye", "public")).await.ok();
    let second = brand.post("/api/v1/statuses", answer("Wheat", "unlisted")).await.ok();
    brand.post("/api/v1/statuses", answer("For followers", "private")).await.ok();
    let by_other = other.post("/api/v1/statuses", answer("Buns?", "public")).await.ok();
    let (_, _, note) = fetch(&server, posted["uri"].as_str().expect("a uri"), AS2).await;
    let replies = &note["replies"];
    assert_eq!(replies["first"]["items"], json!([first["uri"], second["uri"]]));
    let (_, _, page) = fetch(&server, replies["first"]["next"].as_str().expect("a next page"), AS2).await;
    assert!(page["items"].as_array().expect("items").contains(&by_other["uri"]), "{page}");
});

both!(a_server_that_federates_with_none_shows_other_servers_nothing, |database| async move {
    let server = TestServer::start_with(database, &[("RAPPORT_FEDERATION__MODE", "off")]).await;
    let brand = server.brand("bakery").await;
    let posted = brand.publish("For those who come here").await;
    let uri = posted["uri"].as_str().expect("a uri");
    let paths = [
        "/.well-known/webfinger?resource=acct:bakery@example.org",
        "/.well-known/host-meta",
        "/.well-known/nodeinfo",
        "/nodeinfo/2.0",
        "/nodeinfo/2.1",
        "/actor",
        "/users/bakery",
        "/users/bakery/outbox",
        "/users/bakery/followers",
        "/users/bakery/collections/featured",
    ];
    for url in paths.map(|path| server.url(path)).into_iter().chain([uri.to_owned(), format!("{uri}/replies")]) {
        assert_eq!(fetch(&server, &url, AS2).await.0, 404, "{url}");
    }
    for inbox in ["/inbox", "/users/bakery/inbox"] {
        let request = server.stranger().post(server.url(inbox)).header(CONTENT_TYPE, AS2).body("{}");
        assert_eq!(request.send().await.expect("an answer").status(), 404, "{inbox}");
    }
    for id in [brand.account.uri.as_str(), uri] {
        let page = server.stranger().get(id).header(ACCEPT, "text/html").send().await.expect("an answer");
        let page = page.headers().get(LOCATION).expect("a page").to_str().expect("an address").to_owned();
        let shown = server.stranger().get(page).header(ACCEPT, "text/html").send().await.expect("an answer");
        assert_eq!(shown.status(), 200);
    }
    let path = format!("/api/v1/statuses/{}", posted["id"].as_str().expect("an id"));
    assert_eq!(brand.get(&path).await.ok()["uri"], uri);
});
