//! What cannot go well is said clearly, with nothing half-done.

use std::os::unix::fs::PermissionsExt as _;

use sim::auth0::{Client, ClientAuth};
use vault::tenant::SET_UP_SCOPES;

use crate::world::{OWNER, Said, World};

/// Nothing was made, on either side.
#[track_caller]
fn untouched(w: &World) {
    assert_eq!(w.writes(), 0);
    assert!(!w.path("bountyd.toml").exists());
    assert!(!w.path("assertion-key").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_address_is_named_for_what_it_is() {
    let w = World::new().await;
    let nobody = {
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        format!("http://{}/", free.local_addr().expect("an address"))
    };
    let github = format!("{}/", w.sim.github.url());
    let other_name = w.sim.auth0.url().replace("127.0.0.1", "localhost") + "/";
    for (base, code, words) in [
        (
            nobody.as_str(),
            69,
            "check the spelling of the domain, and the network",
        ),
        (github.as_str(), 78, "is not an Auth0 tenant"),
        (other_name.as_str(), 78, "calls itself http://127.0.0.1"),
        ("http://192.0.2.1/", 78, "http is possible on loopback"),
    ] {
        let mut command = w.bountyd();
        let token = w.path("token");
        command.args([
            "init",
            "--yes",
            "--domain",
            "acme.example",
            "--base-url",
            base,
        ]);
        command
            .args(["--user-id", OWNER, "--token-file"])
            .arg(token);
        let said = Said::of(&command.output().expect("it runs"));
        said.refused(code, &[words]);
        untouched(&w);
    }
    let mut command = w.bountyd();
    command.args(["init", "--yes", "--domain", "not a domain"]);
    Said::of(&command.output().expect("it runs")).refused(64, &["acme.eu.auth0.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_over_or_may_not_do_it_is_named() {
    let w = World::new().await;
    w.sim.auth0.clock_offset(2 * 86_400_000);
    w.init(&["--yes"])
        .refused(77, &["management token", "API Explorer"]);
    untouched(&w);

    let w = World::new().await;
    std::fs::write(w.path("token"), "canary-no-token").expect("written");
    let said = w.init(&["--yes"]);
    said.refused(77, &["management token", "API Explorer"]);
    assert!(!said.err.contains("canary-no-token"));
    untouched(&w);
    std::fs::remove_file(w.path("token")).expect("removed");
    w.init(&["--yes"]).refused(66, &["token", "no such file"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_scope_that_is_missing_is_named_and_with_it_the_same_end_is_reached() {
    for lacking in SET_UP_SCOPES {
        // Only an application that is there already is changed by way of these.
        if ["read:client_credentials"].contains(lacking) {
            continue;
        }
        let rest: Vec<&str> = SET_UP_SCOPES
            .iter()
            .filter(|s| *s != lacking)
            .copied()
            .collect();
        let w = World::with_scopes(&rest).await;
        let said = w.init(&["--yes"]);
        if said.code == Some(0) {
            // The tenant wants it of none of these calls.
            continue;
        }
        said.refused(77, &["lacks the scope", lacking]);
        // Another token, and it goes on from where it stood.
        std::fs::write(w.path("token"), w.sim.auth0.management_token(SET_UP_SCOPES))
            .expect("token");
        w.set_up(&[]);
        assert_eq!(w.sim.auth0.client_ids().len(), 2, "{lacking}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_without_the_feature_is_told_and_left() {
    let w = World::new().await;
    w.sim.auth0.switch(|s| s.feature_off = true);
    w.init(&["--yes"])
        .refused(78, &["privileged worker exchange", "Early Access"]);
    assert!(w.sim.auth0.client_ids().is_empty());
    assert!(!w.path("bountyd.toml").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_that_is_activated_by_hand_only_says_where_to_click() {
    let w = World::new().await;
    w.sim
        .auth0
        .switch(|s| s.my_account_by_dashboard_only = true);
    w.init(&["--yes"])
        .refused(78, &["Applications > APIs > Auth0 My Account API"]);
    assert!(!w.path("bountyd.toml").exists());
    w.sim.auth0.activate_my_account();
    w.set_up(&[]);
    assert_eq!(w.sim.auth0.client_ids().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_that_is_stored_otherwise_than_it_was_sent_is_noticed() {
    let w = World::new().await;
    w.sim.auth0.switch(|s| s.user_grants_become_client = true);
    let said = w.init(&["--yes"]);
    said.refused(
        1,
        &[
            "is not what was sent",
            "subject_type: is client, should be user",
        ],
    );
    assert!(!w.path("bountyd.toml").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_is_set_otherwise_is_shown_and_left_alone() {
    let w = World::new().await;
    let secret = ClientAuth::Secret("somebody-uses-this".into());
    let mut theirs = Client::new("theirs", secret);
    theirs.oidc_conformant = false;
    w.sim.auth0.add_client(theirs);
    let before = w.sim.auth0.client("theirs").expect("it is there");
    let more = ["--yes", "--worker-client-id", "theirs"];
    let said = w.init(&more);
    said.refused(
        78,
        &["oidc_conformant: is false, should be true", "--overwrite"],
    );
    untouched(&w);
    let after = w.sim.auth0.client("theirs").expect("it is there");
    assert_eq!(format!("{before:?}"), format!("{after:?}"));
    let said = w.init(&[&more[..], &["--overwrite"]].concat());
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert_eq!(w.worker_id(), "theirs");
    assert!(w.worker().oidc_conformant);
    assert_eq!(w.sim.auth0.client_ids().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namesake_is_not_taken_for_ours() {
    let w = World::new().await;
    let made = w.set_up(&[]);
    assert_eq!(made.code, Some(0));
    let id = w.worker_id();
    // Somebody's of the same name, in another tenant as it were.
    let other = World::new().await;
    let mut theirs = Client::new("theirs", ClientAuth::Secret("s".into()));
    theirs.set_name("bountyd");
    other.sim.auth0.add_client(theirs);
    other
        .init(&["--yes"])
        .refused(78, &["--worker-client-id theirs", "--name"]);
    untouched(&other);
    other.set_up(&["--name", "hunter"]);
    assert_eq!(other.sim.auth0.client_ids().len(), 3);
    assert_ne!(id, "theirs");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_is_not_understood_is_not_touched() {
    let w = World::new().await;
    let text = "setting_of_next_year = 1\n[auth0]\ndomain = \"a.example\"\nclient_id = \"x\"\nuser_id = \"auth0|1\"\n";
    std::fs::write(w.path("bountyd.toml"), text).expect("written");
    w.init(&["--yes"])
        .refused(78, &["setting_of_next_year", "settings of a newer bountyd"]);
    assert_eq!(
        std::fs::read_to_string(w.path("bountyd.toml")).expect("read"),
        text
    );
    assert_eq!(w.writes(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_says_otherwise_is_changed_by_the_owners_word_only() {
    let w = World::new().await;
    w.set_up(&[]);
    let file = w.path("bountyd.toml");
    let mine = std::fs::read_to_string(&file)
        .expect("read")
        .replace("#mode = \"watch\"", "mode = \"ask\" # my word");
    std::fs::write(&file, &mine).expect("written");
    let said = w.init(&[
        "--yes",
        "--mode",
        "auto",
        "--set",
        "claim_without_fixer=true",
    ]);
    said.refused(
        78,
        &[
            "- mode = \"ask\" # my word",
            "+ mode = \"auto\" # my word",
            "--overwrite",
        ],
    );
    assert_eq!(std::fs::read_to_string(&file).expect("read"), mine);
    w.set_up(&[
        "--mode",
        "auto",
        "--set",
        "claim_without_fixer=true",
        "--overwrite",
    ]);
    let now = std::fs::read_to_string(&file).expect("read");
    assert!(now.contains("mode = \"auto\" # my word"), "{now}");
    let kept = || std::fs::read_to_string(w.path("bountyd.toml.before-init")).expect("the copy");
    assert_eq!(kept(), mine);
    // Who reads it stays who reads it, and the first copy stays.
    let only_mine = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(&file, only_mine).expect("done");
    w.set_up(&["--mode", "ask", "--overwrite"]);
    let mode = std::fs::metadata(&file)
        .expect("there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o600);
    assert_eq!(kept(), mine);
    let second = std::fs::read_to_string(w.path("bountyd.toml.before-init.2"));
    assert_eq!(second.expect("another copy"), now);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_can_be_written_down_nothing_is_done() {
    let w = World::new().await;
    std::fs::write(w.path("state"), "a file, no directory").expect("written");
    w.init(&["--yes"])
        .refused(73, &["init.json", "nothing is changed in the tenant"]);
    assert_eq!(w.writes(), 0);
    // A full disk: the file system takes not a byte more.
    let w = World::new().await;
    let disk = w.path("state");
    std::fs::create_dir(&disk).expect("a directory");
    let options = ["-t", "tmpfs", "-o", "size=4k,nr_inodes=8", "tmpfs"];
    let mounted = std::process::Command::new("mount")
        .args(options)
        .arg(&disk)
        .status();
    if !mounted.is_ok_and(|status| status.success()) {
        println!("not told: this process may not mount a file system");
        return;
    }
    std::fs::write(disk.join("ballast"), [0_u8; 4096]).expect("full");
    let said = w.init(&["--yes"]);
    let unmounted = std::process::Command::new("umount").arg(&disk).status();
    said.refused(73, &["init.json", "No space left"]);
    assert!(unmounted.is_ok_and(|status| status.success()));
    assert_eq!(w.writes(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_terminal_and_without_yes_nothing_is_asked_of_a_pipe() {
    let w = World::new().await;
    w.init(&[]).refused(64, &["--yes", "ssh -t"]);
    untouched(&w);
    let mut command = w.bountyd();
    command.args([
        "init",
        "--yes",
        "--domain",
        "acme.example",
        "--crash-at",
        "init.made",
    ]);
    Said::of(&command.output().expect("it runs")).refused(64, &["simulators"]);
}
