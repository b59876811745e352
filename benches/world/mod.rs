//! What the benchmarks of the whole server share: its state with a brand, on each database, and how figures are printed.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Instant;

use rapport::app::App;
use rapport::config;
use rapport::domain::accounts::actions::{GeneratedKeys, NewLocal, create_local};
use rapport::domain::accounts::{Account, Kind};
use rapport::domain::setup;
use rapport::net::resolver::Lookup;
use rapport::time::Clock;
use tempfile::TempDir;
use tokio::runtime::Builder;
use tokio::task::LocalSet;

/// The domain of the server that is measured. Every other name is this machine, too.
pub const HERE: &str = "brand.localhost";

/// The state of a server with a brand and nothing else.
pub struct World {
    /// The state.
    pub app: App,
    /// The brand.
    pub brand: Account,
    _folder: TempDir,
}

/// Runs `bench` on SQLite in a temporary folder, then on the database of each `postgres://` address among the arguments, which has to be empty.
pub fn on_each_database<F: Future<Output = ()>>(bench: impl Fn(World) -> F) {
    let given = std::env::args().filter(|argument| argument.starts_with("postgres"));
    for url in std::iter::once(None).chain(given.map(Some)) {
        println!("{}", if url.is_some() { "PostgreSQL" } else { "SQLite" });
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        let story = async { bench(World::new(url).await).await };
        runtime.block_on(LocalSet::new().run_until(Box::pin(story)));
    }
}

impl World {
    async fn new(url: Option<String>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut settings = vec![
            ("SERVER__DOMAIN", HERE.to_owned()),
            ("SERVER__DATA_DIR", folder.path().display().to_string()),
            ("SERVER__WORKERS", "2".to_owned()),
            ("FEDERATION__ALLOW_HTTP", "true".to_owned()),
            ("FEDERATION__ALLOW_ADDRESSES", "127.0.0.0/8".to_owned()),
            ("LIMITS__ENABLED", "false".to_owned()),
        ];
        settings.extend(url.map(|url| ("DATABASE__URL", url)));
        let settings = settings.into_iter().map(|(name, value)| (format!("RAPPORT_{name}"), value));
        let config = config::load(None, settings).expect("a configuration");
        let here: Lookup = Arc::new(|_| Box::pin(async { Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]) }));
        let app = App::start_with_lookup(config, Clock::system(), here).await.expect("the server's state");
        let keys = GeneratedKeys::generate().expect("keys");
        let made = app.act(move |conn, cx| {
            setup::fix_address(conn, cx)?;
            setup::ensure_server_actor(conn, cx, &keys)?;
            let new = NewLocal { username: "brand".into(), kind: Kind::Organization, display_name: "Brand".into() };
            create_local(conn, cx, new, &keys)
        });
        let brand = made.await.expect("an empty database");
        Self { app, brand, _folder: folder }
    }
}

/// Prints how many a second there were of what took place since `started`.
pub fn report(what: &str, count: usize, started: Instant) {
    let (taken, count) = (started.elapsed(), u32::try_from(count).expect("a small number"));
    println!("  {what:<60} {:>8.0}/s  {:>7.2} s", f64::from(count) / taken.as_secs_f64(), taken.as_secs_f64());
}
