//! The home timeline: rows written when a post arrives, so that reading it is one index range. Lists are cut from it.

use std::time::Duration;

use diesel::dsl;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::followed_tags;
use crate::db::schema::{accounts, follows, home_entries, list_accounts, lists, post_mentions, posts};
use crate::db::{Conn, one_of};
use crate::domain::follows::State;
use crate::domain::posts::filling::fill;
use crate::domain::posts::visibility::visible_to;
use crate::domain::posts::{Post, Visibility};
use crate::error::{Error, Result};
use crate::ids::{AccountId, ListId, PostId, floor, time_of};
use crate::page::Page;
use crate::paged;

/// How many posts of somebody newly followed are put into the home timeline.
const BACKFILL: i64 = 20;
/// For how long a post that was shown at home is not shown again because somebody boosts it.
const BOOST_PAUSE: Duration = Duration::from_secs(86_400);

/// The home timeline of an account, without members of its exclusive lists.
pub fn home(conn: &mut Conn, me: AccountId, page: &Page) -> Result<Vec<Post>> {
    let elsewhere = list_accounts::table
        .inner_join(lists::table.on(lists::id.eq(list_accounts::list_id)))
        .filter(lists::account_id.eq(me))
        .filter(lists::is_exclusive.eq(true))
        .select(list_accounts::account_id);
    let entries = |conn: &mut Conn, page: &Page| {
        let mine =
            home_entries::table.filter(home_entries::account_id.eq(me)).select(home_entries::post_id).into_boxed();
        Ok(paged!(mine, home_entries::post_id, page).load(conn)?)
    };
    fill(conn, page, entries, |conn, ids| {
        Ok(posts::table
            .filter(one_of(posts::id, ids))
            .filter(visible_to(Some(me)))
            .filter(wanted_by!(me))
            .filter(posts::account_id.ne_all(elsewhere))
            .select(Post::as_select())
            .load(conn)?)
    })
}

/// What the members of a list wrote, out of the home timeline of its owner. Error: no such list of that account.
pub fn list(conn: &mut Conn, me: AccountId, list: ListId, page: &Page) -> Result<Vec<Post>> {
    let policy: Option<String> = lists::table
        .filter(lists::id.eq(list))
        .filter(lists::account_id.eq(me))
        .select(lists::replies_policy)
        .first(conn)
        .optional()?;
    let policy = policy.ok_or(Error::NotFound("list"))?;
    let member = list_accounts::table
        .filter(list_accounts::list_id.eq(list))
        .filter(list_accounts::account_id.eq(posts::account_id));
    let answered = list_accounts::table
        .filter(list_accounts::list_id.eq(list))
        .filter(list_accounts::account_id.nullable().eq(posts::in_reply_to_account_id));
    let entries = |conn: &mut Conn, page: &Page| {
        let theirs = home_entries::table
            .inner_join(posts::table.on(posts::id.eq(home_entries::post_id)))
            .filter(home_entries::account_id.eq(me))
            .filter(dsl::exists(member))
            .select(home_entries::post_id)
            .into_boxed();
        Ok(paged!(theirs, home_entries::post_id, page).load(conn)?)
    };
    fill(conn, page, entries, |conn, ids| {
        let mut query = posts::table
            .filter(one_of(posts::id, ids))
            .filter(visible_to(Some(me)))
            .filter(wanted_by!(me))
            .select(Post::as_select())
            .into_boxed();
        let to_oneself =
            posts::in_reply_to_uri.is_null().or(posts::in_reply_to_account_id.eq(posts::account_id.nullable()));
        match policy.as_str() {
            "none" => query = query.filter(to_oneself),
            "list" => query = query.filter(to_oneself.or(dsl::exists(answered))),
            // What is at home answers people whom the reader follows.
            _ => {}
        }
        Ok(query.load(conn)?)
    })
}

/// Puts a post into the home timelines of its author and of the followers here; returns into how many.
///
/// Followers do not get answers to people whom they do not follow, boosts of what they saw in the last 24 hours or by people
/// whose boosts they switched off, languages they left out, and direct messages to others. A public post also goes to those who
/// follow one of its hashtags.
pub fn fan_out(conn: &mut Conn, post: &Post) -> Result<usize> {
    let mut written = 0;
    if post.is_local {
        let row = (home_entries::account_id.eq(post.account_id), home_entries::post_id.eq(post.id));
        written += crate::each_backend!(conn, |c| diesel::insert_into(home_entries::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(c))?;
    }
    written += followed_tags::fan_out(conn, post)?;
    // Whom it answers is not known, so neither is who wants to read it.
    if post.in_reply_to_uri.is_some() && post.in_reply_to_account_id.is_none() {
        return Ok(written);
    }
    let there = home_entries::table
        .filter(home_entries::account_id.eq(follows::account_id))
        .filter(home_entries::post_id.eq(post.id));
    let mut readers = follows::table
        .inner_join(accounts::table.on(accounts::id.eq(follows::account_id)))
        .filter(follows::target_id.eq(post.account_id))
        .filter(follows::state.eq(State::Accepted))
        .filter(accounts::domain.eq(""))
        .filter(accounts::deleted_at.is_null())
        .filter(dsl::not(dsl::exists(there)))
        .select((follows::account_id, post.id.into_sql::<BigInt>()))
        .into_boxed();
    if let Some(answered) = post.in_reply_to_account_id.filter(|id| *id != post.account_id) {
        let other = diesel::alias!(follows as other);
        let follows_both = other
            .filter(other.field(follows::account_id).eq(follows::account_id))
            .filter(other.field(follows::target_id).eq(answered))
            .filter(other.field(follows::state).eq(State::Accepted));
        readers = readers.filter(follows::account_id.eq(answered).or(dsl::exists(follows_both)));
    }
    if let Some(original) = post.boost_of_id {
        let since = floor(time_of(post.id.0).before(BOOST_PAUSE));
        readers = readers.filter(follows::shows_boosts.eq(true));
        let shown = || home_entries::table.filter(home_entries::account_id.eq(follows::account_id));
        if original.0 >= since {
            readers = readers.filter(dsl::not(dsl::exists(shown().filter(home_entries::post_id.eq(original)))));
        }
        let boosts = posts::table.filter(posts::boost_of_id.eq(original)).filter(posts::id.ge(since)).select(posts::id);
        readers = readers.filter(dsl::not(dsl::exists(shown().filter(home_entries::post_id.eq_any(boosts)))));
    }
    if post.visibility == Visibility::Direct {
        let addressed = post_mentions::table
            .filter(post_mentions::post_id.eq(post.id))
            .filter(post_mentions::account_id.eq(follows::account_id));
        readers = readers.filter(dsl::exists(addressed));
    }
    // The column holds a JSON list of codes; a code is letters and hyphens, so its pattern can hold no wildcard.
    if let Some(language) =
        post.language.as_deref().filter(|code| code.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
    {
        readers = readers.filter(follows::languages.eq("[]").or(follows::languages.like(format!("%\"{language}\"%"))));
    }
    written += diesel::insert_into(home_entries::table)
        .values(readers)
        .into_columns((home_entries::account_id, home_entries::post_id))
        .execute(conn)?;
    Ok(written)
}

/// In whose home timelines a post or boost is.
pub fn readers_of(conn: &mut Conn, post: PostId) -> Result<Vec<AccountId>> {
    Ok(home_entries::table.filter(home_entries::post_id.eq(post)).select(home_entries::account_id).load(conn)?)
}

/// Puts the newest posts of `target` into the home timeline of `account`, which has just begun to follow it.
pub fn add_follow(conn: &mut Conn, account: AccountId, target: AccountId) -> Result<()> {
    let there =
        home_entries::table.filter(home_entries::account_id.eq(account)).filter(home_entries::post_id.eq(posts::id));
    let shows_boosts = follows::table
        .filter(follows::account_id.eq(account))
        .filter(follows::target_id.eq(target))
        .filter(follows::shows_boosts.eq(true));
    let follows_answered = follows::table
        .filter(follows::account_id.eq(account))
        .filter(follows::target_id.nullable().eq(posts::in_reply_to_account_id))
        .filter(follows::state.eq(State::Accepted));
    let newest = posts::table
        .filter(posts::account_id.eq(target))
        .filter(visible_to(Some(account)))
        .filter(posts::boost_of_id.is_null().or(dsl::exists(shows_boosts)))
        .filter(
            posts::in_reply_to_uri
                .is_null()
                .or(posts::in_reply_to_account_id.eq(account))
                .or(dsl::exists(follows_answered)),
        )
        .filter(dsl::not(dsl::exists(there)))
        .order(posts::id.desc())
        .limit(BACKFILL)
        .select((account.into_sql::<BigInt>(), posts::id));
    diesel::insert_into(home_entries::table)
        .values(newest)
        .into_columns((home_entries::account_id, home_entries::post_id))
        .execute(conn)?;
    Ok(())
}

/// Takes the posts and boosts of `target` out of the home timeline of `account`, which no longer follows it.
pub fn remove_follow(conn: &mut Conn, account: AccountId, target: AccountId) -> Result<()> {
    let theirs = posts::table.filter(posts::account_id.eq(target)).select(posts::id);
    diesel::delete(
        home_entries::table.filter(home_entries::account_id.eq(account)).filter(home_entries::post_id.eq_any(theirs)),
    )
    .execute(conn)?;
    Ok(())
}
