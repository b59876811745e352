//! The time between password and code: a proof of the first step, in a cookie, good for five minutes.
//!
//! Nothing is kept for it and no secret of the server is needed: it is keyed with what is stored of the password and of the
//! second step, which nobody outside knows and which changes with either.

use std::time::Duration;

use actix_web::cookie::{Cookie, SameSite};

use crate::crypto::tokens;
use crate::domain::users::User;
use crate::ids::UserId;
use crate::time::Time;

/// The cookie.
pub const COOKIE: &str = "rapport_second_step";
/// How long somebody may look for their phone.
const LIFETIME: Duration = Duration::from_secs(300);

/// What a cookie claims, before it was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Who gave the right password.
    pub user: UserId,
    expires: i64,
    proof: String,
}

/// The proof that `user` gave the right password at `now`.
pub fn prove(user: &User, now: Time) -> String {
    let expires = now.after(LIFETIME).unix();
    format!("{}.{expires}.{}", user.id, proof(user, expires))
}

/// Reads a cookie.
pub fn parse(text: &str) -> Option<Claim> {
    let mut parts = text.splitn(3, '.');
    let (user, expires, proof) = (parts.next()?, parts.next()?, parts.next()?);
    Some(Claim { user: user.parse().ok()?, expires: expires.parse().ok()?, proof: proof.to_owned() })
}

impl Claim {
    /// Whether the claim is true of `user` and recent.
    pub fn holds(&self, user: &User, now: Time) -> bool {
        self.user == user.id
            && self.expires > now.unix()
            && tokens::constant_time_eq(&self.proof, proof(user, self.expires))
    }
}

/// The secret stands last and is hashed by itself, so that nothing can be put behind it.
fn proof(user: &User, expires: i64) -> String {
    let secret =
        tokens::hash_token(&format!("{}\n{}", user.password_hash, user.totp_secret.as_deref().unwrap_or_default()));
    tokens::hash_token(&format!("second step\n{}\n{expires}\n{secret}", user.id))
}

/// The cookie that carries a proof.
pub fn cookie(proof: String, is_secure: bool) -> Cookie<'static> {
    let seconds = i64::try_from(LIFETIME.as_secs()).unwrap_or(i64::MAX);
    base(proof, is_secure).max_age(actix_web::cookie::time::Duration::seconds(seconds)).finish()
}

/// Takes the cookie back.
pub fn removal(is_secure: bool) -> Cookie<'static> {
    base(String::new(), is_secure).max_age(actix_web::cookie::time::Duration::ZERO).finish()
}

fn base(value: String, is_secure: bool) -> actix_web::cookie::CookieBuilder<'static> {
    Cookie::build(COOKIE, value).path("/auth").http_only(true).same_site(SameSite::Strict).secure(is_secure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::users::ServerRole;
    use crate::ids::AccountId;

    fn user() -> User {
        User {
            id: UserId(7),
            account_id: AccountId(8),
            email: "ann@brand.example".into(),
            email_lower: "ann@brand.example".into(),
            password_hash: "$argon2id$…".into(),
            role: ServerRole::Owner,
            locale: None,
            totp_secret: Some("ABC".into()),
            totp_confirmed_at: Some(Time::from_unix(1)),
            totp_last_step: None,
            created_at: Time::from_unix(1),
            disabled_at: None,
        }
    }

    #[test]
    fn the_proof_is_good_for_one_person_and_five_minutes() {
        let now = Time::from_unix(1_700_000_000);
        let claim = parse(&prove(&user(), now)).unwrap();
        assert!(claim.holds(&user(), now.after(Duration::from_secs(299))));
        assert!(!claim.holds(&user(), now.after(Duration::from_secs(301))));
        assert!(!claim.holds(&User { id: UserId(9), ..user() }, now));
        assert!(!claim.holds(&User { password_hash: "changed".into(), ..user() }, now));
        let longer = Claim { expires: claim.expires + 1, ..claim };
        assert!(!longer.holds(&user(), now));
        for text in ["", "7", "7.8", "x.8.y", "7.x.y"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
