use std::time::Duration;

use super::*;
use crate::domain::blocks;
use crate::domain::follows::tests::world::World;
use crate::domain::follows::{FollowOptions, receive_accept, request};
use crate::time::Time;

fn follow(w: &mut World, from: &Account, to: &Account) {
    request(&mut w.conn, &w.cx, from, to.id, FollowOptions::default()).unwrap();
    if !to.is_local() {
        receive_accept(&mut w.conn, to, None, Some(from.id)).unwrap();
    }
}

fn names(found: &[Suggestion]) -> Vec<(&str, &[Source])> {
    found.iter().map(|one| (one.account.username.as_str(), one.sources.as_slice())).collect()
}

#[test]
fn friends_of_friends_come_first_and_the_popular_after_them() {
    let mut w = World::new();
    let [ann, bob, cid, dot, eve] = ["ann", "bob", "cid", "dot", "eve"].map(|name| w.local(name));
    let kim = w.remote("kim", "r.example");
    for (from, to) in [(&ann, &bob), (&ann, &cid), (&bob, &kim), (&cid, &kim), (&cid, &dot), (&eve, &dot)] {
        follow(&mut w, from, to);
    }
    let found = list(&mut w.conn, ann.id, 40).unwrap();
    assert_eq!(
        names(&found),
        [
            ("kim", &[Source::FriendsOfFriends][..]),
            ("dot", &[Source::FriendsOfFriends, Source::MostFollowed][..]),
            ("eve", &[Source::MostFollowed][..]),
        ]
    );
    assert_eq!(list(&mut w.conn, ann.id, 1).unwrap().len(), 1);

    dismiss(&mut w.conn, &w.cx, ann.id, kim.id).unwrap();
    dismiss(&mut w.conn, &w.cx, ann.id, kim.id).unwrap();
    blocks::block(&mut w.conn, &w.cx, &dot, ann.id).unwrap();
    assert_eq!(names(&list(&mut w.conn, ann.id, 40).unwrap()), [("eve", &[Source::MostFollowed][..])]);
}

#[test]
fn only_who_wants_to_be_found_is_suggested_and_listed() {
    let mut w = World::new();
    let (ann, bob) = (w.local("ann"), w.local("bob"));
    diesel::update(accounts::table.find(bob.id)).set(accounts::is_discoverable.eq(false)).execute(&mut w.conn).unwrap();
    assert!(list(&mut w.conn, ann.id, 40).unwrap().is_empty());
    let all = DirectoryQuery { order: Order::New, is_local: true, limit: 40, offset: 0 };
    let listed: Vec<AccountId> = directory(&mut w.conn, None, &all).unwrap().iter().map(|one| one.id).collect();
    assert_eq!(listed, [ann.id]);
}

#[test]
fn the_directory_pages_over_those_who_post_and_those_who_do_not() {
    let mut w = World::new();
    let here: Vec<Account> = ["ann", "bob", "cid", "dot", "eve"].into_iter().map(|name| w.local(name)).collect();
    let kim = w.remote("kim", "r.example");
    let active: Vec<(&Account, Time)> =
        vec![(&here[3], w.cx.now), (&here[1], w.cx.now.after(Duration::from_secs(60))), (&kim, w.cx.now)];
    for (account, at) in active {
        diesel::update(accounts::table.find(account.id))
            .set(accounts::last_status_at.eq(at))
            .execute(&mut w.conn)
            .unwrap();
    }
    let mut page = |offset: i64, limit: i64, viewer: Option<AccountId>| -> Vec<String> {
        let query = DirectoryQuery { order: Order::Active, is_local: true, limit, offset };
        directory(&mut w.conn, viewer, &query).unwrap().into_iter().map(|account| account.username).collect()
    };
    assert_eq!(page(0, 40, None), ["bob", "dot", "eve", "cid", "ann"]);
    assert_eq!(page(0, 3, None), ["bob", "dot", "eve"]);
    assert_eq!(page(1, 2, None), ["dot", "eve"]);
    assert_eq!(page(3, 3, None), ["cid", "ann"]);
    assert!(page(5, 3, None).is_empty());
    blocks::block(&mut w.conn, &w.cx, &here[0], here[1].id).unwrap();
    let everybody = DirectoryQuery { order: Order::Active, is_local: false, limit: 2, offset: 0 };
    let seen: Vec<String> =
        directory(&mut w.conn, Some(here[0].id), &everybody).unwrap().into_iter().map(|one| one.username).collect();
    assert_eq!(seen, ["kim", "dot"]);
}
