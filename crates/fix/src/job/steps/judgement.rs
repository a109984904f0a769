//! The gate's second pass, and what follows from it and from the tests together.

use std::sync::Arc;

use gate::carried::Carried;
use gate::scans::Scan;
use gate::{Outcome as Gates, Request, Verdict, report, sarif};

use super::agent::Candidate;
use super::fetch::Base;
use super::scan;
use crate::checkout::MirrorError;
use crate::job::bait::Bait;
use crate::job::error::{Halt, JobError};
use crate::job::outcome::{NoFix, Outcome, Patch, Refused};
use crate::job::progress::Progress;
use crate::job::work::{Work, off_thread};
use crate::objects::TreeId;
use crate::suite::evidence::{Evidence, Why};

pub(super) async fn judge(
    work: &mut Work<'_>,
    base: &Base,
    candidate: Candidate,
    evidence: Option<Evidence>,
    bait: Bait,
) -> Result<Outcome, Halt> {
    let scans = scan::all(work, base, &candidate).await?;
    let verdict = ask_gate(work, base, &candidate, bait, scans).await?;
    let stored = match &candidate.id {
        Ok(id) => show(work, base, &candidate, *id).await?,
        Err(error) => Err(error.to_string()),
    };
    if verdict.outcome() == Gates::Block {
        return Ok(Outcome::Blocked {
            findings: verdict.findings().to_vec(),
        });
    }
    let (Ok(tree_id), Some(evidence)) = (stored.clone(), evidence) else {
        let why = stored.err().unwrap_or_default();
        return Err(Halt::refused(Refused::Tree(why)));
    };
    let why = evidence.why.clone();
    if matches!(why, Why::OldTestsFail(_) | Why::Red(_)) {
        return Err(Halt::no_fix(NoFix::Tests(why)));
    }
    let proven = evidence.proven;
    let carried = Carried::of(&verdict, &base.tree, &candidate.tree);
    work.papers.patch = Some(carried.write().map_err(JobError::from)?);
    let patch = Box::new(Patch {
        base: base.commit,
        tree: candidate.tree,
        tree_id,
        verdict,
        evidence,
    });
    match patch.verdict.pass() {
        Ok(pass) if proven => Ok(Outcome::Gated { pass, patch }),
        Ok(_) if work.parts.policy.unattended => Err(Halt::no_fix(NoFix::NotProven(why))),
        Ok(_) => Ok(Outcome::Held {
            patch,
            why: why.to_string(),
        }),
        Err(held) if proven => Ok(Outcome::Held {
            patch,
            why: held.to_string(),
        }),
        Err(held) => Ok(Outcome::Held {
            patch,
            why: format!("{held}; {why}"),
        }),
    }
}

async fn ask_gate(
    work: &mut Work<'_>,
    base: &Base,
    candidate: &Candidate,
    bait: Bait,
    scans: Vec<Scan>,
) -> Result<Verdict, Halt> {
    let (old, new) = (Arc::clone(&base.tree), Arc::clone(&candidate.tree));
    let (plan, policy) = (work.job.plan.clone(), work.parts.policy.clone());
    let (secrets, commit) = (Arc::clone(&work.parts.secrets), base.commit.to_string());
    let verdict = off_thread(move || {
        gate::judge(
            &old,
            &new,
            &Request {
                base_commit: &commit,
                plan: &plan,
                policy: &policy,
                secrets: &*secrets,
                canary: Some(&bait.canary),
                scans: &scans,
            },
        )
    })
    .await?;
    work.record.findings = verdict.findings().iter().map(Into::into).collect();
    work.record.patch_sha256 = Some(verdict.patch_sha256().to_string());
    work.papers.gate = Some(report::plain(&verdict));
    work.papers.sarif = Some(sarif::write(&verdict));
    work.saw(Progress::Judged {
        outcome: verdict.outcome(),
        findings: verdict.findings().len(),
    });
    Ok(verdict)
}

/// Stores the tree and keeps the diff for people. The id that git computes must be ours. Inside is why
/// git does not take it.
async fn show(
    work: &mut Work<'_>,
    base: &Base,
    candidate: &Candidate,
    id: TreeId,
) -> Result<Result<TreeId, String>, Halt> {
    let made = async {
        let written = base.mirror.write_tree(&candidate.tree).await?;
        let diff = base.mirror.diff(base.id, written).await?;
        Ok::<_, MirrorError>((written, diff))
    };
    let (written, diff) = match made.await {
        Ok(made) => made,
        Err(
            error @ (MirrorError::System(_)
            | MirrorError::TimedOut { .. }
            | MirrorError::Garbled(_)),
        ) => return Err(error.into()),
        Err(error) => return Ok(Err(error.to_string())),
    };
    if written != id {
        let why = format!("it has the id {written} there and {id} here");
        return Ok(Err(why));
    }
    work.record.tree = Some(id.to_string());
    work.record.diff_cut = diff.cut;
    work.papers.diff = Some(diff.text);
    Ok(Ok(id))
}
