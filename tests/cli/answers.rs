//! Yes, no, and other words of the owner, without a daemon.

use bountyd::bounty::stage::Stage;
use bountyd::ledger::asked::ApprovalState;
use serde_json::json;

use super::support::{APPROVER, Desk, STRANGER, is_root};

async fn state(desk: &Desk) -> (ApprovalState, Stage, Vec<(String, String)>) {
    let ledger = desk.ledger().await;
    let bounty = ledger.bounty_by_name("acme/widgets", 7).await;
    let bounty = bounty.expect("read").expect("there");
    let approvals = ledger.approvals_about(bounty.id).await.expect("read");
    let lines = ledger.journal_after(0, None, 100).await.expect("read");
    ledger.close().await;
    let journal = lines.into_iter().map(|l| (l.kind, l.actor)).collect();
    (approvals[0].state, bounty.stage, journal)
}

#[tokio::test]
async fn without_a_terminal_nobody_says_yes_or_no() {
    let (desk, id) = Desk::filled().await;
    for verb in ["approve", "deny"] {
        for typed in ["", "y\n", "yes\nABCD\n"] {
            let said = desk.bountyd_without_terminal(&[verb, &id[..8]], typed);
            let said = said.left_with(77);
            assert!(
                said.err.contains("needs a person at a terminal"),
                "{}",
                said.err
            );
        }
    }
    let (approval, stage, _) = state(&desk).await;
    assert_eq!((approval, stage), (ApprovalState::Pending, Stage::Asking));
}

pub(crate) fn the_code(shown: &str) -> String {
    let code = shown.rsplit_once("type ").map(|(_, rest)| &rest[..4]);
    format!("{}\n", code.expect("a code"))
}

#[tokio::test]
async fn a_person_at_a_terminal_says_yes_once() {
    let (desk, id) = Desk::filled().await;
    let me = rustix::process::getuid().as_raw();
    if me != 0 {
        return;
    }
    let (code, shown) =
        desk.bountyd_on_a_terminal(me, &["approve", &id[..6]], |_| "ZZZZ\n".to_owned());
    assert_eq!(code, Some(1), "{shown}");
    assert!(shown.contains("nothing was answered"), "{shown}");
    assert_eq!(state(&desk).await.0, ApprovalState::Pending);
    let (code, shown) = desk.bountyd_on_a_terminal(me, &["approve", &id[..6]], the_code);
    assert_eq!(code, Some(0), "{shown}");
    for words in [
        "$750 · acme/widgets#7",
        "/attempt #7",
        "above $500",
        "Approved.",
    ] {
        assert!(shown.contains(words), "{words}\n{shown}");
    }
    assert!(
        !shown.contains("\x1b[2J"),
        "the title acted on the terminal"
    );
    let (approval, stage, journal) = state(&desk).await;
    assert_eq!(
        (approval, stage),
        (ApprovalState::Approved, Stage::Permitted)
    );
    let decided = ("approval.decided".to_owned(), "uid:0".to_owned());
    assert!(journal.contains(&decided), "{journal:?}");
    let (code, shown) = desk.bountyd_on_a_terminal(me, &["deny", &id], the_code);
    assert_eq!(code, Some(1), "{shown}");
    assert!(shown.contains("Already approved"), "{shown}");
    assert_eq!(state(&desk).await.0, ApprovalState::Approved);
}

#[tokio::test]
async fn a_no_keeps_its_reason() {
    let (desk, id) = Desk::filled().await;
    if !is_root() {
        return;
    }
    let (code, shown) = desk.bountyd_on_a_terminal(0, &["deny", &id[..6], "too", "far"], the_code);
    assert_eq!(code, Some(0), "{shown}");
    let known = desk.bountyd(&["show", "acme/widgets#7", "--json"]).json();
    assert_eq!(known["approvals"][0]["why"], json!("too far"));
    assert_eq!(known["approvals"][0]["channel"], json!("terminal"));
    assert_eq!(known["bounty"]["stage"], json!("denied"));
}

#[tokio::test]
async fn who_is_not_listed_is_told_so_before_he_types() {
    let (desk, id) = Desk::filled().await;
    if !is_root() {
        return;
    }
    for arguments in [
        vec!["approve", id.as_str()],
        vec!["deny", id.as_str()],
        vec!["extend", "acme/widgets#7"],
    ] {
        let said = desk.bountyd_as(STRANGER, &arguments).left_with(77);
        assert!(
            said.err.contains("65534 may not answer for the owner"),
            "{}",
            said.err
        );
    }
    // An approver who may not read the ledger needs the daemon.
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(desk.path("state"), private).expect("closed");
    for arguments in [&["pending"][..], &["pause"], &["extend", "acme/widgets#7"]] {
        let said = desk.bountyd_as(APPROVER, arguments).left_with(77);
        assert!(said.err.contains("may not read the ledger"), "{}", said.err);
    }
}

#[tokio::test]
async fn pause_and_resume_without_a_daemon_are_kept_for_it() {
    let (desk, _) = Desk::filled().await;
    assert!(
        desk.bountyd(&["pause"])
            .left_with(0)
            .out
            .starts_with("Paused")
    );
    let again = desk.bountyd(&["pause", "--json"]).left_with(0).json();
    assert_eq!(again["outcome"], json!("already_so"));
    let status = desk.bountyd(&["status", "--json"]).left_with(0).json();
    assert_eq!(status["state"], json!("paused"));
    let uid = rustix::process::getuid().as_raw();
    assert_eq!(status["paused"]["by"], json!(format!("uid:{uid}")));
    desk.bountyd(&["resume"]).left_with(0);
    let status = desk.bountyd(&["status", "--json"]).left_with(0).json();
    assert_eq!(status["state"], json!("ok"));
}

#[tokio::test]
async fn only_a_claim_gets_more_time() {
    let (desk, _) = Desk::filled().await;
    if !is_root() {
        return;
    }
    let said = desk.bountyd(&["extend", "acme/widgets#7"]).left_with(1);
    assert!(said.err.contains("no claim of ours"), "{}", said.err);
    desk.bountyd(&["extend", "acme/widgets#99"]).left_with(1);
    desk.bountyd(&["extend", "acme/widgets#7", "--by", "soon"])
        .left_with(64);
}

#[tokio::test]
async fn somebody_who_holds_the_ledger_and_does_not_listen_is_named() {
    let (desk, _) = Desk::filled().await;
    let lock = bountyd::ledger::lock::InstanceLock::take(&desk.config().ledger_path());
    let _lock = lock.expect("free");
    let said = desk.bountyd(&["pause"]).left_with(75);
    assert!(
        said.err.contains("another bountyd works on this ledger"),
        "{}",
        said.err
    );
    desk.bountyd(&["scan"]).left_with(75);
    desk.bountyd(&["explain", "acme/widgets#7"]).left_with(75);
    desk.bountyd(&["bounties"]).left_with(0);
}
