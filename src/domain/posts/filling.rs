//! Pages of posts that are filled in two steps: ids along one index, then those of them that the reader is shown. What decides that is a page
//! of conditions; asked about a few rows by id, its cost does not depend on how the database plans it or on how many posts there are.

use std::collections::HashMap;

use super::Post;
use crate::db::Conn;
use crate::error::Result;
use crate::ids::PostId;
use crate::page::Page;

/// How often more ids are read when too few of the last were shown; then a page is shorter than asked for.
const ROUNDS: usize = 25;
/// How many ids are read at once, at most.
const MOST: i64 = 200;

/// The page, newest first. `candidates` gives the ids of a page in its reading order, `shown` those of the given posts that are shown, in any
/// order.
pub fn fill(
    conn: &mut Conn,
    page: &Page,
    candidates: impl Fn(&mut Conn, &Page) -> Result<Vec<PostId>>,
    shown: impl Fn(&mut Conn, &[PostId]) -> Result<Vec<Post>>,
) -> Result<Vec<Post>> {
    let wanted = usize::try_from(page.limit).unwrap_or(0);
    let (mut found, mut rest) = (Vec::with_capacity(wanted.min(64)), *page);
    for _ in 0..ROUNDS {
        let ids = candidates(conn, &rest)?;
        let Some(last) = ids.last() else { break };
        let mut posts: HashMap<PostId, Post> = shown(conn, &ids)?.into_iter().map(|post| (post.id, post)).collect();
        found.extend(ids.iter().filter_map(|id| posts.remove(id)));
        if found.len() >= wanted || ids.len() < usize::try_from(rest.limit).unwrap_or(0) {
            break;
        }
        if rest.is_ascending() {
            rest.min_id = Some(last.0);
        } else {
            rest.max_id = Some(last.0);
        }
        rest.limit = rest.limit.saturating_mul(2).min(MOST);
    }
    found.truncate(wanted);
    Ok(page.newest_first(found))
}
