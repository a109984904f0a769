//! The gate's second pass, and what follows from it and from the tests together.

use std::sync::Arc;

use gate::{Outcome as Gates, Request, Verdict, report, sarif};

use super::agent::Candidate;
use super::fetch::Base;
use crate::checkout::MirrorError;
use crate::job::bait::Bait;
use crate::job::error::Halt;
use crate::job::outcome::{NoFix, Outcome, Patch, Refused};
use crate::job::progress::Progress;
use crate::job::record::{Evidence, Proof};
use crate::job::work::{Work, off_thread};
use crate::objects::TreeId;

pub(super) async fn judge(
    work: &mut Work<'_>,
    base: &Base,
    candidate: Candidate,
    evidence: Option<Evidence>,
    bait: Bait,
) -> Result<Outcome, Halt> {
    let verdict = ask_gate(work, base, &candidate, bait).await?;
    let stored = match &candidate.id {
        Ok(id) => show(work, base, &candidate, *id).await,
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
    if evidence.base_tests == Proof::Fails {
        return Err(Halt::no_fix(NoFix::BaseTests));
    }
    let shown = is_shown(&evidence);
    let patch = Box::new(Patch {
        base: base.commit,
        tree: candidate.tree,
        tree_id,
        verdict,
        evidence,
    });
    match patch.verdict.pass() {
        Ok(pass) if shown => Ok(Outcome::Gated { pass, patch }),
        Ok(_) if work.parts.policy.unattended => Err(Halt::no_fix(NoFix::NotShown)),
        Ok(_) => Ok(Outcome::Held {
            patch,
            why: "no test is known to fail without the change and pass with it".to_owned(),
        }),
        Err(why) => Ok(Outcome::Held {
            patch,
            why: why.to_string(),
        }),
    }
}

/// Whether a test is known to fail without the change and to pass with it.
fn is_shown(evidence: &Evidence) -> bool {
    let fails_without = evidence.failed_before || evidence.new_tests == Proof::Holds;
    fails_without && evidence.base_tests != Proof::Unknown
}

async fn ask_gate(
    work: &mut Work<'_>,
    base: &Base,
    candidate: &Candidate,
    bait: Bait,
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
                scans: &[],
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

/// Stores the tree and keeps the diff for people. The id that git computes must be ours.
async fn show(
    work: &mut Work<'_>,
    base: &Base,
    candidate: &Candidate,
    id: TreeId,
) -> Result<TreeId, String> {
    let made = async {
        let written = base.mirror.write_tree(&candidate.tree).await?;
        let diff = base.mirror.diff(base.id, written).await?;
        Ok::<_, MirrorError>((written, diff))
    };
    let (written, diff) = made.await.map_err(|error| error.to_string())?;
    if written != id {
        return Err(format!("it has the id {written} there and {id} here"));
    }
    work.record.tree = Some(id.to_string());
    work.record.diff_cut = diff.cut;
    work.papers.diff = Some(diff.text);
    Ok(id)
}
