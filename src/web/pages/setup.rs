//! Set-up: the one page of a server that nobody owns yet.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Deserialize;

use crate::app::App;
use crate::config::{Domain, PublicUrl};
use crate::context::Urls;
use crate::crypto::passwords;
use crate::domain::accounts::actions::GeneratedKeys;
use crate::domain::sessions;
use crate::domain::setup::{self, Answers};
use crate::domain::users::{self, NewUser, ServerRole};
use crate::error::{Error, FieldError, Result};
use crate::text::handles;
use crate::web::csp::Forms;
use crate::web::errors::Answer;
use crate::web::flash::Notice;
use crate::web::forms::Submitted;
use crate::web::frame::Frame;
use crate::web::i18n::Lang;
use crate::web::session;
use crate::web::views::setup::{SetupExpiredPage, SetupForm, SetupPage};
use crate::web::views::{Input, Page};
use crate::web::visitor::Visitor;

/// What the form holds.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filled {
    token: String,
    mode: String,
    address: String,
    username: String,
    email: String,
    password: String,
    brand_name: String,
    brand_handle: String,
}

/// How a link stands.
enum Link {
    Good,
    Expired,
    SetUpAlready,
}

/// `GET /setup?token=…`.
pub async fn show(visitor: Visitor) -> Answer {
    let token = visitor.parameter("token").unwrap_or_default();
    let (mut frame, link) = read_link(&visitor, &token).await?;
    if let Some(answer) = refuse(&frame, &link) {
        return Ok(answer);
    }
    frame.open_form()?;
    let form = SetupForm {
        token,
        fixed_address: fixed(&visitor.app),
        min_password: passwords::MIN_CHARS,
        ..SetupForm::default()
    };
    Ok(page(&frame, StatusCode::OK, form))
}

async fn read_link(visitor: &Visitor, token: &str) -> Answer<(Frame, Link)> {
    let frame = visitor.bare();
    visitor
        .take("sign in by address", visitor.app.config.limits.sign_in_per_address, visitor.network)
        .map_err(|error| frame.fail(error))?;
    let (token, now) = (token.to_owned(), visitor.app.clock.now());
    visitor
        .read(move |conn, _| match setup::check_link(conn, &token, now) {
            Ok(()) => Ok(Link::Good),
            Err(Error::Conflict(_)) => Ok(Link::SetUpAlready),
            Err(Error::Forbidden(_)) => Ok(Link::Expired),
            Err(other) => Err(other),
        })
        .await
}

fn refuse(frame: &Frame, link: &Link) -> Option<HttpResponse> {
    match link {
        Link::Good => None,
        Link::SetUpAlready => Some(frame.go_saying("/auth/sign_in", Notice::SetUpAlready)),
        Link::Expired => {
            let page = Page { bare: true, ..frame.private_page(frame.lang.t("setup-expired-title")) };
            Some(frame.show_as(StatusCode::GONE, Forms::Ours, &SetupExpiredPage { page }))
        }
    }
}

/// The address that the configuration has chosen.
fn fixed(app: &App) -> Option<String> {
    app.urls().ok().map(|urls| urls.base().to_owned())
}

fn page(frame: &Frame, status: StatusCode, form: SetupForm) -> HttpResponse {
    let page = Page { bare: true, ..frame.private_page(frame.lang.t("setup-title")) };
    frame.show_as(status, Forms::Ours, &SetupPage { page, form })
}

/// `POST /setup`: makes the owner, the brand and the server's own actor, and signs the owner in.
pub async fn create(form: Submitted<Filled>) -> Answer {
    let Submitted { visitor, fields } = form;
    let (mut frame, link) = read_link(&visitor, &fields.token).await?;
    if let Some(answer) = refuse(&frame, &link) {
        return Ok(answer);
    }
    frame.open_form()?;
    let mut form = echo(&visitor.app, &fields);
    let urls = choose_address(&visitor, &fields, frame.lang).map_err(|reason| form.address.error = Some(reason)).ok();
    check(&mut form, &fields, frame.lang, visitor.app.config.limits.display_name_characters);
    let Some(urls) = urls.filter(|_| form.problems() == 0) else {
        return Ok(page(&frame, StatusCode::UNPROCESSABLE_ENTITY, form));
    };
    match complete(&visitor, fields, urls.clone()).await {
        Ok((token, brand)) => {
            // A browser that has come another way than the address just chosen would not keep a cookie for HTTPS only.
            let is_secure =
                urls.scheme() == "https" && (visitor.is_forwarded || visitor.host.as_deref() == Some(urls.authority()));
            visitor.app.use_address(urls);
            visitor.app.ring();
            Ok(frame.go(&format!("/@{brand}?welcome=1")).cookie(session::keep(token, is_secure)).finish())
        }
        Err(Error::Invalid(refused)) => {
            explain(&mut form, &refused, frame.lang);
            Ok(page(&frame, StatusCode::UNPROCESSABLE_ENTITY, form))
        }
        Err(error) => Err(frame.fail(error)),
    }
}

/// The answers again, without the password.
fn echo(app: &App, fields: &Filled) -> SetupForm {
    SetupForm {
        token: fields.token.clone(),
        fixed_address: fixed(app),
        trial: fields.mode == "trial",
        address: Input::of(fields.address.trim()),
        username: Input::of(fields.username.trim()),
        email: Input::of(fields.email.trim()),
        password: Input::default(),
        min_password: passwords::MIN_CHARS,
        brand_name: Input::of(fields.brand_name.trim()),
        brand_handle: Input::of(bare_name(&fields.brand_handle)),
    }
}

/// A name as people type it, without the `@`.
fn bare_name(text: &str) -> &str {
    text.trim().trim_start_matches('@')
}

/// The address to fix: the configured one, the one typed, or for a trial the one in the browser's own bar.
fn choose_address(visitor: &Visitor, fields: &Filled, lang: Lang) -> Result<Urls, String> {
    if let Ok(urls) = visitor.app.urls() {
        return Ok(urls);
    }
    if fields.mode == "trial" {
        return trial_address(visitor.host.as_deref()).ok_or_else(|| lang.t("problem-trial-elsewhere"));
    }
    public_address(&fields.address, visitor.app.config.federation.allow_http, lang)
}

fn trial_address(host: Option<&str>) -> Option<Urls> {
    // Port 80 is left out of addresses but may stand in the header.
    let host = host.map(|host| host.strip_suffix(":80").unwrap_or(host))?;
    let domain = host.parse::<Domain>().ok().filter(Domain::is_this_machine)?;
    Some(Urls::new(&format!("http://{domain}"), &domain.to_string()))
}

fn public_address(typed: &str, allow_http: bool, lang: Lang) -> Result<Urls, String> {
    let typed = typed.trim().trim_end_matches('/');
    if typed.is_empty() {
        return Err(lang.t("problem-required"));
    }
    let address = if typed.contains("://") {
        typed.parse::<PublicUrl>().ok()
    } else {
        typed.parse::<Domain>().ok().map(|domain| PublicUrl::of(&domain))
    };
    let address = address.ok_or_else(|| lang.t("problem-address"))?;
    if !address.is_secure() && !allow_http && !address.authority().is_this_machine() {
        return Err(lang.t("problem-plain-http"));
    }
    Ok(Urls::new(&address.to_string(), &address.authority().to_string()))
}

fn check(form: &mut SetupForm, fields: &Filled, lang: Lang, name_limit: usize) {
    form.username.error = check_name(&form.username.value, lang);
    form.brand_handle.error = check_name(&form.brand_handle.value, lang);
    if form.brand_handle.error.is_none() && form.brand_handle.value.eq_ignore_ascii_case(&form.username.value) {
        form.brand_handle.error = Some(lang.t("problem-same-name"));
    }
    form.email.error = if form.email.value.is_empty() {
        Some(lang.t("problem-required"))
    } else {
        users::check_email(&form.email.value).err().map(|_| lang.t("problem-email"))
    };
    form.password.error = check_password(&fields.password, lang);
    form.brand_name.error = match form.brand_name.value.chars().count() {
        0 => Some(lang.t("problem-required")),
        length if length > name_limit => Some(lang.t_with("problem-too-long", &[("max", &name_limit)])),
        _ => None,
    };
}

fn check_name(name: &str, lang: Lang) -> Option<String> {
    if name.is_empty() {
        Some(lang.t("problem-required"))
    } else if handles::is_reserved(name) {
        Some(lang.t("problem-taken"))
    } else if handles::is_valid_local_username(name) {
        None
    } else {
        Some(lang.t_with("problem-username", &[("max", &handles::MAX_LOCAL_USERNAME)]))
    }
}

fn check_password(password: &str, lang: Lang) -> Option<String> {
    if password.chars().count() < passwords::MIN_CHARS {
        return Some(lang.t_with("problem-too-short", &[("min", &passwords::MIN_CHARS)]));
    }
    if password.len() > passwords::MAX_BYTES {
        return Some(lang.t_with("problem-too-long", &[("max", &passwords::MAX_BYTES)]));
    }
    users::check_password(password).err().map(|_| lang.t("problem-password-plain"))
}

/// What only the database could refuse, at the field that is meant.
fn explain(form: &mut SetupForm, refused: &[FieldError], lang: Lang) {
    for FieldError { field, .. } in refused {
        let input = match *field {
            "email" => &mut form.email,
            "brand_username" => &mut form.brand_handle,
            "display_name" => &mut form.brand_name,
            "password" => &mut form.password,
            _ => &mut form.username,
        };
        input.error = Some(lang.t("problem-taken"));
    }
}

/// Everything slow first, then one transaction. Returns the session's token and the brand's name.
async fn complete(visitor: &Visitor, fields: Filled, urls: Urls) -> Result<(String, String)> {
    let Filled { token, username, email, password, brand_name, brand_handle, .. } = fields;
    let prepare = move || {
        Ok::<_, Error>((
            passwords::hash(&password)?,
            GeneratedKeys::generate()?,
            GeneratedKeys::generate()?,
            GeneratedKeys::generate()?,
        ))
    };
    let (password_hash, owner_keys, brand_keys, server_keys) =
        tokio::task::spawn_blocking(prepare).await.map_err(Error::internal)??;
    let answers = Answers {
        owner: NewUser {
            username: bare_name(&username).to_owned(),
            email,
            password_hash,
            role: ServerRole::Owner,
            locale: None,
        },
        brand: (bare_name(&brand_handle).to_owned(), brand_name.trim().to_owned()),
    };
    let (cx, agent, address) =
        (visitor.app.context_with(urls), visitor.user_agent.clone(), visitor.address.to_string());
    let made = visitor.app.db.write(move |conn| {
        // Somebody may have been quicker with the same link.
        setup::check_link(conn, &token, cx.now)?;
        let done = setup::complete(conn, &cx, answers, &owner_keys, &brand_keys, &server_keys)?;
        let token = sessions::open(conn, &cx, done.user.id, &agent, &address)?;
        Ok((token, done.brand.username))
    });
    made.await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_be_typed_in_many_ways() {
        let base = |typed: &str| {
            public_address(typed, false, Lang::ENGLISH).map(|urls| (urls.base().to_owned(), urls.domain().to_owned()))
        };
        let brand = Ok(("https://brand.example".to_owned(), "brand.example".to_owned()));
        for typed in ["brand.example", " https://Brand.example/ ", "BRAND.example"] {
            assert_eq!(base(typed), brand, "{typed}");
        }
        assert_eq!(base("localhost:8080").unwrap().0, "http://localhost:8080");
        for typed in ["", "brand.example/path", "http://brand.example", "@brand.example", "javascript:alert(1)"] {
            assert!(base(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_trial_is_for_this_machine_only() {
        let base = |host: &str| trial_address(Some(host)).map(|urls| urls.base().to_owned());
        assert_eq!(base("127.0.0.1:8080").as_deref(), Some("http://127.0.0.1:8080"));
        assert_eq!(base("localhost").as_deref(), Some("http://localhost"));
        assert_eq!(base("localhost:80").as_deref(), Some("http://localhost"));
        assert_eq!(base("[::1]:8080").as_deref(), Some("http://[::1]:8080"));
        for host in ["brand.example", "192.168.1.5:8080", "localhost.evil.example", ""] {
            assert_eq!(base(host), None, "{host}");
        }
    }

    #[test]
    fn each_answer_gets_its_own_reason() {
        let fields = Filled {
            username: "ann".into(),
            brand_handle: "@Ann".into(),
            email: "ann".into(),
            password: "short".into(),
            ..Filled::default()
        };
        let mut form = SetupForm {
            username: Input::of("ann"),
            brand_handle: Input::of("Ann"),
            email: Input::of("ann"),
            ..SetupForm::default()
        };
        check(&mut form, &fields, Lang::ENGLISH, 100);
        assert_eq!(form.username.error, None);
        for (input, part) in [
            (&form.brand_handle, "different"),
            (&form.email, "e-mail"),
            (&form.password, "10 characters"),
            (&form.brand_name, "needed"),
        ] {
            assert!(input.error.as_deref().is_some_and(|error| error.contains(part)), "{input:?}");
        }
        assert!(
            check_name("settings", Lang::ENGLISH).is_some()
                && check_name("a b", Lang::ENGLISH).is_some()
                && check_name("ann_1", Lang::ENGLISH).is_none()
        );
    }
}
