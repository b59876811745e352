//! Posts for later, as an app makes, moves and drops them, and what comes of them.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rapport::domain::scheduled_posts::{Due, PUBLISH_JOB};
use rapport::domain::teams::{self, TeamRole};
use rapport::ids::ScheduledPostId;
use rapport::net::resolver::Lookup;
use rapport::time::{Clock, Time};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Caller, TestDatabase, TestServer, both};

const SCHEDULED: &str = "/api/v1/scheduled_statuses";

/// A server that knows nobody else and only the time it is told.
async fn server(database: TestDatabase) -> (TestServer, Clock) {
    let nobody: Lookup = Arc::new(|_| Box::pin(async { Err(io::Error::other("there is nobody else")) }));
    let clock = Clock::manual(Time::from_unix(1_800_000_000));
    (TestServer::start_in_world(database, nobody, clock.clone(), &[]).await, clock)
}

/// That many minutes from now, as an app sends it.
fn in_minutes(clock: &Clock, minutes: u64) -> String {
    clock.now().after(Duration::from_secs(minutes * 60)).rfc3339()
}

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap_or_else(|| panic!("an id in {value}"))
}

async fn schedule(who: &Caller, text: &str, at: &str) -> Value {
    who.post("/api/v1/statuses", json!({ "status": text, "visibility": "public", "scheduled_at": at })).await.ok()
}

/// Lets time pass until everything so far scheduled is due.
fn pass(server: &TestServer, clock: &Clock, minutes: u64) {
    clock.advance(Duration::from_secs(minutes * 60));
    server.app.ring();
}

async fn statuses(who: &Caller) -> Vec<Value> {
    let path = format!("/api/v1/accounts/{}/statuses", who.account.id);
    who.get(&path).await.ok().as_array().expect("a list").clone()
}

both!(it_waits_and_is_published_once_though_the_job_runs_often, |database| async move {
    let (server, clock) = server(database).await;
    let kim = server.person("kim").await;
    let at = in_minutes(&clock, 10);
    let body = json!({ "status": "later", "scheduled_at": at, "spoiler_text": "wait", "language": "nl",
        "poll": { "options": ["a", "b"], "expires_in": 3600 } });
    let waiting = kim.post("/api/v1/statuses", body).await.ok();
    assert_eq!(waiting["scheduled_at"], at);
    let params = &waiting["params"];
    assert_eq!(
        (&params["text"], &params["spoiler_text"], &params["language"]),
        (&json!("later"), &json!("wait"), &json!("nl"))
    );
    assert_eq!(
        (&params["visibility"], &params["media_ids"], &params["in_reply_to_id"]),
        (&json!("public"), &json!(null), &json!(null))
    );
    assert_eq!(
        params["poll"],
        json!({ "options": ["a", "b"], "expires_in": 3600, "multiple": false, "hide_totals": false })
    );
    assert_eq!(
        (&params["scheduled_at"], &params["idempotency"], &waiting["media_attachments"]),
        (&json!(null), &json!(null), &json!([]))
    );
    assert!(params["application_id"].is_number());
    assert_eq!(kim.get(SCHEDULED).await.ok(), json!([waiting]));
    assert!(statuses(&kim).await.is_empty());

    let post: ScheduledPostId = id(&waiting).parse().expect("an id");
    for _ in 0..3 {
        let again = server.app.act(move |conn, cx| {
            rapport::jobs::enqueue(conn, cx, PUBLISH_JOB, &Due { post }, cx.now.after(Duration::from_secs(600)))
        });
        again.await.expect("a job");
    }
    pass(&server, &clock, 11);
    kim.wait_for(SCHEDULED, |list| (list == &json!([])).then_some(())).await;
    let jobs_done = || async {
        let left = server.app.db.read(|conn| rapport::jobs::list(conn, 100)).await.expect("jobs");
        left.iter().all(|job| job.kind != PUBLISH_JOB).then_some(())
    };
    crate::harness::server::eventually("the jobs to be done", jobs_done).await;
    let published = statuses(&kim).await;
    assert_eq!(published.len(), 1);
    assert_eq!((&published[0]["spoiler_text"], &published[0]["application"]["name"]), (&json!("wait"), &json!("Test")));
    assert_eq!(published[0]["poll"]["options"][1]["title"], "b");
    kim.get(&format!("{SCHEDULED}/{}", id(&waiting))).await.error(404);
});

both!(it_can_be_moved_and_dropped_by_its_author_only, |database| async move {
    let (server, clock) = server(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    let waiting = schedule(&kim, "later", &in_minutes(&clock, 10)).await;
    let path = format!("{SCHEDULED}/{}", id(&waiting));
    sam.get(&path).await.error(404);
    sam.send(Method::PUT, &path, Some(json!({ "scheduled_at": in_minutes(&clock, 20) }))).await.error(404);
    sam.send(Method::DELETE, &path, None).await.error(404);
    assert_eq!(sam.get(SCHEDULED).await.ok(), json!([]));

    kim.send(Method::PUT, &path, Some(json!({ "scheduled_at": in_minutes(&clock, 1) }))).await.error(422);
    let moved = kim.send(Method::PUT, &path, Some(json!({ "scheduled_at": in_minutes(&clock, 60) }))).await.ok();
    assert_eq!(moved["scheduled_at"], in_minutes(&clock, 60));
    assert_eq!(kim.get(&path).await.ok(), moved);
    pass(&server, &clock, 20);
    assert_eq!(kim.get(SCHEDULED).await.ok(), json!([moved]), "its first time has passed");

    assert_eq!(kim.send(Method::DELETE, &path, None).await.ok(), json!({}));
    kim.send(Method::DELETE, &path, None).await.error(404);
});

both!(what_cannot_be_scheduled_is_refused_in_words, |database| async move {
    let (server, clock) = server(database).await;
    let kim = server.person("kim").await;
    for (body, status) in [
        (json!({ "status": "x", "scheduled_at": in_minutes(&clock, 4) }), 422),
        (json!({ "status": "x", "scheduled_at": "2020-01-01T00:00:00Z" }), 422),
        (json!({ "status": "x", "scheduled_at": "tomorrow" }), 422),
        (json!({ "status": "", "scheduled_at": in_minutes(&clock, 10) }), 422),
        (json!({ "status": "x", "media_ids": ["1"], "scheduled_at": in_minutes(&clock, 10) }), 422),
        (json!({ "status": "x", "in_reply_to_id": "1", "scheduled_at": in_minutes(&clock, 10) }), 404),
    ] {
        let said = kim.post("/api/v1/statuses", body.clone()).await.error(status);
        assert!(!said.is_empty(), "{body}");
    }
    let mut nobody = kim.clone();
    nobody.token = None;
    nobody.get(SCHEDULED).await.error(401);
    kim.get(&format!("{SCHEDULED}/word")).await.error(404);
});

both!(pages_of_scheduled_posts_lead_on, |database| async move {
    let (server, clock) = server(database).await;
    let kim = server.person("kim").await;
    for number in 0..5 {
        schedule(&kim, &number.to_string(), &in_minutes(&clock, 10 + number)).await;
    }
    let page = kim.get(&format!("{SCHEDULED}?limit=2")).await;
    assert!(page.headers.get("link").is_some());
    let page = page.ok();
    let texts: Vec<&Value> = page.as_array().expect("a list").iter().map(|post| &post["params"]["text"]).collect();
    assert_eq!(texts, ["4", "3"]);
    let next = kim.get(&format!("{SCHEDULED}?limit=40&max_id={}", id(&page[1]))).await.ok();
    assert_eq!(next.as_array().expect("a list").len(), 3);
});

both!(the_same_key_schedules_once, |database| async move {
    let (server, clock) = server(database).await;
    let kim = server.person("kim").await;
    let at = in_minutes(&clock, 10);
    let again = || {
        let request =
            server.stranger().post(server.url("/api/v1/statuses")).bearer_auth(kim.token.as_deref().expect("a token"));
        let request = request.header("idempotency-key", "one").header("content-type", "application/json");
        crate::harness::server::answer(request.body(json!({ "status": "once", "scheduled_at": at }).to_string()))
    };
    let (first, second) = tokio::join!(again(), again());
    let (first, second) = (first.ok(), second.ok());
    assert_eq!((id(&first), first["params"].is_object()), (id(&second), true));
    pass(&server, &clock, 11);
    kim.wait_for(SCHEDULED, |list| (list == &json!([])).then_some(())).await;
    let published = statuses(&kim).await;
    assert_eq!(id(&again().await.ok()), id(&published[0]), "once it is published, the post is the answer");
});

both!(who_left_the_team_publishes_nothing_more, |database| async move {
    let (server, clock) = server(database).await;
    let brand = server.brand("bakery").await;
    let manager = server.member(&brand, "mia", TeamRole::Manager).await;
    let author = server.member(&brand, "ada", TeamRole::Author).await;
    let news = json!({ "status": "news", "scheduled_at": in_minutes(&clock, 10) });
    author.post("/api/v1/statuses", news).await.error(403);

    schedule(&manager, "good news", &in_minutes(&clock, 10)).await;
    let brand_id = brand.account.id;
    let left = server.app.act(move |conn, cx| {
        let mia = rapport::domain::users::find_by_login(conn, "mia")?.expect("mia");
        teams::remove_member(conn, cx, brand_id, mia.id)
    });
    left.await.expect("mia leaves");
    pass(&server, &clock, 11);
    let failed = brand.wait_for_entry(SCHEDULED, |post| post["failure"].is_string()).await;
    assert_eq!(failed["params"]["text"], "good news");
    assert!(statuses(&brand).await.is_empty());

    // Whoever is in the team can still publish it.
    let path = format!("{SCHEDULED}/{}", id(&failed));
    brand.send(Method::DELETE, &path, None).await.ok();
});

both!(an_author_is_told_what_could_not_be_published, |database| async move {
    let (server, clock) = server(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    let question = sam.publish("well?").await;
    let answer = json!({ "status": "later", "in_reply_to_id": question["id"], "scheduled_at": in_minutes(&clock, 10) });
    kim.post("/api/v1/statuses", answer).await.ok();
    sam.send(Method::DELETE, &format!("/api/v1/statuses/{}", id(&question)), None).await.ok();
    pass(&server, &clock, 11);
    let told = kim.wait_for_entry("/api/v1/notifications", |n| n["type"] == "mention").await;
    assert_eq!(told["status"]["visibility"], "direct");
    let failed = kim.get(SCHEDULED).await.ok();
    assert!(failed[0]["failure"].is_string(), "{failed}");
});
