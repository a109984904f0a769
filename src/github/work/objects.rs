//! Blobs, trees and commits one by one: for what is no plain file, or too much for one request. Nothing
//! points to them until a branch does, so making one twice makes nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::Github;
use super::super::trouble::WriteTrouble;
use super::commit::{Commit, CommitJson, Sha};
use super::file_commit::unsent;
use super::object_id::ObjectId;
use super::send::Write;
use super::target::BranchTarget;

/// Largest blob, in bytes.
const LARGEST_BLOB: usize = 16 * 1024 * 1024;
/// The same as it travels: in Base64, with what stands around it.
const LARGEST_BLOB_BODY: usize = LARGEST_BLOB / 3 * 4 + 4 * 1024;
/// Longest list of entries, in bytes as it travels.
const LARGEST_TREE_BODY: usize = 8 * 1024 * 1024;

/// What becomes of one path of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeEntry {
    /// Path from the root of the tree.
    pub path: String,
    /// What is there afterwards.
    pub entry: Entry,
}

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A file.
    Put {
        /// Of this kind.
        mode: FileMode,
        /// With this content.
        blob: ObjectId,
    },
    /// Nothing any more.
    Delete,
}

/// A kind of file. Others are never published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileMode {
    /// `100644`.
    Plain,
    /// `100755`.
    Executable,
    /// `120000`: a symbolic link; its blob holds where it leads.
    Link,
}

impl FileMode {
    fn octal(self) -> &'static str {
        match self {
            Self::Plain => "100644",
            Self::Executable => "100755",
            Self::Link => "120000",
        }
    }
}

/// A commit of objects that are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectCommit {
    /// What it holds.
    pub tree: ObjectId,
    /// What it follows.
    pub parents: Vec<ObjectId>,
    /// The whole message.
    pub message: String,
}

impl Github {
    /// Makes a blob in the repository of the branch.
    ///
    /// # Errors
    /// As [`WriteTrouble`] says.
    pub async fn put_blob(
        &self,
        at: &BranchTarget,
        bytes: &[u8],
    ) -> Result<ObjectId, WriteTrouble> {
        if bytes.len() > LARGEST_BLOB {
            return Err(unsent("a file is larger than 16 MiB"));
        }
        let body = json!({ "content": STANDARD.encode(bytes), "encoding": "base64" });
        let write = Write::post(at.git_path("blobs"), &body).up_to(LARGEST_BLOB_BODY);
        Ok(self.submit::<Sha>(write).await?.sha)
    }

    /// Makes a tree of another one and of changes to it.
    ///
    /// # Errors
    /// As [`WriteTrouble`] says.
    pub async fn put_tree(
        &self,
        at: &BranchTarget,
        base_tree: &ObjectId,
        entries: &[TreeEntry],
    ) -> Result<ObjectId, WriteTrouble> {
        let entries: Vec<Value> = entries
            .iter()
            .map(|one| {
                let (mode, sha) = match &one.entry {
                    Entry::Put { mode, blob } => (*mode, Some(blob)),
                    Entry::Delete => (FileMode::Plain, None),
                };
                json!({ "path": one.path, "mode": mode.octal(), "type": "blob", "sha": sha })
            })
            .collect();
        let body = json!({ "base_tree": base_tree, "tree": entries });
        let write = Write::post(at.git_path("trees"), &body).up_to(LARGEST_TREE_BODY);
        Ok(self.submit::<Sha>(write).await?.sha)
    }

    /// Makes a commit that no branch has yet. GitHub names the connected account as its author.
    ///
    /// # Errors
    /// As [`WriteTrouble`] says.
    pub async fn put_commit(
        &self,
        at: &BranchTarget,
        commit: &ObjectCommit,
    ) -> Result<Commit, WriteTrouble> {
        let body = json!({
            "message": commit.message, "tree": commit.tree, "parents": commit.parents,
        });
        let write = Write::post(at.git_path("commits"), &body);
        Ok(self.submit::<CommitJson>(write).await?.into())
    }
}
