//! Servers that take a connection and do not come to an end: whoever else waits for a post does not notice, and the time allowed ends it.

use rapport::federation::delivery::queue::{self, Delivery, DeliveryState};
use rapport::time::Clock;
use serde_json::json;

use crate::harness::peer::{Arrival, Manner, Peer};
use crate::harness::server::eventually;
use crate::harness::{Caller, TestServer, both};

const AS2: &str = "https://www.w3.org/ns/activitystreams";
/// The hosts that hang.
const SLOW: [(usize, Manner); 2] = [(0, Manner::Silent), (1, Manner::Dripping)];

/// Has the account on every host follow the brand, and the slow ones become slow.
async fn follow_from_all(peer: &Peer, hosts: usize, brand: &Caller) {
    let inbox = format!("{}/inbox", brand.account.uri);
    for host in 0..hosts {
        let actor = peer.actor(host);
        let id = format!("{actor}/follows/1");
        let follow =
            json!({ "@context": AS2, "id": id, "type": "Follow", "actor": actor, "object": brand.account.uri });
        assert_eq!(peer.deliver(host, &inbox, &follow).await, Some(202));
    }
    peer.wait_until("an Accept on every host", |all| count(all, "Accept") == hosts).await;
    for (host, manner) in SLOW {
        peer.treat(host, manner);
    }
}

fn count(arrivals: &[Arrival], kind: &str) -> usize {
    arrivals.iter().filter(|arrival| arrival.activity["type"] == kind).count()
}

async fn waiting(server: &TestServer) -> Vec<Delivery> {
    server.app.db.read(|conn| queue::list(conn, None, 100)).await.expect("the deliveries can be read")
}

both!(who_never_answers_keeps_nobody_else_waiting, |database| async move {
    const PROMPT: usize = 20;
    // Longer than this test waits for anything: what arrives has not waited for somebody else's time to run out.
    let settings = [("RAPPORT_FEDERATION__DELIVERY_SLOTS", "8"), ("RAPPORT_LIMITS__DELIVERY_TIMEOUT", "1m")];
    let server = TestServer::start_with(database, &settings).await;
    let brand = server.brand("bakery").await;
    let peer = Peer::start(PROMPT + SLOW.len()).await;
    follow_from_all(&peer, PROMPT + SLOW.len(), &brand).await;

    brand.publish("One").await;
    eventually("both to hang", || async { (peer.hanging() == SLOW.len()).then_some(()) }).await;
    peer.wait_until("the first post with all others", |all| count(all, "Create") == PROMPT).await;
    brand.publish("Two").await;
    peer.wait_until("the second post with all others", |all| count(all, "Create") == 2 * PROMPT).await;
    assert!(peer.hanging() >= SLOW.len(), "those who hang still do");
});

both!(a_hang_ends_with_the_time_allowed_and_is_tried_again, |database| async move {
    let server = TestServer::start_with(database, &[("RAPPORT_LIMITS__DELIVERY_TIMEOUT", "1s")]).await;
    let brand = server.brand("bakery").await;
    let peer = Peer::start(SLOW.len()).await;
    follow_from_all(&peer, SLOW.len(), &brand).await;
    eventually("the queue to empty", || async { waiting(&server).await.is_empty().then_some(()) }).await;

    brand.publish("Fresh bread").await;
    let put_back = eventually("both to be given up for now", || async {
        let left = waiting(&server).await;
        let is_done = |row: &Delivery| row.last_error.is_some() && row.leased_until.is_none();
        (left.len() == SLOW.len() && left.iter().all(is_done)).then_some(left)
    })
    .await;
    for row in put_back {
        assert_eq!((row.state, row.attempts, row.last_status), (DeliveryState::Queued, 1, None), "{row:?}");
        assert!(row.due_at > Clock::system().now(), "tried again, and not at once: {row:?}");
    }
    eventually("both to be let go", || async { (peer.hanging() == 0).then_some(()) }).await;

    for (host, _) in SLOW {
        peer.treat(host, Manner::Prompt);
    }
    let now = server.app.clock.now();
    server.app.db.write(move |conn| queue::retry(conn, None, now)).await.expect("they can be tried now");
    peer.wait_until("the post with both", |all| count(all, "Create") == SLOW.len()).await;
    eventually("the queue to empty", || async { waiting(&server).await.is_empty().then_some(()) }).await;
});
