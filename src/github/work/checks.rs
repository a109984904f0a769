//! What machines say of the last commit of a pull request, folded into one word.

use serde::Deserialize;

use super::super::nodes::Connection;
use super::object_id::ObjectId;

/// Longest summary of a failed check that is kept, in characters.
const LONGEST_SUMMARY: usize = 4_000;
/// Longest name, likewise.
const LONGEST_NAME: usize = 200;
/// Failed checks that are kept; the others are only told by `complete`.
const MOST_FAILED: usize = 50;

/// Of the last commit.
pub(super) const FIELDS: &str = "
fragment Checked on Commit {
  oid
  statusCheckRollup {
    contexts(first: 100) {
      pageInfo { hasNextPage }
      nodes {
        __typename
        ... on CheckRun { name status conclusion title summary url }
        ... on StatusContext { context state description targetUrl }
      }
    }
  }
  checkSuites(first: 50) {
    pageInfo { hasNextPage }
    nodes { status conclusion workflowRun { databaseId } }
  }
}";

/// The checks of one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checks {
    /// All of them in one word.
    pub state: CheckState,
    /// Those that failed.
    pub failed: Vec<FailedCheck>,
    /// Checks that have not ended.
    pub waiting: u64,
    /// Checks that ended well, or were not needed.
    pub passed: u64,
    /// The commit they are of.
    pub head: ObjectId,
    /// Nothing was left out.
    pub complete: bool,
}

/// All checks in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckState {
    /// Nothing checks this commit, or nothing has begun to.
    None,
    /// Some have not ended, and none has failed.
    Waiting,
    /// A workflow waits until a maintainer lets it run. Nothing of ours makes that faster.
    NeedsApproval,
    /// All ended well.
    Passed,
    /// At least one failed; others may still run.
    Failed,
}

/// A check that failed. Its texts may come from the program that was checked: data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedCheck {
    /// Name, one printable line.
    pub name: String,
    /// GitHub's word for it in lower case: `failure`, `timed_out`, `cancelled`, `action_required` …
    pub how: String,
    /// What it says of itself, without control and direction characters, at most 4,000 characters.
    pub summary: String,
    /// Where it says more, when it names an https address.
    pub url: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CheckedNode {
    oid: ObjectId,
    status_check_rollup: Option<RollupNode>,
    check_suites: Option<Connection<SuiteNode>>,
}

#[derive(Debug, Deserialize)]
struct RollupNode {
    contexts: Option<Connection<ContextNode>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ContextNode {
    #[serde(rename = "__typename")]
    typename: String,
    name: Option<String>,
    status: Option<String>,
    conclusion: Option<String>,
    title: Option<String>,
    summary: Option<String>,
    url: Option<String>,
    context: Option<String>,
    state: Option<String>,
    description: Option<String>,
    target_url: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct SuiteNode {
    status: Option<String>,
    conclusion: Option<String>,
    workflow_run: Option<serde::de::IgnoredAny>,
}

/// How one check stands.
enum One {
    Waiting,
    Passed,
    Failed(FailedCheck),
}

impl CheckedNode {
    /// All in one.
    pub(super) fn checks(self) -> Checks {
        let mut checks = Checks::none(self.oid);
        if let Some(rollup) = self.status_check_rollup {
            match rollup.contexts {
                Some(all) => {
                    checks.complete &= all.whole() && !all.page_info.has_next_page;
                    for context in all.into_nodes() {
                        checks.add(context.stands());
                    }
                }
                None => checks.complete = false,
            }
        }
        let mut needs_approval = false;
        match self.check_suites {
            Some(suites) => {
                checks.complete &= suites.whole() && !suites.page_info.has_next_page;
                // Apps leave suites of which nothing ever comes; a workflow's is worth its word.
                for suite in suites.into_nodes().filter(|s| s.workflow_run.is_some()) {
                    let completed = suite.status.as_deref() == Some("COMPLETED");
                    needs_approval |= suite.conclusion.as_deref() == Some("ACTION_REQUIRED");
                    checks.waiting += u64::from(!completed && checks.waiting == 0);
                }
            }
            None => checks.complete = false,
        }
        checks.state = if !checks.failed.is_empty() {
            CheckState::Failed
        } else if needs_approval {
            CheckState::NeedsApproval
        } else if checks.waiting > 0 {
            CheckState::Waiting
        } else if checks.passed > 0 {
            CheckState::Passed
        } else {
            CheckState::None
        };
        checks
    }
}

impl Checks {
    /// Of a commit that nothing checks.
    pub(super) fn none(head: ObjectId) -> Self {
        Self {
            state: CheckState::None,
            failed: Vec::new(),
            waiting: 0,
            passed: 0,
            head,
            complete: true,
        }
    }

    fn add(&mut self, one: One) {
        match one {
            One::Waiting => self.waiting += 1,
            One::Passed => self.passed += 1,
            One::Failed(_) if self.failed.len() >= MOST_FAILED => self.complete = false,
            One::Failed(check) => self.failed.push(check),
        }
    }
}

impl ContextNode {
    fn stands(self) -> One {
        let failed =
            |how: &str, name: Option<String>, texts: [Option<String>; 2], url: Option<String>| {
                let texts: Vec<String> = texts.into_iter().flatten().collect();
                One::Failed(FailedCheck {
                    name: line(&name.unwrap_or_default()),
                    how: how.to_ascii_lowercase(),
                    summary: harmless(&texts.join("\n"), LONGEST_SUMMARY),
                    url: url.filter(|url| url.starts_with("https://") && url.len() <= 2_000),
                })
            };
        if self.typename == "StatusContext" {
            return match self.state.as_deref() {
                Some("SUCCESS") => One::Passed,
                Some(how @ ("FAILURE" | "ERROR")) => {
                    failed(how, self.context, [None, self.description], self.target_url)
                }
                _ => One::Waiting,
            };
        }
        if self.status.as_deref() != Some("COMPLETED") {
            return One::Waiting;
        }
        match self.conclusion.as_deref() {
            Some("SUCCESS" | "NEUTRAL" | "SKIPPED") => One::Passed,
            // A newer run takes its place.
            Some("STALE") => One::Waiting,
            how => failed(
                how.unwrap_or("unknown"),
                self.name,
                [self.title, self.summary],
                self.url,
            ),
        }
    }
}

fn line(text: &str) -> String {
    harmless(text, LONGEST_NAME).replace(['\n', '\t'], " ")
}

/// Without what changes how a text is shown: control characters, directions, what has no width. At most
/// `most` characters.
fn harmless(text: &str, most: usize) -> String {
    let hidden = |c: char| {
        let control = c.is_control() && !matches!(c, '\n' | '\t');
        control
            || matches!(c, '\u{ad}' | '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(c, '\u{2060}'..='\u{206f}' | '\u{e0000}'..='\u{e007f}')
    };
    let shown = text.chars().filter(|c| !hidden(*c));
    let mut out: String = shown.take(most + 1).collect();
    if out.chars().count() > most {
        out.pop();
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const HEAD: &str = "0123456789abcdef0123456789abcdef01234567";

    fn folded(contexts: Vec<Value>, suites: Vec<Value>) -> Checks {
        let node: CheckedNode = serde_json::from_value(json!({
            "oid": HEAD,
            "statusCheckRollup": { "contexts": { "pageInfo": {}, "nodes": contexts } },
            "checkSuites": { "pageInfo": {}, "nodes": suites },
        }))
        .expect("an answer");
        node.checks()
    }

    fn run(status: &str, conclusion: Option<&str>) -> Value {
        json!({ "__typename": "CheckRun", "name": "ci", "status": status, "conclusion": conclusion })
    }

    fn suite(status: &str, conclusion: Option<&str>, of_a_workflow: bool) -> Value {
        let workflow = of_a_workflow.then(|| json!({ "databaseId": 5 }));
        json!({ "status": status, "conclusion": conclusion, "workflowRun": workflow })
    }

    #[test]
    fn a_failure_outweighs_what_waits_and_what_waits_outweighs_what_passed() {
        let pass = || run("COMPLETED", Some("SUCCESS"));
        let wait = || run("IN_PROGRESS", None);
        let fail = || run("COMPLETED", Some("TIMED_OUT"));
        let held = || suite("COMPLETED", Some("ACTION_REQUIRED"), true);
        for (contexts, suites, state) in [
            (vec![], vec![], CheckState::None),
            (vec![pass()], vec![], CheckState::Passed),
            (vec![pass(), wait()], vec![], CheckState::Waiting),
            (
                vec![pass(), wait()],
                vec![held()],
                CheckState::NeedsApproval,
            ),
            (vec![], vec![held()], CheckState::NeedsApproval),
            (
                vec![pass(), wait(), fail()],
                vec![held()],
                CheckState::Failed,
            ),
            (
                vec![],
                vec![suite("QUEUED", None, true)],
                CheckState::Waiting,
            ),
            (vec![], vec![suite("QUEUED", None, false)], CheckState::None),
            (
                vec![run("COMPLETED", Some("STALE"))],
                vec![],
                CheckState::Waiting,
            ),
            (
                vec![run("COMPLETED", Some("SKIPPED"))],
                vec![],
                CheckState::Passed,
            ),
        ] {
            let checks = folded(contexts, suites);
            assert_eq!(checks.state, state, "{checks:?}");
            assert!(checks.complete);
        }
        let failed = folded(vec![pass(), wait(), fail()], vec![]);
        assert_eq!((failed.passed, failed.waiting), (1, 1));
        assert_eq!(failed.failed[0].how, "timed_out");
    }

    #[test]
    fn statuses_of_the_older_kind_count_too() {
        let status = |state: &str| {
            json!({
                "__typename": "StatusContext", "context": "DCO", "state": state,
                "description": "sign off", "targetUrl": "javascript:x",
            })
        };
        let failed = folded(vec![status("ERROR")], vec![]);
        assert_eq!(failed.state, CheckState::Failed);
        assert_eq!(failed.failed[0].name, "DCO");
        assert_eq!(failed.failed[0].summary, "sign off");
        assert_eq!(failed.failed[0].url, None, "no address of the web");
        assert_eq!(
            folded(vec![status("EXPECTED")], vec![]).state,
            CheckState::Waiting
        );
        assert_eq!(
            folded(vec![status("SUCCESS")], vec![]).state,
            CheckState::Passed
        );
    }

    #[test]
    fn what_a_check_says_is_bounded_and_harmless() {
        let mut check = run("COMPLETED", Some("FAILURE"));
        check["name"] = json!("a\nb\u{202e}c");
        check["title"] = json!("title");
        check["summary"] = json!(format!("one\u{1b}[31m\n{}", "x".repeat(10_000)));
        let checks = folded(vec![check], vec![]);
        assert_eq!(checks.failed[0].name, "a bc");
        let summary = &checks.failed[0].summary;
        assert!(summary.starts_with("title\none[31m\nxxx"), "{summary}");
        assert_eq!(summary.chars().count(), LONGEST_SUMMARY + 1);
        let many = (0..60).map(|_| run("COMPLETED", Some("FAILURE"))).collect();
        let checks = folded(many, vec![]);
        assert_eq!((checks.failed.len(), checks.complete), (MOST_FAILED, false));
    }

    #[test]
    fn what_was_not_shown_is_not_complete() {
        let node = |value: Value| serde_json::from_value::<CheckedNode>(value).expect("an answer");
        let bare = node(json!({ "oid": HEAD, "statusCheckRollup": null, "checkSuites": null }));
        assert!(!bare.checks().complete);
        let more = node(json!({
            "oid": HEAD, "statusCheckRollup": { "contexts": { "pageInfo": { "hasNextPage": true }, "nodes": [] } },
            "checkSuites": { "pageInfo": {}, "nodes": [null] },
        }));
        assert!(!more.checks().complete);
    }
}
