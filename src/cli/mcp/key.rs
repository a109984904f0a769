//! A key for a client over HTTP: made, shown once, and kept as its hash by whoever copies the line.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::super::Context;
use crate::clock::{Entropy as _, OsEntropy};
use crate::exit::Exit;

/// What a key of ours begins with, so that scanners for secrets know it.
const PREFIX: &str = "bountyd_mcp_";

/// Makes a key of 256 bits.
pub(super) fn make(context: &Context, client: &str) -> Exit {
    let mut bytes = [0; 32];
    OsEntropy.fill(&mut bytes);
    let key = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes));
    let hash = hex::encode(Sha256::digest(key.as_bytes()));
    if context.json {
        return context.print_json(&json!({ "client": client, "key": key, "key_sha256": hash }));
    }
    eprintln!(
        "The key is shown once; give it to the client. In the configuration, under [mcp.clients.{client}]:\n\n\
         key_sha256 = \"{hash}\"\n"
    );
    context.print(&format!("{key}\n"))
}
