//! The configuration: typed, loaded from a TOML file and the environment, checked as a whole.
//!
//! Each section's file declares its settings with `section!`; that one declaration gives the struct, the defaults, the
//! parsing, the names in the environment and `config/example.toml`. [`load`] is the one place that reads it all.

mod address;
mod check;
mod database;
mod example;
mod federation;
mod keys;
mod limits;
mod link;
mod load;
mod media;
mod names;
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
pub use link::Link;
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
        Self { at: at.into(), reason: reason.into() }
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
    vec![Server::describe(), Database::describe(), Federation::describe(), Media::describe(), Limits::describe()]
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
        self.server.public_url.clone().or_else(|| self.domain().map(PublicUrl::of))
    }

    /// Where the source code of this server can be had: as configured, else the repository that the package names; `None` if neither does.
    pub fn source_url(&self) -> Option<&str> {
        let repository = Some(env!("CARGO_PKG_REPOSITORY")).filter(|url| !url.is_empty());
        self.server.source_url.as_ref().map(Link::as_str).or(repository)
    }

    /// The whole address of the database, `sqlite://` and a path or `postgres://…`. It may hold a password: for messages,
    /// show [`Config::database`] instead.
    pub fn database_url(&self) -> String {
        self.database().expose()
    }

    /// Where the database is, given or in the data folder; shown without its password.
    pub fn database(&self) -> DatabaseUrl {
        self.database.url.clone().unwrap_or_else(|| DatabaseUrl::in_folder(&self.server.data_dir))
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(settings: &[(&str, &str)]) -> Result<Config, ConfigError> {
        load(None, settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
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
    fn the_source_is_where_the_configuration_says() {
        let changed = [("RAPPORT_SERVER__SOURCE_URL", "https://code.example/ours")];
        assert_eq!(with(&changed).unwrap().source_url(), Some("https://code.example/ours"));
        assert!(with(&[("RAPPORT_SERVER__SOURCE_URL", "code.example")]).is_err());
        assert_ne!(with(&[]).unwrap().source_url(), Some(""), "an unnamed repository is none");
    }

    #[test]
    fn the_public_address_follows_the_domain() {
        let url = |settings: &[(&str, &str)]| with(settings).unwrap().public_url().map(|url| url.to_string());
        assert_eq!(url(&[("RAPPORT_SERVER__DOMAIN", "brand.example")]).as_deref(), Some("https://brand.example"));
        assert_eq!(url(&[("RAPPORT_SERVER__DOMAIN", "localhost:8080")]).as_deref(), Some("http://localhost:8080"));
        let split = [
            ("RAPPORT_SERVER__DOMAIN", "brand.example"),
            ("RAPPORT_SERVER__PUBLIC_URL", "https://social.brand.example"),
        ];
        assert_eq!(url(&split).as_deref(), Some("https://social.brand.example"));
    }
}
