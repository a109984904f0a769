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
    let mut line = Vec::new();
    let mut limited = from.take(LONGEST);
    if limited.read_until(b'\n', &mut line).await? == 0 {
        return Ok(None);
    }
    if line.last() != Some(&b'\n') {
        // Cut off by its end, or by the limit: in both cases not what was meant.
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "a line without an end",
        ));
    }
    serde_json::from_slice(&line)
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
