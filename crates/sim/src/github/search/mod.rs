//! Issue search: the query language of GitHub's advanced issue search as far as bounty queries use
//! it (docs.github.com, "Searching issues and pull requests" and "Filtering and searching issues").

mod bind;
mod parse;
mod range;

use std::cmp::Reverse;

use super::model::Issue;
use super::state::State;
use bind::Bound;
pub(super) use parse::SearchError;
use parse::{Query, Sort};

/// What a search found, best first.
#[derive(Debug)]
pub(super) struct Found {
    /// Ids of issues and pull requests, in order.
    pub(super) ids: Vec<u64>,
    /// The query says `is:issue`, `is:pull-request` or the same with `type:`.
    pub(super) names_type: bool,
    /// Qualifiers that GitHub does not know, taken as words.
    pub(super) unknown: Vec<String>,
}

/// The lower-cased words of a text, each with a space on both sides, so that finding a phrase is
/// finding a substring. Punctuation and symbols separate words, as in GitHub's index.
pub(super) fn tokens(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    let mut in_word = false;
    for c in text.chars() {
        if c.is_alphanumeric() || c == '_' {
            if !in_word {
                out.push(' ');
                in_word = true;
            }
            out.extend(c.to_lowercase());
        } else {
            in_word = false;
        }
    }
    out.push(' ');
    out
}

/// Runs a query. `sort` and `order` are the request's parameters, over-ruled by `sort:` in the text.
///
/// # Errors
/// What GitHub answers 422 to.
pub(super) fn run(
    state: &State,
    text: &str,
    viewer: Option<u64>,
    sort: Option<&str>,
    order: Option<&str>,
) -> Result<Found, SearchError> {
    let query = Query::parse(text)?;
    let bound = Bound::new(&query, state)?;
    let matches = |issue: &Issue| {
        state
            .repos
            .get(&issue.repo)
            .is_some_and(|repo| state.can_read(repo, viewer) && bound.matches(issue, repo, state))
    };
    let mut hits: Vec<&Issue> = match bound.candidates(state) {
        Some(ids) => ids
            .iter()
            .filter_map(|id| state.issues.get(id))
            .filter(|issue| matches(issue))
            .collect(),
        None => state.issues.values().filter(|i| matches(i)).collect(),
    };
    let sort = query.sort.or_else(|| Sort::from_parameters(sort, order));
    match sort {
        Some(Sort::Created { ascending: true }) => hits.sort_by_key(|i| (i.created_at, i.id)),
        Some(Sort::Updated { ascending: true }) => {
            hits.sort_by_key(|i| (state.indexed_at(i), i.id));
        }
        Some(Sort::Updated { ascending: false }) => {
            hits.sort_by_key(|i| Reverse((state.indexed_at(i), i.id)));
        }
        Some(Sort::Comments { ascending: true }) => hits.sort_by_key(|i| (i.comments.len(), i.id)),
        Some(Sort::Comments { ascending: false }) => {
            hits.sort_by_key(|i| Reverse((i.comments.len(), i.id)));
        }
        // "Best match" has no public rule: newest first.
        Some(Sort::Created { ascending: false }) | None => {
            hits.sort_by_key(|i| Reverse((i.created_at, i.id)));
        }
    }
    Ok(Found {
        ids: hits.into_iter().map(|issue| issue.id).collect(),
        names_type: query.names_type,
        unknown: query.unknown,
    })
}

#[cfg(test)]
mod tests;
