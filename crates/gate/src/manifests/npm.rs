//! `package.json`.

use serde_json::Value;

use super::{Dependency, Manifest, Origin, entries};

/// The tables of dependencies.
pub(crate) const TABLES: [&str; 4] = [
    "dependencies",
    "devDependencies",
    "peerDependencies",
    "optionalDependencies",
];

pub(super) fn parse(value: &Value) -> Result<Manifest, String> {
    if !value.is_object() {
        return Err("it is not an object".to_owned());
    }
    let dependencies = TABLES
        .iter()
        .flat_map(|table| entries(&value[*table]))
        .map(|(name, range)| {
            let range = range.as_str().unwrap_or_default().trim().to_owned();
            Dependency {
                name: name.clone(),
                origin: origin(&range),
                range,
            }
        })
        .collect();
    Ok(Manifest {
        dependencies,
        keys: value.clone(),
        sources: Vec::new(),
    })
}

/// What a specifier means (npm's package-arg).
fn origin(range: &str) -> Origin {
    let lower = range.to_ascii_lowercase();
    if let Some(other) = lower.strip_prefix("npm:") {
        let name = match other.rfind('@') {
            Some(at) if at > 0 => &other[..at],
            _ => other,
        };
        return Origin::Alias(name.to_owned());
    }
    if ["workspace:", "catalog:"]
        .iter()
        .any(|local| lower.starts_with(local))
    {
        return Origin::Registry;
    }
    for folder in ["file:", "link:", "portal:"] {
        if let Some(path) = range
            .get(..folder.len())
            .filter(|p| p.eq_ignore_ascii_case(folder))
        {
            return Origin::Folder(range[path.len()..].to_owned());
        }
    }
    if range.starts_with(['.', '~']) && range.contains('/') {
        return Origin::Folder(range.to_owned());
    }
    if lower.contains(':') || lower.contains('/') {
        return Origin::Elsewhere(range.to_owned());
    }
    Origin::Registry
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifiers_are_read() {
        for (range, expected) in [
            ("^1.2.3", Origin::Registry),
            ("workspace:*", Origin::Registry),
            ("npm:other@1", Origin::Alias("other".into())),
            ("npm:@a/b@1", Origin::Alias("@a/b".into())),
            ("file:../x", Origin::Folder("../x".into())),
            ("../x", Origin::Folder("../x".into())),
            ("git+ssh://a/b", Origin::Elsewhere("git+ssh://a/b".into())),
            ("user/repo", Origin::Elsewhere("user/repo".into())),
            (
                "https://a/b.tgz",
                Origin::Elsewhere("https://a/b.tgz".into()),
            ),
            ("github:a/b", Origin::Elsewhere("github:a/b".into())),
        ] {
            assert_eq!(origin(range), expected, "{range}");
        }
    }
}
