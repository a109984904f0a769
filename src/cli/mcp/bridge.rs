//! Bytes both ways between a client's pipe and the daemon's socket. Nothing is looked at after the greeting,
//! and nothing kept.

use std::io::{self, BufRead as _, BufReader, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;

use super::super::{Context, untrusted};
use crate::exit::Exit;
use crate::mcp::greeting::{self, Hello, VERSION, Welcome};

pub(super) fn run(context: &Context, socket: &Path, client: Option<String>) -> Exit {
    let stream = match UnixStream::connect(socket) {
        Ok(stream) => stream,
        Err(error) => return unreachable(context, socket, &error),
    };
    match converse(stream, client) {
        Ok(None) => Exit::Ok,
        Ok(Some(why)) => context.fail(Exit::NotAllowed, &untrusted::line(&why)),
        Err(error) => {
            let why = format!("the daemon at {} hung up: {error}", socket.display());
            context.fail(Exit::Unavailable, &why)
        }
    }
}

fn unreachable(context: &Context, socket: &Path, error: &io::Error) -> Exit {
    let socket = socket.display();
    let why = match error.kind() {
        ErrorKind::NotFound | ErrorKind::ConnectionRefused => format!(
            "no daemon listens at {socket}: see that bountyd runs and that its configuration names a \
             client under [mcp.clients]"
        ),
        _ => format!("cannot reach the daemon at {socket}: {error}"),
    };
    context.fail(Exit::Unavailable, &why)
}

/// Greets, and copies until either end has said everything. Gives the reason if the daemon says no.
fn converse(stream: UnixStream, client: Option<String>) -> io::Result<Option<String>> {
    let mut write = stream.try_clone()?;
    let mut read = BufReader::new(stream);
    let hello = Hello {
        bountyd_mcp: VERSION,
        client,
    };
    // A refusal may come, and the other end be gone, before we have written.
    let sent = write.write_all(&greeting::line(&hello));
    let mut line = Vec::new();
    let most = u64::try_from(greeting::LONGEST * 4).unwrap_or(u64::MAX);
    (&mut read).take(most).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        sent?;
        return Err(ErrorKind::UnexpectedEof.into());
    }
    match serde_json::from_slice(&line).map_err(io::Error::other)? {
        Welcome::Come { .. } => {}
        Welcome::Refused { why } => return Ok(Some(why)),
    }
    // It ends with the process: a client that says nothing more may still be answered.
    std::thread::spawn(move || {
        let _ = copy(&mut io::stdin().lock(), &mut write);
        let _ = write.shutdown(Shutdown::Write);
    });
    copy(&mut read, &mut io::stdout().lock())?;
    Ok(None)
}

fn copy(from: &mut impl Read, to: &mut impl Write) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let n = match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(n) => n,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        to.write_all(&buffer[..n])?;
        to.flush()?;
    }
}
