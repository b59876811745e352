//! What single accounts on small servers elsewhere send and get, and what comes of it here: votes, pins, the ends of posts and accounts.

use std::cell::Cell;
use std::collections::HashSet;
use std::time::Duration;

use rapport::federation::delivery::{missing, queue};
use rapport::time::Clock;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::peer::{Arrival, Peer};
use crate::harness::server::eventually;
use crate::harness::{Caller, TestDatabase, TestServer, both};

const AS2: &str = "https://www.w3.org/ns/activitystreams";
const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";
const HOME: &str = "/api/v1/timelines/home";
const SELF: &str = "/api/v1/accounts/verify_credentials";

/// A server with a brand, and so many small ones.
async fn world(database: TestDatabase, hosts: usize) -> (TestServer, Caller, Peer) {
    let server = TestServer::start(database).await;
    let brand = server.brand("bakery").await;
    (server, brand, Peer::start(hosts).await)
}

/// An activity for everybody of the account on a host; `number` tells it from its others.
fn act(peer: &Peer, host: usize, number: usize, kind: &str, object: Value) -> Value {
    let actor = peer.actor(host);
    let id = format!("{actor}/acts/{number}");
    json!({ "@context": AS2, "id": id, "type": kind, "actor": actor, "to": [PUBLIC], "cc": [], "object": object })
}

/// A note for everybody by the account on a host, with more or other properties.
fn note(peer: &Peer, host: usize, number: usize, more: Value) -> Value {
    let (id, published) = (peer.url(host, &format!("/notes/{number}")), Clock::system().now().rfc3339());
    let mut note = json!({
        "@context": AS2, "id": id, "type": "Note", "attributedTo": peer.actor(host), "published": published,
        "to": [PUBLIC], "cc": [], "content": format!("<p>Note {number}</p>"),
    });
    for (name, value) in more.as_object().expect("properties") {
        note[name] = value.clone();
    }
    note
}

async fn send(peer: &Peer, host: usize, brand: &Caller, activity: &Value) {
    let inbox = format!("{}/inbox", brand.account.uri);
    assert_eq!(peer.deliver(host, &inbox, activity).await, Some(202), "{activity}");
}

/// What has arrived on a host of this type.
fn got(peer: &Peer, host: usize, kind: &str) -> Vec<Value> {
    let of_it = |arrival: &&Arrival| arrival.host == host && arrival.activity["type"] == kind;
    peer.arrivals().iter().filter(of_it).map(|arrival| arrival.activity.clone()).collect()
}

/// Waits until so many of this type have arrived on a host.
async fn wait_for(peer: &Peer, host: usize, kind: &str, count: usize) -> Vec<Value> {
    let of_it = |arrival: &&Arrival| arrival.host == host && arrival.activity["type"] == kind;
    peer.wait_until(kind, |all| all.iter().filter(of_it).count() >= count).await;
    got(peer, host, kind)
}

/// The account on a host follows the brand.
async fn follow(peer: &Peer, host: usize, brand: &Caller) {
    send(peer, host, brand, &act(peer, host, 1, "Follow", json!(brand.account.uri))).await;
    wait_for(peer, host, "Accept", 1).await;
}

/// The brand follows the account on a host; its id here.
async fn befriend(peer: &Peer, host: usize, brand: &Caller) -> String {
    let id = brand.resolve(&peer.handle(host)).await;
    brand.post(&format!("/api/v1/accounts/{id}/follow"), json!({})).await.ok();
    let asked = wait_for(peer, host, "Follow", 1).await.remove(0);
    send(peer, host, brand, &act(peer, host, 2, "Accept", asked)).await;
    let path = format!("/api/v1/accounts/relationships?id[]={id}");
    brand.wait_for_entry(&path, |relation| relation["following"] == true).await;
    id
}

fn path_of(status: &Value) -> String {
    format!("/api/v1/statuses/{}", status["id"].as_str().expect("an id"))
}

both!(votes_in_a_poll_elsewhere_go_to_its_author, |database| async move {
    let (_server, brand, peer) = world(database, 1).await;
    befriend(&peer, 0, &brand).await;
    let option =
        |name: &str| json!({ "type": "Note", "name": name, "replies": { "type": "Collection", "totalItems": 3 } });
    let end = Clock::system().now().after(Duration::from_secs(3600)).rfc3339();
    let options = [option("Rye & spelt"), option("<b> is bold"), option("Wheat")];
    let asked = note(&peer, 0, 1, json!({ "type": "Question", "anyOf": options, "votersCount": 6, "endTime": end }));
    send(&peer, 0, &brand, &act(&peer, 0, 3, "Create", asked.clone())).await;
    let seen = brand.wait_for_entry(HOME, |status| status["uri"] == asked["id"]).await;
    assert_eq!(seen["poll"]["options"][1]["title"], "<b> is bold");

    let path = format!("/api/v1/polls/{}/votes", seen["poll"]["id"].as_str().expect("an id"));
    let poll = brand.post(&path, json!({ "choices": [0, 1] })).await.ok();
    assert_eq!((&poll["voted"], &poll["own_votes"]), (&json!(true), &json!([0, 1])));
    assert_eq!((&poll["votes_count"], &poll["voters_count"]), (&json!(11), &json!(7)));
    assert_eq!(poll["options"][1]["votes_count"], 4);
    brand.post(&path, json!({ "choices": [2] })).await.error(422);

    let votes = wait_for(&peer, 0, "Create", 2).await;
    let names: HashSet<&str> = votes.iter().map(|vote| vote["object"]["name"].as_str().expect("a name")).collect();
    assert_eq!(names, HashSet::from(["Rye & spelt", "<b> is bold"]));
    for vote in &votes {
        let object = &vote["object"];
        assert_eq!((&vote["to"], &vote["cc"]), (&json!([peer.actor(0)]), &json!([])));
        assert_eq!((&object["type"], &object["inReplyTo"]), (&json!("Note"), &asked["id"]));
        assert_eq!((&object["attributedTo"], object.get("content")), (&json!(brand.account.uri), None));
    }
    assert_ne!(votes[0]["object"]["id"], votes[1]["object"]["id"]);
});

both!(what_somebody_elsewhere_pins_is_shown_first_and_only_they_decide, |database| async move {
    let (_server, brand, peer) = world(database, 2).await;
    let kim = befriend(&peer, 0, &brand).await;
    let notes = [1, 2].map(|number| note(&peer, 0, number, json!({})));
    for (number, written) in (3..).zip(&notes) {
        send(&peer, 0, &brand, &act(&peer, 0, number, "Create", written.clone())).await;
        brand.wait_for_entry(HOME, |status| status["uri"] == written["id"]).await;
    }
    let pinned = format!("/api/v1/accounts/{kim}/statuses?pinned=true");
    let featured = |host: usize| json!(format!("{}/featured", peer.actor(host)));
    let told = Cell::new(0);
    let change = |host: usize, kind: &str, written: &Value, target: Value| {
        told.set(told.get() + 1);
        // Some software gives all of these the same id.
        let (actor, id) = (peer.actor(host), format!("{}#{kind}", peer.actor(host)));
        let about = format!("Number {}", told.get());
        json!({ "id": id, "type": kind, "actor": actor, "object": written["id"], "target": target, "summary": about })
    };
    send(&peer, 1, &brand, &change(1, "Add", &notes[0], featured(0))).await;
    send(&peer, 1, &brand, &change(1, "Add", &notes[1], featured(1))).await;
    // The brand's answer shows that what came before was looked at.
    follow(&peer, 1, &brand).await;
    assert_eq!(brand.get(&pinned).await.ok(), json!([]));

    send(&peer, 0, &brand, &change(0, "Add", &notes[1], featured(0))).await;
    let first = brand.wait_for_entry(&pinned, |status| status["uri"] == notes[1]["id"]).await;
    assert_eq!(first["account"]["id"], kim.as_str());
    send(&peer, 1, &brand, &change(1, "Remove", &notes[1], featured(0))).await;
    send(&peer, 0, &brand, &change(0, "Remove", &notes[1], json!(peer.actor(0)))).await;
    send(&peer, 0, &brand, &change(0, "Add", &notes[0], featured(0))).await;
    brand.wait_for(&pinned, |list| (list.as_array()?.len() == 2).then_some(())).await;

    for kind in ["Remove", "Add"] {
        send(&peer, 0, &brand, &change(0, kind, &notes[1], featured(0))).await;
        let is_there = kind == "Add";
        let held = |list: &Value| list.as_array().is_some_and(|all| all.iter().any(|s| s["uri"] == notes[1]["id"]));
        brand.wait_for(&pinned, |list| (held(list) == is_there).then_some(())).await;
    }
});

both!(what_the_brand_pins_is_told_to_its_followers, |database| async move {
    let (server, brand, peer) = world(database, 1).await;
    follow(&peer, 0, &brand).await;
    let private = json!({ "status": "For those who follow", "visibility": "private" });
    let private = brand.post("/api/v1/statuses", private).await.ok();
    brand.post(&format!("{}/pin", path_of(&private)), json!({})).await.ok();
    let posted = brand.publish("Opening hours").await;
    let pin = format!("{}/pin", path_of(&posted));
    // Twice is once.
    brand.post(&pin, json!({})).await.ok();
    brand.post(&pin, json!({})).await.ok();
    let mut changes = wait_for(&peer, 0, "Add", 1).await;
    brand.post(&format!("{}/unpin", path_of(&posted)), json!({})).await.ok();
    changes.extend(wait_for(&peer, 0, "Remove", 1).await);
    brand.post(&pin, json!({})).await.ok();
    changes.extend(wait_for(&peer, 0, "Add", 2).await.pop());
    for change in &changes {
        assert_eq!((&change["object"], &change["actor"]), (&posted["uri"], &json!(brand.account.uri)));
        assert_eq!(change["target"], format!("{}/collections/featured", brand.account.uri));
    }
    let ids: HashSet<&str> = changes.iter().map(|change| change["id"].as_str().expect("an id")).collect();
    assert_eq!((changes.len(), ids.len(), got(&peer, 0, "Add").len()), (3, 3, 2));
    let featured = server.stranger().get(changes[0]["target"].as_str().expect("an address"));
    let featured = featured.header("accept", "application/activity+json").send().await.expect("an answer");
    let featured: Value = serde_json::from_str(&featured.text().await.expect("a body")).expect("a document");
    assert_eq!((&featured["totalItems"], &featured["orderedItems"][0]["id"]), (&json!(1), &posted["uri"]));
});

both!(a_delete_reaches_everybody_who_reacted, |database| async move {
    let (_server, brand, peer) = world(database, 5).await;
    let poll = json!({ "options": ["Rye", "Wheat"], "expires_in": 3600 });
    let posted = brand.post("/api/v1/statuses", json!({ "status": "What shall we bake?", "poll": poll })).await.ok();
    let other = brand.publish("Open until six").await;
    let uri = &posted["uri"];
    send(&peer, 0, &brand, &act(&peer, 0, 1, "Like", uri.clone())).await;
    send(&peer, 1, &brand, &act(&peer, 1, 1, "Announce", uri.clone())).await;
    let answer = note(&peer, 2, 1, json!({ "inReplyTo": uri }));
    send(&peer, 2, &brand, &act(&peer, 2, 1, "Create", answer)).await;
    let vote = json!({ "inReplyTo": uri, "to": [brand.account.uri], "name": "Wheat", "content": null });
    let vote = note(&peer, 3, 1, vote);
    send(&peer, 3, &brand, &act(&peer, 3, 1, "Create", vote)).await;
    send(&peer, 4, &brand, &act(&peer, 4, 1, "Like", other["uri"].clone())).await;
    let reacted = |status: &Value| {
        let counts = ["favourites_count", "reblogs_count", "replies_count"].map(|name| status[name] == 1);
        (counts == [true; 3] && status["poll"]["votes_count"] == 1).then_some(())
    };
    brand.wait_for(&path_of(&posted), reacted).await;
    brand.wait_for(&path_of(&other), |status| (status["favourites_count"] == 1).then_some(())).await;
    let kinds = brand.get("/api/v1/notifications").await.ok();
    let from_voter =
        |told: &Value| format!("@{}", told["account"]["acct"].as_str().expect("a handle")) == peer.handle(3);
    assert!(!kinds.as_array().expect("a list").iter().any(from_voter), "nobody is told of a vote: {kinds}");

    brand.send(Method::DELETE, &path_of(&posted), None).await.ok();
    for host in 0..4 {
        let deletes = wait_for(&peer, host, "Delete", 1).await;
        assert_eq!(deletes[0]["object"]["id"], *uri, "on host {host}");
    }
    brand.send(Method::DELETE, &path_of(&other), None).await.ok();
    let deletes = wait_for(&peer, 4, "Delete", 1).await;
    assert_eq!(deletes.len(), 1);
    assert_eq!(deletes[0]["object"]["id"], other["uri"]);
    assert!((0..4).all(|host| got(&peer, host, "Delete").len() == 1), "each once");
});

both!(who_is_gone_from_their_server_goes_here_too, |database| async move {
    let (server, brand, peer) = world(database, 4).await;
    for host in 0..4 {
        follow(&peer, host, &brand).await;
    }
    let inbox = "/users/kim/inbox";
    // Gone; there, though the inbox says otherwise; never found, and gone.
    for (host, status, is_gone) in [(0, 410, true), (1, 410, false), (2, 404, true)] {
        peer.show(host, inbox, status, json!({}));
        if is_gone {
            peer.show(host, "/users/kim", 410, json!({ "type": "Tombstone", "id": peer.actor(host) }));
        }
    }
    for words in ["one", "two", "three"] {
        brand.publish(words).await;
    }
    brand.wait_for(SELF, |me| (me["followers_count"] == 2).then_some(())).await;
    missing::check(&server.app, &peer.url(1, inbox)).await.expect("the owner can be asked for");
    assert_eq!(brand.get(SELF).await.ok()["followers_count"], 2, "the inbox alone proves nothing");
    let known = |host: usize| {
        let (brand, handle) = (brand.clone(), peer.handle(host));
        async move {
            brand.get(&format!("/api/v1/accounts/lookup?acct={}", handle.trim_start_matches('@'))).await.status.as_u16()
        }
    };
    assert_eq!([known(0).await, known(1).await, known(2).await, known(3).await], [404, 200, 404, 200]);
    wait_for(&peer, 3, "Create", 3).await;

    // What is not found is kept for a person to look at, so nothing was planned for them if nothing is left.
    brand.publish("four").await;
    wait_for(&peer, 3, "Create", 4).await;
    let left = || async {
        let left = server.app.db.read(|conn| queue::list(conn, None, 100)).await.expect("the deliveries");
        left.is_empty().then_some(())
    };
    eventually("nothing to be left for them", left).await;
});

both!(whom_a_fetched_post_names_is_looked_up_too, |database| async move {
    let (_server, brand, peer) = world(database, 3).await;
    befriend(&peer, 0, &brand).await;
    let (named, handle) = (peer.actor(2), peer.handle(2));
    let tag = json!([{ "type": "Mention", "href": named, "name": handle }]);
    let written = note(&peer, 1, 1, json!({ "cc": [named], "tag": tag }));
    peer.show(1, "/notes/1", 200, written.clone());
    send(&peer, 0, &brand, &act(&peer, 0, 3, "Announce", written["id"].clone())).await;
    let shared = brand.wait_for_entry(HOME, |status| status["reblog"]["uri"] == written["id"]).await;
    let mentions = &shared["reblog"]["mentions"];
    assert_eq!(format!("@{}", mentions[0]["acct"].as_str().expect("somebody is named")), handle, "{mentions}");
});
