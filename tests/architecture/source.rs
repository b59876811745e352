//! Rust source as the rules see it: without comments, texts and test modules, and with its paths spelled out.

use std::collections::BTreeSet;
use std::path::Path;

/// One Rust file.
pub struct Source {
    /// From the project's folder, such as `src/domain/posts/actions.rs`.
    pub path: String,
    /// As written.
    pub text: String,
    /// The same lines with comments, texts and what is compiled for tests only blanked out.
    pub code: String,
}

/// A word or a sign of the code; `::` is one sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'a> {
    /// An identifier, a keyword or a number.
    Word(&'a str),
    /// `::`
    Path,
    /// Anything else but white space.
    Sign(char),
}

impl Source {
    /// From a path and a text.
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.into(), text: text.into(), code: without_tests(&without_texts(text)) }
    }

    /// Every file below `folder`, but for those that hold tests only.
    pub fn all(folder: &str) -> Vec<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut found = BTreeSet::new();
        collect(&root.join(folder), &mut found);
        let name = |path: &String| path.strip_prefix(&format!("{}/", root.display())).unwrap_or(path).to_owned();
        let read = |path: &String| std::fs::read_to_string(path).unwrap_or_else(|why| panic!("{path}: {why}"));
        let sources = found.iter().map(|path| Self::new(&name(path), &read(path)));
        sources.filter(|source| !source.is_test()).collect()
    }

    /// Its place in the crate: `["domain", "posts", "actions"]`; empty for `lib.rs`.
    pub fn module(&self) -> Vec<&str> {
        let inside = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let inside = inside.strip_suffix(".rs").unwrap_or(inside);
        let inside = inside.strip_suffix("/mod").unwrap_or(inside);
        if inside == "lib" { Vec::new() } else { inside.split('/').collect() }
    }

    /// The layer it belongs to: the first part of its place, or `lib`.
    pub fn layer(&self) -> &str {
        self.module().first().copied().unwrap_or("lib")
    }

    /// Every path that the code names from the crate's root, groups spelled out: `use crate::db::{Conn, schema};` names
    /// `db::Conn` and `db::schema`. Paths with `super` are resolved as if modules within the file did not exist.
    pub fn paths(&self) -> BTreeSet<Vec<String>> {
        let tokens = self.tokens();
        let mut paths = BTreeSet::new();
        for at in 0..tokens.len() {
            let starts = at == 0 || tokens[at - 1] != Token::Path;
            let Token::Word(word) = tokens[at] else { continue };
            if !starts || tokens.get(at + 1) != Some(&Token::Path) {
                continue;
            }
            match word {
                "crate" => expand(&tokens, at + 2, &[], &mut paths),
                // The binary names the library by the package's name.
                "rapport" if self.path == "src/main.rs" => expand(&tokens, at + 2, &[], &mut paths),
                "super" => {
                    let mut place: Vec<String> = self.module().into_iter().map(str::to_owned).collect();
                    let mut next = at;
                    while tokens.get(next) == Some(&Token::Word("super")) && tokens.get(next + 1) == Some(&Token::Path)
                    {
                        place.pop();
                        next += 2;
                    }
                    expand(&tokens, next, &place, &mut paths);
                }
                _ => {}
            }
        }
        paths
    }

    /// Every name that starts a path, such as `diesel` in `use diesel::prelude::*;`.
    pub fn first_names(&self) -> BTreeSet<&str> {
        let tokens = self.tokens();
        let leads = |at: usize| {
            at == 0 || tokens[at - 1] != Token::Path || at == 1 || !matches!(tokens[at - 2], Token::Word(_))
        };
        let pairs = tokens.iter().enumerate().filter(|(at, _)| tokens.get(at + 1) == Some(&Token::Path) && leads(*at));
        pairs.filter_map(|(_, token)| if let Token::Word(word) = token { Some(*word) } else { None }).collect()
    }

    fn tokens(&self) -> Vec<Token<'_>> {
        tokens(&self.code)
    }

    fn is_test(&self) -> bool {
        self.path.starts_with("src/") && self.module().contains(&"tests")
    }
}

fn collect(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display())) {
        let path = entry.expect("an entry of a readable folder").path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "node_modules") {
                collect(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.insert(path.display().to_string());
        }
    }
}

/// Adds the paths that start at `at`, each with `prefix` before it; returns nothing, since whoever calls walks on by itself.
fn expand(tokens: &[Token<'_>], at: usize, prefix: &[String], paths: &mut BTreeSet<Vec<String>>) {
    match tokens.get(at) {
        Some(Token::Word(word)) => {
            let mut path = prefix.to_vec();
            if *word != "self" {
                path.push((*word).to_owned());
            }
            if tokens.get(at + 1) == Some(&Token::Path) {
                expand(tokens, at + 2, &path, paths);
            } else {
                paths.insert(path);
            }
        }
        Some(Token::Sign('{')) => {
            for start in entries(tokens, at) {
                expand(tokens, start, prefix, paths);
            }
        }
        _ => {
            paths.insert(prefix.to_vec());
        }
    }
}

/// Where the entries of the group that opens at `open` start.
fn entries(tokens: &[Token<'_>], open: usize) -> Vec<usize> {
    let mut depth = 0;
    let mut starts = Vec::new();
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token {
            Token::Sign('{') => depth += 1,
            Token::Sign('}') => depth -= 1,
            _ => {}
        }
        let opens_entry = depth == 1 && (at == open || *token == Token::Sign(','));
        if opens_entry && tokens.get(at + 1).is_some_and(|next| *next != Token::Sign('}')) {
            starts.push(at + 1);
        }
        if depth == 0 {
            break;
        }
    }
    starts
}

fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut rest = code.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let (token, length) = if end > 0 {
            (Token::Word(rest.split_at(end).0), end)
        } else if rest.starts_with("::") {
            (Token::Path, 2)
        } else {
            (Token::Sign(first), first.len_utf8())
        };
        found.push(token);
        rest = rest.split_at(length).1.trim_start();
    }
    found
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Blanks out comments, texts and characters, line by line.
fn without_texts(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let end = hidden(&chars, at);
        if end == at {
            code.push(c);
            at += 1;
        }
        code.extend(chars.get(at..end).unwrap_or_default().iter().map(|&c| if c == '\n' { c } else { ' ' }));
        at = at.max(end);
    }
    code
}

/// Where the comment or text that starts at `at` ends; `at` if none does.
fn hidden(chars: &[char], at: usize) -> usize {
    let is = |offset: usize, c: char| chars.get(at + offset) == Some(&c);
    let after =
        |from: usize, found: &dyn Fn(usize) -> bool| (from..chars.len()).find(|&i| found(i)).unwrap_or(chars.len());
    if is(0, '/') && is(1, '/') {
        return after(at, &|i| chars[i] == '\n');
    }
    if is(0, '/') && is(1, '*') {
        return end_of_comment(chars, at);
    }
    if is(0, '"') {
        return end_of_text(chars, at + 1);
    }
    if is(0, '\'') {
        // Else it is a lifetime.
        let escaped = is(1, '\\');
        return if escaped {
            after(at + 3, &|i| chars[i] == '\'') + 1
        } else if is(2, '\'') {
            at + 3
        } else {
            at
        };
    }
    let inside_word = |back: usize| at >= back && chars.get(at - back).is_some_and(|&c| is_word(c));
    let prefixed = at >= 1 && matches!(chars[at - 1], 'b' | 'c') && !inside_word(2);
    if is(0, 'r') && (!inside_word(1) || prefixed) {
        let hashes = chars.iter().skip(at + 1).take_while(|&&c| c == '#').count();
        if is(1 + hashes, '"') {
            let closes = |i: usize| chars[i] == '"' && (1..=hashes).all(|n| chars.get(i + n) == Some(&'#'));
            return after(at + hashes + 2, &closes) + 1 + hashes;
        }
    }
    at
}

fn end_of_comment(chars: &[char], start: usize) -> usize {
    let mut depth = 0;
    let mut at = start;
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => depth += 1,
            ('*', Some('/')) => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            break;
        }
    }
    at
}

fn end_of_text(chars: &[char], start: usize) -> usize {
    let mut at = start;
    while let Some(c) = chars.get(at) {
        match c {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

/// Blanks out every item marked `#[cfg(test)]`, its mark included.
fn without_tests(code: &str) -> String {
    let mut chars: Vec<char> = code.chars().collect();
    let mark: Vec<char> = "#[cfg(test)]".chars().collect();
    let mut at = 0;
    while at + mark.len() <= chars.len() {
        if chars[at..at + mark.len()] != mark {
            at += 1;
            continue;
        }
        let end = end_of_item(&chars, at + mark.len());
        for c in &mut chars[at..end] {
            if *c != '\n' {
                *c = ' ';
            }
        }
        at = end;
    }
    chars.into_iter().collect()
}

/// Where the item that starts at `start` ends: at its `;`, or after the braces that come first.
fn end_of_item(chars: &[char], start: usize) -> usize {
    let mut depth = 0;
    let mut braces = false;
    for (at, c) in chars.iter().enumerate().skip(start) {
        match c {
            '(' | '[' => depth += 1,
            '{' => {
                braces |= depth == 0;
                depth += 1;
            }
            ')' | ']' => depth -= 1,
            '}' => {
                depth -= 1;
                if depth == 0 && braces {
                    return at + 1;
                }
            }
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
        if depth < 0 {
            return at;
        }
    }
    chars.len()
}

#[test]
fn reads_code_and_nothing_else() {
    let text = r##"
        // use crate::web;
        /* use /* nested */ crate::api; */
        const A: &str = "use crate::http; \" ";
        const B: &str = r#"crate::cli "quoted" "#;
        const C: char = '"'; const D: char = '\''; fn life<'a>(x: &'a str) -> &'a str { x }
        #[cfg(test)]
        mod tests { use crate::streaming; fn f() { let x = [1; 2]; } }
        use crate::db::{self, schema::{posts, users as people}, Conn as _};
        fn f() -> crate::error::Result<()> { super::super::text::plain(r"crate::media") }
    "##;
    let source = Source::new("src/domain/posts/actions.rs", text);
    let paths: Vec<String> = source.paths().into_iter().map(|path| path.join("::")).collect();
    assert_eq!(
        paths,
        ["db", "db::Conn", "db::schema::posts", "db::schema::users", "domain::text::plain", "error::Result"]
    );
    assert_eq!(source.code.lines().count(), text.lines().count());
    assert!(!source.code.contains("streaming"));
}

#[test]
fn knows_where_a_file_stands() {
    assert_eq!(Source::new("src/lib.rs", "").layer(), "lib");
    assert_eq!(Source::new("src/app.rs", "").module(), ["app"]);
    assert_eq!(Source::new("src/db/mod.rs", "").module(), ["db"]);
    assert_eq!(Source::new("src/domain/posts/actions.rs", "").module(), ["domain", "posts", "actions"]);
    let all = Source::all("src");
    assert!(all.iter().any(|source| source.path == "src/lib.rs"), "reads this project's files");
}
