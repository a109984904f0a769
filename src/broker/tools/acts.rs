//! `comment`, `create_issue`, `label`, `close_issue` and `fix`: what is done once, when the owner or a rule allows it.

use serde::Deserialize;
use serde_json::{Value, json};

use super::jobs::status_schema;
use super::schema::{number, object, one_of, repository};
use super::{Spec, Wish, arguments};
use crate::bounty::text::{is_bidi, is_hidden};
use crate::broker::Refusal;
use crate::broker::acting::Acting;
use crate::broker::commands;
use crate::broker::policy::Tool;

/// Characters of a comment and of a goal, at most.
const LONGEST_TEXT: usize = 20_000;
pub(super) const LONGEST_GOAL: usize = 4_000;

/// What GitHub takes of a title and of a label, in characters; and labels at a time.
const LONGEST_TITLE: usize = 256;
const LONGEST_LABEL: usize = 50;
const MOST_LABELS: usize = 10;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Comment {
    repository: String,
    number: u64,
    text: String,
    idempotency_key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Create {
    repository: String,
    title: String,
    text: String,
    idempotency_key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Label {
    repository: String,
    number: u64,
    labels: Vec<String>,
    idempotency_key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Close {
    repository: String,
    number: u64,
    reason: Option<Reason>,
    idempotency_key: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reason {
    Completed,
    NotPlanned,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fix {
    repository: String,
    issue: Option<u64>,
    goal: Option<String>,
    idempotency_key: String,
}

pub(super) fn key() -> Value {
    json!({
        "type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[A-Za-z0-9._:-]+$",
        "description": "a name of your own for this one thing: called again with it, nothing is done twice",
    })
}

pub(super) fn comment_spec() -> Spec {
    Spec {
        tool: Tool::Comment,
        title: "Comment",
        description: "A comment on an issue or pull request, as the owner's account, with a line that says who wrote \
                      it. Answers at once with an id; the owner may have to approve: wait with job_wait, then \
                      fetch the outcome with job_result.",
        input: object(&[
            ("repository", repository()),
            ("number", number()),
            (
                "text",
                json!({
                    "type": "string", "minLength": 1, "maxLength": LONGEST_TEXT,
                    "description": "Markdown",
                }),
            ),
            ("idempotency_key", key()),
        ]),
        output: status_schema(),
        idempotent: true,
        destructive: false,
    }
}

pub(super) fn create_spec() -> Spec {
    Spec {
        tool: Tool::CreateIssue,
        title: "Open an issue",
        description: "A new issue, as the owner's account, with a line that says who wrote it. Answers as `comment` \
                      does.",
        input: object(&[
            ("repository", repository()),
            (
                "title",
                json!({ "type": "string", "minLength": 1, "maxLength": LONGEST_TITLE }),
            ),
            (
                "text",
                json!({
                    "type": "string", "minLength": 1, "maxLength": LONGEST_TEXT,
                    "description": "Markdown",
                }),
            ),
            ("idempotency_key", key()),
        ]),
        output: status_schema(),
        idempotent: true,
        destructive: false,
    }
}

pub(super) fn label_spec() -> Spec {
    Spec {
        tool: Tool::Label,
        title: "Add labels",
        description: "Labels more on an issue or pull request; takes write access of the owner's account there. \
                      Answers as `comment` does.",
        input: object(&[
            ("repository", repository()),
            ("number", number()),
            (
                "labels",
                json!({
                    "type": "array", "minItems": 1, "maxItems": MOST_LABELS,
                    "items": { "type": "string", "minLength": 1, "maxLength": LONGEST_LABEL },
                }),
            ),
            ("idempotency_key", key()),
        ]),
        output: status_schema(),
        idempotent: true,
        destructive: false,
    }
}

pub(super) fn close_spec() -> Spec {
    Spec {
        tool: Tool::CloseIssue,
        title: "Close an issue",
        description: "Closes an issue; no pull request. Answers as `comment` does.",
        input: object(&[
            ("repository", repository()),
            ("number", number()),
            (
                "reason?",
                one_of(&["completed", "not_planned"], "completed if it is left out"),
            ),
            ("idempotency_key", key()),
        ]),
        output: status_schema(),
        idempotent: true,
        destructive: true,
    }
}

pub(super) fn fix_spec() -> Spec {
    Spec {
        tool: Tool::Fix,
        title: "Have a patch made",
        description: "The owner's coding agent makes a patch for an issue, or for a goal in your words, in a sandbox; \
                      the repository's tests and a gate judge it; the owner is asked about it; then it becomes one \
                      pull request. Takes minutes to hours. Answers at once with an id: wait with job_wait, then \
                      fetch the outcome with job_result.",
        input: object(&[
            ("repository", repository()),
            ("issue?", number()),
            (
                "goal?",
                json!({
                    "type": "string", "minLength": 1, "maxLength": LONGEST_GOAL,
                    "description": "what is to be done, where it is for no issue",
                }),
            ),
            ("idempotency_key", key()),
        ]),
        output: status_schema(),
        idempotent: true,
        destructive: false,
    }
}

pub(super) fn comment_wish(given: &Value) -> Result<Wish, Refusal> {
    let comment: Comment = arguments::typed(given)?;
    let acting = Acting::Comment {
        number: arguments::number(comment.number)?,
        text: spoken("text", &comment.text, LONGEST_TEXT)?,
    };
    let place = arguments::repository(&comment.repository)?;
    Ok(Wish::Act(place, checked(&comment.idempotency_key)?, acting))
}

pub(super) fn create_wish(given: &Value) -> Result<Wish, Refusal> {
    let create: Create = arguments::typed(given)?;
    let title = spoken("title", &create.title, LONGEST_TITLE)?;
    if title.contains('\n') {
        return Err(Refusal::arguments("`title` is one line"));
    }
    let acting = Acting::CreateIssue {
        title,
        text: spoken("text", &create.text, LONGEST_TEXT)?,
    };
    let place = arguments::repository(&create.repository)?;
    Ok(Wish::Act(place, checked(&create.idempotency_key)?, acting))
}

pub(super) fn label_wish(given: &Value) -> Result<Wish, Refusal> {
    let label: Label = arguments::typed(given)?;
    if !(1..=MOST_LABELS).contains(&label.labels.len()) {
        let why = format!("`labels` are from 1 to {MOST_LABELS}");
        return Err(Refusal::arguments(why));
    }
    let named = |text: &String| {
        if text.chars().any(char::is_control) {
            return Err(Refusal::arguments("each of `labels` is one line"));
        }
        words("labels", text, LONGEST_LABEL)
    };
    let acting = Acting::Label {
        number: arguments::number(label.number)?,
        labels: label.labels.iter().map(named).collect::<Result<_, _>>()?,
    };
    let place = arguments::repository(&label.repository)?;
    Ok(Wish::Act(place, checked(&label.idempotency_key)?, acting))
}

pub(super) fn close_wish(given: &Value) -> Result<Wish, Refusal> {
    let close: Close = arguments::typed(given)?;
    let acting = Acting::CloseIssue {
        number: arguments::number(close.number)?,
        not_planned: matches!(close.reason, Some(Reason::NotPlanned)),
    };
    let place = arguments::repository(&close.repository)?;
    Ok(Wish::Act(place, checked(&close.idempotency_key)?, acting))
}

pub(super) fn fix_wish(given: &Value) -> Result<Wish, Refusal> {
    let fix: Fix = arguments::typed(given)?;
    if fix.issue.is_some() == fix.goal.is_some() {
        return Err(Refusal::arguments(
            "one of `issue` and `goal` is needed, and not both",
        ));
    }
    let goal = fix.goal.as_deref();
    let acting = Acting::Fix {
        number: fix.issue.map(arguments::number).transpose()?,
        goal: goal
            .map(|goal| words("goal", goal, LONGEST_GOAL))
            .transpose()?,
    };
    let place = arguments::repository(&fix.repository)?;
    Ok(Wish::Act(place, checked(&fix.idempotency_key)?, acting))
}

pub(super) fn checked(key: &str) -> Result<String, Refusal> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._:-".contains(c);
    if (1..=100).contains(&key.len()) && key.chars().all(plain) {
        return Ok(key.to_owned());
    }
    Err(Refusal::arguments(
        "`idempotency_key` is of at most 100 letters, digits, and . _ : -",
    ))
}

/// A client's words, which the owner must be able to read: nothing in them hides, and nothing passes for a
/// mark of ours.
pub(super) fn words(name: &str, text: &str, longest: usize) -> Result<String, Refusal> {
    // What an emoji is made of is left.
    let emoji = |c: char| matches!(c, '\u{200d}' | '\u{fe0f}');
    let odd = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t')) || is_bidi(c) || (is_hidden(c) && !emoji(c))
    };
    if text.trim().is_empty() || text.chars().count() > longest {
        let why = format!("`{name}` has from 1 to {longest} characters");
        return Err(Refusal::arguments(why));
    }
    if text.chars().any(odd) || text.contains("<!") || text.contains("<?") {
        let why = format!("`{name}` holds characters or a comment that do not show");
        return Err(Refusal::arguments(why));
    }
    Ok(text.to_owned())
}

/// The same, where it is said at GitHub in the owner's name: no program takes it for an order of his.
fn spoken(name: &str, text: &str, longest: usize) -> Result<String, Refusal> {
    let text = words(name, text, longest)?;
    match commands::command(&text) {
        None => Ok(text),
        Some(command) => Err(Refusal::arguments(format!(
            "`{name}` holds `{command}`, which bots take for an order of the owner's, quoted or not; say it without"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_is_not_said() {
        assert!(words("text", "One line.\n\n- and\ta list", 100).is_ok());
        for odd in [
            "a\u{202e}b",
            "a\u{200b}b",
            "a\u{1b}[2Jb",
            "a <!-- b",
            "a <!x b",
            "a <? b",
            "  ",
            &"x".repeat(101),
        ] {
            assert!(words("text", odd, 100).is_err(), "{odd:?}");
        }
    }

    #[test]
    fn a_label_is_one_line() {
        let label = |label: &str| {
            label_wish(&json!({
                "repository": "a/b", "number": 1, "labels": [label], "idempotency_key": "k",
            }))
        };
        assert!(label("good first issue").is_ok());
        for odd in ["bug\nfeature", "bug\tfeature", "bug\r", "bug\u{85}"] {
            assert!(label(odd).is_err(), "{odd:?}");
        }
    }

    #[test]
    fn a_patch_is_for_an_issue_or_for_a_goal() {
        let fix = |more: Value| {
            let mut given = json!({ "repository": "a/b", "idempotency_key": "k" });
            if let (Some(given), Some(more)) = (given.as_object_mut(), more.as_object()) {
                given.extend(more.clone());
            }
            fix_wish(&given)
        };
        assert!(fix(json!({ "issue": 7 })).is_ok());
        assert!(fix(json!({ "goal": "mend it" })).is_ok());
        assert!(fix(json!({})).is_err());
        assert!(fix(json!({ "issue": 7, "goal": "mend it" })).is_err());
    }
}
