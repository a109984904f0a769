//! `Cargo.lock`, `poetry.lock`, `uv.lock`, `pdm.lock`.

use serde_json::Value;

use super::Locked;
use crate::manifests::{entries, toml};

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

pub(super) fn cargo(source: &str) -> Result<Vec<Locked>, String> {
    let lock = toml(source)?;
    let packages = lock["package"].as_array().into_iter().flatten();
    Ok(packages
        .map(|package| {
            let source = text(package, "source");
            let registry = source.starts_with("registry+") || source.starts_with("sparse+");
            let url = source.split_once('+').map_or("", |(_, url)| url);
            // crates.io's index has lived on GitHub under this very address.
            let old_index = url == "https://github.com/rust-lang/crates.io-index";
            Locked {
                name: text(package, "name"),
                version: text(package, "version"),
                urls: if registry && !old_index {
                    vec![url.to_owned()]
                } else {
                    Vec::new()
                },
                checksums: Some(text(package, "checksum"))
                    .into_iter()
                    .filter(|checksum| !checksum.is_empty())
                    .collect(),
                wants_checksum: registry,
                elsewhere: (!registry && !source.is_empty()).then_some(source),
            }
        })
        .collect())
}

pub(super) fn python(source: &str) -> Result<Vec<Locked>, String> {
    let lock = toml(source)?;
    let packages = lock["package"].as_array().into_iter().flatten();
    let apart = &lock["metadata"]["files"];
    Ok(packages
        .map(|package| {
            let name = text(package, "name");
            let source = &package["source"];
            let mut out = Locked {
                version: text(package, "version"),
                wants_checksum: true,
                ..Locked::default()
            };
            let wheels = package["wheels"].as_array().into_iter().flatten();
            let files = package["files"].as_array().into_iter().flatten();
            let old = apart[name.as_str()].as_array().into_iter().flatten();
            for file in wheels.chain(files).chain(old).chain([&package["sdist"]]) {
                if let Some(url) = file["url"].as_str() {
                    out.urls.push(url.to_owned());
                }
                if let Some(hash) = file["hash"].as_str() {
                    out.checksums.push(hash.to_owned());
                } else if file.is_object() {
                    out.checksums.push("none".to_owned());
                }
            }
            for (kind, place) in entries(source) {
                let place = place.as_str().unwrap_or_default().to_owned();
                match kind.as_str() {
                    // uv: the project itself and its workspace.
                    "virtual" | "editable" | "directory" if place == "." => {
                        out.wants_checksum = false;
                    }
                    "registry" => out.urls.push(place),
                    "git" | "path" | "directory" | "editable" | "virtual" => {
                        out.elsewhere = Some(format!("{kind} {place}"));
                    }
                    // Poetry: `type`, `url`, `reference`.
                    "url" => out.urls.push(place),
                    "type" if place != "legacy" => out.elsewhere = Some(place),
                    _ => {}
                }
            }
            out.wants_checksum &= out.elsewhere.is_none();
            out.name = name;
            out
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_s_lock_is_read() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"00\"\n[[package]]\nname = \"b\"\nversion = \"1.0.0\"\nsource = \"git+https://x/b?rev=1#2\"\n[[package]]\nname = \"me\"\nversion = \"0.1.0\"\n";
        let read = cargo(lock).expect("a lock");
        assert!(read[0].urls.is_empty() && read[0].wants_checksum);
        assert!(read[1].elsewhere.is_some());
        assert!(read[2].elsewhere.is_none() && !read[2].wants_checksum);
    }

    #[test]
    fn python_s_locks_are_read() {
        let uv = "[[package]]\nname = \"a\"\nversion = \"1\"\nsource = { registry = \"https://pypi.org/simple\" }\nsdist = { url = \"https://files.pythonhosted.org/a\", hash = \"sha256:1\" }\n[[package]]\nname = \"me\"\nversion = \"0\"\nsource = { editable = \".\" }\n[[package]]\nname = \"g\"\nversion = \"0\"\nsource = { git = \"https://x/g\" }\n";
        let read = python(uv).expect("a lock");
        assert_eq!(read[0].urls.len(), 2);
        assert_eq!(read[0].checksums, ["sha256:1"]);
        assert!(!read[1].wants_checksum && read[1].elsewhere.is_none());
        assert!(read[2].elsewhere.is_some());
        let poetry = "[[package]]\nname = \"a\"\nversion = \"1\"\nfiles = [{file = \"a.whl\", hash = \"sha256:1\"}]\n";
        assert_eq!(python(poetry).expect("a lock")[0].checksums, ["sha256:1"]);
    }
}
