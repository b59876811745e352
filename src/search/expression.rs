//! What to look for in an index, written for each database. Only tokens go in, each in quotes: no text of a user is ever syntax.

use super::tokens;

/// A condition on the tokens of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression(Node);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    Token(String),
    /// Tokens that follow each other; if open, the last one only begins so.
    Phrase(Vec<String>, bool),
    Any(Vec<Node>),
    All(Vec<Node>),
    Without(Box<Node>, Box<Node>),
}

impl Expression {
    /// The document has this label.
    pub fn label(text: &str) -> Self {
        Self(Node::Token(tokens::label(text)))
    }

    /// The document has this token.
    pub fn token(token: String) -> Self {
        Self(Node::Token(token))
    }

    /// The document has a token that begins so.
    pub fn starts_with(token: String) -> Self {
        Self(Node::Phrase(vec![token], true))
    }

    /// The document has these tokens one after the other; if `open`, the last one may go on. `None` for no tokens.
    pub fn phrase(mut tokens: Vec<String>, open: bool) -> Option<Self> {
        match (tokens.len(), open) {
            (0, _) => None,
            (1, false) => tokens.pop().map(Self::token),
            _ => Some(Self(Node::Phrase(tokens, open))),
        }
    }

    /// One of these holds. `None` for none.
    pub fn any(of: Vec<Self>) -> Option<Self> {
        Self::joined(of, Node::Any)
    }

    /// All of these hold. `None` for none.
    pub fn all(of: Vec<Self>) -> Option<Self> {
        Self::joined(of, Node::All)
    }

    fn joined(mut of: Vec<Self>, join: fn(Vec<Node>) -> Node) -> Option<Self> {
        if of.len() < 2 { of.pop() } else { Some(Self(join(of.into_iter().map(|part| part.0).collect()))) }
    }

    /// This holds and `other` does not.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(Node::Without(Box::new(self.0), Box::new(other.0)))
    }

    /// As SQLite's FTS5 reads it (sqlite.org/fts5.html, section 3).
    pub(super) fn for_sqlite(&self) -> String {
        self.0.written(&Style { quote: '"', next: " ", open: "*", or: " OR ", and: " AND ", without: " NOT " })
    }

    /// As PostgreSQL reads a `tsquery`.
    pub(super) fn for_postgres(&self) -> String {
        self.0.written(&Style { quote: '\'', next: "' <-> '", open: ":*", or: " | ", and: " & ", without: " & !" })
    }
}

/// The signs of a language of conditions.
struct Style {
    quote: char,
    /// Between the tokens of a phrase, inside its quotes.
    next: &'static str,
    /// After a token that may go on.
    open: &'static str,
    or: &'static str,
    and: &'static str,
    without: &'static str,
}

impl Node {
    fn written(&self, style: &Style) -> String {
        let quoted = |token: &String| {
            let mut out = String::with_capacity(token.len());
            for c in token.chars().filter(|c| !c.is_whitespace() && *c != '\0') {
                // Both double a quotation mark; only one of them knows a backslash, and no token has either.
                if c == style.quote || c == '\\' {
                    out.push(c);
                }
                out.push(c);
            }
            out
        };
        let joined = |nodes: &[Self], sign: &str| {
            let parts: Vec<String> = nodes.iter().map(|node| node.written(style)).collect();
            format!("({})", parts.join(sign))
        };
        let quote = style.quote;
        match self {
            Self::Token(token) => format!("{quote}{}{quote}", quoted(token)),
            Self::Phrase(tokens, open) => {
                let inside = tokens.iter().map(quoted).collect::<Vec<_>>().join(style.next);
                format!("({quote}{inside}{quote}{})", if *open { style.open } else { "" })
            }
            Self::Any(nodes) => joined(nodes, style.or),
            Self::All(nodes) => joined(nodes, style.and),
            Self::Without(node, other) => {
                format!("({}{}{})", node.written(style), style.without, other.written(style))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> Expression {
        Expression::token(text.to_owned())
    }

    #[test]
    fn each_database_gets_its_own_words() {
        let phrase = Expression::phrase(vec!["日本".to_owned(), "本語".to_owned()], false).unwrap();
        let either = Expression::any(vec![token("brood"), Expression::label("nl.brod")]).unwrap();
        let wanted = Expression::all(vec![phrase, either]).unwrap().without(token("kaas"));
        assert_eq!(wanted.for_sqlite(), r#"((("日本 本語") AND ("brood" OR "nl.brod")) NOT "kaas")"#);
        assert_eq!(wanted.for_postgres(), "((('日本' <-> '本語') & ('brood' | 'nl.brod')) & !'kaas')");
    }

    #[test]
    fn the_beginning_of_a_word_is_marked() {
        let open = Expression::starts_with("kim".to_owned());
        assert_eq!((open.for_sqlite().as_str(), open.for_postgres().as_str()), (r#"("kim"*)"#, "('kim':*)"));
    }

    #[test]
    fn one_of_one_is_itself_and_one_of_none_is_nothing() {
        assert_eq!(Expression::any(vec![token("a")]), Some(token("a")));
        assert_eq!(Expression::all(Vec::new()), None);
        assert_eq!(Expression::phrase(Vec::new(), true), None);
        assert_eq!(Expression::phrase(vec!["a".to_owned()], false), Some(token("a")));
    }

    #[test]
    fn signs_inside_a_token_stay_inside() {
        assert_eq!(token("a\"b c").for_sqlite(), r#""a""bc""#);
        assert_eq!(token("a'b\\").for_postgres(), r"'a''b\\'");
    }
}
