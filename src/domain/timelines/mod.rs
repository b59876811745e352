//! Timelines: whose posts somebody reads where. Home is written when a post arrives, all others are read from the posts.
//!
//! What is in a timeline is checked again when it is read: visibility as everywhere, and nothing by or boosted from accounts
//! that the reader blocks, mutes or hides with their domain.

/// Whether a row of `posts` is neither by, nor a boost of, somebody whom this account blocks, mutes or hides with their domain.
/// A macro, because the type of the expression is a page long and the queries differ in what they join.
macro_rules! wanted_by {
    ($me:expr) => {{
        use $crate::db::schema::{account_domain_blocks, accounts, blocks, mutes, posts};
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
        let hidden = || {
            account_domain_blocks::table
                .inner_join(accounts::table.on(accounts::domain.eq(account_domain_blocks::domain)))
                .filter(account_domain_blocks::account_id.eq(me))
        };
        let hidden_original = hidden().filter(accounts::id.eq(original.field(posts::account_id)));
        let hidden = hidden().filter(accounts::id.eq(posts::account_id));
        let unwanted_original = original.filter(original.field(posts::id).nullable().eq(posts::boost_of_id)).filter(
            diesel::dsl::exists(blocked_original)
                .or(diesel::dsl::exists(muted_original))
                .or(diesel::dsl::exists(hidden_original)),
        );
        diesel::dsl::not(diesel::dsl::exists(blocked))
            .and(diesel::dsl::not(diesel::dsl::exists(muted)))
            .and(diesel::dsl::not(diesel::dsl::exists(hidden)))
            .and(posts::boost_of_id.is_null().or(diesel::dsl::not(diesel::dsl::exists(unwanted_original))))
    }};
}

pub(in crate::domain) use wanted_by;

mod followed_tags;
pub mod home;
pub mod public;
pub mod trending;

pub use followed_tags::remove_tag;
pub use home::{add_follow, fan_out, home, list, readers_of, remove_follow};
pub use public::{PublicFilter, TagFilter, direct, public, tag};
pub use trending::{link, trending};
