//! One kind of time everywhere: microseconds since the Unix epoch, UTC. It comes from a [`Clock`], never from the air.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeZone, Utc};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::BigInt;

/// A point in time: microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, AsExpression, FromSqlRow)]
#[diesel(sql_type = BigInt)]
pub struct Time(pub i64);

const MICROS: i64 = 1_000_000;

impl Time {
    /// From whole seconds since the epoch.
    pub const fn from_unix(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MICROS))
    }

    /// From milliseconds since the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1000))
    }

    /// Whole seconds since the epoch.
    pub const fn unix(self) -> i64 {
        self.0.div_euclid(MICROS)
    }

    /// Whole milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Days since the epoch, UTC.
    pub const fn day(self) -> i64 {
        self.unix().div_euclid(86_400)
    }

    /// Later by `by`; stays in range.
    pub fn after(self, by: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)))
    }

    /// Earlier by `by`; stays in range.
    pub fn before(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)))
    }

    /// How much later this is than `earlier`; zero if it is not.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    fn chrono(self) -> DateTime<Utc> {
        Utc.timestamp_micros(self.0).single().unwrap_or(DateTime::UNIX_EPOCH)
    }

    /// `YYYY-MM-DDTHH:MM:SS.mmmZ`, as client APIs and ActivityPub want it.
    pub fn rfc3339(self) -> String {
        self.chrono().to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// `YYYY-MM-DD`, UTC.
    pub fn date(self) -> String {
        self.chrono().format("%Y-%m-%d").to_string()
    }

    /// Midnight UTC of the same day.
    pub const fn midnight(self) -> Self {
        Self::from_unix(self.day() * 86_400)
    }

    /// The `Date` header form (RFC 9110 section 5.6.7).
    pub fn http_date(self) -> String {
        self.chrono().format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// Reads a date-time as peers write it: RFC 3339, `+0000` offsets, a missing zone (taken as UTC), up to nanoseconds.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > 64 {
            return None;
        }
        let parsed = DateTime::parse_from_rfc3339(text)
            .or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z"))
            .map(|t| t.with_timezone(&Utc))
            .or_else(|_| chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").map(|t| t.and_utc()));
        parsed.ok().map(|t| Self(t.timestamp_micros()))
    }
}

impl From<Time> for DateTime<Utc> {
    fn from(time: Time) -> Self {
        time.chrono()
    }
}

impl<DB: Backend> ToSql<BigInt, DB> for Time
where
    i64: ToSql<BigInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

impl<DB: Backend> FromSql<BigInt, DB> for Time
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        i64::from_sql(bytes).map(Self)
    }
}

/// Where the time comes from: the machine, or in tests a hand that moves only when told.
#[derive(Debug, Clone, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// The machine's clock.
    pub const fn system() -> Self {
        Self(None)
    }

    /// A clock that stands still at `start` until it is set.
    pub fn manual(start: Time) -> Self {
        Self(Some(Arc::new(AtomicI64::new(start.0))))
    }

    /// The time now.
    #[expect(clippy::disallowed_methods, reason = "the one place where time enters")]
    pub fn now(&self) -> Time {
        match &self.0 {
            Some(hand) => Time(hand.load(Ordering::SeqCst)),
            None => Time(Utc::now().timestamp_micros()),
        }
    }

    /// Moves a manual clock to `time`; a system clock stays as it is.
    pub fn set(&self, time: Time) {
        if let Some(hand) = &self.0 {
            hand.store(time.0, Ordering::SeqCst);
        }
    }

    /// Moves a manual clock on by `by`.
    pub fn advance(&self, by: Duration) {
        self.set(self.now().after(by));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_dates_that_peers_write() {
        let expected = Time::from_unix(1_700_000_000);
        for text in [
            "2023-11-14T22:13:20Z",
            "2023-11-14T22:13:20.000Z",
            "2023-11-14T23:13:20+01:00",
            "2023-11-14T22:13:20+0000",
            "2023-11-14T22:13:20",
        ] {
            assert_eq!(Time::parse(text), Some(expected), "{text}");
        }
        assert_eq!(Time::parse("2023-11-14T22:13:20.123456789Z").map(|t| t.0), Some(1_700_000_000_123_456));
        assert_eq!(Time::parse("yesterday"), None);
    }

    #[test]
    fn writes_three_decimals() {
        assert_eq!(Time(1_700_000_000_123_456).rfc3339(), "2023-11-14T22:13:20.123Z");
        assert_eq!(Time::from_unix(1_700_000_000).http_date(), "Tue, 14 Nov 2023 22:13:20 GMT");
        assert_eq!(Time::from_unix(1_700_000_000).midnight().rfc3339(), "2023-11-14T00:00:00.000Z");
    }
}
