//! A tree and a commit written into the mirror as objects, so that what the gate saw, what people see
//! and what GitHub must show have one id.

use std::collections::BTreeSet;

use clock::UnixMillis;
use gate::tree::Tree;
use thiserror::Error;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, BufWriter};
use tokio::process::ChildStdout;

use super::calls::{MirrorError, as_id};
use super::mirror::Mirror;
use super::pack::write_pack;
use super::process::{converse, read_most};
use crate::objects::{CommitId, Object, ObjectId, TreeId, hash};

const CHECK: &str = "cat-file";
const INDEX_PACK: &str = "index-pack";
const COMMIT_TREE: &str = "commit-tree";

/// Bytes of a line of `cat-file --batch-check`.
const LONGEST_LINE: u64 = 128;

/// Who made a commit, as git writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    name: String,
    email: String,
}

/// Why somebody cannot be an author.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "an author has a name and an e-mail address, without <, > and line breaks, that do not begin or end with punctuation"
)]
pub struct AuthorError;

impl Author {
    /// An author.
    ///
    /// # Errors
    /// Git would not write it as it is.
    pub fn new(name: &str, email: &str) -> Result<Self, AuthorError> {
        // Git cuts these off both ends of a name (`ident.c`, `crud`).
        let crud = |c: char| c.is_ascii() && (c <= ' ' || ".,:;<>\"\\'".contains(c));
        let fits = |text: &str| {
            !text.is_empty()
                && !text.starts_with(crud)
                && !text.ends_with(crud)
                && !text.contains(|c: char| c.is_control() || matches!(c, '<' | '>'))
        };
        if !fits(name) || !fits(email) {
            return Err(AuthorError);
        }
        Ok(Self {
            name: name.to_owned(),
            email: email.to_owned(),
        })
    }
}

impl Mirror {
    /// Writes what the mirror does not have yet of `tree`, and returns the id that the tree has here
    /// and at GitHub. Git checks each object as if it came from a stranger.
    ///
    /// # Errors
    /// Git could not store the tree, or refuses something in it.
    pub async fn write_tree(&self, tree: &Tree) -> Result<TreeId, MirrorError> {
        let hashed = hash(tree)?;
        let ids: BTreeSet<ObjectId> = hashed.objects.keys().copied().collect();
        let missing = self.missing(&ids).await?;
        if !missing.is_empty() {
            let objects: Vec<&Object> = missing
                .iter()
                .filter_map(|id| hashed.objects.get(id))
                .collect();
            self.index(&objects).await?;
            // The ids that git computed are the ones that we did, or it knows nothing of them.
            if let Some(id) = self.missing(&ids).await?.first() {
                return Err(MirrorError::NotWritten(*id));
            }
        }
        Ok(hashed.root)
    }

    async fn missing(&self, ids: &BTreeSet<ObjectId>) -> Result<BTreeSet<ObjectId>, MirrorError> {
        let mut command = self.calls.command();
        command.args([CHECK, "--batch-check=%(objecttype)", "--buffer"]);
        let running = self.calls.start(command)?;
        let mut stdin = BufWriter::new(running.stdin);
        let feed = async move {
            for id in ids {
                stdin.write_all(format!("{id}\n").as_bytes()).await?;
            }
            stdin.shutdown().await
        };
        let take = take_missing(BufReader::new(running.stdout), ids);
        let talk = converse(running.group, running.stderr, feed, take);
        let (missing, ended) = self.calls.in_time(CHECK, talk).await?;
        ended.check(CHECK)?;
        Ok(missing)
    }

    async fn index(&self, objects: &[&Object]) -> Result<(), MirrorError> {
        let mut command = self.calls.command();
        command.args([INDEX_PACK, "--stdin", "--strict", "--threads=1"]);
        let running = self.calls.start(command)?;
        let feed = write_pack(running.stdin, objects);
        let take = async { Ok(read_most(running.stdout, LONGEST_LINE).await?) };
        let talk = converse::<_, MirrorError>(running.group, running.stderr, feed, take);
        let (_, ended) = self.calls.in_time(INDEX_PACK, talk).await?;
        ended.check(INDEX_PACK)
    }

    /// Writes a commit of `tree` on top of `parent`. It gets no ref and no signature.
    ///
    /// # Errors
    /// The mirror does not have the tree or the parent.
    pub async fn commit_tree(
        &self,
        tree: TreeId,
        parent: CommitId,
        message: &str,
        author: &Author,
        when: UnixMillis,
    ) -> Result<CommitId, MirrorError> {
        let mut command = self.calls.command();
        let date = format!("@{} +0000", when.seconds());
        command.envs([
            ("GIT_AUTHOR_NAME", &author.name),
            ("GIT_AUTHOR_EMAIL", &author.email),
            ("GIT_AUTHOR_DATE", &date),
            ("GIT_COMMITTER_NAME", &author.name),
            ("GIT_COMMITTER_EMAIL", &author.email),
            ("GIT_COMMITTER_DATE", &date),
        ]);
        command.args([COMMIT_TREE, "--no-gpg-sign"]);
        command
            .arg(tree.to_string())
            .arg("-p")
            .arg(parent.to_string());
        let answer = self
            .calls
            .tell(command, COMMIT_TREE, message.as_bytes())
            .await?;
        let id = as_id(&answer).ok_or(MirrorError::Garbled(COMMIT_TREE))?;
        Ok(CommitId(id))
    }
}

async fn take_missing(
    mut from: BufReader<ChildStdout>,
    ids: &BTreeSet<ObjectId>,
) -> Result<BTreeSet<ObjectId>, MirrorError> {
    let mut missing = BTreeSet::new();
    for id in ids {
        let mut line = Vec::new();
        let mut some = (&mut from).take(LONGEST_LINE);
        some.read_until(b'\n', &mut line).await?;
        match line.as_slice() {
            b"blob\n" | b"tree\n" => {}
            line if line == format!("{id} missing\n").as_bytes() => {
                missing.insert(*id);
            }
            _ => return Err(MirrorError::Garbled(CHECK)),
        }
    }
    Ok(missing)
}
