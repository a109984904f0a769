//! Trees on disk, written for the sandbox and read back from it. What is read back is hostile by
//! assumption: nothing is followed, nothing is believed that can change, and everything has a cap.
//!
//! Everything here blocks; asynchronous callers put it on a thread for that.
//!
//! # Layout
//!
//! * `beneath` – opening paths below a directory, and never elsewhere
//! * `links` – which symbolic links stay inside their tree
//! * `export` – a tree written as plain files
//! * `ignored` – what the base tree calls no part of itself, as its build output
//! * `read` – a directory read as a tree
//! * `file` – one regular file, read while it may be changed
//! * `remove` – a directory removed, whatever is in it
//! * `private` – a directory of our own that is removed with its owner

mod beneath;
mod export;
mod file;
mod ignored;
mod links;
mod private;
mod read;
mod remove;

pub use export::{ExportError, Exported, LeftOut, Why, export, left_out};
pub use links::LinkFault;
pub use private::PrivateDir;
pub use read::{Asked, Caps, WalkError, walk};
pub use remove::{RemoveError, remove_tree};
