//! `submit_patch`: a change that the client made itself, as a unified diff. It is hostile text, read here as
//! far as can be seen without its repository; what is left is for the gate.

use fix::given::{Given, LONGEST};
use serde::Deserialize;
use serde_json::{Value, json};

use super::acts::{LONGEST_GOAL, checked, key, words};
use super::jobs::status_schema;
use super::schema::{number, object, repository};
use super::{Spec, Wish, arguments};
use crate::broker::Refusal;
use crate::broker::acting::Acting;
use crate::broker::policy::Tool;

/// Characters of a title, at most: it becomes a pull request's and a commit's.
const LONGEST_TITLE: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Submit {
    repository: String,
    base: String,
    title: String,
    reason: String,
    patch: String,
    issue: Option<u64>,
    idempotency_key: String,
}

pub(super) fn spec() -> Spec {
    Spec {
        tool: Tool::SubmitPatch,
        title: "Submit a patch",
        description: "A change that you made yourself, as a unified diff against a commit of the default branch. It is \
                      tried with the repository's own tests, judged, shown to the owner, and with his yes becomes a \
                      pull request of his account. Plain text files only: no renames, modes, links, binaries, and \
                      nothing that decides how the project is built, checked or governed. Answers as `comment` does.",
        input: object(&[
            ("repository", repository()),
            (
                "base",
                json!({
                    "type": "string", "pattern": "^[0-9a-f]{40}$",
                    "description": "the commit that the diff is against",
                }),
            ),
            (
                "title",
                json!({
                    "type": "string", "minLength": 1, "maxLength": LONGEST_TITLE,
                    "description": "what it does, on one line",
                }),
            ),
            (
                "reason",
                json!({
                    "type": "string", "minLength": 1, "maxLength": LONGEST_GOAL,
                    "description": "why, for those who review it",
                }),
            ),
            (
                "patch",
                json!({
                    "type": "string", "minLength": 1, "maxLength": LONGEST,
                    "description": "as `git diff --no-renames` writes it",
                }),
            ),
            ("issue?", number()),
            ("idempotency_key", key()),
        ]),
        output: status_schema(),
        idempotent: true,
        destructive: false,
    }
}

pub(super) fn wish(given: &Value) -> Result<Wish, Refusal> {
    let submit: Submit = arguments::typed(given)?;
    let place = arguments::repository(&submit.repository)?;
    let plain = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if submit.base.len() != 40 || !submit.base.bytes().all(plain) {
        return Err(Refusal::arguments(
            "`base` is a commit: 40 small hexadecimal digits",
        ));
    }
    let title = words("title", &submit.title, LONGEST_TITLE)?;
    if title.contains('\n') {
        return Err(Refusal::arguments("`title` is one line"));
    }
    let patch = Given::read(&submit.patch)
        .map_err(|bad| Refusal::new(bad.code(), format!("`patch`: {bad}"), bad.remedy()))?;
    // The gate would say so after an hour of tests.
    for path in patch.paths() {
        if let Some((rule, what)) = gate::never(path) {
            let message = format!("`{}` is not changed ({rule}): {what}", path.escape_ascii());
            let remedy = "leave it out; the owner can do that by hand";
            return Err(Refusal::new("patch_protected", message, remedy));
        }
    }
    let acting = Acting::SubmitPatch {
        base: submit.base,
        title,
        reason: words("reason", &submit.reason, LONGEST_GOAL)?,
        patch: submit.patch,
        number: submit.issue.map(arguments::number).transpose()?,
    };
    Ok(Wish::Act(place, checked(&submit.idempotency_key)?, acting))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut Value)) -> &'static str {
        let mut given = json!({
            "repository": "a/b", "base": "0123456789012345678901234567890123456789", "title": "Mend it",
            "reason": "It was wrong.", "idempotency_key": "k",
            "patch": "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n",
        });
        assert!(wish(&given).is_ok());
        change(&mut given);
        wish(&given).expect_err("it is refused").code
    }

    #[test]
    fn what_is_no_patch_of_plain_files_is_refused_by_name() {
        let add = |path: &str| json!(format!("--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+x\n"));
        for (patch, code) in [
            (json!("mend it"), "patch_unreadable"),
            (add("../x"), "patch_path"),
            (add(".git/hooks/pre-commit"), "patch_path"),
            (add(".github/workflows/ci.yml"), "patch_protected"),
            (add(".GitHub/workflows/ci.yml"), "patch_protected"),
            (add("AGENTS.md"), "patch_protected"),
            (add(".gitmodules"), "patch_protected"),
            (json!("x".repeat(LONGEST + 1)), "patch_too_large"),
            (json!(7), "bad_arguments"),
        ] {
            assert_eq!(refused(|g| g["patch"] = patch.clone()), code, "{patch}");
        }
        for (name, value) in [
            ("base", json!("main")),
            (
                "base",
                json!("0123456789012345678901234567890123456789/../x"),
            ),
            ("title", json!("two\nlines")),
            ("title", json!("a\u{202e}b")),
            ("reason", json!("")),
            ("reason", json!("a <!-- b")),
            ("issue", json!(0)),
            ("idempotency_key", json!("a b")),
            ("url", json!("https://evil.example")),
        ] {
            assert_eq!(
                refused(|g| g[name] = value.clone()),
                "bad_arguments",
                "{name}"
            );
        }
    }
}
