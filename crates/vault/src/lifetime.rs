//! How long a token may be kept. Every doubt shortens it.

use std::time::Duration;

use serde_json::Value;

/// Assumed when the answer names no life: not an hour, as some clients do.
const UNKNOWN_LIFE: Duration = Duration::from_secs(300);

/// Should GitHub refuse the token meanwhile, it is forgotten and asked for anew.
const ONE_STEP: Duration = Duration::from_secs(5);

/// Reads `expires_in` in whatever form it came: number, fraction, string; negative counts as zero,
/// anything else as not named.
pub(crate) fn parse_expires_in(value: Option<&Value>) -> Option<u64> {
    let seconds = match value? {
        Value::Number(number) => match number.as_u64() {
            Some(seconds) => return Some(seconds),
            None => number.as_f64()?,
        },
        Value::String(text) => match text.trim().parse::<u64>() {
            Ok(seconds) => return Some(seconds),
            Err(_) => text.trim().parse::<f64>().ok()?,
        },
        _ => return None,
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float-to-integer cast saturates, and below zero is zero: both are what is wanted"
    )]
    (!seconds.is_nan()).then_some(seconds as u64)
}

/// How long a token may stay in memory, counted from before it was asked for. Zero means: for the
/// callers waiting now, and nobody after them.
///
/// In the last moments of its life, which the buffer would cut off, it still serves the few requests
/// of one step: without that, each of them would have its own exchange, all for the same token.
pub(crate) fn hold(expires_in: Option<u64>, buffer: Duration, cap: Duration) -> Duration {
    let life = expires_in.map_or(UNKNOWN_LIFE, Duration::from_secs);
    life.saturating_sub(buffer).max(life.min(ONE_STEP)).min(cap)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_of_expires_in() {
        let parse = |value: Value| parse_expires_in(Some(&value));
        assert_eq!(parse(json!(1377)), Some(1377));
        assert_eq!(parse(json!(1377.9)), Some(1377));
        assert_eq!(parse(json!("3600")), Some(3600));
        assert_eq!(parse(json!(" 12.5 ")), Some(12));
        assert_eq!(parse(json!(-5)), Some(0));
        assert_eq!(parse(json!("-5")), Some(0));
        assert_eq!(parse(json!(1e300)), Some(u64::MAX));
        assert_eq!(parse(json!(u64::MAX)), Some(u64::MAX));
        for absent in [
            json!(null),
            json!("soon"),
            json!("NaN"),
            json!([1]),
            json!(true),
        ] {
            assert_eq!(parse(absent), None);
        }
        assert_eq!(parse_expires_in(None), None);
    }

    const S: fn(u64) -> Duration = Duration::from_secs;

    #[test]
    fn the_shortest_bound_wins() {
        assert_eq!(hold(Some(600), S(60), S(900)), S(540));
        assert_eq!(hold(Some(28_800), S(60), S(900)), S(900));
        assert_eq!(hold(Some(62), S(60), S(900)), S(5));
        assert_eq!(hold(Some(60), S(60), S(900)), S(5));
        assert_eq!(hold(Some(3), S(60), S(900)), S(3));
        assert_eq!(hold(Some(60), S(60), S(1)), S(1));
        assert_eq!(hold(Some(0), S(60), S(900)), S(0));
        assert_eq!(hold(None, S(60), S(900)), S(240));
        assert_eq!(hold(Some(u64::MAX), S(0), S(900)), S(900));
    }

    proptest! {
        #[test]
        fn never_longer_than_life_or_cap(life: u64, buffer in 0..4000u64, cap in 1..90_000u64) {
            let held = hold(Some(life), S(buffer), S(cap));
            prop_assert!(held <= S(cap));
            prop_assert!(held <= S(life));
            prop_assert!(held <= ONE_STEP || held + S(buffer) <= S(life));
        }
    }
}
