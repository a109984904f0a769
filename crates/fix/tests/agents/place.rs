//! Where a test runs its commands: a tree, a clock that it moves itself, and no jail.

use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::Duration;

use clock::{Clock, FedClock, Feeder, SystemClock, UnixMillis};
use fix::agent::{Desk, Settings, Step, Witness};
use fix::profiles::{Profile, Profiles};
use fix::prompt::Ask;
use fix::run::{Confine, Guard, LeftBehind, Prepared, Refused, Stopped};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::sync::watch;

/// Starts commands as they are, with the paths of the box put right. For tests only.
#[derive(Debug)]
pub(crate) struct Unconfined;

impl Confine for Unconfined {
    fn prepare(&self, spec: &jail::Spec) -> Result<Prepared, Refused> {
        let mut words = spec.argv.iter().map(|word| outside(spec, word.as_bytes()));
        let program = words.next().ok_or_else(|| Refused("no program".into()))?;
        let mut command = Command::new(program);
        command
            .args(words)
            .env_clear()
            .envs(&spec.env)
            .current_dir(spec.work.join(&spec.start_in));
        Ok(Prepared {
            command,
            guard: Box::new(Group(None)),
        })
    }
}

/// A word of a command line with the paths of the box as they are outside.
fn outside(spec: &jail::Spec, word: &[u8]) -> std::ffi::OsString {
    let mut word = String::from_utf8(word.to_vec()).expect("text");
    for tool in &spec.tools {
        let inside = tool.inside.to_str().expect("text");
        word = word.replace(inside, tool.outside.to_str().expect("text"));
    }
    std::ffi::OsString::from_vec(word.into_bytes())
}

struct Group(Option<Pid>);

impl Guard for Group {
    fn started(&mut self, child: u32) -> io::Result<()> {
        self.0 = Pid::from_raw(i32::try_from(child).map_err(io::Error::other)?);
        Ok(())
    }

    fn kill_all(&mut self) -> Result<(), LeftBehind> {
        if let Some(group) = self.0 {
            let _ = kill_process_group(group, Signal::KILL);
        }
        Ok(())
    }
}

/// Keeps what it sees.
#[derive(Debug, Default)]
pub(crate) struct Seen(Mutex<Vec<Step>>);

impl Witness for Seen {
    fn saw(&self, step: Step) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(step);
    }
}

/// Everything around one job.
pub(crate) struct Place {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) clock: FedClock,
    pub(crate) hand: Arc<Feeder>,
    pub(crate) stop: watch::Sender<bool>,
    pub(crate) stopped: Stopped,
    pub(crate) seen: Arc<Seen>,
    pub(crate) settings: Settings,
}

impl Place {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        for name in ["work", "papers", "home"] {
            std::fs::create_dir(directory.path().join(name)).expect("a directory");
        }
        let (clock, hand) = FedClock::new(UnixMillis(0));
        let (stop, stopped) = watch::channel(false);
        Self {
            directory,
            clock,
            hand: Arc::new(hand),
            stop,
            stopped,
            seen: Arc::default(),
            settings: Settings {
                model: Some("m".to_owned()),
                turn: Duration::from_secs(600),
                ..Settings::default()
            },
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn spec(&self, argv: &[&str]) -> jail::Spec {
        let env = [
            ("PATH", std::env::var("PATH").expect("a path")),
            ("HOME", self.path("home").display().to_string()),
            ("TRANSCRIPT", self.path("transcript").display().to_string()),
        ];
        jail::Spec {
            argv: argv.iter().map(Into::into).collect(),
            env: env.map(|(k, v)| (k.into(), v.into())).into(),
            work: self.path("work"),
            start_in: PathBuf::new(),
            tools: Vec::new(),
            masks: Vec::new(),
            egress: None,
            limits: jail::Limits {
                wall: Duration::from_secs(60),
                memory: 1 << 30,
                processes: 100,
                cpu_percent: 100,
                cpu_seconds: 100,
                file_size: 1 << 20,
                open_files: 100,
                scratch: 1 << 20,
                output: 64 << 10,
            },
        }
    }

    /// A desk at which the scripted agent plays `script`.
    pub(crate) fn desk(&self, script: &str) -> Desk {
        let mut spec = self.spec(&[]);
        spec.env.insert("SCRIPT".into(), script.into());
        Desk {
            confine: Arc::new(Unconfined),
            clock: Arc::new(self.clock.clone()),
            stopped: self.stopped.clone(),
            witness: Arc::clone(&self.seen) as Arc<dyn Witness>,
            spec,
            papers: self.path("papers"),
            settings: self.settings.clone(),
        }
    }

    pub(crate) fn steps(&self) -> Vec<Step> {
        self.seen
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// What the agent heard from us.
    pub(crate) fn transcript(&self) -> Vec<serde_json::Value> {
        std::fs::read_to_string(self.path("transcript"))
            .unwrap_or_default()
            .lines()
            .map(|line| serde_json::from_str(line).expect("we speak JSON"))
            .collect()
    }

    /// Waits until the agent has heard a line with `word` in it.
    pub(crate) async fn heard(&self, word: &str) {
        let path = self.path("transcript");
        until(|| std::fs::read_to_string(&path).is_ok_and(|text| text.contains(word))).await;
    }

    /// Lets time fly until `work` is done.
    pub(crate) async fn while_time_flies<T>(&self, work: impl Future<Output = T>) -> T {
        let hand = Arc::clone(&self.hand);
        let flight = async move {
            loop {
                hand.advance(Duration::from_secs(1));
                breath().await;
            }
        };
        tokio::select! {
            done = soon(work) => done,
            () = flight => unreachable!("time does not end"),
        }
    }
}

/// An agent that is this very program, by the given lines of a profile.
pub(crate) fn scripted(lines: &str) -> Arc<Profile> {
    let me = std::env::current_exe().expect("this program");
    // The test harness prints on standard output; the agent speaks on another descriptor.
    let start =
        r#"exec 3>&1 >/dev/null; exec "$0" --exact scripted::the_agent --ignored --nocapture"#;
    let argv = serde_json::json!(["/bin/sh", "-c", start, me.to_str().expect("text")]);
    profile(&lines.replace("ARGV", &argv.to_string()))
}

/// An agent by the given lines.
pub(crate) fn profile(lines: &str) -> Arc<Profile> {
    let text = format!("[agents.test]\nname = \"Test\"\nprovider = \"p\"\n{lines}");
    let profiles = Profiles::built_in().with(&text).expect("a profile");
    profiles.get("test").expect("it was added")
}

pub(crate) fn ask(task: &str) -> Ask {
    Ask {
        task: task.to_owned(),
        failure: None,
    }
}

pub(crate) fn again(task: &str, failure: &str) -> Ask {
    Ask {
        task: task.to_owned(),
        failure: Some(failure.to_owned()),
    }
}

/// `work`, which must be done long before this gives up.
#[track_caller]
pub(crate) fn soon<T>(work: impl Future<Output = T>) -> impl Future<Output = T> {
    let caller = std::panic::Location::caller();
    async move {
        let clock = SystemClock;
        tokio::select! {
            done = work => done,
            () = clock.sleep_until(clock.monotonic() + Duration::from_secs(60)) => {
                panic!("not done after a minute, at {caller}")
            }
        }
    }
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn until(so: impl Fn() -> bool) -> impl Future<Output = ()> {
    soon(async move {
        while !so() {
            breath().await;
        }
    })
}

/// A moment of real time, to look again after.
async fn breath() {
    let clock = SystemClock;
    clock
        .sleep_until(clock.monotonic() + Duration::from_millis(2))
        .await;
}

/// Whether a process runs: it is there, and no zombie of somebody else's.
pub(crate) fn runs(pid: &str) -> bool {
    let status = std::fs::read_to_string(Path::new("/proc").join(pid.trim()).join("stat"));
    status.is_ok_and(
        |text| !matches!(text.rsplit_once(") "), Some((_, rest)) if rest.starts_with('Z')),
    )
}

/// Whether a process is there at all, a zombie or not.
pub(crate) fn is_there(pid: &str) -> bool {
    Path::new("/proc").join(pid.trim()).exists()
}

/// What `work` has to show now, if it is done.
pub(crate) async fn now<T>(mut work: Pin<&mut impl Future<Output = T>>) -> Option<T> {
    std::future::poll_fn(|context| {
        Poll::Ready(match work.as_mut().poll(context) {
            Poll::Ready(done) => Some(done),
            Poll::Pending => None,
        })
    })
    .await
}
