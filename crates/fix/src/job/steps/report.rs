//! The reports of a job, all of them or none.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::job::error::JobError;
use crate::job::record::Record;
use crate::job::room::NEW;
use crate::job::work::{Papers, off_thread};
use crate::walk::PrivateDir;

/// Writes them to the directory `id` below `state`.
pub(in crate::job) async fn write(
    state: &Path,
    id: &str,
    record: Record,
    papers: Papers,
) -> Result<(), JobError> {
    let (new, done) = (state.join(format!("{id}.{NEW}")), state.join(id));
    off_thread(move || {
        // Removed with whatever was written, unless it is moved to its place.
        let new = PrivateDir::make(&new).map_err(|source| JobError::Report {
            path: new.clone(),
            source,
        })?;
        for (name, bytes) in files(&record, papers) {
            let path = new.path().join(name);
            bytes
                .and_then(|bytes| put(&path, &bytes))
                .map_err(|source| JobError::Report { path, source })?;
        }
        place(new.path(), &done).map_err(|source| JobError::Report { path: done, source })
    })
    .await?
}

fn files(record: &Record, papers: Papers) -> Vec<(&'static str, io::Result<Vec<u8>>)> {
    let json = |value: serde_json::Result<Vec<u8>>| value.map_err(io::Error::from);
    let mut files = vec![("job.json", json(serde_json::to_vec_pretty(record)))];
    if let Some(text) = papers.gate {
        files.push(("gate.txt", Ok(text.into_bytes())));
    }
    if let Some(log) = papers.sarif {
        files.push(("gate.sarif", json(serde_json::to_vec_pretty(&log))));
    }
    if let Some(diff) = papers.diff {
        files.push(("patch.diff", Ok(diff)));
    }
    if let Some(patch) = papers.patch {
        files.push(("patch.json", Ok(patch)));
    }
    files
}

fn put(path: &PathBuf, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Gives the directory its name; after that it is there, also after a crash.
fn place(new: &Path, done: &Path) -> io::Result<()> {
    fs::File::open(new)?.sync_all()?;
    fs::rename(new, done)?;
    match done.parent() {
        Some(state) => fs::File::open(state)?.sync_all(),
        None => Ok(()),
    }
}
