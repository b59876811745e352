//! What an answer of another server means, and when to try again. Pure.

use std::time::{Duration, UNIX_EPOCH};

use crate::time::Time;

/// The pauses between attempts, in seconds; after the last one daily.
const STEPS: [u64; 7] = [30, 2 * 60, 10 * 60, 30 * 60, 2 * 3600, 6 * 3600, 12 * 3600];
/// The pause after those.
const DAY: u64 = 24 * 3600;
/// The pauses after a refused signature: the peer may fail to fetch our key for a while. Together less than a day.
const REFUSED: [u64; 3] = [10 * 60, 2 * 3600, 20 * 3600];
/// How long a delivery is tried before it is parked.
pub const LIFETIME: Duration = Duration::from_secs(7 * DAY);
/// The longest reason that is kept, in characters.
pub const MAX_REASON: usize = 300;

/// What an answer means for a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It arrived. `is_page`: the answer was a web page, as parked domains give to everything.
    Delivered {
        /// Whether the answer was HTML.
        is_page: bool,
    },
    /// It may arrive later.
    Later {
        /// The pause the peer asked for.
        after: Option<Duration>,
        /// Whether the host is in trouble, rather than merely busy.
        is_trouble: bool,
        /// For people to read.
        why: String,
    },
    /// The signature was refused in both forms.
    Refused {
        /// For people to read.
        why: String,
    },
    /// Nobody is there any more.
    Gone,
    /// Trying again will not help.
    Hopeless {
        /// For people to read.
        why: String,
    },
    /// The rules of this server forbid the contact by now.
    Forbidden,
}

impl Verdict {
    /// A network failure.
    pub fn unreachable(why: impl ToString) -> Self {
        Self::Later { after: None, is_trouble: true, why: cut(&why.to_string()) }
    }

    /// A delivery that cannot succeed as it is.
    pub fn hopeless(why: impl ToString) -> Self {
        Self::Hopeless { why: cut(&why.to_string()) }
    }

    /// The label in the metrics.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Delivered { .. } => "delivered",
            Self::Later { .. } => "later",
            Self::Refused { .. } => "refused",
            Self::Gone => "gone",
            Self::Hopeless { .. } => "parked",
            Self::Forbidden => "forbidden",
        }
    }
}

fn cut(why: &str) -> String {
    why.chars().take(MAX_REASON).collect()
}

/// An answer as far as it matters here.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The `Retry-After` header.
    pub retry_after: Option<&'a str>,
    /// The `Content-Type` header.
    pub content_type: Option<&'a str>,
    /// What was read of the body.
    pub body: &'a [u8],
}

/// The table of statuses. `longest`: the longest pause a peer may ask for.
pub fn judge(answer: Answer<'_>, now: Time, longest: Duration) -> Verdict {
    let status = answer.status;
    let later = |is_trouble| {
        let after = answer.retry_after.and_then(|value| read_retry_after(value, now)).map(|pause| pause.min(longest));
        Verdict::Later { after, is_trouble, why: format!("answered {status}") }
    };
    match status {
        200..=299 => Verdict::Delivered { is_page: is_page(answer) },
        400 | 401 | 403 => Verdict::Refused { why: format!("refused the request with {status}") },
        408 | 425 | 429 => later(false),
        410 => Verdict::Gone,
        300..=399 => Verdict::hopeless(format!("answered {status}, but a delivery follows no redirect")),
        400..=499 => Verdict::hopeless(format!("answered {status}")),
        _ => later(true),
    }
}

/// An inbox has no page to show; an empty answer labelled HTML is only a careless one.
fn is_page(answer: Answer<'_>) -> bool {
    let is_html =
        answer.content_type.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/html"));
    is_html && answer.body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
}

/// Seconds or a date (RFC 9110 section 10.2.3).
fn read_retry_after(value: &str, now: Time) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = httpdate::parse_http_date(value).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(Time::from_unix(i64::try_from(at.as_secs()).ok()?).since(now))
}

/// The pause after attempt number `attempt` (from 1), a fifth more or less so that many do not come at once. `salt`: what tells one
/// delivery or host from another.
pub fn pause(attempt: i32, salt: i64) -> Duration {
    spread(step(&STEPS, attempt).unwrap_or(DAY), attempt, salt)
}

/// The pause after a signature was refused for the `attempt`th time; none if it was the last.
pub fn pause_after_refusal(attempt: i32, salt: i64) -> Option<Duration> {
    step(&REFUSED, attempt).map(|seconds| spread(seconds, attempt, salt))
}

fn step(steps: &[u64], attempt: i32) -> Option<u64> {
    steps.get(usize::try_from(attempt.saturating_sub(1)).unwrap_or(0)).copied()
}

fn spread(seconds: u64, attempt: i32, salt: i64) -> Duration {
    // A multiplicative hash: even enough, and the same for the same try.
    let mixed =
        salt.unsigned_abs().wrapping_add(u64::from(attempt.unsigned_abs())).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
    let per_mille = 800 + mixed % 401;
    Duration::from_millis(seconds.saturating_mul(per_mille))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIX_HOURS: Duration = Duration::from_secs(6 * 3600);

    fn verdict(status: u16) -> Verdict {
        judge(Answer { status, retry_after: None, content_type: None, body: b"" }, Time::from_unix(0), SIX_HOURS)
    }

    #[test]
    fn pauses_grow_to_a_day_within_a_fifth() {
        for (attempt, seconds) in
            [(1, 30), (2, 120), (3, 600), (4, 1800), (5, 7200), (6, 21_600), (7, 43_200), (8, 86_400), (500, 86_400)]
        {
            for salt in 0..200 {
                let pause = pause(attempt, salt).as_secs_f64();
                let (least, most) = (f64::from(seconds) * 0.8, f64::from(seconds) * 1.2);
                assert!((least..=most).contains(&pause), "{attempt}: {pause}");
            }
        }
        let different: std::collections::HashSet<Duration> = (0..100).map(|salt| pause(1, salt)).collect();
        assert!(different.len() > 50);
    }

    #[test]
    fn refusals_end_within_a_day() {
        let most: Duration = (1..=3).filter_map(|attempt| pause_after_refusal(attempt, 7)).sum();
        assert!(most < Duration::from_secs(27 * 3600));
        assert_eq!(pause_after_refusal(4, 7), None);
    }

    #[test]
    fn every_status_has_its_meaning() {
        for status in [200, 201, 202, 204] {
            assert_eq!(verdict(status), Verdict::Delivered { is_page: false }, "{status}");
        }
        for status in [400, 401, 403] {
            assert!(matches!(verdict(status), Verdict::Refused { .. }), "{status}");
        }
        assert_eq!(verdict(410), Verdict::Gone);
        for status in [301, 302, 307, 308, 404, 405, 406, 413, 415, 422, 451] {
            assert!(matches!(verdict(status), Verdict::Hopeless { .. }), "{status}");
        }
        for status in [408, 425, 429] {
            assert!(matches!(verdict(status), Verdict::Later { is_trouble: false, .. }), "{status}");
        }
        for status in [500, 501, 502, 503, 504, 520, 599] {
            assert!(matches!(verdict(status), Verdict::Later { is_trouble: true, .. }), "{status}");
        }
    }

    #[test]
    fn a_peer_may_ask_for_a_pause_but_not_for_ever() {
        let after = |value| match judge(
            Answer { status: 429, retry_after: Some(value), content_type: None, body: b"" },
            Time::from_unix(1_700_000_000),
            SIX_HOURS,
        ) {
            Verdict::Later { after, .. } => after,
            other => panic!("{other:?}"),
        };
        assert_eq!(after("120"), Some(Duration::from_secs(120)));
        assert_eq!(after("Tue, 14 Nov 2023 22:14:20 GMT"), Some(Duration::from_secs(60)));
        assert_eq!(after("Tue, 14 Nov 2000 22:14:20 GMT"), Some(Duration::ZERO));
        assert_eq!(after("99999999"), Some(SIX_HOURS));
        assert_eq!(after("soon"), None);
    }

    #[test]
    fn a_page_in_place_of_an_inbox_is_noticed() {
        let answer = |content_type, body| {
            judge(Answer { status: 200, retry_after: None, content_type, body }, Time(0), SIX_HOURS)
        };
        assert_eq!(answer(Some("text/html; charset=utf-8"), b" <!doctype html>"), Verdict::Delivered { is_page: true });
        assert_eq!(answer(Some("text/html"), b""), Verdict::Delivered { is_page: false });
        assert_eq!(answer(Some("application/json"), b"{}"), Verdict::Delivered { is_page: false });
    }
}
