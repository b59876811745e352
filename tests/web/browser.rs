//! A real browser walks set-up, sign-in, the authorisation page and the public pages (`tests/browser/walk.mjs`), at phone and desk width.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use tokio::process::Command;

use crate::harness::parts::skip;
use crate::harness::{Part, TestServer, both, require};

both!(a_newcomer_sets_a_server_up_and_signs_in, |database| async move {
    let (Some(node), Some(chromium)) = (require(Part::Node), require(Part::Chromium)) else { return };
    let walk = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    if !walk.join("node_modules").is_dir() {
        return skip(Part::Node, "run npm ci in tests/browser");
    }
    let pictures = database.folder().join("pictures");
    std::fs::create_dir(&pictures).expect("a folder for pictures");
    let (_server, link) = TestServer::start_fresh(database).await;
    let mut command = Command::new(node);
    command.current_dir(&walk).arg("walk.mjs").arg(&link).arg(&pictures).arg(chromium);
    let ended = command.stdin(Stdio::null()).kill_on_drop(true).output().await.expect("node runs");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "the walk stopped: {said}");
    let seen: Value = serde_json::from_slice(&ended.stdout).expect("what the walk saw");

    // Answers that are errors on purpose are the only thing the browser may complain about: no script or style was refused.
    for complaint in seen["refused"].as_array().expect("a list") {
        assert!(complaint.as_str().expect("text").contains("the server responded with a status of"), "{complaint}");
    }
    let text = |key: &str| seen[key].as_str().unwrap_or_else(|| panic!("{key} in {seen}")).to_owned();
    assert_eq!(text("kept"), "ann@example.org", "what was typed is kept when set-up refuses");
    assert_eq!(seen["said"], 1, "the one wrong field is marked");
    assert!(text("brand_text").contains("@harbour@"), "{}", text("brand_text"));
    assert_eq!(text("sign_in_page"), "/auth/sign_in");
    assert!(text("wrong_password").contains("do not belong together"));
    assert_eq!(seen["choices"], 2, "oneself and the brand");
    assert!(text("authorize_text").contains("Harbour Bakery"));
    assert_eq!(text("acts_as"), "harbour");
    assert!(text("post_text").contains("rye loaf"));
    assert_eq!(seen["missing"], 404);
    assert_eq!(text("dutch"), "nl");
});
