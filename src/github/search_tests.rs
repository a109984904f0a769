//! Slices of a search lose nothing.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use octocrab::OctoBody;

use serde_json::Value;

use super::super::line;
use super::*;
use crate::clock::SystemClock;

/// A search as GitHub does it: by position, at most a thousand, sorted by `updated`.
#[derive(Default)]
struct World {
    /// Id → (place in the index, time shown), in seconds.
    issues: BTreeMap<u64, (i64, i64)>,
    requests: Vec<(String, u64)>,
    /// Called with the number of the request, before it is answered.
    event: Option<fn(&mut World, usize)>,
    answers: Vec<(usize, u16, Value)>,
    hidden: Vec<u64>,
    /// The one `SearchType` of issues that is known here; both, if none is named.
    knows: Option<&'static str>,
}

const START: i64 = 1_760_000_000;

impl World {
    fn with(issues: impl IntoIterator<Item = (u64, i64)>) -> Self {
        Self {
            issues: issues
                .into_iter()
                .map(|(id, at)| (id, (START + at, START + at)))
                .collect(),
            ..Self::default()
        }
    }

    fn touch(&mut self, id: u64, at: i64) {
        self.issues.insert(id, (START + at, START + at));
    }

    fn answer(&mut self, variables: &Value) -> (u16, Value) {
        let number = self.requests.len();
        let text = variables["query"].as_str().expect("query").to_owned();
        let first = variables["first"].as_u64().expect("first");
        let kind = variables["type"].as_str().expect("type");
        if self.knows.is_some_and(|knows| knows != kind) {
            let message = format!("Value '{kind}' does not exist in 'SearchType' enum.");
            return (200, json!({ "errors": [{ "message": message }] }));
        }
        self.requests.push((text.clone(), first));
        if let Some(event) = self.event {
            event(self, number);
        }
        if let Some((_, status, body)) = self.answers.iter().find(|(n, ..)| *n == number) {
            return (*status, body.clone());
        }
        let window = text
            .split(' ')
            .find_map(|w| w.strip_prefix("updated:"))
            .unwrap_or(">=1970-01-01T00:00:00Z");
        let (from, to) = match window.strip_prefix(">=") {
            Some(from) => (parse(from), i64::MAX),
            None => {
                let (from, to) = window.split_once("..").expect("window");
                (parse(from), parse(to))
            }
        };
        let mut found: Vec<_> = self
            .issues
            .iter()
            .filter(|(_, (index, _))| (from..=to).contains(index))
            .collect();
        found.sort_by_key(|(id, (index, _))| (*index, **id));
        let skip: usize = variables["after"]
            .as_str()
            .map_or(0, |a| a.parse().expect("cursor"));
        let count = found.len();
        let end = count.min(1_000).min(skip + first as usize);
        let mut errors = Vec::new();
        let nodes: Vec<Value> = found[skip.min(end)..end]
            .iter()
            .enumerate()
            .map(|(at, (id, (_, shown)))| {
                if self.hidden.contains(id) {
                    errors.push(json!({"type": "FORBIDDEN", "message": "SAML", "path": ["search", "nodes", at]}));
                    return Value::Null;
                }
                json!({
                    "__typename": "Issue", "id": format!("I_{id}"), "number": id,
                    "updatedAt": stamp(*shown),
                    "repository": { "id": "R", "databaseId": 1, "name": "app", "owner": { "login": "acme" } },
                })
            })
            .collect();
        let more = end < count.min(1_000);
        (
            200,
            json!({
                "data": { "rateLimit": { "cost": 7 }, "search": {
                    "issueCount": count, "nodes": nodes,
                    "pageInfo": { "hasNextPage": more, "endCursor": end.to_string() } } },
                "errors": errors,
            }),
        )
    }
}

fn parse(at: &str) -> i64 {
    chrono::DateTime::parse_from_rfc3339(at)
        .expect("time")
        .timestamp()
}

fn walk(world: World, from: Option<i64>) -> (Pages, Arc<Mutex<World>>) {
    let world = Arc::new(Mutex::new(world));
    let served = Arc::clone(&world);
    let service = tower::service_fn(move |request: Request<OctoBody>| {
        let served = Arc::clone(&served);
        async move {
            let body = request
                .into_body()
                .collect()
                .await
                .expect("body")
                .to_bytes();
            let body: Value = serde_json::from_slice(&body).expect("json");
            let (status, answer) = served.lock().expect("world").answer(&body["variables"]);
            let answer = Response::builder()
                .status(status)
                .body(Full::new(Bytes::from(answer.to_string())));
            Ok::<_, Infallible>(answer.expect("response"))
        }
    });
    let query = Query {
        name: "test".into(),
        text: "label:bounty".into(),
        updated_from: from.map(|s| UnixMillis((START + s) * 1000)),
    };
    let pages = Pages::new(
        line::octocrab_on(service),
        Arc::new(Budget::new(0)),
        Arc::default(),
        Arc::new(SystemClock),
        Vec::new(),
        query,
    );
    (pages, world)
}

async fn all(pages: &mut Pages) -> Vec<u64> {
    let mut ids = Vec::new();
    while let Some(page) = pages.next().await.expect("page") {
        ids.extend(page.iter().map(|i| i.number));
    }
    ids
}

fn sorted(mut ids: Vec<u64>) -> Vec<u64> {
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn ten_thousand_issues_are_all_found_once_within_the_budget() {
    // Two issues a second, so every page border cuts through one.
    let (mut pages, _) = walk(World::with((1..=10_000).map(|n| (n, n as i64 / 2))), None);
    let ids = all(&mut pages).await;
    assert_eq!(sorted(ids), (1..=10_000).collect::<Vec<_>>());
    let report = pages.report();
    assert_eq!(report.incomplete, None);
    assert_eq!(report.seen, 10_000);
    assert!(report.requests <= 120, "{}", report.requests);
    assert_eq!(
        report.newest_updated_at,
        Some(UnixMillis((START + 5_000) * 1000))
    );
}

#[tokio::test]
async fn a_rescan_with_nothing_new_is_one_request() {
    let (mut pages, world) = walk(World::with((1..=500).map(|n| (n, n as i64))), Some(490));
    assert_eq!(all(&mut pages).await.len(), 11);
    assert_eq!(pages.report().requests, 1);
    let text = world.lock().expect("world").requests[0].0.clone();
    assert!(
        text.starts_with("label:bounty is:issue is:open archived:false updated:>=2025-10-09T"),
        "{text}"
    );
    assert!(text.ends_with(" sort:updated-asc"), "{text}");
}

#[tokio::test]
async fn updates_during_the_walk_push_nothing_over_a_page_border() {
    let mut world = World::with((1..=1_000).map(|n| (n, n as i64)));
    // After each page, thirty issues that were on it move to the end.
    world.event = Some(|world, request| {
        for n in 0..30 {
            world.touch((request as u64) * 90 + n + 1, 100_000 + request as i64);
        }
    });
    let (mut pages, world) = walk(world, None);
    let mut found = std::collections::BTreeSet::new();
    for _ in 0..40 {
        // Stop the world once the first pass is over, or it would never end.
        if found.len() == 1_000 {
            world.lock().expect("world").event = None;
        }
        match pages.next().await.expect("page") {
            Some(page) => found.extend(page.iter().map(|i| i.number)),
            None => break,
        }
    }
    assert_eq!(found.len(), 1_000);
    assert_eq!(pages.report().incomplete, None);
}

#[tokio::test]
async fn a_time_newer_than_its_place_does_not_make_the_walk_jump() {
    let mut world = World::with((1..=600).map(|n| (n, n as i64)));
    // The database already shows now, the index still has the old place: the last of page one.
    for id in [98, 100] {
        world
            .issues
            .insert(id, (START + id as i64, START + 1_000_000));
    }
    let (mut pages, _) = walk(world, None);
    assert_eq!(sorted(all(&mut pages).await), (1..=600).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_crowded_second_is_read_by_position_and_the_walk_goes_on() {
    let crowd = (1..=450).map(|n| (n, 10));
    let (mut pages, _) = walk(
        World::with(crowd.chain((451..=700).map(|n| (n, n as i64)))),
        None,
    );
    assert_eq!(sorted(all(&mut pages).await), (1..=700).collect::<Vec<_>>());
    assert_eq!(pages.report().incomplete, None);
}

#[tokio::test]
async fn more_than_a_thousand_in_one_second_is_said_not_hidden() {
    let crowd = (1..=1_300).map(|n| (n, 10));
    let (mut pages, _) = walk(World::with(crowd.chain([(2_000, 11)])), Some(0));
    let ids = all(&mut pages).await;
    assert!(ids.contains(&2_000), "the walk goes on behind it");
    assert_eq!(ids.len(), 1_001);
    let why = pages.report().incomplete.expect("incomplete");
    assert!(why.contains("1300 issues were updated at"), "{why}");
}

#[tokio::test]
async fn a_crowd_that_changes_is_read_again() {
    let mut world = World::with((1..=300).map(|n| (n, 10)));
    world.event = Some(|world, request| {
        if request == 3 {
            world.touch(5, 50);
        }
    });
    let (mut pages, _) = walk(world, Some(0));
    let ids = all(&mut pages).await;
    assert_eq!(
        ids.iter()
            .copied()
            .collect::<std::collections::BTreeSet<_>>()
            .len(),
        300
    );
    assert_eq!(pages.report().incomplete, None);
}

#[tokio::test]
async fn a_page_that_takes_too_long_is_asked_for_smaller() {
    let mut world = World::with((1..=300).map(|n| (n, n as i64)));
    world.answers = vec![
        (0, 502, json!("<html>")),
        (
            1,
            200,
            json!({"data": null, "errors": [{"message": "Something went wrong while executing your query. This may be the result of a timeout"}]}),
        ),
    ];
    let (mut pages, world) = walk(world, None);
    assert_eq!(all(&mut pages).await.len(), 300);
    let sizes: Vec<u64> = world
        .lock()
        .expect("world")
        .requests
        .iter()
        .map(|r| r.1)
        .collect();
    assert_eq!(sizes[..6], [100, 50, 25, 25, 25, 50]);
}

#[tokio::test]
async fn trouble_leaves_the_walk_where_it_was() {
    let mut world = World::with((1..=300).map(|n| (n, n as i64)));
    world.answers = vec![(
        1,
        200,
        json!({"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}),
    )];
    let (mut pages, _) = walk(world, None);
    let first = pages.next().await.expect("page").expect("some");
    assert_eq!(first.len(), 100);
    let trouble = pages.next().await.expect_err("limited");
    assert!(matches!(trouble, Trouble::WaitUntil { .. }), "{trouble}");
    let held = pages.report().newest_updated_at.expect("position");
    assert_eq!(held, UnixMillis((START + 96) * 1000));
    // The hold is in the budget: nothing more is sent.
    assert!(pages.next().await.is_err());
    assert_eq!(pages.report().requests, 2);
    assert!(held.since(UnixMillis(START * 1000)) < Duration::from_secs(100));
}

#[tokio::test]
async fn results_behind_single_sign_on_are_counted_and_do_not_stop_the_walk() {
    let mut world = World::with((1..=250).map(|n| (n, n as i64)));
    world.hidden = (1..=120).chain([249]).collect();
    let (mut pages, _) = walk(world, None);
    assert_eq!(all(&mut pages).await.len(), 129);
    let report = pages.report();
    assert_eq!(report.incomplete, None);
    assert!(report.hidden >= 121, "{}", report.hidden);
}

#[tokio::test]
async fn results_that_cannot_be_read_make_the_slice_incomplete() {
    let mut world = World::with([(1, 1)]);
    world.answers = vec![(
        0,
        200,
        json!({
            "data": { "search": { "issueCount": 2, "pageInfo": { "hasNextPage": false },
                "nodes": [null, { "__typename": "Issue", "id": "I_1", "number": 1, "updatedAt": stamp(START + 1),
                    "repository": { "name": "app", "owner": { "login": "acme" } } }] } },
            "errors": [{ "message": "odd", "path": ["search", "nodes", 0] }],
        }),
    )];
    let (mut pages, _) = walk(world, None);
    assert_eq!(all(&mut pages).await, [1]);
    let why = pages.report().incomplete.expect("incomplete");
    assert!(
        why.contains("1 of the results could not be read: odd at search.nodes.0"),
        "{why}"
    );
}

#[tokio::test]
async fn either_name_of_the_search_for_issues_will_do() {
    for (knows, requests) in [(ISSUE, 1), (ISSUE_ADVANCED, 2)] {
        let mut world = World::with((1..=3).map(|n| (n, n as i64)));
        world.knows = Some(knows);
        let (mut pages, _) = walk(world, None);
        assert_eq!(sorted(all(&mut pages).await), [1, 2, 3]);
        assert_eq!(pages.report().requests, requests, "{knows}");
    }
    let mut world = World::with([(1, 1)]);
    world.knows = Some("USER");
    let refused = walk(world, None).0.next().await;
    assert!(
        matches!(refused, Err(Trouble::Invalid { .. })),
        "{refused:?}"
    );
}
