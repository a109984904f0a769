//! `Cargo.toml`, `Pipfile` and `composer.json`: tables of names.

use serde_json::Value;

use super::{Dependency, Manifest, Origin, at, entries};

pub(super) fn cargo(keys: Value) -> Manifest {
    let kinds = ["dependencies", "dev-dependencies", "build-dependencies"];
    let workspace = at(&keys, &["workspace"]);
    let targets = entries(at(&keys, &["target"])).map(|(_, target)| target);
    let dependencies = [&keys, workspace]
        .into_iter()
        .chain(targets)
        .flat_map(|table| kinds.map(|kind| at(table, &[kind])))
        .flat_map(entries)
        .map(|(name, spec)| cargo_dependency(name, spec))
        .collect();
    Manifest {
        dependencies,
        keys,
        sources: Vec::new(),
    }
}

fn cargo_dependency(name: &str, spec: &Value) -> Dependency {
    let text = |key: &str| spec.get(key).and_then(Value::as_str);
    let origin = if let Some(git) = text("git") {
        Origin::Elsewhere(git.to_owned())
    } else if let Some(registry) = text("registry").or_else(|| text("registry-index")) {
        Origin::Elsewhere(format!("registry {registry}"))
    } else if let Some(path) = text("path") {
        Origin::Folder(path.to_owned())
    } else if let Some(package) = text("package").filter(|package| *package != name) {
        Origin::Alias(package.to_owned())
    } else {
        Origin::Registry
    };
    Dependency {
        name: name.to_owned(),
        range: spec
            .as_str()
            .or_else(|| text("version"))
            .unwrap_or_default()
            .to_owned(),
        origin,
    }
}

pub(super) fn pipfile(keys: Value) -> Manifest {
    let dependencies = entries(&keys)
        .filter(|(table, _)| {
            !matches!(table.as_str(), "source" | "requires" | "scripts" | "pipenv")
        })
        .flat_map(|(_, table)| entries(table))
        .map(|(name, spec)| python_table(name, spec))
        .collect();
    let sources = at(&keys, &["source"])
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|source| source.get("url")?.as_str())
        .map(ToOwned::to_owned)
        .collect();
    Manifest {
        dependencies,
        keys,
        sources,
    }
}

/// `name = "1"` or `name = { git = "…" }`, as Poetry and Pipenv write it.
pub(super) fn python_table(name: &str, spec: &Value) -> Dependency {
    let text = |key: &str| spec.get(key).and_then(Value::as_str);
    let origin = if let Some(elsewhere) = ["git", "url", "hg", "svn", "source", "index"]
        .into_iter()
        .find_map(text)
    {
        Origin::Elsewhere(elsewhere.to_owned())
    } else if let Some(path) = text("path").or_else(|| text("file")) {
        Origin::Folder(path.to_owned())
    } else {
        Origin::Registry
    };
    Dependency {
        name: name.to_owned(),
        range: spec
            .as_str()
            .or_else(|| text("version"))
            .unwrap_or_default()
            .to_owned(),
        origin,
    }
}

pub(super) fn composer(keys: Value) -> Manifest {
    let dependencies = ["require", "require-dev"]
        .iter()
        .flat_map(|table| entries(at(&keys, &[table])))
        // `php` and `ext-…` are the platform.
        .filter(|(name, _)| name.contains('/'))
        .map(|(name, range)| Dependency {
            name: name.clone(),
            range: range.as_str().unwrap_or_default().to_owned(),
            origin: Origin::Registry,
        })
        .collect();
    let repositories = at(&keys, &["repositories"]);
    let listed = repositories.as_array().into_iter().flatten();
    let named = entries(repositories).map(|(_, repository)| repository);
    let sources = listed
        .chain(named)
        .filter(|repository| !repository.is_boolean())
        .map(|repository| {
            repository
                .get("url")
                .and_then(Value::as_str)
                .map_or_else(|| repository.to_string(), ToOwned::to_owned)
        })
        .collect();
    Manifest {
        dependencies,
        keys,
        sources,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::*;

    #[test]
    fn cargo_s_tables_are_read() {
        let text = "[dependencies]\na = \"1\"\nb = { git = \"https://x/b\" }\n[target.'cfg(unix)'.dependencies]\nc = { path = \"../c\" }\n[workspace.dependencies]\nd = { version = \"2\", package = \"e\" }\n";
        let read = Format::CargoToml.parse(text).expect("a manifest");
        let origin = |name: &str| {
            read.dependencies
                .iter()
                .find(|d| d.name == name)
                .map(|d| d.origin.clone())
        };
        assert_eq!(origin("a"), Some(Origin::Registry));
        assert_eq!(origin("b"), Some(Origin::Elsewhere("https://x/b".into())));
        assert_eq!(origin("c"), Some(Origin::Folder("../c".into())));
        assert_eq!(origin("d"), Some(Origin::Alias("e".into())));
    }

    #[test]
    fn composer_s_repositories_are_sources() {
        let text = r#"{"require":{"php":">=8","a/b":"^1"},"repositories":[{"type":"vcs","url":"https://x"}]}"#;
        let read = Format::ComposerJson.parse(text).expect("a manifest");
        assert_eq!(read.dependencies.len(), 1);
        assert_eq!(read.sources, ["https://x"]);
    }
}
