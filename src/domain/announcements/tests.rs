use super::*;
use crate::domain::custom_emojis::NewEmoji;
use crate::domain::follows::tests::world::World;
use crate::domain::posts::Visibility;

fn say(w: &mut World, text: &str) -> Announcement {
    create(&mut w.conn, &w.cx, &NewAnnouncement { text: text.into(), ..NewAnnouncement::default() }).unwrap()
}

fn seen(w: &mut World, me: AccountId) -> AnnouncementView {
    let rows = list_current(&mut w.conn, w.cx.now).unwrap();
    load(&mut w.conn, &w.cx, Some(me), rows).unwrap().remove(0)
}

#[test]
fn an_announcement_names_people_tags_and_posts() {
    let mut w = World::new();
    let ann = w.local("ann");
    let (open, closed) = (w.post(&ann, Visibility::Public, &[], None), w.post(&ann, Visibility::Private, &[], None));
    let row = say(&mut w, &format!("Hello @ann, see {} and {} #news @nobody", open.url, closed.url));
    assert_eq!(row.mentions.0.iter().map(|m| m.id).collect::<Vec<_>>(), [ann.id]);
    assert_eq!(row.posts.0.iter().map(|p| p.id).collect::<Vec<_>>(), [open.id], "what is not for all is not linked");
    assert_eq!(row.tags.0.len(), 1);
    assert!(row.content.contains("u-url mention") && row.content.contains("@nobody"));
}

#[test]
fn it_stays_until_it_ends_and_is_read_once_put_aside() {
    let mut w = World::new();
    let ann = w.local("ann");
    let end = w.cx.now.after(std::time::Duration::from_secs(60));
    let new = NewAnnouncement { text: "Soon".into(), ends_at: Some(end), ..NewAnnouncement::default() };
    let row = create(&mut w.conn, &w.cx, &new).unwrap();
    assert_eq!(seen(&mut w, ann.id).is_read, Some(false));
    let now = w.cx.now;
    for _ in 0..2 {
        dismiss(&mut w.conn, ann.id, row.id, now).unwrap();
    }
    assert_eq!(seen(&mut w, ann.id).is_read, Some(true));
    w.wait(61);
    assert!(list_current(&mut w.conn, w.cx.now).unwrap().is_empty());
    assert!(matches!(react(&mut w.conn, &w.cx, ann.id, row.id, "🎉"), Err(Error::NotFound(_))));
    assert!(delete(&mut w.conn, &w.cx, row.id).unwrap());
    assert!(!delete(&mut w.conn, &w.cx, row.id).unwrap());
}

#[test]
fn reactions_count_people_and_are_of_few_kinds() {
    let mut w = World::new();
    let (ann, bob) = (w.local("ann"), w.local("bob"));
    let new = NewEmoji {
        shortcode: "bread".into(),
        category: None,
        file_key: "b.png".into(),
        still_key: "b.png".into(),
        is_listed: true,
    };
    custom_emojis::create(&mut w.conn, &w.cx, new).unwrap();
    let row = say(&mut w, "Hello");
    for (who, name) in [(&ann, "🎉"), (&bob, "🎉"), (&bob, "🎉"), (&bob, "bread")] {
        react(&mut w.conn, &w.cx, who.id, row.id, name).unwrap();
    }
    let shown: Vec<(String, i64, bool, bool)> = seen(&mut w, ann.id)
        .reactions
        .into_iter()
        .map(|tally| (tally.name, tally.count, tally.is_mine, tally.emoji.is_some()))
        .collect();
    assert_eq!(shown, [("🎉".to_owned(), 2, true, false), ("bread".to_owned(), 1, false, true)]);
    for odd in ["rye", "", "🎉🎉", "<b>"] {
        assert!(matches!(react(&mut w.conn, &w.cx, ann.id, row.id, odd), Err(Error::Invalid(_))), "{odd}");
    }
    for kind in ["😀", "😁", "😂", "😃", "😄", "😅"] {
        react(&mut w.conn, &w.cx, ann.id, row.id, kind).unwrap();
    }
    assert!(
        matches!(react(&mut w.conn, &w.cx, ann.id, row.id, "😆"), Err(Error::Invalid(_))),
        "eight kinds are enough"
    );
    react(&mut w.conn, &w.cx, ann.id, row.id, "bread").unwrap();
    for _ in 0..2 {
        unreact(&mut w.conn, &w.cx, ann.id, row.id, "🎉").unwrap();
    }
    assert_eq!(tally(&mut w.conn, &w.cx, row.id, "🎉").unwrap().count, 1);
}

#[test]
fn nonsense_is_refused() {
    let mut w = World::new();
    let refused = |w: &mut World, new: NewAnnouncement| {
        assert!(matches!(create(&mut w.conn, &w.cx, &new), Err(Error::Invalid(_))), "{new:?}");
    };
    refused(&mut w, NewAnnouncement { text: " ".into(), ..NewAnnouncement::default() });
    refused(&mut w, NewAnnouncement { text: "x".repeat(MAX_TEXT + 1), ..NewAnnouncement::default() });
    let now = w.cx.now;
    refused(&mut w, NewAnnouncement { text: "x".into(), ends_at: Some(now), ..NewAnnouncement::default() });
}
