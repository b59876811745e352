//! What a running process shares: configuration, database, clock, outbound client, bells. The same for production and tests.

use std::ops::Deref;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Notify;

use crate::config::{Config, FederationMode};
use crate::context::{Context, Urls};
use crate::crypto::push::{PushError, ServerKey};
use crate::db::{Conn, Db, Location, leases, migrate, nodes, settings};
use crate::domain::domain_rules;
use crate::domain::resolver::Resolver;
use crate::error::{Error, Result};
use crate::ids::IdSource;
use crate::media::Storage;
use crate::net::RemoteUrl;
use crate::net::client::{Client, Settings};
use crate::net::resolver::{Lookup, system_lookup};
use crate::rates::Rates;
use crate::tasks::Tasks;
use crate::time::Clock;

/// How often a process looks for what other processes changed.
const WATCH: Duration = Duration::from_secs(1);

/// The shared state of a process. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// What [`App`] holds; reached through it.
pub struct Inner {
    /// The settings it was started with.
    pub config: Config,
    /// The database.
    pub db: Db,
    /// Where time comes from.
    pub clock: Clock,
    /// Makes ids under this process's node number.
    pub ids: IdSource,
    /// The only way out.
    pub http: Client,
    /// Uploaded files.
    pub media: Storage,
    /// Background tasks.
    pub tasks: Tasks,
    /// Rate limits.
    pub rates: Rates,
    /// The key by which push services know this server.
    pub push_key: ServerKey,
    /// Rings when something was written that jobs, deliveries or streams may wait for.
    pub bells: Bells,
    /// This process, as leases and logs name it.
    pub name: String,
    node: i32,
    urls: RwLock<Option<Urls>>,
    rules: RwLock<Arc<domain_rules::Policy>>,
    resolver: OnceLock<Arc<dyn Resolver>>,
}

/// Bells that wake this process's own workers at once; other processes find the work by looking.
#[derive(Default)]
pub struct Bells {
    /// Jobs may be waiting.
    pub jobs: Arc<Notify>,
    /// Jobs that wait for strangers may be waiting.
    pub errands: Arc<Notify>,
    /// Pages may be waiting to be read for their preview cards.
    pub pages: Arc<Notify>,
    /// Received activities may be waiting.
    pub inbox: Arc<Notify>,
    /// Deliveries may be waiting.
    pub deliveries: Arc<Notify>,
    /// Events may be waiting for streams.
    pub events: Arc<Notify>,
}

impl Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    /// Opens the database, brings its schema up to date, leases a node number and reads the address. Makes the data folder if needed.
    /// Errors are sentences with the remedy.
    pub async fn start(config: Config, clock: Clock) -> Result<Self> {
        Self::start_with_lookup(config, clock, system_lookup()).await
    }

    /// Like [`App::start`] with another way to look host names up, for a closed network or a test's world. Addresses are filtered all the same.
    pub async fn start_with_lookup(config: Config, clock: Clock, lookup: Lookup) -> Result<Self> {
        let db = open_database(&config)?;
        db.migrate().await?;
        Self::with_db(config, clock, db, lookup).await
    }

    /// Like [`App::start_with_lookup`] on a database that is open and up to date.
    pub async fn with_db(config: Config, clock: Clock, db: Db, lookup: Lookup) -> Result<Self> {
        if let migrate::Schema::Newer(unknown) = db.schema().await? {
            return Err(Error::Conflict(migrate::newer(&unknown)));
        }
        let extra_ca_pem = config
            .federation
            .extra_ca_file
            .as_ref()
            .map(std::fs::read)
            .transpose()
            .map_err(|why| Error::invalid("federation.extra_ca_file", format!("cannot be read: {why}")))?;
        let name = leases::process_name(&crate::crypto::tokens::random_token(6)?);
        let (holder, now, configured) = (name.clone(), clock.now(), configured_urls(&config));
        let allow_list = config.federation.mode == FederationMode::Allowlist;
        let (node, urls, rules, push_key) = db
            .write(move |conn| {
                let urls = address(conn, configured)?;
                leases::free(conn, &holder)?;
                let rules = domain_rules::Policy::load(conn, allow_list)?;
                Ok((nodes::lease(conn, &holder, now)?, urls, rules, push_key(conn)?))
            })
            .await?;
        let agent =
            format!("Rapport/{} ({})", env!("CARGO_PKG_VERSION"), urls.as_ref().map_or("not set up", |u| u.base()));
        let settings = Settings {
            allow_addresses: config.federation.allow_addresses.clone(),
            allow_http: config.federation.allow_http,
            extra_ca_pem,
            user_agent: agent,
            connect_timeout: config.limits.connect_timeout,
            total_timeout: config.limits.fetch_timeout,
            max_body: config.limits.fetch_bytes,
        };
        let http = Client::with_lookup(settings, lookup)
            .map_err(|why| Error::invalid("federation.extra_ca_file", why.to_string()))?;
        let media = Storage::new(config.server.data_dir.join("media"));
        let urls = urls.map(|urls| with_files(urls, &config));
        let inner = Inner {
            config,
            db,
            clock,
            ids: IdSource::new(node),
            http,
            media,
            tasks: Tasks::default(),
            rates: Rates::default(),
            push_key,
            bells: Bells::default(),
            name,
            node,
            urls: RwLock::new(urls),
            rules: RwLock::new(Arc::new(rules)),
            resolver: OnceLock::new(),
        };
        Ok(Self(Arc::new(inner)))
    }

    /// Our own addresses; an error until set-up has chosen them.
    pub fn urls(&self) -> Result<Urls> {
        let chosen = self.urls.read().unwrap_or_else(PoisonError::into_inner).clone();
        chosen.ok_or_else(|| Error::Busy("This server is not set up yet. Open the set-up link that it printed when it started, or run `rapport setup`.".into()))
    }

    /// Whether the address is known: from the configuration or from set-up.
    pub fn has_address(&self) -> bool {
        self.urls.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Uses these addresses from now on: set-up chose them.
    pub fn use_address(&self, urls: Urls) {
        *self.urls.write().unwrap_or_else(PoisonError::into_inner) = Some(with_files(urls, &self.config));
    }

    /// The surroundings of an action that happens now.
    pub fn context(&self) -> Result<Context> {
        Ok(self.context_with(self.urls()?))
    }

    /// The surroundings of an action under addresses that are not fixed yet: set-up's.
    pub fn context_with(&self, urls: Urls) -> Context {
        Context { now: self.clock.now(), ids: self.ids.clone(), urls }
    }

    /// Runs an action as one transaction and wakes whoever may have work from it. Returns after COMMIT.
    pub async fn act<T: Send + 'static>(
        &self,
        action: impl FnOnce(&mut Conn, &Context) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let cx = self.context()?;
        let outcome = self.db.write(move |conn| action(conn, &cx)).await?;
        self.ring();
        Ok(outcome)
    }

    /// Wakes the workers of this process.
    pub fn ring(&self) {
        self.bells.jobs.notify_one();
        self.bells.errands.notify_one();
        self.bells.pages.notify_one();
        self.bells.events.notify_waiters();
    }

    /// Which other servers may not be talked to.
    pub fn rules(&self) -> Arc<domain_rules::Policy> {
        self.rules.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the rules for other servers again.
    pub async fn reload_rules(&self) -> Result<()> {
        let allow_list = self.config.federation.mode == FederationMode::Allowlist;
        let fresh = self.db.read(move |conn| domain_rules::Policy::load(conn, allow_list)).await?;
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
        Ok(())
    }

    /// Finds accounts and posts on other servers.
    pub fn resolver(&self) -> Result<Arc<dyn Resolver>> {
        self.resolver.get().cloned().ok_or_else(|| Error::bug("no resolver was wired in"))
    }

    /// Refuses an address on another server that a client gave in `field` and that may not be contacted, as far as its text tells.
    pub fn admits(&self, field: &'static str, address: &str) -> Result<()> {
        match RemoteUrl::parse(address, self.http.policy()) {
            Ok(_) => Ok(()),
            Err(why) => Err(Error::invalid(field, format!("cannot be used: {why}"))),
        }
    }

    /// Wires in what finds accounts and posts on other servers; once, at start.
    pub fn set_resolver(&self, resolver: Arc<dyn Resolver>) {
        if self.resolver.set(resolver).is_err() {
            tracing::error!("a resolver was wired in already");
        }
    }

    /// Keeps the node number and follows what other processes change (rules, set-up), until the process stops.
    pub async fn watch(self) {
        let stopping = self.tasks.stopping();
        tokio::pin!(stopping);
        let mut rounds: u64 = 0;
        loop {
            tokio::select! {
                () = &mut stopping => break,
                () = tokio::time::sleep(WATCH) => {}
            }
            rounds += 1;
            if let Err(error) = self.look_around(rounds).await {
                tracing::warn!(%error, "the state of other processes cannot be read");
            }
        }
        self.release().await;
    }

    /// Gives the node number back; the last thing a process does.
    pub async fn release(&self) {
        let (node, holder) = (self.node, self.name.clone());
        if let Err(error) = self.db.write(move |conn| nodes::release(conn, node, &holder)).await {
            tracing::warn!(%error, "the node number was not given back; it is free in two minutes");
        }
    }

    async fn look_around(&self, rounds: u64) -> Result<()> {
        self.reload_rules().await?;
        if !self.has_address()
            && let Some(urls) = self.db.read(|conn| address(conn, None)).await?
        {
            self.use_address(urls);
        }
        // Half a minute leaves room for three failures within a lease.
        if rounds.is_multiple_of(30) {
            let (node, holder, now) = (self.node, self.name.clone(), self.clock.now());
            self.db.write(move |conn| nodes::renew(conn, node, &holder, now)).await?;
        }
        Ok(())
    }
}

/// Makes the data folder if needed and opens the configured database without touching its schema.
pub fn open_database(config: &Config) -> Result<Db> {
    prepare_folder(config)?;
    let location = Location::parse(&config.database_url()).map_err(|why| Error::invalid("database.url", why))?;
    Db::open(
        &location,
        u32::try_from(config.database.pool).unwrap_or(8),
        config.database.busy_timeout,
        config.database.statement_timeout,
    )
}

fn configured_urls(config: &Config) -> Option<Urls> {
    let domain = config.domain()?;
    Some(Urls::new(&config.public_url()?.to_string(), &domain.to_string()))
}

/// The key for push services, made with the first start on this database.
fn push_key(conn: &mut Conn) -> Result<ServerKey> {
    let failed = |why: PushError| Error::bug(format!("the push key: {why}"));
    let kept = match settings::find(conn, settings::PUSH_KEY)? {
        Some(kept) => kept,
        None => {
            let fresh = ServerKey::generate().and_then(|key| key.to_text()).map_err(failed)?;
            settings::set_once(conn, settings::PUSH_KEY, &fresh)?
        }
    };
    ServerKey::from_text(&kept).map_err(failed)
}

/// These addresses, with files where the configuration has them.
fn with_files(urls: Urls, config: &Config) -> Urls {
    match &config.media.public_url {
        Some(origin) => urls.with_files_at(&origin.to_string()),
        None => urls,
    }
}

/// The address in force: the configured one, checked against the one that was fixed with the first actor, or that one.
fn address(conn: &mut Conn, configured: Option<Urls>) -> Result<Option<Urls>> {
    let (domain, base) = (settings::find(conn, settings::DOMAIN)?, settings::find(conn, settings::PUBLIC_URL)?);
    match (configured, domain, base) {
        (Some(urls), Some(fixed), _) if urls.domain() != fixed => Err(Error::invalid(
            "server.domain",
            format!(
                "is {}, but accounts of {fixed} exist here, and other servers know them by that name; set it back to {fixed}, or start with an empty database",
                urls.domain()
            ),
        )),
        (Some(urls), _, _) => Ok(Some(urls)),
        (None, Some(domain), Some(base)) => Ok(Some(Urls::new(&base, &domain))),
        (None, _, _) => Ok(None),
    }
}

/// Makes the data folder (0700) and the database file (0600): both hold private keys.
fn prepare_folder(config: &Config) -> Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    let folder = &config.server.data_dir;
    let failed = |what: &std::path::Path, why: std::io::Error| {
        Error::Busy(format!(
            "{} cannot be made or written ({why}); check its permissions or set server.data_dir",
            what.display()
        ))
    };
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|why| failed(folder, why))?;
    if let Some(path) = config.sqlite_path() {
        std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&path)
            .map_err(|why| failed(&path, why))?;
    }
    Ok(())
}
