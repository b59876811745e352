pub(in crate::domain) mod world;

use std::time::Duration;

use world::World;

use super::*;
use crate::domain::outgoing::Outgoing;
use crate::domain::posts::Visibility;
use crate::domain::timelines;
use crate::domain::{blocks, domain_rules, lists, mutes, notifications};
use crate::error::Error;
use crate::page::Page;

fn kinds(w: &mut World, of: AccountId) -> Vec<notifications::Kind> {
    let all = notifications::list(&mut w.conn, of, &notifications::Filter::default(), &Page::first(40)).unwrap();
    all.iter().map(|n| n.kind).collect()
}

#[test]
fn an_open_account_here_is_followed_at_once() {
    let mut w = World::new();
    let (ann, bob) = (w.local("ann"), w.local("bob"));
    w.post(&bob, Visibility::Public, &[], None);
    let standing = request(&mut w.conn, &w.cx, &ann, bob.id, FollowOptions::default()).unwrap();
    assert!(standing.following && standing.showing_reblogs && !standing.requested && !standing.notifying);
    assert_eq!((w.counts(bob.id), w.counts(ann.id)), ((1, 0), (0, 1)));
    assert_eq!(kinds(&mut w, bob.id), [notifications::Kind::Follow]);
    assert_eq!(timelines::home(&mut w.conn, ann.id, &Page::first(20)).unwrap().len(), 1);
    assert!(w.told().is_empty());

    let options =
        FollowOptions { reblogs: Some(false), languages: Some(vec!["de".into()]), ..FollowOptions::default() };
    let standing = request(&mut w.conn, &w.cx, &ann, bob.id, options).unwrap();
    assert!(standing.following && !standing.showing_reblogs);
    assert_eq!(standing.languages.as_deref(), Some(&["de".to_owned()][..]));
    assert_eq!(w.counts(bob.id), (1, 0));

    let standing = unfollow(&mut w.conn, &w.cx, &ann, bob.id).unwrap();
    assert!(!standing.following);
    unfollow(&mut w.conn, &w.cx, &ann, bob.id).unwrap();
    assert_eq!((w.counts(bob.id), w.counts(ann.id)), ((0, 0), (0, 0)));
    assert!(kinds(&mut w, bob.id).is_empty());
    assert!(timelines::home(&mut w.conn, ann.id, &Page::first(20)).unwrap().is_empty());
}

#[test]
fn a_locked_account_decides() {
    let mut w = World::new();
    let (ann, cid, bob) = (w.local("ann"), w.local("cid"), w.locked("bob"));
    for asking in [&ann, &cid] {
        assert!(request(&mut w.conn, &w.cx, asking, bob.id, FollowOptions::default()).unwrap().requested);
    }
    assert_eq!(kinds(&mut w, bob.id), [notifications::Kind::FollowRequest; 2]);
    assert_eq!(requests(&mut w.conn, bob.id, &Page::first(40)).unwrap().len(), 2);
    assert!(authorize(&mut w.conn, &w.cx, &bob, ann.id).unwrap().followed_by);
    assert!(!reject(&mut w.conn, &w.cx, &bob, cid.id).unwrap().requested_by);
    assert!(matches!(reject(&mut w.conn, &w.cx, &bob, cid.id), Err(Error::NotFound(_))));
    assert!(matches!(authorize(&mut w.conn, &w.cx, &bob, cid.id), Err(Error::NotFound(_))));
    assert!(kinds(&mut w, bob.id).is_empty());
    assert_eq!(w.counts(bob.id), (1, 0));
    remove_follower(&mut w.conn, &w.cx, &bob, ann.id).unwrap();
    assert_eq!((w.counts(bob.id), w.counts(ann.id)), ((0, 0), (0, 0)));
}

#[test]
fn a_follow_elsewhere_counts_when_its_target_accepts_and_nobody_else_can() {
    let mut w = World::new();
    let (ann, kim, eve) = (w.local("ann"), w.remote("kim", "r.example"), w.remote("eve", "evil.example"));
    let standing = request(&mut w.conn, &w.cx, &ann, kim.id, FollowOptions::default()).unwrap();
    assert!(standing.requested && !standing.following);
    let follow = between(&mut w.conn, ann.id, kim.id).unwrap().unwrap();
    assert_eq!(w.told(), [Outgoing::Follow { follow: follow.id }]);
    assert_eq!(follow.uri, format!("https://brand.example/users/ann#follows/{}-{}", follow.id, kim.id));

    assert!(!receive_accept(&mut w.conn, &eve, Some(&follow.uri), Some(ann.id)).unwrap());
    assert_eq!(w.counts(kim.id), (0, 0));
    // Some servers answer with an id of their own.
    for id in ["9", &follow.uri] {
        assert!(receive_accept(&mut w.conn, &kim, Some(id), Some(ann.id)).unwrap());
    }
    assert_eq!((w.counts(kim.id), w.counts(ann.id)), ((1, 0), (0, 1)));
    assert!(relationship(&mut w.conn, ann.id, kim.id).unwrap().following);

    assert!(!receive_reject(&mut w.conn, &eve, Some(&follow.uri), Some(ann.id)).unwrap());
    assert!(receive_reject(&mut w.conn, &kim, Some(&follow.uri), None).unwrap());
    assert_eq!((w.counts(kim.id), w.counts(ann.id)), ((0, 0), (0, 0)));
    assert!(!receive_accept(&mut w.conn, &kim, Some(&follow.uri), Some(ann.id)).unwrap());
}

#[test]
fn an_unanswered_request_is_asked_again_and_undone_by_its_id() {
    let mut w = World::new();
    let (ann, kim) = (w.local("ann"), w.remote("kim", "r.example"));
    request(&mut w.conn, &w.cx, &ann, kim.id, FollowOptions::default()).unwrap();
    request(&mut w.conn, &w.cx, &ann, kim.id, FollowOptions::default()).unwrap();
    let follow = between(&mut w.conn, ann.id, kim.id).unwrap().unwrap();
    assert_eq!(w.told(), [Outgoing::Follow { follow: follow.id }, Outgoing::Follow { follow: follow.id }]);
    unfollow(&mut w.conn, &w.cx, &ann, kim.id).unwrap();
    assert_eq!(w.told(), [Outgoing::UndoFollow { account: ann.id, target: kim.id, uri: follow.uri }]);
}

#[test]
fn every_follow_from_elsewhere_is_answered_with_its_own_id() {
    let mut w = World::new();
    let (ann, kim) = (w.local("ann"), w.remote("kim", "r.example"));
    let answer = |uri: &str| Outgoing::AcceptFollow { account: ann.id, follower: kim.id, uri: uri.into() };
    receive_follow(&mut w.conn, &w.cx, &kim, &ann, "https://r.example/1").unwrap();
    receive_follow(&mut w.conn, &w.cx, &kim, &ann, "https://r.example/2?a=b").unwrap();
    assert_eq!(w.told(), [answer("https://r.example/1"), answer("https://r.example/2?a=b")]);
    assert_eq!((w.counts(ann.id), w.counts(kim.id)), ((1, 0), (0, 1)));
    assert_eq!(kinds(&mut w, ann.id), [notifications::Kind::Follow]);
    assert_eq!(follower_inboxes(&mut w.conn, ann.id).unwrap(), ["https://r.example/inbox"]);

    assert!(receive_undo_follow(&mut w.conn, &kim, Some("https://r.example/1"), Some(ann.id)).unwrap());
    assert!(!receive_undo_follow(&mut w.conn, &kim, Some("https://r.example/2?a=b"), Some(ann.id)).unwrap());
    assert_eq!((w.counts(ann.id), w.counts(kim.id)), ((0, 0), (0, 0)));
    assert!(kinds(&mut w, ann.id).is_empty());
}

#[test]
fn a_request_from_elsewhere_waits_for_a_locked_account() {
    let mut w = World::new();
    let (bob, kim, lee) = (w.locked("bob"), w.remote("kim", "r.example"), w.remote("lee", "r.example"));
    receive_follow(&mut w.conn, &w.cx, &kim, &bob, "https://r.example/1").unwrap();
    receive_follow(&mut w.conn, &w.cx, &lee, &bob, "https://r.example/2").unwrap();
    assert!(w.told().is_empty());
    assert!(follower_inboxes(&mut w.conn, bob.id).unwrap().is_empty());
    authorize(&mut w.conn, &w.cx, &bob, kim.id).unwrap();
    reject(&mut w.conn, &w.cx, &bob, lee.id).unwrap();
    remove_follower(&mut w.conn, &w.cx, &bob, kim.id).unwrap();
    assert_eq!(
        w.told(),
        [
            Outgoing::AcceptFollow { account: bob.id, follower: kim.id, uri: "https://r.example/1".into() },
            Outgoing::RejectFollow { account: bob.id, follower: lee.id, uri: "https://r.example/2".into() },
            Outgoing::RejectFollow { account: bob.id, follower: kim.id, uri: "https://r.example/1".into() },
        ]
    );
}

#[test]
fn a_block_ends_everything_both_ways() {
    let mut w = World::new();
    let (ann, kim) = (w.local("ann"), w.remote("kim", "r.example"));
    w.post(&kim, Visibility::Public, &[], None);
    request(&mut w.conn, &w.cx, &ann, kim.id, FollowOptions::default()).unwrap();
    receive_accept(&mut w.conn, &kim, None, Some(ann.id)).unwrap();
    receive_follow(&mut w.conn, &w.cx, &kim, &ann, "https://r.example/1").unwrap();
    let mine = between(&mut w.conn, ann.id, kim.id).unwrap().unwrap();
    w.told();

    let standing = blocks::block(&mut w.conn, &w.cx, &ann, kim.id).unwrap();
    assert!(standing.blocking && !standing.following && !standing.followed_by);
    blocks::block(&mut w.conn, &w.cx, &ann, kim.id).unwrap();
    assert_eq!((w.counts(ann.id), w.counts(kim.id)), ((0, 0), (0, 0)));
    assert!(kinds(&mut w, ann.id).is_empty());
    assert!(timelines::home(&mut w.conn, ann.id, &Page::first(20)).unwrap().is_empty());
    let told = w.told();
    let [undo, refuse, Outgoing::Block { uri, .. }] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(*undo, Outgoing::UndoFollow { account: ann.id, target: kim.id, uri: mine.uri });
    assert_eq!(
        *refuse,
        Outgoing::RejectFollow { account: ann.id, follower: kim.id, uri: "https://r.example/1".into() }
    );

    receive_follow(&mut w.conn, &w.cx, &kim, &ann, "https://r.example/2").unwrap();
    assert_eq!(
        w.told(),
        [Outgoing::RejectFollow { account: ann.id, follower: kim.id, uri: "https://r.example/2".into() }]
    );
    assert!(matches!(request(&mut w.conn, &w.cx, &ann, kim.id, FollowOptions::default()), Err(Error::Forbidden(_))));
    assert_eq!(blocks::list(&mut w.conn, ann.id, &Page::first(40)).unwrap().len(), 1);

    assert!(!blocks::unblock(&mut w.conn, &w.cx, &ann, kim.id).unwrap().blocking);
    assert_eq!(w.told(), [Outgoing::UndoBlock { account: ann.id, target: kim.id, uri: uri.clone() }]);
}

#[test]
fn a_block_from_elsewhere_holds_until_its_owner_lifts_it() {
    let mut w = World::new();
    let (ann, kim, eve) = (w.local("ann"), w.remote("kim", "r.example"), w.remote("eve", "r.example"));
    request(&mut w.conn, &w.cx, &ann, kim.id, FollowOptions::default()).unwrap();
    receive_accept(&mut w.conn, &kim, None, Some(ann.id)).unwrap();
    w.told();
    blocks::receive_block(&mut w.conn, &w.cx, &kim, &ann, Some("https://r.example/b")).unwrap();
    let standing = relationship(&mut w.conn, ann.id, kim.id).unwrap();
    assert!(standing.blocked_by && !standing.following);
    assert_eq!(w.counts(ann.id), (0, 0));
    assert!(w.told().is_empty(), "whoever blocks knows that the follow ended");
    assert!(matches!(request(&mut w.conn, &w.cx, &ann, kim.id, FollowOptions::default()), Err(Error::Forbidden(_))));
    assert!(!blocks::receive_undo_block(&mut w.conn, &w.cx, &eve, Some("https://r.example/b"), Some(ann.id)).unwrap());
    assert!(
        blocks::receive_undo_block(&mut w.conn, &w.cx, &kim, Some("https://r.example/other"), Some(ann.id)).unwrap()
    );
    assert!(!relationship(&mut w.conn, ann.id, kim.id).unwrap().blocked_by);
}

#[test]
fn followers_are_paged_from_the_latest() {
    let mut w = World::new();
    let ann = w.local("ann");
    for name in ["a", "b", "c", "d", "e"] {
        let follower = w.remote(name, "r.example");
        receive_follow(&mut w.conn, &w.cx, &follower, &ann, &format!("https://r.example/{name}")).unwrap();
    }
    let names = |rows: &[(FollowId, crate::domain::accounts::Account)]| {
        rows.iter().map(|(_, a)| a.username.clone()).collect::<String>()
    };
    let first = followers(&mut w.conn, ann.id, &Page::first(2)).unwrap();
    assert_eq!(names(&first), "ed");
    let second = followers(&mut w.conn, ann.id, &Page::before(first.last().unwrap().0.0, 2)).unwrap();
    assert_eq!(names(&second), "cb");
    let back =
        followers(&mut w.conn, ann.id, &Page { min_id: Some(second.first().unwrap().0.0), ..Page::first(1) }).unwrap();
    assert_eq!(names(&back), "d");
    assert_eq!(follower_inboxes(&mut w.conn, ann.id).unwrap().len(), 1);
    assert!(local_followers(&mut w.conn, ann.id).unwrap().is_empty());
}

#[test]
fn nobody_follows_blocks_or_mutes_oneself() {
    let mut w = World::new();
    let ann = w.local("ann");
    assert!(matches!(request(&mut w.conn, &w.cx, &ann, ann.id, FollowOptions::default()), Err(Error::Forbidden(_))));
    assert!(matches!(blocks::block(&mut w.conn, &w.cx, &ann, ann.id), Err(Error::Forbidden(_))));
    assert!(matches!(mutes::mute(&mut w.conn, &w.cx, &ann, ann.id, true, None), Err(Error::Forbidden(_))));
    let odd = FollowOptions { languages: Some(vec!["German!".into()]), ..FollowOptions::default() };
    let bob = w.local("bob");
    assert!(matches!(request(&mut w.conn, &w.cx, &ann, bob.id, odd), Err(Error::Invalid(_))));
    let ids = [bob.id, AccountId(1), ann.id, bob.id];
    let known: Vec<AccountId> = relationships(&mut w.conn, ann.id, &ids).unwrap().iter().map(|r| r.id).collect();
    assert_eq!(known, [bob.id, ann.id]);
}

#[test]
fn a_mute_can_change_and_ends_by_itself() {
    let mut w = World::new();
    let (ann, bob) = (w.local("ann"), w.local("bob"));
    let standing = mutes::mute(&mut w.conn, &w.cx, &ann, bob.id, true, Some(Duration::from_secs(60))).unwrap();
    assert!(standing.muting && standing.muting_notifications);
    assert_eq!(standing.muting_expires_at, Some(w.cx.now.after(Duration::from_secs(60))));
    let standing = mutes::mute(&mut w.conn, &w.cx, &ann, bob.id, false, Some(Duration::from_secs(120))).unwrap();
    assert!(standing.muting && !standing.muting_notifications);
    w.wait(90);
    mutes::delete_expired(&mut w.conn, w.cx.now).unwrap();
    assert_eq!(mutes::list(&mut w.conn, ann.id, &Page::first(40)).unwrap().len(), 1);
    w.wait(90);
    mutes::delete_expired(&mut w.conn, w.cx.now).unwrap();
    assert!(mutes::list(&mut w.conn, ann.id, &Page::first(40)).unwrap().is_empty());
    mutes::mute(&mut w.conn, &w.cx, &ann, bob.id, true, None).unwrap();
    w.wait(1_000_000);
    mutes::delete_expired(&mut w.conn, w.cx.now).unwrap();
    assert!(relationship(&mut w.conn, ann.id, bob.id).unwrap().muting);
    assert!(!mutes::unmute(&mut w.conn, &ann, bob.id).unwrap().muting);
}

#[test]
fn a_list_holds_those_one_follows() {
    let mut w = World::new();
    let (ann, bob, cid) = (w.local("ann"), w.local("bob"), w.local("cid"));
    request(&mut w.conn, &w.cx, &ann, bob.id, FollowOptions::default()).unwrap();
    let named = |title: &str| lists::ListEdit { title: Some(title.into()), ..lists::ListEdit::default() };
    let list = lists::create(&mut w.conn, &w.cx, ann.id, &named(" Friends ")).unwrap();
    assert_eq!((list.title.as_str(), list.replies_policy), ("Friends", lists::Replies::List));
    assert!(matches!(lists::create(&mut w.conn, &w.cx, ann.id, &named("  ")), Err(Error::Invalid(_))));
    assert!(matches!(lists::get_own(&mut w.conn, bob.id, list.id), Err(Error::NotFound(_))));
    assert!(matches!(lists::add(&mut w.conn, ann.id, list.id, &[cid.id]), Err(Error::NotFound(_))));
    for _ in 0..2 {
        lists::add(&mut w.conn, ann.id, list.id, &[bob.id]).unwrap();
    }
    let all = Page::first(0);
    assert_eq!(lists::members(&mut w.conn, ann.id, list.id, &all).unwrap().len(), 1);
    assert_eq!(lists::list_with(&mut w.conn, ann.id, bob.id).unwrap().len(), 1);
    unfollow(&mut w.conn, &w.cx, &ann, bob.id).unwrap();
    assert!(lists::members(&mut w.conn, ann.id, list.id, &all).unwrap().is_empty());
    let edit = lists::ListEdit { is_exclusive: Some(true), ..lists::ListEdit::default() };
    assert!(lists::update(&mut w.conn, ann.id, list.id, &edit).unwrap().is_exclusive);
    lists::delete(&mut w.conn, ann.id, list.id).unwrap();
    assert!(lists::list(&mut w.conn, ann.id).unwrap().is_empty());
}

#[test]
fn a_suspended_domain_is_hidden_and_comes_back_as_it_was() {
    let mut w = World::new();
    let (ann, kim, sub, other) = (
        w.local("ann"),
        w.remote("kim", "r.example"),
        w.remote("lee", "a.r.example"),
        w.remote("max", "other.example"),
    );
    receive_follow(&mut w.conn, &w.cx, &kim, &ann, "https://r.example/1").unwrap();
    let hidden =
        |w: &mut World, id| crate::domain::accounts::queries::get(&mut w.conn, id).unwrap().suspended_at.is_some();
    domain_rules::block(&mut w.conn, &w.cx, "a.r.example", "").unwrap();
    w.wait(1);
    domain_rules::block(&mut w.conn, &w.cx, "R.example", "spam").unwrap();
    assert!(hidden(&mut w, kim.id) && hidden(&mut w, sub.id) && !hidden(&mut w, other.id));
    assert!(follower_inboxes(&mut w.conn, ann.id).unwrap().is_empty());
    assert!(domain_rules::Policy::load(&mut w.conn, false).unwrap().refuses("www.r.example"));

    assert!(domain_rules::unblock(&mut w.conn, &w.cx, "a.r.example").unwrap());
    assert!(hidden(&mut w, sub.id), "its parent is still suspended");
    assert!(domain_rules::unblock(&mut w.conn, &w.cx, "r.example").unwrap());
    assert!(!domain_rules::unblock(&mut w.conn, &w.cx, "r.example").unwrap());
    assert!(!hidden(&mut w, kim.id) && !hidden(&mut w, sub.id));
    assert_eq!(follower_inboxes(&mut w.conn, ann.id).unwrap().len(), 1);
}

#[test]
fn familiar_followers_are_those_whom_one_follows_and_who_show_it() {
    let mut w = World::new();
    let (ann, bob, cid, dot) = (w.local("ann"), w.local("bob"), w.local("cid"), w.local("dot"));
    let brand = w.local("brand");
    for (from, to) in [(&ann, &bob), (&ann, &cid), (&bob, &brand), (&cid, &brand), (&dot, &brand)] {
        request(&mut w.conn, &w.cx, from, to.id, FollowOptions::default()).unwrap();
    }
    let seen = |w: &mut World| {
        let rows = familiar_followers(&mut w.conn, ann.id, &[brand.id, AccountId(1), dot.id, brand.id]).unwrap();
        rows.into_iter()
            .map(|(id, accounts)| (id, accounts.into_iter().map(|a| a.username).collect::<Vec<_>>()))
            .collect::<Vec<_>>()
    };
    assert_eq!(seen(&mut w), [(brand.id, vec!["cid".to_owned(), "bob".to_owned()]), (dot.id, Vec::new())]);
    let hide = |w: &mut World, id: AccountId| {
        use diesel::ExpressionMethods;
        use diesel::RunQueryDsl;

        use crate::db::schema::accounts;
        diesel::update(accounts::table.find(id))
            .set(accounts::hides_collections.eq(true))
            .execute(&mut w.conn)
            .unwrap();
    };
    hide(&mut w, cid.id);
    assert_eq!(seen(&mut w)[0].1, ["bob"]);
    hide(&mut w, brand.id);
    assert!(seen(&mut w)[0].1.is_empty());
}
