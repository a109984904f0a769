//! SARIF 2.1.0: other tools' reports in, ours out.

mod read;
mod write;

pub use read::{ToolFailed, read};
pub use write::write;
