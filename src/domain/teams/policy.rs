//! What a role in a brand's team allows. Written once; every path that acts or reads as the brand asks here.

use super::TeamRole;
use crate::domain::posts::{Post, Visibility};
use crate::error::{Error, Result};
use crate::ids::AccountId;

/// Something one may want to do as an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// See timelines, notifications, posts.
    Read,
    /// See direct messages to the brand.
    ReadDirect,
    /// Answer somebody's post.
    Reply,
    /// Write to somebody in private.
    WriteDirect,
    /// Publish something that is no answer, or boost.
    Publish,
    /// Favourite, bookmark, vote, mute a thread.
    React,
    /// Follow, block, mute; accept followers.
    Relate,
    /// Change the profile.
    EditProfile,
    /// Delete or edit a post of the brand.
    Retract,
    /// Upload a file for a post.
    Upload,
}

/// What one must be allowed to write a post as `me`. An answer to oneself reaches all followers, so it is publishing.
pub fn writing(visibility: Visibility, parent: Option<&Post>, me: AccountId) -> Act {
    if visibility == Visibility::Direct || parent.is_some_and(|parent| parent.visibility == Visibility::Direct) {
        return Act::WriteDirect;
    }
    match parent {
        Some(parent) if parent.account_id != me => Act::Reply,
        _ => Act::Publish,
    }
}

/// Whether somebody with `role` (`None`: acting as themselves) may do `act`. `handles_direct` is the grant for direct messages.
/// The error says in a sentence what is missing.
pub fn may(role: Option<TeamRole>, handles_direct: bool, act: Act) -> Result<()> {
    let Some(role) = role else { return Ok(()) };
    let refused =
        |what: &str| Err(Error::forbidden(format!("Your role in this brand's team ({role}) does not include {what}")));
    let runs = matches!(role, TeamRole::Owner | TeamRole::Manager);
    match act {
        Act::Read => Ok(()),
        Act::ReadDirect | Act::WriteDirect if !handles_direct => refused("direct messages"),
        Act::ReadDirect => Ok(()),
        Act::WriteDirect | Act::Reply | Act::React | Act::Upload if role == TeamRole::Analyst => {
            refused("writing; it is read only")
        }
        Act::WriteDirect | Act::Reply | Act::React | Act::Upload => Ok(()),
        Act::Publish if runs => Ok(()),
        Act::Publish => refused("publishing; authors may reply"),
        Act::Relate if runs => Ok(()),
        Act::Relate => refused("following, blocking or muting as the brand"),
        Act::EditProfile if runs => Ok(()),
        Act::EditProfile => refused("changing the profile"),
        Act::Retract if runs => Ok(()),
        Act::Retract => refused("editing or deleting the brand's posts"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Act; 10] = [
        Act::Read,
        Act::ReadDirect,
        Act::Reply,
        Act::WriteDirect,
        Act::Publish,
        Act::React,
        Act::Relate,
        Act::EditProfile,
        Act::Retract,
        Act::Upload,
    ];

    fn allowed(role: Option<TeamRole>, direct: bool) -> Vec<Act> {
        ALL.into_iter().filter(|act| may(role, direct, *act).is_ok()).collect()
    }

    #[test]
    fn oneself_may_do_everything() {
        assert_eq!(allowed(None, false), ALL);
    }

    #[test]
    fn an_analyst_only_reads() {
        assert_eq!(allowed(Some(TeamRole::Analyst), false), [Act::Read]);
        assert_eq!(allowed(Some(TeamRole::Analyst), true), [Act::Read, Act::ReadDirect]);
    }

    #[test]
    fn an_author_answers_but_does_not_publish() {
        assert_eq!(allowed(Some(TeamRole::Author), false), [Act::Read, Act::Reply, Act::React, Act::Upload]);
    }

    #[test]
    fn owner_and_manager_do_everything_but_unseen_direct_messages() {
        for role in [TeamRole::Owner, TeamRole::Manager] {
            assert_eq!(allowed(Some(role), true), ALL);
            assert!(!allowed(Some(role), false).contains(&Act::ReadDirect));
        }
    }
}
