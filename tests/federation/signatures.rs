//! Signatures over real HTTP: clocks that are off, and a peer that knows RFC 9421 alone.

use std::time::Duration;

use rapport::federation::delivery::queue;
use rapport::federation::signatures::Scheme;
use rapport::time::Clock;
use serde_json::json;

use crate::harness::peer::{Arrival, Knock, Manner, Peer};
use crate::harness::server::eventually;
use crate::harness::{TestServer, both};

const AS2: &str = "https://www.w3.org/ns/activitystreams";

fn has(kind: &str) -> impl Fn(&[Arrival]) -> bool {
    move |all| all.iter().any(|arrival| arrival.activity["type"] == kind)
}

both!(a_clock_may_be_off_by_less_than_an_hour_either_way, |database| async move {
    let server = TestServer::start(database).await;
    let brand = server.brand("bakery").await;
    let peer = Peer::start(1).await;
    let (now, inbox) = (Clock::system().now(), format!("{}/inbox", brand.account.uri));
    let minutes = |count: u64| Duration::from_secs(count * 60);
    let (mut number, mut taken) = (0, Vec::new());
    for form in [Scheme::Cavage, Scheme::Rfc9421] {
        for (signed_at, status) in [
            (now.before(minutes(70)), 401),
            (now.after(minutes(70)), 401),
            (now.before(minutes(50)), 202),
            (now.after(minutes(50)), 202),
        ] {
            number += 1;
            let activity = peer.mention(0, number, &brand.account.uri, &brand.handle);
            let answered = peer.deliver_signed(0, &inbox, &activity, form, signed_at).await;
            assert_eq!(answered, Some(status), "{form:?}, signed at {} of {}", signed_at.rfc3339(), now.rfc3339());
            if status == 202 {
                taken.push(activity["object"]["id"].clone());
            }
        }
    }
    let path = "/api/v1/notifications?types[]=mention";
    let told = brand.wait_for(path, |list| (list.as_array()?.len() >= taken.len()).then(|| list.clone())).await;
    let mut told: Vec<String> =
        told.as_array().expect("a list").iter().map(|n| n["status"]["uri"].to_string()).collect();
    told.sort();
    assert_eq!(told, taken.iter().map(ToString::to_string).collect::<Vec<_>>(), "what was taken, and nothing else");
});

both!(a_peer_that_knows_rfc_9421_alone_is_knocked_at_twice_and_then_once, |database| async move {
    let server = TestServer::start(database).await;
    let brand = server.brand("bakery").await;
    let peer = Peer::start(1).await;
    peer.treat(0, Manner::Rfc9421);

    let actor = peer.actor(0);
    let follow = json!({ "@context": AS2, "id": format!("{actor}/follows/1"), "type": "Follow", "actor": actor, "object": brand.account.uri });
    let inbox = format!("{}/inbox", brand.account.uri);
    let answered = peer.deliver_signed(0, &inbox, &follow, Scheme::Rfc9421, Clock::system().now()).await;
    assert_eq!(answered, Some(202), "what it signs is understood here");
    peer.wait_until("an Accept", has("Accept")).await;
    let knock = |form, was_taken| Knock { host: 0, form, was_taken };
    assert_eq!(peer.knocks(), [knock(Scheme::Cavage, false), knock(Scheme::Rfc9421, true)]);

    // How it went is written down with the end of the delivery.
    eventually("the delivery to be done", || async {
        let left = server.app.db.read(|conn| queue::list(conn, None, 10)).await.expect("the deliveries can be read");
        left.is_empty().then_some(())
    })
    .await;
    brand.publish("Fresh bread").await;
    peer.wait_until("the post", has("Create")).await;
    assert_eq!(peer.knocks().get(2..), Some(&[knock(Scheme::Rfc9421, true)][..]));
});
