//! Killed at every named point and at random instants, in discover → ask → tap → claim → withdraw:
//! after the restart one comment for each claim, and every tap honoured once.

mod lost;
mod points;
mod random;
mod verdict;

/// Kills of one run of all stories here.
const WANTED: usize = 200;

/// Random instants of each of the worlds in `random`.
const RANDOM: [usize; 4] = [45, 45, 45, 45];

const _: () = assert!(
    RANDOM[0] + RANDOM[1] + RANDOM[2] + RANDOM[3] + 2 * bountyd::crash::POINTS.len() >= WANTED,
    "too few kills"
);
