//! C1: the beginning of a key: what is cut in pieces to pass a search for the whole form.

use std::sync::LazyLock;

use regex::Regex;

use crate::case::Changed;
use crate::finding::{Findings, Severity};
use crate::kind::{self, Kind};
use crate::rules::RuleId;

/// Group 1: what follows a prefix that means nothing else.
static PLAIN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"["'`](?:AIza|gh[pousr]_|github_pat_|glpat-|AKIA|ASIA|xox[abeoprs]-|[rs]k_live_|whsec_|GOCSPX-|ya29\.|"#,
        r#"dckr_pat_|do[opr]_v1_|shp(?:at|ca|pa|ss)_|hvs\.|AGE-SECRET-KEY-1|sk-(?:ant|proj|or-v1|svcacct)-)([A-Za-z0-9_-]{8,})"#
    ))
    .ok()
});

/// Group 1: what follows a prefix with which ordinary names begin, too.
static SHARED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"["'`](?:sk-|npm_|hf_|gsk_|xai-|pypi-|SG\.|r8_|pplx-)([A-Za-z0-9_-]{10,})"#).ok()
});

/// A prefix alone that something is appended to.
static CUT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"["'`](?:AIza|gh[pousr]_|github_pat_|glpat-|AKIA|ASIA|xox[abeoprs]-|[rs]k_live_|sk-ant-|sk-proj-)\w{0,7}["'`]\s*(?:\+|\.\s*(?:concat|["'$])|,\s*["'`]\w{6,})"#).ok()
});

pub(super) fn check(changed: &Changed<'_>, out: &mut Findings) {
    let Some(added) = &changed.added else { return };
    if changed.kind == Kind::Lock || added.text.is_empty() {
        return;
    }
    let text = &*added.text;
    let plain = PLAIN.iter().flat_map(|form| form.captures_iter(text));
    let plain = plain
        .filter_map(|found| found.get(1))
        .filter(|tail| !is_filler(tail.as_str()));
    let shared = SHARED.iter().flat_map(|form| form.captures_iter(text));
    let shared = shared
        .filter_map(|found| found.get(1))
        .filter(|tail| !is_filler(tail.as_str()) && is_mixed(tail.as_str()));
    let places = plain.chain(shared).map(|tail| tail.start());
    let cut = CUT
        .iter()
        .flat_map(|form| form.find_iter(text))
        .map(|found| found.start());
    let shipped = !changed.in_tests && kind::is_code(&changed.folded);
    for at in places.chain(cut.filter(|_| shipped)) {
        out.line(
            RuleId::C1,
            Severity::Hold,
            changed.path,
            added.number(at),
            "a literal that begins like a key or token",
        );
    }
}

/// What stands where a key would be: one character again and again, or the word itself.
fn is_filler(tail: &str) -> bool {
    let bytes = tail.as_bytes();
    let lower = tail.to_ascii_lowercase();
    bytes
        .windows(4)
        .any(|four| four.iter().all(|byte| *byte == four[0]))
        || ["example", "placeholder", "your", "redacted"]
            .iter()
            .any(|word| lower.contains(word))
}

/// Digits among letters of both cases, or among few letters: no word of a language.
fn is_mixed(tail: &str) -> bool {
    let digits = tail.bytes().filter(u8::is_ascii_digit).count();
    let upper = tail.bytes().any(|byte| byte.is_ascii_uppercase());
    let lower = tail.bytes().any(|byte| byte.is_ascii_lowercase());
    digits > 0 && (upper && lower || digits * 4 >= tail.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::content::held;

    #[test]
    fn patterns_compile() {
        assert!(PLAIN.is_some() && SHARED.is_some() && CUT.is_some());
    }

    #[test]
    fn c1_the_beginning_of_a_key_is_held() {
        for (path, text) in [
            ("src/a.js", "const a = 'AIzaSyD9Kq2Wm';\n"),
            ("src/a.py", "a = \"ghp_aB3dE5gH7jK9\"\n"),
            ("src/a.py", "a = 'AKIAQ3EGTYSP'\n"),
            ("src/a.ts", "const a = `xoxb-2718281828`;\n"),
            ("tests/a.py", "a = 'sk-aB3dE5gH7jK9mN1p'\n"),
            ("src/a.js", "const k = 'ghp_' + rest;\n"),
            ("src/a.js", "const k = ['AKIA', 'Q3EGTYSP4UVK'].join('');\n"),
        ] {
            assert!(held(RuleId::C1, path, text), "{path}: {text}");
        }
    }

    #[test]
    fn c1_names_and_fillers_that_begin_like_keys_pass() {
        for (path, text) in [
            ("src/a.py", "if token.startswith('ghp_'):\n"),
            ("src/a.js", "const css = 'sk-button-container';\n"),
            ("src/a.js", "const css = 'sk-column-2-of-3-wide';\n"),
            ("src/a.js", "env['npm_lifecycle_event']\n"),
            ("docs/a.md", "Set `ghp_xxxxxxxxxxxx` there.\n"),
            (
                "src/a.rs",
                "const PREFIXES: [&str; 2] = [\"ghp_\", \"AKIA\"];\n",
            ),
        ] {
            assert!(!held(RuleId::C1, path, text), "{path}: {text}");
        }
    }
}
