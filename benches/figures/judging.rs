//! How fast the gate reads a patch, beside one SHA-256 pass over the same bytes.

use std::hint::black_box;
use std::sync::Arc;

use gate::secrets::NoSecrets;
use gate::tree::{Entry, Tree};
use gate::{GatePolicy, Plan, Request, judge};
use sha2::{Digest as _, Sha256};

use crate::harness::{Figure, Samples, Unit, other_first, start};

const ROUNDS: usize = 21;

/// Files of the patch, and bytes of each: more than the gate would let through, so that it counts.
const FILES: usize = 16;
const BYTES: usize = 64 << 10;

/// Code as people write it.
const SOURCES: [&str; 4] = [
    include_str!("../../src/driver.rs"),
    include_str!("../../src/stages/judge.rs"),
    include_str!("../../src/github/search.rs"),
    include_str!("../../src/ledger/journal.rs"),
];

pub(crate) fn measure() -> Vec<Figure> {
    let (base, candidate) = (Tree::default(), patch());
    let bytes = (FILES * BYTES) as f64;
    let policy = GatePolicy {
        max_files: usize::MAX,
        max_patch_bytes: u64::MAX,
        ..GatePolicy::default()
    };
    let plan = Plan::default();
    let request = Request {
        base_commit: "0",
        plan: &plan,
        policy: &policy,
        secrets: &NoSecrets,
        canary: None,
        scans: &[],
    };
    let mut ours = Samples::seconds("1 MB of new code, judged by every rule");
    let mut pass = Samples::seconds("one SHA-256 pass over the same bytes");
    let mut rate = Samples::new("of patch in a second, judged", Unit::BytesPerSecond);
    for round in 0..ROUNDS {
        for other in [other_first(round), !other_first(round)] {
            let began = start();
            if other {
                let mut hasher = Sha256::new();
                for entry in candidate.entries.values() {
                    if let Entry::File { content, .. } = entry {
                        hasher.update(content);
                    }
                }
                black_box(hasher.finalize());
                pass.took(began);
            } else {
                black_box(judge(&base, &candidate, &request));
                let took = began.elapsed().as_secs_f64();
                ours.push(took);
                rate.push(bytes / took);
            }
        }
    }
    vec![Figure::pair("gate", ours, pass).note(rate)]
}

fn patch() -> Tree {
    let file = |n: usize| {
        let text = SOURCES[n % SOURCES.len()].repeat(1 + BYTES / 1024);
        // Each begins elsewhere, so that no two are copies.
        let content: Vec<u8> = text.bytes().skip(n * 97).take(BYTES).collect();
        let entry = Entry::File {
            content: Arc::from(content),
            executable: false,
        };
        (format!("src/part{n}/file.rs").into_bytes(), entry)
    };
    Tree {
        entries: (0..FILES).map(file).collect(),
    }
}
