//! Writes a verdict as SARIF 2.1.0.

use serde_json::{Value, json};

use crate::finding::Severity;
use crate::judge::Verdict;
use crate::rules::RuleId;

/// The verdict as a SARIF log; every rule of the gate is described in it.
#[must_use]
pub fn write(verdict: &Verdict) -> Value {
    let rules: Vec<Value> = RuleId::all()
        .map(|id| {
            let rule = id.rule();
            json!({
                "id": id.as_str(),
                "name": rule.title,
                "shortDescription": { "text": rule.title },
                "fullDescription": { "text": format!("{}. {}", rule.finds, rule.why) },
                "help": { "text": rule.remedy },
                "defaultConfiguration": { "level": level(rule.worst) },
            })
        })
        .collect();
    let results: Vec<Value> = verdict
        .findings()
        .iter()
        .map(|finding| {
            let mut result = json!({
                "ruleId": finding.rule.as_str(),
                "ruleIndex": finding.rule as usize,
                "level": level(finding.severity),
                "message": { "text": finding.message },
                "properties": { "gate": finding.severity.word(), "remedy": finding.remedy },
            });
            if let Some(path) = &finding.path {
                let mut place = json!({ "artifactLocation": { "uri": uri(path) } });
                if let Some(line) = finding.line {
                    place["region"] = json!({ "startLine": line.max(1) });
                }
                result["locations"] = json!([{ "physicalLocation": place }]);
            }
            result
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "bountyd-gate",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "invocations": [{ "executionSuccessful": true }],
            "results": results,
            "properties": {
                "outcome": verdict.outcome().word(),
                "patchSha256": verdict.patch_sha256().to_string(),
                "baseCommit": verdict.base_commit(),
            },
        }],
    })
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Block => "error",
        Severity::Hold => "warning",
        Severity::Note => "note",
    }
}

/// A path as a relative URI (RFC 3986 §3.3); a colon in the first part would read as a scheme.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/@!$&'()*+,;=".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::{file, judged, tree};
    use crate::plan::Plan;
    use crate::scans::Level;

    #[test]
    fn what_is_written_can_be_read_again() {
        let base = tree([("a", file("x\n"))]);
        let candidate = tree([
            ("a", file("x\n")),
            (".github/a b%c.yml", file("- uses: a/b@main\n")),
        ]);
        let verdict = judged(&base, &candidate, &Plan::default());
        let log = write(&verdict).to_string();
        let report = super::super::read(log.as_bytes()).expect("a report");
        assert_eq!(report.results.len(), verdict.findings().len());
        let pinned = report
            .results
            .iter()
            .find(|result| result.rule == "D5")
            .expect("D5");
        assert_eq!(pinned.path, ".github/a b%c.yml");
        assert_eq!((pinned.line, pinned.level), (Some(1), Level::Error));
    }
}
