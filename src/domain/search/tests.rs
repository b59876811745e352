//! Who finds what, on an empty SQLite database in memory. Words in their languages are tested on both databases, through HTTP.

use super::*;
use crate::db::schema::{accounts as people, blocks, follows, mutes, posts as rows};
use crate::domain::accounts::Account;
use crate::domain::follows::State;
use crate::domain::follows::tests::world::World;
use crate::domain::posts::marks::{bookmark, favourite, unbookmark, unfavourite};
use crate::domain::posts::visibility::find_visible;
use crate::domain::posts::{Post, Visibility};
use crate::ids::PostId;
use crate::jobs;
use crate::page::Page;
use diesel::prelude::*;

fn question(text: &str) -> PostSearch {
    PostSearch { text: text.into(), author: None, page: Page::first(40), offset: 0, with_direct: true }
}

trait Searched {
    fn indexed(&mut self, author: &Account, visibility: Visibility, named: &[&Account]) -> Post;
    fn found(&mut self, by: &Account, text: &str) -> Vec<PostId>;
    fn run_jobs(&mut self);
    fn let_be_found(&mut self, author: &Account, is_indexable: bool);
}

impl Searched for World {
    fn indexed(&mut self, author: &Account, visibility: Visibility, named: &[&Account]) -> Post {
        let post = self.post(author, visibility, named, None);
        refresh(&mut self.conn, &[post.id]).unwrap();
        post
    }

    fn found(&mut self, by: &Account, text: &str) -> Vec<PostId> {
        posts(&mut self.conn, &self.cx, by.id, &question(text)).unwrap().iter().map(|post| post.id).collect()
    }

    fn run_jobs(&mut self) {
        loop {
            let waiting = jobs::list(&mut self.conn, 10).unwrap();
            let Some(job) = waiting.into_iter().find(|job| job.kind == JOB) else { return };
            let batch = serde_json::from_str(&job.payload).unwrap();
            go_on(&mut self.conn, &self.cx, job.id, batch).unwrap();
        }
    }

    fn let_be_found(&mut self, author: &Account, is_indexable: bool) {
        diesel::update(people::table.find(author.id))
            .set(people::is_indexable.eq(is_indexable))
            .execute(&mut self.conn)
            .unwrap();
        reconsider(&mut self.conn, &self.cx, author.id).unwrap();
    }
}

fn block(w: &mut World, by: &Account, target: &Account) {
    let row = (
        blocks::id.eq(w.cx.id::<i64>()),
        blocks::account_id.eq(by.id),
        blocks::target_id.eq(target.id),
        blocks::created_at.eq(w.cx.now),
    );
    diesel::insert_into(blocks::table).values(row).execute(&mut w.conn).unwrap();
}

#[test]
fn nobody_finds_what_they_may_not_see() {
    let mut w = World::new();
    let [author, stranger, follower, named, blocked, blocker, muter] =
        ["author", "stranger", "follower", "named", "blocked", "blocker", "muter"].map(|name| w.local(name));
    let (now, id) = (w.cx.now, w.cx.id::<i64>());
    let follow = (
        follows::id.eq(id),
        follows::account_id.eq(follower.id),
        follows::target_id.eq(author.id),
        follows::state.eq(State::Accepted),
        follows::uri.eq(""),
        follows::shows_boosts.eq(true),
        follows::notifies.eq(false),
        follows::languages.eq("[]"),
        follows::created_at.eq(now),
    );
    diesel::insert_into(follows::table).values(follow).execute(&mut w.conn).unwrap();
    block(&mut w, &author, &blocked);
    block(&mut w, &blocker, &author);
    let mute = (
        mutes::id.eq(w.cx.id::<i64>()),
        mutes::account_id.eq(muter.id),
        mutes::target_id.eq(author.id),
        mutes::hides_notifications.eq(true),
        mutes::created_at.eq(now),
    );
    diesel::insert_into(mutes::table).values(mute).execute(&mut w.conn).unwrap();
    for visibility in Visibility::ALL {
        let post = w.indexed(&author, *visibility, &[&named, &blocked]);
        let is_public = *visibility == Visibility::Public;
        for (reader, expected) in [
            (&author, true),
            (&named, true),
            (&stranger, is_public),
            (&follower, is_public),
            (&blocked, false),
            (&blocker, false),
            (&muter, false),
        ] {
            let name = &reader.username;
            assert_eq!(w.found(reader, "hello").contains(&post.id), expected, "{visibility} by {name}");
            let is_visible = find_visible(&mut w.conn, post.id, Some(reader.id)).unwrap().is_some();
            assert!(is_visible || !expected, "{visibility} by {name}");
        }
    }
}

#[test]
fn what_one_did_something_with_is_in_ones_library() {
    let mut w = World::new();
    let (author, reader) = (w.local("author"), w.local("reader"));
    let post = w.indexed(&author, Visibility::Unlisted, &[]);
    assert!(w.found(&reader, "hello").is_empty());
    bookmark(&mut w.conn, &w.cx, &reader, post.id).unwrap();
    assert_eq!(w.found(&reader, "hello in:library"), [post.id]);
    assert!(w.found(&reader, "hello in:public").is_empty());
    favourite(&mut w.conn, &w.cx, &reader, post.id).unwrap();
    unbookmark(&mut w.conn, &reader, post.id).unwrap();
    assert_eq!(w.found(&reader, "hello"), [post.id], "the favourite is still there");
    unfavourite(&mut w.conn, &w.cx, &reader, post.id).unwrap();
    assert!(w.found(&reader, "hello").is_empty());
}

#[test]
fn who_closes_their_posts_closes_them_at_once() {
    let mut w = World::new();
    let (author, reader) = (w.remote("author", "far.example"), w.local("reader"));
    let post = w.indexed(&author, Visibility::Public, &[]);
    assert_eq!(w.found(&reader, "hello"), [post.id]);
    w.let_be_found(&author, false);
    assert!(w.found(&reader, "hello").is_empty());
    w.run_jobs();
    w.let_be_found(&author, true);
    w.run_jobs();
    assert_eq!(w.found(&reader, "hello"), [post.id]);
}

#[test]
fn what_was_there_before_is_indexed_by_jobs() {
    let mut w = World::new();
    let author = w.local("author");
    for _ in 0..250 {
        w.wait(1);
        w.post(&author, Visibility::Public, &[], None);
    }
    assert!(w.found(&author, "hello").is_empty());
    rebuild(&mut w.conn, &w.cx).unwrap();
    w.run_jobs();
    let all = PostSearch { page: Page::first(1000), ..question("hello") };
    assert_eq!(posts(&mut w.conn, &w.cx, author.id, &all).unwrap().len(), 250);
    let called = AccountSearch { text: "aut".into(), following: false, limit: 10, offset: 0 };
    assert_eq!(accounts(&mut w.conn, &w.cx, None, &called).unwrap().len(), 1);
}

#[test]
fn what_is_deleted_leaves_nothing_in_the_index() {
    use crate::db::schema::{account_index, post_index};
    let mut w = World::new();
    let author = w.remote("author", "far.example");
    add_account(&mut w.conn, &author).unwrap();
    let (gone, kept) = (w.indexed(&author, Visibility::Public, &[]), w.indexed(&author, Visibility::Public, &[]));
    remove(&mut w.conn, gone.id).unwrap();
    let there: Vec<i64> = post_index::table.select(post_index::rowid).load(&mut w.conn).unwrap();
    assert_eq!(there, [kept.id.0]);
    crate::domain::accounts::actions::remove_remote(&mut w.conn, &w.cx, &author).unwrap();
    assert_eq!(post_index::table.count().get_result::<i64>(&mut w.conn).unwrap(), 0);
    assert_eq!(account_index::table.count().get_result::<i64>(&mut w.conn).unwrap(), 0);
}

#[test]
fn pages_and_offsets_go_by_id() {
    let mut w = World::new();
    let author = w.local("author");
    let mut ids = Vec::new();
    for _ in 0..5 {
        w.wait(1);
        ids.push(w.indexed(&author, Visibility::Public, &[]).id);
    }
    ids.reverse();
    let mut page = |page: Page, offset: i64| {
        let wanted = PostSearch { page, offset, ..question("hello") };
        let found = posts(&mut w.conn, &w.cx, author.id, &wanted).unwrap();
        found.iter().map(|post| post.id).collect::<Vec<_>>()
    };
    assert_eq!(page(Page::first(2), 1), ids[1..3]);
    assert_eq!(page(Page::before(ids[1].0, 2), 0), ids[2..4]);
    assert_eq!(page(Page { min_id: Some(ids[4].0), ..Page::first(2) }, 0), ids[2..4]);
}

#[test]
fn dates_are_when_a_post_was_written() {
    let mut w = World::new();
    let author = w.local("author");
    // 2027-01-15.
    let first = w.indexed(&author, Visibility::Public, &[]).id;
    w.wait(86_400);
    let second = w.indexed(&author, Visibility::Public, &[]).id;
    for (text, expected) in [
        ("during:2027-01-15", vec![first]),
        ("after:2027-01-15", vec![second]),
        ("before:2027-01-16", vec![first]),
        ("-during:2027-01-15", vec![second]),
        ("-before:2027-01-16", vec![second]),
        ("during:2027-01", vec![second, first]),
        ("hello during:2027", vec![second, first]),
        ("before:2027-01-15", vec![]),
    ] {
        assert_eq!(w.found(&author, text), expected, "{text}");
    }
}

#[test]
fn an_old_post_that_came_late_is_found_by_its_date() {
    let mut w = World::new();
    let author = w.local("author");
    let post = w.indexed(&author, Visibility::Public, &[]);
    let earlier = w.cx.now.before(std::time::Duration::from_secs(3000));
    diesel::update(rows::table.find(post.id)).set(rows::created_at.eq(earlier)).execute(&mut w.conn).unwrap();
    let day = earlier.date();
    assert_eq!(w.found(&author, &format!("during:{day}")), [post.id]);
}
