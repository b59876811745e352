use super::*;
use crate::domain::direct_threads;
use crate::domain::follows::tests::world::World;
use crate::domain::markers::{self, Timeline};
use crate::domain::media;
use crate::domain::posts::{Visibility, marks as post_marks};
use crate::error::Error;
use crate::page::Page;

const GROUPED: [Kind; 3] = [Kind::Favourite, Kind::Follow, Kind::Reblog];

fn all(w: &mut World, of: AccountId) -> Vec<Notification> {
    list(&mut w.conn, of, &Filter::default(), &Page::first(40)).unwrap()
}

#[test]
fn nobody_is_told_twice_of_oneself_or_by_those_they_shut_out() {
    let mut w = World::new();
    let (ann, bob, kim) = (w.local("ann"), w.local("bob"), w.remote("kim", "r.example"));
    let post = w.post(&ann, Visibility::Public, &[], None);
    assert!(notify(&mut w.conn, &w.cx, ann.id, kim.id, Kind::Favourite, Some(post.id)).unwrap().is_some());
    assert!(notify(&mut w.conn, &w.cx, ann.id, kim.id, Kind::Favourite, Some(post.id)).unwrap().is_none());
    assert!(notify(&mut w.conn, &w.cx, ann.id, kim.id, Kind::Follow, None).unwrap().is_some());
    assert!(notify(&mut w.conn, &w.cx, ann.id, kim.id, Kind::Follow, None).unwrap().is_none());
    assert!(notify(&mut w.conn, &w.cx, ann.id, ann.id, Kind::Favourite, Some(post.id)).unwrap().is_none());
    assert!(notify(&mut w.conn, &w.cx, ann.id, ann.id, Kind::Poll, Some(post.id)).unwrap().is_some());
    assert!(
        notify(&mut w.conn, &w.cx, kim.id, ann.id, Kind::Mention, Some(post.id)).unwrap().is_none(),
        "others have servers of their own"
    );
    assert_eq!(all(&mut w, ann.id).len(), 3);

    remove(&mut w.conn, kim.id, Kind::Favourite, Some(post.id)).unwrap();
    assert_eq!(all(&mut w, ann.id).len(), 2);

    mutes::mute(&mut w.conn, &w.cx, &ann, bob.id, true, None).unwrap();
    assert!(notify(&mut w.conn, &w.cx, ann.id, bob.id, Kind::Reblog, Some(post.id)).unwrap().is_none());
    mutes::unmute(&mut w.conn, &ann, bob.id).unwrap();
    blocks::block(&mut w.conn, &w.cx, &ann, bob.id).unwrap();
    assert!(notify(&mut w.conn, &w.cx, ann.id, bob.id, Kind::Reblog, Some(post.id)).unwrap().is_none());
}

#[test]
fn each_edit_takes_the_place_of_the_one_before() {
    let mut w = World::new();
    let (ann, kim) = (w.local("ann"), w.remote("kim", "r.example"));
    let post = w.post(&kim, Visibility::Public, &[], None);
    let first = notify(&mut w.conn, &w.cx, ann.id, kim.id, Kind::Update, Some(post.id)).unwrap();
    let second = notify(&mut w.conn, &w.cx, ann.id, kim.id, Kind::Update, Some(post.id)).unwrap();
    assert!(first.is_some() && second.is_some() && first != second);
    assert_eq!(all(&mut w, ann.id).len(), 1);
}

#[test]
fn a_muted_thread_is_silent() {
    let mut w = World::new();
    let (ann, kim) = (w.local("ann"), w.remote("kim", "r.example"));
    let root = w.post(&ann, Visibility::Public, &[], None);
    let answer = w.post(&kim, Visibility::Public, &[&ann], Some(&root));
    post_marks::mute(&mut w.conn, &w.cx, &ann, root.id).unwrap();
    assert!(notify(&mut w.conn, &w.cx, ann.id, kim.id, Kind::Mention, Some(answer.id)).unwrap().is_none());
    post_marks::unmute(&mut w.conn, &ann, root.id).unwrap();
    assert!(notify(&mut w.conn, &w.cx, ann.id, kim.id, Kind::Mention, Some(answer.id)).unwrap().is_some());
}

#[test]
fn one_asks_for_kinds_and_pages_and_may_clear_what_is_ones_own() {
    let mut w = World::new();
    let (ann, bob, kim) = (w.local("ann"), w.local("bob"), w.remote("kim", "r.example"));
    let posts: Vec<_> = (0..3).map(|_| w.post(&kim, Visibility::Public, &[&ann], None)).collect();
    for post in &posts {
        notify(&mut w.conn, &w.cx, ann.id, kim.id, Kind::Mention, Some(post.id)).unwrap();
    }
    notify(&mut w.conn, &w.cx, ann.id, bob.id, Kind::Follow, None).unwrap();
    let only = |types: &[Kind], exclude: &[Kind]| Filter {
        types: types.to_vec(),
        exclude_types: exclude.to_vec(),
        ..Filter::default()
    };
    let page = Page::first(2);
    assert_eq!(list(&mut w.conn, ann.id, &only(&[Kind::Follow], &[]), &page).unwrap().len(), 1);
    let mentions = list(&mut w.conn, ann.id, &only(&[], &[Kind::Follow]), &page).unwrap();
    assert_eq!(mentions.iter().map(|n| n.post_id).collect::<Vec<_>>(), [Some(posts[2].id), Some(posts[1].id)]);
    let newer = Page { min_id: Some(mentions[1].id.0), ..Page::first(1) };
    assert_eq!(list(&mut w.conn, ann.id, &Filter::default(), &newer).unwrap()[0].id, mentions[0].id);
    assert_eq!(
        list(&mut w.conn, ann.id, &Filter { account: Some(bob.id), ..Filter::default() }, &page).unwrap().len(),
        1
    );

    assert_eq!(unread_count(&mut w.conn, ann.id, &Filter::default(), 100).unwrap(), 4);
    markers::set(&mut w.conn, &w.cx, ann.id, Timeline::Notifications, mentions[0].id.0).unwrap();
    let marker = markers::set(&mut w.conn, &w.cx, ann.id, Timeline::Notifications, mentions[0].id.0).unwrap();
    assert_eq!(marker.version, 2);
    assert_eq!(unread_count(&mut w.conn, ann.id, &Filter::default(), 100).unwrap(), 1);

    assert!(matches!(get(&mut w.conn, bob.id, mentions[0].id), Err(Error::NotFound(_))));
    assert!(matches!(dismiss(&mut w.conn, bob.id, mentions[0].id), Err(Error::NotFound(_))));
    dismiss(&mut w.conn, ann.id, mentions[0].id).unwrap();
    assert!(matches!(get(&mut w.conn, ann.id, mentions[0].id), Err(Error::NotFound(_))));
    clear(&mut w.conn, ann.id).unwrap();
    assert!(all(&mut w, ann.id).is_empty());
}

#[test]
fn many_favourites_are_one_line() {
    let mut w = World::new();
    let ann = w.local("ann");
    let (one, two) = (w.post(&ann, Visibility::Public, &[], None), w.post(&ann, Visibility::Public, &[], None));
    let fans: Vec<_> = (0..10).map(|n| w.remote(&format!("fan{n}"), "r.example")).collect();
    for fan in &fans {
        notify(&mut w.conn, &w.cx, ann.id, fan.id, Kind::Favourite, Some(one.id)).unwrap();
        w.wait(1);
    }
    notify(&mut w.conn, &w.cx, ann.id, fans[0].id, Kind::Mention, Some(two.id)).unwrap();
    notify(&mut w.conn, &w.cx, ann.id, fans[0].id, Kind::Favourite, Some(two.id)).unwrap();

    let page = groups(&mut w.conn, ann.id, &Filter::default(), &GROUPED, &Page::first(40)).unwrap();
    let seen: Vec<_> = page.iter().map(|g| (g.kind, g.count, g.post)).collect();
    assert_eq!(
        seen,
        [(Kind::Favourite, 1, Some(two.id)), (Kind::Mention, 1, Some(two.id)), (Kind::Favourite, 10, Some(one.id))]
    );
    let many = page.last().unwrap();
    assert_eq!(many.sample.len(), 8);
    assert_eq!(many.sample[0], fans[9].id);
    assert!(many.page_min_id < many.page_max_id && many.most_recent_id == many.page_max_id);

    let first = groups(&mut w.conn, ann.id, &Filter::default(), &GROUPED, &Page::first(2)).unwrap();
    let rest = Page::before(first.last().unwrap().page_min_id.0, 2);
    assert_eq!(groups(&mut w.conn, ann.id, &Filter::default(), &GROUPED, &rest).unwrap().len(), 1);
    let upwards = Page { min_id: Some(many.page_max_id.0), ..Page::first(1) };
    assert_eq!(groups(&mut w.conn, ann.id, &Filter::default(), &GROUPED, &upwards).unwrap()[0].kind, Kind::Mention);
    assert_eq!(groups(&mut w.conn, ann.id, &Filter::default(), &[], &Page::first(40)).unwrap().len(), 12);

    assert_eq!(unread_groups(&mut w.conn, ann.id, &Filter::default(), &GROUPED, 100).unwrap(), 3);
    assert_eq!(get_group(&mut w.conn, ann.id, &many.key).unwrap().count, 10);
    let alone = format!("ungrouped-{}", many.page_min_id);
    assert_eq!(get_group(&mut w.conn, ann.id, &alone).unwrap().sample, [fans[0].id]);
    assert_eq!(group_accounts(&mut w.conn, ann.id, &many.key, &Page::first(4)).unwrap().len(), 4);
    dismiss_group(&mut w.conn, ann.id, &many.key).unwrap();
    assert!(matches!(get_group(&mut w.conn, ann.id, &many.key), Err(Error::NotFound(_))));
    assert_eq!(all(&mut w, ann.id).len(), 2);
}

#[test]
fn a_direct_thread_follows_its_messages() {
    let mut w = World::new();
    let (ann, bob, kim) = (w.local("ann"), w.local("bob"), w.remote("kim", "r.example"));
    let first = w.post(&kim, Visibility::Direct, &[&ann], None);
    direct_threads::touch(&mut w.conn, &w.cx, &first).unwrap();
    let loud = w.post(&kim, Visibility::Public, &[&ann], None);
    direct_threads::touch(&mut w.conn, &w.cx, &loud).unwrap();
    let page = Page::first(20);
    let threads = direct_threads::list(&mut w.conn, ann.id, &page).unwrap();
    assert_eq!(threads.len(), 1);
    assert!(threads[0].is_unread);
    assert_eq!(threads[0].participants.0, [kim.id]);
    assert!(matches!(direct_threads::get_own(&mut w.conn, bob.id, threads[0].id), Err(Error::NotFound(_))));

    assert!(!direct_threads::mark_read(&mut w.conn, ann.id, threads[0].id, true).unwrap().is_unread);
    let answer = w.post(&ann, Visibility::Direct, &[&kim, &bob], Some(&first));
    direct_threads::touch(&mut w.conn, &w.cx, &answer).unwrap();
    let mine = direct_threads::list(&mut w.conn, ann.id, &page).unwrap();
    assert_eq!((mine[0].last_post_id, mine[0].is_unread, mine[0].participants.0.len()), (answer.id, false, 2));
    assert_eq!(direct_threads::count_unread(&mut w.conn, bob.id).unwrap(), 1);

    direct_threads::forget(&mut w.conn, &answer).unwrap();
    assert_eq!(direct_threads::list(&mut w.conn, ann.id, &page).unwrap()[0].last_post_id, first.id);
    assert!(direct_threads::list(&mut w.conn, bob.id, &page).unwrap().is_empty());

    direct_threads::hide(&mut w.conn, ann.id, mine[0].id).unwrap();
    assert!(direct_threads::list(&mut w.conn, ann.id, &page).unwrap().is_empty());
    let again = w.post(&kim, Visibility::Direct, &[&ann], Some(&first));
    direct_threads::touch(&mut w.conn, &w.cx, &again).unwrap();
    assert_eq!(direct_threads::count_unread(&mut w.conn, ann.id).unwrap(), 1);
    blocks::block(&mut w.conn, &w.cx, &ann, kim.id).unwrap();
    assert!(direct_threads::list(&mut w.conn, ann.id, &page).unwrap().is_empty());
}

#[test]
fn a_file_belongs_to_one_post_at_a_time() {
    let mut w = World::new();
    let (ann, bob) = (w.local("ann"), w.local("bob"));
    let (one, two) = (w.post(&ann, Visibility::Public, &[], None), w.post(&ann, Visibility::Public, &[], None));
    let file = crate::media::Processed {
        file: vec![1, 2, 3],
        extension: "png",
        content_type: "image/png",
        preview: vec![1],
        preview_extension: "png",
        preview_type: "image/png",
        width: 4,
        height: 3,
        preview_width: 4,
        preview_height: 3,
        blurhash: None,
    };
    let described = media::Description { text: Some("  A drill ".into()), focus: Some((5.0, -0.5)) };
    let keys = |n: u8| (format!("file{n}"), format!("preview{n}"));
    let a = media::insert(&mut w.conn, &w.cx, ann.id, &file, keys(1), &described, 20).unwrap();
    let b = media::insert(&mut w.conn, &w.cx, ann.id, &file, keys(2), &media::Description::default(), 20).unwrap();
    assert_eq!((a.description.as_deref(), a.focus_x, a.focus_y), (Some("A drill"), 1.0, -0.5));
    let long = media::Description { text: Some("x".repeat(21)), focus: None };
    assert!(matches!(media::describe(&mut w.conn, ann.id, a.id, &long, 20), Err(Error::Invalid(_))));
    assert!(matches!(media::describe(&mut w.conn, bob.id, a.id, &described, 20), Err(Error::NotFound(_))));

    assert!(media::attach(&mut w.conn, bob.id, &[a.id], one.id).is_err());
    let attached = media::attach(&mut w.conn, ann.id, &[b.id, a.id, b.id], one.id).unwrap();
    assert_eq!(attached.iter().map(|m| m.id).collect::<Vec<_>>(), [b.id, a.id]);
    assert!(media::attach(&mut w.conn, ann.id, &[a.id], two.id).is_err());
    assert!(matches!(media::get_own(&mut w.conn, ann.id, a.id), Err(Error::NotFound(_))));
    assert!(matches!(media::delete(&mut w.conn, ann.id, a.id), Err(Error::Invalid(_))));

    media::detach(&mut w.conn, &w.cx, one.id).unwrap();
    media::attach(&mut w.conn, ann.id, &[a.id], two.id).unwrap();
    w.wait(1);
    assert_eq!(media::delete_unattached(&mut w.conn, w.cx.now, 10).unwrap(), ["file2", "preview2"]);
    assert!(media::find_own(&mut w.conn, ann.id, a.id).unwrap().is_some());
}

#[test]
fn what_happens_to_one_post_within_an_hour_goes_together() {
    let key = |id, kind, post, seconds| group_key(NotificationId(id), kind, post, Time::from_unix(seconds));
    let post = Some(PostId(7));
    assert_eq!(key(1, Kind::Favourite, post, 3_600), key(2, Kind::Favourite, post, 7_199));
    assert_ne!(key(1, Kind::Favourite, post, 3_600), key(2, Kind::Favourite, post, 7_200));
    assert_ne!(key(1, Kind::Favourite, post, 3_600), key(2, Kind::Reblog, post, 3_600));
    assert_ne!(key(1, Kind::Favourite, post, 3_600), key(2, Kind::Favourite, Some(PostId(8)), 3_600));
    assert_eq!(key(1, Kind::Follow, None, 86_400), key(2, Kind::Follow, None, 2 * 86_400 - 1));
    assert_eq!(key(1, Kind::Mention, post, 0), "ungrouped-1");
}
