//! Reading JSON that others made: limits first, then one accessor for each of the shapes in which a property may come.

use serde_json::Value;

use crate::config::Limits;
use crate::net::RemoteUrl;
use crate::time::Time;

/// The longest string that is looked at as one, in bytes. Texts are cut further where they are used.
const MAX_TEXT: usize = 1024 * 1024;
/// The longest id, in bytes.
const MAX_ID: usize = 2048;
/// How many values of one property are looked at.
const MAX_VALUES: usize = 1000;

/// Why a document was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Not JSON, or nested beyond what the parser takes.
    #[error("it is not JSON")]
    NotJson,
    /// An array, a string or something else at the top.
    #[error("it is not a JSON object")]
    NotObject,
    /// Nested too deeply.
    #[error("it is nested too deeply")]
    TooDeep,
    /// Too many values.
    #[error("it holds too many values")]
    TooManyNodes,
}

/// Parses a document whose top is an object, within the depth and the number of values that `limits` allow.
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Value, Unreadable> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    measure(bytes, limits)?;
    let value: Value = serde_json::from_slice(bytes).map_err(|_| Unreadable::NotJson)?;
    if value.is_object() { Ok(value) } else { Err(Unreadable::NotObject) }
}

/// Bounds depth and size from the text, before anything is allocated for it. Text that is no JSON may pass; the parser refuses it.
fn measure(bytes: &[u8], limits: &Limits) -> Result<(), Unreadable> {
    let (mut depth, mut nodes, mut in_string, mut escaped) = (0_usize, 0_usize, false, false);
    for byte in bytes {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                depth += 1;
                nodes += 1;
                if depth > limits.json_depth {
                    return Err(Unreadable::TooDeep);
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => nodes += 1,
            _ => {}
        }
        if nodes > limits.json_nodes {
            return Err(Unreadable::TooManyNodes);
        }
    }
    Ok(())
}

/// A property of an object; `null` counts as missing.
pub fn get<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    object.get(name).filter(|value| !value.is_null())
}

/// The values of a property that may be missing, one value or many; at most a thousand.
pub fn one_or_many<'a>(object: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    let values: &'a [Value] = match get(object, name) {
        None => &[],
        Some(Value::Array(values)) => values.as_slice(),
        Some(value) => std::slice::from_ref(value),
    };
    values.iter().filter(|value| !value.is_null()).take(MAX_VALUES)
}

/// The first value of a property.
pub fn first<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    one_or_many(object, name).next()
}

/// The id that a value is or has, as it was written: a string, or an object with `id` (a Link: `href`). `None` for what is no id of
/// ours to use: empty, too long, with control characters.
pub fn id_of(value: &Value) -> Option<&str> {
    let text: &str = match value {
        Value::String(text) => text,
        Value::Object(map) => ["id", "@id", "href"].iter().find_map(|name| map.get(*name)?.as_str())?,
        _ => return None,
    };
    let text = text.trim();
    (!text.is_empty() && text.len() <= MAX_ID && !text.chars().any(char::is_control)).then_some(text)
}

/// The ids of a property in their order, at most `limit`, each once.
pub fn ids<'a>(object: &'a Value, name: &str, limit: usize) -> Vec<&'a str> {
    let mut found: Vec<&str> = Vec::new();
    for id in one_or_many(object, name).filter_map(id_of) {
        if found.len() >= limit {
            break;
        }
        if !found.contains(&id) {
            found.push(id);
        }
    }
    found
}

/// The first id of a property.
pub fn id<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    one_or_many(object, name).find_map(id_of)
}

/// An id as it is kept and compared: an `http` or `https` address whose scheme, host and port are in normal form. The rest stays byte for
/// byte as its owner wrote it. `None` for anything else, such as `did:` or a relative reference.
pub fn canonical(id: &str) -> Option<String> {
    let url = RemoteUrl::try_from(id.to_owned()).ok()?;
    let is_normal =
        id.strip_prefix(&url.origin()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']));
    Some(if is_normal { id.to_owned() } else { url.as_str().to_owned() })
}

/// Whether two ids name the same document: equal addresses but for the fragment.
pub fn same_document(a: &str, b: &str) -> bool {
    let read = |id: &str| RemoteUrl::try_from(id.to_owned()).map(RemoteUrl::without_fragment);
    matches!((read(a), read(b)), (Ok(a), Ok(b)) if a == b)
}

/// The text of a value: a string, the first of several, or what stands in `@value`. Without U+0000.
pub fn text_of(value: &Value) -> Option<String> {
    let text: &str = match value {
        Value::String(text) => text,
        Value::Array(values) => values.iter().find_map(Value::as_str)?,
        Value::Object(map) => map.get("@value")?.as_str()?,
        _ => return None,
    };
    (text.len() <= MAX_TEXT).then(|| text.replace('\0', ""))
}

/// A text property, empty texts left out.
pub fn text(object: &Value, name: &str) -> Option<String> {
    get(object, name).and_then(text_of).filter(|text| !text.trim().is_empty())
}

/// A text that may come by language: `name`, else the first of `nameMap`.
pub fn text_or_map(object: &Value, name: &str, map: &str) -> Option<String> {
    text(object, name).or_else(|| first_of_map(object, map).map(|(_, text)| text))
}

/// The first entry of a language map that has a text.
pub fn first_of_map(object: &Value, name: &str) -> Option<(String, String)> {
    let map = get(object, name)?.as_object()?;
    map.iter()
        .take(MAX_VALUES)
        .find_map(|(language, value)| Some((language.clone(), text_of(value).filter(|t| !t.trim().is_empty())?)))
}

/// A yes or no, also written as text.
pub fn flag(object: &Value, name: &str) -> Option<bool> {
    match get(object, name)? {
        Value::Bool(yes) => Some(*yes),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A whole number of zero or more, also written as text or with a point.
pub fn count(object: &Value, name: &str) -> Option<i64> {
    let number = match get(object, name)? {
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().and_then(whole))?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    (number >= 0).then_some(number)
}

fn whole(number: f64) -> Option<i64> {
    // Beyond this, floating point knows no single units anyway.
    (number.is_finite() && number.abs() < 9e15).then_some(number as i64)
}

/// A point in time.
pub fn time(object: &Value, name: &str) -> Option<Time> {
    first(object, name)?.as_str().and_then(Time::parse)
}

/// The names of types that an object has, without namespace.
pub fn kinds(object: &Value) -> impl Iterator<Item = &str> {
    ["type", "@type"].into_iter().flat_map(move |name| one_or_many(object, name)).filter_map(Value::as_str).map(
        |kind| {
            let kind = kind.strip_prefix("as:").unwrap_or(kind);
            kind.strip_prefix("https://www.w3.org/ns/activitystreams#").unwrap_or(kind)
        },
    )
}

/// Whether an object has that type.
pub fn is_a(object: &Value, kind: &str) -> bool {
    kinds(object).any(|k| k == kind)
}

/// The first web address of a property that may hold addresses, Links or objects with `url`; in normal form.
pub fn web_address(object: &Value, name: &str) -> Option<String> {
    one_or_many(object, name).find_map(address_of)
}

/// The web address that a value is or has; in normal form.
pub fn address_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.as_str(),
        Value::Object(map) => match map.get("href").or_else(|| map.get("url"))? {
            Value::String(text) => text.as_str(),
            Value::Array(values) => {
                return values.iter().take(MAX_VALUES).find_map(|v| if v.is_array() { None } else { address_of(v) });
            }
            nested => return nested.get("href").and_then(Value::as_str).and_then(web),
        },
        _ => return None,
    };
    web(text)
}

/// An `http` or `https` address in normal form.
pub fn web(text: &str) -> Option<String> {
    RemoteUrl::try_from(text.trim().to_owned()).ok().map(|url| url.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn documents_are_bounded_before_they_are_parsed() {
        let limits = Limits::default();
        let deep = |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse(deep(60).as_bytes(), &limits).is_ok());
        assert_eq!(parse(deep(64).as_bytes(), &limits), Err(Unreadable::TooDeep));
        assert_eq!(parse(deep(100_000).as_bytes(), &limits), Err(Unreadable::TooDeep));
        let wide = format!("{{\"a\":[{}0]}}", "0,".repeat(50_000));
        assert_eq!(parse(wide.as_bytes(), &limits), Err(Unreadable::TooManyNodes));
        let quoted = format!("{{\"a\":\"{}\\\"{}\"}}", "[".repeat(200), "{".repeat(200));
        assert!(parse(quoted.as_bytes(), &limits).is_ok(), "brackets in a text are no nesting");
        for text in ["[]", "null", "\"x\"", "1e999", "7"] {
            assert!(
                matches!(parse(text.as_bytes(), &limits), Err(Unreadable::NotObject | Unreadable::NotJson)),
                "{text}"
            );
        }
        for text in ["", "{", "{\"a\":\"\\ud800\"}", "nonsense"] {
            assert_eq!(parse(text.as_bytes(), &limits), Err(Unreadable::NotJson), "{text}");
        }
        assert!(parse(b"\xef\xbb\xbf{}", &limits).is_ok());
    }

    #[test]
    fn a_property_may_come_in_any_shape() {
        let object =
            json!({"a": "x", "b": ["x", null, {"id": "y"}], "c": null, "d": {"id": "z"}, "e": 7, "f": {"href": "l"}});
        assert_eq!(ids(&object, "a", 9), ["x"]);
        assert_eq!(ids(&object, "b", 9), ["x", "y"]);
        assert_eq!(ids(&object, "b", 1), ["x"]);
        assert_eq!(ids(&object, "c", 9), Vec::<&str>::new());
        assert_eq!((id(&object, "d"), id(&object, "e"), id(&object, "f")), (Some("z"), None, Some("l")));
    }

    #[test]
    fn ids_keep_their_spelling_but_for_the_host() {
        for (written, kept) in [
            ("https://r.example/a?b#c", Some("https://r.example/a?b#c")),
            ("https://r.example", Some("https://r.example")),
            ("https://R.Example/Users/A", Some("https://r.example/Users/A")),
            ("https://rem\u{43e}te.example/a", Some("https://xn--remte-lye.example/a")),
            ("did:key:z6Mk", None),
            ("data:text/plain,x", None),
            ("/relative", None),
            ("https://good.example\\@evil.example/", None),
        ] {
            assert_eq!(canonical(written).as_deref(), kept, "{written}");
        }
        assert!(same_document("https://r.example", "https://R.example/#x"));
        assert!(!same_document("https://r.example/a", "https://r.example/b"));
    }

    #[test]
    fn addresses_are_found_in_links() {
        let object = json!({"url": [{"type": "Link", "href": "https://r.example/a"}, "https://r.example/b"], "icon": {"url": {"href": "https://r.example/c"}}, "x": "javascript:alert(1)"});
        assert_eq!(web_address(&object, "url").as_deref(), Some("https://r.example/a"));
        assert_eq!(web_address(&object, "icon").as_deref(), Some("https://r.example/c"));
        assert_eq!(web_address(&object, "x"), None);
    }

    #[test]
    fn numbers_and_flags_are_read_leniently() {
        let object = json!({"a": 3, "b": -1, "c": "4", "d": 2.0, "e": "true", "f": 1e300});
        assert_eq!(
            (count(&object, "a"), count(&object, "b"), count(&object, "c"), count(&object, "d"), count(&object, "f")),
            (Some(3), None, Some(4), Some(2), None)
        );
        assert_eq!(flag(&object, "e"), Some(true));
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            drop(parse(&bytes, &Limits::default()));
        }
    }
}
