//! The plan as a person reads it before he says yes.

use std::fmt::Write as _;

use super::super::plan::{Action, Plan, Step};
use super::super::wanted::Wanted;

/// How an action is shown.
fn word(action: Action) -> (&'static str, &'static str) {
    match action {
        Action::Create => ("+", "create"),
        Action::Change => ("~", "add to"),
        Action::Overwrite => ("!", "overwrite, only if you say so"),
        Action::Leave => ("=", "leave as it is"),
        Action::Stop => ("x", "cannot go on"),
    }
}

/// The whole plan. Writing to a `String` cannot fail.
#[must_use]
pub fn plan(plan: &Plan, wanted: &Wanted) -> String {
    let mut out = format!("The plan for {}:\n\n", wanted.base);
    for (number, step) in plan.steps.iter().enumerate() {
        out += &one(number + 1, step);
    }
    let pending = plan.pending().count();
    let _ = match pending {
        0 => writeln!(out, "Nothing is left to do in the tenant."),
        1 => writeln!(
            out,
            "1 step is to be done, the others are as they should be."
        ),
        some if some == plan.steps.len() => writeln!(out, "All {some} steps are to be done."),
        some => writeln!(
            out,
            "{some} of {} steps are to be done, the others are as they should be.",
            plan.steps.len()
        ),
    };
    for warning in &plan.warnings {
        let _ = writeln!(out, "\nMind: {warning}.");
    }
    out
}

fn one(number: usize, step: &Step) -> String {
    let (sign, word) = word(step.action);
    let mut out = format!("{number:>3}. {sign} {word}: {}\n", step.object);
    if step.action != Action::Leave {
        let _ = writeln!(out, "       why: {}", step.why);
    }
    for difference in &step.differences {
        let found = if difference.found.is_empty() {
            "nothing"
        } else {
            &difference.found
        };
        let _ = writeln!(out, "       {}", difference.setting);
        let _ = writeln!(out, "         - {found}");
        let _ = writeln!(out, "         + {}", difference.wanted);
    }
    out
}
