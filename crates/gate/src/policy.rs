//! The owner's limits for patches.

/// What a patch may be at most, and what else the owner protects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatePolicy {
    /// Nobody can be asked: what would be held is blocked.
    pub unattended: bool,
    /// Changed files, at most (100).
    pub max_files: usize,
    /// Bytes of all new contents together, at most (4 MiB).
    pub max_patch_bytes: u64,
    /// Bytes of one new content, at most (1 MiB).
    pub max_file_bytes: u64,
    /// Percent of the base's files that may be deleted (20).
    pub max_deleted_percent: u8,
    /// Globs of further paths that no patch may touch.
    pub protected: Vec<String>,
    /// Hosts from which lock files may resolve packages.
    pub registry_hosts: Vec<String>,
}

/// The public registries of the languages we know, and the hosts that their lock files name.
pub const REGISTRY_HOSTS: [&str; 16] = [
    "registry.npmjs.org",
    "registry.yarnpkg.com",
    "npm.jsr.io",
    "index.crates.io",
    "static.crates.io",
    "crates.io",
    "pypi.org",
    "files.pythonhosted.org",
    "proxy.golang.org",
    "sum.golang.org",
    "rubygems.org",
    "packagist.org",
    "repo.packagist.org",
    "repo.maven.apache.org",
    "repo1.maven.org",
    "api.nuget.org",
];

impl Default for GatePolicy {
    fn default() -> Self {
        Self {
            unattended: true,
            max_files: 100,
            max_patch_bytes: 4 << 20,
            max_file_bytes: 1 << 20,
            max_deleted_percent: 20,
            protected: Vec::new(),
            registry_hosts: REGISTRY_HOSTS.iter().map(ToString::to_string).collect(),
        }
    }
}

impl GatePolicy {
    /// Whether packages may come from a host; without case.
    #[must_use]
    pub fn is_registry(&self, host: &str) -> bool {
        self.registry_hosts
            .iter()
            .any(|known| known.eq_ignore_ascii_case(host))
    }
}
