//! Rows of a JSON Lines file, made into facts. Shared by the examples and by the fixture test.

use std::fmt;

use bountyd::bounty::appraise::{Appraisal, Lists, appraise};
use bountyd::bounty::facts::{
    Actor, ActorKind, Association, Comment, IssueFacts, IssueState, Label, RepoFacts,
};
use bountyd::bounty::known_login;
use bountyd::bounty::state::Status;
use bountyd::clock::UnixMillis;
use serde_json::{Map, Value, json};

/// Rows carry no times; rates are not used either.
const NOW: UnixMillis = UnixMillis(1_790_000_000_000);

/// What is wrong with a line.
#[derive(Debug)]
pub(crate) struct Fault {
    /// Line number, from 1.
    pub(crate) line: usize,
    /// Which field; empty for the line as a whole.
    pub(crate) field: String,
    /// What is wrong and what is wanted.
    pub(crate) what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() {
            return write!(f, "line {}: {}", self.line, self.what);
        }
        write!(
            f,
            "line {}, field `{}`: {}",
            self.line, self.field, self.what
        )
    }
}

/// One row.
#[derive(Debug)]
pub(crate) struct Row {
    /// Its `id`.
    pub(crate) id: Value,
    /// What it says of the issue.
    pub(crate) facts: IssueFacts,
}

struct Fields<'a> {
    line: usize,
    map: &'a Map<String, Value>,
}

impl Fields<'_> {
    fn fault(&self, field: &str, what: &str) -> Fault {
        Fault {
            line: self.line,
            field: field.to_owned(),
            what: what.to_owned(),
        }
    }

    fn text(&self, field: &str) -> Result<Option<String>, Fault> {
        match self.map.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(self.fault(field, "must be a string or null")),
        }
    }

    fn list(&self, field: &str) -> Result<Option<&Vec<Value>>, Fault> {
        match self.map.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Array(all)) => Ok(Some(all)),
            Some(_) => Err(self.fault(field, "must be a list or null")),
        }
    }

    fn texts(&self, field: &str) -> Result<Option<Vec<String>>, Fault> {
        let Some(all) = self.list(field)? else {
            return Ok(None);
        };
        all.iter()
            .enumerate()
            .map(|(at, one)| {
                one.as_str()
                    .map(str::to_owned)
                    .ok_or_else(|| self.fault(&format!("{field}[{at}]"), "must be a string"))
            })
            .collect::<Result<_, _>>()
            .map(Some)
    }
}

/// Who a login is: a platform's known account gets its true id and kind; the repository's owner
/// is its owner; anybody else is a stranger.
fn person(login: Option<String>, owner: &str) -> (Actor, Association) {
    let Some(login) = login else {
        return (Actor::default(), Association::Unknown);
    };
    let association = if login.eq_ignore_ascii_case(owner) {
        Association::Owner
    } else {
        Association::None
    };
    let (id, kind) = known_login(&login).unwrap_or((None, ActorKind::Unknown));
    let actor = Actor {
        login: Some(login),
        id,
        kind,
    };
    (actor, association)
}

/// Reads one line.
///
/// # Errors
/// Names the field that is wrong.
pub(crate) fn read(line: usize, text: &str) -> Result<Row, Fault> {
    let whole = |what: String| Fault {
        line,
        field: String::new(),
        what,
    };
    let value: Value = serde_json::from_str(text).map_err(|e| whole(format!("not JSON: {e}")))?;
    let map = value
        .as_object()
        .ok_or_else(|| whole("not a JSON object".to_owned()))?;
    let fields = Fields { line, map };
    let slug = fields.text("repo")?.unwrap_or_default();
    let (owner, name) = slug.split_once('/').unwrap_or(("", &slug));
    let number = match map.get("number") {
        None | Some(Value::Null) => 0,
        Some(number) => number
            .as_u64()
            .ok_or_else(|| fields.fault("number", "must be a whole number or null"))?,
    };
    let state = match fields.text("state")?.as_deref() {
        // A row without a state came out of a list of open issues.
        None => IssueState::Open,
        Some(state) if state.eq_ignore_ascii_case("open") => IssueState::Open,
        Some(state) if state.eq_ignore_ascii_case("closed") => IssueState::Closed,
        Some(_) => return Err(fields.fault("state", "must be `open`, `closed` or null")),
    };
    let mut comments = Vec::new();
    for (at, one) in fields.list("comments")?.into_iter().flatten().enumerate() {
        let inner = one
            .as_object()
            .ok_or_else(|| fields.fault(&format!("comments[{at}]"), "must be an object"))?;
        let inner = Fields { line, map: inner };
        let nested = |fault: Fault| Fault {
            field: format!("comments[{at}].{}", fault.field),
            ..fault
        };
        let (author, association) = person(inner.text("author").map_err(nested)?, owner);
        comments.push(Comment {
            id: None,
            author,
            association,
            body: inner.text("body").map_err(nested)?.unwrap_or_default(),
            created_at: None,
        });
    }
    let (author, association) = person(fields.text("author")?, owner);
    let facts = IssueFacts {
        repo: RepoFacts {
            owner: owner.to_owned(),
            name: name.to_owned(),
            ..RepoFacts::default()
        },
        number,
        node_id: None,
        title: fields.text("title")?.unwrap_or_default(),
        body: fields.text("body")?,
        state: Some(state),
        locked: None,
        author,
        association,
        created_at: None,
        updated_at: None,
        served_at: None,
        labels: fields.texts("labels")?.map(|names| {
            names
                .into_iter()
                .map(|name| Label {
                    name,
                    set_by: None,
                    set_at: None,
                })
                .collect()
        }),
        assignees: fields.texts("assignees")?.map(|logins| {
            logins
                .into_iter()
                .map(|login| person(Some(login), owner).0)
                .collect()
        }),
        comments,
        comments_complete: false,
        pull_requests: Vec::new(),
        timeline_complete: false,
    };
    Ok(Row {
        id: map.get("id").cloned().unwrap_or(Value::Null),
        facts,
    })
}

/// Judges a row.
#[must_use]
pub(crate) fn judge(row: &Row, lists: &Lists) -> Appraisal {
    appraise(&row.facts, lists, None, NOW)
}

/// A judgement as one JSON object.
#[must_use]
pub(crate) fn show(row: &Row, judged: &Appraisal) -> Value {
    let number = |text: String| {
        text.parse::<serde_json::Number>()
            .map_or(Value::Null, Value::Number)
    };
    let value = &judged.amount;
    let currency = value
        .amount
        .as_ref()
        .map(|a| &a.currency)
        .or(value.currency.as_ref().filter(|_| judged.is_bounty));
    json!({
        "id": row.id,
        "is_bounty": judged.is_bounty,
        "usd": value.usd.map(|usd| number(usd.decimal().to_string())),
        "amount": value.amount.as_ref().map(|a| number(a.value.to_string())),
        "currency": currency.map(ToString::to_string),
        "platform": judged.platform.map(|p| p.as_str()),
        "status": status(judged, &row.facts),
        "reasons": judged.reasons.iter().map(|r| format!("{}: {}", r.code, r.text)).collect::<Vec<_>>(),
    })
}

/// The eight states in the corpus's five words.
fn status(judged: &Appraisal, facts: &IssueFacts) -> &'static str {
    match judged.status {
        Status::Open | Status::Tried => "open",
        Status::Claimed | Status::Submitted => "claimed",
        Status::Paid => "paid",
        Status::Cancelled if facts.state == Some(IssueState::Closed) => "closed",
        Status::Cancelled | Status::Unfunded | Status::Fake | Status::NotABounty => "n/a",
    }
}
