//! Tables of the days on which clocks change, and properties of any line on any day.

use std::time::Duration;

use chrono::DateTime;
use proptest::prelude::*;

use super::*;
use crate::clock::Entropy;

fn at(text: &str) -> UnixMillis {
    UnixMillis(
        DateTime::parse_from_rfc3339(text)
            .expect(text)
            .timestamp_millis(),
    )
}

fn schedule(line: &str, zone: &str) -> Schedule {
    Schedule::parse(line, Zone::parse(zone).expect(zone)).expect(line)
}

fn runs(line: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
    let schedule = schedule(line, zone);
    schedule
        .runs_after(at(after))
        .take(count)
        .map(|run| schedule.zone().format(run))
        .collect()
}

#[test]
fn new_york_spring_2026() {
    // 8 March: 02:00 EST is 03:00 EDT.
    let from = "2026-03-07T12:00:00-05:00";
    assert_eq!(
        runs("30 2 * * *", "America/New_York", from, 3),
        [
            "2026-03-08 03:00:00 EDT",
            "2026-03-09 02:30:00 EDT",
            "2026-03-10 02:30:00 EDT"
        ]
    );
    assert_eq!(
        runs("*/20 1-3 8 3 *", "America/New_York", from, 7),
        [
            "2026-03-08 01:00:00 EST",
            "2026-03-08 01:20:00 EST",
            "2026-03-08 01:40:00 EST",
            // 02:00, 02:20 and 02:40 do not exist; with 03:00 they are one run.
            "2026-03-08 03:00:00 EDT",
            "2026-03-08 03:20:00 EDT",
            "2026-03-08 03:40:00 EDT",
            "2027-03-08 01:00:00 EST",
        ]
    );
}

#[test]
fn new_york_fall_2026() {
    // 1 November: 01:00 to 01:59 comes twice.
    let from = "2026-11-01T00:00:00-04:00";
    assert_eq!(
        runs("30 1 * * *", "America/New_York", from, 2),
        ["2026-11-01 01:30:00 EDT", "2026-11-02 01:30:00 EST"]
    );
    assert_eq!(
        runs(
            "*/30 * * * *",
            "America/New_York",
            "2026-11-01T00:59:00-04:00",
            4
        ),
        [
            "2026-11-01 01:00:00 EDT",
            "2026-11-01 01:30:00 EDT",
            "2026-11-01 02:00:00 EST",
            "2026-11-01 02:30:00 EST",
        ]
    );
    // Asked in the second of the two hours, the answer lies ahead.
    assert_eq!(
        runs(
            "*/30 * * * *",
            "America/New_York",
            "2026-11-01T01:10:00-05:00",
            1
        ),
        ["2026-11-01 02:00:00 EST"]
    );
}

#[test]
fn berlin_2026() {
    assert_eq!(
        runs(
            "15 2 * * *",
            "Europe/Berlin",
            "2026-03-28T12:00:00+01:00",
            2
        ),
        ["2026-03-29 03:00:00 CEST", "2026-03-30 02:15:00 CEST"]
    );
    assert_eq!(
        runs(
            "15 2 * * *",
            "Europe/Berlin",
            "2026-10-24T12:00:00+02:00",
            2
        ),
        ["2026-10-25 02:15:00 CEST", "2026-10-26 02:15:00 CET"]
    );
}

#[test]
fn lord_howe_moves_by_half_an_hour() {
    // 4 October 2026: 02:00 +10:30 is 02:30 +11. 5 April 2026: 02:00 +11 is 01:30 +10:30.
    assert_eq!(
        runs(
            "15 2 * * *",
            "Australia/Lord_Howe",
            "2026-10-03T12:00:00+10:30",
            2
        ),
        ["2026-10-04 02:30:00 +11", "2026-10-05 02:15:00 +11"]
    );
    assert_eq!(
        runs(
            "*/15 1-2 * * *",
            "Australia/Lord_Howe",
            "2026-04-05T01:20:00+11:00",
            4
        ),
        [
            "2026-04-05 01:30:00 +11",
            "2026-04-05 01:45:00 +11",
            "2026-04-05 02:00:00 +1030",
            "2026-04-05 02:15:00 +1030",
        ]
    );
}

#[test]
fn apia_had_no_30_december_2011() {
    assert_eq!(
        runs("0 9 * * *", "Pacific/Apia", "2011-12-28T20:00:00-10:00", 4),
        [
            "2011-12-29 09:00:00 -10",
            // 30 December did not take place: its run comes at the first instant after it.
            "2011-12-31 00:00:00 +14",
            "2011-12-31 09:00:00 +14",
            "2012-01-01 09:00:00 +14",
        ]
    );
}

#[test]
fn weekdays_and_unions_fall_on_the_right_days() {
    // 2026-11-22 is a Sunday.
    let from = "2026-11-22T12:00:00Z";
    for (line, first) in [
        ("0 5 * * 0", "2026-11-29"),
        ("0 5 * * 7", "2026-11-29"),
        ("0 5 * * 1", "2026-11-23"),
        ("0 5 * * 5-7", "2026-11-27"),
        ("0 5 24 * 5", "2026-11-24"),
        ("0 5 28 * 5", "2026-11-27"),
        ("0 5 29 2 *", "2028-02-29"),
        ("@weekly", "2026-11-29"),
        ("@monthly", "2026-12-01"),
    ] {
        let run = runs(line, "UTC", from, 1).remove(0);
        assert!(run.starts_with(first), "{line}: {run}");
    }
}

#[test]
fn dates_that_never_come_are_refused() {
    let utc = Zone::parse("UTC").expect("UTC");
    for line in ["0 0 31 2 *", "0 0 30 2 *", "0 0 31 4,6,9,11 *"] {
        let error = Schedule::parse(line, utc).expect_err(line);
        assert!(error.reason.contains("never"), "{error}");
    }
    // The weekday makes it happen after all.
    assert!(Schedule::parse("0 0 31 2 1", utc).is_ok());
}

#[test]
fn zones() {
    assert!(Zone::parse("Europe/Berlin").is_ok());
    assert_eq!(
        Zone::parse("Berlin"),
        Err(ZoneError::Unknown("Berlin".into()))
    );
    assert!(Zone::parse("").is_err());
}

/// Always the same bytes.
#[derive(Debug)]
struct Fixed(u64);

impl Entropy for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        for (byte, value) in bytes.iter_mut().zip(self.0.to_le_bytes()) {
            *byte = value;
        }
    }
}

const HALF_HOURLY: &str = "*/30 * * * *";

#[test]
fn a_night_asleep_is_made_up_for_once() {
    let evening = at("2026-11-22T22:10:00Z");
    let morning = at("2026-11-23T07:10:00Z");
    let mut agenda = Agenda::new(
        schedule(HALF_HOURLY, "UTC"),
        Duration::ZERO,
        Some(evening),
        evening,
        &Fixed(0),
    );
    assert_eq!(
        agenda.next().map(|p| p.at),
        Some(at("2026-11-22T22:30:00Z"))
    );
    assert!(!agenda.take_due(evening, &Fixed(0)));
    assert!(agenda.take_due(morning, &Fixed(0)));
    assert!(
        !agenda.take_due(morning, &Fixed(0)),
        "one catch-up, not eighteen"
    );
    assert_eq!(
        agenda.next().map(|p| p.at),
        Some(at("2026-11-23T07:30:00Z"))
    );
}

#[test]
fn a_start_after_a_missed_run_catches_up_once() {
    let now = at("2026-11-23T07:10:00Z");
    let start = |last: Option<&str>| {
        Agenda::new(
            schedule(HALF_HOURLY, "UTC"),
            Duration::ZERO,
            last.map(at),
            now,
            &Fixed(0),
        )
    };
    let mut late = start(Some("2026-11-22T22:10:00Z"));
    assert!(late.take_due(now, &Fixed(0)));
    assert!(!late.take_due(now, &Fixed(0)));
    // Nothing was missed, or nothing is known: wait for the schedule.
    for last in [Some("2026-11-23T07:00:00Z"), None] {
        assert!(!start(last).take_due(now, &Fixed(0)), "{last:?}");
    }
}

#[test]
fn a_clock_set_back_does_not_silence_the_schedule() {
    let noon = at("2026-11-22T12:10:00Z");
    let mut agenda = Agenda::new(
        schedule(HALF_HOURLY, "UTC"),
        Duration::ZERO,
        None,
        noon,
        &Fixed(0),
    );
    let morning = at("2026-11-22T08:10:00Z");
    assert!(!agenda.take_due(morning, &Fixed(0)));
    assert_eq!(
        agenda.next().map(|p| p.at),
        Some(at("2026-11-22T08:30:00Z"))
    );
}

#[test]
fn jitter_stays_within_bounds_and_keeps_the_order() {
    let now = at("2026-11-22T12:10:00Z");
    let latest = |line: &str, jitter: u64| {
        (0..200)
            .filter_map(|seed: u64| {
                let entropy = Fixed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
                let agenda = Agenda::new(
                    schedule(line, "UTC"),
                    Duration::from_secs(jitter),
                    None,
                    now,
                    &entropy,
                );
                let planned = agenda.next()?;
                assert!(planned.at >= planned.scheduled);
                Some(planned.at.since(planned.scheduled))
            })
            .max()
            .expect("runs")
    };
    let most = latest(HALF_HOURLY, 120);
    assert!(
        most <= Duration::from_secs(120) && most > Duration::from_secs(100),
        "{most:?}"
    );
    // Runs a minute apart are not pushed past each other.
    assert!(latest("* * * * *", 120) <= Duration::from_secs(30));
}

/// A field of a cron line: `*`, a step, a value, a range, a list.
fn field(low: u32, high: u32) -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just("*".to_owned()),
        1 => (1..=high).prop_map(|step| format!("*/{step}")),
        1 => (low..=high).prop_map(|value| value.to_string()),
        1 => (low..=high, low..=high).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
        1 => proptest::collection::vec(low..=high, 1..4).prop_map(|values| {
            values.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
        }),
    ]
}

/// Mostly sparse lines, so that 400 days are not millions of runs.
fn line() -> impl Strategy<Value = String> {
    (
        0..60_u32,
        field(0, 23),
        field(1, 31),
        field(1, 12),
        field(0, 7),
    )
        .prop_map(|(minute, hour, day, month, weekday)| {
            format!("{minute} {hour} {day} {month} {weekday}")
        })
}

const ZONES: [&str; 8] = [
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Asia/Kolkata",
    "America/Santiago",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Over 400 days from anywhere in 2009 to 2029 runs only go forward, each is what the wall
    /// clock or a gap's end shows, and no run the plain calendar knows is lost.
    #[test]
    fn runs_strictly_increase_and_none_is_lost(
        line in line(),
        zone in proptest::sample::select(&ZONES[..]),
        start in 1_230_768_000_000_i64..1_861_920_000_000,
    ) {
        let zone = Zone::parse(zone).expect("zone");
        let Ok(schedule) = Schedule::parse(&line, zone) else {
            return Ok(()); // such as 31 February
        };
        let start = UnixMillis(start);
        let end = start.plus(Duration::from_secs(400 * 86_400));
        let mut last = start;
        let mut seen = std::collections::BTreeSet::new();
        for run in schedule.runs_after(start).take_while(|run| *run <= end) {
            prop_assert!(run > last, "{line}: {} after {}", zone.format(run), zone.format(last));
            seen.insert(run);
            last = run;
        }
        // The same by brute force: every local minute that the schedule names, mapped.
        let mut wall = zone.wall(start).expect("wall");
        while let Some(next) = schedule.next_wall(wall) {
            let run = zone.instant(next).expect("instant");
            if run > end {
                break;
            }
            prop_assert!(run <= start || seen.contains(&run), "{line}: {} is lost", zone.format(run));
            wall = next;
        }
    }

    /// No text makes the parser panic, and what it takes has a next run.
    #[test]
    fn any_text_is_answered(line in "[-*/,?0-9a-zA-Z@ é]{0,40}") {
        let utc = Zone::parse("UTC").expect("UTC");
        if let Ok(schedule) = Schedule::parse(&line, utc) {
            prop_assert!(schedule.next_after(UnixMillis(0)).is_some());
        }
    }
}
