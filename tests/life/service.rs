//! The units without a package, below a root of their own.

use std::path::Path;
use std::process::Command;

use super::place::Said;

fn service(root: &Path, words: &[&str]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bountyd"));
    command.arg("service").args(words).arg("--root").arg(root);
    Said::of(&command.output().expect("it runs"))
}

fn read(root: &Path, name: &str) -> Option<String> {
    std::fs::read_to_string(root.join(name)).ok()
}

const UNIT: &str = "etc/systemd/system/bountyd.service";
const CONFIG: &str = "etc/bountyd/bountyd.toml";

#[test]
fn what_is_installed_is_what_is_shipped_and_goes_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let root = dir.path();
    let plan = service(root, &["install", "--dry-run"]).left_with(0).out;
    assert_eq!(plan.lines().count(), 7, "{plan}");
    assert!(plan.lines().all(|l| l.starts_with("write ")), "{plan}");
    assert_eq!(
        std::fs::read_dir(root).expect("read").count(),
        0,
        "it only says"
    );
    service(root, &["install"]).left_with(0);
    assert_eq!(
        read(root, UNIT).as_deref(),
        Some(include_str!("../../systemd/bountyd.service"))
    );
    let verified = Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .arg(root.join("etc/systemd/system/bountyd-fixer.socket"))
        .output()
        .expect("systemd-analyze runs: see scripts/packages.sh");
    let said = String::from_utf8_lossy(&verified.stderr);
    let ours = |l: &&str| l.contains("bountyd") && l.contains("Unknown");
    assert_eq!(said.lines().find(ours), None, "{said}");
    // Again changes nothing; what differs stays until it is said otherwise; the owner's own is not touched.
    let again = service(root, &["install", "--json"]).left_with(0).json();
    assert_eq!(again["written"], serde_json::json!([]));
    std::fs::write(root.join(CONFIG), "mine").expect("written");
    std::fs::write(root.join(UNIT), "an earlier version's").expect("written");
    let status = service(root, &["status"]).left_with(0).out;
    assert!(status.contains("bountyd.service: differs"), "{status}");
    assert!(status.contains("bountyd.toml: yours"), "{status}");
    let plan = service(root, &["install", "--dry-run"]).left_with(0).out;
    assert!(plan.starts_with("leave "), "{plan}");
    let said = service(root, &["install"]).left_with(78).err;
    assert!(
        said.contains("bountyd.service differs") && said.contains("--replace"),
        "{said}"
    );
    assert_eq!(read(root, UNIT).as_deref(), Some("an earlier version's"));
    let plan = service(root, &["install", "--replace", "--dry-run"]).left_with(0);
    assert!(plan.out.starts_with("replace "), "{}", plan.out);
    let said = service(root, &["install", "--replace"]).left_with(0).out;
    let kept = format!("{UNIT}.before");
    assert!(said.contains(&kept), "{said}");
    assert_eq!(read(root, &kept).as_deref(), Some("an earlier version's"));
    assert_eq!(read(root, CONFIG).as_deref(), Some("mine"));
    assert!(read(root, UNIT).is_some_and(|t| t.contains("ExecStart=")));
    // The first copy is not written over.
    std::fs::write(root.join(UNIT), "changed again").expect("written");
    let again = service(root, &["install", "--replace", "--json"]).left_with(0);
    assert_eq!(
        again.json()["kept"],
        serde_json::json!([root.join(format!("{kept}.2"))])
    );
    assert_eq!(read(root, &kept).as_deref(), Some("an earlier version's"));
    for copy in [kept.clone(), format!("{kept}.2")] {
        std::fs::remove_file(root.join(copy)).expect("removed");
    }
    // A unit that somebody changed is his, and named.
    std::fs::write(root.join(UNIT), "changed by hand").expect("written");
    let said = service(root, &["uninstall"]).left_with(0).out;
    assert!(said.contains("Left, because it was changed"), "{said}");
    assert_eq!(read(root, UNIT).as_deref(), Some("changed by hand"));
    assert_eq!(read(root, CONFIG).as_deref(), Some("mine"));
    let left = std::fs::read_dir(root.join("etc/systemd/system")).expect("read");
    assert_eq!(left.count(), 1);
    let said = service(root, &["uninstall"]).left_with(0).out;
    assert!(said.contains("Nothing was there"), "{said}");
}

#[test]
fn what_a_package_has_put_there_is_the_packages() {
    let dir = tempfile::tempdir().expect("a directory");
    let place = dir.path().join("usr/lib/systemd/system");
    std::fs::create_dir_all(&place).expect("a directory");
    std::fs::write(place.join("bountyd.service"), "").expect("written");
    for verb in ["install", "uninstall"] {
        let said = service(dir.path(), &[verb]).left_with(78);
        assert!(said.err.contains("package manager"), "{}", said.err);
    }
    assert!(!dir.path().join("etc").exists());
}

#[test]
fn without_systemd_it_is_refused_with_what_to_do_instead() {
    if Path::new("/run/systemd/system").is_dir() {
        println!("not told: systemd runs here");
        return;
    }
    let said = service(Path::new("/"), &["install"]).left_with(78);
    assert!(said.err.contains("--root"), "{}", said.err);
    assert!(!Path::new("/etc/systemd/system/bountyd.service").exists());
}
