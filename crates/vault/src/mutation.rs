//! The two GraphQL mutations a wire can be made for. Their documents are written here, and each is
//! aimed at one place: what a caller may still choose is the content.

use serde_json::{Map, Value};

/// A commit to a branch, signed by GitHub. `expectedHeadOid` makes it happen at most once.
const COMMIT_ON_BRANCH: &str = "mutation($input: CreateCommitOnBranchInput!) { \
    createCommitOnBranch(input: $input) { \
    commit { oid tree { oid } parents(first: 10) { nodes { oid } } } } }";
/// A draft becomes a pull request that asks for review.
const READY_FOR_REVIEW: &str = "mutation($input: MarkPullRequestReadyForReviewInput!) { \
    markPullRequestReadyForReview(input: $input) { pullRequest { id isDraft } } }";

/// One permitted change, with its target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// `createCommitOnBranch`.
    CommitOnBranch {
        /// `owner/name`.
        repository: String,
        /// Without `refs/heads/`.
        branch: String,
        /// Id of the commit the branch must stand at.
        expected_head: String,
    },
    /// `markPullRequestReadyForReview`.
    ReadyForReview {
        /// Node id of the pull request.
        pull_request: String,
    },
}

type Checked<T> = Result<T, &'static str>;

impl Mutation {
    /// The only document that passes, to the byte. Its one variable is `input`.
    #[must_use]
    pub fn document(&self) -> &'static str {
        match self {
            Self::CommitOnBranch { .. } => COMMIT_ON_BRANCH,
            Self::ReadyForReview { .. } => READY_FOR_REVIEW,
        }
    }

    /// Checks a request body and writes it anew, so that GitHub reads what was looked at, however it
    /// would have treated repeated members.
    pub(crate) fn check(&self, body: &[u8]) -> Checked<Vec<u8>> {
        let request: Value =
            serde_json::from_slice(body).map_err(|_| "the body is no JSON object")?;
        let members = object(&request, &["query", "variables"], &[])?;
        if members.get("query").and_then(Value::as_str) != Some(self.document()) {
            return Err("the document is not the one this wire was made for");
        }
        let input = part(
            object(part(members, "variables")?, &["input"], &[])?,
            "input",
        )?;
        match self {
            Self::CommitOnBranch {
                repository,
                branch,
                expected_head,
            } => commit(input, repository, branch, expected_head)?,
            Self::ReadyForReview { pull_request } => {
                is(
                    object(input, &["pullRequestId"], &[])?,
                    "pullRequestId",
                    pull_request,
                )?;
            }
        }
        serde_json::to_vec(&request).map_err(|_| "the body cannot be written")
    }
}

fn commit(input: &Value, repository: &str, branch: &str, head: &str) -> Checked<()> {
    const PARTS: [&str; 4] = ["branch", "expectedHeadOid", "fileChanges", "message"];
    let input = object(input, &PARTS, &[])?;
    is(input, "expectedHeadOid", head)?;
    let place = object(
        part(input, "branch")?,
        &["repositoryNameWithOwner", "branchName"],
        &[],
    )?;
    is(place, "repositoryNameWithOwner", repository)?;
    is(place, "branchName", branch)?;
    texts(object(part(input, "message")?, &["headline"], &["body"])?)?;
    let changes = object(
        part(input, "fileChanges")?,
        &[],
        &["additions", "deletions"],
    )?;
    for item in list(changes, "additions")? {
        texts(object(item, &["path", "contents"], &[])?)?;
    }
    for item in list(changes, "deletions")? {
        texts(object(item, &["path"], &[])?)?;
    }
    Ok(())
}

/// An object with all of `needed`, perhaps some of `allowed`, and nothing else.
fn object<'v>(
    value: &'v Value,
    needed: &[&str],
    allowed: &[&str],
) -> Checked<&'v Map<String, Value>> {
    let object = value.as_object().ok_or("a part is no object")?;
    if needed.iter().any(|name| !object.contains_key(*name)) {
        return Err("a part is missing");
    }
    let known = |name: &String| needed.contains(&name.as_str()) || allowed.contains(&name.as_str());
    if !object.keys().all(known) {
        return Err("there is a part that this wire does not know");
    }
    Ok(object)
}

fn part<'v>(object: &'v Map<String, Value>, name: &str) -> Checked<&'v Value> {
    object.get(name).ok_or("a part is missing")
}

fn is(object: &Map<String, Value>, name: &str, wanted: &str) -> Checked<()> {
    if object.get(name).and_then(Value::as_str) == Some(wanted) {
        Ok(())
    } else {
        Err("it is aimed elsewhere than this wire")
    }
}

fn texts(object: &Map<String, Value>) -> Checked<()> {
    if object.values().all(Value::is_string) {
        Ok(())
    } else {
        Err("a text is none")
    }
}

fn list<'v>(object: &'v Map<String, Value>, name: &str) -> Checked<&'v [Value]> {
    match object.get(name) {
        None => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err("a list is none"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const HEAD: &str = "0123456789abcdef0123456789abcdef01234567";

    fn commit_on_branch() -> Mutation {
        Mutation::CommitOnBranch {
            repository: "me/widget".into(),
            branch: "bountyd/i7".into(),
            expected_head: HEAD.into(),
        }
    }

    fn good() -> Value {
        json!({
            "query": COMMIT_ON_BRANCH,
            "variables": { "input": {
                "branch": { "repositoryNameWithOwner": "me/widget", "branchName": "bountyd/i7" },
                "expectedHeadOid": HEAD,
                "message": { "headline": "Fix", "body": "It was off by one." },
                "fileChanges": {
                    "additions": [{ "path": "a", "contents": "YQ==" }],
                    "deletions": [{ "path": "b" }],
                },
            } },
        })
    }

    fn check(request: &Value) -> Checked<Vec<u8>> {
        commit_on_branch().check(request.to_string().as_bytes())
    }

    #[test]
    fn the_one_commit_passes_and_is_written_anew() {
        let body = check(&good()).expect("passes");
        assert_eq!(
            serde_json::from_slice::<Value>(&body).expect("JSON"),
            good()
        );
        let mut bare = good();
        bare["variables"]["input"]["fileChanges"] = json!({});
        bare["variables"]["input"]["message"] = json!({ "headline": "Fix" });
        check(&bare).expect("passes");
    }

    #[test]
    fn another_target_is_refused() {
        for (place, value) in [
            ("/branch/repositoryNameWithOwner", json!("acme/widget")),
            ("/branch/repositoryNameWithOwner", json!("ME/widget")),
            ("/branch/branchName", json!("main")),
            ("/branch/branchName", json!("refs/heads/bountyd/i7")),
            ("/branch/branchName", json!(["bountyd/i7"])),
            ("/branch/branchName", json!(null)),
            ("/expectedHeadOid", json!("f".repeat(40))),
            ("/expectedHeadOid", json!(null)),
        ] {
            let mut request = good();
            *request
                .pointer_mut(&format!("/variables/input{place}"))
                .expect("a place") = value;
            assert_eq!(
                check(&request),
                Err("it is aimed elsewhere than this wire"),
                "{request}"
            );
        }
    }

    #[test]
    fn parts_that_are_missing_odd_or_too_many_are_refused() {
        let mut cases = Vec::new();
        for (place, name) in [
            ("", "operationName"),
            ("", "extensions"),
            ("/variables", "other"),
            ("/variables/input", "clientMutationId"),
            ("/variables/input/branch", "id"),
            ("/variables/input/message", "author"),
            ("/variables/input/fileChanges", "renames"),
            ("/variables/input/fileChanges/additions/0", "mode"),
            ("/variables/input/fileChanges/deletions/0", "contents"),
        ] {
            let mut request = good();
            request.pointer_mut(place).expect("a place")[name] = json!("x");
            cases.push(request);
        }
        for (place, value) in [
            ("/variables/input/branch", json!("main")),
            ("/variables/input/message", json!({ "body": "x" })),
            ("/variables/input/message/headline", json!({ "x": 1 })),
            ("/variables/input/fileChanges/additions", json!("x")),
            (
                "/variables/input/fileChanges/additions/0/contents",
                json!(1),
            ),
            ("/variables/input/fileChanges/deletions", json!([["a"]])),
            ("/variables/input", json!([])),
            ("/variables", json!(null)),
        ] {
            let mut request = good();
            *request.pointer_mut(place).expect("a place") = value;
            cases.push(request);
        }
        let mut without = good();
        without
            .as_object_mut()
            .expect("an object")
            .remove("variables");
        cases.push(without);
        for request in cases {
            assert!(check(&request).is_err(), "{request}");
        }
        for body in ["", "[]", "null", "{\"query\":1,\"variables\":{}}"] {
            assert!(commit_on_branch().check(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn another_document_is_refused_whatever_it_says() {
        for document in [
            "mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }".to_owned(),
            format!("{COMMIT_ON_BRANCH} "),
            format!("{COMMIT_ON_BRANCH}{READY_FOR_REVIEW}"),
            format!("{COMMIT_ON_BRANCH} mutation B {{ addStar(input: {{}}) {{ x }} }}"),
            format!("{COMMIT_ON_BRANCH} fragment F on Commit {{ oid }}"),
            COMMIT_ON_BRANCH.replace("createCommitOnBranch(", "a: createCommitOnBranch("),
            COMMIT_ON_BRANCH.replace("{ createCommitOnBranch", "{ ...F createCommitOnBranch"),
            COMMIT_ON_BRANCH.replace("createCommitOnBranch(", "mergePullRequest("),
            COMMIT_ON_BRANCH.replace("mutation(", "query("),
            READY_FOR_REVIEW.to_owned(),
            "{ viewer { login } }".to_owned(),
            String::new(),
        ] {
            let mut request = good();
            request["query"] = json!(document);
            assert_eq!(
                check(&request),
                Err("the document is not the one this wire was made for"),
                "{document}"
            );
        }
    }

    #[test]
    fn of_repeated_members_the_one_that_was_checked_goes_out() {
        let text = good().to_string();
        let twice = text.replacen(
            "\"branchName\":\"bountyd/i7\"",
            "\"branchName\":\"main\",\"branchName\":\"bountyd/i7\"",
            1,
        );
        assert_ne!(twice, text);
        let body = commit_on_branch().check(twice.as_bytes()).expect("passes");
        assert!(!String::from_utf8_lossy(&body).contains("main"));
        let other = text.replacen(
            "\"branchName\":\"bountyd/i7\"",
            "\"branchName\":\"bountyd/i7\",\"branchName\":\"main\"",
            1,
        );
        assert!(commit_on_branch().check(other.as_bytes()).is_err());
    }

    #[test]
    fn a_draft_is_made_ready_by_its_own_id_only() {
        let ready = Mutation::ReadyForReview {
            pull_request: "PR_kwDOAAE".into(),
        };
        let request = |id: Value| {
            json!({ "query": READY_FOR_REVIEW, "variables": { "input": { "pullRequestId": id } } })
                .to_string()
        };
        ready
            .check(request(json!("PR_kwDOAAE")).as_bytes())
            .expect("passes");
        for id in [json!("PR_kwDOAAF"), json!(null), json!(["PR_kwDOAAE"])] {
            assert!(ready.check(request(id).as_bytes()).is_err());
        }
        assert!(ready.check(good().to_string().as_bytes()).is_err());
    }
}
