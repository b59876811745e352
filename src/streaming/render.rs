//! Entities as JSON text. Edges do not know each other, so what renders them is wired in when the process starts.

use std::sync::OnceLock;

use crate::context::Context;
use crate::domain::accounts::Account;
use crate::domain::announcements::{AnnouncementView, Tally};
use crate::domain::direct_threads::DirectThread;
use crate::domain::notifications::Notification;
use crate::domain::posts::views::PostView;
use crate::domain::severances::Severance;
use crate::ids::{AccountId, AnnouncementId};

/// Renders a post as one account sees it.
pub type RenderStatus = Box<dyn Fn(&PostView, &Context, AccountId) -> String + Send + Sync>;
/// Renders a notification: who caused it, the post or the follows it is about, who is told.
pub type RenderNotification = Box<
    dyn Fn(&Notification, &Account, Option<&PostView>, Option<&Severance>, &Context, AccountId) -> String + Send + Sync,
>;
/// Renders a thread of direct messages: who is in it, what was written last, who looks.
pub type RenderConversation =
    Box<dyn Fn(&DirectThread, &[&Account], Option<&PostView>, &Context, AccountId) -> String + Send + Sync>;

/// Renders an announcement as strangers see it.
pub type RenderAnnouncement = Box<dyn Fn(&AnnouncementView, &Context) -> String + Send + Sync>;
/// Renders how often an announcement got one reaction.
pub type RenderReaction = Box<dyn Fn(AnnouncementId, &Tally) -> String + Send + Sync>;

/// What turns rows into the text that streams carry.
pub struct Renderer {
    /// Of posts.
    pub status: RenderStatus,
    /// Of notifications.
    pub notification: RenderNotification,
    /// Of threads of direct messages.
    pub conversation: RenderConversation,
    /// Of announcements.
    pub announcement: RenderAnnouncement,
    /// Of reactions to announcements.
    pub reaction: RenderReaction,
}

static RENDERER: OnceLock<Renderer> = OnceLock::new();

/// Wires in what renders entities; the first one stays, for all servers of this process.
pub fn set_renderer(renderer: Renderer) {
    // A second server in the same process brings the same one.
    drop(RENDERER.set(renderer));
}

pub(super) fn renderer() -> Option<&'static Renderer> {
    RENDERER.get()
}
