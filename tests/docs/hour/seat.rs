//! The seat at the clean machine: a shell on a terminal of its own, and everything that was ever shown on it.

use std::fs::File;
use std::num::NonZeroU16;
use std::path::Path;
use std::time::Duration;

use rustix::termios::{LocalModes, tcgetattr};

use crate::terminal::Terminal;

/// Nothing that a person waits for takes longer.
const PATIENCE: Duration = Duration::from_secs(120);

/// How wide the terminal is, and how high: nothing is ever scrolled away.
const COLUMNS: NonZeroU16 = NonZeroU16::new(100).expect("more than none");
const ROWS: NonZeroU16 = NonZeroU16::new(1000).expect("more than none");

/// Around the exit code of the command before, in the prompt: a terminal takes it for its title.
const TITLE: (&str, &str) = ("\x1b]0;", "\x07");

/// Into the clean root, as its root. The terminal's name stays behind for whoever watches it.
const ENTER: &str = r#"
set -eu
tty >"$WORK/tty"
stty rows "$ROWS" cols "$COLUMNS"
hostname night
mount --rbind /dev "$ROOT/dev"
mount -t proc proc "$ROOT/proc"
exec env -i TERM=xterm HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  PS1="$PROMPT" /usr/sbin/chroot "$ROOT" bash --noprofile --norc
"#;

pub(crate) struct Seat {
    terminal: Terminal,
    watched: File,
    /// All of it, as it came.
    shown: String,
    /// Where the command at hand begins in it.
    begun: usize,
    questions: usize,
    _work: tempfile::TempDir,
}

impl Seat {
    /// Sits down at the machine in `root`.
    pub(crate) async fn at(root: &Path) -> Self {
        let work = tempfile::tempdir().expect("a directory");
        let place = work.path().display();
        std::fs::write(work.path().join("enter"), ENTER).expect("written");
        let (begin, end) = TITLE;
        let prompt = format!("\\[{begin}$?{end}\\]root@night:~# ");
        let line = format!(
            "exec env WORK='{place}' ROOT='{}' ROWS={ROWS} COLUMNS={COLUMNS} PROMPT='{prompt}' \
             unshare --mount --propagation private --uts bash '{place}/enter'",
            root.display()
        );
        let terminal = Terminal::run(&line, work.path());
        let mut seat = Self {
            terminal,
            // Until its name is known; nobody is asked anything before.
            watched: File::open("/dev/null").expect("a file"),
            shown: String::new(),
            begun: 0,
            questions: 0,
            _work: work,
        };
        seat.prompt().await;
        let name = std::fs::read_to_string(seat._work.path().join("tty")).expect("its name");
        seat.watched = File::open(name.trim()).expect("the terminal");
        // chroot(8) stands at the top.
        seat.terminal.types("cd\r");
        assert_eq!(seat.prompt().await, 0, "{}", seat.shown);
        seat
    }

    /// Reads on until `words` stand there, and gives what was shown since the last time.
    pub(crate) async fn until(&mut self, words: &str) -> String {
        let read = tokio::time::timeout(PATIENCE, self.terminal.until(words)).await;
        let new = read.unwrap_or_else(|_| panic!("no {words:?} in time after:\n{}", self.shown));
        self.shown.push_str(&new);
        new
    }

    /// Waits until the shell asks for a command; gives the exit code of the one before.
    async fn prompt(&mut self) -> i32 {
        self.until(TITLE.0).await;
        let code = self.until(TITLE.1).await;
        let code = code.trim_end_matches(TITLE.1).parse().expect("a number");
        self.begun = self.shown.len();
        code
    }

    /// Types a command; what it asks is for whoever called this to answer.
    pub(crate) fn types(&mut self, command: &str) {
        self.terminal.types(&format!("{command}\r"));
    }

    /// Waits for a question, and until somebody listens, and answers.
    pub(crate) async fn answers(&mut self, question: &str, keys: &str) {
        self.until(question).await;
        // A question stands there a moment before the program listens: until then the terminal echoes.
        while tcgetattr(&self.watched)
            .expect("a terminal")
            .local_modes
            .contains(LocalModes::ECHO)
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.questions += 1;
        self.terminal.types(keys);
    }

    /// Waits for the end of the command, which must be a good one; gives what stands on the terminal in the end, from
    /// the command on.
    pub(crate) async fn well(&mut self) -> String {
        let begun = self.begun;
        let code = self.prompt().await;
        let all = &self.shown[begun..];
        let all = &all[..all.rfind(TITLE.0).expect("a prompt")];
        let mut screen = vt100::Parser::new(ROWS, COLUMNS, 0);
        screen.process(all.as_bytes());
        let text = screen.screen().contents();
        assert_eq!(code, 0, "{text}");
        text
    }

    /// What was asked and answered at the terminal.
    pub(crate) const fn questions(&self) -> usize {
        self.questions
    }

    /// Gets up; gives everything that was ever shown, as it came.
    pub(crate) async fn leaves(mut self) -> String {
        self.terminal.types("exit\r");
        let (code, all) = self.terminal.end().await;
        assert_eq!(code, Some(0), "{all}");
        all
    }
}
