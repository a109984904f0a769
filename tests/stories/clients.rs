//! What a client wants and may have is done in its time, or somebody is told; told as stories, because that time
//! is hours.

use std::time::Duration;

use bountyd::broker::acting::Acting;
use bountyd::broker::policy::Repository;
use bountyd::ledger::Actor;
use bountyd::ledger::jobs::{JobState, Made, NewJob};
use bountyd::ledger::requests::{NewRequest, Request, RequestState};
use bountyd::ledger::restored::FromBackup;
use bountyd::ledger::settings::Setting;
use bountyd::messages::request_card::RequestCard;
use sim::faults::{What, When};
use sim::github::NewIssue;

use super::accounts::connected;
use super::people::YES;
use super::world::{DAY, HOUR, MINUTE, World};

const SLUG: &str = "acme/widgets";

const TOP: &str = "mode = \"ask\"\nschedule = \"0 0 1 1 *\"";

const CLIENT: &str = r#"
[mcp.clients.writer]
uid = 4242
[mcp.clients.writer.rules.all]
tools = ["comment", "create_issue", "fix"]
repositories = ["acme/*"]
effect = "ask"
"#;

impl World {
    /// A client's request, about which the owner is asked; his yes holds for so long.
    async fn wanted(&self, key: &str, acting: &Acting, valid: Duration) -> Request {
        let place = Repository::parse(SLUG).expect("a name");
        let hash = acting.hash("writer", 4242, &place);
        let new = NewRequest {
            client: "writer",
            uid: 4242,
            pid: 7,
            key,
            tool: acting.tool().as_str(),
            repo: SLUG,
            number: acting.number(),
            arguments: &acting.to_text(),
            hash: &hash,
            answer_valid_ms: i64::try_from(valid.as_millis()).expect("a time"),
        };
        let mut tx = self.app().ledger.begin().await.expect("a transaction");
        let stored = tx.store_request(&new, RequestState::Pending).await;
        let request = stored.expect("stored");
        let card = RequestCard {
            request: request.id.clone(),
            hash,
            client: "writer".to_owned(),
            process: "user 4242, process 7".to_owned(),
            act: acting.in_words().to_owned(),
            repo: SLUG.to_owned(),
            number: acting.number(),
            parts: vec![("Its name".to_owned(), key.to_owned())],
            why: "a rule".to_owned(),
            takes: None,
            lease: None,
        };
        let now = tx.now();
        tx.ask_about_request(&request, &card, now)
            .await
            .expect("asked");
        tx.commit().await.expect("committed");
        self.app().work.notify_one();
        self.settle().await;
        request
    }

    /// The same, with his yes.
    async fn approved(&self, key: &str, acting: &Acting, valid: Duration) -> Request {
        let request = self.wanted(key, acting, valid).await;
        let card = self.phone(key);
        self.tap(&card, YES).await;
        request
    }

    async fn request(&self, request: &Request) -> Request {
        let found = self.app().ledger.request_of("writer", 4242, &request.id);
        found.await.expect("read").expect("there")
    }

    /// Auth0 gives no token from now on, and there is none left.
    async fn auth0_fails(&self) {
        self.advance(HOUR).await;
        let exchange = When::on("POST", "/oauth/token");
        self.sim
            .auth0
            .faults()
            .always(exchange, What::status(503, "{}"));
    }
}

/// A world in which one comment of the client's was made, so that everybody knows everybody.
async fn acquainted(top: &str) -> (World, u64) {
    let mut w = World::with(top, CLIENT).await;
    w.repo(SLUG);
    let issue = NewIssue::new(SLUG, "Crash on empty input").author("acme");
    let number = w.sim.github.post_issue(issue);
    w.expected.unread = true;
    w.expected.unknown_comments = true;
    w.start().await;
    if top == TOP {
        w.approved("first", &comment(number, "One."), DAY).await;
        w.pass(10 * MINUTE, MINUTE).await;
        assert_eq!(w.ours(), 1);
    }
    (w, number)
}

fn comment(number: u64, text: &str) -> Acting {
    Acting::Comment {
        number,
        text: text.to_owned(),
    }
}

#[tokio::test]
async fn what_the_owner_approved_outlasts_an_outage() {
    let (w, number) = acquainted(TOP).await;
    w.auth0_fails().await;
    let request = w.approved("second", &comment(number, "Two."), DAY).await;
    w.pass(6 * HOUR, 10 * MINUTE).await;
    assert_eq!(w.request(&request).await.state, RequestState::Approved);
    w.sim.auth0.faults().clear();
    w.pass(3 * HOUR, 10 * MINUTE).await;
    assert_eq!(w.request(&request).await.state, RequestState::Done);
    assert_eq!(w.ours(), 2);
}

#[tokio::test]
async fn what_comes_to_nothing_after_a_yes_is_told_to_who_said_it() {
    let (w, number) = acquainted(TOP).await;
    w.auth0_fails().await;
    let request = w.approved("second", &comment(number, "Two."), HOUR).await;
    w.pass(4 * HOUR, 10 * MINUTE).await;
    assert_eq!(w.request(&request).await.state, RequestState::Expired);
    let slug = format!("acme/widgets#{number}");
    let told = w.phone(&format!("✋ Not done: writer · {slug}")).text;
    assert!(told.contains("was not acted on in time"), "{told}");
    w.sim.auth0.faults().clear();
    w.pass(3 * HOUR, 10 * MINUTE).await;
    assert_eq!(w.ours(), 1);
}

#[tokio::test]
async fn nothing_is_begun_for_a_client_while_the_mode_is_watch() {
    let (w, _) = acquainted("mode = \"watch\"\nschedule = \"0 0 1 1 *\"").await;
    let goal = Acting::Fix {
        number: None,
        goal: Some("2 and 3 give 5".to_owned()),
    };
    let request = w.approved("a patch", &goal, DAY).await;
    w.pass(3 * HOUR, 10 * MINUTE).await;
    // It would fail at once: no coding agent is configured here.
    assert_eq!(w.request(&request).await.state, RequestState::Approved);
}

#[tokio::test]
async fn a_patch_on_its_way_in_a_restored_ledger_is_asked_about_anew() {
    let (w, _) = acquainted(TOP).await;
    let app = w.app();
    let upstream = app.github.upstream("acme", "widgets").await;
    let place = upstream.expect("it is there").place;
    let mut tx = app.ledger.begin().await.expect("a transaction");
    let now = tx.now();
    let from = FromBackup {
        at: now,
        made_at: now,
    };
    tx.put_setting(&Setting::Restored, &from)
        .await
        .expect("put");
    let new = NewJob {
        bounty: None,
        repository_id: place.id(),
        repo: SLUG,
        number: None,
        title: "2 and 3 give 5",
        actor: Actor::Operator(0),
        wake_at: None,
    };
    let id = tx.begin_job(&new).await.expect("begun");
    let job = tx.job(&id).await.expect("read").expect("there");
    let made = Made {
        base_commit: "b",
        tree: "t",
        patch: "p",
    };
    tx.job_made(&job, &made).await.expect("made");
    tx.move_job(&job, JobState::Submitting, None, Some(now))
        .await
        .expect("moved");
    tx.commit().await.expect("committed");
    app.work.notify_one();
    w.settle().await;
    // It goes back to where it is decided whether the owner is asked, and there it is: its papers are gone.
    let lines = app.ledger.journal_after(0, None, 100_000).await;
    let moved: Vec<String> = lines
        .expect("the journal can be read")
        .into_iter()
        .filter(|line| line.kind == "job.moved")
        .map(|line| line.body)
        .collect();
    let back = moved.get(1).expect("it moved on");
    assert!(back.contains("\"to\":\"made\""), "{moved:?}");
    assert!(back.contains("restored from a backup"), "{moved:?}");
}

#[tokio::test]
async fn an_issue_is_found_though_another_account_is_connected_by_then() {
    let (mut w, _) = acquainted(TOP).await;
    w.expected.opens_issues = true;
    let post = When::on("POST", "/repos/acme/widgets/issues");
    w.sim.github.faults().once(post, What::AcceptThenDropAnswer);
    let issue = Acting::CreateIssue {
        title: "It is slow".to_owned(),
        text: "Measured: 3 s.".to_owned(),
    };
    let request = w.approved("second", &issue, DAY).await;
    assert_eq!(w.request(&request).await.state, RequestState::Unknown);
    connected(&mut w, "day-owner").await;
    w.pass(10 * MINUTE, MINUTE).await;
    let found = w.request(&request).await;
    assert_eq!(found.state, RequestState::Done, "{found:?}");
    assert!(
        found
            .outcome
            .is_some_and(|outcome| outcome.contains("issue"))
    );
}

#[tokio::test]
async fn a_write_whose_outcome_was_lost_is_not_looked_for_for_ever_behind_a_closed_door() {
    const LOOKS: u64 = 9;
    let (w, issue) = acquainted(TOP).await;
    let path = format!("/repos/acme/widgets/issues/{issue}/comments");
    let faults = w.sim.github.faults();
    faults.once(When::on("POST", &path), What::AcceptThenDropAnswer);
    let closed = What::status(403, r#"{"message":"Although you appear to have access"}"#);
    faults.times(When::on("GET", &path), closed, LOOKS);
    let comment = Acting::Comment {
        number: issue,
        text: "It fails here, too.".to_owned(),
    };
    let request = w.approved("closed", &comment, DAY).await;
    assert_eq!(w.request(&request).await.state, RequestState::Unknown);
    w.pass(24 * 60 * MINUTE, 10 * MINUTE).await;
    let ended = w.request(&request).await;
    assert_eq!(ended.state, RequestState::Failed, "{ended:?}");
    let why = ended.why.unwrap_or_default();
    assert!(why.contains("cannot be looked up"), "{why}");
}
