//! A terminal with the shipped program on it, and somebody who reads and types.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::JoinHandle;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

pub(crate) struct Terminal {
    child: Child,
    stdin: ChildStdin,
    chunks: UnboundedReceiver<Vec<u8>>,
    reader: JoinHandle<()>,
    shown: Vec<u8>,
    read_to: usize,
}

impl Terminal {
    /// Runs a line of shell on a terminal of its own, at home in `home`.
    pub(crate) fn run(line: &str, home: &Path) -> Self {
        let mut child = Command::new("script")
            .args(["--quiet", "--return", "--command", line, "/dev/null"])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("TERM", "xterm")
            .env("HOME", home)
            .current_dir(home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("script runs");
        let stdin = child.stdin.take().expect("stdin");
        let mut stdout = child.stdout.take().expect("stdout");
        let (send, chunks) = unbounded_channel();
        let reader = std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(read @ 1..) = stdout.read(&mut chunk) {
                if send.send(chunk[..read].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self {
            child,
            stdin,
            chunks,
            reader,
            shown: Vec::new(),
            read_to: 0,
        }
    }

    /// Reads on until `words` stand there, and gives what was shown since the last time.
    pub(crate) async fn until(&mut self, words: &str) -> String {
        loop {
            let new = String::from_utf8_lossy(&self.shown[self.read_to..]).into_owned();
            if let Some(at) = new.find(words) {
                self.read_to += at + words.len();
                return new[..at + words.len()].to_owned();
            }
            match self.chunks.recv().await {
                Some(chunk) => self.shown.extend(chunk),
                None => panic!("{words:?} was never shown:\n{}", self.so_far()),
            }
        }
    }

    pub(crate) fn types(&mut self, keys: &str) {
        self.stdin.write_all(keys.as_bytes()).expect("typed");
        self.stdin.flush().expect("typed");
    }

    fn so_far(&self) -> String {
        String::from_utf8_lossy(&self.shown).into_owned()
    }

    /// Waits for the end: the exit code, and all that was ever shown.
    pub(crate) async fn end(mut self) -> (Option<i32>, String) {
        while let Some(chunk) = self.chunks.recv().await {
            self.shown.extend(chunk);
        }
        let status = self.child.wait().expect("it ends");
        self.reader.join().expect("no panic");
        let shown = String::from_utf8_lossy(&self.shown).into_owned();
        (status.code(), shown)
    }
}
