//! The question to the owner, as it appears on his phone.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use vault::telegram::{Button, RichText};

use super::{IssueLink, count, cut, github, span};
use crate::bounty::MARK;
use crate::bounty::appraise::Appraisal;
use crate::bounty::claim::ClaimPlan;
use crate::bounty::evidence::Evidence;
use crate::bounty::facts::IssueFacts;
use crate::bounty::policy::AskReason;
use crate::bounty::text::reveal;
use crate::clock::UnixMillis;
use crate::ledger::asked::{ApprovalState, Question};
use crate::schedule::Zone;

/// What a careful person needs to know before saying yes. Stored with the question, so that the
/// message can be written again after the decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// `owner/name`.
    pub repo: String,
    /// Issue number.
    pub number: u64,
    /// Title with hidden characters made visible.
    pub title: String,
    /// The amount in words.
    pub amount: String,
    /// How sure we are of it, and from whom.
    pub evidence: String,
    /// What does not fit together about it.
    pub disagreement: Option<String>,
    /// What has changed since he was asked last; unset when this is the first question.
    #[serde(default)]
    pub again: Option<String>,
    /// Why the owner is asked.
    pub why: Vec<String>,
    /// When the issue was opened.
    pub opened_at: Option<UnixMillis>,
    /// Who else is at it, in words.
    pub competition: String,
    /// What speaks against it.
    pub risks: Vec<String>,
    /// Text that does not show on the page, made visible.
    pub hidden: Vec<String>,
    /// The exact comment that a yes posts.
    pub comment: String,
}

impl Card {
    /// Builds what the owner is shown.
    #[must_use]
    pub fn about(
        facts: &IssueFacts,
        appraisal: &Appraisal,
        why: &[AskReason],
        login: &str,
    ) -> Self {
        let risks = appraisal.traps.hits.iter().map(|h| h.text.clone());
        let manners = appraisal
            .etiquette
            .findings
            .iter()
            .map(|f| format!("{}: “{}”", f.place, f.quote));
        let speaker = github::Speaker { login, effect: "" };
        let command = appraisal.plan.command();
        let comment = match &appraisal.plan {
            ClaimPlan::AskAssignmentAndWait { .. } => {
                github::ask_assignment(&speaker, &facts.title, command)
            }
            _ => github::claim(&speaker, &facts.title, command),
        };
        Self {
            repo: facts.repo.slug(),
            number: facts.number,
            title: reveal(&facts.title),
            amount: amount_in_words(appraisal),
            evidence: evidence_in_words(appraisal),
            disagreement: appraisal.amount.disagreement.clone(),
            again: None,
            why: why.iter().map(AskReason::in_words).collect(),
            opened_at: facts.created_at,
            competition: competition_in_words(appraisal),
            risks: risks.chain(manners).collect(),
            hidden: appraisal.hidden_text.clone(),
            comment,
        }
    }
}

impl Card {
    /// Says that there was a question before this one, and what is different now. `same_text` is
    /// whether what a yes permits is the same to the letter.
    #[must_use]
    pub fn after(self, before: Option<&Self>, same_text: bool) -> Self {
        let mut changes = Vec::new();
        if let Some(before) = before {
            if before.title != self.title {
                changes.push("title changed".to_owned());
            }
            if before.amount != self.amount {
                changes.push(format!("amount {} → {}", before.amount, self.amount));
            }
        }
        if changes.is_empty() {
            let words = if same_text {
                "nothing of it has changed"
            } else {
                "text changed"
            };
            changes.push(words.to_owned());
        }
        Self {
            again: Some(changes.join(", ")),
            ..self
        }
    }
}

/// The amount as a person would say it.
#[must_use]
pub fn amount_in_words(appraisal: &Appraisal) -> String {
    match (&appraisal.amount.usd, &appraisal.amount.amount) {
        (Some(usd), Some(amount)) if amount.usd_at_par().is_some() => usd.to_string(),
        (Some(usd), Some(amount)) => format!("{usd} ({amount})"),
        (Some(usd), None) => usd.to_string(),
        (None, Some(amount)) => format!("{amount} (no rate)"),
        (None, None) => match &appraisal.amount.upper {
            Some(most) => format!("amount unknown, at most {most}"),
            None => "amount unknown".to_owned(),
        },
    }
}

fn evidence_in_words(appraisal: &Appraisal) -> String {
    let platform = appraisal.platform.map_or("no platform", |p| p.as_str());
    let sure = match appraisal.amount.evidence {
        Evidence::Verified => "checked",
        Evidence::Claimed => "claimed, not checked",
        Evidence::Unknown => "nobody vouches for it",
    };
    format!("{} – {sure} ({platform})", amount_in_words(appraisal))
}

fn competition_in_words(appraisal: &Appraisal) -> String {
    let c = &appraisal.competition;
    let attempts = i64::try_from(c.attempts.len()).unwrap_or(i64::MAX);
    let mut parts = vec![
        count(attempts, "attempt", "attempts"),
        count(
            i64::from(c.open_pull_requests),
            "open pull request",
            "open pull requests",
        ),
    ];
    if !c.complete {
        parts.push("not everything could be read".to_owned());
    }
    parts.join(", ")
}

const LONGEST_TITLE: usize = 160;
const LONGEST_HIDDEN: usize = 300;
const LONGEST_WHY: usize = 300;

/// The card as a message. `until` is unknown until it was delivered once, so the first text names
/// the span.
#[must_use]
pub fn question(card: &Card, id: &str, valid_for: Duration, now: UnixMillis) -> RichText {
    body(card, now)
        .plain("\nA yes posts this once, as you:\n")
        .code(&cut(&without_marker(&card.comment), 700))
        .plain("\n\n")
        .join(&how_to_answer(id, valid_for))
}

/// The last lines of a card: until when, and how without its buttons.
pub(super) fn how_to_answer(id: &str, valid_for: Duration) -> RichText {
    RichText::new()
        .plain(&format!(
            "Answer within {}. No answer means no.\n",
            span(valid_for)
        ))
        .plain("/approve ")
        .code(short(id))
        .plain(" · /deny ")
        .code(short(id))
}

/// The card after the decision: what was asked and what came of it. No buttons.
#[must_use]
pub fn settled<A>(card: &Card, question: &Question<A>, zone: Zone, now: UnixMillis) -> RichText {
    verdict(question, "the issue changed", zone).join(&body(card, now))
}

/// The first line of a settled question. `changed`: why it was superseded, where nothing else is said.
pub(super) fn verdict<A>(question: &Question<A>, changed: &str, zone: Zone) -> RichText {
    let decided_at = question.decided_at;
    let at = decided_at.map(|t| zone.format(t)).unwrap_or_default();
    let by = match question.channel.as_deref() {
        Some("socket") => "on the machine".to_owned(),
        Some(channel) => format!("by {channel}"),
        None => String::new(),
    };
    let why = question.why.as_deref();
    let head = match question.state {
        ApprovalState::Approved => format!("✅ Approved · {at} · {by}"),
        ApprovalState::Denied => match why {
            Some(why) => format!("❌ Denied · {at} · {by}: {}", cut(why, 200)),
            None => format!("❌ Denied · {at} · {by}"),
        },
        ApprovalState::Expired => format!("⌛ Expired · {at} · nothing was done"),
        ApprovalState::Superseded => format!(
            "↻ Superseded · {at} · {}; nothing was done",
            why.unwrap_or(changed)
        ),
        ApprovalState::Pending => "… waiting".to_owned(),
    };
    RichText::new().bold(&head).plain("\n\n")
}

fn body(card: &Card, now: UnixMillis) -> RichText {
    let mut text = RichText::new()
        .bold(&format!("{} · {}#{}", card.amount, card.repo, card.number))
        .plain("\n")
        .code(&cut(&card.title, LONGEST_TITLE))
        .plain("\n")
        .issue("open the issue", &card.repo, card.number)
        .plain("\n\n");
    if let Some(what) = &card.again {
        text = text
            .plain("↻ Asked again: ")
            .code(&cut(what, 200))
            .plain("\n");
    }
    text = text.plain(&format!("Amount: {}\n", card.evidence));
    if let Some(what) = &card.disagreement {
        text = text.plain("⚠ ").code(&cut(what, 300)).plain("\n");
    }
    // A reason may quote a policy or a comment: as code, so that nothing in it can be tapped.
    let why = cut(&card.why.join("; "), LONGEST_WHY);
    text = text.plain("Why I ask: ").code(&why).plain("\n");
    if let Some(opened) = card.opened_at {
        text = text.plain(&format!("Opened: {} ago\n", span(now.since(opened))));
    }
    text = text.plain(&format!("Others: {}\n", card.competition));
    if card.risks.is_empty() {
        text = text.plain("Risks: none found\n");
    } else {
        text = text.plain("Risks:\n");
        for risk in &card.risks {
            text = text.plain("· ").code(&cut(risk, 200)).plain("\n");
        }
    }
    for hidden in card.hidden.iter().take(3) {
        text = text
            .plain("Hidden in the issue: ")
            .code(&cut(hidden, LONGEST_HIDDEN))
            .plain("\n");
    }
    text
}

/// The two buttons. They carry the id and nothing else.
#[must_use]
pub fn buttons(id: &str) -> Vec<Vec<Button>> {
    vec![vec![
        Button {
            label: "✅ Approve".to_owned(),
            data: format!("a:{id}"),
        },
        Button {
            label: "❌ Deny".to_owned(),
            data: format!("d:{id}"),
        },
    ]]
}

/// Enough of an id for a person to type.
#[must_use]
pub fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

/// The comment as GitHub shows it: without our marker, which is at its end. A title may hold
/// something like it.
#[must_use]
pub fn without_marker(comment: &str) -> String {
    comment
        .rsplit_once(MARK)
        .map_or(comment, |(shown, _)| shown)
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use vault::telegram::{Entity, EntityKind};

    fn card(title: &str, amount: &str) -> Card {
        Card {
            repo: "acme/widgets".to_owned(),
            number: 7,
            title: title.to_owned(),
            amount: amount.to_owned(),
            evidence: String::new(),
            disagreement: None,
            again: None,
            why: Vec::new(),
            opened_at: None,
            competition: String::new(),
            risks: Vec::new(),
            hidden: Vec::new(),
            comment: String::new(),
        }
    }

    #[test]
    fn nothing_in_a_quoted_rule_can_be_tapped() {
        let rule = "Comment before you start, see https://example.com/lure".to_owned();
        let mut asks = card("Crash", "$300");
        asks.why = vec![
            AskReason::Manners { what: rule }.in_words(),
            "x".repeat(400),
        ];
        let text = body(&asks, UnixMillis(0));
        let units = |part: &str| part.encode_utf16().count();
        let (before, _) = text.text().split_once("https://").expect("the link");
        let at = units(before);
        let code = |e: &&Entity| e.kind == EntityKind::Code && e.offset <= at;
        let around = text.entities().iter().rfind(code);
        let around = around.expect("the reasons are code");
        assert!(around.offset + around.length > at + units("https://example.com/lure"));
        assert!(around.length <= 301, "and not a whole file");
    }

    #[test]
    fn a_second_question_says_what_changed() {
        let before = card("Crash", "$300");
        let said = |now: Card, same| now.after(Some(&before), same).again.unwrap_or_default();
        assert_eq!(said(card("Crash", "$500"), false), "amount $300 → $500");
        assert_eq!(
            said(card("Crashes", "$500"), false),
            "title changed, amount $300 → $500"
        );
        assert_eq!(said(card("Crash", "$300"), false), "text changed");
        assert_eq!(
            said(card("Crash", "$300"), true),
            "nothing of it has changed"
        );
    }
}
