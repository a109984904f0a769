//! A copy of a repository on disk, for the `git` command to serve. Objects are written once for a
//! whole network of forks; the copy goes with the simulator.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::{fs, io};

use tempfile::TempDir;

use super::Git;
use super::objects::Object;
use super::oid::Oid;
use crate::lock;

/// Settings that GitHub's own servers have: single commits and partial clones can be asked for.
const CONFIG: &str = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n\
    [uploadpack]\n\tallowAnySHA1InWant = true\n\tallowFilter = true\n\
    [http]\n\treceivepack = false\n";

/// Where the copies live; made at the first clone.
#[derive(Debug, Default)]
pub(in crate::github) struct Disk(Mutex<Option<Copies>>);

#[derive(Debug)]
struct Copies {
    root: TempDir,
    /// How many objects of each store are written.
    written: HashMap<usize, usize>,
}

/// The bare repository that stands for a repository.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) root: PathBuf,
    /// Its directory's name in `root`.
    pub(super) name: String,
}

impl Disk {
    /// Brings the copy of repository `id` up to date.
    pub(super) fn refresh(&self, id: u64, git: &Git, default_branch: &str) -> io::Result<Place> {
        let mut copies = lock(&self.0);
        if copies.is_none() {
            *copies = Some(Copies {
                root: tempfile::Builder::new().prefix("sim-git-").tempdir()?,
                written: HashMap::new(),
            });
        }
        let Some(copies) = copies.as_mut() else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let root = copies.root.path().to_owned();
        let store = git.objects.id();
        let pool = root.join(format!("store-{store:x}"));
        let known = copies.written.entry(store).or_default();
        for (oid, object) in git.objects.after(*known) {
            write_object(&pool, oid, &object)?;
            *known += 1;
        }
        let name = format!("{id}.git");
        let place = root.join(&name);
        fs::create_dir_all(place.join("refs"))?;
        fs::create_dir_all(place.join("objects/info"))?;
        let alternate = format!("{}\n", pool.display());
        replace(&place.join("objects/info/alternates"), alternate.as_bytes())?;
        replace(&place.join("config"), CONFIG.as_bytes())?;
        let head = format!("ref: refs/heads/{default_branch}\n");
        replace(&place.join("HEAD"), head.as_bytes())?;
        let mut refs = String::from("# pack-refs with: peeled fully-peeled sorted \n");
        for (name, oid) in &git.refs {
            let _ = writeln!(refs, "{oid} {name}");
        }
        replace(&place.join("packed-refs"), refs.as_bytes())?;
        Ok(Place { root, name })
    }
}

/// Whole or not at all: a `git` that reads meanwhile sees the old file or the new one.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    fs::write(&new, content)?;
    fs::rename(&new, path)
}

fn write_object(pool: &Path, oid: Oid, object: &Object) -> io::Result<()> {
    let digits = oid.to_string();
    let (directory, file) = digits.split_at(2);
    let directory = pool.join(directory);
    fs::create_dir_all(&directory)?;
    let mut whole = format!("{} {}\0", object.kind.name(), object.content.len()).into_bytes();
    whole.extend_from_slice(&object.content);
    replace(&directory.join(file), &zlib(&whole))
}

/// A zlib stream (RFC 1950) of stored blocks (RFC 1951 §3.2.4): what git reads, without a compressor.
fn zlib(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut chunks = data.chunks(0xffff).peekable();
    while let Some(chunk) = chunks.next() {
        let length = u16::try_from(chunk.len()).unwrap_or(u16::MAX);
        out.push(u8::from(chunks.peek().is_none()));
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(chunk);
    }
    let (a, b) = data.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    out.extend_from_slice(&((b << 16) | a).to_be_bytes());
    out
}
