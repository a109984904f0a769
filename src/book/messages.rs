//! What the daemon says when something is wrong: read out of the sources, so that none is forgotten.

use crate::book::sources::{self, Source, first_argument, fixed, literals};

/// Something that an owner may look up.
pub(super) struct Message {
    /// The file that says it.
    pub(super) path: String,
    /// What kind of thing it is.
    pub(super) kind: &'static str,
    /// The words to look for.
    pub(super) words: String,
}

/// Shorter than this is no sentence of its own: what is put in says it.
const SHORTEST: usize = 7;

/// Files whose `#[error("…")]` the owner of a daemon meets.
const ERRORS: [&str; 12] = [
    "src/daemon.rs",
    "src/ledger/error.rs",
    "src/control_socket/",
    "src/fixer/call.rs",
    "src/fixer/order.rs",
    "crates/vault/src/keys.rs",
    "crates/vault/src/secret.rs",
    "crates/vault/src/settings.rs",
    "crates/vault/src/connect.rs",
    "crates/vault/src/wire.rs",
    "crates/vault/src/journal.rs",
    "crates/vault/src/telegram/error.rs",
];

/// Files in which a word of small letters is the code of a failure.
const CODES: [&str; 7] = [
    "crates/vault/src/classify.rs",
    "crates/vault/src/exchange.rs",
    "crates/vault/src/exchange/answer.rs",
    "crates/vault/src/cell.rs",
    "crates/vault/src/vault.rs",
    "crates/vault/src/wire.rs",
    "src/health.rs",
];

/// Words in those files that are none.
const NO_CODES: [&str; 19] = [
    "error",
    "error_description",
    "grant_type",
    "client_id",
    "subject_token",
    "subject_token_type",
    "requested_token_type",
    "connection",
    "scope",
    "client_secret",
    "client_assertion_type",
    "client_assertion",
    "location",
    "code",
    "class",
    "remedy",
    "bearer",
    "lasted_ms",
    "login",
];

/// Everything that is to be found in the runbook.
pub(super) fn all() -> Vec<Message> {
    let mut found = Vec::new();
    for source in sources::all() {
        for logged in ["tracing::warn!(", "tracing::error!("] {
            sentences(&source, logged, "log line", &mut found);
        }
        if ERRORS.iter().any(|file| source.path.starts_with(file)) {
            sentences(&source, "#[error(", "error", &mut found);
        }
        if [
            "src/messages/notice.rs",
            "src/messages/halt.rs",
            "src/messages/push.rs",
        ]
        .contains(&source.path.as_str())
        {
            sentences(&source, ".bold(", "notice", &mut found);
            sentences(&source, ".bold(&format!(", "notice", &mut found);
        }
        if source.path == "src/status.rs" {
            let warnings = literals(&source.code)
                .into_iter()
                .filter(|text| text.contains('⚠'));
            for text in warnings {
                push(&source, "line of `status`", &text, &mut found);
            }
        }
        if CODES.contains(&source.path.as_str()) {
            let mut codes: Vec<String> = literals(&source.code)
                .into_iter()
                .filter(|text| is_code(text))
                .collect();
            codes.sort();
            codes.dedup();
            found.extend(codes.into_iter().map(|words| Message {
                path: source.path.clone(),
                kind: "code",
                words,
            }));
        }
        if source.path == "crates/vault/src/egress/refusal.rs" {
            let codes = literals(&source.code)
                .into_iter()
                .filter(|text| is_code(text) && text.contains('_'));
            found.extend(codes.map(|words| Message {
                path: source.path.clone(),
                kind: "code of the egress process",
                words,
            }));
        }
    }
    found
}

fn is_code(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c == '_' || c.is_ascii_digit();
    text.len() > 3
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(plain)
        && !NO_CODES.contains(&text)
}

fn sentences(source: &Source, before: &str, kind: &'static str, found: &mut Vec<Message>) {
    for (at, _) in source.code.match_indices(before) {
        if let Some(text) = first_argument(&source.code, at + before.len()) {
            push(source, kind, &text, found);
        }
    }
}

fn push(source: &Source, kind: &'static str, text: &str, found: &mut Vec<Message>) {
    let longest = fixed(text).into_iter().next().unwrap_or_default();
    if longest.chars().count() >= SHORTEST {
        found.push(Message {
            path: source.path.clone(),
            kind,
            words: longest,
        });
    }
}
