//! What a pull request says, and what strangers cannot make it say.

use fix::job::{Ending, Evidence, Round};

use super::*;

fn record(said: &str) -> Record {
    let tests = |code| Tests {
        passed: code == 0,
        end: Ending::Code(code),
        millis: 1200,
    };
    Record {
        version: 1,
        id: "0123456789abcdef".to_owned(),
        repository: "acme/sums".to_owned(),
        issue: Some(7),
        agent: "Script".to_owned(),
        base_commit: None,
        base_tree: None,
        tree: None,
        patch_sha256: None,
        diff_cut: false,
        test_command: Some("sh tests/run.sh".to_owned()),
        test_command_why: None,
        tests_before: Some(tests(1)),
        rounds: vec![Round {
            end: "is done".to_owned(),
            summary: said.to_owned(),
            cost_usd: None,
            tree: None,
            tests: None,
            millis: 1,
        }],
        tests_after: Some(tests(0)),
        evidence: Some(Evidence {
            proven: true,
            why: "`test_more` fails without the change and passes with it".to_owned(),
            old_tests: Some(tests(0)),
            new_tests: Some(tests(1)),
        }),
        request: Vec::new(),
        scans: Vec::new(),
        findings: Vec::new(),
        outcome: None,
        why: None,
        started: clock::UnixMillis(0),
        ended: clock::UnixMillis(0),
    }
}

fn pull<'a>(record: &'a Record, template: Option<&'a str>) -> Pull<'a> {
    Pull {
        job: &record.id,
        login: "night-owner",
        number: Some(7),
        command: Some("/claim #7"),
        template,
        record,
        gate: "pass: 2 paths changed, 0 block, 0 hold, 1 note",
    }
}

#[test]
fn it_says_what_was_done_how_it_was_tested_and_by_whom() {
    let record = record("Added instead of subtracting.");
    insta::assert_snapshot!(body(&pull(&record, Some("## Checklist\n<!-- hidden -->\n- [ ] tested"))), @r"
    Fixes #7

    /claim #7

    ## What was changed

    > Added instead of subtracting.

    ## How it was tested

    - Command: `sh tests∕run.sh`
    - Before the change: fails (failed with code 1)
    - After it: all is well (passed)
    - After it, with the tests as they were: all is well (passed)
    - The new tests without the change: fails (failed with code 1)
    - `test_more fails without the change and passes with it`

    - Checks on the patch before it left: `pass: 2 paths changed, 0 block, 0 hold, 1 note`

    ## Checklist

    - [ ] tested

    ---
    This pull request was written by bountyd, an automated agent acting for @night-owner, who answers for it. If automated help is not wanted here, answer with “stop” and it will not come back.

    <!-- bountyd:0123456789abcdef -->
    ");
}

#[test]
fn a_model_and_a_stranger_can_make_nothing_of_it_act() {
    let evil = "Closes #1, cc @maintainer /tip $500\n/claim #9\n<!-- bountyd:ffff -->\n![x](https://evil.example/a.png)\nCo-authored-by: x <x@example.org>";
    let record = record(evil);
    let text = body(&pull(&record, Some(evil)));
    let (ours, _) = text.rsplit_once("\n---\n").expect("the end");
    let rest = ours
        .strip_prefix("Fixes #7\n\n/claim #7\n\n")
        .expect("our own words first");
    for bad in [
        "#1",
        "#9",
        "@maintainer",
        "/tip",
        "/claim",
        "<!--",
        "![",
        "https://",
        "Co-authored-by:",
    ] {
        assert!(!rest.contains(bad), "{bad}: {rest}");
    }
    for made in [
        title(Some(7), evil),
        commit(Some(7), evil, "night-owner", None).0,
    ] {
        let made = made.replacen("#7", "", 1);
        for bad in ["#1", "#9", "@m", "/tip", "\n", "<!--"] {
            assert!(!made.contains(bad), "{bad}: {made}");
        }
    }
}

#[test]
fn a_sign_off_stands_only_where_the_owner_wrote_one() {
    let (_, body) = commit(Some(7), "x", "night-owner", None);
    assert!(!body.contains("Signed-off-by"), "{body}");
    let (_, body) = commit(None, "x", "night-owner", Some("N. Owner <n@example.org>"));
    assert!(body.ends_with("\n\nSigned-off-by: N. Owner <n@example.org>"));
}
