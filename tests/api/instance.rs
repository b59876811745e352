//! What the server says about itself, to apps and on its pages.

use std::collections::BTreeMap;

use rapport::domain::domain_rules;
use rapport::domain::instance_rules::{self, NewRule, Translation};
use rapport::domain::instance_texts::{self, TextKind};
use reqwest::header::{ACCEPT, ACCEPT_LANGUAGE};
use serde_json::{Value, json};

use crate::harness::server::{Answer, answer};
use crate::harness::{TestServer, both};

async fn get(server: &TestServer, path: &str) -> Answer {
    answer(server.stranger().get(server.url(path))).await
}

async fn write(server: &TestServer, kind: TextKind, day: Option<&'static str>, words: &'static str) {
    let now = server.app.clock.now();
    let written = server.app.db.write(move |conn| instance_texts::set(conn, now, kind, day, words)).await;
    written.expect("a text");
}

async fn page(server: &TestServer, path: &str, language: &str) -> (u16, String) {
    let asked = server.stranger().get(server.url(path)).header(ACCEPT, "text/html").header(ACCEPT_LANGUAGE, language);
    let answer = asked.send().await.expect("an answer");
    (answer.status().as_u16(), answer.text().await.expect("a body"))
}

both!(texts_are_there_once_they_are_written, |database| async move {
    let server = TestServer::start(database).await;
    let empty = get(&server, "/api/v1/instance/extended_description").await.ok();
    assert_eq!(empty, json!({ "updated_at": null, "content": "" }));
    let ours = get(&server, "/api/v1/instance/privacy_policy").await.ok();
    assert!(ours["content"].as_str().expect("text").contains("cookie") && ours["updated_at"].is_string());
    assert!(page(&server, "/privacy", "nl").await.1.contains("Privacybeleid"));
    get(&server, "/api/v1/instance/terms_of_service").await.error(404);
    assert_eq!(page(&server, "/terms", "en").await.0, 404);

    write(&server, TextKind::ExtendedDescription, None, "# Who we are\n\nBakers.").await;
    write(&server, TextKind::PrivacyPolicy, None, "We keep *nothing* <script>").await;
    write(&server, TextKind::TermsOfService, Some("2020-01-01"), "Old terms").await;
    write(&server, TextKind::TermsOfService, Some("2021-02-03"), "Be good").await;
    let text = get(&server, "/api/v1/instance/extended_description").await.ok();
    assert_eq!(text["content"], "<h2>Who we are</h2><p>Bakers.</p>");
    let text = get(&server, "/api/v1/instance/privacy_policy").await.ok();
    assert_eq!(text["content"], "<p>We keep <em>nothing</em> &lt;script&gt;</p>");
    let terms = get(&server, "/api/v1/instance/terms_of_service").await.ok();
    assert_eq!(
        terms,
        json!({ "effective_date": "2021-02-03", "effective": true, "content": "<p>Be good</p>", "succeeded_by": null })
    );
    let old = get(&server, "/api/v1/instance/terms_of_service/2020-01-01").await.ok();
    assert_eq!(old["succeeded_by"], "2021-02-03");
    get(&server, "/api/v1/instance/terms_of_service/yesterday").await.error(404);

    for (path, words) in [
        ("/about", "Bakers."),
        ("/privacy", "<em>nothing</em> &lt;script&gt;"),
        ("/terms", "3 February 2021"),
        ("/terms/2020-01-01", "Replaced by other terms on 3 February 2021"),
    ] {
        let (status, body) = page(&server, path, "en").await;
        assert!(status == 200 && body.contains(words), "{path}: {body}");
    }
    let urls = get(&server, "/api/v2/instance").await.ok()["configuration"]["urls"].clone();
    assert_eq!(urls["terms_of_service"], json!(server.url("/terms")));
    assert_eq!(urls["privacy_policy"], json!(server.url("/privacy")));
});

both!(rules_are_told_in_every_language_they_have, |database| async move {
    let server = TestServer::start(database).await;
    assert_eq!(get(&server, "/api/v1/instance/rules").await.ok(), json!([]));
    let rule = NewRule {
        text: "Be kind".into(),
        hint: "To all".into(),
        translations: BTreeMap::from([(
            "nl".to_owned(),
            Translation { text: "Wees aardig".into(), hint: String::new() },
        )]),
    };
    server.app.act(move |conn, cx| instance_rules::create(conn, cx, rule)).await.expect("a rule");
    let rules = get(&server, "/api/v1/instance/rules").await.ok();
    assert!(rules[0]["id"].is_string());
    assert_eq!((&rules[0]["text"], &rules[0]["hint"]), (&json!("Be kind"), &json!("To all")));
    assert_eq!(rules[0]["translations"]["nl"], json!({ "text": "Wees aardig", "hint": "" }));
    assert_eq!(get(&server, "/api/v2/instance").await.ok()["rules"], rules);
    assert!(page(&server, "/about", "nl").await.1.contains("Wees aardig"));
    assert!(page(&server, "/about", "en").await.1.contains("Be kind"));
});

both!(weeks_languages_and_translations_have_their_shapes, |database| async move {
    let server = TestServer::start(database).await;
    let kim = server.person("kim").await;
    kim.publish("hello").await;
    let weeks = get(&server, "/api/v1/instance/activity").await.ok();
    let weeks = weeks.as_array().expect("a list");
    assert_eq!(weeks.len(), 12);
    assert_eq!(
        (&weeks[0]["statuses"], &weeks[0]["logins"], &weeks[0]["registrations"]),
        (&json!("1"), &json!("1"), &json!("1"))
    );
    assert!(weeks.iter().all(|week| week["week"].as_str().is_some_and(|start| start.parse::<i64>().is_ok())));
    assert_eq!(get(&server, "/api/v1/instance/translation_languages").await.ok(), json!({}));
    let languages = get(&server, "/api/v1/instance/languages").await.ok();
    let has = |code: &str| languages.as_array().expect("a list").iter().any(|language| language["code"] == code);
    assert!(has("nl") && has("ja") && !has("xx"));
});

both!(blocked_domains_are_told_only_where_that_is_wanted_and_never_why, |database| async move {
    let block = |server: &TestServer| {
        let app = server.app.clone();
        async move { app.act(|conn, cx| domain_rules::block(conn, cx, "evil.example", "they sold drugs")).await }
    };
    let quiet = TestServer::start(database.another()).await;
    block(&quiet).await.expect("a rule");
    get(&quiet, "/api/v1/instance/domain_blocks").await.error(404);
    let open = TestServer::start_with(database, &[("RAPPORT_FEDERATION__PUBLISH_BLOCKS", "true")]).await;
    block(&open).await.expect("a rule");
    let blocks = get(&open, "/api/v1/instance/domain_blocks").await.ok();
    assert_eq!((&blocks[0]["domain"], &blocks[0]["severity"]), (&json!("evil.example"), &json!("suspend")));
    assert_eq!(blocks[0]["digest"].as_str().map(str::len), Some(64));
    assert!(!blocks.to_string().contains("drugs") && blocks[0]["comment"] == Value::Null);
});
