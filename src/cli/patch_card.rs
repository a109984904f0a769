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
