//! The roots.

use super::super::input::Arguments;
use super::super::object::Object;
use super::super::run::{Output, Run, Trouble};
use super::connection::{self, page};
use crate::github::model::AccountKind;
use crate::github::node_id;
use crate::github::rest::shape::time;
use crate::github::search;

/// Results that can be had of one search.
const SEARCH_CAP: usize = 1_000;

pub(super) fn field(
    run: &Run<'_>,
    name: &str,
    arguments: &Arguments,
) -> Result<Option<Output>, Trouble> {
    let state = run.state;
    let text = |name| arguments.text(name).unwrap_or_default();
    let login = text("login");
    // An App is no user: GraphQL does not find it by login.
    let account = || {
        state
            .account_by_login(login)
            .filter(|account| account.kind != AccountKind::Bot)
    };
    let named = |kind: AccountKind| {
        account()
            .filter(|account| account.kind == kind)
            .map(|account| Output::One(Some(Object::Account(account.id))))
            .ok_or_else(|| {
                Trouble::new(
                    "NOT_FOUND",
                    format!(
                        "Could not resolve to a {} with the login of '{login}'.",
                        kind.as_str()
                    ),
                )
            })
    };
    let output = match name {
        "viewer" => Output::One(Some(Object::Account(run.viewer))),
        "user" => named(AccountKind::User)?,
        "organization" => named(AccountKind::Organization)?,
        "repositoryOwner" => Output::One(account().map(|account| Object::Account(account.id))),
        "repository" => {
            let slug = format!("{}/{}", text("owner"), text("name"));
            let follow = arguments.flag("followRenames").unwrap_or(true);
            let found = state
                .repo_by_slug(&slug)
                .or_else(|| follow.then(|| state.repo_moved_from(&slug)).flatten())
                .filter(|repo| state.can_read(repo, Some(run.viewer)) && repo.is_ready());
            match found {
                Some(repo) => Output::One(Some(Object::Repository(repo.id))),
                None => {
                    let message =
                        format!("Could not resolve to a Repository with the name '{slug}'.");
                    return Err(Trouble::new("NOT_FOUND", message));
                }
            }
        }
        "node" => match node(run, text("id")) {
            Some(object) => Output::One(Some(object)),
            None => return Err(no_node(text("id"))),
        },
        "nodes" => {
            let ids = arguments.list("ids").unwrap_or_default();
            if ids.len() > 100 {
                let message = format!(
                    "You may not provide more than 100 node ids; you provided {}.",
                    ids.len()
                );
                return Err(Trouble::new("ARGUMENT_LIMIT", message));
            }
            Output::Many(
                ids.iter()
                    .map(|id| node(run, id).ok_or_else(|| no_node(id)))
                    .collect(),
            )
        }
        "rateLimit" => Output::One(Some(Object::RateLimit)),
        "search" => find(run, arguments)?,
        _ => return Ok(None),
    };
    Ok(Some(output))
}

/// The trouble with an id that leads nowhere.
fn no_node(id: &str) -> Trouble {
    Trouble::new(
        "NOT_FOUND",
        format!("Could not resolve to a node with the global id of '{id}'"),
    )
}

/// What a node id stands for, if the viewer may see it.
fn node(run: &Run<'_>, id: &str) -> Option<Object> {
    let state = run.state;
    let (prefix, number) = node_id::parse(id)?;
    let visible = |repo: u64| {
        state
            .repos
            .get(&repo)
            .is_some_and(|repo| state.can_read(repo, Some(run.viewer)))
    };
    match prefix {
        "U" | "O" | "BOT" => state
            .accounts
            .contains_key(&number)
            .then_some(Object::Account(number)),
        "R" => visible(number).then_some(Object::Repository(number)),
        "I" | "PR" => {
            let issue = state.issues.get(&number)?;
            visible(issue.repo).then_some(Object::Issue(number))
        }
        "IC" => {
            let issue = state.issues.get(&state.comments.get(&number)?.issue)?;
            visible(issue.repo).then_some(Object::Comment(number))
        }
        _ => None,
    }
}

fn find(run: &Run<'_>, arguments: &Arguments) -> Result<Output, Trouble> {
    let kind = arguments.text("type").unwrap_or_default();
    let query = arguments.text("query").unwrap_or_default();
    if !matches!(kind, "ISSUE" | "ISSUE_ADVANCED") {
        let message = format!("the simulator searches issues only, not {kind}");
        return Err(Trouble::new("INTERNAL", message));
    }
    let found = search::run(run.state, query, Some(run.viewer), None, None);
    // Unlike REST, GraphQL answers a query about unknown users or repositories with nothing.
    let ids = match found {
        Ok(found) => found.ids,
        Err(error) if error.message.contains("cannot be searched") => Vec::new(),
        Err(error) => return Err(Trouble::new("INVALID_SEARCH", error.message)),
    };
    let total = ids.len();
    let reachable = total.min(SEARCH_CAP);
    let window = connection::window(arguments, reachable)?;
    let items = ids
        .get(window.clone())
        .unwrap_or_default()
        .iter()
        .map(|id| Object::Issue(*id))
        .collect();
    Ok(page(
        "SearchResultItemConnection",
        total,
        reachable,
        window.start,
        items,
    ))
}

pub(super) fn rate_limit(run: &Run<'_>, name: &str) -> Option<Output> {
    Some(match name {
        "cost" => Output::of(run.estimate.points()),
        "nodeCount" => Output::of(run.estimate.nodes),
        "limit" => Output::of(run.budget.limit),
        "remaining" => Output::of(run.budget.remaining()),
        "used" => Output::of(run.budget.used),
        "resetAt" => Output::of(time(run.budget.reset * 1000)),
        _ => return None,
    })
}
