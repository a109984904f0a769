//! The sandbox in which hostile code runs: the coding agent, and a repository's own tests.
//!
//! It depends on no secret and starts nothing by itself: [`Jail::probe`] proves once that the whole
//! jail stands on this machine, and [`Jail::command`] then turns a [`Spec`] into a command that the
//! caller starts, feeds and kills. Nothing falls back to less: what is missing is a [`Refusal`].
//!
//! A box is bubblewrap without root (own namespaces, a minimal read-only system, one writable tree)
//! and, inside, an init of our own (limits, no_new_privs, Landlock, seccomp), which then becomes the
//! program. `docs/sandbox-matrix.md` lists the ways out that a test tries, and how each one fails.
//!
//! # Layout
//!
//! * `spec`, `settings`, `own` – what one run may have, and what the jail is made of here
//! * `check`, `paths`, `masks` – whether a spec can be run as it is
//! * `layout`, `etc` – what a box looks like
//! * `jail` – the command for a run
//! * `init` – what runs before the program, outside and inside
//! * `guard`, `group`, `cgroup`, `patience` – the limits of a whole run, and its end
//! * `probe`, `report`, `refusal` – whether the jail stands here, and why not

mod cgroup;
mod check;
mod etc;
mod group;
mod guard;
pub mod init;
mod jail;
mod layout;
mod masks;
mod own;
mod paths;
mod patience;
mod probe;
mod refusal;
mod report;
mod settings;
mod spec;

pub use guard::Guard;
pub use jail::{Jail, Prepared};
pub use refusal::{LeftBehind, Part, Refusal, SpecError};
pub use report::{Inside, Report};
pub use settings::{LimitsMode, Settings};
pub use spec::{Limits, Mask, Spec, Tool};
