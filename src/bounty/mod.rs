//! Pure rules: no tokio, no HTTP, no SQL, no clock.
//!
//! Facts in ([`facts`]), a judgement out ([`appraise`]), then a decision ([`policy`]). Text by
//! strangers never chooses anything here: it can only make a bounty worth less, or riskier.

pub mod answers;
pub mod appraise;
mod body;
mod checks;
pub mod claim;
mod comments;
pub mod competition;
pub mod etiquette;
mod etiquette_rules;
pub mod evidence;
pub mod explain;
pub mod facts;
mod famous;
pub mod judgement;
mod label_words;
mod labels;
mod machine_rules;
mod marks;
mod patterns;
pub mod permit;
pub mod platform;
mod platform_accounts;
pub mod policy;
mod programmes;
mod reading;
pub mod reason_words;
mod reasons;
pub mod reward;
#[cfg(test)]
pub(crate) mod sample;
mod sentences;
pub mod stage;
pub mod state;
pub mod text;
mod title;
mod trap_patterns;
mod trap_signs;
pub mod traps;
pub mod valuation;
mod words;

/// Lets go of the compiled patterns until the next judgement: nobody needs them while the night is
/// quiet. Says whether there were any.
pub fn rest() -> bool {
    patterns::forget()
}

pub use comments::MARK;
pub use platform_accounts::{known_login, speaker};
