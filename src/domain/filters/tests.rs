use std::time::Duration;

use diesel::prelude::*;

use super::actions::{Expiry, FilterEdit, KeywordEdit};
use super::phrases::PhraseEdit;
use super::*;
use crate::db::Conn;
use crate::db::schema::posts;
use crate::domain::accounts::Account as Person;
use crate::domain::follows::tests::world::World;
use crate::domain::posts::views::{self, PostView};
use crate::domain::posts::{Post, Visibility};
use crate::error::{Error, FieldError};

fn word(text: &str) -> KeywordEdit {
    KeywordEdit { keyword: Some(text.into()), ..KeywordEdit::default() }
}

fn filter(title: &str, action: Action, keywords: &[&str]) -> FilterEdit {
    FilterEdit {
        title: Some(title.into()),
        contexts: Some(vec!["home".into(), "thread".into()]),
        action: Some(action),
        keywords: keywords.iter().map(|text| word(text)).collect(),
        ..FilterEdit::default()
    }
}

fn make(w: &mut World, me: &Person, edit: &FilterEdit) -> FilterView {
    actions::create(&mut w.conn, &w.cx, me.id, edit).unwrap()
}

fn say(w: &mut World, author: &Person, html: &str) -> Post {
    let post = w.post(author, Visibility::Public, &[], None);
    diesel::update(posts::table.find(post.id))
        .set((posts::content.eq(html), posts::source.eq(None::<String>)))
        .execute(&mut w.conn)
        .unwrap();
    Post { content: html.into(), source: None, ..post }
}

fn boost(w: &mut World, by: &Person, original: &Post) -> Post {
    let post = w.post(by, Visibility::Public, &[], None);
    diesel::update(posts::table.find(post.id)).set(posts::boost_of_id.eq(original.id)).execute(&mut w.conn).unwrap();
    Post { boost_of_id: Some(original.id), content: String::new(), ..post }
}

fn seen(conn: &mut Conn, me: &Person, post: &Post) -> PostView {
    let mut found = views::load(conn, Some(me.id), vec![post.clone()]).unwrap();
    mark_for(conn, me.id, &mut found).unwrap();
    found.pop().unwrap()
}

/// The titles of the filters that it matches, with the words and the number of posts by which it does.
fn matches(view: &PostView) -> Vec<(&str, Option<&str>, usize)> {
    view.filtered.iter().map(|m| (m.filter.title.as_str(), m.keyword.as_deref(), m.posts.len())).collect()
}

fn wrong_fields(error: Error) -> Vec<&'static str> {
    let Error::Invalid(fields) = error else { panic!("{error:?}") };
    fields.iter().map(|FieldError { field, .. }| *field).collect()
}

#[test]
fn keywords_are_looked_for_in_all_that_is_read() {
    let mut w = World::new();
    let (me, bob) = (w.local("me"), w.local("bob"));
    make(&mut w, &me, &filter("Drinks", Action::Warn, &["tea", "coffee"]));
    make(&mut w, &me, &filter("Games", Action::Hide, &["chess"]));
    let text = say(&mut w, &bob, "<p>Some <b>Tea</b>, some&nbsp;CHESS</p>");
    assert_eq!(matches(&seen(&mut w.conn, &me, &text)), [("Drinks", Some("Tea"), 0), ("Games", Some("CHESS"), 0)]);
    let warned = Post { spoiler_text: "coffee".into(), ..say(&mut w, &bob, "<p>…</p>") };
    assert_eq!(matches(&seen(&mut w.conn, &me, &warned)), [("Drinks", Some("coffee"), 0)]);
    let other = say(&mut w, &bob, "<p>Steam and <a href=\"https://tea.example/\">a link</a></p>");
    assert!(matches(&seen(&mut w.conn, &me, &other)).is_empty());
    assert!(matches(&seen(&mut w.conn, &bob, &text)).is_empty(), "the filters of one are not those of another");
}

#[test]
fn posts_are_found_by_themselves_and_in_boosts() {
    let mut w = World::new();
    let (me, bob, eve) = (w.local("me"), w.local("bob"), w.local("eve"));
    let made = make(&mut w, &me, &filter("Enough", Action::Hide, &[]));
    let original = say(&mut w, &bob, "<p>Again</p>");
    let boosted = boost(&mut w, &eve, &original);
    let row = actions::add_post(&mut w.conn, &w.cx, me.id, made.filter.id, &original).unwrap();
    let again = actions::add_post(&mut w.conn, &w.cx, me.id, made.filter.id, &original);
    assert_eq!(wrong_fields(again.unwrap_err()), ["status_id"]);

    assert_eq!(matches(&seen(&mut w.conn, &me, &original)), [("Enough", None, 1)]);
    let view = seen(&mut w.conn, &me, &boosted);
    assert_eq!(matches(&view), [("Enough", None, 1)]);
    assert_eq!(matches(view.original()), [("Enough", None, 1)]);
    assert!(view.is_hidden(Place::Home, w.cx.now) && !view.is_hidden(Place::Public, w.cx.now));

    actions::delete_post(&mut w.conn, &w.cx, me.id, row.id).unwrap();
    assert!(matches(&seen(&mut w.conn, &me, &original)).is_empty());
}

#[test]
fn a_change_counts_at_once_and_an_account_without_filters_asks_for_nothing() {
    let mut w = World::new();
    let (me, bob) = (w.local("me"), w.local("bob"));
    let post = say(&mut w, &bob, "<p>tea</p>");
    assert_eq!(queries::version(&mut w.conn, me.id).unwrap(), 0);
    let made = make(&mut w, &me, &filter("Drinks", Action::Hide, &["tea"]));
    assert!(seen(&mut w.conn, &me, &post).is_hidden(Place::Home, w.cx.now));

    let edit = FilterEdit { action: Some(Action::Warn), title: Some("Cups".into()), ..FilterEdit::default() };
    actions::update(&mut w.conn, &w.cx, me.id, made.filter.id, &edit).unwrap();
    let view = seen(&mut w.conn, &me, &post);
    assert_eq!(matches(&view), [("Cups", Some("tea"), 0)]);
    assert!(!view.is_hidden(Place::Home, w.cx.now));

    actions::delete(&mut w.conn, &w.cx, me.id, made.filter.id).unwrap();
    assert!(matches(&seen(&mut w.conn, &me, &post)).is_empty());
    assert_eq!(queries::version(&mut w.conn, me.id).unwrap(), 0);
    assert!(queries::list(&mut w.conn, me.id).unwrap().is_empty());
}

#[test]
fn a_filter_that_has_ended_hides_nothing() {
    let mut w = World::new();
    let (me, bob) = (w.local("me"), w.local("bob"));
    let post = say(&mut w, &bob, "<p>tea</p>");
    let edit = FilterEdit { expiry: Expiry::In(60), ..filter("Drinks", Action::Hide, &["tea"]) };
    let made = make(&mut w, &me, &edit);
    assert_eq!(made.filter.expires_at, Some(w.cx.now.after(Duration::from_secs(60))));
    assert!(seen(&mut w.conn, &me, &post).is_hidden(Place::Home, w.cx.now));
    w.wait(60);
    assert!(!seen(&mut w.conn, &me, &post).is_hidden(Place::Home, w.cx.now));
    let forever = FilterEdit { expiry: Expiry::Never, ..FilterEdit::default() };
    let after = actions::update(&mut w.conn, &w.cx, me.id, made.filter.id, &forever).unwrap();
    assert_eq!(after.filter.expires_at, None);
    assert!(seen(&mut w.conn, &me, &post).is_hidden(Place::Home, w.cx.now));
}

#[test]
fn keywords_are_added_changed_and_removed_with_their_filter() {
    let mut w = World::new();
    let me = w.local("me");
    let made = make(&mut w, &me, &filter("Drinks", Action::Warn, &["tea", "coffee", " "]));
    let [tea, coffee] = made.keywords.as_slice() else { panic!("{:?}", made.keywords) };
    assert!(tea.is_whole_word, "as it is unless said otherwise");
    let edit = FilterEdit {
        keywords: vec![
            KeywordEdit { id: Some(tea.id), removes: true, ..KeywordEdit::default() },
            KeywordEdit { id: Some(coffee.id), is_whole_word: Some(false), ..KeywordEdit::default() },
            word("cocoa"),
        ],
        ..FilterEdit::default()
    };
    let after = actions::update(&mut w.conn, &w.cx, me.id, made.filter.id, &edit).unwrap();
    let kept = queries::get(&mut w.conn, me.id, made.filter.id).unwrap();
    assert_eq!(after.keywords, kept.keywords);
    let words: Vec<_> = kept.keywords.iter().map(|k| (k.keyword.as_str(), k.is_whole_word)).collect();
    assert_eq!(words, [("coffee", false), ("cocoa", true)]);

    let gone = FilterEdit { keywords: vec![KeywordEdit { id: Some(tea.id), ..word("x") }], ..FilterEdit::default() };
    let refused = actions::update(&mut w.conn, &w.cx, me.id, made.filter.id, &gone);
    assert!(matches!(refused, Err(Error::NotFound(_))));
}

#[test]
fn nobody_reaches_the_filters_of_others() {
    let mut w = World::new();
    let (me, eve) = (w.local("me"), w.local("eve"));
    let made = make(&mut w, &me, &filter("Drinks", Action::Warn, &["tea"]));
    let (id, keyword) = (made.filter.id, made.keywords[0].id);
    let post = say(&mut w, &eve, "<p>tea</p>");
    let not_found = |outcome: Result<(), Error>| assert!(matches!(outcome, Err(Error::NotFound(_))), "{outcome:?}");
    not_found(queries::get(&mut w.conn, eve.id, id).map(drop));
    not_found(queries::keywords(&mut w.conn, eve.id, id).map(drop));
    not_found(queries::get_keyword(&mut w.conn, eve.id, keyword).map(drop));
    not_found(actions::update(&mut w.conn, &w.cx, eve.id, id, &FilterEdit::default()).map(drop));
    not_found(actions::delete(&mut w.conn, &w.cx, eve.id, id));
    not_found(actions::add_keyword(&mut w.conn, &w.cx, eve.id, id, "x", None).map(drop));
    not_found(actions::delete_keyword(&mut w.conn, &w.cx, eve.id, keyword));
    not_found(actions::add_post(&mut w.conn, &w.cx, eve.id, id, &post).map(drop));
    let other = make(&mut w, &eve, &filter("Mine", Action::Warn, &[]));
    let theirs = FilterEdit {
        keywords: vec![KeywordEdit { id: Some(keyword), removes: true, ..KeywordEdit::default() }],
        ..FilterEdit::default()
    };
    not_found(actions::update(&mut w.conn, &w.cx, eve.id, other.filter.id, &theirs).map(drop));
    assert_eq!(queries::keywords(&mut w.conn, me.id, id).unwrap().len(), 1);
}

#[test]
fn what_is_wrong_is_named_and_nothing_is_made() {
    let mut w = World::new();
    let me = w.local("me");
    let mut refused = |edit: FilterEdit| {
        let error = actions::create(&mut w.conn, &w.cx, me.id, &edit).unwrap_err();
        assert!(queries::list(&mut w.conn, me.id).unwrap().is_empty());
        wrong_fields(error)
    };
    assert_eq!(refused(FilterEdit::default()), ["title", "context"]);
    let good = || filter("Drinks", Action::Warn, &["tea"]);
    assert_eq!(refused(FilterEdit { contexts: Some(vec!["everywhere".into()]), ..good() }), ["context"]);
    assert_eq!(refused(FilterEdit { contexts: Some(vec![" ".into()]), ..good() }), ["context"]);
    assert_eq!(refused(FilterEdit { title: Some("x".repeat(MAX_TITLE + 1)), ..good() }), ["title"]);
    assert_eq!(refused(FilterEdit { expiry: Expiry::In(-1), ..good() }), ["expires_in"]);
    assert_eq!(refused(FilterEdit { keywords: vec![word(&"x".repeat(MAX_KEYWORD + 1))], ..good() }), ["keyword"]);
    assert_eq!(refused(FilterEdit { keywords: vec![word("x"); MAX_KEYWORDS + 1], ..good() }), ["keywords"]);
    let many = MAX_CHARACTERS / MAX_KEYWORD + 1;
    assert_eq!(refused(FilterEdit { keywords: vec![word(&"x".repeat(MAX_KEYWORD)); many], ..good() }), ["keywords"]);
}

#[test]
fn filters_have_a_number_at_which_they_end() {
    let mut w = World::new();
    let me = w.local("me");
    for _ in 0..MAX_FILTERS {
        make(&mut w, &me, &filter("Drinks", Action::Warn, &[]));
    }
    let refused = actions::create(&mut w.conn, &w.cx, me.id, &filter("More", Action::Warn, &[]));
    assert_eq!(wrong_fields(refused.unwrap_err()), ["filter"]);
}

#[test]
fn old_clients_see_one_filter_for_each_keyword() {
    let mut w = World::new();
    let me = w.local("me");
    let new = PhraseEdit {
        phrase: Some("from birdsite".into()),
        contexts: Some(vec!["home".into()]),
        is_irreversible: Some(true),
        ..PhraseEdit::default()
    };
    let made = phrases::create(&mut w.conn, &w.cx, me.id, &new).unwrap();
    assert_eq!((made.filter.title.as_str(), made.filter.action), ("from birdsite", Action::Hide));
    assert!(!made.keyword.is_whole_word);

    let edit = PhraseEdit { phrase: Some("bird".into()), is_irreversible: Some(false), ..PhraseEdit::default() };
    let after = phrases::update(&mut w.conn, &w.cx, me.id, made.keyword.id, &edit).unwrap();
    assert_eq!((after.filter.title.as_str(), after.filter.action), ("bird", Action::Warn));

    actions::add_keyword(&mut w.conn, &w.cx, me.id, made.filter.id, "second", None).unwrap();
    assert_eq!(phrases::list(&mut w.conn, me.id).unwrap().len(), 2);
    let hide = PhraseEdit { is_irreversible: Some(true), ..PhraseEdit::default() };
    let refused = phrases::update(&mut w.conn, &w.cx, me.id, made.keyword.id, &hide);
    assert_eq!(wrong_fields(refused.unwrap_err()), ["filter"]);
    let safe = PhraseEdit { phrase: Some("third".into()), is_irreversible: Some(false), ..PhraseEdit::default() };
    let after = phrases::update(&mut w.conn, &w.cx, me.id, made.keyword.id, &safe).unwrap();
    assert_eq!((after.keyword.keyword.as_str(), after.filter.title.as_str()), ("third", "bird"));

    let blank = PhraseEdit { phrase: Some(" ".into()), contexts: new.contexts, ..PhraseEdit::default() };
    let refused = phrases::create(&mut w.conn, &w.cx, me.id, &blank);
    assert_eq!(wrong_fields(refused.unwrap_err()), ["phrase"]);
}
