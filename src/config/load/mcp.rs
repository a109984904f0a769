//! `[mcp.clients.NAME]` and its rules.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::Range;

use super::{HOUR, MINUTE};
use crate::broker::policy::{Client, Effect, Kind, Pattern, Rule, Tool};
use crate::config::Mcp;
use crate::config::complaints::Refusal;
use crate::config::reader::Section;

/// Longest name of a client.
const LONGEST: usize = 32;

pub(super) fn mcp(section: Section<'_>) -> Mcp {
    let (mut clients, mut keys) = (BTreeMap::new(), BTreeMap::new());
    let listed = section.section("clients");
    for (name, span, table) in listed.tables() {
        if !is_a_name(&name) {
            odd_name(&listed, span, &name);
            continue;
        }
        if let Some(key) = table.parsed("key_sha256", key) {
            keys.insert(name.clone(), key);
        }
        if let Some(client) = client(&name, &table) {
            clients.insert(name, client);
        }
        table.finish();
    }
    let over_http = section.section("http");
    let http = over_http.parsed("listen", loopback);
    if over_http.is_present() && over_http.span("listen").is_none() {
        over_http.missing(
            "listen",
            "without it there is no place to ask at",
            "add listen = \"127.0.0.1:7413\"",
        );
    }
    over_http.finish();
    section.finish();
    Mcp {
        clients,
        http,
        keys,
    }
}

/// A loopback address with a port: whoever is on another machine is not asked in.
fn loopback(text: &str) -> Result<SocketAddr, Refusal> {
    let at = text.parse::<SocketAddr>().ok();
    at.filter(|at| at.ip().is_loopback() && at.port() != 0)
        .ok_or_else(|| {
            Refusal::new(
                "it is no loopback address with a port",
                "write \"127.0.0.1:7413\" or \"[::1]:7413\"; for other machines, tunnel to it",
            )
        })
}

/// SHA-256 in hexadecimal.
fn key(text: &str) -> Result<[u8; 32], Refusal> {
    let mut hash = [0; 32];
    match hex::decode_to_slice(text, &mut hash) {
        Ok(()) => Ok(hash),
        Err(_) => Err(Refusal::new(
            "a SHA-256 is 64 hexadecimal digits",
            "have a key made, and copy the line: bountyd mcp key NAME",
        )),
    }
}

/// Lower-case letters, digits and dashes: it is seen in the journal and on the owner's phone.
fn is_a_name(name: &str) -> bool {
    (1..=LONGEST).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn odd_name(section: &Section<'_>, span: Range<usize>, name: &str) {
    section.complaints.error(
        Some(span),
        format!("`{}` is no name for a client", name.escape_debug()),
        format!("names are of lower-case letters, digits and dashes, {LONGEST} at most"),
        "write [mcp.clients.openclaw]",
    );
}

fn client(name: &str, table: &Section<'_>) -> Option<Client> {
    let uid = table.integer("uid", 1..=i64::from(u32::MAX) - 1);
    if table.span("uid").is_none() {
        table.missing(
            "uid",
            "a client is known by the user that it runs as",
            "add uid = 1001, as `id -u` of that user says",
        );
    }
    let section = table.section("rules");
    let mut rules = Vec::new();
    for (name, _, table) in section.tables() {
        rules.extend(rule(name, &table));
        table.finish();
    }
    let client = Client {
        name: name.to_owned(),
        uid: u32::try_from(uid.unwrap_or_default()).unwrap_or(u32::MAX),
        rules,
        calls_per_minute: table.count("calls_per_minute", 1..=6_000, 120),
        writes_per_day: table.count("writes_per_day", 0..=10_000, 20),
        jobs_per_day: table.count("jobs_per_day", 0..=1_000, 5),
        answer_valid: table.duration("answer_valid", MINUTE..=24 * HOUR, HOUR),
    };
    uid.map(|_| client)
}

fn rule(name: String, table: &Section<'_>) -> Option<Rule> {
    let effect = table.parsed("effect", effect);
    if table.span("effect").is_none() {
        table.missing(
            "effect",
            "a rule says what is to be done about what it names",
            "add effect = \"allow\", \"ask\" (the owner is asked about each) or \"deny\"",
        );
    }
    let tools = listed(table, "tools", tool);
    let repositories = listed(table, "repositories", pattern);
    let read = tools.iter().find(|tool| tool.kind() == Kind::Read);
    if effect == Some(Effect::Ask)
        && let Some(read) = read
    {
        table.complaints.error(
            table.span("effect"),
            format!("nobody is asked about {read}"),
            "it reads, and whoever may read at all reads at once",
            "put what reads in a rule of its own, with effect = \"allow\" or \"deny\"",
        );
    }
    Some(Rule {
        name,
        tools,
        repositories,
        effect: effect?,
    })
}

fn listed<T>(
    table: &Section<'_>,
    key: &'static str,
    read: fn(&str) -> Result<T, Refusal>,
) -> Vec<T> {
    let texts = table.strings(key);
    if texts.as_ref().is_none_or(Vec::is_empty) && table.span(key).is_none() {
        table.missing(
            key,
            "without it the rule is about nothing",
            "see docs/mcp.md for an example",
        );
    }
    let texts = texts.unwrap_or_default();
    let read = texts.iter().map(|text| table.read(key, text, read));
    read.flatten().collect()
}

fn effect(text: &str) -> Result<Effect, Refusal> {
    Effect::parse(text).ok_or_else(|| {
        Refusal::new(
            "there are three effects",
            "use \"allow\", \"ask\" (the owner is asked about each) or \"deny\"",
        )
    })
}

fn tool(text: &str) -> Result<Tool, Refusal> {
    let known = Tool::parse(text).filter(|tool| tool.kind() != Kind::Own);
    known.ok_or_else(|| {
        let all = Tool::ALL.into_iter();
        let all = all.filter(|tool| tool.kind() != Kind::Own);
        let names: Vec<_> = all.map(Tool::as_str).collect();
        Refusal::new(
            format!("`{}` is no tool that takes a rule", text.escape_debug()),
            format!("use {}", names.join(", ")),
        )
    })
}

fn pattern(text: &str) -> Result<Pattern, Refusal> {
    Pattern::parse(text).map_err(|error| {
        Refusal::new(
            error.to_string(),
            "write \"owner/name\", with * for any characters, such as \"acme/*\"",
        )
    })
}
