//! The end of the night: the table, and the checks that decide whether the demo succeeded.

use std::path::Path;

use anyhow::Result;
use bountyd::bounty::reason_words::reason_in_words;
use bountyd::bounty::stage::Stage;
use bountyd::ledger::Ledger;
use bountyd::ledger::asked::ApprovalState;
use bountyd::ledger::bounties::{Bounty, Filter};
use sim::github::CommentView;
use sim::{Cast, Sim};

use crate::page::{Ink, Page};
use crate::world::{EXPECTED, Expected};

/// Prints what became of every bounty.
pub(crate) async fn table(page: Page, ledger: &Ledger) -> Result<()> {
    page.heading("What became of them");
    let mut all = ledger.bounties(&Filter::default()).await?;
    all.sort_by_key(|bounty| (rank(bounty.stage), std::cmp::Reverse(bounty.usd)));
    for bounty in &all {
        let amount = bounty.usd.map_or("?".to_owned(), |usd| usd.to_string());
        let why = match bounty.reason.as_deref() {
            Some(why) if why != bounty.stage.as_str() => reason_in_words(bounty.stage, why),
            _ => "".into(),
        };
        let ink = match bounty.stage {
            Stage::Claimed | Stage::Requested => Ink::Good,
            Stage::Asking | Stage::Reported => Ink::Ask,
            _ => Ink::Stop,
        };
        let cells = [&*bounty.slug(), &amount, bounty.stage.as_str(), &why];
        page.row(cells, ink);
    }
    Ok(())
}

fn rank(stage: Stage) -> u8 {
    match stage {
        Stage::Claimed | Stage::Requested => 0,
        Stage::Denied | Stage::Expired => 1,
        Stage::Reported => 2,
        _ => 3,
    }
}

/// Prints one claim as it stands on the simulated GitHub.
pub(crate) fn comment(page: Page, ours: &[CommentView]) {
    let Some(shown) = ours.last() else {
        return;
    };
    page.heading(&format!(
        "One of {} comments, at {}#{} on the simulated GitHub",
        ours.len(),
        shown.repo,
        shown.number
    ));
    page.quoted(&shown.body);
}

/// Checks the night; false if anything is not as it must be.
pub(crate) async fn check(
    page: Page,
    ledger: &Ledger,
    sim: &Sim,
    cast: &Cast,
    directory: &Path,
    scripted: bool,
) -> Result<bool> {
    page.heading("Checked");
    let mut good = true;
    let mut check = |ok: bool, text: &str| {
        good &= ok;
        page.check(ok, text);
    };

    let mut wrong = Vec::new();
    let all = ledger.bounties(&Filter::default()).await?;
    for expected in EXPECTED {
        match all.iter().find(|bounty| bounty.repo == expected.repo) {
            None => wrong.push(format!("{} was not found", expected.repo)),
            Some(bounty) => wrong.extend(differs(ledger, bounty, expected, scripted).await?),
        }
    }
    let text = format!("all {} bounties ended as they should", EXPECTED.len());
    check(
        wrong.is_empty() && all.len() == EXPECTED.len(),
        if wrong.is_empty() {
            &text
        } else {
            "the ends differ"
        },
    );
    for text in &wrong {
        page.line(&format!("      {text}"));
    }

    let ours = sim.github.comments_by(&cast.login);
    let claims = |bounty: &&Bounty| matches!(bounty.stage, Stage::Claimed | Stage::Requested);
    let claimed: Vec<&Bounty> = all.iter().filter(claims).collect();
    let once = claimed.iter().all(|bounty| {
        let here = |c: &&CommentView| c.repo == bounty.repo && c.number == bounty.number;
        ours.iter().filter(here).count() == 1
    });
    let text = format!(
        "{} claims, one comment each, and no other word of ours",
        claimed.len()
    );
    check(once && ours.len() == claimed.len(), &text);

    let exchanges = sim.auth0.exchanges();
    let refused = exchanges.iter().filter(|e| e.refused.is_some()).count();
    let text = format!(
        "{} token exchanges at the simulated tenant, {refused} refused; between them no token is \
         kept for more than 15 minutes",
        exchanges.len()
    );
    check(refused == 0 && !exchanges.is_empty(), &text);

    let tokens = sim.registry.ever_minted();
    let (files, found) = search(directory, &tokens)?;
    let text = format!(
        "the GitHub token that was handed out is in none of the {files} files written (ledger, \
         log, configuration)"
    );
    check(found.is_empty() && !tokens.is_empty() && files > 0, &text);
    for file in found {
        page.line(&format!("      found in {file}"));
    }

    let verdict = ledger.verify_journal().await?;
    let text = format!("the journal's {} entries form one chain", verdict.rows);
    check(verdict.broken.is_none() && verdict.rows > 0, &text);

    let violations: Vec<String> = [
        sim.auth0.rim().violations(),
        sim.github.violations(),
        sim.telegram.rim().violations(),
    ]
    .into_iter()
    .flatten()
    .map(|v| format!("{}: {}", v.request, v.reason))
    .collect();
    check(
        violations.is_empty(),
        "no request that the real services would have refused",
    );
    for text in &violations {
        page.line(&format!("      {text}"));
    }
    Ok(good)
}

/// How a bounty's end is not the expected one. Where a person decided, his answer is what must
/// have happened.
async fn differs(
    ledger: &Ledger,
    bounty: &Bounty,
    expected: &Expected,
    scripted: bool,
) -> Result<Option<String>> {
    let stage = bounty.stage.as_str();
    let reason = bounty.reason.as_deref().unwrap_or_default();
    let asked = ledger.approvals_about(bounty.id).await?;
    let right = match asked.first().map(|approval| approval.state) {
        Some(state) if !scripted => match state {
            ApprovalState::Approved => stage == "claimed",
            ApprovalState::Denied => stage == "denied",
            ApprovalState::Expired => stage == "expired",
            ApprovalState::Pending => stage == "asking",
            ApprovalState::Superseded => stage != "claimed",
        },
        _ => stage == expected.stage && reason == expected.reason,
    };
    Ok((!right).then(|| {
        format!(
            "{} is {stage} ({reason}), not {} ({})",
            bounty.slug(),
            expected.stage,
            expected.reason
        )
    }))
}

/// How many files lie below `directory`, and which of them hold one of these texts.
fn search(directory: &Path, texts: &[String]) -> Result<(usize, Vec<String>)> {
    let mut files = 0;
    let mut found = Vec::new();
    let mut todo = vec![directory.to_owned()];
    while let Some(path) = todo.pop() {
        let kind = std::fs::symlink_metadata(&path)?.file_type();
        if kind.is_dir() {
            for entry in std::fs::read_dir(&path)? {
                todo.push(entry?.path());
            }
        } else if kind.is_file() {
            files += 1;
            let bytes = std::fs::read(&path)?;
            let holds = |text: &String| bytes.windows(text.len()).any(|w| w == text.as_bytes());
            if texts.iter().any(holds) {
                found.push(path.display().to_string());
            }
        }
    }
    Ok((files, found))
}
