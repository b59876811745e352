//! Web push: what arrives at apps, that only they can read it, and when it ends.

use rapport::domain::push_subscriptions::{JOB, Push};
use rapport::domain::teams::{self, TeamRole};
use rapport::jobs;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::push_service::PushService;
use crate::harness::server::eventually;
use crate::harness::{Caller, TestServer, both};

const PATH: &str = "/api/v1/push/subscription";

fn wishes(service: &PushService, path: &str, standard: bool) -> Value {
    let alerts = json!({ "mention": true, "favourite": true });
    json!({ "subscription": service.subscription(path, standard), "data": { "alerts": alerts, "policy": "all" } })
}

async fn subscribe(caller: &Caller, service: &PushService, path: &str) -> Value {
    caller.post(PATH, wishes(service, path, true)).await.ok()
}

both!(a_mention_reaches_apps_of_either_encoding, |database| async move {
    let server = TestServer::start(database).await;
    let service = PushService::start().await;
    let (kim, user) = (server.person("kim").await, server.user("sam").await);
    let own = user.account_id;
    let own = server.app.db.read(move |conn| rapport::domain::accounts::queries::get(conn, own)).await.expect("sam");
    let new = server.caller(&user, own.clone(), "read push").await;
    let old = server.caller(&user, own, "read push").await;
    let made = new.post(PATH, wishes(&service, "/new", true)).await.ok();
    old.post(PATH, wishes(&service, "/old", false)).await.ok();
    kim.publish("hello @sam, is there rye?").await;

    let mut pushed = [service.next().await, service.next().await];
    pushed.sort_by(|one, other| one.path.cmp(&other.path));
    let encodings: Vec<&str> = pushed.iter().map(|push| push.header("content-encoding")).collect();
    assert_eq!(encodings, ["aes128gcm", "aesgcm"]);
    let key = new.get("/api/v2/instance").await.ok()["configuration"]["vapid"]["public_key"].clone();
    assert_eq!(key, made["server_key"]);
    let now = server.app.clock.now().unix();
    for (push, app) in pushed.iter().zip([&new, &old]) {
        let message = &push.message;
        assert_eq!(message["access_token"].as_str(), app.token.as_deref());
        assert_eq!(message["notification_type"], "mention");
        assert_eq!(message["title"], "kim mentioned you");
        assert_eq!(message["body"], "hello @sam, is there rye?");
        assert_eq!(message["preferred_locale"], "en");
        assert!(message["icon"].as_str().is_some_and(|icon| icon.starts_with("http")));
        let id = message["notification_id"].as_f64().expect("a number whose digits a script keeps");
        let told = app.get(&format!("/api/v1/notifications/{id}")).await.ok();
        assert_eq!(told["account"]["username"], "kim");

        assert_eq!(push.server_key, key.as_str().expect("a key"));
        assert_eq!(push.claims["aud"], service.origin());
        assert!(push.claims["sub"].as_str().is_some_and(|subject| !subject.is_empty()));
        let left = push.claims["exp"].as_i64().expect("an end") - now;
        assert!((1..=86_400).contains(&left), "{left} s");
        assert!(push.header("ttl").parse::<u32>().is_ok_and(|seconds| seconds > 0));
        assert_eq!(push.header("urgency"), "normal");
        assert_eq!(push.header("topic").len(), 32);
    }
});

both!(a_subscription_is_made_changed_and_ended, |database| async move {
    let server = TestServer::start(database).await;
    let service = PushService::start().await;
    let sam = server.person("sam").await;
    sam.get(PATH).await.error(404);
    sam.send(Method::PUT, PATH, Some(json!({ "data": { "policy": "all" } }))).await.error(404);
    let made = subscribe(&sam, &service, "/sam").await;
    assert_eq!(made["alerts"], json!({ "mention": true, "favourite": true }));
    assert_eq!((&made["policy"], &made["standard"]), (&json!("all"), &json!(true)));
    assert_eq!(sam.get(PATH).await.ok(), made);
    let change = json!({ "data": { "alerts": { "follow": true }, "policy": "followed" } });
    let changed = sam.send(Method::PUT, PATH, Some(change)).await.ok();
    assert_eq!((&changed["id"], &changed["alerts"]), (&made["id"], &json!({ "follow": true })));
    assert_eq!(changed["policy"], "followed");
    assert_eq!(sam.send(Method::DELETE, PATH, None).await.ok(), json!({}));
    sam.get(PATH).await.error(404);
    assert_eq!(sam.send(Method::DELETE, PATH, None).await.ok(), json!({}));
});

both!(what_cannot_be_pushed_to_is_refused, |database| async move {
    let server = TestServer::start(database).await;
    let service = PushService::start().await;
    let sam = server.person("sam").await;
    sam.post(PATH, json!({ "data": { "alerts": {} } })).await.error(400);
    let with = |change: &dyn Fn(&mut Value)| {
        let mut wishes = wishes(&service, "/sam", true);
        change(&mut wishes);
        wishes
    };
    let refused = sam.post(PATH, with(&|w| w["subscription"]["keys"]["p256dh"] = json!("AAAA"))).await.error(422);
    assert!(refused.contains("p256dh"), "{refused}");
    let refused = sam.post(PATH, with(&|w| w["subscription"]["keys"]["auth"] = json!(""))).await.error(422);
    assert!(refused.contains("auth"), "{refused}");
    for endpoint in ["", "ftp://push.example/1", "push.example", "https://user@push.example/1"] {
        let refused = sam.post(PATH, with(&|w| w["subscription"]["endpoint"] = json!(endpoint))).await.error(422);
        assert!(refused.contains("endpoint"), "{refused}");
    }
    let refused = sam.post(PATH, with(&|w| w["data"]["policy"] = json!("some"))).await.error(422);
    assert!(refused.contains("policy"), "{refused}");
    sam.get(PATH).await.error(404);

    let user = server.user("tom").await;
    let own = user.account_id;
    let own = server.app.db.read(move |conn| rapport::domain::accounts::queries::get(conn, own)).await.expect("tom");
    let reader = server.caller(&user, own, "read write").await;
    reader.post(PATH, wishes(&service, "/tom", true)).await.error(403);
    let mut nobody = reader.clone();
    nobody.token = None;
    nobody.post(PATH, wishes(&service, "/tom", true)).await.error(401);
});

both!(an_address_that_is_gone_ends_the_subscription, |database| async move {
    let server = TestServer::start(database).await;
    let service = PushService::start().await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    subscribe(&sam, &service, "/sam").await;
    service.answer_next("410 Gone");
    kim.publish("@sam hello").await;
    service.next().await;
    eventually("the end of the subscription", || async { (sam.get(PATH).await.status == 404).then_some(()) }).await;
});

both!(a_service_that_is_busy_is_asked_again_later, |database| async move {
    let server = TestServer::start(database).await;
    let service = PushService::start().await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    subscribe(&sam, &service, "/sam").await;
    service.answer_next("429 Too Many Requests\r\nretry-after: 3600");
    kim.publish("@sam hello").await;
    let first = service.next().await;
    let now = server.app.clock.now();
    let again = eventually("another try", || async {
        let waiting = server.app.db.read(|conn| jobs::list(conn, 100)).await.expect("jobs");
        waiting
            .into_iter()
            .find(|job| job.kind == JOB && serde_json::from_str::<Push>(&job.payload).is_ok_and(|push| push.tries == 1))
    })
    .await;
    assert!(again.run_at.since(now).as_secs() > 3000, "as late as the service asked");
    server.app.act(move |conn, cx| jobs::retry_now(conn, again.id, cx.now)).await.expect("it is due now");
    assert_eq!(service.next().await.message, first.message);
    sam.get(PATH).await.ok();
});

both!(pushes_end_with_the_place_in_the_team, |database| async move {
    let server = TestServer::start(database).await;
    let service = PushService::start().await;
    let (brand, kim) = (server.brand("bakery").await, server.person("kim").await);
    let mia = server.member(&brand, "mia", TeamRole::Manager).await;
    subscribe(&brand, &service, "/owner").await;
    subscribe(&mia, &service, "/mia").await;
    let brand_id = brand.account.id;
    let left = server.app.act(move |conn, cx| {
        let mia = rapport::domain::users::find_by_login(conn, "mia")?.expect("mia");
        teams::remove_member(conn, cx, brand_id, mia.id)
    });
    left.await.expect("mia leaves");
    kim.publish("@bakery hello").await;
    assert_eq!(service.next().await.path, "/owner");
    kim.publish("@bakery again").await;
    assert_eq!(service.next().await.path, "/owner");
    assert_eq!(service.unread(), 0);
});

both!(direct_messages_are_pushed_to_those_who_handle_them, |database| async move {
    let server = TestServer::start(database).await;
    let service = PushService::start().await;
    let (brand, kim) = (server.brand("bakery").await, server.person("kim").await);
    let ada = server.member(&brand, "ada", TeamRole::Author).await;
    let brand_id = brand.account.id;
    let changed = server.app.act(move |conn, cx| {
        let ada = rapport::domain::users::find_by_login(conn, "ada")?.expect("ada");
        teams::set_member(conn, cx, brand_id, ada.id, TeamRole::Author, false, None)
    });
    changed.await.expect("ada handles no direct messages");
    subscribe(&brand, &service, "/owner").await;
    subscribe(&ada, &service, "/ada").await;
    kim.post("/api/v1/statuses", json!({ "status": "@bakery a secret", "visibility": "direct" })).await.ok();
    let secret = service.next().await;
    assert_eq!((secret.path.as_str(), &secret.message["body"]), ("/owner", &json!("@bakery a secret")));
    kim.publish("@bakery in the open").await;
    let mut paths = [service.next().await, service.next().await].map(|push| {
        assert_eq!(push.message["body"], "@bakery in the open");
        push.path
    });
    paths.sort();
    assert_eq!(paths, ["/ada", "/owner"]);
});
