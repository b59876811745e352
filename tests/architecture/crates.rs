//! Where foreign crates may appear: one that is everywhere can never be changed.

use super::source::Source;
use super::{catches, hold, sample};

/// Starts of crate names, where they may appear (a folder ends with `/`), and what to do elsewhere.
const CRATES: &[(&[&str], &[&str], &str)] = &[
    (
        &["diesel"],
        &[
            "src/db/",
            "src/jobs/store.rs",
            "src/search/",
            "src/domain/",
            // The queues of federation are its own.
            "src/federation/delivery/",
            "src/federation/inbox/store.rs",
            // How values are kept in a column.
            "src/error.rs",
            "src/ids.rs",
            "src/page.rs",
            "src/time.rs",
            "src/visibility.rs",
        ],
        "ask a query of the domain",
    ),
    (
        &["actix"],
        &[
            "src/http/",
            "src/api/",
            "src/web/",
            "src/streaming/",
            "src/federation/routes",
            "src/federation/inbox/accept.rs",
            // Who is at the other end of a request.
            "src/peer_address.rs",
        ],
        "take the parts of the request that are needed and answer with a value",
    ),
    (&["reqwest"], &["src/net/"], "use net::client, which checks addresses, sizes and time"),
];

fn findings(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        for name in source.first_names() {
            let rule = CRATES.iter().find(|(names, _, _)| {
                names.iter().any(|start| name == *start || name.starts_with(&format!("{start}_")))
            });
            let Some((_, places, remedy)) = rule else { continue };
            if !places.iter().any(|place| source.path.starts_with(place)) {
                found.push(format!("{} uses {name} — {remedy}", source.path));
            }
        }
    }
    found
}

#[test]
fn foreign_crates_stay_where_they_belong() {
    let wrong = sample("src/api/v1/accounts.rs", "use diesel::prelude::*; use actix_web::web;");
    catches(&findings(&wrong), "src/api/v1/accounts.rs uses diesel — ask a query of the domain");
    let wrong = sample("src/federation/fetch.rs", "fn f() -> ::reqwest::Client { todo() }");
    catches(
        &findings(&wrong),
        "src/federation/fetch.rs uses reqwest — use net::client, which checks addresses, sizes and time",
    );
    let wrong = sample("src/federation/inbox/dispatch.rs", "use actix_web::HttpResponse;");
    catches(
        &findings(&wrong),
        "src/federation/inbox/dispatch.rs uses actix_web — take the parts of the request that are needed and answer with a value",
    );
    let right = sample("src/net/client.rs", "use reqwest::Client; use crate::db::diesel::nothing;");
    hold(&findings(&right));

    hold(&findings(&Source::all("src")));
}
