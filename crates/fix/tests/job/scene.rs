//! A repository with a bug, an agent that is a shell script, and a job between them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clock::{Clock, OsEntropy, SystemClock};
use fix::agent::Settings;
use fix::checkout::{Remote, Want};
use fix::job::{
    Agent, Confinement, Issue, Job, JobError, Limits, Onlooker, Outcome, Parts, Progress, run,
};
use fix::profiles::Profiles;
use fix::run::Stopped;
use fix::suite::Override;
use gate::request::Author;
use gate::secrets::NoSecrets;
use gate::{GatePolicy, Plan};
use tokio::sync::watch;

use crate::place::Place;
use crate::support::{Answer, Repo, Server, git};

/// The repository: `add.sh` subtracts, and one of its two tests says so.
pub(crate) const FILES: [(&str, &[u8]); 5] = [
    ("README.md", b"# sums\n"),
    ("src/add.sh", b"#!/bin/sh\necho $(($1 - $2))\n"),
    (
        "tests/run.sh",
        b"#!/bin/sh\nbad=0\nfor test in tests/test_*; do\n\tsh \"$test\" || { echo \"failed: $test\"; bad=1; }\ndone\nexit $bad\n",
    ),
    ("tests/test_sum", b"test \"$(sh src/add.sh 2 3)\" = 5\n"),
    ("tests/test_zero", b"test \"$(sh src/add.sh 7 0)\" = 7\n"),
];

/// Mends the bug.
pub(crate) const FIX: &str = "printf '#!/bin/sh\\necho $(($1 + $2))\\n' > src/add.sh\n";
/// Adds a test that fails without [`FIX`].
pub(crate) const TEST: &str =
    "printf 'test \"$(sh src/add.sh 20 22)\" = 42\\n' > tests/test_more\n";

/// An agent of the Agent Client Protocol. Braces would be placeholders.
const TALKER: &str = r##"import json, os, sys, threading, time
def say(**message):
    print(json.dumps(dict(jsonrpc="2.0", **message)), flush=True)
def mend(sign):
    with open("src/add.sh", "w") as file:
        file.write("#!/bin/sh\necho $(($1 %s $2))\n" % sign)
turn = 0
for line in sys.stdin:
    heard = json.loads(line)
    method = heard.get("method")
    if method == "initialize":
        say(id=heard["id"], result=dict(protocolVersion=1, agentCapabilities=dict(), authMethods=[]))
    elif method == "session/new":
        say(id=heard["id"], result=dict(sessionId="s"))
    elif method == "session/prompt":
        turn += 1
        text = heard["params"]["prompt"][0]["text"]
        CODE
        say(id=heard["id"], result=dict(stopReason="end_turn"))
"##;

/// Everything around one job.
pub(crate) struct Scene {
    pub(crate) place: Place,
    pub(crate) repo: Repo,
    pub(crate) job: Job,
    pub(crate) parts: Parts,
    pub(crate) stop: watch::Sender<bool>,
    pub(crate) events: Arc<Events>,
    _server: Server,
}

/// Keeps what it sees, and does something about it.
pub(crate) struct Events {
    seen: Mutex<Vec<Progress>>,
    react: Box<dyn Fn(&Progress) + Send + Sync>,
}

impl Onlooker for Events {
    fn saw(&self, progress: Progress) {
        (self.react)(&progress);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.push(progress);
    }
}

impl Scene {
    /// With an agent that runs `script` in the tree.
    pub(crate) async fn new(place: Place, script: &str) -> Self {
        Self::with_files(place, script, &FILES).await
    }

    /// With an agent that speaks the Agent Client Protocol and does `code` of Python when it is
    /// prompted; `turn` counts the prompts, and `text` is the last one.
    pub(crate) async fn talking(place: Place, code: &str) -> Self {
        let mut scene = Self::new(place, "true").await;
        let code: String = code
            .lines()
            .map(|line| format!("        {line}\n"))
            .collect();
        let program = TALKER.replace("        CODE\n", &code);
        let argv = serde_json::json!(["/usr/bin/python3", "-c", program]);
        let lines = format!("[agents.script.acp]\nargv = {argv}\n");
        scene.parts.agent = agent(&lines, scene.parts.agent.confinement.clone());
        scene
    }

    pub(crate) async fn with_files(place: Place, script: &str, files: &[(&str, &[u8])]) -> Self {
        let repo = Repo::new();
        repo.commit_files(files);
        let server = Server::start(Answer::Git(repo.path())).await;
        let (stop, stopped) = watch::channel(false);
        Self {
            job: job(&server),
            parts: parts(&place, script, stopped),
            place,
            repo,
            stop,
            events: events(|_| ()),
            _server: server,
        }
    }

    /// Has somebody react to what happens.
    pub(crate) fn react(&mut self, react: impl Fn(&Progress) + Send + Sync + 'static) {
        self.events = events(react);
    }

    /// Does the job, and looks at what is left: its report and nothing else.
    pub(crate) async fn outcome(&self) -> Outcome {
        let outcome = self.run().await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(self.place.left(), ["job-1"]);
        self.nothing_runs().await;
        outcome
    }

    pub(crate) async fn run(&self) -> Result<Outcome, JobError> {
        let events = Arc::clone(&self.events) as Arc<dyn Onlooker>;
        can_be_sent(run(self.job.clone(), &self.parts, events)).await
    }

    /// A process that was killed is gone when the kernel has found time for it.
    pub(crate) async fn nothing_runs(&self) {
        self.soon("the end of all processes", || {
            self.place.processes().is_empty()
        })
        .await;
    }

    /// Waits until something is so.
    pub(crate) async fn soon(&self, what: &str, so: impl Fn() -> bool) {
        let deadline = SystemClock.monotonic() + Duration::from_secs(60);
        while !so() {
            let now = SystemClock.monotonic();
            let (left, runs) = (self.place.left(), self.place.processes());
            assert!(now < deadline, "{what}: {left:?}, {runs:?}");
            SystemClock
                .sleep_until(now + Duration::from_millis(5))
                .await;
        }
    }

    pub(crate) fn seen(&self) -> Vec<Progress> {
        let seen = self.events.seen.lock();
        seen.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The daemon runs jobs as tasks.
fn can_be_sent<F: Future + Send>(job: F) -> F {
    job
}

fn events(react: impl Fn(&Progress) + Send + Sync + 'static) -> Arc<Events> {
    Arc::new(Events {
        seen: Mutex::default(),
        react: Box::new(react),
    })
}

/// The owner's word.
pub(crate) fn command(words: &[&str]) -> Override {
    let words = words.iter().map(ToString::to_string).collect();
    Override::new(words).expect("a command")
}

fn job(server: &Server) -> Job {
    Job {
        id: "job-1".to_owned(),
        repository: "owner/sums".to_owned(),
        remote: Remote::https_or_loopback(&server.url()).expect("an address"),
        want: Want::DefaultBranch,
        goal: None,
        issue: Some(Issue {
            number: 7,
            title: "The sum is wrong".to_owned(),
            body: "2 and 3 give -1, and should give 5.".to_owned(),
            comments: Vec::new(),
            author: Author {
                belongs: true,
                account_days: None,
            },
        }),
        criteria: Vec::new(),
        plan: Plan {
            paths: vec!["src/**".to_owned(), "tests/**".to_owned()],
            ..Plan::default()
        },
        given: None,
        test_command: Some(command(&["sh", "tests/run.sh"])),
    }
}

/// An agent by lines of its profile.
fn agent(lines: &str, confinement: Confinement) -> Agent {
    let head = "[agents.script]\nname = \"Script\"\nprovider = \"p\"\n";
    let profiles = Profiles::built_in().with(&format!("{head}{lines}"));
    let profile = profiles
        .expect("a profile")
        .get("script")
        .expect("it was added");
    Agent::of(&profile, Settings::default(), confinement, None).expect("a driver")
}

fn parts(place: &Place, script: &str, stopped: Stopped) -> Parts {
    let mut confinement = Confinement::plain(jail::Limits {
        wall: Duration::from_secs(120),
        memory: 512 << 20,
        processes: 64,
        cpu_percent: 100,
        cpu_seconds: 60,
        file_size: 8 << 20,
        open_files: 256,
        scratch: 8 << 20,
        output: 1 << 20,
    });
    confinement.env.insert("MARK".into(), place.mark().into());
    let argv = serde_json::json!(["/bin/sh", "-c", script]);
    let lines = format!("[agents.script.exec]\nargv = {argv}\nparser = \"text\"\n");
    Parts {
        git: git(),
        confine: Arc::new(place.jail()),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(OsEntropy),
        secrets: Arc::new(NoSecrets),
        agent: agent(&lines, confinement.clone()),
        scanners: Vec::new(),
        scans: confinement.clone(),
        tests: confinement,
        policy: GatePolicy {
            unattended: false,
            ..GatePolicy::default()
        },
        limits: Limits::default(),
        state: place.state(),
        stopped,
    }
}
