//! What a pull request has and an issue has not.

use super::super::input::Arguments;
use super::super::object::Object;
use super::super::run::{Output, Run, Trouble};
use super::{addresses, check, connection, issue};
use crate::github::git::{Change, Oid};
use crate::github::model::{Issue, Repo};
use crate::github::node_id;
use crate::github::pull::{Pull, Remark};
use crate::github::rest::git::number_of;
use crate::github::rest::pulls::{commits, diff, merge_state};
use crate::github::rest::shape::time;
use crate::github::work::Mergeable;

pub(super) fn field(
    run: &Run<'_>,
    repo: &Repo,
    issue: &Issue,
    pull: &Pull,
    name: &str,
    arguments: &Arguments,
) -> Result<Option<Output>, Trouble> {
    let state = run.state;
    let sum = |count: fn(&Change) -> usize| {
        Output::of(diff(state, repo, pull).iter().map(count).sum::<usize>())
    };
    let mergeable = || state.mergeable(repo, issue, pull);
    let indexed = |count: usize, object: fn(u64, usize) -> Object| {
        (0..count).map(|index| object(issue.id, index)).collect()
    };
    Ok(Some(match name {
        "mergeable" => Output::of(match mergeable() {
            Mergeable::Unknown => "UNKNOWN",
            Mergeable::Yes => "MERGEABLE",
            Mergeable::No => "CONFLICTING",
        }),
        "mergeStateStatus" => {
            Output::of(merge_state(state, repo, pull, mergeable()).to_uppercase())
        }
        "reviewDecision" => Output::Plain(state.review_decision(repo, pull).into()),
        "mergedBy" => Output::One(pull.merged_by.map(Object::Account)),
        "mergeCommit" => Output::One(pull.merge_commit.map(|oid| Object::Commit(repo.id, oid))),
        "headRefName" => Output::of(pull.head.branch.clone()),
        "headRefOid" => Output::of(pull.head.oid.to_string()),
        "headRef" => {
            let from = pull.head.repo.and_then(|id| state.repos.get(&id));
            let from = from.filter(|repo| state.git(repo).branch(&pull.head.branch).is_some());
            let full = format!("refs/heads/{}", pull.head.branch);
            Output::One(from.map(|repo| Object::Ref(repo.id, full)))
        }
        "headRepository" => Output::One(pull.head.repo.map(Object::Repository)),
        "headRepositoryOwner" => Output::One(Some(Object::Account(pull.head.owner))),
        "isCrossRepository" => Output::of(pull.head.repo != Some(repo.id)),
        "baseRefName" => Output::of(pull.base_branch.clone()),
        "baseRefOid" => {
            let tip = state.git(repo).branch(&pull.base_branch);
            let tip = tip.filter(|_| issue.open).unwrap_or(pull.base);
            Output::of(tip.to_string())
        }
        "maintainerCanModify" => Output::of(pull.maintainer_can_modify),
        "additions" => sum(|change| change.additions),
        "deletions" => sum(|change| change.deletions),
        "changedFiles" => sum(|_| 1),
        "statusCheckRollup" => check::of(repo, pull.head.oid),
        "commits" => {
            let all = commits(state, repo, pull).into_iter();
            let all = all.map(|oid| Object::PullCommit(issue.id, oid)).collect();
            connection::of("PullRequestCommitConnection", all, arguments)?
        }
        "files" => {
            let all = indexed(diff(state, repo, pull).len(), Object::ChangedFile);
            connection::of("PullRequestChangedFileConnection", all, arguments)?
        }
        "reviews" => {
            let states = arguments.list("states");
            let wanted = |state: &str| {
                let states = states.as_ref();
                states.is_none_or(|states| states.iter().any(|wanted| wanted == state))
            };
            let reviews = pull.reviews.iter().enumerate();
            let all = reviews
                .filter(|(_, review)| wanted(review.state()))
                .map(|(index, _)| Object::Review(issue.id, index))
                .collect();
            connection::of("PullRequestReviewConnection", all, arguments)?
        }
        "reviewThreads" => {
            let all = indexed(pull.remarks.len(), Object::Thread);
            connection::of("PullRequestReviewThreadConnection", all, arguments)?
        }
        _ => return Ok(None),
    }))
}

fn find<'r>(run: &Run<'r>, id: u64) -> Option<(&'r Repo, &'r Issue, &'r Pull)> {
    let issue = run.state.issues.get(&id)?;
    let repo = run.state.repos.get(&issue.repo)?;
    Some((repo, issue, issue.pull.as_ref()?))
}

pub(super) fn commit(run: &Run<'_>, id: u64, oid: Oid, name: &str) -> Option<Output> {
    let (repo, issue, _) = find(run, id)?;
    Some(match name {
        "id" => Output::of(node_id::inner("PURC", repo.id, number_of(oid) ^ id)),
        "commit" => Output::One(Some(Object::Commit(repo.id, oid))),
        "pullRequest" => Output::One(Some(Object::Issue(id))),
        _ => {
            let path = format!("{}/commits/{oid}", issue::path(run, issue));
            return addresses(name, &path);
        }
    })
}

pub(super) fn changed_file(run: &Run<'_>, id: u64, index: usize, name: &str) -> Option<Output> {
    let (repo, _, pull) = find(run, id)?;
    let changes = diff(run.state, repo, pull);
    let change = changes.get(index)?;
    Some(match name {
        "path" => Output::of(change.path.clone()),
        "additions" => Output::of(change.additions),
        "deletions" => Output::of(change.deletions),
        "changeType" => Output::of(match change.status() {
            "added" => "ADDED",
            "removed" => "DELETED",
            _ => "MODIFIED",
        }),
        _ => return None,
    })
}

pub(super) fn review(
    run: &Run<'_>,
    id: u64,
    index: usize,
    name: &str,
    arguments: &Arguments,
) -> Result<Option<Output>, Trouble> {
    let found = find(run, id);
    let Some((repo, issue, pull)) = found else {
        return Ok(None);
    };
    let Some(review) = pull.reviews.get(index) else {
        return Ok(None);
    };
    let association = || run.state.association(repo, review.author, Some(run.viewer));
    Ok(Some(match name {
        "id" => Output::of(node_id::inner("PRR", repo.id, review.id)),
        "databaseId" => Output::of(review.id),
        "fullDatabaseId" => Output::of(review.id.to_string()),
        "author" => Output::One(Some(Object::Account(review.author))),
        "authorAssociation" => Output::of(association()),
        "body" => Output::of(review.body.clone()),
        "state" => Output::of(review.state()),
        "submittedAt" | "createdAt" => Output::of(time(review.at)),
        "commit" => Output::One(Some(Object::Commit(repo.id, review.commit))),
        "comments" => {
            let remarks = pull.remarks.iter().enumerate();
            let all = remarks
                .filter(|(_, remark)| remark.review == review.id)
                .map(|(index, _)| Object::Remark(id, index))
                .collect();
            connection::of("PullRequestReviewCommentConnection", all, arguments)?
        }
        _ => {
            let path = issue::path(run, issue);
            let path = format!("{path}#pullrequestreview-{}", review.id);
            return Ok(addresses(name, &path));
        }
    }))
}

fn outdated(pull: &Pull, remark: &Remark) -> bool {
    remark.commit != pull.head.oid
}

fn line(pull: &Pull, remark: &Remark) -> Output {
    Output::Plain((!outdated(pull, remark)).then_some(remark.line).into())
}

pub(super) fn remark(run: &Run<'_>, id: u64, index: usize, name: &str) -> Option<Output> {
    let (repo, issue, pull) = find(run, id)?;
    let remark = pull.remarks.get(index)?;
    Some(match name {
        "id" => Output::of(node_id::inner("PRRC", repo.id, remark.id)),
        "databaseId" => Output::of(remark.id),
        "fullDatabaseId" => Output::of(remark.id.to_string()),
        "author" => Output::One(Some(Object::Account(remark.author))),
        "authorAssociation" => {
            Output::of(run.state.association(repo, remark.author, Some(run.viewer)))
        }
        "body" => Output::of(remark.body.clone()),
        "path" => Output::of(remark.path.clone()),
        "line" => line(pull, remark),
        "originalLine" => Output::of(remark.line),
        "outdated" => Output::of(outdated(pull, remark)),
        "createdAt" | "updatedAt" => Output::of(time(remark.at)),
        _ => {
            let path = issue::path(run, issue);
            return addresses(name, &format!("{path}#discussion_r{}", remark.id));
        }
    })
}

/// Every remark is a thread: nobody answers in one here.
pub(super) fn thread(
    run: &Run<'_>,
    id: u64,
    index: usize,
    name: &str,
    arguments: &Arguments,
) -> Result<Option<Output>, Trouble> {
    let Some((repo, _, pull)) = find(run, id) else {
        return Ok(None);
    };
    let Some(remark) = pull.remarks.get(index) else {
        return Ok(None);
    };
    Ok(Some(match name {
        "id" => Output::of(node_id::inner("PRRT", repo.id, remark.id)),
        "isResolved" => Output::of(false),
        "isOutdated" => Output::of(outdated(pull, remark)),
        "path" => Output::of(remark.path.clone()),
        "line" => line(pull, remark),
        "comments" => {
            let all = vec![Object::Remark(id, index)];
            connection::of("PullRequestReviewCommentConnection", all, arguments)?
        }
        _ => return Ok(None),
    }))
}
