//! C1: live secrets of this installation, the job's canary, and files that are keys.

use std::sync::LazyLock;

use crate::case::Case;
use crate::finding::{Findings, Severity};
use crate::kind;
use crate::path_list::PathList;
use crate::rules::RuleId;
use crate::shown;
use crate::tree::Entry;

static KEY_FILES: LazyLock<PathList> = LazyLock::new(|| {
    PathList::shipped(&[
        ".env",
        ".env.*",
        "*.env",
        "id_rsa*",
        "id_dsa*",
        "id_ecdsa*",
        "id_ed25519*",
        "*.p12",
        "*.pfx",
        "*.jks",
        "*.keystore",
        "*.kdbx",
        "*.ppk",
        ".htpasswd",
        ".pgpass",
        ".git-credentials",
        "credentials",
        "**/.aws/**",
        "**/.ssh/**",
        "**/.gnupg/**",
        "**/.kube/**",
        "*service-account*.json",
        "*service_account*.json",
        "client_secret*.json",
    ])
});

/// Templates that show which variables there are.
fn is_template(name: &str) -> bool {
    ["example", "sample", "template", "dist", "defaults"]
        .iter()
        .any(|word| name.contains(word))
        || name.ends_with(".pub")
}

pub(super) fn check(case: &Case<'_>, out: &mut Findings) {
    for changed in &case.changed {
        if changed.is_gone() {
            continue;
        }
        let name = kind::name(&changed.folded);
        if KEY_FILES.has(&changed.folded) && !is_template(name) && !kind::is_code(&changed.folded) {
            out.at(
                RuleId::C1,
                Severity::Block,
                changed.path,
                "a file that holds keys, by its name",
            );
        }
        let content: &[u8] = match changed.new {
            Some(Entry::File { content, .. }) => content,
            Some(Entry::Link { target }) => target,
            Some(Entry::Submodule { commit }) => commit.as_bytes(),
            Some(Entry::Odd { .. }) | None => b"",
        };
        for (bytes, place) in [(content, "content"), (changed.path, "path")] {
            if let Some(which) = case.request.secrets.found_in(bytes) {
                out.at(
                    RuleId::C1,
                    Severity::Block,
                    changed.path,
                    format!("the {place} has a live secret: {}", shown::text(which, 60)),
                );
            }
            if let Some(how) = case
                .request
                .canary
                .and_then(|canary| canary.found_in(bytes))
            {
                out.at(
                    RuleId::C1,
                    Severity::Block,
                    changed.path,
                    format!("the {place} has the job's canary, {how}"),
                );
            }
        }
    }
    // A canary that is cut over several files shows when they are read one after the other.
    if let Some(canary) = case.request.canary {
        let together: Vec<u8> = case
            .changed
            .iter()
            .filter_map(|changed| changed.added.as_ref())
            .filter(|added| added.text.len() <= 64 * 1024)
            .flat_map(|added| added.text.bytes())
            .collect();
        if canary.found_in(&together).is_some() {
            out.whole(
                RuleId::C1,
                Severity::Block,
                "the new lines together have the job's canary",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::canary::Canary;
    use crate::case::sample::{bytes, file, link, tree, worst_in_new};
    use crate::judge::Request;
    use crate::plan::Plan;
    use crate::policy::GatePolicy;
    use crate::secrets::Secrets;
    use crate::tree::Tree;

    struct One;

    impl Secrets for One {
        fn found_in(&self, bytes: &[u8]) -> Option<&str> {
            bytes
                .windows(8)
                .any(|window| window == b"hunter22")
                .then_some("the model key")
        }
    }

    const CANARY: &str = "cnry_8fK2mQz71LpXw4TnB0s";

    fn messages(candidate: &Tree) -> Vec<String> {
        let canary = Canary::new(CANARY.as_bytes()).expect("a canary");
        let (plan, policy) = (Plan::default(), GatePolicy::default());
        let request = Request {
            base_commit: "0",
            plan: &plan,
            policy: &policy,
            secrets: &One,
            canary: Some(&canary),
            scans: &[],
        };
        crate::judge(&tree([("a", file("x"))]), candidate, &request)
            .findings
            .into_iter()
            .filter(|f| f.rule == RuleId::C1 && f.severity == Severity::Block)
            .map(|f| f.message)
            .collect()
    }

    #[test]
    fn c1_live_secrets_and_the_canary_are_found_wherever_they_stand() {
        let (head, tail) = CANARY.split_at(12);
        for candidate in [
            tree([("a", file("x")), ("b", file("key = hunter22\n"))]),
            tree([("a", file("x")), ("b", bytes(b"\0\xffhunter22"))]),
            tree([("a", file("x")), ("hunter22", file("y"))]),
            tree([("a", file("x")), ("b", link("hunter22"))]),
            tree([("a", file("x")), ("b", file(CANARY))]),
            tree([
                ("a", file("x")),
                ("b", file(&head[..10])),
                ("c", file(&head[10..])),
                ("d", file(tail)),
            ]),
        ] {
            let said = messages(&candidate);
            assert!(!said.is_empty());
            assert!(
                said.iter()
                    .all(|m| !m.contains("hunter22") && !m.contains(CANARY))
            );
        }
        let clean = tree([("a", file("x")), ("b", file("hunter2\n"))]);
        assert_eq!(messages(&clean), Vec::<String>::new());
    }

    #[test]
    fn c1_key_files_are_blocked_and_templates_pass() {
        for path in [
            ".env",
            "config/.env.production",
            "id_rsa",
            "a.p12",
            ".aws/credentials",
        ] {
            assert_eq!(
                worst_in_new(RuleId::C1, path, "x=1\n"),
                Some(Severity::Block),
                "{path}"
            );
        }
        for path in [
            ".env.example",
            "src/env.rs",
            "id_ed25519.pub",
            "src/credentials.py",
        ] {
            assert_eq!(worst_in_new(RuleId::C1, path, "x=1\n"), None, "{path}");
        }
    }
}
