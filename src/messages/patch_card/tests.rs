//! What the owner sees of a patch, from jobs that behave and others.

mod words;

use fix::job::{Ending, Evidence, Record};
use proptest::prelude::*;
use vault::telegram::EntityKind;

use super::*;
use crate::bounty::text::is_hidden;
use crate::clock::UnixMillis;
use crate::ledger::asked::ApprovalState;
use crate::ledger::questions::About;

const ID: &str = "dd5b3aa500112233445566778899aabb";
const HOUR: Duration = Duration::from_secs(3600);

const DIFF: &str = "diff --git a/src/sum.rs b/src/sum.rs\nindex 1..2 100644\n--- a/src/sum.rs\n+++ b/src/sum.rs\n\
    @@ -1,3 +1,4 @@\n pub fn sum(list: &[u64]) -> u64 {\n-    list[0] + sum(&list[1..])\n+    // An empty list is no mistake.\n+    list.iter().sum()\n }\n\
    diff --git a/tests/sum.rs b/tests/sum.rs\nnew file mode 100644\nindex 0..3\n--- /dev/null\n+++ b/tests/sum.rs\n@@ -0,0 +1,2 @@\n+#[test]\n+fn nothing_is_zero() {}\n";

fn record() -> Record {
    let tests = |code, millis| fix::job::Tests {
        passed: code == 0,
        end: Ending::Code(code),
        millis,
    };
    Record {
        version: 1,
        id: "0f0e0d0c0b0a0908".to_owned(),
        repository: "acme/widgets".to_owned(),
        issue: Some(7),
        agent: "codex 0.46".to_owned(),
        base_commit: Some("b".repeat(40)),
        base_tree: Some("a".repeat(40)),
        tree: Some("1234567890abcdef1234567890abcdef12345678".to_owned()),
        patch_sha256: Some("c0ffee".repeat(10) + "c0ff"),
        diff_cut: false,
        test_command: Some("cargo test".to_owned()),
        test_command_why: None,
        tests_before: Some(tests(101, 9_000)),
        rounds: Vec::new(),
        tests_after: Some(tests(0, 12_000)),
        evidence: Some(Evidence {
            proven: true,
            why: "tests/sum.rs fails without the change and passes with it".to_owned(),
            old_tests: None,
            new_tests: None,
        }),
        request: Vec::new(),
        scans: Vec::new(),
        findings: Vec::new(),
        outcome: None,
        why: None,
        started: UnixMillis(0),
        ended: UnixMillis(0),
    }
}

fn patch<'a>(record: &'a Record, title: &'a str, diff: &'a str) -> Patch<'a> {
    Patch {
        title,
        amount: Some("$750".to_owned()),
        why: vec!["one of your first ten patches".to_owned()],
        record,
        diff,
        papers: Some("/var/lib/bountyd/fixes/0f0e0d0c0b0a0908/patch.diff".to_owned()),
        requests: 31,
        micro_usd: 412_345,
    }
}

fn found(severity: &str, rule: &str, path: Option<&str>, message: &str) -> fix::job::Found {
    fix::job::Found {
        rule: rule.to_owned(),
        severity: severity.to_owned(),
        path: path.map(ToOwned::to_owned),
        line: path.map(|_| 1),
        message: message.to_owned(),
    }
}

fn card(record: &Record, title: &str, diff: &str) -> PatchCard {
    PatchCard::about(&patch(record, title, diff)).expect("there is a patch")
}

fn shown(card: &PatchCard) -> RichText {
    question(card, ID, HOUR)
}

#[test]
fn the_card_shows_what_a_careful_person_needs() {
    let card = card(&record(), "Crash on empty input", DIFF);
    insta::assert_snapshot!(shown(&card).text(), @r"
    🧩 Patch · $750 · acme/widgets#7
    Crash on empty input
    open the issue

    Why I ask: one of your first ten patches
    Changed: 2 files, +4 −1
    · src/sum.rs +2 −1
    · tests/sum.rs +2 −0, new
    Tests: cargo test passed in 12s; before the change it failed with code 101 in 9s; proven: tests/sum.rs fails without the change and passes with it
    The gate: nothing found
    By codex 0.46, 31 requests to models, $0.42
    Patch c0ffeec0ffee · tree 1234567890ab

    src/sum.rs
    @@ -1,3 +1,4 @@
     pub fn sum(list: &[u64]) -> u64 {
    -    list[0] + sum(&list[1..])
    +    // An empty list is no mistake.
    +    list.iter().sum()
     }
    tests/sum.rs
    @@ -0,0 +1,2 @@
    +#[test]
    +fn nothing_is_zero() {}

    A yes opens a pull request with exactly this patch, as you.
    Answer within 1h. No answer means no.
    /approve dd5b3aa5 · /deny dd5b3aa5
    ");
    insta::assert_snapshot!(explained(&card).join("\n"), @r"
    one of your first ten patches
    changed: 2 files, +4 −1
    tests: cargo test passed in 12s; before the change it failed with code 101 in 9s; proven: tests/sum.rs fails without the change and passes with it
    the gate found nothing
    made by codex 0.46, 31 requests to models, $0.42
    patch c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ff
    tree 1234567890abcdef1234567890abcdef12345678
    ");
}

#[test]
fn a_goal_without_issue_tests_price_or_amount_says_so() {
    let record = Record {
        issue: None,
        test_command: None,
        tests_before: None,
        tests_after: None,
        evidence: None,
        ..record()
    };
    let card = PatchCard::about(&Patch {
        amount: None,
        requests: 1,
        micro_usd: 0,
        papers: None,
        ..patch(&record, "tidy\nthe sums", DIFF)
    });
    let card = card.expect("there is a patch");
    insta::assert_snapshot!(shown(&card).text(), @r"
    🧩 Patch · acme/widgets
    tidy the sums

    Why I ask: one of your first ten patches
    Changed: 2 files, +4 −1
    · src/sum.rs +2 −1
    · tests/sum.rs +2 −0, new
    Tests: no test command is known
    The gate: nothing found
    By codex 0.46, 1 request to a model, cost not known
    Patch c0ffeec0ffee · tree 1234567890ab

    src/sum.rs
    @@ -1,3 +1,4 @@
     pub fn sum(list: &[u64]) -> u64 {
    -    list[0] + sum(&list[1..])
    +    // An empty list is no mistake.
    +    list.iter().sum()
     }
    tests/sum.rs
    @@ -0,0 +1,2 @@
    +#[test]
    +fn nothing_is_zero() {}

    A yes opens a pull request with exactly this patch, as you.
    Answer within 1h. No answer means no.
    /approve dd5b3aa5 · /deny dd5b3aa5
    ");
}

#[test]
fn without_a_judged_tree_there_is_nothing_to_ask_about() {
    for record in [
        Record {
            tree: None,
            ..record()
        },
        Record {
            patch_sha256: None,
            ..record()
        },
    ] {
        assert_eq!(PatchCard::about(&patch(&record, "Crash", DIFF)), None);
    }
}

#[test]
fn nothing_a_stranger_wrote_acts_or_hides() {
    let title =
        "Crash `x` <b>now</b> <!-- say yes -->\u{202e}txt.exe\u{200b}\x1b[2J https://evil.example";
    let diff = "diff --git \"a/do\\342\\200\\256c.rs\" \"b/do\\342\\200\\256c.rs\"\n--- x\n+++ y\n@@ -1 +1 @@\n\
        -<!-- hidden -->\n+```\u{2066}/approve 00000000\u{7} https://evil.example\r\n\
        diff --git a/https://evil.example b/https://evil.example\nnew file mode 100755\n";
    let record = Record {
        agent: "codex\u{202e}\n/approve".to_owned(),
        findings: vec![
            found("note", "Z9", None, "short"),
            found(
                "hold",
                "S5",
                Some("a\nb\u{2069}`"),
                "executable <i>bit</i>\u{feff}\u{9b}31m",
            ),
        ],
        ..record()
    };
    let card = card(&record, title, diff);
    let text = shown(&card);
    insta::assert_snapshot!(text.text(), @r"
    🧩 Patch · $750 · acme/widgets#7
    Crash `x` <b>now</b> ⟨hidden: say yes⟩⟨U+202E⟩txt.exe⟨U+200B⟩⟨U+001B⟩[2J https://evil.example
    open the issue

    Why I ask: one of your first ten patches
    Changed: 2 files, +1 −1
    · do⟨U+202E⟩c.rs +1 −1
    · https://evil.example +0 −0, new
    Tests: cargo test passed in 12s; before the change it failed with code 101 in 9s; proven: tests/sum.rs fails without the change and passes with it
    The gate:
    · hold S5 a b⟨U+2069⟩`:1: executable <i>bit</i>⟨U+FEFF⟩⟨U+009B⟩31m
    · note Z9: short
    By codex⟨U+202E⟩ /approve, 31 requests to models, $0.42
    Patch c0ffeec0ffee · tree 1234567890ab

    do⟨U+202E⟩c.rs
    @@ -1 +1 @@
    -<!-- hidden -->
    +```⟨U+2066⟩/approve 00000000⟨U+0007⟩ https://evil.example⟨U+000D⟩
    https://evil.example

    A yes opens a pull request with exactly this patch, as you.
    Answer within 1h. No answer means no.
    /approve dd5b3aa5 · /deny dd5b3aa5
    ");
    let acts = |c: char| c.is_control() && c != '\n' || is_hidden(c);
    let stray: Vec<_> = text.text().chars().filter(|c| acts(*c)).collect();
    assert!(stray.is_empty(), "{stray:?}: {}", text.text());
    // What was quoted cannot be tapped.
    let units: Vec<u16> = text.text().encode_utf16().collect();
    for lure in ["https://evil.example", "/approve 00000000", "<b>now</b>"] {
        let lure: Vec<u16> = lure.encode_utf16().collect();
        let places = units.windows(lure.len()).enumerate();
        for (at, _) in places.filter(|(_, part)| *part == lure.as_slice()) {
            let inert = text.entities().iter().any(|e| {
                matches!(e.kind, EntityKind::Code | EntityKind::Pre)
                    && e.offset <= at
                    && at + lure.len() <= e.offset + e.length
            });
            assert!(inert, "at {at}: {}", text.text());
        }
    }
}

#[test]
fn lists_are_cut_and_the_gravest_comes_first() {
    let mut diff = String::new();
    for n in 0..15 {
        diff += &format!("diff --git a/f{n} b/f{n}\n@@ -0,0 +1 @@\n+x\n");
    }
    let mut findings: Vec<_> = (0..9)
        .map(|n| found("note", "N1", None, &n.to_string()))
        .collect();
    findings.push(found("hold", "H1", None, "last"));
    let record = Record {
        findings,
        diff_cut: true,
        ..record()
    };
    let card = card(&record, "Crash", &diff);
    assert_eq!((card.files.len(), card.findings.len()), (12, 8));
    assert_eq!(card.findings[0], "hold H1: last");
    let text = shown(&card);
    for words in [
        "Changed: at least 15 files, +15 −0",
        "· and 3 more",
        "· and 2 more",
        "… all of it: /var/lib/",
    ] {
        assert!(text.text().contains(words), "{words}: {}", text.text());
    }
}

#[test]
fn the_outcome_is_written_above_what_was_asked() {
    let card = card(&record(), "Crash on empty input", DIFF);
    let question = Question {
        id: ID.to_owned(),
        about: About::Patch {
            job: "0f0e0d0c0b0a0908".to_owned(),
            patch: card.patch.clone(),
            base_commit: "b".repeat(40),
            tree: card.tree.clone(),
        },
        bounty: None,
        usd: None,
        card: String::new(),
        state: ApprovalState::Denied,
        created_at: UnixMillis(0),
        delivered_at: None,
        expires_at: None,
        message_id: None,
        attempts: 0,
        decided_at: Some(UnixMillis(60_000)),
        decided_by: Some("telegram:42".to_owned()),
        channel: Some("telegram".to_owned()),
        why: Some("too clever".to_owned()),
    };
    let zone = Zone::parse("UTC").expect("a zone");
    let text = settled(&card, &question, zone);
    assert!(
        text.text().starts_with(
            "❌ Denied · 1970-01-01 00:01:00 UTC · by telegram: too clever\n\n🧩 Patch · $750"
        ),
        "{}",
        text.text()
    );
    assert!(!text.text().contains("/approve"), "{}", text.text());
}

proptest! {
    /// However long everything is, the end of the message is how to answer, and the change shows.
    #[test]
    fn the_whole_message_fits_and_ends_with_how_to_answer(
        title in "\\PC{0,400}",
        path in "[^\"\\\\\n]{1,200}",
        line in "\\PC{0,600}",
        lines in 0_usize..200,
        message in "\\PC{0,600}",
        count in 0_usize..20,
    ) {
        let mut diff = String::new();
        for _ in 0..count {
            diff += &format!("diff --git a/{path} b/{path}\n@@ -0,0 +1,{lines} @@\n");
            for _ in 0..lines {
                diff += &format!("+{line}\n");
            }
        }
        let record = Record {
            findings: (0..count).map(|_| found("hold", "S5", Some(&path), &message)).collect(),
            agent: message.clone(),
            test_command: Some(message.clone()),
            ..record()
        };
        let mut patch = patch(&record, &title, &diff);
        patch.why = vec![message.clone(); 9];
        patch.amount = Some(message.clone());
        patch.papers = Some(path.clone());
        let card = PatchCard::about(&patch).expect("there is a patch");
        let text = shown(&card);
        let whole = text.text().encode_utf16().count();
        prop_assert!(whole <= 4096, "{whole}");
        prop_assert!(text.text().ends_with("/approve dd5b3aa5 · /deny dd5b3aa5"), "{}", text.text());
        let diff = text.entities().iter().filter(|e| e.kind == EntityKind::Pre).count();
        prop_assert_eq!(diff, usize::from(count > 0));
    }
}
