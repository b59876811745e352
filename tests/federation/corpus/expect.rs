//! What the words of an expectation mean, each with its check.

use std::time::Duration;

use diesel::prelude::*;
use rapport::db::schema::{blocks, marks, poll_votes, posts};
use rapport::domain::accounts::{Account, queries as people};
use rapport::domain::follows::{self as following, State};
use rapport::domain::posts::{Post, Visibility, polls, visibility};
use rapport::domain::resolver::Resolved;
use regex::Regex;
use serde_json::Value;

use super::cases::Case;
use super::play::Course;
use super::town::{Town, id_of};
use super::world::plain;

/// What a check found.
pub enum Verdict {
    /// As it should be.
    Holds,
    /// Not so, and how it is instead.
    Fails(String),
    /// The word says nothing that is checked, beyond that nothing breaks.
    Unknown,
}

/// What stands in the database after a payload.
pub struct Facts {
    /// The post that it is about.
    pub post: Option<Post>,
    /// The boost that it made.
    pub boost: Option<Post>,
    /// The options of that post's poll.
    pub options: Vec<String>,
    /// Whether anybody may see that post.
    pub is_open: bool,
    /// Its sender.
    pub actor: Option<Account>,
    /// How the sender follows the brand.
    pub follows_brand: Option<State>,
    /// How the brand follows the sender.
    pub followed_by_brand: Option<State>,
    /// Whether the sender blocks the brand.
    pub blocks_brand: bool,
    /// How many favourites the sender has given.
    pub likes: i64,
    /// How many votes the sender has given.
    pub votes: i64,
    /// How many boosts the sender has made.
    pub boosts: i64,
}

impl Facts {
    /// Looks everything up.
    pub async fn gather(town: &Town, suffix: &str, activity: &Value, signer: &str, course: &Course) -> Self {
        let object = id_of(&activity["object"]).unwrap_or_default();
        let (own, resolved) = (id_of(activity).unwrap_or_default(), course.resolved);
        let actor = id_of(&activity["actor"]).unwrap_or_else(|| signer.to_owned());
        let (brand, suffix) = (town.brand.account.id, suffix.to_owned());
        town.read(move |conn| {
            // Hosts are kept in normal form, the rest byte for byte.
            let fragment = |id: &str| {
                id.split_once('#').map_or_else(|| plain(id), |(_, fragment)| format!("{}#{fragment}", plain(id)))
            };
            let known = |conn: &mut _, id: &str| -> rapport::error::Result<Option<Post>> {
                let wanted = [id.to_owned(), fragment(id)];
                Ok(posts::table
                    .filter(posts::uri.eq_any(wanted))
                    .filter(posts::deleted_at.is_null())
                    .select(Post::as_select())
                    .first(conn)
                    .optional()?)
            };
            let actor = match resolved {
                Some(Resolved::Account(id)) => people::find(conn, id)?,
                _ => match people::find_by_uri(conn, &actor)? {
                    Some(account) => Some(account),
                    None => people::find_by_uri(conn, &fragment(&actor))?,
                },
            };
            let post = match resolved {
                Some(Resolved::Post(id)) => rapport::domain::posts::queries::find(conn, id)?,
                _ => known(conn, &object)?,
            };
            let options = match post.as_ref().and_then(|post| post.poll_id) {
                Some(poll) => polls::find(conn, poll)?.map(|poll| poll.options.0).unwrap_or_default(),
                None => Vec::new(),
            };
            let is_open = match &post {
                Some(post) => visibility::find_visible(conn, post.id, None)?.is_some(),
                None => false,
            };
            let mut facts = Self {
                boost: known(conn, &own)?.filter(|boost| boost.boost_of_id.is_some() && boost.uri.contains(&suffix)),
                post,
                options,
                is_open,
                actor,
                follows_brand: None,
                followed_by_brand: None,
                blocks_brand: false,
                likes: 0,
                votes: 0,
                boosts: 0,
            };
            if let Some(id) = facts.actor.as_ref().map(|actor| actor.id) {
                facts.follows_brand = following::between(conn, id, brand)?.map(|follow| follow.state);
                facts.followed_by_brand = following::between(conn, brand, id)?.map(|follow| follow.state);
                facts.blocks_brand = blocks::table
                    .filter(blocks::account_id.eq(id))
                    .filter(blocks::target_id.eq(brand))
                    .count()
                    .get_result::<i64>(conn)?
                    > 0;
                facts.likes = marks::table.filter(marks::account_id.eq(id)).count().get_result(conn)?;
                facts.votes = poll_votes::table.filter(poll_votes::account_id.eq(id)).count().get_result(conn)?;
                facts.boosts = posts::table
                    .filter(posts::account_id.eq(id))
                    .filter(posts::boost_of_id.is_not_null())
                    .count()
                    .get_result(conn)?;
            }
            Ok(facts)
        })
        .await
    }
}

/// Waits until the answer to a Follow was sent to the hosts with this ending, or long enough.
pub async fn wait_for_accept(town: &Town, suffix: &str) {
    for _ in 0..500 {
        if town.world.visits().iter().any(|visit| visit.url.contains(suffix) && visit.body.contains("\"Accept\"")) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn holds(is: bool, why: impl FnOnce() -> String) -> Verdict {
    if is { Verdict::Holds } else { Verdict::Fails(why()) }
}

/// Checks one word.
pub fn check(word: &str, facts: &Facts, course: &Course, case: &Case) -> Verdict {
    if let Some((name, value)) = word.split_once('=') {
        return counted(name, value, facts);
    }
    if let Some((name, limit)) = word.split_once('<') {
        let limit: u64 = limit.trim_end_matches("MB").parse().expect("a number");
        return match name {
            "fetches" => holds(u64::try_from(course.fetched.len()).is_ok_and(|fetches| fetches < limit), || {
                format!("{} fetches", course.fetched.len())
            }),
            // Other payloads share the world's counter, and buffers on the way hold some more.
            "read" => holds(course.sent < (limit + 6) * 1_000_000, || format!("{} bytes", course.sent)),
            _ => Verdict::Unknown,
        };
    }
    stored(word, facts, case)
        .or(related(word, facts, course))
        .or(refused(word, facts, course, case))
        .unwrap_or(Verdict::Unknown)
}

fn stored(word: &str, facts: &Facts, case: &Case) -> Option<Verdict> {
    let with_post = |check: fn(&Post) -> bool| match &facts.post {
        Some(post) => holds(check(post), || shown(post)),
        None => Verdict::Fails("there is no post".into()),
    };
    Some(match word {
        "store_post" | "fetch_object_then_store" => with_post(|_| true),
        "store_once" => with_post(|_| true),
        "poll" => holds(!facts.options.is_empty(), || "there is no poll".into()),
        "reply" => with_post(|post| post.in_reply_to_uri.is_some()),
        "title" => with_post(|post| post.title.as_deref().is_some_and(|title| !title.is_empty())),
        "sensitive" => with_post(|post| post.is_sensitive || !post.spoiler_text.is_empty()),
        "cw_or_summary" => with_post(|post| !post.spoiler_text.is_empty() || !post.content.is_empty()),
        "quote" | "link" => with_post(|post| post.content.contains("<a ")),
        "first" => with_post(|post| post.content == "<p>a</p>"),
        "safe_url" => with_post(|post| post.url.ends_with("/notes/ua.html")),
        "url_checked" => with_post(|post| !post.url.contains("evil.example")),
        "strip_nul" => with_post(|post| {
            !post.content.contains('\0') && post.title.as_deref().is_none_or(|title| !title.contains('\0'))
        }),
        "received_time" => with_post(|post| post.created_at.unix() == super::town::NOW),
        "article" | "event" => with_post(|post| !post.content.is_empty()),
        "sanitised" => match &facts.post {
            None => Verdict::Fails("there is no post".into()),
            Some(post) => sanitised(post, case),
        },
        "never_public" => holds(!facts.is_open, || "anybody may see it".into()),
        "cap" => holds(
            facts.post.as_ref().is_none_or(|post| {
                post.emojis.0.len() <= 500 && post.mentions.0.len() <= 500 && post.tags.0.len() <= 500
            }),
            || "it was stored whole".into(),
        ),
        "update_post" => with_post(|post| !post.content.contains("older words")),
        "delete_post" | "not_shown" => holds(facts.post.is_none(), || "the post is there".into()),
        "isolate" => holds(
            facts.actor.as_ref().is_none_or(|actor| !actor.display_name.contains(['\u{202e}', '\u{202d}'])),
            || "the name turns its direction".into(),
        ),
        _ => return None,
    })
}

fn related(word: &str, facts: &Facts, course: &Course) -> Option<Verdict> {
    let is_alive = facts.actor.as_ref().is_some_and(Account::is_active);
    Some(match word {
        "actor" => holds(facts.actor.is_some() && course.resolved.is_some(), || "it is no account".into()),
        "share" => holds(facts.boost.is_some(), || "there is no boost".into()),
        "follow" => holds(facts.follows_brand == Some(State::Accepted), || format!("{:?}", facts.follows_brand)),
        "send_accept" => {
            holds(course.posted.iter().any(|body| body.contains("\"Accept\"")), || "no Accept was sent".into())
        }
        "accept_follow" => {
            holds(facts.followed_by_brand == Some(State::Accepted), || format!("{:?}", facts.followed_by_brand))
        }
        "undo_follow" => holds(facts.follows_brand.is_none(), || "it still follows".into()),
        "like" => holds(facts.likes == 1, || format!("{} favourites", facts.likes)),
        "undo_like" | "undo_by_id" => holds(facts.likes == 0, || "the favourite is there".into()),
        "undo_announce" => holds(facts.boosts == 0, || "the boost is there".into()),
        "block" => holds(facts.blocks_brand, || "there is no block".into()),
        "undo_block" => holds(!facts.blocks_brand, || "the block is there".into()),
        "vote" => holds(facts.votes == 1 && facts.post.is_none(), || format!("{} votes", facts.votes)),
        "delete_actor" => holds(!is_alive, || "the account is there".into()),
        "update_actor" => holds(facts.actor.as_ref().is_some_and(|actor| actor.display_name == "Repaired"), || {
            "the profile is as it was".into()
        }),
        _ => return None,
    })
}

fn refused(word: &str, facts: &Facts, course: &Course, case: &Case) -> Option<Verdict> {
    let unchanged = || holds(course.changes.is_empty(), || format!("it had an effect: {}", course.changes.join(" | ")));
    let status = |wanted: &[u16]| {
        holds(!course.statuses.is_empty() && course.statuses.iter().all(|status| wanted.contains(status)), || {
            format!("{:?}", course.statuses)
        })
    };
    let is_welcome =
        || holds(course.statuses.iter().all(|status| (200..300).contains(status)), || format!("{:?}", course.statuses));
    Some(match word {
        "reject" | "refetch_or_reject" | "reject_or_same_origin" | "same_answer_as_unknown" => unchanged(),
        // A served profile that follows us is an effect of its own; the strangers' posts must not be there.
        "ignore_items" => {
            holds(course.changes.iter().all(|line| !line.contains("forged") && !line.contains("overwritten")), || {
                course.changes.join(" | ")
            })
        }
        "reject_400" => both(status(&[400]), unchanged()),
        "reject_401" => both(status(&[401]), unchanged()),
        "reject_403" => both(status(&[403]), unchanged()),
        "reject_400_or_401" => both(status(&[400, 401]), unchanged()),
        "ignore_202" => both(status(&[200, 202]), unchanged()),
        "ignore" if case.is_hostile() => both(is_welcome(), unchanged()),
        "ignore" => is_welcome(),
        "no_fetch" => {
            // The sender may be read again, and whoever is named; what the word is about is elsewhere.
            let beyond = course.fetched.iter().find(|url| !url.contains("/users/") && !url.contains("webfinger"));
            holds(beyond.is_none(), || format!("{beyond:?} was fetched"))
        }
        "no_retry_storm" => holds(course.fetched.is_empty(), || format!("{:?} was fetched", course.fetched)),
        "accept_or_400" => holds(
            facts.post.is_some() || course.statuses == [400] || course.changes.iter().any(|line| line.contains("post")),
            || "neither".into(),
        ),
        "accept_or_ignore"
        | "ignore_or_accept"
        | "store_post_or_ignore"
        | "dislike_or_ignore"
        | "store_dm_or_drop"
        | "store_dm_or_ignore" => is_welcome(),
        "accept_or_reject"
        | "reject_or_first"
        | "store_first_or_reject"
        | "no_crash"
        | "terminate"
        | "normalise"
        | "isolate" => Verdict::Holds,
        _ => return None,
    })
}

fn both(one: Verdict, other: Verdict) -> Verdict {
    if matches!(one, Verdict::Fails(_)) { one } else { other }
}

fn shown(post: &Post) -> String {
    let text: String = post.content.chars().take(160).collect();
    format!(
        "it is {} {:?}, title {:?}, fold {:?}, url {}",
        post.visibility, text, post.title, post.spoiler_text, post.url
    )
}

/// Words such as `mentions=2` or `hashtags=0..1`.
fn counted(name: &str, value: &str, facts: &Facts) -> Verdict {
    if name == "count" {
        return holds(value.parse() == Ok(facts.likes), || format!("{} favourites", facts.likes));
    }
    if word_is_hidden(name, value) {
        return holds(facts.post.as_ref().is_none_or(|post| !post.content.contains("Words for followers")), || {
            "it shows what is not for it".into()
        });
    }
    if name == "options" {
        return holds(value.parse() == Ok(facts.options.len()), || format!("{:?}", facts.options));
    }
    let Some(post) = &facts.post else {
        return if matches!(name, "inner" | "quote") || facts.boost.is_some() || value == "unspecified" {
            Verdict::Unknown
        } else {
            Verdict::Fails("there is no post".into())
        };
    };
    let found = match name {
        "attachments" => post.media.0.len(),
        "mentions" => post.mentions.0.len(),
        "hashtags" => post.tags.0.len(),
        "emoji" => post.emojis.0.len(),
        "links" => {
            // Each is there or stands together with others; at least one must be.
            let links = post.content.matches("<a ").count();
            return holds(links > 0, || "there is no link".into());
        }
        "visibility" => {
            let wanted = match value {
                "public" => Visibility::Public,
                "unlisted" => Visibility::Unlisted,
                "private" => Visibility::Private,
                "direct" => Visibility::Direct,
                _ => return Verdict::Unknown,
            };
            return if facts.boost.is_some() {
                Verdict::Unknown
            } else {
                holds(post.visibility == wanted, || format!("it is {}", post.visibility))
            };
        }
        "lang" => {
            let language = post.language.as_deref().unwrap_or("und");
            return holds(
                value == "und"
                    || value.split('/').any(|one| language == one || language.starts_with(&format!("{one}-"))),
                || format!("it is {language}"),
            );
        }
        _ => return Verdict::Unknown,
    };
    let (least, most) = value.split_once("..").unwrap_or((value, value));
    let (least, most): (usize, usize) = (least.parse().expect("a number"), most.parse().expect("a number"));
    holds((least..=most).contains(&found), || format!("there are {found}"))
}

fn word_is_hidden(name: &str, value: &str) -> bool {
    (name, value) == ("quote", "hidden")
}

fn sanitised(post: &Post, case: &Case) -> Verdict {
    let html = post.content.to_lowercase();
    let forbidden = [
        "<script", "<iframe", "<form", "<input", "<base", "<meta", "<object", "<embed", "<style", "<svg", "<math",
        "<video", "<audio", "srcdoc=",
    ];
    if let Some(found) = forbidden.iter().find(|word| html.contains(*word)) {
        return Verdict::Fails(format!("{found} survived: {}", post.content));
    }
    let active =
        Regex::new(r#"<[^>]*(\son\w+\s*=|\sstyle\s*=|\sid\s*=|(href|src)\s*=\s*["']?\s*(javascript|data|vbscript):)"#)
            .expect("an expression");
    if active.is_match(&html) {
        return Verdict::Fails(format!("active content survived: {}", post.content));
    }
    let is_whole = !case.name().starts_with("xss") || html.contains("before") && html.contains("after");
    holds(is_whole, || format!("the words around it went: {}", post.content))
}
