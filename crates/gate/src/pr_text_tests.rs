//! Texts that try to act, and proof that none does.

use super::*;
use proptest::prelude::*;

/// What must not be in a cleaned text.
fn active(text: &str) -> Option<String> {
    let forms = [
        ("mention", r"@[A-Za-z0-9_\-]"),
        ("number", r"#\d"),
        ("short number", r"(?i)\bgh-\d"),
        (
            "closing keyword",
            r"(?i)\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:[\w.\-]+/[\w.\-]+)?(?:#\d|gh-\d|https?://)",
        ),
        (
            "command anywhere",
            r"(?i)/(?:claim|tip|bounty|split|attempt|reward|pay|try|stop|approve|merge)",
        ),
        (
            "command at a line's start",
            r"(?m)^[\s>*+\-\d.)]*[/!][A-Za-z]",
        ),
        ("address", r"[A-Za-z0-9+.\-]://|(?i:\bwww\.\S)"),
        ("tag or comment", r"<[A-Za-z/!?@]"),
        ("entity", r"&#?[A-Za-z0-9]+;"),
        ("link or image", r"\]\(|\]\[|\]:|!\["),
        (
            "trailer",
            r"(?mi)^[ \t>*]*(?:signed-off|co-authored|reviewed|acked)-by\s*:",
        ),
        (
            "skip mark",
            r"(?i)\[(?:skip|no) ?ci\]|\[ci skip\]|\[skip actions\]|\*\*\*NO_CI|(?m:^skip-checks\s*:)",
        ),
    ];
    let bad = forms.iter().find_map(|(what, pattern)| {
        let found = Regex::new(pattern).expect("a pattern").find(text)?;
        Some(format!("{what}: {:?}", found.as_str()))
    });
    bad.or_else(|| {
        text.chars()
            .find(|c| unicode::is_hidden(*c) || (c.is_control() && !matches!(c, '\n' | '\t')))
            .map(|c| format!("U+{:04X}", c as u32))
    })
}

#[test]
fn patterns_compile() {
    assert!(STEPS.iter().all(|step| step.pattern.is_some()));
}

#[test]
fn everything_that_acts_is_disarmed() {
    for text in [
        "Thanks @maintainer and @org/team, mail a@b.example",
        "Fixes #12, closes: o/r#3, resolves GH-4, fixed https://github.com/o/r/issues/5",
        "/claim #1\n  /tip 5\n> /bounty 3\ninline/claim and x/ATTEMPT",
        "0/a\n-/b\n1./c\n\u{a0}2)!d",
        "- /approve\n1. /lgtm\n!merge",
        "<!-- hidden --> <details><img src=x> <https://x.example> <script>",
        "![i](https://x) [l](https://x) [r][x]\n[x]: https://x",
        "&#64;user &commat;user &lt;b&gt;",
        "Signed-off-by: A <a@b.c>\nCo-authored-by: B\nRelease-As: 9.0.0\nskip-checks: true",
        "[skip ci] [ci skip] [no ci] ***NO_CI*** [skip  actions]",
        "a\u{202e}b @\u{200b}user /\u{2060}claim\r/tip 1\u{2028}/split 2",
        "BEGIN_COMMIT_OVERRIDE\nfeat!: x\nEND_COMMIT_OVERRIDE",
        "<<<<<a>@@x##1]](((",
        "javascript:alert(1) www.x.example mailto:a",
        "／claim 1",
    ] {
        let cleaned = clean(text);
        assert_eq!(active(&cleaned), None, "{cleaned}");
    }
}

#[test]
fn ordinary_words_stay_readable() {
    for same in [
        "The parser panicked on an empty list; it now returns an error.",
        "- `src/parse.rs`: check the length first\n- a test for it",
        "```rust\nlet x: Vec<_> = a.iter().map(|b| b + 1).collect();\n```\n",
        "It is well-known: 3 of 4; a <= b",
    ] {
        let expected = same.replace("<_", "< _");
        assert_eq!(clean(same), expected);
    }
}

#[test]
fn an_open_code_block_is_closed() {
    assert_eq!(clean("a\n```rust\nlet x;"), "a\n```rust\nlet x;\n```\n");
    assert_eq!(clean("~~~~\n```\nx"), "~~~~\n```\nx\n~~~~\n");
    assert_eq!(clean("```\nx\n```\n"), "```\nx\n```\n");
}

#[test]
fn a_flood_is_cut() {
    let cleaned = clean(&"é".repeat(LONGEST + 5));
    assert!(cleaned.ends_with("(cut here)"));
    assert_eq!(active(&clean(&"<".repeat(LONGEST))), None);
    assert_eq!(active(&clean(&"<a".repeat(LONGEST))), None);
}

/// Pieces from which attacks are put together.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "@",
        "a",
        "user",
        "/",
        "claim",
        "tip",
        "bounty",
        "#",
        "1",
        "<",
        "!",
        "--",
        ">",
        "[",
        "]",
        "(",
        ")",
        ":",
        "https",
        "://",
        "www",
        ".",
        " ",
        "\n",
        "\r",
        "fixes",
        "closes",
        "GH-",
        "&",
        "#64;",
        "skip",
        "ci",
        "-by",
        "Signed-off",
        "\u{200b}",
        "\u{202e}",
        "\t",
        "*",
        "_",
        "`",
        "```",
        "\\",
        "＠",
        "／",
        "attempt",
        "split",
        "github.com",
        "reward",
        "r+",
        "é",
    ]);
    proptest::collection::vec(piece, 0..40).prop_map(|list| list.concat())
}

proptest! {
    #[test]
    fn nothing_in_the_output_ever_acts(text in pieces()) {
        let cleaned = clean(&text);
        prop_assert_eq!(active(&cleaned), None, "{:?}", cleaned);
    }

    #[test]
    fn nor_for_any_text(text in any::<String>()) {
        let cleaned = clean(&text);
        prop_assert_eq!(active(&cleaned), None, "{:?}", cleaned);
    }

    #[test]
    fn cleaning_again_changes_nothing(text in pieces()) {
        let once = clean(&text);
        prop_assert_eq!(clean(&once), once);
    }

    #[test]
    fn only_blanks_marks_and_fences_are_added(text in "[ -~\n]{0,80}") {
        let letters = |text: &str| -> String { text.chars().filter(char::is_ascii_alphanumeric).collect() };
        prop_assert_eq!(letters(&clean(&text)), letters(&text));
    }
}
