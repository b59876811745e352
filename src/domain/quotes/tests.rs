//! Who may quote what, and who sees it.

use diesel::prelude::*;

use super::*;
use crate::db::schema::{accounts, blocks, follows as follow_rows, mutes};
use crate::domain::accounts::Account;
use crate::domain::follows::Follow;
use crate::domain::follows::tests::world::World;
use crate::domain::notifications::{self, Filter, Kind};
use crate::domain::outgoing::Outgoing;
use crate::domain::posts::actions::{NewPost, PublishLimits, delete, publish};
use crate::domain::posts::edits::{PostEdit, edit};
use crate::domain::posts::queries;
use crate::domain::posts::views::{PostView, load_one};
use crate::error::Error;
use crate::page::Page;

const LIMITS: PublishLimits = PublishLimits {
    characters: 500,
    media: 4,
    mentions: 10,
    hashtags: 10,
    poll_options: 4,
    poll_option_characters: 50,
    poll_shortest: std::time::Duration::from_secs(300),
    poll_longest: std::time::Duration::from_secs(86_400),
};

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

fn quoting(post: &Post, words: &str) -> NewPost {
    NewPost { quote: Some(post.id), ..text(words) }
}

fn publish_as(w: &mut World, author: &Account, new: NewPost) -> crate::error::Result<Post> {
    w.wait(1);
    publish(&mut w.conn, &w.cx, author, new, &LIMITS)
}

fn view(w: &mut World, post: &Post, viewer: Option<&Account>) -> PostView {
    let post = queries::get(&mut w.conn, post.id).unwrap();
    load_one(&mut w.conn, viewer.map(|account| account.id), post).unwrap()
}

fn standing(w: &mut World, post: &Post, viewer: Option<&Account>) -> (Standing, bool) {
    let quote = view(w, post, viewer).quote.unwrap();
    let shows = quote.standing.reveals() && quote.quoted.is_some();
    (quote.standing, shows)
}

fn follow(w: &mut World, follower: &Account, target: &Account) {
    let row = Follow {
        id: w.cx.id(),
        account_id: follower.id,
        target_id: target.id,
        state: crate::domain::follows::State::Accepted,
        uri: String::new(),
        shows_boosts: true,
        notifies: false,
        languages: crate::db::Json(Vec::new()),
        created_at: w.cx.now,
    };
    diesel::insert_into(follow_rows::table).values(&row).execute(&mut w.conn).unwrap();
}

fn told(w: &mut World, account: &Account) -> Vec<(Kind, Option<PostId>)> {
    let rows = notifications::list(&mut w.conn, account.id, &Filter::default(), &Page::first(20)).unwrap();
    rows.into_iter().map(|row| (row.kind, row.post_id)).collect()
}

#[test]
fn a_quote_counts_and_its_author_hears_of_it() {
    let mut w = World::new();
    let (ann, kim) = (w.local("ann"), w.local("kim"));
    let post = publish_as(&mut w, &ann, text("worth quoting")).unwrap();
    let quote = publish_as(&mut w, &kim, quoting(&post, "indeed")).unwrap();
    assert!(quote.content.starts_with("<p class=\"quote-inline\">RE: <a href=\"https://brand.example/@ann/"));
    assert_eq!(quote.source.as_deref(), Some("indeed"));
    assert_eq!(queries::get(&mut w.conn, post.id).unwrap().quotes_count, 1);
    assert_eq!(told(&mut w, &ann), [(Kind::Quote, Some(quote.id))]);
    let seen = view(&mut w, &quote, None).quote.unwrap();
    assert_eq!((seen.standing, seen.quoted.unwrap().post.id), (Standing::Accepted, post.id));

    delete(&mut w.conn, &w.cx, &kim, quote.id).unwrap();
    assert_eq!(queries::get(&mut w.conn, post.id).unwrap().quotes_count, 0);
    assert_eq!(told(&mut w, &ann), []);
}

#[test]
fn a_text_that_leads_to_the_post_needs_no_second_link() {
    let mut w = World::new();
    let (ann, kim) = (w.local("ann"), w.local("kim"));
    let post = publish_as(&mut w, &ann, text("worth quoting")).unwrap();
    let quote = publish_as(&mut w, &kim, quoting(&post, &format!("see {}", post.url))).unwrap();
    assert!(!quote.content.contains("quote-inline"));
}

#[test]
fn each_policy_lets_its_people_quote() {
    let mut w = World::new();
    let (ann, fan, kim) = (w.local("ann"), w.local("fan"), w.local("kim"));
    follow(&mut w, &fan, &ann);
    for (policy, visibility, by_fan, by_kim) in [
        (QuotePolicy::Public, Visibility::Public, true, true),
        (QuotePolicy::Public, Visibility::Unlisted, true, true),
        (QuotePolicy::Followers, Visibility::Public, true, false),
        (QuotePolicy::Nobody, Visibility::Public, false, false),
        (QuotePolicy::Public, Visibility::Private, false, false),
    ] {
        let post =
            publish_as(&mut w, &ann, NewPost { visibility, quote_policy: Some(policy), ..text("mine") }).unwrap();
        for (who, may) in [(&fan, by_fan), (&kim, by_kim), (&ann, true)] {
            let made = publish_as(&mut w, who, quoting(&post, "so"));
            assert_eq!(made.is_ok(), may, "{policy} {visibility} by {}", who.username);
            assert!(made.is_ok() || matches!(made, Err(Error::NotFound(_))), "as if it were not there");
            if who.id == ann.id || visibility <= Visibility::Unlisted {
                let consent = view(&mut w, &post, Some(who)).consent;
                assert_eq!(consent == Consent::Automatic, may, "{policy} {visibility} told to {}", who.username);
            }
        }
    }
    let direct = publish_as(&mut w, &ann, NewPost { visibility: Visibility::Direct, ..text("@kim hush") }).unwrap();
    assert!(publish_as(&mut w, &ann, quoting(&direct, "even I")).is_err(), "not even by its author");
    let stranger = view(&mut w, &direct, Some(&ann)).consent;
    assert_eq!(stranger, Consent::Denied);
}

#[test]
fn what_quotes_a_closed_post_is_closed() {
    let mut w = World::new();
    let (ann, fan, kim) = (w.local("ann"), w.local("fan"), w.local("kim"));
    follow(&mut w, &fan, &ann);
    let closed = publish_as(&mut w, &ann, NewPost { visibility: Visibility::Private, ..text("for fans") }).unwrap();
    let quote = publish_as(&mut w, &ann, quoting(&closed, "again")).unwrap();
    assert_eq!(quote.visibility, Visibility::Private);
    // Somebody it names sees the quote, and not what was never for them.
    let named = publish_as(&mut w, &ann, quoting(&closed, "@kim look")).unwrap();
    assert_eq!(standing(&mut w, &named, Some(&kim)), (Standing::Unauthorized, false));
    assert_eq!(standing(&mut w, &named, Some(&fan)), (Standing::Accepted, true));
    let open = publish_as(&mut w, &kim, text("hello")).unwrap();
    let unnamed = NewPost { visibility: Visibility::Direct, ..quoting(&open, "@fan psst") };
    assert!(publish_as(&mut w, &ann, unnamed).is_err(), "its author would not know");
    let known = NewPost { visibility: Visibility::Direct, ..quoting(&open, "@kim psst") };
    assert!(publish_as(&mut w, &ann, known).is_ok());
}

#[test]
fn whom_the_reader_blocks_or_mutes_is_marked() {
    let mut w = World::new();
    let (ann, kim, reader) = (w.local("ann"), w.local("kim"), w.local("reader"));
    let post = publish_as(&mut w, &ann, text("first")).unwrap();
    let quote = publish_as(&mut w, &kim, quoting(&post, "second")).unwrap();
    let id: i64 = w.cx.id();
    let mute = (
        mutes::id.eq(id),
        mutes::account_id.eq(reader.id),
        mutes::target_id.eq(ann.id),
        mutes::hides_notifications.eq(false),
        mutes::created_at.eq(w.cx.now),
    );
    diesel::insert_into(mutes::table).values(mute).execute(&mut w.conn).unwrap();
    assert_eq!(standing(&mut w, &quote, Some(&reader)), (Standing::MutedAccount, true));
    let block = |w: &mut World, by: &Account, target: &Account| {
        let id: i64 = w.cx.id();
        let row = (
            blocks::id.eq(id),
            blocks::account_id.eq(by.id),
            blocks::target_id.eq(target.id),
            blocks::created_at.eq(w.cx.now),
        );
        diesel::insert_into(blocks::table).values(row).execute(&mut w.conn).unwrap();
    };
    block(&mut w, &reader, &ann);
    assert_eq!(standing(&mut w, &quote, Some(&reader)), (Standing::BlockedAccount, true));
    block(&mut w, &ann, &reader);
    assert_eq!(standing(&mut w, &quote, Some(&reader)), (Standing::Unauthorized, false), "blocked by its author");
    diesel::update(accounts::table.find(ann.id)).set(accounts::suspended_at.eq(w.cx.now)).execute(&mut w.conn).unwrap();
    assert_eq!(standing(&mut w, &quote, None), (Standing::Unauthorized, false));
}

#[test]
fn an_author_takes_a_post_out_of_a_quote() {
    let mut w = World::new();
    let (ann, kim) = (w.local("ann"), w.local("kim"));
    let post = publish_as(&mut w, &ann, text("mine")).unwrap();
    let quote = publish_as(&mut w, &kim, quoting(&post, "look at that")).unwrap();
    assert!(matches!(revoke(&mut w.conn, &w.cx, &kim, post.id, quote.id), Err(Error::Forbidden(_))));
    assert!(matches!(revoke(&mut w.conn, &w.cx, &ann, post.id, post.id), Err(Error::NotFound(_))));
    for _ in 0..2 {
        revoke(&mut w.conn, &w.cx, &ann, post.id, quote.id).unwrap();
        assert_eq!(standing(&mut w, &quote, Some(&kim)), (Standing::Revoked, false));
        assert_eq!(queries::get(&mut w.conn, post.id).unwrap().quotes_count, 0);
    }
    let listed = list_quoting(&mut w.conn, ann.id, post.id, &Page::first(20)).unwrap();
    assert!(listed.is_empty());
}

#[test]
fn a_quote_of_a_deleted_post_says_so() {
    let mut w = World::new();
    let (ann, kim) = (w.local("ann"), w.local("kim"));
    let post = publish_as(&mut w, &ann, text("soon gone")).unwrap();
    let quote = publish_as(&mut w, &kim, quoting(&post, "")).unwrap();
    delete(&mut w.conn, &w.cx, &ann, post.id).unwrap();
    assert_eq!(standing(&mut w, &quote, None), (Standing::Deleted, false));
}

#[test]
fn quotes_end_after_one_level() {
    let mut w = World::new();
    let ann = w.local("ann");
    let first = publish_as(&mut w, &ann, text("one")).unwrap();
    let second = publish_as(&mut w, &ann, quoting(&first, "two")).unwrap();
    let third = publish_as(&mut w, &ann, quoting(&second, "three")).unwrap();
    let quote = view(&mut w, &third, None).quote.unwrap();
    let inner = quote.quoted.unwrap().quote.unwrap();
    assert_eq!((inner.standing, inner.quoted_id, inner.quoted.is_none()), (Standing::Accepted, Some(first.id), true));
}

#[test]
fn those_who_quoted_hear_of_edits() {
    let mut w = World::new();
    let (ann, kim) = (w.local("ann"), w.local("kim"));
    let post = publish_as(&mut w, &ann, text("frist")).unwrap();
    let quote = publish_as(&mut w, &kim, quoting(&post, "ha")).unwrap();
    w.wait(60);
    let change = PostEdit {
        text: "first".into(),
        spoiler_text: String::new(),
        sensitive: false,
        language: None,
        media: Vec::new(),
        poll: None,
        quote_policy: Some(QuotePolicy::Nobody),
    };
    let edited = edit(&mut w.conn, &w.cx, &ann, post.id, change, &LIMITS).unwrap();
    assert_eq!(edited.quote_policy, QuotePolicy::Nobody);
    assert_eq!(told(&mut w, &kim), [(Kind::QuotedUpdate, Some(quote.id))]);
    assert_eq!(standing(&mut w, &quote, None), (Standing::Accepted, true), "what was allowed stays");
}

#[test]
fn a_post_of_another_server_waits_for_its_consent() {
    let mut w = World::new();
    let (far, kim) = (w.remote("far", "far.example"), w.local("kim"));
    let post = w.post(&far, Visibility::Public, &[], None);
    let quote = publish_as(&mut w, &kim, quoting(&post, "from afar")).unwrap();
    assert_eq!(standing(&mut w, &quote, None), (Standing::Pending, false));
    assert!(quote.content.contains("quote-inline"), "until then it is a link");
    assert_eq!(w.told(), [Outgoing::CreatePost { post: quote.id }], "its author hears of it");
    assert_eq!(quoted_uri(&mut w.conn, &quote).unwrap().as_deref(), Some(post.uri.as_str()));
    assert_eq!(queries::get(&mut w.conn, post.id).unwrap().quotes_count, 0);
}

#[test]
fn a_changed_policy_is_told_without_an_edit() {
    let mut w = World::new();
    let (ann, far) = (w.local("ann"), w.remote("far", "far.example"));
    follow(&mut w, &far, &ann);
    let post = publish_as(&mut w, &ann, text("mine")).unwrap();
    w.told();
    w.wait(5);
    let changed = set_policy(&mut w.conn, &w.cx, &ann, post.id, QuotePolicy::Nobody).unwrap();
    assert_eq!((changed.quote_policy, changed.edited_at), (QuotePolicy::Nobody, None));
    assert_eq!(w.told(), [Outgoing::RefreshPost { post: post.id, at: w.cx.now.0 }]);
    set_policy(&mut w.conn, &w.cx, &ann, post.id, QuotePolicy::Nobody).unwrap();
    assert_eq!(w.told(), [], "nothing changed");
}
