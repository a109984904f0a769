//! The documentation, followed to the letter: what its blocks of shell say is done, by the shipped program against
//! the simulators, on a copy of this machine's `/etc`, `/root`, `/usr` and `/var`.

#![expect(
    clippy::disallowed_methods,
    reason = "the harness waits for another process, in real time"
)]

#[path = "../../src/book/fence.rs"]
mod fence;
mod hour;
mod machine;
#[path = "../../src/book/part.rs"]
mod part;
mod shims;
mod tenant;
#[path = "../owner/terminal.rs"]
mod terminal;

use std::path::Path;
use std::time::{Duration, Instant};

use fence::Fence;
use machine::Machine;
use tenant::Tenant;

/// How long, in real time, something that must happen may take.
const PATIENCE: Duration = Duration::from_secs(60);

fn blocks(page: &str) -> Vec<Fence> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{page}: {why}"));
    let shell = fence::of(page, &text).into_iter().filter(Fence::is_shell);
    shell.collect()
}

/// Every page, the README too.
fn pages() -> Vec<String> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let mut all: Vec<String> = std::fs::read_dir(docs)
        .expect("docs/")
        .map(|entry| entry.expect("an entry").file_name())
        .filter_map(|name| name.into_string().ok())
        .filter(|name| name.ends_with(".md"))
        .map(|name| format!("docs/{name}"))
        .collect();
    all.push("README.md".to_owned());
    all.sort();
    all
}

/// What is typed at a block that waits for something.
fn typed(block: &Fence, tenant: &Tenant) -> String {
    let pastes_token = block
        .lines
        .iter()
        .any(|line| line.contains("/dev/stdin") && line.contains("telegram-token"));
    if pastes_token {
        tenant.bot_token()
    } else {
        String::new()
    }
}

/// Looks again, as the text says, until the daemon has asked GitHub whom it acts as.
async fn acts_as_the_owner(machine: &mut Machine) {
    let look = fence::of("the text", "```sh run\nsudo bountyd status\n```\n");
    let begun = Instant::now();
    loop {
        let said = machine.follow(&look[0], "").await;
        assert_eq!(said.code, 0, "{}", said.text);
        if said
            .text
            .contains("ok · mode watch · acting as @night-owner")
        {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{}", said.text);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// From a fresh copy to a daemon that watches, with nothing but what the quick start says; then every other block that
/// is marked `run`, on the machine that came of it.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_follows_the_text_has_a_daemon_that_watches_and_every_command_works() {
    if !rustix::process::getuid().is_root() {
        assert!(std::env::var_os("CI").is_none(), "CI must run this as root");
        eprintln!(
            "NOT RUN: the commands of the documentation take a machine of their own, and so root"
        );
        return;
    }
    if let Some(why) = Machine::refused() {
        eprintln!(
            "NOT RUN: the commands of the documentation, because nothing can be mounted here: {why}"
        );
        return;
    }
    let tenant = Tenant::open().await;
    let mut machine = Machine::new();
    let (mut steps, mut shown) = (0, String::new());
    for block in blocks("docs/quick-start.md") {
        if !["machine", "run"].contains(&block.mark()) {
            continue;
        }
        steps += 1;
        let said = machine.follow(&block, &typed(&block, &tenant)).await;
        // What a person does in the dashboard with the key that was just shown.
        if let Some(public) = said.public_key() {
            tenant.register(public);
            machine.put("filled.sed", &tenant.filled());
        }
        assert_eq!(said.code, 0, "{}:\n{}", block.place, said.text);
        shown += &said.text;
    }
    for words in ["mode watch", "owner/repo#7", "you would be asked"] {
        assert!(shown.contains(words), "`{words}` was not shown:\n{shown}");
    }
    assert_eq!(steps, 5, "blocks of the quick start that can be followed");
    assert!(tenant.is_connected(), "the account was connected");
    acts_as_the_owner(&mut machine).await;
    let mut ran = 0;
    for page in pages()
        .into_iter()
        .filter(|page| page != "docs/quick-start.md")
    {
        for block in blocks(&page).iter().filter(|block| block.mark() == "run") {
            ran += 1;
            let said = machine.follow(block, "").await;
            assert_eq!(said.code, 0, "{}:\n{}", block.place, said.text);
        }
    }
    assert!(ran >= 4, "only {ran} blocks were run");
    assert!(
        tenant.comments().is_empty(),
        "in mode `watch` nothing is written"
    );
}
