//! The repository a patch is meant for, as it stands now.

use serde::Deserialize;
use serde_json::json;

use super::super::Github;
use super::super::convert::cut;
use super::super::nodes;
use super::super::trouble::Trouble;
use super::commit::{self, Commit, CommitNode};
use super::place::Place;
use super::read::or_empty;

/// Longest template that is kept, in bytes.
const LONGEST_TEMPLATE: usize = 64 * 1024;
/// Templates that are kept.
const MOST_TEMPLATES: usize = 20;

const DOCUMENT: &str = "query($owner: String!, $name: String!) {
  rateLimit { cost remaining limit resetAt }
  repository(owner: $owner, name: $name) {
    id databaseId name owner { login }
    isArchived isDisabled isLocked isPrivate forkingAllowed viewerPermission
    defaultBranchRef { name target { ...Tip } }
    pullRequestTemplates { filename body }
  }
}";

/// A repository to be worked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// Its present name, and its number.
    pub place: Place,
    /// GraphQL node id.
    pub node_id: String,
    /// The branch that pull requests go into; `None` while the repository is empty.
    pub default_branch: Option<Tip>,
    /// Read-only.
    pub archived: bool,
    /// Taken down by GitHub.
    pub disabled: bool,
    /// In the middle of a move.
    pub locked: bool,
    /// Not for everybody to see.
    pub private: bool,
    /// May be forked.
    pub allows_forking: bool,
    /// The connected account may push here itself.
    pub may_push: bool,
    /// Templates for the text of a pull request, the owner's fallbacks among them.
    pub templates: Vec<Template>,
}

impl Upstream {
    /// The template that the web form starts with: the only one, or the one outside the folder of
    /// several.
    #[must_use]
    pub fn template(&self) -> Option<&Template> {
        let usual = |template: &&Template| {
            let name = template.filename.rsplit('/').next().unwrap_or_default();
            name.to_ascii_lowercase()
                .starts_with("pull_request_template")
        };
        match self.templates.as_slice() {
            [only] => Some(only),
            several => several.iter().find(usual),
        }
    }
}

/// A branch and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tip {
    /// Name without `refs/heads/`.
    pub name: String,
    /// Its last commit.
    pub head: Commit,
}

/// A template, as somebody in that repository wrote it: data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Name of its file.
    pub filename: String,
    /// Its text, at most 64 KiB.
    pub body: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    id: String,
    #[serde(default, deserialize_with = "nodes::id")]
    database_id: Option<u64>,
    name: String,
    owner: Login,
    is_archived: bool,
    is_disabled: bool,
    is_locked: bool,
    is_private: bool,
    forking_allowed: bool,
    viewer_permission: Option<String>,
    default_branch_ref: Option<RefNode>,
    #[serde(default, deserialize_with = "or_empty")]
    pull_request_templates: Vec<TemplateNode>,
}

#[derive(Debug, Deserialize)]
struct Login {
    login: String,
}

#[derive(Debug, Deserialize)]
struct RefNode {
    name: String,
    target: Option<CommitNode>,
}

#[derive(Debug, Deserialize)]
struct TemplateNode {
    filename: Option<String>,
    body: Option<String>,
}

impl Github {
    /// The repository `owner/name` now. Follows renames: compare the number with the one that was
    /// meant.
    ///
    /// # Errors
    /// As [`Trouble`] says.
    pub async fn upstream(&self, owner: &str, name: &str) -> Result<Upstream, Trouble> {
        let what = format!("{owner}/{name}");
        let document = format!("{DOCUMENT}{}", commit::FIELDS);
        let variables = json!({ "owner": owner, "name": name });
        let node: Node = self.of_repository(&what, &document, &variables).await?;
        let odd = |why: &str| Trouble::Malformed {
            why: format!("{what}: {why}"),
        };
        let id = node.database_id.ok_or_else(|| odd("no number"))?;
        let place = Place::new(&node.owner.login, &node.name, id)
            .ok_or_else(|| odd("a name that is none"))?;
        let default_branch = match node.default_branch_ref {
            None => None,
            Some(branch) => {
                let head = branch.target.and_then(CommitNode::commit);
                let head = head.ok_or_else(|| odd("a default branch without a commit"))?;
                let name = branch.name;
                Some(Tip { name, head })
            }
        };
        Ok(Upstream {
            place,
            node_id: node.id,
            default_branch,
            archived: node.is_archived,
            disabled: node.is_disabled,
            locked: node.is_locked,
            private: node.is_private,
            allows_forking: node.forking_allowed,
            may_push: may_push(node.viewer_permission.as_deref()),
            templates: node
                .pull_request_templates
                .into_iter()
                .filter_map(|template| {
                    Some(Template {
                        filename: template.filename.unwrap_or_default(),
                        body: cut(template.body?, LONGEST_TEMPLATE),
                    })
                })
                .take(MOST_TEMPLATES)
                .collect(),
        })
    }
}

/// `viewerPermission` includes pushing.
pub(super) fn may_push(permission: Option<&str>) -> bool {
    matches!(permission, Some("ADMIN" | "MAINTAIN" | "WRITE"))
}
