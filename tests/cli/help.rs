//! What `--help` teaches.

use super::support::Desk;

#[test]
fn the_first_page_names_every_command() {
    let desk = Desk::new();
    let said = desk.bountyd(&["--help"]).left_with(0);
    insta::assert_snapshot!(said.fits_a_terminal_and_obeys_nobody().out);
}

#[test]
fn every_command_explains_itself_within_80_columns() {
    let desk = Desk::new();
    let commands = [
        "run",
        "status",
        "pause",
        "resume",
        "pending",
        "approve",
        "deny",
        "leases",
        "extend",
        "scan",
        "explain",
        "bounties",
        "show",
        "journal",
        "check",
        "doctor",
        "connect",
        "init",
        "connections",
        "disconnect",
        "telegram",
        "keys",
        "fix",
        "jobs",
        "earnings",
        "sandbox",
        "estop",
        "backup",
        "restore",
        "export",
        "service",
        "mcp",
        "policy",
    ];
    let first = desk.bountyd(&["--help"]).out;
    for command in commands {
        assert!(first.contains(&format!("\n  {command} ")), "{command}");
        let said = desk.bountyd(&[command, "--help"]).left_with(0);
        let said = said.fits_a_terminal_and_obeys_nobody();
        assert!(said.out.contains("Usage: bountyd"), "{}", said.out);
    }
    let listed = first.lines().skip_while(|l| *l != "Commands:").skip(1);
    let listed = listed
        .take_while(|l| !l.is_empty())
        .filter(|l| !l.starts_with("    "));
    assert_eq!(listed.count(), commands.len() + 1, "{first}");
}

#[test]
fn a_wrong_command_line_leaves_with_64() {
    let desk = Desk::new();
    for wrong in [
        &["approve"][..],
        &["explain", "acme/widgets"],
        &["bounties", "--limit", "0"],
        &["journal", "--follow", "verify"],
        &["extend", "a/b#1", "--by", "-3h"],
        &["journal", "verify", "--head", "abc"],
        &["run", "--json"],
        &["no-such-command"],
    ] {
        desk.bountyd(wrong).left_with(64);
    }
}
