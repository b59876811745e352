//! The repaired twins of what is refused, so that a server that ignores everything does not pass; and what has to come before a payload.

use serde_json::{Value, json};

use super::cases::Case;
use super::play::PUBLIC;
use super::town::id_of;

const BOB: &str = "https://remote.example/users/bob";
const MAL: &str = "https://evil.example/users/mal";
const ACTIVITY_JSON: &str = "application/activity+json";

/// What has to happen before a payload means anything: the post that it deletes or changes, the favourite that it takes back.
pub fn prelude(case: &Case, activity: &Value) -> Vec<Value> {
    let actor = activity["actor"].clone();
    let object = id_of(&activity["object"]).unwrap_or_default();
    match (case.name(), case.expect[0].as_str()) {
        ("delete-other-users-post" | "delete-with-tombstone-other", _) => {
            vec![create(&object, &json!(object.replace("/notes/1", "/users/bob")))]
        }
        ("update-note-to-actor", _) => vec![create(&object, &actor)],
        ("undo-by-id-other" | "undo-other-users-like", _) => vec![like(&object, &activity["$post"])],
        (_, "undo_by_id") => vec![json!({ "id": object, "type": "Like", "actor": actor, "object": activity["$post"] })],
        (_, "update_post") => {
            let mut older = activity["object"].clone();
            if let Some(older) = older.as_object_mut() {
                older.insert("content".into(), json!("<p>older words</p>"));
                older.insert("to".into(), json!([PUBLIC]));
                for name in ["updated", "contentMap", "source", "inReplyTo"] {
                    older.remove(name);
                }
            }
            vec![
                json!({ "id": format!("{object}#before"), "type": "Create", "actor": actor, "to": [PUBLIC], "object": older }),
            ]
        }
        (_, "delete_post") => vec![create(&object, &actor)],
        (_, "undo_follow" | "undo_like" | "undo_block" | "undo_announce") if activity["object"].is_object() => {
            vec![activity["object"].clone()]
        }
        _ => Vec::new(),
    }
}

fn like(id: &str, post: &Value) -> Value {
    json!({ "id": id, "type": "Like", "actor": id.split('#').next(), "object": post })
}

fn note(id: &str, author: &Value) -> Value {
    json!({ "id": id, "type": "Note", "attributedTo": author, "content": "<p>Words</p>", "published": "2026-02-03T04:05:06Z", "to": [PUBLIC] })
}

fn create(id: &str, author: &Value) -> Value {
    json!({ "@context": "https://www.w3.org/ns/activitystreams", "id": format!("{id}#create"), "type": "Create", "actor": author, "to": [PUBLIC], "object": note(id, author) })
}

fn served(body: &Value) -> Value {
    json!({ "status": 200, "headers": { "content-type": ACTIVITY_JSON }, "body": body })
}

fn profile(id: &str, name: &str) -> Value {
    json!({ "id": id, "type": "Person", "preferredUsername": name, "name": "Repaired", "inbox": format!("{id}/inbox"), "followers": format!("{id}/followers") })
}

/// Whether there is a twin.
pub fn exists(case: &Case) -> bool {
    attempt(case).is_some()
}

/// The twin.
pub fn repair(case: &Case) -> Case {
    let (document, signer, expect) = attempt(case).expect("a twin");
    let expect = expect.split(';').map(str::to_owned).collect();
    Case {
        file: case.file.clone(),
        signer: signer.into(),
        expect,
        body: document.to_string().into_bytes(),
        is_twin: true,
    }
}

/// The repaired payload, who signs it, and what has to come of it.
fn attempt(case: &Case) -> Option<(Value, &'static str, &'static str)> {
    let mut document: Value = serde_json::from_slice(&case.body).unwrap_or(Value::Null);
    let twin_note = "https://remote.example/notes/twin";
    let outcome = match case.name() {
        "accept-follow-not-target" => {
            (document["actor"], document["id"]) = (json!(BOB), json!("https://remote.example/y/1"));
            (BOB, "accept_follow")
        }
        "actor-array-two" => {
            document["actor"] = json!(MAL);
            (MAL, "store_post")
        }
        "announce-create-forged-by-group" => {
            let genuine = document["object"]["object"].clone();
            document = json!({ "$scenario": true, "serves": { "https://remote.example/notes/f2": served(&genuine) }, "deliver": document });
            ("https://evil.example/c/group", "share")
        }
        "announce-private-post" | "announce-self-loop" => {
            document["object"] = json!("https://local.example/posts/1");
            (MAL, "share")
        }
        "announce-private-remote" => {
            let open = note("https://remote.example/notes/private", &json!(BOB));
            document = json!({ "$scenario": true, "serves": { "https://remote.example/notes/private": served(&open) }, "deliver": document });
            (MAL, "share")
        }
        "attributed-to-other-actor-same-host" => {
            document["object"]["attributedTo"] = json!(MAL);
            (MAL, "store_post")
        }
        "block-on-behalf" => {
            document["id"] = json!("https://remote.example/b/1");
            (BOB, "block")
        }
        "follow-on-behalf" => {
            document["id"] = json!("https://remote.example/f/1");
            (BOB, "follow;send_accept")
        }
        "delete-local-actor" => {
            document["object"] = json!(MAL);
            (MAL, "delete_actor")
        }
        "delete-other-users-post" | "delete-with-tombstone-other" => {
            (document["actor"], document["id"]) = (json!(BOB), json!("https://remote.example/d/1"));
            (BOB, "delete_post")
        }
        "empty-body" | "json-array-root" | "json-null-root" | "json-number-root" | "json-string-root"
        | "id-ip-literal" => {
            document = create(twin_note, &json!(BOB));
            (BOB, "store_post;visibility=public")
        }
        "id-backslash-host" | "id-data-uri" | "id-null" | "id-relative" | "id-http-scheme" | "ids-very-long"
        | "type-number" => {
            (document["object"]["id"], document["object"]["type"]) = (json!(twin_note), json!("Note"));
            (BOB, "store_post;visibility=public")
        }
        "ldsig-foreign-creator" | "proof-wrong-purpose" => (BOB, "store_post"),
        "ldsig-graph-restructure" => {
            document.as_object_mut()?.remove("@graph");
            (BOB, "like")
        }
        "object-id-local-host" => {
            document["object"]["id"] = json!("https://evil.example/n/2");
            (MAL, "store_post")
        }
        "scn-blocked-domain-relayed" | "scn-blocked-subdomain" => {
            document.as_object_mut()?.remove("precondition");
            document = serde_json::from_str(&document.to_string().replace("blocked.example", "open.example")).ok()?;
            if case.name() == "scn-blocked-subdomain" {
                ("https://a.open.example/users/x", "store_post")
            } else {
                (BOB, "share")
            }
        }
        "scn-body-huge" | "scn-redirect-loop" => {
            let address = if case.name() == "scn-body-huge" {
                "https://remote.example/notes/huge"
            } else {
                "https://remote.example/r/2"
            };
            document["serves"][address] = served(&note(address, &json!(BOB)));
            (BOB, "share")
        }
        "scn-fetch-json-content-type" | "scn-fetch-ld-json-no-profile" | "scn-fetch-wrong-content-type" => {
            for page in document["serves"].as_object_mut()?.values_mut() {
                page["headers"]["content-type"] = json!(ACTIVITY_JSON);
            }
            (BOB, "share")
        }
        "scn-key-owner-mismatch" => {
            document = document["deliver"].take();
            (BOB, "store_post")
        }
        "undo-by-id-other" | "undo-other-users-like" => {
            (document["actor"], document["id"]) = (json!(BOB), json!("https://remote.example/x/1"));
            (BOB, "undo_like")
        }
        "update-actor-change-type-to-note" => {
            document["object"] = profile(MAL, "mal");
            (MAL, "update_actor")
        }
        "update-actor-other" | "username-path-traversal" => {
            (document["actor"], document["id"]) = (json!(BOB), json!("https://remote.example/u/1"));
            document["object"] = profile(BOB, "bob");
            (BOB, "update_actor")
        }
        "update-note-to-actor" => {
            let mut newer = note("https://evil.example/notes/20", &json!(MAL));
            (newer["content"], newer["updated"]) = (json!("<p>newer words</p>"), json!("2026-02-04T04:05:06Z"));
            document["object"] = newer;
            (MAL, "update_post")
        }
        "fedify_create-ref_1" => {
            document["object"] = note("https://example.com/note", &json!("https://example.com/person"));
            ("", "store_post")
        }
        "mastodon_announce-note_2" => ("", "share"),
        _ => return None,
    };
    Some((document, outcome.0, outcome.1))
}
