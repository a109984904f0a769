//! The command by which a job is judged: chosen before the agent starts, and never changed.

use gate::tree::{Entry, Path, Tree};
use serde_json::Value;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::candidate::{Candidate, Override, Runner};
use super::detect::{detect, files};

/// What of a `package.json` says how its tests run.
const NPM_KEYS: [&str; 7] = ["scripts", "jest", "mocha", "vitest", "ava", "tap", "type"];

/// The command of a job. It has no setters, and its hash stands for all that it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinned {
    candidate: Candidate,
    meaning: [u8; 32],
    hash: [u8; 32],
}

/// There is no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "nothing in the repository says how it tests itself; name the command in the settings, or leave the job"
)]
pub struct NoCommand;

/// The command means something else than when it was pinned.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{command}` no longer runs what was pinned: what it starts was changed{}; leave that as it was",
    if from.is_empty() { String::new() } else { format!(" in or beside `{}`", from.escape_ascii()) }
)]
pub struct Moved {
    /// The command.
    pub command: String,
    /// The file that defines it; empty for a command of the owner.
    pub from: Path,
}

impl Pinned {
    /// The owner's command, else the best of what the base tree says. The same tree and the same owner's
    /// word give the same hash, so a job that was interrupted can see that nothing changed.
    ///
    /// # Errors
    /// Nobody says how to test.
    pub fn choose(base: &Tree, owner: Option<&Override>) -> Result<Self, NoCommand> {
        match owner {
            Some(owner) => Ok(Self::new(owner.candidate(), base)),
            None => detect(base)
                .into_iter()
                .next()
                .map(|best| Self::new(best, base))
                .ok_or(NoCommand),
        }
    }

    /// Pins `candidate` as the base tree defines it.
    #[must_use]
    pub fn new(candidate: Candidate, base: &Tree) -> Self {
        let meaning = meaning(&candidate, base);
        let mut sum = Sha256::new();
        sum.update([candidate.runner as u8]);
        for word in &candidate.argv {
            part(&mut sum, word.as_bytes());
        }
        part(&mut sum, &candidate.from);
        sum.update(meaning);
        Self {
            candidate,
            meaning,
            hash: sum.finalize().into(),
        }
    }

    /// What was chosen.
    #[must_use]
    pub fn candidate(&self) -> &Candidate {
        &self.candidate
    }

    /// SHA-256 over its words, where it is from, and what it means in the base tree.
    #[must_use]
    pub fn hash(&self) -> &[u8; 32] {
        &self.hash
    }

    /// As a person would type it.
    #[must_use]
    pub fn line(&self) -> String {
        let words: Vec<String> = self
            .candidate
            .argv
            .iter()
            .map(|word| quoted(word))
            .collect();
        words.join(" ")
    }

    /// Whether the command means in `tree` what it meant in the base tree: a script of `package.json`, a
    /// Makefile or a wrapper is the repository's, and so the agent's to edit.
    ///
    /// # Errors
    /// It was changed.
    pub fn check(&self, tree: &Tree) -> Result<(), Moved> {
        if meaning(&self.candidate, tree) == self.meaning {
            return Ok(());
        }
        Err(Moved {
            command: self.line(),
            from: self.candidate.from.clone(),
        })
    }
}

/// One part, so that no two lists of parts have the same bytes.
fn part(sum: &mut Sha256, bytes: &[u8]) {
    sum.update((bytes.len() as u64).to_be_bytes());
    sum.update(bytes);
}

/// What the files of the tree make of the command.
fn meaning(candidate: &Candidate, tree: &Tree) -> [u8; 32] {
    let mut sum = Sha256::new();
    match files::name(&candidate.from) {
        b"package.json" => {
            let package = files::json(tree, &candidate.from).unwrap_or(Value::Null);
            for key in NPM_KEYS {
                let said = package[key].to_string();
                part(&mut sum, said.as_bytes());
                shell_files(&mut sum, tree, &said);
            }
        }
        // What else is in a Makefile decides what a target does.
        b"Makefile" | b"makefile" | b"GNUmakefile" => {
            entry(&mut sum, tree.entries.get(&candidate.from));
            shell_files(
                &mut sum,
                tree,
                files::text(tree, &candidate.from).unwrap_or_default(),
            );
        }
        _ => {}
    }
    if candidate.runner == Runner::Pytest {
        pytest_settings(&mut sum, tree);
    }
    for word in &candidate.argv {
        let path = word.strip_prefix("./").unwrap_or(word);
        entry(&mut sum, tree.entries.get(path.as_bytes()));
        // A Makefile that the owner's `make` would find.
        if word == "make" && candidate.from.is_empty() {
            for name in super::detect::MAKEFILES {
                entry(&mut sum, tree.entries.get(name.as_bytes()));
            }
        }
    }
    sum.finalize().into()
}

/// The shell scripts of the tree that a script names.
fn shell_files(sum: &mut Sha256, tree: &Tree, text: &str) {
    let part_of_a_path = |c: char| c.is_alphanumeric() || "_./+-".contains(c);
    for word in text.split(|c| !part_of_a_path(c)) {
        if word.ends_with(".sh") || word.ends_with(".bash") {
            let path = word.strip_prefix("./").unwrap_or(word);
            entry(sum, tree.entries.get(path.as_bytes()));
        }
    }
}

/// pytest takes its settings from whichever of these files it finds (its documentation, "Initialization:
/// determining rootdir and configfile"); two of them also say other things.
fn pytest_settings(sum: &mut Sha256, tree: &Tree) {
    for path in ["pytest.ini", ".pytest.ini", "tox.ini"] {
        entry(sum, tree.entries.get(path.as_bytes()));
    }
    let settings = files::toml(tree, b"pyproject.toml")
        .and_then(|table| table.get("tool")?.get("pytest").cloned());
    part(
        sum,
        settings
            .map(|s| s.to_string())
            .unwrap_or_default()
            .as_bytes(),
    );
    let text = files::text(tree, b"setup.cfg").unwrap_or_default();
    let mut inside = false;
    for line in text.lines() {
        if line.starts_with('[') {
            inside = line.trim() == "[tool:pytest]";
        }
        if inside {
            part(sum, line.as_bytes());
        }
    }
}

fn entry(sum: &mut Sha256, entry: Option<&Entry>) {
    match entry {
        None => sum.update([0]),
        Some(Entry::File {
            content,
            executable,
        }) => {
            sum.update([1, u8::from(*executable)]);
            part(sum, content);
        }
        Some(Entry::Link { target }) => {
            sum.update([2]);
            part(sum, target);
        }
        Some(Entry::Submodule { commit }) => {
            sum.update([3]);
            part(sum, commit.as_bytes());
        }
        Some(Entry::Odd { .. }) => sum.update([4]),
    }
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:=,@+%-".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::samples;

    fn owner(words: &[&str]) -> Override {
        Override::new(words.iter().map(|w| (*w).to_owned()).collect()).expect("a command")
    }

    #[test]
    fn the_owners_word_wins_and_without_any_there_is_no_command() {
        let tree = samples::rust();
        let mine = owner(&["./ci.sh", "a b"]);
        let pinned = Pinned::choose(&tree, Some(&mine)).expect("pinned");
        assert_eq!(pinned.line(), "./ci.sh 'a b'");
        assert!(pinned.candidate().from.is_empty());
        assert_eq!(Pinned::choose(&Tree::default(), None), Err(NoCommand));
    }

    #[test]
    fn a_script_that_the_agent_edits_is_not_the_pinned_one() {
        let base = samples::node();
        let pinned = Pinned::choose(&base, None).expect("pinned");
        assert_eq!(pinned.check(&base), Ok(()));
        let mut honest = base.clone();
        samples::put(
            &mut honest,
            "package.json",
            r#"{"name":"left","type":"module","dependencies":{"a":"1"},"scripts":{"test":"node --test","build":"tsc"}}"#,
        );
        assert_eq!(pinned.check(&honest), Ok(()));
        samples::put(
            &mut honest,
            "package.json",
            r#"{"type":"module","scripts":{"test":"true"}}"#,
        );
        let moved = pinned.check(&honest).expect_err("edited");
        assert!(
            moved.to_string().contains("in or beside `package.json`"),
            "{moved}"
        );
    }

    #[test]
    fn a_makefile_or_a_script_of_the_owners_command_is_watched() {
        let base = samples::tree([("Makefile", "test:\n\tcc t.c\n"), ("ci.sh", "make\n")]);
        for words in [&["make", "test"][..], &["./ci.sh"], &["sh", "ci.sh"]] {
            let pinned = Pinned::choose(&base, Some(&owner(words))).expect("pinned");
            let mut edited = base.clone();
            samples::put(&mut edited, "Makefile", "test:\n\ttrue\n");
            samples::put(&mut edited, "ci.sh", "true\n");
            assert!(pinned.check(&edited).is_err(), "{words:?}");
        }
    }

    #[test]
    fn a_shell_script_that_the_command_goes_through_is_watched() {
        for (file, text) in [
            ("package.json", r#"{"scripts":{"test":"./ci/all.sh --x"}}"#),
            ("Makefile", "test:\n\t@./ci/all.sh\n"),
        ] {
            let base = samples::tree([(file, text), ("ci/all.sh", "make\n"), ("a.sh", "")]);
            let pinned = Pinned::choose(&base, None).expect("pinned");
            let mut edited = base.clone();
            samples::put(&mut edited, "a.sh", "other\n");
            assert_eq!(pinned.check(&edited), Ok(()));
            samples::put(&mut edited, "ci/all.sh", "true\n");
            assert!(pinned.check(&edited).is_err(), "{file}");
        }
    }

    #[test]
    fn settings_of_pytest_are_watched_and_the_rest_of_their_files_is_not() {
        let base = samples::python();
        let pinned = Pinned::choose(&base, None).expect("pinned");
        let mut other = base.clone();
        samples::put(
            &mut other,
            "pyproject.toml",
            "[project]\nname = \"left\"\nversion = \"2\"\n[tool.pytest.ini_options]\ntestpaths = [\"tests\"]\n",
        );
        assert_eq!(pinned.check(&other), Ok(()));
        samples::put(&mut other, "setup.cfg", "[metadata]\nname = left\n");
        assert_eq!(pinned.check(&other), Ok(()));
        samples::put(
            &mut other,
            "setup.cfg",
            "[tool:pytest]\naddopts = --ignore=tests\n",
        );
        assert!(pinned.check(&other).is_err());
    }

    #[test]
    fn the_hash_tells_words_apart_and_is_the_same_twice() {
        let base = samples::python();
        let a = Pinned::new(owner(&["a", "bc"]).candidate(), &base);
        let b = Pinned::new(owner(&["ab", "c"]).candidate(), &base);
        assert_ne!(a.hash(), b.hash());
        assert_eq!(
            Pinned::choose(&base, None).expect("pinned").hash(),
            Pinned::choose(&base.clone(), None).expect("pinned").hash()
        );
    }
}
