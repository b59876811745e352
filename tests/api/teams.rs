//! Acting as a brand: who may do what, who did it, and how it ends.

use rapport::domain::teams::{self, TeamRole};
use serde_json::json;

use crate::harness::{TestServer, both};

both!(the_token_answers_as_the_brand_and_the_person_is_written_down, |database| async move {
    let server = TestServer::start(database).await;
    let brand = server.brand("bakery").await;
    let manager = server.member(&brand, "mia", TeamRole::Manager).await;
    assert_eq!(manager.get("/api/v1/accounts/verify_credentials").await.ok()["username"], "bakery");
    let posted = manager.publish("Good morning").await;
    assert_eq!(posted["account"]["username"], "bakery");

    let brand_id = brand.account.id;
    let acts = server.app.db.read(move |conn| teams::list_acts(conn, brand_id, 10)).await.expect("acts");
    let post_id = posted["id"].as_str().expect("an id");
    let act = acts.iter().find(|act| act.subject == post_id).expect("the act was recorded");
    let mia = server.app.db.read(|conn| rapport::domain::users::find_by_login(conn, "mia")).await.expect("read");
    assert_eq!(act.user_id, mia.expect("mia").id);
});

both!(an_author_answers_but_does_not_publish, |database| async move {
    let server = TestServer::start(database).await;
    let (brand, customer) = (server.brand("bakery").await, server.person("kim").await);
    let author = server.member(&brand, "ada", TeamRole::Author).await;
    let question = customer.publish("@bakery is there rye today?").await;

    let refused =
        author.post("/api/v1/statuses", json!({ "status": "News!", "visibility": "public" })).await.error(403);
    assert!(refused.contains("author"), "{refused}");
    let answer = json!({ "status": "@kim yes", "in_reply_to_id": question["id"], "visibility": "public" });
    assert_eq!(author.post("/api/v1/statuses", answer).await.ok()["account"]["username"], "bakery");
});

both!(an_analyst_only_reads, |database| async move {
    let server = TestServer::start(database).await;
    let (brand, customer) = (server.brand("bakery").await, server.person("kim").await);
    let analyst = server.member(&brand, "ian", TeamRole::Analyst).await;
    let question = customer.publish("@bakery hello").await;
    analyst.get("/api/v1/timelines/home").await.ok();
    analyst.get("/api/v1/notifications").await.ok();
    let answer = json!({ "status": "@kim hi", "in_reply_to_id": question["id"] });
    analyst.post("/api/v1/statuses", answer).await.error(403);
    let path = format!("/api/v1/statuses/{}/favourite", question["id"].as_str().expect("an id"));
    analyst.post(&path, json!({})).await.error(403);
});

both!(who_left_the_team_is_refused_with_the_next_call, |database| async move {
    let server = TestServer::start(database).await;
    let brand = server.brand("bakery").await;
    let manager = server.member(&brand, "mia", TeamRole::Manager).await;
    manager.get("/api/v1/timelines/home").await.ok();
    let brand_id = brand.account.id;
    let left = server.app.act(move |conn, cx| {
        let mia = rapport::domain::users::find_by_login(conn, "mia")?.expect("mia");
        teams::remove_member(conn, cx, brand_id, mia.id)
    });
    left.await.expect("mia leaves");
    manager.get("/api/v1/timelines/home").await.error(401);
    brand.get("/api/v1/timelines/home").await.ok();
});

both!(a_brand_keeps_an_owner, |database| async move {
    let server = TestServer::start(database).await;
    let brand = server.brand("bakery").await;
    let brand_id = brand.account.id;
    let left = server.app.act(move |conn, cx| {
        let owner = rapport::domain::users::find_by_login(conn, "bakery_owner")?.expect("the owner");
        teams::remove_member(conn, cx, brand_id, owner.id)
    });
    assert!(left.await.is_err());
    brand.get("/api/v1/timelines/home").await.ok();
});
