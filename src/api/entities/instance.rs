//! Instance, in both versions. What is advertised here is what is served.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::account::Account;
use crate::config::Config;
use crate::context::Urls;
use crate::domain::accounts::queries::Totals;
use crate::domain::featured_tags::MAX_FEATURED;
use crate::domain::instance_rules::{Rule as Row, Translation};
use crate::domain::instance_texts::Terms;
use crate::domain::posts::marks::MAX_PINS;
use crate::ids::RuleId;

/// The version that clients parse: the API level first, then us.
pub const VERSION: &str = concat!("4.3.0 (compatible; Rapport ", env!("CARGO_PKG_VERSION"), ")");
/// The API version under which everything that is needed is served (2: grouped notifications).
pub const API: u32 = 2;
/// The picture types that can be uploaded.
pub const MEDIA_TYPES: [&str; 4] = ["image/jpeg", "image/png", "image/gif", "image/webp"];

/// What the server says about itself.
#[derive(Debug, Clone, Serialize)]
pub struct Facts {
    /// What it is called.
    pub title: String,
    /// One paragraph.
    pub description: String,
    /// For questions; may be empty.
    pub contact_email: String,
    /// Who answers them.
    #[serde(skip)]
    pub contact: Option<Account>,
    /// Counts.
    #[serde(skip)]
    pub totals: Totals,
    /// The public key by which push services know this server.
    #[serde(skip)]
    pub push_key: String,
    /// Its rules for people.
    #[serde(skip)]
    pub rules: Vec<Rule>,
    /// Whether it has terms of service.
    #[serde(skip)]
    pub has_terms: bool,
}

/// A rule for people.
#[derive(Debug, Clone, Serialize)]
pub struct Rule {
    id: RuleId,
    text: String,
    hint: String,
    translations: BTreeMap<String, Translation>,
}

impl Rule {
    /// With all its translations.
    pub fn render(row: &Row) -> Self {
        Self { id: row.id, text: row.text.clone(), hint: row.hint.clone(), translations: row.translations.0.clone() }
    }
}

/// ExtendedDescription and PrivacyPolicy.
#[derive(Debug, Clone, Serialize)]
pub struct Words {
    /// Null while there are none.
    pub updated_at: Option<String>,
    /// HTML.
    pub content: String,
}

/// Terms of service of one day.
#[derive(Debug, Clone, Serialize)]
pub struct TermsOfService {
    effective_date: String,
    effective: bool,
    content: String,
    succeeded_by: Option<String>,
}

impl TermsOfService {
    /// With what became of them.
    pub fn render(terms: Terms) -> Self {
        Self {
            effective_date: terms.text.effective_on,
            effective: terms.is_effective,
            content: terms.text.content,
            succeeded_by: terms.succeeded_by,
        }
    }
}

fn configuration(facts: &Facts, config: &Config, urls: &Urls) -> Value {
    let limits = &config.limits;
    json!({
        "urls": { "streaming": streaming(urls), "status": null, "about": urls.path("/about"), "privacy_policy": urls.path("/privacy"), "terms_of_service": facts.has_terms.then(|| urls.path("/terms")) },
        "vapid": { "public_key": facts.push_key },
        "accounts": {
            "max_featured_tags": MAX_FEATURED,
            "max_pinned_statuses": MAX_PINS,
            "max_display_name_length": limits.display_name_characters,
            "max_note_length": limits.bio_characters,
            "max_avatar_description_length": limits.alt_text_characters,
            "max_header_description_length": limits.alt_text_characters,
            "max_profile_fields": limits.profile_fields,
            "profile_field_name_limit": limits.profile_field_characters,
            "profile_field_value_limit": limits.profile_field_characters,
        },
        "statuses": { "max_characters": limits.post_characters, "max_media_attachments": limits.media_per_post, "characters_reserved_per_url": crate::text::compose::CHARACTERS_PER_URL },
        "media_attachments": {
            "supported_mime_types": MEDIA_TYPES,
            "description_limit": limits.alt_text_characters,
            "image_size_limit": config.media.max_image_bytes,
            "image_matrix_limit": config.media.max_image_pixels,
            "video_size_limit": 0,
            "video_frame_rate_limit": 0,
            "video_matrix_limit": 0,
        },
        "polls": {
            "max_options": limits.poll_options,
            "max_characters_per_option": limits.poll_option_characters,
            "min_expiration": limits.poll_shortest.as_secs(),
            "max_expiration": limits.poll_longest.as_secs(),
        },
        "translation": { "enabled": false },
        "timelines_access": {
            "live_feeds": { "local": "public", "remote": "public" },
            "hashtag_feeds": { "local": "public", "remote": "public" },
            "trending_link_feeds": { "local": "public", "remote": "public" },
        },
        "limited_federation": config.federation.mode != crate::config::FederationMode::Open,
    })
}

/// The origin of streams, as WebSockets name it.
fn streaming(urls: &Urls) -> String {
    format!("{}://{}", if urls.scheme() == "https" { "wss" } else { "ws" }, urls.authority())
}

/// The second version.
pub fn second(facts: &Facts, config: &Config, urls: &Urls) -> Value {
    json!({
        "domain": urls.domain(),
        "title": facts.title,
        "version": VERSION,
        "source_url": config.source_url().map_or_else(|| urls.path("/about"), str::to_owned),
        "description": facts.description,
        "usage": { "users": { "active_month": facts.totals.active_month } },
        "thumbnail": { "url": urls.path("/assets/header.svg"), "description": "", "versions": {} },
        "icon": [{ "src": urls.path("/assets/icon.svg"), "size": "512x512" }],
        "languages": ["en", "nl"],
        "configuration": configuration(facts, config, urls),
        "registrations": { "enabled": false, "approval_required": false, "reason_required": false, "message": null, "min_age": null, "url": null },
        "api_versions": { "mastodon": API },
        "contact": { "email": facts.contact_email, "account": facts.contact },
        "rules": facts.rules,
    })
}

/// The first version, which many apps still ask for.
pub fn first(facts: &Facts, config: &Config, urls: &Urls) -> Value {
    json!({
        "uri": urls.domain(),
        "title": facts.title,
        "short_description": facts.description,
        "description": facts.description,
        "email": facts.contact_email,
        "version": VERSION,
        "urls": { "streaming_api": streaming(urls) },
        "stats": { "user_count": facts.totals.accounts, "status_count": facts.totals.posts, "domain_count": facts.totals.domains },
        "thumbnail": urls.path("/assets/header.svg"),
        "languages": ["en", "nl"],
        "registrations": false,
        "approval_required": false,
        "invites_enabled": false,
        "max_toot_chars": config.limits.post_characters,
        "configuration": configuration(facts, config, urls),
        "contact_account": facts.contact,
        "rules": facts.rules,
    })
}
