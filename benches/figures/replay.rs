//! The floor of a scan: the same requests, sent with the HTTP client that the daemon is built on, each
//! answer parsed by `serde_json` and dropped. No search is planned, nothing is judged or stored. This
//! binary runs itself with [`WORD`] to be it.

use std::io::BufRead as _;
use std::path::Path;
use std::process::{Command, ExitCode};

use reqwest::header;
use serde_json::Value;

use crate::daemon;
use crate::wiretap::Exchange;

/// The first argument that makes this binary the floor. Then follow the address of the simulated
/// GitHub, a token for it, and the file with the requests.
pub(crate) const WORD: &str = "--replay-a-scan";

/// Sends the requests one after the other, as the daemon does.
pub(crate) fn run(mut arguments: impl Iterator<Item = String>) -> ExitCode {
    let (Some(base), Some(token), Some(file)) =
        (arguments.next(), arguments.next(), arguments.next())
    else {
        return ExitCode::from(64);
    };
    let file = std::fs::File::open(file).expect("the requests");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let client = reqwest::Client::builder()
            .user_agent("bountyd-bench")
            .build()
            .expect("a client");
        for line in std::io::BufReader::new(file).lines() {
            let line = line.expect("a request");
            let (path, body) = line.split_once(' ').expect("a path and a body");
            let request = if body.is_empty() {
                client.get(format!("{base}{path}"))
            } else {
                let json = (header::CONTENT_TYPE, "application/json");
                let body = body.to_owned();
                client
                    .post(format!("{base}{path}"))
                    .header(json.0, json.1)
                    .body(body)
            };
            let answer = request.bearer_auth(&token).send().await.expect("an answer");
            assert!(answer.status().is_success(), "{}", answer.status());
            let bytes = answer.bytes().await.expect("an answer");
            let value: Value = serde_json::from_slice(&bytes).expect("JSON");
            // Of what does not exist GraphQL says so, beside the rest.
            assert!(value.is_object(), "no answer: {} bytes", bytes.len());
        }
    });
    ExitCode::SUCCESS
}

/// The floor as a child process.
pub(crate) fn command(base: &str, token: &str, file: &Path) -> Command {
    let mut command = daemon::myself();
    command.arg(WORD).arg(base).arg(token).arg(file);
    command
}

/// Writes down what was asked of GitHub, one request a line.
pub(crate) fn store(exchanges: &[Exchange], file: &Path) {
    let lines: Vec<String> = exchanges.iter().map(line).collect();
    std::fs::write(file, lines.concat()).expect("the requests are written");
}

fn line(exchange: &Exchange) -> String {
    let path = exchange.request.split(' ').nth(1).expect("a path");
    let said = String::from_utf8_lossy(&exchange.said);
    let (_, body) = said.split_once("\r\n\r\n").expect("an end of the headers");
    // JSON as the daemon writes it has no line breaks.
    assert!(!body.contains('\n'), "{body}");
    format!("{path} {body}\n")
}
