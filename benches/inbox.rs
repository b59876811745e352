//! How fast signed activities are taken and applied.
//!
//! `cargo bench --bench inbox [-- postgres://…]`: public notes of 50 accounts elsewhere that mention the brand, 64 at once, through everything from the
//! parsed request on, in this process and on one thread, while the server's workers apply them. Figures of one run on one machine; compare
//! them with each other only.

#![expect(clippy::expect_used, reason = "a benchmark that cannot go on has nobody to tell but the terminal")]

mod strangers;
mod world;

use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::web::Data;
use futures_util::{StreamExt, stream};
use rapport::app::App;
use rapport::crypto::keys::PrivateKey;
use rapport::domain::accounts::Account;
use rapport::domain::accounts::actions::store_remote;
use rapport::federation::signatures::{SignInput, sign_cavage};
use rapport::http::server;
use rapport::jobs;
use serde_json::json;
use strangers::stranger;
use url::Url;
use world::{HERE, World};

const SENDERS: usize = 50;
const NOTES: usize = 4000;
const AT_ONCE: usize = 64;
const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

fn main() {
    world::on_each_database(bench);
}

async fn bench(world: World) {
    let app = &world.app;
    let key = PrivateKey::generate_rsa().expect("a key");
    let senders: Vec<_> = (0..SENDERS).map(|sender| stranger(&host(sender), key.public())).collect();
    let known = app.act(move |conn, cx| senders.into_iter().try_for_each(|one| store_remote(conn, cx, one).map(drop)));
    known.await.expect("accounts elsewhere");
    let requests: Vec<_> = (0..NOTES).map(|number| request(app, &key, number, &world.brand)).collect();
    let running = strangers::serve(app);
    let service =
        init_service(actix_web::App::new().app_data(Data::new(app.clone())).configure(server::configure)).await;

    let started = Instant::now();
    let sending = stream::iter(requests).for_each_concurrent(AT_ONCE, |request| {
        let service = &service;
        async move {
            let answer = call_service(service, request.to_request()).await;
            assert_eq!(answer.status(), StatusCode::ACCEPTED);
        }
    });
    sending.await;
    world::report(&format!("signed notes taken, {AT_ONCE} at once"), NOTES, started);
    let mut look = tokio::time::interval(Duration::from_millis(5));
    while waiting(app).await > 0 {
        look.tick().await;
    }
    world::report("the same, until all were applied", NOTES, started);
    running.stop().await.expect("a clean stop");
}

fn host(sender: usize) -> String {
    format!("h{sender}.test")
}

/// A Create of a note that mentions the brand, signed for our shared inbox.
fn request(app: &App, key: &PrivateKey, number: usize, brand: &Account) -> TestRequest {
    let (actor, now) = (format!("http://{}/users/kim", host(number % SENDERS)), app.clock.now());
    let note = json!({
        "id": format!("{actor}/notes/{number}"), "type": "Note", "attributedTo": actor, "published": now.rfc3339(),
        "content": format!("<p>Number {number}</p>"), "to": [PUBLIC], "cc": [brand.uri],
        "tag": [{ "type": "Mention", "href": brand.uri, "name": format!("@brand@{HERE}") }],
    });
    let activity = json!({
        "@context": "https://www.w3.org/ns/activitystreams", "id": format!("{actor}/notes/{number}/create"), "type": "Create",
        "actor": actor, "to": [PUBLIC], "cc": [brand.uri], "object": note,
    });
    let (body, url) = (activity.to_string(), Url::parse(&format!("http://{HERE}/inbox")).expect("an address"));
    let input = SignInput {
        method: "POST",
        url: &url,
        key_id: &format!("{actor}#main-key"),
        key,
        body: Some(body.as_bytes()),
        content_type: None,
        now,
    };
    let headers = sign_cavage(&input).expect("a signature");
    let request = TestRequest::post().uri("/inbox");
    headers.into_iter().fold(request, TestRequest::insert_header).set_payload(body)
}

/// How many activities wait to be applied.
async fn waiting(app: &App) -> i64 {
    let queues = app.db.read(jobs::waiting).await.expect("the queues can be counted");
    queues.iter().filter(|(queue, _)| *queue == "inbox").map(|(_, count)| count).sum()
}
