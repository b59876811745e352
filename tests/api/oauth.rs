//! Applications and tokens, without the page (tests/web walks that).

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::server::answer;
use crate::harness::{TestServer, both};

async fn register(server: &TestServer, body: Value) -> crate::harness::server::Answer {
    let request = server.stranger().post(server.url("/api/v1/apps")).header("content-type", "application/json");
    answer(request.body(body.to_string())).await
}

async fn token(server: &TestServer, form: &[(&str, &str)]) -> crate::harness::server::Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = server.stranger().post(server.url("/oauth/token"));
    answer(request.header("content-type", "application/x-www-form-urlencoded").body(body)).await
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("{key} in {value}"))
}

both!(an_app_registers_and_gets_a_token_of_its_own, |database| async move {
    let server = TestServer::start(database).await;
    let body = json!({ "client_name": "Pocket", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob\nhttps://app.example/cb", "scopes": "read write" });
    let app = register(&server, body).await.ok();
    assert_eq!(app["redirect_uris"], json!(["urn:ietf:wg:oauth:2.0:oob", "https://app.example/cb"]));
    let (id, secret) = (text(&app, "client_id"), text(&app, "client_secret"));
    let own = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret), ("scope", "read")];
    let issued = token(&server, &own).await.ok();
    assert_eq!((text(&issued, "token_type"), text(&issued, "scope")), ("Bearer", "read"));
    assert!(issued["created_at"].is_i64());

    let bearer = |path: &str| server.stranger().get(server.url(path)).bearer_auth(text(&issued, "access_token"));
    assert_eq!(answer(bearer("/api/v1/apps/verify_credentials")).await.ok()["name"], "Pocket");
    answer(bearer("/api/v1/accounts/verify_credentials")).await.error(422);

    let wrong = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", "guess")];
    let refused = token(&server, &wrong).await;
    assert_eq!((refused.status.as_u16(), text(&refused.json, "error")), (401, "invalid_client"));
    let wide = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret), ("scope", "push")];
    assert_eq!(text(&token(&server, &wide).await.json, "error"), "invalid_scope");
    let odd = [("grant_type", "password"), ("client_id", id), ("client_secret", secret)];
    assert_eq!(text(&token(&server, &odd).await.json, "error"), "unsupported_grant_type");
});

both!(an_app_with_a_bad_address_or_scope_is_refused, |database| async move {
    let server = TestServer::start(database).await;
    for body in [
        json!({ "client_name": "x", "redirect_uris": "javascript:alert(1)" }),
        json!({ "client_name": "x", "redirect_uris": "not an address" }),
        json!({ "client_name": "", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob" }),
        json!({ "client_name": "x", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "everything" }),
    ] {
        register(&server, body).await.error(422);
    }
});

both!(a_revoked_token_ends_at_once, |database| async move {
    let server = TestServer::start(database).await;
    let app = register(&server, json!({ "client_name": "x", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob" })).await.ok();
    let (id, secret) = (text(&app, "client_id"), text(&app, "client_secret"));
    let own = [("grant_type", "client_credentials"), ("client_id", id), ("client_secret", secret)];
    let issued = token(&server, &own).await.ok();
    let revoke = |secret: String| {
        let form = [
            ("client_id", id.to_owned()),
            ("client_secret", secret),
            ("token", text(&issued, "access_token").to_owned()),
        ];
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = server.stranger().request(Method::POST, server.url("/oauth/revoke"));
        answer(request.header("content-type", "application/x-www-form-urlencoded").body(body))
    };
    assert_eq!(revoke("wrong".into()).await.status, 401);
    let check = || {
        let request = server.stranger().get(server.url("/api/v1/apps/verify_credentials"));
        answer(request.bearer_auth(text(&issued, "access_token")))
    };
    check().await.ok();
    assert_eq!(revoke(secret.to_owned()).await.ok(), json!({}));
    assert_eq!(revoke(secret.to_owned()).await.ok(), json!({}), "again changes nothing");
    check().await.error(401);
});

both!(web_clients_on_other_origins_work_also_when_refused, |database| async move {
    let server = TestServer::start(database).await;
    for path in [
        "/api/v2/instance",
        "/api/v1/timelines/home",
        "/api/v1/nothing",
        "/.well-known/nodeinfo",
        "/.well-known/oauth-authorization-server",
        "/.well-known/host-meta",
    ] {
        let response = server
            .stranger()
            .get(server.url(path))
            .header("origin", "https://app.example")
            .send()
            .await
            .expect("an answer");
        let allowed =
            response.headers().get("access-control-allow-origin").map(|v| v.to_str().expect("text").to_owned());
        assert_eq!(allowed.as_deref(), Some("*"), "{path} answered {}", response.status());
    }
    let preflight = server.stranger().request(Method::OPTIONS, server.url("/oauth/token"));
    let preflight = preflight.header("origin", "https://app.example").header("access-control-request-method", "POST");
    let response = preflight.send().await.expect("an answer");
    assert!(response.status().is_success());
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
});
