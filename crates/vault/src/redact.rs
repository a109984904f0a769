//! Last line of defence for texts that leave: other people's words never carry our secrets.

/// What stands where a secret stood.
const MARK: &str = "[redacted]";

/// Prefixes of things that are secrets whoever said them: JWTs and GitHub's token formats.
const PREFIXES: [&str; 8] = [
    "eyJ",
    "gho_",
    "ghu_",
    "ghp_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "Bearer ",
];

/// Makes foreign text fit to be shown: known secrets and anything that looks like one removed,
/// control and invisible characters replaced, cut at 300 characters.
pub(crate) fn clean(text: &str, secrets: &[&str]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, MARK);
    }
    let mut clean = String::new();
    let mut rest = text.as_str();
    'next: while let Some(first) = rest.chars().next() {
        for prefix in PREFIXES {
            if let Some(tail) = rest.strip_prefix(prefix) {
                clean.push_str(MARK);
                rest = tail.trim_start_matches(|c: char| {
                    c.is_ascii_alphanumeric() || "._-~+/=".contains(c)
                });
                continue 'next;
            }
        }
        let invisible = first.is_control()
            || matches!(first, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}');
        clean.push(if invisible { ' ' } else { first });
        rest = &rest[first.len_utf8()..];
    }
    if clean.chars().count() > 300 {
        clean = clean.chars().take(299).chain(['…']).collect();
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn secrets_go_and_words_stay() {
        assert_eq!(
            clean("bad secret hunter2!", &["hunter2"]),
            "bad secret [redacted]!"
        );
        assert_eq!(
            clean("jwt eyJhbGci.eyJz.sig-_x expired", &[]),
            "jwt [redacted] expired"
        );
        assert_eq!(clean("gho_abc,ghu_1 x", &[]), "[redacted],[redacted] x");
        assert_eq!(clean("a\u{202e}b\nc", &[]), "a b c");
        assert_eq!(clean("x", &[""]), "x");
    }

    #[test]
    fn long_texts_are_cut() {
        let said = clean(&"ä".repeat(5000), &[]);
        assert_eq!(said.chars().count(), 300);
        assert!(said.ends_with('…'));
    }
}
