//! Times such as `10s`, and rates such as `300/5m`.

use std::time::Duration;

use super::setting::{Setting, not_a, quoted, toml_string};

/// Units in milliseconds, the largest first.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Nothing here waits for longer; the bound keeps sums of times from overflowing.
const LONGEST: Duration = Duration::from_secs(3_650 * 86_400);

/// That many seconds.
pub(super) const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// That many minutes.
pub(super) const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

/// That many hours.
pub(super) const fn hours(count: u64) -> Duration {
    Duration::from_secs(count * 3_600)
}

/// That many days.
pub(super) const fn days(count: u64) -> Duration {
    Duration::from_secs(count * 86_400)
}

fn read(text: &str) -> Option<Duration> {
    let (number, unit) = UNITS.iter().find_map(|(suffix, unit)| {
        let digits = text.strip_suffix(suffix)?;
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then_some((digits, *unit))
    })?;
    let time = Duration::from_millis(number.parse::<u64>().ok()?.checked_mul(unit)?);
    (time <= LONGEST).then_some(time)
}

fn write(time: Duration) -> String {
    let count = time.as_millis();
    let fits = |unit: &u64| count.is_multiple_of(u128::from(*unit));
    if time.is_zero() {
        return "0s".to_owned();
    }
    let (suffix, unit) = UNITS.iter().find(|(_, unit)| fits(unit)).copied().unwrap_or(("ms", 1));
    format!("{}{suffix}", count / u128::from(unit))
}

impl Setting for Duration {
    const KIND: &'static str = "a time such as 500ms, 10s, 5m, 12h or 7d";

    fn from_text(text: &str) -> Result<Self, String> {
        read(text).ok_or_else(|| not_a::<Self>(text))
    }

    fn to_toml(&self) -> String {
        toml_string(&write(*self))
    }
}

/// How often something may happen: `count` times in any stretch of `per`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many times, at least 1.
    pub count: u32,
    /// In how long a time, at least a second.
    pub per: Duration,
}

impl Rate {
    /// `count` times in `per`.
    pub const fn new(count: u32, per: Duration) -> Self {
        Self { count, per }
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.count, write(self.per))
    }
}

impl Setting for Rate {
    const KIND: &'static str = "a rate such as 300/5m";

    fn from_text(text: &str) -> Result<Self, String> {
        let read_both =
            |(count, per): (&str, &str)| Some(Self { count: count.trim().parse().ok()?, per: read(per.trim())? });
        let rate = text.split_once('/').and_then(read_both).ok_or_else(|| not_a::<Self>(text))?;
        if rate.count == 0 || !(seconds(1)..=days(30)).contains(&rate.per) {
            let why = "the count is at least 1 and the time from 1s to 30d; limits.enabled switches all rates off";
            return Err(format!("{} is not a rate: {why}", quoted(text)));
        }
        Ok(rate)
    }

    fn to_toml(&self) -> String {
        toml_string(&self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_one_number_and_one_unit() {
        assert_eq!(Duration::from_text("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(Duration::from_text("90m"), Ok(minutes(90)));
        assert_eq!(Duration::from_text("7d"), Ok(days(7)));
        for wrong in ["", "5", "s", "5 s", "1h30m", "-5s", "+5s", "1.5s", "5y", "99999999999999999999d", "9999d"] {
            assert!(Duration::from_text(wrong).is_err(), "{wrong:?} was taken for a time");
        }
    }

    #[test]
    fn times_are_written_in_the_largest_unit_that_fits() {
        let odd = Duration::from_millis(1500);
        for (time, text) in
            [(seconds(90), "90s"), (minutes(60), "1h"), (hours(48), "2d"), (odd, "1500ms"), (Duration::ZERO, "0s")]
        {
            assert_eq!(time.to_toml(), format!("\"{text}\""));
        }
    }

    #[test]
    fn a_rate_is_a_count_over_a_time() {
        assert_eq!(Rate::from_text("300/5m"), Ok(Rate::new(300, minutes(5))));
        assert_eq!(Rate::new(300, minutes(5)).to_string(), "300/5m");
        for wrong in ["", "300", "0/5m", "300/", "/5m", "300/0s", "300/5", "300/31d", "-1/5m", "5000000000/5m"] {
            assert!(Rate::from_text(wrong).is_err(), "{wrong:?} was taken for a rate");
        }
    }
}
