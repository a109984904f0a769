//! Pull requests. They are issues too: comments and labels are the issue's.

pub(super) mod change;
pub(super) mod create;
pub(super) mod list;
pub(super) mod said;
mod shape;

pub(in crate::github) use shape::{commits, diff, merge_state};

use super::super::model::{Issue, Repo};
use super::super::pull::Pull;
use super::super::reply::Reply;
use super::super::state::State;

/// The pull request of that number, and its part of the issue.
fn find<'s>(state: &'s State, repo: &Repo, number: &str) -> Result<(&'s Issue, &'s Pull), Reply> {
    number
        .parse()
        .ok()
        .and_then(|number| state.issue_at(repo, number))
        .and_then(|issue| Some((issue, issue.pull.as_ref()?)))
        .ok_or_else(Reply::not_found)
}
