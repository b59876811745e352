//! Timelines: whose posts somebody reads where. Home is written when a post arrives, all others are read from the posts.
//!
//! What is in a timeline is checked again when it is read: visibility as everywhere, and nothing by or boosted from accounts
//! that the reader blocks or mutes.

/// Whether a row of `posts` is neither by, nor a boost of, somebody whom this account blocks or mutes.
/// A macro, because the type of the expression is a page long and the queries differ in what they join.
macro_rules! wanted_by {
    ($me:expr) => {{
        use $crate::db::schema::{blocks, mutes, posts};
        let me: $crate::ids::AccountId = $me;
        let original = diesel::alias!(posts as original);
        let blocked = blocks::table.filter(blocks::account_id.eq(me)).filter(blocks::target_id.eq(posts::account_id));
        let muted = mutes::table.filter(mutes::account_id.eq(me)).filter(mutes::target_id.eq(posts::account_id));
        let blocked_original = blocks::table
            .filter(blocks::account_id.eq(me))
            .filter(blocks::target_id.eq(original.field(posts::account_id)));
        let muted_original = mutes::table
            .filter(mutes::account_id.eq(me))
            .filter(mutes::target_id.eq(original.field(posts::account_id)));
        let unwanted_original = original
            .filter(original.field(posts::id).nullable().eq(posts::boost_of_id))
            .filter(diesel::dsl::exists(blocked_original).or(diesel::dsl::exists(muted_original)));
        diesel::dsl::not(diesel::dsl::exists(blocked))
            .and(diesel::dsl::not(diesel::dsl::exists(muted)))
            .and(posts::boost_of_id.is_null().or(diesel::dsl::not(diesel::dsl::exists(unwanted_original))))
    }};
}

pub mod home;
pub mod public;

pub use home::{add_follow, fan_out, home, list, remove_follow};
pub use public::{PublicFilter, TagFilter, direct, public, tag};
