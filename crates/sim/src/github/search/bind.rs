//! A query with its names looked up, ready to be asked of every issue.

use std::collections::BTreeSet;

use super::parse::{Expr, Query, Scope, SearchError, Term};
use super::range::Range;
use crate::github::model::{EventKind, Issue, Repo};
use crate::github::state::State;

enum Check {
    All(Vec<Check>),
    Any(Vec<Check>),
    Not(Box<Check>),
    Repo(Vec<u64>),
    Owner(Vec<u64>),
    Label(Vec<String>),
    Author(Vec<u64>),
    Commenter(Vec<u64>),
    Assignee(Vec<u64>),
    Text(String),
    Plain(Term),
}

pub(super) struct Bound {
    root: Check,
    scope: Scope,
}

const NOBODY: &str = "The listed users cannot be searched either because the users do not exist \
                      or you do not have permission to view the users.";
const NOTHING: &str = "The listed users and repositories cannot be searched either because the \
                       resources do not exist or you do not have permission to view them.";

impl Bound {
    pub(super) fn new(query: &Query, state: &State) -> Result<Self, SearchError> {
        let mut places = Places::default();
        let root = bind(&query.root, state, false, &mut places)?;
        if places.wanted && !places.found {
            return Err(SearchError::new(NOTHING));
        }
        Ok(Self {
            root,
            scope: query.scope,
        })
    }

    /// The smallest set of issues that can match, where a label says so.
    pub(super) fn candidates(&self, state: &State) -> Option<BTreeSet<u64>> {
        let parts = match &self.root {
            Check::All(parts) => parts.as_slice(),
            single => std::slice::from_ref(single),
        };
        parts
            .iter()
            .filter_map(|part| labelled(part, state))
            .min_by_key(BTreeSet::len)
    }

    pub(super) fn matches(&self, issue: &Issue, repo: &Repo, state: &State) -> bool {
        holds(&self.root, issue, repo, state, self.scope)
    }
}

/// Issues that carry one of the labels this part asks for; `None` if it asks for something else.
fn labelled(check: &Check, state: &State) -> Option<BTreeSet<u64>> {
    match check {
        Check::Label(names) => Some(
            names
                .iter()
                .filter_map(|name| state.by_label.get(name))
                .flatten()
                .copied()
                .collect(),
        ),
        Check::Any(options) => options
            .iter()
            .map(|option| labelled(option, state))
            .collect::<Option<Vec<_>>>()
            .map(|sets| sets.into_iter().flatten().collect()),
        _ => None,
    }
}

#[derive(Default)]
struct Places {
    wanted: bool,
    found: bool,
}

fn bind(
    expr: &Expr,
    state: &State,
    negated: bool,
    places: &mut Places,
) -> Result<Check, SearchError> {
    let mut each = |parts: &[Expr]| -> Result<Vec<Check>, SearchError> {
        parts
            .iter()
            .map(|part| bind(part, state, negated, places))
            .collect()
    };
    Ok(match expr {
        Expr::All(parts) => Check::All(each(parts)?),
        Expr::Any(parts) => Check::Any(each(parts)?),
        Expr::Not(inner) => Check::Not(Box::new(bind(inner, state, !negated, places)?)),
        Expr::Term(Term::Repo(slugs)) => {
            let ids: Vec<u64> = slugs
                .iter()
                .filter_map(|slug| {
                    state
                        .repo_by_slug(slug)
                        .or_else(|| state.repo_moved_from(slug))
                })
                .map(|repo| repo.id)
                .collect();
            places.wanted |= !negated;
            places.found |= !negated && !ids.is_empty();
            Check::Repo(ids)
        }
        Expr::Term(Term::Owner(logins)) => {
            let ids = people(state, logins);
            places.wanted |= !negated;
            places.found |= !negated && !ids.is_empty();
            Check::Owner(ids)
        }
        Expr::Term(Term::Label(names)) => Check::Label(names.clone()),
        Expr::Term(Term::Author(logins)) => Check::Author(known(state, logins, negated)?),
        Expr::Term(Term::Commenter(logins)) => Check::Commenter(known(state, logins, negated)?),
        Expr::Term(Term::Assignee(logins)) => Check::Assignee(known(state, logins, negated)?),
        Expr::Term(Term::Text(words)) => Check::Text(words.clone()),
        Expr::Term(other) => Check::Plain(other.clone()),
    })
}

fn people(state: &State, logins: &[String]) -> Vec<u64> {
    logins
        .iter()
        .filter_map(|login| state.account_by_login(login))
        .map(|account| account.id)
        .collect()
}

fn known(state: &State, logins: &[String], negated: bool) -> Result<Vec<u64>, SearchError> {
    let ids = people(state, logins);
    if ids.is_empty() && !negated {
        return Err(SearchError::new(NOBODY));
    }
    Ok(ids)
}

fn holds(check: &Check, issue: &Issue, repo: &Repo, state: &State, scope: Scope) -> bool {
    match check {
        Check::All(parts) => parts
            .iter()
            .all(|part| holds(part, issue, repo, state, scope)),
        Check::Any(parts) => parts
            .iter()
            .any(|part| holds(part, issue, repo, state, scope)),
        Check::Not(inner) => !holds(inner, issue, repo, state, scope),
        Check::Repo(ids) => ids.contains(&issue.repo),
        Check::Owner(ids) => ids.contains(&repo.owner),
        Check::Label(names) => names.iter().any(|name| {
            state
                .by_label
                .get(name)
                .is_some_and(|ids| ids.contains(&issue.id))
        }),
        Check::Author(ids) => ids.contains(&issue.author),
        Check::Assignee(ids) => ids.iter().any(|id| issue.assignees.contains(id)),
        Check::Commenter(ids) => issue
            .comments
            .iter()
            .filter_map(|id| state.comments.get(id))
            .any(|comment| ids.contains(&comment.author)),
        Check::Text(words) => {
            (scope.title && issue.text.title.contains(words))
                || (scope.body && issue.text.body.contains(words))
                || (scope.comments && issue.text.comments.contains(words))
        }
        Check::Plain(Term::Updated(range)) => within(range, state.indexed_at(issue)),
        Check::Plain(term) => plain(term, issue, repo),
    }
}

fn within(range: &Range, ms: i64) -> bool {
    range.contains(ms.div_euclid(1000))
}

fn plain(term: &Term, issue: &Issue, repo: &Repo) -> bool {
    match term {
        Term::IsIssue => issue.pull.is_none(),
        Term::IsPull => issue.pull.is_some(),
        Term::IsOpen => issue.open,
        Term::IsClosed => !issue.open,
        Term::IsMerged => issue.pull.as_ref().is_some_and(|p| p.merged_at.is_some()),
        Term::IsDraft => issue.pull.as_ref().is_some_and(|pull| pull.draft),
        Term::IsLocked => issue.locked,
        Term::IsPublic => !repo.private,
        Term::Archived(wanted) => repo.archived == *wanted,
        Term::NoAssignee => issue.assignees.is_empty(),
        Term::NoLabel => issue.labels.is_empty(),
        Term::LinkedPull => issue.events.iter().any(|event| {
            matches!(
                event.kind,
                EventKind::CrossReferenced { closes: true, .. } | EventKind::Connected { .. }
            )
        }),
        Term::Created(range) => within(range, issue.created_at),
        Term::Closed(range) => issue.closed_at.is_some_and(|at| within(range, at)),
        Term::Comments(range) => {
            range.contains(i64::try_from(issue.comments.len()).unwrap_or(i64::MAX))
        }
        Term::Language(names) => repo
            .language
            .as_ref()
            .is_some_and(|language| names.contains(&language.to_lowercase())),
        Term::Nothing => true,
        // `bind` and `holds` have checks of their own for these.
        Term::Updated(_)
        | Term::Repo(_)
        | Term::Owner(_)
        | Term::Label(_)
        | Term::Author(_)
        | Term::Commenter(_)
        | Term::Assignee(_)
        | Term::Text(_) => false,
    }
}
