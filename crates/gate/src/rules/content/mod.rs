//! Content: what the new lines of a patch say and do.

mod assertions;
mod checker_files;
mod commands;
mod copies;
mod danger;
mod entropy;
mod exfiltration;
mod exit_codes;
mod hidden;
mod hosts;
mod length;
mod obfuscation;
mod payment_addresses;
mod processes;
mod secret_forms;
mod secret_starts;
mod secrets;
mod sensitive;
mod sensitive_words;
mod suppressions;
mod test_files;
mod weakening;

use crate::case::Case;
use crate::finding::Findings;

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    secrets::check(case, out);
    hidden::check(case, out);
    length::check(case, out);
    for (changed, _) in case.texts() {
        secret_forms::check(changed, out);
        secret_starts::check(changed, out);
        commands::check(changed, out);
        danger::check(changed, out);
        copies::check(changed, out);
        processes::check(changed, out);
        obfuscation::check(changed, out);
        exfiltration::check(changed, out);
        payment_addresses::check(changed, out);
        weakening::check(changed, out);
        exit_codes::check(changed, out);
        suppressions::check(changed, out);
        sensitive_words::check(changed, out);
    }
    hosts::check(case, out);
    checker_files::check(case, out);
    test_files::check(case, out);
    assertions::check(case, out);
    sensitive::check(case, out);
}

/// Puts the text of one new file through a check; for tests.
#[cfg(test)]
fn held(rule: crate::RuleId, path: &str, text: &str) -> bool {
    crate::case::sample::worst_in_new(rule, path, text).is_some_and(|s| s >= crate::Severity::Hold)
}
