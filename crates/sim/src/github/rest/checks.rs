//! What machines said of a commit: `…/check-runs`, `…/status`, `…/actions/runs`.

use serde_json::{Value, json};

use super::super::checks::{CheckRun, Checks, WorkflowRun};
use super::super::git::Oid;
use super::super::guard::Call;
use super::super::model::Repo;
use super::super::node_id;
use super::super::reply::Reply;
use super::super::state::State;
use super::git::commits::revision;
use super::page::Page;
use super::shape::{account, api_url, optional_time, time};

fn find<'r>(state: &State, repo: &'r Repo, text: &str) -> Result<(Oid, Option<&'r Checks>), Reply> {
    match revision(state, repo, text) {
        Some(oid) => Ok((oid, repo.checks.get(&oid))),
        None => Err(Reply::error(
            422,
            &format!("No commit found for SHA: {text}"),
            "rest/checks/runs#list-check-runs-for-a-git-reference",
        )),
    }
}

fn run(state: &State, repo: &Repo, oid: Oid, run: &CheckRun, call: &Call<'_>) -> Value {
    let api = api_url(state, repo, call.base);
    let at = format!("{api}/check-runs/{}", run.id);
    let html = format!("https://github.com/{}/runs/{}", state.slug(repo), run.id);
    json!({
        "id": run.id,
        "node_id": node_id::inner("CR", repo.id, run.id),
        "name": run.name,
        "head_sha": oid.to_string(),
        "external_id": "",
        "url": at,
        "html_url": html,
        "details_url": html,
        "status": run.state.status(),
        "conclusion": run.state.conclusion(),
        "started_at": time(run.started_at),
        "completed_at": optional_time(run.completed_at),
        "output": {
            "title": run.title, "summary": run.summary, "text": null, "annotations_count": 0,
            "annotations_url": format!("{at}/annotations"),
        },
        "check_suite": { "id": run.id },
        "app": { "id": 15_368, "slug": "github-actions", "name": "GitHub Actions" },
        "pull_requests": [],
    })
}

/// `GET …/commits/{revision}/check-runs`.
pub(super) fn runs(call: &Call<'_>, state: &State, repo: &Repo, text: &str) -> Reply {
    let (oid, checks) = match find(state, repo, text) {
        Ok(found) => found,
        Err(reply) => return reply,
    };
    let fits = |value: &str, name: &str| call.parameter(name).is_none_or(|wanted| wanted == value);
    let kept: Vec<&CheckRun> = checks
        .map_or(&[][..], |checks| checks.runs.as_slice())
        .iter()
        .filter(|run| fits(&run.name, "check_name") && fits(run.state.status(), "status"))
        .collect();
    let page = Page::of(call);
    let shown: Vec<Value> = page
        .slice(&kept)
        .iter()
        .map(|one| run(state, repo, oid, one, call))
        .collect();
    let body = json!({ "total_count": kept.len(), "check_runs": shown });
    let path = format!("/repositories/{}/commits/{oid}/check-runs", repo.id);
    page.link(Reply::ok(body), call, &path, kept.len())
}

/// `GET …/commits/{revision}/status`: of statuses only; without any it is `pending`.
pub(super) fn status(call: &Call<'_>, state: &State, repo: &Repo, text: &str) -> Reply {
    let (oid, checks) = match find(state, repo, text) {
        Ok(found) => found,
        Err(reply) => return reply,
    };
    let api = api_url(state, repo, call.base);
    let none = Checks::default();
    let checks = checks.unwrap_or(&none);
    let statuses: Vec<Value> = checks
        .statuses
        .iter()
        .map(|status| {
            json!({
                "id": status.id,
                "node_id": node_id::inner("SC", repo.id, status.id),
                "url": format!("{api}/statuses/{oid}"),
                "state": status.state,
                "context": status.context,
                "description": status.description,
                "target_url": null,
                "created_at": time(status.at),
                "updated_at": time(status.at),
            })
        })
        .collect();
    Reply::ok(json!({
        "state": checks.combined(),
        "statuses": statuses,
        "sha": oid.to_string(),
        "total_count": statuses.len(),
        "commit_url": format!("{api}/commits/{oid}"),
        "url": format!("{api}/commits/{oid}/status"),
    }))
}

/// `GET …/actions/runs`, by `head_sha`, `branch`, `event` and `status`.
pub(super) fn workflow_runs(call: &Call<'_>, state: &State, repo: &Repo) -> Reply {
    let fits = |value: &str, name: &str| call.parameter(name).is_none_or(|wanted| wanted == value);
    let mut kept: Vec<(Oid, &WorkflowRun)> = repo
        .checks
        .iter()
        .filter(|(oid, _)| fits(&oid.to_string(), "head_sha"))
        .flat_map(|(oid, checks)| checks.workflows.iter().map(|run| (*oid, run)))
        .filter(|(_, run)| {
            let status = call.parameter("status").is_none_or(|wanted| {
                wanted == run.state.status() || Some(wanted) == run.state.conclusion()
            });
            status && fits(&run.branch, "branch") && fits("pull_request", "event")
        })
        .collect();
    kept.sort_by_key(|(_, run)| std::cmp::Reverse(run.id));
    let page = Page::of(call);
    let api = api_url(state, repo, call.base);
    let shown: Vec<Value> = page
        .slice(&kept)
        .iter()
        .map(|(oid, run)| {
            let html = format!(
                "https://github.com/{}/actions/runs/{}",
                state.slug(repo),
                run.id
            );
            json!({
                "id": run.id,
                "node_id": node_id::inner("WFR", repo.id, run.id),
                "name": run.name,
                "head_branch": run.branch,
                "head_sha": oid.to_string(),
                "event": "pull_request",
                "status": run.state.status(),
                "conclusion": run.state.conclusion(),
                "url": format!("{api}/actions/runs/{}", run.id),
                "html_url": html,
                "run_attempt": 1,
                "created_at": time(run.at),
                "updated_at": time(run.at),
                "actor": account(state, run.actor, call.base),
                "pull_requests": [],
            })
        })
        .collect();
    let body = json!({ "total_count": kept.len(), "workflow_runs": shown });
    let path = format!("/repositories/{}/actions/runs", repo.id);
    page.link(Reply::ok(body), call, &path, kept.len())
}
