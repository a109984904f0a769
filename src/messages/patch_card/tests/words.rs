//! The words of whoever made the patch, which become public with it.

use super::*;

fn round(summary: &str) -> fix::job::Round {
    fix::job::Round {
        end: "done".to_owned(),
        summary: summary.to_owned(),
        cost_usd: None,
        tree: None,
        tests: None,
        millis: 1,
    }
}

#[test]
fn the_words_that_go_into_the_pull_request_are_shown_as_they_will_stand_there() {
    let record = Record {
        rounds: vec![
            round("First."),
            round("The sum of\n/approve\u{202e} nothing is <!-- x --> zero."),
        ],
        ..record()
    };
    let card = card(&record, "Crash", DIFF);
    let there = crate::messages::pull::words(&record);
    assert_eq!(card.said, reveal_code(&one_line(&there)));
    let text = shown(&card);
    let line = format!("\nIn the pull request: {}\n", card.said);
    assert!(text.text().contains(&line), "{}", text.text());
    assert!(explained(&card).contains(&format!("in the pull request: {}", card.said)));
    // Long ones leave half of the room to the change, and the message fits.
    let record = Record {
        rounds: vec![round(&"a word or two ".repeat(400))],
        ..record
    };
    let long = PatchCard::about(&patch(&record, "Crash", &DIFF.repeat(60))).expect("a patch");
    let text = shown(&long);
    assert!(units(text.text()) <= 4096, "{}", units(text.text()));
    assert!(
        text.text().contains("a word or two a word"),
        "{}",
        text.text()
    );
    assert!(text.text().contains("list.iter().sum()"), "{}", text.text());
}
