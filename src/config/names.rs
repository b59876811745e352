//! Names that are no settings: which one was probably meant.

use super::keys::{Key, SectionKeys};

/// Every setting of these sections.
pub(super) fn keys(table: &[SectionKeys]) -> impl Iterator<Item = &Key> {
    table.iter().flat_map(|section| &section.keys)
}

/// What to say to a name that is none: the setting that was probably meant, or where to look.
pub(super) fn suggestion(table: &[SectionKeys], asked: &str) -> String {
    match closest(table, asked) {
        Some(key) => format!("did you mean {}?", key.full_name()),
        None => "config/example.toml lists them all".to_owned(),
    }
}

/// A name from outside as it may stand in a message: whole, unless it is absurdly long.
pub(super) fn shortened(name: &str) -> String {
    const LONGEST: usize = 200;
    name.chars().take(LONGEST).map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect()
}

/// The setting whose name is most like `asked` (`section.name`, or only one of them), if any is alike.
pub(super) fn closest<'a>(table: &'a [SectionKeys], asked: &str) -> Option<&'a Key> {
    const LONGEST: usize = 64;
    if asked.len() > LONGEST {
        return None;
    }
    let whole = letters(asked);
    let last = letters(asked.rsplit('.').next().unwrap_or(asked));
    let likeness = |key: &Key| {
        let name = letters(key.name);
        distance(&whole, &letters(&key.full_name())).min(distance(&last, &name).saturating_add(1))
    };
    let (changes, key) = keys(table).map(|key| (likeness(key), key)).min_by_key(|(changes, _)| *changes)?;
    (changes <= 1 + whole.len() / 5).then_some(key)
}

fn letters(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '.' | '_' | '-')).flat_map(char::to_lowercase).collect()
}

/// How many letters have to be put in, taken out or changed to get from one word to the other (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (index, a) in from.chars().enumerate() {
        let (mut diagonal, mut left) = (index, index.saturating_add(1));
        let mut next = vec![left];
        for (b, above) in to.chars().zip(row.iter().copied().skip(1)) {
            let change = diagonal + usize::from(a != b);
            left = change.min(above + 1).min(left + 1);
            diagonal = above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::table;
    use super::*;

    #[test]
    fn a_slip_of_the_pen_is_recognised() {
        let table = table();
        for (asked, meant) in [
            ("server.bimd", Some("server.bind")),
            ("bind", Some("server.bind")),
            ("limits.bind", Some("server.bind")),
            ("federation.allowhttp", Some("federation.allow_http")),
            ("limits.api_per_tokens", Some("limits.api_per_token")),
            ("", None),
            ("xyzzy", None),
        ] {
            assert_eq!(closest(&table, asked).map(Key::full_name).as_deref(), meant, "{asked}");
        }
    }

    #[test]
    fn distance_counts_changed_letters() {
        assert_eq!((distance("", ""), distance("bind", "bind"), distance("bind", "")), (0, 0, 4));
        assert_eq!((distance("bimd", "bind"), distance("kitten", "sitting")), (1, 3));
    }
}
