//! The gate's first pass: what is asked, before any work. A block ends the job; a hold is reported and
//! recorded, for whoever asked for the job has seen the request.

use std::sync::Arc;

use gate::request::{Asked, Author, Facts, facts};
use gate::{Outcome as Gates, report};

use super::fetch::Base;
use crate::job::error::Halt;
use crate::job::outcome::Outcome;
use crate::job::progress::Progress;
use crate::job::work::{Work, off_thread};

pub(super) async fn look(work: &mut Work<'_>, base: &Base) -> Result<(), Halt> {
    let (job, policy) = (work.job.clone(), work.parts.policy.clone());
    let tree = Arc::clone(&base.tree);
    let Facts { outcome, findings } = off_thread(move || {
        let issue = job.issue.as_ref();
        facts(&Asked {
            title: issue.map_or(job.goal.as_deref().unwrap_or_default(), |i| &i.title),
            body: issue.map_or("", |issue| &issue.body),
            // Without an issue it is the owner who asks.
            author: issue.map_or(OWNER, |issue| issue.author),
            plan: &job.plan,
            base: &tree,
            policy: &policy,
            opinion: None,
        })
    })
    .await?;
    work.record.request = findings.iter().map(Into::into).collect();
    work.saw(Progress::Looked {
        outcome,
        findings: findings.len(),
    });
    match outcome {
        Gates::Pass | Gates::Hold => Ok(()),
        Gates::Block => {
            let found = report::findings(&findings);
            work.papers.gate = Some(format!("The gate blocks the request.\n{found}"));
            Err(Halt::Over(Outcome::Blocked { findings }))
        }
    }
}

const OWNER: Author = Author {
    belongs: true,
    account_days: None,
};
