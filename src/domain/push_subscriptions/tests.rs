use diesel::RunQueryDsl;

use super::*;
use crate::domain::follows::tests::world::World;
use crate::domain::notifications::notify;
use crate::domain::posts::Visibility;

const PUBLIC: &str = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";

/// A token with nobody's name on it.
fn token(w: &mut World) -> TokenId {
    use crate::db::schema::{oauth_apps, oauth_tokens};
    use crate::ids::AppId;
    let (app, token): (AppId, TokenId) = (w.cx.id(), w.cx.id());
    diesel::insert_into(oauth_apps::table)
        .values((
            oauth_apps::id.eq(app),
            oauth_apps::client_id.eq(app.to_string()),
            oauth_apps::secret_hash.eq(""),
            oauth_apps::name.eq("App"),
            oauth_apps::redirect_uris.eq("[]"),
            oauth_apps::scopes.eq("push"),
            oauth_apps::created_at.eq(w.cx.now),
        ))
        .execute(&mut w.conn)
        .unwrap();
    diesel::insert_into(oauth_tokens::table)
        .values((
            oauth_tokens::id.eq(token),
            oauth_tokens::token_hash.eq(token.to_string()),
            oauth_tokens::app_id.eq(app),
            oauth_tokens::scopes.eq("push"),
            oauth_tokens::created_at.eq(w.cx.now),
        ))
        .execute(&mut w.conn)
        .unwrap();
    token
}

fn new(alerts: &[(&str, bool)], policy: Senders) -> NewSubscription {
    NewSubscription {
        access_token: "token".into(),
        endpoint: "https://push.example/1".into(),
        p256dh: PUBLIC.into(),
        auth: "BTBZMqHH6r4Tts7J_aSIgg".into(),
        is_standard: true,
        alerts: alerts.iter().map(|(name, wanted)| ((*name).to_owned(), *wanted)).collect(),
        policy,
    }
}

/// Where the waiting pushes go to; they are taken out.
fn pushed(w: &mut World) -> Vec<PushSubscriptionId> {
    let waiting: Vec<_> = jobs::list(&mut w.conn, 100).unwrap().into_iter().filter(|job| job.kind == JOB).collect();
    waiting
        .into_iter()
        .map(|job| {
            jobs::finish(&mut w.conn, job.id).unwrap();
            serde_json::from_str::<Push>(&job.payload).unwrap().subscription
        })
        .collect()
}

#[test]
fn what_is_not_wanted_is_not_pushed() {
    let mut w = World::new();
    let (ann, bob, kim) = (w.local("ann"), w.local("bob"), w.remote("kim", "r.example"));
    let (one, two, three) = (token(&mut w), token(&mut w), token(&mut w));
    let alerts = [("mention", true), ("favourite", false), ("nonsense", true)];
    let all = subscribe(&mut w.conn, &w.cx, one, ann.id, new(&alerts, Senders::All)).unwrap();
    let followed = subscribe(&mut w.conn, &w.cx, two, ann.id, new(&alerts, Senders::Followed)).unwrap();
    subscribe(&mut w.conn, &w.cx, three, ann.id, new(&alerts, Senders::None)).unwrap();
    assert_eq!(all.alerts.0.keys().collect::<Vec<_>>(), ["favourite", "mention"]);

    let post = w.post(&kim, Visibility::Public, &[&ann], None);
    notify(&mut w.conn, &w.cx, ann.id, kim.id, Kind::Mention, Some(post.id)).unwrap();
    assert_eq!(pushed(&mut w), [all.id]);
    notify(&mut w.conn, &w.cx, ann.id, kim.id, Kind::Favourite, Some(post.id)).unwrap();
    notify(&mut w.conn, &w.cx, ann.id, kim.id, Kind::Follow, None).unwrap();
    notify(&mut w.conn, &w.cx, bob.id, kim.id, Kind::Mention, Some(post.id)).unwrap();
    assert!(pushed(&mut w).is_empty());

    follows::request(&mut w.conn, &w.cx, &ann, bob.id, follows::FollowOptions::default()).unwrap();
    let post = w.post(&bob, Visibility::Public, &[&ann], None);
    notify(&mut w.conn, &w.cx, ann.id, bob.id, Kind::Mention, Some(post.id)).unwrap();
    assert_eq!(pushed(&mut w), [all.id, followed.id]);
}

#[test]
fn a_token_has_one_subscription_that_can_be_changed_and_ended() {
    let mut w = World::new();
    let (ann, token) = (w.local("ann"), token(&mut w));
    assert!(matches!(get(&mut w.conn, token), Err(Error::NotFound(_))));
    assert!(matches!(edit(&mut w.conn, &w.cx, token, None, Some(Senders::All)), Err(Error::NotFound(_))));
    let first = subscribe(&mut w.conn, &w.cx, token, ann.id, new(&[("mention", true)], Senders::All)).unwrap();
    let second = subscribe(&mut w.conn, &w.cx, token, ann.id, new(&[("mention", true)], Senders::All)).unwrap();
    assert!(find(&mut w.conn, first.id).unwrap().is_none());
    let edited = edit(&mut w.conn, &w.cx, token, None, Some(Senders::Follower)).unwrap();
    assert_eq!((edited.id, edited.policy), (second.id, Senders::Follower));
    assert_eq!(get(&mut w.conn, token).unwrap().alerts.0.get("mention"), Some(&true));
    unsubscribe(&mut w.conn, token).unwrap();
    assert!(matches!(get(&mut w.conn, token), Err(Error::NotFound(_))));
}

#[test]
fn keys_that_are_none_are_refused_by_name() {
    let mut w = World::new();
    let (ann, token) = (w.local("ann"), token(&mut w));
    let wrong = NewSubscription { p256dh: "AAAA".into(), ..new(&[], Senders::All) };
    let refused = subscribe(&mut w.conn, &w.cx, token, ann.id, wrong).unwrap_err().to_string();
    assert!(refused.contains("p256dh"), "{refused}");
    let wrong = NewSubscription { auth: "AAAA".into(), ..new(&[], Senders::All) };
    let refused = subscribe(&mut w.conn, &w.cx, token, ann.id, wrong).unwrap_err().to_string();
    assert!(refused.contains("auth"), "{refused}");
    let wrong = NewSubscription { endpoint: format!("https://{}", "x".repeat(3000)), ..new(&[], Senders::All) };
    assert!(matches!(subscribe(&mut w.conn, &w.cx, token, ann.id, wrong), Err(Error::Invalid(_))));
}
