//! `[mcp.clients.NAME]` and its rules.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::Range;

use super::{HOUR, MINUTE, SECOND};
use crate::broker::policy::{
    Client, Effect, Kind, Lease, Pattern, Rule, StepUp, Tier, Tool, Undoing, WhenDown,
};
use crate::config::complaints::Refusal;
use crate::config::reader::Section;
use crate::config::{Mcp, Push};

/// Longest name of a client.
const LONGEST: usize = 32;

pub(super) fn mcp(section: Section<'_>) -> Mcp {
    let (mut clients, mut keys) = (BTreeMap::new(), BTreeMap::new());
    let (step_up, push) = steps(section.section("step_up"));
    let listed = section.section("clients");
    for (name, span, table) in listed.tables() {
        if !is_a_name(&name) {
            odd_name(&listed, span, &name);
            continue;
        }
        if let Some(key) = table.parsed("key_sha256", key) {
            keys.insert(name.clone(), key);
        }
        if let Some(client) = client(&name, &table, &step_up) {
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
        push,
    }
}

/// `[mcp.step_up]`, for all clients.
fn steps(table: Section<'_>) -> (StepUp, Option<Push>) {
    let default = StepUp::default();
    let push = table.boolean("push", default.push);
    let ask_above = table.dollars("ask_above_usd", default.ask_above);
    let push_above = table.dollars("push_above_usd", default.push_above);
    if push_above < ask_above {
        table.complaints.error(
            table.span("push_above_usd").or(table.span("ask_above_usd")),
            "the weaker question begins above the stronger one".into(),
            format!("ask_above_usd is {ask_above}, push_above_usd {push_above}"),
            "let push_above_usd be as high as ask_above_usd, or higher",
        );
    }
    let answer_within = table.duration("answer_within", 30 * SECOND..=5 * MINUTE, 5 * MINUTE);
    let when_down = table.parsed("when_down", |text| {
        WhenDown::parse(text).ok_or_else(|| {
            Refusal::new(
                "there are two ways, and no third that asks less",
                "use \"wait\" (the question stays until the phone can be asked) or \"refuse\"",
            )
        })
    });
    table.finish();
    let push_set = push.then(|| Push {
        answer_within,
        when_down: when_down.unwrap_or(WhenDown::Wait),
    });
    let step_up = StepUp {
        push,
        ask_above,
        push_above,
        ..default
    };
    (step_up, push_set)
}

/// `[mcp.clients.NAME.step_up]`: tools that take more, whatever they are worth.
fn raised(table: Section<'_>, all: &StepUp) -> StepUp {
    let mut step_up = all.clone();
    for (key, tier) in [
        ("telegram", Tier::Telegram),
        ("push", Tier::Push),
        ("both", Tier::Both),
    ] {
        let texts = table.strings(key).unwrap_or_default();
        let read = texts.iter().map(|text| table.read(key, text, acting));
        let tools: Vec<_> = read.flatten().collect();
        let weak = |tool: &&Tool| tool.undoing() == Undoing::Impossible && tier == Tier::Telegram;
        if let Some(tool) = tools.iter().find(weak) {
            table.complaints.error(
                table.span(key),
                format!("{tool} takes more than that"),
                "what it does cannot be undone, so it always takes your phone",
                "name it under `push` or `both`, or not at all",
            );
        }
        if tier.pushes() && !tools.is_empty() && !all.push {
            table.complaints.warning(
                table.span(key),
                "there is no phone to ask".into(),
                "[mcp.step_up] push is not switched on, so all of it would be refused",
                "set push = true in [mcp.step_up] (docs/step-up.md says what the tenant needs)",
            );
        }
        step_up
            .tools
            .extend(tools.into_iter().map(|tool| (tool, tier)));
    }
    table.finish();
    step_up
}

fn acting(text: &str) -> Result<Tool, Refusal> {
    let known = Tool::parse(text).filter(|tool| tool.acts());
    known.ok_or_else(|| {
        let all = Tool::ALL.into_iter().filter(|tool| tool.acts());
        let names: Vec<_> = all.map(Tool::as_str).collect();
        Refusal::new(
            format!("`{}` is no tool that changes anything", text.escape_debug()),
            format!("use {}", names.join(", ")),
        )
    })
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

fn client(name: &str, table: &Section<'_>, step_up: &StepUp) -> Option<Client> {
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
        lease: lease(table.section("lease")),
        step_up: raised(table.section("step_up"), step_up),
    };
    uid.map(|_| client)
}

/// `[mcp.clients.NAME.lease]`: where it is left out, each write is asked about.
fn lease(table: Section<'_>) -> Option<Lease> {
    let lease = table.is_present().then(|| Lease {
        lasts: table.duration("lasts", MINUTE..=24 * HOUR, HOUR),
        at_most: table.count("at_most", 1..=100, 5),
    });
    table.finish();
    lease
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
