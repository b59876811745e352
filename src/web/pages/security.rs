//! The second step of signing in: setting it up, and switching it off.

use actix_web::http::StatusCode;
use serde::Deserialize;

use crate::crypto::totp;
use crate::domain::users;
use crate::error::Result;
use crate::web::csp::Forms;
use crate::web::errors::Answer;
use crate::web::flash::Notice;
use crate::web::forms::{Nothing, Submitted};
use crate::web::frame::Frame;
use crate::web::session::SignedIn;
use crate::web::views::Input;
use crate::web::views::settings::{Enrolment, SecurityPage, Totp};
use crate::web::visitor::Visitor;

/// The page.
const PAGE: &str = "/settings/security";
/// The page while a secret waits for its first code.
const ENROLMENT: &str = "/settings/security?step=enrol";

/// What the forms hold.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Code {
    code: String,
}

/// `GET /settings/security`.
pub async fn show(visitor: Visitor) -> Answer {
    let (frame, me, ()) = visitor.read_signed_in(|_, _| Ok(())).await?;
    let enrols = visitor.parameter("step").is_some_and(|step| step == "enrol");
    page(&frame, &me, enrols, Input::default())
}

fn page(frame: &Frame, me: &SignedIn, enrols: bool, code: Input) -> Answer {
    let enrolment = match me.user.totp_secret.as_deref().filter(|_| enrols && !me.user.needs_code()) {
        Some(secret) => Some(enrolment(frame, me, secret).map_err(|error| frame.fail(error))?),
        None => None,
    };
    let enabled = me.user.totp_confirmed_at.filter(|_| me.user.needs_code()).map(|since| frame.lang.date(since));
    let status = if code.error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let framed = frame.private_page(frame.lang.t("security-title"));
    let page = SecurityPage {
        page: framed,
        totp: Totp { enabled, enrolment, recovery_left: None },
        code,
        recovery_codes: Vec::new(),
    };
    Ok(frame.show_as(status, Forms::Ours, &page))
}

fn enrolment(frame: &Frame, me: &SignedIn, secret: &str) -> Result<Enrolment> {
    let address = totp::otpauth_url(secret, &me.account.username, &frame.site)?;
    let groups: Vec<String> =
        secret.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    Ok(Enrolment { qr_svg: totp::qr_svg(&address)?, secret: groups.join(" ") })
}

/// `POST /settings/security/totp/start`: a new secret, which counts once its first code was typed.
pub async fn start(form: Submitted<Nothing>) -> Answer {
    let visitor = form.visitor;
    let (frame, me, ()) = visitor.read_signed_in(|_, _| Ok(())).await?;
    // A new secret would switch off the one that holds, without a code.
    if me.user.needs_code() {
        return Ok(frame.go(PAGE).finish());
    }
    let secret = totp::new_secret().map_err(|error| frame.fail(error))?;
    let user = me.id();
    visitor
        .app
        .act(move |conn, _| users::propose_totp(conn, user, &secret))
        .await
        .map_err(|error| frame.fail(error))?;
    Ok(frame.go(ENROLMENT).finish())
}

/// `POST /settings/security/totp/confirm`.
pub async fn confirm(form: Submitted<Code>) -> Answer {
    let Submitted { visitor, fields } = form;
    let (frame, me, ()) = visitor.read_signed_in(|_, _| Ok(())).await?;
    if me.user.needs_code() {
        return Ok(frame.go(PAGE).finish());
    }
    let Some(step) = good_step(&visitor, &frame, &me, &fields.code)? else {
        return page(&frame, &me, true, wrong(&frame));
    };
    let user = me.id();
    let confirmed = visitor.app.act(move |conn, cx| {
        let fresh = users::use_totp_step(conn, user, step)?;
        if fresh {
            users::confirm_totp(conn, cx, user)?;
        }
        Ok(fresh)
    });
    if confirmed.await.map_err(|error| frame.fail(error))? {
        Ok(frame.go_saying(PAGE, Notice::SecondStepOn))
    } else {
        page(&frame, &me, true, wrong(&frame))
    }
}

/// `POST /settings/security/totp/disable`: a current code shows that it is the owner of the phone.
pub async fn disable(form: Submitted<Code>) -> Answer {
    let Submitted { visitor, fields } = form;
    let (frame, me, ()) = visitor.read_signed_in(|_, _| Ok(())).await?;
    if !me.user.needs_code() {
        return Ok(frame.go(PAGE).finish());
    }
    if good_step(&visitor, &frame, &me, &fields.code)?.is_none() {
        return page(&frame, &me, false, wrong(&frame));
    }
    let user = me.id();
    visitor.app.act(move |conn, _| users::remove_totp(conn, user)).await.map_err(|error| frame.fail(error))?;
    Ok(frame.go_saying(PAGE, Notice::SecondStepOff))
}

/// The step of a code that is good now. Counts as an attempt to sign in.
fn good_step(visitor: &Visitor, frame: &Frame, me: &SignedIn, code: &str) -> Answer<Option<i64>> {
    let account = me.id().to_string();
    visitor
        .take("sign in by account", visitor.app.config.limits.sign_in_per_account, &*account)
        .map_err(|error| frame.fail(error))?;
    let secret = me.user.totp_secret.as_deref();
    Ok(secret.and_then(|secret| totp::check(secret, code, visitor.app.clock.now().unix(), me.user.totp_last_step)))
}

fn wrong(frame: &Frame) -> Input {
    Input::default().refused(frame.lang.t("problem-code"))
}
