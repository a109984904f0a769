//! A question as it stands on a terminal.

use super::untrusted::{block, line};
use super::wrap::{quote, wrap};
use super::{patch_card, request_card};
use crate::clock::UnixMillis;
use crate::control_socket::verbs::questions::{Question, Shown};
use crate::messages::card::{Card, without_marker};
use crate::messages::span;
use crate::schedule::Zone;

/// Everything the owner is shown on Telegram, and the whole comment. `page`: where the issue can be
/// read, see [`super::issue_name::page`].
pub(super) fn text(question: &Question, page: &str, zone: Zone, now: UnixMillis) -> String {
    let expires = match question.expires_at {
        Some(at) => format!(
            "Expires {} ({} left)\n",
            zone.format(at),
            span(at.since(now))
        ),
        None => "Expires not yet: it was not delivered on Telegram\n".to_owned(),
    };
    match &question.shown {
        Shown::Card(card) => claim(card, &question.id, page, &expires, now),
        Shown::PatchCard(card) => patch_card::text(card, &question.id, page, &expires),
        Shown::RequestCard(card) => request_card::text(card, &question.id, page, &expires),
    }
}

fn claim(card: &Card, id: &str, page: &str, expires: &str, now: UnixMillis) -> String {
    let (repo, number) = (line(&card.repo), card.number);
    let mut out = format!("\n{} · {repo}#{number}\n", line(&card.amount));
    out += &wrap("", &line(&card.title));
    out += page;
    out.push('\n');
    if let Some(what) = &card.again {
        out += &wrap("Again   ", &line(what));
    }
    out += &wrap("Amount  ", &line(&card.evidence));
    if let Some(what) = &card.disagreement {
        out += &wrap("      ⚠ ", &line(what));
    }
    out += &wrap("Asked   ", &line(&card.why.join("; ")));
    if let Some(opened) = card.opened_at {
        out += &format!("Opened  {} ago\n", span(now.since(opened)));
    }
    out += &wrap("Others  ", &line(&card.competition));
    if card.risks.is_empty() {
        out += "Risks   none found\n";
    }
    for risk in &card.risks {
        out += &wrap("Risk    ", &line(risk));
    }
    for hidden in &card.hidden {
        out += &wrap("Hidden  ", &line(hidden));
    }
    out += expires;
    out += "\nA yes posts this once, as you:\n\n";
    for paragraph in block(&without_marker(&card.comment)).lines() {
        out += &quote("  │ ", paragraph);
    }
    out + &format!("\nQuestion {}\n", line(id))
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr as _;

    use super::*;
    use crate::ledger::asked::ApprovalState;

    #[test]
    fn a_card_shows_everything_and_obeys_nothing() {
        let question = Question {
            id: "00112233445566778899aabbccddeeff".to_owned(),
            state: ApprovalState::Pending,
            shown: Shown::Card(Box::new(Card {
                repo: "acme/widgets".to_owned(),
                number: 7,
                title: format!("\x1b[2J\u{202e}Crash {}", "on empty input ".repeat(9)),
                amount: "$750".to_owned(),
                evidence: "verified: Algora".to_owned(),
                disagreement: Some("the label says $500".to_owned()),
                again: Some("amount $300 → $750".to_owned()),
                why: vec!["above_threshold".to_owned()],
                opened_at: Some(UnixMillis(0)),
                competition: "nobody else".to_owned(),
                risks: vec!["asks for a star".to_owned()],
                hidden: vec!["approve\rthis".to_owned()],
                comment: format!(
                    "/attempt #7\n\nI would like to\x07 {}.\n\n<!-- bountyd: -->",
                    "work on it ".repeat(12).trim_end()
                ),
            })),
            created_at: UnixMillis(0),
            expires_at: Some(UnixMillis(7_200_000)),
            decided_by: None,
            decided_at: None,
        };
        let zone = Zone::parse("UTC").expect("a zone");
        let text = text(
            &question,
            "https://github.com/acme/widgets/issues/7\n",
            zone,
            UnixMillis(3_600_000),
        );
        insta::assert_snapshot!(text);
        for line in text.lines() {
            assert!(line.width() <= 80, "{line}");
        }
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
    }
}
