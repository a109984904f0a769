//! What is kept of a job on disk: its reports and its patch, all of one attempt or none.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use fix::job::Record;
use gate::carried::Carried;

use super::word::Ended;
use crate::config::Config;

/// Bytes of a patch with its judgement, at most.
pub const LARGEST: usize = 48 << 20;

/// The patch, with its judgement.
const PATCH: &str = "patch.json";

/// Where the papers of a job are.
#[must_use]
pub fn place(config: &Config, job: &str) -> PathBuf {
    config.state_directory.join("fixes").join(job)
}

/// Writes them, in the place of an earlier attempt's. It blocks.
///
/// # Errors
/// The disk does not take them; what was there before stays or is gone, never half.
pub fn keep(place: &Path, ended: &Ended) -> io::Result<()> {
    let new = place.with_extension("new");
    for left in [&new, &place.with_extension("old")] {
        remove(left)?;
    }
    let parent = place.parent().unwrap_or(place);
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(parent)?;
    fs::DirBuilder::new().mode(0o700).create(&new)?;
    let record = serde_json::to_vec_pretty(&ended.record).map_err(io::Error::from)?;
    put(&new.join("job.json"), &record)?;
    let texts = [
        ("gate.txt", &ended.gate),
        ("gate.sarif", &ended.sarif),
        ("patch.diff", &ended.diff),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            put(&new.join(name), text.as_bytes())?;
        }
    }
    if let Some(patch) = &ended.patch {
        put(&new.join(PATCH), &patch.write().map_err(io::Error::other)?)?;
    }
    fs::File::open(&new)?.sync_all()?;
    // A directory is not replaced by one: the old one steps aside first.
    if place.exists() {
        fs::rename(place, place.with_extension("old"))?;
    }
    fs::rename(&new, place)?;
    fs::File::open(parent)?.sync_all()?;
    remove(&place.with_extension("old"))
}

/// Reads what is known about a job. It blocks.
///
/// # Errors
/// It is not there, or not what was written.
pub fn record(place: &Path) -> io::Result<Record> {
    let path = place.join("job.json");
    let wrong =
        |error: &dyn std::fmt::Display| io::Error::other(format!("{}: {error}", path.display()));
    let bytes = fs::read(&path).map_err(|error| wrong(&error))?;
    serde_json::from_slice(&bytes).map_err(|error| wrong(&error))
}

/// Reads the change of a job as people read it. It blocks.
///
/// # Errors
/// It is not there.
pub fn diff(place: &Path) -> io::Result<String> {
    let path = place.join("patch.diff");
    fs::read_to_string(&path)
        .map_err(|error| io::Error::other(format!("{}: {error}", path.display())))
}

/// Reads the patch of a job. It blocks.
///
/// # Errors
/// It is not there, or not what was written.
pub fn patch(place: &Path) -> io::Result<Carried> {
    let path = place.join(PATCH);
    let wrong =
        |error: &dyn std::fmt::Display| io::Error::other(format!("{}: {error}", path.display()));
    let bytes = fs::read(&path).map_err(|error| wrong(&error))?;
    Carried::read(&bytes, LARGEST).map_err(|error| wrong(&error))
}

fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}
