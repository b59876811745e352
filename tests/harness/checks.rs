//! The harness, tested: a test that runs on nothing, or on its neighbour's data, proves nothing.

use rapport::db::migrate::Schema;
use rapport::db::settings;

use super::cluster::unprivileged;
use super::parts::names;
use super::{Part, both, require};

both!(every_test_has_a_migrated_database_of_its_own, |t| async move {
    let db = t.open();
    assert_eq!(db.schema().await.unwrap(), Schema::Current);
    db.write(|conn| settings::set(conn, settings::TITLE, "mine")).await.unwrap();
    let title = db.read(|conn| settings::find(conn, settings::TITLE)).await.unwrap();
    assert_eq!(title.as_deref(), Some("mine"));

    let other = t.another();
    assert_ne!(other.url(), t.url());
    assert_ne!(other.folder(), t.folder());
    assert_eq!(other.open().read(|conn| settings::find(conn, settings::TITLE)).await.unwrap(), None);
});

both!(tests_may_run_tasks_that_stay_on_their_thread, |t| async move {
    let shared = std::rc::Rc::new(t.open().is_sqlite());
    let seen = shared.clone();
    assert_eq!(tokio::task::spawn_local(async move { *seen }).await.unwrap(), *shared);
});

#[test]
fn a_required_part_is_read_from_the_list() {
    assert_eq!(names("postgres, node,"), [Part::Postgres, Part::Node]);
    assert_eq!(names(""), []);
    assert!(std::panic::catch_unwind(|| names("postgre")).is_err());
}

#[test]
fn the_fixtures_have_an_index() {
    let Some(folder) = require(Part::Fixtures) else { return };
    assert!(folder.join("index.tsv").is_file());
}

#[test]
fn root_finds_an_account_without_privileges() {
    let accounts = "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65533::/:/bin/false\npostgres:x:101:104::/:/bin/sh\n";
    assert_eq!(unprivileged(accounts), Some((101, 104)));
    assert_eq!(unprivileged(&accounts.replace("postgres", "mail")), Some((65534, 65533)));
    assert_eq!(unprivileged("root:x:0:0::/root:/bin/sh"), None);
}
