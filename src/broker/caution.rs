//! What the owner is asked about although a rule allows it.

use super::acting::Acting;
use super::commands::calls_somebody;

/// Why he is asked about this, beside what the rules say; nothing: he need not be.
pub(super) fn reasons(acting: &Acting) -> Vec<String> {
    let mut why = Vec::new();
    if acting.said().into_iter().any(calls_somebody) {
        let call = "it calls somebody by @name, and bots take orders so";
        why.push(call.to_owned());
    }
    why
}
