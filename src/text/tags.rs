//! Hashtags: which characters make one, and the form in which two spellings are the same tag (FEP-eb48).

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// The longest tag we keep, in characters, without its sign.
pub const MAX_CHARS: usize = 100;

/// One hashtag as it was written, and the form under which it is found.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Hashtag {
    /// As typed, without the sign.
    pub name: String,
    /// NFKC and lower-case: equal for all spellings of the same tag; used in addresses and as key.
    pub normalized: String,
}

impl Hashtag {
    /// Reads `tag`, `#tag` or `＃tag`; `None` when it is empty, too long, only digits, or holds anything but
    /// letters, marks, digits, `_` and the middle dots.
    pub fn parse(text: &str) -> Option<Self> {
        let name = text.trim().trim_start_matches(is_sign);
        Some(Self { name: name.to_owned(), normalized: normalize(name)? })
    }
}

/// The key of a tag written `tag` or `#tag`: NFKC, lower-case. `None` when it cannot be a tag (see [`Hashtag::parse`])
/// or is longer than [`MAX_CHARS`].
pub fn normalize(name: &str) -> Option<String> {
    let name = name.trim().trim_start_matches(is_sign);
    // Before the work: compatibility forms can grow eighteenfold.
    if name.chars().nth(MAX_CHARS).is_some() {
        return None;
    }
    let lower = name.nfkc().collect::<String>().to_lowercase();
    // Lower-casing may leave NFKC (U+0130 does), so once more.
    let normalized: String = lower.nfkc().collect();
    (is_tag(&normalized) && normalized.chars().nth(MAX_CHARS).is_none()).then_some(normalized)
}

/// Whether `c` begins a hashtag: `#`, or the full-width sign that Japanese keyboards type.
pub(super) fn is_sign(c: char) -> bool {
    matches!(c, '#' | '＃')
}

/// The hashtag at the start of `text`, which begins right after the sign.
pub(super) fn leading(text: &str) -> Option<Hashtag> {
    let end = text.char_indices().find(|(_, c)| !is_word(*c) && !is_joint(*c)).map_or(text.len(), |(at, _)| at);
    let name = text.get(..end)?.trim_end_matches(is_joint);
    Hashtag::parse(name)
}

/// Letters and digits of any script, the marks that letters carry, and the underscore.
fn is_word(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c) || c == '_'
}

/// What may stand inside a tag but not at its ends: middle dots, and the joiners that Persian and Indic spelling needs.
fn is_joint(c: char) -> bool {
    matches!(c, '·' | '・' | '\u{200c}' | '\u{200d}')
}

fn is_tag(name: &str) -> bool {
    name.chars().all(|c| is_word(c) || is_joint(c))
        && name.chars().any(char::is_alphabetic)
        && !name.starts_with(is_joint)
        && !name.starts_with(is_combining_mark)
        && !name.ends_with(is_joint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_tag_are_the_same() {
        assert_eq!(normalize("#Rust").as_deref(), Some("rust"));
        assert_eq!(normalize("ＦＵＬＬ").as_deref(), Some("full"));
        assert_eq!(normalize("＃Straße").as_deref(), Some("straße"));
        assert_eq!(normalize("ΔΈΛΤΑ").as_deref(), Some("δέλτα"));
        assert_eq!(normalize("cafe\u{301}"), normalize("CAFÉ"), "composed and decomposed accents are one tag");
        assert_eq!(normalize("ｶﾞﾗｽ"), normalize("ガラス"), "half-width katakana");
    }

    #[test]
    fn letters_of_any_script_make_a_tag() {
        for tag in [
            "日本語",
            "हिन्दी",
            "ภาษาไทย",
            "עברית",
            "العربية",
            "한국어",
            "Ελλάδα",
            "col·laboració",
            "snake_case",
            "2026年",
        ] {
            assert!(normalize(tag).is_some(), "{tag}");
        }
    }

    #[test]
    fn what_is_no_tag_is_refused() {
        for tag in [
            "", "#", "12345", "１２", "_", "___1", "<b>x</b>", "a b", "·", "a·", "tag!", "a/b", "\u{301}a", "ﷺ", "a\0b",
        ] {
            assert_eq!(normalize(tag), None, "{tag:?}");
        }
    }

    #[test]
    fn length_is_bounded_before_and_after_normalising() {
        assert!(normalize(&"a".repeat(MAX_CHARS)).is_some());
        assert_eq!(normalize(&"a".repeat(MAX_CHARS + 1)), None);
        assert_eq!(normalize(&"ﬃ".repeat(MAX_CHARS)), None, "one ligature becomes three letters");
        assert_eq!(normalize(&"a".repeat(1_000_000)), None);
    }

    #[test]
    fn the_typed_name_is_kept() {
        let tag = Hashtag::parse("#RustLang").unwrap();
        assert_eq!((tag.name.as_str(), tag.normalized.as_str()), ("RustLang", "rustlang"));
    }

    #[test]
    fn a_tag_ends_where_its_letters_end() {
        let name = |text: &str| leading(text).map(|tag| tag.name);
        assert_eq!(name("rust, and").as_deref(), Some("rust"));
        assert_eq!(name("tag-foo").as_deref(), Some("tag"));
        assert_eq!(name("a· b").as_deref(), Some("a"));
        assert_eq!(name(" x"), None);
    }
}
