//! Agents that harm: each is ended or goes nowhere, with a reason, and nothing is left of it.

use crate::ending::{ended, fix, running};
use crate::world::{FIX, SLUG, TEST, World};

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_floods_its_output_is_ended() {
    let world = World::new("yes flooded").await;
    let said = fix(&world).await;
    ended(&world, &said, "was killed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_hangs_is_ended_with_its_turn() {
    let world = World::new("echo begun; sleep 31536000").await;
    world.reconfigure("limits =", "turn = \"1m\"\nlimits =");
    let said = fix(&world).await;
    ended(&world, &said, "took too long").await;
    assert_eq!(running("sleep 31536000"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_forks_without_end_harms_nobody() {
    let world = World::new("f() { f | f & }; f; sleep 3; exit 9").await;
    let said = fix(&world).await;
    ended(&world, &said, "the agent").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_fills_its_disks_meets_their_end_and_goes_on() {
    let full = "for dir in /tmp /dev/shm \"$HOME\"; do\n\
                if dd if=/dev/zero of=$dir/big bs=1M count=100 2>/dev/null; then echo $dir; exit 1; fi\n\
                rm $dir/big\ndone\n";
    let world = World::new(&format!("{full}{FIX}{TEST}echo mended it")).await;
    let said = fix(&world).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert_eq!(world.sim.github.repo(SLUG).pulls().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_agent_leaves_running_is_ended() {
    let daemons = "for n in 1 2 3; do\n\
                   setsid sh -c 'trap \"\" TERM HUP INT; sleep 31536001; sleep 31536001' </dev/null >/dev/null 2>&1 &\n\
                   done\n";
    let world = World::new(&format!("{FIX}{TEST}{daemons}echo mended it")).await;
    let said = fix(&world).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert_eq!(running("sleep 31536001"), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_outside_of_the_tree_can_be_written() {
    let world = World::new("true").await;
    let victim = world.at("victim");
    std::fs::write(&victim, "whole").expect("written");
    let outside = victim.display();
    let script = format!(
        "for path in /usr/x /etc/x /run/x /x /work/../x /opt/x {outside}; do\n\
         if (echo broken > $path) 2>/dev/null; then echo \"error: wrote $path\" >&2; exit 1; fi\ndone\n\
         {FIX}{TEST}echo mended it"
    );
    world.agent(&script);
    let said = fix(&world).await;
    assert_eq!(said.code, Some(0), "{said:#?}");
    assert_eq!(std::fs::read_to_string(&victim).expect("there"), "whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn hooks_are_blocked_or_read_by_nobody() {
    let mark = tempfile::tempdir().expect("a directory");
    let ran = mark.path().join("ran");
    let hook = format!("printf '#!/bin/sh\\ntouch {}\\n'", ran.display());
    // The agent's own `.git` is no part of the tree, and no git of ours ever stands in it.
    let world = World::new(&format!(
        "{FIX}{TEST}mkdir -p .git/hooks\nfor name in pre-commit post-checkout; do {hook} > .git/hooks/$name; chmod +x .git/hooks/$name; done\n\
         printf '[core]\\nfsmonitor = touch {}\\n' > .git/config\necho mended it",
        ran.display()
    ))
    .await;
    let said = fix(&world).await;
    if said.code == Some(0) {
        let pull = &world.sim.github.repo(SLUG).pulls()[0];
        let (owner, _) = pull.head.split_once(':').expect("a branch");
        let fork = world.sim.github.repo(&format!("{owner}/sums"));
        let files = fork.files(&pull.head_oid);
        assert!(!files.iter().any(|path| path.contains(".git")), "{files:?}");
    } else {
        ended(&world, &said, ".git").await;
    }
    assert!(!ran.exists());

    for name in [".githooks/pre-commit", ".husky/pre-commit"] {
        let dir = name.split('/').next().expect("a directory");
        let world = World::new(&format!(
            "{FIX}{TEST}mkdir {dir}\n{hook} > {name}\necho mended it"
        ))
        .await;
        let said = fix(&world).await;
        ended(&world, &said, "X2").await;
        assert!(!ran.exists());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_too_large_is_not_read_and_too_many_files_are_blocked() {
    let large = "dd if=/dev/zero of=src/zero bs=1M count=100 2>/dev/null";
    let many = "mkdir many; cd many; seq 2000 | xargs touch";
    for (script, part) in [(large, "src/zero"), (many, "S7")] {
        let world = World::new(&format!("{FIX}{TEST}{script}\necho mended it")).await;
        let said = fix(&world).await;
        ended(&world, &said, part).await;
    }
}
