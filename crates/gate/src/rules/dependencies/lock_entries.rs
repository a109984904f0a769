//! D3, in lock files: from where each new or changed entry is fetched, and with which checksum.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::case::{Case, Changed};
use crate::finding::{Findings, Severity};
use crate::locks::{self, Format, Locked};
use crate::manifests::Ecosystem;
use crate::rules::RuleId;
use crate::shown;

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    for changed in &case.changed {
        let Some(format) = Format::of(&changed.folded).filter(|_| !changed.is_gone()) else {
            continue;
        };
        let read = changed
            .new_text()
            .ok_or_else(|| "it is no text file".to_owned())
            .and_then(|text| format.parse(text));
        let new = match read {
            Ok(new) => new,
            Err(error) => {
                out.at(
                    RuleId::D3,
                    Severity::Block,
                    changed.path,
                    format!("cannot be parsed: {}", shown::text(&error, 120)),
                );
                continue;
            }
        };
        let old = changed
            .old_text()
            .and_then(|text| format.parse(text).ok())
            .unwrap_or_default();
        Comparison::new(case, changed, format, &old).check(&new, out);
    }
}

struct Comparison<'a> {
    case: &'a Case<'a>,
    changed: &'a Changed<'a>,
    format: Format,
    same: HashSet<(&'a str, &'a str, Vec<&'a str>, Vec<&'a str>)>,
    sums: HashMap<(&'a str, &'a str), BTreeSet<&'a str>>,
    hosts: HashSet<String>,
}

/// What an entry is compared by.
fn key(entry: &Locked) -> (&str, &str, Vec<&str>, Vec<&str>) {
    (
        &entry.name,
        &entry.version,
        entry.urls.iter().map(String::as_str).collect(),
        entry.checksums.iter().map(String::as_str).collect(),
    )
}

impl<'a> Comparison<'a> {
    fn new(
        case: &'a Case<'a>,
        changed: &'a Changed<'a>,
        format: Format,
        old: &'a [Locked],
    ) -> Self {
        let mut sums: HashMap<_, BTreeSet<&str>> = HashMap::new();
        for entry in old {
            sums.entry((entry.name.as_str(), entry.version.as_str()))
                .or_default()
                .extend(entry.checksums.iter().map(String::as_str));
        }
        Self {
            case,
            changed,
            format,
            same: old.iter().map(key).collect(),
            sums,
            hosts: old
                .iter()
                .flat_map(|entry| &entry.urls)
                .filter_map(|url| locks::host(url))
                .collect(),
        }
    }

    fn check(&self, new: &[Locked], out: &mut Findings) {
        for entry in new {
            if self.same.contains(&key(entry)) {
                continue;
            }
            for fault in self.faults(entry) {
                out.at(
                    RuleId::D3,
                    Severity::Block,
                    self.changed.path,
                    format!(
                        "{} {}: {fault}",
                        shown::text(&entry.name, 60),
                        shown::text(&entry.version, 30)
                    ),
                );
            }
        }
    }

    fn faults(&self, entry: &Locked) -> Vec<String> {
        let mut faults = Vec::new();
        if let Some(place) = &entry.elsewhere {
            faults.push(format!(
                "comes from no registry: {}",
                shown::text(place, 80)
            ));
        }
        for url in &entry.urls {
            faults.extend(self.address_fault(url));
        }
        if self.format == Format::NpmLock || self.format == Format::YarnLock {
            faults.extend(other_package(entry));
        }
        if let Some(before) = self
            .sums
            .get(&(entry.name.as_str(), entry.version.as_str()))
        {
            let now: BTreeSet<&str> = entry.checksums.iter().map(String::as_str).collect();
            if !before.is_empty() && now.is_empty() {
                faults.push("its checksum is gone".to_owned());
            } else if !before.is_empty() && before.is_disjoint(&now) {
                faults.push("another checksum for the same version".to_owned());
            } else if strength(before) > strength(&now) {
                faults.push("a weaker checksum than before".to_owned());
            }
        } else if entry.wants_checksum && entry.checksums.is_empty() {
            faults.push("has no checksum".to_owned());
        }
        faults
    }

    fn address_fault(&self, url: &str) -> Option<String> {
        let shown = shown::text(url, 80);
        let Some(host) = locks::host(url) else {
            // Yarn and npm write paths of the registry without a host nowhere.
            return (!url.is_empty()).then(|| format!("an address without a host: {shown}"));
        };
        if url.starts_with("http://") {
            return Some(format!("fetched without encryption: {shown}"));
        }
        // Packagist's archives lie where the code lies.
        let code = self.format == Format::ComposerLock
            && matches!(
                host.as_str(),
                "api.github.com" | "github.com" | "gitlab.com"
            );
        // A mirror that this lock names already is the project's own choice.
        let known = self.hosts.contains(&host);
        (!code && !known && !self.case.may_be_registry(&host))
            .then(|| format!("a host that is no registry: {shown}"))
    }
}

/// npm's addresses name the package: another name there is another package.
fn other_package(entry: &Locked) -> Option<String> {
    let url = entry.urls.first()?;
    let host = locks::host(url)?;
    if !matches!(host.as_str(), "registry.npmjs.org" | "registry.yarnpkg.com") {
        return None;
    }
    let path = url.split_once("://")?.1.split_once('/')?.1;
    let named = path
        .split("/-/")
        .next()?
        .replace("%2f", "/")
        .replace("%2F", "/");
    (!named.eq_ignore_ascii_case(&entry.name)).then(|| {
        format!(
            "its address is that of the package `{}`",
            shown::text(&named, 60)
        )
    })
}

fn strength(sums: &BTreeSet<&str>) -> u8 {
    sums.iter()
        .map(|sum| match sum.split(['-', ':']).next() {
            Some("sha512") => 3,
            Some("sha384" | "sha256" | "h1") => 2,
            Some("sha1" | "md5") => 0,
            _ => 1,
        })
        .max()
        .unwrap_or(0)
}

/// Whether a lock file resolves to packages that the base's did not have; for D4.
pub(super) fn new_names(changed: &Changed<'_>) -> Vec<(Ecosystem, Locked)> {
    let Some(format) = Format::of(&changed.folded) else {
        return Vec::new();
    };
    let read = |text: Option<&str>| {
        text.and_then(|text| format.parse(text).ok())
            .unwrap_or_default()
    };
    let old: HashSet<String> = read(changed.old_text())
        .into_iter()
        .map(|entry| entry.name)
        .collect();
    read(changed.new_text())
        .into_iter()
        .filter(|entry| !old.contains(&entry.name))
        .map(|entry| (locks::ecosystem(&changed.folded), entry))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::found;

    fn npm(entry: &str) -> String {
        format!(r#"{{"packages":{{"node_modules/a":{{{entry}}}}}}}"#)
    }

    const GOOD: &str = r#""version":"1.0.0","resolved":"https://registry.npmjs.org/a/-/a-1.0.0.tgz","integrity":"sha512-x""#;

    fn messages(old: &str, new: &str) -> Vec<String> {
        let (old, new) = (npm(old), npm(new));
        found(
            RuleId::D3,
            &[("package-lock.json", &old)],
            &[("package-lock.json", &new)],
        )
        .into_iter()
        .map(|finding| finding.message)
        .collect()
    }

    #[test]
    fn d3_swapped_entries_are_blocked() {
        for (new, word) in [
            (
                GOOD.replace("registry.npmjs.org", "registry.npmjs.org.evil.example"),
                "no registry",
            ),
            (GOOD.replace("https:", "http:"), "without encryption"),
            (GOOD.replace("sha512-x", "sha512-y"), "another checksum"),
            (GOOD.replace("sha512-x", ""), "checksum is gone"),
            (GOOD.replace("/a/-/a-", "/evil/-/evil-"), "package `evil`"),
            (
                r#""version":"1.0.1","resolved":"https://registry.npmjs.org/a/-/a-1.0.1.tgz""#
                    .to_owned(),
                "no checksum",
            ),
            (
                r#""version":"1.0.0","resolved":"git+ssh://git@github.com/x/a.git#1""#.to_owned(),
                "comes from no registry",
            ),
        ] {
            let said = messages(GOOD, &new);
            assert!(said.iter().any(|m| m.contains(word)), "{word}: {said:?}");
        }
    }

    #[test]
    fn d3_an_ordinary_update_passes() {
        let new = GOOD
            .replace("1.0.0", "1.1.0")
            .replace("sha512-x", "sha512-z");
        assert_eq!(messages(GOOD, &new), Vec::<String>::new());
    }

    #[test]
    fn d3_cargo_s_lock_is_watched_too() {
        let base = "[[package]]\nname='a'\nversion='1.0.0'\nsource='registry+https://github.com/rust-lang/crates.io-index'\nchecksum='00'\n";
        let count =
            |new: &str| found(RuleId::D3, &[("Cargo.lock", base)], &[("Cargo.lock", new)]).len();
        assert_eq!(count(&base.replace("'00'", "'01'")), 1);
        assert_eq!(count(&base.replace("checksum='00'\n", "")), 1);
        assert_eq!(count("[[package]\n"), 1);
        assert_eq!(
            count(&base.replace("1.0.0", "1.0.1").replace("'00'", "'01'")),
            0
        );
    }
}
