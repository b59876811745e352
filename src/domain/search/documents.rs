//! What of a post and of an account is indexed.

use std::collections::BTreeSet;

use super::labels;
use crate::domain::accounts::Account;
use crate::domain::posts::{Post, Visibility};
use crate::ids::AccountId;
use crate::search::query::{Part, Trait};
use crate::search::{Document, Language};
use crate::text::{language, links, to_plain};

/// What a post does not say of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// Whether its author lets everybody find public posts.
    pub is_indexable: bool,
    /// The options of its poll.
    pub options: Vec<String>,
    /// Accounts of ours that wrote it, are named in it or did something with it.
    pub readers: BTreeSet<AccountId>,
    /// Accounts of ours that boosted it.
    pub boosters: BTreeSet<AccountId>,
    /// Whether it links to something that can be played.
    pub is_playable: bool,
}

/// All that is indexed of a post.
pub(super) fn of_post(post: &Post, facts: &Facts) -> Document {
    let text = to_plain(&post.content);
    let code = post.language.as_deref().or_else(|| language::detect(&text));
    let mut document = Document::new(code.and_then(Language::of).into_iter().collect());
    let descriptions = post.media.0.iter().filter_map(|file| file.description.as_deref());
    let names = post.tags.0.iter().map(|tag| tag.display.as_str());
    let texts = post.title.as_deref().into_iter().chain([post.spoiler_text.as_str(), text.as_str()]);
    for text in texts.chain(facts.options.iter().map(String::as_str)).chain(descriptions).chain(names) {
        if !text.is_empty() {
            document.add_text(text);
        }
    }
    document.add_label(&labels::from(post.account_id));
    if let Some(code) = code {
        document.add_label(&labels::language(code));
    }
    for tag in &post.tags.0 {
        document.add_label(&labels::hashtag(&tag.name));
    }
    for mention in &post.mentions.0 {
        document.add_label(&format!("@{}", mention.username));
        document.add_label(&format!("@{}", mention.acct));
    }
    for reader in &facts.readers {
        document.add_label(&labels::reader(*reader));
    }
    for booster in &facts.boosters {
        document.add_label(&labels::boosted(*booster));
    }
    if facts.is_indexable && post.visibility == Visibility::Public {
        document.add_label(labels::PUBLIC);
    }
    for (part, is_there) in parts(post, facts) {
        if is_there {
            document.add_label(&labels::has(part));
        }
    }
    let traits = [
        (Trait::Reply, post.in_reply_to_uri.is_some()),
        (Trait::Sensitive, post.is_sensitive),
        (Trait::Quote, post.quote_id.is_some()),
    ];
    for (kind, _) in traits.into_iter().filter(|(_, holds)| *holds) {
        document.add_label(&labels::is(kind));
    }
    document
}

fn parts(post: &Post, facts: &Facts) -> [(Part, bool); 7] {
    let has = |kinds: &[&str]| post.media.0.iter().any(|file| kinds.contains(&file.kind.as_str()));
    [
        (Part::Media, !post.media.0.is_empty()),
        // A film without sound that plays like a picture is both.
        (Part::Image, has(&["image", "gifv"])),
        (Part::Video, has(&["video", "gifv"])),
        (Part::Audio, has(&["audio"])),
        (Part::Poll, post.poll_id.is_some()),
        (Part::Link, !links::outgoing(&post.content, 1).is_empty()),
        (Part::Embed, facts.is_playable),
    ]
}

/// All that is indexed of an account: its names.
pub(super) fn of_account(account: &Account) -> Document {
    let mut document = Document::default();
    document.add_text(&account.display_name);
    document.add_text(&account.username);
    document.add_label(&format!("@{}", account.username));
    document
}
