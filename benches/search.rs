//! How long a search takes among very many posts.
//!
//! `cargo bench --bench search`: 100,000 posts in a SQLite file of its own. `cargo bench --bench search -- 20000 postgres://…` takes another
//! number and an empty PostgreSQL database. Each question is asked with many words; what counts is the time in the database, posts read
//! included. Figures of one run on one machine; compare them with each other only.

#![expect(clippy::expect_used, reason = "a benchmark that cannot go on has nobody to tell but the terminal")]

use std::time::{Duration, Instant};

use diesel::{ExpressionMethods, RunQueryDsl};
use rapport::context::{Context, Urls};
use rapport::db::schema::{accounts, marks, posts};
use rapport::db::{Conn, Db, Location};
use rapport::domain::search::{self, PostSearch};
use rapport::each_backend;
use rapport::error::Result;
use rapport::ids::{AccountId, IdSource, PostId};
use rapport::page::Page;
use rapport::time::{Clock, Time};

const POSTS: usize = 100_000;
/// Posts written in one transaction.
const AT_ONCE: usize = 500;
const AUTHORS: usize = 300;
/// Different words; a few of them make up most of a text.
const WORDS: u64 = 30_000;
const ROUNDS: usize = 60;
/// Who searches; of this server.
const READER: AccountId = AccountId(1);

/// Numbers that look like chance and are the same in every run (Knuth's MMIX generator).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end.max(1)
    }

    /// Small numbers far more often than large ones.
    fn skewed(&mut self, end: u64) -> u64 {
        let most = self.below(end) + 1;
        let less = self.below(most) + 1;
        self.below(less)
    }

    fn word(&mut self) -> String {
        word(self.skewed(WORDS))
    }
}

/// The word with this number, made of syllables.
fn word(mut number: u64) -> String {
    let mut word = String::new();
    for _ in 0..3 {
        for letters in [b"bdfgklmnprst".as_slice(), b"aeiou".as_slice()] {
            let count = u64::try_from(letters.len()).expect("few letters");
            let at = usize::try_from(number % count).expect("few letters");
            word.extend(letters.get(at).map(|letter| char::from(*letter)));
            number /= count;
        }
    }
    word
}

fn text(dice: &mut Dice, number: usize) -> String {
    let mut text: Vec<String> = (0..15 + dice.below(40)).map(|_| dice.word()).collect();
    if number.is_multiple_of(20) {
        text.push("東京タワーへ行きました".to_owned());
    }
    if number.is_multiple_of(10) {
        text.push("<a href=\"https://news.example/\">news.example</a>".to_owned());
    }
    text.join(" ")
}

fn main() {
    let mut given = std::env::args().skip(1).filter(|word| !word.starts_with("--"));
    let count = given.next().map_or(POSTS, |count| count.parse().expect("a number of posts"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let location = match given.next() {
        Some(url) => Location::parse(&url).expect("the URL of a database"),
        None => Location::Sqlite(folder.path().join("search.db").display().to_string()),
    };
    let patience = Duration::from_secs(60);
    let db = Db::open(&location, 2, patience, patience).expect("a database");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        db.migrate().await.expect("the schema");
        let cx = Context {
            now: Clock::system().now(),
            ids: IdSource::new(0),
            urls: Urls::new("https://brand.example", "brand.example"),
        };
        let started = Instant::now();
        fill(&db, cx.now, count).await;
        println!("{count} posts written and indexed in {:.1} s", started.elapsed().as_secs_f64());
        ask_all(&db, &cx).await;
    });
}

/// Writes the posts as if they had come one a minute until now, with what follows from them in the index.
async fn fill(db: &Db, now: Time, count: usize) {
    db.write(move |conn| {
        for number in 0..=AUTHORS {
            insert_account(conn, number, now)?;
        }
        Ok(())
    })
    .await
    .expect("accounts");
    let mut dice = Dice(1);
    for first in (0..count).step_by(AT_ONCE) {
        let texts: Vec<(usize, String)> =
            (first..count.min(first + AT_ONCE)).map(|number| (number, text(&mut dice, number))).collect();
        db.write(move |conn| insert_posts(conn, now, count, &texts)).await.expect("posts");
    }
    // What a server that runs has long done by itself.
    let analyzed = db.write(|conn| {
        each_backend!(conn, |c| diesel::sql_query("ANALYZE").execute(c))?;
        Ok(())
    });
    analyzed.await.expect("statistics");
}

/// The account `number`: 0 is the reader. A third of the others let everybody find their posts.
fn insert_account(conn: &mut Conn, number: usize, now: Time) -> Result<()> {
    let name = format!("author{number}");
    let domain = if number == 0 { "" } else { "far.example" };
    let uri = format!("https://far.example/users/{name}");
    diesel::insert_into(accounts::table)
        .values((
            accounts::id.eq(account(number)),
            accounts::username.eq(&name),
            accounts::username_lower.eq(&name),
            accounts::domain.eq(domain),
            accounts::uri.eq(&uri),
            accounts::url.eq(&uri),
            accounts::kind.eq("person"),
            accounts::display_name.eq(""),
            accounts::note.eq(""),
            accounts::note_source.eq(""),
            accounts::fields.eq("[]"),
            accounts::emojis.eq("[]"),
            accounts::avatar_description.eq(""),
            accounts::header_description.eq(""),
            accounts::is_locked.eq(false),
            accounts::is_discoverable.eq(true),
            accounts::is_indexable.eq(number.is_multiple_of(3)),
            accounts::hides_collections.eq(false),
            accounts::inbox_url.eq(format!("{uri}/inbox")),
            accounts::also_known_as.eq("[]"),
            accounts::default_visibility.eq("public"),
            accounts::default_sensitive.eq(false),
            accounts::followers_count.eq(0),
            accounts::following_count.eq(0),
            accounts::statuses_count.eq(0),
            accounts::created_at.eq(now),
            accounts::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

fn account(number: usize) -> AccountId {
    AccountId(i64::try_from(number).expect("few accounts") + READER.0)
}

fn insert_posts(conn: &mut Conn, now: Time, count: usize, texts: &[(usize, String)]) -> Result<()> {
    let mut ids = Vec::with_capacity(texts.len());
    let mut rows = Vec::with_capacity(texts.len());
    let mut kept = Vec::new();
    for (number, text) in texts {
        let age = u64::try_from(count - number).expect("a number of posts");
        let at = now.before(Duration::from_secs(60 * age));
        let id = PostId(rapport::ids::floor(at));
        let uri = format!("https://far.example/notes/{number}");
        ids.push(id);
        rows.push((
            posts::id.eq(id),
            posts::uri.eq(uri.clone()),
            posts::url.eq(uri),
            posts::account_id.eq(account(1 + number % AUTHORS)),
            posts::is_local.eq(false),
            posts::kind.eq("note"),
            posts::visibility.eq(if number.is_multiple_of(4) { "unlisted" } else { "public" }),
            posts::content.eq(format!("<p>{text}</p>")),
            posts::spoiler_text.eq(""),
            posts::is_sensitive.eq(false),
            posts::language.eq(["nl", "de", "en"].get(number % 3).copied()),
            posts::thread_id.eq(id),
            posts::mentions.eq("[]"),
            posts::tags.eq("[]"),
            posts::emojis.eq("[]"),
            posts::media.eq("[]"),
            posts::replies_count.eq(0),
            posts::boosts_count.eq(0),
            posts::favourites_count.eq(0),
            posts::created_at.eq(at),
        ));
        if number.is_multiple_of(100) {
            kept.push((
                marks::id.eq(id.0),
                marks::account_id.eq(READER),
                marks::post_id.eq(id),
                marks::kind.eq("bookmark"),
                marks::created_at.eq(at),
            ));
        }
    }
    each_backend!(conn, |c| diesel::insert_into(posts::table).values(rows).execute(c))?;
    each_backend!(conn, |c| diesel::insert_into(marks::table).values(kept).execute(c))?;
    search::refresh(conn, &ids)
}

type Question = fn(&mut Dice) -> String;

async fn ask_all(db: &Db, cx: &Context) {
    let questions: [(&str, Question); 12] = [
        ("a word that is everywhere", |dice| word(dice.below(3))),
        ("a word as people use them", Dice::word),
        ("a rare word", |dice| word(WORDS - 1 - dice.below(2000))),
        ("a word that nobody wrote", |_| "quixotic".to_owned()),
        ("three words", |dice| format!("{} {} {}", dice.word(), dice.word(), dice.word())),
        ("a phrase", |dice| format!("\"{} {}\"", dice.word(), dice.word())),
        ("one word without two others", |dice| format!("{} -{} -{}", dice.word(), dice.word(), dice.word())),
        ("by one author", |dice| format!("from:author{}@far.example {}", 1 + dice.below(300), dice.word())),
        ("with a link, in Dutch", |dice| format!("{} has:link language:nl", dice.word())),
        ("in a month of long ago", |dice| format!("{} before:2020-01", dice.word())),
        ("in one's library", |dice| format!("{} in:library", dice.word())),
        ("Japanese", |dice| if dice.below(2) == 0 { "東京タワー".to_owned() } else { "京".to_owned() }),
    ];
    let mut dice = Dice(2);
    let mut all = Vec::new();
    println!("{:<32} {:>8} {:>8} {:>8}  found", "", "p50 ms", "p95 ms", "max ms");
    for (what, question) in questions {
        let mut times = Vec::with_capacity(ROUNDS);
        let mut found = 0;
        for _ in 0..ROUNDS {
            let wanted = PostSearch {
                text: question(&mut dice),
                author: None,
                page: Page::first(20),
                offset: 0,
                with_direct: true,
            };
            let cx = cx.clone();
            let started = Instant::now();
            found += db.read(move |conn| search::posts(conn, &cx, READER, &wanted)).await.expect("an answer").len();
            times.push(started.elapsed());
        }
        all.extend_from_slice(&times);
        report(what, &mut times, found);
    }
    let found = all.len();
    report("all questions", &mut all, found);
}

fn report(what: &str, times: &mut [Duration], found: usize) {
    times.sort_unstable();
    let at = |percent: usize| {
        let place = (times.len() * percent / 100).min(times.len().saturating_sub(1));
        times.get(place).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    };
    println!("{what:<32} {:>8.2} {:>8.2} {:>8.2}  {found}", at(50), at(95), at(100));
}
