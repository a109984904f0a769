//! Patterns by name: compiled once, when first used, and all of them in a test.

use std::sync::{Arc, Mutex, PoisonError};

use regex::Regex;

/// What a pattern may keep of the automaton that it builds as it goes, in bytes; beyond it, it starts
/// anew. The default of 2 MiB, for every pattern, would be most of the daemon's memory.
const AUTOMATON: usize = 256 * 1024;

/// Declares statics of compiled patterns, and a test function that compiles every one of them: a
/// pattern of ours that does not compile must fail there and not at night.
macro_rules! patterns {
    ($see:vis $force:ident: Words; $($name:ident = $pattern:expr;)*) => {
        $($see static $name: $crate::bounty::patterns::Words =
            $crate::bounty::patterns::Words::new($pattern);)*
        #[cfg(test)]
        fn $force() { $($name.is_match("");)* }
    };
    ($see:vis $force:ident: Regex; $($name:ident = $pattern:expr;)*) => {
        $($see static $name: std::sync::LazyLock<regex::Regex> =
            std::sync::LazyLock::new(|| $crate::bounty::patterns::compile($pattern));)*
        #[cfg(test)]
        fn $force() { $(std::sync::LazyLock::force(&$name);)* }
    };
}

pub(super) use patterns;

/// A regular expression of ours, linear in its input, with ASCII word borders (the Unicode ones
/// have no fast engine). They are all literals and all compiled by a test, so a bad one cannot
/// reach a user.
#[expect(clippy::expect_used, reason = "literals, compiled by tests")]
pub(super) fn compile(pattern: &str) -> Regex {
    regex::RegexBuilder::new(&pattern.replace(r"\b", r"(?-u:\b)"))
        .dfa_size_limit(AUTOMATON)
        .build()
        .expect("a literal pattern of ours is valid")
}

/// Words to look for, matched byte by byte: our words are ASCII, and “any character but a full
/// stop, up to 80 times” is small only over bytes. They are many, and wanted for moments of a night:
/// see [`forget`].
pub(super) struct Words {
    pattern: &'static str,
    compiled: Mutex<Option<Arc<regex::bytes::Regex>>>,
}

/// What is compiled at the moment.
static COMPILED: Mutex<Vec<&'static Words>> = Mutex::new(Vec::new());

impl Words {
    pub(super) const fn new(pattern: &'static str) -> Self {
        Self {
            pattern,
            compiled: Mutex::new(None),
        }
    }

    pub(super) fn is_match(&'static self, text: &str) -> bool {
        self.compiled().is_match(text.as_bytes())
    }

    pub(super) fn count(&'static self, text: &str) -> usize {
        self.compiled().find_iter(text.as_bytes()).count()
    }

    /// The first match, when it does not cut a character.
    pub(super) fn find<'a>(&'static self, text: &'a str) -> Option<&'a str> {
        let found = self.compiled().find(text.as_bytes())?;
        text.get(found.range())
    }

    #[expect(clippy::expect_used, reason = "literals, compiled by tests")]
    fn compiled(&'static self) -> Arc<regex::bytes::Regex> {
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        let regex = compiled.get_or_insert_with(|| {
            let regex = regex::bytes::RegexBuilder::new(self.pattern)
                .unicode(false)
                .dfa_size_limit(AUTOMATON)
                .build();
            COMPILED
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(self);
            Arc::new(regex.expect("a literal pattern of ours is valid"))
        });
        Arc::clone(regex)
    }
}

/// Lets go of what is compiled, until it is wanted again: milliseconds for megabytes.
pub(super) fn forget() {
    let compiled = std::mem::take(&mut *COMPILED.lock().unwrap_or_else(PoisonError::into_inner));
    for words in compiled {
        *words
            .compiled
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_forgotten_is_known_again_when_wanted() {
        static WORDS: Words = Words::new("(?i)bounty");
        for _ in 0..2 {
            assert!(WORDS.is_match("A Bounty"));
            assert_eq!(WORDS.find("ä bounty ö"), Some("bounty"));
            assert_eq!(WORDS.count("bounty, bounty"), 2);
            forget();
            let kept = WORDS.compiled.lock().expect("nobody panicked").is_some();
            assert!(!kept);
        }
    }
}
