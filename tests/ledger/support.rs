//! A ledger on an engine, and the facts to put into it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bountyd::bounty::claim::ClaimPlan;
use bountyd::bounty::facts::{IssueFacts, IssueState, RepoFacts};
use bountyd::bounty::permit::{ApprovalHash, Authority, PermitRecord};
use bountyd::bounty::stage::Stage;
use bountyd::clock::{FedClock, Feeder, OsEntropy, UnixMillis};
use bountyd::ledger::Ledger;
use bountyd::ledger::approvals::{Claim, NewApproval};
use bountyd::ledger::bounties::{Bounty, Lease, Step};
use bountyd::ledger::settings::Setting;
use bountyd::money::Usd;
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};

/// How a ledger of this engine is opened.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Engine {
    Sqlite,
}

pub(crate) const ENGINES: [Engine; 1] = [Engine::Sqlite];

pub(crate) const START: UnixMillis = UnixMillis(1_795_348_800_000);

pub(crate) struct Shelf {
    pub(crate) ledger: Ledger,
    pub(crate) hand: Feeder,
    pub(crate) clock: FedClock,
    pub(crate) path: PathBuf,
    _dir: tempfile::TempDir,
}

impl Shelf {
    pub(crate) async fn new(engine: Engine) -> Self {
        let Engine::Sqlite = engine;
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("ledger.db");
        let (clock, hand) = FedClock::new(START);
        let ledger = Ledger::open(&path, Arc::new(clock.clone()), Arc::new(OsEntropy))
            .await
            .expect("a ledger");
        Self {
            ledger,
            hand,
            clock,
            path,
            _dir: dir,
        }
    }

    /// A bounty that was just found.
    pub(crate) async fn found(&self, number: u64) -> i64 {
        let mut tx = self.ledger.begin().await.expect("a transaction");
        tx.sight(&facts(number)).await.expect("stored");
        tx.commit().await.expect("committed");
        let row = self.ledger.bounty_by_name("acme/widgets", number).await;
        row.expect("read").expect("there").id
    }

    pub(crate) async fn lease(&self, worker: &str, stage: Stage) -> Option<(Bounty, Lease)> {
        let minute = Duration::from_secs(60);
        let begun = self.ledger.begin_leasing(worker, &[stage], minute, 1).await;
        let (tx, mut leased) = begun.expect("leased");
        tx.commit().await.expect("committed");
        leased.pop()
    }

    /// The chat was read to its end just now.
    pub(crate) async fn chat_was_read(&self) {
        let mut tx = self.ledger.begin().await.expect("a transaction");
        let now = tx.now();
        tx.put_setting(&Setting::TelegramSeen, &now)
            .await
            .expect("stored");
        tx.commit().await.expect("committed");
    }

    /// Changes a row behind the ledger's back, as a failing disk or another version might.
    pub(crate) async fn spoil(&self, sql: &'static str, id: &str) {
        let options = SqliteConnectOptions::new().filename(&self.path);
        let mut conn = options.connect().await.expect("the file opens");
        let done = sqlx::query(sql).bind(id).execute(&mut conn).await;
        assert_eq!(done.expect("changed").rows_affected(), 1);
        conn.close().await.expect("closed");
    }

    /// A found bounty with an open question that was delivered at once and stands for an hour.
    pub(crate) async fn asked(&self, number: u64) -> (i64, String) {
        let bounty = self.found(number).await;
        let (_, lease) = self.lease("w", Stage::Found).await.expect("due");
        let mut tx = self.ledger.begin().await.expect("a transaction");
        let proposal = proposal(number);
        let new = NewApproval {
            proposal: &proposal,
            card: "{}",
            usd: Some(Usd::dollars(750)),
            tier: "telegram",
            send_at: tx.now(),
        };
        let id = tx.ask(&lease, &new).await.expect("asked");
        let until = tx.now().plus(Duration::from_secs(3600));
        tx.delivered::<Claim>(&id, 1, until)
            .await
            .expect("delivered");
        let step = Step {
            stage: Stage::Asking,
            reason: None,
            wake_at: None,
        };
        tx.advance(&lease, &step).await.expect("moved");
        tx.commit().await.expect("committed");
        (bounty, id)
    }
}

pub(crate) fn facts(number: u64) -> IssueFacts {
    IssueFacts {
        repo: RepoFacts {
            id: Some(77),
            owner: "acme".to_owned(),
            name: "widgets".to_owned(),
            ..RepoFacts::default()
        },
        number,
        node_id: None,
        title: "Crash on empty input".to_owned(),
        body: None,
        state: Some(IssueState::Open),
        locked: Some(false),
        author: bountyd::bounty::facts::Actor::default(),
        association: bountyd::bounty::facts::Association::Owner,
        created_at: Some(START),
        updated_at: Some(START),
        served_at: None,
        labels: None,
        assignees: None,
        comments: Vec::new(),
        comments_complete: true,
        pull_requests: Vec::new(),
        timeline_complete: true,
    }
}

fn proposal(number: u64) -> PermitRecord {
    PermitRecord {
        repository_id: Some(77),
        repository: "acme/widgets".to_owned(),
        number,
        action: ClaimPlan::CommentFirst { command: None },
        hash: ApprovalHash::parse(&"ab".repeat(32)).expect("a hash"),
        ceiling: Some(Usd::dollars(750)),
        given_at: START,
        expires_at: START,
        authority: Authority::Thresholds,
    }
}
