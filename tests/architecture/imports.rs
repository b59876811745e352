//! Who may import whom.

use std::collections::BTreeSet;

use super::source::Source;
use super::{catches, hold, sample};

/// Values that everybody shares.
const VALUES: &str = "error ids page time visibility";
/// Each speaks one protocol; none knows another.
const EDGES: [&str; 4] = ["api", "federation", "streaming", "web"];

/// Each layer with what it may import besides itself and [`VALUES`].
const LAYERS: &[(&str, &str)] = &[
    ("error", ""),
    ("ids", ""),
    ("page", ""),
    ("time", ""),
    ("visibility", ""),
    ("config", ""),
    ("context", ""),
    ("i18n", ""),
    ("peer_address", ""),
    ("tasks", ""),
    ("rates", "config"),
    ("crypto", "config context"),
    ("text", "config context"),
    ("net", "config context"),
    ("db", "context"),
    ("media", "config context crypto"),
    ("search", "context db text"),
    ("jobs", "config context db tasks"),
    ("domain", "config context crypto db jobs media search text"),
    // What every edge is handed; it knows none of them.
    ("app", "config context crypto db domain jobs media net rates search tasks text"),
    ("api", "app config context crypto db domain jobs media peer_address rates search tasks text"),
    ("web", "app config context crypto db domain i18n jobs media peer_address rates search tasks text"),
    ("streaming", "app config context crypto db domain jobs peer_address rates tasks text"),
    // Reads pages that posts link to; it answers nobody.
    ("previews", "app config context domain media net tasks text"),
    ("federation", "app config context crypto db domain jobs media net peer_address rates search tasks text"),
    // Tells apps that are not open; it answers nobody.
    ("push", "app config context crypto db domain i18n jobs net tasks text"),
    // Puts the edges behind one listener.
    ("http", "api app config context crypto db domain federation jobs peer_address rates streaming tasks web"),
    (
        "cli",
        "api app config context crypto db domain federation http jobs media net previews push rates search streaming tasks text web",
    ),
    ("main", "cli config"),
];

/// What `layer` may import, if it is one.
fn allowed(layer: &str) -> Option<Vec<&'static str>> {
    let line = LAYERS.iter().find(|(name, _)| *name == layer)?;
    Some(VALUES.split(' ').chain(line.1.split_whitespace()).collect())
}

fn findings(sources: &[Source]) -> Vec<String> {
    let present: BTreeSet<&str> = sources.iter().map(Source::layer).collect();
    let is_layer = |name: &str| present.contains(name) || allowed(name).is_some();
    let mut found = BTreeSet::new();
    for source in sources.iter().filter(|source| source.layer() != "lib") {
        let layer = source.layer();
        let Some(may) = allowed(layer) else {
            found.insert(format!(
                "{} belongs to no layer — give {layer} its line in tests/architecture/imports.rs",
                source.path
            ));
            continue;
        };
        for path in source.paths() {
            let Some(target) = path.first().filter(|target| *target != layer && is_layer(target)) else {
                continue;
            };
            if !may.contains(&target.as_str()) {
                found.insert(format!("{} imports crate::{target} — {}", source.path, remedy(layer, target, &may)));
            }
        }
    }
    found.into_iter().collect()
}

/// What to do about it.
fn remedy(layer: &str, target: &str, may: &[&str]) -> String {
    if layer == "domain" {
        return "move the type to domain or map at the edge".into();
    }
    if EDGES.contains(&layer) && EDGES.contains(&target) {
        return "edges do not see each other: move what both need to domain, or let app hand it over".into();
    }
    format!("{layer} may import only {}", may.join(", "))
}

#[test]
fn modules_import_only_what_lies_below_them() {
    let wrong = sample("src/domain/posts/actions.rs", "use crate::{api::entities::Status, db::Conn};");
    catches(
        &findings(&wrong),
        "src/domain/posts/actions.rs imports crate::api — move the type to domain or map at the edge",
    );
    let wrong = sample("src/web/pages/posts.rs", "fn f() { crate::federation::mapping::note() }");
    catches(
        &findings(&wrong),
        "src/web/pages/posts.rs imports crate::federation — edges do not see each other: move what both need to domain, or let app hand it over",
    );
    let wrong = sample("src/db/mod.rs", "use super::domain::posts;");
    catches(
        &findings(&wrong),
        "src/db/mod.rs imports crate::domain — db may import only error, ids, page, time, visibility, context",
    );
    let wrong = sample("src/billing.rs", "");
    catches(
        &findings(&wrong),
        "src/billing.rs belongs to no layer — give billing its line in tests/architecture/imports.rs",
    );

    hold(&findings(&Source::all("src")));
}

#[test]
fn the_table_of_layers_keeps_the_edges_apart() {
    for edge in EDGES {
        let may = allowed(edge).expect("every edge has its line");
        let above = |target: &&&str| EDGES.contains(*target) || ["http", "cli"].contains(*target);
        let seen: Vec<&&str> = may.iter().filter(above).collect();
        assert!(seen.is_empty(), "{edge} may see {seen:?}");
    }
    for above in EDGES.into_iter().chain(["app", "http", "cli", "net"]) {
        let may = allowed("domain").expect("the domain has its line");
        assert!(!may.contains(&above), "the domain may see {above}");
    }
}
