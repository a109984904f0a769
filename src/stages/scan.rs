//! Scan: searches into sightings.
//!
//! Each query is read from where it was left, oldest change first, a page at a time; what a page
//! showed and how far it reached are one transaction, so a crash loses nothing and repeats little.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::app::{App, Doing};
use crate::clock::UnixMillis;
use crate::crash;
use crate::github::{Query, Trouble};
use crate::health;
use crate::ledger::bounties::Sighting;
use crate::ledger::settings::Setting;
use crate::ledger::{Actor, Entry, Result};
use crate::messages::notice;
use crate::telegram::outbox;

/// A result that GitHub could not show is looked for this long, each time with all that changed since.
const UNREAD: Duration = Duration::from_secs(24 * 60 * 60);

/// What one scan did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// When it began.
    pub at: Option<UnixMillis>,
    /// When it ended.
    pub ended_at: Option<UnixMillis>,
    /// Queries read to their end.
    pub queries: u32,
    /// Issues seen, each once, however many queries find it.
    pub seen: u64,
    /// Seen for the first time.
    pub new: u64,
    /// Changed since they were judged.
    pub changed: u64,
    /// Requests to GitHub.
    pub requests: u64,
    /// What was not read, and why, by query. Read again next time from where it stopped.
    pub incomplete: BTreeMap<String, String>,
    /// GitHub answered every query and refused it: until somebody mends that, nothing is found.
    #[serde(default)]
    pub refused: bool,
    /// GitHub wants no more before this instant.
    pub wait_until: Option<UnixMillis>,
}

/// What the searches of one scan showed.
#[derive(Debug, Default)]
struct Shown {
    /// Issues, by the ids of their repositories.
    issues: HashSet<(u64, u64)>,
    /// Results, each once a query.
    results: u64,
}

/// How far a query was read.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Cursor {
    updated: UnixMillis,
}

/// Reads every configured query once.
///
/// # Errors
/// The ledger cannot be written. Trouble with GitHub is part of the report.
pub async fn run(app: &App, actor: Actor) -> Result<Report> {
    let mut report = Report {
        at: Some(app.now()),
        ..Report::default()
    };
    let rules = app.rules();
    let queries = &rules.config.scan.queries;
    let (mut refused, mut shown) = (0, Shown::default());
    for (n, text) in queries.iter().enumerate() {
        let (at, of) = (n as u64 + 1, queries.len() as u64);
        let doing = Doing {
            text: format!("query {at} of {of}: {text}"),
            at: Some(at),
            of: Some(of),
        };
        app.live(|l| l.scanning = Some(doing));
        let before = shown.results;
        let read = read_query(app, text, &mut report, &mut shown).await;
        if read.is_err() {
            app.live(|l| l.scanning = None);
        }
        match read? {
            None => report.queries += 1,
            Some(Trouble::WaitUntil { at, why }) => {
                report.incomplete.insert(text.clone(), why);
                report.wait_until = Some(at);
                health::report_exchange(app).await?;
                break;
            }
            Some(Trouble::Reconnect(failure) | Trouble::Configuration(failure)) => {
                report.incomplete.insert(text.clone(), failure.to_string());
                health::report(app, &failure).await?;
                break;
            }
            Some(other) => {
                refused += usize::from(other.is_refusal() && shown.results == before);
                report.incomplete.insert(text.clone(), other.to_string());
                if app.vault.status().last_failure.is_some() {
                    // Without a token the next query fares no better.
                    health::report_exchange(app).await?;
                    break;
                }
            }
        }
    }
    app.live(|l| l.scanning = None);
    report.ended_at = Some(app.now());
    report.refused = refused == queries.len();
    let before: Option<Report> = app.ledger.setting(&Setting::LastScan).await?;
    let mut tx = app.ledger.begin().await?;
    if let Some(why) = report.incomplete.values().next().filter(|_| report.refused) {
        tracing::warn!("GitHub refuses every search: {why}");
        if !before.is_some_and(|b| b.refused) {
            let key = format!("scan:refused:{}", tx.now().0);
            let text = notice::scan_refused(why);
            tx.notify_owner(&key, &outbox::encode(&text), tx.now())
                .await?;
        }
    }
    tx.journal(Entry::new(actor, "scan.done", json!(report)))
        .await?;
    tx.put_setting(&Setting::LastScan, &report).await?;
    tx.commit().await?;
    tracing::info!(
        seen = report.seen,
        new = report.new,
        changed = report.changed,
        requests = report.requests,
        incomplete = report.incomplete.len(),
        "scan done"
    );
    app.work.notify_one();
    Ok(report)
}

async fn read_query(
    app: &App,
    text: &str,
    report: &mut Report,
    shown: &mut Shown,
) -> Result<Option<Trouble>> {
    let rules = app.rules();
    let scan = &rules.config.scan;
    let key = Setting::Cursor(text.to_owned());
    let left: Option<Cursor> = app.ledger.setting(&key).await?;
    let updated_from = match left {
        Some(cursor) => cursor.updated.minus(scan.overlap),
        None => app.now().minus(scan.lookback),
    };
    let query = Query {
        name: text.to_owned(),
        text: text.to_owned(),
        updated_from: Some(updated_from),
    };
    let mut pages = app.github.search(query);
    let mut nameless = 0_u64;
    let trouble = loop {
        let page = match pages.next().await {
            Ok(Some(page)) => page,
            Ok(None) => break None,
            Err(trouble) => break Some(trouble),
        };
        let mut tx = app.ledger.begin().await?;
        for facts in &page {
            shown.results += 1;
            let Some(repository) = facts.repo.id else {
                // A name alone may be another repository's tomorrow; the rest of the page is none the
                // worse for it.
                let issue = format!("{}#{}", facts.repo.slug(), facts.number);
                tracing::warn!("{issue} came without its repository's id and is left out");
                nameless += 1;
                continue;
            };
            report.seen += u64::from(shown.issues.insert((repository, facts.number)));
            match tx.sight(facts).await? {
                Sighting::New => report.new += 1,
                Sighting::Changed => report.changed += 1,
                Sighting::Same => {}
            }
        }
        // By other rules everything is read from the beginning again, which ours would skip.
        let outdated = app.outdated(&rules);
        // Not the newest on the page: an issue touched a moment ago may stand in its old place.
        if let Some(updated) = pages.report().newest_updated_at.filter(|_| !outdated) {
            // A scan cut off within the overlap has seen less than the one before it.
            let updated = left.as_ref().map_or(updated, |l| l.updated.max(updated));
            // What did not come is asked for again, for a while.
            let unread = pages.report().unread_from;
            let unread = unread.map(|from| from.max(app.now().minus(UNREAD)).plus(scan.overlap));
            let updated = unread.map_or(updated, |from| from.min(updated));
            tx.put_setting(&key, &Cursor { updated }).await?;
        }
        crash::point("scan.page");
        tx.commit().await?;
        app.scan_progress();
        app.work.notify_one();
    };
    let slice = pages.report();
    report.requests += slice.requests;
    let left_out =
        (nameless > 0).then(|| format!("{nameless} of the results came without a repository's id"));
    let missing: Vec<String> = slice.incomplete.into_iter().chain(left_out).collect();
    if !missing.is_empty() {
        report
            .incomplete
            .insert(text.to_owned(), missing.join("; "));
    }
    Ok(trouble)
}
