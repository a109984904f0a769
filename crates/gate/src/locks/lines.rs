//! `yarn.lock`, `pnpm-lock.yaml`, `go.sum`, `Gemfile.lock`: read line by line, as they are written by
//! their tools.

use super::Locked;

/// Version 1 (`resolved "…"`, `integrity …`) and Berry (`resolution: "…"`, `checksum: …`).
pub(super) fn yarn(text: &str) -> Vec<Locked> {
    let mut out: Vec<Locked> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if !line.starts_with(' ') {
            let key = line.trim_end_matches(':');
            open = !key.starts_with("__metadata");
            if open {
                let first = key
                    .split(',')
                    .next()
                    .unwrap_or_default()
                    .trim()
                    .trim_matches('"');
                out.push(Locked {
                    name: name_of(first).to_owned(),
                    ..Locked::default()
                });
            }
            continue;
        }
        let Some(entry) = out.last_mut().filter(|_| open) else {
            continue;
        };
        // Deeper lines are the entry's own dependencies.
        if line.starts_with("   ") {
            continue;
        }
        let (key, value) = line
            .trim()
            .split_once([' ', ':'])
            .map_or((line.trim(), ""), |(key, value)| {
                (key, value.trim_start_matches(':').trim().trim_matches('"'))
            });
        match key {
            "version" => value.clone_into(&mut entry.version),
            "integrity" => entry.checksums.push(value.to_owned()),
            "checksum" => entry.checksums.push(format!("yarn {value}")),
            "resolved" => {
                let (url, sum) = value.split_once('#').unwrap_or((value, ""));
                entry.urls.push(url.to_owned());
                entry.wants_checksum = true;
                if !sum.is_empty() && entry.checksums.is_empty() {
                    entry.checksums.push(format!("sha1-{sum}"));
                }
                if url.starts_with("git") || url.starts_with("file:") {
                    entry.elsewhere = Some(url.to_owned());
                }
            }
            "resolution" => {
                let (name, how) = split_descriptor(value);
                name.clone_into(&mut entry.name);
                let foreign = ["git", "http", "file:", "ssh", "exec:", "patch:"];
                // Yarn patches some packages itself, without any address.
                let own = how.starts_with("patch:") && how.contains("builtin<");
                if !own && foreign.iter().any(|kind| how.starts_with(kind)) {
                    entry.elsewhere = Some(how.to_owned());
                } else {
                    entry.wants_checksum = how.starts_with("npm:");
                }
                // An address hidden in the locator: `npm:1.0.0::__archiveUrl=https%3A%2F%2F…`.
                if let Some((_, address)) = how.split_once("__archiveUrl=") {
                    entry
                        .urls
                        .push(address.replace("%3A", ":").replace("%2F", "/"));
                }
            }
            _ => {}
        }
    }
    out
}

/// `@s/name@^1` → `@s/name`.
fn name_of(descriptor: &str) -> &str {
    split_descriptor(descriptor).0
}

fn split_descriptor(descriptor: &str) -> (&str, &str) {
    let from = usize::from(descriptor.starts_with('@'));
    match descriptor[from..].find('@') {
        Some(at) => (&descriptor[..from + at], &descriptor[from + at + 1..]),
        None => (descriptor, ""),
    }
}

/// `packages:` with one key a package and `resolution: {integrity: …}`.
pub(super) fn pnpm(text: &str) -> Vec<Locked> {
    let mut out: Vec<Locked> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if !line.starts_with(' ') && !line.trim().is_empty() {
            inside = line.trim_end() == "packages:";
            continue;
        }
        if !inside {
            continue;
        }
        let key = line
            .strip_prefix("  ")
            .filter(|rest| !rest.starts_with(' '))
            .and_then(|rest| rest.trim_end().strip_suffix(':'));
        if let Some(key) = key {
            let key = key.trim_matches(['\'', '"']).trim_start_matches('/');
            let (name, version) = split_descriptor(key);
            out.push(Locked {
                name: name.to_owned(),
                version: version.to_owned(),
                elsewhere: foreign(version).then(|| version.to_owned()),
                ..Locked::default()
            });
            continue;
        }
        let Some(entry) = out.last_mut() else {
            continue;
        };
        let line = line.trim();
        if line.starts_with("resolution:") {
            entry.wants_checksum = !line.contains("type: directory");
        }
        for (key, list) in [
            ("integrity: ", true),
            ("tarball: ", false),
            ("repo: ", false),
        ] {
            let Some((_, rest)) = line.split_once(key) else {
                continue;
            };
            let value = rest
                .split([',', '}', ' '])
                .next()
                .unwrap_or_default()
                .trim_matches(['\'', '"']);
            if list {
                entry.checksums.push(value.to_owned());
            } else {
                entry.urls.push(value.to_owned());
                if key == "repo: " || foreign(value) {
                    entry.elsewhere = Some(value.to_owned());
                }
            }
        }
    }
    out
}

fn foreign(what: &str) -> bool {
    what.starts_with("git") || what.starts_with("file:") || what.starts_with("link:")
}

/// `module version[/go.mod] h1:…`
pub(super) fn go_sum(text: &str) -> Vec<Locked> {
    text.lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let (name, version) = (words.next()?, words.next()?);
            Some(Locked {
                name: name.to_owned(),
                version: version.to_owned(),
                checksums: words.map(ToOwned::to_owned).collect(),
                wants_checksum: true,
                ..Locked::default()
            })
        })
        .collect()
}

/// Sections with `remote:` and `specs:`.
pub(super) fn gemfile(text: &str) -> Vec<Locked> {
    let mut out = Vec::new();
    let mut section = "";
    let mut remote = String::new();
    for line in text.lines() {
        if !line.starts_with(' ') {
            section = line.trim();
            remote.clear();
            continue;
        }
        let words = line.trim();
        if let Some(url) = words.strip_prefix("remote: ") {
            url.clone_into(&mut remote);
            continue;
        }
        let spec = line.starts_with("    ") && !line.starts_with("     ");
        if !spec || !matches!(section, "GEM" | "GIT" | "PATH") {
            continue;
        }
        let (name, version) = words.split_once(" (").unwrap_or((words, ""));
        out.push(Locked {
            name: name.to_owned(),
            version: version.trim_end_matches(')').to_owned(),
            urls: if section == "GEM" {
                vec![remote.clone()]
            } else {
                Vec::new()
            },
            elsewhere: (section == "GIT").then(|| remote.clone()),
            ..Locked::default()
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_yarn_lock_are_read() {
        let old = "# yarn lockfile v1\n\n\"@s/a@^1.0.0\", \"@s/a@^1.1.0\":\n  version \"1.1.0\"\n  resolved \"https://registry.yarnpkg.com/@s/a/-/a-1.1.0.tgz#abc\"\n  integrity sha512-x\n  dependencies:\n    b \"1\"\n";
        let read = yarn(old);
        assert_eq!(read.len(), 1);
        assert_eq!(
            (read[0].name.as_str(), read[0].version.as_str()),
            ("@s/a", "1.1.0")
        );
        assert_eq!(read[0].checksums, ["sha1-abc", "sha512-x"]);
        let new = "__metadata:\n  version: 8\n\n\"a@npm:^1\":\n  version: 1.0.0\n  resolution: \"a@npm:1.0.0\"\n  checksum: 10/abc\n\n\"b@https://x/b.git\":\n  version: 1.0.0\n  resolution: \"b@https://x/b.git#commit=1\"\n";
        let read = yarn(new);
        assert_eq!(read.len(), 2);
        assert!(read[0].wants_checksum && read[0].elsewhere.is_none());
        assert!(read[1].elsewhere.is_some());
    }

    #[test]
    fn pnpm_go_and_bundler_are_read() {
        let lock = "lockfileVersion: '9.0'\n\npackages:\n\n  '@s/a@1.0.0':\n    resolution: {integrity: sha512-x, tarball: https://evil/a.tgz}\n\n  b@2.0.0:\n    resolution: {integrity: sha512-y}\n\nsnapshots:\n\n  b@2.0.0: {}\n";
        let read = pnpm(lock);
        assert_eq!(read.len(), 2);
        assert_eq!(read[0].urls, ["https://evil/a.tgz"]);
        assert_eq!(read[1].version, "2.0.0");
        assert_eq!(go_sum("a v1 h1:x=\na v1/go.mod h1:y=\n").len(), 2);
        let lock = "GIT\n  remote: https://x/y\n  specs:\n    y (1.0)\n\nGEM\n  remote: https://rubygems.org/\n  specs:\n    a (2.0)\n      b\n";
        let read = gemfile(lock);
        assert_eq!(read.len(), 2);
        assert!(read[0].elsewhere.is_some());
        assert_eq!(read[1].urls, ["https://rubygems.org/"]);
    }
}
