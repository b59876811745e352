//! Whole requests with their signatures: taken or refused as they should be, and what was refused is taken once it is signed properly.

use diesel::prelude::*;
use rapport::db::schema::inbox_items;
use rapport::error::Error;
use rapport::federation::signatures::{SignInput, sign_cavage, sign_rfc9421};
use rapport::time::{Clock, Time};
use reqwest::Method;
use serde_json::Value;
use url::Url;

use super::cases::{self, Case};
use super::world::{NETWORK, Page, World, key_id_of, key_of};
use crate::harness::server::browserless;
use crate::harness::{Part, TestDatabase, TestServer, both, parts, require};

/// What became of a request: the status, and how many activities were stored.
struct Outcome {
    status: u16,
    stored: i64,
}

/// Sends a request to a new server in a new world that shows these actors.
async fn send(
    database: TestDatabase,
    vector: &Value,
    headers: &[(String, String)],
    is_own_key: bool,
) -> Result<Outcome, String> {
    let world = World::open()?;
    for (address, actor) in vector["actors"].as_object().into_iter().flatten() {
        if !is_own_key {
            world.show(address, Page::document(actor));
        } else if actor.get("inbox").is_some() {
            world.show_actor(address);
        }
    }
    let clock = Clock::manual(Time::from_unix(vector["now"].as_i64().expect("a time")));
    let authority = world.authority().display().to_string();
    let settings =
        [("RAPPORT_FEDERATION__ALLOW_ADDRESSES", NETWORK), ("RAPPORT_FEDERATION__EXTRA_CA_FILE", authority.as_str())];
    let server = TestServer::start_in_world(database, world.lookup(), clock, &settings).await;
    server.brand("brand").await;
    let request = &vector["request"];
    let method: Method = request["method"].as_str().expect("a method").parse().expect("a method");
    let mut sent = browserless().request(method, server.url(request["path"].as_str().expect("a path")));
    for (name, value) in headers {
        sent = sent.header(name, value);
    }
    let sent = sent.body(request["body"].as_str().unwrap_or_default().to_owned()).send().await;
    let status = sent.map_or(599, |answer| answer.status().as_u16());
    let stored = server
        .app
        .db
        .read(|conn| inbox_items::table.count().get_result(conn).map_err(Error::from))
        .await
        .expect("the database answers");
    server.stop().await;
    Ok(Outcome { status, stored })
}

fn headers(vector: &Value) -> Vec<(String, String)> {
    let headers = vector["request"]["headers"].as_object().expect("headers");
    headers.iter().map(|(name, value)| (name.clone(), value.as_str().expect("a header").to_owned())).collect()
}

/// The same request, signed with a key of the actor as it should be.
fn repaired(vector: &Value) -> Vec<(String, String)> {
    let bob = "https://remote.example/users/bob";
    let request = &vector["request"];
    let url =
        Url::parse(&format!("https://local.example{}", request["path"].as_str().expect("a path"))).expect("an address");
    let body = request["body"].as_str().unwrap_or_default();
    let input = SignInput {
        method: request["method"].as_str().expect("a method"),
        url: &url,
        key_id: &key_id_of(bob),
        key: key_of(bob),
        body: Some(body.as_bytes()),
        content_type: None,
        now: Time::from_unix(vector["now"].as_i64().expect("a time")),
    };
    let is_new = vector["$signature_vector"] == "rfc9421";
    let signed = if is_new { sign_rfc9421(&input) } else { sign_cavage(&input) };
    signed.expect("a signature").into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn verdict(case: &Case, outcome: &Outcome, is_get: bool) -> Option<String> {
    let Outcome { status, stored } = *outcome;
    let is_fine = match case.expect[0].as_str() {
        "accept" if is_get => status == 200,
        "accept" => status == 202 && stored == 1,
        "reject_401" => status == 401 && stored == 0,
        "reject_400_or_401" => matches!(status, 400 | 401) && stored == 0,
        "accept_or_reject" => matches!((status, stored), (202, 1) | (401, 0)),
        word => return Some(format!("{}: {word} is no word for a request", case.file)),
    };
    (!is_fine).then(|| format!("{}: {} but {status}, {stored} stored", case.file, case.expect[0]))
}

both!(signatures_are_taken_or_refused_as_the_vectors_say, |database| async move {
    let Some(folder) = require(Part::Fixtures) else { return };
    let (mut failures, mut run, mut twins) = (Vec::new(), 0, 0);
    for case in cases::read(&folder).iter().filter(|case| case.is_vector()) {
        let vector: Value = serde_json::from_slice(&case.body).expect("JSON");
        let outcome = match send(database.another(), &vector, &headers(&vector), false).await {
            Ok(outcome) => outcome,
            Err(why) => return parts::skip(Part::Fixtures, &why),
        };
        run += 1;
        failures.extend(verdict(case, &outcome, vector["request"]["method"] == "GET"));
        if case.expect[0].starts_with("reject") {
            let twin = send(database.another(), &vector, &repaired(&vector), true).await.expect("a world");
            twins += 1;
            if (twin.status, twin.stored) != (202, 1) {
                failures.push(format!("{} (repaired): {}, {} stored", case.file, twin.status, twin.stored));
            }
        }
    }
    parts::say(&format!(
        "Signature vectors: {run} run, {twins} repaired twins, {} not as they should be",
        failures.len()
    ));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
});
