//! Samples, figures, and the stopwatch.

use std::time::{Duration, Instant};

use serde::Serialize;

/// Starts the stopwatch.
#[expect(
    clippy::disallowed_methods,
    reason = "a bench measures real time, whatever the program's clock shows"
)]
pub(crate) fn start() -> Instant {
    Instant::now()
}

/// Waits in real time.
#[expect(
    clippy::disallowed_methods,
    reason = "a bench waits for other processes in real time"
)]
pub(crate) async fn pause(millis: u64) {
    tokio::time::sleep(Duration::from_millis(millis)).await;
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unit {
    /// Shown in the unit that fits.
    Seconds,
    /// Shown in megabytes of 10⁶ bytes.
    Bytes,
    /// A number of things.
    Count,
    /// Things in a second.
    PerSecond,
    /// Bytes in a second, shown in megabytes of 10⁶ bytes.
    BytesPerSecond,
}

/// One quantity, measured several times.
#[derive(Clone, Debug)]
pub(crate) struct Samples {
    /// What it is, for the table.
    pub(crate) label: &'static str,
    /// Of what.
    pub(crate) unit: Unit,
    values: Vec<f64>,
}

impl Samples {
    /// `label` has at most 42 characters, for the table.
    pub(crate) fn new(label: &'static str, unit: Unit) -> Self {
        assert!(label.chars().count() <= 42, "too long: {label}");
        Self {
            label,
            unit,
            values: Vec::new(),
        }
    }

    pub(crate) fn seconds(label: &'static str) -> Self {
        Self::new(label, Unit::Seconds)
    }

    pub(crate) fn bytes(label: &'static str) -> Self {
        Self::new(label, Unit::Bytes)
    }

    pub(crate) fn push(&mut self, value: f64) {
        self.values.push(value);
    }

    pub(crate) fn took(&mut self, began: Instant) {
        self.push(began.elapsed().as_secs_f64());
    }

    pub(crate) fn rounds(&self) -> usize {
        self.values.len()
    }

    /// The value that 99 of 100 do not exceed, as a quantity by itself.
    pub(crate) fn late(&self, label: &'static str) -> Self {
        let mut sorted = self.values.clone();
        sorted.sort_by(f64::total_cmp);
        let at = (sorted.len() * 99).div_ceil(100).saturating_sub(1);
        let mut late = Self::new(label, self.unit);
        late.values.extend(sorted.get(at));
        late
    }

    pub(crate) fn median(&self) -> f64 {
        median(&self.values)
    }

    /// The slowest, the largest, the lowest rate: whatever is worst.
    pub(crate) fn worst(&self) -> f64 {
        let of = |pick: fn(f64, f64) -> f64| self.values.iter().copied().reduce(pick);
        match self.unit {
            Unit::PerSecond | Unit::BytesPerSecond => of(f64::min),
            Unit::Seconds | Unit::Bytes | Unit::Count => of(f64::max),
        }
        .unwrap_or(f64::NAN)
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => sorted[n / 2],
        n => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
    }
}

/// What must not be above which number.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Aim {
    /// Ours ÷ the other.
    Ratio(f64),
    /// Ours by itself, in its unit.
    Value(f64),
}

/// A line of the table.
#[derive(Debug)]
pub(crate) struct Figure {
    /// Short, stable: the key in the summary.
    pub(crate) name: &'static str,
    pub(crate) ours: Samples,
    /// The floor or the peer.
    pub(crate) other: Option<Samples>,
    pub(crate) aim: Option<Aim>,
    /// Further numbers that explain it.
    pub(crate) notes: Vec<Samples>,
}

impl Figure {
    /// A figure by itself.
    pub(crate) fn alone(name: &'static str, ours: Samples) -> Self {
        Self {
            name,
            ours,
            other: None,
            aim: None,
            notes: Vec::new(),
        }
    }

    /// A figure beside what was measured in the same rounds.
    pub(crate) fn pair(name: &'static str, ours: Samples, other: Samples) -> Self {
        Self {
            other: Some(other),
            ..Self::alone(name, ours)
        }
    }

    pub(crate) fn aim(mut self, aim: Aim) -> Self {
        self.aim = Some(aim);
        self
    }

    pub(crate) fn note(mut self, note: Samples) -> Self {
        self.notes.push(note);
        self
    }

    /// Ours ÷ the other: the median over the rounds, each with its own partner, so that a machine
    /// that slows down in the middle slows down both.
    pub(crate) fn ratio(&self) -> Option<f64> {
        let other = self.other.as_ref()?;
        let pairs = self.ours.values.iter().zip(&other.values);
        let ratios: Vec<f64> = pairs.map(|(ours, other)| ours / other).collect();
        Some(median(&ratios))
    }

    pub(crate) fn missed(&self) -> bool {
        match self.aim {
            None => false,
            Some(Aim::Ratio(most)) => self.ratio().is_some_and(|ratio| ratio > most),
            Some(Aim::Value(most)) => self.ours.median() > most,
        }
    }
}

/// Whether the other goes first in this round: taking turns cancels what going first is worth.
pub(crate) fn other_first(round: usize) -> bool {
    round % 2 == 1
}
