//! What the configuration comes to: when it scans, and what the caps let through.

use std::time::Duration;

use super::check::Check;
use super::finding::Finding;
use crate::bounty::policy::Mode;
use crate::clock::UnixMillis;
use crate::config::Config;
use crate::messages::{count, span};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Rarer than this is probably a mistake: most bounties are gone by then.
const RARE: Duration = Duration::from_secs(7 * 24 * 3600);

/// The next three runs.
#[must_use]
pub(super) fn schedule(config: &Config, now: UnixMillis) -> Finding {
    let check = Check::Schedule;
    let runs: Vec<UnixMillis> = config.schedule.runs_after(now).take(3).collect();
    let shown: Vec<String> = runs.iter().map(|at| config.timezone.format(*at)).collect();
    let Some(first) = runs.first() else {
        return Finding::failure(
            check,
            "no run is left in the calendar",
            "correct `schedule`, and see whether this machine's clock is right",
        );
    };
    let found = format!("next three runs: {}", shown.join(", "));
    if first.since(now) > RARE {
        return Finding::warning(
            check,
            found,
            "scan more often: in a week most bounties are gone (`schedule`)",
        );
    }
    Finding::ok(check, found)
}

/// What is possible at most.
#[must_use]
pub(super) fn rates(config: &Config, now: UnixMillis) -> Finding {
    let check = Check::Rates;
    let policy = &config.policy;
    let tomorrow = now.plus(DAY);
    let scans = config
        .schedule
        .runs_after(now)
        .take_while(|at| *at <= tomorrow)
        .count();
    let claims = match policy.mode {
        Mode::Watch => "no claims (mode watch)".to_owned(),
        Mode::Ask | Mode::Auto => format!(
            "at most {} a day, {} in hand, {} in one organisation, {} between two writes",
            count(policy.max_claims_per_day, "claim", "claims"),
            policy.max_in_hand,
            policy.max_in_hand_per_organisation,
            span(config.write_spacing)
        ),
    };
    let questions = format!(
        "at most {} a day, each standing {}",
        count(config.approvals.cards_per_day, "question", "questions"),
        span(config.approvals.expiry)
    );
    let found = format!(
        "{claims}; {questions}; {} a day of {} each",
        count(scans, "scan", "scans"),
        count(config.scan.queries.len(), "search", "searches")
    );
    let caps = [
        ("claims_per_day", policy.max_claims_per_day),
        ("in_hand", policy.max_in_hand),
        ("per_organisation", policy.max_in_hand_per_organisation),
    ];
    let zero = caps.iter().find(|(_, cap)| *cap == 0);
    if let (Some((name, _)), true) = (zero, policy.mode != Mode::Watch) {
        return Finding::warning(
            check,
            found,
            format!(
                "nothing will ever be claimed while policy.{name} is 0: raise it, or set mode = \"watch\""
            ),
        );
    }
    if policy.mode == Mode::Ask && config.approvals.cards_per_day == 0 {
        return Finding::warning(
            check,
            found,
            "nobody will ever be asked while approvals.cards_per_day is 0: raise it",
        );
    }
    Finding::ok(check, found)
}
