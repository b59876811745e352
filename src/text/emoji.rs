//! Emoji: the names of custom ones in typed text, and whether a text is exactly one of the Unicode ones.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

/// The longest name of a custom emoji, in bytes.
pub const MAX_SHORTCODE: usize = 64;
/// The longest sequence that is taken as one emoji, in bytes: families of four with skin tones need 41.
const MAX_SEQUENCE: usize = 64;

/// Whether `name` can be the name of a custom emoji: two or more ASCII letters, digits and underscores.
pub fn is_shortcode(name: &str) -> bool {
    (2..=MAX_SHORTCODE).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// The names that stand between colons in `text`, each once, in order, at most `limit`. Colons within words begin none.
pub fn shortcodes(text: &str, limit: usize) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut seen: HashSet<&str> = HashSet::new();
    let mut rest = text;
    let mut before: Option<char> = None;
    while found.len() < limit
        && let Some((ahead, after)) = rest.split_once(':')
    {
        before = ahead.chars().next_back().or(before);
        let name = after.split_once(':').map(|(name, _)| name).filter(|name| is_shortcode(name));
        let is_apart = before.is_none_or(|c| !c.is_alphanumeric() && c != ':');
        let follows = |name: &str| after.get(name.len() + 1..).and_then(|tail| tail.chars().next());
        match name.filter(|name| is_apart && follows(name).is_none_or(|c| !c.is_alphanumeric() && c != ':')) {
            Some(name) => {
                if seen.insert(name) {
                    found.push(name.to_owned());
                }
                rest = after.get(name.len() + 1..).unwrap_or_default();
            }
            None => rest = after,
        }
        before = Some(':');
    }
    found
}

/// One pictograph with its variation, skin tone and tags; several joined; a flag; a keycap (UTS #51, with room for what is new).
static SEQUENCE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let one = r"\p{Extended_Pictographic}\x{FE0F}?\p{Emoji_Modifier}?(?:[\x{E0020}-\x{E007E}]+\x{E007F})?\x{20E3}?";
    Regex::new(&format!(r"^(?:{one}(?:\x{{200D}}{one})*|\p{{Regional_Indicator}}{{2}}|[0-9#*]\x{{FE0F}}?\x{{20E3}})$"))
        .ok()
});

/// Whether `text` is exactly one emoji.
pub fn is_emoji(text: &str) -> bool {
    text.len() <= MAX_SEQUENCE && SEQUENCE.as_ref().is_some_and(|sequence| sequence.is_match(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_stand_between_colons_and_apart_from_words() {
        let all = |text: &str| shortcodes(text, 10);
        assert_eq!(all(":bread: and :rye_2:, again :bread:"), ["bread", "rye_2"]);
        assert_eq!(all("(:bread:)\n:rye:"), ["bread", "rye"]);
        assert_eq!(all("at 10:30:45 in a:bread:b"), Vec::<String>::new());
        assert_eq!(all("::bread:: :x: :not a name: :über:"), Vec::<String>::new());
        assert_eq!(all("https://a.example:8080/:bread:"), ["bread"]);
        assert_eq!(shortcodes(":aa: :bb: :cc:", 2), ["aa", "bb"]);
    }

    #[test]
    fn one_emoji_is_one_whatever_it_is_made_of() {
        for text in ["🎉", "❤️", "❤", "👍🏽", "👩‍👩‍👧‍👦", "🇳🇱", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏳️‍🌈", "👁️‍🗨️"]
        {
            assert!(is_emoji(text), "{text}");
        }
        for text in ["", "a", "1", "#", "🎉🎉", " 🎉", "bread", "🇳", "<script>", "\u{200d}", "é"] {
            assert!(!is_emoji(text), "{text}");
        }
        assert!(!is_emoji(&"👩\u{200d}".repeat(1000)));
    }

    proptest! {
        #[test]
        fn any_text_comes_to_an_end(text in "[:a-c 🎉é_]{0,60}") {
            prop_assert!(shortcodes(&text, 100).iter().all(|name| is_shortcode(name)));
        }
    }
}
