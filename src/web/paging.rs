//! One page of a long list of posts, and the links to the pages beside it.

use super::visitor::Visitor;
use crate::domain::posts::Post;
use crate::page::Page;

/// How many posts a page shows.
const POSTS: usize = 20;

/// Which page of a list is asked for: `?max_id=` for older posts, `?min_id=` for newer ones.
#[derive(Debug, Clone, Copy)]
pub struct Cursor {
    max_id: Option<i64>,
    min_id: Option<i64>,
}

/// A page of posts with its neighbours.
#[derive(Debug)]
pub struct Cut {
    /// At most a page of posts, newest first.
    pub posts: Vec<Post>,
    /// The address of the next older page.
    pub older: Option<String>,
    /// The address of the next newer page.
    pub newer: Option<String>,
}

impl Cursor {
    /// The page that a visitor asks for; what is no number is left out.
    pub fn of(visitor: &Visitor) -> Self {
        let id = |name| visitor.parameter(name).and_then(|text| text.parse().ok());
        let max_id = id("max_id");
        Self { max_id, min_id: if max_id.is_none() { id("min_id") } else { None } }
    }

    /// Whether it is the first page.
    pub fn is_first(self) -> bool {
        self.max_id.is_none() && self.min_id.is_none()
    }

    /// What to read: one post more than is shown, which tells whether there is another page.
    pub fn page(self) -> Page {
        let limit = i64::try_from(POSTS + 1).unwrap_or(i64::MAX);
        Page { max_id: self.max_id, since_id: None, min_id: self.min_id, limit }
    }

    /// Cuts what was read, newest first, to what is shown.
    pub fn cut(self, mut posts: Vec<Post>) -> Cut {
        let has_more = posts.len() > POSTS;
        if self.min_id.is_some() && has_more {
            // Read upwards: the post too many is the newest.
            posts.remove(0);
        }
        posts.truncate(POSTS);
        let (first, last) = (posts.first().map(|post| post.id), posts.last().map(|post| post.id));
        let older = last.filter(|_| self.min_id.is_some() || has_more).map(|id| format!("?max_id={id}"));
        let newer = first
            .filter(|_| if self.min_id.is_some() { has_more } else { self.max_id.is_some() })
            .map(|id| format!("?min_id={id}"));
        Cut { posts, older, newer }
    }
}
