//! Local AI asks, and answers nothing.

use regex::Regex;

use super::{none, only, program};

#[test]
fn no_client_can_answer_a_question() {
    // What takes an answer, and the actors whose word counts. The rooms through which a client's calls come
    // name none of it; what they may name of `control` stands in the table.
    let answers = Regex::new(
        r"\.decide\(|control::(?:apply|Command)|Answer::(?:Approve|Deny)|\.job_approved\(|\bActor::(?:Operator|Telegram)\b|\bPermit\b|\bverbs::",
    )
    .expect("a pattern");
    let mut offences = Vec::new();
    for source in program().filter(|s| matches!(s.room(), Some("broker" | "mcp"))) {
        for found in answers.find_iter(&source.code) {
            offences.push(format!("{}: {}", source.path, found.as_str()));
        }
    }
    none(&offences, "a client's call comes near an answer");
    only(
        "Actor::Client {",
        &[
            "src/broker/identity.rs",
            "src/ledger/asked/settle.rs",
            "src/ledger/requests/change.rs",
        ],
        "a client is made into an actor elsewhere, or told apart",
    );
}

#[test]
fn the_library_that_speaks_mcp_decides_nothing() {
    only(
        "rmcp::",
        &["src/mcp/"],
        "rmcp outside the room of the transport",
    );
}
