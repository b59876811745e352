//! Addresses that those who run a server choose: where its files are, and where its source code is.

use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_SECURITY_POLICY};
use serde_json::{Value, json};

use crate::harness::{Caller, TestServer, both};

const FILES: &str = "http://files.localhost:9";

/// The page at a path, and its policy.
async fn page(server: &TestServer, path: &str) -> (String, String) {
    let answer = server.stranger().get(server.url(path)).header(ACCEPT, "text/html").send().await.expect("an answer");
    assert_eq!(answer.status(), 200, "{path}");
    let policy = answer.headers()[CONTENT_SECURITY_POLICY].to_str().expect("text").to_owned();
    (answer.text().await.expect("a page"), policy)
}

async fn document(server: &TestServer, uri: &str) -> Value {
    let request = server.stranger().get(uri).header(ACCEPT, "application/activity+json");
    let text = request.send().await.expect("an answer").text().await.expect("a document");
    serde_json::from_str(&text).expect("JSON")
}

/// A brand with an avatar, and a post of it with a picture.
async fn brand_with_pictures(server: &TestServer) -> (Caller, Value) {
    let brand = server.brand("bakery").await;
    brand.send_picture(Method::PATCH, "/api/v1/accounts/update_credentials", "avatar").await.ok();
    let picture = brand.send_picture(Method::POST, "/api/v2/media", "file").await.ok();
    let body = json!({ "status": "Fresh bread", "visibility": "public", "media_ids": [picture["id"]] });
    let posted = brand.post("/api/v1/statuses", body).await.ok();
    (brand, posted)
}

both!(files_may_have_an_origin_of_their_own, |database| async move {
    let server = TestServer::start_with(database, &[("RAPPORT_MEDIA__PUBLIC_URL", FILES)]).await;
    let (brand, posted) = brand_with_pictures(&server).await;
    let below = format!("{FILES}/media/");
    let is_there = |value: &Value| value.as_str().is_some_and(|address| address.starts_with(&below));
    for value in [
        &posted["media_attachments"][0]["url"],
        &posted["media_attachments"][0]["preview_url"],
        &posted["account"]["avatar"],
    ] {
        assert!(is_there(value), "{value} is not below {below}");
    }
    let note = document(&server, posted["uri"].as_str().expect("a uri")).await;
    assert!(is_there(&note["attachment"][0]["url"]), "{note}");
    let actor = document(&server, &brand.account.uri).await;
    assert!(is_there(&actor["icon"]["url"]), "{actor}");

    let post = posted["url"].as_str().expect("an address").strip_prefix(&server.base).expect("a page of ours");
    for path in ["/", "/@bakery", post] {
        let (html, policy) = page(&server, path).await;
        let sources: Vec<&str> = html.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(sources.iter().any(|source| source.starts_with(&below)), "{path}: {sources:?}");
        assert!(!html.contains("\"/media/"), "{path} names a file of its own origin");
        let pictures = policy.split(';').find(|part| part.trim().starts_with("img-src")).expect("a rule for pictures");
        assert!(pictures.contains(FILES) || pictures.contains("http:"), "{policy}");
    }
    // Whatever stands before that origin asks this server.
    let file = posted["media_attachments"][0]["url"].as_str().and_then(|url| url.strip_prefix(FILES)).expect("a path");
    assert_eq!(server.stranger().get(server.url(file)).send().await.expect("an answer").status(), 200);
});

both!(files_are_on_the_page_s_own_origin_unless_said_otherwise, |database| async move {
    let server = TestServer::start(database).await;
    let (_, posted) = brand_with_pictures(&server).await;
    let address = posted["media_attachments"][0]["url"].as_str().expect("an address");
    assert!(address.starts_with(&server.url("/media/")), "{address}");
    assert!(page(&server, "/@bakery").await.0.contains("src=\"/media/"));
});

both!(everybody_is_told_where_the_source_code_is, |database| async move {
    const SOURCE: &str = "https://code.example/bakery/rapport";
    let plain = TestServer::start(database.another()).await;
    plain.brand("bakery").await;
    let known = plain.app.config.source_url().map(str::to_owned);
    let (about, _) = page(&plain, "/about").await;
    assert!(about.contains("id=\"source\""));
    assert!(
        about.contains(&format!("href=\"{}\"", known.as_deref().unwrap_or("/about#source"))),
        "the foot leads there"
    );

    let changed = TestServer::start_with(database, &[("RAPPORT_SERVER__SOURCE_URL", SOURCE)]).await;
    let brand = changed.brand("bakery").await;
    for path in ["/", "/about"] {
        assert!(page(&changed, path).await.0.contains(&format!("href=\"{SOURCE}\"")), "{path}");
    }
    assert_eq!(brand.get("/api/v2/instance").await.ok()["source_url"], SOURCE);
});
