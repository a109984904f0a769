//! Lock files, parsed: which package, which version, from where, with which checksum.

mod json;
mod lines;
mod tables;

use crate::kind;
use crate::manifests::Ecosystem;

/// A lock file that is parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    NpmLock,
    YarnLock,
    PnpmLock,
    CargoLock,
    PythonLock,
    PipfileLock,
    ComposerLock,
    GoSum,
    GemfileLock,
}

/// One locked package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Locked {
    pub(crate) name: String,
    pub(crate) version: String,
    /// Every address that it is fetched from.
    pub(crate) urls: Vec<String>,
    /// Every checksum; order does not matter.
    pub(crate) checksums: Vec<String>,
    /// It should have a checksum, by its format and source.
    pub(crate) wants_checksum: bool,
    /// It comes from git, or from a folder that the lock itself names.
    pub(crate) elsewhere: Option<String>,
}

impl Format {
    /// By a folded path.
    pub(crate) fn of(folded: &str) -> Option<Self> {
        Some(match kind::name(folded) {
            "package-lock.json" | "npm-shrinkwrap.json" => Self::NpmLock,
            "yarn.lock" => Self::YarnLock,
            "pnpm-lock.yaml" => Self::PnpmLock,
            "cargo.lock" => Self::CargoLock,
            "poetry.lock" | "uv.lock" | "pdm.lock" => Self::PythonLock,
            "pipfile.lock" => Self::PipfileLock,
            "composer.lock" => Self::ComposerLock,
            "go.sum" | "go.work.sum" => Self::GoSum,
            "gemfile.lock" => Self::GemfileLock,
            _ => return None,
        })
    }

    /// Reads a lock file.
    ///
    /// # Errors
    /// It is not in its format; the words say where.
    pub(crate) fn parse(self, text: &str) -> Result<Vec<Locked>, String> {
        match self {
            Self::NpmLock => json::npm(text),
            Self::PipfileLock => json::pipfile(text),
            Self::ComposerLock => json::composer(text),
            Self::CargoLock => tables::cargo(text),
            Self::PythonLock => tables::python(text),
            Self::YarnLock => Ok(lines::yarn(text)),
            Self::PnpmLock => Ok(lines::pnpm(text)),
            Self::GoSum => Ok(lines::go_sum(text)),
            Self::GemfileLock => Ok(lines::gemfile(text)),
        }
    }
}

/// The ecosystem of a lock file, by a folded path.
pub(crate) fn ecosystem(folded: &str) -> Ecosystem {
    match kind::name(folded) {
        "package-lock.json"
        | "npm-shrinkwrap.json"
        | "yarn.lock"
        | "pnpm-lock.yaml"
        | "bun.lock"
        | "bun.lockb" => Ecosystem::Npm,
        "cargo.lock" => Ecosystem::Cargo,
        "poetry.lock" | "uv.lock" | "pdm.lock" | "pipfile.lock" => Ecosystem::Python,
        "composer.lock" => Ecosystem::Composer,
        "go.sum" | "go.work.sum" => Ecosystem::Go,
        "gemfile.lock" => Ecosystem::Ruby,
        _ => Ecosystem::Other,
    }
}

/// The host of an address such as `https://user@host:1/x`, in lower case; `None` when it has none.
pub(crate) fn host(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next()?,
        None => host.split(':').next()?,
    };
    (!host.is_empty()).then(|| host.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_as_a_client_reads_them() {
        for (url, expected) in [
            ("https://registry.npmjs.org/a", Some("registry.npmjs.org")),
            (
                "https://registry.npmjs.org@evil.example/a",
                Some("evil.example"),
            ),
            (
                "https://EVIL.example:443\\@registry.npmjs.org",
                Some("evil.example"),
            ),
            ("git+ssh://git@github.com/a", Some("github.com")),
            ("http://[::1]:80/", Some("::1")),
            ("nothing", None),
        ] {
            assert_eq!(host(url).as_deref(), expected, "{url}");
        }
    }
}
