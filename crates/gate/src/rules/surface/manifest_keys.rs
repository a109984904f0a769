//! X4: keys of manifests that make somebody's machine run code, compared key by key.

use serde_json::Value;

use super::package_json_scripts;
use crate::case::{Case, Changed};
use crate::finding::{Findings, Severity};
use crate::kind;
use crate::manifests::{self, Format, entries};
use crate::rules::RuleId;
use crate::shown;

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    for changed in &case.changed {
        if kind::extension(&changed.folded) == "gemspec" {
            gemspec(changed, out);
        }
        let Some(format) = Format::of(&changed.folded).filter(|_| !changed.is_gone()) else {
            continue;
        };
        let parsed = changed
            .new_text()
            .ok_or_else(|| "it is no text file".to_owned())
            .and_then(|text| format.parse(text));
        let manifest = match parsed {
            Ok(manifest) => manifest,
            Err(error) => {
                // A fixture may be broken on purpose.
                let severity = if changed.in_tests {
                    Severity::Hold
                } else {
                    Severity::Block
                };
                out.at(
                    RuleId::X4,
                    severity,
                    changed.path,
                    format!("cannot be parsed: {}", shown::text(&error, 120)),
                );
                continue;
            }
        };
        let old = changed
            .old_text()
            .and_then(|text| format.parse(text).ok())
            .map(|manifest| manifest.keys)
            .unwrap_or_default();
        let is_new = old.is_null();
        for key in changed_keys(&old, &manifest.keys, format) {
            if let Some(severity) = weigh(format, &key, is_new) {
                out.at(
                    RuleId::X4,
                    severity,
                    changed.path,
                    format!("`{}` is changed", shown::text(&key, 80)),
                );
            }
        }
        if format == Format::PackageJson {
            package_json_scripts::check(changed, &old, &manifest.keys, out);
        }
    }
}

/// Keys whose values differ, with the tables of [`is_table`] opened: `tool.poetry.scripts`.
fn changed_keys(old: &Value, new: &Value, format: Format) -> Vec<String> {
    let mut out = Vec::new();
    let mut waiting = vec![(String::new(), old, new)];
    while let Some((prefix, old, new)) = waiting.pop() {
        let mut names: Vec<&String> = entries(old).chain(entries(new)).map(|(k, _)| k).collect();
        names.sort();
        names.dedup();
        for name in names {
            let (a, b) = (&old[name.as_str()], &new[name.as_str()]);
            if a == b {
                continue;
            }
            let key = if prefix.is_empty() {
                name.clone()
            } else {
                format!("{prefix}.{name}")
            };
            if is_table(format, &key) && (a.is_object() || b.is_object()) {
                waiting.push((key, a, b));
            } else {
                out.push(key);
            }
        }
    }
    out.sort();
    out
}

fn is_table(format: Format, key: &str) -> bool {
    match format {
        Format::CargoToml => {
            matches!(key, "package" | "workspace" | "lib" | "target")
                || (key.starts_with("target.") && !key.contains("dependencies"))
        }
        Format::Pyproject => matches!(
            key,
            "project" | "tool" | "tool.poetry" | "tool.hatch" | "tool.pdm" | "tool.uv"
        ),
        Format::ComposerJson => key == "autoload",
        _ => false,
    }
}

/// What a changed key weighs; `None` for what only describes, or what the D rules look at.
fn weigh(format: Format, key: &str, is_new: bool) -> Option<Severity> {
    use Severity::{Block, Hold};
    let last = key.rsplit('.').next().unwrap_or_default();
    let describes = matches!(
        last,
        "description"
            | "keywords"
            | "version"
            | "author"
            | "authors"
            | "homepage"
            | "repository"
            | "bugs"
            | "categories"
            | "documentation"
            | "readme"
            | "contributors"
            | "classifiers"
            | "urls"
    );
    let first_words = matches!(
        last,
        "name"
            | "private"
            | "type"
            | "license"
            | "edition"
            | "module"
            | "go"
            | "publish"
            | "requires-python"
    );
    let block = match format {
        Format::PackageJson => matches!(
            key,
            "bin"
                | "overrides"
                | "resolutions"
                | "packageManager"
                | "gypfile"
                | "publishConfig"
                | "pnpm"
                | "bundledDependencies"
                | "bundleDependencies"
                | "trustedDependencies"
                | "allowScripts"
                | "dependenciesMeta"
                | "husky"
                | "simple-git-hooks"
                | "lint-staged"
                | "directories"
                | "devEngines"
                | "funding"
                | "lavamoat"
        ),
        Format::CargoToml => {
            matches!(
                key,
                "package.build"
                    | "package.links"
                    | "patch"
                    | "replace"
                    | "lib.proc-macro"
                    | "lib.proc_macro"
                    | "cargo-features"
            ) || key.ends_with("build-dependencies")
        }
        Format::Pyproject => matches!(
            key,
            "build-system"
                | "project.scripts"
                | "project.gui-scripts"
                | "project.entry-points"
                | "tool.poetry.build"
                | "tool.poetry.scripts"
                | "tool.poetry.plugins"
                | "tool.hatch.build"
                | "tool.pdm.build"
                | "tool.pdm.scripts"
                | "tool.uv.build-backend"
                | "tool.taskipy"
                | "tool.poe"
        ),
        Format::Pipfile => key == "scripts",
        Format::ComposerJson => matches!(
            key,
            "scripts"
                | "bin"
                | "config"
                | "repositories"
                | "autoload.files"
                | "scripts-descriptions"
        ),
        Format::GoMod => matches!(key, "replace" | "toolchain" | "tool"),
        Format::Requirements | Format::Gemfile => false,
    };
    if block {
        return Some(Block);
    }
    let dependencies = match format {
        Format::PackageJson => key == "scripts" || manifests::NPM_TABLES.contains(&key),
        Format::CargoToml => key.ends_with("dependencies"),
        Format::Pyproject => {
            key.contains("dependencies")
                || matches!(
                    key,
                    "dependency-groups" | "tool.poetry.group" | "tool.poetry.source"
                )
                || key.starts_with("tool.uv.")
        }
        Format::Pipfile => !matches!(key, "requires" | "pipenv"),
        Format::ComposerJson => matches!(key, "require" | "require-dev"),
        _ => false,
    };
    if dependencies || describes || (is_new && first_words) {
        return None;
    }
    Some(Hold)
}

/// A gemspec is Ruby; only its added lines are read.
fn gemspec(changed: &Changed<'_>, out: &mut Findings) {
    let Some(added) = &changed.added else { return };
    for (number, line) in added.lines() {
        let code = line.trim_start();
        if code.starts_with('#') {
            continue;
        }
        if [
            ".extensions",
            ".executables",
            ".post_install_message",
            "`",
            "system(",
        ]
        .iter()
        .any(|word| code.contains(word))
        {
            out.line(
                RuleId::X4,
                Severity::Block,
                changed.path,
                number,
                format!("installing the gem runs it: {}", shown::text(line, 100)),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::sample::worst_in_change;

    fn worst(path: &str, old: &str, new: &str) -> Option<Severity> {
        worst_in_change(RuleId::X4, path, old, new)
    }

    #[test]
    fn x4_keys_that_run_code_are_blocked() {
        for (path, old, new) in [
            ("package.json", "{}", r#"{"bin":{"x":"x.js"}}"#),
            ("package.json", "{}", r#"{"overrides":{"a":"npm:b@1"}}"#),
            ("package.json", "{}", "{"),
            (
                "Cargo.toml",
                "[package]\nname='a'\n",
                "[package]\nname='a'\nbuild='b.rs'\n",
            ),
            (
                "Cargo.toml",
                "[package]\nname='a'\n",
                "[package]\nname='a'\n[patch.crates-io]\nx={path='x'}\n",
            ),
            (
                "Cargo.toml",
                "",
                "[target.'cfg(unix)'.build-dependencies]\nx='1'\n",
            ),
            ("Cargo.toml", "[lib]\n", "[lib]\nproc-macro = true\n"),
            ("pyproject.toml", "", "[build-system]\nrequires=['x']\n"),
            ("pyproject.toml", "", "[project.scripts]\nx='y:z'\n"),
            (
                "composer.json",
                "{}",
                r#"{"scripts":{"post-install-cmd":"x"}}"#,
            ),
            ("go.mod", "module a\n", "module a\nreplace b => ../c\n"),
            ("go.mod", "module a\n", "module a\ntoolchain go9\n"),
            ("a.gemspec", "x\n", "x\ns.extensions = ['ext/extconf.rb']\n"),
        ] {
            assert_eq!(worst(path, old, new), Some(Severity::Block), "{path} {new}");
        }
    }

    #[test]
    fn x4_other_settings_are_held_and_descriptions_pass() {
        for (path, old, new, expected) in [
            (
                "package.json",
                "{}",
                r#"{"main":"x.js"}"#,
                Some(Severity::Hold),
            ),
            ("Cargo.toml", "", "[features]\na=[]\n", Some(Severity::Hold)),
            (
                "pyproject.toml",
                "",
                "[tool.pytest.ini_options]\naddopts='-q'\n",
                Some(Severity::Hold),
            ),
            (
                "package.json",
                "{}",
                r#"{"description":"x","dependencies":{"a":"1"}}"#,
                None,
            ),
            (
                "Cargo.toml",
                "[package]\nversion='1.0.0'\n",
                "[package]\nversion='1.0.1'\n[dependencies]\na='1'\n",
                None,
            ),
            (
                "package.json",
                r#"{"bin":"x","a":1}"#,
                "{\"a\": 1,\n \"bin\": \"x\"}",
                None,
            ),
            ("go.mod", "module a\n", "module a\nrequire b v1.0.0\n", None),
        ] {
            assert_eq!(worst(path, old, new), expected, "{path} {new}");
        }
    }
}
