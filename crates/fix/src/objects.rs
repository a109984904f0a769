//! Git's object ids, computed without git: which tree id a [`Tree`] has at GitHub.
//!
//! # Layout
//!
//! * `id` – an id, typed by what it names
//! * `hash` – blobs and trees, hashed
//! * `path` – which paths a tree may have

mod hash;
mod id;
mod path;

pub use hash::{HashError, Hashed, Object, hash, tree_id};
pub use id::{CommitId, NotAnId, ObjectId, TreeId};
pub(crate) use path::ancestors;
pub use path::{BadPath, PathFault, check_path, is_git_directory, path_fault};

#[cfg(doc)]
use gate::tree::Tree;
