//! The tenant without a connection, the shipped binary, and a browser that follows redirects.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Output, Stdio};

use sim::auth0::{ClientAuth, Credential, TokenPlan};
use sim::{Cast, Sim, SimOptions};

pub(crate) struct World {
    pub(crate) sim: Sim,
    pub(crate) cast: Cast,
    pub(crate) dir: tempfile::TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
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

    /// Runs without a terminal on which somebody could paste, or be asked.
    pub(crate) fn spawn(&self, arguments: &[&str]) -> Child {
        self.wired(arguments).spawn().expect("the command starts")
    }

    /// The same, not started yet.
    pub(crate) fn wired(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("setsid");
        command
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .args(["--wait", env!("CARGO_BIN_EXE_bountyd"), "--config"])
            .arg(self.dir.path().join("bountyd.toml"))
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn command(&self, port: u16) -> Child {
        let port = port.to_string();
        self.spawn(&[
            "--json",
            "connect",
            "github",
            "--no-browser",
            "--port",
            &port,
        ])
    }
}

impl World {
    /// The kinds of the journal's entries that begin so.
    pub(crate) fn journal(&self, prefix: &str) -> Vec<String> {
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
pub(crate) async fn browse(mut child: Child) -> (Output, String) {
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

/// A daemon, killed at the end.
pub(crate) struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl World {
    pub(crate) fn daemon(&self) -> Daemon {
        let token = self.dir.path().join("bot-token");
        std::fs::write(&token, self.sim.telegram.token()).expect("the bot token");
        std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o600)).expect("mode");
        let mut run = Command::new(env!("CARGO_BIN_EXE_bountyd"));
        run.env_clear()
            .arg("--config")
            .arg(self.dir.path().join("bountyd.toml"))
            .arg("run")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Daemon(run.spawn().expect("it starts"))
    }

    /// No token of the world stands in `said`.
    #[track_caller]
    pub(crate) fn nothing_leaked(&self, output: &Output, said: &str) {
        let out = String::from_utf8_lossy(&output.stdout);
        let tokens = self.sim.registry.ever_minted();
        for token in tokens.into_iter().chain(self.sim.auth0.ever_issued()) {
            assert!(
                !said.contains(&token) && !out.contains(&token),
                "{token} in {said}{out}"
            );
        }
    }
}
