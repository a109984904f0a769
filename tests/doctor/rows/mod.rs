//! The seeded mistakes, in the order of the checks.

mod here;
mod operator;
mod services;
mod tenant;

use super::table::{Row, Seed};
use super::world::World;

/// All of them.
pub(crate) fn rows() -> impl Iterator<Item = &'static Row> {
    [here::ROWS, tenant::ROWS, services::ROWS]
        .into_iter()
        .flatten()
}

/// Those that only a look with a management token names.
pub(crate) fn tenant_rows() -> impl Iterator<Item = &'static Row> {
    operator::ROWS.iter()
}

/// A failure that leaves with 78.
const fn row(wrong: &'static str, first: &'static str, remedy: &'static str, seed: Seed) -> Row {
    Row {
        wrong,
        seed,
        first,
        verdict: "failure",
        remedy,
        code: 78,
    }
}

impl Row {
    const fn code(self, code: i32) -> Self {
        Self { code, ..self }
    }

    /// No failure: a warning comes first, and the command leaves with 0.
    const fn warning(self) -> Self {
        Self {
            verdict: "warning",
            code: 0,
            ..self
        }
    }
}

fn gone(world: &World, name: &str) {
    std::fs::remove_file(world.path(name)).expect("it was there");
}
