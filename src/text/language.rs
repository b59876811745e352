//! Languages of texts: one code for each, and a guess where none was given.

pub mod names;

use whatlang::Info;

/// How many letters a guess needs; scripts that belong to one language, or write a word with one sign, need fewer.
const MIN_LETTERS: usize = 20;
const MIN_SIGNS: usize = 5;
/// How much of a text is looked at, in characters.
const MAX_LOOKED_AT: usize = 2_000;

/// ISO 639-2 and 639-3 codes, and withdrawn two-letter codes, of languages that have a two-letter code.
const SHORT: &[(&str, &str)] = &[
    ("epo", "eo"),
    ("eng", "en"),
    ("rus", "ru"),
    ("cmn", "zh"),
    ("zho", "zh"),
    ("chi", "zh"),
    ("spa", "es"),
    ("por", "pt"),
    ("ita", "it"),
    ("ben", "bn"),
    ("fra", "fr"),
    ("fre", "fr"),
    ("deu", "de"),
    ("ger", "de"),
    ("ukr", "uk"),
    ("kat", "ka"),
    ("geo", "ka"),
    ("ara", "ar"),
    ("hin", "hi"),
    ("jpn", "ja"),
    ("heb", "he"),
    ("yid", "yi"),
    ("pol", "pl"),
    ("amh", "am"),
    ("jav", "jv"),
    ("kor", "ko"),
    ("nob", "nb"),
    ("nno", "nn"),
    ("nor", "no"),
    ("dan", "da"),
    ("swe", "sv"),
    ("fin", "fi"),
    ("tur", "tr"),
    ("nld", "nl"),
    ("dut", "nl"),
    ("hun", "hu"),
    ("ces", "cs"),
    ("cze", "cs"),
    ("ell", "el"),
    ("gre", "el"),
    ("bul", "bg"),
    ("bel", "be"),
    ("mar", "mr"),
    ("kan", "kn"),
    ("ron", "ro"),
    ("rum", "ro"),
    ("slv", "sl"),
    ("hrv", "hr"),
    ("srp", "sr"),
    ("mkd", "mk"),
    ("mac", "mk"),
    ("lit", "lt"),
    ("lav", "lv"),
    ("est", "et"),
    ("tam", "ta"),
    ("vie", "vi"),
    ("urd", "ur"),
    ("tha", "th"),
    ("guj", "gu"),
    ("uzb", "uz"),
    ("pan", "pa"),
    ("aze", "az"),
    ("ind", "id"),
    ("tel", "te"),
    ("pes", "fa"),
    ("fas", "fa"),
    ("per", "fa"),
    ("mal", "ml"),
    ("ori", "or"),
    ("mya", "my"),
    ("bur", "my"),
    ("nep", "ne"),
    ("sin", "si"),
    ("khm", "km"),
    ("tuk", "tk"),
    ("aka", "ak"),
    ("zul", "zu"),
    ("sna", "sn"),
    ("afr", "af"),
    ("lat", "la"),
    ("slk", "sk"),
    ("slo", "sk"),
    ("cat", "ca"),
    ("tgl", "tl"),
    ("hye", "hy"),
    ("arm", "hy"),
    ("cym", "cy"),
    ("wel", "cy"),
    ("eus", "eu"),
    ("baq", "eu"),
    ("glg", "gl"),
    ("gle", "ga"),
    ("isl", "is"),
    ("ice", "is"),
    ("iw", "he"),
    ("in", "id"),
    ("ji", "yi"),
    ("jw", "jv"),
];

/// The code under which a language is stored: the primary subtag of a BCP 47 tag in lower case, in two letters where it
/// has two (`nl-BE` and `nld` are `nl`). `None` for what names no language (`und`, `x-klingon`, `german`).
pub fn normalize(code: &str) -> Option<String> {
    let primary = code.trim().split(['-', '_']).next()?;
    let is_code = matches!(primary.len(), 2 | 3) && primary.bytes().all(|b| b.is_ascii_alphabetic());
    let primary = primary.to_ascii_lowercase();
    if !is_code || matches!(primary.as_str(), "und" | "mul" | "mis" | "zxx") {
        return None;
    }
    Some(short(&primary).map_or(primary, str::to_owned))
}

/// The language of plain `text` as [`normalize`] writes it, when it is long and clear enough to tell.
pub fn detect(text: &str) -> Option<&'static str> {
    let is_prose = |word: &&str| !word.starts_with(['@', '#', '＃']) && !word.contains("://");
    let mut prose = String::new();
    let mut room = MAX_LOOKED_AT;
    for word in text.split_whitespace().filter(is_prose) {
        prose.extend(word.chars().take(room));
        prose.push(' ');
        room = room.saturating_sub(word.chars().count().saturating_add(1));
        if room == 0 {
            break;
        }
    }
    let letters = prose.chars().filter(|c| c.is_alphabetic()).count();
    let signs = prose.chars().filter(|c| c.is_alphabetic() && u32::from(*c) >= 0x0e00).count();
    if letters < MIN_LETTERS && signs < MIN_SIGNS {
        return None;
    }
    whatlang::detect(&prose).filter(Info::is_reliable).and_then(|info| short(info.lang().code()))
}

fn short(code: &str) -> Option<&'static str> {
    SHORT.iter().find(|(long, _)| *long == code).map(|(_, short)| *short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_come_down_to_one() {
        for (code, expected) in [
            ("de", "de"),
            ("DE", "de"),
            ("nl-BE", "nl"),
            ("pt_BR", "pt"),
            (" zh-Hant-TW ", "zh"),
            ("eng", "en"),
            ("ckb", "ckb"),
            ("nds", "nds"),
            ("iw", "he"),
        ] {
            assert_eq!(normalize(code).as_deref(), Some(expected), "{code}");
        }
        for code in ["", "-", "d", "und", "mul", "x-klingon", "german", "d1", "日本", "de\0", &"a".repeat(100_000)] {
            assert_eq!(normalize(code), None, "{code:.20}");
        }
    }

    #[test]
    fn long_clear_text_is_recognised() {
        for (text, expected) in [
            (
                "Yesterday the whole team went out for lunch, and while we were waiting for the food we talked about everything that \
                 we would like to build together next year. There were more ideas than anybody could write down, which is why we \
                 should meet again before the end of this month.",
                "en",
            ),
            (
                "Wir haben gestern den ganzen Abend darüber gesprochen, wie schön das Wetter in dieser Woche gewesen ist und dass \
                 wir morgen wieder wandern gehen möchten. Leider muss ich vorher noch einige Dinge erledigen, die nicht länger \
                 warten können, aber danach habe ich endlich Zeit für euch.",
                "de",
            ),
            ("これは日本語の文章です。とても短いですが、わかります。", "ja"),
            ("สวัสดีครับ วันนี้อากาศดีมาก", "th"),
            ("오늘은 날씨가 정말 좋네요. 산책하러 갈까요?", "ko"),
        ] {
            assert_eq!(detect(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn short_or_empty_text_is_not_guessed() {
        for text in [
            "",
            "ok",
            "lol :)",
            "12345 67890 12345 67890",
            "@someone@example.com https://example.com/a/long/path #tag",
            "🎉🎉🎉🎉🎉🎉",
        ] {
            assert_eq!(detect(text), None, "{text}");
        }
    }

    #[test]
    fn every_language_that_can_be_detected_has_a_code() {
        for lang in whatlang::Lang::all() {
            assert!(short(lang.code()).is_some(), "{lang:?}");
        }
    }

    #[test]
    fn long_text_costs_no_more() {
        let text =
            "There were more ideas than anybody could write down, which is why we should meet again this month. ";
        assert_eq!(detect(&text.repeat(50_000)), Some("en"));
    }
}
