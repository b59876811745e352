//! What a push says: the JSON that apps of Mastodon read, in the language of the person behind the token.

use serde::Serialize;

use crate::context::{Context, Urls};
use crate::crypto::push::MAX_MESSAGE;
use crate::db::Conn;
use crate::domain::accounts::{Account, queries as people};
use crate::domain::notifications::{self, Kind, Notification};
use crate::domain::oauth::{self, Acting};
use crate::domain::posts::{Post, Visibility, visibility};
use crate::domain::push_subscriptions::{self, Push, Subscription};
use crate::domain::teams::policy::{self, Act};
use crate::domain::users;
use crate::error::Result;
use crate::i18n::Lang;
use crate::ids::NotificationId;
use crate::text::plain;

/// How many characters of a name are shown.
const NAME: usize = 100;
/// How many characters of a post or profile are shown.
const BODY: usize = 140;
/// What stands in for a missing picture.
const PICTURE: &str = "/assets/avatar.svg";

/// What is to be done about a push.
pub(super) enum Prepared {
    /// It is sent.
    Ready(Box<Ready>),
    /// There is nothing to tell any more, or it is not for whoever holds the token.
    Nothing,
    /// The token does not hold any more; its subscription ends.
    Over,
}

/// A push that can be sent.
pub(super) struct Ready {
    /// Where to.
    pub subscription: Subscription,
    /// JSON, at most [`MAX_MESSAGE`] bytes.
    pub message: String,
    /// Which pushes one is enough of: those with the same key.
    pub group_key: String,
}

/// The message as apps read it.
#[derive(Debug, Serialize)]
struct Message<'a> {
    access_token: &'a str,
    preferred_locale: &'a str,
    /// A number: apps for phones read nothing else.
    notification_id: i64,
    notification_type: Kind,
    icon: String,
    title: String,
    body: String,
}

/// Reads what a push needs, as it stands now.
pub(super) fn prepare(conn: &mut Conn, cx: &Context, push: Push) -> Result<Prepared> {
    let Some(subscription) = push_subscriptions::find(conn, push.subscription)? else { return Ok(Prepared::Nothing) };
    let grant = oauth::recheck_grant(conn, subscription.token_id)?;
    let Some(acting) = grant.and_then(|grant| grant.acting) else { return Ok(Prepared::Over) };
    let Some(told) = find(conn, push.notification, &subscription)? else { return Ok(Prepared::Nothing) };
    let Some(from) = people::find(conn, told.from_id)?.filter(Account::is_active) else { return Ok(Prepared::Nothing) };
    let about = match told.post_id {
        Some(post) => match visibility::find_visible(conn, post, Some(told.account_id))? {
            Some(post) if shows(&acting, &post) => Some(post),
            _ => return Ok(Prepared::Nothing),
        },
        None => None,
    };
    let locale = users::find(conn, acting.user)?.and_then(|user| user.locale);
    let lang = Lang::negotiate(locale.as_deref(), None);
    let message = Message {
        access_token: &subscription.access_token,
        preferred_locale: lang.code(),
        notification_id: told.id.0,
        notification_type: told.kind,
        icon: picture(&from, &cx.urls),
        title: title(told.kind, &from, lang),
        body: body(&from, about.as_ref()),
    };
    let message = fitting(message, &cx.urls)?;
    Ok(Prepared::Ready(Box::new(Ready { message, group_key: told.group_key, subscription })))
}

/// The notification, if it is still there and of the account that the subscription is for.
fn find(conn: &mut Conn, id: NotificationId, subscription: &Subscription) -> Result<Option<Notification>> {
    let told = notifications::find(conn, id)?;
    Ok(told.filter(|told| told.account_id == subscription.account_id && !told.is_filtered))
}

/// Whether the person behind the token may read the post, which the account may see.
fn shows(acting: &Acting, post: &Post) -> bool {
    let role = acting.member.as_ref().map(|member| member.role);
    let handles_direct = acting.member.as_ref().is_none_or(|member| member.handles_direct);
    post.visibility != Visibility::Direct || policy::may(role, handles_direct, Act::ReadDirect).is_ok()
}

/// The JSON; a picture whose address takes up the room is left out.
fn fitting(message: Message<'_>, urls: &Urls) -> Result<String> {
    let text = serde_json::to_string(&message)?;
    if text.len() <= MAX_MESSAGE {
        return Ok(text);
    }
    Ok(serde_json::to_string(&Message { icon: urls.path(PICTURE), ..message })?)
}

fn picture(from: &Account, urls: &Urls) -> String {
    match from.avatar.as_deref() {
        Some(key) if from.is_local() => urls.media(key),
        Some(address) => address.to_owned(),
        None => urls.path(PICTURE),
    }
}

fn title(kind: Kind, from: &Account, lang: Lang) -> String {
    let shown = plain::clean_text(&from.display_name, NAME);
    let name = if shown.is_empty() { from.acct() } else { shown };
    let by = |key: &str| lang.t_plain(key, &[("name", &name)]);
    match kind {
        Kind::Mention => by("push-mention"),
        Kind::Status => by("push-status"),
        Kind::Reblog => by("push-reblog"),
        Kind::Follow => by("push-follow"),
        Kind::FollowRequest => by("push-follow-request"),
        Kind::Favourite => by("push-favourite"),
        Kind::Poll => lang.t("push-poll"),
        Kind::Update => by("push-update"),
        Kind::Quote => by("push-quote"),
        Kind::QuotedUpdate => by("push-quoted-update"),
        Kind::SeveredRelationships => lang.t("push-severed"),
        Kind::ModerationWarning => lang.t("push-warning"),
        Kind::AdminSignUp => by("push-sign-up"),
        Kind::AdminReport => by("push-report"),
    }
}

/// The beginning of the post, or of its warning where it has one; else of what the sender says about themselves.
fn body(from: &Account, about: Option<&Post>) -> String {
    let text = match about {
        Some(post) if !post.spoiler_text.is_empty() => post.spoiler_text.clone(),
        Some(post) => plain::to_plain(&post.content),
        None => plain::to_plain(&from.note),
    };
    plain::excerpt(&text, BODY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_always_fits() {
        let urls = Urls::new("https://brand.example", "brand.example");
        let message = |icon: String| Message {
            access_token: "token",
            preferred_locale: "en",
            notification_id: 12,
            notification_type: Kind::AdminSignUp,
            icon,
            title: "\u{1f469}".repeat(NAME + 100),
            body: "\u{1f469}".repeat(BODY),
        };
        let short: serde_json::Value =
            serde_json::from_str(&fitting(message("https://a.example/a.png".into()), &urls).unwrap()).unwrap();
        assert_eq!(short["icon"], "https://a.example/a.png");
        assert_eq!((&short["notification_id"], &short["notification_type"]), (&12.into(), &"admin.sign_up".into()));
        let long = fitting(message(format!("https://a.example/{}", "a".repeat(3000))), &urls).unwrap();
        assert!(long.len() <= MAX_MESSAGE && long.contains("https://brand.example/assets/avatar.svg"));
    }

    #[test]
    fn every_kind_has_its_sentence_in_every_language() {
        for lang in Lang::ALL {
            for key in ["mention", "status", "reblog", "follow", "follow-request", "favourite", "update", "quote"] {
                let title = lang.t_plain(&format!("push-{key}"), &[("name", &"Ann")]);
                assert!(title.contains("Ann"), "{title}");
            }
        }
    }
}
