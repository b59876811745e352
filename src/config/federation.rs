//! `[federation]`: which other servers this one talks to, and how.

use std::path::PathBuf;

use ipnet::IpNet;

use super::keys::section;
use super::setting::{Setting, not_a, toml_string};

section! {
    /// Which other servers this one talks to, and how.
    Federation, "federation", {
        /// open: with every server that is not blocked. allowlist: with allowed servers only. off: with none.
        mode: FederationMode = FederationMode::Open;
        /// Addresses outside the public internet that may be contacted nevertheless, for tests and closed networks.
        allow_addresses: Vec<IpNet> = Vec::new();
        /// Whether other servers may be contacted and believed over http, without encryption. For tests only.
        allow_http: bool = false;
        /// Whether the pages that posts link to are asked what they say about themselves, for preview cards. Where mode is
        /// allowlist, only pages of allowed servers are asked; where it is off, none.
        preview_cards: bool = true;
        /// Whether the blocked domains can be read by everybody. The reasons stay with those who run the server.
        publish_blocks: bool = false;
        /// A file with further certificate authorities (PEM) to trust, beside the system's.
        extra_ca_file: Option<PathBuf> = None;
        /// Deliveries under way at the same time, to all servers together.
        delivery_slots: usize = 64, 1..=4096;
        /// Deliveries under way at the same time to one server.
        delivery_slots_per_host: usize = 2, 1..=64;
    }
}

/// With whom this server federates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FederationMode {
    /// With every server that is not blocked.
    Open,
    /// With the servers that were allowed by name.
    Allowlist,
    /// With none.
    Off,
}

impl FederationMode {
    /// Its name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Allowlist => "allowlist",
            Self::Off => "off",
        }
    }
}

impl Setting for FederationMode {
    const KIND: &'static str = "open, allowlist or off";

    fn from_text(text: &str) -> Result<Self, String> {
        let modes = [Self::Open, Self::Allowlist, Self::Off];
        modes.into_iter().find(|mode| mode.name() == text).ok_or_else(|| not_a::<Self>(text))
    }

    fn to_toml(&self) -> String {
        toml_string(self.name())
    }
}
