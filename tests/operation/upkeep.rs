//! Upkeep, on a clock that the tests move: what nobody attached goes, long timelines are cut, and the planner knows its tables.

use std::sync::Arc;
use std::time::Duration;

use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl};
use rapport::db::{Conn, Db};
use rapport::net::resolver::Lookup;
use rapport::time::{Clock, Time};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::server::eventually;
use crate::harness::{Caller, TestDatabase, TestServer, both};

const HOUR: Duration = Duration::from_secs(3600);

/// A server that knows no other, and its clock.
async fn server(database: TestDatabase, settings: &[(&str, &str)]) -> (TestServer, Clock) {
    let clock = Clock::manual(Time::from_unix(1_800_000_000));
    let nowhere: Lookup = Arc::new(|_| Box::pin(async { Ok(Vec::new()) }));
    (TestServer::start_in_world(database, nowhere, clock.clone(), settings).await, clock)
}

/// Uploads a picture; the attachment as the API shows it.
async fn upload(caller: &Caller) -> Value {
    caller.send_picture(Method::POST, "/api/v2/media", "file").await.ok()
}

/// The status of the file that an attachment names.
async fn file_status(server: &TestServer, attachment: &Value) -> u16 {
    let address = attachment["url"].as_str().expect("an address");
    let path = address.strip_prefix("https://local.example").expect("a file of ours");
    server.stranger().get(server.url(path)).send().await.expect("an answer").status().as_u16()
}

async fn publish_with(caller: &Caller, attachment: &Value) -> Value {
    let body = json!({ "status": "Look", "visibility": "public", "media_ids": [attachment["id"]] });
    caller.post("/api/v1/statuses", body).await.ok()
}

both!(what_nobody_attached_goes_after_a_day_and_its_file_with_it, |database| async move {
    let (server, clock) = server(database, &[]).await;
    let brand = server.brand("bakery").await;
    let (kept, forgotten) = (upload(&brand).await, upload(&brand).await);
    publish_with(&brand, &kept).await;
    assert_eq!((file_status(&server, &kept).await, file_status(&server, &forgotten).await), (200, 200));

    clock.advance(25 * HOUR);
    eventually("the forgotten file to go", || async { (file_status(&server, &forgotten).await == 404).then_some(()) })
        .await;
    let path = format!("/api/v1/media/{}", forgotten["id"].as_str().expect("an id"));
    brand.get(&path).await.error(404);
    assert_eq!(file_status(&server, &kept).await, 200);
});

both!(what_is_taken_off_a_post_may_be_attached_again_for_a_day, |database| async move {
    let (server, clock) = server(database, &[]).await;
    let brand = server.brand("bakery").await;
    let old = upload(&brand).await;
    let posted = publish_with(&brand, &old).await;
    clock.advance(48 * HOUR);
    let newer = upload(&brand).await;
    clock.advance(23 * HOUR);
    let delete = format!("/api/v1/statuses/{}", posted["id"].as_str().expect("an id"));
    brand.send(Method::DELETE, &delete, None).await.ok();
    clock.advance(2 * HOUR);
    eventually("the upload of yesterday to go", || async { (file_status(&server, &newer).await == 404).then_some(()) })
        .await;
    publish_with(&brand, &old).await;
    assert_eq!(file_status(&server, &old).await, 200);
});

both!(a_home_timeline_is_cut_to_the_newest_posts_and_they_stay_elsewhere, |database| async move {
    const KEPT: usize = 100;
    const MORE: usize = 5;
    let (server, clock) = server(database, &[("RAPPORT_LIMITS__HOME_POSTS", "100")]).await;
    let (brand, other) = (server.brand("bakery").await, server.brand("mill").await);
    other.publish("Flour").await;
    let mut published = Vec::new();
    for number in 0..KEPT + MORE {
        let posted = brand.publish(&format!("Number {number}")).await;
        published.push(posted["id"].as_str().expect("an id").to_owned());
    }
    published.reverse();
    assert_eq!(all(&brand, "/api/v1/timelines/home").await, published);

    clock.advance(HOUR);
    eventually("the timeline to be cut", || async {
        (all(&brand, "/api/v1/timelines/home").await.len() == KEPT).then_some(())
    })
    .await;
    assert_eq!(all(&brand, "/api/v1/timelines/home").await, published[..KEPT]);
    assert_eq!(all(&brand, &format!("/api/v1/accounts/{}/statuses", brand.account.id)).await, published);
    assert_eq!(all(&other, "/api/v1/timelines/home").await.len(), 1, "a short one is left alone");
});

/// The ids of a list, page by page.
async fn all(caller: &Caller, path: &str) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    loop {
        let before = ids.last().map(|id| format!("&max_id={id}")).unwrap_or_default();
        let page = caller.get(&format!("{path}?limit=40{before}")).await.ok();
        let page = page.as_array().expect("a list");
        if page.is_empty() {
            return ids;
        }
        ids.extend(page.iter().map(|entry| entry["id"].as_str().expect("an id").to_owned()));
    }
}

both!(the_planner_learns_of_a_table_soon_after_it_fills, |database| async move {
    let watching = database.open();
    let (server, clock) = server(database, &[]).await;
    let brand = server.brand("bakery").await;
    for number in 0..20 {
        brand.publish(&format!("Number {number}")).await;
    }
    eventually("statistics of home timelines", || async {
        clock.advance(Duration::from_secs(61));
        knows_homes(&watching).await.then_some(())
    })
    .await;
});

/// Whether the planner has statistics of home timelines.
async fn knows_homes(db: &Db) -> bool {
    #[derive(QueryableByName)]
    struct Known {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let known = db.read(|conn| {
        let query = match conn {
            Conn::Pg(_) => "SELECT count(*) AS count FROM pg_class WHERE relname = 'home_entries' AND reltuples > 0",
            Conn::Sqlite(_) => "SELECT count(*) AS count FROM sqlite_stat1 WHERE tbl = 'home_entries'",
        };
        Ok(diesel::sql_query(query).get_result::<Known>(conn)?)
    });
    // SQLite has no such table before it has looked for the first time.
    known.await.is_ok_and(|known| known.count > 0)
}
