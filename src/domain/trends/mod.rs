//! Trends: hashtags, posts and pages that several people here and elsewhere took up lately, as far as this server saw it.
//!
//! Counted are public posts without a warning by authors who want to be discovered. Each person counts once for each subject,
//! by the latest time, and half as much for each day that passed; one person alone makes no trend.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::time::Duration;

use diesel::prelude::*;
use url::Url;

use crate::db::Conn;
use crate::db::schema::{marks, post_cards, post_tags, posts, preview_cards, tags, trend_refusals, trends};
use crate::domain::domain_rules::Policy;
use crate::domain::posts::marks::MarkKind;
use crate::domain::preview_cards::{Card, State};
use crate::domain::tags::{Day, HISTORY_DAYS, Tag, count_days};
use crate::error::Result;
use crate::ids::{AccountId, PostId, PreviewCardId, TagId, floor};
use crate::time::Time;

/// How far back uses count.
const WINDOW: Duration = Duration::from_secs(3 * 86_400);
const DAY: Duration = Duration::from_secs(86_400);
/// How many people make a trend.
const PEOPLE: usize = 2;
/// How many of each sort are kept.
const KEPT: usize = 200;
/// How many uses of each sort are looked at, the latest.
const LOOKED_AT: i64 = 50_000;
/// How many links of a week are counted.
const HISTORY_LIMIT: i64 = 20_000;
/// How many rows one statement writes.
const CHUNK: usize = 500;

crate::text_enum! {
    /// What trends.
    pub enum Subject {
        /// A hashtag.
        Tag = "tag",
        /// A post.
        Post = "post",
        /// A page that posts link to.
        Link = "link",
    }
}

/// Leaves of a query that joins `posts` those that may trend or make something trend.
/// A macro, because the type of the expression is a page long and the queries differ in what they join.
macro_rules! counted {
    ($query:expr) => {{
        use $crate::db::schema::{accounts, posts};
        let discoverable = accounts::table
            .filter(accounts::id.eq(posts::account_id))
            .filter(accounts::is_discoverable.eq(true));
        $query
            .filter($crate::domain::posts::visibility::open_to_anybody())
            // Said this way round, the index of all public posts is not read instead of the subject's.
            .filter(posts::visibility.ne($crate::domain::posts::Visibility::Unlisted))
            .filter(posts::is_sensitive.eq(false))
            .filter(posts::spoiler_text.eq(""))
            .filter(posts::boost_of_id.is_null())
            .filter(diesel::dsl::exists(discoverable))
    }};
}
pub(in crate::domain) use counted;

/// What trends, as it was computed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Computed(Vec<(Subject, i64, f64)>);

/// Finds what trends now. Reads only; may take a while.
pub fn compute(conn: &mut Conn, now: Time) -> Result<Computed> {
    let refused: HashSet<(Subject, i64)> = trend_refusals::table
        .select((trend_refusals::kind, trend_refusals::subject_id))
        .load::<(Subject, i64)>(conn)?
        .into_iter()
        .collect();
    let mut found = Vec::new();
    let mut keep = |subject: Subject, ranked: Vec<(i64, f64)>| {
        let rows = ranked.into_iter().filter(|(id, _)| !refused.contains(&(subject, *id))).take(KEPT);
        found.extend(rows.map(|(id, score)| (subject, id, score)));
    };
    keep(Subject::Tag, rank(&tag_uses(conn, now)?, now).into_iter().map(|(id, score)| (id.0, score)).collect());
    keep(Subject::Link, rank(&link_uses(conn, now)?, now).into_iter().map(|(id, score)| (id.0, score)).collect());
    keep(Subject::Post, posts_of_many(&post_uses(conn, now)?, now));
    Ok(Computed(found))
}

/// Puts what was computed in place of what was there.
pub fn store(conn: &mut Conn, computed: Computed) -> Result<()> {
    diesel::delete(trends::table).execute(conn)?;
    for chunk in computed.0.chunks(CHUNK) {
        let rows: Vec<_> = chunk
            .iter()
            .map(|(kind, id, score)| (trends::kind.eq(*kind), trends::subject_id.eq(*id), trends::score.eq(*score)))
            .collect();
        crate::each_backend!(conn, |c| diesel::insert_into(trends::table).values(rows).execute(c))?;
    }
    Ok(())
}

type Uses<S> = Vec<(S, Time, AccountId)>;

fn tag_uses(conn: &mut Conn, now: Time) -> Result<Uses<TagId>> {
    let first = now.before(WINDOW);
    let uses = post_tags::table
        .inner_join(posts::table.on(posts::id.eq(post_tags::post_id)))
        .filter(post_tags::post_id.ge(floor(first)))
        .filter(posts::created_at.ge(first));
    Ok(counted!(uses)
        .order(post_tags::post_id.desc())
        .limit(LOOKED_AT)
        .select((post_tags::tag_id, posts::created_at, posts::account_id))
        .load(conn)?)
}

fn link_uses(conn: &mut Conn, now: Time) -> Result<Uses<PreviewCardId>> {
    let first = now.before(WINDOW);
    let uses = post_cards::table
        .inner_join(posts::table.on(posts::id.eq(post_cards::post_id)))
        .inner_join(preview_cards::table.on(preview_cards::id.eq(post_cards::card_id)))
        .filter(post_cards::post_id.ge(floor(first)))
        .filter(posts::created_at.ge(first))
        .filter(preview_cards::state.eq(State::Ready));
    let rows: Vec<(PreviewCardId, Time, AccountId, String)> = counted!(uses)
        .order(post_cards::post_id.desc())
        .limit(LOOKED_AT)
        .select((post_cards::card_id, posts::created_at, posts::account_id, preview_cards::url))
        .load(conn)?;
    let rules = Policy::load(conn, false)?;
    let is_blocked =
        |url: &str| Url::parse(url).ok().and_then(|url| Some(rules.refuses(url.host_str()?))).unwrap_or(true);
    Ok(rows.into_iter().filter(|(_, _, _, url)| !is_blocked(url)).map(|(id, at, who, _)| (id, at, who)).collect())
}

/// A favourite or boost of a post that begins something: what, when, who, by whom the post is.
type PostUse = (PostId, Time, AccountId, AccountId);

fn post_uses(conn: &mut Conn, now: Time) -> Result<Vec<PostUse>> {
    let first = now.before(WINDOW);
    let uses = marks::table
        .inner_join(posts::table.on(posts::id.eq(marks::post_id)))
        .filter(marks::kind.eq_any([MarkKind::Favourite, MarkKind::Boost]))
        .filter(marks::id.ge(floor(first)))
        .filter(marks::account_id.ne(posts::account_id))
        .filter(posts::created_at.ge(first))
        .filter(posts::in_reply_to_uri.is_null());
    Ok(counted!(uses)
        .order(marks::id.desc())
        .limit(LOOKED_AT)
        .select((marks::post_id, marks::created_at, marks::account_id, posts::account_id))
        .load(conn)?)
}

/// Subjects that enough people took up, the highest score first.
fn rank<S: Copy + Eq + Hash + Ord>(uses: &[(S, Time, AccountId)], now: Time) -> Vec<(S, f64)> {
    let mut people: HashMap<S, HashMap<AccountId, Time>> = HashMap::new();
    for (subject, at, who) in uses {
        let latest = people.entry(*subject).or_default().entry(*who).or_insert(*at);
        *latest = (*latest).max(*at);
    }
    let weight = |at: &Time| 0.5_f64.powf(now.since(*at).as_secs_f64() / DAY.as_secs_f64());
    let mut ranked: Vec<(S, f64)> = people
        .into_iter()
        .filter(|(_, people)| people.len() >= PEOPLE)
        .map(|(subject, people)| (subject, people.values().map(weight).sum()))
        .collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
    ranked
}

/// Posts by rank, of each author the best one only.
fn posts_of_many(uses: &[PostUse], now: Time) -> Vec<(i64, f64)> {
    let authors: HashMap<PostId, AccountId> = uses.iter().map(|(post, _, _, author)| (*post, *author)).collect();
    let plain: Uses<PostId> = uses.iter().map(|(post, at, who, _)| (*post, *at, *who)).collect();
    let mut seen: HashSet<AccountId> = HashSet::new();
    rank(&plain, now)
        .into_iter()
        .filter(|(post, _)| authors.get(post).is_some_and(|author| seen.insert(*author)))
        .map(|(post, score)| (post.0, score))
        .collect()
}

/// Hashtags that trend, the highest score first.
pub fn tags(conn: &mut Conn, limit: i64, offset: i64) -> Result<Vec<Tag>> {
    Ok(trends::table
        .inner_join(tags::table.on(tags::id.eq(trends::subject_id)))
        .filter(trends::kind.eq(Subject::Tag))
        .order((trends::score.desc(), trends::subject_id.desc()))
        .limit(limit)
        .offset(offset)
        .select(Tag::as_select())
        .load(conn)?)
}

/// Pages that trend, the highest score first.
pub fn links(conn: &mut Conn, limit: i64, offset: i64) -> Result<Vec<Card>> {
    Ok(trends::table
        .inner_join(preview_cards::table.on(preview_cards::id.eq(trends::subject_id)))
        .filter(trends::kind.eq(Subject::Link))
        .filter(preview_cards::state.eq(State::Ready))
        .order((trends::score.desc(), trends::subject_id.desc()))
        .limit(limit)
        .offset(offset)
        .select(Card::as_select())
        .load(conn)?)
}

/// Whether something trends.
pub fn is_trending(conn: &mut Conn, subject: Subject, id: i64) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(trends::table.find((subject, id)))).get_result(conn)?)
}

/// The last seven days of these pages: public posts that link to them and their authors, today first.
pub fn link_histories(conn: &mut Conn, ids: &[PreviewCardId], now: Time) -> Result<HashMap<PreviewCardId, Vec<Day>>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let first = now.midnight().before(DAY * u32::try_from(HISTORY_DAYS - 1).unwrap_or(0));
    let uses = post_cards::table
        .inner_join(posts::table.on(posts::id.eq(post_cards::post_id)))
        .filter(post_cards::card_id.eq_any(ids))
        .filter(post_cards::post_id.ge(floor(first)))
        .filter(posts::created_at.ge(first));
    let rows: Uses<PreviewCardId> = counted!(uses)
        .limit(HISTORY_LIMIT)
        .select((post_cards::card_id, posts::created_at, posts::account_id))
        .load(conn)?;
    let mut by_card: HashMap<PreviewCardId, Vec<(Time, AccountId)>> = ids.iter().map(|id| (*id, Vec::new())).collect();
    for (card, at, who) in rows {
        by_card.entry(card).or_default().push((at, who));
    }
    Ok(by_card.into_iter().map(|(card, uses)| (card, count_days(&uses, now))).collect())
}

/// Keeps something from trending, at once and until [`allow`] is called.
pub fn refuse(conn: &mut Conn, subject: Subject, id: i64, now: Time) -> Result<()> {
    crate::each_backend!(conn, |c| diesel::insert_into(trend_refusals::table)
        .values((
            trend_refusals::kind.eq(subject),
            trend_refusals::subject_id.eq(id),
            trend_refusals::created_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(c))?;
    diesel::delete(trends::table.find((subject, id))).execute(conn)?;
    Ok(())
}

/// Lets something trend again when trends are next computed; false if it was not kept from it.
pub fn allow(conn: &mut Conn, subject: Subject, id: i64) -> Result<bool> {
    Ok(diesel::delete(trend_refusals::table.find((subject, id))).execute(conn)? > 0)
}

#[cfg(test)]
mod tests;
