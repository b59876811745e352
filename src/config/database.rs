//! `[database]`: where the data is.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use url::Url;

use super::keys::section;
use super::rate::{minutes, seconds};
use super::setting::{Setting, quoted, toml_string};

section! {
    /// Where the data is: a SQLite file, which needs nothing else, or PostgreSQL.
    Database, "database", {
        /// A SQLite file or a database on a PostgreSQL server; the tables are made at the first start.
        /// Empty: the SQLite file rapport.db in server.data_dir.
        url: Option<DatabaseUrl> = None;
        /// Connections at the same time: readers for SQLite (one more writes), all of them for PostgreSQL.
        pool: usize = 8, 1..=256;
        /// How long to wait for a connection or a lock before a request is answered with 503.
        busy_timeout: Duration = seconds(5), Duration::from_millis(100)..=minutes(1);
        /// How long one statement may run on PostgreSQL.
        statement_timeout: Duration = seconds(30), seconds(1)..=minutes(10);
    }
}

/// Where the database is.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL address as libpq reads it, password included.
    Postgres(String),
}

impl DatabaseUrl {
    /// The SQLite file in this folder.
    pub(super) fn in_folder(folder: &Path) -> Self {
        Self::Sqlite(folder.join("rapport.db"))
    }

    /// The whole address; it may hold a password, so it is not for messages.
    pub(super) fn expose(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite://{}", path.display()),
            Self::Postgres(url) => url.clone(),
        }
    }
}

/// Without password and parameters, for messages.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(url) => {
                let Ok(url) = Url::parse(url) else {
                    return f.write_str("postgres://(not shown)");
                };
                let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
                write!(f, "postgres://{}{port}{}", url.host_str().unwrap_or_default(), url.path())
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Setting for DatabaseUrl {
    const KIND: &'static str = "sqlite:///path or postgres://user:password@host/name";

    fn from_text(text: &str) -> Result<Self, String> {
        if text.contains(char::is_control) {
            return Err("holds a control character".to_owned());
        }
        if let Some(path) = text.strip_prefix("sqlite://") {
            return match path {
                "" | "/" => Err("names no file: write sqlite:///path/to/file.db".to_owned()),
                _ if path.contains(":memory:") => {
                    Err("would forget everything at the end: write sqlite:///path/to/file.db".to_owned())
                }
                _ if path.contains('?') => {
                    Err(format!("{} has parameters, which SQLite takes none of here", quoted(text)))
                }
                _ => Ok(Self::Sqlite(path.into())),
            };
        }
        match text.split_once("://") {
            Some(("postgres" | "postgresql", rest)) if !rest.is_empty() => Ok(Self::Postgres(text.to_owned())),
            // the text may hold a password, so it is not repeated
            _ => Err(format!("is not a database address: write {}", Self::KIND)),
        }
    }

    fn to_toml(&self) -> String {
        toml_string(&self.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_engines_are_told_apart() {
        let sqlite = DatabaseUrl::from_text("sqlite:///var/lib/rapport.db").unwrap();
        assert_eq!(sqlite, DatabaseUrl::Sqlite("/var/lib/rapport.db".into()));
        assert_eq!(sqlite.expose(), "sqlite:///var/lib/rapport.db");
        assert!(matches!(
            DatabaseUrl::from_text("postgresql:///rapport?host=/run/postgresql"),
            Ok(DatabaseUrl::Postgres(_))
        ));
        let no_file = ["rapport.db", "sqlite:rapport.db", "sqlite://", "sqlite://:memory:", "sqlite:///a.db?mode=ro"];
        for wrong in no_file.into_iter().chain(["", "mysql://host/name", "postgres://"]) {
            assert!(DatabaseUrl::from_text(wrong).is_err(), "{wrong:?} was taken for a database");
        }
    }

    #[test]
    fn the_password_is_not_shown() {
        let url = DatabaseUrl::from_text("postgres://brand:hunter2@db.example:5433/rapport?password=hunter3").unwrap();
        assert_eq!(url.expose(), "postgres://brand:hunter2@db.example:5433/rapport?password=hunter3");
        assert_eq!(format!("{url} {url:?}"), "postgres://db.example:5433/rapport postgres://db.example:5433/rapport");
        assert!(!DatabaseUrl::from_text("mysql://brand:hunter2@db").unwrap_err().contains("hunter2"));
    }
}
