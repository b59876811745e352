//! What clients send about filters.

use serde::{Deserialize, Deserializer};

use crate::api::auth::Caller;
use crate::api::errors::Result;
use crate::domain::filters::Action;
use crate::domain::filters::actions::{Expiry, FilterEdit, KeywordEdit};
use crate::domain::teams::policy::Act;
use crate::error::Error;
use crate::ids::FilterKeywordId;

/// Refuses whoever may not change filters.
pub fn writes(caller: &Caller) -> Result<()> {
    caller.require("write:filters")?;
    caller.may(Act::Relate)
}

/// `expires_in`: a number of seconds, or nothing for never. For `#[serde(default, deserialize_with)]`: what is not sent stays as it is.
pub fn expiry<'de, D: Deserializer<'de>>(from: D) -> std::result::Result<Expiry, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    match text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
        None => Ok(Expiry::Never),
        Some(text) => {
            let seconds = text.parse().map_err(|_| serde::de::Error::custom("expires_in must be a number of seconds"));
            seconds.map(Expiry::In)
        }
    }
}

/// What is chosen about a filter.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct FilterForm {
    title: Option<String>,
    context: Option<Vec<String>>,
    filter_action: Option<String>,
    #[serde(deserialize_with = "expiry")]
    expires_in: Expiry,
    keywords_attributes: Vec<KeywordAttributes>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct KeywordAttributes {
    id: Option<String>,
    keyword: Option<String>,
    whole_word: Option<bool>,
    #[serde(rename = "_destroy")]
    destroy: Option<bool>,
}

impl KeywordAttributes {
    fn edit(self) -> Result<KeywordEdit> {
        let id = match self.id.as_deref().map(str::trim).filter(|id| !id.is_empty()) {
            None => None,
            // An id that is no number is one that nothing has.
            Some(id) => Some(id.parse::<FilterKeywordId>().map_err(|_| Error::NotFound("filter keyword"))?),
        };
        Ok(KeywordEdit {
            id,
            keyword: self.keyword,
            is_whole_word: self.whole_word,
            removes: self.destroy.unwrap_or(false),
        })
    }
}

impl FilterForm {
    /// What to do. Errors: an action that there is not; a keyword that nothing can be.
    pub fn edit(self) -> Result<FilterEdit> {
        let action = match self.filter_action.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
            None => None,
            // The documentation calls it so in one place.
            Some("blur_media") => Some(Action::Blur),
            Some(name) => Some(name.parse::<Action>().map_err(|why| Error::invalid("filter_action", why))?),
        };
        Ok(FilterEdit {
            title: self.title,
            contexts: self.context,
            action,
            expiry: self.expires_in,
            keywords: self.keywords_attributes.into_iter().map(KeywordAttributes::edit).collect::<Result<_>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::api::lenient;

    fn form(text: &str) -> FilterForm {
        read(lenient::tree(url::form_urlencoded::parse(text.as_bytes()).into_owned()).unwrap())
    }

    fn read(value: Value) -> FilterForm {
        lenient::read(value).unwrap()
    }

    #[test]
    fn keywords_come_in_forms_and_in_json() {
        let text = "title=t&context[]=home&keywords_attributes[][id]=5&keywords_attributes[][_destroy]=true\
            &keywords_attributes[][id]=6&keywords_attributes[][keyword]=baz";
        let from_form = form(text).edit().unwrap();
        let from_json = read(
            json!({"title": "t", "context": ["home"], "keywords_attributes": [{"id": "5", "_destroy": true}, {"id": 6, "keyword": "baz"}]}),
        );
        for edit in [from_form, from_json.edit().unwrap()] {
            let keywords: Vec<_> =
                edit.keywords.iter().map(|k| (k.id, k.keyword.as_deref(), k.is_whole_word, k.removes)).collect();
            assert_eq!(
                keywords,
                [(Some(FilterKeywordId(5)), None, None, true), (Some(FilterKeywordId(6)), Some("baz"), None, false)]
            );
            assert_eq!((edit.contexts, edit.expiry), (Some(vec!["home".to_owned()]), Expiry::Keep));
        }
    }

    #[test]
    fn an_empty_time_is_never_and_none_is_as_before() {
        assert_eq!(form("expires_in=").expires_in, Expiry::Never);
        assert_eq!(read(json!({"expires_in": null})).expires_in, Expiry::Never);
        assert_eq!(read(json!({"expires_in": 60})).expires_in, Expiry::In(60));
        assert_eq!(form("expires_in=60").expires_in, Expiry::In(60));
        assert_eq!(form("title=x").expires_in, Expiry::Keep);
        assert!(lenient::read::<FilterForm>(json!({"expires_in": "soon"})).is_err());
    }

    #[test]
    fn actions_go_by_their_names() {
        assert_eq!(form("filter_action=blur_media").edit().unwrap().action, Some(Action::Blur));
        assert_eq!(form("filter_action=hide").edit().unwrap().action, Some(Action::Hide));
        assert!(form("filter_action=eat").edit().is_err());
    }
}
