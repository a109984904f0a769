//! C1: keys and tokens by their form, and values that look like one.

use std::sync::LazyLock;

use regex::Regex;

use super::entropy;
use crate::case::Changed;
use crate::finding::{Findings, Severity};
use crate::kind::{self, Kind};
use crate::patterns::{Pattern, Table, Where};
use crate::rules::RuleId;

static FORMS: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        RuleId::C1,
        Severity::Block,
        true,
        &[
            Pattern {
                place: Where::All,
                what: "a private key",
                pattern: r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----",
            },
            Pattern {
                place: Where::All,
                what: "an AWS key",
                pattern: r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b",
            },
            Pattern {
                place: Where::All,
                what: "a GitHub token",
                pattern: r"\bgh[pousr]_[A-Za-z0-9]{36}|\bgithub_pat_[A-Za-z0-9_]{50}",
            },
            Pattern {
                place: Where::All,
                what: "a GitLab token",
                pattern: r"\bgl(?:pat|ptt|dt|rt|cbt|ft|soat)-[A-Za-z0-9_-]{20}",
            },
            Pattern {
                place: Where::All,
                what: "a Slack token or webhook",
                pattern: r"\bxox[abeoprs]-[A-Za-z0-9-]{10}|\bxapp-\d-[A-Z0-9]{8}|hooks\.slack\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]{16}",
            },
            Pattern {
                place: Where::All,
                what: "a Stripe key",
                pattern: r"\b[rs]k_live_[A-Za-z0-9]{16}|\bwhsec_[A-Za-z0-9]{24}",
            },
            Pattern {
                place: Where::All,
                what: "a Google key",
                pattern: r"\bAIza[A-Za-z0-9_-]{35}|\bya29\.[A-Za-z0-9_-]{30}|\bGOCSPX-[A-Za-z0-9_-]{20}",
            },
            Pattern {
                place: Where::All,
                what: "a key of a model provider",
                pattern: r"\bsk-(?:ant-|proj-|or-v1-|svcacct-)[A-Za-z0-9_-]{20}|\bsk-[A-Za-z0-9]{40}|\bgsk_[A-Za-z0-9]{40}|\bxai-[A-Za-z0-9]{40}|\bhf_[A-Za-z]{30}|\br8_[A-Za-z0-9]{30}|\bpplx-[a-zA-Z0-9]{40}",
            },
            Pattern {
                place: Where::All,
                what: "a package registry's token",
                pattern: r"\bnpm_[A-Za-z0-9]{36}|\bpypi-AgE[A-Za-z0-9_-]{40}|\bcio[A-Za-z0-9]{32}\b|\brubygems_[a-f0-9]{40}|\bdckr_pat_[A-Za-z0-9_-]{20}",
            },
            Pattern {
                place: Where::All,
                what: "a token of a chat",
                pattern: r"\b[0-9]{8,10}:AA[A-Za-z0-9_-]{33}|\b[MNO][A-Za-z0-9_-]{23,25}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27}|discord(?:app)?\.com/api/webhooks/[0-9]{10}",
            },
            Pattern {
                place: Where::All,
                what: "a key of a mail or message service",
                pattern: r"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}|\bSK[0-9a-f]{32}\b|\bkey-[0-9a-f]{32}\b|\b[0-9a-f]{32}-us[0-9]{1,2}\b",
            },
            Pattern {
                place: Where::All,
                what: "a cloud key",
                pattern: r"AccountKey=[A-Za-z0-9+/]{40}|\bdo[opr]_v1_[a-f0-9]{64}|\bhvs\.[A-Za-z0-9_-]{24}|\bAGE-SECRET-KEY-1[A-Z0-9]{20}|\bLTAI[A-Za-z0-9]{16}|\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}|\blin_api_[A-Za-z0-9]{30}|\bntn_[A-Za-z0-9]{40}|\bsntrys_[A-Za-z0-9]{40}|\bdapi[a-f0-9]{32}",
            },
        ],
    )
});

/// `"private_key": "…"`, `password = '…'`, `TOKEN=…`: group 1 the name, 2 the value.
static CALLED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"(?i)\b([\w-]*(?:passw(?:or)?d|passwd|pwd|secret|token|api[_-]?key|apikey|access[_-]?key|auth[_-]?key|"#,
        r#"private[_-]?key|client[_-]?secret|credential|encryption[_-]?key|signing[_-]?key)[\w-]*)["']?\s*"#,
        r#"(?::=|=>|[:=]|:\s*(?:&'static )?(?:str|string|String)\s*=)\s*(?:[bru]{0,2}|String::from\(|&)["'`]([^"'`\s]{6,200})["'`]"#
    ))
    .ok()
});

/// `scheme://user:password@host`: group 1 the password.
static IN_ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"\b[a-z][a-z0-9+]{2,20}://[^\s:/@"'`]{1,60}:([^\s/@"'`]{3,120})@[\w.\[-]"#).ok()
});

pub(super) fn check(changed: &Changed<'_>, out: &mut Findings) {
    FORMS.check(changed, out);
    if changed.kind == Kind::Lock {
        return;
    }
    let Some(added) = &changed.added else { return };
    let lenient = changed.in_tests || changed.kind == Kind::Docs;
    if let Some(called) = CALLED.as_ref() {
        for found in called.captures_iter(&added.text) {
            let (Some(whole), Some(value)) = (found.get(0), found.get(2)) else {
                continue;
            };
            if is_placeholder(value.as_str()) {
                continue;
            }
            let random = entropy::is_random(value.as_str());
            if random || (!lenient && looks_chosen(value.as_str())) {
                let severity = if random && !lenient {
                    Severity::Block
                } else {
                    Severity::Hold
                };
                let name = found.get(1).map_or("", |m| m.as_str());
                out.line(
                    RuleId::C1,
                    severity,
                    changed.path,
                    added.number(whole.start()),
                    format!(
                        "a value for `{}` is written into the file",
                        crate::shown::text(name, 40)
                    ),
                );
            }
        }
    }
    if let Some(address) = IN_ADDRESS.as_ref() {
        for found in address.captures_iter(&added.text) {
            let Some(password) = found.get(1) else {
                continue;
            };
            if !is_placeholder(password.as_str()) {
                out.line(
                    RuleId::C1,
                    if lenient || !entropy::is_random(password.as_str()) {
                        Severity::Hold
                    } else {
                        Severity::Block
                    },
                    changed.path,
                    added.number(password.start()),
                    "an address with a password in it",
                );
            }
        }
    }
    if !lenient && kind::is_code(&changed.folded) {
        for (at, _) in entropy::random_words(&added.text) {
            out.line(
                RuleId::C1,
                Severity::Hold,
                changed.path,
                added.number(at),
                "a long value that looks random",
            );
        }
    }
}

/// What stands where a value would be.
fn is_placeholder(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let words = [
        "example",
        "placeholder",
        "changeme",
        "change-me",
        "change_me",
        "your",
        "xxxx",
        "dummy",
        "fake",
        "redacted",
        "test",
        "sample",
        "insert",
        "todo",
        "none",
        "null",
        "undefined",
        "secret",
        "password",
        "****",
        "....",
        "mock",
        "foobar",
        "invalid",
        "token",
        "abc123",
        "1234",
    ];
    words.iter().any(|word| lower.contains(word))
        || value.starts_with(['$', '<', '{', '%', '/', '.', '@'])
        || value.contains("${")
        || value.contains("{{")
        || value.contains("{}")
        || value.chars().all(|c| c == value.chars().next().unwrap_or(c))
        // A name of something, not a value: `process.env.X`, `user_name`, `--flag`.
        || value.contains("env.")
        || value.starts_with("--")
}

/// A password as people choose it: letters with digits or signs, no plain word or sentence.
fn looks_chosen(value: &str) -> bool {
    let digit = value.bytes().any(|b| b.is_ascii_digit());
    let letter = value.bytes().any(|b| b.is_ascii_alphabetic());
    let path = value.contains('/') || value.contains("::");
    digit && letter && !path && value.len() >= 8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::worst_in_new;

    #[test]
    fn patterns_compile() {
        assert!(FORMS.broken().is_empty());
        assert!(CALLED.is_some() && IN_ADDRESS.is_some());
    }

    #[test]
    fn c1_keys_are_blocked() {
        let letters = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hJ5k";
        for text in [
            format!("key = 'ghp_{}'\n", &letters[..36]),
            "k = 'AKIAQ3EGTYSP4UVKIO5Z'\n".to_owned(),
            "-----BEGIN OPENSSH PRIVATE KEY-----\n".to_owned(),
            format!("bot = '123456789:AA{}'\n", &letters[..33]),
            format!("password = \"{}\"\n", &letters[..24]),
            format!(
                "url = 'postgres://admin:{}@db.internal/x'\n",
                &letters[..20]
            ),
            format!("// sk-ant-api03-{}\n", &letters[..30]),
        ] {
            assert_eq!(
                worst_in_new(RuleId::C1, "src/a.py", &text),
                Some(Severity::Block),
                "{text}"
            );
        }
    }

    #[test]
    fn c1_chosen_passwords_are_held_and_placeholders_pass() {
        assert_eq!(
            worst_in_new(RuleId::C1, "src/a.py", "DB_PASSWORD = 'Tr0ub4dor'\n"),
            Some(Severity::Hold)
        );
        for text in [
            "password = os.environ['DB_PASSWORD']\n",
            "token = 'your-token-here'\n",
            "api_key: '${API_KEY}'\n",
            "let token = parser.next_token();\n",
            "url = 'postgres://user:password@localhost/x'\n",
            "passwordLabel = 'Password'\n",
            "const SECRET_PATH: &str = \"vault/data/app1\";\n",
            "sha = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'\n",
        ] {
            assert_eq!(worst_in_new(RuleId::C1, "src/a.py", text), None, "{text}");
        }
        let test = "assert login('ann', password='Tr0ub4dor')\n";
        assert_eq!(worst_in_new(RuleId::C1, "tests/test_a.py", test), None);
    }
}
