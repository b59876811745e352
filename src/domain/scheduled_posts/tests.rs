//! What becomes of posts that wait.

use std::time::Duration;

use diesel::prelude::*;

use super::*;
use crate::db::schema::{idempotency_keys, media, scheduled_posts, users};
use crate::domain::accounts::Account;
use crate::domain::follows::tests::world::World;
use crate::domain::posts::actions::PublishLimits;
use crate::domain::posts::{Post, queries as posts};
use crate::domain::teams::{self, TeamRole};
use crate::error::{Error, Result};
use crate::ids::TokenId;
use crate::page::Page;

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
const HOUR: Duration = Duration::from_secs(3600);

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

/// Somebody here who can sign in.
fn person(w: &mut World, name: &str) -> (UserId, Account) {
    let account = w.local(name);
    let id: UserId = w.cx.id();
    let row = (
        users::id.eq(id),
        users::account_id.eq(account.id),
        users::email.eq(format!("{name}@example.org")),
        users::email_lower.eq(format!("{name}@example.org")),
        users::password_hash.eq(""),
        users::role.eq(crate::domain::users::ServerRole::Member),
        users::created_at.eq(w.cx.now),
    );
    diesel::insert_into(users::table).values(row).execute(&mut w.conn).unwrap();
    (id, account)
}

fn file(w: &mut World, owner: &Account) -> MediaId {
    let id: MediaId = w.cx.id();
    let row = (
        media::id.eq(id),
        media::account_id.eq(owner.id),
        media::kind.eq("image"),
        media::storage_key.eq("file"),
        media::preview_key.eq("preview"),
        media::content_type.eq("image/png"),
        media::bytes.eq(1_i64),
        media::width.eq(1),
        media::height.eq(1),
        media::preview_width.eq(1),
        media::preview_height.eq(1),
        media::focus_x.eq(0.0),
        media::focus_y.eq(0.0),
        media::created_at.eq(w.cx.now),
    );
    diesel::insert_into(media::table).values(row).execute(&mut w.conn).unwrap();
    id
}

fn schedule(w: &mut World, user: UserId, author: &Account, new: NewPost, after: Duration) -> Result<ScheduledPost> {
    let wanted = Wanted { new, at: w.cx.now.after(after), user, app: AppId(5) };
    match create(&mut w.conn, &w.cx, author, wanted, &LIMITS)? {
        Made::Scheduled(post) => Ok(*post),
        Made::Published(post) => panic!("{} was published", post.id),
    }
}

fn due(w: &mut World, id: ScheduledPostId) -> Result<Option<Post>> {
    publish_due(&mut w.conn, &w.cx, id, &LIMITS)
}

fn published(w: &mut World, author: &Account) -> Vec<Post> {
    let filter = posts::AccountFilter::default();
    posts::list_by_account(&mut w.conn, author.id, Some(author.id), &filter, &Page::first(40)).unwrap()
}

#[test]
fn it_is_published_once_when_its_time_has_come() {
    let mut w = World::new();
    let (user, ann) = person(&mut w, "ann");
    let waiting = schedule(&mut w, user, &ann, text("later"), HOUR).unwrap();
    assert!(due(&mut w, waiting.id).unwrap().is_none(), "too soon");
    assert!(published(&mut w, &ann).is_empty());
    w.wait(3600);
    let post = due(&mut w, waiting.id).unwrap().unwrap();
    assert_eq!((post.source.as_deref(), post.app_id, post.created_at), (Some("later"), Some(AppId(5)), w.cx.now));
    assert!(due(&mut w, waiting.id).unwrap().is_none(), "the job ran again");
    assert_eq!(published(&mut w, &ann).len(), 1);
    assert!(find(&mut w.conn, waiting.id).unwrap().is_none());
}

#[test]
fn it_must_be_ahead_and_there_are_not_too_many() {
    let mut w = World::new();
    let (user, ann) = person(&mut w, "ann");
    let soon = SHORTEST - Duration::from_secs(1);
    assert!(matches!(schedule(&mut w, user, &ann, text("now"), soon), Err(Error::Invalid(_))));
    assert!(matches!(schedule(&mut w, user, &ann, text(" "), HOUR), Err(Error::Invalid(_))), "checked like any post");
    let day = Duration::from_secs(86_400);
    let tomorrow = Duration::from_micros(u64::try_from(w.cx.now.after(day).midnight().0 - w.cx.now.0).unwrap());
    let mut last = None;
    for number in 0..MOST_A_DAY {
        last = Some(schedule(&mut w, user, &ann, text(&format!("{number}")), tomorrow).unwrap());
    }
    let many = schedule(&mut w, user, &ann, text("more"), tomorrow + HOUR);
    assert!(many.unwrap_err().to_string().contains("that day"));
    assert!(schedule(&mut w, user, &ann, text("more"), tomorrow + day).is_ok());
    let again = w.cx.now.after(tomorrow + HOUR);
    assert!(move_to(&mut w.conn, &w.cx, ann.id, last.unwrap().id, again).is_ok(), "it does not stand in its own way");
}

#[test]
fn a_moved_post_waits_for_its_new_time() {
    let mut w = World::new();
    let (user, ann) = person(&mut w, "ann");
    let kim = w.local("kim");
    let waiting = schedule(&mut w, user, &ann, text("later"), HOUR).unwrap();
    let later = w.cx.now.after(HOUR * 2);
    assert!(matches!(move_to(&mut w.conn, &w.cx, kim.id, waiting.id, later), Err(Error::NotFound(_))));
    let moved = move_to(&mut w.conn, &w.cx, ann.id, waiting.id, later).unwrap();
    assert_eq!(moved.scheduled_at, later);
    w.wait(3600);
    assert!(due(&mut w, waiting.id).unwrap().is_none());
    w.wait(3600);
    assert!(due(&mut w, waiting.id).unwrap().is_some());
}

#[test]
fn its_files_are_held_and_let_go() {
    let mut w = World::new();
    let (user, ann) = person(&mut w, "ann");
    let picture = file(&mut w, &ann);
    let with_picture = || NewPost { media: vec![picture], ..text("look") };
    let waiting = schedule(&mut w, user, &ann, with_picture(), HOUR).unwrap();
    assert!(schedule(&mut w, user, &ann, with_picture(), HOUR).is_err(), "it is taken");
    assert!(crate::domain::media::delete(&mut w.conn, ann.id, picture).is_err());
    let old = w.cx.now.after(HOUR);
    assert!(crate::domain::media::delete_unattached(&mut w.conn, old, 10).unwrap().is_empty());
    cancel(&mut w.conn, ann.id, waiting.id).unwrap();
    assert!(cancel(&mut w.conn, ann.id, waiting.id).is_err());
    let again = schedule(&mut w, user, &ann, with_picture(), HOUR).unwrap();
    w.wait(3600);
    assert!(due(&mut w, waiting.id).unwrap().is_none(), "it was cancelled");
    let post = due(&mut w, again.id).unwrap().unwrap();
    assert_eq!(post.media.0.iter().map(|file| file.id).collect::<Vec<_>>(), [picture]);
}

#[test]
fn the_same_key_gives_what_the_first_request_made() {
    let mut w = World::new();
    let (user, ann) = person(&mut w, "ann");
    let keyed = || NewPost { idempotency: Some((TokenId(1), "k".into())), ..text("once") };
    let first = schedule(&mut w, user, &ann, keyed(), HOUR).unwrap();
    assert_eq!(schedule(&mut w, user, &ann, keyed(), HOUR * 2).unwrap().id, first.id);
    let at_once = crate::domain::posts::actions::publish(&mut w.conn, &w.cx, &ann, keyed(), &LIMITS);
    assert!(matches!(at_once, Err(Error::Conflict(_))));
    w.wait(3600);
    let post = due(&mut w, first.id).unwrap().unwrap();
    let wanted = Wanted { new: keyed(), at: w.cx.now.after(HOUR), user, app: AppId(5) };
    let made = create(&mut w.conn, &w.cx, &ann, wanted, &LIMITS).unwrap();
    assert!(matches!(made, Made::Published(again) if again.id == post.id));
    let keys: i64 = idempotency_keys::table.count().get_result(&mut w.conn).unwrap();
    assert_eq!((published(&mut w, &ann).len(), keys), (1, 1));
}

#[test]
fn whoever_scheduled_it_must_still_be_allowed_to() {
    let mut w = World::new();
    let (owner, _) = person(&mut w, "olga");
    let (mia, mia_account) = person(&mut w, "mia");
    let brand = w.local("bakery");
    for (user, role) in [(owner, TeamRole::Owner), (mia, TeamRole::Manager)] {
        teams::set_member(&mut w.conn, &w.cx, brand.id, user, role, true, None).unwrap();
    }
    let waiting = schedule(&mut w, mia, &brand, text("news"), HOUR).unwrap();
    let other = schedule(&mut w, mia, &brand, text("more news"), HOUR).unwrap();
    teams::set_member(&mut w.conn, &w.cx, brand.id, mia, TeamRole::Author, true, None).unwrap();
    w.wait(3600);
    let refused = due(&mut w, waiting.id).unwrap_err();
    assert!(matches!(refused, Error::Forbidden(_)), "{refused}");
    // Such an attempt is a transaction that leaves nothing; here there is none around it.
    diesel::insert_into(scheduled_posts::table).values(&waiting).execute(&mut w.conn).unwrap();
    teams::set_member(&mut w.conn, &w.cx, brand.id, mia, TeamRole::Manager, true, None).unwrap();
    let post = due(&mut w, waiting.id).unwrap().unwrap();
    assert_eq!((post.account_id, post.acted_by), (brand.id, Some(mia)));
    let acts = teams::list_acts(&mut w.conn, brand.id, 10).unwrap();
    assert!(
        acts.iter().any(|act| act.user_id == mia && act.verb == "post.create" && act.subject == post.id.to_string())
    );

    teams::remove_member(&mut w.conn, &w.cx, brand.id, mia).unwrap();
    assert!(matches!(due(&mut w, other.id), Err(Error::Forbidden(_))));
    assert_eq!(published(&mut w, &mia_account).len(), 0);
}

#[test]
fn what_fails_is_kept_and_its_author_is_told() {
    let mut w = World::new();
    let (user, ann) = person(&mut w, "ann");
    let server = w.local(crate::domain::setup::SERVER_ACTOR);
    let waiting = schedule(&mut w, user, &ann, text("later"), HOUR).unwrap();
    fail(&mut w.conn, &w.cx, waiting.id, "too soon to fail", &LIMITS).unwrap();
    assert!(find(&mut w.conn, waiting.id).unwrap().unwrap().failed_at.is_none());
    w.wait(3600);
    for _ in 0..2 {
        fail(&mut w.conn, &w.cx, waiting.id, "post not found", &LIMITS).unwrap();
    }
    let kept = find(&mut w.conn, waiting.id).unwrap().unwrap();
    assert_eq!((kept.failure.as_deref(), kept.failed_at), (Some("post not found"), Some(w.cx.now)));
    assert!(due(&mut w, waiting.id).unwrap().is_none(), "it is not tried again by itself");
    let messages = published(&mut w, &server);
    assert_eq!(messages.len(), 1, "told once");
    assert_eq!(messages[0].visibility, Visibility::Direct);
    assert!(messages[0].source.as_deref().unwrap().contains("post not found"));
    assert!(messages[0].mentions.0.iter().any(|mention| mention.id == ann.id));

    let later = w.cx.now.after(HOUR);
    let moved = move_to(&mut w.conn, &w.cx, ann.id, waiting.id, later).unwrap();
    assert_eq!((moved.failed_at, moved.failure), (None, None));
    w.wait(3600);
    assert!(due(&mut w, waiting.id).unwrap().is_some(), "given another time, it is");
}
