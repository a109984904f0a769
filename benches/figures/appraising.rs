//! Judging issues: pure, so the peer is the parsing of what is judged.

use std::hint::black_box;
use std::path::Path;

use bountyd::bounty::appraise::{Lists, appraise};
use bountyd::bounty::facts::IssueFacts;
use bountyd::bounty::traps::TrapList;
use bountyd::clock::UnixMillis;
use bountyd::money::Rates;

use crate::harness::{Figure, Samples, Unit, other_first, start};

#[path = "../../examples/rows/mod.rs"]
#[expect(
    dead_code,
    reason = "the example also shows judgements; here they are timed"
)]
mod rows;

const ROUNDS: usize = 31;
const TIMES: u32 = 10;
const NOW: UnixMillis = UnixMillis(1_790_000_000_000);

pub(crate) fn measure() -> Vec<Figure> {
    let issues = fixtures();
    let texts: Vec<String> = issues
        .iter()
        .map(|facts| serde_json::to_string(facts).expect("facts are JSON"))
        .collect();
    let lists = Lists {
        traps: TrapList::shipped(),
        rates: Rates::default(),
    };
    let count = f64::from(TIMES) * f64::from(u32::try_from(issues.len()).unwrap_or(u32::MAX));
    let mut ours = Samples::seconds("one issue of our fixtures, appraised");
    let mut peer = Samples::seconds("serde_json parsing the same facts");
    let mut rate = Samples::new("issues appraised", Unit::PerSecond);
    for round in 0..ROUNDS {
        for other in [other_first(round), !other_first(round)] {
            let began = start();
            for _ in 0..TIMES {
                if other {
                    for text in &texts {
                        let parsed: IssueFacts =
                            serde_json::from_str(black_box(text)).expect("facts");
                        black_box(parsed);
                    }
                } else {
                    for facts in &issues {
                        black_box(appraise(black_box(facts), &lists, None, NOW));
                    }
                }
            }
            let each = began.elapsed().as_secs_f64() / count;
            if other {
                peer.push(each);
            } else {
                ours.push(each);
                rate.push(1.0 / each);
            }
        }
    }
    vec![Figure::pair("appraise", ours, peer).note(rate)]
}

/// Our own rows, genuine comments of the platforms' bots among them.
fn fixtures() -> Vec<IssueFacts> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bounties");
    let mut files: Vec<_> = std::fs::read_dir(&dir)
        .unwrap_or_else(|e| panic!("{}: {e}", dir.display()))
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "jsonl"))
        .collect();
    files.sort();
    let mut issues = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a fixture");
        for (at, line) in text.lines().enumerate() {
            let row =
                rows::read(at + 1, line).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
            issues.push(row.facts);
        }
    }
    assert!(!issues.is_empty(), "there are fixtures");
    issues
}
