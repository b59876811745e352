//! `[server]`: where this server is reached and where it keeps its files.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;

use super::address::{Domain, PublicUrl};
use super::keys::section;
use super::link::Link;
use super::secret::Secret;

section! {
    /// Where this server is reached and where it keeps its files.
    Server, "server", {
        /// The part of handles after the @, with a port if it needs one: brand.example gives @name@brand.example.
        /// Empty: chosen in the browser at set-up. It cannot change once the first account exists.
        domain: Option<Domain> = None;
        /// The address in the browser: scheme, host and optional port. Set it when it differs from the domain.
        /// Empty: https:// and the domain, or http:// when the domain is this machine only (localhost, 127.0.0.1).
        public_url: Option<PublicUrl> = None;
        /// Where to listen. Put a reverse proxy that speaks TLS before it, and name that in trusted_proxies.
        bind: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
        /// The reverse proxies whose word is taken for where a request came from.
        trusted_proxies: Vec<IpNet> = Vec::new();
        /// The folder for the SQLite database, the secrets and the uploaded files. Back it up.
        data_dir: PathBuf = PathBuf::from("./data");
        /// With this token, sent as "Authorization: Bearer ...", /metrics and /readyz answer from anywhere.
        /// Empty: they answer this machine only.
        metrics_token: Option<Secret> = None;
        /// Where the source code of this server can be had, as its licence asks (AGPL-3.0, section 13): set it if you change the program.
        /// Empty: the repository that this version names, if it does, else the page /about, which says whom to ask.
        source_url: Option<Link> = None;
        /// Threads that answer requests; 0 is one for each core.
        workers: usize = 0, 0..=256;
        /// What to log: error, warn, info, debug or trace, also by part, as in "info,rapport::federation=debug".
        log: String = "info".to_owned();
    }
}
