//! The one way of making tokens, for both databases: words, and overlapping pairs of letters where a script sets no blanks.

use std::collections::BTreeSet;

use unicode_normalization::char::is_combining_mark;

use super::fold::fold;
use super::stems::Language;

/// Letters of a word that count; the rest of a longer one is passed over.
const MAX_LETTERS: usize = 64;
/// Letters of a label.
const MAX_LABEL: usize = 400;
/// Words of one document.
const MAX_WORDS: usize = 8_000;
/// Tokens of one document. PostgreSQL tells positions apart up to 16,383.
const MAX_TOKENS: usize = 16_000;
/// Stands between two texts of a document, so that no phrase reaches from one into the other.
const BREAK: &str = ".";

/// The tokens of a text in their order. None holds white space, quotation marks or backslashes.
pub fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    for piece in pieces(text) {
        piece.tokens(&mut tokens);
    }
    tokens
}

/// A token that is no word, such as a hashtag with its sign: folded, with every sign but `#@.:_-` as `_`.
pub fn label(text: &str) -> String {
    let is_kept = |c: char| c.is_alphanumeric() || is_combining_mark(c) || "#@.:_-".contains(c);
    fold(text).chars().take(MAX_LABEL).map(|c| if is_kept(c) { c } else { '_' }).collect()
}

/// The labels under which a word is found by its stem, in each of these languages.
pub fn stems(word: &str, languages: &[Language]) -> impl Iterator<Item = String> {
    languages.iter().filter_map(move |language| Some(format!("{}.{}", language.code(), language.stem(word)?)))
}

/// What is written to an index for one thing.
#[derive(Debug, Clone, Default)]
pub struct Document {
    languages: Vec<Language>,
    words: Vec<String>,
    labels: BTreeSet<String>,
    /// Stems, and single letters of scripts without blanks.
    parts: BTreeSet<String>,
}

impl Document {
    /// An empty one, whose words will also be found by their stems in these languages.
    pub fn new(languages: Vec<Language>) -> Self {
        Self { languages, ..Self::default() }
    }

    /// Adds a text.
    pub fn add_text(&mut self, text: &str) {
        if !self.words.is_empty() && self.words.len() < MAX_WORDS {
            self.words.push(BREAK.to_owned());
        }
        for piece in pieces(text) {
            if self.words.len() >= MAX_WORDS {
                break;
            }
            match &piece {
                Piece::Word(word) => self.parts.extend(stems(word, &self.languages)),
                Piece::Run(run) => self.parts.extend(run.chars().map(String::from)),
            }
            piece.tokens(&mut self.words);
        }
        self.words.truncate(MAX_WORDS);
    }

    /// Adds a [`label`].
    pub fn add_label(&mut self, text: &str) {
        self.labels.insert(label(text));
    }

    /// Everything, words first and in their order.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.words.iter().chain(&self.labels).chain(&self.parts).map(String::as_str).take(MAX_TOKENS)
    }
}

/// A stretch of folded text without a gap.
enum Piece {
    /// Of a script whose words stand apart.
    Word(String),
    /// Of a script whose words do not.
    Run(String),
}

impl Piece {
    fn tokens(self, tokens: &mut Vec<String>) {
        match self {
            Self::Word(word) => tokens.push(word),
            Self::Run(run) => {
                let letters: Vec<char> = run.chars().collect();
                if letters.len() < 2 {
                    tokens.push(run);
                } else {
                    tokens.extend(letters.windows(2).map(|pair| pair.iter().collect::<String>()));
                }
            }
        }
    }
}

/// What a character does to the stretch it stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    Unspaced,
    Mark,
    Apostrophe,
    Gap,
}

fn class(c: char) -> Class {
    match c {
        '\'' | '’' | 'ʼ' => Class::Apostrophe,
        c if is_combining_mark(c) => Class::Mark,
        c if !c.is_alphanumeric() => Class::Gap,
        c if is_unspaced(c) => Class::Unspaced,
        _ => Class::Letter,
    }
}

/// Han, kana, bopomofo and Hangul, and the scripts of South-East Asia that set no blanks between words.
fn is_unspaced(c: char) -> bool {
    matches!(
        c,
        '\u{e00}'..='\u{eff}'
            | '\u{1000}'..='\u{109f}'
            | '\u{1100}'..='\u{11ff}'
            | '\u{1780}'..='\u{17ff}'
            | '\u{3005}'..='\u{3007}'
            | '\u{3040}'..='\u{30ff}'
            | '\u{3100}'..='\u{318f}'
            | '\u{31a0}'..='\u{31ff}'
            | '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{ac00}'..='\u{d7ff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{3ffff}'
    )
}

#[derive(Default)]
struct Pieces {
    done: Vec<Piece>,
    current: String,
    letters: usize,
    is_run: bool,
}

impl Pieces {
    fn end(&mut self) {
        let piece = std::mem::take(&mut self.current);
        self.letters = 0;
        if !piece.is_empty() {
            self.done.push(if self.is_run { Piece::Run(piece) } else { Piece::Word(piece) });
        }
    }

    fn push(&mut self, c: char, is_run: bool) {
        if self.is_run != is_run {
            self.end();
            self.is_run = is_run;
        }
        if is_run || self.letters < MAX_LETTERS {
            self.current.push(c);
        }
        self.letters += 1;
    }
}

fn pieces(text: &str) -> Vec<Piece> {
    let folded = fold(text);
    let mut pieces = Pieces::default();
    let mut chars = folded.chars().peekable();
    while let Some(c) = chars.next() {
        match class(c) {
            Class::Letter => pieces.push(c, false),
            Class::Unspaced => pieces.push(c, true),
            Class::Mark if !pieces.current.is_empty() => pieces.push(c, pieces.is_run),
            Class::Mark | Class::Gap => pieces.end(),
            // `auto's` and `don't` are one word, `l'eau` and `it's` are two.
            Class::Apostrophe => {
                let goes_on = chars.peek().is_some_and(|next| class(*next) == Class::Letter);
                if pieces.is_run || pieces.letters <= 2 || !goes_on {
                    pieces.end();
                }
            }
        }
    }
    pieces.end();
    pieces.done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is(text: &str, expected: &str) {
        assert_eq!(tokens(text).join(" "), expected, "{text}");
    }

    #[test]
    fn words_are_what_stands_between_signs() {
        is("Vers brood, €2.50!", "vers brood 2 50");
        is("e-mail/post", "e mail post");
        is("#BroodjeKaas @kim@host.example", "broodjekaas kim host example");
        is("snake_case :blob_cat:", "snake case blob cat");
        is("  \n\t ", "");
        is("🎉 — …", "");
    }

    #[test]
    fn apostrophes_join_or_part() {
        is("auto's don’t", "autos dont");
        is("l'eau d’or it's", "l eau d or it s");
        is("'s avonds 'quoted' dogs'", "s avonds quoted dogs");
    }

    #[test]
    fn scripts_without_blanks_give_overlapping_pairs() {
        is("日本語を学ぶ", "日本 本語 語を を学 学ぶ");
        is("東京タワーへ", "東京 京タ タワ ワー ーへ");
        is("猫", "猫");
        is("한국어 검색", "한국 국어 검색");
        is("Rustで書く", "rust で書 書く");
        is("ﾃｽﾄ", "テス スト");
    }

    #[test]
    fn arabic_words_stand_apart() {
        is("الخُبْزُ الطَّازِجُ، اليوم", "الخبز الطازج اليوم");
    }

    #[test]
    fn marks_that_belong_to_a_word_stay_in_it() {
        is("हिन्दी भाषा", "हिन्दी भाषा");
    }

    #[test]
    fn a_document_holds_words_labels_and_stems() {
        let mut document = Document::new(vec![Language::Dutch]);
        document.add_text("Verse broodjes");
        document.add_text("猫");
        document.add_label("#Straße");
        document.add_label("@kim@Host.example:80");
        let all: Vec<&str> = document.tokens().collect();
        assert_eq!(
            all,
            ["verse", "broodjes", ".", "猫", "#strasse", "@kim@host.example:80", "nl.brod", "nl.vers", "猫"],
        );
    }

    #[test]
    fn no_token_can_break_out_of_its_quotes() {
        for text in ["a\"b' OR \\ c\0d", "NEAR(a b) AND * ^ - : {x}", "' | '' & ! <-> \u{2028}"] {
            let signs = ['"', '\'', '\\', '\0', ' ', '(', ')', '*', '&', '|', '!', '<', '\u{2028}'];
            assert!(tokens(text).iter().all(|token| !token.contains(signs)), "{text}");
            assert!(!label(text).contains(signs), "{text}");
        }
    }

    #[test]
    fn what_is_endless_is_cut() {
        assert_eq!(tokens(&"a".repeat(100_000)), ["a".repeat(MAX_LETTERS)]);
        let mut document = Document::new(Language::ALL.to_vec());
        document.add_text(&"語".repeat(100_000));
        document.add_text(&"word ".repeat(100_000));
        assert!(document.tokens().count() <= MAX_TOKENS);
        assert!(label(&"x".repeat(10_000)).len() <= MAX_LABEL);
    }
}
