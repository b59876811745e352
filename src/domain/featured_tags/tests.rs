use super::*;
use crate::domain::accounts::Account;
use crate::domain::follows::tests::world::World;

/// A post with hashtags.
fn tagged(w: &mut World, author: &Account, visibility: Visibility, names: &[&str]) -> Post {
    let post = w.post(author, visibility, &[], None);
    let names: Vec<TagName> = names.iter().map(|name| TagName::from(Hashtag::parse(name).unwrap())).collect();
    all_tags::attach(&mut w.conn, &w.cx, post.id, &names).unwrap();
    count(&mut w.conn, &post, &names).unwrap();
    post
}

#[test]
fn a_featured_tag_counts_what_its_owner_wrote_for_everybody() {
    let mut w = World::new();
    let (ann, bob) = (w.local("ann"), w.local("bob"));
    tagged(&mut w, &ann, Visibility::Public, &["Rye"]);
    w.wait(86_400);
    tagged(&mut w, &ann, Visibility::Unlisted, &["rye"]);
    let last = w.cx.now;
    w.wait(86_400);
    tagged(&mut w, &ann, Visibility::Private, &["rye"]);
    tagged(&mut w, &bob, Visibility::Public, &["rye"]);

    let featured = feature(&mut w.conn, &w.cx, ann.id, "#RYE").unwrap();
    assert_eq!((featured.row.name.as_str(), featured.tag_name.as_str()), ("RYE", "rye"));
    assert_eq!((featured.row.posts_count, featured.row.last_post_at), (2, Some(last)));
    assert_eq!(feature(&mut w.conn, &w.cx, ann.id, "rye").unwrap().row.id, featured.row.id);
    assert!(matches!(unfeature(&mut w.conn, bob.id, featured.row.id), Err(Error::NotFound(_))));
    unfeature(&mut w.conn, ann.id, featured.row.id).unwrap();
    assert!(list(&mut w.conn, ann.id).unwrap().is_empty());
}

#[test]
fn the_use_of_a_featured_tag_grows_and_shrinks_with_its_posts() {
    let mut w = World::new();
    let ann = w.local("ann");
    feature(&mut w.conn, &w.cx, ann.id, "rye").unwrap();
    let first = tagged(&mut w, &ann, Visibility::Public, &["rye"]);
    w.wait(60);
    tagged(&mut w, &ann, Visibility::Private, &["rye"]);
    let last = tagged(&mut w, &ann, Visibility::Public, &["rye"]);
    let uses = |w: &mut World| {
        let shown = list(&mut w.conn, ann.id).unwrap().remove(0).row;
        (shown.posts_count, shown.last_post_at)
    };
    assert_eq!(uses(&mut w), (2, Some(last.created_at)));
    let rye = [TagName::from(Hashtag::parse("rye").unwrap())];
    uncount(&mut w.conn, &last, &rye).unwrap();
    assert_eq!(uses(&mut w), (1, Some(first.created_at)));
}

#[test]
fn only_so_many_and_only_hashtags_are_featured() {
    let mut w = World::new();
    let ann = w.local("ann");
    for wrong in ["", "123", "two words"] {
        assert!(matches!(feature(&mut w.conn, &w.cx, ann.id, wrong), Err(Error::Invalid(_))), "{wrong}");
    }
    for number in 0..MAX_FEATURED {
        feature(&mut w.conn, &w.cx, ann.id, &format!("tag{number}")).unwrap();
    }
    assert!(matches!(feature(&mut w.conn, &w.cx, ann.id, "more"), Err(Error::Invalid(_))));
    feature(&mut w.conn, &w.cx, ann.id, "tag0").unwrap();
}

#[test]
fn what_one_uses_most_is_suggested() {
    let mut w = World::new();
    let (ann, bob) = (w.local("ann"), w.local("bob"));
    tagged(&mut w, &ann, Visibility::Public, &["rye"]);
    tagged(&mut w, &ann, Visibility::Public, &["drills", "rye"]);
    tagged(&mut w, &ann, Visibility::Public, &["shown"]);
    tagged(&mut w, &bob, Visibility::Public, &["wheat"]);
    feature(&mut w.conn, &w.cx, ann.id, "shown").unwrap();
    let names: Vec<String> = suggestions(&mut w.conn, ann.id).unwrap().into_iter().map(|tag| tag.name).collect();
    assert_eq!(names, ["rye", "drills"]);
}
