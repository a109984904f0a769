//! Forms of secrets, and the search for all of them at once.

mod forms;

use aho_corasick::{AhoCorasick, MatchKind};
use zeroize::Zeroizing;

pub(crate) use self::forms::{forms, windows};

/// First bytes of a form by which it is noticed. The automaton that notices them is not wiped when it
/// goes, so that it must know no more than what is worth nothing: with the forms that are turned round
/// this is the kind of a token and its last four characters.
const START: usize = 4;

/// One form of a secret.
pub(crate) struct Needle {
    /// What may be said of it.
    pub(crate) name: &'static str,
    /// Never empty.
    pub(crate) form: Zeroizing<Vec<u8>>,
}

/// Forms to look for; wiped when they go.
pub(crate) struct Needles {
    list: Vec<Needle>,
    starts: AhoCorasick,
}

impl Needles {
    /// Every form in which a secret would be usable; see [`forms()`].
    pub(crate) fn of(name: &'static str, secret: &[u8]) -> Self {
        let all = forms(secret).into_iter();
        Self::new(all.map(|form| Needle { name, form }).collect())
    }

    pub(crate) fn new(mut list: Vec<Needle>) -> Self {
        list.retain(|needle| !needle.form.is_empty());
        let starts = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(list.iter().map(|needle| start(&needle.form)))
            .expect("some thousand patterns of a few bytes fit an automaton");
        Self { list, starts }
    }

    /// The name of a secret of which a form stands in `text`.
    pub(crate) fn found_in(&self, text: &[u8]) -> Option<&'static str> {
        // Overlapping: what begins like one form may hide the beginning of another.
        self.starts.find_overlapping_iter(text).find_map(|at| {
            let needle = self.list.get(at.pattern().as_usize())?;
            let whole = text.get(at.start()..)?.starts_with(&needle.form);
            whole.then_some(needle.name)
        })
    }

    /// How many bytes at the end of `text` may be the beginning of a form.
    pub(crate) fn begun_at_end(&self, text: &[u8]) -> usize {
        self.list
            .iter()
            .map(|needle| {
                let most = text.len().min(needle.form.len() - 1);
                (1..=most)
                    .rev()
                    .find(|n| text.ends_with(&needle.form[..*n]))
                    .unwrap_or(0)
            })
            .max()
            .unwrap_or(0)
    }
}

fn start(form: &[u8]) -> &[u8] {
    &form[..form.len().min(START)]
}
