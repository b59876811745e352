//! Finding what filters match. The rules of an account are compiled once and kept in memory for as long as they stay as they are:
//! every change gives them another version, which each reader's token brings along.

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use moka::sync::Cache;
use regex::{Regex, RegexBuilder};
use unicode_normalization::char::is_combining_mark;

use super::{Filter, FilterView, Keyword, queries};
use crate::db::Conn;
use crate::domain::posts::views::PostView;
use crate::error::{Error, Result};
use crate::ids::{AccountId, PostId};
use crate::text;

/// How much compiled rules of all accounts may weigh together; see [`Rules::weight`].
const ROOM: u64 = 400_000;
/// What rules weigh besides the characters of their keywords.
const BASE_WEIGHT: usize = 200;
/// How long rules that nobody asks for are kept.
const IDLE: Duration = Duration::from_secs(3600);
/// The most bytes that one compiled pattern may take.
const PATTERN: usize = 8 * 1024 * 1024;
/// The most bytes of memory that a pattern may use to be fast.
const SCRATCH: usize = 512 * 1024;

/// Versions are random, so those of two databases in one process never meet.
static COMPILED: LazyLock<Cache<(AccountId, i64), Arc<Rules>>> = LazyLock::new(|| {
    Cache::builder()
        .max_capacity(ROOM)
        .weigher(|_: &(AccountId, i64), rules: &Arc<Rules>| rules.weight())
        .time_to_idle(IDLE)
        .build()
});

/// A filter that a post matches.
#[derive(Debug, Clone)]
pub struct Match {
    /// Which; it may have ended.
    pub filter: Arc<Filter>,
    /// The first of the post's words that match a keyword, as they stand in the post.
    pub keyword: Option<String>,
    /// Those posts of the filter that this is, or boosts.
    pub posts: Vec<PostId>,
}

/// Reports in each view which filters of `me` it matches. `version`: that of the filters of `me`. Asks the database only if these were not
/// read lately, however many views there are.
pub fn mark(conn: &mut Conn, me: AccountId, version: i64, views: &mut [PostView]) -> Result<()> {
    if version == 0 || views.is_empty() {
        return Ok(());
    }
    let rules = rules(conn, me, version)?;
    for view in views {
        rules.mark(view);
    }
    Ok(())
}

/// Like [`mark`], for those who do not know the version.
pub fn mark_for(conn: &mut Conn, me: AccountId, views: &mut [PostView]) -> Result<()> {
    let version = queries::version(conn, me)?;
    mark(conn, me, version, views)
}

fn rules(conn: &mut Conn, me: AccountId, version: i64) -> Result<Arc<Rules>> {
    if let Some(known) = COMPILED.get(&(me, version)) {
        return Ok(known);
    }
    let fresh = Arc::new(Rules::compile(queries::list(conn, me)?));
    COMPILED.insert((me, version), fresh.clone());
    Ok(fresh)
}

/// The filters of an account, ready to be asked.
struct Rules {
    rules: Vec<Rule>,
    /// Finds any keyword of any filter, also within words: quick, and for most posts the only question.
    gate: Option<Regex>,
    has_keywords: bool,
    characters: usize,
}

struct Rule {
    filter: Arc<Filter>,
    keywords: Option<Regex>,
    posts: HashSet<PostId>,
}

impl Rules {
    fn compile(filters: Vec<FilterView>) -> Self {
        let all = || filters.iter().flat_map(|view| &view.keywords);
        let characters = all().map(|keyword| keyword.keyword.chars().count()).sum();
        let gate = compile(all().map(|keyword| regex::escape(&keyword.keyword))).ok().flatten();
        let has_keywords = all().next().is_some();
        let rules = filters.into_iter().map(Rule::compile).collect();
        Self { rules, gate, has_keywords, characters }
    }

    fn weight(&self) -> u32 {
        let posts: usize = self.rules.iter().map(|rule| rule.posts.len()).sum();
        u32::try_from(BASE_WEIGHT + self.characters + posts).unwrap_or(u32::MAX)
    }

    /// A boost and what it boosts match alike; what is quoted by itself.
    fn mark(&self, view: &mut PostView) {
        let found = self.matches(view);
        if let Some(boosted) = &mut view.boost {
            self.mark_quoted(boosted);
            boosted.filtered.clone_from(&found);
        }
        self.mark_quoted(view);
        view.filtered = found;
    }

    fn mark_quoted(&self, view: &mut PostView) {
        if let Some(quoted) = view.quote.as_mut().and_then(|quote| quote.quoted.as_mut()) {
            quoted.filtered = self.matches(quoted);
        }
    }

    fn matches(&self, view: &PostView) -> Vec<Match> {
        let words = self.has_keywords.then(|| words(view.original()));
        let words = words.filter(|words| self.gate.as_ref().is_none_or(|gate| gate.is_match(words)));
        let ids = [Some(view.post.id), view.post.boost_of_id];
        self.rules
            .iter()
            .filter_map(|rule| {
                let keyword = words.as_deref().zip(rule.keywords.as_ref()).and_then(|(words, any)| any.find(words));
                let keyword = keyword.map(|found| found.as_str().to_owned());
                let posts: Vec<PostId> = ids.into_iter().flatten().filter(|id| rule.posts.contains(id)).collect();
                let is_met = keyword.is_some() || !posts.is_empty();
                is_met.then(|| Match { filter: rule.filter.clone(), keyword, posts })
            })
            .collect()
    }
}

impl Rule {
    fn compile(view: FilterView) -> Self {
        let keywords = compile(view.keywords.iter().map(pattern)).unwrap_or_else(|error| {
            // It was tried before it was stored, so only another version of this program can have taken it.
            tracing::warn!(%error, filter = %view.filter.id, "a filter cannot be compiled; its keywords match nothing");
            None
        });
        let posts = view.posts.iter().map(|post| post.post_id).collect();
        Self { filter: Arc::new(view.filter), keywords, posts }
    }
}

/// Refuses keywords that together are too large to be looked for.
pub(super) fn check(keywords: &[Keyword]) -> Result<()> {
    match compile(keywords.iter().map(pattern)) {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::invalid("keywords", "are together too long to be looked for")),
    }
}

/// One pattern for all; `None` if there are none.
fn compile(parts: impl Iterator<Item = String>) -> std::result::Result<Option<Regex>, regex::Error> {
    let parts: Vec<String> = parts.collect();
    if parts.is_empty() {
        return Ok(None);
    }
    RegexBuilder::new(&parts.join("|"))
        .case_insensitive(true)
        .size_limit(PATTERN)
        .dfa_size_limit(SCRATCH)
        .build()
        .map(Some)
}

/// Finds one keyword. A whole word must not go on before or after it, where its own end is part of a word: `#tea` is found in `x#tea`, but not in `#teas`.
fn pattern(keyword: &Keyword) -> String {
    let text = &keyword.keyword;
    let is_bound = |end: Option<char>| keyword.is_whole_word && end.is_some_and(is_of_a_word);
    format!(
        "{}{}{}",
        if is_bound(text.chars().next()) { r"\b{start-half}" } else { "" },
        regex::escape(text),
        if is_bound(text.chars().next_back()) { r"\b{end-half}" } else { "" },
    )
}

fn is_of_a_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric() || is_combining_mark(c)
}

/// Everything of a post that a reader reads: warning, title, text, descriptions of its media, options of its poll.
fn words(view: &PostView) -> String {
    let post = &view.post;
    let mut words = String::new();
    let mut add = |part: &str| {
        if !part.is_empty() {
            if !words.is_empty() {
                words.push_str("\n\n");
            }
            words.push_str(part);
        }
    };
    add(&post.spoiler_text);
    add(post.title.as_deref().unwrap_or_default());
    match &post.source {
        Some(source) => add(source),
        None => add(&text::to_plain(&post.content)),
    }
    for file in &post.media.0 {
        add(file.description.as_deref().unwrap_or_default());
    }
    for option in view.poll.iter().flat_map(|poll| &poll.poll.options.0) {
        add(option);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::filters::{MAX_CHARACTERS, MAX_KEYWORD};
    use crate::ids::{FilterId, FilterKeywordId};

    fn finds(keyword: &str, is_whole_word: bool, text: &str) -> Option<String> {
        let keyword =
            Keyword { id: FilterKeywordId(1), filter_id: FilterId(1), keyword: keyword.into(), is_whole_word };
        let any = compile([pattern(&keyword)].into_iter()).unwrap().unwrap();
        any.find(text).map(|found| found.as_str().to_owned())
    }

    #[test]
    fn a_keyword_is_found_in_any_case_and_within_words() {
        assert_eq!(finds("tea", false, "Steam").as_deref(), Some("tea"));
        assert_eq!(finds("ÄPFEL", false, "drei äpfel").as_deref(), Some("äpfel"));
        assert_eq!(finds("a.c", false, "abc"), None);
    }

    #[test]
    fn a_whole_word_stands_by_itself() {
        assert_eq!(finds("tea", true, "Steam"), None);
        assert_eq!(finds("tea", true, "teas"), None);
        assert_eq!(finds("tea", true, "steam, then TEA!").as_deref(), Some("TEA"));
        assert_eq!(finds("äpfel", true, "Bratäpfel"), None);
    }

    #[test]
    fn an_end_that_is_no_letter_needs_no_boundary() {
        assert_eq!(finds("#tea", true, "x#tea").as_deref(), Some("#tea"));
        assert_eq!(finds("#tea", true, "#teas"), None);
        assert_eq!(finds("c++", true, "c++11").as_deref(), Some("c++"));
        assert_eq!(finds("c++", true, "abc++"), None);
    }

    #[test]
    fn a_shorter_keyword_does_not_stand_in_the_way_of_a_longer_one() {
        let keyword = |text: &str| Keyword {
            id: FilterKeywordId(1),
            filter_id: FilterId(1),
            keyword: text.into(),
            is_whole_word: true,
        };
        let both = compile([pattern(&keyword("tea")), pattern(&keyword("teapot"))].into_iter()).unwrap().unwrap();
        assert_eq!(both.find("a teapot").map(|found| found.as_str()), Some("teapot"));
    }

    #[test]
    fn as_much_as_an_account_may_have_can_be_compiled() {
        let keyword = |at: usize| Keyword {
            id: FilterKeywordId(1),
            filter_id: FilterId(1),
            keyword: "θk".repeat(MAX_KEYWORD / 2),
            is_whole_word: at.is_multiple_of(2),
        };
        assert!(check(&(0..MAX_CHARACTERS / MAX_KEYWORD).map(keyword).collect::<Vec<_>>()).is_ok());
    }
}
