//! `pyproject.toml`: the standard tables, Poetry, uv, PDM, and requirement strings (PEP 508).

use serde_json::Value;

use super::{Dependency, Manifest, Origin, at, entries, tables};

pub(super) fn parse(keys: Value) -> Manifest {
    let mut dependencies = Vec::new();
    let project = at(&keys, &["project"]);
    let listed = [
        at(project, &["dependencies"]),
        at(&keys, &["build-system", "requires"]),
    ];
    let grouped = [
        at(project, &["optional-dependencies"]),
        at(&keys, &["dependency-groups"]),
        at(&keys, &["tool", "pdm", "dev-dependencies"]),
    ];
    let lists = listed
        .into_iter()
        .chain(grouped.into_iter().flat_map(|g| entries(g).map(|(_, v)| v)))
        .chain([at(&keys, &["tool", "uv", "dev-dependencies"])]);
    for requirement in lists.filter_map(Value::as_array).flatten() {
        dependencies.extend(requirement.as_str().and_then(self::requirement));
    }
    let poetry = at(&keys, &["tool", "poetry"]);
    let groups = entries(at(poetry, &["group"])).map(|(_, group)| at(group, &["dependencies"]));
    for table in [
        at(poetry, &["dependencies"]),
        at(poetry, &["dev-dependencies"]),
    ]
    .into_iter()
    .chain(groups)
    {
        dependencies.extend(
            entries(table)
                .filter(|(name, _)| *name != "python")
                .map(|(name, spec)| tables::python_table(name, spec)),
        );
    }
    for (name, spec) in entries(at(&keys, &["tool", "uv", "sources"])) {
        let source = tables::python_table(name, spec);
        if source.origin != Origin::Registry {
            dependencies.push(source);
        }
    }
    let mut sources = Vec::new();
    for list in [
        at(poetry, &["source"]),
        at(&keys, &["tool", "uv", "index"]),
        at(&keys, &["tool", "pdm", "source"]),
    ] {
        sources.extend(
            list.as_array()
                .into_iter()
                .flatten()
                .filter_map(|source| source.get("url")?.as_str())
                .map(ToOwned::to_owned),
        );
    }
    for key in ["index-url", "extra-index-url", "find-links"] {
        let value = at(&keys, &["tool", "uv", key]);
        if !value.is_null() {
            sources.push(
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), ToOwned::to_owned),
            );
        }
    }
    Manifest {
        dependencies,
        keys,
        sources,
    }
}

/// `name[extra] >= 1 ; marker` or `name @ https://…` (PEP 508).
pub(super) fn requirement(text: &str) -> Option<Dependency> {
    let text = text.trim();
    let end = text
        .find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c)))
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let rest = rest.trim_start();
    let rest = match rest.strip_prefix('[') {
        Some(extras) => extras.split_once(']').map_or("", |(_, rest)| rest),
        None => rest,
    }
    .trim();
    let rest = rest.split([';', '#']).next().unwrap_or_default().trim();
    let origin = match rest.strip_prefix('@') {
        Some(url) => Origin::Elsewhere(url.trim().to_owned()),
        None => Origin::Registry,
    };
    Some(Dependency {
        name: name.to_owned(),
        range: rest.to_owned(),
        origin,
    })
}

#[cfg(test)]
mod tests {
    use super::super::Format;
    use super::*;

    #[test]
    fn requirement_strings_are_read() {
        let read = |text: &str| requirement(text).expect("a requirement");
        assert_eq!(read("a[b]>=1; python_version<'3'").range, ">=1");
        assert_eq!(
            read("a @ git+https://x/a").origin,
            Origin::Elsewhere("git+https://x/a".into())
        );
        assert_eq!(requirement("-e ."), None);
    }

    #[test]
    fn all_tables_are_read() {
        let text = "[project]\ndependencies = [\"a\"]\n[project.optional-dependencies]\nx = [\"b\"]\n[dependency-groups]\ndev = [\"c\", {include-group = \"x\"}]\n[tool.poetry.dependencies]\npython = \"3\"\nd = {git = \"https://x/d\"}\n[[tool.uv.index]]\nurl = \"https://evil/simple\"\n";
        let read = Format::Pyproject.parse(text).expect("a manifest");
        let names: Vec<_> = read.dependencies.iter().map(|d| d.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c", "d"]);
        assert_eq!(read.sources, ["https://evil/simple"]);
    }
}
