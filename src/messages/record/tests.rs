//! Every kind of entry has its sentence.

use serde_json::json;

use super::*;

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
            "job.begun",
            "uid:0",
            json!({ "job": "0123456789abcdef", "repository": "acme/widgets", "number": 7 }),
        ),
        (
            "job.begun",
            "uid:0",
            json!({ "job": "0123456789abcdef", "repository": "acme/widgets", "number": null }),
        ),
        (
            "job.moved",
            bot,
            json!({ "job": "0123456789abcdef", "from": "making", "to": "dropped", "reason": "the tests fail" }),
        ),
        (
            "job.moved",
            bot,
            json!({ "job": "0123456789abcdef", "from": "made", "to": "submitting", "reason": null }),
        ),
        (
            "job.egress",
            bot,
            json!({ "job": "0123456789abcdef", "egress": { "event": "begun", "up_to": 16 } }),
        ),
        (
            "job.egress",
            bot,
            json!({ "job": "0123456789abcdef", "egress": { "event": "done", "usage": { "requests": 16, "micro_usd": 420_001 } } }),
        ),
        (
            "job.egress",
            bot,
            json!({ "job": "0123456789abcdef", "egress": { "event": "refused", "code": "no_route", "target": "/v1/files" } }),
        ),
        (
            "job.egress",
            bot,
            json!({ "job": "0123456789abcdef", "egress": { "event": "taken_out", "name": "metadata" } }),
        ),
        (
            "job.egress",
            bot,
            json!({ "job": "0123456789abcdef", "egress": { "event": "ended", "usage": { "requests": 1, "micro_usd": 0 } } }),
        ),
        (
            "job.write_begun",
            bot,
            json!({ "job": "0123456789abcdef", "kind": "pull-request", "target": "acme/widgets" }),
        ),
        (
            "job.write_done",
            bot,
            json!({ "job": "0123456789abcdef", "kind": "fork", "detail": "" }),
        ),
        (
            "job.write_failed",
            bot,
            json!({ "job": "0123456789abcdef", "kind": "branch", "detail": "403 locked" }),
        ),
        (
            "job.write_unknown",
            bot,
            json!({ "job": "0123456789abcdef", "kind": "commit", "detail": "the answer was lost" }),
        ),
        (
            "patch.asked",
            bot,
            json!({ "question": approval, "job": "0123456789abcdef", "patch": "00", "base": "00", "tree": "00" }),
        ),
        (
            "patch.decided",
            me,
            json!({ "question": approval, "job": "0123456789abcdef", "verdict": "approved", "patch": "00", "channel": "telegram", "why": null }),
        ),
        (
            "patch.decided",
            "uid:1000",
            json!({ "question": approval, "job": "0123456789abcdef", "verdict": "denied", "patch": "00", "channel": "socket", "why": "too long" }),
        ),
        (
            "patch.expired",
            bot,
            json!({ "question": approval, "job": "0123456789abcdef" }),
        ),
        (
            "patch.superseded",
            bot,
            json!({ "question": approval, "job": "0123456789abcdef", "why": "the patch changed" }),
        ),
        ("control.paused", "uid:0", json!({ "channel": "terminal" })),
        ("control.resumed", me, json!({ "channel": "telegram" })),
        ("control.scan", "uid:0", json!({ "channel": "terminal" })),
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
