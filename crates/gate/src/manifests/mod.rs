//! Package manifests, parsed: what they depend on and which keys they have.

mod gemfile;
mod go_mod;
mod npm;
mod python;
mod requirements;
mod tables;

use serde_json::Value;

pub(crate) use npm::TABLES as NPM_TABLES;

use crate::kind;

/// Whose packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Ecosystem {
    Npm,
    Cargo,
    Python,
    Composer,
    Go,
    Ruby,
    Other,
}

/// A manifest that is parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    PackageJson,
    CargoToml,
    Pyproject,
    Pipfile,
    Requirements,
    ComposerJson,
    GoMod,
    Gemfile,
}

/// Where a dependency comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The ecosystem's registry, or a workspace.
    Registry,
    /// A git repository, a URL, or another registry.
    Elsewhere(String),
    /// A folder, relative to the manifest.
    Folder(String),
    /// Another package under this name.
    Alias(String),
}

/// One dependency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// The version range as written.
    pub(crate) range: String,
    pub(crate) origin: Origin,
}

/// A parsed manifest.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Manifest {
    pub(crate) dependencies: Vec<Dependency>,
    /// Its keys, for what compares them; `Null` for line-based formats.
    pub(crate) keys: Value,
    /// Package indexes and sources that it names itself.
    pub(crate) sources: Vec<String>,
}

impl Format {
    /// By a folded path.
    pub(crate) fn of(folded: &str) -> Option<Self> {
        let name = kind::name(folded);
        Some(match name {
            "package.json" => Self::PackageJson,
            "cargo.toml" => Self::CargoToml,
            "pyproject.toml" => Self::Pyproject,
            "pipfile" => Self::Pipfile,
            "composer.json" => Self::ComposerJson,
            "go.mod" => Self::GoMod,
            "gemfile" => Self::Gemfile,
            _ => {
                let listed = name.starts_with("requirements") || name.starts_with("constraints");
                let in_folder = folded.contains("requirements/");
                if (listed || in_folder) && matches!(kind::extension(name), "txt" | "in") {
                    Self::Requirements
                } else {
                    return None;
                }
            }
        })
    }

    pub(crate) const fn ecosystem(self) -> Ecosystem {
        match self {
            Self::PackageJson => Ecosystem::Npm,
            Self::CargoToml => Ecosystem::Cargo,
            Self::Pyproject | Self::Pipfile | Self::Requirements => Ecosystem::Python,
            Self::ComposerJson => Ecosystem::Composer,
            Self::GoMod => Ecosystem::Go,
            Self::Gemfile => Ecosystem::Ruby,
        }
    }

    /// Reads a manifest.
    ///
    /// # Errors
    /// It is not in its format; the words say where.
    pub(crate) fn parse(self, text: &str) -> Result<Manifest, String> {
        match self {
            Self::PackageJson => npm::parse(&json(text)?),
            Self::ComposerJson => Ok(tables::composer(json(text)?)),
            Self::CargoToml => Ok(tables::cargo(toml(text)?)),
            Self::Pipfile => Ok(tables::pipfile(toml(text)?)),
            Self::Pyproject => Ok(python::parse(toml(text)?)),
            Self::Requirements => Ok(requirements::parse(text)),
            Self::GoMod => Ok(go_mod::parse(text)),
            Self::Gemfile => Ok(gemfile::parse(text)),
        }
    }
}

/// The ecosystem of a manifest that is known by name only, or parsed.
pub(crate) fn ecosystem(folded: &str) -> Option<Ecosystem> {
    if let Some(format) = Format::of(folded) {
        return Some(format.ecosystem());
    }
    let name = kind::name(folded);
    match name {
        "setup.py" | "setup.cfg" | "environment.yml" | "environment.yaml" => {
            Some(Ecosystem::Python)
        }
        "gems.rb" => Some(Ecosystem::Ruby),
        "pom.xml"
        | "build.gradle"
        | "build.gradle.kts"
        | "libs.versions.toml"
        | "build.sbt"
        | "package.swift"
        | "podfile"
        | "pubspec.yaml"
        | "mix.exs"
        | "rebar.config"
        | "deno.json"
        | "deno.jsonc"
        | "conanfile.txt"
        | "conanfile.py"
        | "vcpkg.json"
        | "packages.config"
        | "directory.packages.props"
        | "flake.nix"
        | "build.zig.zon"
        | "stack.yaml"
        | "deps.edn" => Some(Ecosystem::Other),
        _ => match kind::extension(name) {
            "gemspec" => Some(Ecosystem::Ruby),
            "csproj" | "fsproj" | "cabal" | "podspec" => Some(Ecosystem::Other),
            _ => None,
        },
    }
}

/// JSON, without a byte order mark.
pub(crate) fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| error.to_string())
}

/// TOML, as the same kind of value.
pub(crate) fn toml(text: &str) -> Result<Value, String> {
    toml::from_str(text).map_err(|error| error.message().to_owned())
}

/// A value at a path of keys; `Null` where there is none.
pub(crate) fn at<'a>(value: &'a Value, keys: &[&str]) -> &'a Value {
    keys.iter()
        .try_fold(value, |value, key| value.get(key))
        .unwrap_or(&Value::Null)
}

/// The entries of an object; none for anything else.
pub(crate) fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_are_known_by_name() {
        assert_eq!(Format::of("a/cargo.toml"), Some(Format::CargoToml));
        assert_eq!(
            Format::of("requirements-dev.txt"),
            Some(Format::Requirements)
        );
        assert_eq!(
            Format::of("requirements/base.txt"),
            Some(Format::Requirements)
        );
        assert_eq!(Format::of("docs/requirements.md"), None);
        assert_eq!(ecosystem("x.gemspec"), Some(Ecosystem::Ruby));
        assert_eq!(ecosystem("src/package.rs"), None);
    }

    #[test]
    fn what_is_no_manifest_is_an_error() {
        assert!(Format::PackageJson.parse("{").is_err());
        assert!(Format::PackageJson.parse("[]").is_err());
        assert!(Format::CargoToml.parse("[a").is_err());
    }
}
