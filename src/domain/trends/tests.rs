use super::*;
use crate::db::schema::accounts;
use crate::domain::accounts::Account;
use crate::domain::follows::tests::world::World;
use crate::domain::posts::marks::favourite;
use crate::domain::posts::{Post, TagName, Visibility};
use crate::domain::{preview_cards as cards, tags as hashtags, timelines};
use crate::page::Page;

fn tagged(w: &mut World, author: &Account, visibility: Visibility, name: &str) -> Post {
    let post = w.post(author, visibility, &[], None);
    let names = [TagName { name: name.into(), display: name.into() }];
    hashtags::attach(&mut w.conn, &w.cx, post.id, &names).unwrap();
    post
}

fn linked(w: &mut World, author: &Account, url: &str) -> Post {
    let post = w.post(author, Visibility::Public, &[], None);
    let post = Post { content: format!("<p><a href=\"{url}\">x</a></p>"), ..post };
    cards::attach(&mut w.conn, &w.cx, &post).unwrap();
    let card = cards::find_by_url(&mut w.conn, url).unwrap().unwrap();
    let found = cards::Found {
        kind: cards::CardKind::Link,
        title: url.into(),
        description: String::new(),
        language: None,
        author_name: String::new(),
        author_url: String::new(),
        author_id: None,
        provider_name: String::new(),
        provider_url: String::new(),
        picture: None,
        published_at: None,
    };
    cards::settle(&mut w.conn, &w.cx, card.id, Some(found)).unwrap();
    post
}

fn refresh(w: &mut World) {
    let computed = compute(&mut w.conn, w.cx.now).unwrap();
    store(&mut w.conn, computed).unwrap();
}

fn names(w: &mut World) -> Vec<String> {
    tags(&mut w.conn, 10, 0).unwrap().into_iter().map(|tag| tag.name).collect()
}

fn hide(w: &mut World, account: &Account) {
    diesel::update(accounts::table.find(account.id))
        .set(accounts::is_discoverable.eq(false))
        .execute(&mut w.conn)
        .unwrap();
}

#[test]
fn what_several_people_use_in_public_trends_and_what_one_repeats_does_not() {
    let mut w = World::new();
    let (ann, bob, kim) = (w.local("ann"), w.local("bob"), w.remote("kim", "r.example"));
    for author in [&ann, &bob, &kim] {
        tagged(&mut w, author, Visibility::Public, "bread");
    }
    for author in [&ann, &bob] {
        tagged(&mut w, author, Visibility::Public, "rye");
    }
    for _ in 0..9 {
        tagged(&mut w, &ann, Visibility::Public, "spam");
    }
    for author in [&ann, &bob, &kim] {
        tagged(&mut w, author, Visibility::Unlisted, "quiet");
        tagged(&mut w, author, Visibility::Private, "secret");
    }
    refresh(&mut w);
    assert_eq!(names(&mut w), ["bread", "rye"]);
    hide(&mut w, &kim);
    hide(&mut w, &bob);
    refresh(&mut w);
    assert!(names(&mut w).is_empty(), "who does not want to be discovered makes no trends");
}

#[test]
fn trends_fade() {
    let mut w = World::new();
    let (ann, bob, cid) = (w.local("ann"), w.local("bob"), w.local("cid"));
    for author in [&ann, &bob, &cid] {
        tagged(&mut w, author, Visibility::Public, "old");
    }
    w.wait(2 * 86_400);
    for author in [&ann, &bob] {
        tagged(&mut w, author, Visibility::Public, "new");
    }
    refresh(&mut w);
    assert_eq!(names(&mut w), ["new", "old"]);
    w.wait(2 * 86_400);
    refresh(&mut w);
    assert_eq!(names(&mut w), ["new"]);
}

#[test]
fn a_refused_subject_trends_no_more() {
    let mut w = World::new();
    let (ann, bob) = (w.local("ann"), w.local("bob"));
    for author in [&ann, &bob] {
        tagged(&mut w, author, Visibility::Public, "bread");
    }
    refresh(&mut w);
    let tag = tags(&mut w.conn, 10, 0).unwrap().remove(0).id.0;
    let now = w.cx.now;
    refuse(&mut w.conn, Subject::Tag, tag, now).unwrap();
    assert!(names(&mut w).is_empty());
    refresh(&mut w);
    assert!(names(&mut w).is_empty());
    assert!(allow(&mut w.conn, Subject::Tag, tag).unwrap());
    refresh(&mut w);
    assert_eq!(names(&mut w), ["bread"]);
}

#[test]
fn of_posts_the_best_of_each_author_trends_and_readers_keep_their_blocks() {
    let mut w = World::new();
    let (ann, bob, cid) = (w.local("ann"), w.local("bob"), w.local("cid"));
    let (good, better) = (w.post(&ann, Visibility::Public, &[], None), w.post(&ann, Visibility::Public, &[], None));
    let alone = w.post(&bob, Visibility::Public, &[], None);
    let answer = w.post(&ann, Visibility::Public, &[], Some(&alone));
    let dee = w.local("dee");
    for (who, post) in [
        (&bob, &good),
        (&cid, &good),
        (&bob, &better),
        (&cid, &better),
        (&dee, &better),
        (&cid, &alone),
        (&bob, &alone),
    ] {
        favourite(&mut w.conn, &w.cx, who, post.id).unwrap();
    }
    for who in [&bob, &cid] {
        favourite(&mut w.conn, &w.cx, who, answer.id).unwrap();
    }
    refresh(&mut w);
    let shown = |w: &mut World, viewer| -> Vec<PostId> {
        timelines::trending(&mut w.conn, viewer, 10, 0).unwrap().into_iter().map(|post| post.id).collect()
    };
    assert_eq!(shown(&mut w, None), [better.id], "one's own favourite does not count");
    let blocks = crate::domain::blocks::block(&mut w.conn, &w.cx, &cid, ann.id);
    blocks.unwrap();
    assert!(shown(&mut w, Some(cid.id)).is_empty());
    hide(&mut w, &ann);
    assert!(shown(&mut w, None).is_empty(), "asked again when read");
}

#[test]
fn pages_trend_with_their_history_and_have_a_timeline() {
    let mut w = World::new();
    let (ann, bob) = (w.local("ann"), w.local("bob"));
    let posts: Vec<PostId> =
        [&ann, &bob].into_iter().map(|author| linked(&mut w, author, "https://news.example/a").id).collect();
    linked(&mut w, &ann, "https://news.example/b");
    refresh(&mut w);
    let found = links(&mut w.conn, 10, 0).unwrap();
    let [card] = &found[..] else { panic!("{found:?}") };
    assert!(is_trending(&mut w.conn, Subject::Link, card.id.0).unwrap());
    let now = w.cx.now;
    let days = link_histories(&mut w.conn, &[card.id], now).unwrap().remove(&card.id).unwrap();
    assert_eq!((days.len(), days[0].uses, days[0].accounts), (HISTORY_DAYS, 2, 2));
    let shown = timelines::link(&mut w.conn, None, card.id, &Page::first(20)).unwrap();
    let shown: Vec<PostId> = shown.into_iter().map(|post| post.id).collect();
    assert_eq!(shown, [posts[1], posts[0]]);
}
