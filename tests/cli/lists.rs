//! What is known, without a daemon.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use super::support::{APPROVER, Desk, TITLE, is_root};

#[tokio::test]
async fn bounties_are_listed_by_stage_with_a_limit() {
    let (desk, _) = Desk::filled().await;
    let said = desk.bountyd(&["bounties"]).left_with(0);
    let said = said.fits_a_terminal_and_obeys_nobody();
    assert!(said.out.contains("acme/widgets#7"), "{}", said.out);
    assert!(said.out.contains("above your threshold"), "{}", said.out);
    assert!(said.out.contains("⟨U+001B⟩"), "{}", said.out);
    let found = desk.bountyd(&["bounties", "--stage", "found", "--json"]);
    let found = found.left_with(0).obeys_nobody().json();
    assert_eq!(found[0]["number"], json!(8));
    let asking = desk.bountyd(&["bounties", "--stage", "asking", "--json"]);
    let asking = asking.left_with(0).json();
    assert_eq!(asking[0]["reason"], json!("above_threshold"), "a code");
    assert_eq!(
        found[0]["title"],
        json!(TITLE),
        "a program gets it unharmed"
    );
    assert_eq!(found.as_array().map(Vec::len), Some(1));
    let one = desk.bountyd(&["bounties", "--limit", "1"]).left_with(0);
    assert!(one.out.contains("1 of 2"), "{}", one.out);
    let wrong = desk.bountyd(&["bounties", "--stage", "lost-and-found"]);
    assert!(wrong.left_with(64).err.contains("withdrawn"));
}

#[tokio::test]
async fn one_bounty_is_shown_with_its_question_and_its_journal() {
    let (desk, id) = Desk::filled().await;
    let said = desk.bountyd(&["show", "ACME/widgets#7"]).left_with(0);
    let said = said.fits_a_terminal_and_obeys_nobody();
    for words in [
        "Stage     asking (above your threshold)",
        "pending, asked",
        "approval.asked",
        "is to be sent ($750)",
    ] {
        assert!(said.out.contains(words), "{words}\n{}", said.out);
    }
    let known = desk.bountyd(&["show", "acme/widgets#7", "--json"]);
    let known = known.left_with(0).obeys_nobody().json();
    assert_eq!(known["approvals"][0]["id"], json!(id));
    assert_eq!(known["approvals"][0]["card"]["amount"], json!("$750"));
    assert_eq!(known["journal"][0]["kind"], json!("approval.asked"));
    let unknown = desk.bountyd(&["show", "acme/widgets#99"]).left_with(1);
    assert!(unknown.err.contains("knows no bounty acme/widgets#99"));
    desk.bountyd(&["show", "acme/widgets"]).left_with(64);
}

#[tokio::test]
async fn pending_questions_and_the_status_come_from_the_ledger_when_no_daemon_runs() {
    let (desk, id) = Desk::filled().await;
    let said = desk.bountyd(&["pending"]).left_with(0);
    let said = said.fits_a_terminal_and_obeys_nobody();
    assert!(said.out.contains(&id[..8]), "{}", said.out);
    assert!(said.out.contains("59m"), "{}", said.out);
    let pending = desk.bountyd(&["pending", "--json"]).left_with(0).json();
    assert_eq!(pending[0]["id"], json!(id));
    assert_eq!(pending[0]["usd_cents"], json!(75_000));
    let instant = |name: &str| pending[0][name].as_i64().expect(name);
    assert_eq!(instant("expires_at") - instant("delivered_at"), 3_600_000);
    let said = desk.bountyd(&["status"]).left_with(0);
    let said = said.fits_a_terminal_and_obeys_nobody();
    assert!(said.out.starts_with("No daemon listens at"), "{}", said.out);
    assert!(said.out.contains("waiting for you: 1"), "{}", said.out);
    let status = desk.bountyd(&["status", "--json"]).left_with(0).json();
    assert_eq!(status["live"], json!(null));
    assert_eq!(status["pending"], json!(1));
}

#[test]
fn without_a_ledger_nothing_is_made_up() {
    let desk = Desk::new();
    for command in [
        "bounties", "pending", "status", "journal", "pause", "resume",
    ] {
        let said = desk.bountyd(&[command]).left_with(69);
        assert!(said.err.contains("there is no ledger at"), "{}", said.err);
        let asks = !matches!(command, "bounties" | "journal");
        let told = said.err.contains("no daemon listens at");
        assert_eq!(told, asks, "{command}: {}", said.err);
        assert_eq!(said.out, "");
    }
    let state = std::fs::read_dir(desk.path("state")).expect("a directory");
    assert_eq!(state.count(), 0, "reading left something behind");
}

#[tokio::test]
async fn what_is_odd_about_the_configuration_is_for_check_and_run() {
    let (desk, _) = Desk::filled().await;
    let text = std::fs::read_to_string(desk.path("bountyd.toml")).expect("read");
    let text = format!("mode = \"auto\"\n{text}");
    std::fs::write(desk.path("bountyd.toml"), text).expect("written");
    for command in ["bounties", "status", "pending", "journal", "pause"] {
        let said = desk.bountyd(&[command]).left_with(0);
        assert_eq!(said.err, "", "{command}");
    }
    let said = desk.bountyd(&["check"]).left_with(0);
    let odd = "every bounty will be asked about";
    assert!(said.err.contains(odd), "{}", said.err);
}

#[test]
fn whoever_may_not_write_there_is_told_so() {
    let desk = Desk::new();
    let fixed = std::fs::Permissions::from_mode(0o555);
    std::fs::set_permissions(desk.path("state"), fixed).expect("closed");
    for command in [&["run", "--once"][..], &["scan"]] {
        let said = if is_root() {
            desk.bountyd_as(APPROVER, command)
        } else {
            desk.bountyd(command)
        };
        let said = said.left_with(77);
        assert!(said.err.contains("you may not write"), "{}", said.err);
        assert!(said.err.contains("sudo"), "{}", said.err);
    }
}

#[test]
fn a_wrong_configuration_is_named_before_anything_else() {
    let desk = Desk::new();
    std::fs::write(desk.path("bountyd.toml"), "nonsense = 1\n").expect("written");
    for command in ["bounties", "scan", "status", "resume"] {
        let said = desk.bountyd(&[command]).left_with(78);
        assert!(said.err.contains("nonsense"), "{}", said.err);
    }
}
