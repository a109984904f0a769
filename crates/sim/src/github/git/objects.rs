//! The objects of a network of repositories. A fork has the same store as its parent, as at GitHub.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use bytes::Bytes;

use super::commit::Commit;
use super::oid::Oid;
use super::tree::{Entries, Mode};
use crate::lock;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::github) enum Kind {
    Blob,
    Tree,
    Commit,
}

impl Kind {
    /// Git's word.
    pub(in crate::github) fn name(self) -> &'static str {
        match self {
            Self::Blob => "blob",
            Self::Tree => "tree",
            Self::Commit => "commit",
        }
    }
}

/// An object: its kind and its content.
#[derive(Clone, Debug)]
pub(in crate::github) struct Object {
    pub(in crate::github) kind: Kind,
    pub(in crate::github) content: Bytes,
}

#[derive(Debug, Default)]
struct Inner {
    objects: HashMap<Oid, Object>,
    /// In order of arrival, so that a copy on disk knows what it lacks.
    order: Vec<Oid>,
}

/// A store of objects; a clone is another handle to the same store.
#[derive(Clone, Debug, Default)]
pub(in crate::github) struct Objects(Arc<Mutex<Inner>>);

impl Objects {
    pub(in crate::github) fn put(&self, kind: Kind, content: impl Into<Bytes>) -> Oid {
        let content = content.into();
        let oid = Oid::of(kind.name(), &content);
        let mut inner = lock(&self.0);
        if inner
            .objects
            .insert(oid, Object { kind, content })
            .is_none()
        {
            inner.order.push(oid);
        }
        oid
    }

    pub(in crate::github) fn get(&self, oid: Oid) -> Option<Object> {
        lock(&self.0).objects.get(&oid).cloned()
    }

    /// The object, if it is of that kind.
    pub(in crate::github) fn read(&self, oid: Oid, kind: Kind) -> Option<Bytes> {
        self.get(oid)
            .filter(|object| object.kind == kind)
            .map(|object| object.content)
    }

    pub(in crate::github) fn blob(&self, oid: Oid) -> Option<Bytes> {
        self.read(oid, Kind::Blob)
    }

    pub(in crate::github) fn commit(&self, oid: Oid) -> Option<Commit> {
        Commit::decode(&self.read(oid, Kind::Commit)?)
    }

    pub(in crate::github) fn put_commit(&self, commit: &Commit) -> Oid {
        self.put(Kind::Commit, commit.encode())
    }

    /// The entries of one tree.
    pub(in crate::github) fn tree(&self, oid: Oid) -> Option<Entries> {
        super::tree::decode(&self.read(oid, Kind::Tree)?)
    }

    pub(in crate::github) fn put_tree(&self, entries: &Entries) -> Oid {
        self.put(Kind::Tree, super::tree::encode(entries))
    }

    /// What stands at a path below a tree; the tree itself for an empty path.
    pub(in crate::github) fn at(&self, tree: Oid, path: &str) -> Option<(Mode, Oid)> {
        let mut found = (Mode::Tree, tree);
        for name in path.split('/').filter(|name| !name.is_empty()) {
            found = *self.tree(found.1)?.get(name)?;
        }
        Some(found)
    }

    /// Everything below a tree that is no tree itself, by path.
    pub(in crate::github) fn flatten(&self, tree: Oid) -> Entries {
        let mut out = BTreeMap::new();
        let mut todo = vec![(String::new(), tree)];
        while let Some((prefix, oid)) = todo.pop() {
            for (name, (mode, oid)) in self.tree(oid).unwrap_or_default() {
                let path = format!("{prefix}{name}");
                if mode == Mode::Tree {
                    todo.push((format!("{path}/"), oid));
                } else {
                    out.insert(path, (mode, oid));
                }
            }
        }
        out
    }

    /// The tree with these files, by path: the inverse of [`Objects::flatten`].
    pub(in crate::github) fn unflatten(&self, files: &Entries) -> Oid {
        let mut here = Entries::new();
        let mut below: BTreeMap<&str, Entries> = BTreeMap::new();
        for (path, entry) in files {
            match path.split_once('/') {
                Some((directory, rest)) => {
                    let inside = below.entry(directory).or_default();
                    inside.insert(rest.to_owned(), *entry);
                }
                None => drop(here.insert(path.clone(), *entry)),
            }
        }
        for (directory, inside) in below {
            here.insert(directory.to_owned(), (Mode::Tree, self.unflatten(&inside)));
        }
        self.put_tree(&here)
    }

    /// Tells one store from another.
    pub(super) fn id(&self) -> usize {
        Arc::as_ptr(&self.0).addr()
    }

    /// Objects from the `known`-th on, in order of arrival.
    pub(super) fn after(&self, known: usize) -> Vec<(Oid, Object)> {
        let inner = lock(&self.0);
        let fresh = inner.order.get(known..).unwrap_or_default();
        fresh
            .iter()
            .filter_map(|oid| Some((*oid, inner.objects.get(oid)?.clone())))
            .collect()
    }
}
