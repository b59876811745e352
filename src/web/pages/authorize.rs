//! Letting an app act for somebody: which app, what it may do, and as whom (RFC 6749 section 4.1, PKCE with S256 only).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::interaction::Persona;
use crate::domain::oauth::{self, App, Consent, OUT_OF_BAND, Scopes};
use crate::error::Error;
use crate::ids::AccountId;
use crate::web::csp::Forms;
use crate::web::errors::Answer;
use crate::web::flash::Notice;
use crate::web::forms::Submitted;
use crate::web::frame::Frame;
use crate::web::return_path::{self, encode};
use crate::web::session::SignedIn;
use crate::web::views::authorize::{AppCard, AuthorizePage, CodePage, describe_scopes};
use crate::web::views::error::ErrorPage;
use crate::web::views::layout::Hidden;
use crate::web::visitor::Visitor;

/// The parameters that the form carries along.
const CARRIED: [&str; 7] =
    ["client_id", "redirect_uri", "response_type", "scope", "state", "code_challenge", "code_challenge_method"];

/// A request for authorisation as it came.
#[derive(Debug, Clone, Default)]
struct Request(Vec<(String, String)>);

impl Request {
    /// The parameters of a query.
    fn of(query: &str) -> Self {
        Self(
            url::form_urlencoded::parse(query.as_bytes())
                .take(64)
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
        )
    }

    /// The first value of that name that says anything.
    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// What the form carries along.
    fn hidden(&self) -> Vec<Hidden> {
        CARRIED
            .iter()
            .filter_map(|name| self.get(name).map(|value| Hidden { name: (*name).to_owned(), value: value.to_owned() }))
            .collect()
    }

    /// The page's own path for this request, without what must happen only once.
    fn path(&self) -> String {
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(self.hidden().iter().map(|field| (&field.name, &field.value)))
            .finish();
        format!("/oauth/authorize?{query}")
    }
}

/// A request that can be granted.
#[derive(Debug, Clone)]
struct Valid {
    app: App,
    redirect_uri: String,
    scopes: Scopes,
    state: Option<String>,
    challenge: Option<String>,
}

/// Why a request cannot be granted.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Refusal {
    /// The app is not known here: told to the reader, since nobody can be trusted with the answer.
    UnknownApp,
    /// The answer would go to an address that the app did not register: told to the reader too.
    WrongRedirect,
    /// The app asked wrongly: told to the app, by an error code of RFC 6749 section 4.1.2.1.
    Told(&'static str, &'static str),
}

fn check(request: &Request, app: Option<App>) -> Result<Valid, Refusal> {
    let app = app.ok_or(Refusal::UnknownApp)?;
    let redirect_uri =
        request.get("redirect_uri").filter(|uri| app.redirects_to(uri)).ok_or(Refusal::WrongRedirect)?.to_owned();
    if request.get("response_type") != Some("code") {
        return Err(Refusal::Told("unsupported_response_type", "response_type must be code"));
    }
    let bad_scope = Refusal::Told("invalid_scope", "the scope is unknown or wider than what the app registered");
    let scopes = Scopes::parse(request.get("scope").unwrap_or("read")).map_err(|_| bad_scope.clone())?;
    if !app.scopes().cover(&scopes) {
        return Err(bad_scope);
    }
    let challenge = match (request.get("code_challenge"), request.get("code_challenge_method")) {
        (None, None) => None,
        (Some(challenge), Some("S256")) if is_challenge(challenge) => Some(challenge.to_owned()),
        _ => return Err(Refusal::Told("invalid_request", "code_challenge must be used with the method S256")),
    };
    Ok(Valid { redirect_uri, scopes, state: request.get("state").map(str::to_owned), challenge, app })
}

/// Whether the text can be a SHA-256 in URL-safe base64.
fn is_challenge(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// The registered address with the answer in its query; otherwise byte for byte as registered.
fn answer_address(redirect_uri: &str, answer: &[(&str, &str)], state: Option<&str>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(answer);
    if let Some(state) = state {
        query.append_pair("state", state);
    }
    let joint = if redirect_uri.contains('?') { '&' } else { '?' };
    format!("{redirect_uri}{joint}{}", query.finish())
}

fn refuse(frame: &Frame, request: &Request, refusal: Refusal) -> HttpResponse {
    let lang = frame.lang;
    let what = match refusal {
        Refusal::UnknownApp => lang.t("authorize-unknown-app"),
        Refusal::WrongRedirect => lang.t("authorize-wrong-redirect"),
        Refusal::Told(code, description) => match request.get("redirect_uri") {
            Some(uri) if uri != OUT_OF_BAND => {
                let address =
                    answer_address(uri, &[("error", code), ("error_description", description)], request.get("state"));
                return frame.go(&address).finish();
            }
            _ => lang.t_with("authorize-asked-wrongly", &[("reason", &description)]),
        },
    };
    frame.show_as(StatusCode::BAD_REQUEST, Forms::Ours, &ErrorPage::new(frame.private_page(""), 400, 0).because(what))
}

/// `GET /oauth/authorize`.
pub async fn show(visitor: Visitor) -> Answer {
    let request = Request::of(&query_of(&visitor));
    let client = request.get("client_id").map(str::to_owned);
    let (frame, (app, personas)) = visitor
        .read(move |conn, me| {
            let app = client.map(|client| oauth::find_app(conn, &client)).transpose()?.flatten();
            let personas = me.map(|me| Persona::list(conn, me)).transpose()?.unwrap_or_default();
            Ok((app, personas))
        })
        .await?;
    let valid = match check(&request, app) {
        Ok(valid) => valid,
        Err(refusal) => return Ok(refuse(&frame, &request, refusal)),
    };
    let forced = request.get("force_login").is_some_and(|value| matches!(value, "true" | "1"));
    let Some(me) = frame.viewer.clone().filter(|_| !forced) else {
        let again = if forced { "&again=1" } else { "" };
        return Ok(frame.go(&format!("/auth/sign_in?return_to={}{again}", encode(&request.path()))).finish());
    };
    Ok(frame.show_as(StatusCode::OK, Forms::Anywhere, &page(&frame, &request, &valid, &me, &personas, None)))
}

fn query_of(visitor: &Visitor) -> String {
    visitor.path_and_query().split_once('?').map(|(_, query)| query.to_owned()).unwrap_or_default()
}

fn page(
    frame: &Frame,
    request: &Request,
    valid: &Valid,
    me: &SignedIn,
    personas: &[Persona],
    error: Option<String>,
) -> AuthorizePage {
    let names: Vec<&str> = valid.scopes.names().collect();
    let host = |address: &str| {
        url::Url::parse(address).ok().map(|url| {
            url.host_str().filter(|_| url.scheme().starts_with("http")).unwrap_or_else(|| url.scheme()).to_owned()
        })
    };
    AuthorizePage {
        page: frame.private_page(frame.lang.t_plain("authorize-title", &[("app", &valid.app.name)])),
        app: AppCard {
            name: valid.app.name.clone(),
            website_host: valid.app.website.as_deref().and_then(host),
            redirect_host: Some(valid.redirect_uri.as_str()).filter(|uri| *uri != OUT_OF_BAND).and_then(host),
        },
        scopes: describe_scopes(frame.lang, &names),
        choices: personas.iter().enumerate().map(|(place, persona)| persona.choice(frame, place == 0)).collect(),
        hidden: request.hidden(),
        signed_in_as: me.account.shown_name().to_owned(),
        error,
        switch_url: return_path::with_return("/auth/sign_out", &request.path()),
    }
}

/// `POST /oauth/authorize`: the answer. Parameters may stand in the form or still in the address.
pub async fn decide(form: Submitted<Vec<(String, String)>>) -> Answer {
    let Submitted { visitor, fields } = form;
    let mut request = Request(fields);
    request.0.extend(Request::of(&query_of(&visitor)).0);
    let client = request.get("client_id").map(str::to_owned);
    let (frame, (app, personas)) = visitor
        .read(move |conn, me| {
            let app = client.map(|client| oauth::find_app(conn, &client)).transpose()?.flatten();
            let personas = me.map(|me| Persona::list(conn, me)).transpose()?.unwrap_or_default();
            Ok((app, personas))
        })
        .await?;
    let valid = match check(&request, app) {
        Ok(valid) => valid,
        Err(refusal) => return Ok(refuse(&frame, &request, refusal)),
    };
    let Some(me) = frame.viewer.clone() else {
        return Ok(frame.go(&return_path::sign_in(&request.path())).finish());
    };
    if request.get("decision") != Some("allow") {
        return Ok(deny(&frame, &valid));
    }
    // Without a choice it is the one that the page has chosen: oneself.
    let chosen = request.get("account").map_or(Some(me.own_account()), |id| id.parse::<AccountId>().ok());
    let Some(account) = chosen.filter(|id| personas.iter().any(|persona| persona.account.id == *id)) else {
        let page = page(&frame, &request, &valid, &me, &personas, Some(frame.lang.t("problem-choose")));
        return Ok(frame.show_as(StatusCode::UNPROCESSABLE_ENTITY, Forms::Anywhere, &page));
    };
    allow(&visitor, &frame, valid, &me, account).await
}

fn deny(frame: &Frame, valid: &Valid) -> HttpResponse {
    if valid.redirect_uri == OUT_OF_BAND {
        return frame.go_saying("/", Notice::AppRefused);
    }
    let answer = [("error", "access_denied"), ("error_description", "The resource owner denied the request.")];
    frame.go(&answer_address(&valid.redirect_uri, &answer, valid.state.as_deref())).finish()
}

async fn allow(visitor: &Visitor, frame: &Frame, valid: Valid, me: &SignedIn, account: AccountId) -> Answer {
    let Valid { app, redirect_uri, scopes, state, challenge } = valid;
    let consent = Consent {
        app: app.id,
        user: me.id(),
        account,
        scopes,
        redirect_uri: redirect_uri.clone(),
        code_challenge: challenge,
    };
    let code = visitor
        .app
        .act(move |conn, cx| oauth::issue_code(conn, cx, &consent))
        .await
        .map_err(|error| frame.fail(error))?;
    let to = if redirect_uri == OUT_OF_BAND {
        format!("/oauth/authorize/native?code={}&client_id={}&account={account}", encode(&code), encode(&app.client_id))
    } else {
        answer_address(&redirect_uri, &[("code", &code)], state.as_deref())
    };
    Ok(frame.go(&to).finish())
}

/// `GET /oauth/authorize/native?code=…`: the code of an app that cannot be sent back to.
pub async fn show_code(visitor: Visitor) -> Answer {
    let (code, client) = (visitor.parameter("code"), visitor.parameter("client_id").unwrap_or_default());
    let (frame, _, (app, personas)) =
        visitor.read_signed_in(move |conn, me| Ok((oauth::find_app(conn, &client)?, Persona::list(conn, me)?))).await?;
    let acting_as = visitor.parameter("account").and_then(|id| id.parse::<AccountId>().ok());
    let persona = personas.into_iter().find(|persona| Some(persona.account.id) == acting_as);
    let (Some(code), Some(app), Some(persona)) = (code, app, persona) else {
        return Err(frame.fail(Error::NotFound("code")));
    };
    let page = frame.private_page(frame.lang.t("code-title"));
    Ok(frame.show(&CodePage { page, app: app.name, acting_as: persona.account.shown_name().to_owned(), code }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::tokens;
    use crate::db::Json;
    use crate::ids::AppId;
    use crate::time::Time;

    fn app() -> App {
        App {
            id: AppId(1),
            client_id: "client".into(),
            secret_hash: String::new(),
            name: "App".into(),
            website: None,
            redirect_uris: Json(vec!["app://callback".into(), "https://app.example/cb?x=1".into(), OUT_OF_BAND.into()]),
            scopes: "read write:statuses".into(),
            created_at: Time::from_unix(0),
        }
    }

    fn asked(more: &[(&str, &str)]) -> Result<Valid, Refusal> {
        let mut pairs: Vec<(String, String)> = more.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect();
        for (name, value) in [("client_id", "client"), ("redirect_uri", "app://callback"), ("response_type", "code")] {
            pairs.push((name.into(), value.into()));
        }
        check(&Request(pairs), Some(app()))
    }

    #[test]
    fn a_good_request_is_granted_as_asked() {
        let challenge = tokens::s256_challenge("verifier");
        let valid = asked(&[
            ("scope", "read:statuses"),
            ("state", "s"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ])
        .unwrap();
        assert_eq!(
            (valid.scopes.to_string().as_str(), valid.state.as_deref(), valid.challenge),
            ("read:statuses", Some("s"), Some(challenge))
        );
        assert_eq!(asked(&[]).unwrap().scopes.to_string(), "read");
    }

    #[test]
    fn nobody_unknown_is_answered() {
        assert_eq!(check(&Request::of("client_id=x"), None).unwrap_err(), Refusal::UnknownApp);
        for uri in ["app://callback/", "APP://callback", "https://evil.example", "https://app.example/cb"] {
            assert_eq!(asked(&[("redirect_uri", uri)]).unwrap_err(), Refusal::WrongRedirect, "{uri}");
        }
    }

    #[test]
    fn the_app_is_told_what_it_asked_wrongly() {
        let code = |more: &[(&str, &str)]| match asked(more).unwrap_err() {
            Refusal::Told(code, _) => code,
            other => panic!("{other:?}"),
        };
        assert_eq!(code(&[("response_type", "token")]), "unsupported_response_type");
        assert_eq!(code(&[("scope", "write")]), "invalid_scope");
        assert_eq!(code(&[("scope", "fly")]), "invalid_scope");
        let challenge = tokens::s256_challenge("verifier");
        assert_eq!(code(&[("code_challenge", &challenge)]), "invalid_request");
        assert_eq!(code(&[("code_challenge", &challenge), ("code_challenge_method", "plain")]), "invalid_request");
        assert_eq!(code(&[("code_challenge", "short"), ("code_challenge_method", "S256")]), "invalid_request");
    }

    #[test]
    fn the_answer_goes_to_the_registered_address_untouched() {
        assert_eq!(
            answer_address("app://callback", &[("code", "a b")], Some("x&y")),
            "app://callback?code=a+b&state=x%26y"
        );
        assert_eq!(
            answer_address("https://app.example/cb?x=1", &[("error", "e")], None),
            "https://app.example/cb?x=1&error=e"
        );
    }

    #[test]
    fn signing_in_comes_back_to_the_same_question_once() {
        let request = Request::of("client_id=a&force_login=true&scope=read+write&state=%26");
        assert_eq!(request.path(), "/oauth/authorize?client_id=a&scope=read+write&state=%26");
        assert!(return_path::is_local(&request.path()));
    }
}
