//! `[limits]`: the bound of everything that comes from outside.
//!
//! Data of other servers that is too long or too much is cut; what people here enter is refused with the reason.

use std::time::Duration;

use super::keys::section;
use super::rate::{Rate, days, hours, minutes, seconds};

const KIB: usize = 1024;
const MIB: usize = 1024 * 1024;

section! {
    /// The bound of everything that comes from outside. What other servers send beyond a size is cut or dropped; what people
    /// here enter is refused with the reason. An IPv6 client is its /64.
    Limits, "limits", {
        /// Whether the rates below hold. Switch them off for measurements only; sizes, depths and budgets always hold.
        enabled: bool = true;

        /// Client API requests of one token.
        api_per_token: Rate = Rate::new(300, minutes(5));
        /// Client API requests without a token from one address.
        api_per_address: Rate = Rate::new(300, minutes(5));
        /// Client API requests of one account over all its tokens.
        api_per_account: Rate = Rate::new(1500, minutes(5));
        /// Requests from one address for pages, feeds, actors and whatever else is public.
        pages_per_address: Rate = Rate::new(600, minutes(5));
        /// Files uploaded by one account.
        media_per_account: Rate = Rate::new(30, minutes(30));
        /// Posts deleted and boosts taken back by one account.
        deletes_per_account: Rate = Rate::new(30, minutes(30));
        /// Posts written by one account.
        posts_per_account: Rate = Rate::new(300, hours(3));
        /// Follows sent by one account.
        follow_per_account: Rate = Rate::new(400, days(1));
        /// Searches of one account that ask other servers.
        resolve_per_account: Rate = Rate::new(60, minutes(5));
        /// Apps registered from one address.
        apps_per_address: Rate = Rate::new(5, minutes(10));
        /// Attempts to sign in from one address, set-up links and one-time codes included.
        sign_in_per_address: Rate = Rate::new(25, minutes(5));
        /// Attempts to sign in to one account, from anywhere.
        sign_in_per_account: Rate = Rate::new(20, hours(1));
        /// Activities delivered by one remote actor.
        inbox_per_actor: Rate = Rate::new(600, minutes(1));
        /// Activities delivered by one remote server.
        inbox_per_host: Rate = Rate::new(6000, minutes(1));
        /// Unknown signing keys fetched because of deliveries from one network (IPv4 /24, IPv6 /56).
        inbox_unknown_keys_per_source: Rate = Rate::new(20, minutes(1));
        /// Unknown signing keys fetched from one server because of deliveries.
        inbox_unknown_keys_per_host: Rate = Rate::new(20, minutes(1));
        /// Known signing keys fetched again from one server because a signature did not fit.
        key_refetch_per_host: Rate = Rate::new(20, minutes(5));

        /// Connections open at the same time.
        connections: usize = 8192, 16..=1_000_000;
        /// The body of a delivery to an inbox, in bytes, after decompression.
        body_bytes: usize = MIB, 64 * KIB..=16 * MIB;
        /// The body of any other request without files, in bytes.
        form_bytes: usize = 256 * KIB, 16 * KIB..=16 * MIB;
        /// How long the headers, and again the body, of a request may take to arrive.
        request_timeout: Duration = seconds(10), seconds(1)..=minutes(5);
        /// How long a connection without a request stays open.
        keep_alive: Duration = seconds(30), seconds(1)..=minutes(10);
        /// How long requests in hand may take after the signal to stop.
        shutdown_timeout: Duration = seconds(10), seconds(1)..=seconds(14);
        /// Streams open at the same time, all together.
        streams: usize = 2048, 1..=1_000_000;
        /// Streams open at the same time per person and account.
        streams_per_account: usize = 16, 1..=1024;
        /// Events that wait for a slow stream before it is closed.
        stream_backlog: usize = 256, 16..=65_536;
        /// Activities accepted but not applied before further ones are answered with 503.
        inbox_backlog: usize = 100_000, 100..=100_000_000;

        /// Posts kept in the home timeline of one account; older ones are taken out of it every hour.
        home_posts: usize = 800, 100..=100_000;
        /// How long an uploaded file may stay without a post before it is removed.
        unattached_media: Duration = days(1), hours(1)..=days(30);

        /// How deep JSON from outside may be nested.
        json_depth: usize = 64, 8..=127;
        /// Values in one JSON document from outside.
        json_nodes: usize = 50_000, 1000..=1_000_000;
        /// People mentioned in one post.
        mentions: usize = 50, 1..=1000;
        /// Hashtags in one post.
        hashtags: usize = 50, 1..=1000;
        /// Custom emoji in one post or profile.
        emojis: usize = 50, 1..=1000;
        /// Attachments of one remote post.
        attachments: usize = 16, 1..=256;
        /// Recipients that are looked at in one activity.
        recipients: usize = 200, 1..=10_000;

        /// Characters of a post written here, content warning included; an address counts as 23.
        /// Other servers show longer posts than they let their own people write, often 500.
        post_characters: usize = 2000, 100..=100_000;
        /// Media attached to a post written here; more than 4 are not shown everywhere.
        media_per_post: usize = 4, 1..=16;
        /// Characters of the description of an image.
        alt_text_characters: usize = 1500, 100..=20_000;
        /// Options of a poll.
        poll_options: usize = 10, 2..=50;
        /// Characters of one option of a poll.
        poll_option_characters: usize = 100, 10..=1000;
        /// The shortest time a poll made here may run.
        poll_shortest: Duration = minutes(5), minutes(1)..=days(1);
        /// The longest time a poll made here may run.
        poll_longest: Duration = days(30), days(1)..=days(365);
        /// Characters of a display name.
        display_name_characters: usize = 100, 10..=1000;
        /// Characters of the text of a profile.
        bio_characters: usize = 1000, 100..=20_000;
        /// Fields (label and value) of a profile.
        profile_fields: usize = 8, 1..=50;
        /// Characters of a label or a value in a profile.
        profile_field_characters: usize = 255, 20..=2047;

        /// Documents fetched because of one activity or one search.
        fetch_budget: usize = 10, 1..=1000;
        /// How many steps from that activity such a document may be.
        fetch_depth: usize = 3, 1..=20;
        /// A document fetched from another server, in bytes, after decompression.
        fetch_bytes: usize = MIB, 64 * KIB..=16 * MIB;
        /// How long a connection to another server may take to be made.
        connect_timeout: Duration = seconds(5), seconds(1)..=seconds(30);
        /// How long a fetch may take in all.
        fetch_timeout: Duration = seconds(15), seconds(1)..=minutes(1);
        /// How long a delivery waits for the signing key of its sender to be fetched.
        key_fetch_timeout: Duration = seconds(5), seconds(1)..=seconds(30);
        /// How long a delivery to another server may take in all.
        delivery_timeout: Duration = seconds(15), seconds(1)..=minutes(1);
        /// The longest Retry-After of another server that is honoured.
        retry_after_longest: Duration = hours(6), minutes(1)..=days(7);
        /// Keys kept in memory: that many of other servers, and that many to sign with.
        key_cache: usize = 4096, 10..=1_000_000;
        /// How long a key that could not be fetched is not asked for again.
        key_failure_memory: Duration = minutes(15), seconds(1)..=days(1);
        /// How long an actor that could not be fetched is not asked for again.
        actor_failure_memory: Duration = hours(1), seconds(1)..=days(1);
    }
}

impl Limits {
    /// The rate to keep to: the one given, or none while rates are switched off.
    pub fn rate(&self, rate: Rate) -> Option<Rate> {
        self.enabled.then_some(rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switching_limits_off_switches_off_rates_only() {
        let on = Limits::default();
        let off = Limits { enabled: false, ..Limits::default() };
        assert_eq!(on.rate(on.api_per_token), Some(Rate::new(300, minutes(5))));
        assert_eq!(off.rate(off.api_per_token), None);
        assert_eq!((off.body_bytes, off.json_depth, off.fetch_budget), (on.body_bytes, on.json_depth, on.fetch_budget));
    }
}
