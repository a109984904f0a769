//! The terminal a person sits at, whatever stdin and stdout are: what is typed there was typed by
//! somebody who saw what was printed there.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};

use rustix::termios::{QueueSelector, tcflush};

use super::session::Stop;
use crate::clock::Entropy;
use crate::exit::Exit;

/// Sixteen letters that are not taken for one another: 4 of them are 16 bits.
const LETTERS: &[u8; 16] = b"ABCDEFHJKMNPRTXY";

/// Letters of a code.
const LENGTH: usize = 4;

/// More than this on one line is no answer.
const LONGEST_LINE: usize = 64;

/// Opens the controlling terminal.
///
/// # Errors
/// There is none: the command was not started by a person at a terminal.
pub(super) fn open() -> Result<File, Stop> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/tty")
        .map_err(|error| {
            Stop::Say(
                Exit::NotAllowed,
                format!(
                    "this needs a person at a terminal, and there is none (/dev/tty: {error}); \
                     answers are never read from stdin. Over ssh use `ssh -t`, or answer on \
                     Telegram"
                ),
            )
        })
}

/// Forgets what was typed before the question was seen.
pub(super) fn forget_typed(terminal: &File) {
    // A terminal that cannot do this is still asked for a code that nobody could know before.
    let _ = tcflush(terminal, QueueSelector::IFlush);
}

/// A fresh code.
pub(super) fn code(entropy: &dyn Entropy) -> String {
    letters(entropy, LENGTH)
}

/// So many letters that cannot be guessed.
pub(super) fn letters(entropy: &dyn Entropy, length: usize) -> String {
    let mut bytes = vec![0; length];
    entropy.fill(&mut bytes);
    bytes
        .iter()
        .map(|b| char::from(LETTERS[usize::from(b % 16)]))
        .collect()
}

/// Shows the code, and says whether it is typed.
///
/// # Errors
/// The terminal went away.
pub(super) fn confirm(
    terminal: &mut (impl Read + Write),
    verb: &str,
    code: &str,
) -> std::io::Result<bool> {
    write!(terminal, "\nTo {verb}, type {code} and Enter: ")?;
    terminal.flush()?;
    let mut typed = Vec::new();
    let mut byte = [0];
    while typed.len() < LONGEST_LINE && terminal.read(&mut byte)? == 1 {
        if byte[0] == b'\n' || byte[0] == b'\r' {
            break;
        }
        typed.push(byte[0]);
    }
    let typed = String::from_utf8_lossy(&typed);
    Ok(typed.trim().eq_ignore_ascii_case(code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::OsEntropy;

    struct Fake {
        typed: std::io::Cursor<&'static [u8]>,
        shown: Vec<u8>,
    }

    impl Read for Fake {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.typed.read(buffer)
        }
    }

    impl Write for Fake {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.shown.write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn typing(typed: &'static [u8]) -> bool {
        let mut terminal = Fake {
            typed: std::io::Cursor::new(typed),
            shown: Vec::new(),
        };
        let done = confirm(&mut terminal, "approve", "ABCD").expect("a terminal");
        assert!(String::from_utf8_lossy(&terminal.shown).contains("ABCD"));
        done
    }

    #[test]
    fn only_the_code_confirms() {
        assert!(typing(b"ABCD\n"));
        assert!(typing(b" abcd \r"));
        for wrong in [
            &b""[..],
            b"\n",
            b"y\n",
            b"ABC\n",
            b"ABCDE\n",
            b"\nABCD\n",
            b"yes\nABCD\n",
            &[b'A'; 500],
        ] {
            assert!(!typing(wrong), "{wrong:?}");
        }
    }

    #[test]
    fn codes_differ_and_can_be_read() {
        let codes: std::collections::HashSet<_> = (0..64).map(|_| code(&OsEntropy)).collect();
        assert!(codes.len() > 32);
        for code in codes {
            assert_eq!(code.len(), LENGTH);
            assert!(code.bytes().all(|b| LETTERS.contains(&b)));
        }
    }
}
