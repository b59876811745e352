//! A small world for tests of what is between accounts: an empty SQLite database in memory, accounts and posts made by hand.

use std::time::Duration;

use diesel::{Connection, RunQueryDsl, SqliteConnection};

use crate::context::Context;
use crate::db::schema::{accounts, post_mentions, posts};
use crate::db::{Conn, Json, migrate};
use crate::domain::accounts::{self as people, Account};
use crate::domain::outgoing::{self, Outgoing};
use crate::domain::posts::{Post, Visibility};
use crate::domain::sample;
use crate::ids::{AccountId, IdSource, JobId};
use crate::jobs;
use crate::time::Time;

pub(in crate::domain) struct World {
    pub conn: Conn,
    pub cx: Context,
}

impl World {
    pub(in crate::domain) fn new() -> Self {
        let mut conn = Conn::Sqlite(SqliteConnection::establish(":memory:").unwrap());
        migrate::run(&mut conn).unwrap();
        let cx = Context { now: Time::from_unix(1_800_000_000), ids: IdSource::new(1), urls: sample::urls() };
        Self { conn, cx }
    }

    pub(in crate::domain) fn wait(&mut self, seconds: u64) {
        self.cx.now = self.cx.now.after(Duration::from_secs(seconds));
    }

    /// An account here.
    pub(in crate::domain) fn local(&mut self, name: &str) -> Account {
        self.account(name, "", false)
    }

    /// An account here that decides who may follow.
    pub(in crate::domain) fn locked(&mut self, name: &str) -> Account {
        self.account(name, "", true)
    }

    /// An account elsewhere; its server has a shared inbox.
    pub(in crate::domain) fn remote(&mut self, name: &str, domain: &str) -> Account {
        self.account(name, domain, false)
    }

    fn account(&mut self, name: &str, domain: &str, is_locked: bool) -> Account {
        let (id, now) = (self.cx.id(), self.cx.now);
        let account = Account { id, is_locked, created_at: now, updated_at: now, ..sample::account(name, domain) };
        diesel::insert_into(accounts::table).values(&account).execute(&mut self.conn).unwrap();
        account
    }

    /// A post as if it had just arrived; nobody was told of it.
    pub(in crate::domain) fn post(
        &mut self,
        author: &Account,
        visibility: Visibility,
        named: &[&Account],
        answers: Option<&Post>,
    ) -> Post {
        let id = self.cx.id();
        let post = Post {
            visibility,
            in_reply_to_id: answers.map(|a| a.id),
            in_reply_to_uri: answers.map(|a| a.uri.clone()),
            in_reply_to_account_id: answers.map(|a| a.account_id),
            thread_id: answers.map_or(id, |a| a.thread_id),
            mentions: Json(named.iter().map(|account| sample::mention(account)).collect()),
            created_at: self.cx.now,
            ..sample::post(id, author)
        };
        diesel::insert_into(posts::table).values(&post).execute(&mut self.conn).unwrap();
        for account in named {
            use diesel::ExpressionMethods;
            let row = (post_mentions::post_id.eq(post.id), post_mentions::account_id.eq(account.id));
            diesel::insert_into(post_mentions::table).values(row).execute(&mut self.conn).unwrap();
        }
        post
    }

    /// What other servers are to be told since this was last asked.
    pub(in crate::domain) fn told(&mut self) -> Vec<Outgoing> {
        let waiting: Vec<(JobId, String)> = jobs::list(&mut self.conn, 1000)
            .unwrap()
            .into_iter()
            .filter(|j| j.kind == outgoing::JOB)
            .map(|j| (j.id, j.payload))
            .collect();
        waiting
            .into_iter()
            .map(|(id, payload)| {
                jobs::finish(&mut self.conn, id).unwrap();
                serde_json::from_str(&payload).unwrap()
            })
            .collect()
    }

    /// How many follow an account, and how many it follows, as its profile says.
    pub(in crate::domain) fn counts(&mut self, id: AccountId) -> (i64, i64) {
        let account = people::queries::get(&mut self.conn, id).unwrap();
        (account.followers_count, account.following_count)
    }
}
