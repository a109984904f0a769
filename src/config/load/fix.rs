//! `[fix]`: the coding agent, and its box.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{DAY, HOUR, MINUTE, Reading, absolute, non_empty};
use crate::config::complaints::Refusal;
use crate::config::reader::Section;
use crate::config::{Egress, Fix, RunLimits, Scanner, values};
use crate::money::Usd;

const MIB: u64 = 1 << 20;

/// Where programs are on every system.
const PROGRAMS: [&str; 3] = ["/usr/local/bin", "/usr/bin", "/bin"];

/// Above this the owner is asked about each patch.
const ASK_ABOVE: Usd = Usd(20_000);

/// Those that `fix::scanners` knows how to start; the fix room compares the two.
pub(crate) const SCANNERS: [&str; 4] = ["bandit", "gitleaks", "semgrep", "zizmor"];

/// What a box sets itself, or what would have the loader run something.
const TAKEN: [&str; 5] = ["HOME", "PATH", "TMPDIR", "LD_PRELOAD", "LD_LIBRARY_PATH"];

impl Reading<'_> {
    pub(super) fn fix(&self, section: Section<'_>, egress: &Egress) -> Option<Fix> {
        let agent = section.parsed("agent", non_empty);
        let provider = section.parsed("provider", non_empty);
        let paths = |key: &'static str| -> Option<Vec<PathBuf>> {
            let listed = section.strings(key)?;
            let read = |text| section.read(key, text, absolute);
            Some(listed.iter().filter_map(read).collect())
        };
        let mebibytes = |key: &'static str, most: u32, default: u32| {
            u64::from(section.count(key, 16..=most, default)) * MIB
        };
        let fix = Fix {
            agent: agent.clone().unwrap_or_default(),
            profiles: section.parsed("profiles", |text| self.file(text)),
            model: section.parsed("model", non_empty),
            provider: provider.clone(),
            socket: section.parsed("socket", absolute),
            egress_socket: section.parsed("egress_socket", absolute),
            bubblewrap: section
                .parsed("bubblewrap", absolute)
                .unwrap_or_else(|| "/usr/bin/bwrap".into()),
            limits: section
                .parsed("limits", limits)
                .unwrap_or(RunLimits::Cgroup(None)),
            programs: paths("programs").unwrap_or_else(|| PROGRAMS.map(PathBuf::from).to_vec()),
            tools: paths("tools").unwrap_or_default(),
            environment: environment(&section),
            rounds: section.count("rounds", 1..=20, 4),
            time: section.duration("time", MINUTE..=DAY, 2 * HOUR),
            turn: section.duration("turn", MINUTE..=12 * HOUR, 30 * MINUTE),
            test_time: section.duration("test_time", MINUTE / 6..=12 * HOUR, 20 * MINUTE),
            memory: mebibytes("memory_mib", 1 << 20, 4096),
            processes: section.count("processes", 16..=100_000, 1024),
            processor: section.count("processor_percent", 10..=100_000, 200),
            scratch: mebibytes("scratch_mib", 1 << 20, 1024),
            tests: tests(&section.section("tests")),
            scanners: scanners(&section.section("scanners")),
            protected: section
                .strings("protected")
                .unwrap_or_default()
                .iter()
                .filter_map(|text| section.read("protected", text, non_empty))
                .collect(),
            draft: section.boolean("draft", false),
            sign_off: section.parsed("sign_off", sign_off),
            withdraw_after: section.duration("withdraw_after", 14 * DAY..=3650 * DAY, 60 * DAY),
            ask_first_submissions: section.count("ask_first_submissions", 0..=1_000_000, 5),
            ask_submission_above: section.dollars("ask_submission_above_usd", ASK_ABOVE),
        };
        if section.is_present() && section.span("agent").is_none() {
            section.missing(
                "agent",
                "a fixer needs a coding agent",
                "add agent = \"opencode\"; docs/fixing.md has the list",
            );
        }
        if let Some(name) = provider.filter(|name| !egress.providers.contains_key(name)) {
            section.complaints.error(
                section.span("provider"),
                "`fix.provider` is not known".into(),
                format!("there is no [egress.providers.{name}]"),
                "name one of the providers under [egress.providers]",
            );
        }
        let is_there = section.is_present() && agent.is_some();
        if is_there {
            self.warn_of_services(&section, &fix);
        }
        section.finish();
        is_there.then_some(fix)
    }
}

impl Reading<'_> {
    /// What can be used by hand, and hardly as it was meant.
    fn warn_of_services(&self, section: &Section<'_>, fix: &Fix) {
        if fix.socket.is_none() && self.environment.is_the_systems(self.path) {
            section.complaints.warning(
                section.span("agent"),
                "the service cannot make patches itself".into(),
                "bountyd.service may make no namespaces, and a sandbox is made of them",
                "set fix.socket and install bountyd-fixer.socket (docs/fixing.md), or work by hand, with \
                 `bountyd fix`, as a user who is not root",
            );
        }
        if fix.socket.is_some() && fix.egress_socket.is_none() {
            section.complaints.warning(
                section.span("socket"),
                "the model's key would be where hostile code runs".into(),
                "without fix.egress_socket the patch process starts the egress process as its own user",
                "set fix.egress_socket and install bountyd-egress.socket (docs/fixing.md)",
            );
        }
    }
}

fn limits(text: &str) -> Result<RunLimits, Refusal> {
    match text {
        "cgroup" => Ok(RunLimits::Cgroup(None)),
        "rlimit-only" => Ok(RunLimits::RlimitOnly),
        path if path.starts_with('/') => Ok(RunLimits::Cgroup(Some(path.into()))),
        _ => Err(Refusal::new(
            "nobody of that name keeps limits",
            "use \"cgroup\", the path of a delegated control group, or \"rlimit-only\" (each process \
             for itself: `bountyd sandbox check` says what that leaves open)",
        )),
    }
}

/// `Name <mail>`
fn sign_off(text: &str) -> Result<String, Refusal> {
    let text = non_empty(text)?;
    let mail = text
        .split_once(" <")
        .and_then(|(_, mail)| mail.strip_suffix('>'));
    match mail {
        Some(mail) if mail.contains('@') && !mail.contains([' ', '<', '>']) => Ok(text),
        _ => Err(Refusal::new(
            "a sign-off names a person and his address",
            "write \"Your Name <you@example.org>\"",
        )),
    }
}

/// `["NAME=value", …]`
fn environment(section: &Section<'_>) -> BTreeMap<String, String> {
    let key = "environment";
    let listed = section.strings(key).unwrap_or_default();
    let read = |text| section.read(key, text, variable);
    listed.iter().filter_map(read).collect()
}

fn variable(text: &str) -> Result<(String, String), Refusal> {
    let bad =
        |reason: &str| Refusal::new(reason, "write \"NAME=value\", such as \"GOFLAGS=-mod=mod\"");
    let (name, value) = text
        .split_once('=')
        .ok_or_else(|| bad("there is no `=` in it"))?;
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !starts || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(bad("this is no name of a variable"));
    }
    if TAKEN.contains(&name) {
        return Err(Refusal::new(
            format!("a box sets {name} itself"),
            "remove it; for PATH there is `programs`",
        ));
    }
    if value.contains(['\0', '\n']) {
        return Err(bad("the value holds a line break"));
    }
    Ok((name.to_owned(), value.to_owned()))
}

/// `[fix.scanners.bandit]`
fn scanners(section: &Section<'_>) -> BTreeMap<String, Scanner> {
    let mut all = BTreeMap::new();
    for (name, span, table) in section.tables() {
        let words = |key| -> Option<Vec<String>> {
            let listed = table.strings(key)?;
            let read = |text| table.read(key, text, non_empty);
            Some(listed.iter().filter_map(read).collect())
        };
        let scanner = Scanner {
            command: words("command").unwrap_or_default(),
            files: words("files"),
            required: table.boolean("required", true),
        };
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || name.len() > 40 || !name.chars().all(plain) {
            section.complaints.error(
                Some(span),
                format!("`{name}` is no name of a scanner"),
                "it has up to 40 small letters, digits and `-`",
                "write [fix.scanners.bandit]",
            );
        } else if scanner.command.is_empty() && !SCANNERS.contains(&name.as_str()) {
            table.missing(
                "command",
                "a scanner that we do not know needs a command",
                "add command = [\"program\", \"tree\"]: it finds the changed files in `tree`, and prints \
                 SARIF 2.1.0",
            );
        }
        table.finish();
        all.insert(name, scanner);
    }
    all
}

/// `[fix.tests."owner/name"] command = ["cargo", "test"]`
fn tests(section: &Section<'_>) -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for (name, span, table) in section.tables() {
        let command: Vec<String> = table
            .strings("command")
            .unwrap_or_default()
            .into_iter()
            .map(toml::Spanned::into_inner)
            .collect();
        if command.is_empty() {
            table.missing(
                "command",
                "a repository that is named here needs a command",
                "add command = [\"cargo\", \"test\"]: the program and its arguments, no shell",
            );
        }
        match values::repository(&name, true) {
            Ok(name) if name.contains('/') => {
                all.insert(name, command);
            }
            _ => section.complaints.error(
                Some(span),
                format!("`{name}` is not a repository"),
                "test commands are written for one repository each",
                "write [fix.tests.\"owner/repository\"]",
            ),
        }
        table.finish();
    }
    all
}
