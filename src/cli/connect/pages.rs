//! The pages that the owner has to open, shown on the machine he sits at or on another.

use std::env::var_os;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use clock::OsEntropy;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::geteuid;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use url::Url;
use vault::{Page, Pasted};

use crate::cli::qr;
use crate::cli::wrap::wrap;
use crate::clock::Entropy as _;

/// More than this on one line is no address of ours.
const LONGEST_LINE: usize = 4096;

/// How often the reader of the terminal looks whether it is still wanted.
const LOOK_EVERY: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 100_000_000,
};

/// Whether a browser of this desktop can be opened.
fn has_desktop() -> bool {
    let set = |name: &str| var_os(name).is_some_and(|value| !value.is_empty());
    set("DISPLAY") || set("WAYLAND_DISPLAY")
}

/// Shows pages: in the browser where there is one; as an address, and for a machine without a browser with the two
/// ways to come back to it.
pub(super) struct Pages {
    no_browser: bool,
    can_paste: bool,
    /// Leads the browser to the page that is open.
    lead: Mutex<Option<Lead>>,
}

impl Pages {
    pub(super) fn new(no_browser: bool, can_paste: bool) -> Self {
        Self {
            no_browser,
            can_paste,
            lead: Mutex::new(None),
        }
    }

    pub(super) fn show(&self, page: Page, url: &Url) {
        eprintln!("Open this page ({page}):\n\n  {url}\n");
        // The one before is over: its file goes.
        let mut lead = self.lead.lock().unwrap_or_else(PoisonError::into_inner);
        *lead = None;
        // A browser does not run as root, and sudo leaves the desktop's name in the environment.
        if !self.no_browser && !geteuid().is_root() && has_desktop() {
            *lead = Lead::to(url).ok().filter(|lead| open_browser(&lead.path));
        }
        if lead.is_some() {
            return;
        }
        eprint!("{}", qr::on_stderr(url.as_str()));
        let Some(port) = callback_port(url) else {
            return;
        };
        let said = format!(
            "The browser comes back to port {port} of this machine. If it runs on another one, forward that port \
             there first:"
        );
        eprintln!(
            "{}\n  ssh -L {port}:127.0.0.1:{port} {}\n",
            wrap("", &said),
            ssh_place()
        );
        if self.can_paste {
            let said = format!(
                "Or, on a phone: when it ends at an address that it cannot open (http://127.0.0.1:{port}/…), copy \
                 that address, paste it here and press Enter."
            );
            eprintln!("{}", wrap("", &said));
        }
    }
}

/// A file for this user alone that leads to a page. Whoever has the address of a page may answer it, with an
/// account of his own, and what stands on a command line everybody on the machine reads.
struct Lead {
    path: PathBuf,
}

impl Lead {
    /// In the directory of this user's session, which is his alone and is gone with it.
    fn to(url: &Url) -> std::io::Result<Self> {
        let directory = var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let directory = directory.filter(|path| path.is_absolute());
        let directory = directory.ok_or(ErrorKind::NotFound)?;
        let name = format!("bountyd-{}.html", hex::encode(OsEntropy.id128()));
        let lead = Self {
            path: directory.join(name),
        };
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&lead.path)?;
        let address = escaped(url.as_str());
        writeln!(
            file,
            "<!doctype html><meta charset=utf-8><meta name=referrer content=no-referrer>\
             <meta http-equiv=refresh content=\"0;url={address}\"><a href=\"{address}\">Go on</a>"
        )?;
        Ok(lead)
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        // Nobody else could read it; the page it leads to is over.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// For an attribute of HTML.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
    out
}

/// The port that the page comes back to, where its address says so.
fn callback_port(url: &Url) -> Option<u16> {
    let (_, back) = url.query_pairs().find(|(name, _)| name == "redirect_uri")?;
    Url::parse(&back).ok()?.port()
}

/// This machine, as somebody reached it over ssh.
fn ssh_place() -> String {
    let said = |name: &str| var_os(name).and_then(|value| value.into_string().ok());
    // Client address and port, server address and port (ssh(1), ENVIRONMENT).
    let server = said("SSH_CONNECTION")
        .and_then(|connection| connection.split(' ').nth(2).map(str::to_owned));
    let user = said("SUDO_USER").or_else(|| said("USER"));
    format!(
        "{}@{}",
        user.as_deref().unwrap_or("you"),
        server.as_deref().unwrap_or("this-machine")
    )
}

/// Hands a file to the desktop.
fn open_browser(file: &Path) -> bool {
    let started = Command::new("xdg-open")
        .arg(file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = started else {
        return false;
    };
    std::thread::spawn(move || child.wait());
    true
}

/// Reads what is pasted at the terminal while a page is waited for, and leaves it alone afterwards.
pub(super) struct Pasting {
    pub(super) lines: Pasted,
    wanted: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
}

impl Pasting {
    /// Without a terminal nobody pastes.
    pub(super) fn begin() -> Option<Self> {
        let terminal = OpenOptions::new().read(true).open("/dev/tty").ok()?;
        let (send, lines) = unbounded_channel();
        let wanted = Arc::new(AtomicBool::new(true));
        let still = Arc::clone(&wanted);
        let reader = std::thread::spawn(move || read(terminal, &send, &still));
        Some(Self {
            lines: Pasted::new(lines),
            wanted,
            reader: Some(reader),
        })
    }
}

impl Drop for Pasting {
    fn drop(&mut self) {
        self.wanted.store(false, Ordering::SeqCst);
        if let Some(reader) = self.reader.take() {
            // It ends within a glance; what it was is of no interest.
            let _ = reader.join();
        }
    }
}

fn read(mut terminal: File, send: &UnboundedSender<String>, wanted: &AtomicBool) {
    let mut line = Vec::new();
    while wanted.load(Ordering::SeqCst) {
        let mut events = [PollFd::new(&terminal, PollFlags::IN)];
        match poll(&mut events, Some(&LOOK_EVERY)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => continue,
            Ok(_) => {}
            Err(_) => return,
        }
        let mut chunk = [0; 512];
        let Ok(count @ 1..) = terminal.read(&mut chunk) else {
            return;
        };
        for byte in &chunk[..count] {
            if *byte == b'\n' {
                let text = String::from_utf8_lossy(&line).into_owned();
                line.clear();
                if send.send(text).is_err() {
                    return;
                }
            } else if line.len() < LONGEST_LINE {
                line.push(*byte);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_stays_within_its_attribute() {
        assert_eq!(
            escaped("https://t/?a=\"><b>&c='"),
            "https://t/?a=&quot;&gt;&lt;b&gt;&amp;c=&#39;"
        );
    }

    #[test]
    fn the_port_is_read_from_the_login_and_not_from_the_consent() {
        let port = |url: &str| callback_port(&Url::parse(url).expect("a URL"));
        let login =
            "https://t/authorize?redirect_uri=http%3A%2F%2F127.0.0.1%3A18485%2Fcallback&state=x";
        assert_eq!(port(login), Some(18485));
        assert_eq!(port("https://t/connect?ticket=x"), None);
        assert_eq!(port("https://t/authorize?redirect_uri=nonsense"), None);
    }
}
