//! How fast a large patch is judged, beside a plain SHA-256 pass over the same bytes.
//!
//! `cargo bench -p gate`; both run in turns on the same trees, the medians are printed.

use std::sync::Arc;
use std::time::Instant;

use gate::secrets::NoSecrets;
use gate::tree::{Entry, Tree};
use gate::{GatePolicy, Plan, Request, judge};
use sha2::{Digest, Sha256};

/// Rounds of each side.
const ROUNDS: usize = 15;

const LINES: [&str; 8] = [
    "    let total: u64 = items.iter().map(|item| item.price * item.count).sum();\n",
    "    if total > limit {\n",
    "        return Err(Error::OverLimit { total, limit });\n",
    "    }\n",
    "    // The sum is checked before anything is written.\n",
    "    store.put(key, total)?;\n",
    "    assert_eq!(store.get(key)?, Some(total));\n",
    "\n",
];

fn text(seed: usize, bytes: usize) -> String {
    let mut out = String::with_capacity(bytes + 100);
    let mut at = seed;
    while out.len() < bytes {
        at = at
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        out.push_str(LINES[(at >> 33) % LINES.len()]);
    }
    out
}

fn tree(files: usize, bytes: usize, change: Option<usize>) -> Tree {
    Tree {
        entries: (0..files)
            .map(|n| {
                let mut content = text(n, bytes);
                if let Some(every) = change {
                    content = content
                        .split_inclusive('\n')
                        .enumerate()
                        .map(|(at, line)| {
                            if at % every == 0 {
                                format!("    count += {at};\n{line}")
                            } else {
                                line.to_owned()
                            }
                        })
                        .collect();
                }
                (
                    format!("src/part{n}/file.rs").into_bytes(),
                    Entry::File {
                        content: Arc::from(content.into_bytes()),
                        executable: false,
                    },
                )
            })
            .collect(),
    }
}

fn size(tree: &Tree) -> usize {
    tree.entries
        .values()
        .map(|entry| match entry {
            Entry::File { content, .. } => content.len(),
            _ => 0,
        })
        .sum()
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
fn seconds(work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    begun.elapsed().as_secs_f64()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn measure(name: &str, base: &Tree, candidate: &Tree) {
    let policy = GatePolicy {
        max_files: usize::MAX,
        max_patch_bytes: u64::MAX,
        max_file_bytes: u64::MAX,
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
    let (mut ours, mut plain) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(seconds(|| {
            std::hint::black_box(judge(base, candidate, &request));
        }));
        plain.push(seconds(|| {
            let mut hasher = Sha256::new();
            for entry in candidate.entries.values() {
                if let Entry::File { content, .. } = entry {
                    hasher.update(content);
                }
            }
            std::hint::black_box(hasher.finalize());
        }));
    }
    let megabytes = size(candidate) as f64 / 1e6;
    let (ours, plain) = (median(ours), median(plain));
    println!(
        "{name:<34} {megabytes:6.1} MB  judge {:7.1} MB/s  SHA-256 {:7.1} MB/s  ratio {:.1}",
        megabytes / ours,
        megabytes / plain,
        ours / plain
    );
}

fn main() {
    let empty = Tree::default();
    for (files, bytes) in [(16, 64 << 10), (16, 1 << 20), (64, 1 << 20)] {
        measure(
            &format!("{files} new files of {} KiB", bytes >> 10),
            &empty,
            &tree(files, bytes, None),
        );
    }
    for files in [16, 64] {
        measure(
            &format!("{files} files of 256 KiB, 1 line of 10 new"),
            &tree(files, 256 << 10, None),
            &tree(files, 256 << 10, Some(10)),
        );
    }
}
