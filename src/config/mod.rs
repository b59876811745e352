//! The configuration: typed, loaded from a TOML file and the environment, checked as a whole.
//!
//! Each section's file declares its settings with `section!`; that one declaration gives the struct, the defaults, the
//! parsing, the names in the environment and `config/example.toml`. [`load`] is the one place that reads it all.

mod address;
mod database;
mod example;
mod federation;
mod keys;
mod limits;
mod load;
mod media;
mod rate;
mod secret;
mod server;
mod setting;

use std::path::PathBuf;

pub use address::{Domain, PublicUrl};
pub use database::{Database, DatabaseUrl};
pub use example::example;
pub use federation::{Federation, FederationMode};
pub use keys::{Key, SectionKeys};
pub use limits::Limits;
pub use load::{environment, load};
pub use media::Media;
pub use rate::Rate;
pub use secret::Secret;
pub use server::Server;

use keys::{Given, Section};

/// What is wrong with the configuration, as one sentence with the remedy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {reason}")]
pub struct ConfigError {
    at: String,
    reason: String,
}

impl ConfigError {
    /// `at`: the key, with file and line or as the environment names it.
    fn new(at: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            at: at.into(),
            reason: reason.into(),
        }
    }
}

/// All settings. The default is what runs without any configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    /// Where this server is reached and where it keeps its files.
    pub server: Server,
    /// Where the data is.
    pub database: Database,
    /// Which other servers this one talks to, and how.
    pub federation: Federation,
    /// Uploaded files.
    pub media: Media,
    /// The bound of everything that comes from outside.
    pub limits: Limits,
}

/// Every setting there is, section by section.
pub fn table() -> Vec<SectionKeys> {
    vec![
        Server::describe(),
        Database::describe(),
        Federation::describe(),
        Media::describe(),
        Limits::describe(),
    ]
}

impl Config {
    /// Sets one key; `None` if there is none of that name, `Err` with the reason if the value is wrong.
    fn set(&mut self, section: &str, name: &str, given: &Given<'_>) -> Option<Result<(), String>> {
        match section {
            Server::NAME => self.server.set(name, given),
            Database::NAME => self.database.set(name, given),
            Federation::NAME => self.federation.set(name, given),
            Media::NAME => self.media.set(name, given),
            Limits::NAME => self.limits.set(name, given),
            _ => None,
        }
    }

    /// The domain of handles; `None` if it is left to set-up.
    pub fn domain(&self) -> Option<&Domain> {
        self.server.domain.as_ref()
    }

    /// The address under which this server is reached, given or derived from the domain; `None` if it is left to set-up.
    pub fn public_url(&self) -> Option<PublicUrl> {
        self.server
            .public_url
            .clone()
            .or_else(|| self.domain().map(PublicUrl::of))
    }

    /// The whole address of the database, `sqlite://` and a path or `postgres://…`. It may hold a password: for messages,
    /// show [`Config::database`] instead.
    pub fn database_url(&self) -> String {
        self.database().expose()
    }

    /// Where the database is, given or in the data folder; shown without its password.
    pub fn database(&self) -> DatabaseUrl {
        self.database
            .url
            .clone()
            .unwrap_or_else(|| DatabaseUrl::in_folder(&self.server.data_dir))
    }

    /// Whether the data is in a SQLite file.
    pub fn is_sqlite(&self) -> bool {
        self.sqlite_path().is_some()
    }

    /// The SQLite file, where it is one.
    pub fn sqlite_path(&self) -> Option<PathBuf> {
        match self.database() {
            DatabaseUrl::Sqlite(path) => Some(path),
            DatabaseUrl::Postgres(_) => None,
        }
    }

    /// What one setting alone cannot tell: settings that do not go together, files that are not there.
    fn check(&self) -> Result<(), ConfigError> {
        self.check_addresses()?;
        let log = &self.server.log;
        if log.is_empty() || tracing_subscriber::EnvFilter::try_new(log).is_err() {
            let reason = format!(
                "{} is not a log filter such as info or info,rapport=debug",
                setting::quoted(log)
            );
            return Err(ConfigError::new("server.log", reason));
        }
        if let Some(path) = &self.federation.extra_ca_file
            && let Err(error) = std::fs::File::open(path)
        {
            return Err(ConfigError::new(
                "federation.extra_ca_file",
                format!(
                    "{} cannot be read ({error}): give the path of a PEM file, or leave it empty",
                    path.display()
                ),
            ));
        }
        let (for_one, for_all) = (self.federation.delivery_slots_per_host, self.federation.delivery_slots);
        if for_one > for_all {
            let reason = format!(
                "{for_one} is more than the {for_all} of federation.delivery_slots: lower the one or raise the other"
            );
            return Err(ConfigError::new("federation.delivery_slots_per_host", reason));
        }
        Ok(())
    }

    fn check_addresses(&self) -> Result<(), ConfigError> {
        let Some(url) = &self.server.public_url else {
            return Ok(());
        };
        let Some(domain) = self.domain() else {
            return Err(ConfigError::new(
                "server.public_url",
                format!(
                    "is set, but server.domain is not: set server.domain too, to \"{}\" if handles are to end in @{0}",
                    url.authority()
                ),
            ));
        };
        let same_host = domain.host() == url.authority().host();
        if same_host && domain.port() != url.authority().port() && domain.port().is_some() {
            return Err(ConfigError::new(
                "server.public_url",
                format!(
                    "{url} does not fit server.domain {domain}: give both the same port, or leave the port out of server.domain"
                ),
            ));
        }
        Ok(())
    }

    /// What works as configured and is likely to be regretted, one sentence each: to be shown loudly at start.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.federation.allow_http {
            warnings.push(
                "federation.allow_http is on: other servers are contacted and believed without encryption, \
                 so anyone on the way can forge what they say. Use it for tests only."
                    .to_owned(),
            );
        }
        if !self.federation.allow_addresses.is_empty() {
            let ranges: Vec<String> = self
                .federation
                .allow_addresses
                .iter()
                .map(ToString::to_string)
                .collect();
            warnings.push(format!(
                "federation.allow_addresses is set: strangers can make this server contact machines in {}. \
                 Use it for tests and closed networks only.",
                ranges.join(", ")
            ));
        }
        if self.server.trusted_proxies.iter().any(|range| range.prefix_len() == 0) {
            warnings.push(
                "server.trusted_proxies takes the word of every address: any client can pretend to come from anywhere. \
                 Name your reverse proxies only."
                    .to_owned(),
            );
        }
        if !self.limits.enabled {
            warnings.push(
                "limits.enabled is off: nothing slows down guessing of passwords or floods. Use it for measurements only.".to_owned(),
            );
        }
        if let Some(url) = self.public_url()
            && !url.is_secure()
            && !url.authority().is_this_machine()
            && !self.federation.allow_http
        {
            warnings.push(format!(
                "server.public_url is {url}, without encryption: passwords travel in the open and most other servers will not \
                 talk to this one. Put a proxy that speaks TLS before it and use https."
            ));
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(settings: &[(&str, &str)]) -> Result<Config, ConfigError> {
        load(
            None,
            settings
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        )
    }

    #[test]
    fn runs_without_any_configuration() {
        let config = with(&[]).unwrap();
        assert_eq!(config, Config::default());
        assert_eq!(config.server.bind.to_string(), "127.0.0.1:8080");
        assert_eq!((config.domain(), config.public_url()), (None, None));
        assert_eq!(config.database_url(), "sqlite://./data/rapport.db");
        assert!(config.is_sqlite());
        assert_eq!(config.warnings(), Vec::<String>::new());
    }

    #[test]
    fn the_database_lies_in_the_data_folder_unless_said_otherwise() {
        let config = with(&[("RAPPORT_SERVER__DATA_DIR", "/srv/rapport")]).unwrap();
        assert_eq!(config.sqlite_path(), Some("/srv/rapport/rapport.db".into()));
        let config = with(&[("RAPPORT_DATABASE__URL", "postgres://brand:hunter2@db.example/rapport")]).unwrap();
        assert!(!config.is_sqlite());
        assert_eq!(config.database_url(), "postgres://brand:hunter2@db.example/rapport");
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[test]
    fn the_public_address_follows_the_domain() {
        let url = |settings: &[(&str, &str)]| with(settings).unwrap().public_url().map(|url| url.to_string());
        assert_eq!(
            url(&[("RAPPORT_SERVER__DOMAIN", "brand.example")]).as_deref(),
            Some("https://brand.example")
        );
        assert_eq!(
            url(&[("RAPPORT_SERVER__DOMAIN", "localhost:8080")]).as_deref(),
            Some("http://localhost:8080")
        );
        let split = [
            ("RAPPORT_SERVER__DOMAIN", "brand.example"),
            ("RAPPORT_SERVER__PUBLIC_URL", "https://social.brand.example"),
        ];
        assert_eq!(url(&split).as_deref(), Some("https://social.brand.example"));
    }

    #[test]
    fn settings_that_do_not_go_together_are_refused() {
        let cases: [(&[(&str, &str)], &str); 5] = [
            (
                &[("RAPPORT_SERVER__PUBLIC_URL", "https://brand.example:8443")],
                "server.public_url: is set, but server.domain is not: set server.domain too, to \"brand.example:8443\" \
                 if handles are to end in @brand.example:8443",
            ),
            (
                &[
                    ("RAPPORT_SERVER__PUBLIC_URL", "http://a.test:8081"),
                    ("RAPPORT_SERVER__DOMAIN", "a.test:8080"),
                ],
                "server.public_url: http://a.test:8081 does not fit server.domain a.test:8080: give both the same port, \
                 or leave the port out of server.domain",
            ),
            (
                &[("RAPPORT_FEDERATION__DELIVERY_SLOTS", "1")],
                "federation.delivery_slots_per_host: 2 is more than the 1 of federation.delivery_slots: lower the one or raise the other",
            ),
            (
                &[("RAPPORT_FEDERATION__EXTRA_CA_FILE", "/nowhere/ca.pem")],
                "federation.extra_ca_file: /nowhere/ca.pem cannot be read (No such file or directory (os error 2)): \
                 give the path of a PEM file, or leave it empty",
            ),
            (
                &[("RAPPORT_SERVER__LOG", "rapport=loud")],
                "server.log: \"rapport=loud\" is not a log filter such as info or info,rapport=debug",
            ),
        ];
        for (settings, sentence) in cases {
            assert_eq!(with(settings).unwrap_err().to_string(), sentence);
        }
    }

    #[test]
    fn dangerous_settings_are_warned_about() {
        let warnings = with(&[
            ("RAPPORT_FEDERATION__ALLOW_HTTP", "true"),
            ("RAPPORT_FEDERATION__ALLOW_ADDRESSES", "127.0.0.0/8"),
            ("RAPPORT_SERVER__TRUSTED_PROXIES", "0.0.0.0/0"),
            ("RAPPORT_LIMITS__ENABLED", "false"),
        ])
        .unwrap()
        .warnings();
        assert_eq!(warnings.len(), 4);
        for (warning, named) in warnings.iter().zip([
            "federation.allow_http",
            "127.0.0.0/8",
            "server.trusted_proxies",
            "limits.enabled",
        ]) {
            assert!(warning.contains(named), "{warning}");
        }
        let open = [
            ("RAPPORT_SERVER__DOMAIN", "brand.example"),
            ("RAPPORT_SERVER__PUBLIC_URL", "http://brand.example"),
        ];
        let open = with(&open).unwrap();
        assert!(
            open.warnings()
                .iter()
                .any(|warning| warning.contains("without encryption"))
        );
    }
}
