//! S10, by content: conflict markers, code left out, debugger calls.

use std::sync::LazyLock;

use crate::case::Case;
use crate::finding::{Findings, Severity};
use crate::kind::Kind;
use crate::patterns::{Pattern, Table, Where};
use crate::rules::RuleId;

static CONFLICT: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        RuleId::S10,
        Severity::Block,
        true,
        &[Pattern {
            place: Where::All,
            what: "a conflict marker",
            pattern: r"^(?:<{7}|>{7}|\|{7})(?: \S|\r?$)",
        }],
    )
});

static LEFT_OUT: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        RuleId::S10,
        Severity::Hold,
        true,
        &[
            Pattern {
                place: Where::Code,
                what: "text that stands for code left out",
                pattern: r"(?i)^\s*(?://|#|/\*|<!--|--|\{/\*)\s*(?:\.\.\.|…)?\s*\(?(?:the )?(?:rest of|existing|remaining|previous|other|same|unchanged|original) [^\n]*(?:unchanged|remains?(?: the same| as is)?|code here|code\s*(?:\.\.\.|…)|implementation here|here\s*(?:\.\.\.|…)|as before|stays the same|omitted)",
            },
            Pattern {
                place: Where::Code,
                what: "text that stands for code left out",
                pattern: r"(?i)^\s*(?://|#|/\*|<!--|\{/\*)\s*(?:\.\.\.|…)\s*(?:existing|rest|remaining|other|more|previous|same|unchanged|keep)\b",
            },
            Pattern {
                place: Where::Code,
                what: "work that was not done",
                pattern: r"(?i)\b(?:todo|fixme)\b:?[^\n]*\b(?:implement|finish|complete) (?:this|the|me|it|later)\b|\bunimplemented!\(|\btodo!\(|raise NotImplementedError\(?.?.?todo|(?://|#) *your code (?:goes )?here",
            },
            Pattern {
                place: Where::Code,
                what: "a debugger call",
                pattern: r"^\s*debugger;?\s*$|\bbreakpoint\(\)|\b(?:i?pdb|pudb)\.set_trace\(|^\s*import i?pdb\b|\bbinding\.(?:pry|irb)\b|\bdbg!\(|\bvar_dump\(|\bdd\(\$|\bSystem\.Diagnostics\.Debugger\.Break\(|^\s*byebug\s*$",
            },
            Pattern {
                place: Where::Shipped,
                what: "a debug print",
                pattern: r#"(?i)\b(?:console\.(?:log|debug)|print|println!?|eprintln!|fmt\.Println|System\.out\.println|puts|echo)\s*\(?\s*f?["'`](?:\W*(?:debug|here|xxx|test(?:ing)?|wtf|asdf|foo)\b|=+>|>{3,}|\*{3,}|#{3,}|-{5,})"#,
            },
        ],
    )
});

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    for (changed, _) in case.texts() {
        if changed.kind == Kind::Lock {
            continue;
        }
        CONFLICT.check(changed, out);
        LEFT_OUT.check(changed, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::worst_in_new;

    #[test]
    fn patterns_compile() {
        assert!(CONFLICT.broken().is_empty());
        assert!(LEFT_OUT.broken().is_empty());
    }

    #[test]
    fn s10_conflict_markers_are_blocked() {
        let text = "a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> topic\n";
        assert_eq!(
            worst_in_new(RuleId::S10, "src/a.rs", text),
            Some(Severity::Block)
        );
        let heading = "Title\n=======\n\n>>> print(1)\n>>>>>> quoted\n";
        assert_eq!(worst_in_new(RuleId::S10, "docs/a.rst", heading), None);
    }

    #[test]
    fn s10_code_left_out_is_held() {
        for text in [
            "// ... existing code ...\n",
            "# ... rest of the file remains unchanged\n",
            "    // rest of the function unchanged\n",
            "debugger;\n",
            "    breakpoint()\n",
            "console.log('DEBUG', x)\n",
            "print(\"here\")\n",
        ] {
            assert_eq!(
                worst_in_new(RuleId::S10, "src/a.js", text),
                Some(Severity::Hold),
                "{text}"
            );
        }
        for text in [
            "// the existing entry is kept\n",
            "let debugger = attach();\n",
            "console.log('listening on', port)\n",
            "// other callers rely on the order\n",
        ] {
            assert_eq!(worst_in_new(RuleId::S10, "src/a.js", text), None, "{text}");
        }
    }
}
