use std::collections::HashSet;
use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::db::Json;
use crate::domain::quotes::{Consent, Standing};
use crate::domain::sample;
use crate::ids::IdSource;

fn author() -> Person {
    sample::account("Mara", "")
}

fn post(id: i64) -> Post {
    let tags = vec![TagName { name: "tea".into(), display: "Tea".into() }];
    Post { tags: Json(tags), boosts_count: 2, favourites_count: 3, ..sample::post(PostId(id), &author()) }
}

fn view(post: Post) -> PostView {
    PostView {
        post,
        author: Arc::new(author()),
        boost: None,
        poll: None,
        quote: None,
        consent: Consent::Automatic,
        marks: HashSet::from([MarkKind::Favourite]),
        app: None,
        card: None,
        filtered: Vec::new(),
    }
}

fn cx() -> Surroundings {
    Surroundings { now: sample::NOW, ids: IdSource::new(0), urls: sample::urls() }
}

#[test]
fn every_key_that_clients_need_is_there() {
    let shown = serde_json::to_value(Status::render(&view(post(9)), &cx(), Some(AccountId(1)))).unwrap();
    let needed = "id uri url created_at edited_at account content visibility sensitive spoiler_text media_attachments mentions tags emojis reblogs_count favourites_count \
        quotes_count replies_count in_reply_to_id in_reply_to_account_id reblog poll card language quote quote_approval favourited reblogged muted bookmarked filtered pinned";
    for key in needed.split_whitespace() {
        assert!(shown.get(key).is_some(), "{key}");
    }
    assert_eq!((&shown["id"], &shown["favourited"], &shown["reblogged"]), (&json!("9"), &json!(true), &json!(false)));
    assert_eq!(shown["created_at"], "2023-11-14T22:13:20.000Z");
    assert_eq!(shown["tags"], json!([{"name": "tea", "url": "https://brand.example/tags/tea"}]));
    assert_eq!((&shown["filtered"], &shown["card"]), (&json!([]), &json!(null)));
}

#[test]
fn strangers_have_no_marks() {
    let shown = serde_json::to_value(Status::render(&view(post(9)), &cx(), None)).unwrap();
    for key in ["favourited", "reblogged", "muted", "bookmarked", "filtered", "pinned", "application", "text"] {
        assert_eq!(shown.get(key), None, "{key}");
    }
}

#[test]
fn a_deleted_post_comes_with_its_text_and_no_content() {
    let shown = serde_json::to_value(Status::render_source(&view(post(9)), &cx(), AccountId(1))).unwrap();
    assert_eq!((shown.get("content"), &shown["text"]), (None, &json!("Hello")));
}

#[test]
fn a_boost_wraps_what_it_boosts() {
    let outer = Post { boost_of_id: Some(PostId(9)), content: String::new(), tags: Json(Vec::new()), ..post(10) };
    let boost = PostView { boost: Some(Box::new(view(post(9)))), ..view(outer) };
    let shown = serde_json::to_value(Status::render(&boost, &cx(), Some(AccountId(1)))).unwrap();
    assert_eq!(
        (&shown["id"], &shown["reblog"]["id"], &shown["reblog"]["content"]),
        (&json!("10"), &json!("9"), &json!("<p>Hello</p>"))
    );
    assert_eq!(shown.get("pinned"), None);
}

#[test]
fn a_quote_within_a_quote_is_an_id() {
    let quoting = |standing, quoted: Option<PostView>, id| {
        Some(QuoteView { standing, quoted_id: Some(PostId(id)), quoted: quoted.map(Box::new) })
    };
    let inner = PostView { quote: quoting(Standing::Accepted, None, 7), ..view(post(8)) };
    let outer = PostView { quote: quoting(Standing::Accepted, Some(inner.clone()), 8), ..view(post(9)) };
    let shown = serde_json::to_value(Status::render(&outer, &cx(), None)).unwrap();
    assert_eq!(shown["quote"]["quoted_status"]["quote"], json!({"state": "accepted", "quoted_status_id": "7"}));
    let revoked = PostView { quote: quoting(Standing::Revoked, Some(inner), 8), ..view(post(9)) };
    let shown = serde_json::to_value(Status::render(&revoked, &cx(), Some(AccountId(1)))).unwrap();
    assert_eq!(shown["quote"], json!({"state": "revoked", "quoted_status": null}));
    let deleted = serde_json::to_value(Status::render_source(&revoked, &cx(), AccountId(1))).unwrap();
    assert_eq!(deleted["quote"]["quoted_status"]["id"], "8", "to be written anew");
}

#[test]
fn who_may_quote_is_told() {
    let shown = serde_json::to_value(Status::render(&view(post(9)), &cx(), Some(AccountId(1)))).unwrap();
    assert_eq!(shown["quote_approval"], json!({"automatic": ["public"], "manual": [], "current_user": "automatic"}));
    let closed = Post { visibility: Visibility::Private, ..post(9) };
    let shown = serde_json::to_value(Status::render(&view(closed), &cx(), Some(AccountId(1)))).unwrap();
    assert_eq!(shown["quote_approval"]["automatic"], json!([]));
}

#[test]
fn a_title_is_text_not_markup() {
    let shown =
        serde_json::to_value(Status::render(&view(Post { title: Some("1 < 2".into()), ..post(9) }), &cx(), None))
            .unwrap();
    assert_eq!(shown["content"], "<p><strong>1 &lt; 2</strong></p><p>Hello</p>");
}
