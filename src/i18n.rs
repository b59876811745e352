//! The words for people, on pages and in pushes: one catalogue in Fluent (`locales/<language>/*.ftl`), built into the binary, and the choice of
//! the language for a reader. Sentences are whole messages; nothing is put together from parts.

use std::collections::HashMap;
use std::sync::LazyLock;

use chrono::{DateTime, Datelike, Utc};
use fluent_templates::fluent_bundle::{FluentResource, FluentValue};
use fluent_templates::{FluentBundle, LanguageIdentifier, static_loader};

use crate::time::Time;

static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        customise: |bundle| {
            prepare(bundle);
        },
    };
}

static ENGLISH: LazyLock<LanguageIdentifier> = LazyLock::new(|| "en".parse().unwrap_or_default());
static DUTCH: LazyLock<LanguageIdentifier> = LazyLock::new(|| "nl".parse().unwrap_or_default());

/// How many entries of an `Accept-Language` header are looked at.
const MAX_ACCEPTED: usize = 32;

/// A language that people are spoken to in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Lang(&'static str);

impl Default for Lang {
    fn default() -> Self {
        Self::ENGLISH
    }
}

impl Lang {
    /// English, also for readers whose language is not there.
    pub const ENGLISH: Self = Self("en");
    /// Dutch.
    pub const DUTCH: Self = Self("nl");
    /// Every language of the catalogue.
    pub const ALL: [Self; 2] = [Self::ENGLISH, Self::DUTCH];

    /// The language of a BCP 47 tag, by its first subtag: `nl-BE` is Dutch.
    pub fn from_code(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next().unwrap_or(tag).trim();
        Self::ALL.into_iter().find(|lang| lang.0.eq_ignore_ascii_case(primary))
    }

    /// The reader's own choice if there is one, else the best of `Accept-Language` (RFC 9110 section 12.5.4), else English.
    pub fn negotiate(stored: Option<&str>, accept_language: Option<&str>) -> Self {
        stored.and_then(Self::from_code).or_else(|| accept_language.and_then(Self::best_of)).unwrap_or_default()
    }

    fn best_of(header: &str) -> Option<Self> {
        let mut best: Option<(f32, Self)> = None;
        for entry in header.split(',').take(MAX_ACCEPTED) {
            let (tag, parameters) = entry.split_once(';').unwrap_or((entry, ""));
            let weight = match parameters.trim().strip_prefix("q=") {
                Some(number) => number.trim().parse::<f32>().unwrap_or(0.0),
                None => 1.0,
            };
            let Some(lang) = Self::from_code(tag) else { continue };
            if weight > 0.0 && best.is_none_or(|(most, _)| weight > most) {
                best = Some((weight, lang));
            }
        }
        best.map(|(_, lang)| lang)
    }

    /// The BCP 47 tag, for `lang` attributes and for storing the choice.
    pub const fn code(self) -> &'static str {
        self.0
    }

    /// The direction of the script, for `dir` attributes.
    pub const fn dir(self) -> &'static str {
        "ltr"
    }

    /// The language's name in itself.
    pub fn own_name(self) -> &'static str {
        if self == Self::DUTCH { "Nederlands" } else { "English" }
    }

    fn identifier(self) -> &'static LanguageIdentifier {
        if self == Self::DUTCH { &DUTCH } else { &ENGLISH }
    }

    /// The message `key`.
    pub fn t(self, key: &str) -> String {
        self.look_up(key, None)
    }

    /// The message `key` with its places filled. Texts are set apart by Unicode isolates, so that a name written from right
    /// to left does not turn the sentence around it. Numbers choose the plural form and get their grouping.
    pub fn t_with(self, key: &str, arguments: &[(&'static str, &dyn Argument)]) -> String {
        let filled = arguments.iter().map(|(name, argument)| (*name, isolated(argument.value()))).collect();
        self.look_up(key, Some(&filled))
    }

    /// Like [`Lang::t_with`] without isolates, for titles, attributes and anything that is compared or copied.
    pub fn t_plain(self, key: &str, arguments: &[(&'static str, &dyn Argument)]) -> String {
        let filled = arguments.iter().map(|(name, argument)| (*name, argument.value())).collect();
        self.look_up(key, Some(&filled))
    }

    /// A missing message falls back to English and then to its own key: a page with an odd word is better than no page.
    fn look_up(self, key: &str, arguments: Option<&HashMap<&'static str, FluentValue<'_>>>) -> String {
        LOCALES
            .lookup_single_language(self.identifier(), key, arguments)
            .or_else(|_| LOCALES.lookup_single_language(&ENGLISH, key, arguments))
            .unwrap_or_else(|error| {
                tracing::warn!(key, lang = self.0, %error, "a message is missing or lacks an argument");
                key.to_owned()
            })
    }

    /// A whole number with its thousands apart; by reference, as templates pass their fields.
    pub fn number(self, number: &u64) -> String {
        group(&number.to_string(), self.separator())
    }

    fn separator(self) -> char {
        if self == Self::DUTCH { '.' } else { ',' }
    }

    /// Day, month and year, UTC.
    pub fn date(self, time: Time) -> String {
        let date = DateTime::<Utc>::from(time);
        self.t_plain("date", &[("day", &date.day()), ("month", &self.month(&date)), ("year", &date.year().to_string())])
    }

    /// Date, hour and minute, UTC and saying so. The script turns it into the reader's own zone.
    pub fn date_time(self, time: Time) -> String {
        let date = DateTime::<Utc>::from(time);
        let clock = date.format("%H:%M").to_string();
        let (month, year) = (self.month(&date), date.year().to_string());
        self.t_plain("date-time", &[("day", &date.day()), ("month", &month), ("year", &year), ("time", &clock)])
    }

    fn month(self, date: &DateTime<Utc>) -> String {
        self.t(&format!("month-{}", date.month()))
    }
}

/// What may fill a place in a message.
pub trait Argument {
    /// The value as Fluent takes it.
    fn value(&self) -> FluentValue<'_>;
}

impl Argument for str {
    fn value(&self) -> FluentValue<'_> {
        FluentValue::from(self)
    }
}

impl Argument for String {
    fn value(&self) -> FluentValue<'_> {
        FluentValue::from(self.as_str())
    }
}

impl<T: Argument + ?Sized> Argument for &T {
    fn value(&self) -> FluentValue<'_> {
        (**self).value()
    }
}

macro_rules! numbers_are_arguments {
    ($($number:ty),*) => {$(
        impl Argument for $number {
            fn value(&self) -> FluentValue<'_> {
                FluentValue::from(*self)
            }
        }
    )*};
}

numbers_are_arguments!(u8, u16, u32, u64, usize, i32, i64);

fn isolated(value: FluentValue<'_>) -> FluentValue<'_> {
    match value {
        FluentValue::String(text) => FluentValue::String(format!("\u{2068}{text}\u{2069}").into()),
        other => other,
    }
}

/// Isolation is decided per call, and numbers are written as the language writes them.
fn prepare(bundle: &mut FluentBundle<&'static FluentResource>) {
    bundle.set_use_isolating(false);
    let dutch = bundle.locales.first().is_some_and(|id| id.language.as_str() == Lang::DUTCH.0);
    if dutch {
        bundle.set_formatter(Some(dutch_number));
    } else {
        bundle.set_formatter(Some(english_number));
    }
}

fn english_number<M>(value: &FluentValue<'_>, _memoizer: &M) -> Option<String> {
    formatted(value, Lang::ENGLISH)
}

fn dutch_number<M>(value: &FluentValue<'_>, _memoizer: &M) -> Option<String> {
    formatted(value, Lang::DUTCH)
}

fn formatted(value: &FluentValue<'_>, lang: Lang) -> Option<String> {
    match value {
        FluentValue::Number(number) => Some(group(&number.as_string(), lang.separator())),
        _ => None,
    }
}

/// Puts `separator` between the thousands of a whole number.
fn group(number: &str, separator: char) -> String {
    let mut left = number.chars().filter(char::is_ascii_digit).count();
    let mut grouped = String::with_capacity(number.len() + left / 3);
    let mut started = false;
    for character in number.chars() {
        if character.is_ascii_digit() {
            if started && left.is_multiple_of(3) {
                grouped.push(separator);
            }
            started = true;
            left = left.saturating_sub(1);
        }
        grouped.push(character);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::{Path, PathBuf};

    use super::*;

    fn below(folder: &Path, ending: &str) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                files.extend(below(&path, ending));
            } else if path.extension().is_some_and(|e| e == ending) {
                files.push(path);
            }
        }
        files
    }

    fn root(path: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
    }

    /// Message ids of one language with the places that each has.
    fn catalogue(lang: Lang) -> BTreeMap<String, BTreeSet<String>> {
        let place = regex::Regex::new(r"\$([a-z]+)").unwrap();
        let mut messages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for file in below(&root("locales").join(lang.code()), "ftl") {
            let mut current = String::new();
            for line in std::fs::read_to_string(file).unwrap().lines() {
                if line.starts_with(|c: char| c.is_ascii_lowercase()) {
                    current = line.split_once(" = ").unwrap().0.to_owned();
                    assert!(messages.insert(current.clone(), BTreeSet::new()).is_none(), "{current} is there twice");
                }
                let places = place.captures_iter(line).map(|found| found[1].to_owned());
                if let Some(known) = messages.get_mut(&current) {
                    known.extend(places);
                }
            }
        }
        messages
    }

    #[test]
    fn every_language_says_everything_with_the_same_places() {
        let (english, dutch) = (catalogue(Lang::ENGLISH), catalogue(Lang::DUTCH));
        assert!(english.len() > 200);
        assert_eq!(english, dutch);
        for (key, places) in &english {
            let arguments: Vec<(&'static str, &dyn Argument)> =
                places.iter().map(|place| (&*place.clone().leak(), &7_u64 as &dyn Argument)).collect();
            for lang in Lang::ALL {
                assert_ne!(&lang.t_with(key, &arguments), key, "{} does not resolve in {}", key, lang.code());
            }
        }
    }

    #[test]
    fn every_message_that_is_asked_for_is_there() {
        let known = catalogue(Lang::ENGLISH);
        let asked = regex::Regex::new(r#"\bt(?:_with|_plain)?\(\s*"([a-z0-9-]+)""#).unwrap();
        let mut found = 0;
        for file in below(&root("templates"), "html").into_iter().chain(below(&root("src"), "rs")) {
            for key in asked.captures_iter(&std::fs::read_to_string(&file).unwrap()) {
                found += 1;
                assert!(known.contains_key(&key[1]), "{} asks for {}", file.display(), &key[1]);
            }
        }
        assert!(found > 100, "found only {found}");
    }

    #[test]
    fn a_choice_wins_over_the_browser_and_weights_count() {
        assert_eq!(Lang::negotiate(Some("nl"), Some("en")), Lang::DUTCH);
        assert_eq!(Lang::negotiate(Some("xx"), Some("nl-BE,nl;q=0.9,en;q=0.8")), Lang::DUTCH);
        assert_eq!(Lang::negotiate(None, Some("fr, en;q=0.4, nl;q=0.5")), Lang::DUTCH);
        assert_eq!(Lang::negotiate(None, Some("nl;q=0, *")), Lang::ENGLISH);
        assert_eq!(Lang::negotiate(None, Some(";;q=,,\u{0}")), Lang::ENGLISH);
        assert_eq!(Lang::negotiate(None, None), Lang::ENGLISH);
    }

    #[test]
    fn numbers_choose_the_form_and_are_grouped() {
        assert_eq!(Lang::ENGLISH.t_with("post-answers", &[("count", &1_u64)]), "1 answer");
        assert_eq!(Lang::ENGLISH.t_with("post-answers", &[("count", &2310_u64)]), "2,310 answers");
        assert_eq!(Lang::DUTCH.t_with("post-answers", &[("count", &1_234_567_u64)]), "1.234.567 antwoorden");
        assert_eq!(Lang::DUTCH.number(&999), "999");
        assert_eq!(Lang::ENGLISH.number(&1000), "1,000");
    }

    #[test]
    fn names_are_set_apart_in_sentences_and_not_in_titles() {
        assert_eq!(Lang::ENGLISH.t_with("post-shared-by", &[("name", &"Ann")]), "\u{2068}Ann\u{2069} shared this");
        assert_eq!(Lang::ENGLISH.t_plain("post-shared-by", &[("name", &"Ann")]), "Ann shared this");
    }

    #[test]
    fn dates_read_as_people_write_them() {
        let time = Time::from_unix(1_700_000_000);
        assert_eq!(Lang::ENGLISH.date_time(time), "14 November 2023, 22:13 UTC");
        assert_eq!(Lang::DUTCH.date(time), "14 november 2023");
    }
}
