//! Blocking a whole domain for oneself.

use reqwest::Method;
use serde_json::json;

use crate::harness::{TestServer, both};

both!(a_blocked_domain_is_neither_seen_nor_followed, |database| async move {
    let other = database.another();
    let (here, there) = (TestServer::start(database).await, TestServer::start(other).await);
    let (kim, lea) = (here.person("kim").await, there.person("lea").await);
    let lea_here = kim.follow(&lea.handle).await;
    lea.follow(&kim.handle).await;
    let posted = lea.publish(&format!("Hello {}", kim.handle)).await;
    kim.wait_for_entry("/api/v1/timelines/home", |status| status["uri"] == posted["uri"]).await;
    kim.wait_for_entry("/api/v1/notifications", |told| told["type"] == "mention").await;

    let domain = json!({ "domain": there.domain });
    let preview = kim.get(&format!("/api/v1/domain_blocks/preview?domain={}", there.domain)).await.ok();
    assert_eq!(preview, json!({ "following_count": 1, "followers_count": 1 }));
    assert_eq!(kim.post("/api/v1/domain_blocks", domain.clone()).await.ok(), json!({}));
    kim.post("/api/v1/domain_blocks", domain.clone()).await.ok();
    assert_eq!(kim.get("/api/v1/domain_blocks").await.ok(), json!([there.domain]));
    let standing = kim.get(&format!("/api/v1/accounts/relationships?id[]={lea_here}")).await.ok();
    assert_eq!(
        (&standing[0]["domain_blocking"], &standing[0]["following"], &standing[0]["followed_by"]),
        (&json!(true), &json!(false), &json!(false))
    );
    for path in ["/api/v1/timelines/home", "/api/v1/timelines/public"] {
        assert_eq!(kim.get(path).await.ok(), json!([]), "{path}");
    }
    // Nothing from there is left; what the block cost is told once.
    let told = kim.get("/api/v1/notifications").await.ok();
    let kinds: Vec<&serde_json::Value> = told.as_array().expect("a list").iter().map(|one| &one["type"]).collect();
    assert_eq!(kinds, ["severed_relationships"]);
    let own = "/api/v1/accounts/verify_credentials";
    lea.wait_for(own, |me| (me["followers_count"] == 0 && me["following_count"] == 0).then_some(())).await;
    kim.post(&format!("/api/v1/accounts/{lea_here}/follow"), json!({})).await.error(403);

    assert_eq!(kim.send(Method::DELETE, "/api/v1/domain_blocks", Some(domain)).await.ok(), json!({}));
    assert_eq!(kim.get("/api/v1/domain_blocks").await.ok(), json!([]));
    let public = kim.get("/api/v1/timelines/public").await.ok();
    assert_eq!(public[0]["uri"], posted["uri"]);
});

both!(what_is_no_domain_of_others_is_refused, |database| async move {
    let server = TestServer::start(database).await;
    let kim = server.person("kim").await;
    for wrong in [json!({}), json!({ "domain": "two words" }), json!({ "domain": server.domain })] {
        assert!(kim.post("/api/v1/domain_blocks", wrong).await.error(422).contains("domain"));
    }
    kim.send(Method::DELETE, "/api/v1/domain_blocks", None).await.error(422);
    kim.send(Method::DELETE, "/api/v1/domain_blocks?domain=r.example", None).await.ok();
    kim.get("/api/v1/domain_blocks?limit=-1").await.error(400);
});
