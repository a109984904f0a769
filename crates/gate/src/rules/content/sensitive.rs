//! C7, by path and by what is gone: security-relevant code.

use std::sync::LazyLock;

use regex::Regex;

use crate::case::{Case, Changed};
use crate::finding::{Findings, Severity};
use crate::kind::{self, Kind};
use crate::rules::RuleId;
use crate::shown;

/// Words of a path that say what the code guards.
const WORDS: [&str; 58] = [
    "auth",
    "authn",
    "authz",
    "authenticate",
    "authentication",
    "authenticator",
    "authorize",
    "authorization",
    "oauth",
    "oauth2",
    "oidc",
    "saml",
    "sso",
    "login",
    "signin",
    "logout",
    "session",
    "sessions",
    "jwt",
    "token",
    "tokens",
    "password",
    "passwords",
    "passwd",
    "credential",
    "credentials",
    "secret",
    "secrets",
    "vault",
    "keyring",
    "keystore",
    "crypto",
    "cryptography",
    "cipher",
    "encrypt",
    "encryption",
    "decrypt",
    "signature",
    "signing",
    "hmac",
    "tls",
    "ssl",
    "x509",
    "cert",
    "certs",
    "certificate",
    "acl",
    "rbac",
    "permission",
    "permissions",
    "privilege",
    "csrf",
    "cors",
    "sanitize",
    "sanitizer",
    "payment",
    "payments",
    "wallet",
];

/// Words of a path that parsers, games and databases use, too: their code must say a second one.
const SHARED: [&str; 5] = ["token", "tokens", "session", "sessions", "wallet"];

/// The second word: of accounts, keys, the web and money.
static SECOND: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)auth|jwt|oidc|bearer|cookie|log_?(?:in|out)|sign_?(?:in|out|ed|ature)|passw|secret|credential|",
        r"crypt|hmac|sha\d|uuid|nonce|random|https?\b|request|header|csrf|api_?key|\buser|account|role|permission|",
        r"address|bitcoin|ethereum|\beth\b|\bbtc\b|blockchain|transfer|private|payment|currency|iban|card"
    ))
    .ok()
});

/// Whether a word of a path means what it seems to.
fn is_meant(word: &str, changed: &Changed<'_>) -> bool {
    let says = |text: Option<&str>| {
        text.is_some_and(|text| SECOND.as_ref().is_none_or(|second| second.is_match(text)))
    };
    // Names without a text that can be read are taken at their word.
    let unread = changed.old_text().is_none() && changed.new_text().is_none();
    !SHARED.contains(&word) || unread || says(changed.old_text()) || says(changed.new_text())
}

/// What checks, escapes or limits; its loss is worth a question.
static GUARDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)\b(?:is_?)?auth(?:enticated|orized|orize|enticate)\b|\b(?:login|permission|auth|admin|role|staff)s?_?required\b|",
        r"\b(?:verify|validate|check|require|ensure|assert)_?\w*(?:auth|token|signature|permission|password|access|csrf|origin|owner|role|login|user|admin|cert|hmac|perm|input|path|scope|nonce)\w*\s*\(|",
        r"\b(?:has|is|can)_?(?:permission|perm|role|access|admin|owner|authorized|allowed|valid|trusted|safe|staff|superuser)\w*\b|",
        r"\b(?:sanitize|escape|encode_?uri|html_?escape|htmlspecialchars|bleach|dompurify|strip_?tags|quote|parameteri[sz]e)\w*\s*[.(]|",
        r"\brate_?limit|\bthrottle\b|\bcsrf|\bhelmet\b|\bconstant_?time|\bcompare_?digest|\btimingsafeequal|\bct_eq\b|",
        r"\bcanonicali[sz]e\b|\brealpath\b|\bis_?relative_to\b|\b(?:starts_?with|hasprefix)\b.*\b(?:root|base|dir|path)|\bhttponly\b|\bsamesite\b|\bsecure\s*[:=]\s*true|",
        r"#!\[(?:forbid|deny)\b|\bpermission_classes\b|\bauthentication_classes\b|@(?:PreAuthorize|Secured|RolesAllowed|Authorize|UseGuards)\b|\bbefore_action\b|",
        r"\bexpires?(?:_?(?:at|in))?\b|\bmax_?(?:size|len|length|bytes|attempts|retries|redirects)\b|\btimeout\b|\bzeroize\b|\bbcrypt|\bargon2|\bscrypt|\bpbkdf2"
    ))
    .ok()
});

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    for changed in &case.changed {
        let code = changed.kind == Kind::Source && kind::is_code(&changed.folded);
        if !code || changed.in_tests {
            continue;
        }
        if let Some(word) = path_word(&changed.name).filter(|word| is_meant(word, changed)) {
            out.at(
                RuleId::C7,
                Severity::Hold,
                changed.path,
                format!("security-relevant by its path (`{word}`)"),
            );
        }
        let (Some(added), Some(guards)) = (&changed.added, GUARDS.as_ref()) else {
            continue;
        };
        if changed.is_gone() {
            continue;
        }
        let marks = kind::comment_marks(&changed.folded);
        let words = |line: &str| -> Vec<String> {
            if crate::patterns::is_comment(line, marks) {
                return Vec::new();
            }
            guards
                .find_iter(line)
                .map(|found| found.as_str().to_ascii_lowercase())
                .collect()
        };
        let mut came: Vec<String> = added.lines().flat_map(|(_, line)| words(line)).collect();
        for line in &added.removed {
            // Each guard that is still there in another line is not gone.
            let lost = words(line).into_iter().find(|word| {
                match came.iter().position(|other| other == word) {
                    Some(at) => {
                        came.swap_remove(at);
                        false
                    }
                    None => true,
                }
            });
            if lost.is_some() {
                out.at(
                    RuleId::C7,
                    Severity::Hold,
                    changed.path,
                    format!("a check or a limit is gone: {}", shown::text(line, 100)),
                );
            }
        }
    }
}

/// `src/userAuth.ts` and `lib/password_hash.py` have one; `src/author.rs` has none.
fn path_word(path: &str) -> Option<&'static str> {
    let mut word = String::new();
    let mut before_lower = false;
    for c in path.chars().chain(['/']) {
        let boundary = !c.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && before_lower);
        if boundary {
            if let Some(known) = WORDS.iter().find(|known| **known == word) {
                return Some(known);
            }
            word.clear();
        }
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_lowercase());
        }
        before_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::{worst_in_change, worst_in_new};

    #[test]
    fn patterns_compile() {
        assert!(GUARDS.is_some() && SECOND.is_some());
    }

    #[test]
    fn c7_paths_that_guard_something_are_held() {
        for path in [
            "src/auth/mod.rs",
            "lib/userLogin.ts",
            "app/password_hash.py",
            "JwtFilter.java",
        ] {
            assert_eq!(
                worst_in_new(RuleId::C7, path, "x\n"),
                Some(Severity::Hold),
                "{path}"
            );
        }
        for path in [
            "src/author.rs",
            "src/tokenizer.py",
            "src/secretary.go",
            "docs/auth.md",
        ] {
            assert_eq!(worst_in_new(RuleId::C7, path, "x\n"), None, "{path}");
        }
    }

    #[test]
    fn c7_a_word_with_two_meanings_needs_a_second_one() {
        for (path, text, held) in [
            ("src/token.rs", "enum Token { Num(i64), Op(char) }\n", false),
            ("src/token.rs", "fn token(user: &User) -> String {}\n", true),
            ("game/wallet.js", "class Wallet { pay(coins) {} }\n", false),
            ("src/wallet.js", "send(address, amount)\n", true),
            ("src/session.py", "class Session: rows = []\n", false),
            ("src/session.py", "cookie = make()\n", true),
            ("src/auth/token.rs", "enum Token { Num(i64) }\n", true),
            ("src/jwt.rs", "x\n", true),
        ] {
            let worst = worst_in_new(RuleId::C7, path, text);
            assert_eq!(worst, held.then_some(Severity::Hold), "{path}: {text}");
        }
    }

    #[test]
    fn c7_a_guard_that_is_gone_is_held_and_one_that_moved_passes() {
        let old = "@login_required\ndef a(r):\n    check_permission(r)\n    return 1\n";
        for new in [
            "def a(r):\n    check_permission(r)\n    return 1\n",
            "@login_required\ndef a(r):\n    # check_permission(r)\n    return 1\n",
        ] {
            assert_eq!(
                worst_in_change(RuleId::C7, "src/a.py", old, new),
                Some(Severity::Hold),
                "{new}"
            );
        }
        let moved =
            "@login_required\ndef a(r):\n    if r:\n        check_permission(r)\n    return 2\n";
        assert_eq!(worst_in_change(RuleId::C7, "src/a.py", old, moved), None);
    }
}
