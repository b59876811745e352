//! Whatever is public says what it is.

use regex::Regex;

use super::source::Source;
use super::{catches, hold, sample};

/// `pub fn`, `pub const fn`, `pub struct` and so on; not `pub(crate)`, not `pub use`, not what a macro is still to name.
const PUBLIC: &str =
    r"^\s*pub\s+(?:(?:const|async|extern)\s+)*(fn|struct|enum|union|trait|mod|const|static|type)\s+([A-Za-z_]\w*)";

fn findings(sources: &[Source]) -> Vec<String> {
    let public = Regex::new(PUBLIC).expect("a regular expression");
    let mut found = Vec::new();
    for source in sources {
        let text: Vec<&str> = source.text.lines().collect();
        for (at, line) in source.code.lines().enumerate() {
            let Some(item) = public.captures(line) else { continue };
            let (kind, name) = (&item[1], &item[2]);
            let is_file = kind == "mod" && line.trim_end().ends_with(';');
            let says_so = is_documented(&text[..at]) || (is_file && says_itself(source, name, sources));
            if !says_so {
                found.push(format!(
                    "{}:{}: {kind} {name} is public and says nothing — write one line above it",
                    source.path,
                    at + 1
                ));
            }
        }
    }
    found
}

/// Whether the lines above an item end with documentation; attributes and plain comments may stand between.
fn is_documented(above: &[&str]) -> bool {
    let mut inside_attribute = false;
    for line in above.iter().rev().map(|line| line.trim()) {
        if inside_attribute {
            inside_attribute = !line.starts_with("#[");
        } else if line.starts_with("///") || line.starts_with("#[doc") || line.starts_with("$(#[") {
            return true;
        } else if line.starts_with("#[") || line.starts_with("// ") {
            // One line, passed over.
        } else if line.ends_with(']') {
            inside_attribute = true;
        } else {
            return false;
        }
    }
    false
}

/// Whether the file of the module `name`, declared in `parent`, starts with `//!`.
fn says_itself(parent: &Source, name: &str, sources: &[Source]) -> bool {
    let mut place = parent.module();
    place.push(name);
    let file = sources.iter().find(|source| source.module() == place);
    file.is_some_and(|file| file.text.trim_start().starts_with("//!"))
}

#[test]
fn whatever_is_public_says_what_it_is() {
    let wrong =
        sample("src/page.rs", "/// Said.\n#[derive(\n    Debug,\n)]\npub struct A;\n\npub const fn quiet() {}\n");
    catches(&findings(&wrong), "src/page.rs:7: fn quiet is public and says nothing — write one line above it");
    let wrong = sample("src/page.rs", "/// Of something else.\nuse a::b;\n#[derive(Debug)]\npub enum Kind { A }\n");
    catches(&findings(&wrong), "src/page.rs:4: enum Kind is public and says nothing — write one line above it");
    let mut modules = sample("src/lib.rs", "pub mod said;\npub mod silent;\npub(crate) mod inner;\n");
    modules.push(Source::new("src/said/mod.rs", "//! Said.\n"));
    modules.push(Source::new("src/silent.rs", "use a::b;\n"));
    catches(&findings(&modules), "src/lib.rs:2: mod silent is public and says nothing — write one line above it");

    hold(&findings(&Source::all("src")));
}
