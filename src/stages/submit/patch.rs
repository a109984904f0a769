//! The patch that was approved, read back and judged again: with the live secrets of this installation,
//! which the process that made it never knew.

use std::sync::Arc;

use gate::carried::{Carried, Changes};
use gate::{GatePass, Override, PatchHash, Verdict};

use super::{Flow, Halt};
use crate::app::App;
use crate::fixer::papers;
use crate::github::work::ObjectId;
use crate::ledger::jobs::Job;
use crate::stages::live::Live;

/// A patch that may leave, exactly as it is.
pub(super) struct Passed {
    /// The proof.
    pub(super) pass: GatePass,
    /// What the gate says about it.
    pub(super) verdict: Verdict,
    /// What is changed.
    pub(super) changes: Changes,
    /// The commit it was made on.
    pub(super) base: ObjectId,
    /// The tree that it makes of that.
    pub(super) tree: ObjectId,
}

/// Reads the patch of a job and makes its pass.
pub(super) async fn passed(app: &App, job: &Job) -> Flow<Passed> {
    let (Some(base), Some(tree), Some(patch)) = (&job.base_commit, &job.tree, &job.patch) else {
        return Err(Halt::not("the ledger knows no patch for it"));
    };
    let (Some(base_id), Some(tree)) = (ObjectId::parse(base), ObjectId::parse(tree)) else {
        return Err(Halt::not(
            "what the ledger knows of its patch cannot be read",
        ));
    };
    let place = papers::place(&app.rules().config, &job.id);
    let live = Live(app.vault.clone());
    let opened = tokio::task::spawn_blocking(move || {
        let carried: Carried = papers::patch(&place).map_err(|error| error.to_string())?;
        carried
            .open(&live, false)
            .map_err(|error| error.to_string())
    });
    let (verdict, changes) = match opened.await {
        Ok(Ok(opened)) => opened,
        Ok(Err(why)) => return Err(Halt::not(why)),
        Err(error) => return Err(Halt::not(format!("its patch could not be read: {error}"))),
    };
    if verdict.base_commit() != base || verdict.patch_sha256().to_string() != *patch {
        return Err(Halt::not(
            "the patch on disk is not the one that was judged",
        ));
    }
    let pass = pass(job, &verdict).map_err(|no| Halt::not(no.to_string()))?;
    Ok(Passed {
        pass,
        verdict,
        changes,
        base: base_id,
        tree,
    })
}

/// The pass: by itself where nothing stands against the patch, else by the owner's yes to exactly it.
fn pass(job: &Job, verdict: &Verdict) -> Result<GatePass, gate::pass::NoPass> {
    let (Some(by), Some(patch)) = (&job.approved_by, job.patch.as_deref().and_then(hash)) else {
        return verdict.pass();
    };
    verdict.pass_with(&Override {
        patch,
        base_commit: job.base_commit.clone().unwrap_or_default(),
        approved_by: by.clone(),
    })
}

fn hash(text: &str) -> Option<PatchHash> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(PatchHash::from_bytes(bytes))
}

/// The bytes of a file, to be sent.
pub(super) fn bytes(content: &Arc<[u8]>) -> Vec<u8> {
    content.to_vec()
}
