//! Trees written for a sandbox and read back from it, by somebody who expects the worst.

mod exporting;
mod hostile;
mod ignoring;
mod races;
mod removing;
mod round_trip;
mod support;
