//! Changes settings in the configuration file and leaves the rest of it as it is, comments included.
//! The file before is kept beside it.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, fchown};
use std::path::{Path, PathBuf};

use toml_edit::{DocumentMut, Item, TableLike, Value};

use super::secrets;

/// Why the file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// It is not TOML, so that nothing can be changed in it without guessing.
    #[error("{}: is not TOML ({reason}); mend it first: `bountyd check` shows the line", .path.display())]
    NotToml {
        /// The file.
        path: PathBuf,
        /// The parser's words.
        reason: String,
    },
    /// Something else stands where the section would be.
    #[error("[{0}] is no section in the configuration; write it as a line [{0}] of its own")]
    NoSection(String),
    /// Secrets do not belong there.
    #[error(
        "{0} would put a secret into the configuration, which others may read; name the file that holds it"
    )]
    Secret(String),
    /// Somebody saved it meanwhile.
    #[error("{}: was changed by somebody else just now; nothing was written, try again", .0.display())]
    Changed(PathBuf),
    /// The operating system refused.
    #[error("{}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The refusal.
        source: io::Error,
    },
}

/// A configuration that is being edited. Nothing is written before [`Edit::save`].
#[derive(Clone, Debug)]
pub struct Edit {
    path: PathBuf,
    before: String,
    text: String,
}

impl Edit {
    /// Reads the file at `path`, or what a symbolic link there points to.
    ///
    /// # Errors
    /// It cannot be read, or is not TOML.
    pub fn open(path: &Path) -> Result<Self, EditError> {
        let io = |source| EditError::Io {
            path: path.to_owned(),
            source,
        };
        let path = fs::canonicalize(path).map_err(io)?;
        let text = fs::read_to_string(&path).map_err(io)?;
        let edit = Self {
            before: text.clone(),
            path,
            text,
        };
        edit.document()?;
        Ok(edit)
    }

    /// A file that is to be at `path`, or is there and was read already.
    ///
    /// # Errors
    /// It is not TOML.
    pub fn of(path: &Path, text: &str) -> Result<Self, EditError> {
        let edit = Self {
            path: path.to_owned(),
            before: text.to_owned(),
            text: text.to_owned(),
        };
        edit.document()?;
        Ok(edit)
    }

    /// The text as it stands now.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether anything differs from the file.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.text != self.before
    }

    fn document(&self) -> Result<DocumentMut, EditError> {
        self.text.parse().map_err(|error: toml_edit::TomlError| {
            EditError::NotToml {
                path: self.path.clone(),
                // The whole error quotes the line, in which a secret may stand.
                reason: error.message().trim().replace('\n', "; "),
            }
        })
    }

    /// Sets `key` of `[section]` (an empty name: of the file's beginning). Where the key stands as a comment, as in
    /// the file that is shipped, that line becomes the setting.
    ///
    /// # Errors
    /// The section is something else, or the value a secret.
    pub fn set(
        &mut self,
        section: &str,
        key: &str,
        value: impl Into<Value>,
    ) -> Result<(), EditError> {
        let mut value = value.into();
        let holds_secret = value
            .as_str()
            .is_some_and(|text| secrets::is_secret_for(key, text));
        if secrets::is_secret_key(key) || holds_secret {
            return Err(EditError::Secret(key.to_owned()));
        }
        let mut document = self.document()?;
        if let Some(there) = table(&mut document, section)?.and_then(|table| table.get_mut(key)) {
            if let Some(there) = there.as_value() {
                // The spaces before and the comment behind it.
                *value.decor_mut() = there.decor().clone();
            }
            *there = Item::Value(value);
            self.text = document.to_string();
            return Ok(());
        }
        if let Some(text) = uncommented(&self.text, section, key, &value)
            && let Ok(document) = text.parse::<DocumentMut>()
            && says(&document, section, key, &value)
        {
            self.text = text;
            return Ok(());
        }
        let inside = match section {
            "" => document.as_table_mut() as &mut dyn TableLike,
            section => document
                .entry(section)
                .or_insert_with(toml_edit::table)
                .as_table_like_mut()
                .ok_or_else(|| EditError::NoSection(section.to_owned()))?,
        };
        inside.insert(key, Item::Value(value));
        self.text = document.to_string();
        Ok(())
    }

    /// Takes `key` out of `[section]`, so that its default holds; one that is not there is no trouble.
    ///
    /// # Errors
    /// The section is something else.
    pub fn unset(&mut self, section: &str, key: &str) -> Result<(), EditError> {
        let mut document = self.document()?;
        if let Some(table) = table(&mut document, section)? {
            table.remove(key);
            self.text = document.to_string();
        }
        Ok(())
    }

    /// Writes the file, whole or not at all, with the owner and mode it had; what was there before is
    /// kept beside it. Gives the name of that, or `None` if there was nothing to change.
    ///
    /// # Errors
    /// Somebody else changed it meanwhile, or the operating system refused: the file is as it was.
    pub fn save(self) -> Result<Option<PathBuf>, EditError> {
        if !self.is_changed() {
            return Ok(None);
        }
        let kept = beside(&self.path, ".bak");
        let new = beside(&self.path, ".new");
        let io = |source| EditError::Io {
            path: self.path.clone(),
            source,
        };
        let meta = fs::metadata(&self.path).map_err(io)?;
        for (path, text) in [(&kept, &self.before), (&new, &self.text)] {
            write(path, text, &meta).map_err(|source| EditError::Io {
                path: path.clone(),
                source,
            })?;
        }
        let now = fs::read_to_string(&self.path).map_err(io)?;
        if now != self.before {
            let _ = fs::remove_file(&new);
            return Err(EditError::Changed(self.path));
        }
        fs::rename(&new, &self.path).map_err(io)?;
        if let Some(directory) = self.path.parent() {
            File::open(directory)
                .and_then(|directory| directory.sync_all())
                .map_err(io)?;
        }
        Ok(Some(kept))
    }
}

/// The section, if it is there.
fn table<'a>(
    document: &'a mut DocumentMut,
    section: &str,
) -> Result<Option<&'a mut dyn TableLike>, EditError> {
    if section.is_empty() {
        return Ok(Some(document.as_table_mut()));
    }
    match document.get_mut(section) {
        None => Ok(None),
        Some(item) => item
            .as_table_like_mut()
            .map(Some)
            .ok_or_else(|| EditError::NoSection(section.to_owned())),
    }
}

/// The text with the commented line of `key` made a setting, and the commented header of its section,
/// if there are such lines.
fn uncommented(text: &str, section: &str, key: &str, value: &Value) -> Option<String> {
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let header = format!("[{section}]");
    let begin = match section {
        "" => 0,
        _ => {
            let at = lines.iter().position(|line| {
                let line = line.trim();
                line == header || line.strip_prefix('#').is_some_and(|line| line == header)
            })?;
            if let Some(rest) = lines[at].strip_prefix('#') {
                lines[at] = rest.to_owned();
            }
            at + 1
        }
    };
    let end = lines[begin..]
        .iter()
        .position(|line| line.starts_with('[') || line.starts_with("#["))
        .map_or(lines.len(), |length| begin + length);
    let at = (begin..end).find(|at| {
        let Some(line) = lines[*at].strip_prefix('#') else {
            return false;
        };
        let name = line.strip_prefix(key);
        name.is_some_and(|rest| rest.trim_start().starts_with('='))
    })?;
    let bare = value.to_string();
    lines[at] = format!("{key} = {}\n", bare.trim());
    Some(lines.concat())
}

/// Whether the document has this value there.
fn says(document: &DocumentMut, section: &str, key: &str, value: &Value) -> bool {
    let item = match section {
        "" => document.get(key),
        section => document.get(section).and_then(|table| table.get(key)),
    };
    item.is_some_and(|item| item.to_string().trim() == value.to_string().trim())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn write(path: &Path, text: &str, like: &fs::Metadata) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    let written = (|| {
        fchown_like(&file, like)?;
        file.set_permissions(like.permissions())?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    })();
    if written.is_err() {
        let _ = fs::remove_file(path);
    }
    written
}

/// The owner and group it had; one's own file in one's own group needs no leave.
fn fchown_like(file: &File, like: &fs::Metadata) -> io::Result<()> {
    let ours = file.metadata()?;
    if (ours.uid(), ours.gid()) == (like.uid(), like.gid()) {
        return Ok(());
    }
    fchown(file, Some(like.uid()), Some(like.gid()))
}

#[cfg(test)]
mod tests;
