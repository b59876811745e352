//! Reading the settings: the defaults, then a TOML file, then the environment.

use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::keys::{Given, SectionKeys};
use super::names::{closest, keys, shortened, suggestion};
use super::{Config, ConfigError, table};

/// What the environment's names start with. `TEST_RAPPORT_…` belongs to the tests and does not.
const PREFIX: &str = "RAPPORT_";

/// Read elsewhere: the log filter of one run, which also has to hold before there is a configuration.
const NOT_A_SETTING: &str = "RAPPORT_LOG";

/// Loads and checks the configuration; names in `env` that do not start with `RAPPORT_` are not looked at.
///
/// # Errors
/// One sentence that names the key, and where it was given.
pub fn load(file: Option<&Path>, env: impl Iterator<Item = (String, String)>) -> Result<Config, ConfigError> {
    let mut config = Config::default();
    if let Some(path) = file {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| {
            ConfigError::new(
                &name,
                format!("the configuration cannot be read ({error}): check the path given with --config"),
            )
        })?;
        apply_toml(&mut config, &name, &text)?;
    }
    let mut settings: Vec<(String, String)> =
        env.filter(|(name, _)| name.starts_with(PREFIX) && name != NOT_A_SETTING).collect();
    settings.sort();
    apply_environment(&mut config, &settings)?;
    config.check()?;
    Ok(config)
}

/// The process's environment for [`load`]. Unlike `std::env::vars` it survives text that is not UTF-8: such a name
/// cannot be ours, and such a value is refused by [`load`] or damaged in a visible way.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
}

fn apply_environment(config: &mut Config, settings: &[(String, String)]) -> Result<(), ConfigError> {
    let table = table();
    for (name, value) in settings {
        let Some(key) = keys(&table).find(|key| key.env_name() == *name) else {
            let asked = name.strip_prefix(PREFIX).unwrap_or(name).replace("__", ".");
            let remedy = match closest(&table, &asked) {
                Some(key) => format!("did you mean {}? It is written {}", key.full_name(), key.env_name()),
                None => "config/example.toml lists them all".to_owned(),
            };
            return Err(ConfigError::new(shortened(name), format!("there is no such setting; {remedy}")));
        };
        if let Some(Err(reason)) = config.set(key.section, key.name, &Given::Text(value)) {
            return Err(ConfigError::new(name, reason));
        }
    }
    Ok(())
}

/// `file` is the name for messages.
fn apply_toml(config: &mut Config, file: &str, text: &str) -> Result<(), ConfigError> {
    let table = table();
    let place = |offset: usize| {
        let line = text.bytes().take(offset).filter(|byte| *byte == b'\n').count().saturating_add(1);
        format!("{file} line {line}")
    };
    let document = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or_else(|| file.to_owned(), |span| place(span.start));
        ConfigError::new(at, format!("this is not TOML: {}", error.message()))
    })?;
    for (section, value) in document.get_ref().iter() {
        let name: &str = section.get_ref();
        let at = format!("{}: {}", place(section.span().start), shortened(name));
        let settings =
            section_settings(&table, name, value.get_ref()).map_err(|reason| ConfigError::new(at, reason))?;
        for (key, value) in settings.iter() {
            let full_name = format!("{name}.{}", key.get_ref());
            let error = |reason: String| {
                ConfigError::new(format!("{}: {}", place(key.span().start), shortened(&full_name)), reason)
            };
            match config.set(name, key.get_ref(), &Given::Toml(value.get_ref())) {
                Some(Ok(())) => {}
                Some(Err(reason)) => return Err(error(reason)),
                None => {
                    return Err(error(format!("there is no such setting; {}", suggestion(&table, &full_name))));
                }
            }
        }
    }
    Ok(())
}

/// The settings below a name at the top of the file, or why there are none.
fn section_settings<'a, 'i>(
    table: &[SectionKeys],
    name: &str,
    value: &'a DeValue<'i>,
) -> Result<&'a DeTable<'i>, String> {
    let is_section = table.iter().any(|section| section.name == name);
    match value.as_table() {
        Some(settings) if is_section => Ok(settings),
        Some(_) => {
            let names: Vec<String> = table.iter().map(|section| format!("[{}]", section.name)).collect();
            Err(format!("there is no such section; there are {}", names.join(", ")))
        }
        None if is_section => {
            Err(format!("this is a section: write [{name}] on a line of its own and its settings below it"))
        }
        None => Err(format!("there is no such setting outside a section; {}", suggestion(table, name))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_env(settings: &[(&str, &str)]) -> Result<Config, String> {
        let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        load(None, settings).map_err(|error| error.to_string())
    }

    fn from_toml(text: &str) -> Result<Config, String> {
        let mut config = Config::default();
        apply_toml(&mut config, "rapport.toml", text).map(|()| config).map_err(|error| error.to_string())
    }

    #[test]
    fn every_setting_can_be_given_in_the_environment() {
        for key in table().into_iter().flat_map(|section| section.keys) {
            let value = key.default.trim_matches(['"', '[', ']']);
            assert_eq!(from_env(&[(key.env_name().as_str(), value)]), Ok(Config::default()), "{}", key.env_name());
        }
    }

    #[test]
    fn the_environment_is_read_by_the_type_of_the_key() {
        let config = from_env(&[
            ("RAPPORT_SERVER__BIND", "[::1]:9000"),
            ("RAPPORT_SERVER__TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8"),
            ("RAPPORT_FEDERATION__MODE", "allowlist"),
            ("RAPPORT_FEDERATION__ALLOW_ADDRESSES", ""),
            ("RAPPORT_LIMITS__API_PER_TOKEN", "3/1m"),
            ("RAPPORT_LIMITS__REQUEST_TIMEOUT", "1500ms"),
        ])
        .unwrap();
        assert_eq!(config.server.bind.port(), 9000);
        assert_eq!(config.server.trusted_proxies.len(), 2);
        assert_eq!(config.federation.mode.name(), "allowlist");
        assert!(config.federation.allow_addresses.is_empty());
        assert_eq!(config.limits.api_per_token.count, 3);
        assert_eq!(config.limits.request_timeout.as_millis(), 1500);
    }

    #[test]
    fn wrong_names_in_the_environment_are_named_whole_with_the_remedy() {
        for (name, sentence) in [
            (
                "RAPPORT_SERVER__BIMD",
                "RAPPORT_SERVER__BIMD: there is no such setting; did you mean server.bind? It is written RAPPORT_SERVER__BIND",
            ),
            (
                "RAPPORT_SERVER_BIND",
                "RAPPORT_SERVER_BIND: there is no such setting; did you mean server.bind? It is written RAPPORT_SERVER__BIND",
            ),
            (
                "RAPPORT_server__bind",
                "RAPPORT_server__bind: there is no such setting; did you mean server.bind? It is written RAPPORT_SERVER__BIND",
            ),
            ("RAPPORT_XYZZY", "RAPPORT_XYZZY: there is no such setting; config/example.toml lists them all"),
        ] {
            assert_eq!(from_env(&[(name, "127.0.0.1:1")]), Err(sentence.to_owned()));
        }
    }

    #[test]
    fn wrong_values_in_the_environment_are_named_whole() {
        for (name, value, sentence) in [
            (
                "RAPPORT_SERVER__BIND",
                "localhost",
                "RAPPORT_SERVER__BIND: \"localhost\" is not an IP address and port such as 127.0.0.1:8080",
            ),
            ("RAPPORT_DATABASE__POOL", "0", "RAPPORT_DATABASE__POOL: 0 is not between 1 and 256"),
            (
                "RAPPORT_FEDERATION__MODE",
                "closed",
                "RAPPORT_FEDERATION__MODE: \"closed\" is not open, allowlist or off",
            ),
            ("RAPPORT_LIMITS__ENABLED", "no", "RAPPORT_LIMITS__ENABLED: \"no\" is not true or false"),
            (
                "RAPPORT_LIMITS__API_PER_TOKEN",
                "many",
                "RAPPORT_LIMITS__API_PER_TOKEN: \"many\" is not a rate such as 300/5m",
            ),
        ] {
            assert_eq!(from_env(&[(name, value)]), Err(sentence.to_owned()));
        }
    }

    #[test]
    fn what_belongs_to_tests_and_to_logging_is_left_alone() {
        assert_eq!(
            from_env(&[("TEST_RAPPORT_POSTGRES_URL", "x"), ("RAPPORT_LOG", "debug"), ("HOME", "/root")]),
            Ok(Config::default())
        );
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("rapport.toml");
        std::fs::write(&file, "[server]\nbind = \"127.0.0.1:1\"\nworkers = 3\n").unwrap();
        let config =
            load(Some(&file), [("RAPPORT_SERVER__BIND".to_owned(), "127.0.0.1:2".to_owned())].into_iter()).unwrap();
        assert_eq!((config.server.bind.port(), config.server.workers), (2, 3));
    }

    #[test]
    fn toml_has_types() {
        let text = "[server]\ntrusted_proxies = [\"10.0.0.0/8\"]\n\
                    [limits]\nenabled = false\nbody_bytes = 2_000_000\nrequest_timeout = \"3s\"\n";
        let config = from_toml(text).unwrap();
        assert_eq!(config.server.trusted_proxies.len(), 1);
        assert!(!config.limits.enabled);
        assert_eq!(config.limits.body_bytes, 2_000_000);
        assert_eq!(config.limits.request_timeout.as_secs(), 3);
    }

    #[test]
    fn mistakes_in_a_file_are_named_with_their_line() {
        for (text, sentence) in [
            (
                "[server]\n\nbimd = \"\"\n",
                "rapport.toml line 3: server.bimd: there is no such setting; did you mean server.bind?",
            ),
            (
                "bind = \"127.0.0.1:1\"\n",
                "rapport.toml line 1: bind: there is no such setting outside a section; did you mean server.bind?",
            ),
            (
                "\n[limits]\nbind = 1\n",
                "rapport.toml line 3: limits.bind: there is no such setting; did you mean server.bind?",
            ),
            (
                "[servr]\n",
                "rapport.toml line 1: servr: there is no such section; there are [server], [database], [federation], [media], [limits]",
            ),
            (
                "server = 1\n",
                "rapport.toml line 1: server: this is a section: write [server] on a line of its own and its settings below it",
            ),
            (
                "[server]\nworkers = \"2\"\n",
                "rapport.toml line 2: server.workers: has to be a whole number, not a text",
            ),
            (
                "[server]\nbind = 8080\n",
                "rapport.toml line 2: server.bind: has to be an IP address and port such as 127.0.0.1:8080, not a whole number",
            ),
            (
                "[server]\ntrusted_proxies = \"10.0.0.0/8\"\n",
                "rapport.toml line 2: server.trusted_proxies: has to be a list of addresses and ranges such as 10.0.0.0/8, not a text",
            ),
            ("[limits]\njson_depth = 1000\n", "rapport.toml line 2: limits.json_depth: 1000 is not between 8 and 127"),
        ] {
            assert_eq!(from_toml(text), Err(sentence.to_owned()));
        }
        let broken = from_toml("[server]\nbind = \n").unwrap_err();
        assert!(broken.starts_with("rapport.toml line 2: this is not TOML: "), "{broken}");
    }

    #[test]
    fn a_file_that_is_not_there_is_one_sentence() {
        let error = load(Some(Path::new("/nowhere/rapport.toml")), std::iter::empty()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "/nowhere/rapport.toml: the configuration cannot be read (No such file or directory (os error 2)): \
             check the path given with --config"
        );
    }

    #[test]
    fn absurd_names_cost_nothing() {
        let long = format!("RAPPORT_{}", "Ä".repeat(1_000_000));
        assert!(from_env(&[(long.as_str(), "")]).unwrap_err().len() < 1000);
    }
}
