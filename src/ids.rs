//! Ids: 64 bits that sort by time (48 bits of milliseconds, 6 of node, 10 of sequence), strings towards clients.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::BigInt;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::time::Time;

/// How many nodes may make ids at once.
pub const NODES: i32 = 64;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
        #[diesel(sql_type = BigInt)]
        pub struct $name(pub i64);

        impl<DB: Backend> ToSql<BigInt, DB> for $name where i64: ToSql<BigInt, DB> {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result { self.0.to_sql(out) }
        }
        impl<DB: Backend> FromSql<BigInt, DB> for $name where i64: FromSql<BigInt, DB> {
            fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> { i64::from_sql(bytes).map(Self) }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { self.0.fmt(f) }
        }
        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(text: &str) -> Result<Self, Self::Err> { text.parse().map(Self) }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> { to.collect_str(&self.0) }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> { number_or_string(from).map(Self) }
        }
        impl From<i64> for $name { fn from(id: i64) -> Self { Self(id) } }
        impl From<$name> for i64 { fn from(id: $name) -> Self { id.0 } }
    )+};
}

ids! {
    /// An account: a person, a brand, a community or the server itself, here or elsewhere.
    AccountId
    /// Somebody who can sign in here.
    UserId
    /// A post or a boost.
    PostId
    /// A poll of a post.
    PollId
    /// A quote of one post in another.
    QuoteId
    /// A post that is to be published later.
    ScheduledPostId
    /// An uploaded file.
    MediaId
    /// A hashtag.
    TagId
    /// A follow or follow request.
    FollowId
    /// A follow of a hashtag.
    TagFollowId
    /// A hashtag on a profile.
    FeaturedTagId
    /// An account on the profile of another.
    EndorsementId
    /// A domain that one account wants to see nothing of.
    DomainBlockId
    /// A favourite, boost, bookmark, pin or mute of one post by one account.
    MarkId
    /// A notification.
    NotificationId
    /// A sender whose notifications wait for a decision.
    NotificationRequestId
    /// Follows that ended because of something bigger.
    SeveranceId
    /// Where the notifications of one token are pushed to.
    PushSubscriptionId
    /// A list of accounts.
    ListId
    /// A filter of an account.
    FilterId
    /// A keyword of a filter.
    FilterKeywordId
    /// A post of a filter.
    FilterPostId
    /// A thread of direct messages as one account sees it.
    DirectThreadId
    /// A registered client application.
    AppId
    /// An access token.
    TokenId
    /// A browser session.
    SessionId
    /// A line of the outbox of events.
    EventId
    /// A durable job.
    JobId
    /// A received activity.
    InboxItemId
    /// A sent activity.
    ActivityId
    /// One activity on its way to one inbox.
    DeliveryId
    /// What a page says about itself.
    PreviewCardId
    /// Something that those who run the server tell everybody on it.
    AnnouncementId
    /// A custom emoji of this server.
    CustomEmojiId
    /// A rule for people on this server.
    RuleId
}

/// Clients send ids as strings, and some as numbers.
fn number_or_string<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(i64),
        Text(String),
    }
    match Either::deserialize(from)? {
        Either::Number(id) => Ok(id),
        Either::Text(text) => text.parse().map_err(|_| serde::de::Error::custom("is not an id")),
    }
}

/// Makes ids of one process; each process holds a node number that no other has at that time.
#[derive(Debug, Clone)]
pub struct IdSource {
    node: i64,
    last: Arc<AtomicI64>,
}

impl IdSource {
    /// A source for the node number `node`, 0 to 63.
    pub fn new(node: i32) -> Self {
        Self { node: i64::from(node.rem_euclid(NODES)), last: Arc::new(AtomicI64::new(0)) }
    }

    /// The next id at `now`: larger than every one this source made before, also when the clock steps back.
    pub fn next<T: From<i64>>(&self, now: Time) -> T {
        self.step(now, |stamp| stamp)
    }

    /// Like [`IdSource::next`], and a multiple of 100: a script that reads it as a number (53 bits) and writes it again keeps all its
    /// digits. There are ten of them in a millisecond.
    pub fn next_for_scripts<T: From<i64>>(&self, now: Time) -> T {
        let short = |stamp: i64| (100 - self.compose(stamp).rem_euclid(100)) % 100;
        self.step(now, |stamp| {
            let ahead = stamp + short(stamp);
            if ahead >> 10 == stamp >> 10 {
                return ahead;
            }
            let later = ((stamp >> 10) + 1) << 10;
            later + short(later)
        })
    }

    /// Takes the stamp (milliseconds and sequence) that `choose` makes of the first one that is free; it must not choose an earlier one.
    fn step<T: From<i64>>(&self, now: Time, choose: impl Fn(i64) -> i64) -> T {
        let fresh = now.millis() << 10;
        let next = |last: i64| Some(choose(if fresh > last { fresh } else { last + 1 }));
        let stamp = match self.last.fetch_update(Ordering::SeqCst, Ordering::SeqCst, next) {
            Ok(last) | Err(last) => next(last).unwrap_or(fresh),
        };
        T::from(self.compose(stamp))
    }

    fn compose(&self, stamp: i64) -> i64 {
        ((stamp >> 10) << 16) | (self.node << 10) | (stamp & 1023)
    }

    /// An id that sorts at `at` in the past, for posts that arrive late; `salt` fills the low bits (retry with another on conflict).
    pub fn back_dated<T: From<i64>>(&self, at: Time, salt: u16) -> T {
        T::from((at.millis().max(1) << 16) | i64::from(salt))
    }
}

/// The smallest id that anything made at `at` or later can have.
pub fn floor(at: Time) -> i64 {
    at.millis().max(0) << 16
}

/// When the thing with this id was made or, for a back-dated one, is said to have been made.
pub fn time_of(id: i64) -> Time {
    Time::from_millis(id >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_even_when_the_clock_steps_back() {
        let source = IdSource::new(3);
        let now = Time::from_unix(1_700_000_000);
        let mut last = 0;
        for step in 0..5000 {
            let id: PostId = source.next(if step % 2 == 0 { now } else { Time(now.0 - 10_000_000) });
            assert!(id.0 > last);
            assert_eq!((id.0 >> 10) & 63, 3);
            last = id.0;
        }
    }

    #[test]
    fn two_nodes_never_make_the_same_id() {
        let now = Time::from_unix(1_700_000_000);
        let (a, b) = (IdSource::new(1), IdSource::new(2));
        let made: std::collections::HashSet<i64> =
            (0..2000).flat_map(|_| [a.next::<PostId>(now).0, b.next::<PostId>(now).0]).collect();
        assert_eq!(made.len(), 4000);
    }

    #[test]
    fn an_id_for_scripts_keeps_its_digits_as_a_number() {
        for node in [0, 63] {
            let source = IdSource::new(node);
            let now = Time::from_unix(2_100_000_000);
            let mut last = 0;
            for step in 0..3000 {
                let id: NotificationId = if step % 3 == 0 { source.next(now) } else { source.next_for_scripts(now) };
                assert!(id.0 > last && (id.0 >> 10) & 63 == i64::from(node));
                assert!(step % 3 == 0 || (id.0 as f64).to_string() == id.to_string());
                last = id.0;
            }
        }
    }

    #[test]
    fn clients_may_send_strings_or_numbers() {
        assert_eq!(serde_json::from_str::<PostId>("\"12\"").unwrap(), PostId(12));
        assert_eq!(serde_json::from_str::<PostId>("12").unwrap(), PostId(12));
        assert!(serde_json::from_str::<PostId>("\"x\"").is_err());
        assert_eq!(serde_json::to_string(&PostId(12)).unwrap(), "\"12\"");
    }
}
