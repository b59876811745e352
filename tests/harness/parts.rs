//! Parts from outside that a machine may lack. A test that needs one asks for it with [`require`]: where it is absent the test
//! says so in a line of its own and ends, or fails where `TEST_RAPPORT_REQUIRE` (comma-separated) names the part.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::cluster;

/// Something that does not come with the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// A PostgreSQL server, or the programs to start one.
    Postgres,
    /// Node, for the independently written peer.
    Node,
    /// A Chromium that runs without a window.
    Chromium,
    /// `prlimit` of util-linux, which takes a running program's room for files away.
    Prlimit,
    /// The corpus of real and hostile payloads: `TEST_RAPPORT_FIXTURES`, or `../shared/fixtures` beside the checkout.
    Fixtures,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Postgres, Self::Node, Self::Chromium, Self::Prlimit, Self::Fixtures];

    /// Its name in `TEST_RAPPORT_REQUIRE`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Node => "node",
            Self::Chromium => "chromium",
            Self::Prlimit => "prlimit",
            Self::Fixtures => "fixtures",
        }
    }

    /// Its name in sentences.
    const fn name(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::Node => "Node",
            Self::Chromium => "Chromium",
            Self::Prlimit => "prlimit",
            Self::Fixtures => "fixtures",
        }
    }

    /// Where it is (a program; for PostgreSQL and the fixtures a folder), or why not.
    fn find(self) -> Result<PathBuf, String> {
        match self {
            Self::Postgres => cluster::programs(),
            Self::Node => program(&["node"]),
            Self::Chromium => program(&["chromium", "chromium-browser", "google-chrome"]),
            Self::Prlimit => program(&["prlimit"]),
            Self::Fixtures => fixtures(),
        }
    }
}

/// Where the part is; `None`, after saying that the calling test is skipped, where it is absent.
pub fn require(part: Part) -> Option<PathBuf> {
    part.find().map_err(|reason| skip(part, &reason)).ok()
}

/// Says that the calling test is skipped for lack of `part`; fails it where the part is required.
pub fn skip(part: Part, reason: &str) {
    let required = setting("TEST_RAPPORT_REQUIRE").unwrap_or_default();
    assert!(
        !names(&required).contains(&part),
        "{} is required here (TEST_RAPPORT_REQUIRE={required}), but {reason}",
        part.name()
    );
    let thread = std::thread::current();
    say(&format!("SKIPPED on {}: {} ({reason})", part.name(), thread.name().unwrap_or("a test")));
}

/// The parts that a list such as `postgres,node` names; fails on a word that is none, for a typing error would require nothing.
pub fn names(list: &str) -> Vec<Part> {
    let words = list.split(',').map(str::trim).filter(|word| !word.is_empty());
    let part = |word: &str| Part::ALL.into_iter().find(|part| part.key() == word);
    words.map(|word| part(word).unwrap_or_else(|| panic!("TEST_RAPPORT_REQUIRE: {word:?} is no part"))).collect()
}

/// Writes a line that `cargo test` shows for tests that pass, too: it keeps back only what the print macros write.
pub fn say(line: &str) {
    // A closed stderr is no reason for a test to fail.
    drop(std::io::stderr().write_all(format!("{line}\n").as_bytes()));
}

/// A setting of the test run, from the environment; empty counts as not set.
#[expect(clippy::disallowed_methods, reason = "the one place where settings of test runs enter")]
pub fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The first of these programs that lies in a folder of `PATH`.
pub fn program(names: &[&str]) -> Result<PathBuf, String> {
    let path = setting("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut places = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    places.find(|place| place.is_file()).ok_or_else(|| format!("there is no {} in PATH", names.join(" or ")))
}

fn fixtures() -> Result<PathBuf, String> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures");
    let folder = setting("TEST_RAPPORT_FIXTURES").map_or_else(beside, PathBuf::from);
    if folder.join("index.tsv").is_file() { Ok(folder) } else { Err(format!("{} has no index.tsv", folder.display())) }
}
