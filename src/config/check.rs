//! What settings mean together: refused where they contradict each other, warned about where they will be regretted.

use super::setting::quoted;
use super::{Config, ConfigError};

impl Config {
    /// What one setting alone cannot tell: settings that do not go together, files that are not there.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        self.check_addresses()?;
        let log = &self.server.log;
        if log.is_empty() || tracing_subscriber::EnvFilter::try_new(log).is_err() {
            let reason = format!("{} is not a log filter such as info or info,rapport=debug", quoted(log));
            return Err(ConfigError::new("server.log", reason));
        }
        if let Some(path) = &self.federation.extra_ca_file
            && let Err(error) = std::fs::File::open(path)
        {
            return Err(ConfigError::new(
                "federation.extra_ca_file",
                format!("{} cannot be read ({error}): give the path of a PEM file, or leave it empty", path.display()),
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
            let ranges: Vec<String> = self.federation.allow_addresses.iter().map(ToString::to_string).collect();
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
    use super::super::load;
    use super::*;

    fn with(settings: &[(&str, &str)]) -> Result<Config, ConfigError> {
        load(None, settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
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
                &[("RAPPORT_SERVER__PUBLIC_URL", "http://a.test:8081"), ("RAPPORT_SERVER__DOMAIN", "a.test:8080")],
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
        for (warning, named) in
            warnings.iter().zip(["federation.allow_http", "127.0.0.0/8", "server.trusted_proxies", "limits.enabled"])
        {
            assert!(warning.contains(named), "{warning}");
        }
        let open =
            [("RAPPORT_SERVER__DOMAIN", "brand.example"), ("RAPPORT_SERVER__PUBLIC_URL", "http://brand.example")];
        let open = with(&open).unwrap();
        assert!(open.warnings().iter().any(|warning| warning.contains("without encryption")));
    }
}
