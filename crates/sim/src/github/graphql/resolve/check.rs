//! Check runs and statuses of a commit, together and one by one.

use serde_json::Value;

use super::super::input::Arguments;
use super::super::object::Object;
use super::super::run::{Output, Run, Trouble};
use super::{addresses, connection, optional_time};
use crate::github::checks::Checks;
use crate::github::git::Oid;
use crate::github::model::Repo;
use crate::github::node_id;
use crate::github::rest::shape::time;

/// The rollup of a commit; nothing where nothing was checked.
pub(super) fn of(repo: &Repo, oid: Oid) -> Output {
    let checked = repo.checks.get(&oid).and_then(Checks::rollup);
    Output::One(checked.map(|_| Object::Rollup(repo.id, oid)))
}

fn find<'r>(run: &Run<'r>, repo: u64, oid: Oid) -> Option<&'r Checks> {
    run.state.repos.get(&repo)?.checks.get(&oid)
}

pub(super) fn rollup(
    run: &Run<'_>,
    repo: u64,
    oid: Oid,
    name: &str,
    arguments: &Arguments,
) -> Result<Option<Output>, Trouble> {
    let Some(checks) = find(run, repo, oid) else {
        return Ok(None);
    };
    Ok(Some(match name {
        "state" => Output::of(checks.rollup().unwrap_or("EXPECTED")),
        "commit" => Output::One(Some(Object::Commit(repo, oid))),
        "contexts" => {
            let runs = (0..checks.runs.len()).map(|index| Object::CheckRun(repo, oid, index));
            let statuses =
                (0..checks.statuses.len()).map(|index| Object::StatusContext(repo, oid, index));
            let all = runs.chain(statuses).collect();
            connection::of("StatusCheckRollupContextConnection", all, arguments)?
        }
        _ => return Ok(None),
    }))
}

pub(super) fn run(run: &Run<'_>, repo: u64, oid: Oid, index: usize, name: &str) -> Option<Output> {
    let check = find(run, repo, oid)?.runs.get(index)?;
    let path = || {
        let slug = run.state.repos.get(&repo).map(|repo| run.state.slug(repo));
        format!("/{}/runs/{}", slug.unwrap_or_default(), check.id)
    };
    Some(match name {
        "id" => Output::of(node_id::inner("CR", repo, check.id)),
        "databaseId" => Output::of(check.id),
        "name" => Output::of(check.name.clone()),
        "status" => Output::of(check.state.status().to_uppercase()),
        "conclusion" => Output::Plain(check.state.conclusion().map(str::to_uppercase).into()),
        "startedAt" => Output::of(time(check.started_at)),
        "completedAt" => optional_time(check.completed_at),
        "title" => Output::Plain(check.title.clone().into()),
        "summary" => Output::Plain(check.summary.clone().into()),
        "text" => Output::Plain(Value::Null),
        "detailsUrl" => return addresses("url", &path()),
        _ => return addresses(name, &path()),
    })
}

/// Suites of workflows. What apps leave besides is not simulated.
pub(super) fn suites(repo: &Repo, oid: Oid, arguments: &Arguments) -> Result<Output, Trouble> {
    let count = repo.checks.get(&oid).map_or(0, |all| all.workflows.len());
    let all = (0..count).map(|index| Object::Suite(repo.id, oid, index));
    connection::of("CheckSuiteConnection", all.collect(), arguments)
}

pub(super) fn suite(
    run: &Run<'_>,
    repo: u64,
    oid: Oid,
    index: usize,
    name: &str,
) -> Option<Output> {
    let workflow = find(run, repo, oid)?.workflows.get(index)?;
    Some(match name {
        "id" => Output::of(node_id::inner("CS", repo, workflow.id)),
        "databaseId" => Output::of(workflow.id),
        "status" => Output::of(workflow.state.status().to_uppercase()),
        "conclusion" => Output::Plain(workflow.state.conclusion().map(str::to_uppercase).into()),
        "createdAt" => Output::of(time(workflow.at)),
        "workflowRun" => Output::One(Some(Object::WorkflowRun(repo, oid, index))),
        _ => return None,
    })
}

pub(super) fn workflow(
    run: &Run<'_>,
    repo: u64,
    oid: Oid,
    index: usize,
    name: &str,
) -> Option<Output> {
    let workflow = find(run, repo, oid)?.workflows.get(index)?;
    Some(match name {
        "id" => Output::of(node_id::inner("WFR", repo, workflow.id)),
        "databaseId" => Output::of(workflow.id),
        "createdAt" => Output::of(time(workflow.at)),
        _ => {
            let slug = run
                .state
                .repos
                .get(&repo)
                .map(|repo| run.state.slug(repo))?;
            return addresses(name, &format!("/{slug}/actions/runs/{}", workflow.id));
        }
    })
}

pub(super) fn status(
    run: &Run<'_>,
    repo: u64,
    oid: Oid,
    index: usize,
    name: &str,
) -> Option<Output> {
    let status = find(run, repo, oid)?.statuses.get(index)?;
    Some(match name {
        "id" => Output::of(node_id::inner("SC", repo, status.id)),
        "context" => Output::of(status.context.clone()),
        "state" => Output::of(status.state.to_uppercase()),
        "description" => Output::of(status.description.clone()),
        "createdAt" => Output::of(time(status.at)),
        "targetUrl" => Output::Plain(Value::Null),
        _ => return None,
    })
}
