//! The text of `config/example.toml`, made from the table of settings.

use super::table;

const HEAD: &str = r#"# Every setting of Rapport, with its default. This file is made from the program: a test compares the two.
#
# Nothing has to be set. To change a setting, take the # away from its line and start with `rapport --config FILE serve`.
# Each can also be given in the environment, which wins over the file: RAPPORT_SERVER__BIND is bind in [server], and so on;
# lists are separated by commas there. A name or a value that Rapport does not know keeps it from starting, with the reason.
#
# Times are a number with ms, s, m, h or d. Rates are a count and a time: 300/5m is 300 in five minutes.
"#;

/// An example configuration: every setting with its documentation, commented out at its default.
pub fn example() -> String {
    let mut text = HEAD.to_owned();
    for section in table() {
        text.push_str("\n\n");
        push_comments(&mut text, section.about);
        text.push_str(&format!("[{}]\n", section.name));
        for key in section.keys {
            text.push('\n');
            push_comments(&mut text, key.doc);
            let bounds = key.range.map(|range| format!(", between {range}")).unwrap_or_default();
            text.push_str(&format!("# Value: {}{bounds}.\n", key.kind));
            text.push_str(&format!("#{} = {}\n", key.name, key.default));
        }
    }
    text
}

fn push_comments(text: &mut String, lines: &[&str]) {
    for line in lines {
        text.push_str(&format!("# {}\n", line.trim()));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Config, load};
    use super::*;

    const CHECKED_IN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config/example.toml");

    #[test]
    #[expect(clippy::disallowed_methods, reason = "asks whether to write the file anew, which is no setting")]
    fn the_checked_in_example_is_the_programs_own() {
        if std::env::var_os("TEST_RAPPORT_UPDATE").is_some() {
            std::fs::write(CHECKED_IN, example()).unwrap();
        }
        let checked_in = std::fs::read_to_string(CHECKED_IN).unwrap();
        assert!(
            checked_in == example(),
            "config/example.toml is not what the settings say: write it anew with `TEST_RAPPORT_UPDATE=1 cargo test config`"
        );
    }

    #[test]
    fn loading_the_example_gives_the_defaults() {
        let config = load(Some(CHECKED_IN.as_ref()), std::iter::empty()).unwrap();
        assert_eq!(config, Config::default());
    }

    #[test]
    fn the_defaults_in_the_example_can_be_uncommented() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("all.toml");
        let example = example();
        let is_setting = |rest: &&str| !rest.starts_with(' ') && !rest.is_empty();
        let text: Vec<&str> =
            example.lines().map(|line| line.strip_prefix('#').filter(is_setting).unwrap_or(line)).collect();
        let settings = text.iter().filter(|line| !line.is_empty() && !line.starts_with(['#', '['])).count();
        assert_eq!(settings, table().iter().map(|section| section.keys.len()).sum::<usize>());
        std::fs::write(&file, text.join("\n")).unwrap();
        assert_eq!(load(Some(&file), std::iter::empty()).unwrap(), Config::default());
    }

    #[test]
    fn every_setting_is_documented() {
        for key in table().into_iter().flat_map(|section| section.keys) {
            assert!(key.doc.iter().any(|line| line.trim().len() > 10), "{} says nothing about itself", key.full_name());
        }
    }
}
