//! Posts in frames on other sites: found, described, shown, and nothing that is not for everybody.

use reqwest::header::{ACCEPT, CONTENT_SECURITY_POLICY, ORIGIN, X_FRAME_OPTIONS};
use serde_json::{Value, json};

use crate::harness::server::answer;
use crate::harness::{TestServer, both};

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

both!(a_public_post_can_be_shown_on_another_site, |database| async move {
    let server = TestServer::start(database).await;
    let brand = server.brand("bakery").await;
    let posted = brand.publish("Fresh <bread> & rolls").await;
    let address = posted["url"].as_str().expect("an address");
    let shown = server.stranger().get(address).header(ACCEPT, "text/html").send().await.expect("the page");
    let policy = shown.headers()[CONTENT_SECURITY_POLICY].to_str().expect("text").to_owned();
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(shown.headers()[X_FRAME_OPTIONS], "DENY");
    let body = shown.text().await.expect("a body");
    let discovered = format!("/api/oembed?url={}", encoded(address));
    assert!(body.contains("application/json+oembed") && body.contains(&discovered), "the page says how to embed it");

    let asked = answer(server.stranger().get(server.url(&discovered)).header(ORIGIN, "https://other.example")).await;
    assert_eq!(asked.headers["access-control-allow-origin"], "*");
    let embed = asked.ok();
    assert_eq!((&embed["type"], &embed["version"]), (&json!("rich"), &json!("1.0")));
    assert_eq!(
        (&embed["author_name"], &embed["width"], &embed["height"]),
        (&json!("bakery"), &json!(480), &Value::Null)
    );
    let html = embed["html"].as_str().expect("markup");
    assert!(html.contains(&format!("<iframe src=\"{address}/embed\"")), "{html}");
    assert!(html.contains("Fresh &lt;bread&gt; &amp; rolls") && !html.contains("<script"), "{html}");
    let narrow = answer(server.stranger().get(server.url(&format!("{discovered}&maxwidth=300")))).await.ok();
    assert_eq!(narrow["width"], 300);

    let frame = server.stranger().get(format!("{address}/embed")).send().await.expect("the frame");
    assert_eq!(frame.status(), 200);
    let policy = frame.headers()[CONTENT_SECURITY_POLICY].to_str().expect("text").to_owned();
    assert!(policy.contains("frame-ancestors *") && policy.contains("form-action 'none'"), "{policy}");
    assert_ne!(frame.headers()[X_FRAME_OPTIONS], "DENY");
    let body = frame.text().await.expect("a body");
    assert!(body.contains("Fresh &lt;bread&gt;") && !body.contains("<form") && !body.contains("<script"));
});

both!(what_is_not_for_everybody_cannot_be_embedded, |database| async move {
    let server = TestServer::start(database).await;
    let brand = server.brand("bakery").await;
    for visibility in ["private", "direct"] {
        let posted = brand.post("/api/v1/statuses", json!({ "status": "secret", "visibility": visibility })).await.ok();
        let address = posted["url"].as_str().expect("an address");
        answer(ask(&server, &format!("/api/oembed?url={}", encoded(address)))).await.error(404);
        assert_eq!(server.stranger().get(format!("{address}/embed")).send().await.expect("an answer").status(), 404);
    }
    let posted = brand.publish("gone soon").await;
    let address = posted["url"].as_str().expect("an address").to_owned();
    let path = format!("/api/v1/statuses/{}", posted["id"].as_str().expect("an id"));
    brand.send(reqwest::Method::DELETE, &path, None).await.ok();
    answer(ask(&server, &format!("/api/oembed?url={}", encoded(&address)))).await.error(404);
    assert_eq!(server.stranger().get(format!("{address}/embed")).send().await.expect("an answer").status(), 410);

    answer(ask(&server, "/api/oembed")).await.error(400);
    answer(ask(&server, "/api/oembed?url=https%3A%2F%2Felsewhere.example%2F%40a%2F1")).await.error(404);
    let open = brand.publish("open").await;
    let xml = format!("/api/oembed?format=xml&url={}", encoded(open["url"].as_str().expect("an address")));
    answer(ask(&server, &xml)).await.error(501);
});

fn ask(server: &TestServer, path: &str) -> reqwest::RequestBuilder {
    server.stranger().get(server.url(path))
}
