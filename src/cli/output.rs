//! What commands print: sentences for people, JSON for scripts.

use std::io::Write;

use serde::Serialize;

/// How to print.
pub(super) struct Output {
    /// JSON instead of sentences.
    pub json: bool,
}

impl Output {
    /// Prints the sentence, or with `--json` the value on one line.
    pub fn say(&self, sentence: &str, value: &impl Serialize) {
        let line = if self.json {
            serde_json::to_string(value).unwrap_or_else(|_| "{}".to_owned())
        } else {
            sentence.to_owned()
        };
        // A closed pipe is no reason to fail what was already done.
        drop(writeln!(std::io::stdout(), "{line}"));
    }

    /// Prints one line for each row, or with `--json` all rows as one array; `none` is said when there are none.
    pub fn list<T: Serialize>(&self, rows: &[T], none: &str, line: impl Fn(&T) -> String) {
        if self.json {
            return self.say("", &rows);
        }
        if rows.is_empty() {
            return self.say(none, &());
        }
        for row in rows {
            self.say(&line(row), &());
        }
    }
}
