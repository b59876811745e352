//! What we say to other servers: who is addressed ([`audience`]), the activities themselves ([`build`]), and both together ([`draft`]).

pub mod audience;
pub mod build;
pub mod draft;
pub mod json_ld;

crate::text_enum! {
    /// What an activity of ours does.
    pub enum Verb {
        /// Publishes a post.
        Create = "Create",
        /// Changes a post or a profile.
        Update = "Update",
        /// Deletes a post or an account.
        Delete = "Delete",
        /// Boosts.
        Announce = "Announce",
        /// Favourites.
        Like = "Like",
        /// Asks to follow.
        Follow = "Follow",
        /// Lets somebody follow.
        Accept = "Accept",
        /// Lets somebody not follow, or not any longer.
        Reject = "Reject",
        /// Takes one of the others back.
        Undo = "Undo",
        /// Blocks.
        Block = "Block",
        /// Pins a post.
        Add = "Add",
        /// Unpins one.
        Remove = "Remove",
    }
}

impl Verb {
    /// Whether a host that has been dead for long should still hear of it if it comes back: what ends something or settles who follows whom.
    pub const fn outlasts_death(self) -> bool {
        matches!(self, Self::Accept | Self::Reject | Self::Undo | Self::Delete | Self::Block)
    }
}
