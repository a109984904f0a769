//! `docs/reasons.md` explains every reason for which a bounty stands where it does.

use crate::book::{read, root};
use crate::bounty::reason_words;
use crate::bounty::stage::Stage;

#[test]
fn every_reason_and_every_stage_is_explained() {
    let page = read(&root().join("docs/reasons.md"));
    let (first, second) = page
        .split_once("## What became of it")
        .expect("the page has two lists");
    let mut missing = Vec::new();
    for (part, list) in [first, second].into_iter().zip(reason_words::lists()) {
        for (code, words) in list {
            let row = format!("\n| `{code}` | {words} | ");
            if !part.contains(&row) {
                missing.push(row.trim().to_owned());
            }
        }
    }
    for stage in Stage::ALL {
        let row = format!("\n| `{}` | ", stage.as_str());
        if !first.contains(&row) {
            missing.push(row.trim().to_owned());
        }
    }
    assert!(
        missing.is_empty(),
        "docs/reasons.md lacks the rows:\n{}",
        missing.join("\n")
    );
}
