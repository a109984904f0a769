//! A question about what a client wants, as it stands on a terminal.

use super::untrusted::{block, line};
use super::wrap::{quote, wrap};
use crate::messages::lease::lasting;
use crate::messages::request_card::RequestCard;

/// Everything the owner is shown on Telegram, and all of each argument. `page`: where the issue can be read,
/// see [`super::issue_name::page`]; `expires`: the line that says how long it stands.
pub(super) fn text(card: &RequestCard, id: &str, page: &str, expires: &str) -> String {
    let mut out = format!("\n{} · {}\n", line(&card.client), line(&card.slug()));
    out += &wrap("", &format!("It wants to {}", line(&card.act)));
    out += page;
    out.push('\n');
    out += &wrap("Asked   ", &line(&card.why));
    out += &wrap("By      ", &line(&card.process));
    out += &wrap("Hash    ", &line(&card.hash));
    out += expires;
    for (name, part) in &card.parts {
        out += &format!("\n{}:\n", line(name));
        for paragraph in block(part).lines() {
            out += &quote("  │ ", paragraph);
        }
    }
    out += "\nA yes does exactly this, once, as you.\n";
    if let Some(terms) = card.lease {
        let more = format!(
            "With --lease, it is a yes as well to at most {} more of the kind by {} in {}, for {}, unasked.",
            terms.at_most,
            line(&card.client),
            line(&card.repo),
            lasting(terms)
        );
        out += &wrap("", &more);
    }
    out.push('\n');
    out += &format!("Question {}\n", line(id));
    out
}
