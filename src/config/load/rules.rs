//! `[policy]` and `[scan]`: what is looked for, and what is worth it.

use std::time::Duration;

use toml::de::DeValue;

use super::{DAY, HOUR, MINUTE, SECOND, non_empty};
use crate::bounty::policy::{Mode, Policy, Unsure};
use crate::bounty::traps::FAKE_FROM;
use crate::config::complaints::Refusal;
use crate::config::reader::Section;
use crate::config::{DEFAULT_QUERIES, Scan, queries, values};
use crate::money::Usd;

/// The dearest bounty a threshold may speak of, in dollars.
const MOST_DOLLARS: i64 = 10_000_000;

/// The highest trap limit: whatever scores more is a fake bounty, limit or not.
const MOST_TRAP: u32 = FAKE_FROM - 1;

pub(super) fn scan(section: Section<'_>) -> Scan {
    let queries = section.strings("queries").map(|listed| {
        if listed.is_empty() {
            section.complaints.error(
                section.span("queries"),
                "`scan.queries` is empty".into(),
                "nothing would be looked for",
                "list at least one search, or remove the key for the defaults",
            );
        }
        listed
            .iter()
            .filter_map(|text| section.read("queries", text, queries::check))
            .collect()
    });
    let scan = Scan {
        queries: queries.unwrap_or_else(|| DEFAULT_QUERIES.map(str::to_owned).to_vec()),
        lookback: section.duration("lookback", HOUR..=3650 * DAY, 90 * DAY),
        overlap: section.duration("overlap", Duration::ZERO..=DAY, 10 * MINUTE),
    };
    section.finish();
    scan
}

/// The rules, and the time between two writes.
pub(super) fn policy(
    mode: Mode,
    claim_without_fixer: bool,
    section: Section<'_>,
) -> (Policy, Duration) {
    let default = Policy::default();
    let names = |key: &'static str, with_name: bool| -> Vec<String> {
        section
            .strings(key)
            .unwrap_or_default()
            .iter()
            .filter_map(|text| section.read(key, text, |text| values::repository(text, with_name)))
            .collect()
    };
    let languages = |key: &'static str| -> Vec<String> {
        section
            .strings(key)
            .unwrap_or_default()
            .iter()
            .filter_map(|text| section.read(key, text, non_empty))
            .collect()
    };
    let unknown_amounts = section.boolean("ask_unknown_amounts", default.unsure == Unsure::Ask);
    let first_time = section.boolean(
        "always_ask_first_time_repository",
        default.ask_first_time_repository,
    );
    let policy = Policy {
        mode,
        ask_above: section.dollars("ask_above_usd", default.ask_above),
        ask_above_per_day: section.dollars("daily_without_asking_usd", default.ask_above_per_day),
        minimum: section.dollars("minimum_usd", default.minimum),
        unsure: if unknown_amounts {
            Unsure::Ask
        } else {
            Unsure::Digest
        },
        ask_first_time_repository: first_time,
        max_in_hand: section.count("in_hand", 0..=100, default.max_in_hand),
        max_in_hand_per_organisation: section.count(
            "per_organisation",
            0..=100,
            default.max_in_hand_per_organisation,
        ),
        max_claims_per_day: section.count("claims_per_day", 0..=100, default.max_claims_per_day),
        trap_limit: section.count("trap_limit", 0..=MOST_TRAP, default.trap_limit),
        max_attempts: section.count("max_attempts", 0..=1000, default.max_attempts),
        max_open_pull_requests: section.count(
            "max_open_pull_requests",
            0..=1000,
            default.max_open_pull_requests,
        ),
        max_repository_silence: section.duration(
            "repository_silence",
            DAY..=3650 * DAY,
            default.max_repository_silence,
        ),
        deny: names("deny", true),
        organisations: names("organisations", false),
        unwanted_organisations: names("unwanted_organisations", false),
        languages: languages("languages"),
        unwanted_languages: languages("unwanted_languages"),
        permit_lifetime: section.duration("permit_lifetime", MINUTE..=DAY, default.permit_lifetime),
        fixer: false,
        claim_without_fixer,
    };
    let write_spacing = section.duration("write_spacing", SECOND..=DAY, 30 * SECOND);
    if policy.minimum > policy.ask_above {
        section.complaints.warning(
            section
                .span("minimum_usd")
                .or_else(|| section.span("ask_above_usd")),
            "every bounty worth claiming will be asked about".into(),
            format!(
                "minimum_usd ({}) is above ask_above_usd ({})",
                policy.minimum, policy.ask_above
            ),
            "raise ask_above_usd if that is not what you want",
        );
    }
    section.finish();
    (policy, write_spacing)
}

impl Section<'_> {
    /// Dollars: a whole number, or a decimal in quotes.
    pub(super) fn dollars(&self, key: &'static str, default: Usd) -> Usd {
        let remedy = "write a whole number, or a decimal in quotes: \"99.50\"";
        if self.refuse_number(key, "an amount of dollars", remedy) {
            return default;
        }
        if matches!(self.raw(key), Some(DeValue::String(_))) {
            return self
                .parsed(key, |text| {
                    let usd = Usd(values::decimal(text, 2)?.floor_cents());
                    if usd > Usd::dollars(MOST_DOLLARS) {
                        return Err(Refusal::new(
                            "no bounty is that dear",
                            format!("write at most {MOST_DOLLARS}"),
                        ));
                    }
                    Ok(usd)
                })
                .unwrap_or(default);
        }
        self.integer(key, 0..=MOST_DOLLARS)
            .map_or(default, Usd::dollars)
    }
}
