//! SIGKILL at random moments: what was promised is kept. Every inbox gets what was published, at most what was under way
//! comes twice, and what was taken with 202 is there exactly once.

use std::cell::Cell;
use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher, RandomState};

use futures_util::StreamExt;
use futures_util::stream;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::program::Program;
use crate::harness::both;
use crate::harness::peer::{Arrival, Peer};
use crate::harness::server::eventually;

/// How often the server is killed in one test.
const KILLS: usize = 3;
/// How many accounts follow the brand, each on a host of its own.
const FOLLOWERS: usize = 200;
/// Deliveries under way at once.
const SLOTS: usize = 64;
/// How many hosts mention the brand, and how often all together.
const SENDERS: usize = 8;
const MENTIONS: usize = 200;
/// How many of them wait for an answer at once.
const AT_ONCE: usize = 16;
/// The kills are spread over this much, so that with what is under way there is always something left.
const SPAN: usize = 40;

const AS2: &str = "https://www.w3.org/ns/activitystreams";

/// A number below `SPAN`, another one in every run.
fn chance() -> usize {
    usize::try_from(RandomState::new().hash_one(0) % 1000).expect("a small number") * SPAN / 1000
}

/// After how many the server is killed for the `kill`th time.
fn moment(kill: usize) -> usize {
    1 + kill * SPAN + chance()
}

fn hosts_that_got(arrivals: &[Arrival], kind: &str) -> usize {
    let hosts: HashSet<usize> = arrivals.iter().filter(|a| a.activity["type"] == kind).map(|a| a.host).collect();
    hosts.len()
}

/// Sends until the server says that it has it, as other servers do.
async fn deliver(peer: &Peer, host: usize, inbox: &str, activity: &Value) {
    eventually("an activity to be taken", || async {
        matches!(peer.deliver(host, inbox, activity).await, Some(200..=299)).then_some(())
    })
    .await;
}

async fn follow(peer: &Peer, program: &Program, host: usize) {
    let (actor, brand) = (peer.actor(host), &program.brand);
    let id = format!("{actor}/follows/1");
    let follow = json!({ "@context": AS2, "id": id, "type": "Follow", "actor": actor, "object": brand });
    deliver(peer, host, &format!("{brand}/inbox"), &follow).await;
}

both!(killed_while_it_delivers_it_reaches_every_inbox, |database| async move {
    let mut program = Program::prepare(database, SLOTS).await;
    program.start().await;
    let peer = Peer::start(FOLLOWERS).await;
    stream::iter(0..FOLLOWERS).for_each_concurrent(AT_ONCE, |host| follow(&peer, &program, host)).await;
    peer.wait_until("an Accept on every host", |all| hosts_that_got(all, "Accept") == FOLLOWERS).await;

    let post = json!({ "status": "Fresh bread for all", "visibility": "public" });
    let posted = program.api(Method::POST, "/api/v1/statuses", Some(post)).await;
    for kill in 0..KILLS {
        let moment = moment(kill);
        peer.wait_until("the moment of a kill", |all| hosts_that_got(all, "Create") >= moment).await;
        program.kill().await;
        let reached = hosts_that_got(&peer.arrivals(), "Create");
        assert!(kill > 0 || reached < FOLLOWERS, "killed at {moment}, but nothing was left to deliver");
        program.start().await;
    }
    peer.wait_until("the post on every host", |all| hosts_that_got(all, "Create") == FOLLOWERS).await;
    eventually("the queue to empty", || async { (program.undelivered().await == 0).then_some(()) }).await;

    let arrivals = peer.arrivals();
    let creates: Vec<&Arrival> = arrivals.iter().filter(|arrival| arrival.activity["type"] == "Create").collect();
    let ids: BTreeSet<&str> = creates.iter().map(|a| a.activity["id"].as_str().expect("an id")).collect();
    assert_eq!(ids.len(), 1, "one post is one activity: {ids:?}");
    assert!(creates.iter().all(|create| create.activity["object"]["id"] == posted["uri"]));
    let repeated = creates.len() - FOLLOWERS;
    assert!(repeated <= SLOTS * KILLS, "{repeated} came again, more than were under way at {KILLS} kills");
});

/// The ids of all posts of which there is a notification, as often as there is one.
async fn notified(program: &Program) -> Vec<String> {
    let (mut uris, mut before) = (Vec::new(), String::new());
    loop {
        let page = format!("/api/v1/notifications?types[]=mention&limit=80{before}");
        let page = program.api(Method::GET, &page, None).await;
        let page = page.as_array().expect("a list");
        let Some(last) = page.last() else { return uris };
        before = format!("&max_id={}", last["id"].as_str().expect("an id"));
        uris.extend(page.iter().map(|entry| entry["status"]["uri"].as_str().expect("a post").to_owned()));
    }
}

both!(killed_while_it_receives_it_keeps_once_what_it_took, |database| async move {
    let mut program = Program::prepare(database, SLOTS).await;
    program.start().await;
    let peer = Peer::start(SENDERS).await;
    let inbox = format!("{}/inbox", program.brand);
    let mention = |number: usize| peer.mention(number % SENDERS, number, &program.brand, &program.handle);
    let all: Vec<Value> = (0..MENTIONS).map(mention).collect();

    let (taken, bell) = (Cell::new(0), Notify::new());
    let send = |number: usize| {
        let (peer, inbox, activity, taken, bell) = (&peer, &inbox, &all[number], &taken, &bell);
        async move {
            deliver(peer, number % SENDERS, inbox, activity).await;
            taken.set(taken.get() + 1);
            bell.notify_one();
        }
    };
    let sending = stream::iter(0..MENTIONS).for_each_concurrent(AT_ONCE, send);
    let killing = async {
        for kill in 0..KILLS {
            let moment = moment(kill);
            while taken.get() < moment {
                bell.notified().await;
            }
            program.kill().await;
            program.start().await;
        }
    };
    tokio::join!(sending, killing);
    assert_eq!(taken.get(), MENTIONS);

    let expected: HashSet<String> =
        all.iter().map(|create| create["object"]["id"].as_str().expect("an id").to_owned()).collect();
    let seen = eventually("a notification of every mention", || async {
        let seen = notified(&program).await;
        (seen.iter().collect::<HashSet<_>>().len() >= MENTIONS).then_some(seen)
    })
    .await;
    assert_eq!(seen.iter().cloned().collect::<HashSet<_>>(), expected);
    assert_eq!(seen.len(), MENTIONS, "something was applied twice");
});
