//! The official conformance suite, for both versions of the specification, against the daemon's own transport. What
//! it finds otherwise than it wants is listed, with why, in `conformance-VERSION.yml`; anything more fails.
//!
//! The suite shows no key, which no request of ours goes without: a relay puts it in, and names the port behind
//! it in the place of its own. Everything else passes through as it is.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;

use crate::http::Web;

/// Bytes of a request's head.
const HEAD: usize = 16 * 1024;

/// One request: its head with the key in it, and everything after it as it is.
async fn relay(mut from: TcpStream, own: u16, to: u16, key: String) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = from.read_u8().await else {
            return;
        };
        head.push(byte);
        assert!(head.len() < HEAD, "a head that does not end");
    }
    let head = String::from_utf8(head).expect("a head is text");
    let (first, rest) = head.split_once("\r\n").expect("a first line");
    let rest: String = rest
        .split_inclusive("\r\n")
        .filter(|line| !line.to_ascii_lowercase().starts_with("connection:"))
        .map(|line| line.replace(&format!(":{own}"), &format!(":{to}")))
        .collect();
    // One request each, so that every one of them gets the key.
    let head = format!("{first}\r\nauthorization: Bearer {key}\r\nconnection: close\r\n{rest}");
    let Ok(mut there) = TcpStream::connect(("127.0.0.1", to)).await else {
        return;
    };
    if there.write_all(head.as_bytes()).await.is_ok() {
        let _ = tokio::io::copy_bidirectional(&mut from, &mut there).await;
    }
}

/// Each check that did not come out well: scenario, check, and what the suite says of it.
fn otherwise(out: &Path) -> String {
    let mut lines = Vec::new();
    for scenario in std::fs::read_dir(out).expect("results").flatten() {
        let Ok(text) = std::fs::read_to_string(scenario.path().join("checks.json")) else {
            continue;
        };
        let checks: Vec<Value> = serde_json::from_str(&text).expect("JSON");
        for check in checks {
            if !["SUCCESS", "INFO", "SKIPPED"].contains(&check["status"].as_str().unwrap_or("")) {
                let scenario = scenario.file_name().to_string_lossy().into_owned();
                let said = check["errorMessage"].as_str().unwrap_or_default();
                lines.push(format!(
                    "{scenario}:{} {} {said}",
                    check["id"], check["status"]
                ));
            }
        }
    }
    lines.sort();
    lines.join("\n")
}

async fn conforms(version: &str) {
    let place =
        PathBuf::from(std::env::var_os("MCP_CLIENTS").expect("MCP_CLIENTS names a directory"));
    let bin = place.join("js/node_modules/.bin");
    let mut web = Web::open("").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let own = listener.local_addr().expect("an address").port();
    let (to, key) = (web.port, web.key.clone());
    let relays = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(relay(stream, own, to, key.clone()));
        }
    });
    let listed = format!(
        "{}/tests/mcp/conformance-{version}.yml",
        env!("CARGO_MANIFEST_DIR")
    );
    let out = tempfile::tempdir().expect("a directory");
    let said = Command::new(bin.join("node"))
        .arg(bin.join("conformance"))
        .args(["server", "--url", &format!("http://127.0.0.1:{own}/mcp")])
        .args(["--requirements", version, "--expected-failures", &listed])
        .arg("-o")
        .arg(out.path())
        .output()
        .await
        .expect("it runs");
    relays.abort();
    let words = String::from_utf8_lossy(&said.stdout);
    assert!(
        said.status.success(),
        "{}{words}{}",
        String::from_utf8_lossy(&said.stderr),
        otherwise(out.path())
    );
    web.house.stop().await;
    assert_eq!(web.house.world.writes(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the official conformance suite: .ci/run fetches it"]
async fn the_transport_conforms_to_2025_11_25() {
    conforms("2025-11-25").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the official conformance suite: .ci/run fetches it"]
async fn the_transport_conforms_to_2026_07_28() {
    conforms("2026-07-28").await;
}
