//! Rate limits of this process: how often one key may do one thing. Over several nodes the sum may overshoot, never by more than a factor of two
//! where requests are spread evenly over two.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::config::Rate;
use crate::error::{Error, Result};

type Keyed = RateLimiter<u64, HashMapStateStore<u64>, DefaultClock, StateInformationMiddleware>;

/// How many keys a limit may remember before idle ones are forgotten.
const KEYS: usize = 20_000;

/// What is left of an allowance, for `X-RateLimit` headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// How many there are in all.
    pub limit: u32,
    /// How many are left.
    pub remaining: u32,
    /// When all are back.
    pub reset: Duration,
}

/// All rate limits of a process, made when first used. Clones share them.
#[derive(Clone, Default)]
pub struct Rates(Arc<Mutex<HashMap<&'static str, Arc<Keyed>>>>);

impl Rates {
    /// Takes one from the allowance of `key` under the limit called `name`. `None` for `rate` means no limit.
    /// Error: `RateLimited` with the time to wait.
    pub fn take(&self, name: &'static str, rate: Option<Rate>, key: impl Hash) -> Result<Option<Allowance>> {
        let Some(rate) = rate else { return Ok(None) };
        let limiter = self.limiter(name, rate);
        if limiter.len() > KEYS {
            limiter.retain_recent();
        }
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        match limiter.check_key(&hasher.finish()) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                let used = rate.count.saturating_sub(remaining);
                Ok(Some(Allowance { limit: rate.count, remaining, reset: rate.per * used / rate.count.max(1) }))
            }
            Err(until) => Err(Error::RateLimited { retry: until.wait_time_from(DefaultClock::default().now()) }),
        }
    }

    fn limiter(&self, name: &'static str, rate: Rate) -> Arc<Keyed> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || {
            let count = NonZeroU32::new(rate.count).unwrap_or(NonZeroU32::MIN);
            let each = rate.per / count.get();
            let quota = Quota::with_period(each).unwrap_or_else(|| Quota::per_second(count)).allow_burst(count);
            Arc::new(RateLimiter::hashmap(quota).with_middleware::<StateInformationMiddleware>())
        };
        all.entry(name).or_insert_with(make).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_its_own_allowance() {
        let rates = Rates::default();
        let rate = Some(Rate::new(2, Duration::from_secs(60)));
        assert_eq!(rates.take("x", rate, "a").unwrap().unwrap().remaining, 1);
        assert!(rates.take("x", rate, "a").is_ok());
        assert!(
            matches!(rates.take("x", rate, "a"), Err(Error::RateLimited { retry }) if retry <= Duration::from_secs(60))
        );
        assert!(rates.take("x", rate, "b").is_ok());
        assert!(rates.take("y", rate, "a").is_ok());
        assert_eq!(rates.take("x", None, "a").unwrap(), None);
    }
}
