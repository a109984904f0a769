//! The service as its unit starts it, and the commands as a person types them: they meet, although
//! only the service is told its directories by systemd.

use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bountyd::clock::{OsEntropy, SystemClock};
use bountyd::config::Environment;
use bountyd::control::Paused;
use bountyd::exit::Exit;
use bountyd::ledger::Ledger;
use bountyd::ledger::settings::Setting;

use super::support::KEY;

/// A machine on which README's steps were followed; nothing answers at its services' addresses.
struct Machine(tempfile::TempDir);

impl Machine {
    fn new() -> Self {
        let machine = Self(tempfile::tempdir().expect("a directory"));
        for directory in ["etc/bountyd", "var/lib", "run", "home/owner"] {
            std::fs::create_dir_all(machine.path(directory)).expect("a directory");
        }
        let text = format!(
            "timezone = \"UTC\"\nallow_insecure_loopback = true\n\
             [auth0]\nbase_url = \"http://127.0.0.1:9/\"\nclient_id = \"client\"\n\
             user_id = \"github|1\"\nkeys = [\"{}\"]\n\
             [github]\napi_url = \"http://127.0.0.1:9/\"\ngraphql_url = \"http://127.0.0.1:9/graphql\"\n",
            KEY.1.display()
        );
        std::fs::write(machine.config(), text).expect("written");
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn config(&self) -> PathBuf {
        self.path("etc/bountyd/bountyd.toml")
    }

    /// As the unit does: the directories of `StateDirectory=` and `RuntimeDirectory=` are made and
    /// named, and the service says itself when it is ready.
    fn service(&self) -> Service {
        for directory in ["var/lib/bountyd", "run/bountyd"] {
            std::fs::create_dir_all(self.path(directory)).expect("a directory");
        }
        let told = self.path("run/notify.sock");
        let manager = UnixDatagram::bind(&told).expect("the manager's socket");
        let minute = Some(Duration::from_secs(60));
        manager.set_read_timeout(minute).expect("a socket option");
        let mut daemon = Command::new(env!("CARGO_BIN_EXE_bountyd"));
        daemon
            .args([Path::new("run"), Path::new("--config"), &self.config()])
            .env_clear()
            .env("STATE_DIRECTORY", self.path("var/lib/bountyd"))
            .env("RUNTIME_DIRECTORY", self.path("run/bountyd"))
            .env("NOTIFY_SOCKET", &told)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let service = Service(daemon.spawn().expect("it starts"));
        let mut buffer = [0; 4096];
        loop {
            let length = manager.recv(&mut buffer).expect("it is ready in a minute");
            let text = String::from_utf8_lossy(&buffer[..length]);
            if text.lines().any(|line| line == "READY=1") {
                return service;
            }
        }
    }

    /// As a person types it, without a variable of systemd's.
    fn types(&self, arguments: &[&str]) -> Exit {
        let environment = Environment {
            root: Some(self.0.path().to_owned()),
            home: Some(self.path("home/owner")),
            xdg_runtime_dir: Some(self.path("run/user/1000")),
            ..Environment::default()
        };
        let words = ["bountyd"].iter().chain(arguments);
        bountyd::cli::run(words.map(|word| (*word).into()), environment)
    }

    fn is_paused(&self) -> bool {
        let path = self.path("var/lib/bountyd/ledger.db");
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let (clock, entropy) = (Arc::new(SystemClock), Arc::new(OsEntropy));
            let ledger = Ledger::open_read_only(&path, clock, entropy).await;
            let paused = ledger.expect("the service's ledger");
            let paused = paused.setting::<Paused>(&Setting::Paused).await;
            paused.expect("read").is_some()
        })
    }

    #[track_caller]
    fn nothing_lies_in_the_owners_home(&self) {
        let home = std::fs::read_dir(self.path("home/owner")).expect("a directory");
        assert_eq!(home.count(), 0, "a second ledger");
    }
}

/// A running daemon, ended when the test is over.
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_commands_meet_the_service() {
    let machine = Machine::new();
    // Before the service has run there is nothing to pause, and nothing is made.
    assert_eq!(machine.types(&["pause"]), Exit::Unavailable);
    assert!(!machine.path("var/lib/bountyd").exists());

    let service = machine.service();
    assert_eq!(machine.types(&["pause"]), Exit::Ok);
    assert!(machine.is_paused(), "another bountyd was paused");
    assert_eq!(machine.types(&["bounties"]), Exit::Ok);
    drop(service);

    // Without the daemon they take its ledger.
    assert_eq!(machine.types(&["resume"]), Exit::Ok);
    assert!(!machine.is_paused(), "another ledger was written");
    machine.nothing_lies_in_the_owners_home();
}
