//! C4: processes that Python starts; without a question only where one takes the place of a shell.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::case::Changed;
use crate::finding::{Findings, Severity};
use crate::kind;
use crate::patterns::{Pattern, Table, Where, is_comment};
use crate::rules::RuleId;

static PROCESSES: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        RuleId::C4,
        Severity::Hold,
        false,
        &[Pattern {
            place: Where::Only(&["py", "pyi", "ipynb"]),
            what: "a process",
            pattern: r"\bsubprocess\.(?:run|Popen|call|check_call|check_output)\s*\(",
        }],
    )
});

/// A command for a shell: group 1 the program.
static SHELL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"\bsubprocess\.\w+\s*\(\s*[rf]?["']([\w./-]+)[^\n]*\bshell\s*=\s*True\b"#).ok()
});

/// A list that begins with a text, as arguments do: group 1 the text.
static LIST: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"[\[(]\s*[rfb]?["']([^"'\n]*)["']"#).ok());

pub(super) fn check(changed: &Changed<'_>, out: &mut Findings) {
    if !is_narrowed(changed) {
        PROCESSES.check(changed, out);
    }
}

/// Whether each process that is started stands for a shell that is gone, and runs its very program.
fn is_narrowed(changed: &Changed<'_>) -> bool {
    let (Some(added), Some(shell), Some(list)) = (&changed.added, SHELL.as_ref(), LIST.as_ref())
    else {
        return false;
    };
    let marks = kind::comment_marks(&changed.folded);
    let gone: Vec<&str> = added
        .removed
        .iter()
        .filter(|line| !is_comment(line, marks))
        .filter_map(|line| shell.captures(line)?.get(1))
        .map(|program| program.as_str())
        .collect();
    let programs: HashSet<&str> = gone.iter().copied().collect();
    let mut lists = list
        .captures_iter(&added.text)
        .filter_map(|found| found.get(1))
        .peekable();
    PROCESSES.count(added.lines().map(|(_, line)| line), marks) <= gone.len()
        && !added.text.contains("shell")
        && !added.text.contains("executable")
        && lists.peek().is_some()
        && lists.all(|first| programs.contains(first.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::worst_in_change;

    #[test]
    fn patterns_compile() {
        assert_eq!(PROCESSES.broken(), Vec::<&str>::new());
        assert!(SHELL.is_some() && LIST.is_some());
    }

    #[test]
    fn c4_a_list_in_place_of_a_shell_passes_and_any_other_process_is_held() {
        let old = "out = subprocess.check_output(\"ffprobe \" + path, shell=True)\n";
        for (new, worst) in [
            (
                "out = subprocess.check_output([\"ffprobe\", \"--\", path])\n",
                None,
            ),
            ("cmd = ['ffprobe', path]\nout = subprocess.run(cmd)\n", None),
            (
                "out = subprocess.run([\"curl\", path])\n",
                Some(Severity::Hold),
            ),
            ("out = subprocess.run(path)\n", Some(Severity::Hold)),
            (
                "out = subprocess.run([\"ffprobe\", path], shell=True)\n",
                Some(Severity::Hold),
            ),
            (
                "out = subprocess.run([\"ffprobe\", path])\nsubprocess.run(x)\n",
                Some(Severity::Hold),
            ),
        ] {
            assert_eq!(
                worst_in_change(RuleId::C4, "a.py", old, new),
                worst,
                "{new}"
            );
        }
        let plain = "out = subprocess.run([\"ls\"])\n";
        let other = "out = subprocess.run([\"curl\"])\n";
        assert_eq!(
            worst_in_change(RuleId::C4, "a.py", plain, other),
            Some(Severity::Hold)
        );
    }
}
