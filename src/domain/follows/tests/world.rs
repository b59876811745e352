//! A small world for tests of what is between accounts: an empty SQLite database in memory, accounts and posts made by hand.

use std::time::Duration;

use diesel::{Connection, RunQueryDsl, SqliteConnection};

use crate::context::{Context, Urls};
use crate::db::schema::{accounts, post_mentions, posts};
use crate::db::{Conn, Json, migrate};
use crate::domain::accounts::{self as people, Account, Kind};
use crate::domain::outgoing::{self, Outgoing};
use crate::domain::posts::{Mention, Post, PostKind, Visibility};
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
        let cx = Context {
            now: Time::from_unix(1_800_000_000),
            ids: IdSource::new(1),
            urls: Urls::new("https://brand.example", "brand.example"),
        };
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
        let base = if domain.is_empty() { "https://brand.example".to_owned() } else { format!("https://{domain}") };
        let now = self.cx.now;
        let account = Account {
            id: self.cx.id(),
            username: name.into(),
            username_lower: name.into(),
            domain: domain.into(),
            uri: format!("{base}/users/{name}"),
            url: format!("{base}/@{name}"),
            kind: Kind::Person,
            display_name: String::new(),
            note: String::new(),
            note_source: String::new(),
            fields: Json(Vec::new()),
            emojis: Json(Vec::new()),
            avatar: None,
            avatar_description: String::new(),
            header: None,
            header_description: String::new(),
            is_locked,
            is_discoverable: true,
            is_indexable: true,
            hides_collections: false,
            inbox_url: format!("{base}/users/{name}/inbox"),
            shared_inbox_url: Some(format!("{base}/inbox")),
            outbox_url: None,
            followers_url: None,
            following_url: None,
            featured_url: None,
            also_known_as: Json(Vec::new()),
            moved_to_uri: None,
            default_visibility: Visibility::Public,
            default_sensitive: false,
            default_language: None,
            followers_count: 0,
            following_count: 0,
            statuses_count: 0,
            last_status_at: None,
            created_at: now,
            updated_at: now,
            fetched_at: None,
            suspended_at: None,
            deleted_at: None,
        };
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
        let mention = |a: &&Account| Mention {
            id: a.id,
            username: a.username.clone(),
            acct: a.acct(),
            url: a.url.clone(),
            uri: a.uri.clone(),
        };
        let post = Post {
            id,
            uri: format!("{}/statuses/{id}", author.uri),
            url: format!("{}/{id}", author.url),
            account_id: author.id,
            is_local: author.is_local(),
            kind: PostKind::Note,
            visibility,
            title: None,
            content: "<p>Hello</p>".into(),
            source: None,
            spoiler_text: String::new(),
            is_sensitive: false,
            language: None,
            in_reply_to_id: answers.map(|a| a.id),
            in_reply_to_uri: answers.map(|a| a.uri.clone()),
            in_reply_to_account_id: answers.map(|a| a.account_id),
            thread_id: answers.map_or(id, |a| a.thread_id),
            boost_of_id: None,
            poll_id: None,
            mentions: Json(named.iter().map(mention).collect()),
            tags: Json(Vec::new()),
            emojis: Json(Vec::new()),
            media: Json(Vec::new()),
            app_id: None,
            acted_by: None,
            replies_count: 0,
            boosts_count: 0,
            favourites_count: 0,
            created_at: self.cx.now,
            edited_at: None,
            deleted_at: None,
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
