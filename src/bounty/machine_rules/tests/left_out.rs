//! Sentences that say who is left out, or who alone is meant.

use super::super::{Kind, Rule, rule, said};

#[test]
fn who_is_left_out_asks_first() {
    let sentences = [
        "Humans only.",
        "This issue is reserved for humans.",
        "AI agents are excluded from this bounty programme.",
        "Don't let your agent open PRs here.",
        "Not interested in AI generated solutions.",
        "I will close any PR by bots.",
    ];
    for sentence in sentences {
        let heard = rule(sentence, Kind::Plain);
        assert!(
            matches!(heard, Some(Rule::Unclear | Rule::Forbidden)),
            "{sentence} {heard:?}"
        );
        let heard = said(sentence);
        assert!(
            matches!(heard, Some(Rule::Unclear | Rule::Forbidden)),
            "in a comment: {sentence} {heard:?}"
        );
    }
    for sentence in [
        "The table is meant for people who read it.",
        "Close any file handle you opened.",
        "I am not interested in the colour of the button.",
        "Do not let your editor reformat the file.",
    ] {
        assert_eq!(rule(sentence, Kind::Plain), None, "{sentence}");
        assert_eq!(said(sentence), None, "{sentence}");
    }
}
