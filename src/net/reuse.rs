//! How many hosts may keep an idle connection to us, so that a delivery to thousands of hosts does not use up the file descriptors.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Idle connections kept for one host.
pub(super) const IDLE_PER_HOST: usize = 2;
/// How long an unused connection stays open.
pub(super) const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// Hosts that keep connections at one time; with [`IDLE_PER_HOST`] this bounds all idle connections.
const HOSTS: usize = 128;
/// After this long without a request a host has no open connection left and gives up its place.
const PLACE: Duration = Duration::from_secs(60);

/// The hosts whose connections stay open between requests; all others are asked to close after the answer.
#[derive(Debug, Default)]
pub(super) struct Reuse {
    places: Mutex<HashMap<String, Instant>>,
}

impl Reuse {
    /// Whether the connection to this origin may stay open after a request sent now.
    pub(super) fn keeps(&self, origin: String, now: Instant) -> bool {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = places.get_mut(&origin) {
            *last = now;
            return true;
        }
        if places.len() >= HOSTS {
            places.retain(|_, last| now.saturating_duration_since(*last) < PLACE);
        }
        if places.len() >= HOSTS {
            return false;
        }
        places.insert(origin, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_kept_hosts_is_bounded_and_places_are_given_up() {
        let reuse = Reuse::default();
        let start = Instant::now();
        for n in 0..HOSTS {
            assert!(reuse.keeps(format!("https://{n}.example"), start));
        }
        assert!(!reuse.keeps("https://late.example".to_owned(), start));
        assert!(reuse.keeps("https://0.example".to_owned(), start + PLACE / 2));

        let later = start + PLACE + Duration::from_secs(1);
        assert!(reuse.keeps("https://late.example".to_owned(), later));
        assert_eq!(reuse.places.lock().unwrap().len(), 2, "the one used meanwhile and the new one");
    }
}
