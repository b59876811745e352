//! NodeInfo 2.0 and 2.1: what software this is and how much it is used.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::app::App;
use crate::context::Urls;
use crate::domain::accounts::queries::{self, Totals};
use crate::error::Result;
use crate::time::Time;

/// How long totals are shown before they are counted again.
const FRESH: Duration = Duration::from_secs(300);

/// Which of the two versions of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 2.0.
    V2_0,
    /// 2.1, which also names a home page.
    V2_1,
}

impl Version {
    const fn number(self) -> &'static str {
        match self {
            Self::V2_0 => "2.0",
            Self::V2_1 => "2.1",
        }
    }

    fn schema(self) -> String {
        format!("http://nodeinfo.diaspora.software/ns/schema/{}", self.number())
    }

    /// The `Content-Type` of the document, with its profile.
    pub fn content_type(self) -> String {
        format!("application/json; profile=\"{}#\"", self.schema())
    }
}

/// Totals as last counted.
#[derive(Debug, Default)]
pub struct Counted(Mutex<Option<(Time, Totals)>>);

impl Counted {
    async fn totals(&self, app: &App) -> Result<Totals> {
        let now = app.clock.now();
        let known = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, totals)) = known.filter(|(at, _)| now.since(*at) < FRESH) {
            tracing::trace!(age = now.since(at).as_secs(), "totals from memory");
            return Ok(totals);
        }
        let totals = app.db.read(move |conn| queries::totals(conn, now)).await?;
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, totals));
        Ok(totals)
    }
}

/// The list of versions at `/.well-known/nodeinfo`.
pub fn versions(urls: &Urls) -> Value {
    let link = |version: Version| json!({ "rel": version.schema(), "href": urls.path(&format!("/nodeinfo/{}", version.number())) });
    json!({ "links": [link(Version::V2_0), link(Version::V2_1)] })
}

/// The document itself.
pub async fn document(app: &App, counted: &Counted, version: Version) -> Result<Value> {
    let urls = app.urls()?;
    Ok(describe(counted.totals(app).await?, &urls, version))
}

fn describe(totals: Totals, urls: &Urls, version: Version) -> Value {
    let mut software = json!({ "name": env!("CARGO_PKG_NAME"), "version": env!("CARGO_PKG_VERSION") });
    if let (Version::V2_1, Some(more)) = (version, software.as_object_mut()) {
        more.insert("homepage".into(), json!(urls.path("/about")));
    }
    json!({
        "version": version.number(),
        "software": software,
        "protocols": ["activitypub"],
        "services": { "inbound": [], "outbound": [] },
        "openRegistrations": false,
        "usage": {
            "users": { "total": totals.accounts, "activeMonth": totals.active_month, "activeHalfyear": totals.active_half_year },
            "localPosts": totals.posts,
        },
        "metadata": { "nodeName": urls.domain(), "nodeDescription": env!("CARGO_PKG_DESCRIPTION") },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_have_what_their_schemas_require() {
        let urls = Urls::new("https://brand.example", "brand.example");
        let listed = versions(&urls);
        assert_eq!(listed["links"][1]["href"], "https://brand.example/nodeinfo/2.1");
        for version in [Version::V2_0, Version::V2_1] {
            let document = describe(
                Totals { accounts: 2, active_month: 1, active_half_year: 2, posts: 5, domains: 3 },
                &urls,
                version,
            );
            assert_eq!(document["version"], version.number());
            assert_eq!(document["software"]["name"], "rapport");
            assert_eq!(document["protocols"], json!(["activitypub"]));
            assert_eq!(document["usage"]["users"]["total"], 2);
            assert_eq!(document["software"].get("homepage").is_some(), version == Version::V2_1);
            assert!(document["metadata"].is_object() && document["openRegistrations"].is_boolean());
        }
    }
}
