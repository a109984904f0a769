//! X1 to X3 and X5 to X8: the paths themselves.

use std::sync::LazyLock;

use crate::finding::Severity::{self, Block, Hold};
use crate::kind;
use crate::path_list::PathList;
use crate::rules::RuleId;

/// What a path is to the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Surface {
    pub(crate) rule: RuleId,
    pub(crate) severity: Severity,
    pub(crate) what: &'static str,
}

/// A program that users of the project run.
pub(crate) const PROGRAM: &str = "a program of the project";
/// Prose that stands for the project.
pub(crate) const SPEAKS: &str = "it speaks for the project";

struct List {
    surface: Surface,
    paths: LazyLock<PathList>,
}

macro_rules! lists {
    ($($name:ident $rule:ident $severity:ident $what:expr => [$($path:literal)*];)*) => {
        $(static $name: List = List {
            surface: Surface { rule: RuleId::$rule, severity: $severity, what: $what },
            paths: LazyLock::new(|| PathList::shipped(&[$($path),*])),
        };)*
        static LISTS: &[&List] = &[$(&$name),*];
        #[cfg(test)]
        const COUNTS: &[(&str, usize)] = &[$((stringify!($name), [$($path),*].len())),*];
    };
}

lists! {
    CI X1 Block "continuous integration runs from here" => [
        ".github/**" "action.yml" "action.yaml" ".gitlab-ci.yml" "*.gitlab-ci.yml" ".gitlab/**"
        ".circleci/**" "azure-pipelines*.yml" "azure-pipelines*.yaml" ".azure-pipelines/**" ".azuredevops/**"
        "Jenkinsfile*" "*.jenkinsfile" ".travis.yml" ".travis/**" ".drone.yml" ".drone.star" ".drone.jsonnet"
        "**/.buildkite/**" "bitbucket-pipelines.yml" "appveyor.yml" ".appveyor.yml" ".appveyor/**"
        ".woodpecker*" ".woodpecker/**" "cloudbuild*.yml" "cloudbuild*.yaml" "cloudbuild*.json"
        ".cirrus.yml" ".cirrus.star" ".semaphore/**" ".forgejo/**" ".gitea/**" ".teamcity/**" "wercker.yml"
        "codefresh.yml" "buildspec*.yml" "buildspec*.yaml" ".mergify.yml" "bors.toml" ".prow.yaml" ".tekton/**"
        "renovate.json" "renovate.json5" ".renovaterc" ".renovaterc.json" ".sourcehut/**" ".build.yml" ".builds/**"
        ".zuul.yaml" "zuul.d/**" ".pipelines/**" ".harness/**" ".codeocean/**" ".releaserc*" ".goreleaser*"
        "release-please-config.json" ".ci/**" "ci/**"
    ];
    GIT X2 Block "git or its hooks run this" => [
        "**/.githooks/**" "**/.husky/**" "**/hooks/pre-commit" "**/hooks/pre-push" "**/hooks/post-checkout"
        "**/hooks/post-merge" "**/hooks/commit-msg" ".huskyrc*" "lefthook*.yml" "lefthook*.yaml" "lefthook*.toml"
        "lefthook*.json" ".lefthook*" ".lefthook/**" ".pre-commit-config.yaml" ".pre-commit-hooks.yaml" ".lfsconfig"
        ".gitconfig" ".overcommit.yml" ".lintstagedrc*" "lint-staged.config.*" ".simple-git-hooks*"
    ];
    IGNORED X2 Hold "it decides what git and blame show" => [".git-blame-ignore-revs" ".mailmap"];
    PACKAGES X3 Block "it decides where packages and tools come from" => [
        ".npmrc" ".yarnrc*" "**/.yarn/**" ".pnpmfile.*" "pnpmfile.*" "bunfig.toml" "pip.conf" "pip.ini" ".pypirc"
        "**/.cargo/**" "rust-toolchain" "rust-toolchain.toml" "**/.bundle/**" "NuGet.config" "**/gradle/wrapper/**"
        "**/.mvn/**" "mvnw" "mvnw.cmd" "gradlew" "gradlew.bat" ".tool-versions" "mise.toml" ".mise.toml" ".mise/**"
        "**/.config/mise/**" ".envrc" "flake.nix" "shell.nix" "default.nix" ".nvmrc" ".node-version" ".python-version"
        ".ruby-version" ".java-version" ".sdkmanrc" ".condarc" "uv.toml" "poetry.toml" ".gemrc" "/auth.json" ".netrc"
        "go.work" ".gopathrc" "init.gradle" "gradle.properties" ".bazelrc" "bazelisk.rc" ".bazeliskrc"
        "pnpm-workspace.yaml" ".terraformrc" ".dockercfg" "volta.json" "devbox.json" "asdf.sh" ".swiftpm/**"
        "verification-metadata.xml"
    ];
    RUNS X5 Hold "it is run while building, testing or deploying" => [
        "build.rs" "setup.py" "setup.cfg" "conftest.py" "noxfile.py" "tox.ini" "pytest.ini" "sitecustomize.py"
        "usercustomize.py" "*.pth" "Makefile" "Makefile.*" "GNUmakefile" "*.mk" "Justfile" ".justfile" "*.just" "Taskfile*"
        "CMakeLists.txt" "*.cmake" "configure" "configure.ac" "configure.in" "meson.build" "wscript" "SConstruct" "SConscript"
        "BUILD" "BUILD.bazel" "WORKSPACE" "WORKSPACE.bazel" "MODULE.bazel" "*.bzl" "binding.gyp" "*.gyp" "*.gypi"
        "Rakefile" "*.rake" "*.gemspec" "Guardfile" "Vagrantfile" "Procfile" "Fastfile" "Dangerfile*" "Earthfile"
        "*.config.js" "*.config.cjs" "*.config.mjs" "*.config.ts" "*.config.mts" "*.config.cts" "*.config.json"
        ".eslintrc*" ".babelrc*" "babel.config.*" "jest.*.js" "jest.*.ts" "jest-*.js" "jest.config.*" "jest.setup.*"
        "vitest.*.ts" "vitest.setup.*" "karma.*" "webpack.*" "rollup.*" "vite.*" "gulpfile*" "Gruntfile*" ".swcrc"
        ".mocharc*" ".nycrc*" ".prettierrc.js" ".prettierrc.cjs" ".prettierrc.mjs" ".pnp.*" "tsconfig*.json"
        "jsconfig.json" "Dockerfile*" "*.Dockerfile" "Containerfile*" ".dockerignore" "*compose*.yml" "*compose*.yaml"
        "*.tf" "*.tfvars" "*.hcl" "**/k8s/**" "**/kubernetes/**" "**/helm/**" "charts/**" "**/manifests/*.yaml"
        "**/deploy/**" "**/deployment/**" "**/ansible/**" "**/terraform/**" "**/pulumi/**" "skaffold.yaml" "Tiltfile"
        "kustomization.y*ml" "deploy*.sh" "deploy*.py" "deploy*.js" "deploy*.ts" "deploy*.rb" "release*.sh"
        "publish*.sh" "install*.sh" "install*.ps1" "bootstrap*.sh" "entrypoint*.sh" "docker-entrypoint*" "*.service"
        "*.timer" "crontab*" "fly.toml" "netlify.toml" "vercel.json" "now.json" "wrangler.toml" "serverless.y*ml"
        "app.yaml" "app.json" "firebase.json" "render.yaml" "railway.*" "cloudformation*" "buildozer.spec"
        "pom.xml" "build.gradle" "build.gradle.kts" "settings.gradle" "settings.gradle.kts" "*.gradle" "*.gradle.kts"
        "build.sbt" "project/*.sbt" "project/*.scala" "*.csproj" "*.fsproj" "*.vbproj" "*.props" "*.targets" "*.sln"
        "mix.exs" "rebar.config" "project.clj" "deps.edn" "Package.swift" "Podfile" "*.podspec" "build.zig"
        "buildSrc/**" "hatch_build.py" "build.py" "build.js" "build.mjs" "build.ts" "build.sh" "Setup.hs" "*.cabal"
        "phpunit.xml*" "MANIFEST.in" "*.spec.in" "debian/rules" "debian/*.postinst" "debian/*.preinst" "PKGBUILD"
        "scripts/**" "tools/*.sh" "hack/**" "init.lua" "__main__.py.in" "*.nsi" "*.iss" "nginx*.conf"
        ".htaccess" "web.config" "runtime.txt" ".replit" "replit.nix"
    ];
    PROGRAMS X5 Hold PROGRAM => ["bin/*"];
    EDITORS X6 Block "opening the project in an editor runs this" => [
        "**/.vscode/**" "**/.idea/**" "**/.devcontainer/**" ".devcontainer.json" ".vimrc" ".exrc" ".nvimrc"
        ".nvim.lua" ".lvimrc" ".vim/**" ".nvim/**" "*.code-workspace" "*.sublime-project" "*.sublime-workspace"
        "**/.zed/**" "**/.fleet/**" ".dir-locals.el" ".dir-locals-2.el" "**/.vs/**" ".gitpod.yml" ".gitpod.Dockerfile"
        "**/.theia/**" ".projectile" "*.iml" "*.tmuxinator*" ".tmux.conf" ".gdbinit" ".lldbinit"
    ];
    AGENTS X7 Block "coding agents take orders from this" => [
        "AGENTS.md" "AGENTS.override.md" "AGENT.md" "CLAUDE.md" "CLAUDE.local.md" "GEMINI.md" "QWEN.md" "SKILL.md"
        "**/.agents/**" "**/.agent/**" "**/.claude/**" "**/.codex/**" "**/.gemini/**"
        "**/.opencode/**" "opencode.json*" "**/.cursor/**" ".cursor*" "**/.windsurf/**" ".windsurf*" "**/.aider*"
        "**/.continue/**" ".continuerc*" "**/.roo/**" ".roo*" "**/.cline/**" ".cline*" "**/.clinerules/**" ".mcp.json"
        "mcp.json" "copilot-instructions.md" "*.instructions.md" "*.prompt.md" "*.chatmode.md" "**/.kiro/**"
        "**/.junie/**" "**/.qwen/**" "**/.amazonq/**" "**/.trae/**" ".goosehints" "**/.goose/**" "**/.augment/**"
        ".augment-guidelines" "**/.openhands/**" "WARP.md" ".rules" "**/.factory/**" "**/.crush/**" "CRUSH.md"
        "**/.tabnine/**" "**/.copilot/**" "replit.md" "**/.specify/**"
    ];
    OWNERS X8 Block "it decides who may merge, who is paid, or on which terms" => [
        "CODEOWNERS" "OWNERS" "OWNERS_ALIASES" "MAINTAINERS" "MAINTAINERS.*" "LICENSE*" "LICENCE*" "COPYING*"
        "UNLICENSE*" "COPYRIGHT" "COPYRIGHT.*" "NOTICE" "NOTICE.*" "PATENTS*" "**/LICENSES/**" "SECURITY.md"
        "SECURITY.rst" "SECURITY.txt" "**/.well-known/**" "FUNDING.yml" "FUNDING.json" "funding.json" "CLA.md" "DCO*"
        ".all-contributorsrc" "CNAME" ".clabot"
    ];
    PROJECT X8 Hold SPEAKS => [
        "README*" "CONTRIBUTING*" "CODE_OF_CONDUCT*" "GOVERNANCE*" "AUTHORS*" "SUPPORT.md" "PULL_REQUEST_TEMPLATE*"
        "ISSUE_TEMPLATE*" "CONTRIBUTORS*" "SPONSORS*" "BACKERS*" "robots.txt" "CITATION.cff" "codemeta.json"
    ];
}

/// Code that only shares its first letters with a document: `license_checker.py`, `readme.rs`.
fn is_prose_name(folded: &str) -> bool {
    !kind::is_code(folded) && !matches!(kind::extension(folded), "json" | "csv" | "html" | "snap")
}

/// What a folded path is; usually nothing.
pub(crate) fn of(folded: &str) -> impl Iterator<Item = Surface> + '_ {
    LISTS
        .iter()
        .filter(move |list| {
            list.paths.has(folded)
                && (list.surface.rule != RuleId::X8
                    || is_prose_name(folded)
                    || matches!(kind::name(folded), "funding.json" | "codemeta.json"))
        })
        .map(|list| list.surface)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unicode::folded_path;

    fn worst(path: &str, rule: RuleId) -> Option<Severity> {
        of(&folded_path(path))
            .filter(|surface| surface.rule == rule)
            .map(|surface| surface.severity)
            .max()
    }

    #[test]
    fn every_pattern_compiles() {
        for (list, (name, count)) in LISTS.iter().zip(COUNTS) {
            assert_eq!(list.paths.len(), *count, "{name}");
        }
    }

    #[test]
    fn x1_x3_x6_x7_protected_paths_are_blocked() {
        for (rule, paths) in [
            (
                RuleId::X1,
                &[
                    ".github/workflows/ci.yml",
                    ".GitHub/dependabot.yml",
                    "tools/a/action.yml",
                    "Jenkinsfile",
                    ".circleci/config.yml",
                    "azure-pipelines-pr.yml",
                    ".woodpecker.yaml",
                ][..],
            ),
            (
                RuleId::X2,
                &[
                    ".husky/pre-commit",
                    "lefthook.yml",
                    ".pre-commit-config.yaml",
                ],
            ),
            (
                RuleId::X3,
                &[
                    ".npmrc",
                    "web/.yarnrc.yml",
                    ".cargo/config.toml",
                    "rust-toolchain.toml",
                    "gradle/wrapper/gradle-wrapper.properties",
                    "mvnw",
                    ".envrc",
                ],
            ),
            (
                RuleId::X6,
                &[
                    ".vscode/tasks.json",
                    "a/.idea/x.xml",
                    ".devcontainer/devcontainer.json",
                ],
            ),
            (
                RuleId::X7,
                &[
                    "AGENTS.md",
                    "docs/CLAUDE.md",
                    ".claude/settings.json",
                    ".cursorrules",
                    ".mcp.json",
                    "opencode.jsonc",
                ],
            ),
        ] {
            for path in paths {
                assert_eq!(worst(path, rule), Some(Severity::Block), "{rule} {path}");
            }
        }
    }

    #[test]
    fn x5_what_runs_by_itself_is_held() {
        for path in [
            "build.rs",
            "a/conftest.py",
            "Makefile",
            "vite.config.ts",
            "Dockerfile.dev",
            "docker-compose.prod.yml",
            "infra/main.tf",
            "evil.pth",
            "CMakeLists.txt",
        ] {
            assert_eq!(worst(path, RuleId::X5), Some(Severity::Hold), "{path}");
        }
    }

    #[test]
    fn x8_governance_is_blocked_and_prose_of_the_project_is_held() {
        for path in [
            "CODEOWNERS",
            "LICENSE-MIT",
            "docs/LICENSE.txt",
            "SECURITY.md",
            "COPYING",
        ] {
            assert_eq!(worst(path, RuleId::X8), Some(Severity::Block), "{path}");
        }
        for path in ["README.md", "CONTRIBUTING.rst"] {
            assert_eq!(worst(path, RuleId::X8), Some(Severity::Hold), "{path}");
        }
    }

    #[test]
    fn ordinary_files_are_nothing_special() {
        for path in [
            "src/github/client.rs",
            "src/action.rs",
            "src/license_checker.py",
            "src/readme.rs",
            "src/security.rs",
            "src/builder.rs",
            "src/makefile_parser.go",
            "src/appveyor_client.py",
            "lib/agents.py",
            "src/vscode/extension.ts",
            "tests/test_setup.py",
            "docs/guide.md",
            "src/jest.rs",
            "lib/config.js",
            "lib/cursor.ts",
            "pkg/deployer/run.go",
        ] {
            let found: Vec<_> = of(&folded_path(path)).collect();
            assert_eq!(found, [], "{path}");
        }
    }
}
