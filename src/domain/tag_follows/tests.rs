use super::*;
use crate::domain::accounts::Account;
use crate::domain::blocks;
use crate::domain::follows::tests::world::World;
use crate::domain::follows::{FollowOptions, request};
use crate::domain::posts::{Post, TagName, Visibility};
use crate::domain::tags;
use crate::text::Hashtag;

fn tag(w: &mut World, name: &str) -> TagId {
    let name = TagName::from(Hashtag::parse(name).unwrap());
    *tags::find_or_create(&mut w.conn, &w.cx, &[name]).unwrap().first().unwrap()
}

/// A post with hashtags that has just arrived.
fn tagged(w: &mut World, author: &Account, visibility: Visibility, names: &[&str], answers: Option<&Post>) -> Post {
    let mut post = w.post(author, visibility, &[], answers);
    post.tags.0 = names.iter().map(|name| TagName::from(Hashtag::parse(name).unwrap())).collect();
    tags::attach(&mut w.conn, &w.cx, post.id, &post.tags.0).unwrap();
    timelines::fan_out(&mut w.conn, &post).unwrap();
    post
}

fn home(w: &mut World, of: &Account) -> Vec<crate::ids::PostId> {
    timelines::home(&mut w.conn, of.id, &Page::first(20)).unwrap().iter().map(|post| post.id).collect()
}

#[test]
fn public_posts_with_a_followed_tag_come_home_whoever_wrote_them() {
    let mut w = World::new();
    let (ann, bob, kim) = (w.local("ann"), w.local("bob"), w.remote("kim", "r.example"));
    let (rye, drills) = (tag(&mut w, "Rye"), tag(&mut w, "drills"));
    for wanted in [rye, drills, rye] {
        follow(&mut w.conn, &w.cx, ann.id, wanted).unwrap();
    }
    let local = tagged(&mut w, &bob, Visibility::Public, &["rye", "Drills"], None);
    let remote = tagged(&mut w, &kim, Visibility::Public, &["RYE"], None);
    let answer = tagged(&mut w, &kim, Visibility::Public, &["rye"], Some(&local));
    for hidden in [Visibility::Unlisted, Visibility::Private, Visibility::Direct] {
        tagged(&mut w, &bob, hidden, &["rye"], None);
    }
    tagged(&mut w, &bob, Visibility::Public, &["wheat"], None);
    assert_eq!(home(&mut w, &ann), [answer.id, remote.id, local.id]);
    assert_eq!(timelines::readers_of(&mut w.conn, remote.id).unwrap(), [ann.id]);
    assert_eq!(list(&mut w.conn, ann.id, &Page::first(10)).unwrap().len(), 2);
}

#[test]
fn a_followed_tag_brings_nothing_of_those_who_are_not_wanted() {
    let mut w = World::new();
    let (ann, bob, eve, kim) = (w.local("ann"), w.local("bob"), w.local("eve"), w.remote("kim", "r.example"));
    let rye = tag(&mut w, "rye");
    follow(&mut w.conn, &w.cx, ann.id, rye).unwrap();
    blocks::block(&mut w.conn, &w.cx, &ann, bob.id).unwrap();
    blocks::block(&mut w.conn, &w.cx, &eve, ann.id).unwrap();
    crate::domain::account_domain_blocks::block(&mut w.conn, &w.cx, &ann, "r.example").unwrap();
    for author in [&bob, &eve, &kim] {
        let post = tagged(&mut w, author, Visibility::Public, &["rye"], None);
        assert!(!timelines::readers_of(&mut w.conn, post.id).unwrap().contains(&ann.id), "{}", author.username);
    }
}

#[test]
fn what_only_the_tag_brought_leaves_with_it() {
    let mut w = World::new();
    let (ann, bob, cid) = (w.local("ann"), w.local("bob"), w.local("cid"));
    let (rye, drills) = (tag(&mut w, "rye"), tag(&mut w, "drills"));
    follow(&mut w.conn, &w.cx, ann.id, rye).unwrap();
    follow(&mut w.conn, &w.cx, ann.id, drills).unwrap();
    request(&mut w.conn, &w.cx, &ann, cid.id, FollowOptions::default()).unwrap();
    let stranger = tagged(&mut w, &bob, Visibility::Public, &["rye"], None);
    let both = tagged(&mut w, &bob, Visibility::Public, &["rye", "drills"], None);
    let friend = tagged(&mut w, &cid, Visibility::Public, &["rye"], None);
    let own = tagged(&mut w, &ann, Visibility::Public, &["rye"], None);
    assert_eq!(home(&mut w, &ann), [own.id, friend.id, both.id, stranger.id]);

    unfollow(&mut w.conn, ann.id, rye).unwrap();
    unfollow(&mut w.conn, ann.id, rye).unwrap();
    assert_eq!(home(&mut w, &ann), [own.id, friend.id, both.id]);
    assert_eq!(among(&mut w.conn, ann.id, &[rye, drills]).unwrap(), HashSet::from([drills]));
}
