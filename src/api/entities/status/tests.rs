use std::collections::HashSet;
use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::context::Urls;
use crate::db::Json;
use crate::domain::accounts::Kind;
use crate::domain::posts::PostKind;
use crate::ids::IdSource;

fn author() -> Person {
    let now = Time::from_unix(1_700_000_000);
    Person {
        id: AccountId(1),
        username: "Mara".into(),
        username_lower: "mara".into(),
        domain: String::new(),
        uri: "https://b.example/users/mara".into(),
        url: "https://b.example/@Mara".into(),
        kind: Kind::Organization,
        display_name: String::new(),
        note: String::new(),
        note_source: String::new(),
        fields: Json(Vec::new()),
        emojis: Json(Vec::new()),
        avatar: None,
        avatar_description: String::new(),
        header: None,
        header_description: String::new(),
        is_locked: false,
        is_discoverable: true,
        is_indexable: true,
        hides_collections: false,
        inbox_url: String::new(),
        shared_inbox_url: None,
        outbox_url: None,
        followers_url: None,
        following_url: None,
        featured_url: None,
        also_known_as: Json(Vec::new()),
        moved_to_uri: None,
        default_visibility: Visibility::Public,
        default_sensitive: false,
        default_language: None,
        followers_count: 0,
        following_count: 0,
        statuses_count: 0,
        last_status_at: None,
        created_at: now,
        updated_at: now,
        fetched_at: None,
        suspended_at: None,
        deleted_at: None,
    }
}

fn post(id: i64) -> Post {
    Post {
        id: PostId(id),
        uri: format!("https://b.example/users/mara/statuses/{id}"),
        url: format!("https://b.example/@Mara/{id}"),
        account_id: AccountId(1),
        is_local: true,
        kind: PostKind::Note,
        visibility: Visibility::Public,
        title: None,
        content: "<p>Hello</p>".into(),
        source: Some("Hello".into()),
        spoiler_text: String::new(),
        is_sensitive: false,
        language: None,
        in_reply_to_id: None,
        in_reply_to_uri: None,
        in_reply_to_account_id: None,
        thread_id: PostId(id),
        boost_of_id: None,
        poll_id: None,
        mentions: Json(Vec::new()),
        tags: Json(vec![TagName { name: "tea".into(), display: "Tea".into() }]),
        emojis: Json(Vec::new()),
        media: Json(Vec::new()),
        app_id: None,
        acted_by: None,
        replies_count: 0,
        boosts_count: 2,
        favourites_count: 3,
        created_at: Time::from_unix(1_700_000_000),
        edited_at: None,
        deleted_at: None,
    }
}

fn view(post: Post) -> PostView {
    PostView {
        post,
        author: Arc::new(author()),
        boost: None,
        poll: None,
        marks: HashSet::from([MarkKind::Favourite]),
        app: None,
    }
}

fn cx() -> Surroundings {
    Surroundings {
        now: Time::from_unix(1_700_000_000),
        ids: IdSource::new(0),
        urls: Urls::new("https://b.example", "b.example"),
    }
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
    assert_eq!(shown["tags"], json!([{"name": "tea", "url": "https://b.example/tags/tea"}]));
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
fn a_title_is_text_not_markup() {
    let shown =
        serde_json::to_value(Status::render(&view(Post { title: Some("1 < 2".into()), ..post(9) }), &cx(), None))
            .unwrap();
    assert_eq!(shown["content"], "<p><strong>1 &lt; 2</strong></p><p>Hello</p>");
}
