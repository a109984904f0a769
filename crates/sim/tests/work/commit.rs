//! `createCommitOnBranch`: what it makes, and what it refuses.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::{FORK, SLUG, World};

/// The tree id that git itself computes for these files.
fn tree_by_git(files: &[(&str, &[u8])]) -> String {
    let place = tempfile::tempdir().expect("a directory");
    let git = |arguments: &[&str], stdin: &[u8]| run(place.path(), arguments, stdin);
    git(&["init", "-q", "--bare"], b"");
    for (path, content) in files {
        let blob = git(&["hash-object", "-w", "--no-filters", "--stdin"], content);
        let info = format!("100644,{blob},{path}");
        git(&["update-index", "--add", "--cacheinfo", &info], b"");
    }
    git(&["write-tree"], b"")
}

fn run(place: &Path, arguments: &[&str], stdin: &[u8]) -> String {
    let mut child = Command::new("git")
        .args(arguments)
        .current_dir(place)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("GIT_DIR", place)
        .env("HOME", place)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("git starts");
    let mut input = child.stdin.take().expect("its input");
    input.write_all(stdin).expect("written");
    drop(input);
    let output = child.wait_with_output().expect("git ends");
    assert!(output.status.success(), "git {arguments:?}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn trouble(answer: &crate::Answer) -> (String, String) {
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body["data"]["createCommitOnBranch"], Value::Null);
    let kind = answer.text("/errors/0/type");
    (kind, answer.text("/errors/0/message"))
}

#[tokio::test]
async fn the_commit_has_the_tree_that_git_computes() {
    let world = World::new().await;
    world.fork().await;
    let head = world.branch("fix").await;
    let binary = [0_u8, 255, 1, 2];
    let changes = json!({
        "additions": [
            { "path": "src/lib.rs", "contents": STANDARD.encode("pub fn two() -> u8 {\n    2\n}\n") },
            { "path": "src.d/é.bin", "contents": STANDARD.encode(binary) },
            { "path": "empty", "contents": "" },
        ],
        "deletions": [{ "path": "README.md" }],
    });
    let made = world.commit_changes(FORK, "fix", &head, changes).await;
    assert_eq!(made.body["errors"], Value::Null, "{}", made.body);
    let commit = &made.body["data"]["createCommitOnBranch"]["commit"];
    let wanted = tree_by_git(&[
        ("src/lib.rs", b"pub fn two() -> u8 {\n    2\n}\n"),
        ("src.d/é.bin", &binary),
        ("empty", b""),
    ]);
    assert_eq!(commit["tree"]["oid"], wanted);
    assert_eq!(
        commit["signature"],
        json!({ "isValid": true, "wasSignedByGitHub": true })
    );
    assert_eq!(commit["author"]["user"]["login"], "hunter");
    assert_eq!(
        made.body["data"]["createCommitOnBranch"]["clientMutationId"],
        "j1"
    );
    // Re-read by REST, as a careful client does.
    let oid = commit["oid"].as_str().expect("an id");
    let again = world
        .get(&format!("/repos/hunter/widget/git/commits/{oid}"))
        .await;
    assert_eq!(again.body["tree"]["sha"], wanted);
    assert_eq!(again.body["parents"][0]["sha"], head);
    assert_eq!(again.body["message"], "Return two\n\nIt was three.");
    assert_eq!(again.body["verification"]["verified"], true);
    let branch = world.get("/repos/hunter/widget/git/ref/heads/fix").await;
    assert_eq!(branch.body["object"]["sha"], oid);
    assert!(world.github.violations().is_empty());
}

#[tokio::test]
async fn a_head_that_moved_is_stale_data_and_nothing_is_written() {
    let world = World::new().await;
    world.fork().await;
    let head = world.branch("fix").await;
    let files = [("a", "1")];
    let first = world.commit_to(FORK, "fix", &head, &files).await;
    let standing = first.text("/data/createCommitOnBranch/commit/oid");
    let late = world.commit_to(FORK, "fix", &head, &[("a", "2")]).await;
    assert_eq!(
        trouble(&late),
        (
            "STALE_DATA".to_owned(),
            format!("Expected branch to point to \"{head}\" but it did not.  Pull and try again.")
        )
    );
    assert_eq!(
        late.body["errors"][0]["path"],
        json!(["createCommitOnBranch"])
    );
    assert_eq!(world.github.repo(FORK).head("fix"), Some(standing));
}

#[tokio::test]
async fn what_does_not_exist_and_what_is_not_ours_is_refused_by_type() {
    let world = World::new().await;
    world.fork().await;
    let head = world.branch("fix").await;
    for (slug, branch, kind, part) in [
        ("hunter/nothing", "fix", "NOT_FOUND", "'hunter/nothing'"),
        (FORK, "nothing", "NOT_FOUND", "refs/heads/nothing"),
        (
            SLUG,
            "main",
            "FORBIDDEN",
            "hunter does not have the correct permissions to execute `CreateCommitOnBranch`",
        ),
    ] {
        let refused = world.commit_to(slug, branch, &head, &[("a", "1")]).await;
        let (found, message) = trouble(&refused);
        assert_eq!(found, kind);
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(world.github.repo(SLUG).head("main"), Some(head));
}

#[tokio::test]
async fn changes_that_make_no_tree_are_refused() {
    let world = World::new().await;
    world.fork().await;
    let head = world.branch("fix").await;
    let file = |path: &str| json!({ "path": path, "contents": "" });
    for (changes, part) in [
        (
            json!({ "deletions": [{ "path": "gone" }] }),
            "does not exist as of",
        ),
        (json!({ "additions": [file("../up")] }), "not a valid path"),
        (json!({ "additions": [file("/root")] }), "not a valid path"),
        (
            json!({ "additions": [file("a/.git/config")] }),
            "not a valid path",
        ),
        (
            json!({ "additions": [file("a"), file("a")] }),
            "more than once",
        ),
        (
            json!({ "additions": [file("README.md")], "deletions": [{ "path": "README.md" }] }),
            "more than once",
        ),
        (
            json!({ "additions": [file("README.md/below")] }),
            "cannot be a file beside",
        ),
        (
            json!({ "additions": [file("src")] }),
            "cannot be a file beside",
        ),
        (
            json!({ "additions": [{ "path": "a", "contents": "?" }] }),
            "Base64",
        ),
    ] {
        let refused = world.commit_changes(FORK, "fix", &head, changes).await;
        let (kind, message) = trouble(&refused);
        assert_eq!(kind, "UNPROCESSABLE");
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(world.github.repo(FORK).head("fix"), Some(head));
}

#[tokio::test]
async fn an_executable_file_silently_loses_its_bit() {
    let world = World::new().await;
    world.github.repo(SLUG).make_executable("README.md");
    world.fork().await;
    let head = world.branch("fix").await;
    let made = world
        .commit_to(FORK, "fix", &head, &[("README.md", "new")])
        .await;
    let oid = made.text("/data/createCommitOnBranch/commit/oid");
    let files = world.github.repo(FORK).files(&oid);
    assert_eq!(files, ["100644 README.md", "100644 src/lib.rs"]);
}

#[tokio::test]
async fn an_input_without_its_lock_is_refused_before_anything_runs() {
    let world = World::new().await;
    world.fork().await;
    let head = world.branch("fix").await;
    let text = "mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }";
    let input = json!({
        "branch": { "repositoryNameWithOwner": FORK, "branchName": "fix" },
        "message": { "headline": "x" },
    });
    let refused = world.graphql(text, json!({ "input": input })).await;
    assert_eq!(
        refused.body["errors"][0]["message"],
        "Variable $input of type CreateCommitOnBranchInput! was provided invalid value"
    );
    assert_eq!(refused.body["data"], Value::Null);
    assert_eq!(world.github.repo(FORK).head("fix"), Some(head));
}
