//! The unit, where systemd runs: whether it is installed and runs this configuration, how much of the
//! system it sees, and whether systemd notices that it hangs.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::check::Check;
use super::finding::Finding;
use super::report::Report;
use crate::config::{Config, Environment};

/// The unit's name.
const UNIT: &str = "bountyd.service";

/// Where units are, the first wins (systemd.unit(5)).
const PLACES: [&str; 5] = [
    "etc/systemd/system",
    "run/systemd/system",
    "usr/local/lib/systemd/system",
    "usr/lib/systemd/system",
    "lib/systemd/system",
];

/// Exposure above this, in tenths, is more than the shipped unit with every drop-in of ours.
const MOST_EXPOSED: u32 = 30;

/// Looks at everything.
pub(super) fn look(report: &mut Report, config: &Config, environment: &Environment) {
    let root = environment.root.clone().unwrap_or_else(|| "/".into());
    for finding in findings(config, &root) {
        report.put(finding);
    }
}

fn findings(config: &Config, root: &Path) -> [Finding; 3] {
    let all = |finding: &dyn Fn(Check) -> Finding| {
        [
            Check::ServiceUnit,
            Check::ServiceExposure,
            Check::ServiceWatchdog,
        ]
        .map(finding)
    };
    // As sd_booted(3) asks.
    if !root.join("run/systemd/system").is_dir() {
        return all(&|check| Finding::not_applicable(check, "systemd does not run here"));
    }
    let Some((path, text)) = installed(root) else {
        if !config.path.starts_with(root.join("etc")) {
            return all(&|check| {
                Finding::not_applicable(
                    check,
                    "no unit is installed, and this is not the service's configuration",
                )
            });
        }
        let missing = Finding::warning(
            Check::ServiceUnit,
            format!("{UNIT} is not installed: it runs only while somebody keeps it running"),
            "install systemd/bountyd.service and enable it, or install the package",
        )
        .link("systemctl enable --now bountyd");
        return [
            missing,
            Finding::not_applicable(Check::ServiceExposure, "no unit is installed"),
            Finding::not_applicable(Check::ServiceWatchdog, "no unit is installed"),
        ];
    };
    [
        unit(config, &path, &text),
        exposure(&path),
        watchdog(&path, &text),
    ]
}

fn installed(root: &Path) -> Option<(PathBuf, String)> {
    PLACES.iter().find_map(|place| {
        let path = root.join(place).join(UNIT);
        let text = std::fs::read_to_string(&path).ok()?;
        Some((path, text + &drop_ins(root)))
    })
}

/// What is written over the unit, in the order in which it counts: by name, wherever it lies.
fn drop_ins(root: &Path) -> String {
    let mut files: Vec<PathBuf> = PLACES
        .iter()
        .filter_map(|place| std::fs::read_dir(root.join(place).join(format!("{UNIT}.d"))).ok())
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|file| file.extension().is_some_and(|end| end == "conf"))
        .collect();
    files.sort_by(|a, b| a.file_name().cmp(&b.file_name()));
    let read = |file: &PathBuf| std::fs::read_to_string(file).unwrap_or_default();
    files
        .iter()
        .map(|file| format!("\n{}", read(file)))
        .collect()
}

/// The last value of a key, as systemd reads it.
fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines()
        .filter_map(|line| {
            line.trim()
                .strip_prefix(key)?
                .trim_start()
                .strip_prefix('=')
        })
        .map(str::trim)
        .next_back()
}

fn unit(config: &Config, path: &Path, text: &str) -> Finding {
    let check = Check::ServiceUnit;
    let shown = path.display();
    let start = value(text, "ExecStart").unwrap_or_default();
    let words: Vec<&str> = start.split_whitespace().collect();
    let program = words.first().copied().unwrap_or_default();
    let program = program.trim_start_matches(['-', '@', ':', '+', '!']);
    if program.is_empty() {
        return Finding::failure(
            check,
            format!("{shown} starts nothing"),
            "install the shipped systemd/bountyd.service again",
        );
    }
    if !Path::new(program).is_file() {
        return Finding::failure(
            check,
            format!("{shown} starts {program}, which is not there"),
            format!("install bountyd as {program}, or correct ExecStart= in a drop-in"),
        )
        .link("systemctl edit bountyd");
    }
    let named = words
        .iter()
        .position(|word| *word == "--config")
        .and_then(|at| words.get(at + 1));
    if let Some(named) = named.filter(|named| Path::new(named) != config.path) {
        return Finding::warning(
            check,
            format!(
                "{shown} runs {named}, and this is {}",
                config.path.display()
            ),
            format!("look at the service's own with `bountyd doctor --config {named}`"),
        );
    }
    if value(text, "Restart").is_none_or(|restart| restart == "no") {
        return Finding::warning(
            check,
            format!("{shown} does not start bountyd again when it ends"),
            "set Restart=on-failure, as the shipped unit does",
        )
        .link("systemctl edit bountyd");
    }
    Finding::ok(check, format!("{shown} is installed"))
}

fn exposure(path: &Path) -> Finding {
    let check = Check::ServiceExposure;
    let mut command = Command::new("systemd-analyze");
    command
        .args(["security", "--offline=true", "--no-pager"])
        .arg(path)
        .env("LC_ALL", "C")
        .env("NO_COLOR", "1");
    let Ok(output) = command.output() else {
        return Finding::not_applicable(check, "there is no systemd-analyze here");
    };
    let said = String::from_utf8_lossy(&output.stdout);
    match level(&said) {
        Some(tenths) if tenths > MOST_EXPOSED => Finding::warning(
            check,
            format!(
                "exposure {}.{} of 10: the unit sees more of the system than it needs",
                tenths / 10,
                tenths % 10
            ),
            "install the shipped systemd/bountyd.service again, and keep changes in drop-ins",
        )
        .link("systemd-analyze security bountyd.service"),
        Some(tenths) => Finding::ok(
            check,
            format!("exposure {}.{} of 10", tenths / 10, tenths % 10),
        ),
        None => Finding::not_tried(check, "systemd-analyze gives no verdict on this unit"),
    }
}

/// The overall exposure in tenths, out of what `systemd-analyze security` prints.
fn level(said: &str) -> Option<u32> {
    let (_, verdict) = said.split_once("Overall exposure level for ")?;
    let (_, rest) = verdict.lines().next()?.split_once(": ")?;
    let number = rest.split_whitespace().next()?;
    let (whole, tenth) = number.split_once('.')?;
    Some(whole.parse::<u32>().ok()? * 10 + tenth.parse::<u32>().ok()?)
}

fn watchdog(path: &Path, text: &str) -> Finding {
    let check = Check::ServiceWatchdog;
    let set = value(text, "WatchdogSec").filter(|time| !matches!(*time, "" | "0" | "infinity"));
    match (set, value(text, "Type")) {
        (Some(time), Some("notify" | "notify-reload")) => Finding::ok(
            check,
            format!("systemd starts it anew when it hangs for {time}"),
        ),
        (Some(_), kind) => Finding::warning(
            check,
            format!(
                "{} is of Type={}: it cannot tell systemd that it moves, and would be killed",
                path.display(),
                kind.unwrap_or("simple")
            ),
            "set Type=notify, as the shipped unit does",
        )
        .link("systemctl edit bountyd"),
        (None, _) => Finding::warning(
            check,
            format!(
                "{} has no WatchdogSec=: a daemon that hangs stays so",
                path.display()
            ),
            "set WatchdogSec=2min and Type=notify, as the shipped unit does",
        )
        .link("systemctl edit bountyd"),
    }
}

#[cfg(test)]
mod tests;
