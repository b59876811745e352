//! The session cookie and who it stands for.

use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};

use crate::context::Urls;
use crate::db::Conn;
use crate::domain::accounts::{Account, queries as accounts};
use crate::domain::sessions::{self, LIFETIME, Session};
use crate::domain::users::User;
use crate::error::Result;
use crate::ids::{AccountId, UserId};
use crate::peer_address;
use crate::time::Time;

use super::csrf;

/// The session cookie.
pub const COOKIE: &str = "rapport_session";

/// Somebody who is signed in.
#[derive(Clone)]
pub struct SignedIn {
    /// The session of this browser.
    pub session: Session,
    /// The person.
    pub user: User,
    /// The person's own account.
    pub account: Account,
    /// The token in the cookie.
    pub token: String,
}

impl SignedIn {
    /// The person's id.
    pub fn id(&self) -> UserId {
        self.user.id
    }

    /// The id of the person's own account.
    pub fn own_account(&self) -> AccountId {
        self.account.id
    }
}

/// Who holds this session token now.
pub fn find(conn: &mut Conn, token: &str, now: Time) -> Result<Option<SignedIn>> {
    let Some((session, user)) = sessions::find(conn, token, now)? else { return Ok(None) };
    let account = accounts::get(conn, user.account_id)?;
    Ok(Some(SignedIn { session, user, account, token: token.to_owned() }))
}

/// The session token of a request, if its form is one of ours.
pub fn token_of(request: &HttpRequest) -> Option<String> {
    cookie(request, COOKIE).filter(|token| csrf::is_secret(token))
}

/// The value of a cookie of the request.
pub fn cookie(request: &HttpRequest, name: &str) -> Option<String> {
    request.cookie(name).map(|cookie| cookie.value().to_owned())
}

/// The cookie for a session that was just opened or lengthened.
pub fn keep(token: String, is_secure: bool) -> Cookie<'static> {
    let seconds = i64::try_from(LIFETIME.as_secs()).unwrap_or(i64::MAX);
    base(token, is_secure).max_age(Duration::seconds(seconds)).finish()
}

/// Takes the session cookie back.
pub fn removal(is_secure: bool) -> Cookie<'static> {
    base(String::new(), is_secure).max_age(Duration::ZERO).finish()
}

/// The cookie behind the forms of visitors who are not signed in; it ends with the browser.
pub fn form_cookie(secret: String, is_secure: bool) -> Cookie<'static> {
    Cookie::build(csrf::FORM_COOKIE, secret)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Strict)
        .secure(is_secure)
        .finish()
}

fn base(value: String, is_secure: bool) -> actix_web::cookie::CookieBuilder<'static> {
    Cookie::build(COOKIE, value).path("/").http_only(true).same_site(SameSite::Lax).secure(is_secure)
}

/// Whether cookies are for HTTPS only: where that is our address, unless the owner looks in from the machine itself.
pub fn are_secure(request: &HttpRequest, urls: Option<&Urls>) -> bool {
    let direct =
        host_of(request).is_some_and(|host| csrf::is_this_machine(&host)) && !peer_address::is_forwarded(request);
    urls.is_some_and(|urls| urls.scheme() == "https") && !direct
}

/// The `Host` header of a request.
pub fn host_of(request: &HttpRequest) -> Option<String> {
    let named = request.headers().get(actix_web::http::header::HOST).and_then(|host| host.to_str().ok());
    // HTTP/2 has it in the address.
    named.map(str::to_owned).or_else(|| request.uri().authority().map(ToString::to_string))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::crypto::tokens;

    #[test]
    fn only_what_can_be_a_token_is_looked_up() {
        let token = tokens::random_token(32).unwrap();
        let with = |header: &str| token_of(&TestRequest::default().insert_header(("cookie", header)).to_http_request());
        assert_eq!(with(&format!("a=b; {COOKIE}={token}; c=d")), Some(token.clone()));
        assert_eq!(with(&format!("{COOKIE}=short")), None);
        assert_eq!(with(&format!("{COOKIE}={token}x")), None);
        assert_eq!(with(&format!("x{COOKIE}={token}")), None);
        assert_eq!(with(";;;=;"), None);
    }

    #[test]
    fn the_cookie_is_kept_from_scripts_and_other_sites() {
        let text = keep("t".into(), true).to_string();
        for part in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/", "Max-Age=1209600"] {
            assert!(text.contains(part), "{text}");
        }
        assert!(form_cookie("t".into(), false).to_string().contains("SameSite=Strict"));
    }

    #[test]
    fn cookies_are_for_https_only_where_that_is_our_address() {
        let from = |host: &str| TestRequest::default().insert_header(("host", host.to_owned())).to_http_request();
        let (https, http) =
            (Urls::new("https://brand.example", "brand.example"), Urls::new("http://localhost:8080", "localhost:8080"));
        assert!(are_secure(&from("brand.example"), Some(&https)));
        assert!(!are_secure(&from("localhost:8080"), Some(&http)));
        assert!(!are_secure(&from("127.0.0.1:8080"), Some(&https)), "set-up is opened on the machine itself");
        assert!(!are_secure(&from("127.0.0.1:8080"), None));
        let proxied = TestRequest::default()
            .insert_header(("host", "127.0.0.1:8080"))
            .insert_header(("x-forwarded-for", "203.0.113.9"));
        assert!(are_secure(&proxied.to_http_request(), Some(&https)));
    }
}
