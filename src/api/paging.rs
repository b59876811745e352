//! Cursor paging: `max_id`, `since_id`, `min_id`, `limit` in, a `Link` header out.

use actix_web::http::header::LINK;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde::{Deserialize, Serialize};

use super::errors::{ApiError, Result};
use crate::context::Urls;
use crate::page::Page;

/// The paging part of a query. Flatten it into a handler's input: `#[serde(flatten)]` does not keep lenient numbers, so the fields are read as text.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct PageQuery {
    /// Strictly older than this id.
    pub max_id: Option<String>,
    /// Strictly newer, newest first.
    pub since_id: Option<String>,
    /// Strictly newer, the page right after.
    pub min_id: Option<String>,
    /// How many.
    pub limit: Option<String>,
}

impl PageQuery {
    /// The page asked for: `default` rows unless a limit is given, never more than `most`. Ids that are no numbers and limits below zero are refused with 400.
    pub fn page(&self, default: i64, most: i64) -> Result<Page> {
        let id =
            |name: &str, text: &Option<String>| match text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
                None => Ok(None),
                Some(text) => {
                    text.parse::<i64>().map(Some).map_err(|_| ApiError::malformed(format!("{name} is not an id")))
                }
            };
        let limit = match self.limit.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            None => default,
            Some(text) => text
                .parse::<i64>()
                .ok()
                .filter(|limit| *limit >= 0)
                .ok_or_else(|| ApiError::malformed("limit must be a number of 0 or more"))?,
        };
        Ok(Page {
            max_id: id("max_id", &self.max_id)?,
            since_id: id("since_id", &self.since_id)?,
            min_id: id("min_id", &self.min_id)?,
            limit: limit.min(most),
        })
    }
}

/// The cursors of the page after and before the one shown: `next` = id of its oldest row, `prev` = id of its newest.
#[derive(Debug, Clone, Copy)]
pub struct Cursors {
    /// The oldest row's cursor.
    pub next: i64,
    /// The newest row's cursor.
    pub prev: i64,
}

impl Cursors {
    /// From the cursors of the rows shown, newest first; `None` for an empty page.
    pub fn of(rows: impl IntoIterator<Item = i64>) -> Option<Self> {
        let mut rows = rows.into_iter();
        let prev = rows.next()?;
        Some(Self { next: rows.last().unwrap_or(prev), prev })
    }
}

/// A JSON answer with its `Link` header; other query parameters are kept. No header on an empty page.
pub fn answer(request: &HttpRequest, urls: &Urls, rows: &impl Serialize, cursors: Option<Cursors>) -> HttpResponse {
    with_link(HttpResponse::Ok(), request, urls, cursors).json(rows)
}

/// The paging part of a query of a list that is paged by how many rows to pass over.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SliceQuery {
    /// How many.
    pub limit: Option<i64>,
    /// After how many.
    pub offset: Option<i64>,
}

/// Which part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slice {
    /// At most this many rows.
    pub limit: i64,
    /// After this many.
    pub offset: i64,
}

impl SliceQuery {
    /// The part asked for: `default` rows unless a limit is given, never more than `most`. Numbers below zero are refused with 400.
    pub fn slice(&self, default: i64, most: i64) -> Result<Slice> {
        let (limit, offset) = (self.limit.unwrap_or(default), self.offset.unwrap_or(0));
        if limit < 0 || offset < 0 {
            return Err(ApiError::malformed("limit and offset must be numbers of 0 or more"));
        }
        Ok(Slice { limit: limit.min(most), offset })
    }
}

/// A JSON answer with a part of a list; its `Link` header leads to the parts before and after, as far as there are some.
pub fn answer_slice<T: Serialize>(request: &HttpRequest, urls: &Urls, rows: &[T], slice: Slice) -> HttpResponse {
    let link = |rel: &str, offset: i64| {
        let kept = url::form_urlencoded::parse(request.query_string().as_bytes()).filter(|(key, _)| key != "offset");
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept)
            .append_pair("offset", &offset.to_string())
            .finish();
        format!("<{}?{query}>; rel=\"{rel}\"", urls.path(request.path()))
    };
    let mut links = Vec::new();
    if slice.limit > 0 && i64::try_from(rows.len()).is_ok_and(|count| count >= slice.limit) {
        links.push(link("next", slice.offset.saturating_add(slice.limit)));
    }
    if slice.offset > 0 {
        links.push(link("prev", slice.offset.saturating_sub(slice.limit).max(0)));
    }
    let mut answer = HttpResponse::Ok();
    if !links.is_empty() {
        answer.insert_header((LINK, links.join(", ")));
    }
    answer.json(rows)
}

/// Adds the `Link` header to an answer.
pub fn with_link(
    mut answer: HttpResponseBuilder,
    request: &HttpRequest,
    urls: &Urls,
    cursors: Option<Cursors>,
) -> HttpResponseBuilder {
    if let Some(cursors) = cursors {
        let link = |name: &str, id: i64| {
            let kept = url::form_urlencoded::parse(request.query_string().as_bytes())
                .filter(|(key, _)| !matches!(key.as_ref(), "max_id" | "since_id" | "min_id"));
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(kept)
                .append_pair(name, &id.to_string())
                .finish();
            format!("<{}?{query}>", urls.path(request.path()))
        };
        answer.insert_header((
            LINK,
            format!("{}; rel=\"next\", {}; rel=\"prev\"", link("max_id", cursors.next), link("min_id", cursors.prev)),
        ));
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_clamped_and_nonsense_is_refused() {
        let query = |limit: &str| PageQuery { limit: Some(limit.into()), ..PageQuery::default() };
        assert_eq!(query("1000").page(20, 40).unwrap().limit, 40);
        assert_eq!(PageQuery::default().page(20, 40).unwrap().limit, 20);
        assert!(query("-1").page(20, 40).is_err());
        assert!(PageQuery { max_id: Some("x".into()), ..PageQuery::default() }.page(20, 40).is_err());
    }

    #[test]
    fn cursors_are_the_ends_of_the_page() {
        let cursors = Cursors::of([9, 5, 3]).unwrap();
        assert_eq!((cursors.prev, cursors.next), (9, 3));
        assert!(Cursors::of([]).is_none());
        let one = Cursors::of([4]).unwrap();
        assert_eq!((one.prev, one.next), (4, 4));
    }
}
