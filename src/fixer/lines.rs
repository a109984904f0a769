//! One JSON value a line, each way, of bounded length.

use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{
    AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _,
};

/// Longest line in bytes: a patch of the largest size that the gate lets through, before and after, in
/// base64, and its diff.
pub const LONGEST: u64 = 64 << 20;

/// Reads the next value; `None` at the end.
///
/// # Errors
/// The other side cannot be read, or says something else.
pub async fn read<T: DeserializeOwned>(
    from: &mut (impl AsyncBufRead + Unpin),
) -> io::Result<Option<T>> {
    Lines::new(from).next().await
}

/// Values one after the other. What was read of a line stays when nobody waits for the rest any more, so
/// that [`Lines::next`] may stand beside other things to wait for.
pub struct Lines<R> {
    from: R,
    line: Vec<u8>,
}

impl<R: AsyncBufRead + Unpin> Lines<R> {
    /// Of `from`.
    pub fn new(from: R) -> Self {
        Self {
            from,
            line: Vec::new(),
        }
    }

    /// The next value; `None` at the end.
    ///
    /// # Errors
    /// The other side cannot be read, or says something else.
    pub async fn next<T: DeserializeOwned>(&mut self) -> io::Result<Option<T>> {
        let left = LONGEST.saturating_sub(u64::try_from(self.line.len()).unwrap_or(LONGEST));
        let mut limited = (&mut self.from).take(left);
        limited.read_until(b'\n', &mut self.line).await?;
        value(&std::mem::take(&mut self.line))
    }
}

/// What a whole line says.
fn value<T: DeserializeOwned>(line: &[u8]) -> io::Result<Option<T>> {
    if line.is_empty() {
        return Ok(None);
    }
    if line.last() != Some(&b'\n') {
        // Cut off by its end, or by the limit: in both cases not what was meant.
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "a line without an end",
        ));
    }
    serde_json::from_slice(line)
        .map(Some)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Writes a value.
///
/// # Errors
/// The other side is gone.
pub async fn write<T: Serialize>(to: &mut (impl AsyncWrite + Unpin), value: &T) -> io::Result<()> {
    let mut line = serde_json::to_vec(value).map_err(io::Error::other)?;
    line.push(b'\n');
    to.write_all(&line).await?;
    to.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn half_a_line_is_kept_for_whoever_waits_again() {
        let (mut ours, theirs) = tokio::io::duplex(64);
        let mut lines = Lines::new(tokio::io::BufReader::new(theirs));
        ours.write_all(b"[1,").await.expect("written");
        // Looked at once, and dropped.
        tokio::select! {
            biased;
            _ = lines.next::<Vec<u8>>() => panic!("the line has no end yet"),
            () = std::future::ready(()) => {}
        }
        ours.write_all(b"2]\n[3]").await.expect("written");
        let whole: Vec<u8> = lines.next().await.expect("a line").expect("a value");
        assert_eq!(whole, [1, 2]);
        drop(ours);
        let cut = lines.next::<Vec<u8>>().await.expect_err("cut off");
        assert_eq!(cut.kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(lines.next::<Vec<u8>>().await.expect("the end"), None);
    }
}
