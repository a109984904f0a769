//! A night in which everything goes wrong, told at TRACE.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use sim::faults::{Faults, What, When};

use super::search::{Hit, Needles};
use crate::child::{Daemon, bountyd};
use crate::owner::Answer;
use crate::world::{Goal, KEY, World, tail};

/// Quotes, backslashes and percent signs, so that escaping shows.
const SECRET: &str = "cs-\"Kanarienvogel\"/and+more\\0123456789%41";

fn html(text: &str) -> What {
    What::status_with(
        502,
        &[("content-type", "text/html")],
        &format!("<html><body>upstream {text} failed</body></html>"),
    )
}

fn json(code: u16, text: &str, wrap: impl Fn(&str) -> serde_json::Value) -> What {
    What::status(code, &wrap(text).to_string())
}

/// What each service does wrong in turn; some of it repeats our own secrets to us.
fn faults(w: &World, round: usize) {
    let token = w.sim.telegram.token();
    let url = format!("{}/bot{token}/sendMessage", w.sim.telegram.url());
    let minted = w.sim.registry.ever_minted();
    let provider = minted.last().cloned().unwrap_or_default();
    let hub = |text: &str| serde_json::json!({ "message": text });
    let graph = |text: &str| serde_json::json!({ "data": null, "errors": [{ "type": "FORBIDDEN", "message": text }] });
    let tenant =
        |text: &str| serde_json::json!({ "error": "access_denied", "error_description": text });
    let bot = |code: u16| move |text: &str| serde_json::json!({ "ok": false, "error_code": code, "description": text });
    let set = |faults: &Faults, what: What| faults.times(When::default(), what, 2);
    let echo = format!("bad credentials: Authorization: Bearer {provider}");
    match round {
        0 => {
            set(w.sim.github.faults(), json(401, &echo, hub));
            set(
                w.sim.telegram.faults(),
                json(400, &format!("Bad Request: POST {url}"), bot(400)),
            );
        }
        1 => {
            let text = format!("client_secret {SECRET} is wrong");
            set(w.sim.auth0.faults(), json(401, &text, tenant));
            w.sim
                .github
                .faults()
                .once(When::on("POST", "/graphql"), json(200, &echo, graph));
        }
        2 => {
            set(
                w.sim.auth0.faults(),
                html(&format!("client_secret={SECRET}")),
            );
            set(w.sim.telegram.faults(), html(&url));
            set(w.sim.github.faults(), html(&provider));
        }
        3 => {
            set(w.sim.auth0.faults(), What::Truncate);
            set(w.sim.telegram.faults(), What::Truncate);
            set(w.sim.github.faults(), What::Truncate);
        }
        4 => {
            set(w.sim.auth0.faults(), What::Reset);
            set(w.sim.telegram.faults(), What::Reset);
            set(w.sim.github.faults(), What::Reset);
        }
        5 => {
            set(w.sim.github.faults(), json(403, &echo, hub));
            set(
                w.sim.telegram.faults(),
                json(404, &format!("Not Found: {url}"), bot(404)),
            );
        }
        6 => {
            set(
                w.sim.github.faults(),
                What::status(200, &format!("{{\"data\": {provider}")),
            );
            set(
                w.sim.telegram.faults(),
                What::status(200, &format!("{{\"ok\": {url}")),
            );
            set(
                w.sim.auth0.faults(),
                What::status(200, &format!("{{\"access_token\": \"{SECRET}")),
            );
        }
        _ => {
            set(w.sim.auth0.faults(), json(500, SECRET, tenant));
            set(w.sim.github.faults(), json(500, &echo, hub));
            let wait = serde_json::json!({
                "ok": false, "error_code": 429, "description": format!("Too Many Requests: {url}"),
                "parameters": { "retry_after": 7 },
            });
            set(
                w.sim.telegram.faults(),
                What::status(429, &wait.to_string()),
            );
        }
    }
}

/// Every value of every table, so that a text cut by a page border is searched whole.
async fn dump(w: &mut World) -> Vec<u8> {
    let mut out = Vec::new();
    let tables = w
        .eye
        .column("SELECT name FROM sqlite_master WHERE type = 'table'")
        .await;
    for table in tables {
        let columns = format!(
            "SELECT group_concat('quote(\"' || name || '\")', ' || '','' || ') FROM pragma_table_info('{table}')"
        );
        let columns = w.eye.column(&columns).await.concat();
        for row in w
            .eye
            .column(&format!("SELECT {columns} FROM \"{table}\""))
            .await
        {
            out.extend(row.into_bytes());
            out.push(b'\n');
        }
    }
    out
}

/// All that the command line can be made to say; what it says lands in files below `out`.
async fn ask_everything(w: &mut World) {
    let backup = w.dir.path().join("out/backup").display().to_string();
    let asks: [&[&str]; 18] = [
        &["status"],
        &["status", "--json"],
        &["pending", "--json"],
        &["bounties", "--json"],
        &["show", "acme/widgets#1", "--json"],
        &["explain", "acme/widgets#1"],
        &["journal", "--json"],
        &["journal", "export"],
        &["journal", "verify"],
        &["check"],
        &["check", "--json"],
        &["approve", "ffffff"],
        &["pause"],
        &["resume"],
        &["backup", &backup],
        &["restore", "--check", &backup, "--json"],
        &["export"],
        &["service", "status", "--json"],
    ];
    for arguments in asks {
        ask(w, arguments).await;
    }
    // And what a stranger to the protocol hears.
    let socket = w.dir.path().join("state/control.sock");
    let mut heard = Vec::new();
    for text in [
        "{}\n",
        "\u{0}\n",
        "GET / HTTP/1.1\r\n\r\n",
        "{\"verb\":\"status\"}\n",
    ] {
        let mut stream = UnixStream::connect(&socket).expect("the control socket");
        stream.write_all(text.as_bytes()).expect("a request");
        stream.shutdown(std::net::Shutdown::Write).expect("its end");
        stream.read_to_end(&mut heard).expect("an answer");
    }
    std::fs::write(w.stem().with_extension("out"), heard).expect("a file");
}

async fn ask(w: &mut World, arguments: &[&str]) {
    let mut command = bountyd();
    command.args(arguments).arg("--config").arg(w.config_path());
    let stem = w.stem();
    let mut asked = Daemon::start(command, &stem);
    let status = asked.end().await;
    assert_ne!(status.code(), Some(64), "{arguments:?}: {}", asked.said());
    assert!(!asked.said().contains("panicked"), "{}", asked.said());
}

fn needles(w: &World) -> Needles {
    let mut needles = Needles::new();
    needles.add("the client secret", SECRET.as_bytes());
    needles.add("the bot token", w.sim.telegram.token().as_bytes());
    needles.add_key(&std::fs::read_to_string(&KEY.1).expect("the key"));
    let minted = w.sim.registry.ever_minted();
    assert!(!minted.is_empty(), "no token was handed out");
    for token in minted {
        needles.add("a provider token", token.as_bytes());
    }
    needles
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_night_of_faults_leaves_no_secret_anywhere() {
    let mut w = World::with(5, "trace", Some(SECRET)).await;
    w.reconfigure("\"* * * * *\"", "\"*/10 * * * *\"");
    w.repo("acme/widgets");
    let mut command = w.command();
    command
        .env("RUST_BACKTRACE", "full")
        .current_dir(w.dir.path());
    w.start_as(command).await;
    w.bounty("acme/widgets", Answer::Silence);
    w.drive(Goal::Settled, None).await;
    for round in 0..8 {
        let answers = [Answer::Yes, Answer::No, Answer::Silence];
        w.bounty("acme/widgets", answers[round % 3]);
        faults(&w, round);
        let later = w.hand.now().plus(Duration::from_secs(40 * 60));
        w.drive(Goal::Clock(later), None).await;
    }
    let later = w.hand.now().plus(Duration::from_secs(2 * 3600));
    w.drive(Goal::Clock(later), None).await;
    for faults in [
        w.sim.auth0.faults(),
        w.sim.github.faults(),
        w.sim.telegram.faults(),
    ] {
        assert_eq!(faults.left(), [], "the night was too quiet");
    }
    w.drive(Goal::Settled, None).await;
    assert!(!w.sim.github.comments_by(&w.cast.login).is_empty());

    ask_everything(&mut w).await;
    let pid = w.daemon().pid();
    let mut spoken = dump(&mut w).await;
    for part in ["environ", "cmdline", "comm", "status"] {
        spoken.extend(std::fs::read(format!("/proc/{pid}/{part}")).expect("a process of ours"));
    }
    for message in w.sim.telegram.messages() {
        spoken.extend(message.text.into_bytes());
    }
    for comment in w.sim.github.comments_by(&w.cast.login) {
        spoken.extend(comment.body.into_bytes());
    }
    assert_eq!(w.daemon().children(), "");
    run_out_of_files(&mut w).await;
    ask(&mut w, &["estop"]).await;
    assert!(w.dir.path().join("state/estop").exists());
    w.kill();

    let needles = needles(&w);
    let (mut hits, read) = needles.find_below(w.dir.path(), &w.dir.path().join("secret"));
    hits.extend(needles.find("ledger, messages, /proc", &spoken));
    let read = read + spoken.len() as u64;
    println!("{read} bytes searched, {} hits", hits.len());
    assert!(
        read > 1_000_000,
        "{read} bytes are too few for a night at TRACE"
    );
    assert_eq!(hits, Vec::<Hit>::new());

    // The same search, over the same places, finds what is there.
    let planted = w.dir.path().join("out/planted.err");
    std::fs::write(&planted, format!("TRACE secret={SECRET:?}")).expect("a file");
    let (hits, _) = needles.find_below(w.dir.path(), &w.dir.path().join("secret"));
    assert!(!hits.is_empty() && hits.iter().all(|h| h.place.ends_with("planted.err")));
    let (hits, _) = needles.find_below(w.dir.path(), &planted);
    assert!(!hits.is_empty(), "the files with the secrets themselves");
}

/// Takes every further file and connection from it for an hour: the errors of that, too, are searched.
async fn run_out_of_files(w: &mut World) {
    let pid = Pid::from_raw(i32::try_from(w.daemon().pid()).expect("a process id"));
    // Its limit is ours: it inherited it.
    let ours = rustix::process::getrlimit(Resource::Nofile);
    let limit = |current: Option<u64>| {
        let limit = Rlimit { current, ..ours };
        prlimit(pid, Resource::Nofile, limit).expect("a limit");
    };
    limit(Some(3));
    // The connections it has are of no use to it now.
    for rim in [w.sim.telegram.rim(), w.sim.auth0.rim()] {
        rim.set_down(true);
    }
    w.sim.github.rim().set_down(true);
    let later = w.hand.now().plus(Duration::from_secs(3600));
    w.drive(Goal::Clock(later), None).await;
    assert!(
        w.daemon().said().contains("os error 24"),
        "{}",
        tail(&w.daemon().said())
    );
    for rim in [w.sim.telegram.rim(), w.sim.auth0.rim()] {
        rim.set_down(false);
    }
    w.sim.github.rim().set_down(false);
    limit(ours.current);
    w.drive(Goal::Settled, None).await;
}
