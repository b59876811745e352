//! Both databases take the same steps, and each step can be taken back.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{catches, hold};

/// The steps of one database: folder names, each with its files that are not empty.
type Steps = BTreeMap<String, BTreeSet<String>>;

fn findings(sqlite: &Steps, postgres: &Steps) -> Vec<String> {
    let mut found = Vec::new();
    for (name, steps, others) in [("sqlite", sqlite, postgres), ("postgres", postgres, sqlite)] {
        for (step, files) in steps {
            if !others.contains_key(step) {
                found.push(format!(
                    "migrations/{name}/{step} has no twin — the other database needs a step of the same name"
                ));
            }
            for file in ["up.sql", "down.sql"] {
                if !files.contains(file) {
                    found.push(format!("migrations/{name}/{step}/{file} is missing or empty"));
                }
            }
        }
    }
    found
}

fn steps(of: &str) -> Steps {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(of);
    entries(&folder).map(|step| (step.clone(), written(&folder.join(step)))).collect()
}

fn written(folder: &Path) -> BTreeSet<String> {
    let has_text = |file: &String| std::fs::read_to_string(folder.join(file)).is_ok_and(|text| !text.trim().is_empty());
    entries(folder).filter(has_text).collect()
}

fn entries(folder: &Path) -> impl Iterator<Item = String> {
    let found = std::fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    found.map(|entry| entry.expect("an entry of a readable folder").file_name().to_string_lossy().into_owned())
}

#[test]
fn both_databases_take_the_same_steps() {
    let step = |name: &str, files: &[&str]| (name.to_owned(), files.iter().map(|file| (*file).to_owned()).collect());
    let (whole, half) = (["up.sql", "down.sql"], ["up.sql"]);
    let one = Steps::from([step("1_start", &whole)]);
    let two = Steps::from([step("1_start", &whole), step("2_more", &whole)]);
    catches(
        &findings(&one, &two),
        "migrations/postgres/2_more has no twin — the other database needs a step of the same name",
    );
    let no_way_back = Steps::from([step("1_start", &half)]);
    catches(&findings(&no_way_back, &one), "migrations/sqlite/1_start/down.sql is missing or empty");

    let (sqlite, postgres) = (steps("sqlite"), steps("postgres"));
    assert!(!sqlite.is_empty(), "reads this project's migrations");
    hold(&findings(&sqlite, &postgres));
}
