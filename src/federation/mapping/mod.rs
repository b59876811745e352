//! Between documents and rows: what comes in is checked and cut to our limits, what goes out is written as peers expect it.

pub mod account_in;
pub mod account_out;
pub mod post_in;
pub mod post_out;
mod quotes;

use serde_json::Value;

use super::vocab::{Object, value};
use crate::config::Limits;
use crate::domain::accounts::Emoji;
use crate::domain::domain_rules::Policy;
use crate::net::RemoteUrl;
use crate::time::Time;

/// How many bytes the name of a custom emoji may have.
const MAX_SHORTCODE: usize = 64;

/// The surroundings in which a document of another server is read.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// How much of everything is taken.
    pub limits: &'a Limits,
    /// Which servers nothing is taken from.
    pub rules: &'a Policy,
    /// When it is read.
    pub now: Time,
}

impl Reading<'_> {
    /// Whether a file at this address may be shown: its server is not blocked.
    fn may_show(&self, address: &str) -> bool {
        RemoteUrl::try_from(address.to_owned()).is_ok_and(|url| !self.rules.refuses(&url.host_key()))
    }

    /// The custom emoji that an object or actor declares, each name once.
    fn emojis(&self, object: &Value) -> Vec<Emoji> {
        let mut found: Vec<Emoji> = Vec::new();
        for tag in Object::new(object).tags("Emoji", self.limits.emojis) {
            let name = value::text(tag, "name").unwrap_or_default();
            let shortcode = name.trim().trim_matches(':');
            let is_name = (1..=MAX_SHORTCODE).contains(&shortcode.len())
                && shortcode.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
            let Some(url) = value::web_address(tag, "icon").filter(|url| is_name && self.may_show(url)) else {
                continue;
            };
            if found.iter().all(|known| known.shortcode != shortcode) {
                found.push(Emoji { shortcode: shortcode.to_owned(), url, static_url: None });
            }
        }
        found
    }

    /// A time for sorting: from the year 2000 to now.
    fn believable(&self, time: Time) -> Time {
        Time(time.0.clamp(Time::from_unix(946_684_800).0, self.now.0))
    }
}
