//! What the agent is asked.

use gate::tree::{Entry, Tree};

use super::fetch::Base;
use crate::job::work::Work;
use crate::prompt::{self, Comment, Excerpt, Issue, Limits, Task};
use crate::suite::Pinned;

/// Where repositories say how they want to be changed.
const RULES: [&str; 4] = [
    "CONTRIBUTING.md",
    ".github/CONTRIBUTING.md",
    "docs/CONTRIBUTING.md",
    "CONTRIBUTING.rst",
];

pub(super) fn task(work: &Work<'_>, base: &Base, command: &Pinned) -> String {
    let (job, parts) = (work.job, work.parts);
    let issue = job.issue.as_ref();
    let comments: Vec<Comment<'_>> = issue
        .iter()
        .flat_map(|issue| &issue.comments)
        .map(|comment| Comment {
            author: &comment.author,
            association: &comment.association,
            body: &comment.body,
        })
        .collect();
    prompt::task(&Task {
        repository: &job.repository,
        goal: job.goal.as_deref(),
        issue: issue.map(|issue| Issue {
            number: issue.number,
            title: &issue.title,
            body: &issue.body,
            comments: &comments,
        }),
        criteria: &job.criteria,
        rules: &rules(&base.tree),
        test_command: Some(&command.line()),
        limits: Limits {
            time: work.patience.at_most(parts.agent.settings.turn),
            files: parts.policy.max_files,
            bytes: parts.policy.max_patch_bytes,
        },
    })
}

fn rules(base: &Tree) -> Vec<Excerpt<'_>> {
    let excerpt = |path: &'static str| match base.entries.get(path.as_bytes())? {
        Entry::File { content, .. } => Some(Excerpt {
            path,
            text: std::str::from_utf8(content).ok()?,
        }),
        _ => None,
    };
    RULES.into_iter().filter_map(excerpt).collect()
}
