//! The patch gate: what must never pass, whatever the agent says.
//!
//! It is given the base tree and the candidate tree as bytes, modes and paths that trusted code has
//! read, never a patch text from the agent, and answers with findings, each by a rule with an id. Pure:
//! no files, no network, no clock.
//!
//! [`request::facts`] looks at what is asked before any work is done, [`judge()`] at what was made. What
//! may leave carries a [`GatePass`], which only this crate can make. [`pr_text::clean`] disarms what a
//! model wrote before it is put into a pull request.
//!
//! # Layout
//!
//! * `tree`, `changes`, `added` – trees, what differs between two, and which lines are new
//! * `plan`, `policy`, `secrets`, `canary` – what a judgement is given beside the trees
//! * `rules` – the registry, and one file for each rule or small group of them
//! * `manifests`, `locks` – package files, parsed
//! * `judge`, `finding`, `pass` – the verdict and the proof of it
//! * `carried` – a verdict on its way to another process, and how far it is believed there
//! * `request` – the look before work
//! * `sarif`, `scans`, `report` – other tools' findings in, ours out
//! * `pr_text` – a model's words made harmless

pub mod canary;
pub mod carried;
pub mod changes;
pub mod docs;
pub mod finding;
pub mod judge;
pub mod pass;
pub mod plan;
pub mod policy;
pub mod pr_text;
pub mod report;
pub mod request;
pub mod rules;
pub mod sarif;
pub mod scans;
pub mod secrets;
pub mod tree;

mod added;
mod alike;
mod case;
mod diff;
mod kind;
mod locks;
mod manifests;
mod path_list;
mod patterns;
mod shown;
mod unicode;

pub use carried::{Carried, Changes, NotCarried};
pub use finding::{Finding, Outcome, Severity};
pub use judge::{Request, Verdict, judge};
pub use pass::{GatePass, Override, PatchHash};
pub use plan::Plan;
pub use policy::GatePolicy;
pub use rules::RuleId;
pub use rules::never;
pub use secrets::Secrets;
