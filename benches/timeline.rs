//! How fast the home timeline is read, from the database to the JSON that clients get.
//!
//! `cargo bench --bench timeline [-- postgres://…]`: pages of 20 at places all over a timeline of 800 posts by 20 authors, one reader at a time and
//! 16 at once. Without HTTP. Figures of one run on one machine; compare them with each other only.

#![expect(clippy::expect_used, reason = "a benchmark that cannot go on has nobody to tell but the terminal")]

mod world;
mod writing;

use std::sync::Arc;
use std::time::Instant;

use rapport::api::entities::status::Status;
use rapport::app::App;
use rapport::db::upkeep;
use rapport::domain::accounts::Kind;
use rapport::domain::accounts::actions::{GeneratedKeys, NewLocal, create_local};
use rapport::domain::follows::{self, FollowOptions};
use rapport::domain::posts::views;
use rapport::domain::timelines;
use rapport::ids::AccountId;
use rapport::page::Page;
use tokio::task::JoinSet;
use world::World;

const AUTHORS: usize = 20;
const POSTS: usize = 800;
const READS: usize = 4000;
const READERS: usize = 16;
const PAGE: i64 = 20;

fn main() {
    world::on_each_database(bench);
}

async fn bench(world: World) {
    let (app, me) = (world.app.clone(), world.brand.id);
    let places = Arc::new(fill(&world).await);
    app.db.write(upkeep::refresh_statistics).await.expect("statistics");
    for readers in [1, READERS] {
        let started = Instant::now();
        let mut reading = JoinSet::new();
        for reader in 0..readers {
            let (app, places) = (app.clone(), places.clone());
            reading.spawn(async move {
                for number in (reader..READS).step_by(readers) {
                    // A prime apart, so that one page tells nothing of the next.
                    let before = places.get(number * 37 % places.len()).copied();
                    assert!(read(&app, me, before).await > 0, "a page has something in it");
                }
            });
        }
        while let Some(ended) = reading.join_next().await {
            ended.expect("a reader ends well");
        }
        world::report(&format!("pages of the home timeline, {readers} at once"), READS, started);
    }
}

/// Has the brand follow authors who write; returns places in its timeline.
async fn fill(world: &World) -> Vec<i64> {
    let (app, brand) = (&world.app, world.brand.clone());
    let keys = GeneratedKeys::generate().expect("keys");
    let followed = app.act(move |conn, cx| {
        let mut authors = Vec::with_capacity(AUTHORS);
        for number in 0..AUTHORS {
            let new = NewLocal { username: format!("author{number}"), kind: Kind::Person, display_name: String::new() };
            let author = create_local(conn, cx, new, &keys)?;
            follows::request(conn, cx, &brand, author.id, FollowOptions::default())?;
            authors.push(author);
        }
        Ok(authors)
    });
    let authors = followed.await.expect("authors to follow");
    let mut places = Vec::with_capacity(POSTS);
    for (number, author) in (0..POSTS).zip(authors.iter().cycle()) {
        let text = format!("Number {number} about #bread{}, with a link: https://example.org/{number}", number % 50);
        places.push(writing::publish(app, author, text).await.id.0);
    }
    // The oldest have nothing before them.
    places.split_off(usize::try_from(PAGE).expect("a small number"))
}

/// One page, as `GET /api/v1/timelines/home` makes it; how long its JSON is.
async fn read(app: &App, me: AccountId, before: Option<i64>) -> usize {
    let cx = app.context().expect("an address");
    let page = Page { max_id: before, ..Page::first(PAGE) };
    let json = app.db.read(move |conn| {
        let posts = timelines::home(conn, me, &page)?;
        let shown = views::load(conn, Some(me), posts)?;
        let statuses: Vec<Status> = shown.iter().map(|view| Status::render(view, &cx, Some(me))).collect();
        Ok(serde_json::to_vec(&statuses)?)
    });
    json.await.expect("a page").len()
}
