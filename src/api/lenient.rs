//! Reads typed input from what clients send: JSON proper, or forms in which everything is text.
//!
//! `"true"`, `"1"` and `1` are booleans where one is wanted, `"12"` is a number, a lone value is a list of one, and an object with numbered keys
//! (`fields_attributes[0][name]`) is a list. The target type decides, so nothing is guessed.

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde_json::{Map, Value};

/// Why input does not fit its type, for a person to read.
pub type Problem = serde::de::value::Error;

/// Reads `T` from a tree of values.
pub fn read<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    T::deserialize(Lenient(value))
}

/// How many fields a form may have.
const FIELDS: usize = 1000;
/// How deep `a[b][c]` may go.
const DEPTH: usize = 5;

/// Builds the tree from a form's pairs: `a[b]=1`, `id[]=2`. Later values of a plain name replace earlier ones.
pub fn tree(pairs: impl IntoIterator<Item = (String, String)>) -> Result<Value, String> {
    let mut root = Value::Object(Map::new());
    for (count, (name, text)) in pairs.into_iter().enumerate() {
        if count >= FIELDS {
            return Err(format!("more than {FIELDS} fields"));
        }
        insert(&mut root, &keys(&name)?, text);
    }
    Ok(root)
}

/// `poll[options][]` → poll, options, (empty).
fn keys(name: &str) -> Result<Vec<String>, String> {
    let Some((first, rest)) = name.split_once('[') else { return Ok(vec![name.to_owned()]) };
    let mut keys = vec![first.to_owned()];
    for part in rest.split('[') {
        keys.push(part.trim_end_matches(']').to_owned());
    }
    if keys.len() > DEPTH {
        Err(format!("the field {:?} is nested too deep", name.chars().take(60).collect::<String>()))
    } else {
        Ok(keys)
    }
}

fn insert(at: &mut Value, keys: &[String], text: String) {
    let Some((key, rest)) = keys.split_first() else {
        *at = Value::String(text);
        return;
    };
    if key.is_empty() {
        if !at.is_array() {
            *at = Value::Array(Vec::new());
        }
        let Value::Array(list) = at else { return };
        // `a[][x]=1&a[][y]=2&a[][x]=3`: a name that comes again starts the next object.
        let continues = rest.first().is_some_and(|next| {
            list.last().is_some_and(|last| last.as_object().is_some_and(|object| !object.contains_key(next)))
        });
        if !continues {
            list.push(Value::Null);
        }
        if let Some(last) = list.last_mut() {
            insert(last, rest, text);
        }
        return;
    }
    if !at.is_object() {
        *at = Value::Object(Map::new());
    }
    if let Value::Object(object) = at {
        insert(object.entry(key.clone()).or_insert(Value::Null), rest, text);
    }
}

struct Lenient(Value);

impl<'de> IntoDeserializer<'de, Problem> for Lenient {
    type Deserializer = Self;
    fn into_deserializer(self) -> Self {
        self
    }
}

impl Lenient {
    fn list(self) -> Result<Vec<Value>, Problem> {
        match self.0 {
            Value::Array(list) => Ok(list),
            Value::Null => Ok(Vec::new()),
            Value::Object(object) if object.keys().all(|key| key.parse::<u32>().is_ok()) => {
                let mut rows: Vec<(u32, Value)> =
                    object.into_iter().filter_map(|(key, value)| Some((key.parse().ok()?, value))).collect();
                rows.sort_by_key(|(index, _)| *index);
                Ok(rows.into_iter().map(|(_, value)| value).collect())
            }
            Value::Object(_) => Err(de::Error::custom("a list is needed, not an object")),
            one => Ok(vec![one]),
        }
    }
}

macro_rules! numbers {
    ($($method:ident $visit:ident $type:ty,)+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
            let wrong = || de::Error::custom("a number is needed");
            match &self.0 {
                Value::String(text) => visitor.$visit(text.trim().parse::<$type>().map_err(|_| wrong())?),
                Value::Number(number) => visitor.$visit(number.to_string().parse::<$type>().map_err(|_| wrong())?),
                _ => Err(wrong()),
            }
        }
    )+};
}

impl<'de> Deserializer<'de> for Lenient {
    type Error = Problem;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(flag) => visitor.visit_bool(flag),
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(whole), _) => visitor.visit_i64(whole),
                (None, Some(broken)) => visitor.visit_f64(broken),
                (None, None) => Err(de::Error::custom("a number is too large")),
            },
            Value::String(text) => visitor.visit_string(text),
            Value::Array(list) => visitor.visit_seq(SeqDeserializer::new(list.into_iter().map(Lenient))),
            Value::Object(object) => {
                visitor.visit_map(MapDeserializer::new(object.into_iter().map(|(key, value)| (key, Lenient(value)))))
            }
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        let flag = match &self.0 {
            Value::Bool(flag) => *flag,
            Value::Number(number) => number.as_f64() != Some(0.0),
            // Rails' rule, which clients were written against: everything is true but these.
            Value::String(text) => !matches!(text.trim(), "" | "0" | "f" | "F" | "false" | "FALSE" | "off" | "OFF"),
            _ => return Err(de::Error::custom("true or false is needed")),
        };
        visitor.visit_bool(flag)
    }

    numbers! {
        deserialize_i8 visit_i8 i8, deserialize_i16 visit_i16 i16, deserialize_i32 visit_i32 i32, deserialize_i64 visit_i64 i64,
        deserialize_u8 visit_u8 u8, deserialize_u16 visit_u16 u16, deserialize_u32 visit_u32 u32, deserialize_u64 visit_u64 u64,
        deserialize_f32 visit_f32 f32, deserialize_f64 visit_f64 f64,
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        match self.0 {
            Value::String(text) => visitor.visit_string(text),
            Value::Number(number) => visitor.visit_string(number.to_string()),
            Value::Bool(flag) => visitor.visit_string(flag.to_string()),
            _ => Err(de::Error::custom("text is needed")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        self.deserialize_string(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_seq(SeqDeserializer::new(self.list()?.into_iter().map(Lenient)))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, Problem> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Problem> {
        match self.0 {
            Value::String(text) => text.into_deserializer().deserialize_enum(name, variants, visitor),
            _ => Err(de::Error::custom("text is needed")),
        }
    }

    serde::forward_to_deserialize_any! { char bytes byte_buf unit unit_struct tuple tuple_struct map struct identifier ignored_any }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::ids::PostId;

    #[derive(Debug, Deserialize, PartialEq, Default)]
    #[serde(default)]
    struct Poll {
        options: Vec<String>,
        expires_in: u64,
        multiple: bool,
    }

    #[derive(Debug, Deserialize, PartialEq, Default)]
    #[serde(default)]
    struct Post {
        status: Option<String>,
        sensitive: Option<bool>,
        media_ids: Vec<PostId>,
        in_reply_to_id: Option<PostId>,
        poll: Option<Poll>,
    }

    fn form(text: &str) -> Value {
        tree(url::form_urlencoded::parse(text.as_bytes()).into_owned()).unwrap()
    }

    #[test]
    fn a_form_and_json_read_alike() {
        let expected = Post {
            status: Some("hello".into()),
            sensitive: Some(true),
            media_ids: vec![PostId(1), PostId(2)],
            in_reply_to_id: Some(PostId(9)),
            poll: Some(Poll { options: vec!["a".into(), "b".into()], expires_in: 300, multiple: false }),
        };
        let text = "status=hello&sensitive=1&media_ids[]=1&media_ids[]=2&in_reply_to_id=9&poll[options][]=a&poll[options][]=b&poll[expires_in]=300&poll[multiple]=false";
        assert_eq!(read::<Post>(form(text)).unwrap(), expected);
        let json = json!({"status": "hello", "sensitive": true, "media_ids": ["1", 2], "in_reply_to_id": "9", "poll": {"options": ["a", "b"], "expires_in": 300, "multiple": false}});
        assert_eq!(read::<Post>(json).unwrap(), expected);
    }

    #[test]
    fn numbered_keys_and_lone_values_are_lists() {
        #[derive(Deserialize)]
        struct Fields {
            fields_attributes: Vec<Map<String, Value>>,
            id: Vec<PostId>,
        }
        let read: Fields = read(form("fields_attributes[1][name]=b&fields_attributes[0][name]=a&id=5")).unwrap();
        assert_eq!(read.fields_attributes.iter().map(|f| f["name"].as_str().unwrap()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(read.id, [PostId(5)]);
    }

    #[test]
    fn objects_in_lists_split_where_a_name_comes_again() {
        let tree = form("k[][keyword]=a&k[][whole]=1&k[][keyword]=b");
        assert_eq!(tree, json!({"k": [{"keyword": "a", "whole": "1"}, {"keyword": "b"}]}));
    }

    #[test]
    fn what_does_not_fit_is_said_not_swallowed() {
        assert!(read::<Post>(json!({"in_reply_to_id": "nine"})).is_err());
        assert!(read::<Post>(json!({"poll": "a"})).is_err());
        assert!(tree([("a[b][c][d][e][f]".to_owned(), String::new())]).is_err());
    }
}
