//! Conversation: a thread of direct messages.

use serde::Serialize;

use super::account::Account;
use super::status::Status;
use crate::context::Context;
use crate::domain::accounts::Account as Person;
use crate::domain::direct_threads::DirectThread;
use crate::domain::posts::views::PostView;
use crate::ids::{AccountId, DirectThreadId};

/// A thread of direct messages as one account sees it.
#[derive(Debug, Serialize)]
pub struct Conversation {
    id: DirectThreadId,
    unread: bool,
    accounts: Vec<Account>,
    last_status: Option<Status>,
}

impl Conversation {
    /// `people`: those in the thread besides oneself; `last`: what was written last.
    pub fn render(
        thread: &DirectThread,
        people: &[&Person],
        last: Option<&PostView>,
        cx: &Context,
        viewer: AccountId,
    ) -> Self {
        Self {
            id: thread.id,
            unread: thread.is_unread,
            accounts: people.iter().map(|person| Account::render(person, &cx.urls)).collect(),
            last_status: last.map(|view| Status::render(view, cx, Some(viewer))),
        }
    }
}

/// The conversation as JSON text, for streams.
pub fn json(
    thread: &DirectThread,
    people: &[&Person],
    last: Option<&PostView>,
    cx: &Context,
    viewer: AccountId,
) -> String {
    super::text(&Conversation::render(thread, people, last, cx, viewer))
}
