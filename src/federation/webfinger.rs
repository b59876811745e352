//! WebFinger (RFC 7033) and host-meta (RFC 6415): from a handle or an address to the actor.

use activitypub_federation::fetch::webfinger::{Webfinger, WebfingerLink};
use serde_json::{Value, json};
use url::Url;

use super::actor;
use super::mapping::account_out::preferred_username;
use super::vocab::ACTIVITY_JSON;
use crate::app::App;
use crate::context::Urls;
use crate::domain::accounts::{Account, Kind};
use crate::error::{Error, Result};
use crate::text::html;

/// The media type of WebFinger answers.
pub const JRD: &str = "application/jrd+json";
/// The media type of host-meta.
pub const XRD: &str = "application/xrd+xml";
/// The relation of the page from which people who live here follow somebody elsewhere.
const SUBSCRIBE: &str = "http://ostatus.org/schema/1.0/subscribe";
/// The longest resource that is looked at, in bytes.
const MAX_RESOURCE: usize = 2048;

/// What a resource names.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Named {
    /// The account with this user name.
    Account(String),
    /// The server itself.
    Server,
    /// Nothing of ours.
    Nothing,
}

/// Answers a query for `resource`: `acct:name@domain`, the same without `acct:`, or the address of an actor, a profile or the server.
/// Errors: `Invalid` without a usable resource, `NotFound` for what is not ours, `Gone` for a deleted account.
pub async fn answer(app: &App, resource: Option<&str>) -> Result<Value> {
    let urls = app.urls()?;
    let resource = resource.map(str::trim).filter(|resource| !resource.is_empty() && resource.len() <= MAX_RESOURCE);
    let resource = resource.ok_or_else(|| Error::invalid("resource", "is missing; ask for acct:name@domain"))?;
    let named = read(resource, &urls)?;
    let account = app
        .db
        .read(move |conn| match named {
            Named::Account(name) => actor::find_active(conn, &name),
            Named::Server => actor::find_server(conn),
            Named::Nothing => Err(Error::NotFound("account")),
        })
        .await?;
    write(&describe(&account, &urls)?)
}

/// As JSON without the members that say nothing: not every reader takes `null` for absent.
fn write(answer: &Webfinger) -> Result<Value> {
    let mut document = serde_json::to_value(answer)?;
    for link in document.get_mut("links").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(link) = link.as_object_mut() {
            link.retain(|_, value| !value.is_null());
        }
    }
    Ok(document)
}

fn read(resource: &str, urls: &Urls) -> Result<Named> {
    if resource.starts_with("https://") || resource.starts_with("http://") {
        return Ok(read_address(resource, urls));
    }
    let handle = resource.strip_prefix("acct:").unwrap_or(resource);
    let handle = handle.strip_prefix('@').unwrap_or(handle);
    let (name, host) = handle
        .rsplit_once('@')
        .ok_or_else(|| Error::invalid("resource", "is neither acct:name@domain nor an address"))?;
    let is_ours = [urls.domain(), urls.authority()].iter().any(|ours| ours.eq_ignore_ascii_case(host));
    Ok(match is_ours {
        false => Named::Nothing,
        true if name.eq_ignore_ascii_case(super::mapping::account_out::server_name(urls)) => Named::Server,
        true => Named::Account(name.to_owned()),
    })
}

fn read_address(address: &str, urls: &Urls) -> Named {
    // An address spelt otherwise is still the same one.
    let Ok(url) = Url::parse(address) else { return Named::Nothing };
    if !urls.is_ours(url.as_str()) {
        return Named::Nothing;
    }
    let Some(mut parts) = url.path_segments() else { return Named::Nothing };
    match (parts.next().unwrap_or_default(), parts.next().filter(|part| !part.is_empty()), parts.next()) {
        ("" | "actor" | "about", None, _) => Named::Server,
        ("users", Some(name), None) => Named::Account(name.to_owned()),
        (profile, None, _) => profile.strip_prefix('@').map_or(Named::Nothing, |name| Named::Account(name.to_owned())),
        _ => Named::Nothing,
    }
}

/// The answer about an account: the subject is its canonical handle, whatever was asked for.
fn describe(account: &Account, urls: &Urls) -> Result<Webfinger> {
    let parse = |text: &str| Url::parse(text).map_err(Error::internal);
    let link = |rel: &str, kind: &str, href: Url| WebfingerLink {
        rel: Some(rel.into()),
        kind: Some(kind.into()),
        href: Some(href),
        ..WebfingerLink::default()
    };
    let (actor, page) = (parse(&account.uri)?, parse(&account.url)?);
    let mut links = vec![
        link("self", ACTIVITY_JSON, actor.clone()),
        link("http://webfinger.net/rel/profile-page", "text/html", page.clone()),
    ];
    if account.kind == Kind::Application {
        // Server-level discovery, FEP-d556.
        links.push(link("https://www.w3.org/ns/activitystreams#Service", ACTIVITY_JSON, actor.clone()));
    } else {
        // Where other servers send people who live here to follow or answer somebody there.
        links.push(WebfingerLink {
            rel: Some(SUBSCRIBE.into()),
            template: Some(urls.path("/authorize_interaction?uri={uri}")),
            ..WebfingerLink::default()
        });
    }
    Ok(Webfinger {
        subject: format!("acct:{}@{}", preferred_username(account, urls), urls.domain()),
        links,
        aliases: vec![page, actor],
        properties: std::collections::HashMap::new(),
    })
}

fn template(urls: &Urls) -> String {
    urls.path("/.well-known/webfinger?resource={uri}")
}

/// host-meta as XML: where WebFinger is.
pub fn host_meta_xml(urls: &Urls) -> String {
    let template = html::escape(&template(urls));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<XRD xmlns=\"http://docs.oasis-open.org/ns/xri/xrd-1.0\">\n  <Link rel=\"lrdd\" type=\"{JRD}\" template=\"{template}\"/>\n</XRD>\n"
    )
}

/// host-meta as JSON.
pub fn host_meta_json(urls: &Urls) -> Value {
    json!({ "links": [{ "rel": "lrdd", "type": JRD, "template": template(urls) }] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::federation::mapping::account_out::tests::brand;

    fn named(resource: &str) -> Option<Named> {
        read(resource, &Urls::new("https://social.brand.example", "brand.example")).ok()
    }

    #[test]
    fn many_names_lead_to_one_account() {
        for resource in [
            "acct:brand@brand.example",
            "brand@brand.example",
            "@brand@brand.example",
            "acct:brand@BRAND.example",
            "acct:brand@social.brand.example",
            "https://social.brand.example/users/brand",
            "https://social.brand.example/@brand",
            "https://social.brand.example:443/@brand",
            "https://social.brand.example/@brand/",
        ] {
            assert_eq!(named(resource), Some(Named::Account("brand".into())), "{resource}");
        }
        for resource in [
            "https://social.brand.example",
            "https://social.brand.example/",
            "https://social.brand.example/actor",
            "acct:brand.example@brand.example",
        ] {
            assert_eq!(named(resource), Some(Named::Server), "{resource}");
        }
        for resource in [
            "acct:brand@other.example",
            "https://other.example/users/brand",
            "https://social.brand.example/users/brand/outbox",
            "https://social.brand.example.evil.test/@brand",
            "http://social.brand.example/@brand",
        ] {
            assert_eq!(named(resource), Some(Named::Nothing), "{resource}");
        }
        assert_eq!(named("brand"), None);
    }

    #[test]
    fn the_subject_is_the_canonical_handle() {
        let (account, urls) = brand();
        let answer = write(&describe(&account, &urls).unwrap()).unwrap();
        assert_eq!(answer["subject"], "acct:Brand@brand.example");
        assert_eq!(answer["links"][0]["rel"], "self");
        assert!(answer["links"][0].get("template").is_none());
        assert_eq!(answer["links"][0]["type"], "application/activity+json");
        assert_eq!(answer["links"][0]["href"], "https://brand.example/users/brand");
        assert_eq!(
            answer["links"][2],
            json!({ "rel": SUBSCRIBE, "template": "https://brand.example/authorize_interaction?uri={uri}" })
        );
        assert_eq!(answer["aliases"], json!(["https://brand.example/@Brand", "https://brand.example/users/brand"]));
    }

    #[test]
    fn host_meta_names_webfinger() {
        let (_, urls) = brand();
        assert!(
            host_meta_xml(&urls).contains("template=\"https://brand.example/.well-known/webfinger?resource={uri}\"")
        );
        assert_eq!(host_meta_json(&urls)["links"][0]["rel"], "lrdd");
    }
}
