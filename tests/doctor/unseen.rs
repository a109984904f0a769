//! What cannot be looked at from here.

use serde_json::json;

use super::world::{World, finding};

#[tokio::test(flavor = "multi_thread")]
async fn without_a_way_to_the_tenant_no_exchange_is_tried() {
    let world = World::new().await;
    world.sim.auth0.rim().set_down(true);
    let answer = world.bountyd(&["doctor", "--json"]).left_with(69).json();
    assert_eq!(answer["first"], json!("tenant.reachable"), "{answer:#}");
    let failed = answer["checks"].as_array().expect("checks");
    let failed = failed.iter().filter(|check| check["verdict"] == "failure");
    assert_eq!(failed.count(), 1, "{answer:#}");
    assert_eq!(
        finding(&answer, "exchange")["because"],
        json!("tenant.reachable")
    );
    let journal = world.bountyd(&["journal", "--json"]).left_with(0).json();
    assert_eq!(journal, json!([]), "nothing was begun");
}

/// Listed nowhere.
const STRANGER: u32 = 4321;

#[tokio::test(flavor = "multi_thread")]
async fn what_another_user_may_not_see_is_no_failure_and_no_success() {
    if !rustix::process::getuid().is_root() {
        println!("not told: only root can be another user");
        return;
    }
    let world = World::new().await;
    world.doctor();
    let exchanges = world.sim.auth0.exchanges().len();
    world.chmod("secret", 0o755);
    let said = world
        .bountyd_as(STRANGER, &["doctor", "--json"])
        .left_with(66);
    let answer = said.json();
    assert_eq!(answer["first"], json!(null), "{answer:#}");
    for check in ["key.file", "telegram.token", "ledger.directory"] {
        let found = finding(&answer, check);
        assert_eq!(found["verdict"], json!("not_tried"), "{found}");
        assert!(found["because"].is_null(), "{found}");
        assert!(
            found["remedy"].as_str().is_some_and(|r| r.contains("run")),
            "{found}"
        );
    }
    let blocked = finding(&answer, "exchange");
    assert_eq!(blocked["verdict"], json!("not_tried"));
    assert_eq!(blocked["because"], json!("key.file"), "{blocked}");
    assert_eq!(finding(&answer, "tenant.reachable")["verdict"], json!("ok"));
    assert_eq!(world.sim.auth0.exchanges().len(), exchanges);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ledger_without_room_is_named_before_what_needs_it() {
    let world = World::new().await;
    let state = world.path("state");
    let options = ["-t", "tmpfs", "-o", "size=512k,mode=0700", "tmpfs"];
    let mounted = std::process::Command::new("mount")
        .args(options)
        .arg(&state)
        .output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        println!("not told: this process may not mount a file system");
        return;
    }
    let answer = world.bountyd(&["doctor", "--json"]);
    let unmounted = std::process::Command::new("umount")
        .arg("-l")
        .arg(&state)
        .output();
    assert!(unmounted.is_ok_and(|output| output.status.success()));
    let answer = answer.left_with(73).json();
    assert_eq!(answer["first"], json!("ledger.disk"), "{answer:#}");
    assert_eq!(
        finding(&answer, "exchange")["because"],
        json!("ledger.disk")
    );
    assert_eq!(world.sim.auth0.exchanges().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_ledger_is_made_in_another_users_directory() {
    if !rustix::process::getuid().is_root() {
        println!("not told: only root can be another user");
        return;
    }
    let world = World::new().await;
    std::os::unix::fs::chown(world.path("state"), Some(STRANGER), Some(STRANGER)).expect("given");
    let answer = world.bountyd(&["doctor", "--json"]).left_with(66).json();
    let ledger = finding(&answer, "ledger.open");
    assert_eq!(ledger["verdict"], json!("not_tried"), "{ledger}");
    assert_eq!(ledger["link"], json!("systemctl start bountyd"));
    assert_eq!(
        finding(&answer, "exchange")["because"],
        json!("ledger.open")
    );
    let left = std::fs::read_dir(world.path("state")).expect("a directory");
    assert_eq!(left.count(), 0, "a file of ours would shut its owner out");
    assert_eq!(world.sim.auth0.exchanges().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_root_left_in_another_users_directory_is_named_first() {
    if !rustix::process::getuid().is_root() {
        println!("not told: only root can be another user");
        return;
    }
    let world = World::new().await;
    world.doctor();
    let given = |name| std::os::unix::fs::chown(world.path(name), Some(STRANGER), Some(STRANGER));
    given("state").expect("given");
    given("state/ledger.db").expect("given");
    let answer = world.bountyd(&["doctor", "--json"]).left_with(65).json();
    assert_eq!(answer["first"], json!("ledger.open"), "{answer:#}");
    let ledger = finding(&answer, "ledger.open");
    let path = world.path("state/ledger.lock");
    let remedy = ledger["remedy"].as_str().expect("a remedy");
    assert!(
        remedy.contains(&format!("chown -h {STRANGER} {}", path.display())),
        "{ledger}"
    );
}
