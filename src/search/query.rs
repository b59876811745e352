//! What people type to find posts: words, `"phrases"`, `-negation`, and filters such as `from:me` or `before:2026-05-01`, as the
//! Mastodon API documents them. Any text is a question; what is no filter is words.

use std::time::Duration;

use crate::text::Handle;
use crate::text::language;
use crate::text::tags;
use crate::time::Time;

/// How many parts of a question count.
const MAX_TERMS: usize = 32;
const DAY: Duration = Duration::from_secs(86_400);

/// One part of a question. All parts must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Whether it must not hold instead.
    pub is_negated: bool,
    /// What it asks for.
    pub wanted: Wanted,
}

/// What a part of a question asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A word, in any of its forms. One with signs inside is a phrase.
    Word(String),
    /// Words one after the other, as they are.
    Phrase(String),
    /// A hashtag, normalised.
    Hashtag(String),
    /// Somebody is named: a handle.
    Mention(Handle),
    /// The author, by their handle.
    From(Handle),
    /// The author is who asks.
    FromMe,
    /// Something that posts have.
    Has(Part),
    /// Something that posts are.
    Is(Trait),
    /// A language, by its code.
    Language(String),
    /// Written at or after the first and before the second.
    Written(Option<Time>, Option<Time>),
    /// Where to look.
    In(Place),
}

/// What a post has; `has:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Any attachment.
    Media,
    /// A picture.
    Image,
    /// A film.
    Video,
    /// A sound.
    Audio,
    /// A poll.
    Poll,
    /// A link to elsewhere.
    Link,
    /// A link to something that can be played.
    Embed,
}

impl Part {
    /// As it is typed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Media => "media",
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Poll => "poll",
            Self::Link => "link",
            Self::Embed => "embed",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        [Self::Media, Self::Image, Self::Video, Self::Audio, Self::Poll, Self::Link, Self::Embed]
            .into_iter()
            .find(|part| part.name() == name)
    }
}

/// What a post is; `is:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trait {
    /// An answer.
    Reply,
    /// Hidden behind a warning.
    Sensitive,
    /// Boosted by who asks.
    Boost,
    /// One that quotes another.
    Quote,
}

impl Trait {
    /// As it is typed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Sensitive => "sensitive",
            Self::Boost => "boost",
            Self::Quote => "quote",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        [Self::Reply, Self::Sensitive, Self::Boost, Self::Quote].into_iter().find(|kind| kind.name() == name)
    }
}

/// Where to look; `in:`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Everywhere.
    All,
    /// What who asks wrote, was named in or did something with.
    Library,
    /// What authors let everybody find.
    Public,
}

/// Reads a question. What has no letters in it asks for nothing and is left out later, where the tokens are made.
pub fn parse(text: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if terms.len() >= MAX_TERMS {
            break;
        }
        let is_negated = first == '-';
        let (key, value, after) = take(rest.trim_start_matches(['-', '+']));
        if let Some(wanted) = read(key, value) {
            terms.push(Term { is_negated, wanted });
        }
        rest = after.trim_start();
    }
    terms
}

/// A part of a question as it was typed.
enum Typed<'a> {
    Bare(&'a str),
    Quoted(&'a str),
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '«' | '»')
}

/// The key before a colon, if there is one and something follows it; the value; and what comes after both.
fn take(text: &str) -> (Option<&str>, Typed<'_>, &str) {
    if let Some(inside) = text.strip_prefix(is_quote) {
        let (phrase, rest) = inside.split_once(is_quote).unwrap_or((inside, ""));
        return (None, Typed::Quoted(phrase), rest);
    }
    let end = text.find(|c: char| c.is_whitespace() || is_quote(c)).unwrap_or(text.len());
    let (word, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    match word.split_once(':') {
        // `from:"kim"`.
        Some((key, "")) if rest.starts_with(is_quote) => {
            let (_, value, rest) = take(rest);
            (Some(key), value, rest)
        }
        Some((key, value)) if !value.is_empty() => (Some(key), Typed::Bare(value), rest),
        _ => (None, Typed::Bare(word), rest),
    }
}

fn read(key: Option<&str>, value: Typed<'_>) -> Option<Wanted> {
    let text = match value {
        Typed::Bare(text) | Typed::Quoted(text) => text.trim(),
    };
    if let Some(key) = key {
        let filter = filter(&key.to_lowercase(), text);
        return filter.or_else(|| Some(Wanted::Word(format!("{key} {text}"))));
    }
    match value {
        _ if text.is_empty() => None,
        Typed::Quoted(_) => Some(Wanted::Phrase(text.to_owned())),
        Typed::Bare(_) => Some(word(text)),
    }
}

fn word(text: &str) -> Wanted {
    if text.starts_with(['#', '＃'])
        && let Some(name) = tags::normalize(text)
    {
        return Wanted::Hashtag(name);
    }
    if text.starts_with('@')
        && let Some(handle) = Handle::parse(text)
    {
        return Wanted::Mention(handle);
    }
    Wanted::Word(text.to_owned())
}

fn filter(key: &str, value: &str) -> Option<Wanted> {
    let lower = value.to_lowercase();
    match key {
        "from" if lower == "me" => Some(Wanted::FromMe),
        "from" => Handle::parse(value).map(Wanted::From),
        "has" => Part::parse(&lower).map(Wanted::Has),
        "is" => Trait::parse(&lower).map(Wanted::Is),
        "language" => language::normalize(value).map(Wanted::Language),
        "before" => period(value).map(|(start, _)| Wanted::Written(None, Some(start))),
        "after" => period(value).map(|(_, end)| Wanted::Written(Some(end), None)),
        "during" => period(value).map(|(start, end)| Wanted::Written(Some(start), Some(end))),
        "in" => match lower.as_str() {
            "all" => Some(Wanted::In(Place::All)),
            "library" => Some(Wanted::In(Place::Library)),
            "public" => Some(Wanted::In(Place::Public)),
            _ => None,
        },
        _ => None,
    }
}

/// The first moment of a day, month or year and the first after it, UTC: `2026-05-01`, `2026-05` or `2026`.
fn period(text: &str) -> Option<(Time, Time)> {
    let is_shaped = text.len() <= 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let parts: Vec<u32> = text.split('-').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let start = |year: u32, month: u32, day: u32| Time::parse(&format!("{year:04}-{month:02}-{day:02}T00:00:00Z"));
    match parts.as_slice() {
        _ if !is_shaped => None,
        [year @ 1970..=9998] => Some((start(*year, 1, 1)?, start(year + 1, 1, 1)?)),
        [year @ 1970..=9998, 12] => Some((start(*year, 12, 1)?, start(year + 1, 1, 1)?)),
        [year @ 1970..=9998, month] => Some((start(*year, *month, 1)?, start(*year, month.saturating_add(1), 1)?)),
        [year @ 1970..=9998, month, day] => start(*year, *month, *day).map(|start| (start, start.after(DAY))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wanted(text: &str) -> Vec<Wanted> {
        parse(text).into_iter().inspect(|term| assert!(!term.is_negated, "{text}")).map(|term| term.wanted).collect()
    }

    fn word_of(text: &str) -> Wanted {
        Wanted::Word(text.to_owned())
    }

    #[test]
    fn words_and_phrases() {
        assert_eq!(wanted("vers  brood"), [word_of("vers"), word_of("brood")]);
        assert_eq!(wanted("\"vers brood\" kaas"), [Wanted::Phrase("vers brood".into()), word_of("kaas")]);
        assert_eq!(wanted("„frisches Brot“"), [Wanted::Phrase("frisches Brot".into())]);
        assert_eq!(wanted("+must"), [word_of("must")]);
        assert_eq!(
            wanted("#Brood @kim"),
            [Wanted::Hashtag("brood".into()), Wanted::Mention(Handle::parse("kim").unwrap())]
        );
    }

    #[test]
    fn a_minus_before_a_part_turns_it_round() {
        let terms = parse("brood -kaas -\"oude kaas\" -has:image e-mail");
        let negated: Vec<bool> = terms.iter().map(|term| term.is_negated).collect();
        assert_eq!(negated, [false, true, true, true, false]);
        assert_eq!(terms.last().unwrap().wanted, word_of("e-mail"));
    }

    #[test]
    fn filters() {
        assert_eq!(
            wanted("from:me FROM:@kim@host.example"),
            [Wanted::FromMe, Wanted::From(Handle::parse("kim@host.example").unwrap())]
        );
        assert_eq!(wanted("has:image is:reply"), [Wanted::Has(Part::Image), Wanted::Is(Trait::Reply)]);
        assert_eq!(wanted("language:nl-BE"), [Wanted::Language("nl".into())]);
        assert_eq!(wanted("in:library"), [Wanted::In(Place::Library)]);
        assert_eq!(wanted("from:\"kim\""), [Wanted::From(Handle::parse("kim").unwrap())]);
    }

    #[test]
    fn dates_are_days_months_or_years() {
        let at = |text: &str| Time::parse(&format!("{text}T00:00:00Z"));
        assert_eq!(wanted("before:2026-05-01"), [Wanted::Written(None, at("2026-05-01"))]);
        assert_eq!(wanted("after:2026-05-31"), [Wanted::Written(at("2026-06-01"), None)]);
        assert_eq!(wanted("during:2026-12"), [Wanted::Written(at("2026-12-01"), at("2027-01-01"))]);
        assert_eq!(wanted("during:2024-02-29"), [Wanted::Written(at("2024-02-29"), at("2024-03-01"))]);
        assert_eq!(wanted("during:2025"), [Wanted::Written(at("2025-01-01"), at("2026-01-01"))]);
        for no_date in
            ["2026-02-30", "2026-13", "2026-00-01", "0000", "99999", "tomorrow", "2026--1", "-", "2026-05-01-02"]
        {
            assert!(matches!(wanted(&format!("before:{no_date}")).as_slice(), [Wanted::Word(_)]), "{no_date}");
        }
    }

    #[test]
    fn what_is_no_filter_is_words() {
        assert_eq!(wanted("note:this has:nothing"), [word_of("note this"), word_of("has nothing")]);
        assert_eq!(wanted("12:30 :smile:"), [word_of("12 30"), word_of(" smile:")]);
        assert_eq!(wanted("from: kim"), [word_of("from:"), word_of("kim")]);
        assert_eq!(wanted("#123"), [word_of("#123")]);
    }

    #[test]
    fn nothing_asks_for_nothing() {
        for text in ["", "   ", "-", "+", "\"", "\"\"", "- -", "--- \" \" +"] {
            assert!(parse(text).is_empty(), "{text:?}");
        }
    }

    #[test]
    fn a_question_has_an_end() {
        assert_eq!(parse(&"a ".repeat(1000)).len(), MAX_TERMS);
    }

    proptest! {
        #[test]
        fn no_text_is_an_error(text in "[ \\-+\":#@a-z0-9*()'“”\\\\\u{0}\u{3042}é]{0,60}") {
            prop_assert!(parse(&text).len() <= MAX_TERMS);
        }
    }
}
