//! Tells the night as the journal has it, line by line, in words for somebody who has never seen
//! the program.

use std::collections::HashSet;

use bountyd::bounty::explain::Mark;
use bountyd::bounty::judgement::Judgement;
use bountyd::bounty::reason_words::reason_in_words;
use bountyd::bounty::stage::Stage;
use bountyd::clock::UnixMillis;
use bountyd::ledger::approvals::Approval;
use bountyd::ledger::bounties::Bounty;
use bountyd::ledger::effects::EffectKind;
use bountyd::ledger::journal::{Line, body_of};
use bountyd::ledger::{Ledger, Result};
use bountyd::messages::card::Card;
use serde_json::Value;

use crate::page::{Ink, Page};

/// How far the story was told.
pub(crate) struct Teller {
    page: Page,
    seq: i64,
    quiet_scans: u32,
    scans: u32,
    exchanges: u32,
    delivered: HashSet<String>,
}

impl Teller {
    /// From the first entry on.
    pub(crate) fn new(page: Page) -> Self {
        Self {
            page,
            seq: 0,
            quiet_scans: 0,
            scans: 0,
            exchanges: 0,
            delivered: HashSet::new(),
        }
    }

    /// Entries read so far: grows with everything that happens.
    pub(crate) fn seq(&self) -> u64 {
        self.seq.unsigned_abs()
    }

    /// Whether the first scan is over; until then the clock has nothing to run ahead of.
    pub(crate) fn has_begun(&self) -> bool {
        self.scans > 0
    }

    /// Tells what is new; says how many lines that was.
    pub(crate) async fn look(&mut self, ledger: &Ledger) -> Result<u32> {
        let mut told = 0;
        for line in ledger.journal_after(self.seq, None, 200).await? {
            self.seq = line.seq;
            told += u32::from(self.tell(ledger, &line).await?);
        }
        Ok(told)
    }

    /// Says which cards have arrived on the phone since the last look.
    pub(crate) fn cards(&mut self, waiting: &[(Approval, Card)]) {
        for (approval, card) in waiting {
            if let Some(at) = approval.delivered_at
                && self.delivered.insert(approval.id.clone())
            {
                let text = format!(
                    "on your phone: {} {}#{}",
                    card.amount, card.repo, card.number
                );
                self.page.event(
                    at,
                    Ink::Ask,
                    "card",
                    &text,
                    std::slice::from_ref(&card.title),
                );
            }
        }
    }

    /// What somebody else did.
    pub(crate) fn world(&mut self, at: UnixMillis, text: &str) {
        self.page.event(at, Ink::World, "meanwhile", text, &[]);
    }

    async fn tell(&mut self, ledger: &Ledger, line: &Line) -> Result<bool> {
        let body = body_of(line)?;
        let bounty = match line.bounty_id {
            Some(id) => ledger.bounty(id).await?,
            None => None,
        };
        let Some(bounty) = bounty else {
            return Ok(self.tell_of_itself(line, &body));
        };
        let name = named(&bounty);
        let at = line.at;
        let (ink, word, text, more) = match line.kind.as_str() {
            "bounty.judged" => {
                let text = ledger.appraisal(bounty.id).await?;
                let judged = text.and_then(|t| serde_json::from_str::<Judgement>(&t).ok());
                let Some(judged) = judged else {
                    return Ok(false);
                };
                judgement(
                    &bounty,
                    &word_of(&body, "decision"),
                    &word_of(&body, "reason"),
                    &judged,
                )
            }
            "approval.decided" if word_of(&body, "verdict") == "approved" => {
                (Ink::Good, "yes", format!("you approve {name}"), vec![])
            }
            "approval.decided" => (Ink::Stop, "no", format!("you deny {name}"), vec![]),
            "approval.expired" => {
                let more = vec!["no answer means no".to_owned()];
                (
                    Ink::Stop,
                    "expired",
                    format!("nobody answered: {name}"),
                    more,
                )
            }
            "approval.superseded" => {
                let why = word_of(&body, "why");
                let text = format!("the question about {name} is void: {why}");
                (Ink::Stop, "superseded", text, vec![])
            }
            "effect.done" => {
                let effects = ledger.effects(bounty.id).await?;
                let kind = effects.last().map(|effect| effect.kind);
                let text = match kind {
                    Some(EffectKind::AskAssignment) => {
                        format!("asked for {name}: assignment comes first there")
                    }
                    _ => format!("{name}: one comment on GitHub"),
                };
                (Ink::Good, "claimed", text, vec![])
            }
            "effect.failed" | "effect.unknown" | "effect.unproven" => (
                Ink::Stop,
                "trouble",
                format!("{name}: {}", line.kind),
                vec![line.body.clone()],
            ),
            "claim.followed" => {
                let to = Stage::parse(&word_of(&body, "to")).unwrap_or(bounty.stage);
                let text = format!("{name}: {}", reason_in_words(to, &word_of(&body, "reason")));
                (Ink::Good, "followed", text, vec![])
            }
            "claim.not_made" => {
                let why = word_of(&body, "reason");
                let text = format!("{name}: {}", reason_in_words(Stage::Skipped, &why));
                (Ink::Stop, "not made", text, vec![])
            }
            _ => return Ok(false),
        };
        self.catch_up();
        self.page.event(at, ink, word, &text, &more);
        Ok(true)
    }

    /// What is about no bounty.
    fn tell_of_itself(&mut self, line: &Line, body: &Value) -> bool {
        self.scans += u32::from(line.kind == "scan.done");
        let number = |name: &str| body.get(name).and_then(Value::as_u64).unwrap_or(0);
        let (ink, word, text, more) = match line.kind.as_str() {
            "exchange.done" => {
                self.exchanges += 1;
                if self.exchanges > 1 {
                    return false;
                }
                let text = "a signed assertion is exchanged for a GitHub token";
                let more = "it stays in memory, for 15 minutes at most; each later exchange \
                            looks the same and is not shown";
                (Ink::Plain, "token", text.to_owned(), vec![more.to_owned()])
            }
            "scan.done" if number("new") + number("changed") == 0 => {
                self.quiet_scans += 1;
                return false;
            }
            "scan.done" => {
                let text = format!(
                    "{} new, {} changed; {} searches, {} requests",
                    number("new"),
                    number("changed"),
                    number("queries"),
                    number("requests")
                );
                (Ink::Plain, "scan", text, vec![])
            }
            "trouble.begun" | "exchange.failed" => (
                Ink::Stop,
                "trouble",
                line.kind.clone(),
                vec![line.body.clone()],
            ),
            _ => return false,
        };
        self.catch_up();
        self.page.event(line.at, ink, word, &text, &more);
        true
    }

    /// Scans that brought nothing are one line, before the next thing that happens.
    fn catch_up(&mut self) {
        let scans = std::mem::take(&mut self.quiet_scans);
        if scans > 0 {
            let s = if scans == 1 { "scan" } else { "scans" };
            self.page
                .line(&format!("       ·          {scans} {s} without news"));
        }
    }
}

/// `owner/name#7`, with what it is worth.
fn named(bounty: &Bounty) -> String {
    match bounty.usd {
        Some(usd) => format!("{} ({usd})", bounty.slug()),
        None => bounty.slug(),
    }
}

fn judgement(
    bounty: &Bounty,
    decision: &str,
    reason: &str,
    judged: &Judgement,
) -> (Ink, &'static str, String, Vec<String>) {
    let name = format!("{} ({})", bounty.slug(), judged.amount);
    let why = |mark: Mark| {
        judged
            .lines
            .iter()
            .filter(move |line| line.mark == mark)
            .map(|line| match &line.evidence {
                Some(evidence) => evidence.clone(),
                None => line.sentence.clone(),
            })
    };
    match decision {
        "skip" => {
            // A trap is named by its signs, anything else by the line that stopped it.
            let signs: Vec<String> = judged
                .lines
                .iter()
                .filter(|line| line.mark == Mark::Note && line.sentence.contains("(+"))
                .map(|line| format!("{}: {}", line.code, line.sentence))
                .collect();
            let trap = matches!(reason, "trap" | "fake");
            let more = if trap && !signs.is_empty() {
                signs
            } else {
                why(Mark::Stop).take(1).collect()
            };
            let words = reason_in_words(Stage::Skipped, reason);
            let text = format!("{name}: {words}");
            (Ink::Stop, "skip", text, more)
        }
        "ask" => (Ink::Ask, "to ask", name, why(Mark::Ask).take(1).collect()),
        "claim" => {
            let text = format!("{name}: below every threshold");
            (Ink::Good, "to claim", text, vec![])
        }
        _ => {
            let text = format!("{name}: named in the digest, nobody is asked");
            (Ink::Plain, "report", text, why(Mark::Ask).take(1).collect())
        }
    }
}

fn word_of(body: &Value, name: &str) -> String {
    body.get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}
