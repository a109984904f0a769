//! A commit read as a tree, out of the object database: no attribute, filter or line ending is applied,
//! and nothing is read before it is known how much it is.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use gate::tree::{Entry, Path, Tree};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, BufWriter};
use tokio::process::ChildStdout;

use super::calls::MirrorError;
use super::mirror::Mirror;
use super::process::converse;
use crate::objects::{CommitId, ObjectId, TreeId, check_path, tree_id};

/// Bytes of a line of `ls-tree`: mode, kind, id, size and a path.
const LONGEST_RECORD: u64 = 4096 + 128;
/// Bytes of an answer's first line from `cat-file`.
const LONGEST_HEADER: u64 = 128;

const LS_TREE: &str = "ls-tree";
const CAT_FILE: &str = "cat-file";

/// One line of `ls-tree -l`.
struct Listed {
    mode: Mode,
    id: ObjectId,
    bytes: u64,
}

#[derive(Clone, Copy)]
enum Mode {
    File { executable: bool },
    Link,
    Submodule,
}

impl Mirror {
    /// Reads the files of `commit`. Sizes are looked at before any content.
    ///
    /// # Errors
    /// It exceeds a limit, holds a path that git would not check out, or is written in a way that
    /// would not give the same id again (as very old tools wrote modes).
    pub async fn base_tree(&self, commit: CommitId) -> Result<Tree, MirrorError> {
        let mut command = self.calls.command();
        command.args(["rev-parse", "--verify", "--end-of-options"]);
        command.arg(format!("{commit}^{{tree}}"));
        let id = TreeId(self.calls.ask_id(command, "rev-parse").await?);
        let listed = self.list(id).await?;
        let contents = self.contents(&listed).await?;
        let entry = |listed: Listed| match listed.mode {
            Mode::Submodule => Some(Entry::Submodule {
                commit: listed.id.to_string(),
            }),
            Mode::Link => contents.get(&listed.id).map(|target| Entry::Link {
                target: target.to_vec(),
            }),
            Mode::File { executable } => contents.get(&listed.id).map(|content| Entry::File {
                content: content.clone(),
                executable,
            }),
        };
        let mut tree = Tree::default();
        for (path, listed) in listed {
            let entry = entry(listed).ok_or(MirrorError::Garbled(CAT_FILE))?;
            tree.entries.insert(path, entry);
        }
        for path in tree.entries.keys() {
            check_path(&tree, path)?;
        }
        // What we read gives the id that we read, or it is not what will be submitted against.
        if tree_id(&tree)? != id {
            return Err(MirrorError::NotCanonical(id));
        }
        Ok(tree)
    }

    async fn list(&self, id: TreeId) -> Result<BTreeMap<Path, Listed>, MirrorError> {
        let mut command = self.calls.command();
        command.args([LS_TREE, "-r", "-l", "-z", "--full-tree"]);
        command.arg(id.to_string());
        let running = self.calls.start(command)?;
        drop(running.stdin);
        let feed = std::future::ready(Ok(()));
        let take = self.take_list(BufReader::new(running.stdout));
        let talk = converse(running.group, running.stderr, feed, take);
        let (listed, ended) = self.calls.in_time(LS_TREE, talk).await?;
        ended.check(LS_TREE)?;
        Ok(listed)
    }

    async fn take_list(
        &self,
        mut from: BufReader<ChildStdout>,
    ) -> Result<BTreeMap<Path, Listed>, MirrorError> {
        let limits = self.limits();
        let mut listed = BTreeMap::new();
        let mut bytes = 0_u64;
        let mut record = Vec::new();
        loop {
            record.clear();
            let mut some = (&mut from).take(LONGEST_RECORD);
            if some.read_until(0, &mut record).await? == 0 {
                return Ok(listed);
            }
            let (path, entry) = parse(&record).ok_or(MirrorError::Garbled(LS_TREE))?;
            let cap = limits.file_bytes;
            if entry.bytes > cap {
                let bytes = entry.bytes;
                return Err(MirrorError::FileTooLarge { path, bytes, cap });
            }
            // A content that stands at many places is counted at each: it will be written at each.
            bytes = bytes
                .saturating_add(entry.bytes)
                .saturating_add(path.len() as u64);
            if bytes > limits.tree_bytes {
                return Err(MirrorError::TooLarge(limits.tree_bytes));
            }
            listed.insert(path, entry);
            if listed.len() > limits.files {
                return Err(MirrorError::TooManyFiles(limits.files));
            }
        }
    }

    async fn contents(
        &self,
        listed: &BTreeMap<Path, Listed>,
    ) -> Result<BTreeMap<ObjectId, Arc<[u8]>>, MirrorError> {
        let expected: BTreeMap<ObjectId, u64> = listed
            .values()
            .filter(|entry| !matches!(entry.mode, Mode::Submodule))
            .map(|entry| (entry.id, entry.bytes))
            .collect();
        let mut command = self.calls.command();
        command.args([CAT_FILE, "--batch", "--buffer"]);
        let running = self.calls.start(command)?;
        let ids: BTreeSet<ObjectId> = expected.keys().copied().collect();
        let mut stdin = BufWriter::new(running.stdin);
        let feed = async move {
            for id in ids {
                stdin.write_all(format!("{id}\n").as_bytes()).await?;
            }
            stdin.shutdown().await
        };
        let take = take_contents(BufReader::new(running.stdout), expected);
        let talk = converse(running.group, running.stderr, feed, take);
        let (contents, ended) = self.calls.in_time(CAT_FILE, talk).await?;
        ended.check(CAT_FILE)?;
        Ok(contents)
    }
}

async fn take_contents(
    mut from: BufReader<ChildStdout>,
    expected: BTreeMap<ObjectId, u64>,
) -> Result<BTreeMap<ObjectId, Arc<[u8]>>, MirrorError> {
    let mut contents = BTreeMap::new();
    for (id, bytes) in expected {
        let mut header = Vec::new();
        let mut some = (&mut from).take(LONGEST_HEADER);
        some.read_until(b'\n', &mut header).await?;
        if header != format!("{id} blob {bytes}\n").as_bytes() {
            return Err(MirrorError::Garbled(CAT_FILE));
        }
        // Its size is known and under the limit.
        let mut content = vec![0; usize::try_from(bytes).map_err(io::Error::other)?];
        from.read_exact(&mut content).await?;
        if from.read_u8().await? != b'\n' {
            return Err(MirrorError::Garbled(CAT_FILE));
        }
        contents.insert(id, Arc::from(content));
    }
    Ok(contents)
}

/// `<mode> <kind> <id> <size, padded>\t<path>\0`
fn parse(record: &[u8]) -> Option<(Path, Listed)> {
    let record = record.strip_suffix(b"\0")?;
    let tab = record.iter().position(|b| *b == b'\t')?;
    let (facts, path) = (&record[..tab], &record[tab + 1..]);
    let mut facts = facts.split(|b| *b == b' ').filter(|fact| !fact.is_empty());
    let (mode, kind, id, bytes) = (facts.next()?, facts.next()?, facts.next()?, facts.next()?);
    let (mode, bytes) = match (mode, kind, bytes) {
        (b"160000", b"commit", b"-") => (Mode::Submodule, 0),
        (b"120000", b"blob", bytes) => (Mode::Link, number(bytes)?),
        (mode, b"blob", bytes) => {
            let mode = u32::from_str_radix(std::str::from_utf8(mode).ok()?, 8).ok()?;
            let executable = mode & 0o100 != 0;
            (Mode::File { executable }, number(bytes)?)
        }
        _ => return None,
    };
    let id = ObjectId::parse(id).ok()?;
    Some((path.to_vec(), Listed { mode, id, bytes }))
}

fn number(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}
