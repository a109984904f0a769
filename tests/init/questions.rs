//! With questions, at a terminal: a pseudo-terminal with a person who types.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Output, Stdio};

use serde_json::json;

use crate::world::{GITHUB_SECRET, OWNER, Said, World};

/// Runs its arguments in a pseudo-terminal: waits for each text and then types. What was shown goes to
/// stdout, and it leaves with what the program left with (minus the signal that ended it).
const PERSON: &str = r#"
import json, os, pty, select, sys, termios, time
script = json.loads(sys.stdin.readline())
pid, fd = pty.fork()
if pid == 0:
    os.execve(sys.argv[1], sys.argv[1:], json.loads(os.environ["OWN"]))
shown, at, end = b"", 0, time.monotonic() + 120
for wait, keys in script + [["", None]]:
    while True:
        found = shown.find(wait.encode(), at) if keys is not None else -1
        if found >= 0:
            at = found + len(wait)
            break
        ready, _, _ = select.select([fd], [], [], max(0, end - time.monotonic()))
        if not ready:
            sys.stdout.write(shown.decode(errors="replace") + "\nno sign of: " + wait + "\n")
            os.kill(pid, 9)
            sys.exit(99)
        try:
            part = os.read(fd, 65536)
        except OSError:
            part = b""
        if not part:
            break
        shown += part
    # A question stands there a moment before the program listens: until then the terminal echoes.
    while keys is not None and termios.tcgetattr(fd)[3] & termios.ECHO:
        if time.monotonic() > end:
            break
        if select.select([fd], [], [], 0.01)[0]:
            shown += os.read(fd, 65536)
    if keys is not None:
        os.write(fd, keys.encode())
_, status = os.waitpid(pid, 0)
sys.stdout.write(shown.decode(errors="replace"))
sys.stdout.flush()
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 100 + os.WTERMSIG(status))
"#;

impl World {
    /// `bountyd init MORE` for a person who waits for each text and then types.
    fn at_a_terminal(&self, more: &[&str], script: &[(&str, &str)]) -> Said {
        let base = format!("{}/", self.sim.auth0.url());
        let own = json!({"XDG_STATE_HOME": self.path("state"), "TERM": "xterm"});
        let mut command = Command::new("python3");
        command
            .args(["-c", PERSON, env!("CARGO_BIN_EXE_bountyd"), "--config"])
            .arg(self.path("bountyd.toml"))
            .args(["init", "--base-url", &base])
            .args(more)
            .env("OWN", own.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("python3");
        let mut stdin = child.stdin.take().expect("a pipe");
        writeln!(stdin, "{}", json!(script)).expect("the script");
        drop(stdin);
        Said::of(&child.wait_with_output().expect("it ends"))
    }
}

const ENTER: &str = "\r";

#[tokio::test(flavor = "multi_thread")]
async fn a_person_answers_and_the_tenant_is_set_up() {
    let w = World::new().await;
    let token = format!("{}\r", w.token);
    let secret = format!("{GITHUB_SECRET}\r");
    let script = [
        ("Which Auth0 tenant?", "simulated.example\r"),
        ("How do you sign in?", ENTER),
        ("Management API token", &token),
        ("Where will you hunt?", ENTER),
        ("Client id of your application at GitHub?", "Ov23liCanary\r"),
        ("Which user of the tenant are you?", ENTER),
        ("From which public address", ENTER),
        ("How far may bountyd go by itself?", ENTER),
        ("Do this?", ENTER),
        ("Client secret of your application at GitHub", &secret),
    ];
    let said = w.at_a_terminal(&[], &script);
    assert_eq!(said.code, Some(0), "{}\n{}", said.out, said.err);
    // With `connect` and `telegram pair` fewer than fifteen questions.
    assert!(script.len() <= 10);
    for words in ["Why:", "/login/callback", "Next:", "can be used"] {
        assert!(said.out.contains(words), "{words}\n{}", said.out);
    }
    for canary in [w.token.as_str(), GITHUB_SECRET] {
        assert!(!said.out.contains(canary), "the terminal shows a secret");
    }
    let user = w.configured("auth0", "user_id").expect("a user");
    assert_eq!(user.as_str(), Some(OWNER));
    assert_eq!(
        w.worker().privileged.expect("the slot").ip_allowlist,
        ["127.0.0.1"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn left_at_any_question_it_goes_on_there_and_nothing_was_changed() {
    let w = World::new().await;
    let token = format!("{}\r", w.token);
    let all = [
        ("Where will you hunt?", ENTER),
        ("Client id of your application at GitHub?", "Ov23liCanary\r"),
        ("Which user of the tenant are you?", ENTER),
        ("From which public address", ENTER),
        ("How far may bountyd go by itself?", ENTER),
    ];
    let named = ["--domain", "simulated.example"];
    let sign_in = [
        ("How do you sign in?", ENTER),
        ("Management API token", token.as_str()),
    ];
    for (question, answer) in all {
        // Each time it comes to the first question that was not answered, and no further.
        let script = [&sign_in[..], &[(question, "\u{3}")]].concat();
        let said = w.at_a_terminal(&named, &script);
        assert_eq!(said.code, Some(102), "{question}: {}", said.out);
        let script = [&sign_in[..], &[(question, answer), ("Why:", "\u{3}")]].concat();
        let said = w.at_a_terminal(&named, &script);
        assert_eq!(said.code, Some(102), "{question}: {}", said.out);
        assert_eq!(w.writes(), 0);
    }
    let script = [&sign_in[..], &[("Do this?", "n\r")]].concat();
    let said = w.at_a_terminal(&[], &script);
    assert_eq!(said.code, Some(1), "{}", said.out);
    assert!(
        said.out.contains("Going on with the answers of last time"),
        "{}",
        said.out
    );
    assert!(said.out.contains("nothing was changed"), "{}", said.out);
    assert_eq!(w.writes(), 0);
    assert!(!w.path("bountyd.toml").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn esc_goes_back_and_a_wrong_answer_is_asked_again() {
    let w = World::new().await;
    let token = format!("{}\r", w.token);
    let secret = format!("{GITHUB_SECRET}\r");
    let script = [
        ("How do you sign in?", ENTER),
        ("Management API token", token.as_str()),
        ("Where will you hunt?", ENTER),
        ("Client id of your application at GitHub?", "Mistyped\r"),
        ("Which user of the tenant are you?", "\u{1b}"),
        ("Client id of your application at GitHub?", "Ov23liCanary\r"),
        ("Which user of the tenant are you?", ENTER),
        ("From which public address", "somewhere\r"),
        (
            "is no IP address",
            "\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}127.0.0.1\r",
        ),
        ("How far may bountyd go by itself?", ENTER),
        ("Do this?", ENTER),
        ("Client secret of your application at GitHub", &secret),
    ];
    let said = w.at_a_terminal(&["--domain", "simulated.example"], &script);
    assert_eq!(said.code, Some(0), "{}\n{}", said.out, said.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_signs_in_with_a_code_in_his_browser() {
    let w = World::new().await;
    w.sim.auth0.add_client(sim::auth0::Client::native("cli"));
    w.sim.auth0.browser_user(Some(OWNER));
    w.sim
        .auth0
        .person()
        .always(Some(sim::auth0::Word::Approves));
    let mut command = w.bountyd();
    let mut given = w.given();
    let at = given
        .iter()
        .position(|g| g == "--token-file")
        .expect("the flag");
    given.drain(at..at + 2);
    command
        .arg("init")
        .args(given)
        .args(["--yes", "--device-client-id", "cli"]);
    let said = Said::of(&command.output().expect("it runs"));
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.err.contains("/activate"), "{}", said.err);
    for secret in w.sim.auth0.ever_issued() {
        assert!(!said.err.contains(&secret) && !said.out.contains(&secret));
    }
    // And one who says no.
    let other = World::new().await;
    other
        .sim
        .auth0
        .add_client(sim::auth0::Client::native("cli"));
    other.sim.auth0.browser_user(Some(OWNER));
    other
        .sim
        .auth0
        .person()
        .always(Some(sim::auth0::Word::Denies));
    let mut given = other.given();
    given.drain(at..at + 2);
    let mut command = other.bountyd();
    command
        .arg("init")
        .args(given)
        .args(["--yes", "--device-client-id", "cli"]);
    let said = Said::of(&command.output().expect("it runs"));
    said.refused(77, &["refused on the page"]);
    assert_eq!(other.sim.auth0.client_ids(), ["cli"]);
}

/// Opens every address the command prints, as a person would.
pub(crate) async fn browse(mut child: Child) -> Output {
    let (pages, mut opened) = tokio::sync::mpsc::unbounded_channel();
    let stderr = child.stderr.take().expect("stderr is piped");
    let reader = std::thread::spawn(move || {
        let mut said = String::new();
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            if line.trim().starts_with("http") {
                let _ = pages.send(line.trim().to_owned());
            }
            said.push_str(&line);
            said.push('\n');
        }
        said
    });
    let browser = tokio::spawn(async move {
        while let Some(url) = opened.recv().await {
            let page = reqwest::get(&url).await.expect("the page opens");
            assert!(page.status().is_success(), "{url}: {}", page.status());
        }
    });
    let mut output = tokio::task::spawn_blocking(move || child.wait_with_output())
        .await
        .expect("no panic")
        .expect("the command ends");
    output.stderr = reader.join().expect("no panic").into_bytes();
    browser.await.expect("the browser is content");
    output
}
