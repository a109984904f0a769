//! Patterns by name: compiled when first used, let go when the night is quiet, and all of them compiled
//! in a test.

use std::sync::{Arc, Mutex, PoisonError};

use regex::Regex;

/// What a pattern may keep of the automaton that it builds as it goes, in bytes; beyond it, it starts
/// anew. The default of 2 MiB, for every pattern, would be most of the daemon's memory.
const AUTOMATON: usize = 256 * 1024;

/// Declares statics of compiled patterns, and a test function that compiles every one of them: a
/// pattern of ours that does not compile must fail there and not at night.
macro_rules! patterns {
    ($see:vis $force:ident: $kind:ident; $($name:ident = $pattern:expr;)*) => {
        $($see static $name: $crate::bounty::patterns::$kind =
            $crate::bounty::patterns::$kind::new($pattern);)*
        #[cfg(test)]
        fn $force() { $($name.compiled();)* }
    };
}

pub(super) use patterns;

/// Something compiled when it is first wanted, and again after [`forget`]: patterns are many, and
/// wanted for moments of a night.
struct Kept<R: 'static> {
    pattern: &'static str,
    compile: fn(&str) -> R,
    compiled: Mutex<Option<Arc<R>>>,
}

impl<R: Send + Sync> Kept<R> {
    const fn new(pattern: &'static str, compile: fn(&str) -> R) -> Self {
        Self {
            pattern,
            compile,
            compiled: Mutex::new(None),
        }
    }

    fn compiled(&'static self) -> Arc<R> {
        let mut compiled = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
        let regex = compiled.get_or_insert_with(|| {
            COMPILED
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(self);
            Arc::new((self.compile)(self.pattern))
        });
        Arc::clone(regex)
    }
}

trait Forget: Sync {
    fn forget(&self);
}

impl<R: Send + Sync> Forget for Kept<R> {
    fn forget(&self) {
        *self.compiled.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// What is compiled at the moment.
static COMPILED: Mutex<Vec<&'static dyn Forget>> = Mutex::new(Vec::new());

/// A regular expression of ours, linear in its input, with ASCII word borders (the Unicode ones
/// have no fast engine). They are all literals and all compiled by a test, so a bad one cannot
/// reach a user.
pub(super) struct Pattern(Kept<Regex>);

impl Pattern {
    pub(super) const fn new(pattern: &'static str) -> Self {
        Self(Kept::new(pattern, compile))
    }

    pub(super) fn compiled(&'static self) -> Arc<Regex> {
        self.0.compiled()
    }

    pub(super) fn captures<'t>(&'static self, text: &'t str) -> Option<regex::Captures<'t>> {
        self.compiled().captures(text)
    }
}

#[expect(clippy::expect_used, reason = "literals, compiled by tests")]
fn compile(pattern: &str) -> Regex {
    regex::RegexBuilder::new(&pattern.replace(r"\b", r"(?-u:\b)"))
        .dfa_size_limit(AUTOMATON)
        .build()
        .expect("a literal pattern of ours is valid")
}

/// Words to look for, matched byte by byte: our words are ASCII, and “any character but a full
/// stop, up to 80 times” is small only over bytes.
pub(super) struct Words(Kept<regex::bytes::Regex>);

impl Words {
    pub(super) const fn new(pattern: &'static str) -> Self {
        Self(Kept::new(pattern, compile_bytes))
    }

    pub(super) fn compiled(&'static self) -> Arc<regex::bytes::Regex> {
        self.0.compiled()
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
}

#[expect(clippy::expect_used, reason = "literals, compiled by tests")]
fn compile_bytes(pattern: &str) -> regex::bytes::Regex {
    regex::bytes::RegexBuilder::new(pattern)
        .unicode(false)
        .dfa_size_limit(AUTOMATON)
        .build()
        .expect("a literal pattern of ours is valid")
}

/// Lets go of what is compiled, until it is wanted again: milliseconds for megabytes. Says whether
/// there was anything.
pub(super) fn forget() -> bool {
    let compiled = std::mem::take(&mut *COMPILED.lock().unwrap_or_else(PoisonError::into_inner));
    for kept in &compiled {
        kept.forget();
    }
    !compiled.is_empty()
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
            assert!(forget());
            assert!(WORDS.0.compiled.lock().expect("nobody panicked").is_none());
        }
    }
}
