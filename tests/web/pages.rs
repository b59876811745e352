//! Pages and feeds without a browser: what is public, what is not, and what they say in their heads.

use reqwest::header::{ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use serde_json::json;

use crate::harness::{TestServer, both};

async fn page(server: &TestServer, path: &str) -> (u16, String) {
    let answer = server.stranger().get(server.url(path)).header(ACCEPT, "text/html").send().await.expect("an answer");
    let policy = answer.headers().get(CONTENT_SECURITY_POLICY).map(|v| v.to_str().expect("text").to_owned());
    assert!(policy.is_some_and(|policy| policy.contains("default-src 'none'")), "{path} has a strict policy");
    (answer.status().as_u16(), answer.text().await.expect("a body"))
}

both!(pages_and_feeds_show_what_is_public_and_nothing_else, |database| async move {
    let server = TestServer::start(database).await;
    let brand = server.brand("bakery").await;
    for (text, visibility) in
        [("for all", "public"), ("quietly", "unlisted"), ("secret", "private"), ("whisper", "direct")]
    {
        brand.post("/api/v1/statuses", json!({ "status": text, "visibility": visibility })).await.ok();
    }
    for path in ["/@bakery", "/@bakery.atom", "/@bakery.rss"] {
        let body = if path == "/@bakery" {
            page(&server, path).await.1
        } else {
            server.stranger().get(server.url(path)).send().await.expect("an answer").text().await.expect("a body")
        };
        assert!(body.contains("for all"), "{path}");
        assert!(!body.contains("secret") && !body.contains("whisper"), "{path}");
    }
});

both!(a_page_names_its_other_forms, |database| async move {
    let server = TestServer::start(database).await;
    let brand = server.brand("bakery").await;
    let posted = brand.publish("bread").await;
    let (status, body) = page(&server, "/@bakery").await;
    assert_eq!(status, 200);
    for part in ["application/activity+json", "application/atom+xml", "application/rss+xml", "og:title"] {
        assert!(body.contains(part), "the page of an account has {part}");
    }
    let path = posted["url"].as_str().expect("an address").strip_prefix(&server.base).expect("ours").to_owned();
    let (_, body) = page(&server, &path).await;
    assert!(body.contains(posted["uri"].as_str().expect("a uri")) && body.contains("og:description"));
    let asked = server.stranger().get(server.url(&path)).header(ACCEPT, "application/activity+json");
    let answer = asked.send().await.expect("an answer");
    assert_eq!(answer.headers()[LOCATION], posted["uri"].as_str().expect("a uri"));
});

both!(what_is_gone_says_so_and_what_was_never_there_too, |database| async move {
    let server = TestServer::start(database).await;
    let brand = server.brand("bakery").await;
    let posted = brand.publish("bread").await;
    let path = posted["url"].as_str().expect("an address").strip_prefix(&server.base).expect("ours").to_owned();
    let delete = format!("/api/v1/statuses/{}", posted["id"].as_str().expect("an id"));
    brand.send(reqwest::Method::DELETE, &delete, None).await.ok();
    assert_eq!(page(&server, &path).await.0, 410);
    assert_eq!(page(&server, "/@nobody").await.0, 404);
    assert_eq!(page(&server, "/@bakery/1").await.0, 404);
    assert_eq!(page(&server, "/no/such/page").await.0, 404);
});

both!(a_form_without_its_token_changes_nothing, |database| async move {
    let server = TestServer::start(database).await;
    server.user("kim").await;
    let form = "login=kim&password=correct+horse+battery";
    let request =
        server.stranger().post(server.url("/auth/sign_in")).header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = request.body(form).send().await.expect("an answer");
    assert_eq!(answer.status(), 403);
    assert!(
        !answer
            .headers()
            .get_all("set-cookie")
            .iter()
            .any(|c| c.to_str().expect("text").starts_with("rapport_session="))
    );
});
