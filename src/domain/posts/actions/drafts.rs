//! What somebody here wants to publish: its limits, and the way from typed text to what is kept.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use diesel::prelude::*;

use crate::context::Context;
use crate::db::Conn;
use crate::db::schema::accounts;
use crate::domain::accounts::{Account, Kind};
use crate::domain::posts::{Mention, Post, TagName, Visibility};
use crate::domain::quotes::QuotePolicy;
use crate::error::{Error, Result};
use crate::ids::{AccountId, AppId, MediaId, PostId, TokenId, UserId};
use crate::text::compose::quote_line;
use crate::text::{Handle, Hashtag, MentionTarget, compose, count_characters, escape, find_handles, language};

/// The longest idempotency key, in bytes.
const MAX_KEY: usize = 200;

/// A post as its author gives it.
#[derive(Debug, Clone)]
pub struct NewPost {
    /// As typed; may be empty if there are media or a poll.
    pub text: String,
    /// The content warning, plain text; empty for none.
    pub spoiler_text: String,
    /// Who may see it. An answer to a direct message is one, whatever is asked for.
    pub visibility: Visibility,
    /// Whether media are hidden at first; always so with a content warning.
    pub sensitive: bool,
    /// A language code; the author's default or what the text looks like if absent.
    pub language: Option<String>,
    /// What it answers.
    pub in_reply_to: Option<PostId>,
    /// Uploaded before, in the order to be shown.
    pub media: Vec<MediaId>,
    /// A poll; not together with media.
    pub poll: Option<NewPoll>,
    /// What it quotes; not together with media or a poll.
    pub quote: Option<PostId>,
    /// Who may quote it; the author's default if absent.
    pub quote_policy: Option<QuotePolicy>,
    /// The app it was written with.
    pub app: Option<AppId>,
    /// The person who acts, for brands.
    pub acted_by: Option<UserId>,
    /// The same key of the same token publishes once.
    pub idempotency: Option<(TokenId, String)>,
}

/// A poll as its author gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPoll {
    /// The answers to choose from.
    pub options: Vec<String>,
    /// How long votes are taken.
    pub expires_in: Duration,
    /// Whether more than one answer may be chosen.
    pub is_multiple: bool,
    /// Whether counts are hidden until the end.
    pub hides_totals: bool,
}

/// What a post written here may hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishLimits {
    /// Characters of text and content warning; an address counts as 23.
    pub characters: usize,
    /// Attachments.
    pub media: usize,
    /// People mentioned.
    pub mentions: usize,
    /// Hashtags.
    pub hashtags: usize,
    /// Options of a poll.
    pub poll_options: usize,
    /// Characters of one option.
    pub poll_option_characters: usize,
    /// The shortest time a poll may run.
    pub poll_shortest: Duration,
    /// The longest time a poll may run.
    pub poll_longest: Duration,
}

/// The parts of a post that are typed, checked.
#[derive(Debug)]
pub(in crate::domain::posts) struct Draft {
    pub text: String,
    pub spoiler_text: String,
    pub is_sensitive: bool,
    pub poll: Option<NewPoll>,
}

impl Draft {
    /// All that may hold custom emoji.
    pub fn texts(&self) -> Vec<&str> {
        let options = self.poll.iter().flat_map(|poll| &poll.options).map(String::as_str);
        [self.text.as_str(), self.spoiler_text.as_str()].into_iter().chain(options).collect()
    }
}

/// What was made of typed text.
#[derive(Debug)]
pub(in crate::domain::posts) struct Written {
    /// Sanitised HTML.
    pub content: String,
    pub mentions: Vec<Mention>,
    /// The same people, as accounts.
    pub mentioned: Vec<Account>,
    pub tags: Vec<TagName>,
}

/// What is typed, before it is checked: of a new post or of an edit.
pub(in crate::domain::posts) struct Typed<'a> {
    pub text: &'a str,
    pub spoiler_text: &'a str,
    pub sensitive: bool,
    pub media: &'a [MediaId],
    pub poll: Option<&'a NewPoll>,
    pub is_quote: bool,
}

/// Refuses what is empty, too long, too much or does not go together.
pub(in crate::domain::posts) fn check(typed: &Typed<'_>, limits: &PublishLimits) -> Result<Draft> {
    let (mut text, mut spoiler) = (typed.text.trim().to_owned(), typed.spoiler_text.trim().to_owned());
    let is_sensitive = typed.sensitive || !spoiler.is_empty();
    if text.is_empty() && !spoiler.is_empty() && !typed.is_quote {
        std::mem::swap(&mut text, &mut spoiler);
    }
    if text.is_empty() && typed.media.is_empty() && typed.poll.is_none() && !typed.is_quote {
        return Err(Error::invalid("text", "can't be blank"));
    }
    // Counting reads the text as links and mentions; what cannot fit whatever they save is refused before.
    let most = limits.characters.saturating_mul(100).saturating_add(100_000);
    if text.len() > most || spoiler.len() > most || count_characters(&text, &spoiler) > limits.characters {
        return Err(Error::invalid("text", format!("is longer than {} characters", limits.characters)));
    }
    if typed.media.len() > limits.media {
        return Err(Error::invalid("media_ids", format!("are more than {}", limits.media)));
    }
    if typed.media.iter().collect::<HashSet<_>>().len() < typed.media.len() {
        return Err(Error::invalid("media_ids", "name the same file twice"));
    }
    if typed.poll.is_some() && !typed.media.is_empty() {
        return Err(Error::invalid("poll", "cannot be combined with media"));
    }
    if typed.is_quote && (typed.poll.is_some() || !typed.media.is_empty()) {
        return Err(Error::invalid("quoted_status_id", "cannot be combined with media or a poll"));
    }
    let poll = typed.poll.map(|poll| check_poll(poll, limits)).transpose()?;
    Ok(Draft { text, spoiler_text: spoiler, is_sensitive, poll })
}

fn check_poll(poll: &NewPoll, limits: &PublishLimits) -> Result<NewPoll> {
    let options: Vec<String> = poll.options.iter().map(|option| option.trim().to_owned()).collect();
    if options.len() < 2 {
        return Err(Error::invalid("poll[options]", "must be two or more"));
    }
    if options.len() > limits.poll_options {
        return Err(Error::invalid("poll[options]", format!("are more than {}", limits.poll_options)));
    }
    if options.iter().any(String::is_empty) {
        return Err(Error::invalid("poll[options]", "can't be blank"));
    }
    if options.iter().any(|option| option.chars().count() > limits.poll_option_characters) {
        return Err(Error::invalid(
            "poll[options]",
            format!("can't be longer than {} characters each", limits.poll_option_characters),
        ));
    }
    if options.iter().collect::<HashSet<_>>().len() < options.len() {
        return Err(Error::invalid("poll[options]", "must differ from each other"));
    }
    if poll.expires_in < limits.poll_shortest {
        return Err(Error::invalid("poll[expires_in]", "is too short"));
    }
    if poll.expires_in > limits.poll_longest {
        return Err(Error::invalid("poll[expires_in]", "is too far in the future"));
    }
    Ok(NewPoll { options, ..poll.clone() })
}

/// Turns text into HTML, with the mentions among accounts known here and the hashtags.
pub(in crate::domain::posts) fn write(
    conn: &mut Conn,
    cx: &Context,
    text: &str,
    limits: &PublishLimits,
) -> Result<Written> {
    let ours = |handle: Handle| handle.relative_to(cx.urls.domain());
    let handles: Vec<Handle> = find_handles(text).into_iter().map(ours).collect();
    if handles.len() > limits.mentions {
        return Err(Error::invalid("text", format!("mentions more than {} people", limits.mentions)));
    }
    let known = find_mentioned(conn, &handles)?;
    let target = |handle: &Handle| {
        known
            .get(&ours(handle.clone()))
            .map(|account| MentionTarget { url: account.url.clone(), username: account.username.clone() })
    };
    let composed = compose(text, &target, &|name: &str| cx.urls.tag(name));
    if composed.hashtags.len() > limits.hashtags {
        return Err(Error::invalid("text", format!("has more than {} hashtags", limits.hashtags)));
    }
    let mut seen: HashSet<AccountId> = HashSet::new();
    let mentioned: Vec<Account> = composed
        .mentions
        .into_iter()
        .filter_map(|handle| known.get(&ours(handle)).cloned())
        .filter(|account| seen.insert(account.id))
        .collect();
    Ok(Written {
        content: composed.html.into_string(),
        mentions: mentioned.iter().map(Mention::of).collect(),
        mentioned,
        tags: composed.hashtags.into_iter().map(TagName::from).collect(),
    })
}

/// Puts the line that leads to what a post quotes above its content, for software that shows no quotes, unless the content leads there.
pub(in crate::domain::posts) fn with_quote(content: String, quoted: &Post) -> String {
    let leads_to = |address: &str| content.contains(&format!("href=\"{}\"", escape(address)));
    if leads_to(&quoted.url) || leads_to(&quoted.uri) {
        return content;
    }
    let is_web = |address: &&String| address.starts_with("https://") || address.starts_with("http://");
    match [&quoted.url, &quoted.uri].into_iter().find(is_web) {
        Some(address) => format!("{}{content}", quote_line(address).as_str()),
        None => content,
    }
}

/// The accounts behind handles that are relative to this server, in one query.
fn find_mentioned(conn: &mut Conn, handles: &[Handle]) -> Result<HashMap<Handle, Account>> {
    if handles.is_empty() {
        return Ok(HashMap::new());
    }
    let names: Vec<String> = handles.iter().map(|handle| handle.username.to_lowercase()).collect();
    let domains: Vec<&str> = handles.iter().map(|handle| handle.domain.as_deref().unwrap_or_default()).collect();
    let found: Vec<Account> = accounts::table
        .filter(accounts::username_lower.eq_any(names))
        .filter(accounts::domain.eq_any(domains))
        .filter(accounts::kind.ne(Kind::Application))
        .filter(accounts::suspended_at.is_null())
        .filter(accounts::deleted_at.is_null())
        .select(Account::as_select())
        .load(conn)?;
    let handle_of = |account: &Account| Handle {
        username: account.username_lower.clone(),
        domain: Some(account.domain.clone()).filter(|domain| !domain.is_empty()),
    };
    Ok(found.into_iter().map(|account| (handle_of(&account), account)).collect())
}

/// The language to keep: as given, else the author's default, else what the text looks like.
pub(in crate::domain::posts) fn language_of(given: Option<&str>, author: &Account, text: &str) -> Option<String> {
    given
        .and_then(language::normalize)
        .or_else(|| author.default_language.as_deref().and_then(language::normalize))
        .or_else(|| language::detect(text).map(str::to_owned))
}

/// The idempotency key, if it is one that can be kept.
pub(super) fn check_key(key: &str) -> Result<&str> {
    if key.len() > MAX_KEY {
        return Err(Error::invalid("Idempotency-Key", format!("is longer than {MAX_KEY} bytes")));
    }
    Ok(key)
}

impl Mention {
    /// How this account is named in a post.
    pub fn of(account: &Account) -> Self {
        Self {
            id: account.id,
            username: account.username.clone(),
            acct: account.acct(),
            url: account.url.clone(),
            uri: account.uri.clone(),
        }
    }

    /// Whether it names an account of this server.
    pub fn is_local(&self) -> bool {
        !self.acct.contains('@')
    }
}

impl From<Hashtag> for TagName {
    fn from(tag: Hashtag) -> Self {
        Self { name: tag.normalized, display: tag.name }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: PublishLimits = PublishLimits {
        characters: 50,
        media: 2,
        mentions: 3,
        hashtags: 3,
        poll_options: 3,
        poll_option_characters: 10,
        poll_shortest: Duration::from_secs(300),
        poll_longest: Duration::from_secs(3600),
    };

    fn typed(text: &str) -> Typed<'_> {
        Typed { text, spoiler_text: "", sensitive: false, media: &[], poll: None, is_quote: false }
    }

    fn poll(options: &[&str]) -> NewPoll {
        NewPoll {
            options: options.iter().map(|o| (*o).to_owned()).collect(),
            expires_in: Duration::from_secs(600),
            is_multiple: false,
            hides_totals: false,
        }
    }

    #[test]
    fn nothing_at_all_is_refused_but_a_picture_alone_is_not() {
        assert!(check(&typed(" \n"), &LIMITS).is_err());
        assert!(check(&Typed { media: &[MediaId(1)], ..typed("") }, &LIMITS).is_ok());
    }

    #[test]
    fn a_warning_without_text_becomes_the_text() {
        let draft = check(&Typed { spoiler_text: "only this", ..typed("") }, &LIMITS).unwrap();
        assert_eq!((draft.text.as_str(), draft.spoiler_text.as_str(), draft.is_sensitive), ("only this", "", true));
    }

    #[test]
    fn a_quote_needs_no_words_and_takes_no_files_or_polls() {
        let quote = |text| Typed { is_quote: true, ..typed(text) };
        assert!(check(&quote(""), &LIMITS).is_ok());
        let warned = check(&Typed { spoiler_text: "careful", ..quote("") }, &LIMITS).unwrap();
        assert_eq!((warned.text.as_str(), warned.spoiler_text.as_str()), ("", "careful"));
        assert!(check(&Typed { media: &[MediaId(1)], ..quote("look") }, &LIMITS).is_err());
        assert!(check(&Typed { poll: Some(&poll(&["a", "b"])), ..quote("well?") }, &LIMITS).is_err());
    }

    #[test]
    fn length_counts_as_clients_count_it() {
        assert!(check(&typed(&"x".repeat(50)), &LIMITS).is_ok());
        assert!(check(&typed(&"x".repeat(51)), &LIMITS).is_err());
        assert!(check(&typed(&format!("https://example.com/{}", "x".repeat(200))), &LIMITS).is_ok());
        assert!(check(&Typed { spoiler_text: "x", ..typed(&"x".repeat(50)) }, &LIMITS).is_err());
    }

    #[test]
    fn polls_that_make_no_sense_are_refused() {
        for options in [&["one"][..], &["a", "a"], &["a", " "], &["a", "b", "c", "d"], &["a", "much too long"]] {
            assert!(check(&Typed { poll: Some(&poll(options)), ..typed("?") }, &LIMITS).is_err(), "{options:?}");
        }
        let short = NewPoll { expires_in: Duration::from_secs(1), ..poll(&["a", "b"]) };
        assert!(check(&Typed { poll: Some(&short), ..typed("?") }, &LIMITS).is_err());
        assert!(check(&Typed { poll: Some(&poll(&["a", "b"])), media: &[MediaId(1)], ..typed("?") }, &LIMITS).is_err());
        assert_eq!(
            check(&Typed { poll: Some(&poll(&[" a ", "b"])), ..typed("?") }, &LIMITS).unwrap().poll.unwrap().options,
            ["a", "b"]
        );
    }
}
