//! A terminal that shows nothing of what is typed, until the guard goes. A signal that would end or stop
//! this process is obeyed after the terminal is as it was.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use signal_hook::{flag, low_level};

/// What ends this process, or stops it for a while.
const LEAVING: [i32; 5] = [SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP];

/// What came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stir {
    /// There is something to read.
    Typed,
    /// The process was stopped and goes on: the question is to be asked again.
    Back,
}

/// How signals reach a question. Handlers cannot be taken back in a process, so they are installed once,
/// and do what the system would do as long as nothing is hidden.
struct Signals {
    /// Nothing is hidden: a signal has its usual effect at once.
    usual: Arc<AtomicBool>,
    /// Those of [`LEAVING`] that came since.
    came: [Arc<AtomicBool>; LEAVING.len()],
    continued: Arc<AtomicBool>,
    /// A byte for each signal; one question at a time.
    woken: Mutex<UnixStream>,
}

impl Signals {
    fn of_this_process() -> io::Result<&'static Self> {
        static SIGNALS: OnceLock<Signals> = OnceLock::new();
        static INSTALL: Mutex<()> = Mutex::new(());
        let _one = INSTALL.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(signals) = SIGNALS.get() {
            return Ok(signals);
        }
        let signals = Self::install()?;
        Ok(SIGNALS.get_or_init(|| signals))
    }

    fn install() -> io::Result<Self> {
        let (woken, wake) = UnixStream::pair()?;
        woken.set_nonblocking(true)?;
        let signals = Self {
            usual: Arc::new(AtomicBool::new(true)),
            came: Default::default(),
            continued: Arc::default(),
            woken: Mutex::new(woken),
        };
        for (signal, came) in LEAVING.into_iter().zip(&signals.came) {
            flag::register_conditional_default(signal, Arc::clone(&signals.usual))?;
            flag::register(signal, Arc::clone(came))?;
            low_level::pipe::register(signal, wake.try_clone()?)?;
        }
        flag::register(SIGCONT, Arc::clone(&signals.continued))?;
        low_level::pipe::register(SIGCONT, wake)?;
        Ok(signals)
    }
}

/// The guard. What was typed before is forgotten when it begins, what is typed beyond the answer when it
/// ends: the rest of a paste must not become a command line.
pub(super) struct Hidden<'a> {
    terminal: &'a File,
    before: Termios,
    signals: &'static Signals,
    woken: MutexGuard<'static, UnixStream>,
}

impl<'a> Hidden<'a> {
    pub(super) fn begin(terminal: &'a File) -> io::Result<Self> {
        let signals = Signals::of_this_process()?;
        let woken = signals.woken.lock().unwrap_or_else(PoisonError::into_inner);
        for came in signals.came.iter().chain([&signals.continued]) {
            came.store(false, Ordering::SeqCst);
        }
        drain(&woken);
        let hidden = Self {
            terminal,
            before: tcgetattr(terminal)?,
            signals,
            woken,
        };
        signals.usual.store(false, Ordering::SeqCst);
        hidden.hide()?;
        Ok(hidden)
    }

    fn hide(&self) -> io::Result<()> {
        let mut modes = self.before.clone();
        modes.local_modes -= LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON;
        modes.local_modes |= LocalModes::ISIG;
        modes.special_codes[SpecialCodeIndex::VMIN] = 1;
        modes.special_codes[SpecialCodeIndex::VTIME] = 0;
        Ok(tcsetattr(self.terminal, OptionalActions::Flush, &modes)?)
    }

    fn show(&self) {
        // A terminal that is gone needs no mending.
        let _ = tcsetattr(self.terminal, OptionalActions::Flush, &self.before);
    }

    /// Waits for a key, and obeys a signal meanwhile.
    pub(super) fn wait(&self) -> io::Result<Stir> {
        loop {
            let mut events = [
                PollFd::new(self.terminal, PollFlags::IN),
                PollFd::new(&*self.woken, PollFlags::IN),
            ];
            match poll(&mut events, None) {
                Ok(_) => {}
                Err(rustix::io::Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
            }
            let [typed, signal] = events.map(|event| !event.revents().is_empty());
            if signal {
                drain(&self.woken);
                self.obey()?;
                if self.signals.continued.swap(false, Ordering::SeqCst) {
                    self.hide()?;
                    return Ok(Stir::Back);
                }
            } else if typed {
                return Ok(Stir::Typed);
            }
        }
    }

    /// Does what the signal would have done, with the terminal as it was.
    fn obey(&self) -> io::Result<()> {
        for (signal, came) in LEAVING.into_iter().zip(&self.signals.came) {
            if came.swap(false, Ordering::SeqCst) {
                self.show();
                // Ends this process; or stops it, and comes back when it goes on.
                low_level::emulate_default_handler(signal)?;
            }
        }
        Ok(())
    }
}

impl Drop for Hidden<'_> {
    fn drop(&mut self) {
        self.show();
        self.signals.usual.store(true, Ordering::SeqCst);
        // One that came in the last moment.
        let _ = self.obey();
    }
}

fn drain(mut woken: &UnixStream) {
    let mut bytes = [0; 64];
    loop {
        match woken.read(&mut bytes) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
}
