//! C4: code that does not want to be read.

use std::sync::LazyLock;

use regex::Regex;

use crate::case::Changed;
use crate::finding::{Findings, Severity};
use crate::kind;
use crate::patterns::{Pattern, Table, Where};
use crate::rules::RuleId;

static OBFUSCATION: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        RuleId::C4,
        Severity::Hold,
        false,
        &[
            Pattern {
                place: Where::Code,
                what: "decoded data in code",
                pattern: r"\b(?:b64decode|base64\.(?:b64|b32|b16|b85|a85|standard_b64|urlsafe_b64)decode|binascii\.(?:unhexlify|a2b_\w+)|bytes\.fromhex|codecs\.decode)\s*\(\s*(?:b?[\x22\x27])|\batob\s*\(\s*[\x22\x27`]|\bBuffer\.from\s*\(\s*[\x22\x27`][^\n]*[\x22\x27]\s*,\s*[\x22\x27](?:base64|hex)|\bBase64\.(?:getDecoder\(\)\.decode|decode64|strict_decode64|decode)\s*\(\s*[\x22\x27]|\bbase64_decode\s*\(|\bgzinflate\s*\(|\bstr_rot13\s*\(|\bDecodeString\s*\(\s*[\x22`]|\bFromBase64String\s*\(",
            },
            Pattern {
                place: Where::Code,
                what: "text made of numbers",
                pattern: r"\bString\.fromCharCode\s*\(|\bfromCodePoint\s*\([^\n]*,[^\n]*,|(?:chr\s*\(\s*\d+\s*\)\s*[+.]\s*){3}|\bmap\s*\(\s*chr\s*,|\bchr\(\w+\)\s+for\s+\w+\s+in\b|(?:\\x[0-9a-fA-F]{2}){8}|(?:\\u00[0-9a-fA-F]{2}){6}|(?:\\[0-7]{3}){8}|(?:\b0x[0-9a-fA-F]{2}\s*,\s*){24}|(?:\b\d{2,3}\s*,\s*){40}",
            },
            Pattern {
                place: Where::Code,
                what: "names put together",
                pattern: r"\bgetattr\s*\(\s*(?:__builtins__|builtins|os|sys|subprocess|__import__)\b|\b(?:globals|locals|vars)\s*\(\s*\)\s*\[|__builtins__|__subclasses__|__globals__|\b(?:window|globalThis|global|process|self|this)\s*\[\s*[\x22\x27`][^\n\x22\x27]*[\x22\x27`]\s*\+|\[\s*(?:[\x22\x27]\w{1,6}[\x22\x27]\s*\+\s*){1,}[\x22\x27]\w{1,6}[\x22\x27]\s*\]|\b_0x[0-9a-f]{4}",
            },
            Pattern {
                place: Where::Code,
                what: "text turned round",
                pattern: r"\[::-1\]\s*\)|\.split\s*\(\s*[\x22\x27]{2}\s*\)\s*\.reverse\s*\(\s*\)\s*\.join|\bstrrev\s*\(|\.chars\(\)\.rev\(\)\.collect::<String>\(\)\s*(?:\)|;)\s*//",
            },
            Pattern {
                place: Where::Shipped,
                what: "something on a date or by chance",
                pattern: r"(?i)(?:datetime\.(?:now|utcnow|today)\(\)|date\.today\(\)|Date\.now\(\)|new Date\(\)|time\.time\(\)|time\.Now\(\)|Utc::now\(\)|SystemTime::now\(\))[^\n]*(?:>=?|\.after|\.After)\s*(?:datetime\(\s*20|date\(\s*20|new Date\(|\d{10}|[\x22\x27]20\d\d)|(?:Math\.random\(\)|random\.random\(\)|rand::random[^\n]*)\s*[<>]=?\s*0?\.\d",
            },
        ],
    )
});

static DECODED: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        RuleId::C4,
        Severity::Hold,
        false,
        &[Pattern {
            place: Where::Shipped,
            what: "decoded data",
            pattern: r"\b(?:b64decode|unhexlify)\s*\(|\batob\s*\(|\b(?:zlib|lzma|bz2|gzip)\.decompress\s*\(\s*(?:base64|b64|bytes|binascii)|[\x22\x27]rot_?13[\x22\x27]",
        }],
    )
});

/// What makes code of data.
static RUN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\b(?:eval|exec|execfile|compile|Function|loads?|__import__|system|popen|subprocess|run|spawn|Popen|import_module|setTimeout|setInterval|require|marshal|pickle|types)\b").ok()
});

/// Whether the file decoded as often before, and nothing in its new lines may run what comes of it.
fn decoded_before(changed: &Changed<'_>) -> bool {
    let Some(added) = &changed.added else {
        return false;
    };
    let marks = kind::comment_marks(&changed.folded);
    let now = DECODED.count(added.lines().map(|(_, line)| line), marks);
    let runs = RUN.as_ref().is_none_or(|run| run.is_match(&added.text));
    !runs && now <= DECODED.count(added.removed.iter().copied(), marks)
}

pub(super) fn check(changed: &Changed<'_>, out: &mut Findings) {
    OBFUSCATION.check(changed, out);
    if !decoded_before(changed) {
        DECODED.check(changed, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::worst_in_change;
    use crate::rules::content::held;

    #[test]
    fn patterns_compile() {
        assert_eq!(OBFUSCATION.broken(), Vec::<&str>::new());
        assert_eq!(DECODED.broken(), Vec::<&str>::new());
        assert!(RUN.is_some());
    }

    #[test]
    fn c4_obfuscation_is_held() {
        for (path, text) in [
            (
                "src/a.py",
                r#"exec_(base64.b64decode("aGk="))
"#,
            ),
            (
                "src/a.js",
                r"const s = String.fromCharCode(104, 105)
",
            ),
            (
                "src/a.py",
                r"x = '\x68\x65\x6c\x6c\x6f\x21\x21\x21'
",
            ),
            (
                "src/a.py",
                r#"getattr(os, "sys" + "tem")("id")
"#,
            ),
            (
                "src/a.js",
                r#"process["e" + "nv"]
"#,
            ),
            (
                "src/a.js",
                r#""hs".split("").reverse().join("")
"#,
            ),
            (
                "src/a.py",
                r"if datetime.now() > datetime(2027, 1, 1):
",
            ),
            (
                "src/a.js",
                r"if (Math.random() < 0.01) { fail() }
",
            ),
        ] {
            assert!(held(RuleId::C4, path, text), "{path}: {text}");
        }
    }

    #[test]
    fn c4_data_decoded_as_before_passes_until_it_may_run() {
        let old = "def f(x):\n    return b64decode(x).decode()\n";
        for (new, worst) in [
            ("def f(x):\n    return b64decode(x + '=').decode()\n", None),
            (
                "def f(x):\n    return run(b64decode(x))\n",
                Some(Severity::Hold),
            ),
            (
                "def f(x):\n    return b64decode(x)\ny = b64decode(z)\n",
                Some(Severity::Hold),
            ),
            (
                "def f(x):\n    return b64decode('aGk=')\n",
                Some(Severity::Hold),
            ),
        ] {
            assert_eq!(
                worst_in_change(RuleId::C4, "src/a.py", old, new),
                worst,
                "{new}"
            );
        }
    }

    #[test]
    fn c4_ordinary_text_handling_passes() {
        for (path, text) in [
            (
                "src/a.py",
                r"base64.b64encode(x)
",
            ),
            (
                "src/a.js",
                r#""a,b".split(",").join(";")
"#,
            ),
            (
                "src/a.py",
                r"ESC = '\x1b[0m'
",
            ),
            (
                "src/a.py",
                r"getattr(self, name)
",
            ),
            (
                "src/a.js",
                r#"obj["key"]
"#,
            ),
            (
                "src/a.py",
                r"items[::-1]
",
            ),
            (
                "src/a.py",
                r"deadline = datetime.now() + delta
",
            ),
        ] {
            assert!(!held(RuleId::C4, path, text), "{path}: {text}");
        }
    }
}
