//! Pure rules: no tokio, no HTTP, no SQL, no clock.
//!
//! Facts in ([`facts`]), a judgement out ([`appraise`]), then a decision ([`policy`]). Text by
//! strangers never chooses anything here: it can only make a bounty worth less, or riskier.

pub mod appraise;
pub mod claim;
pub mod competition;
pub mod etiquette;
pub mod evidence;
pub mod explain;
pub mod facts;
pub mod permit;
pub mod platform;
pub mod policy;
pub mod stage;
pub mod state;
pub mod traps;
pub mod valuation;
mod words;
