//! Stories of posts on an empty SQLite database in memory: what readers, authors and counts see of them.

use std::time::Duration;

use diesel::Connection;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::*;
use crate::db::migrate;
use crate::db::schema::{accounts, blocks, follows, mutes};
use crate::domain::follows::{Follow, State};
use crate::domain::posts::Visibility;
use crate::domain::posts::edits::{PostEdit, edit, history};
use crate::domain::posts::incoming::{
    Incoming, receive, receive_boost, receive_delete, receive_edit, receive_favourite, receive_undo_favourite,
};
use crate::domain::posts::marks::{MarkKind, favourite, posts_marked, unfavourite};
use crate::domain::posts::polls::vote;
use crate::domain::posts::queries::{AccountFilter, ancestors, descendants, find, list_by_account};
use crate::domain::posts::views::load;
use crate::domain::posts::visibility::find_visible;
use crate::domain::{sample, timelines};
use crate::ids::{IdSource, TokenId};
use crate::page::Page;
use crate::text::SafeHtml;
use crate::time::Time;

const LIMITS: PublishLimits = PublishLimits {
    characters: 500,
    media: 4,
    mentions: 10,
    hashtags: 10,
    poll_options: 4,
    poll_option_characters: 50,
    poll_shortest: Duration::from_secs(300),
    poll_longest: Duration::from_secs(86_400),
};

struct Stage {
    conn: Conn,
    cx: Context,
}

impl Stage {
    fn new() -> Self {
        let mut sqlite = diesel::SqliteConnection::establish(":memory:").unwrap();
        sqlite.batch_execute("PRAGMA foreign_keys=ON").unwrap();
        let mut conn = Conn::Sqlite(sqlite);
        migrate::run(&mut conn).unwrap();
        let cx = Context { now: Time::from_unix(1_800_000_000), ids: IdSource::new(0), urls: sample::urls() };
        Self { conn, cx }
    }

    fn later(&mut self, seconds: u64) {
        self.cx.now = self.cx.now.after(Duration::from_secs(seconds));
    }

    /// Somebody; `domain` is empty for here.
    fn account(&mut self, name: &str, domain: &str) -> Account {
        let (id, now) = (self.cx.id(), self.cx.now);
        let account = Account { id, created_at: now, updated_at: now, ..sample::account(name, domain) };
        diesel::insert_into(accounts::table).values(&account).execute(&mut self.conn).unwrap();
        account
    }

    fn follow(&mut self, follower: &Account, target: &Account) {
        let row = Follow {
            id: self.cx.id(),
            account_id: follower.id,
            target_id: target.id,
            state: State::Accepted,
            uri: String::new(),
            shows_boosts: true,
            notifies: false,
            languages: Json(Vec::new()),
            created_at: self.cx.now,
        };
        diesel::insert_into(follows::table).values(&row).execute(&mut self.conn).unwrap();
    }

    fn block(&mut self, by: &Account, target: &Account) {
        let row = (
            blocks::id.eq(self.cx.id::<i64>()),
            blocks::account_id.eq(by.id),
            blocks::target_id.eq(target.id),
            blocks::created_at.eq(self.cx.now),
        );
        diesel::insert_into(blocks::table).values(row).execute(&mut self.conn).unwrap();
    }

    fn publish(&mut self, author: &Account, new: NewPost) -> Post {
        self.later(1);
        publish(&mut self.conn, &self.cx, author, new, &LIMITS).unwrap()
    }

    fn receive(&mut self, incoming: Incoming) -> Option<Post> {
        self.later(1);
        receive(&mut self.conn, &self.cx, incoming).unwrap()
    }

    fn post(&mut self, post: &Post) -> Post {
        find(&mut self.conn, post.id).unwrap().unwrap()
    }

    fn statuses(&mut self, account: &Account) -> i64 {
        crate::domain::accounts::queries::get(&mut self.conn, account.id).unwrap().statuses_count
    }

    fn home(&mut self, reader: &Account) -> Vec<PostId> {
        timelines::home(&mut self.conn, reader.id, &Page::first(20)).unwrap().iter().map(|post| post.id).collect()
    }

    fn told(&mut self) -> i64 {
        use crate::db::schema::jobs;
        jobs::table.filter(jobs::kind.eq(outgoing::JOB)).count().get_result(&mut self.conn).unwrap()
    }
}

fn text(text: &str) -> NewPost {
    NewPost {
        text: text.into(),
        spoiler_text: String::new(),
        visibility: Visibility::Public,
        sensitive: false,
        language: None,
        in_reply_to: None,
        media: Vec::new(),
        poll: None,
        quote: None,
        quote_policy: None,
        app: None,
        acted_by: None,
        idempotency: None,
    }
}

fn answer(to: &Post, words: &str) -> NewPost {
    NewPost { in_reply_to: Some(to.id), ..text(words) }
}

fn note(author: &Account, name: &str, published: Time) -> Incoming {
    Incoming {
        uri: format!("https://{}/notes/{name}", author.domain),
        url: format!("https://{}/@x/{name}", author.domain),
        account: author.clone(),
        kind: PostKind::Note,
        visibility: Visibility::Public,
        title: None,
        content: SafeHtml::from_plain(name),
        spoiler_text: String::new(),
        sensitive: false,
        language: None,
        in_reply_to_uri: None,
        mentions: Vec::new(),
        tags: Vec::new(),
        emojis: Vec::new(),
        media: Vec::new(),
        published,
        poll: None,
        quote_policy: crate::domain::quotes::QuotePolicy::Nobody,
        likes: None,
        shares: None,
    }
}

#[test]
fn each_reader_sees_what_is_for_them() {
    let mut s = Stage::new();
    let [author, follower, named, stranger, blocked] =
        ["author", "follower", "named", "stranger", "blocked"].map(|name| s.account(name, ""));
    s.follow(&follower, &author);
    s.follow(&blocked, &author);
    s.block(&author, &blocked);
    for visibility in Visibility::ALL {
        let post = s.publish(&author, NewPost { visibility: *visibility, ..text("hello @named and @blocked") });
        let open = matches!(visibility, Visibility::Public | Visibility::Unlisted);
        for (reader, expected) in [
            (None, open),
            (Some(&author), true),
            (Some(&follower), *visibility != Visibility::Direct),
            (Some(&named), true),
            (Some(&stranger), open),
            (Some(&blocked), false),
        ] {
            let seen = find_visible(&mut s.conn, post.id, reader.map(|r| r.id)).unwrap().is_some();
            assert_eq!(seen, expected, "{visibility} by {:?}", reader.map(|r| &r.username));
            let listed = list_by_account(
                &mut s.conn,
                author.id,
                reader.map(|r| r.id),
                &AccountFilter::default(),
                &Page::first(40),
            )
            .unwrap();
            assert_eq!(
                listed.iter().any(|listed| listed.id == post.id),
                expected,
                "in the list: {visibility} by {:?}",
                reader.map(|r| &r.username)
            );
        }
    }
    diesel::update(accounts::table.find(author.id))
        .set(accounts::suspended_at.eq(s.cx.now))
        .execute(&mut s.conn)
        .unwrap();
    assert!(
        list_by_account(&mut s.conn, author.id, Some(follower.id), &AccountFilter::default(), &Page::first(40))
            .unwrap()
            .is_empty()
    );
}

#[test]
fn counts_follow_what_comes_and_goes() {
    let mut s = Stage::new();
    let [ann, bob] = ["ann", "bob"].map(|name| s.account(name, ""));
    let first = s.publish(&ann, text("first"));
    let reply = s.publish(&bob, answer(&first, "@ann indeed"));
    s.publish(&bob, NewPost { visibility: Visibility::Direct, ..answer(&first, "@ann in private") });
    favourite(&mut s.conn, &s.cx, &bob, first.id).unwrap();
    favourite(&mut s.conn, &s.cx, &bob, first.id).unwrap();
    let boosted = boost(&mut s.conn, &s.cx, &bob, first.id, Visibility::Public, None, None).unwrap();
    assert_eq!(boost(&mut s.conn, &s.cx, &bob, first.id, Visibility::Public, None, None).unwrap().id, boosted.id);
    let now = s.post(&first);
    assert_eq!((now.replies_count, now.favourites_count, now.boosts_count), (1, 1, 1));
    assert_eq!((s.statuses(&ann), s.statuses(&bob)), (1, 2), "direct messages are not counted");

    unfavourite(&mut s.conn, &s.cx, &bob, first.id).unwrap();
    unboost(&mut s.conn, &s.cx, &bob, first.id).unwrap();
    unboost(&mut s.conn, &s.cx, &bob, first.id).unwrap();
    delete(&mut s.conn, &s.cx, &bob, reply.id).unwrap();
    let now = s.post(&first);
    assert_eq!((now.replies_count, now.favourites_count, now.boosts_count), (0, 0, 0));
    assert_eq!(s.statuses(&bob), 0);
    assert_eq!(s.told(), 0, "nobody elsewhere is concerned");
}

#[test]
fn a_deleted_post_leaves_nothing_but_a_tombstone() {
    let mut s = Stage::new();
    let [ann, bob] = ["ann", "bob"].map(|name| s.account(name, ""));
    s.follow(&bob, &ann);
    let post = s.publish(&ann, text("gone soon #tag"));
    let reply = s.publish(&bob, answer(&post, "why?"));
    boost(&mut s.conn, &s.cx, &bob, post.id, Visibility::Public, None, None).unwrap();
    let before = delete(&mut s.conn, &s.cx, &ann, post.id).unwrap();
    assert_eq!(before.source.as_deref(), Some("gone soon #tag"), "the author gets it back for a new draft");
    let row = s.post(&post);
    assert!(row.deleted_at.is_some() && row.content.is_empty() && row.source.is_none());
    assert!(delete(&mut s.conn, &s.cx, &ann, post.id).is_err(), "it is gone");
    assert_eq!(s.post(&reply).in_reply_to_id, None);
    assert_eq!(s.home(&bob), [reply.id], "neither the post nor its boost");
    assert_eq!((s.statuses(&ann), s.statuses(&bob)), (0, 1));
    assert!(
        timelines::tag(&mut s.conn, None, "tag", &timelines::TagFilter::default(), &Page::first(5)).unwrap().is_empty()
    );
}

#[test]
fn the_same_key_publishes_once() {
    let mut s = Stage::new();
    let ann = s.account("ann", "");
    let keyed = |words: &str, key: &str| NewPost { idempotency: Some((TokenId(1), key.into())), ..text(words) };
    let first = s.publish(&ann, keyed("one", "k"));
    assert_eq!(s.publish(&ann, keyed("one", "k")).id, first.id);
    assert_ne!(s.publish(&ann, keyed("two", "other")).id, first.id);
    assert_eq!(s.statuses(&ann), 2);
    delete(&mut s.conn, &s.cx, &ann, first.id).unwrap();
    assert_ne!(s.publish(&ann, keyed("one", "k")).id, first.id, "the key of a deleted post is free");
}

#[test]
fn home_shows_whom_one_follows_and_whom_they_answer() {
    let mut s = Stage::new();
    let [reader, friend, other, stranger] = ["reader", "friend", "other", "stranger"].map(|name| s.account(name, ""));
    s.follow(&reader, &friend);
    s.follow(&reader, &other);
    let by_stranger = s.publish(&stranger, text("unseen"));
    let by_other = s.publish(&other, text("seen"));
    let to_stranger = s.publish(&friend, answer(&by_stranger, "not at home"));
    let to_other = s.publish(&friend, answer(&by_other, "at home"));
    let own = s.publish(&reader, text("my own"));
    let private = s.publish(&friend, NewPost { visibility: Visibility::Direct, ..text("for @stranger") });
    let boosted = boost(&mut s.conn, &s.cx, &friend, by_stranger.id, Visibility::Public, None, None).unwrap();
    assert_eq!(s.home(&reader), [boosted.id, own.id, to_other.id, by_other.id]);
    assert!(!s.home(&reader).contains(&to_stranger.id) && !s.home(&reader).contains(&private.id));

    boost(&mut s.conn, &s.cx, &other, by_stranger.id, Visibility::Public, None, None).unwrap();
    boost(&mut s.conn, &s.cx, &other, to_other.id, Visibility::Public, None, None).unwrap();
    assert_eq!(s.home(&reader).len(), 4, "what was shown within a day is not shown again");

    let row = (
        mutes::id.eq(1),
        mutes::account_id.eq(reader.id),
        mutes::target_id.eq(stranger.id),
        mutes::hides_notifications.eq(true),
        mutes::created_at.eq(s.cx.now),
    );
    diesel::insert_into(mutes::table).values(row).execute(&mut s.conn).unwrap();
    assert_eq!(s.home(&reader), [own.id, to_other.id, by_other.id], "nor boosts of those who are muted");
    timelines::remove_follow(&mut s.conn, reader.id, other.id).unwrap();
    assert_eq!(s.home(&reader), [own.id, to_other.id]);
    timelines::add_follow(&mut s.conn, reader.id, other.id).unwrap();
    assert!(s.home(&reader).contains(&by_other.id));
}

#[test]
fn pages_go_down_and_up() {
    let mut s = Stage::new();
    let ann = s.account("ann", "");
    let ids: Vec<PostId> = (0..5).map(|n| s.publish(&ann, text(&format!("{n}"))).id).collect();
    let page = |s: &mut Stage, page: Page| -> Vec<PostId> {
        timelines::home(&mut s.conn, ann.id, &page).unwrap().iter().map(|post| post.id).collect()
    };
    assert_eq!(page(&mut s, Page::first(2)), [ids[4], ids[3]]);
    assert_eq!(page(&mut s, Page::before(ids[3].0, 2)), [ids[2], ids[1]]);
    assert_eq!(page(&mut s, Page { since_id: Some(ids[0].0), ..Page::first(2) }), [ids[4], ids[3]]);
    assert_eq!(page(&mut s, Page { min_id: Some(ids[0].0), ..Page::first(2) }), [ids[2], ids[1]]);
}

#[test]
fn answers_that_come_first_join_their_parent_later() {
    let mut s = Stage::new();
    let [far, near] = [s.account("far", "far.example"), s.account("near", "near.example")];
    let now = s.cx.now;
    let child = s
        .receive(Incoming {
            in_reply_to_uri: Some("https://far.example/notes/parent".into()),
            ..note(&near, "child", now)
        })
        .unwrap();
    let grandchild =
        s.receive(Incoming { in_reply_to_uri: Some(child.uri.clone()), ..note(&far, "grandchild", now) }).unwrap();
    assert_eq!((child.in_reply_to_id, grandchild.thread_id), (None, child.id));
    let parent = s.receive(note(&far, "parent", now)).unwrap();
    let sibling =
        s.receive(Incoming { in_reply_to_uri: Some(parent.uri.clone()), ..note(&near, "sibling", now) }).unwrap();
    let child = s.post(&child);
    assert_eq!((child.in_reply_to_id, child.in_reply_to_account_id), (Some(parent.id), Some(far.id)));
    let grandchild = s.post(&grandchild);
    let below: Vec<PostId> = descendants(&mut s.conn, &parent, None, 60).unwrap().iter().map(|post| post.id).collect();
    assert_eq!(below, [child.id, grandchild.id, sibling.id], "depth first");
    let above: Vec<PostId> =
        ancestors(&mut s.conn, &grandchild, None, 40).unwrap().iter().map(|post| post.id).collect();
    assert_eq!(above, [parent.id, child.id], "the first of the thread first");
    assert_eq!(s.post(&parent).replies_count, 2);
}

#[test]
fn answers_in_a_ring_end() {
    let mut s = Stage::new();
    let far = s.account("far", "far.example");
    let now = s.cx.now;
    let one = s
        .receive(Incoming { in_reply_to_uri: Some("https://far.example/notes/two".into()), ..note(&far, "one", now) })
        .unwrap();
    let two = s.receive(Incoming { in_reply_to_uri: Some(one.uri.clone()), ..note(&far, "two", now) }).unwrap();
    let own = s
        .receive(Incoming { in_reply_to_uri: Some("https://far.example/notes/own".into()), ..note(&far, "own", now) })
        .unwrap();
    for post in [one, two, own] {
        let post = s.post(&post);
        assert!(ancestors(&mut s.conn, &post, None, 40).unwrap().len() <= 1);
        assert!(descendants(&mut s.conn, &post, None, 60).unwrap().len() <= 1);
    }
}

#[test]
fn only_its_author_changes_or_deletes_a_post_from_elsewhere() {
    let mut s = Stage::new();
    let [far, foe, ann] = [s.account("far", "far.example"), s.account("foe", "far.example"), s.account("ann", "")];
    s.follow(&ann, &far);
    let now = s.cx.now;
    let post = s.receive(note(&far, "mine", now)).unwrap();
    assert!(s.receive(note(&foe, "mine", now)).is_none(), "a second Create changes nothing");
    s.later(60);
    let later = s.cx.now;
    let forged = Incoming { content: SafeHtml::from_plain("forged"), ..note(&foe, "mine", now) };
    assert!(!receive_edit(&mut s.conn, &s.cx, forged, later).unwrap());
    assert!(!receive_delete(&mut s.conn, &s.cx, &post.uri, &foe).unwrap());
    let edited = Incoming { content: SafeHtml::from_plain("better"), ..note(&far, "mine", now) };
    assert!(receive_edit(&mut s.conn, &s.cx, edited.clone(), later).unwrap());
    assert!(
        !receive_edit(&mut s.conn, &s.cx, Incoming { content: SafeHtml::from_plain("older"), ..edited }, now).unwrap(),
        "an older edit"
    );
    assert_eq!(s.post(&post).content, "<p>better</p>");
    let post = s.post(&post);
    assert_eq!(
        history(&mut s.conn, &post).unwrap().iter().map(|version| version.content.as_str()).collect::<Vec<_>>(),
        ["<p>mine</p>", "<p>better</p>"]
    );

    assert_eq!(s.home(&ann), [post.id]);
    assert!(receive_delete(&mut s.conn, &s.cx, &post.uri, &far).unwrap());
    assert!(s.home(&ann).is_empty());
    assert_eq!(s.statuses(&far), 0);
    assert!(s.receive(note(&far, "mine", now)).is_none(), "it does not come back");
    assert!(!receive_delete(&mut s.conn, &s.cx, "https://far.example/notes/early", &far).unwrap());
    assert!(s.receive(note(&far, "early", now)).is_none(), "deleted before it came");
    assert!(!receive_delete(&mut s.conn, &s.cx, "https://near.example/notes/x", &far).unwrap());
    let near = s.account("near", "near.example");
    assert!(s.receive(note(&near, "x", now)).is_some(), "nobody deletes what lies on another server");
}

#[test]
fn late_posts_sort_by_when_they_were_written() {
    let mut s = Stage::new();
    let far = s.account("far", "far.example");
    let now = s.cx.now;
    let fresh = s.receive(note(&far, "fresh", now)).unwrap();
    let yesterday = s.receive(note(&far, "yesterday", now.before(Duration::from_secs(86_400)))).unwrap();
    let tomorrow = s.receive(note(&far, "tomorrow", now.after(Duration::from_secs(86_400)))).unwrap();
    assert!(yesterday.id < fresh.id && fresh.id < tomorrow.id);
    assert!(tomorrow.created_at <= s.cx.now, "nothing is written in the future");
}

#[test]
fn reactions_from_elsewhere_count_once() {
    let mut s = Stage::new();
    let [ann, far] = [s.account("ann", ""), s.account("far", "far.example")];
    let post = s.publish(&ann, text("like this"));
    let secret = s.publish(&ann, NewPost { visibility: Visibility::Private, ..text("not for you") });
    assert!(receive_favourite(&mut s.conn, &s.cx, &far, post.id, "https://far.example/likes/1").unwrap());
    assert!(!receive_favourite(&mut s.conn, &s.cx, &far, post.id, "https://far.example/likes/2").unwrap());
    assert!(!receive_favourite(&mut s.conn, &s.cx, &far, secret.id, "https://far.example/likes/3").unwrap());
    let now = s.cx.now;
    assert!(receive_boost(&mut s.conn, &s.cx, &far, post.id, "https://far.example/boosts/1", now).unwrap().is_some());
    assert!(receive_boost(&mut s.conn, &s.cx, &far, post.id, "https://far.example/boosts/1", now).unwrap().is_none());
    assert!(receive_boost(&mut s.conn, &s.cx, &far, secret.id, "https://far.example/boosts/2", now).unwrap().is_none());
    let counted = s.post(&post);
    assert_eq!((counted.favourites_count, counted.boosts_count), (1, 1));
    assert!(receive_undo_favourite(&mut s.conn, &s.cx, &far, Some("https://far.example/likes/1"), None).unwrap());
    assert!(receive_delete(&mut s.conn, &s.cx, "https://far.example/boosts/1", &far).unwrap());
    let counted = s.post(&post);
    assert_eq!((counted.favourites_count, counted.boosts_count), (0, 0));
}

#[test]
fn an_edit_keeps_what_was_and_tells_others_only_of_changes() {
    let mut s = Stage::new();
    let [ann, far] = [s.account("ann", ""), s.account("far", "far.example")];
    s.follow(&far, &ann);
    let post = s.publish(&ann, text("helo #old"));
    assert_eq!(s.told(), 1);
    let change = |words: &str| PostEdit {
        text: words.into(),
        spoiler_text: String::new(),
        sensitive: false,
        language: None,
        media: Vec::new(),
        poll: None,
        quote_policy: None,
    };
    s.later(60);
    edit(&mut s.conn, &s.cx, &ann, post.id, change("helo #old"), &LIMITS).unwrap();
    assert_eq!(s.told(), 1, "nothing changed");
    let after = edit(&mut s.conn, &s.cx, &ann, post.id, change("hello #new @far@far.example"), &LIMITS).unwrap();
    assert_eq!(s.told(), 2);
    assert_eq!(after.mentions.0.iter().map(|mention| mention.id).collect::<Vec<_>>(), [far.id]);
    let versions = history(&mut s.conn, &after).unwrap();
    assert_eq!(versions.len(), 2);
    assert_eq!(versions.iter().map(|version| version.created_at).collect::<Vec<_>>(), [post.created_at, s.cx.now]);
    let tagged = |s: &mut Stage, name: &str| {
        timelines::tag(&mut s.conn, None, name, &timelines::TagFilter::default(), &Page::first(5)).unwrap().len()
    };
    assert_eq!((tagged(&mut s, "old"), tagged(&mut s, "NEW")), (0, 1));
}

#[test]
fn a_vote_counts_once() {
    let mut s = Stage::new();
    let [ann, bob] = ["ann", "bob"].map(|name| s.account(name, ""));
    let asked = NewPoll {
        options: vec!["yes".into(), "no".into()],
        expires_in: Duration::from_secs(600),
        is_multiple: false,
        hides_totals: false,
    };
    let post = s.publish(&ann, NewPost { poll: Some(asked), ..text("well?") });
    let poll = post.poll_id.unwrap();
    assert!(vote(&mut s.conn, &s.cx, &ann, poll, &[0]).is_err(), "one's own");
    assert!(vote(&mut s.conn, &s.cx, &bob, poll, &[2]).is_err(), "no such option");
    assert!(vote(&mut s.conn, &s.cx, &bob, poll, &[0, 1]).is_err(), "one only");
    assert_eq!(vote(&mut s.conn, &s.cx, &bob, poll, &[1]).unwrap().tallies.0, [0, 1]);
    let view = load(&mut s.conn, Some(bob.id), vec![post]).unwrap().remove(0).poll.unwrap();
    assert_eq!((view.voted, view.own_votes, view.poll.voters_count), (true, vec![1], 1));
    s.later(600);
    let cid = s.account("cid", "");
    assert!(vote(&mut s.conn, &s.cx, &cid, poll, &[0]).is_err(), "ended");
}

#[test]
fn boosts_of_what_one_may_not_see_are_not_shown() {
    let mut s = Stage::new();
    let [ann, bob, cid] = ["ann", "bob", "cid"].map(|name| s.account(name, ""));
    let post = s.publish(&ann, text("public"));
    let boosted = boost(&mut s.conn, &s.cx, &bob, post.id, Visibility::Public, None, None).unwrap();
    favourite(&mut s.conn, &s.cx, &cid, boosted.id).unwrap();
    let shown = load(&mut s.conn, Some(cid.id), vec![boosted.clone()]).unwrap();
    let view = shown.first().unwrap();
    assert_eq!((view.original().post.id, view.original().author.id), (post.id, ann.id));
    assert!(view.marks.contains(&MarkKind::Favourite));
    assert_eq!(posts_marked(&mut s.conn, cid.id, MarkKind::Favourite, &Page::first(5)).unwrap().len(), 1);
    s.block(&ann, &cid);
    assert!(load(&mut s.conn, Some(cid.id), vec![boosted]).unwrap().is_empty());
    assert!(posts_marked(&mut s.conn, cid.id, MarkKind::Favourite, &Page::first(5)).unwrap().is_empty());
}

#[test]
fn what_is_for_few_is_not_boosted_to_many() {
    let mut s = Stage::new();
    let [ann, bob] = ["ann", "bob"].map(|name| s.account(name, ""));
    s.follow(&bob, &ann);
    let private = s.publish(&ann, NewPost { visibility: Visibility::Private, ..text("for followers") });
    let direct = s.publish(&ann, NewPost { visibility: Visibility::Direct, ..text("for @bob") });
    for post in [&private, &direct] {
        assert!(boost(&mut s.conn, &s.cx, &bob, post.id, Visibility::Public, None, None).is_err());
    }
    assert_eq!(
        boost(&mut s.conn, &s.cx, &ann, private.id, Visibility::Public, None, None).unwrap().visibility,
        Visibility::Private
    );
    let reply = s.publish(&bob, answer(&direct, "@ann and all the world"));
    assert_eq!(reply.visibility, Visibility::Direct, "an answer to a direct message is one");
}
