//! `GET /search/issues`.

use serde_json::{Value, json};

use super::super::guard::Call;
use super::super::reply::Reply;
use super::super::search;
use super::super::state::State;
use super::page::Page;
use super::shape;

const PAGE: &str = "rest/search/search#search-issues-and-pull-requests";
/// Results that can be had of one query (docs.github.com, REST search).
pub(in crate::github) const RESULT_CAP: usize = 1_000;

fn refused(message: &str) -> Reply {
    Reply::invalid(
        json!({ "message": message, "resource": "Search", "field": "q", "code": "invalid" }),
        PAGE,
    )
}

pub(super) fn issues(call: &Call<'_>, state: &mut State) -> Reply {
    let Some(query) = call.parameter("q").filter(|q| !q.trim().is_empty()) else {
        return Reply::invalid(
            json!({ "resource": "Search", "field": "q", "code": "missing" }),
            PAGE,
        );
    };
    let (sort, order) = (call.parameter("sort"), call.parameter("order"));
    let found = match search::run(state, query, call.viewer_id(), sort, order) {
        Ok(found) => found,
        Err(error) => return refused(&error.message),
    };
    for word in &found.unknown {
        call.violation(format!("the search qualifier `{word}` does not exist"));
    }
    if !found.names_type {
        call.violation("a search without is:issue or is:pull-request");
        return Reply::error(
            422,
            "Query must include 'is:issue' or 'is:pull-request'",
            PAGE,
        );
    }
    let page = Page::of(call);
    if (page.number - 1).saturating_mul(page.size) >= RESULT_CAP {
        call.violation("a page past the first 1,000 search results");
        return Reply::error(
            422,
            "Only the first 1000 search results are available",
            PAGE,
        );
    }
    let incomplete = state.switches.incomplete_results > 0;
    let mut ids = found.ids;
    if incomplete {
        state.switches.incomplete_results -= 1;
        ids.truncate(ids.len() / 2);
    }
    let total = ids.len();
    let reachable = &ids[..total.min(RESULT_CAP)];
    let items: Vec<Value> = page
        .slice(reachable)
        .iter()
        .filter_map(|id| state.issues.get(id))
        .filter_map(|issue| {
            let repo = state.repos.get(&issue.repo)?;
            let mut body = shape::issue(state, repo, issue, call);
            body["score"] = json!(1.0);
            Some(body)
        })
        .collect();
    let body = json!({
        "total_count": total,
        "incomplete_results": incomplete,
        "items": items,
    });
    page.link(Reply::ok(body), call, "/search/issues", reachable.len())
}
