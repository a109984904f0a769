//! Every kind of entry has its sentence.

use serde_json::json;
use vault::egress::{EgressEvent, Usage};

use super::*;

fn egress(event: &EgressEvent) -> Value {
    json!({ "job": "0f0e0d0c0b0a0908", "egress": event })
}

fn used(requests: u64, micro_usd: u64) -> Usage {
    Usage {
        requests,
        micro_usd,
        ..Usage::default()
    }
}

/// One entry of every kind, as the code writes them.
fn every_kind() -> Vec<(&'static str, &'static str, Value)> {
    let (bot, me) = ("daemon", "telegram:42");
    let approval = "dd5b3aa500112233445566778899aabb";
    vec![
        (
            "bounty.judged",
            "schedule",
            json!({ "decision": "ask", "reason": "above_threshold", "usd": 500_000 }),
        ),
        (
            "bounty.judged",
            "schedule",
            json!({ "decision": "skip", "reason": "claimed", "usd": 35_000 }),
        ),
        (
            "bounty.judged",
            "schedule",
            json!({ "decision": "report", "reason": "amount_unknown", "usd": null }),
        ),
        (
            "bounty.judged",
            "schedule",
            json!({ "decision": "claim", "reason": "below_thresholds", "usd": 12_050 }),
        ),
        (
            "bounty.given_up",
            bot,
            json!({ "reason": "gone", "trouble": "404 Not Found" }),
        ),
        (
            "approval.asked",
            bot,
            json!({ "approval": approval, "hash": "00", "usd": 75_000, "tier": "telegram" }),
        ),
        (
            "approval.decided",
            me,
            json!({ "approval": approval, "verdict": "approved", "channel": "telegram", "why": null }),
        ),
        (
            "approval.decided",
            "uid:1000",
            json!({ "approval": approval, "verdict": "denied", "channel": "terminal", "why": "too far" }),
        ),
        ("approval.expired", bot, json!({ "approval": approval })),
        (
            "approval.superseded",
            bot,
            json!({ "approval": approval, "why": "the issue changed" }),
        ),
        (
            "permit.granted",
            bot,
            json!({ "permit": "00", "record": { "ceiling": 75_000, "expires_at": 1_795_471_200_000_i64 } }),
        ),
        (
            "effect.begun",
            bot,
            json!({ "kind": "claim", "target": { "repo": "acme/widgets", "number": 7 }, "sha256": "00" }),
        ),
        (
            "effect.begun",
            bot,
            json!({ "kind": "ask-assignment", "target": { "repo": "acme/widgets", "number": 7 }, "sha256": "00" }),
        ),
        ("effect.begun", bot, json!({ "again": true })),
        (
            "effect.done",
            bot,
            json!({ "remote_id": 123, "detail": "" }),
        ),
        (
            "effect.failed",
            bot,
            json!({ "remote_id": null, "detail": "403 locked" }),
        ),
        (
            "effect.unknown",
            bot,
            json!({ "remote_id": null, "detail": "the answer was lost" }),
        ),
        (
            "effect.unproven",
            bot,
            json!({ "remote_id": null, "detail": "the issue has changed since" }),
        ),
        (
            "effect.written_as",
            bot,
            json!({ "login": "day-owner", "id": 2 }),
        ),
        (
            "exchange.begun",
            bot,
            json!({ "reason": "scan", "connection": "github", "kid": "k" }),
        ),
        (
            "exchange.done",
            bot,
            json!({ "of": 2, "facts": { "held_for": { "secs": 900, "nanos": 0 } } }),
        ),
        (
            "exchange.failed",
            bot,
            json!({ "of": 2, "failure": { "code": "invalid_grant", "message": "no such connection" } }),
        ),
        (
            "claim.followed",
            bot,
            json!({ "from": "requested", "to": "claimed", "reason": "assigned" }),
        ),
        (
            "claim.not_made",
            bot,
            json!({ "reason": "claimed", "why": "assigned to theo" }),
        ),
        (
            "refusal.remembered",
            bot,
            json!({ "subject": "acme", "reason": "a maintainer said no: stop" }),
        ),
        (
            "client.connected",
            "client:openclaw uid:1001 pid:77",
            json!({}),
        ),
        (
            "client.read",
            "client:openclaw uid:1001 pid:77",
            json!({ "calls": [
                { "tool": "get_issue", "repository": "acme/widgets", "outcome": "allowed", "at": 1 },
                { "tool": "read_file", "repository": "acme/widgets", "outcome": "allowed", "at": 2 },
            ] }),
        ),
        (
            "client.refused",
            "client:openclaw uid:1001 pid:77",
            json!({ "tool": "get_issue", "repository": "evil/widgets", "code": "not_permitted" }),
        ),
        (
            "client.refused",
            "client:openclaw uid:1001 pid:77",
            json!({ "code": "bad_json" }),
        ),
        (
            "client.stranger",
            "daemon",
            json!({ "by": "mcp.sock", "uid": 1002, "times": 1 }),
        ),
        (
            "client.stranger",
            "daemon",
            json!({ "by": "HTTP", "uid": null, "times": 64 }),
        ),
        (
            "request.pending",
            "client:openclaw uid:1001 pid:77",
            json!({ "client": "openclaw", "tool": "comment", "place": "acme/widgets#7", "hash": "00" }),
        ),
        (
            "request.asked",
            bot,
            json!({ "question": "00", "request": "11" }),
        ),
        (
            "request.denied",
            me,
            json!({ "client": "openclaw", "tool": "comment", "place": "acme/widgets#7", "why": "not there" }),
        ),
        (
            "request.done",
            bot,
            json!({ "client": "openclaw", "tool": "comment", "place": "acme/widgets#7" }),
        ),
        ("control.paused", "uid:0", json!({ "channel": "terminal" })),
        ("control.resumed", me, json!({ "channel": "telegram" })),
        ("control.scan", "uid:0", json!({ "channel": "terminal" })),
        ("control.doctor", "uid:0", json!({ "channel": "socket" })),
        ("doctor.mend", "uid:0", json!({ "mend": "webhook" })),
        ("doctor.mended", "uid:0", json!({ "mend": "webhook" })),
        (
            "doctor.not_mended",
            "uid:0",
            json!({ "mend": "webhook", "why": "Telegram asks to wait 3 s" }),
        ),
        (
            "finding.begun",
            bot,
            json!({ "check": "ledger.disk", "found": "12 MiB left" }),
        ),
        ("finding.ended", bot, json!({ "check": "ledger.disk" })),
        (
            "control.identify",
            "uid:0",
            json!({ "channel": "terminal" }),
        ),
        (
            "control.extended",
            "uid:0",
            json!({ "until": 1_795_471_200_000_i64, "channel": "terminal" }),
        ),
        (
            "daemon.started",
            bot,
            json!({ "version": "0.1.0", "leases_released": 0 }),
        ),
        ("daemon.stopped", bot, json!({})),
        ("config.reloaded", bot, json!({ "before": "a", "now": "b" })),
        ("rules.changed", bot, json!({ "before": "a", "now": "b" })),
        ("clock.set", bot, json!({ "by_ms": -90_000 })),
        (
            "clock.believed",
            bot,
            json!({ "shown": 1_795_471_200_000_i64 }),
        ),
        (
            "account.identified",
            bot,
            json!({ "login": "ada", "id": 7 }),
        ),
        (
            "trouble.begun",
            bot,
            json!({ "code": "invalid_grant", "class": "reconnect", "remedy": "run `bountyd connect github`" }),
        ),
        (
            "trouble.ended",
            bot,
            json!({ "code": "invalid_grant", "lasted_ms": 5_400_000 }),
        ),
        (
            "scan.done",
            "schedule",
            json!({ "seen": 9, "new": 2, "changed": 1, "requests": 12, "incomplete": { "label:x": "timeout" } }),
        ),
        (
            "patch.asked",
            bot,
            json!({ "question": approval, "job": "00", "patch": "0123456789ab", "base": "b", "tree": "t" }),
        ),
        (
            "patch.decided",
            me,
            json!({ "question": approval, "verdict": "approved", "patch": "0123456789ab", "why": null }),
        ),
        (
            "patch.decided",
            "uid:0",
            json!({ "question": approval, "verdict": "denied", "patch": "0123456789ab", "why": "ugly" }),
        ),
        ("patch.expired", bot, json!({ "question": approval })),
        (
            "patch.superseded",
            bot,
            json!({ "question": approval, "why": "the patch is another by now" }),
        ),
        (
            "job.begun",
            "uid:0",
            json!({ "job": "0f0e0d0c0b0a0908", "repository": "acme/widgets", "number": 7 }),
        ),
        (
            "job.begun",
            "uid:0",
            json!({ "job": "0f0e0d0c0b0a0908", "repository": "acme/widgets", "number": null }),
        ),
        (
            "job.moved",
            bot,
            json!({ "job": "0f0e0d0c0b0a0908", "from": "asking", "to": "submitting", "reason": "approved" }),
        ),
        ("job.egress", bot, egress(&EgressEvent::Begun { up_to: 8 })),
        (
            "job.egress",
            bot,
            egress(&EgressEvent::Done {
                usage: used(5, 412_345),
            }),
        ),
        (
            "job.egress",
            bot,
            egress(&EgressEvent::Refused {
                code: "no_route".to_owned(),
                target: "example.com".to_owned(),
            }),
        ),
        (
            "job.egress",
            bot,
            egress(&EgressEvent::TakenOut {
                name: "web_search".to_owned(),
            }),
        ),
        (
            "job.egress",
            bot,
            egress(&EgressEvent::TunnelOpened {
                host: "crates.io:443".to_owned(),
            }),
        ),
        (
            "job.egress",
            bot,
            egress(&EgressEvent::TunnelClosed {
                host: "crates.io:443".to_owned(),
                sent: 1,
                received: 2,
            }),
        ),
        (
            "job.egress",
            bot,
            egress(&EgressEvent::Ended { usage: used(1, 0) }),
        ),
        (
            "job.write_begun",
            bot,
            json!({ "job": "0f0e0d0c0b0a0908", "kind": "fork", "target": "acme/widgets" }),
        ),
        (
            "job.write_done",
            bot,
            json!({ "job": "0f0e0d0c0b0a0908", "kind": "branch", "detail": "" }),
        ),
        (
            "job.write_failed",
            bot,
            json!({ "job": "0f0e0d0c0b0a0908", "kind": "commit", "detail": "403 forbidden" }),
        ),
        (
            "job.write_unknown",
            bot,
            json!({ "job": "0f0e0d0c0b0a0908", "kind": "pull-request", "detail": "the answer was lost" }),
        ),
        (
            "ledger.trimmed",
            bot,
            json!({ "before": 1_795_471_200_000_i64, "approvals": 1, "permits": 1, "effects": 0, "bounties": 3 }),
        ),
    ]
}

#[test]
fn every_kind_is_a_short_sentence() {
    let zone = Zone::parse("UTC").expect("a zone");
    let mut out = String::new();
    for (kind, actor, body) in every_kind() {
        let said = sentence(kind, actor, &body, zone);
        out += &format!("{kind}: {}\n", said.as_deref().unwrap_or("?"));
    }
    insta::assert_snapshot!(out);
}

#[test]
fn an_unknown_kind_has_no_words() {
    let zone = Zone::parse("UTC").expect("a zone");
    for kind in ["test", "bounty.praised", "moon.risen"] {
        assert_eq!(sentence(kind, "daemon", &json!({}), zone), None);
    }
}
