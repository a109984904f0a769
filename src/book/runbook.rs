//! `docs/runbook.md` has an entry for everything that the daemon says when something is wrong.

use crate::book::messages::{self, Message};
use crate::book::{read, root};
use crate::exit::Exit;

/// A page as its reader sees it, on one line and without the marks of code.
fn plain(text: &str) -> String {
    let text = text.replace("\\|", "|").replace('`', "");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn missing<'a>(page: &str, all: &'a [Message]) -> Vec<&'a Message> {
    let page = plain(page);
    all.iter()
        .filter(|message| !page.contains(&plain(&message.words)))
        .collect()
}

#[test]
fn whatever_the_daemon_says_is_in_the_runbook() {
    let all = messages::all();
    for kind in [
        "log line",
        "error",
        "notice",
        "line of `status`",
        "code",
        "code of the egress process",
    ] {
        let seen = all.iter().filter(|message| message.kind == kind).count();
        assert!(
            seen >= 5,
            "only {seen} of the kind `{kind}` were found in the sources"
        );
    }
    let page = read(&root().join("docs/runbook.md"));
    let missing: Vec<String> = missing(&page, &all)
        .into_iter()
        .map(|message| format!("{} ({}): {}", message.kind, message.path, message.words))
        .collect();
    assert!(
        missing.is_empty(),
        "docs/runbook.md has no entry for {} of {}; write symptom, cause and remedy for each:\n  {}",
        missing.len(),
        all.len(),
        missing.join("\n  ")
    );
}

#[test]
fn a_message_without_an_entry_is_noticed() {
    let all = messages::all();
    let page = read(&root().join("docs/runbook.md"));
    let one = "a lane has not moved for";
    assert!(
        all.iter().any(|message| message.words == one),
        "the sentence is said no more"
    );
    let without = plain(&page).replace(one, "");
    assert!(
        missing(&without, &all)
            .iter()
            .any(|message| message.words == one)
    );
}

#[test]
fn every_state_and_every_exit_code_is_explained() {
    let page = read(&root().join("docs/runbook.md"));
    for state in [
        "ok",
        "paused",
        "ledger",
        "reconnect",
        "configuration",
        "waiting",
        "refused",
    ] {
        assert!(
            page.contains(&format!("| `{state}` |")),
            "docs/runbook.md does not explain the state {state}"
        );
    }
    let commands = read(&root().join("docs/commands.md"));
    let codes = [
        Exit::Ok,
        Exit::Failure,
        Exit::Usage,
        Exit::Data,
        Exit::NoInput,
        Exit::Unavailable,
        Exit::CannotCreate,
        Exit::TryLater,
        Exit::NotAllowed,
        Exit::Config,
    ];
    for exit in codes {
        let row = format!("\n| {} | ", exit.code());
        assert!(
            commands.contains(&row),
            "docs/commands.md does not explain exit code {}",
            exit.code()
        );
    }
}
