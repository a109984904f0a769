//! Sentences that say who is left out, or who alone is meant.

use super::super::{Kind, Rule, rule, said};

const FILES: [Kind; 4] = [Kind::Plain, Kind::AboutAi, Kind::ForAgents, Kind::Form];

#[test]
fn who_is_left_out_asks_first() {
    for sentence in [
        "Humans only.",
        "This issue is reserved for humans.",
        "AI agents are excluded from this bounty programme.",
        "Don't let your agent open PRs here.",
        "Not interested in AI generated solutions.",
        "I will close any PR by bots.",
        "AI agents are not eligible for bounties.",
        "Agents cannot claim bounties.",
        "We will not pay bounties for AI-generated code.",
        "We ban AI users.",
        "Please refrain from using AI.",
    ] {
        for kind in FILES {
            let heard = rule(sentence, kind);
            assert!(
                matches!(heard, Some(Rule::Unclear | Rule::Forbidden)),
                "{kind:?}: {sentence} {heard:?}"
            );
        }
        let heard = said(sentence);
        assert!(
            matches!(heard, Some(Rule::Unclear | Rule::Forbidden)),
            "in a comment: {sentence} {heard:?}"
        );
    }
    for sentence in [
        "We are not interested in AI-generated pull requests",
        "Do not let an AI agent write or submit your contribution",
    ] {
        assert_eq!(
            rule(sentence, Kind::Plain),
            Some(Rule::Forbidden),
            "{sentence}"
        );
    }
    for sentence in [
        "The table is meant for people who read it.",
        "Close any file handle you opened.",
        "I am not interested in the colour of the button.",
        "Do not let your editor reformat the file.",
        "Error messages are meant for humans",
        "This guide is intended for humans, agents read AGENTS.md",
        "Bots are excluded from the contributors list",
        "AI-generated fixtures are excluded from the coverage report",
    ] {
        assert_eq!(rule(sentence, Kind::Plain), None, "{sentence}");
        assert_eq!(said(sentence), None, "{sentence}");
    }
}

#[test]
fn a_form_lets_people_say_that_no_machine_helped() {
    for box_to_tick in [
        "I did not use AI",
        "I have not used any AI tools",
        "AI was not used",
        "This is not AI slop",
        "I am not a bot",
        "I am not an AI agent",
        "I am a human",
        "I certify that no LLM was involved",
    ] {
        assert_eq!(
            rule(box_to_tick, Kind::Form),
            Some(Rule::Unclear),
            "{box_to_tick}"
        );
    }
}

#[test]
fn what_only_humans_may_do_to_the_code_refuses_nobody() {
    for sentence in [
        "Only humans may merge code",
        "Only humans may push code to main",
        "Only humans accept snapshot updates",
        "Releases of this project are made by humans only",
        "The docs/adr folder of this repository is for humans only",
        "Secrets are for humans only: code must read them from the vault",
    ] {
        for kind in FILES {
            assert_ne!(
                rule(sentence, kind),
                Some(Rule::Forbidden),
                "{kind:?}: {sentence}"
            );
        }
    }
}

#[test]
fn a_yes_with_a_limit_is_no_refusal() {
    for sentence in [
        "AI-assisted code is welcome, but AI-generated PR descriptions are not accepted",
        "We don't mind AI, but AI-generated PR descriptions will be rejected",
        "AI is fine, but AI-generated PRs with failing tests will be closed",
        "AI is fine, but AI-generated PRs larger than 500 lines will be closed",
        "AI is fine, but AI-generated PRs lacking tests will be closed",
        "AI is allowed for code but AI-generated issues are not accepted",
    ] {
        for kind in FILES {
            assert_eq!(
                rule(sentence, kind),
                Some(Rule::Unclear),
                "{kind:?}: {sentence}"
            );
        }
    }
}
