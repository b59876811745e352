//! What came of the last action, carried over one redirect in a cookie. The cookie names a sentence and never holds one, so
//! nobody can put words into our mouth.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};

use super::i18n::Lang;
use super::views::Flash;

/// The cookie.
pub const COOKIE: &str = "rapport_flash";

/// One thing to say after a redirect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// Signing in needs a code from now on.
    SecondStepOn,
    /// Signing in needs no code any more.
    SecondStepOff,
    /// An app may no longer act.
    AppEnded,
    /// Another browser was signed out.
    SessionEnded,
    /// All other browsers were signed out.
    SessionsEnded,
    /// An app did not get what it asked for.
    AppRefused,
    /// A follow was asked for.
    Followed,
    /// The reader signed out.
    SignedOut,
    /// The server is set up already.
    SetUpAlready,
    /// The proof of the first step has run out.
    SignInAgain,
}

impl Notice {
    const ALL: [Self; 10] = [
        Self::SecondStepOn,
        Self::SecondStepOff,
        Self::AppEnded,
        Self::SessionEnded,
        Self::SessionsEnded,
        Self::AppRefused,
        Self::Followed,
        Self::SignedOut,
        Self::SetUpAlready,
        Self::SignInAgain,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::SecondStepOn => "second-step-on",
            Self::SecondStepOff => "second-step-off",
            Self::AppEnded => "app-ended",
            Self::SessionEnded => "session-ended",
            Self::SessionsEnded => "sessions-ended",
            Self::AppRefused => "app-refused",
            Self::Followed => "followed",
            Self::SignedOut => "signed-out",
            Self::SetUpAlready => "set-up-already",
            Self::SignInAgain => "sign-in-again",
        }
    }

    /// The notice that a cookie names.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| notice.name() == name)
    }

    /// The sentence, and whether it is a good one.
    pub fn say(self, lang: Lang) -> Flash {
        match self {
            Self::SecondStepOn => Flash::done(lang.t("notice-second-step-on")),
            Self::SecondStepOff => Flash::done(lang.t("notice-second-step-off")),
            Self::AppEnded => Flash::done(lang.t("notice-app-ended")),
            Self::SessionEnded => Flash::done(lang.t("notice-session-ended")),
            Self::SessionsEnded => Flash::done(lang.t("notice-sessions-ended")),
            Self::AppRefused => Flash::done(lang.t("notice-app-refused")),
            Self::Followed => Flash::done(lang.t("notice-followed")),
            Self::SignedOut => Flash::done(lang.t("notice-signed-out")),
            Self::SetUpAlready => Flash::problem(lang.t("notice-set-up-already")),
            Self::SignInAgain => Flash::problem(lang.t("notice-sign-in-again")),
        }
    }

    /// The cookie that carries it to the next page.
    pub fn cookie(self, is_secure: bool) -> Cookie<'static> {
        base(self.name(), is_secure).max_age(Duration::minutes(1)).finish()
    }
}

/// Takes the cookie back once the notice was shown.
pub fn removal(is_secure: bool) -> Cookie<'static> {
    base("", is_secure).max_age(Duration::ZERO).finish()
}

fn base(value: &'static str, is_secure: bool) -> actix_web::cookie::CookieBuilder<'static> {
    Cookie::build(COOKIE, value).path("/").http_only(true).same_site(SameSite::Lax).secure(is_secure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_sentences_are_said() {
        for notice in Notice::ALL {
            assert_eq!(Notice::parse(notice.name()), Some(notice));
            assert_ne!(notice.say(Lang::ENGLISH).text, notice.say(Lang::DUTCH).text);
        }
        assert_eq!(Notice::parse("You won a prize"), None);
    }
}
