//! What would be decided about an issue as it stands on GitHub now, and why.

use serde::{Deserialize, Serialize};

use super::super::protocol::Answer;
use super::github_failed;
use crate::app::App;
use crate::bounty::appraise::{Appraisal, appraise};
use crate::bounty::evidence::Fact;
use crate::bounty::explain::{Line, explain};
use crate::bounty::facts::IssueFacts;
use crate::bounty::policy::{AskReason, Decision, Would, decide};
use crate::bounty::reason_words::reason_in_words;
use crate::bounty::stage::Stage;
use crate::clock::UnixMillis;
use crate::ledger::Result;
use crate::ledger::tally::Subject;
use crate::messages::card::amount_in_words;
use crate::money::Usd;

/// A decision that is not carried out, with everything it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// `owner/name` as GitHub spells it now.
    pub repo: String,
    /// Issue number.
    pub number: u64,
    /// Title as written.
    pub title: String,
    /// When it was read.
    pub at: UnixMillis,
    /// `skip`, `report`, `ask` or `claim`.
    pub decision: String,
    /// The decision in a sentence.
    pub verdict: String,
    /// Why, by the codes of the reasons.
    pub reasons: Vec<String>,
    /// Every check, in order.
    pub lines: Vec<Line>,
    /// The amount in words.
    pub amount: String,
    /// What it counts as, where that is known.
    pub usd: Option<Usd>,
    /// Every statement about an amount that was weighed.
    pub sources: Vec<Fact>,
    /// What does not fit together about it.
    pub disagreement: Option<String>,
    /// Parts of title and text that the page does not show, made visible.
    pub hidden: Vec<String>,
    /// Where the ledger has it, if it does.
    pub stage: Option<String>,
    /// Why it is there.
    pub stage_reason: Option<String>,
}

/// Reads an issue afresh and decides about it, without consequences.
///
/// # Errors
/// The ledger cannot be read. Trouble with GitHub is part of the answer.
pub async fn fresh(app: &App, repo: &str, number: u64) -> Result<Answer> {
    let (owner, name) = repo.split_once('/').unwrap_or((repo, ""));
    let facts = match app.github.issue(owner, name, number).await {
        Ok(facts) => facts,
        Err(trouble) => return Ok(github_failed(&trouble)),
    };
    let explanation = judged(app, &facts).await?;
    Ok(Answer::Explained {
        explanation: Box::new(explanation),
    })
}

async fn judged(app: &App, facts: &IssueFacts) -> Result<Explanation> {
    let rules = app.rules();
    let policy = &rules.config.policy;
    let me = app.me().await?;
    let now = app.now();
    let repo = facts.repo.slug();
    let row = app.ledger.bounty_by_name(&repo, facts.number).await?;
    let subject = Subject {
        row: row.as_ref().map(|b| b.id),
        repo: &repo,
        repository_id: facts.repo.id,
    };
    // Counted within a transaction that is dropped: nothing is written.
    let tally = app.ledger.begin().await?.tally_for(&subject).await?;
    let appraisal: Appraisal = appraise(facts, &rules.lists, me.as_ref(), now);
    let decision = decide(&appraisal, facts, policy, &tally, now);
    let lines = explain(&appraisal, facts, policy, &tally, now);
    let (word, verdict) = in_words(&decision, &lines);
    Ok(Explanation {
        number: facts.number,
        title: facts.title.clone(),
        at: now,
        decision: word.to_owned(),
        verdict,
        reasons: codes(&decision),
        lines,
        amount: amount_in_words(&appraisal),
        usd: appraisal.amount.usd,
        sources: appraisal.amount.sources,
        disagreement: appraisal.amount.disagreement,
        hidden: appraisal.hidden_text,
        stage: row.as_ref().map(|b| b.stage.as_str().to_owned()),
        stage_reason: row.and_then(|b| b.reason),
        repo,
    })
}

fn codes(decision: &Decision) -> Vec<String> {
    match decision {
        Decision::Skip { reason, .. } => vec![reason.code().to_owned()],
        Decision::Ask { why } | Decision::Report { why, .. } => {
            why.iter().map(|reason| reason.code().to_owned()).collect()
        }
        Decision::Claim { .. } => Vec::new(),
    }
}

fn in_words(decision: &Decision, lines: &[Line]) -> (&'static str, String) {
    let words = |why: &[AskReason]| {
        let words: Vec<_> = why
            .iter()
            .map(|reason| reason_in_words(Stage::Asking, reason.code()))
            .collect();
        words.join(", ")
    };
    let sentence = |code: &str| {
        let line = lines.iter().find(|line| line.code == code);
        line.map_or_else(|| code.to_owned(), |line| line.sentence.clone())
    };
    match decision {
        Decision::Skip { reason, .. } => {
            ("skip", format!("left alone: {}", sentence(reason.code())))
        }
        Decision::Ask { why } => ("ask", format!("you would be asked: {}", words(why))),
        Decision::Claim { .. } => (
            "claim",
            "it would be claimed without asking: below every threshold".to_owned(),
        ),
        Decision::Report { would, why } => {
            let would = match would {
                Would::Claim => "it would be claimed in mode auto".to_owned(),
                Would::Ask => format!("you would be asked about it: {}", words(why)),
                Would::Look => words(why),
            };
            ("report", format!("only reported; {would}"))
        }
    }
}
