//! `package-lock.json`, `Pipfile.lock`, `composer.lock`.

use serde_json::Value;

use super::Locked;
use crate::manifests::{at, entries, json};

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

pub(super) fn npm(source: &str) -> Result<Vec<Locked>, String> {
    let lock = json(source)?;
    if !lock.is_object() {
        return Err("it is not an object".to_owned());
    }
    let mut out = Vec::new();
    for (path, entry) in entries(&lock["packages"]) {
        // Folders of the project itself, and links to them.
        let Some((_, name)) = path.rsplit_once("node_modules/") else {
            continue;
        };
        if entry["link"] == Value::Bool(true) {
            continue;
        }
        let real = entry["name"].as_str().unwrap_or(name);
        out.push(npm_entry(real, entry));
    }
    // Version 1: nested tables of names.
    let mut waiting = vec![&lock["dependencies"]];
    while let Some(table) = waiting.pop() {
        for (name, entry) in entries(table) {
            if lock["packages"].is_null() {
                out.push(npm_entry(name, entry));
            }
            waiting.push(&entry["dependencies"]);
        }
    }
    Ok(out)
}

fn npm_entry(name: &str, entry: &Value) -> Locked {
    let resolved = text(entry, "resolved");
    let version = text(entry, "version");
    let integrity = text(entry, "integrity");
    let bundled = entry["inBundle"] == Value::Bool(true) || entry["bundled"] == Value::Bool(true);
    let foreign = |what: &str| what.starts_with("git") || what.starts_with("file:");
    // Version 1 has the address of what is not from the registry in place of its version.
    let elsewhere = [&resolved, &version]
        .into_iter()
        .find(|what| foreign(what))
        .cloned();
    let mut urls = Vec::new();
    if !resolved.is_empty() {
        urls.push(resolved.clone());
    }
    if version.contains("://") && elsewhere.is_none() {
        urls.push(version.clone());
    }
    Locked {
        name: name.to_owned(),
        wants_checksum: elsewhere.is_none() && !bundled && !resolved.is_empty(),
        version,
        urls,
        checksums: integrity
            .split_whitespace()
            .map(ToOwned::to_owned)
            .collect(),
        elsewhere,
    }
}

pub(super) fn pipfile(source: &str) -> Result<Vec<Locked>, String> {
    let lock = json(source)?;
    let sources: Vec<String> = at(&lock, &["_meta", "sources"])
        .as_array()
        .into_iter()
        .flatten()
        .map(|source| text(source, "url"))
        .collect();
    let mut out = vec![Locked {
        name: "the sources".to_owned(),
        urls: sources,
        ..Locked::default()
    }];
    for table in ["default", "develop"] {
        for (name, entry) in entries(&lock[table]) {
            let elsewhere = ["git", "file", "path"]
                .iter()
                .find_map(|key| entry[*key].as_str())
                .map(ToOwned::to_owned);
            out.push(Locked {
                name: name.clone(),
                version: text(entry, "version"),
                urls: Vec::new(),
                checksums: strings(&entry["hashes"]),
                wants_checksum: elsewhere.is_none(),
                elsewhere,
            });
        }
    }
    Ok(out)
}

pub(super) fn composer(source: &str) -> Result<Vec<Locked>, String> {
    let lock = json(source)?;
    let mut out = Vec::new();
    for table in ["packages", "packages-dev"] {
        for entry in lock[table].as_array().into_iter().flatten() {
            let urls = ["dist", "source"]
                .iter()
                .map(|part| text(&entry[*part], "url"))
                .filter(|url| !url.is_empty())
                .collect();
            let checksum = text(&entry["dist"], "shasum");
            let reference = text(&entry["dist"], "reference");
            out.push(Locked {
                name: text(entry, "name"),
                version: text(entry, "version"),
                urls,
                checksums: [checksum, reference]
                    .into_iter()
                    .filter(|c| !c.is_empty())
                    .collect(),
                wants_checksum: true,
                elsewhere: None,
            });
        }
    }
    Ok(out)
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(ToOwned::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_versions_of_npm_s_lock_are_read() {
        let new = r#"{"lockfileVersion":3,"packages":{"":{"name":"x"},"node_modules/a":{"version":"1.0.0","resolved":"https://registry.npmjs.org/a/-/a-1.0.0.tgz","integrity":"sha512-x"},"node_modules/b/node_modules/@s/c":{"version":"2.0.0","resolved":"git+ssh://git@github.com/s/c.git#1"},"node_modules/w":{"link":true,"resolved":"packages/w"}}}"#;
        let read = npm(new).expect("a lock");
        assert_eq!(read.len(), 2);
        let scoped = read.iter().find(|l| l.name == "@s/c").expect("@s/c");
        assert!(scoped.elsewhere.is_some() && !scoped.wants_checksum);
        let old = r#"{"dependencies":{"a":{"version":"1.0.0","resolved":"https://r/a.tgz","dependencies":{"b":{"version":"git+https://x/b#1"}}}}}"#;
        let read = npm(old).expect("a lock");
        assert_eq!(read.len(), 2);
        assert!(read[0].wants_checksum && read[0].checksums.is_empty());
        assert!(read[1].elsewhere.is_some());
        assert!(npm("[").is_err());
    }

    #[test]
    fn composer_and_pipenv_are_read() {
        let lock = r#"{"packages":[{"name":"a/b","version":"1","dist":{"url":"https://api.github.com/x","reference":"abc","shasum":""}}]}"#;
        let read = composer(lock).expect("a lock");
        assert_eq!(read[0].checksums, ["abc"]);
        let lock = r#"{"_meta":{"sources":[{"url":"https://pypi.org/simple"}]},"default":{"a":{"hashes":["sha256:1"],"version":"==1"}}}"#;
        assert_eq!(pipfile(lock).expect("a lock").len(), 2);
    }
}
