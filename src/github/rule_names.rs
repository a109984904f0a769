//! In which files maintainers say how they want to be approached, and what those are called. GitHub
//! looks neither at case nor at the extension of such names (docs.github.com, "Creating a default
//! community health file" and "Setting guidelines for repository contributors"), and people go by
//! that; a rule under another spelling is a rule.

/// Asked for by name at once: what most repositories have, or nearly none but with great weight. The
/// README is read for such words only; the rules decide what counts.
pub(super) struct Asked {
    pub(super) of_organisation: bool,
    pub(super) files: &'static [&'static str],
    /// Folders of which every text is read.
    pub(super) templates: &'static [&'static str],
}

pub(super) const REPOSITORY: Asked = Asked {
    of_organisation: false,
    files: REPOSITORY_FILES,
    templates: &[".github/ISSUE_TEMPLATE", ".github/PULL_REQUEST_TEMPLATE"],
};

/// The same of the owner's `.github` repository, which speaks for all its repositories. There the
/// files often lie in the uppermost folder.
pub(super) const ORGANISATION: Asked = Asked {
    of_organisation: true,
    files: ORGANISATION_FILES,
    templates: &[
        ".github/ISSUE_TEMPLATE",
        ".github/PULL_REQUEST_TEMPLATE",
        "ISSUE_TEMPLATE",
        "PULL_REQUEST_TEMPLATE",
    ],
};

const REPOSITORY_FILES: &[&str] = &[
    "AGENTS.md",
    "AI.md",
    "AI_POLICY.md",
    ".github/AI_POLICY.md",
    "CLAUDE.md",
    ".github/copilot-instructions.md",
    "CONTRIBUTING.md",
    ".github/CONTRIBUTING.md",
    "docs/CONTRIBUTING.md",
    "CONTRIBUTING.rst",
    "CODE_OF_CONDUCT.md",
    ".github/PULL_REQUEST_TEMPLATE.md",
    ".github/pull_request_template.md",
    "VOUCHED.td",
    ".github/VOUCHED.td",
    "README.md",
    "README.rst",
];

const ORGANISATION_FILES: &[&str] = &[
    "AGENTS.md",
    "AI_POLICY.md",
    ".github/AI_POLICY.md",
    "CONTRIBUTING.md",
    ".github/CONTRIBUTING.md",
    "CODE_OF_CONDUCT.md",
    ".github/CODE_OF_CONDUCT.md",
    "PULL_REQUEST_TEMPLATE.md",
    "pull_request_template.md",
    ".github/PULL_REQUEST_TEMPLATE.md",
    ".github/pull_request_template.md",
    "README.md",
    "profile/README.md",
];

/// Folders whose names are listed beside that, for what is spelled otherwise.
pub(super) const LISTED: &[&str] = &["", ".github", DOCS];

const DOCS: &str = "docs";

/// Written for coding agents. Under another extension it would be read as written for people.
const FOR_AGENTS: &[&str] = &["agents.md", "claude.md", "gemini.md", ".cursorrules"];
/// Names without extension, in lower case, with `_` for whatever stands between words.
const STEMS: &[&str] = &[
    "contributing",
    "code_of_conduct",
    "copilot_instructions",
    "pull_request_template",
    "issue_template",
    "vouched",
    README,
];
const README: &str = "readme";
const MACHINES: &[&str] = &["ai", "llm", "llms", "genai"];
/// What makes a name with a machine in it the name of a rule.
const RULES: &[&str] = &[
    "policy",
    "policies",
    "contributing",
    "contribution",
    "contributions",
];
/// The same, but for the documentation, where they are what the project itself does with machines.
const RULES_OUTSIDE_DOCS: &[&str] = &[
    "no",
    "usage",
    "use",
    "rules",
    "guideline",
    "guidelines",
    "disclosure",
];
const TEXTS: &[&str] = &[
    "", "md", "markdown", "mdown", "mkd", "mdx", "rst", "adoc", "asciidoc", "txt", "text", "org",
    "td",
];

/// Whether an entry of some folder may be a rule by its name. `folder`: it is a folder itself.
pub(super) fn is_rule(name: &str, folder: bool) -> bool {
    let lower = name.to_lowercase();
    if folder {
        return matches!(
            stem(&lower).as_str(),
            "issue_template" | "pull_request_template"
        );
    }
    if FOR_AGENTS.contains(&lower.as_str()) {
        return true;
    }
    let (name, extension) = parts(&lower);
    if !TEXTS.contains(&extension) {
        return false;
    }
    let stem = stem(name);
    STEMS.contains(&stem.as_str())
        || matches!(stem.as_str(), "ai" | "aipolicy" | "genai")
        || about_machines(&stem, RULES)
        || about_machines(&stem, RULES_OUTSIDE_DOCS)
}

/// The same of an entry that [`is_rule`], in this one of [`LISTED`].
pub(super) fn is_rule_in(folder: &str, name: &str) -> bool {
    if folder != DOCS {
        return true;
    }
    let lower = name.to_lowercase();
    let stem = stem(parts(&lower).0);
    let of_the_project = about_machines(&stem, RULES_OUTSIDE_DOCS) && !about_machines(&stem, RULES);
    !(of_the_project || matches!(stem.as_str(), README | "ai" | "genai"))
}

fn about_machines(stem: &str, rules: &[&str]) -> bool {
    let words = || stem.split('_');
    words().any(|word| MACHINES.contains(&word)) && words().any(|word| rules.contains(&word))
}

/// Name and extension; a name that begins with a dot has none.
fn parts(lower: &str) -> (&str, &str) {
    match lower.rsplit_once('.') {
        Some((name, extension)) if !name.is_empty() => (name, extension),
        _ => (lower, ""),
    }
}

fn stem(name: &str) -> String {
    name.replace(['-', ' ', '.'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_known_in_any_spelling() {
        for name in [
            "contributing.md",
            "CONTRIBUTING",
            "Contributing.adoc",
            "CONTRIBUTING.txt",
            "pull_request_template.md",
            "Pull-Request-Template.md",
            "ISSUE_TEMPLATE.md",
            "agents.md",
            "Agents.MD",
            ".cursorrules",
            "AI-POLICY.md",
            "ai_usage_policy.md",
            "AIPOLICY",
            "NO_AI.md",
            "LLM-contributions.rst",
            "readme.txt",
        ] {
            assert!(is_rule(name, false), "{name}");
        }
        for name in [
            "main.rs",
            "ai.py",
            "agents.rs",
            "contributing.png",
            "llms.txt",
            "email_policy.md",
            "README.zh-CN.md",
            "contributors.md",
            "",
            ".",
        ] {
            assert!(!is_rule(name, false), "{name}");
        }
        assert!(is_rule("issue_template", true) && is_rule("PULL_REQUEST_TEMPLATE", true));
        assert!(!is_rule("contributing", true));
    }

    #[test]
    fn documentation_speaks_of_the_project() {
        for name in ["README.md", "ai.md", "ai-usage.md"] {
            assert!(is_rule_in("", name) && !is_rule_in("docs", name), "{name}");
        }
        for name in ["contributing.rst", "AI_POLICY.md", "ai-usage-policy.md"] {
            assert!(is_rule_in("docs", name), "{name}");
        }
    }
}
