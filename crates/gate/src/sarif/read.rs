//! Reads a SARIF 2.1.0 report. Suppressions are ignored: the patch could have written them. Whatever
//! is missing means that the tool failed.

use std::collections::HashMap;

use serde::Deserialize;

use crate::scans::{Level, Report, ToolResult};

/// Why a report cannot be trusted to be complete.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ToolFailed {
    /// There is no report.
    #[error("there is no report; see whether the tool started at all")]
    Missing,
    /// It was not run to its end, or what it printed is no report.
    #[error("it did not run: {0}; see whether it is in the box (fix.programs, fix.tools)")]
    NotRun(String),
    /// Not SARIF.
    #[error("the report is no SARIF: {0}; see what the tool printed")]
    Form(String),
    /// Another version.
    #[error("the report is SARIF {0}, and 2.1.0 is what is read; update the tool")]
    Version(String),
    /// Nothing was run.
    #[error("the report has no runs; see what the tool printed")]
    NoRuns,
    /// The tool says itself that it did not work.
    #[error("the tool says that its run did not succeed: {0}")]
    Unsuccessful(String),
}

#[derive(Deserialize)]
struct Log {
    version: String,
    #[serde(default)]
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    tool: Option<Tool>,
    #[serde(default)]
    invocations: Vec<Invocation>,
    /// `null` when the tool failed before it looked (§3.14.23).
    results: Option<Vec<Found>>,
}

#[derive(Deserialize)]
struct Tool {
    driver: Component,
    #[serde(default)]
    extensions: Vec<Component>,
}

#[derive(Deserialize)]
struct Component {
    #[serde(default)]
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: String,
    default_configuration: Option<Configuration>,
    #[serde(default)]
    properties: Properties,
}

#[derive(Deserialize)]
struct Configuration {
    level: Option<String>,
}

#[derive(Default, Deserialize)]
struct Properties {
    #[serde(rename = "security-severity")]
    security: Option<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    #[serde(default)]
    tool_execution_notifications: Vec<Notification>,
    #[serde(default)]
    tool_configuration_notifications: Vec<Notification>,
}

#[derive(Deserialize)]
struct Notification {
    level: Option<String>,
    #[serde(default)]
    message: Text,
}

impl Invocation {
    /// What went wrong. A tool may say that all is well, and in the same breath that a part of it died
    /// (Semgrep does when its core runs out of memory, Bandit of a file that it cannot parse, as if that were
    /// its configuration): what it then did not find says nothing.
    fn failure(&self) -> Option<&str> {
        let configuration = self.tool_configuration_notifications.iter();
        let mut said = self
            .tool_execution_notifications
            .iter()
            .chain(configuration);
        let first = said.clone().next();
        let error = said.find(|n| n.level.as_deref() == Some("error"));
        match (error.or(first), self.execution_successful) {
            (Some(said), false) => Some(&said.message.text),
            (None, false) => Some("it does not say why"),
            (_, true) => error.map(|said| said.message.text.as_str()),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    rule_id: Option<String>,
    rule: Option<Reference>,
    rule_index: Option<i64>,
    level: Option<String>,
    #[serde(default)]
    message: Text,
    #[serde(default)]
    locations: Vec<Location>,
    #[serde(default)]
    properties: Properties,
}

#[derive(Deserialize)]
struct Reference {
    id: Option<String>,
    index: Option<i64>,
}

#[derive(Default, Deserialize)]
struct Text {
    #[serde(default)]
    text: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: Option<Physical>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Option<Artifact>,
    region: Option<Region>,
}

#[derive(Deserialize)]
struct Artifact {
    #[serde(default)]
    uri: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: Option<u32>,
    end_line: Option<u32>,
    snippet: Option<Text>,
}

/// Reads one report.
///
/// # Errors
/// The report is missing or no SARIF 2.1.0, has no runs, or says that a run did not succeed.
pub fn read(bytes: &[u8]) -> Result<Report, ToolFailed> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(ToolFailed::Missing);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let log: Log =
        serde_json::from_slice(bytes).map_err(|error| ToolFailed::Form(error.to_string()))?;
    if log.version != "2.1.0" {
        return Err(ToolFailed::Version(log.version));
    }
    if log.runs.is_empty() {
        return Err(ToolFailed::NoRuns);
    }
    let mut out = Report::default();
    for run in log.runs {
        if let Some(why) = run.invocations.iter().find_map(Invocation::failure) {
            return Err(ToolFailed::Unsuccessful(why.to_owned()));
        }
        let Some(results) = run.results else {
            return Err(ToolFailed::Unsuccessful("a run has no results".to_owned()));
        };
        let rules: Vec<Rule> = run.tool.map_or_else(Vec::new, |tool| {
            let more = tool.extensions.into_iter().flat_map(|part| part.rules);
            tool.driver.rules.into_iter().chain(more).collect()
        });
        let by_id: HashMap<&str, &Rule> = rules.iter().map(|rule| (&*rule.id, rule)).collect();
        out.results.extend(
            results
                .iter()
                .flat_map(|found| convert(found, &rules, &by_id)),
        );
    }
    Ok(out)
}

fn convert(found: &Found, rules: &[Rule], by_id: &HashMap<&str, &Rule>) -> Vec<ToolResult> {
    let reference = found.rule.as_ref();
    let index = found
        .rule_index
        .or_else(|| reference?.index)
        .and_then(|index| usize::try_from(index).ok());
    let named = found
        .rule_id
        .as_deref()
        .or_else(|| reference?.id.as_deref());
    let rule = named
        .and_then(|id| by_id.get(id).copied())
        .or_else(|| rules.get(index?));
    let default = rule
        .and_then(|rule| rule.default_configuration.as_ref())
        .and_then(|configuration| configuration.level.as_deref());
    let level = match found.level.as_deref().or(default) {
        Some("error") => Level::Error,
        Some("note" | "none") => Level::Note,
        // Absent is a warning (§3.27.10), and so is what nobody knows.
        _ => Level::Warning,
    };
    let security = score(&found.properties).or_else(|| score(&rule?.properties));
    let result = |location: Option<&Physical>| {
        let region = location.and_then(|place| place.region.as_ref());
        ToolResult {
            rule: named
                .or(rule.map(|rule| rule.id.as_str()))
                .unwrap_or("without a rule")
                .to_owned(),
            level,
            security,
            path: location
                .and_then(|place| place.artifact_location.as_ref())
                .map(|artifact| path_of(&artifact.uri))
                .unwrap_or_default(),
            line: region.and_then(|region| region.start_line),
            end: region.and_then(|region| region.end_line),
            message: found.message.text.clone(),
            snippet: region
                .and_then(|region| region.snippet.as_ref())
                .map(|snippet| snippet.text.clone())
                .unwrap_or_default(),
        }
    };
    if found.locations.is_empty() {
        return vec![result(None)];
    }
    found
        .locations
        .iter()
        .map(|location| result(location.physical_location.as_ref()))
        .collect()
}

/// A number, or a string with one in it, as GitHub wants it.
fn score(properties: &Properties) -> Option<f32> {
    let value = properties.security.as_ref()?;
    match value {
        serde_json::Value::String(text) => text.trim().parse().ok(),
        // A score has one digit after the point; nothing is lost.
        value => value.as_f64().map(|score| score as f32),
    }
}

/// A URI as a path in the tree: without scheme, `./` and percent signs.
fn path_of(uri: &str) -> String {
    let plain = uri.strip_prefix("file://").unwrap_or(uri);
    let mut bytes = Vec::with_capacity(plain.len());
    let mut rest = plain.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let decoded = (*first == b'%')
            .then(|| hex::decode(after.get(..2)?).ok()?.first().copied())
            .flatten();
        match decoded {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    let path = String::from_utf8_lossy(&bytes).into_owned();
    path.trim_start_matches("./").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(run: &str) -> Vec<u8> {
        format!(r#"{{"version":"2.1.0","runs":[{run}]}}"#).into_bytes()
    }

    #[test]
    fn a_result_is_read_with_its_rule_s_defaults() {
        let run = r#"{"tool":{"driver":{"name":"x","rules":[{"id":"r1","defaultConfiguration":{"level":"error"},"properties":{"security-severity":"7.5"}}]}},
            "invocations":[{"executionSuccessful":true}],
            "results":[{"ruleId":"r1","message":{"text":"m"},"suppressions":[{"kind":"inSource"}],
              "locations":[{"physicalLocation":{"artifactLocation":{"uri":"./a%20b.py"},"region":{"startLine":3,"endLine":4,"snippet":{"text":"x"}}}}]},
              {"ruleIndex":0,"level":"note","message":{"text":"n"}}]}"#;
        let report = read(&log(run)).expect("a report");
        let first = &report.results[0];
        assert_eq!(
            (first.path.as_str(), first.line, first.level, first.security),
            ("a b.py", Some(3), Level::Error, Some(7.5))
        );
        assert_eq!(report.results[1].rule, "r1");
        assert_eq!(report.results[1].level, Level::Note);
    }

    #[test]
    fn what_is_missing_is_a_failure() {
        assert_eq!(read(b" \n"), Err(ToolFailed::Missing));
        assert!(matches!(read(b"{"), Err(ToolFailed::Form(_))));
        assert!(matches!(read(b"{\"runs\":[]}"), Err(ToolFailed::Form(_))));
        assert_eq!(read(b"{\"version\":\"2.1.0\"}"), Err(ToolFailed::NoRuns));
        assert!(matches!(
            read(br#"{"version":"2.0.0","runs":[]}"#),
            Err(ToolFailed::Version(_))
        ));
        for run in [
            r#"{"invocations":[{"executionSuccessful":false,"toolExecutionNotifications":[{"message":{"text":"no rules"}}]}],"results":[]}"#,
            r#"{"invocations":[{"executionSuccessful":true,"toolExecutionNotifications":[{"level":"error","message":{"text":"its core died"}}]}],"results":[]}"#,
            // As Bandit 1.9.4 says it.
            r#"{"invocations":[{"executionSuccessful":true,"toolConfigurationNotifications":[{"message":{"text":"syntax error while parsing AST from file"},"level":"error","locations":[{"physicalLocation":{"artifactLocation":{"uri":"tree/bad.py"}}}]}]}],"results":[]}"#,
            r#"{"tool":{"driver":{"name":"x"}}}"#,
        ] {
            assert!(
                matches!(read(&log(run)), Err(ToolFailed::Unsuccessful(_))),
                "{run}"
            );
        }
        assert_eq!(
            read(&log(r#"{"invocations":[{}],"results":[]}"#)).map_err(|_| ()),
            Err(()),
            "a run that does not say whether it succeeded did not"
        );
    }
}
