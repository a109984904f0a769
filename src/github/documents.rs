//! The GraphQL documents. One page carries everything an appraisal looks at, so that a thousand
//! issues cost about eleven requests and not a few thousand.
//!
//! Node count of the search document at its widest: 100 issues x (100 labels + 10 assignees +
//! 30 comments + 60 timeline items + 1 pull request) = 20,100 of the 500,000 GitHub allows;
//! cost 7 points of 5,000 an hour (docs.github.com/graphql/overview).

use super::rule_names::{self, Asked, LISTED};

/// An account, with its numeric id: logins can be taken over.
pub(super) const ACTOR: &str = "
fragment Who on Actor {
  __typename
  login
  ... on User { databaseId }
  ... on Bot { databaseId }
  ... on Organization { databaseId }
  ... on Mannequin { databaseId }
}";

/// A repository as the trap score needs it.
const REPOSITORY: &str = "
fragment Repo on Repository {
  id
  databaseId
  name
  owner {
    __typename
    login
    ... on User { createdAt }
    ... on Organization { createdAt }
  }
  createdAt
  pushedAt
  stargazerCount
  isFork
  isArchived
  primaryLanguage { name }
  issues(states: OPEN) { totalCount }
  bountyIssues: issues(states: OPEN, labels: $bountyLabels) { totalCount }
  pullRequests(states: MERGED, first: 1, orderBy: {field: UPDATED_AT, direction: DESC}) {
    totalCount
    nodes { mergedAt }
  }
}";

/// What stands on the issue itself. `assignees` is the field that shows who is assigned.
fn issue_head(assignees: &str) -> String {
    format!(
        "
fragment Head on Issue {{
  id
  number
  title
  body
  state
  locked
  createdAt
  updatedAt
  author {{ ...Who }}
  authorAssociation
  labels(first: 100) {{ pageInfo {{ hasNextPage }} nodes {{ name }} }}
  assignees: {assignees}(first: 10) {{ pageInfo {{ hasNextPage }} nodes {{ ...Who }} }}
}}"
    )
}

const COMMENT: &str = "
fragment Said on IssueComment {
  databaseId
  author { ...Who }
  authorAssociation
  body
  createdAt
}";

/// Who put labels on, and which pull requests point here.
const EVENTS: &str = "
fragment Event on IssueTimelineItems {
  __typename
  ... on LabeledEvent {
    createdAt
    actor { ...Who }
    label { name }
  }
  ... on CrossReferencedEvent {
    createdAt
    willCloseTarget
    source {
      __typename
      ... on PullRequest { ...Pull }
    }
  }
  ... on ConnectedEvent {
    createdAt
    subject {
      __typename
      ... on PullRequest { ...Pull }
    }
  }
}
fragment Pull on PullRequest {
  number
  state
  createdAt
  author { ...Who }
  repository { nameWithOwner }
}";

const EVENT_TYPES: &str = "itemTypes: [LABELED_EVENT, CROSS_REFERENCED_EVENT, CONNECTED_EVENT]";

/// A search page. Variables: `type`, `query`, `first`, `after`, `comments`, `events`, `bountyLabels`.
pub(super) fn search(assignees: &str) -> String {
    let head = issue_head(assignees);
    format!(
        "query($type: SearchType!, $query: String!, $first: Int!, $after: String, $comments: Int!, $events: Int!, $bountyLabels: [String!]) {{
  rateLimit {{ cost remaining limit resetAt }}
  search(type: $type, query: $query, first: $first, after: $after) {{
    issueCount
    pageInfo {{ hasNextPage endCursor }}
    nodes {{
      __typename
      ... on Issue {{
        ...Head
        comments(last: $comments) {{ pageInfo {{ hasPreviousPage }} nodes {{ ...Said }} }}
        timelineItems(last: $events, {EVENT_TYPES}) {{ pageInfo {{ hasPreviousPage }} nodes {{ ...Event }} }}
        repository {{ ...Repo }}
      }}
    }}
  }}
}}{head}{COMMENT}{EVENTS}{REPOSITORY}{ACTOR}"
    )
}

/// One issue with everything. Variables: `owner`, `name`, `number`, `bountyLabels`.
pub(super) fn issue(assignees: &str) -> String {
    let head = issue_head(assignees);
    format!(
        "query($owner: String!, $name: String!, $number: Int!, $bountyLabels: [String!]) {{
  rateLimit {{ cost remaining limit resetAt }}
  repository(owner: $owner, name: $name) {{
    ...Repo
    issue(number: $number) {{
      ...Head
      comments(first: 100) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ ...Said }} }}
      timelineItems(first: 100, {EVENT_TYPES}) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ ...Event }} }}
    }}
  }}
}}{head}{COMMENT}{EVENTS}{REPOSITORY}{ACTOR}"
    )
}

/// Further comments of an issue. Variables: `id`, `after`.
pub(super) fn more_comments() -> String {
    format!(
        "query($id: ID!, $after: String) {{
  rateLimit {{ cost remaining limit resetAt }}
  node(id: $id) {{
    ... on Issue {{
      comments(first: 100, after: $after) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ ...Said }} }}
    }}
  }}
}}{COMMENT}{ACTOR}"
    )
}

/// Further events of an issue. Variables: `id`, `after`.
pub(super) fn more_events() -> String {
    format!(
        "query($id: ID!, $after: String) {{
  rateLimit {{ cost remaining limit resetAt }}
  node(id: $id) {{
    ... on Issue {{
      timelineItems(first: 100, after: $after, {EVENT_TYPES}) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ ...Event }} }}
    }}
  }}
}}{EVENTS}{ACTOR}"
    )
}

/// Rules of the repositories `$ids`, and of the `.github` repositories of `owners` owners, named
/// `$o0`, `$o1` … Variables: `ids`, and one string per owner.
pub(super) fn policies(owners: usize) -> String {
    let mut parameters = String::new();
    let mut organisations = String::new();
    for n in 0..owners {
        parameters.push_str(&format!(", $o{n}: String!"));
        organisations.push_str(&format!(
            "  o{n}: repository(owner: $o{n}, name: \".github\") {{ id ...OrganisationFiles }}\n"
        ));
    }
    let mut document = format!(
        "query($ids: [ID!]!{parameters}) {{
  rateLimit {{ cost remaining limit resetAt }}
  nodes(ids: $ids) {{ __typename ... on Repository {{ id ...RepositoryFiles }} }}
{organisations}}}
fragment Names on Tree {{ entries {{ name type }} }}{TEXTS}"
    );
    document.push_str(&files("RepositoryFiles", &rule_names::REPOSITORY));
    if owners > 0 {
        document.push_str(&files("OrganisationFiles", &rule_names::ORGANISATION));
    }
    document
}

const TEXTS: &str = "
fragment Text on Blob { text isBinary }
fragment Texts on Tree { entries { name object { ...Text } } }";

/// Aliases `f0`, `f1` … in the order of the files, `t0`, `t1` … in that of the folders that are listed,
/// `d0`, `d1` … in that of the folders of templates.
fn files(fragment: &str, asked: &Asked) -> String {
    let mut text = format!("\nfragment {fragment} on Repository {{\n");
    let mut ask = |alias: char, paths: &[&str], what: &str| {
        for (n, path) in paths.iter().enumerate() {
            text.push_str(&format!(
                "  {alias}{n}: object(expression: \"HEAD:{path}\") {{ ...{what} }}\n"
            ));
        }
    };
    ask('f', asked.files, "Text");
    ask('t', LISTED, "Names");
    ask('d', asked.templates, "Texts");
    text.push('}');
    text
}

/// Rules under names that were met in a list: of the repository `$r0` as many as `counts` says, named
/// `$r0p0`, `$r0p1` … Names from a repository are never part of the document.
pub(super) fn odd_rules(counts: &[usize]) -> String {
    let mut parameters = Vec::new();
    let mut repositories = String::new();
    for (n, count) in counts.iter().enumerate() {
        parameters.push(format!("$r{n}: ID!"));
        repositories.push_str(&format!(
            "  r{n}: node(id: $r{n}) {{ ... on Repository {{\n"
        ));
        for m in 0..*count {
            parameters.push(format!("$r{n}p{m}: String!"));
            repositories.push_str(&format!(
                "    p{m}: object(expression: $r{n}p{m}) {{ ...Text ...Texts }}\n"
            ));
        }
        repositories.push_str("  } }\n");
    }
    format!(
        "query({}) {{
  rateLimit {{ cost remaining limit resetAt }}
{repositories}}}{TEXTS}",
        parameters.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_queries_with_balanced_braces_and_defined_fragments() {
        for document in [
            search("assignees"),
            issue("assignedActors"),
            more_comments(),
            more_events(),
            policies(0),
            policies(3),
            odd_rules(&[2, 1]),
        ] {
            assert!(document.starts_with("query("), "{document}");
            let open = document.matches('{').count();
            assert_eq!(open, document.matches('}').count(), "{document}");
            for spread in document.split("...").skip(1) {
                let name: String = spread.chars().take_while(|c| c.is_alphanumeric()).collect();
                if !name.is_empty() {
                    assert!(
                        document.contains(&format!("fragment {name} on ")),
                        "{name} is not defined in {document}"
                    );
                }
            }
            for definition in document.split("fragment ").skip(1) {
                let name: String = definition
                    .chars()
                    .take_while(|c| c.is_alphanumeric())
                    .collect();
                assert!(
                    document.contains(&format!("...{name}")),
                    "{name} is not used in {document}"
                );
            }
        }
    }
}
