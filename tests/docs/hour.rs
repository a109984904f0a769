//! The first hour, from a clean Debian to the first scan, at a terminal: the package is installed, and what
//! docs/first-hour.md says is typed. What was shown is what stands there.

mod browser;
mod plain;
mod seat;
mod services;
mod sweep;

use std::path::{Path, PathBuf};

use browser::Browser;
use seat::Seat;
use services::{GITHUB_SECRET, Services};

use crate::blocks;
use crate::part::holds;

/// The page with its commands and with what they show.
const PAGE: &str = "docs/first-hour.md";

const HOW: &str = "write it anew: BOUNTYD_WRITE_DOCS=1 scripts/first-hour.sh PACKAGE";

/// A person's patience: fewer questions than this, from nothing to the first scan.
const TOO_MANY: usize = 15;

const ENTER: &str = "\r";
const DOWN: &str = "\x1b[B";

struct Hour {
    services: Services,
    seat: Seat,
    browser: Browser,
}

impl Hour {
    /// What a person answers, from the first question to the last.
    async fn init(&mut self) {
        let (device, secret) = (
            format!("{}\r", self.services.cast.client_id),
            format!("{GITHUB_SECRET}\r"),
        );
        let seat = &mut self.seat;
        seat.answers("Which Auth0 tenant?", "simulated.example\r")
            .await;
        seat.answers("How do you sign in?", &format!("{DOWN}{ENTER}"))
            .await;
        seat.answers("Client id of that native application?", &device)
            .await;
        let (page, code) = self.shown_code().await;
        self.browser.confirms(&page, &code).await;
        let seat = &mut self.seat;
        seat.answers("Where will you hunt?", ENTER).await;
        let question = "Client id of your application at GitHub?";
        seat.answers(question, "Ov23liSimulated0000\r").await;
        seat.answers("Which user of the tenant are you?", ENTER)
            .await;
        seat.answers("From which public address", ENTER).await;
        seat.answers("How far may bountyd go by itself?", ENTER)
            .await;
        seat.answers("Do this?", ENTER).await;
        let question = "Client secret of your application at GitHub";
        seat.answers(question, &secret).await;
    }

    /// The page for devices, and the code below it.
    async fn shown_code(&mut self) -> (String, String) {
        self.seat.until("and confirm:").await;
        let page = self.address().await;
        self.seat.until("\n").await;
        let code = self.seat.until("\n").await;
        (page, code.trim().to_owned())
    }

    /// The next address that stands alone on its line.
    async fn address(&mut self) -> String {
        self.seat.until("  http://").await;
        let rest = self.seat.until("\r").await;
        format!("http://{}", rest.trim_end())
    }

    /// Both pages, each when it is asked for.
    async fn connect(&mut self) {
        for _ in 0..2 {
            self.seat.until("Open this page").await;
            let page = self.address().await;
            let end = self.browser.agrees(&page).await;
            assert!(end.contains("bountyd"), "{end}");
        }
    }

    /// The token is pasted, and the code sent from the phone.
    async fn pair(&mut self) {
        let token = format!("{}\r", self.services.sim.telegram.token());
        self.seat.answers("The token of your bot", &token).await;
        self.seat.until("private chat with it:").await;
        let shown = self.seat.until("Waiting for it").await;
        let code = shown.split_whitespace().next().expect("a code");
        let sent = self.services.cast.owner.says(code);
        assert!(sent.is_some(), "the bot does not listen");
    }

    /// One command of the page, from its first key to its last word.
    async fn step(&mut self, command: &str) -> String {
        let words: Vec<&str> = command.split_whitespace().collect();
        let typed = match words.as_slice() {
            ["bountyd", "init"] => format!("{command} --answers simulated.toml"),
            ["bountyd", "telegram", "pair"] => {
                format!("{command} --api-url {}/", self.services.sim.telegram.url())
            }
            _ => command.to_owned(),
        };
        self.seat.types(&typed);
        match words.as_slice() {
            ["bountyd", "init"] => self.init().await,
            ["bountyd", "connect", ..] => self.connect().await,
            ["bountyd", "telegram", "pair"] => self.pair().await,
            _ => {}
        }
        self.seat.well().await
    }
}

/// The body of the private key, line by line: no two lines of it stand anywhere else.
fn key(root: &Path) -> Vec<String> {
    let file = root.join("etc/credstore/bountyd.assertion-key");
    let pem = std::fs::read_to_string(file).expect("the key");
    let body = pem.lines().filter(|line| !line.starts_with("--"));
    body.filter(|line| line.len() > 32)
        .map(str::to_owned)
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a clean Debian with the package beside it: scripts/first-hour.sh PACKAGE"]
async fn the_first_hour_on_a_clean_debian() {
    let root = std::env::var_os("FIRST_HOUR").expect("FIRST_HOUR names the root of a clean Debian");
    let root = PathBuf::from(root);
    let services = Services::open().await;
    std::fs::write(root.join("root/simulated.toml"), services.answers()).expect("written");
    let mut hour = Hour {
        seat: Seat::at(&root).await,
        browser: Browser::new(),
        services,
    };
    let addresses = hour.services.addresses();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let mut shown = Vec::new();
    for block in blocks(PAGE) {
        for command in &block.lines {
            let text = hour.step(command.trim_start_matches("sudo ")).await;
            shown.push((command.clone(), text));
        }
    }

    let text_of = |words: &str| {
        let found = shown.iter().find(|(command, _)| command.contains(words));
        &found
            .unwrap_or_else(|| panic!("`{words}` is not on the page"))
            .1
    };
    let examined = text_of("doctor");
    assert!(
        examined.contains("Everything that can be seen is well."),
        "{examined}"
    );
    assert!(
        examined.contains(" 0 not tried, 0 warnings, 0 failures."),
        "{examined}"
    );
    assert_eq!(
        text_of("systemd-analyze verify").lines().count(),
        1,
        "the unit"
    );
    let scanned = text_of("bountyd scan");
    assert!(scanned.contains("northwind-maps/atlas#1204"), "{scanned}");
    hour.services.are_content();

    let (asked, opened) = (hour.seat.questions(), hour.browser.opened());
    assert!(asked < TOO_MANY, "{asked} questions");
    let all = hour.seat.leaves().await;
    let mut canaries = hour.services.canaries();
    canaries.extend(key(&root));
    let printed = sweep::standing_in(&all, &canaries);
    assert_eq!(printed, Vec::<String>::new(), "secrets on the terminal");
    // The shell has written its history, and every command what it writes.
    assert!(root.join("root/.bash_history").exists());
    let own = [
        "etc/credstore/bountyd.assertion-key",
        "etc/credstore/bountyd.telegram-token",
    ];
    assert_eq!(sweep::files_with(&root, &canaries), own);

    let counted = format!(
        "{asked} questions at the terminal, {opened} pages in the browser, and one message on the phone.\n"
    );
    holds(&page, "the count", &counted, HOW);
    for (command, text) in &shown {
        holds(&page, command, &plain::plain(text, &addresses), HOW);
    }
}
