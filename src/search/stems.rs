//! Light stemming of Dutch, German and English: singular and plural, diminutives and endings of adjectives and verbs become one
//! word. It works on folded words and need not give a word that exists. Words of other languages and scripts have no stem.

/// A language with stems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Dutch.
    Dutch,
    /// German.
    German,
    /// English.
    English,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Dutch, Self::German, Self::English];

    /// The language with this code, such as `nl`.
    pub fn of(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    /// Two letters.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Dutch => "nl",
            Self::German => "de",
            Self::English => "en",
        }
    }

    /// The stem of a folded word; `None` for what is too short or no word of such a language.
    pub fn stem(self, word: &str) -> Option<String> {
        if word.len() < 3 || !word.bytes().all(|b| b.is_ascii_lowercase()) {
            return None;
        }
        let stem = match self {
            Self::Dutch => dutch(word),
            Self::German => german(word),
            Self::English => english(word),
        };
        Some(stem)
    }
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
}

/// The `n`th letter from the end, the last being 0; a blank where there is none.
fn back(word: &str, n: usize) -> char {
    word.chars().rev().nth(n).unwrap_or(' ')
}

fn ends_with_vowel(word: &str) -> bool {
    is_vowel(back(word, 0))
}

/// How many groups of vowels a word has.
fn syllables(word: &str) -> usize {
    let mut count = 0;
    let mut in_vowels = false;
    for c in word.chars() {
        count += usize::from(is_vowel(c) && !in_vowels);
        in_vowels = is_vowel(c);
    }
    count
}

/// Without the last of two equal consonants: `bakk` is `bak`.
fn single_end(word: &str) -> &str {
    let last = back(word, 0);
    match word.strip_suffix(last) {
        Some(rest) if last == back(word, 1) && !is_vowel(last) => rest,
        _ => word,
    }
}

fn dutch(word: &str) -> String {
    let word = word.strip_suffix('s').filter(|rest| is_dutch_plural(rest)).unwrap_or(word);
    let word = match without_diminutive(word) {
        Some(noun) => noun,
        None if word.ends_with("eeen") || word.ends_with("ieen") => word.strip_suffix("en").unwrap_or(word),
        None => ["en", "e"]
            .into_iter()
            .find_map(|ending| word.strip_suffix(ending))
            .filter(|rest| rest.len() >= 3 && !ends_with_vowel(rest))
            .unwrap_or(word),
    };
    close(single_end(word))
}

/// Whether `word` with an `s` after it is likely its plural.
fn is_dutch_plural(word: &str) -> bool {
    let last = back(word, 0);
    match (word.len(), syllables(word), last) {
        (..3, ..) | (.., 's') => false,
        // Films and clubs, but not lens, fiets or plaats.
        (_, 0 | 1, _) => matches!(last, 'b' | 'd' | 'g' | 'm' | 'w'),
        (.., 'e') => true,
        // Autos, but not virus or tennis.
        (.., 'u' | 'i') => false,
        _ if is_vowel(last) => !is_vowel(back(word, 1)),
        _ => true,
    }
}

fn without_diminutive(word: &str) -> Option<&str> {
    if let Some(noun) = word.strip_suffix("etje")
        && noun.len() >= 3
        && !ends_with_vowel(noun)
        && back(noun, 0) == back(noun, 1)
    {
        return Some(noun);
    }
    if let Some(noun) = word.strip_suffix("tje")
        && noun.len() >= 2
    {
        let last = back(noun, 0);
        if matches!(last, 'l' | 'n' | 'r' | 'w') {
            return Some(noun);
        }
        // An autootje is a small auto; a straatje a small straat.
        if is_vowel(last) && syllables(noun) > 1 {
            let is_doubled = last == back(noun, 1);
            return if is_doubled { noun.strip_suffix(last) } else { Some(noun) };
        }
    }
    if let Some(noun) = word.strip_suffix("pje")
        && noun.len() >= 3
        && noun.ends_with('m')
    {
        return Some(noun);
    }
    word.strip_suffix("je").filter(|noun| noun.len() >= 3 && !ends_with_vowel(noun))
}

/// One spelling for the same sound in open and closed syllables: `boom` and `bom(en)`, `huis` and `huiz(en)`.
fn close(word: &str) -> String {
    let (last, vowel) = (back(word, 0), back(word, 1));
    let is_long =
        word.len() >= 4 && !is_vowel(last) && vowel == back(word, 2) && matches!(vowel, 'a' | 'e' | 'o' | 'u');
    let mut stem = word.to_owned();
    stem.pop();
    if is_long {
        stem.pop();
    }
    stem.push(match last {
        'z' => 's',
        'v' => 'f',
        other => other,
    });
    stem
}

fn german(word: &str) -> String {
    let takes_s = |rest: &str| {
        let last = back(rest, 0);
        let is_loan = matches!(last, 'a' | 'o') && !is_vowel(back(rest, 1)) && syllables(rest) > 1;
        is_loan || ends_before_s(last)
    };
    let word = match word {
        w if w.len() > 5 && w.ends_with("ern") => without(w, "ern"),
        w if w.len() > 4 && ["em", "en", "er", "es"].iter().any(|ending| w.ends_with(ending)) => cut(w, 2),
        w if w.len() > 3 && w.ends_with('e') => without(w, "e"),
        w if w.len() > 3 => w.strip_suffix('s').filter(|rest| takes_s(rest)).unwrap_or(w),
        w => w,
    };
    let word = match word {
        w if w.len() > 5 && w.ends_with("est") => without(w, "est"),
        w if w.len() > 4 && (w.ends_with("er") || w.ends_with("en")) => cut(w, 2),
        w if w.len() > 4 && w.ends_with("st") && ends_before_s(back(w, 2)) => without(w, "st"),
        w => w,
    };
    word.to_owned()
}

/// Whether a German word that ends so may have an `s` or `st` for an ending.
fn ends_before_s(last: char) -> bool {
    matches!(last, 'b' | 'd' | 'f' | 'g' | 'h' | 'k' | 'l' | 'm' | 'n' | 't')
}

fn english(word: &str) -> String {
    let mut stem = match word {
        w if w.ends_with("sses") => without(w, "es").to_owned(),
        w if w.len() > 4 && w.ends_with("ies") => format!("{}y", without(w, "ies")),
        w if w.len() > 3 && !["ss", "us", "is"].iter().any(|ending| w.ends_with(ending)) => without(w, "s").to_owned(),
        w => w.to_owned(),
    };
    let is_root = |rest: &&str| rest.len() >= 3 && syllables(rest) > 0;
    if stem.len() > 4 && stem.ends_with("ied") {
        stem = format!("{}y", without(&stem, "ied"));
    } else if let Some(root) = stem.strip_suffix("ing").filter(is_root) {
        stem = bare(root).to_owned();
    } else if let Some(root) = stem.strip_suffix("ed").filter(|root| !root.ends_with('e')).filter(is_root) {
        stem = bare(root).to_owned();
    }
    if stem.len() > 3 && stem.ends_with('e') {
        stem.pop();
    }
    stem
}

/// A verb without the consonant that was doubled before its ending; `call`, `pass` and `buzz` are as they are.
fn bare(root: &str) -> &str {
    if matches!(back(root, 0), 'l' | 's' | 'z') { root } else { single_end(root) }
}

fn without<'a>(word: &'a str, ending: &str) -> &'a str {
    word.strip_suffix(ending).unwrap_or(word)
}

/// Without the last `n` letters of a word of ASCII letters.
fn cut(word: &str, n: usize) -> &str {
    word.get(..word.len().saturating_sub(n)).unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn same(language: Language, words: &str) {
        let stems: Vec<String> = words.split(' ').map(|word| language.stem(word).expect("a stem")).collect();
        assert!(stems.windows(2).all(|pair| pair[0] == pair[1]), "{words}: {stems:?}");
    }

    #[test]
    fn dutch_words_meet_their_plurals_and_diminutives() {
        for words in [
            "broodje broodjes brood broden",
            "boom bomen boompje boompjes",
            "kat katten katje katjes",
            "huis huizen huisje huisjes",
            "auto autos autootje autootjes",
            "brief brieven briefje briefjes",
            "feest feesten feestje feestjes",
            "straat straten straatje straatjes",
            "bal ballen balletje balletjes",
            "groot grote",
            "idee ideeen",
            "knie knieen",
            "film films filmpje filmpjes",
            "kaas kazen",
            "vrouw vrouwen vrouwtje",
            "baby babys",
            "jongen jongens",
            "fiets fietsen fietsje",
        ] {
            same(Language::Dutch, words);
        }
    }

    #[test]
    fn german_words_meet_their_forms() {
        for words in [
            "haus hauser hauses",
            "buch bucher buches buchern",
            "kind kinder kindern",
            "strasse strassen",
            "auto autos",
            "brot brote broten",
            "schon schone schoner schones schonen",
            "frau frauen",
            "mann manner mannern",
            "klein kleine kleinste",
        ] {
            same(Language::German, words);
        }
    }

    #[test]
    fn english_words_meet_their_forms() {
        for words in [
            "bake baked baking bakes",
            "run running runs",
            "city cities",
            "box boxes",
            "class classes",
            "party parties",
            "walk walked walking walks",
            "stop stopped stopping",
            "try tried tries",
        ] {
            same(Language::English, words);
        }
    }

    #[test]
    fn words_that_only_look_like_forms_stay() {
        for word in ["virus", "tennis", "koffie", "lens", "plaats"] {
            assert_eq!(Language::Dutch.stem(word).as_deref(), Some(word));
        }
        for word in ["king", "bring", "speed", "this", "thing"] {
            assert_eq!(Language::English.stem(word).as_deref(), Some(word));
        }
        assert_eq!(Language::German.stem("virus").as_deref(), Some("virus"));
    }

    #[test]
    fn other_scripts_and_short_words_have_no_stem() {
        for word in ["", "ei", "日本", "كتاب", "b2b", "año"] {
            assert_eq!(Language::Dutch.stem(word), None, "{word}");
        }
    }

    #[test]
    fn no_word_panics() {
        for language in Language::ALL {
            for word in
                ["aaa", "sss", "eee", "eeen", "tje", "etje", "pje", "zzz", "ing", "est", "ies", "ernern", "sses"]
            {
                assert!(language.stem(word).is_some_and(|stem| !stem.is_empty()), "{word}");
            }
        }
    }
}
