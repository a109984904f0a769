//! The logic, over files that stand in for the kernel's. What the kernel does with them is tried
//! where it lets us.

use std::fs;

use super::*;
use crate::check::tests::limits;

/// A directory that looks like a delegated group.
fn delegated(controllers: &str, enabled: &str) -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a directory");
    fs::write(root.path().join("cgroup.controllers"), controllers).expect("written");
    fs::write(root.path().join("cgroup.subtree_control"), enabled).expect("written");
    root
}

fn control(root: &tempfile::TempDir) -> String {
    fs::read_to_string(root.path().join("cgroup.subtree_control")).expect("read")
}

#[test]
fn a_group_with_everything_enabled_is_left_as_it_is() {
    let root = delegated("cpuset cpu io memory pids", "cpu memory pids");
    Root::open(root.path()).expect("opened");
    assert_eq!(control(&root), "cpu memory pids");
}

#[test]
fn what_is_not_enabled_is_enabled() {
    let root = delegated("cpu memory pids", "");
    Root::open(root.path()).expect("opened");
    assert_eq!(control(&root), "+memory +pids +cpu");
}

#[test]
fn a_missing_controller_is_named() {
    let root = delegated("cpu hugetlb", "");
    let refusal = Root::open(root.path()).expect_err("refused");
    assert_eq!(refusal.missing, Part::Cgroup);
    assert!(
        refusal.reason.ends_with("has no controller memory, pids"),
        "{refusal}"
    );
    assert!(refusal.remedy.contains("Delegate=memory pids cpu"));
    assert!(refusal.remedy.contains("rlimit-only"));
}

#[test]
fn a_directory_that_is_no_group_is_refused() {
    let plain = tempfile::tempdir().expect("a directory");
    let refusal = Root::open(plain.path()).expect_err("refused");
    assert!(refusal.reason.contains("cgroup.controllers"), "{refusal}");
}

#[test]
fn limits_are_written_in_the_kernels_words() {
    let written = files(&Limits {
        memory: 2 << 30,
        processes: 300,
        cpu_percent: 150,
        ..limits()
    });
    assert_eq!(
        written.map(|(name, value)| format!("{name}={value}")),
        [
            "memory.max=2147483648",
            "memory.swap.max=0",
            "memory.oom.group=1",
            "pids.max=300",
            "cpu.max=150000 100000",
        ]
    );
}

#[test]
fn a_group_that_cannot_be_limited_is_not_used_and_not_left() {
    // In a plain directory `memory.max` does not appear by itself, so the limit cannot be written.
    let root = delegated("cpu memory pids", "cpu memory pids");
    let made = Root::open(root.path())
        .expect("opened")
        .make(&limits())
        .map(|group| group.path().to_owned());
    let Err(SpecError::Cgroup { path, .. }) = made else {
        panic!("{made:?}");
    };
    assert!(path.ends_with("memory.max"));
    let left: Vec<_> = fs::read_dir(root.path())
        .expect("read")
        .flatten()
        .filter(|e| e.path().is_dir())
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn only_groups_of_processes_that_are_gone_are_swept() {
    let root = delegated("cpu memory pids", "cpu memory pids");
    let ours = format!("run-{}-0", std::process::id());
    // Above the largest process number there is (PID_MAX_LIMIT is 2^22).
    for name in ["run-4194305-7", &ours, "run-x-1", "other"] {
        let group = root.path().join(name);
        fs::create_dir(&group).expect("made");
        fs::write(group.join("cgroup.kill"), "").expect("written");
        fs::write(group.join("cgroup.events"), "populated 0\n").expect("written");
    }
    Root::open(root.path()).expect("opened");
    let killed = |name: &str| {
        fs::read_to_string(root.path().join(name).join("cgroup.kill")).expect("read") == "1"
    };
    assert!(killed("run-4194305-7"));
    assert!(!killed(&ours) && !killed("run-x-1") && !killed("other"));
}

/// A place for groups in the kernel's own tree, where this user may make one.
fn real() -> Option<tempfile::TempDir> {
    ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]
        .into_iter()
        .filter(|root| Path::new(root).join("cgroup.procs").exists())
        .find_map(|root| {
            let mut place = tempfile::Builder::new()
                .prefix("jail-test-")
                .tempdir_in(root)
                .ok()?;
            // A control group's files cannot be removed one by one; the group removes itself.
            place.disable_cleanup(true);
            Some(place)
        })
}

#[test]
fn a_group_ends_with_everything_that_joined_it() {
    let Some(place) = real() else {
        println!("NOT TRIED: no control group (v2) can be made by this user here");
        return;
    };
    let group = Group(place.path().to_owned());
    // Joins, leaves a daemon in another session, and becomes something that does not end.
    let mut child = std::process::Command::new("/bin/sh")
        .args([
            "-c",
            "echo 0 > \"$0/cgroup.procs\" && { setsid cat <&9 & } 9<&0; echo in; exec cat",
        ])
        .arg(group.path())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("started");
    let mut word = [0; 3];
    let mut out = child.stdout.take().expect("a pipe");
    io::Read::read_exact(&mut out, &mut word).expect("it says that it is in");
    let procs = fs::read_to_string(group.path().join("cgroup.procs")).expect("read");
    assert_eq!(procs.lines().count(), 2, "{procs}");

    group.remove().expect("removed");
    assert!(!group.path().exists());
    use std::os::unix::process::ExitStatusExt;
    assert_eq!(child.wait().expect("waited").signal(), Some(9));
    // The daemon held the pipe, too: its end is the end of the file.
    let mut rest = Vec::new();
    io::Read::read_to_end(&mut out, &mut rest).expect("closed");
    group.remove().expect("gone already is fine");
}
