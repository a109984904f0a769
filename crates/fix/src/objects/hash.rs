//! Blobs and trees, hashed as git hashes them.

use std::collections::BTreeMap;
use std::sync::Arc;

use gate::tree::{Entry, Path, Tree};
use sha1_checked::{Digest, Sha1};
use thiserror::Error;

use super::{BadPath, NotAnId, ObjectId, TreeId, check_path};

/// A tree and everything below it, by id.
#[derive(Clone, Debug)]
pub struct Hashed {
    /// The id of the whole.
    pub root: TreeId,
    /// Every blob and tree it is made of, the root among them.
    pub objects: BTreeMap<ObjectId, Object>,
}

/// An object's content, without git's header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    /// A file's bytes, or where a link points.
    Blob(Arc<[u8]>),
    /// A directory, in git's own form.
    Tree(Vec<u8>),
}

impl Object {
    /// Its bytes.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        match self {
            Self::Blob(content) => content,
            Self::Tree(content) => content,
        }
    }

    fn id(&self) -> Result<ObjectId, HashError> {
        let kind = match self {
            Self::Blob(_) => "blob",
            Self::Tree(_) => "tree",
        };
        let content = self.content();
        let mut sha1 = Sha1::new();
        sha1.update(format!("{kind} {}\0", content.len()));
        sha1.update(content);
        let digest = sha1.try_finalize();
        if digest.has_collision() {
            return Err(HashError::Collision);
        }
        Ok(ObjectId::new((*digest.hash()).into()))
    }
}

/// Why a tree is none that git could store.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HashError {
    /// A path that cannot be there.
    #[error(transparent)]
    Path(#[from] BadPath),
    /// Git has no mode for it.
    #[error("`{}` is a {kind}, which git cannot store; remove it", path.escape_ascii())]
    Odd {
        /// The path.
        path: Path,
        /// What it is.
        kind: &'static str,
    },
    /// A submodule without a commit.
    #[error("the submodule `{}` names no commit: {why}", path.escape_ascii())]
    Submodule {
        /// The path.
        path: Path,
        /// What is wrong with it.
        why: NotAnId,
    },
    /// Content made so that it has another content's id.
    #[error(
        "content in this tree was made to collide under SHA-1; it is an attack, leave the repository alone"
    )]
    Collision,
}

/// The id that `tree` has in git.
///
/// # Errors
/// Git could not store it.
pub fn tree_id(tree: &Tree) -> Result<TreeId, HashError> {
    hash(tree).map(|hashed| hashed.root)
}

/// Hashes `tree` and all that is in it.
///
/// # Errors
/// Git could not store it.
pub fn hash(tree: &Tree) -> Result<Hashed, HashError> {
    let mut objects = BTreeMap::new();
    let mut ids: BTreeMap<*const u8, ObjectId> = BTreeMap::new();
    // The directories that are open, from the root down: their names, and what they hold so far. The
    // order of whole paths is the order that git wants inside each directory, where a directory counts
    // as if its name ended with a slash; so each entry can be added at the end.
    let mut open: Vec<(Vec<u8>, Vec<u8>)> = vec![(Vec::new(), Vec::new())];
    for (path, entry) in &tree.entries {
        check_path(tree, path)?;
        let mut parts: Vec<&[u8]> = path.split(|b| *b == b'/').collect();
        let name = parts.pop().unwrap_or_default();
        let shared = open[1..]
            .iter()
            .zip(&parts)
            .take_while(|((open, _), part)| open == *part)
            .count();
        while open.len() > shared + 1 {
            close(&mut open, &mut objects)?;
        }
        open.extend(
            parts[shared..]
                .iter()
                .map(|part| (part.to_vec(), Vec::new())),
        );
        let (mode, id) = match entry {
            Entry::File {
                content,
                executable,
            } => {
                let mode = if *executable { "100755" } else { "100644" };
                // A tree often holds one content many times.
                let id = match ids.get(&content.as_ptr()).filter(|_| !content.is_empty()) {
                    Some(id) => *id,
                    None => {
                        let id = keep(Object::Blob(content.clone()), &mut objects)?;
                        ids.insert(content.as_ptr(), id);
                        id
                    }
                };
                (mode, id)
            }
            Entry::Link { target } => {
                let blob = Object::Blob(target.as_slice().into());
                ("120000", keep(blob, &mut objects)?)
            }
            Entry::Submodule { commit } => {
                let id = commit.parse().map_err(|why| HashError::Submodule {
                    path: path.clone(),
                    why,
                })?;
                ("160000", id)
            }
            Entry::Odd { kind } => {
                return Err(HashError::Odd {
                    path: path.clone(),
                    kind,
                });
            }
        };
        if let Some((_, content)) = open.last_mut() {
            add(content, mode, name, id);
        }
    }
    while open.len() > 1 {
        close(&mut open, &mut objects)?;
    }
    let (_, content) = open.pop().unwrap_or_default();
    let root = TreeId(keep(Object::Tree(content), &mut objects)?);
    Ok(Hashed { root, objects })
}

fn keep(object: Object, objects: &mut BTreeMap<ObjectId, Object>) -> Result<ObjectId, HashError> {
    let id = object.id()?;
    objects.insert(id, object);
    Ok(id)
}

fn add(content: &mut Vec<u8>, mode: &str, name: &[u8], id: ObjectId) {
    content.extend_from_slice(mode.as_bytes());
    content.push(b' ');
    content.extend_from_slice(name);
    content.push(0);
    content.extend_from_slice(id.as_bytes());
}

fn close(
    open: &mut Vec<(Vec<u8>, Vec<u8>)>,
    objects: &mut BTreeMap<ObjectId, Object>,
) -> Result<(), HashError> {
    if let Some((name, content)) = open.pop() {
        let id = keep(Object::Tree(content), objects)?;
        if let Some((_, parent)) = open.last_mut() {
            add(parent, "40000", &name, id);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(entries: &[(&str, Entry)]) -> Tree {
        Tree {
            entries: entries
                .iter()
                .map(|(path, entry)| (path.as_bytes().to_vec(), entry.clone()))
                .collect(),
        }
    }

    fn file(content: &str) -> Entry {
        Entry::File {
            content: content.as_bytes().into(),
            executable: false,
        }
    }

    #[test]
    fn the_ids_are_the_ones_that_git_gives() {
        assert_eq!(
            tree_id(&Tree::default()).map(|id| id.to_string()),
            Ok("4b825dc642cb6eb9a060e54bf8d69288fbee4904".to_owned())
        );
        // `git hash-object --stdin` of "hello\n", and `git mktree` of it under the name `a`.
        let hashed = hash(&tree(&[("a", file("hello\n"))])).expect("a tree");
        assert_eq!(
            hashed.root.to_string(),
            "0976950c1fdbcb52435a433913017bf044b3a58f"
        );
        let blob = "ce013625030ba8dba906f756967f9e9ca394464a"
            .parse()
            .expect("an id");
        assert_eq!(
            hashed.objects.get(&blob),
            Some(&Object::Blob(b"hello\n"[..].into()))
        );
    }

    #[test]
    fn what_git_cannot_store_is_refused_by_name() {
        let refusal = |entries: &[(&str, Entry)]| {
            let refused = tree_id(&tree(entries)).expect_err("a refusal");
            refused.to_string()
        };
        assert!(refusal(&[("a/../b", file(""))]).contains("`..`"));
        assert!(refusal(&[("x", Entry::Odd { kind: "socket" })]).contains("is a socket"));
        assert!(
            refusal(&[("a", file("")), ("a/b", file(""))])
                .contains("`a` is a directory and something else")
        );
        let nowhere = Entry::Submodule {
            commit: "HEAD".to_owned(),
        };
        assert!(refusal(&[("lib", nowhere)]).contains("40 hexadecimal digits"));
    }

    #[test]
    fn a_file_beside_a_directory_of_the_same_beginning_does_not_confuse_the_order() {
        // Git sorts `a.b` before the directory `a`, and that before `a0`.
        let entries = [("a.b", file("1")), ("a/c", file("2")), ("a0", file("3"))];
        let hashed = hash(&tree(&entries)).expect("a tree");
        let root = hashed.objects[&hashed.root.0].content();
        let at = |name: &[u8]| root.windows(name.len()).position(|w| w == name);
        assert!(at(b" a.b\0") < at(b" a\0") && at(b" a\0") < at(b" a0\0"));
    }
}
