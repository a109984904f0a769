//! C4: copies of memory whose length nobody compares with the room there is.

use std::sync::LazyLock;

use regex::Regex;

use crate::case::Changed;
use crate::finding::{Findings, Severity};
use crate::kind;
use crate::patterns::{Pattern, Table, Where, is_comment};
use crate::rules::RuleId;

static COPIES: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        RuleId::C4,
        Severity::Hold,
        false,
        &[Pattern {
            place: Where::Only(&["c", "h", "cc", "cpp", "cxx", "hpp", "m", "mm"]),
            what: "a copy without an end",
            pattern: r"\bmem(?:cpy|move)\s*\([^\n;]*(?:strlen|len)\b[^\n;]*\)",
        }],
    )
});

/// A length compared with the size of what it must fit into, the end of the text left out.
static BOUND: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\blen\s*>=\s*sizeof\b|\bsizeof\b[^;\n&|]*<=\s*len\b|\blen\s*<\s*sizeof\b").ok()
});

/// A copy of just that length, with or without the end of the text.
static OF_LENGTH: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\bmem(?:cpy|move)\s*\([^;\n]*,\s*len(?:\s*\+\s*1)?\s*\)").ok());

pub(super) fn check(changed: &Changed<'_>, out: &mut Findings) {
    if !is_bounded(changed) {
        COPIES.check(changed, out);
    }
}

/// Whether the patch brings the comparison along, and copies only what was compared.
fn is_bounded(changed: &Changed<'_>) -> bool {
    let (Some(added), Some(bound), Some(of_length)) =
        (&changed.added, BOUND.as_ref(), OF_LENGTH.as_ref())
    else {
        return false;
    };
    let marks = kind::comment_marks(&changed.folded);
    let code = || {
        let lines = added.lines().map(|(_, line)| line);
        lines.filter(|line| !is_comment(line, marks))
    };
    let often = |form: &Regex| {
        code()
            .map(|line| form.find_iter(line).count())
            .sum::<usize>()
    };
    let copies = COPIES.count(code(), marks);
    copies == often(bound) && copies == often(of_length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::content::held;

    #[test]
    fn patterns_compile() {
        assert_eq!(COPIES.broken(), Vec::<&str>::new());
        assert!(BOUND.is_some() && OF_LENGTH.is_some());
    }

    #[test]
    fn c4_a_copy_is_held_until_its_length_is_compared_with_the_room() {
        for (text, is_held) in [
            (
                "if (len >= sizeof b)\n\treturn -1;\nmemcpy(b, s, len + 1);\n",
                false,
            ),
            ("if (len < sizeof b) {\n\tmemcpy(b, s, len);\n}\n", false),
            ("memcpy(b, s, len);\n", true),
            ("// if (len >= sizeof b)\nmemcpy(b, s, len);\n", true),
            ("memcpy(b, s, strlen(s) + 1);\n", true),
            (
                "if (len > sizeof b)\n\treturn -1;\nmemcpy(b, s, len + 1);\n",
                true,
            ),
            (
                "if (len >= sizeof b)\n\treturn -1;\nmemcpy(b, s, len + 2);\n",
                true,
            ),
            (
                "if (len >= sizeof b)\n\treturn -1;\nmemcpy(b, s, len);\nmemcpy(c, s, len);\n",
                true,
            ),
            (
                "if (n >= sizeof b)\n\treturn -1;\nmemcpy(b, s, len);\n",
                true,
            ),
        ] {
            assert_eq!(held(RuleId::C4, "src/a.c", text), is_held, "{text}");
        }
    }
}
