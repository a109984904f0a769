//! A machine and a repository that would like git to run something.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use fix::objects::tree_id;
use gate::tree::Entry;

use crate::support::{Place, Repo, mirror_of};

/// Set for the child that does the work.
const POISONED: &str = "BOUNTYD_TEST_POISONED";

/// Makes a program that leaves a mark, and a home whose configuration runs it on every occasion.
fn poison(home: &Path) -> std::path::PathBuf {
    let (canary, mark) = (home.join("canary"), home.join("mark"));
    let script = format!("#!/bin/sh\necho \"$0 $*\" >> {}\ncat\n", mark.display());
    std::fs::write(&canary, script).expect("a program");
    std::fs::set_permissions(&canary, std::fs::Permissions::from_mode(0o755)).expect("a mode");
    std::fs::create_dir(home.join("hooks")).expect("a directory");
    for hook in [
        "post-checkout",
        "reference-transaction",
        "post-index-change",
        "pre-auto-gc",
        "fsmonitor-watchman",
    ] {
        std::fs::copy(&canary, home.join("hooks").join(hook)).expect("a hook");
    }
    let canary = canary.display();
    let config = format!(
        "[core]\n\thooksPath = {home}/hooks\n\tfsmonitor = {canary}\n\tattributesFile = {home}/attributes\n\
         \taskPass = {canary}\n\tpager = {canary}\n\talternateRefsCommand = {canary}\n\
         [credential]\n\thelper = \"!{canary}\"\n[diff]\n\texternal = {canary}\n\
         [diff \"evil\"]\n\tcommand = {canary}\n\ttextconv = {canary}\n\
         [filter \"evil\"]\n\tclean = {canary}\n\tsmudge = {canary}\n\trequired = true\n\
         [filter \"lfs\"]\n\tsmudge = {canary}\n\tclean = {canary}\n\tprocess = {canary}\n\
         [init]\n\ttemplateDir = {home}/template\n[uploadpack]\n\tpackObjectsHook = {canary}\n\
         [url \"ext::{canary} \"]\n\tinsteadOf = http\n[protocol]\n\tallow = always\n",
        home = home.display()
    );
    std::fs::write(home.join(".gitconfig"), config).expect("a configuration");
    std::fs::write(home.join("attributes"), "* filter=evil diff=evil\n").expect("attributes");
    std::fs::create_dir_all(home.join("template/hooks")).expect("a directory");
    std::fs::copy(
        home.join("canary"),
        home.join("template/hooks/reference-transaction"),
    )
    .expect("a hook");
    mark
}

fn poisoned(command: &mut Command, home: &Path) {
    let canary = home.join("canary");
    command
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home)
        .env("GIT_CONFIG_GLOBAL", home.join(".gitconfig"))
        .env("GIT_TEMPLATE_DIR", home.join("template"))
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "core.fsmonitor")
        .env("GIT_CONFIG_VALUE_0", &canary)
        .env("http_proxy", "http://127.0.0.1:1")
        .env("HTTPS_PROXY", "http://127.0.0.1:1")
        .env("ALL_PROXY", "http://127.0.0.1:1");
    for name in [
        "GIT_EXTERNAL_DIFF",
        "GIT_ASKPASS",
        "SSH_ASKPASS",
        "GIT_SSH",
        "GIT_SSH_COMMAND",
        "GIT_PAGER",
        "GIT_EDITOR",
        "GIT_PROXY_COMMAND",
    ] {
        command.env(name, &canary);
    }
}

#[test]
fn nothing_that_the_environment_or_a_configuration_names_is_run() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let mark = poison(home.path());
    let mut child = Command::new(std::env::current_exe().expect("this program"));
    child.args(["--exact", "environment::a_whole_checkout", "--nocapture"]);
    child.env(POISONED, "1");
    poisoned(&mut child, home.path());
    let done = child.output().expect("the child ends");
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(done.status.success() && said.contains("1 passed"), "{said}");
    assert!(
        !mark.exists(),
        "run: {}",
        std::fs::read_to_string(&mark).unwrap_or_default()
    );

    // And it would have been: git itself, in the same environment, runs it.
    let mut git = Command::new("git");
    poisoned(&mut git, home.path());
    let work = home.path().join("work");
    git.arg("init").arg(&work).output().expect("git ends");
    std::fs::write(work.join("a"), "1").expect("a file");
    let mut git = Command::new("git");
    poisoned(&mut git, home.path());
    git.args(["add", "a"])
        .current_dir(&work)
        .output()
        .expect("git ends");
    assert!(mark.exists(), "the canary does not sing");
}

/// The whole way, with a repository that has everything in it that git could be led astray by.
#[tokio::test]
async fn a_whole_checkout() {
    let (repo, place) = (Repo::new(), Place::new());
    repo.commit_files(&[
        (
            ".gitattributes",
            b"* filter=evil diff=evil merge=evil\n*.bin filter=lfs diff=lfs -text\n",
        ),
        (
            ".gitmodules",
            b"[submodule \"x\"]\n\tpath = x\n\turl = https://evil.example/x\n\tupdate = none\n",
        ),
        (".lfsconfig", b"[lfs]\n\turl = https://evil.example\n"),
        (
            "large.bin",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
        ),
        ("a.txt", b"one\r\ntwo\n"),
        ("hooks/post-checkout", b"#!/bin/sh\nexit 1\n"),
        ("config", b"[core]\n\tfsmonitor = false\n"),
        ("HEAD", b"ref: refs/heads/main\n"),
    ]);
    let mirror = mirror_of(&repo, &place).await;
    let base = mirror.base_tree(mirror.base()).await.expect("a tree");
    let mut tree = base.clone();
    let content = b"one\r\nTWO\n"[..].into();
    let file = Entry::File {
        content,
        executable: true,
    };
    tree.entries.insert(b"a.txt".to_vec(), file);
    let id = mirror.write_tree(&tree).await.expect("an id");
    let diff = mirror
        .diff(tree_id(&base).expect("an id"), id)
        .await
        .expect("a diff");
    assert!(String::from_utf8_lossy(&diff.text).contains("-two\n+TWO\n"));
    drop(mirror);
    place.is_clean();
}
