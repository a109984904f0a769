//! X5, by content: directives that make a compiler or a tool run something.

use std::sync::LazyLock;

use crate::case::Case;
use crate::finding::{Findings, Severity};
use crate::patterns::{Pattern, Table, Where};
use crate::rules::RuleId;

static DIRECTIVES: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        RuleId::X5,
        Severity::Hold,
        true,
        &[
            Pattern {
                place: Where::Only(&["go"]),
                what: "a directive that runs a command or flags of the linker",
                pattern: r"^\s*//go:(?:generate|linkname|cgo_\w+)\b|#cgo\b",
            },
            Pattern {
                place: Where::Only(&["rs"]),
                what: "code that runs before main or is read while compiling",
                pattern: r"#\[(?:ctor|dtor|used|link_section)\b|#\[proc_macro|\binclude(?:_bytes|_str)?!\(\s*(?:env!|concat!|r?#*.?/)",
            },
            Pattern {
                place: Where::Only(&["c", "h", "cc", "cpp", "hpp"]),
                what: "code that runs before main",
                pattern: r"__attribute__\s*\(\(\s*(?:constructor|destructor)\b|#pragma\s+init\b",
            },
        ],
    )
});

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    for (changed, _) in case.texts() {
        DIRECTIVES.check(changed, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::worst_in_new;

    #[test]
    fn patterns_compile() {
        assert!(DIRECTIVES.broken().is_empty());
    }

    #[test]
    fn x5_directives_are_held() {
        for (path, text) in [
            ("a.go", "//go:generate sh -c 'curl x'\n"),
            ("a.go", "// #cgo LDFLAGS: -lx\n"),
            ("a.rs", "#[ctor::ctor]\nfn f() {}\n"),
            ("a.c", "static void f(void) __attribute__((constructor));\n"),
        ] {
            assert_eq!(
                worst_in_new(RuleId::X5, path, text),
                Some(Severity::Hold),
                "{text}"
            );
        }
        assert_eq!(
            worst_in_new(
                RuleId::X5,
                "a.go",
                "//go:build linux\n// generate the list\n"
            ),
            None
        );
    }
}
