//! Moves a payload to host names of its own, so that payloads played side by side do not meet, and what it says of us to what stands here.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;

static HOST: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)\b(https?)://([\p{L}\p{N}_.-]+)(:\d+)?").expect("an expression"));
static ACCT: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"^(acct:[^@]+@)([\p{L}\p{N}_.-]+)(:\d+)?$").expect("an expression"));
/// Names that stand for something in themselves.
const KEPT: [&str; 5] = ["www.w3.org", "w3id.org", "local.example", "schema.org", "purl.org"];

/// Where a payload is played.
pub struct Place<'a> {
    /// What its host names end with, such as `.n7.test`.
    pub suffix: String,
    /// Whether addresses are made plain https without port, as payloads from other projects' own tests need it.
    pub is_tidied: bool,
    /// Addresses of the fixtures' local server and what they are here.
    pub ours: &'a HashMap<String, String>,
}

impl Place<'_> {
    /// Moves a text.
    pub fn text(&self, text: &str) -> String {
        if let Some(here) = self.ours.get(text) {
            return here.clone();
        }
        // Templates that their own tests fill in.
        let text = text.replace("{{domain}}", "templated.example").replace("{{nickname}}", "somebody");
        let moved = HOST.replace_all(&text, |found: &Captures<'_>| {
            let (scheme, host, port) = (&found[1], &found[2], found.get(3).map_or("", |port| port.as_str()));
            if KEPT.contains(&host.to_lowercase().as_str()) || host.parse::<std::net::IpAddr>().is_ok() {
                return found[0].to_owned();
            }
            if self.is_tidied {
                format!("https://{host}{}", self.suffix)
            } else {
                format!("{scheme}://{host}{}{port}", self.suffix)
            }
        });
        ACCT.replace(&moved, |found: &Captures<'_>| format!("{}{}{}", &found[1], &found[2], self.suffix)).into_owned()
    }

    /// Moves a document.
    pub fn document(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(values) => values.iter().map(|value| self.document(value)).collect(),
            Value::Object(map) => map.iter().map(|(name, value)| (self.text(name), self.document(value))).collect(),
            other => other.clone(),
        }
    }
}
