//! Signing in, in one step or two, and out.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Deserialize;
use tokio::sync::Semaphore;

use crate::crypto::{passwords, totp};
use crate::domain::users::{self, User};
use crate::domain::{oauth, sessions};
use crate::error::{Error, Result};
use crate::ids::SessionId;
use crate::web::csp::Forms;
use crate::web::errors::Answer;
use crate::web::flash::Notice;
use crate::web::forms::Submitted;
use crate::web::frame::Frame;
use crate::web::views::Input;
use crate::web::views::session::{SignInPage, SignOutPage, TwoFactorPage};
use crate::web::visitor::Visitor;
use crate::web::{return_path, second_step, session};

/// How many passwords are checked at once: each takes a core for a moment and 19 MiB.
static CHECKS: Semaphore = Semaphore::const_new(4);

/// What the sign-in form holds. Programs may send the code at once.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SignIn {
    login: String,
    password: String,
    code: String,
    return_to: String,
}

/// What the form of the second step holds.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SecondStep {
    code: String,
    return_to: String,
}

/// What the form for signing out holds.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SignOut {
    return_to: String,
}

/// `GET /auth/sign_in?return_to=…`. With `again=1` also for those who are signed in.
pub async fn show(visitor: Visitor) -> Answer {
    let return_to = return_path::safe(&visitor.parameter("return_to").unwrap_or_default());
    let waiting = client_of(&return_to);
    let (mut frame, app) =
        visitor.read(move |conn, _| waiting.map(|client| oauth::find_app(conn, &client)).transpose()).await?;
    if frame.viewer.is_some() && visitor.parameter("again").is_none() {
        return Ok(frame.go(&return_to).finish());
    }
    frame.open_form()?;
    let app = app.flatten().map(|app| app.name);
    Ok(frame.show(&form(&frame, Input::default(), return_to, app)))
}

/// The client on whose behalf somebody signs in, by where they go afterwards.
fn client_of(return_to: &str) -> Option<String> {
    let query = return_to.strip_prefix("/oauth/authorize?")?;
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "client_id")
        .map(|(_, value)| value.into_owned())
}

fn form(frame: &Frame, login: Input, return_to: String, app: Option<String>) -> SignInPage {
    SignInPage {
        page: frame.private_page(frame.lang.t("sign-in-title")),
        login,
        password: Input::default(),
        return_to,
        app,
    }
}

/// `POST /auth/sign_in`. Wrong name and wrong password look alike and take equally long.
pub async fn create(form: Submitted<SignIn>) -> Answer {
    let Submitted { visitor, fields } = form;
    let return_to = return_path::safe(&fields.return_to);
    let login = fields.login.trim().to_owned();
    let wanted = login.clone();
    let (mut frame, user) = visitor
        .read(move |conn, _| Ok(users::find_by_login(conn, &wanted)?.filter(|user| user.disabled_at.is_none())))
        .await?;
    let key = user.as_ref().map_or_else(|| login.to_lowercase(), |user| user.id.to_string());
    take(&visitor, &key).map_err(|error| frame.fail(error))?;
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    let fits = verify(fields.password, hash).await.map_err(|error| frame.fail(error))?;
    frame.open_form()?;
    let Some(user) = user.filter(|_| fits) else {
        let login = Input::of(login).refused(frame.lang.t("problem-sign-in"));
        return Ok(frame.show_as(
            StatusCode::UNPROCESSABLE_ENTITY,
            Forms::Ours,
            &self::form(&frame, login, return_to, None),
        ));
    };
    if !user.needs_code() {
        return open(&visitor, &frame, &user, None, &return_to).await;
    }
    if let Some(step) = step_of(&visitor, &user, &fields.code) {
        return open(&visitor, &frame, &user, Some(step), &return_to).await;
    }
    let proof = second_step::cookie(second_step::prove(&user, visitor.app.clock.now()), visitor.is_secure);
    frame.cookies.push(proof);
    let refused = !fields.code.trim().is_empty();
    Ok(ask_code(&frame, refused, return_to))
}

/// `GET /auth/two_factor?return_to=…`: the second step again, after a reload.
pub async fn show_second_step(visitor: Visitor) -> Answer {
    let return_to = return_path::safe(&visitor.parameter("return_to").unwrap_or_default());
    let (mut frame, ()) = visitor.read(|_, _| Ok(())).await?;
    if visitor.second_step.as_deref().and_then(second_step::parse).is_none() {
        return Ok(frame.go(&return_path::sign_in(&return_to)).finish());
    }
    frame.open_form()?;
    Ok(ask_code(&frame, false, return_to))
}

/// `POST /auth/two_factor`.
pub async fn create_second_step(form: Submitted<SecondStep>) -> Answer {
    let Submitted { visitor, fields } = form;
    let return_to = return_path::safe(&fields.return_to);
    let claim = visitor.second_step.as_deref().and_then(second_step::parse);
    let claimed = claim.as_ref().map(|claim| claim.user);
    let (mut frame, user) = visitor.read(move |conn, _| claimed.map(|id| users::find(conn, id)).transpose()).await?;
    let now = visitor.app.clock.now();
    let user =
        user.flatten().filter(|user| user.disabled_at.is_none() && claim.is_some_and(|claim| claim.holds(user, now)));
    let Some(user) = user else {
        return Ok(frame.go_saying(&return_path::sign_in(&return_to), Notice::SignInAgain));
    };
    take(&visitor, &user.id.to_string()).map_err(|error| frame.fail(error))?;
    if let Some(step) = step_of(&visitor, &user, &fields.code) {
        return open(&visitor, &frame, &user, Some(step), &return_to).await;
    }
    frame.open_form()?;
    Ok(ask_code(&frame, true, return_to))
}

fn ask_code(frame: &Frame, refused: bool, return_to: String) -> HttpResponse {
    let code = if refused { Input::default().refused(frame.lang.t("problem-code")) } else { Input::default() };
    let status = if refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = frame.private_page(frame.lang.t("two-factor-title"));
    frame.show_as(status, Forms::Ours, &TwoFactorPage { page, code, recovery: false, return_to })
}

/// The step of a code that is good now and was not used yet.
fn step_of(visitor: &Visitor, user: &User, code: &str) -> Option<i64> {
    totp::check(user.totp_secret.as_deref()?, code, visitor.app.clock.now().unix(), user.totp_last_step)
}

/// Takes one attempt from the allowances of the network and of the account, whichever name it was called by.
fn take(visitor: &Visitor, account: &str) -> Result<()> {
    let limits = &visitor.app.config.limits;
    visitor.take("sign in by address", limits.sign_in_per_address, visitor.network)?;
    visitor.take("sign in by account", limits.sign_in_per_account, account)
}

/// Whether the password fits the hash; without one the same work is done for nothing.
async fn verify(password: String, hash: Option<String>) -> Result<bool> {
    let _permit = CHECKS.acquire().await.map_err(Error::internal)?;
    let check = move || match hash {
        Some(hash) => passwords::verify(&password, &hash),
        None => passwords::verify_dummy(&password),
    };
    tokio::task::spawn_blocking(check).await.map_err(Error::internal)
}

/// Opens the session, in place of the one this browser had, and sends its cookie.
async fn open(visitor: &Visitor, frame: &Frame, user: &User, step: Option<i64>, return_to: &str) -> Answer {
    let (id, agent, address) = (user.id, visitor.user_agent.clone(), visitor.address.to_string());
    let before = frame.viewer.as_ref().map(|me| (me.id(), me.session.id));
    let opened = visitor.app.act(move |conn, cx| {
        // Two requests with one code: only one gets in.
        if let Some(step) = step
            && !users::use_totp_step(conn, id, step)?
        {
            return Ok(None);
        }
        if let Some((user, session)) = before {
            sessions::close(conn, user, session)?;
        }
        sessions::open(conn, cx, id, &agent, &address).map(Some)
    });
    match opened.await.map_err(|error| frame.fail(error))? {
        Some(token) => Ok(frame
            .go(return_to)
            .cookie(session::keep(token, visitor.is_secure))
            .cookie(second_step::removal(visitor.is_secure))
            .finish()),
        None => Ok(ask_code(frame, true, return_to.to_owned())),
    }
}

/// `GET /auth/sign_out?return_to=…`: asks first, so that no link can do it.
pub async fn show_sign_out(visitor: Visitor) -> Answer {
    let return_to = return_path::safe(&visitor.parameter("return_to").unwrap_or_default());
    let (frame, ()) = visitor.read(|_, _| Ok(())).await?;
    match &frame.viewer {
        Some(me) => {
            let page = frame.private_page(frame.lang.t("sign-out-title"));
            Ok(frame.show(&SignOutPage { page, name: me.account.shown_name().to_owned(), return_to }))
        }
        None => Ok(frame.go(&return_to).finish()),
    }
}

/// `POST /auth/sign_out`.
pub async fn sign_out(form: Submitted<SignOut>) -> Answer {
    let Submitted { visitor, fields } = form;
    let return_to = return_path::safe(&fields.return_to);
    let (frame, ()) = visitor.read(|_, _| Ok(())).await?;
    if let Some(me) = frame.viewer.clone() {
        let (user, open): (_, SessionId) = (me.id(), me.session.id);
        visitor.app.act(move |conn, _| sessions::close(conn, user, open)).await.map_err(|error| frame.fail(error))?;
    }
    let gone = session::removal(visitor.is_secure);
    Ok(frame.go(&return_to).cookie(gone).cookie(Notice::SignedOut.cookie(visitor.is_secure)).finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waiting_app_is_known_by_where_one_goes_afterwards() {
        assert_eq!(client_of("/oauth/authorize?scope=read&client_id=a%20b").as_deref(), Some("a b"));
        assert_eq!(client_of("/settings?client_id=a"), None);
    }
}
