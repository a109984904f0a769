//! A question about a patch as it stands on a terminal.

use super::untrusted::{block, line};
use super::wrap::wrap;
use crate::messages::patch_card::PatchCard;

/// Everything the owner is shown on Telegram, and more of the change. `page`: where the issue can be
/// read, see [`super::issue_name::page`]; `expires`: the line that says how long it stands.
pub(super) fn text(card: &PatchCard, id: &str, page: &str, expires: &str) -> String {
    let amount = card.amount.as_ref().map(|a| format!("{} · ", line(a)));
    let amount = amount.unwrap_or_default();
    let mut out = format!("\nPatch · {amount}{}\n", line(&card.slug()));
    out += &wrap("", &line(&card.title));
    out += page;
    out.push('\n');
    out += &wrap("Asked   ", &line(&card.why.join("; ")));
    out += &wrap("Changed ", &card.size());
    for file in &card.files {
        out += &wrap(
            "      · ",
            &line(&format!("{}{}", file.path, file.counts())),
        );
    }
    out += &left_out(card.file_count, card.files.len());
    if !card.said.is_empty() {
        out += &wrap("Words   ", &line(&card.said));
    }
    out += &wrap("Tests   ", &line(&card.tests));
    if card.findings.is_empty() {
        out += "Gate    nothing found\n";
    }
    for finding in &card.findings {
        out += &wrap("Gate    ", &line(finding));
    }
    out += &left_out(card.finding_count, card.findings.len());
    out += &wrap("By      ", &line(&format!("{}, {}", card.agent, card.cost)));
    out += &wrap("Patch   ", &line(&card.patch));
    out += &wrap("Tree    ", &line(&card.tree));
    out += expires;
    out.push('\n');
    for text in block(&card.diff).lines() {
        out += "  │ ";
        out += text;
        out.push('\n');
    }
    if card.diff_cut {
        let place = card.papers.as_deref().map_or_else(
            || "There is more of it.".to_owned(),
            |papers| format!("There is more of it: {}", line(papers)),
        );
        out += &wrap("", &place);
    }
    out += "\nA yes opens a pull request with exactly this patch, as you.\n";
    out + &format!("\nQuestion {}\n", line(id))
}

fn left_out(all: usize, shown: usize) -> String {
    match all.saturating_sub(shown) {
        0 => String::new(),
        more => format!("      · and {more} more\n"),
    }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr as _;

    use super::*;
    use crate::messages::patch_card::ChangedFile;

    #[test]
    fn a_patch_shows_everything_and_obeys_nothing() {
        let card = PatchCard {
            repo: "acme/widgets".to_owned(),
            number: Some(7),
            title: format!("\x1b[2J\u{202e}Crash {}", "on empty input ".repeat(9)),
            amount: Some("$750".to_owned()),
            why: vec!["one of your first ten patches".to_owned()],
            files: vec![ChangedFile {
                path: "src/\x07sum.rs".to_owned(),
                added: 2,
                removed: 1,
                note: Some("new".to_owned()),
            }],
            file_count: 3,
            counted_in_part: true,
            added: 9,
            removed: 1,
            said: "An empty list\u{200b} is no mistake.".to_owned(),
            tests: "cargo test passed in 12s".to_owned(),
            findings: vec!["hold S5 run.sh: a new executable file".to_owned()],
            finding_count: 2,
            diff: "src/sum.rs\n@@ -1 +1 @@\n-\tone\u{9b}31m\n+    two  spaces".to_owned(),
            diff_cut: true,
            papers: Some("/var/lib/bountyd/fixes/0f/patch.diff".to_owned()),
            tree: "1234567890abcdef1234567890abcdef12345678".to_owned(),
            patch: "c0ffee".repeat(10) + "c0ff",
            agent: "codex".to_owned(),
            cost: "31 requests to models, $0.42".to_owned(),
        };
        let page = "https://github.com/acme/widgets/issues/7\n";
        let id = "00112233445566778899aabbccddeeff";
        let text = text(&card, id, page, "Expires later\n");
        insta::assert_snapshot!(text.trim(), @r"
        Patch · $750 · acme/widgets#7
        ⟨U+001B⟩[2J⟨U+202E⟩Crash on empty input on empty input on empty input on empty
        input on empty input on empty input on empty input on empty input on empty input
        https://github.com/acme/widgets/issues/7

        Asked   one of your first ten patches
        Changed at least 3 files, +9 −1
              · src/⟨U+0007⟩sum.rs +2 −1, new
              · and 2 more
        Words   An empty list⟨U+200B⟩ is no mistake.
        Tests   cargo test passed in 12s
        Gate    hold S5 run.sh: a new executable file
              · and 1 more
        By      codex, 31 requests to models, $0.42
        Patch   c0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ffeec0ff
        Tree    1234567890abcdef1234567890abcdef12345678
        Expires later

          │ src/sum.rs
          │ @@ -1 +1 @@
          │ - one⟨U+009B⟩31m
          │ +    two  spaces
        There is more of it: /var/lib/bountyd/fixes/0f/patch.diff

        A yes opens a pull request with exactly this patch, as you.

        Question 00112233445566778899aabbccddeeff
        ");
        assert!(text.lines().all(|line| line.width() <= 80), "{text}");
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
    }
}
