//! `git` clones and fetches what the API shows.

use std::path::Path;
use std::process::Stdio;

use reqwest::Method;
use sim::faults::{What, When};
use sim::github::NewRepo;
use tokio::process::Command;

use crate::{FORK, SLUG, World, answer};

/// Runs git with nothing of this machine's settings; what it printed, or what it complained of.
async fn git(directory: &Path, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", directory)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .await
        .expect("git runs");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim().to_owned();
    if output.status.success() {
        Ok(text(output.stdout))
    } else {
        Err(text(output.stderr))
    }
}

fn url(world: &World, slug: &str) -> String {
    format!("{}/{slug}.git", world.github.git_url())
}

#[tokio::test]
async fn a_shallow_clone_has_the_files_and_ids_of_the_api() {
    let world = World::new().await;
    let repo = world.github.repo(SLUG);
    repo.make_executable("README.md");
    repo.link("latest", "src/lib.rs");
    let place = tempfile::tempdir().expect("a directory");
    let from = url(&world, SLUG);
    git(
        place.path(),
        &["clone", "-q", "--depth", "1", &from, "copy"],
    )
    .await
    .expect("a clone");
    let copy = place.path().join("copy");
    let run = async |arguments: &[&str]| git(&copy, arguments).await.expect("git succeeds");
    assert_eq!(Some(run(&["rev-parse", "HEAD"]).await), repo.head("main"));
    assert_eq!(
        Some(run(&["rev-parse", "HEAD^{tree}"]).await),
        repo.tree("main")
    );
    assert_eq!(run(&["rev-list", "--count", "HEAD"]).await, "1");
    assert_eq!(run(&["symbolic-ref", "--short", "HEAD"]).await, "main");
    assert_eq!(run(&["status", "--porcelain"]).await, "");
    assert_eq!(run(&["fsck", "--strict"]).await, "");
    let text = std::fs::read_to_string(copy.join("src/lib.rs")).expect("a file");
    assert_eq!(
        Some(text.into_bytes()),
        repo.file("main", "src/lib.rs"),
        "the same bytes"
    );
    assert_eq!(
        repo.files("main"),
        ["100755 README.md", "120000 latest", "100644 src/lib.rs"]
    );
    assert!(world.github.violations().is_empty());
}

#[tokio::test]
async fn protocol_two_fetches_one_commit_by_its_id_and_old_protocols_work_too() {
    let world = World::new().await;
    let repo = world.github.repo(SLUG);
    let first = repo.head("main").expect("a commit");
    repo.commit(&[("src/more.rs", "pub fn more() {}\n")]);
    let place = tempfile::tempdir().expect("a directory");
    git(place.path(), &["init", "-q", "--bare", "."])
        .await
        .expect("a repository");
    let from = url(&world, SLUG);
    git(
        place.path(),
        &["fetch", "-q", "--depth", "1", &from, &first],
    )
    .await
    .expect("a fetch by id");
    let got = git(place.path(), &["rev-parse", "FETCH_HEAD"]).await;
    assert_eq!(got.as_ref(), Ok(&first));
    let requests = world.github.git_rim().requests();
    let told: Vec<(&str, Option<u16>)> = requests
        .iter()
        .map(|request| (request.path.as_str(), request.status))
        .collect();
    assert!(
        told.contains(&("/acme/widget.git/git-upload-pack", Some(200))),
        "{told:?}"
    );
    for request in &requests {
        assert!(
            request
                .header_names
                .iter()
                .any(|name| name == "git-protocol")
        );
        assert!(
            !request
                .header_names
                .iter()
                .any(|name| name == "authorization")
        );
    }
    let older = ["-c", "protocol.version=0", "ls-remote", "-q", &from, "HEAD"];
    let listed = git(place.path(), &older).await.expect("a listing");
    assert_eq!(
        listed.split_whitespace().next().map(ToOwned::to_owned),
        repo.head("main")
    );
}

#[tokio::test]
async fn what_the_api_writes_can_be_fetched_and_pull_requests_have_references() {
    let world = World::new().await;
    let number = world.opened().await;
    let commit = world.github.repo(FORK).head("fix").expect("a commit");
    let place = tempfile::tempdir().expect("a directory");
    let listed = git(place.path(), &["ls-remote", "-q", &url(&world, SLUG)])
        .await
        .expect("a listing");
    let wanted = format!("{commit}\trefs/pull/{number}/head");
    assert!(listed.lines().any(|line| line == wanted), "{listed}");
    let from = url(&world, FORK);
    let clone = ["clone", "-q", "--branch", "fix", &from, "copy"];
    git(place.path(), &clone).await.expect("a clone");
    let copy = place.path().join("copy");
    let told = git(&copy, &["log", "-1", "--format=%H %an <%ae> %cn %s"]).await;
    assert_eq!(
        told,
        Ok(format!(
            "{commit} hunter <4242+hunter@users.noreply.github.com> GitHub Return two"
        ))
    );
    assert_eq!(git(&copy, &["fsck", "--strict"]).await, Ok(String::new()));
}

#[tokio::test]
async fn a_renamed_repository_is_found_and_hidden_ones_ask_who_is_there() {
    let world = World::new().await;
    world.github.rename_repo(SLUG, "gadget");
    world.github.add_repo(NewRepo::new("acme/secret").private());
    let place = tempfile::tempdir().expect("a directory");
    let get = |path: &str| {
        let url = format!("{}{path}", world.github.git_url());
        world.client.request(Method::GET, url)
    };
    let refs = "/info/refs?service=git-upload-pack";
    let moved = answer(get(&format!("/acme/widget.git{refs}"))).await;
    assert_eq!(moved.status, 301);
    let location = moved.headers["location"].to_str().expect("text");
    assert_eq!(
        location,
        format!("{}/acme/gadget.git{refs}", world.github.git_url())
    );
    let cloned = git(place.path(), &["clone", "-q", &url(&world, SLUG), "copy"]).await;
    assert_eq!(cloned, Ok(String::new()));
    for slug in ["acme/secret", "acme/nothing"] {
        let asked = answer(get(&format!("/{slug}.git{refs}"))).await;
        assert_eq!(asked.status, 401);
        assert_eq!(asked.headers["www-authenticate"], "Basic realm=\"GitHub\"");
        let refused = git(place.path(), &["ls-remote", &url(&world, slug)]).await;
        let complaint = refused.expect_err("no such repository");
        assert!(complaint.contains("could not read Username"), "{complaint}");
    }
    assert!(world.github.violations().is_empty());
    let known = get(&format!("/acme/nothing.git{refs}")).basic_auth("x", Some(&world.token));
    assert_eq!(answer(known).await.status, 404);
    assert!(
        world.github.violations()[0].reason.contains("credentials"),
        "a token has no business there"
    );
}

#[tokio::test]
async fn a_push_is_refused_and_noted() {
    let world = World::new().await;
    let place = tempfile::tempdir().expect("a directory");
    let from = url(&world, SLUG);
    git(place.path(), &["clone", "-q", &from, "copy"])
        .await
        .expect("a clone");
    let copy = place.path().join("copy");
    let pushed = git(&copy, &["push", "-q", "origin", "HEAD:refs/heads/mine"]).await;
    assert!(pushed.is_err());
    assert_eq!(world.github.repo(SLUG).branches().len(), 1);
    assert!(world.github.violations()[0].reason.contains("push"));
    let old = format!("{from}/info/refs");
    let dumb = answer(world.client.request(Method::GET, old)).await;
    assert_eq!(dumb.status, 403);
}

#[tokio::test]
async fn cloning_has_faults_of_its_own() {
    let world = World::new().await;
    let faults = &world.github.git_rim().faults;
    faults.once(When::on("POST", "/acme/"), What::Html502);
    let place = tempfile::tempdir().expect("a directory");
    let from = url(&world, SLUG);
    let broken = git(place.path(), &["clone", "-q", &from, "copy"]).await;
    assert!(broken.is_err());
    assert_eq!(world.get("/repos/acme/widget").await.status, 200);
    let again = git(place.path(), &["clone", "-q", &from, "copy"]).await;
    assert_eq!(again, Ok(String::new()));
}
