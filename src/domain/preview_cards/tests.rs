use super::*;
use crate::domain::follows::tests::world::World;
use crate::domain::posts::Visibility;
use crate::domain::posts::views;

fn linked(w: &mut World, author: &Account, href: &str) -> Post {
    let post = w.post(author, Visibility::Public, &[], None);
    let post = Post { content: format!("<p><a href=\"{href}\">{href}</a></p>"), ..post };
    attach(&mut w.conn, &w.cx, &post).unwrap();
    post
}

fn asked(w: &mut World) -> Vec<PreviewCardId> {
    let waiting: Vec<_> = jobs::list(&mut w.conn, 100).unwrap().into_iter().filter(|job| job.kind == JOB).collect();
    waiting
        .into_iter()
        .map(|job| {
            jobs::finish(&mut w.conn, job.id).unwrap();
            serde_json::from_str::<Wanted>(&job.payload).unwrap().card
        })
        .collect()
}

fn found(title: &str, key: Option<&str>) -> Found {
    Found {
        kind: CardKind::Link,
        title: title.into(),
        description: String::new(),
        language: None,
        author_name: String::new(),
        author_url: String::new(),
        author_id: None,
        provider_name: String::new(),
        provider_url: String::new(),
        picture: key.map(|key| Picture {
            url: "https://news.example/p.png".into(),
            key: key.into(),
            width: 4,
            height: 3,
            blurhash: None,
        }),
        published_at: None,
    }
}

#[test]
fn a_page_is_asked_once_however_many_posts_link_to_it() {
    let mut w = World::new();
    let ann = w.local("ann");
    let first = linked(&mut w, &ann, "https://news.example/a#top");
    let second = linked(&mut w, &ann, "https://news.example/a");
    let [card] = asked(&mut w)[..] else { panic!("asked once") };
    assert!(of_posts(&mut w.conn, &[first.id]).unwrap().is_empty(), "nothing to show so far");
    settle(&mut w.conn, &w.cx, card, Some(found("News", None))).unwrap();
    let cards = of_posts(&mut w.conn, &[first.id, second.id]).unwrap();
    assert_eq!(cards.len(), 2);
    let view = views::load_one(&mut w.conn, None, first).unwrap();
    assert_eq!(view.card.map(|card| card.card.title.clone()).as_deref(), Some("News"));
}

#[test]
fn a_card_grows_old_and_what_is_known_survives_a_page_that_is_away() {
    let mut w = World::new();
    let ann = w.local("ann");
    linked(&mut w, &ann, "https://news.example/a");
    let [card] = asked(&mut w)[..] else { panic!("asked once") };
    settle(&mut w.conn, &w.cx, card, Some(found("News", Some("k1")))).unwrap();
    w.wait(86_400);
    linked(&mut w, &ann, "https://news.example/a");
    assert!(asked(&mut w).is_empty(), "a day is young");
    w.wait(14 * 86_400);
    linked(&mut w, &ann, "https://news.example/a");
    assert_eq!(asked(&mut w), [card]);
    assert_eq!(settle(&mut w.conn, &w.cx, card, None).unwrap(), None);
    assert_eq!(find(&mut w.conn, card).unwrap().map(|card| card.title).as_deref(), Some("News"));
    let replaced = settle(&mut w.conn, &w.cx, card, Some(found("Newer", Some("k2")))).unwrap();
    assert_eq!(replaced.as_deref(), Some("k1"), "the old picture can go");
}

#[test]
fn an_edit_changes_the_card_and_unused_ones_go_with_their_pictures() {
    let mut w = World::new();
    let ann = w.local("ann");
    let post = linked(&mut w, &ann, "https://news.example/a");
    let [card] = asked(&mut w)[..] else { panic!("asked once") };
    settle(&mut w.conn, &w.cx, card, Some(found("News", Some("k1")))).unwrap();
    detach(&mut w.conn, post.id).unwrap();
    attach(&mut w.conn, &w.cx, &Post { content: "<p>no link</p>".into(), ..post.clone() }).unwrap();
    assert!(of_posts(&mut w.conn, &[post.id]).unwrap().is_empty());
    assert!(delete_unused(&mut w.conn, w.cx.now, 10).unwrap().is_empty(), "it is young");
    w.wait(60);
    assert_eq!(delete_unused(&mut w.conn, w.cx.now, 10).unwrap(), ["k1"]);
    assert!(find(&mut w.conn, card).unwrap().is_none());
    assert_eq!(settle(&mut w.conn, &w.cx, card, Some(found("Late", Some("k3")))).unwrap().as_deref(), Some("k3"));
}

#[test]
fn our_own_pages_and_odd_addresses_have_no_card() {
    let urls = Urls::new("https://brand.example", "brand.example");
    for link in [
        "https://brand.example/@ann/1",
        "ftp://a.example/",
        "javascript:alert(1)",
        "https://user:pass@a.example/",
        "nonsense",
        &format!("https://a.example/{}", "x".repeat(MAX_URL)),
    ] {
        assert_eq!(address_of(link, &urls), None, "{link:.60}");
    }
    assert_eq!(address_of("HTTPS://News.Example/A#b", &urls).as_deref(), Some("https://news.example/A"));
}

#[test]
fn nobody_becomes_an_author_without_agreeing() {
    let mut w = World::new();
    let kim = w.remote("kim", "social.example");
    let urls = w.cx.urls.clone();
    let mut on = |host: &str| author_on(&mut w.conn, &urls, "@kim@social.example", host).unwrap();
    assert_eq!(on("social.example"), Some(kim.id));
    assert_eq!(on("evil.example"), None);
    assert_eq!(on("notsocial.example"), None);
    assert_eq!(author_on(&mut w.conn, &urls, "@nobody@social.example", "social.example").unwrap(), None);
    let listed = Account { attribution_domains: crate::db::Json(vec!["news.example".into()]), ..kim };
    for (host, is_theirs) in [("news.example", true), ("www.news.example", true), ("fakenews.example", false)] {
        assert_eq!(agrees(&listed, &urls, host), is_theirs, "{host}");
    }
}
