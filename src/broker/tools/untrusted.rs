//! Strangers' words on their way to a model: what hides in them shows, and they end somewhere.

use serde_json::{Value, json};

use crate::bounty::text::{cut, reveal, reveal_code};
use crate::github::within::{LabelRead, Who};

/// Characters of a title or a name, at most.
const LINE: usize = 400;
/// Characters of a text, at most.
const TEXT: usize = 40_000;

/// One line.
pub(super) fn line(text: &str) -> Value {
    json!(cut(&reveal(text).replace(['\n', '\r'], " "), LINE))
}

/// A text of several.
pub(super) fn text(text: Option<&str>) -> Value {
    json!(cut(&reveal(text.unwrap_or_default()), TEXT))
}

/// Code, in which everything stays that can be seen.
pub(super) fn code(text: &str, longest: usize) -> Value {
    json!(cut(&reveal_code(text), longest))
}

/// A login; an account that is gone has none.
pub(super) fn author(who: Option<&Who>) -> Value {
    who.map_or(Value::Null, |who| line(&who.login))
}

/// The names of labels.
pub(super) fn labels(labels: &[LabelRead]) -> Value {
    labels.iter().map(|label| line(&label.name)).collect()
}
