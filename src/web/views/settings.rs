//! A person's own settings: the second step of signing in, allowed apps, and where they are signed in.

use askama::Template;

use super::layout::{Input, Page, Stamp};

/// `/settings/security`. Forms: POST `/settings/security/totp/start`; POST `/settings/security/totp/confirm` and
/// POST `/settings/security/totp/disable`, field `code`.
#[derive(Debug, Clone, Template)]
#[template(path = "settings_security.html", whitespace = "minimize")]
pub struct SecurityPage {
    /// The frame.
    pub page: Page,
    /// How the second step stands.
    pub totp: Totp,
    /// The code to confirm or to switch off with.
    pub code: Input,
    /// New recovery codes, shown once.
    pub recovery_codes: Vec<String>,
}

/// How the second step stands.
#[derive(Debug, Clone, Default)]
pub struct Totp {
    /// On since this day, in words.
    pub enabled: Option<String>,
    /// Being set up; wins over `enabled`.
    pub enrolment: Option<Enrolment>,
    /// How many recovery codes are left; `None` where there are none by design.
    pub recovery_left: Option<u64>,
}

/// A second step that waits for its first code.
#[derive(Debug, Clone, Default)]
pub struct Enrolment {
    /// The `otpauth:` address as a picture: an `svg` element, safe HTML.
    pub qr_svg: String,
    /// The secret in base32, in groups of four.
    pub secret: String,
}

/// `/settings/applications`. Form: POST `/settings/applications/{id}/revoke`.
#[derive(Debug, Clone, Template)]
#[template(path = "settings_apps.html", whitespace = "minimize")]
pub struct AppsPage {
    /// The frame.
    pub page: Page,
    /// The allowed apps, newest first.
    pub apps: Vec<AllowedApp>,
}

/// An app that may act for the reader.
#[derive(Debug, Clone, Default)]
pub struct AllowedApp {
    /// The id that its form names.
    pub id: String,
    /// The name that it gave itself.
    pub name: String,
    /// Its web site.
    pub website: Option<String>,
    /// Whom it acts as: a handle.
    pub acting_as: String,
    /// What it may do, in words.
    pub scopes: Vec<String>,
    /// When it was allowed.
    pub allowed: Stamp,
    /// When it was last used.
    pub used: Option<Stamp>,
}

/// `/settings/sessions`. Forms: POST `/settings/sessions/{id}/revoke`, POST `/settings/sessions/revoke_others`.
#[derive(Debug, Clone, Template)]
#[template(path = "settings_sessions.html", whitespace = "minimize")]
pub struct SessionsPage {
    /// The frame.
    pub page: Page,
    /// Where the reader is signed in, this browser first.
    pub sessions: Vec<SessionLine>,
}

impl SessionsPage {
    /// How many there are besides this one.
    pub fn others(&self) -> usize {
        self.sessions.iter().filter(|session| !session.current).count()
    }
}

/// One browser that is signed in.
#[derive(Debug, Clone, Default)]
pub struct SessionLine {
    /// The id that its form names.
    pub id: String,
    /// Browser and system in words; empty if unknown.
    pub device: String,
    /// The address it was last seen at; empty to leave it out.
    pub address: String,
    /// When it signed in.
    pub since: Stamp,
    /// When it was last seen.
    pub seen: Stamp,
    /// Whether it is this browser.
    pub current: bool,
}
