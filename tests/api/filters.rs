//! Filters: what they keep from whom, in every place where posts are read.

use futures_util::StreamExt;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::harness::server::answer;
use crate::harness::{Caller, TestServer, both};

fn id(entity: &Value) -> &str {
    entity["id"].as_str().expect("an id")
}

async fn filter(caller: &Caller, action: &str, keyword: &str) -> Value {
    let new = json!({
        "title": keyword, "context": ["home", "notifications"], "filter_action": action,
        "keywords_attributes": [{ "keyword": keyword, "whole_word": true }],
    });
    caller.post("/api/v2/filters", new).await.ok()
}

/// What is said of the post with this id in a list of posts; `None` if it is not there.
fn said_of(list: &Value, post: &Value) -> Option<Value> {
    let found = list.as_array().expect("a list").iter().find(|status| status["id"] == post["id"])?;
    Some(found["filtered"].clone())
}

both!(what_matches_is_reported_wherever_posts_are_read, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    sam.follow(&kim.handle).await;
    let made = filter(&sam, "warn", "rain").await;
    let post = kim.publish("@sam More Rain tomorrow").await;
    let (post_id, kim_id) = (id(&post).to_owned(), kim.account.id.to_string());

    let mut shown = vec![sam.get(&format!("/api/v1/statuses/{post_id}")).await.ok()["filtered"].clone()];
    for path in [
        "/api/v1/timelines/home".to_owned(),
        "/api/v1/timelines/public".to_owned(),
        format!("/api/v1/accounts/{kim_id}/statuses"),
        format!("/api/v1/statuses?id[]={post_id}"),
    ] {
        shown.push(said_of(&sam.get(&path).await.ok(), &post).expect("a filter that warns keeps nothing back"));
    }
    let told = sam.wait_for_entry("/api/v1/notifications", |told| told["type"] == "mention").await;
    shown.push(told["status"]["filtered"].clone());
    shown.push(sam.get("/api/v2/notifications").await.ok()["statuses"][0]["filtered"].clone());
    for filtered in shown {
        assert_eq!(filtered[0]["filter"]["id"], made["id"]);
        assert_eq!(filtered[0]["filter"].get("keywords"), None);
        assert_eq!(filtered[0]["keyword_matches"], json!(["Rain"]));
        assert_eq!(filtered[0]["status_matches"], Value::Null);
    }
    // The filters of one are nobody else's.
    assert_eq!(kim.get(&format!("/api/v1/statuses/{post_id}")).await.ok()["filtered"], json!([]));
    let seen = answer(server.stranger().get(server.url(&format!("/api/v1/statuses/{post_id}")))).await.ok();
    assert_eq!(seen.get("filtered"), None);
});

both!(what_is_hidden_is_left_out_of_home_only, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    sam.follow(&kim.handle).await;
    filter(&sam, "hide", "rain").await;
    let (hidden, own) = (kim.publish("rain").await, sam.publish("rain, by myself").await);
    let shown = kim.publish("training").await;
    let home = sam.get("/api/v1/timelines/home").await.ok();
    assert!(said_of(&home, &hidden).is_none());
    assert_eq!(said_of(&home, &shown), Some(json!([])));
    assert!(said_of(&home, &own).is_some(), "what one wrote oneself stays");
    let public = sam.get("/api/v1/timelines/public").await.ok();
    assert_eq!(said_of(&public, &hidden).expect("there")[0]["filter"]["filter_action"], "hide");
});

both!(a_filter_and_what_is_in_it_are_changed_piece_by_piece, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    let made = filter(&sam, "blur", "rain").await;
    let (path, rain) = (format!("/api/v2/filters/{}", id(&made)), id(&made["keywords"][0]).to_owned());
    assert_eq!((&made["filter_action"], &made["expires_at"]), (&json!("blur"), &Value::Null));

    let snow = sam.post(&format!("{path}/keywords"), json!({ "keyword": "snow", "whole_word": false })).await.ok();
    let sleet = json!({ "keyword": "sleet" });
    let changed = sam.send(Method::PUT, &format!("/api/v2/filters/keywords/{}", id(&snow)), Some(sleet)).await.ok();
    assert_eq!((&changed["keyword"], &changed["whole_word"]), (&json!("sleet"), &json!(false)));
    let edit = json!({ "title": "Weather", "expires_in": 3600, "keywords_attributes": [{ "id": rain, "_destroy": true }, { "keyword": "hail" }] });
    let after = sam.send(Method::PUT, &path, Some(edit)).await.ok();
    assert_eq!((&after["title"], &after["context"]), (&json!("Weather"), &made["context"]));
    assert!(after["expires_at"].is_string());
    let words = |list: &Value| -> Vec<String> {
        let rows = list.as_array().expect("a list").iter();
        rows.map(|row| row["keyword"].as_str().expect("a word").to_owned()).collect()
    };
    assert_eq!(words(&sam.get(&format!("{path}/keywords")).await.ok()), ["sleet", "hail"]);
    assert_eq!(sam.get(&format!("/api/v2/filters/keywords/{rain}")).await.error(404), "Record not found");

    let post = kim.publish("plain").await;
    let row = sam.post(&format!("{path}/statuses"), json!({ "status_id": post["id"] })).await.ok();
    assert_eq!(row["status_id"], post["id"]);
    let shown = sam.get(&format!("/api/v1/statuses/{}", id(&post))).await.ok();
    assert_eq!(shown["filtered"][0]["status_matches"], json!([post["id"]]));
    let status_path = format!("/api/v2/filters/statuses/{}", id(&row));
    assert_eq!(sam.get(&status_path).await.ok(), row);
    assert_eq!(sam.get(&path).await.ok()["statuses"], json!([row]));
    assert_eq!(sam.send(Method::DELETE, &status_path, None).await.ok(), json!({}));
    assert_eq!(sam.get(&format!("{path}/statuses")).await.ok(), json!([]));

    assert_eq!(sam.send(Method::DELETE, &path, None).await.ok(), json!({}));
    assert_eq!(sam.get("/api/v2/filters").await.ok(), json!([]));
});

both!(wrong_or_foreign_input_is_refused, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    let made = filter(&sam, "warn", "rain").await;
    let path = format!("/api/v2/filters/{}", id(&made));

    let refused = sam.post("/api/v2/filters", json!({})).await.error(422);
    assert!(refused.contains("title") && refused.contains("context"), "{refused}");
    let odd = json!({ "title": "x", "context": ["everywhere"] });
    assert!(sam.post("/api/v2/filters", odd).await.error(422).contains("context"));
    let odd = json!({ "title": "x", "context": ["home"], "filter_action": "eat" });
    assert!(sam.post("/api/v2/filters", odd).await.error(422).contains("filter_action"));
    let odd = json!({ "title": "x", "context": ["home"], "expires_in": "soon" });
    assert!(sam.post("/api/v2/filters", odd).await.error(400).contains("expires_in"));
    let odd = json!({ "title": "x", "context": ["home"], "keywords_attributes": [{ "id": "1", "keyword": "x" }] });
    sam.post("/api/v2/filters", odd).await.error(404);
    assert!(sam.post(&format!("{path}/keywords"), json!({})).await.error(422).contains("keyword"));
    assert!(sam.post(&format!("{path}/statuses"), json!({})).await.error(422).contains("status_id"));

    // What is somebody else's and what is not there read alike, and so do posts that are not for the caller.
    let private = json!({ "status": "for followers", "visibility": "private" });
    let secret = kim.post("/api/v1/statuses", private).await.ok();
    sam.post(&format!("{path}/statuses"), json!({ "status_id": secret["id"] })).await.error(404);
    sam.post(&format!("{path}/statuses"), json!({ "status_id": "12" })).await.error(404);
    kim.get(&path).await.error(404);
    kim.send(Method::DELETE, &path, None).await.error(404);
    kim.get(&format!("/api/v2/filters/keywords/{}", id(&made["keywords"][0]))).await.error(404);
    sam.get("/api/v2/filters/nonsense").await.error(404);

    let nobody = answer(server.stranger().get(server.url("/api/v2/filters"))).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
});

both!(scopes_and_roles_are_asked_for, |database| async move {
    let server = TestServer::start(database).await;
    let user = server.user("lee").await;
    let account = user.account_id;
    let own = server.app.db.read(move |conn| rapport::domain::accounts::queries::get(conn, account)).await;
    let own = own.expect("the account");
    let reads = server.caller(&user, own.clone(), "read:filters").await;
    let writes = server.caller(&user, own, "write:filters").await;
    let new = json!({ "title": "x", "context": ["home"] });
    reads.post("/api/v2/filters", new.clone()).await.error(403);
    writes.post("/api/v2/filters", new.clone()).await.ok();
    writes.get("/api/v2/filters").await.error(403);
    assert_eq!(reads.get("/api/v2/filters").await.ok()[0]["title"], "x");

    let brand = server.brand("bakery").await;
    let analyst = server.member(&brand, "ian", rapport::domain::teams::TeamRole::Analyst).await;
    brand.post("/api/v2/filters", new.clone()).await.ok();
    assert_eq!(analyst.get("/api/v2/filters").await.ok()[0]["title"], "x");
    analyst.post("/api/v2/filters", new).await.error(403);
});

both!(old_clients_have_one_filter_for_each_keyword, |database| async move {
    let server = TestServer::start(database).await;
    let sam = server.person("sam").await;
    let new = json!({ "phrase": "rain", "context": ["home"], "irreversible": true });
    let made = sam.post("/api/v1/filters", new).await;
    assert_eq!(made.headers["deprecation"], "@1668384000");
    let made = made.ok();
    assert_eq!(
        made,
        json!({ "id": made["id"], "phrase": "rain", "context": ["home"], "whole_word": false, "expires_at": null, "irreversible": true })
    );
    let path = format!("/api/v1/filters/{}", id(&made));
    let edit = json!({ "phrase": "snow", "context": ["public"], "whole_word": true, "irreversible": false });
    assert_eq!(sam.send(Method::PUT, &path, Some(edit)).await.ok()["phrase"], "snow");
    let whole = sam.get("/api/v2/filters").await.ok();
    assert_eq!((&whole[0]["title"], &whole[0]["filter_action"]), (&json!("snow"), &json!("warn")));

    sam.post(&format!("/api/v2/filters/{}/keywords", id(&whole[0])), json!({ "keyword": "hail" })).await.ok();
    assert_eq!(sam.get("/api/v1/filters").await.ok().as_array().map(Vec::len), Some(2));
    let edit = json!({ "phrase": "snow", "context": ["home"] });
    sam.send(Method::PUT, &path, Some(edit)).await.error(422);
    assert_eq!(sam.send(Method::DELETE, &path, None).await.ok(), json!({}));
    assert_eq!(sam.get("/api/v2/filters").await.ok()[0]["keywords"].as_array().map(Vec::len), Some(1));
    sam.post("/api/v1/filters", json!({ "context": ["home"] })).await.error(422);
});

async fn next_frame(socket: &mut WebSocketStream<MaybeTlsStream<TcpStream>>) -> Value {
    loop {
        let message = tokio::time::timeout(std::time::Duration::from_secs(20), socket.next()).await;
        if let Message::Text(text) = message.expect("within 20 s").expect("the stream is open").expect("a message") {
            return serde_json::from_str(&text).expect("a frame is JSON");
        }
    }
}

both!(streams_tell_of_changes_and_keep_to_them, |database| async move {
    let server = TestServer::start(database).await;
    let (kim, sam) = (server.person("kim").await, server.person("sam").await);
    sam.follow(&kim.handle).await;
    let token = sam.token.as_deref().expect("a token");
    let address = format!("ws://{}/api/v1/streaming?access_token={token}&stream=user", server.domain);
    let mut socket = connect_async(address).await.expect("a socket").0;
    filter(&sam, "hide", "rain").await;
    filter(&sam, "warn", "snow").await;
    for _ in 0..2 {
        let told = next_frame(&mut socket).await;
        assert_eq!((&told["event"], told.get("payload")), (&json!("filters_changed"), None));
    }
    kim.publish("rain").await;
    let shown = kim.publish("snow").await;
    let update = next_frame(&mut socket).await;
    assert_eq!(update["event"], "update");
    let payload: Value = serde_json::from_str(update["payload"].as_str().expect("text")).expect("JSON");
    assert_eq!(payload["id"], shown["id"], "what is hidden does not arrive");
    assert_eq!(payload["filtered"][0]["keyword_matches"], json!(["snow"]));
});
