//! One step of a bounty in the ledger, beside one write that surely reached the disk.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;
use std::time::Duration;

use bountyd::bounty::stage::Stage;
use bountyd::clock::{OsEntropy, SystemClock};
use bountyd::ledger::bounties::Step;
use bountyd::ledger::{Actor, Entry, Ledger};
use rustix::fs::fdatasync;
use serde_json::json;

use crate::harness::{Aim, Figure, Samples, other_first, start};
use crate::{stored, world};

const ROUNDS: usize = 300;
const PAGE: usize = 4096;
/// Pages of the floor's file, written in turn: a write-ahead log is written over as well.
const PAGES: usize = 256;

pub(crate) async fn measure() -> Vec<Figure> {
    let dir = world::directory();
    let path = dir.path().join("ledger.db");
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(OsEntropy));
    let ledger = Ledger::open(&path, clock, entropy).await.expect("a ledger");
    stored::fill(&path, 1_000).await;
    stored::make_due(&path, 1).await;
    let file = File::create(dir.path().join("floor")).expect("a file");
    let page = [0xa5_u8; PAGE];
    let write = |nth: usize| {
        let at = u64::try_from(nth % PAGES * PAGE).expect("a small file");
        file.write_all_at(&page, at).expect("a write");
        fdatasync(&file).expect("a disk");
    };
    (0..PAGES).for_each(write);

    let mut step = Samples::seconds("lease, step and journal, one commit");
    let mut apart = Samples::seconds("the same, the lease in its own commit");
    let mut floor = Samples::seconds("one 4 KiB write and fdatasync");
    for round in 0..ROUNDS {
        for other in [other_first(round), !other_first(round)] {
            let began = start();
            if other {
                write(round);
                floor.took(began);
            } else {
                one_step(&ledger, false).await;
                step.took(began);
            }
        }
        let began = start();
        one_step(&ledger, true).await;
        apart.took(began);
    }
    ledger.close().await;
    vec![
        Figure::pair("ledger step", step, floor)
            .aim(Aim::Ratio(3.0))
            .note(apart),
    ]
}

/// Takes up what is due, moves it on, says so in the journal. A stage that talks to somebody in
/// between commits the lease first.
async fn one_step(ledger: &Ledger, apart: bool) {
    let lasting = Duration::from_secs(300);
    let (mut tx, leased) = ledger
        .begin_leasing("bench", &[Stage::Claimed], lasting, 1)
        .await
        .expect("due work");
    if apart {
        tx.commit().await.expect("a commit");
        tx = ledger.begin().await.expect("a transaction");
    }
    let (bounty, lease) = leased.into_iter().next().expect("one that is due");
    let step = Step {
        stage: Stage::Claimed,
        reason: Some("followed"),
        // At once due again, for the next round.
        wake_at: Some(tx.now()),
    };
    tx.advance(&lease, &step).await.expect("a step");
    let body = json!({ "stage": "claimed", "open_pull_requests": 0 });
    tx.journal(Entry::new(Actor::Schedule, "bounty.followed", body).bounty(bounty.id))
        .await
        .expect("an entry");
    tx.commit().await.expect("a commit");
}
