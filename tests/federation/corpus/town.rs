//! The server under test in its world: the people here, ways to send it something, and ways to see what came of it.

use std::collections::HashMap;
use std::time::Duration;

use diesel::prelude::*;
use rapport::db::Conn;
use rapport::db::schema::{accounts, blocks, follows, inbox_items, marks, notifications, poll_votes, posts};
use rapport::domain::accounts::Account;
use rapport::domain::follows::{self as following, FollowOptions};
use rapport::domain::resolver::Resolved;
use rapport::error::{Error, Result};
use rapport::federation::signatures::{SignInput, sign_cavage};
use rapport::ids::{AccountId, PollId, PostId};
use rapport::time::{Clock, Time};
use serde_json::{Value, json};
use url::Url;

use super::world::{NETWORK, World, key_id_of, key_of};
use crate::harness::server::browserless;
use crate::harness::{Caller, TestDatabase, TestServer};

/// When the payloads come: after the youngest of them was made.
pub const NOW: i64 = 1_782_900_000;
/// How long anything may take before it counts as endless.
const PATIENCE: Duration = Duration::from_secs(60);

/// The server, its world and its people.
pub struct Town {
    /// Everything else.
    pub world: World,
    /// The server.
    pub server: TestServer,
    /// Its time.
    pub clock: Clock,
    /// The brand of the fixtures.
    pub brand: Caller,
    /// Somebody who follows everybody elsewhere, so that what they send concerns this server.
    pub reader: Caller,
    /// Addresses of the fixtures' local server and what they are here.
    pub ours: HashMap<String, String>,
    http: reqwest::Client,
}

impl Town {
    /// Builds one; the error says why this machine does not allow it.
    pub async fn build(database: TestDatabase) -> std::result::Result<Self, String> {
        let world = World::open()?;
        // Some days earlier, so that one poll has ended when the payloads come.
        let clock = Clock::manual(Time::from_unix(NOW - 2 * 86_400));
        let authority = world.authority().display().to_string();
        let settings = [
            ("RAPPORT_FEDERATION__ALLOW_ADDRESSES", NETWORK),
            ("RAPPORT_FEDERATION__EXTRA_CA_FILE", authority.as_str()),
        ];
        let server = TestServer::start_in_world(database, world.lookup(), clock.clone(), &settings).await;
        let (brand, community, reader) =
            (server.brand("brand").await, server.brand("community").await, server.person("reader").await);
        let mut ours = HashMap::from([
            ("https://local.example/users/brand".to_owned(), brand.account.uri.clone()),
            ("https://local.example/c/community".to_owned(), community.account.uri.clone()),
        ]);
        let poll = |seconds: u32| json!({ "options": ["Option A", "Option B"], "expires_in": seconds });
        for (path, post) in [
            ("1", json!({ "status": "A public post", "visibility": "public" })),
            ("followers-only-1", json!({ "status": "Words for followers", "visibility": "private" })),
            ("poll1", json!({ "status": "Which?", "poll": poll(6 * 86_400) })),
            ("poll-ended", json!({ "status": "Which was it?", "poll": poll(3600) })),
        ] {
            let status = brand.post("/api/v1/statuses", post).await.ok();
            ours.insert(
                format!("https://local.example/posts/{path}"),
                status["uri"].as_str().expect("a uri").to_owned(),
            );
        }
        clock.set(Time::from_unix(NOW));
        Ok(Self { world, server, clock, brand, reader, ours, http: browserless() })
    }

    /// What an address of the fixtures' local server is here.
    pub fn here(&self, path: &str) -> String {
        self.ours[&format!("https://local.example/{path}")].clone()
    }

    /// Sends a body to the shared inbox, signed by `signer`; the status of the answer.
    pub async fn deliver(&self, body: &[u8], signer: &str) -> u16 {
        let url = Url::parse("https://local.example/inbox").expect("an address");
        let (key_id, key) = (key_id_of(signer), key_of(signer));
        let input = SignInput {
            method: "POST",
            url: &url,
            key_id: &key_id,
            key,
            body: Some(body),
            content_type: None,
            now: self.clock.now(),
        };
        let mut request = self.http.post(self.server.url("/inbox")).body(body.to_vec());
        for (name, value) in sign_cavage(&input).expect("a signature") {
            request = request.header(name, value);
        }
        // A connection that breaks off is a handler that panicked.
        request.send().await.map_or(599, |answer| answer.status().as_u16())
    }

    /// Waits until everything that actors of the hosts with this ending sent was applied or has to wait; then, what went wrong inside.
    pub async fn settle(&self, suffix: &str) -> Vec<String> {
        let pattern = format!("%{suffix}%");
        let now = self.clock.now();
        let waiting = async {
            loop {
                let pattern = pattern.clone();
                let left: i64 = self
                    .read(move |conn| {
                        let open = inbox_items::due_at.le(now).or(inbox_items::leased_until.is_not_null());
                        let queued = inbox_items::state.eq("queued").and(inbox_items::actor_uri.like(pattern));
                        Ok(inbox_items::table.filter(queued).filter(open).count().get_result(conn)?)
                    })
                    .await;
                if left == 0 {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(4)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
            return vec![format!("it was not applied within {PATIENCE:?}")];
        }
        let notes: Vec<(String, Option<String>)> = self
            .read(move |conn| {
                let all = inbox_items::table.filter(inbox_items::actor_uri.like(pattern));
                Ok(all.select((inbox_items::state, inbox_items::last_error)).load(conn)?)
            })
            .await;
        let is_own = |note: &str| {
            ["panicked", "database", "constraint", "syntax", "bug"]
                .iter()
                .any(|word| note.to_lowercase().contains(word))
        };
        notes.into_iter().filter_map(|(state, note)| note.filter(|note| state != "done" && is_own(note))).collect()
    }

    /// What the worker noted at the ends of the activities of the hosts with this ending.
    pub async fn notes(&self, suffix: &str) -> String {
        let pattern = format!("%{suffix}%");
        let notes: Vec<Option<String>> = self
            .read(move |conn| {
                Ok(inbox_items::table
                    .filter(inbox_items::actor_uri.like(pattern))
                    .order(inbox_items::id.desc())
                    .limit(2)
                    .select(inbox_items::last_error)
                    .load(conn)?)
            })
            .await;
        notes.into_iter().flatten().collect::<Vec<_>>().join(" / ")
    }

    /// Reads from the database.
    pub async fn read<T: Send + 'static>(&self, query: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static) -> T {
        self.server.app.db.read(query).await.expect("the database answers")
    }

    /// Asks for what stands at an address elsewhere, as a search does. The error is one of our own.
    pub async fn resolve(&self, url: &str) -> std::result::Result<Option<Resolved>, String> {
        let resolver = self.server.app.resolver().expect("a resolver");
        match resolver.object(url).await {
            Ok(found) => Ok(found),
            Err(error @ (Error::Internal(_) | Error::Busy(_))) => Err(format!("{error:?}")),
            Err(_) => Ok(None),
        }
    }

    /// Makes an actor elsewhere known and followed by the reader.
    pub async fn befriend(&self, actor: &str) -> Option<Account> {
        let Ok(Some(Resolved::Account(id))) = self.resolve(actor).await else { return None };
        let account = self.follow(&self.reader, id).await?;
        let (remote, me) = (account.clone(), self.reader.account.id);
        let accepted = self.server.app.act(move |conn, _| following::receive_accept(conn, &remote, None, Some(me)));
        accepted.await.is_ok().then_some(account)
    }

    /// Asks to follow an actor elsewhere; the actor.
    pub async fn follow(&self, caller: &Caller, id: AccountId) -> Option<Account> {
        let me = caller.account.clone();
        let asked = self.server.app.act(move |conn, cx| {
            following::request(conn, cx, &me, id, FollowOptions::default())?;
            rapport::domain::accounts::queries::get(conn, id)
        });
        asked.await.ok()
    }

    /// Everything that the hosts with this ending may have changed, line by line.
    pub async fn snapshot(&self, suffix: &str) -> Vec<String> {
        let pattern = format!("%{suffix}%");
        let here = "https://local.example%";
        self.read(move |conn| {
            let mut lines = Vec::new();
            let people: Vec<(AccountId, String, String, String, String)> = accounts::table
                .filter(accounts::uri.like(&pattern).or(accounts::domain.eq("")))
                .select((accounts::id, accounts::uri, accounts::display_name, accounts::inbox_url, accounts::kind))
                .load(conn)?;
            let theirs: Vec<AccountId> = people
                .iter()
                .filter(|person| !person.1.starts_with("https://local.example"))
                .map(|person| person.0)
                .collect();
            lines.extend(
                people.iter().map(|(_, uri, name, inbox, kind)| format!("account {uri} {name} {inbox} {kind}")),
            );
            let written: Vec<(String, String, Option<PostId>, Option<Time>)> = posts::table
                .filter(posts::account_id.eq_any(&theirs).or(posts::uri.like(here)))
                .select((posts::uri, posts::content, posts::boost_of_id, posts::deleted_at))
                .load(conn)?;
            lines.extend(written.iter().map(|post| format!("post {post:?}")));
            let pairs: Vec<(AccountId, AccountId, String)> = follows::table
                .filter(follows::account_id.eq_any(&theirs).or(follows::target_id.eq_any(&theirs)))
                .select((follows::account_id, follows::target_id, follows::state))
                .load(conn)?;
            lines.extend(pairs.iter().map(|follow| format!("follow {follow:?}")));
            let blocked: Vec<(AccountId, AccountId)> = blocks::table
                .filter(blocks::account_id.eq_any(&theirs))
                .select((blocks::account_id, blocks::target_id))
                .load(conn)?;
            lines.extend(blocked.iter().map(|block| format!("block {block:?}")));
            let marked: Vec<(AccountId, PostId, String)> = marks::table
                .filter(marks::account_id.eq_any(&theirs))
                .select((marks::account_id, marks::post_id, marks::kind))
                .load(conn)?;
            lines.extend(marked.iter().map(|mark| format!("mark {mark:?}")));
            let voted: Vec<(AccountId, PollId, i32)> = poll_votes::table
                .filter(poll_votes::account_id.eq_any(&theirs))
                .select((poll_votes::account_id, poll_votes::poll_id, poll_votes::choice))
                .load(conn)?;
            lines.extend(voted.iter().map(|vote| format!("vote {vote:?}")));
            let told: Vec<(AccountId, String, Option<PostId>)> = notifications::table
                .filter(notifications::from_id.eq_any(&theirs))
                .select((notifications::from_id, notifications::kind, notifications::post_id))
                .load(conn)?;
            lines.extend(told.iter().map(|notification| format!("notification {notification:?}")));
            lines.sort();
            Ok(lines)
        })
        .await
    }
}

/// The lines that were added or went, but for accounts that became known: an account that was only read is no effect.
pub fn difference(before: &[String], after: &[String]) -> Vec<String> {
    let gone = before.iter().filter(|line| !after.contains(line)).map(|line| format!("gone: {line}"));
    let new = after
        .iter()
        .filter(|line| !before.contains(line) && !line.starts_with("account "))
        .map(|line| format!("new: {line}"));
    gone.chain(new).map(|line| line.chars().take(300).collect()).collect()
}

/// The ids that stand under a name, anywhere in a document.
pub fn ids_under(document: &Value, name: &str, found: &mut Vec<String>) {
    match document {
        Value::Object(map) => {
            for (key, value) in map {
                if key == name {
                    let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
                    for id in values.iter().filter_map(id_of).filter(|id| !found.contains(id)).collect::<Vec<_>>() {
                        found.push(id);
                    }
                }
                ids_under(value, name, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| ids_under(value, name, found)),
        _ => {}
    }
}

/// The id that a value, or the only one of a list, is or has.
pub fn id_of(value: &Value) -> Option<String> {
    let value = match value.as_array().map(Vec::as_slice) {
        Some([only]) => only,
        _ => value,
    };
    let id = value.as_str().or_else(|| value.get("id")?.as_str())?;
    id.starts_with("http").then(|| id.to_owned())
}
