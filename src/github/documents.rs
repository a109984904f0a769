//! The GraphQL documents. One page carries everything an appraisal looks at, so that a thousand
//! issues cost about eleven requests and not a few thousand.
//!
//! Node count of the search document at its widest: 100 issues x (30 labels + 10 assignees +
//! 30 comments + 60 timeline items + 1 pull request) = 13,100 of the 500,000 GitHub allows;
//! cost 7 points of 5,000 an hour (docs.github.com/graphql/overview).

/// An account, with its numeric id: logins can be taken over.
const ACTOR: &str = "
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

/// What stands on the issue itself.
const ISSUE_HEAD: &str = "
fragment Head on Issue {
  id
  number
  title
  body
  state
  locked
  createdAt
  updatedAt
  author { ...Who }
  authorAssociation
  labels(first: 30) { nodes { name } }
  assignees(first: 10) { nodes { __typename login databaseId } }
}";

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
pub(super) fn search() -> String {
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
}}{ISSUE_HEAD}{COMMENT}{EVENTS}{REPOSITORY}{ACTOR}"
    )
}

/// One issue with everything. Variables: `owner`, `name`, `number`, `bountyLabels`.
pub(super) fn issue() -> String {
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
}}{ISSUE_HEAD}{COMMENT}{EVENTS}{REPOSITORY}{ACTOR}"
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

/// Files of a repository in which maintainers say how they want to be approached. The README is
/// read for such words only; the rules decide what counts.
pub(super) const REPOSITORY_FILES: &[&str] = &[
    "AGENTS.md",
    "AI.md",
    "AI_POLICY.md",
    ".github/AI_POLICY.md",
    "CLAUDE.md",
    ".github/copilot-instructions.md",
    "CONTRIBUTING.md",
    ".github/CONTRIBUTING.md",
    "docs/CONTRIBUTING.md",
    "CODE_OF_CONDUCT.md",
    ".github/PULL_REQUEST_TEMPLATE.md",
    ".github/ISSUE_TEMPLATE/config.yml",
    "VOUCHED.td",
    ".github/VOUCHED.td",
    "README.md",
];

/// Files of the owner's `.github` repository, which speak for all its repositories.
pub(super) const ORGANISATION_FILES: &[&str] = &[
    "AGENTS.md",
    "AI_POLICY.md",
    ".github/AI_POLICY.md",
    "CONTRIBUTING.md",
    ".github/CONTRIBUTING.md",
    "profile/README.md",
];

/// Policy files of the repositories `$ids`, and of the `.github` repositories of `owners` owners,
/// named `$o0`, `$o1` … Variables: `ids`, and one string per owner.
pub(super) fn policies(owners: usize) -> String {
    let mut parameters = String::new();
    let mut organisations = String::new();
    for n in 0..owners {
        parameters.push_str(&format!(", $o{n}: String!"));
        organisations.push_str(&format!(
            "  o{n}: repository(owner: $o{n}, name: \".github\") {{ ...OrganisationFiles }}\n"
        ));
    }
    let mut document = format!(
        "query($ids: [ID!]!{parameters}) {{
  rateLimit {{ cost remaining limit resetAt }}
  nodes(ids: $ids) {{ __typename ... on Repository {{ id ...RepositoryFiles }} }}
{organisations}}}
fragment Text on Blob {{ text byteSize isBinary }}"
    );
    document.push_str(&files("RepositoryFiles", REPOSITORY_FILES));
    if owners > 0 {
        document.push_str(&files("OrganisationFiles", ORGANISATION_FILES));
    }
    document
}

/// Aliases `f0`, `f1` … in the order of `paths`.
fn files(fragment: &str, paths: &[&str]) -> String {
    let mut text = format!("\nfragment {fragment} on Repository {{\n");
    for (n, path) in paths.iter().enumerate() {
        text.push_str(&format!(
            "  f{n}: object(expression: \"HEAD:{path}\") {{ ...Text }}\n"
        ));
    }
    text.push('}');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_queries_with_balanced_braces_and_defined_fragments() {
        for document in [
            search(),
            issue(),
            more_comments(),
            more_events(),
            policies(0),
            policies(3),
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
