//! Repositories, with what hangs on them: language, licence, issues.

use serde_json::Value;

use super::super::input::Arguments;
use super::super::object::Object;
use super::super::run::{Output, Run, Trouble};
use super::{addresses, connection, git};
use crate::github::model::{InteractionLimit, Issue, Repo};
use crate::github::node_id;
use crate::github::rest::shape::time;

pub(super) fn field(
    run: &Run<'_>,
    id: u64,
    name: &str,
    arguments: &Arguments,
) -> Result<Option<Output>, Trouble> {
    let state = run.state;
    let Some(repo) = state.repos.get(&id) else {
        return Ok(None);
    };
    let output = match name {
        "id" => Output::of(node_id::top("R", id)),
        "databaseId" => Output::of(id),
        "name" => Output::of(repo.name.clone()),
        "nameWithOwner" => Output::of(state.slug(repo)),
        "owner" => Output::One(Some(Object::Account(repo.owner))),
        "description" => Output::Plain(repo.description.clone().into()),
        "createdAt" => Output::of(time(repo.created_at)),
        "pushedAt" => Output::of(time(repo.pushed_at)),
        "updatedAt" => Output::of(time(repo.updated_at)),
        "stargazerCount" => Output::of(repo.stars),
        "forkCount" => Output::of(repo.forks),
        "isFork" => Output::of(repo.fork),
        "isArchived" => Output::of(repo.archived),
        "isDisabled" => Output::of(repo.disabled),
        "isLocked" => Output::of(false),
        "isPrivate" => Output::of(repo.private),
        "hasIssuesEnabled" => Output::of(repo.has_issues),
        "primaryLanguage" => Output::One(repo.language.clone().map(Object::Language)),
        "licenseInfo" => Output::One(repo.license.clone().map(Object::License)),
        "defaultBranchRef" => Output::One(git::reference(run, repo, &repo.default_branch)),
        "ref" => {
            let name = arguments.text("qualifiedName").unwrap_or_default();
            Output::One(git::reference(run, repo, name))
        }
        "parent" => {
            let parent = repo.parent.and_then(|id| state.repos.get(&id));
            let parent = parent.filter(|parent| state.can_read(parent, Some(run.viewer)));
            Output::One(parent.map(|parent| Object::Repository(parent.id)))
        }
        "forkingAllowed" => Output::of(repo.allow_forking),
        "forks" => forks(run, repo, arguments)?,
        "pullRequestTemplates" => super::template::all(run, repo),
        "viewerPermission" => Output::of(if repo.owner == run.viewer {
            "ADMIN"
        } else if state.can_write(repo, run.viewer) {
            "WRITE"
        } else {
            "READ"
        }),
        "interactionAbility" => Output::One(Some(Object::Interaction(id))),
        "issue" | "pullRequest" | "issueOrPullRequest" => numbered(run, repo, name, arguments)?,
        "issues" => issues(run, repo, arguments)?,
        "pullRequests" => pulls(run, repo, arguments)?,
        "labels" => {
            let wanted = arguments.text("query").unwrap_or_default().to_lowercase();
            let labels = repo
                .labels
                .keys()
                .filter(|key| key.contains(&wanted))
                .map(|key| Object::Label(id, key.clone()))
                .collect();
            connection::of("LabelConnection", labels, arguments)?
        }
        "object" => Output::One(git::object(run, repo, arguments)),
        _ => return Ok(addresses(name, &format!("/{}", state.slug(repo)))),
    };
    Ok(Some(output))
}

fn numbered(
    run: &Run<'_>,
    repo: &Repo,
    name: &str,
    arguments: &Arguments,
) -> Result<Output, Trouble> {
    let number = arguments.int("number").unwrap_or_default();
    let issue = u64::try_from(number)
        .ok()
        .and_then(|number| run.state.issue_at(repo, number));
    let fits = |issue: &&Issue| match name {
        "issue" => issue.pull.is_none() && repo.has_issues,
        "pullRequest" => issue.pull.is_some(),
        _ => true,
    };
    match issue.filter(fits) {
        Some(issue) => Ok(Output::One(Some(Object::Issue(issue.id)))),
        None => {
            let what = match name {
                "issue" => "an Issue",
                "pullRequest" => "a PullRequest",
                _ => "an issue or pull request",
            };
            let message = format!("Could not resolve to {what} with the number of {number}.");
            Err(Trouble::new("NOT_FOUND", message))
        }
    }
}

fn ordered(mut issues: Vec<&Issue>, arguments: &Arguments) -> Vec<Object> {
    let (field, ascending) = arguments.order().unwrap_or(("CREATED_AT", true));
    issues.sort_by_key(|issue| match field {
        "UPDATED_AT" => (issue.updated_at, issue.id),
        "COMMENTS" => (
            i64::try_from(issue.comments.len()).unwrap_or(i64::MAX),
            issue.id,
        ),
        _ => (issue.created_at, issue.id),
    });
    if !ascending {
        issues.reverse();
    }
    issues
        .into_iter()
        .map(|issue| Object::Issue(issue.id))
        .collect()
}

fn issues(run: &Run<'_>, repo: &Repo, arguments: &Arguments) -> Result<Output, Trouble> {
    let state = run.state;
    let states = arguments.list("states");
    let labels = arguments.list("labels");
    let labelled: Option<Vec<u64>> = labels.map(|labels| {
        labels
            .iter()
            .filter_map(|label| state.by_label.get(&label.to_lowercase()))
            .flatten()
            .copied()
            .collect()
    });
    let kept = |issue: &&Issue| {
        let word = if issue.open { "OPEN" } else { "CLOSED" };
        issue.pull.is_none()
            && states
                .as_ref()
                .is_none_or(|states| states.iter().any(|state| state == word))
            && labelled.as_ref().is_none_or(|ids| ids.contains(&issue.id))
    };
    let all: Vec<&Issue> = repo
        .numbers
        .values()
        .filter_map(|id| state.issues.get(id))
        .filter(kept)
        .collect();
    connection::of("IssueConnection", ordered(all, arguments), arguments)
}

/// `OPEN`, `CLOSED` or `MERGED`.
pub(super) fn pull_state(issue: &Issue) -> &'static str {
    match &issue.pull {
        Some(pull) if pull.merged_at.is_some() => "MERGED",
        _ if issue.open => "OPEN",
        _ => "CLOSED",
    }
}

/// Forks that are there, newest first; `affiliations` is about whom they belong to: the viewer
/// (`OWNER`), or others that let the viewer in (`COLLABORATOR`).
fn forks(run: &Run<'_>, repo: &Repo, arguments: &Arguments) -> Result<Output, Trouble> {
    let wanted = arguments.list("affiliations");
    let belongs = |fork: &Repo| {
        let how = if fork.owner == run.viewer {
            "OWNER"
        } else if fork.collaborators.contains(&run.viewer) {
            "COLLABORATOR"
        } else {
            "NONE"
        };
        wanted
            .as_ref()
            .is_none_or(|wanted| wanted.iter().any(|one| one == how))
    };
    let forks = run.state.repos.values().rev().filter(|fork| {
        let seen = fork.parent == Some(repo.id) && run.state.can_read(fork, Some(run.viewer));
        seen && belongs(fork) && fork.is_ready()
    });
    let all = forks.map(|fork| Object::Repository(fork.id)).collect();
    connection::of("RepositoryConnection", all, arguments)
}

fn pulls(run: &Run<'_>, repo: &Repo, arguments: &Arguments) -> Result<Output, Trouble> {
    let branches = [arguments.text("headRefName"), arguments.text("baseRefName")];
    let between = |issue: &Issue| {
        let pull = issue.pull.as_ref();
        let [from, into] = branches;
        pull.is_some_and(|pull| {
            from.is_none_or(|name| name == pull.head.branch)
                && into.is_none_or(|name| name == pull.base_branch)
        })
    };
    let states = arguments.list("states");
    let wanted = |word: &str| {
        states
            .as_ref()
            .is_none_or(|states| states.iter().any(|state| state == word))
    };
    let real: Vec<&Issue> = repo
        .numbers
        .values()
        .filter_map(|id| run.state.issues.get(id))
        .filter(|issue| between(issue) && wanted(pull_state(issue)))
        .collect();
    let mut all = ordered(real, arguments);
    if wanted("MERGED") && branches == [None, None] {
        // Merges that are only counted are older than those that are listed.
        let counted = (0..repo.counted_merges).map(|newer| Object::CountedPull(repo.id, newer));
        if arguments.order().is_some_and(|(_, ascending)| !ascending) {
            all.extend(counted);
        } else {
            all.splice(0..0, counted.rev());
        }
    }
    connection::of("PullRequestConnection", all, arguments)
}

pub(super) fn language(language: &str, name: &str) -> Option<Output> {
    Some(match name {
        "id" => Output::of(node_id::top("LAN", 1)),
        "name" => Output::of(language),
        "color" => Output::Plain(Value::Null),
        _ => return None,
    })
}

pub(super) fn license(spdx: &str, name: &str) -> Option<Output> {
    Some(match name {
        "id" => Output::of(node_id::top("L", 1)),
        "key" => Output::of(spdx.to_lowercase()),
        "name" | "spdxId" => Output::of(spdx),
        _ => return None,
    })
}

pub(super) fn interaction(run: &Run<'_>, repo: u64, name: &str) -> Option<Output> {
    let repo = run.state.repos.get(&repo)?;
    Some(match name {
        "limit" => Output::of(match repo.interaction_limit {
            None => "NO_LIMIT",
            Some(InteractionLimit::ExistingUsers) => "EXISTING_USERS",
            Some(InteractionLimit::ContributorsOnly) => "CONTRIBUTORS_ONLY",
            Some(InteractionLimit::CollaboratorsOnly) => "COLLABORATORS_ONLY",
        }),
        "origin" => Output::of("REPOSITORY"),
        "expiresAt" => Output::Plain(Value::Null),
        _ => return None,
    })
}
