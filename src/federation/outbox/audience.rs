//! Who is addressed, and to which inboxes that leads. Pure: who there is comes from the caller.

use std::collections::HashSet;

use crate::domain::accounts::Account;
use crate::domain::posts::Visibility;
use crate::federation::vocab::PUBLIC;

/// `to` and `cc` of an activity and of its object: always arrays, `cc` also when empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addressing {
    /// Whom it is for.
    pub to: Vec<String>,
    /// Who gets a copy.
    pub cc: Vec<String>,
}

impl Addressing {
    /// Of a post with this visibility that names these actors. Public in `to` is public, in `cc` unlisted, nowhere private.
    pub fn of_post<'a>(visibility: Visibility, followers: &str, mentioned: impl IntoIterator<Item = &'a str>) -> Self {
        let mut seen = HashSet::new();
        let people: Vec<String> = mentioned.into_iter().filter(|id| seen.insert(*id)).map(str::to_owned).collect();
        let with = |first: String| std::iter::once(first).chain(people.iter().cloned()).collect();
        match visibility {
            Visibility::Public => Self { to: vec![PUBLIC.into()], cc: with(followers.into()) },
            Visibility::Unlisted => Self { to: vec![followers.into()], cc: with(PUBLIC.into()) },
            Visibility::Private => Self { to: vec![followers.into()], cc: people },
            Visibility::Direct => Self { to: people, cc: Vec::new() },
        }
    }

    /// Of a boost: its author is copied in, so that their server notifies them.
    pub fn of_boost(visibility: Visibility, followers: &str, author: Option<&str>) -> Self {
        Self::of_post(visibility, followers, author)
    }

    /// For one actor alone.
    pub fn only(actor: &str) -> Self {
        Self { to: vec![actor.into()], cc: Vec::new() }
    }

    /// For everybody, with the followers.
    pub fn everybody(followers: &str) -> Self {
        Self { to: vec![PUBLIC.into()], cc: vec![followers.into()] }
    }
}

/// Inboxes to deliver to, each once, in the order they were added.
#[derive(Debug, Default)]
pub struct Inboxes {
    listed: Vec<String>,
    seen: HashSet<String>,
}

impl Inboxes {
    /// Adds the inbox that serves everybody on the account's server, or its own if there is none.
    pub fn add_server_of(&mut self, account: &Account) {
        if is_reachable(account) {
            self.add(account.delivery_inbox());
        }
    }

    /// Adds the account's own inbox: for what nobody else there should see.
    pub fn add_own_of(&mut self, account: &Account) {
        if is_reachable(account) {
            self.add(&account.inbox_url);
        }
    }

    /// Adds inboxes as they are.
    pub fn extend(&mut self, inboxes: impl IntoIterator<Item = String>) {
        for inbox in inboxes {
            self.add(&inbox);
        }
    }

    fn add(&mut self, inbox: &str) {
        if self.seen.insert(inbox.to_owned()) {
            self.listed.push(inbox.to_owned());
        }
    }

    /// All of them.
    pub fn into_vec(self) -> Vec<String> {
        self.listed
    }
}

/// Whether anything is delivered to an account: never to ourselves, nor to one that is suspended or gone.
fn is_reachable(account: &Account) -> bool {
    !account.is_local() && account.is_active()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOLLOWERS: &str = "https://brand.example/users/brand/followers";
    const KIM: &str = "https://r.example/users/kim";

    fn of(visibility: Visibility) -> (Vec<String>, Vec<String>) {
        let Addressing { to, cc } = Addressing::of_post(visibility, FOLLOWERS, [KIM, KIM]);
        (to, cc)
    }

    #[test]
    fn visibility_decides_where_the_public_stands() {
        let list = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
        assert_eq!(of(Visibility::Public), (list(&[PUBLIC]), list(&[FOLLOWERS, KIM])));
        assert_eq!(of(Visibility::Unlisted), (list(&[FOLLOWERS]), list(&[PUBLIC, KIM])));
        assert_eq!(of(Visibility::Private), (list(&[FOLLOWERS]), list(&[KIM])));
        assert_eq!(of(Visibility::Direct), (list(&[KIM]), list(&[])));
    }

    #[test]
    fn an_inbox_is_listed_once() {
        let mut inboxes = Inboxes::default();
        inboxes.extend(
            ["https://a.example/inbox", "https://b.example/inbox", "https://a.example/inbox"].map(String::from),
        );
        assert_eq!(inboxes.into_vec(), ["https://a.example/inbox", "https://b.example/inbox"]);
    }
}
