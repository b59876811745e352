//! Finding out whose handle is whose: WebFinger (RFC 7033) of other servers, with host-meta (RFC 6415) as a fallback.

use serde_json::Value;

use super::fetch::{self, Budget};
use super::vocab::{MediaType, value};
use crate::app::App;
use crate::error::{Error, Result};
use crate::net::RemoteUrl;
use crate::text::handles::Handle;

/// How many links of one answer are looked at.
const MAX_LINKS: usize = 100;

/// What a lookup found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The handle under which the server knows the account; with a domain.
    pub handle: Handle,
    /// The id of its actor.
    pub actor: String,
}

/// What one answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Answer {
    subject: Option<Handle>,
    actor: Option<String>,
}

/// Looks a handle with a domain up. A server may answer with another handle as the proper one; that one is looked up too, once, and must
/// lead to the same actor. Errors: `NotFound` and `Gone` as the server says, `Upstream` if it cannot be reached, `Conflict` for nonsense.
pub async fn lookup(app: &App, handle: &Handle, budget: &mut Budget) -> Result<Found> {
    let asked = ask(app, handle, budget).await?;
    let actor = asked.actor.ok_or(Error::NotFound("account"))?;
    let Some(subject) = asked.subject.filter(|subject| subject != handle) else {
        return Ok(Found { handle: handle.clone(), actor });
    };
    let proper = ask(app, &subject, budget).await?;
    if proper.actor.as_deref() == Some(actor.as_str()) && proper.subject.as_ref().is_none_or(|again| *again == subject)
    {
        Ok(Found { handle: subject, actor })
    } else {
        Err(Error::Conflict(format!("{handle} and {subject} are said to be one account and are not")))
    }
}

async fn ask(app: &App, handle: &Handle, budget: &mut Budget) -> Result<Answer> {
    let domain = handle.domain.as_deref().ok_or_else(|| Error::bug("a local handle is not looked up elsewhere"))?;
    let resource = format!("acct:{handle}");
    let origin = format!("{}://{domain}", scheme(app, domain)?);
    let query: String = url::form_urlencoded::byte_serialize(resource.as_bytes()).collect();
    let answer = match read(app, &format!("{origin}/.well-known/webfinger?resource={query}"), budget).await {
        Err(Error::NotFound(_)) => {
            let template = template(app, &origin, budget).await?;
            read(app, &template.replace("{uri}", &query), budget).await?
        }
        other => other?,
    };
    Ok(parse(&answer))
}

/// A domain with a port, or one that names this machine, is looked up by the scheme of our own address where plain http is allowed at
/// all; everything else by https.
fn scheme(app: &App, domain: &str) -> Result<String> {
    let host = domain.rsplit_once(':').map_or(domain, |(host, _)| host);
    let is_near = host != domain || host == "localhost" || host.starts_with("127.") || host.starts_with('[');
    Ok(if app.config.federation.allow_http && is_near { app.urls()?.scheme().to_owned() } else { "https".to_owned() })
}

async fn read(app: &App, address: &str, budget: &mut Budget) -> Result<Value> {
    let url = RemoteUrl::parse(address, app.http.policy()).map_err(|why| Error::forbidden(why.to_string()))?;
    let answer = fetch::get(app, &url, "application/jrd+json, application/json", false, budget).await?;
    value::parse(&answer.body, &app.config.limits).map_err(|why| fetch::unusable(answer.final_url.host(), why))
}

/// Where host-meta says that accounts are looked up; holds `{uri}`.
async fn template(app: &App, origin: &str, budget: &mut Budget) -> Result<String> {
    let url = RemoteUrl::parse(&format!("{origin}/.well-known/host-meta"), app.http.policy())
        .map_err(|why| Error::forbidden(why.to_string()))?;
    let answer = fetch::get(app, &url, "application/xrd+xml, application/xml", false, budget).await?;
    let text = String::from_utf8_lossy(&answer.body);
    template_in(&text).ok_or(Error::NotFound("account"))
}

fn template_in(xrd: &str) -> Option<String> {
    let links = xrd.split("<Link").skip(1).take(MAX_LINKS).filter_map(|rest| rest.split('>').next());
    let attribute = |link: &str, name: &str| {
        let (_, rest) = link.split_once(&format!(" {name}="))?;
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        Some(rest.get(1..)?.split(quote).next()?.replace("&amp;", "&"))
    };
    links
        .filter(|link| attribute(link, "rel").as_deref() == Some("lrdd"))
        .filter_map(|link| attribute(link, "template"))
        .find(|t| t.contains("{uri}"))
}

fn parse(jrd: &Value) -> Answer {
    let is_actor = |link: &&Value| {
        let kind = link.get("type").and_then(Value::as_str).map_or(MediaType::Other, MediaType::parse);
        link.get("rel").and_then(Value::as_str) == Some("self") && kind == MediaType::Activity
    };
    let actor =
        value::one_or_many(jrd, "links").take(MAX_LINKS).find(is_actor).and_then(|link| link.get("href")?.as_str());
    Answer {
        subject: jrd
            .get("subject")
            .and_then(Value::as_str)
            .filter(|s| s.starts_with("acct:"))
            .and_then(Handle::parse)
            .filter(|h| h.domain.is_some()),
        actor: actor.and_then(value::canonical),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_actor_link_counts() {
        let jrd = json!({
            "subject": "acct:Bob@r.example",
            "links": [
                {"rel": "self", "type": "text/html", "href": "https://r.example/@bob"},
                {"rel": "alternate", "type": "application/activity+json", "href": "https://r.example/other"},
                {"rel": "self", "type": "application/activity+json", "href": "https://R.example/users/bob"}
            ]
        });
        let answer = parse(&jrd);
        assert_eq!(answer.actor.as_deref(), Some("https://r.example/users/bob"));
        assert_eq!(answer.subject.map(|s| s.to_string()).as_deref(), Some("Bob@r.example"));
        assert_eq!(parse(&json!({"subject": 7, "links": "x"})), Answer { subject: None, actor: None });
        assert_eq!(parse(&json!({"subject": "https://r.example/users/bob"})).subject, None);
    }

    #[test]
    fn host_meta_names_a_template() {
        let xrd = "<?xml version=\"1.0\"?><XRD><Link rel='other' template='x'/><Link type=\"application/jrd+json\" rel=\"lrdd\" template=\"https://r.example/wf?a=1&amp;resource={uri}\"/></XRD>";
        assert_eq!(template_in(xrd).as_deref(), Some("https://r.example/wf?a=1&resource={uri}"));
        assert_eq!(template_in("<XRD></XRD>"), None);
        assert_eq!(template_in("<Link rel=lrdd template={uri}"), None);
    }
}
