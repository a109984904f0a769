//! A simulated world for a program that runs as somebody who is not root, and an agent by a script.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sim::auth0::{ClientAuth, Credential, TokenPlan};
use sim::github::{NewIssue, NewRepo};
use sim::model::Model;
use sim::{Cast, Sim, SimOptions};
use tokio::process::Command;

/// Each world's own number of nobody, so that what is left of it can be told from another's: root would
/// have root's reach in a box, and is refused.
fn somebody() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    if !rustix::process::geteuid().is_root() {
        return rustix::process::geteuid().as_raw();
    }
    100_000 + std::process::id() % 10_000 * 100 + NEXT.fetch_add(1, Ordering::Relaxed) % 100
}

/// The repository of most tests.
pub(crate) const SLUG: &str = "acme/sums";

/// What the model's provider takes for a key.
pub(crate) const MODEL_KEY: &str = "sk-canary-0123456789abcdef";

/// `add.sh` subtracts, and one of its two tests says so.
pub(crate) const FILES: [(&str, &str); 5] = [
    ("README.md", "# sums\n"),
    ("src/add.sh", "#!/bin/sh\necho $(($1 - $2))\n"),
    (
        "tests/run.sh",
        "#!/bin/sh\nbad=0\nfor test in tests/test_*; do\n\tsh \"$test\" || { echo \"failed: $test\"; bad=1; }\ndone\nexit $bad\n",
    ),
    ("tests/test_sum", "test \"$(sh src/add.sh 2 3)\" = 5\n"),
    ("tests/test_zero", "test \"$(sh src/add.sh 7 0)\" = 7\n"),
];

/// Mends the bug.
pub(crate) const FIX: &str = "printf '#!/bin/sh\\necho $(($1 + $2))\\n' > src/add.sh\n";
/// Adds a test that fails without [`FIX`].
pub(crate) const TEST: &str =
    "printf 'test \"$(sh src/add.sh 20 22)\" = 42\\n' > tests/test_more\n";

static KEY: LazyLock<(tempfile::TempDir, PathBuf, String)> = LazyLock::new(|| {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("key.pem");
    let public = vault::generate_key(&path, 2048).expect("a key");
    (dir, path, public.pem)
});

/// What a command said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) struct World {
    pub(crate) sim: Sim,
    pub(crate) cast: Cast,
    /// It serves as long as it is held.
    pub(crate) model: Model,
    pub(crate) dir: tempfile::TempDir,
    /// Whose everything is, and who runs the program.
    pub(crate) uid: u32,
}

impl World {
    /// With an agent that runs `script` in the tree.
    pub(crate) async fn new(script: &str) -> Self {
        Self::with_agent(&scripted(script)).await
    }

    /// From now on the agent runs another script.
    pub(crate) fn agent(&self, script: &str) {
        std::fs::write(self.at("agents.toml"), scripted(script)).expect("written");
    }

    /// With an agent by the lines of its profile, which is called `script`.
    pub(crate) async fn with_agent(profile: &str) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        Self::build(dir, SimOptions::default(), profile).await
    }

    /// In a directory, on the clock of `options`.
    pub(crate) async fn build(dir: tempfile::TempDir, options: SimOptions, profile: &str) -> Self {
        let uid = somebody();
        let sim = Sim::start(options).await.expect("simulators");
        let model = Model::start(([127, 0, 0, 1], 0).into(), sim::wall_clock()).await;
        let model = model.expect("a model");
        model.expect_key(MODEL_KEY);
        let credential = Credential::from_pem(&KEY.2).expect("a public key");
        let auth = ClientAuth::PrivateKeyJwt(vec![credential.clone()]);
        let cast = sim.cast(auth, vec![credential], TokenPlan::oauth_app());
        let at = |name: &str| dir.path().join(name);
        std::fs::create_dir(at("state")).expect("a directory");
        std::fs::copy(&KEY.1, at("key.pem")).expect("a copy");
        private(&at("bot-token"), &sim.telegram.token());
        private(&at("model-key"), MODEL_KEY);
        std::fs::write(at("agents.toml"), profile).expect("written");
        let config = sim.config(&cast, &at("key.pem"), &at("bot-token"), &at("state"), None);
        let more = format!(
            r#"
[approvals]
approvers = [{uid}]

[fix]
agent = "script"
model = "scripted"
profiles = "agents.toml"
limits = "rlimit-only"
memory_mib = 512
processes = 256
scratch_mib = 64
[fix.tests."{SLUG}"]
command = ["sh", "tests/run.sh"]

[egress.providers.openai]
api = "openai-compatible"
base_url = "{}"
key_file = "model-key"
[egress.providers.openai.prices."scripted"]
input = "1"
output = "2"
"#,
            model.openai_url()
        );
        std::fs::write(at("bountyd.toml"), config + &more).expect("written");
        // By another process: what this one has open for writing, a child of another test could hold.
        let copied = std::process::Command::new("cp")
            .arg(env!("CARGO_BIN_EXE_bountyd"))
            .arg(at("bountyd"))
            .status();
        assert!(copied.expect("cp").success());
        let world = Self {
            sim,
            cast,
            model,
            dir,
            uid,
        };
        world.give_away();
        world
    }

    /// From the next job on the agent runs this.
    pub(crate) fn with_script(&self, script: &str) {
        std::fs::write(self.at("agents.toml"), scripted(script)).expect("written");
    }

    /// The usual repository, with a bug and its issue; gives the issue's number.
    pub(crate) fn sums(&self) -> u64 {
        self.repository(SLUG, &FILES);
        let issue = NewIssue::new(SLUG, "The sum is wrong");
        let issue = issue
            .body("2 and 3 give -1, and should give 5.")
            .author("acme");
        self.sim.github.post_issue(issue)
    }

    pub(crate) fn repository(&self, slug: &str, files: &[(&str, &str)]) {
        self.sim.github.add_repo(NewRepo::new(slug));
        self.sim.github.repo(slug).commit(files);
    }

    /// Requests to REST that change something, as `METHOD path`.
    pub(crate) fn writes(&self) -> Vec<String> {
        let requests = self.sim.github.requests();
        requests
            .iter()
            .filter(|request| request.method != "GET" && request.path != "/graphql")
            .map(|request| format!("{} {}", request.method, request.path))
            .collect()
    }

    pub(crate) fn at(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Everything becomes the other user's, where we are root.
    fn give_away(&self) {
        open(self.dir.path(), 0o755);
        open(&self.at("bountyd"), 0o755);
        if !rustix::process::geteuid().is_root() {
            return;
        }
        for name in [
            "",
            "state",
            "key.pem",
            "bot-token",
            "model-key",
            "agents.toml",
            "bountyd.toml",
        ] {
            chown(self.at(name), Some(self.uid), Some(self.uid)).expect("given away");
        }
    }

    /// Changes the configuration file.
    pub(crate) fn reconfigure(&self, from: &str, to: &str) {
        let path = self.at("bountyd.toml");
        let text = std::fs::read_to_string(&path).expect("the configuration");
        assert!(text.contains(from), "no `{from}` in the configuration");
        std::fs::write(&path, text.replace(from, to)).expect("the configuration");
    }

    /// The program, as somebody, with nothing of this process in its environment.
    pub(crate) fn command(&self, uid: u32, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.at("bountyd"));
        command
            .args(arguments)
            .arg("--config")
            .arg(self.at("bountyd.toml"))
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.dir.path())
            .env("COLUMNS", "80")
            .current_dir(self.dir.path())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        if rustix::process::geteuid().is_root() && uid != 0 {
            command.uid(uid).gid(uid);
        }
        command
    }

    pub(crate) async fn bountyd(&self, arguments: &[&str]) -> Said {
        let said = self.during(arguments).await;
        self.nothing_is_left();
        said
    }

    /// The same while a daemon runs, whose jobs go on.
    pub(crate) async fn during(&self, arguments: &[&str]) -> Said {
        let output = self.command(self.uid, arguments).output().await;
        Self::said(output.expect("it runs"))
    }

    pub(crate) fn said(output: std::process::Output) -> Said {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Said {
            code: output.status.code(),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }

    /// No job works any more, and no tree or socket of one is there.
    #[track_caller]
    pub(crate) fn nothing_is_left(&self) {
        assert_eq!(self.left(), Vec::<String>::new(), "left of a job");
    }

    /// What is left of jobs: trees, sockets, processes.
    pub(crate) fn left(&self) -> Vec<String> {
        let names = |dir: &Path| -> Vec<String> {
            let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
            entries
                .map(|entry| entry.file_name().to_string_lossy().into_owned())
                .collect()
        };
        let jobs = names(&self.at("state/jobs")).into_iter();
        let mut left: Vec<_> = jobs
            .filter(|name| !["jail", "one.lock"].contains(&name.as_str()))
            .collect();
        let sockets = names(&self.at("state")).into_iter();
        left.extend(sockets.filter(|n| n.ends_with(".sock") && n != "control.sock"));
        left.extend(self.processes());
        left
    }

    /// The command line of every process of this world's user; where there is one user for all, of those
    /// that name its directory.
    pub(crate) fn processes(&self) -> Vec<String> {
        let mark = self.dir.path().display().to_string();
        let own = rustix::process::geteuid().is_root();
        let user = format!("Uid:\t{}\t", self.uid);
        let entries = std::fs::read_dir("/proc").expect("/proc").flatten();
        entries
            .filter_map(|entry| {
                let line = std::fs::read(entry.path().join("cmdline")).ok()?;
                let status = std::fs::read_to_string(entry.path().join("status")).ok()?;
                // One that has ended and was not waited for yet does nothing more.
                if status.contains("State:\tZ") || own && !status.contains(&user) {
                    return None;
                }
                Some(String::from_utf8_lossy(&line).replace('\0', " "))
            })
            .filter(|line| own || line.contains(&mark))
            .collect()
    }
}

/// The profile of an agent that runs `script` in the tree.
pub(crate) fn scripted(script: &str) -> String {
    format!(
        "[agents.script]\nname = \"Script\"\nprovider = \"none\"\n[agents.script.exec]\nargv = {}\nparser = \"text\"\n",
        serde_json::json!(["/bin/sh", "-c", script])
    )
}

fn private(path: &Path, text: &str) {
    std::fs::write(path, text).expect("written");
    open(path, 0o600);
}

pub(crate) fn open(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).expect("its mode");
}
