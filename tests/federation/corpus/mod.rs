//! The corpus of real and hostile payloads, where it is at hand: each gets what its `expect` says, and no payload at all breaks the server.

mod cases;
mod expect;
mod left_out;
mod places;
mod play;
mod town;
mod twins;
mod vectors;
mod world;

use futures_util::StreamExt;

use self::cases::Case;
use self::play::Report;
use self::town::Town;
use crate::harness::{Part, TestDatabase, db, parts, require};

/// How many payloads are under way at once; each has host names of its own, so that they do not meet.
const AT_ONCE: usize = 6;

/// Plays cases in one town and fails with everything that is not as it should be.
async fn play_all(what: &str, cases: Vec<Case>, database: TestDatabase) {
    let town = match Town::build(database).await {
        Ok(town) => town,
        Err(why) => return parts::skip(Part::Fixtures, &why),
    };
    let reports: Vec<Report> = futures_util::stream::iter(cases.iter().enumerate())
        .map(|(n, case)| Box::pin(play::play(&town, case, n)))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let unchecked: usize = reports.iter().map(|report| report.unchecked).sum();
    let failed: Vec<&Report> = reports.iter().filter(|report| !report.failures.is_empty()).collect();
    parts::say(&format!(
        "{what}: {} run, {} passed, {} left out by name, {unchecked} words of expectations only checked for survival",
        reports.len(),
        reports.len() - failed.len(),
        reports.iter().filter(|report| report.is_left_out).count(),
    ));
    let mut lines: Vec<String> =
        failed.iter().map(|report| format!("{}: {}", report.name, report.failures.join("; "))).collect();
    lines.sort();
    assert!(lines.is_empty(), "{} of {} are not as they should be:\n{}", lines.len(), reports.len(), lines.join("\n"));
}

fn corpus() -> Option<Vec<Case>> {
    require(Part::Fixtures).map(|folder| cases::read(&folder))
}

#[tokio::test]
async fn what_other_software_sends_is_understood() {
    let Some(cases) = corpus() else { return };
    let cases = cases.into_iter().filter(|case| !case.is_hostile() && !case.is_vector()).collect();
    db::on_sqlite(|database| play_all("Payloads of other software", cases, database)).await;
}

#[tokio::test]
async fn what_attackers_send_has_no_effect() {
    let Some(cases) = corpus() else { return };
    let cases = cases.into_iter().filter(Case::is_hostile).collect();
    db::on_sqlite(|database| play_all("Hostile payloads", cases, database)).await;
}

#[tokio::test]
async fn what_attackers_send_has_no_effect_on_postgres() {
    let Some(cases) = corpus() else { return };
    let cases = cases.into_iter().filter(Case::is_hostile).collect();
    db::on_postgres(|database| play_all("Hostile payloads on PostgreSQL", cases, database)).await;
}

#[tokio::test]
async fn what_was_refused_is_accepted_once_it_is_repaired() {
    let Some(cases) = corpus() else { return };
    let refused: Vec<Case> = cases.into_iter().filter(|case| case.is_refused() && !case.is_vector()).collect();
    let missing: Vec<&str> = refused
        .iter()
        .filter(|case| left_out::reason(&case.file).is_none() && !twins::exists(case))
        .map(|case| case.file.as_str())
        .collect();
    assert!(missing.is_empty(), "without a repaired twin: {missing:?}");
    let cases = refused.iter().filter(|case| left_out::reason(&case.file).is_none()).map(twins::repair).collect();
    db::on_sqlite(|database| play_all("Repaired twins", cases, database)).await;
}

#[tokio::test]
async fn the_list_of_what_is_left_out_names_payloads_that_exist() {
    let Some(cases) = corpus() else { return };
    parts::say(&format!(
        "Left out by name, most until moves, reports, communities, pins and quotes are there: {} payloads",
        left_out::LIST.len()
    ));
    let unknown: Vec<&str> = left_out::LIST
        .iter()
        .map(|(file, _)| *file)
        .filter(|file| cases.iter().all(|case| case.file != *file))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}
