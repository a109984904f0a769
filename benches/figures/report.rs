//! The table, 80 columns wide, and the summary for programs.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::harness::{Aim, Figure, Samples, Unit};

/// Above the first figure.
pub(crate) fn head() -> String {
    format!(
        "{:<34} {:>10} {:>10} {:>8} {:>9}",
        "figure", "ours", "other", "ratio", "aim"
    )
}

/// A figure with what explains it.
pub(crate) fn row(figure: &Figure) -> String {
    let mut text = String::new();
    let other = figure.other.as_ref();
    let shown = |samples: &Samples| value(samples.unit, samples.median());
    let aim = match figure.aim {
        None => String::new(),
        Some(Aim::Ratio(most)) => format!("≤ {most}"),
        Some(Aim::Value(most)) => format!("≤ {}", value(figure.ours.unit, most)),
    };
    let mark = if figure.missed() { " !" } else { "" };
    let _ = writeln!(
        text,
        "{:<34} {:>10} {:>10} {:>8} {:>9}{mark}",
        figure.name,
        shown(&figure.ours),
        other.map_or_else(String::new, shown),
        figure.ratio().map_or_else(String::new, ratio),
        aim,
    );
    explain(&mut text, "", &figure.ours);
    if let Some(other) = other {
        explain(&mut text, "÷ ", other);
    }
    for note in &figure.notes {
        explain(&mut text, "· ", note);
    }
    text
}

fn explain(text: &mut String, sign: &str, samples: &Samples) {
    let (median, worst) = (samples.median(), samples.worst());
    let numbers = match samples.rounds() {
        1 => value(samples.unit, median),
        n => format!(
            "{}, worst {} of {n}",
            value(samples.unit, median),
            value(samples.unit, worst)
        ),
    };
    let _ = writeln!(
        text,
        "    {:<44} {numbers}",
        format!("{sign}{}", samples.label)
    );
}

fn ratio(ratio: f64) -> String {
    match ratio {
        r if r >= 100.0 => format!("{r:.0}"),
        r if r >= 10.0 => format!("{r:.1}"),
        r => format!("{r:.2}"),
    }
}

/// A number as a person reads it.
fn value(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Seconds => {
            let (scaled, unit) = match value {
                v if v >= 1.0 => (v, "s"),
                v if v >= 1e-3 => (v * 1e3, "ms"),
                v if v >= 1e-6 => (v * 1e6, "µs"),
                v => (v * 1e9, "ns"),
            };
            format!("{} {unit}", three_digits(scaled))
        }
        Unit::Bytes => format!("{:.1} MB", value / 1e6),
        Unit::Count => format!("{value:.1}").trim_end_matches(".0").to_owned(),
        Unit::PerSecond => format!("{value:.0} /s"),
        Unit::BytesPerSecond => format!("{:.1} MB/s", value / 1e6),
    }
}

fn three_digits(value: f64) -> String {
    match value {
        v if v >= 100.0 => format!("{v:.0}"),
        v if v >= 10.0 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}

/// Where it ran.
#[derive(Debug)]
pub(crate) struct Machine {
    cpu: String,
    cores: usize,
    kernel: String,
    load_before: String,
}

impl Machine {
    pub(crate) fn now() -> Self {
        let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let cpu = cpuinfo
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
            .map_or("unknown", |(_, name)| name);
        let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            cpu: cpu.to_owned(),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            kernel: kernel.trim().to_owned(),
            load_before: load(),
        }
    }

    pub(crate) fn line(&self) -> String {
        format!(
            "{} cores, {}\nLinux {}, load {} before, {} after",
            self.cores,
            self.cpu,
            self.kernel,
            self.load_before,
            load()
        )
    }
}

/// The load average of the last minute.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("?").to_owned()
}

/// Writes the summary.
///
/// # Errors
/// What the operating system says.
pub(crate) fn write(path: &Path, machine: &Machine, figures: &[Figure]) -> std::io::Result<()> {
    let of = |samples: &Samples| {
        json!({
            "what": samples.label,
            "unit": samples.unit,
            "median": number(samples.median()),
            "worst": number(samples.worst()),
            "rounds": samples.rounds(),
        })
    };
    let all: Map<String, Value> = figures
        .iter()
        .map(|figure| {
            let (kind, most) = match figure.aim {
                None => (Value::Null, Value::Null),
                Some(Aim::Ratio(most)) => (json!("ratio"), number(most)),
                Some(Aim::Value(most)) => (json!("value"), number(most)),
            };
            let one = json!({
                "ours": of(&figure.ours),
                "other": figure.other.as_ref().map(of),
                "ratio": figure.ratio().map(number),
                "aim": { "of": kind, "at_most": most },
                "missed": figure.missed(),
                "notes": figure.notes.iter().map(of).collect::<Vec<_>>(),
            });
            (figure.name.to_owned(), one)
        })
        .collect();
    let summary = json!({
        "machine": {
            "cpu": machine.cpu,
            "cores": machine.cores,
            "kernel": machine.kernel,
            "load_before": machine.load_before,
            "load_after": load(),
        },
        "figures": all,
    });
    let mut text = serde_json::to_string_pretty(&summary).unwrap_or_default();
    text.push('\n');
    std::fs::write(path, text)
}

/// Six significant digits: nothing here is measured better.
fn number(value: f64) -> Value {
    let short: f64 = format!("{value:.5e}").parse().unwrap_or(value);
    json!(short)
}
