//! `bountyd connect github` over the wire: the shipped binary, a browser that follows redirects,
//! and a tenant that has no connection to start with.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Output, Stdio};

use sim::auth0::{ClientAuth, Credential, TokenPlan};
use sim::{Cast, Sim, SimOptions};

struct World {
    sim: Sim,
    cast: Cast,
    dir: tempfile::TempDir,
}

impl World {
    async fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let key = dir.path().join("key.pem");
        let public = vault::generate_key(&key, 2048).expect("a key");
        let credential = Credential::from_pem(&public.pem).expect("a public key");
        let sim = Sim::start(SimOptions::default()).await.expect("simulators");
        let auth = ClientAuth::PrivateKeyJwt(vec![credential.clone()]);
        let cast = sim.cast(auth, vec![credential], TokenPlan::oauth_app());
        sim.auth0.disconnect(&cast.user_id, "github");
        let state = dir.path().join("state");
        let token = dir.path().join("bot-token");
        let config = sim.config(&cast, &key, &token, &state, None);
        std::fs::write(dir.path().join("bountyd.toml"), config).expect("a configuration");
        Self { sim, cast, dir }
    }

    fn command(&self, port: u16) -> Child {
        Command::new(env!("CARGO_BIN_EXE_bountyd"))
            .env_clear()
            .arg("--config")
            .arg(self.dir.path().join("bountyd.toml"))
            .args(["--json", "connect", "github", "--no-browser", "--port"])
            .arg(port.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts")
    }
}

impl World {
    /// The kinds of the journal's entries that begin so.
    fn journal(&self, prefix: &str) -> Vec<String> {
        let output = Command::new(env!("CARGO_BIN_EXE_bountyd"))
            .env_clear()
            .arg("--config")
            .arg(self.dir.path().join("bountyd.toml"))
            .args(["journal", "export"])
            .output()
            .expect("the command starts");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        text.lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"))
            .filter_map(|entry| entry["kind"].as_str().map(str::to_owned))
            .filter(|kind| kind.starts_with(prefix))
            .collect()
    }
}

/// Opens every address the command prints, as a person would, and gives what it said in the end,
/// with what the pages showed.
async fn browse(mut child: Child) -> (Output, String) {
    let (pages, mut opened) = tokio::sync::mpsc::unbounded_channel();
    let stderr = child.stderr.take().expect("stderr is piped");
    let reader = std::thread::spawn(move || {
        let mut said = String::new();
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            if let Some(url) = line.trim().strip_prefix("http").map(|_| line.trim()) {
                let _ = pages.send(url.to_owned());
            }
            said.push_str(&line);
            said.push('\n');
        }
        said
    });
    let browser = tokio::spawn(async move {
        let mut shown = String::new();
        while let Some(url) = opened.recv().await {
            let page = reqwest::get(&url).await.expect("the page opens");
            assert!(page.status().is_success(), "{url}: {}", page.status());
            shown += &page.text().await.expect("a page");
        }
        shown
    });
    let output = tokio::task::spawn_blocking(move || child.wait_with_output())
        .await
        .expect("no panic")
        .expect("the command ends");
    let said = reader.join().expect("no panic");
    let shown = browser.await.expect("the browser is content");
    (output, said + &shown)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_connects_his_account_and_sees_the_proof() {
    let w = World::new().await;
    assert!(w.sim.auth0.accounts(&w.cast.user_id).is_empty());
    let (output, said) = browse(w.command(18484)).await;
    assert!(output.status.success(), "{said}");
    for words in [
        "Open this page (1 of 2: ",
        "<p>1 of 2 done",
        "Open this page (2 of 2: ",
        "<p>2 of 2 done",
    ] {
        assert_eq!(said.matches(words).count(), 1, "{words}\n{said}");
    }
    let proof: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(proof["connection"], "github");
    assert_eq!(proof["github"]["login"], w.cast.login.as_str());
    assert_eq!(proof["github"]["id"], w.cast.github_id);
    let accounts = w.sim.auth0.accounts(&w.cast.user_id);
    assert_eq!(accounts.len(), 1, "{accounts:?}");
    // One exchange, whose reason the tenant's own log shows.
    let exchanges = w.sim.auth0.exchanges();
    assert_eq!(exchanges.len(), 1);
    assert_eq!(exchanges[0].refused, None);
    // And it stands in the journal, as every other.
    assert_eq!(w.journal("exchange."), ["exchange.begun", "exchange.done"]);
    // No token appears in what was printed.
    for token in w.sim.registry.ever_minted() {
        assert!(
            !said.contains(&token) && !String::from_utf8_lossy(&output.stdout).contains(&token)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_elses_login_connects_nothing() {
    let w = World::new().await;
    let other = w.sim.github.add_user("somebody-else");
    w.sim
        .auth0
        .add_user("auth0|other", "other@example.org", other);
    w.sim.auth0.browser_user(Some("auth0|other"));
    let (output, said) = browse(w.command(18485)).await;
    assert_eq!(output.status.code(), Some(78), "{said}");
    assert!(said.contains("auth0|owner"), "{said}");
    assert!(w.sim.auth0.accounts("auth0|other").is_empty());
    assert!(w.sim.auth0.accounts(&w.cast.user_id).is_empty());
}

/// A daemon, killed at the end.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_daemon_the_proof_is_the_daemons_own_exchange() {
    let w = World::new().await;
    let token = w.dir.path().join("bot-token");
    std::fs::write(&token, w.sim.telegram.token()).expect("the bot token");
    std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o600)).expect("mode");
    let mut run = Command::new(env!("CARGO_BIN_EXE_bountyd"));
    run.env_clear()
        .arg("--config")
        .arg(w.dir.path().join("bountyd.toml"))
        .arg("run")
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let _daemon = Daemon(run.spawn().expect("it starts"));
    // It finds no connection, and says so.
    let mut waited = 0;
    while w.journal("trouble.begun").is_empty() {
        waited += 1;
        assert!(waited < 1_000, "the daemon notices: {:?}", w.journal(""));
    }
    let (output, said) = browse(w.command(18486)).await;
    assert!(output.status.success(), "{said}");
    for words in [
        "Open this page (1 of 2: ",
        "<p>1 of 2 done",
        "Open this page (2 of 2: ",
        "<p>2 of 2 done",
    ] {
        assert_eq!(said.matches(words).count(), 1, "{words}\n{said}");
    }
    let proof: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(proof["github"]["login"], w.cast.login.as_str());
    assert_eq!(w.journal("control."), ["control.identify"]);
    assert_eq!(w.journal("exchange.done"), ["exchange.done"]);
    assert_eq!(w.journal("trouble.ended"), ["trouble.ended"]);
}
