//! What modules are not called, and how long files have become.

use super::source::Source;
use super::{catches, hold, sample};
use crate::harness::parts::say;

/// Names that say nothing about what is inside, so that everything ends up there.
const EMPTY: &str = "common helper helpers manager managers misc service services types util utils";

/// Past this many lines a file likely holds more than one idea.
const LONG: usize = 600;

fn findings(sources: &[Source]) -> Vec<String> {
    let is_empty = |part: &&str| EMPTY.split(' ').any(|name| name == *part);
    let named = sources.iter().filter(|source| source.module().iter().any(is_empty));
    named.map(|source| format!("{} — call a module after what is in it", source.path)).collect()
}

#[test]
fn modules_are_called_after_what_is_in_them() {
    catches(&findings(&sample("src/domain/utils.rs", "")), "src/domain/utils.rs — call a module after what is in it");
    catches(
        &findings(&sample("src/services/posts.rs", "")),
        "src/services/posts.rs — call a module after what is in it",
    );
    hold(&findings(&sample("src/domain/posts/mod.rs", "")));

    hold(&findings(&Source::all("src")));
}

/// A smell to act on, not a rule: it prints and passes.
#[test]
fn long_files_are_pointed_out() {
    for source in Source::all("src").iter().chain(&Source::all("tests")) {
        let lines = source.text.lines().count();
        if lines > LONG {
            say(&format!("{} has {lines} lines: one idea, or several?", source.path));
        }
    }
}
