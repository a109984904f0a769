//! The checkout: a repository fetched into a bare mirror, read and written as objects.
//!
//! There is no work tree and no index, so nothing that a repository brings along is ever run: no hook,
//! filter, file-system monitor, diff driver, submodule or credential helper. Git is a program without a
//! past: its environment begins empty, its configuration is what stands in `git`.
//!
//! # Layout
//!
//! * `remote` – where may be fetched from
//! * `limits` – how much of everything
//! * `git` – the program, its flags and its environment
//! * `process` – one run of it, ended as a group
//! * `calls` – calls of git on one bare repository
//! * `mirror` – the bare repository and its one fetch
//! * `refusal` – what a failed fetch means
//! * `base` – a commit read as a tree
//! * `write` – a tree and a commit written as objects
//! * `pack` – objects as git's pack stream
//! * `diff` – two trees compared, for people

mod base;
mod calls;
mod diff;
mod git;
mod limits;
mod mirror;
mod pack;
mod process;
mod refusal;
mod remote;
mod write;

pub use calls::MirrorError;
pub use diff::Diff;
pub use git::{Git, GitMissing};
pub use limits::Limits;
pub use mirror::{Mirror, Want};
pub use refusal::FetchError;
pub use remote::{Remote, RemoteError};
pub use write::{Author, AuthorError};
