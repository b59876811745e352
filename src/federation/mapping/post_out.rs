//! Posts of this server as ActivityStreams objects.

use activitypub_federation::kinds::collection::{CollectionPageType, CollectionType};
use activitypub_federation::kinds::link::MentionType;
use activitypub_federation::kinds::object::{
    ArticleType, AudioType, DocumentType, ImageType, NoteType, PageType, VideoType,
};
use activitypub_federation::protocol::tombstone::Tombstone;
use serde_json::{Map, Value, json};
use url::Url;

use super::account_out::emoji_tag;
use super::quotes;
use crate::context::Urls;
use crate::domain::accounts::Account;
use crate::domain::posts::polls::Poll;
use crate::domain::posts::{Attachment, Post, PostKind};
use crate::error::{Error, Result};
use crate::federation::outbox::audience::Addressing;
use crate::time::Time;

/// How many answers of its author a post brings with it; the others stand in its collection of answers.
pub const OWN_ANSWERS: usize = 5;

/// A post with what its document says besides.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The post; no boost.
    pub post: &'a Post,
    /// Who wrote it.
    pub author: &'a Account,
    /// Its poll.
    pub poll: Option<&'a Poll>,
    /// The id of the post that it quotes, as long as that one's author does not object.
    pub quoted: Option<&'a str>,
    /// The ids of what its author answered to it first, at most [`OWN_ANSWERS`].
    pub answers: &'a [String],
    /// Whether its thread starts on this server, which then keeps the thread's collection.
    pub is_thread_ours: bool,
    /// When the document is written: a poll is open or closed then.
    pub now: Time,
}

/// Whom a post is for.
pub fn addressing(post: &Post, author: &Account) -> Addressing {
    Addressing::of_post(
        post.visibility,
        followers_of(author),
        post.mentions.0.iter().map(|mention| mention.uri.as_str()),
    )
}

/// The id of the collection of an account's followers; without one, followers-only posts look like direct messages.
pub fn followers_of(author: &Account) -> &str {
    author.followers_url.as_deref().unwrap_or(&author.uri)
}

/// The `Note`, `Question`, `Article` or `Page` of a post, without `@context`.
pub fn object(facts: Facts<'_>, urls: &Urls) -> Value {
    let Facts { post, author, poll, answers, is_thread_ours, .. } = facts;
    let Addressing { to, cc } = addressing(post, author);
    let id = post.uri.as_str();
    let mut object = json!({
        "id": id,
        "type": kind(post.kind),
        "attributedTo": author.uri,
        "to": to,
        "cc": cc,
        "published": post.created_at.rfc3339(),
        "url": post.url,
        "inReplyTo": post.in_reply_to_uri,
        "summary": Some(&post.spoiler_text).filter(|text| !text.is_empty()),
        "sensitive": post.is_sensitive,
        "content": post.content,
        "attachment": post.media.0.iter().map(|file| attachment(file, urls)).collect::<Value>(),
        "tag": tags(post, urls),
        "replies": {
            "id": format!("{id}/replies"),
            "type": CollectionType::Collection,
            "first": {
                "type": CollectionPageType::CollectionPage,
                "partOf": format!("{id}/replies"),
                "next": format!("{id}/replies?page=true"),
                "items": answers,
            },
        },
        "likes": { "id": format!("{id}/likes"), "type": CollectionType::Collection, "totalItems": post.favourites_count },
        "shares": { "id": format!("{id}/shares"), "type": CollectionType::Collection, "totalItems": post.boosts_count },
        "interactionPolicy": quotes::interaction_policy(post, author),
    });
    let Some(more) = object.as_object_mut() else { return object };
    if let Some(at) = post.edited_at {
        more.insert("updated".into(), json!(at.rfc3339()));
    }
    if let Some(title) = &post.title {
        more.insert("name".into(), json!(title));
    }
    if let Some(language) = &post.language {
        more.insert("contentMap".into(), json!({ language: post.content }));
    }
    if let Some(source) = &post.source {
        more.insert("source".into(), json!({ "content": source, "mediaType": "text/plain" }));
    }
    if is_thread_ours {
        let thread = urls.thread(post.thread_id);
        more.insert("conversation".into(), json!(thread));
        more.insert("context".into(), json!(thread));
    }
    if let Some(poll) = poll {
        write_poll(more, poll, facts.now);
    }
    if let Some(quoted) = facts.quoted {
        quotes::write(more, quoted);
    }
    object
}

/// What stands at the id of a deleted post or account.
pub fn tombstone(id: &str) -> Result<Value> {
    Ok(serde_json::to_value(Tombstone::new(Url::parse(id).map_err(Error::internal)?))?)
}

fn kind(kind: PostKind) -> Value {
    match kind {
        PostKind::Question => json!("Question"),
        PostKind::Article => json!(ArticleType::Article),
        PostKind::Page => json!(PageType::Page),
        // What else there is comes from other servers only.
        _ => json!(NoteType::Note),
    }
}

fn tags(post: &Post, urls: &Urls) -> Value {
    let mentions = post.mentions.0.iter().map(|mention| {
        // Ours have no domain of their own in `acct`; elsewhere the name needs it.
        let name = if mention.acct.contains('@') {
            format!("@{}", mention.acct)
        } else {
            format!("@{}@{}", mention.acct, urls.domain())
        };
        json!({ "type": MentionType::Mention, "href": mention.uri, "name": name })
    });
    let hashtags = post
        .tags
        .0
        .iter()
        .map(|tag| json!({ "type": "Hashtag", "href": urls.tag(&tag.name), "name": format!("#{}", tag.display) }));
    let emojis = post.emojis.0.iter().map(|emoji| emoji_tag(&emoji.shortcode, &emoji.url));
    mentions.chain(hashtags).chain(emojis).collect()
}

fn attachment(file: &Attachment, urls: &Urls) -> Value {
    let kind = match file.kind.as_str() {
        "image" => json!(ImageType::Image),
        "video" | "gifv" => json!(VideoType::Video),
        "audio" => json!(AudioType::Audio),
        _ => json!(DocumentType::Document),
    };
    let url = if file.is_remote { file.file.clone() } else { urls.media(&file.file) };
    let mut document = json!({ "type": kind, "mediaType": file.content_type, "url": url });
    let Some(more) = document.as_object_mut() else { return document };
    let mut say = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            more.insert(name.into(), value);
        }
    };
    // Old readers take the alternative text from `name`, newer ones from `summary`.
    say("name", file.description.as_ref().map(|text| json!(text)));
    say("summary", file.description.as_ref().map(|text| json!(text)));
    say("width", file.width.map(|pixels| json!(pixels)));
    say("height", file.height.map(|pixels| json!(pixels)));
    say("blurhash", file.blurhash.as_ref().map(|hash| json!(hash)));
    say("focalPoint", Some(json!([file.focus.0, file.focus.1])));
    document
}

fn write_poll(object: &mut Map<String, Value>, poll: &Poll, now: Time) {
    let is_hidden = poll.hides_totals && !poll.is_expired(now);
    let options = poll.options.0.iter().enumerate().map(|(at, text)| {
        let votes = poll.tallies.0.get(at).filter(|_| !is_hidden).copied().unwrap_or(0);
        json!({ "type": NoteType::Note, "name": text, "replies": { "type": CollectionType::Collection, "totalItems": votes } })
    });
    object.insert(if poll.is_multiple { "anyOf" } else { "oneOf" }.into(), options.collect());
    object.insert("votersCount".into(), json!(poll.voters_count));
    if let Some(end) = poll.expires_at {
        object.insert("endTime".into(), json!(end.rfc3339()));
        if poll.is_expired(now) {
            object.insert("closed".into(), json!(end.rfc3339()));
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::db::Json;
    use crate::domain::posts::{TagName, Visibility};
    use crate::domain::sample;
    use crate::federation::mapping::account_out::tests::brand;
    use crate::federation::vocab::PUBLIC;
    use crate::ids::{AccountId, PollId, PostId};

    /// A post of [`brand`] that names somebody elsewhere.
    pub(crate) fn post() -> (Post, Account, Urls) {
        let (author, urls) = brand();
        let kim = Account { id: AccountId(2), ..sample::account("kim", "r.example") };
        let post = Post {
            language: Some("en".into()),
            mentions: Json(vec![sample::mention(&kim)]),
            tags: Json(vec![TagName { name: "drills".into(), display: "Drills".into() }]),
            media: Json(vec![sample::picture()]),
            boosts_count: 2,
            favourites_count: 3,
            ..sample::post(PostId(7), &author)
        };
        (post, author, urls)
    }

    fn written(post: &Post, author: &Account, urls: &Urls, poll: Option<&Poll>) -> Value {
        let answers = &[format!("{}1", post.uri)];
        let now = Time::from_unix(1_700_000_100);
        object(Facts { post, author, poll, quoted: None, answers, is_thread_ours: true, now }, urls)
    }

    #[test]
    fn a_note_says_everything_in_the_shapes_that_others_read() {
        let (post, author, urls) = post();
        let note = written(&post, &author, &urls, None);
        assert_eq!(note["type"], "Note");
        assert_eq!(note["attributedTo"], "https://brand.example/users/brand");
        assert_eq!(note["to"], json!([PUBLIC]));
        assert_eq!(note["cc"], json!(["https://brand.example/users/brand/followers", "https://r.example/users/kim"]));
        assert_eq!(note["contentMap"], json!({ "en": "<p>Hello</p>" }));
        assert_eq!(
            note["tag"][0],
            json!({ "type": "Mention", "href": "https://r.example/users/kim", "name": "@kim@r.example" })
        );
        assert_eq!(
            note["tag"][1],
            json!({ "type": "Hashtag", "href": "https://brand.example/tags/drills", "name": "#Drills" })
        );
        assert_eq!(note["attachment"][0]["url"], "https://brand.example/media/ab/cd/1.webp");
        assert_eq!(note["attachment"][0]["name"], "A drill");
        assert_eq!(note["attachment"][0]["focalPoint"], json!([0.0, 0.5]));
        assert_eq!(note["likes"]["totalItems"], 3);
        assert_eq!(note["shares"]["totalItems"], 2);
        assert_eq!(note["replies"]["first"]["items"], json!(["https://brand.example/users/brand/statuses/71"]));
        assert_eq!(note["context"], "https://brand.example/contexts/7");
        assert_eq!(note["published"], "2023-11-14T22:13:20.000Z");
        assert_eq!(note["summary"], Value::Null);
        assert!(note.get("updated").is_none() && note.get("@context").is_none());
        assert_eq!(note["interactionPolicy"]["canQuote"]["automaticApproval"], json!([PUBLIC]));
    }

    #[test]
    fn a_private_post_is_quoted_by_its_author_only() {
        let (post, author, urls) = post();
        let note = written(&Post { visibility: Visibility::Direct, ..post }, &author, &urls, None);
        assert_eq!((&note["to"], &note["cc"]), (&json!(["https://r.example/users/kim"]), &json!([])));
        assert_eq!(note["interactionPolicy"]["canQuote"]["automaticApproval"], json!([author.uri]));
    }

    #[test]
    fn what_is_quoted_is_named_for_every_reader() {
        let (post, author, urls) = post();
        let quoted = Some("https://r.example/notes/1");
        let facts = Facts {
            post: &post,
            author: &author,
            poll: None,
            quoted,
            answers: &[],
            is_thread_ours: true,
            now: post.created_at,
        };
        let note = object(facts, &urls);
        for name in ["quote", "quoteUri", "_misskey_quote"] {
            assert_eq!(note[name], "https://r.example/notes/1", "{name}");
        }
    }

    #[test]
    fn a_poll_is_a_question_with_its_tallies() {
        let (post, author, urls) = post();
        let post = Post { kind: PostKind::Question, poll_id: Some(PollId(1)), ..post };
        let poll = Poll {
            id: PollId(1),
            post_id: post.id,
            options: Json(vec!["A".into(), "B".into()]),
            tallies: Json(vec![3, 1]),
            is_multiple: false,
            hides_totals: false,
            voters_count: 4,
            expires_at: Some(Time::from_unix(1_700_000_050)),
            created_at: post.created_at,
        };
        let question = written(&post, &author, &urls, Some(&poll));
        assert_eq!(question["type"], "Question");
        assert_eq!(
            question["oneOf"][0],
            json!({ "type": "Note", "name": "A", "replies": { "type": "Collection", "totalItems": 3 } })
        );
        assert_eq!(question["votersCount"], 4);
        assert_eq!(question["endTime"], question["closed"]);
        let hidden = Poll { hides_totals: true, expires_at: None, ..poll };
        assert_eq!(written(&post, &author, &urls, Some(&hidden))["oneOf"][0]["replies"]["totalItems"], 0);
    }

    #[test]
    fn what_is_deleted_is_a_tombstone() {
        assert_eq!(
            tombstone("https://brand.example/users/brand/statuses/7").unwrap(),
            json!({ "id": "https://brand.example/users/brand/statuses/7", "type": "Tombstone" })
        );
    }
}
