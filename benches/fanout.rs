//! How fast a post reaches its followers elsewhere.
//!
//! `cargo bench --bench fanout [-- postgres://…]`: one post to 2000 followers on as many hosts, which all lie on this machine and answer at once without
//! checking anything; plain HTTP. Figures of one run on one machine; compare them with each other only.

#![expect(clippy::expect_used, reason = "a benchmark that cannot go on has nobody to tell but the terminal")]

mod strangers;
mod world;
mod writing;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rapport::crypto::keys::PrivateKey;
use rapport::domain::accounts::actions::store_remote;
use rapport::domain::follows;
use strangers::stranger;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use world::World;

const FOLLOWERS: usize = 2000;
const POSTS: usize = 3;
/// How many followers one transaction makes.
const TOGETHER: usize = 200;
/// How long deliveries may take before the benchmark gives up.
const PATIENCE: Duration = Duration::from_secs(300);

fn main() {
    world::on_each_database(bench);
}

async fn bench(world: World) {
    let app = &world.app;
    let sink = Sink::start();
    let key = PrivateKey::generate_rsa().expect("a key");
    let hosts: Vec<String> = (0..FOLLOWERS).map(|number| format!("h{number}.test:{}", sink.port)).collect();
    for hosts in hosts.chunks(TOGETHER) {
        let (followers, brand): (Vec<_>, _) =
            (hosts.iter().map(|host| stranger(host, key.public())).collect(), world.brand.clone());
        let followed = app.act(move |conn, cx| {
            for follower in followers {
                let id = format!("{}/follows/1", follower.uri);
                let follower = store_remote(conn, cx, follower)?;
                follows::receive_follow(conn, cx, &follower, &brand, &id)?;
            }
            Ok(())
        });
        followed.await.expect("followers");
    }
    let running = strangers::serve(app);
    let started = Instant::now();
    sink.wait_for(FOLLOWERS).await;
    world::report("follows accepted, one activity each", FOLLOWERS, started);
    for post in 1..=POSTS {
        let started = Instant::now();
        writing::publish(app, &world.brand, format!("Number {post}")).await;
        let published = started.elapsed();
        sink.wait_for(FOLLOWERS * (post + 1)).await;
        world::report(&format!("one post, published in {} ms, delivered", published.as_millis()), FOLLOWERS, started);
    }
    running.stop().await.expect("a clean stop");
}

/// All other servers: answers everything with 202 and counts.
struct Sink {
    port: u16,
    taken: Arc<AtomicUsize>,
}

impl Sink {
    /// On a thread of its own, so that it does not wait for the server that is measured.
    fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket that does not block");
        let port = listener.local_addr().expect("an address").port();
        let taken = Arc::new(AtomicUsize::new(0));
        let count = taken.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).expect("a listener");
                let mut connections = JoinSet::new();
                while let Ok((stream, _)) = listener.accept().await {
                    connections.spawn(answer(stream, count.clone()));
                    while connections.try_join_next().is_some() {}
                }
            });
        });
        Self { port, taken }
    }

    async fn wait_for(&self, count: usize) {
        let mut look = tokio::time::interval(Duration::from_millis(1));
        let enough = async {
            while self.taken.load(Ordering::Relaxed) < count {
                look.tick().await;
            }
        };
        tokio::time::timeout(PATIENCE, enough).await.expect("deliveries arrive");
    }
}

/// Takes one request after the other until the connection ends.
async fn answer(stream: TcpStream, count: Arc<AtomicUsize>) {
    let mut stream = BufReader::new(stream);
    while let Ok(Some(length)) = head(&mut stream).await {
        let mut body = vec![0; length];
        if stream.read_exact(&mut body).await.is_err() {
            return;
        }
        count.fetch_add(1, Ordering::Relaxed);
        if stream.write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").await.is_err() {
            return;
        }
    }
}

/// Reads the head of a request; how long its body is, or nothing if the connection has ended.
async fn head(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<usize>> {
    let mut length = 0;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(None);
        }
        match line.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().unwrap_or(0);
            }
            None if line.trim().is_empty() => return Ok(Some(length)),
            _ => {}
        }
    }
}
