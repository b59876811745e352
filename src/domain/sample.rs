//! An account and a post for unit tests, with everything in place that most of them do not look at. A test changes what it is about:
//! `Account { is_locked: true, ..sample::account("ann", "") }`.

use super::accounts::{Account, Kind};
use super::posts::{Attachment, Mention, Post, PostKind, Visibility};
use crate::context::Urls;
use crate::db::Json;
use crate::ids::{AccountId, MediaId, PostId};
use crate::time::Time;

/// When the samples were made.
pub(crate) const NOW: Time = Time::from_unix(1_700_000_000);

/// The addresses of the server that is ours.
pub(crate) fn urls() -> Urls {
    Urls::new("https://brand.example", "brand.example")
}

/// Somebody with the id 1; `domain` is empty for somebody here.
pub(crate) fn account(name: &str, domain: &str) -> Account {
    let host = if domain.is_empty() { "brand.example" } else { domain };
    let uri = format!("https://{host}/users/{}", name.to_lowercase());
    Account {
        id: AccountId(1),
        username: name.into(),
        username_lower: name.to_lowercase(),
        domain: domain.into(),
        url: format!("https://{host}/@{name}"),
        kind: Kind::Person,
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
        inbox_url: format!("{uri}/inbox"),
        shared_inbox_url: Some(format!("https://{host}/inbox")),
        outbox_url: Some(format!("{uri}/outbox")),
        followers_url: Some(format!("{uri}/followers")),
        following_url: Some(format!("{uri}/following")),
        featured_url: Some(format!("{uri}/collections/featured")),
        also_known_as: Json(Vec::new()),
        moved_to_uri: None,
        default_visibility: Visibility::Public,
        default_sensitive: false,
        default_language: None,
        default_quote_policy: crate::domain::quotes::QuotePolicy::Public,
        followers_count: 0,
        following_count: 0,
        statuses_count: 0,
        last_status_at: None,
        created_at: NOW,
        updated_at: NOW,
        fetched_at: None,
        suspended_at: None,
        deleted_at: None,
        shows_media: true,
        shows_media_replies: true,
        shows_featured: true,
        attribution_domains: Json(Vec::new()),
        uri,
    }
}

/// A public note that starts a thread.
pub(crate) fn post(id: PostId, author: &Account) -> Post {
    Post {
        id,
        uri: format!("{}/statuses/{id}", author.uri),
        url: format!("{}/{id}", author.url),
        account_id: author.id,
        is_local: author.is_local(),
        kind: PostKind::Note,
        visibility: Visibility::Public,
        title: None,
        content: "<p>Hello</p>".into(),
        source: author.is_local().then(|| "Hello".into()),
        spoiler_text: String::new(),
        is_sensitive: false,
        language: None,
        in_reply_to_id: None,
        in_reply_to_uri: None,
        in_reply_to_account_id: None,
        thread_id: id,
        boost_of_id: None,
        poll_id: None,
        quote_id: None,
        quote_policy: crate::domain::quotes::QuotePolicy::Public,
        mentions: Json(Vec::new()),
        tags: Json(Vec::new()),
        emojis: Json(Vec::new()),
        media: Json(Vec::new()),
        app_id: None,
        acted_by: None,
        replies_count: 0,
        boosts_count: 0,
        favourites_count: 0,
        quotes_count: 0,
        created_at: NOW,
        edited_at: None,
        deleted_at: None,
    }
}

/// The mention of somebody.
pub(crate) fn mention(account: &Account) -> Mention {
    Mention {
        id: account.id,
        username: account.username.clone(),
        acct: account.acct(),
        url: account.url.clone(),
        uri: account.uri.clone(),
    }
}

/// A picture that was uploaded here.
pub(crate) fn picture() -> Attachment {
    Attachment {
        id: MediaId(9),
        kind: "image".into(),
        file: "ab/cd/1.webp".into(),
        preview: None,
        is_remote: false,
        content_type: "image/webp".into(),
        description: Some("A drill".into()),
        blurhash: None,
        width: Some(4),
        height: Some(3),
        preview_width: None,
        preview_height: None,
        focus: (0.0, 0.5),
    }
}
