//! A desktop whose browser is opened: what its command line shows to everybody, and what only its user reads.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::geteuid;

use crate::world::World;

/// What the desktop was handed: its arguments, the file's mode, and the address that the file leads to.
struct Handed {
    arguments: String,
    mode: String,
    address: String,
}

/// A world whose tenant knows a port that no other test uses.
async fn world(port: u16) -> World {
    let w = World::new().await;
    w.sim.auth0.change_client(&w.cast.client_id, |client| {
        client
            .callbacks
            .insert(format!("http://127.0.0.1:{port}/callback"));
    });
    w
}

/// Puts an `xdg-open` into `bin/` that passes on what it gets; gives where that can be read.
fn desktop(w: &World) -> BufReader<File> {
    let at = |name: &str| w.dir.path().join(name);
    for name in ["bin", "session"] {
        std::fs::create_dir(at(name)).expect("a directory");
    }
    mknodat(
        CWD,
        at("pipe"),
        FileType::Fifo,
        Mode::from_raw_mode(0o600),
        0,
    )
    .expect("a pipe");
    let script = format!(
        "#!/bin/sh\nprintf '%s|%s|%s' \"$*\" \"$(stat -c %a \"$1\")\" \"$(cat \"$1\")\" | tr -d '\\n' > {pipe}.one\n\
         echo >> {pipe}.one; cat {pipe}.one > {pipe}\n",
        pipe = at("pipe").display()
    );
    std::fs::write(at("bin/xdg-open"), script).expect("a script");
    std::fs::set_permissions(at("bin/xdg-open"), Permissions::from_mode(0o755)).expect("a mode");
    let both = OpenOptions::new().read(true).write(true).open(at("pipe"));
    BufReader::new(both.expect("the pipe"))
}

/// A user with a desktop: for root no browser is opened.
const SOMEBODY: u32 = 4321;

/// Everything in a directory becomes the user's, where we are root.
fn give_away(path: &Path) {
    if !geteuid().is_root() {
        return;
    }
    chown(path, Some(SOMEBODY), Some(SOMEBODY)).expect("given away");
    if path.is_dir() {
        for entry in std::fs::read_dir(path).expect("read") {
            give_away(&entry.expect("an entry").path());
        }
    }
}

/// `bountyd connect` at the desktop, by its user.
fn connects(w: &World, port: u16) -> Command {
    let at = |name: &str| w.dir.path().join(name);
    crate::program::copy(&at("bountyd"));
    give_away(w.dir.path());
    let mut command = Command::new("setsid");
    command
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", at("bin").display()))
        .env("HOME", w.dir.path())
        .env("DISPLAY", ":0")
        .env("XDG_RUNTIME_DIR", at("session"))
        .current_dir(w.dir.path())
        .arg("--wait")
        .arg(at("bountyd"))
        .arg("--config")
        .arg(at("bountyd.toml"))
        .args(["--json", "connect", "github", "--port", &port.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if geteuid().is_root() {
        command.uid(SOMEBODY).gid(SOMEBODY);
    }
    command
}

fn handed(line: &str) -> Handed {
    let mut parts = line.trim_end().splitn(3, '|');
    let mut next = || parts.next().expect("three parts").to_owned();
    let (arguments, mode, page) = (next(), next(), next());
    let (_, rest) = page.split_once("href=\"").expect("a link");
    let (address, _) = rest.split_once('"').expect("its end");
    Handed {
        arguments,
        mode,
        address: address.replace("&amp;", "&"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_of_a_page_stands_on_no_command_line() {
    let w = world(18491).await;
    let mut pipe = desktop(&w);
    let session = w.dir.path().join("session");
    let child = connects(&w, 18491).spawn();
    let child = child.expect("the command starts");
    let (pages, mut opened) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        while pipe.read_line(&mut line).is_ok_and(|n| n > 0) {
            if pages.send(handed(&line)).is_err() {
                return;
            }
            line.clear();
        }
    });
    let browser = tokio::spawn(async move {
        let mut all = Vec::new();
        for _ in 0..2 {
            let page: Handed = opened.recv().await.expect("a page");
            let shown = reqwest::get(&page.address).await.expect("it opens");
            assert!(shown.status().is_success(), "{}", page.address);
            all.push(page);
        }
        all
    });
    let output = tokio::task::spawn_blocking(move || child.wait_with_output());
    let output = output.await.expect("no panic").expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let pages = browser.await.expect("the browser is content");
    assert!(pages[1].address.contains("ticket="), "{}", pages[1].address);
    for page in pages {
        let file = page.arguments.strip_prefix(&session.display().to_string());
        assert!(
            file.is_some_and(|name| name.starts_with("/bountyd-") && name.ends_with(".html")),
            "{}",
            page.arguments
        );
        assert_eq!(page.mode, "600");
    }
    let left = std::fs::read_dir(&session).expect("read").count();
    assert_eq!(left, 0, "a page that is over leads nowhere");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_account_than_before_is_asked_about_before_anything_is_written() {
    let w = world(18490).await;
    let (output, said) = crate::world::browse(w.command(18490)).await;
    assert!(output.status.success(), "{said}");
    let daemon = w.daemon();
    let mut waited = 0;
    while w.journal("account.identified").is_empty() {
        waited += 1;
        assert!(waited < 1_000, "it looks who it is: {:?}", w.journal(""));
    }
    // Somebody else was quicker at the page.
    let other = w.sim.github.add_user("somebody-else");
    w.sim.auth0.disconnect(&w.cast.user_id, "github");
    w.sim
        .auth0
        .change_user(&w.cast.user_id, |user| user.github_user_id = other);
    let (output, said) = browse_again(&w).await;
    assert_eq!(output, Some(78), "{said}");
    for words in [
        "somebody-else",
        &w.cast.login,
        "bountyd resume",
        "bountyd disconnect github",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(w.journal("control.paused"), ["control.paused"]);
    drop(daemon);
    // And the same where no daemon runs, which is paused already.
    w.sim.auth0.disconnect(&w.cast.user_id, "github");
    let third = w.sim.github.add_user("a-third");
    w.sim
        .auth0
        .change_user(&w.cast.user_id, |user| user.github_user_id = third);
    let (output, said) = browse_again(&w).await;
    assert_eq!(output, Some(78), "{said}");
    assert!(said.contains("a-third"), "{said}");
}

async fn browse_again(w: &World) -> (Option<i32>, String) {
    let (output, said) = crate::world::browse(w.command(18490)).await;
    (output.status.code(), said)
}
