//! A disk without room: nothing is promised that is not kept, nothing is half there, and with room again everything goes on by itself.
//!
//! PostgreSQL looks after its own disk, so both stories are of SQLite.

use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl};
use rapport::db::{Conn, Db};
use rapport::error::Result;
use rapport::jobs;
use reqwest::Method;
use serde_json::{Value, json};

use super::program::Program;
use crate::harness::db::on_sqlite;
use crate::harness::peer::{Arrival, Peer};
use crate::harness::server::eventually;
use crate::harness::{Part, TestDatabase, TestServer, require};

const AS2: &str = "https://www.w3.org/ns/activitystreams";
const MENTIONS: &str = "/api/v1/notifications?types[]=mention&limit=80";
const OWN: &str = "/api/v1/accounts/verify_credentials";
/// Far too long for the pages that a file has already.
const LONG: usize = 60_000;

fn creates(arrivals: &[Arrival]) -> Vec<Value> {
    let of_posts = arrivals.iter().filter(|arrival| arrival.activity["type"] == "Create");
    of_posts.map(|arrival| arrival.activity["object"]["id"].clone()).collect()
}

/// The ids of the posts in a list of statuses or notifications, in its order.
fn uris(list: &Value) -> Vec<&str> {
    let entries = list.as_array().expect("a list").iter();
    entries.map(|entry| entry["status"]["uri"].as_str().or(entry["uri"].as_str()).expect("a post")).collect()
}

/// Has somebody on host 0 follow the brand.
async fn follow(peer: &Peer, program: &Program) {
    let actor = peer.actor(0);
    let id = format!("{actor}/follows/1");
    let follow = json!({ "@context": AS2, "id": id, "type": "Follow", "actor": actor, "object": program.brand });
    assert_eq!(peer.deliver(0, &format!("{}/inbox", program.brand), &follow).await, Some(202));
    peer.wait_until("an Accept", |all| all.iter().any(|arrival| arrival.activity["type"] == "Accept")).await;
}

/// The real program under a limit that lets no file grow, its log neither.
async fn no_room_for_any_file(database: TestDatabase) {
    let Some(prlimit) = require(Part::Prlimit) else { return };
    let mut program = Program::prepare(database, 8).await;
    program.start_limited().await;
    let peer = Peer::start(2).await;
    follow(&peer, &program).await;
    let fresh_token = program.another_token().await;
    let own = program.api(Method::GET, OWN, None).await;
    let statuses = format!("/api/v1/accounts/{}/statuses", own["id"].as_str().expect("an id"));
    let inbox = format!("{}/inbox", program.brand);
    let mention = |number| peer.mention(1, number, &program.brand, &program.handle);

    let first = program.publish_once("one", "One").await.ok();
    assert_eq!(peer.deliver(1, &inbox, &mention(1)).await, Some(202));
    program.limit_files(&prlimit, Some(1)).await;
    for _ in 0..3 {
        let refused = program.publish_once("two", "Two").await;
        assert_eq!(refused.status, 503, "{}", refused.json);
        assert!(refused.headers.contains_key("retry-after"), "{:?}", refused.headers);
        assert_eq!(peer.deliver(1, &inbox, &mention(2)).await, Some(503));
    }
    let read = program.get_by(&fresh_token, &statuses).await.ok();
    assert_eq!(uris(&read), [first["uri"].as_str().expect("a uri")], "who only reads can go on");

    program.limit_files(&prlimit, None).await;
    let second = eventually("a post to be taken again", || async {
        let answer = program.publish_once("two", "Two").await;
        (answer.status == 200).then_some(answer.json)
    })
    .await;
    eventually("an activity to be taken again", || async {
        (peer.deliver(1, &inbox, &mention(2)).await == Some(202)).then_some(())
    })
    .await;

    let both = [second["uri"].as_str().expect("a uri"), first["uri"].as_str().expect("a uri")];
    assert_eq!(uris(&program.api(Method::GET, &statuses, None).await), both);
    assert_eq!(program.api(Method::GET, OWN, None).await["statuses_count"], 2);
    peer.wait_until("both posts with the follower", |all| {
        let here = creates(all);
        both.iter().all(|uri| here.iter().any(|one| one == uri))
    })
    .await;
    let told = eventually("both mentions", || async {
        let told = program.api(Method::GET, MENTIONS, None).await;
        (told.as_array()?.len() >= 2).then_some(told)
    })
    .await;
    assert_eq!(uris(&told).len(), 2, "each once: {told}");
    eventually("the queue to empty", || async { (program.undelivered().await == 0).then_some(()) }).await;
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_mends_by_itself() {
    on_sqlite(no_room_for_any_file).await;
}

/// Has SQLite take no further page: what it says then is what it says of a full disk. Nothing may wait that could meet the limit first.
async fn take_all_room(db: &Db) {
    eventually("nothing to wait any more", || async {
        let waiting = db.read(jobs::waiting).await.expect("the queues can be counted");
        waiting.iter().all(|(_, count)| *count == 0).then_some(())
    })
    .await;
    db.write(|conn| {
        #[derive(QueryableByName)]
        struct Pages {
            #[diesel(sql_type = BigInt)]
            page_count: i64,
        }
        let pages: Pages = diesel::sql_query("PRAGMA page_count").get_result(conn)?;
        limit_pages(conn, pages.page_count)
    })
    .await
    .expect("the limit can be set");
}

/// The connection that met the limit is thrown away, unless what failed could be undone by itself.
async fn give_room(db: &Db) {
    db.write(|conn| limit_pages(conn, i64::from(u32::MAX - 1))).await.expect("the limit can be lifted");
}

fn limit_pages(conn: &mut Conn, pages: i64) -> Result<()> {
    Ok(conn.batch_execute(&format!("PRAGMA max_page_count = {pages}"))?)
}

/// A group of writes for which SQLite has no page, within a running server.
async fn no_page_for_a_group(database: TestDatabase) {
    let server = TestServer::start_with(database, &[("RAPPORT_LIMITS__POST_CHARACTERS", "100000")]).await;
    let brand = server.brand("bakery").await;
    let peer = Peer::start(1).await;
    let inbox = format!("{}/inbox", brand.account.uri);
    let posted = brand.publish("Before").await;
    assert_eq!(peer.deliver(0, &inbox, &peer.mention(0, 1, &brand.account.uri, &brand.handle)).await, Some(202));
    brand.wait_for(MENTIONS, |list| (list.as_array()?.len() == 1).then_some(())).await;

    take_all_room(&server.app.db).await;
    let long = json!({ "status": "x".repeat(LONG), "visibility": "public" });
    let refused = brand.post("/api/v1/statuses", long.clone()).await;
    assert!(refused.headers.contains_key("retry-after"), "{:?}", refused.headers);
    refused.error(503);
    take_all_room(&server.app.db).await;
    let mut activity = peer.mention(0, 2, &brand.account.uri, &brand.handle);
    activity["object"]["summary"] = json!("x".repeat(LONG));
    assert_eq!(peer.deliver(0, &inbox, &activity).await, Some(503));

    give_room(&server.app.db).await;
    let path = format!("/api/v1/accounts/{}/statuses", brand.account.id);
    assert_eq!(uris(&brand.get(&path).await.ok()), [posted["uri"].as_str().expect("a uri")]);
    assert_eq!(brand.get(OWN).await.ok()["statuses_count"], 1);
    assert_eq!(brand.get(MENTIONS).await.ok().as_array().map(Vec::len), Some(1));
    brand.post("/api/v1/statuses", long).await.ok();
    assert_eq!(peer.deliver(0, &inbox, &activity).await, Some(202));
    brand.wait_for(MENTIONS, |list| (list.as_array()?.len() == 2).then_some(())).await;
    assert_eq!(brand.get(OWN).await.ok()["statuses_count"], 2);
}

#[tokio::test]
async fn a_group_without_room_is_refused_whole() {
    on_sqlite(no_page_for_a_group).await;
}
