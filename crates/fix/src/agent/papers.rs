//! The files that an agent finds in its box: the prompt, and its settings.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::AgentError;
use crate::profiles::{Profile, Values};

/// A directory of one job, outside of the tree; only trusted code writes there.
pub(super) struct Papers<'a> {
    directory: &'a Path,
}

impl<'a> Papers<'a> {
    /// The prompt's file.
    pub(super) const PROMPT: &'static str = "prompt.md";

    pub(super) fn new(directory: &'a Path) -> Self {
        Self { directory }
    }

    /// Writes all there is to write, and says whether something belongs into the home directory.
    pub(super) fn write(&self, profile: &Profile, values: &Values) -> Result<bool, AgentError> {
        if let Some(prompt) = &values.prompt {
            self.put(&self.directory.join(Self::PROMPT), prompt)?;
        }
        for (path, template) in &profile.home {
            let path = self.directory.join("home").join(path);
            self.put(&path, &values.fill_lines(template))?;
        }
        Ok(!profile.home.is_empty())
    }

    fn put(&self, path: &PathBuf, text: &str) -> Result<(), AgentError> {
        let write = || -> io::Result<()> {
            if let Some(directory) = path.parent() {
                fs::create_dir_all(directory)?;
            }
            fs::write(path, text)
        };
        write().map_err(|source| AgentError::Papers {
            path: path.clone(),
            source,
        })
    }
}
