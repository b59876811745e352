use super::*;
use crate::domain::accounts::Account;
use crate::domain::follows::tests::world::World;
use crate::domain::follows::{FollowOptions, receive_follow, request};
use crate::domain::notifications::{
    Filter, Notification, Pending, Waiting, accept_requests, dismiss_requests, get_request, groups, list,
    list_requests, notify, pending, unread_count,
};
use crate::domain::{blocks, direct_threads, severances};
use crate::error::Error;
use crate::ids::NotificationRequestId;
use crate::page::Page;

fn set(w: &mut World, of: AccountId, edit: PolicyEdit) {
    edit_policy(&mut w.conn, of, edit).unwrap();
}

fn mention(w: &mut World, to: &Account, from: &Account, visibility: Visibility) {
    let post = w.post(from, visibility, &[to], None);
    notify(&mut w.conn, &w.cx, to.id, from.id, Kind::Mention, Some(post.id)).unwrap();
}

fn shown(w: &mut World, of: AccountId, filter: &Filter) -> Vec<Notification> {
    list(&mut w.conn, of, filter, &Page::first(40)).unwrap()
}

fn told(w: &mut World, of: AccountId) -> usize {
    shown(w, of, &Filter::default()).len()
}

fn waiting(w: &mut World, of: AccountId, sees_direct: bool) -> Vec<Waiting> {
    list_requests(&mut w.conn, of, sees_direct, &Page::first(40)).unwrap()
}

fn ids(waiting: &[Waiting]) -> Vec<NotificationRequestId> {
    waiting.iter().map(|waiting| waiting.request.id).collect()
}

#[test]
fn a_policy_changes_only_what_is_named() {
    let mut w = World::new();
    let ann = w.local("ann");
    assert_eq!(policy(&mut w.conn, ann.id).unwrap(), Policy::default_of(ann.id));
    set(&mut w, ann.id, PolicyEdit { for_not_following: Some(Rule::Filter), ..PolicyEdit::default() });
    set(&mut w, ann.id, PolicyEdit { for_new_accounts: Some(Rule::Drop), ..PolicyEdit::default() });
    let held = policy(&mut w.conn, ann.id).unwrap();
    assert_eq!(
        held,
        Policy { for_not_following: Rule::Filter, for_new_accounts: Rule::Drop, ..Policy::default_of(ann.id) }
    );
}

#[test]
fn strangers_are_kept_aside_and_friends_are_not() {
    let mut w = World::new();
    let (ann, bob, kim) = (w.local("ann"), w.local("bob"), w.remote("kim", "r.example"));
    request(&mut w.conn, &w.cx, &ann, bob.id, FollowOptions::default()).unwrap();
    set(&mut w, ann.id, PolicyEdit { for_not_following: Some(Rule::Filter), ..PolicyEdit::default() });
    mention(&mut w, &ann, &bob, Visibility::Public);
    assert_eq!(told(&mut w, ann.id), 1);

    mention(&mut w, &ann, &kim, Visibility::Public);
    notify(&mut w.conn, &w.cx, ann.id, kim.id, Kind::Follow, None).unwrap();
    assert_eq!(told(&mut w, ann.id), 1);
    assert_eq!(unread_count(&mut w.conn, ann.id, &Filter::default(), 40).unwrap(), 1);
    assert_eq!(groups(&mut w.conn, ann.id, &Filter::default(), &[Kind::Follow], &Page::first(40)).unwrap().len(), 1);
    let everything = Filter { include_filtered: true, ..Filter::default() };
    assert_eq!(shown(&mut w, ann.id, &everything).len(), 3);
    let by_kim = Filter { account: Some(kim.id), ..Filter::default() };
    assert_eq!(shown(&mut w, ann.id, &by_kim).len(), 2);
    // What was asked for comes whoever it is by.
    let post = w.post(&kim, Visibility::Public, &[], None);
    notify(&mut w.conn, &w.cx, ann.id, kim.id, Kind::Status, Some(post.id)).unwrap();
    assert_eq!(told(&mut w, ann.id), 2);
}

#[test]
fn the_strictest_rule_that_fits_holds() {
    let mut w = World::new();
    let (ann, kim) = (w.local("ann"), w.remote("kim", "r.example"));
    let edit = PolicyEdit {
        for_not_followers: Some(Rule::Filter),
        for_new_accounts: Some(Rule::Drop),
        ..PolicyEdit::default()
    };
    set(&mut w, ann.id, edit);
    mention(&mut w, &ann, &kim, Visibility::Public);
    assert!(waiting(&mut w, ann.id, true).is_empty(), "new accounts are dropped");

    w.wait(31 * 86_400);
    mention(&mut w, &ann, &kim, Visibility::Public);
    assert_eq!(waiting(&mut w, ann.id, true).len(), 1, "old ones that do not follow are kept aside");

    receive_follow(&mut w.conn, &w.cx, &kim, &ann, "https://r.example/follows/1").unwrap();
    let before = told(&mut w, ann.id);
    mention(&mut w, &ann, &kim, Visibility::Public);
    assert_eq!(told(&mut w, ann.id), before, "a follower of today is as good as none");
    w.wait(4 * 86_400);
    mention(&mut w, &ann, &kim, Visibility::Public);
    assert_eq!(told(&mut w, ann.id), before + 1);
}

#[test]
fn a_direct_message_that_answers_is_no_intrusion() {
    let mut w = World::new();
    let (ann, kim) = (w.local("ann"), w.remote("kim", "r.example"));
    set(&mut w, ann.id, PolicyEdit { for_private_mentions: Some(Rule::Filter), ..PolicyEdit::default() });
    mention(&mut w, &ann, &kim, Visibility::Public);
    mention(&mut w, &ann, &kim, Visibility::Direct);
    assert_eq!(told(&mut w, ann.id), 1);
    let asked = w.post(&ann, Visibility::Public, &[&kim], None);
    let answer = w.post(&kim, Visibility::Direct, &[&ann], Some(&asked));
    notify(&mut w.conn, &w.cx, ann.id, kim.id, Kind::Mention, Some(answer.id)).unwrap();
    assert_eq!(told(&mut w, ann.id), 2);
}

#[test]
fn a_request_is_accepted_for_good() {
    let mut w = World::new();
    let (ann, kim, lea) = (w.local("ann"), w.remote("kim", "r.example"), w.remote("lea", "r.example"));
    set(&mut w, ann.id, PolicyEdit { for_not_following: Some(Rule::Filter), ..PolicyEdit::default() });
    mention(&mut w, &ann, &kim, Visibility::Public);
    mention(&mut w, &ann, &kim, Visibility::Public);
    mention(&mut w, &ann, &lea, Visibility::Public);
    assert_eq!(pending(&mut w.conn, ann.id, true).unwrap(), Pending { requests: 2, notifications: 3 });
    let requests = waiting(&mut w, ann.id, true);
    assert_eq!(requests.iter().map(|r| (r.from.id, r.count)).collect::<Vec<_>>(), [(lea.id, 1), (kim.id, 2)]);
    assert!(requests[1].last_post.is_some());
    assert_eq!(list_requests(&mut w.conn, ann.id, true, &Page::before(requests[0].request.id.0, 1)).unwrap().len(), 1);

    let chosen = ids(&requests[1..]);
    assert_eq!(accept_requests(&mut w.conn, &w.cx, kim.id, true, &chosen).unwrap(), 0, "somebody else's");
    assert_eq!(accept_requests(&mut w.conn, &w.cx, ann.id, true, &chosen).unwrap(), 1);
    assert_eq!(told(&mut w, ann.id), 2);
    assert!(matches!(get_request(&mut w.conn, ann.id, true, chosen[0]), Err(Error::NotFound(_))));
    mention(&mut w, &ann, &kim, Visibility::Public);
    assert_eq!(told(&mut w, ann.id), 3);

    assert_eq!(dismiss_requests(&mut w.conn, ann.id, true, &ids(&requests[..1])).unwrap(), 1);
    let everything = Filter { include_filtered: true, ..Filter::default() };
    assert_eq!(shown(&mut w, ann.id, &everything).len(), 3);
    mention(&mut w, &ann, &lea, Visibility::Public);
    assert_eq!(waiting(&mut w, ann.id, true).len(), 1, "dismissing is not for good");

    blocks::block(&mut w.conn, &w.cx, &ann, kim.id).unwrap();
    blocks::unblock(&mut w.conn, &w.cx, &ann, kim.id).unwrap();
    mention(&mut w, &ann, &kim, Visibility::Public);
    assert_eq!(waiting(&mut w, ann.id, true).len(), 2, "a block takes the acceptance back");
}

#[test]
fn direct_messages_that_are_kept_aside_are_for_those_who_handle_them() {
    let mut w = World::new();
    let (ann, kim) = (w.local("ann"), w.remote("kim", "r.example"));
    set(&mut w, ann.id, PolicyEdit { for_not_following: Some(Rule::Filter), ..PolicyEdit::default() });
    let message = w.post(&kim, Visibility::Direct, &[&ann], None);
    notify(&mut w.conn, &w.cx, ann.id, kim.id, Kind::Mention, Some(message.id)).unwrap();
    direct_threads::touch(&mut w.conn, &w.cx, &message).unwrap();
    assert!(direct_threads::list(&mut w.conn, ann.id, &Page::first(20)).unwrap().is_empty());
    assert!(waiting(&mut w, ann.id, false).is_empty());
    assert_eq!(pending(&mut w.conn, ann.id, false).unwrap(), Pending::default());
    let requests = waiting(&mut w, ann.id, true);
    assert_eq!(accept_requests(&mut w.conn, &w.cx, ann.id, false, &ids(&requests)).unwrap(), 0);

    mention(&mut w, &ann, &kim, Visibility::Public);
    assert_eq!(waiting(&mut w, ann.id, false)[0].count, 1);
    assert_eq!(dismiss_requests(&mut w.conn, ann.id, false, &ids(&requests)).unwrap(), 1);
    assert_eq!(waiting(&mut w, ann.id, true)[0].last_post, Some(message.id), "the message is still there");

    assert_eq!(accept_requests(&mut w.conn, &w.cx, ann.id, true, &ids(&requests)).unwrap(), 1);
    assert_eq!(direct_threads::list(&mut w.conn, ann.id, &Page::first(20)).unwrap().len(), 1);
    assert_eq!(told(&mut w, ann.id), 1);
}

#[test]
fn each_loss_of_follows_is_told_once_and_none_is_not() {
    let mut w = World::new();
    let ann = w.local("ann");
    let kind = severances::Kind::UserDomainBlock;
    severances::record(&mut w.conn, &w.cx, ann.id, kind, "r.example", 0, 0).unwrap();
    assert_eq!(told(&mut w, ann.id), 0);
    severances::record(&mut w.conn, &w.cx, ann.id, kind, "r.example", 2, 0).unwrap();
    severances::record(&mut w.conn, &w.cx, ann.id, kind, "s.example", 0, 1).unwrap();
    let told = shown(&mut w, ann.id, &Filter::default());
    let about =
        severances::of_notifications(&mut w.conn, ann.id, told.iter().map(|row| (row.kind, row.subject_id))).unwrap();
    let names: Vec<&str> =
        told.iter().filter_map(|row| about.get(&row.subject_id?)).map(|row| row.target_name.as_str()).collect();
    assert_eq!(names, ["s.example", "r.example"]);
}
