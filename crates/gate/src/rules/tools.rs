//! Z1, Z2: what scanners found, and scanners that did not work.

use crate::case::Case;
use crate::finding::{Findings, Severity};
use crate::rules::RuleId;
use crate::scans;
use crate::shown;

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    for scan in case.request.scans {
        let tool = shown::text(&scan.tool, 40);
        match &scan.candidate {
            Err(failed) => {
                let severity = if scan.required {
                    Severity::Block
                } else {
                    Severity::Note
                };
                out.whole(
                    RuleId::Z2,
                    severity,
                    format!("{tool}: {}", shown::text(&failed.to_string(), 200)),
                );
            }
            Ok(report) => {
                let base = scan.base.as_ref().ok();
                for result in scans::that_count(case, report, base) {
                    out.add(
                        RuleId::Z1,
                        result.severity(),
                        (Some(result.path.as_bytes()), result.line),
                        format!(
                            "{tool} {}: {}",
                            shown::text(&result.rule, 80),
                            shown::text(&result.message, 200)
                        ),
                    );
                }
            }
        }
    }
}
