//! The rules of the house, read from the source: who may import whom, where foreign crates may appear, that both databases take
//! the same steps, that what is public is documented, and what modules are not called. Each rule first shows that it can fail.

mod crates;
mod documentation;
mod imports;
mod migrations;
mod names;
mod source;

use source::Source;

/// Fails with all findings, one a line.
fn hold(findings: &[String]) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

/// Fails unless the rule finds just this in a sample that breaks it.
fn catches(findings: &[String], expected: &str) {
    assert_eq!(findings, [expected]);
}

fn sample(path: &str, text: &str) -> Vec<Source> {
    vec![Source::new(path, text)]
}
