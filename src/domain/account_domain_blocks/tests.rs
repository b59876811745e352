use super::*;
use crate::domain::accounts::queries;
use crate::domain::follows::tests::world::World;
use crate::domain::follows::{FollowOptions, receive_accept, receive_follow, relationship, request};
use crate::domain::notifications::{self as notices, Kind};
use crate::domain::outgoing::Outgoing;
use crate::domain::posts::Visibility;
use crate::domain::timelines::{self, PublicFilter};

fn told_of(w: &mut World, of: &Account) -> usize {
    notices::list(&mut w.conn, of.id, &notices::Filter::default(), &Page::first(40)).unwrap().len()
}

#[test]
fn follows_with_a_hidden_domain_end_both_ways() {
    let mut w = World::new();
    let (ann, kim, lea) = (w.local("ann"), w.remote("kim", "r.example"), w.remote("lea", "sub.r.example"));
    for other in [&kim, &lea] {
        request(&mut w.conn, &w.cx, &ann, other.id, FollowOptions::default()).unwrap();
        receive_accept(&mut w.conn, other, None, Some(ann.id)).unwrap();
        receive_follow(&mut w.conn, &w.cx, other, &ann, &format!("{}#1", other.uri)).unwrap();
    }
    w.told();
    assert_eq!(preview(&mut w.conn, ann.id, "R.example").unwrap(), (1, 1));
    block(&mut w.conn, &w.cx, &ann, " R.Example ").unwrap();
    assert_eq!(w.counts(ann.id), (1, 1));
    let told = w.told();
    assert!(matches!(
        told.as_slice(),
        [Outgoing::UndoFollow { target, .. }, Outgoing::RejectFollow { follower, .. }] if *target == kim.id && *follower == kim.id
    ));
    let standing = relationship(&mut w.conn, ann.id, kim.id).unwrap();
    assert!(standing.domain_blocking && !standing.following && !standing.followed_by);
    assert!(!relationship(&mut w.conn, ann.id, lea.id).unwrap().domain_blocking);

    assert!(matches!(request(&mut w.conn, &w.cx, &ann, kim.id, FollowOptions::default()), Err(Error::Forbidden(_))));
    receive_follow(&mut w.conn, &w.cx, &kim, &ann, "https://r.example/f/2").unwrap();
    assert!(matches!(w.told().as_slice(), [Outgoing::RejectFollow { .. }]));

    unblock(&mut w.conn, ann.id, "r.example").unwrap();
    assert!(list(&mut w.conn, ann.id, &Page::first(10)).unwrap().is_empty());
    assert_eq!(w.counts(ann.id), (1, 1));
}

#[test]
fn what_a_hidden_domain_writes_and_does_is_not_shown() {
    let mut w = World::new();
    let (ann, bob, kim) = (w.local("ann"), w.local("bob"), w.remote("kim", "r.example"));
    let post = w.post(&kim, Visibility::Public, &[], None);
    let mut boost = w.post(&bob, Visibility::Public, &[], None);
    diesel::update(crate::db::schema::posts::table.find(boost.id))
        .set(crate::db::schema::posts::boost_of_id.eq(post.id))
        .execute(&mut w.conn)
        .unwrap();
    boost.boost_of_id = Some(post.id);
    request(&mut w.conn, &w.cx, &ann, bob.id, FollowOptions::default()).unwrap();
    notices::notify(&mut w.conn, &w.cx, ann.id, kim.id, Kind::Mention, Some(post.id)).unwrap();
    let seen = |w: &mut World| {
        let everybodys = timelines::public(&mut w.conn, Some(ann.id), PublicFilter::default(), &Page::first(20));
        let own = timelines::home(&mut w.conn, ann.id, &Page::first(20));
        (everybodys.unwrap().len(), own.unwrap().len())
    };
    assert_eq!((seen(&mut w), told_of(&mut w, &ann)), ((1, 1), 1));

    block(&mut w.conn, &w.cx, &ann, "r.example").unwrap();
    assert_eq!((seen(&mut w), told_of(&mut w, &ann)), ((0, 0), 0));
    assert_eq!(notices::notify(&mut w.conn, &w.cx, ann.id, kim.id, Kind::Favourite, None).unwrap(), None);
    // Others see it as before.
    let bobs = timelines::public(&mut w.conn, Some(bob.id), PublicFilter::default(), &Page::first(20)).unwrap();
    assert_eq!(bobs.len(), 1);

    unblock(&mut w.conn, ann.id, "r.example").unwrap();
    assert_eq!(seen(&mut w), (1, 1));
}

#[test]
fn many_follows_end_over_several_transactions() {
    let mut w = World::new();
    let ann = w.local("ann");
    for number in 0..BATCH + 5 {
        let fan = w.remote(&format!("fan{number}"), "r.example");
        receive_follow(&mut w.conn, &w.cx, &fan, &ann, &format!("{}#1", fan.uri)).unwrap();
    }
    block(&mut w.conn, &w.cx, &ann, "r.example").unwrap();
    assert_eq!(w.counts(ann.id).0, 5);
    let parting = Parting { account: ann.id, domain: "r.example".into() };
    let waiting = jobs::list(&mut w.conn, 10_000).unwrap();
    let job = waiting.iter().find(|job| job.kind == PART_JOB).unwrap();
    assert_eq!(serde_json::from_str::<Parting>(&job.payload).unwrap(), parting);
    go_on(&mut w.conn, &w.cx, &parting).unwrap();
    go_on(&mut w.conn, &w.cx, &parting).unwrap();
    assert_eq!(w.counts(ann.id).0, 0);
    assert_eq!(queries::get(&mut w.conn, ann.id).unwrap().followers_count, 0);
}

#[test]
fn only_domains_of_others_can_be_hidden() {
    let mut w = World::new();
    let ann = w.local("ann");
    for wrong in ["", "two words", "https://r.example/", "brand.example"] {
        assert!(matches!(block(&mut w.conn, &w.cx, &ann, wrong), Err(Error::Invalid(_))), "{wrong}");
    }
    block(&mut w.conn, &w.cx, &ann, "münchen.example").unwrap();
    block(&mut w.conn, &w.cx, &ann, "xn--mnchen-3ya.example").unwrap();
    let hidden = list(&mut w.conn, ann.id, &Page::first(10)).unwrap();
    assert_eq!(hidden.iter().map(|(_, domain)| domain.as_str()).collect::<Vec<_>>(), ["xn--mnchen-3ya.example"]);
}
