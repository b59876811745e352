//! Posts with followed hashtags in home timelines.

use diesel::dsl;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::db::Conn;
use crate::db::schema::{
    account_domain_blocks, accounts, blocks, follows, home_entries, mutes, post_tags, posts, tag_follows,
};
use crate::domain::follows::State;
use crate::domain::posts::{Post, Visibility};
use crate::error::Result;
use crate::ids::{AccountId, TagId};

/// Puts a public post, be it an answer, into the home timelines of those here who follow one of its hashtags; returns into how
/// many. Nobody gets what comes from an account that they block, mute or hide with its domain, or that blocks them.
pub(super) fn fan_out(conn: &mut Conn, post: &Post) -> Result<usize> {
    if post.visibility != Visibility::Public || post.boost_of_id.is_some() || post.tags.0.is_empty() {
        return Ok(0);
    }
    let domain: String = accounts::table.find(post.account_id).select(accounts::domain).first(conn)?;
    let on_post = post_tags::table.filter(post_tags::post_id.eq(post.id)).select(post_tags::tag_id);
    let followers = tag_follows::table.filter(tag_follows::tag_id.eq_any(on_post)).select(tag_follows::account_id);
    let there =
        home_entries::table.filter(home_entries::account_id.eq(accounts::id)).filter(home_entries::post_id.eq(post.id));
    let blocked =
        blocks::table.filter(blocks::account_id.eq(accounts::id)).filter(blocks::target_id.eq(post.account_id));
    let blocking =
        blocks::table.filter(blocks::account_id.eq(post.account_id)).filter(blocks::target_id.eq(accounts::id));
    let muted = mutes::table.filter(mutes::account_id.eq(accounts::id)).filter(mutes::target_id.eq(post.account_id));
    let hidden = account_domain_blocks::table
        .filter(account_domain_blocks::account_id.eq(accounts::id))
        .filter(account_domain_blocks::domain.eq(domain));
    let readers = accounts::table
        .filter(accounts::id.eq_any(followers))
        .filter(accounts::domain.eq(""))
        .filter(accounts::deleted_at.is_null())
        .filter(dsl::not(dsl::exists(there)))
        .filter(dsl::not(dsl::exists(blocked)))
        .filter(dsl::not(dsl::exists(blocking)))
        .filter(dsl::not(dsl::exists(muted)))
        .filter(dsl::not(dsl::exists(hidden)))
        .select((accounts::id, post.id.into_sql::<BigInt>()));
    Ok(diesel::insert_into(home_entries::table)
        .values(readers)
        .into_columns((home_entries::account_id, home_entries::post_id))
        .execute(conn)?)
}

/// Takes out of the home timeline of `me`, who has just ceased to follow a hashtag, what is there only because of it: not by
/// `me` or somebody followed, and without another followed hashtag.
pub fn remove_tag(conn: &mut Conn, me: AccountId, tag: TagId) -> Result<()> {
    let followed = follows::table
        .filter(follows::account_id.eq(me))
        .filter(follows::target_id.eq(posts::account_id))
        .filter(follows::state.eq(State::Accepted));
    let other = diesel::alias!(post_tags as other);
    let still_followed = other
        .inner_join(tag_follows::table.on(tag_follows::tag_id.eq(other.field(post_tags::tag_id))))
        .filter(tag_follows::account_id.eq(me))
        .filter(other.field(post_tags::post_id).eq(posts::id));
    // Asked of each entry, since a timeline is shorter than a popular tag.
    let tagged = post_tags::table
        .inner_join(posts::table.on(posts::id.eq(post_tags::post_id)))
        .filter(post_tags::tag_id.eq(tag))
        .filter(post_tags::post_id.eq(home_entries::post_id))
        .filter(posts::account_id.ne(me))
        .filter(dsl::not(dsl::exists(followed)))
        .filter(dsl::not(dsl::exists(still_followed)));
    diesel::delete(home_entries::table.filter(home_entries::account_id.eq(me)).filter(dsl::exists(tagged)))
        .execute(conn)?;
    Ok(())
}
