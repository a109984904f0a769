//! The checks that count: worth, thresholds, caps.

use super::Checks;
use crate::bounty::appraise::Appraisal;
use crate::bounty::claim::ClaimPlan;
use crate::bounty::evidence::Evidence;
use crate::bounty::explain::Outcome;
use crate::bounty::policy::{AskReason, Mode, Policy, SkipReason, Tally, Unsure};
use crate::money::{Convertible, Currency, Usd};

pub(super) fn amount(out: &mut Checks, appraisal: &Appraisal, policy: &Policy, tally: &Tally) {
    let value = &appraisal.amount;
    let currency = value
        .amount
        .as_ref()
        .map(|a| &a.currency)
        .or(value.currency.as_ref());
    if let Some(Currency::Token(ticker)) =
        currency.filter(|c| c.convertible() == Convertible::Never)
    {
        let reason = SkipReason::ProjectToken {
            ticker: ticker.clone(),
        };
        out.skip(
            reason,
            format!("{ticker} is a project token: it counts as $0"),
        );
        return;
    }
    let unsure = |out: &mut Checks, reason: AskReason, sentence: String| {
        let code = reason.code();
        let outcome = match policy.unsure {
            Unsure::Digest => Outcome::Look(reason),
            Unsure::Ask => Outcome::Ask(reason),
        };
        out.push(code, outcome, sentence, None);
    };
    let Some(usd) = value.usd else {
        let sentence = value.amount.as_ref().map_or_else(
            || "nobody says how much".to_owned(),
            |amount| format!("{amount} cannot be turned into dollars without a recent rate"),
        );
        unsure(out, AskReason::AmountUnknown, sentence);
        return;
    };
    if usd < policy.minimum {
        out.skip(
            SkipReason::BelowMinimum { usd },
            format!("{usd} is below your minimum of {}", policy.minimum),
        );
        return;
    }
    match value.evidence {
        Evidence::Verified => out.pass("evidence", format!("{usd}, from a checked source")),
        Evidence::Claimed | Evidence::Unknown => unsure(
            out,
            AskReason::AmountUnverified,
            format!(
                "{usd}, but nobody with checked standing says so ({})",
                value.evidence.as_str()
            ),
        ),
    }
    if let Some(what) = &value.disagreement {
        out.ask(AskReason::Disagreement { what: what.clone() }, what.clone());
    }
    thresholds(out, usd, policy, tally);
}

fn thresholds(out: &mut Checks, usd: Usd, policy: &Policy, tally: &Tally) {
    if usd > policy.ask_above {
        let threshold = policy.ask_above;
        out.ask(
            AskReason::AboveThreshold { usd, threshold },
            format!("{usd} is above {threshold}"),
        );
    } else {
        out.pass(
            "threshold",
            format!("{usd} is not above {}", policy.ask_above),
        );
    }
    let total = tally.permitted_per_day.plus(usd);
    if total > policy.ask_above_per_day {
        let threshold = policy.ask_above_per_day;
        out.ask(
            AskReason::AboveDayTotal { total, threshold },
            format!("with this one, {total} in 24 hours without asking: above {threshold}"),
        );
    }
}

pub(super) fn work(out: &mut Checks, appraisal: &Appraisal, policy: &Policy) {
    if appraisal.plan == ClaimPlan::WithSubmission && !policy.fixer {
        out.skip(
            SkipReason::NeedsFixer,
            "it is claimed with the pull request: needs a fixer",
        );
    } else if !policy.fixer && !policy.claim_without_fixer {
        out.ask(
            AskReason::NoFixer,
            "no fixer is configured: you would do the work yourself",
        );
    }
}

/// A cap keeps from acting, so it says nothing about what would only be reported.
pub(super) fn caps(out: &mut Checks, policy: &Policy, tally: &Tally) {
    let only_told = policy.mode == Mode::Watch
        || (out.0.iter()).any(|check| matches!(check.outcome, Outcome::Look(_)));
    for (has, most, what) in reached(policy, tally) {
        let sentence = format!("{has} {what}, at most {most}");
        let reason = SkipReason::Cap {
            what: format!("{has} of {most} {what}"),
        };
        if only_told {
            out.push(reason.code(), Outcome::Note, sentence, None);
        } else {
            out.skip(reason, sentence);
        }
    }
}

/// The caps that are reached: how many there are, how many there may be, and of what.
pub(in crate::bounty) fn reached(
    policy: &Policy,
    tally: &Tally,
) -> impl Iterator<Item = (u32, u32, &'static str)> {
    [
        (tally.in_hand, policy.max_in_hand, "in hand"),
        (
            tally.in_hand_in_organisation,
            policy.max_in_hand_per_organisation,
            "in hand in this organisation",
        ),
        (
            tally.claims_per_day,
            policy.max_claims_per_day,
            "claims in 24 hours",
        ),
    ]
    .into_iter()
    .filter(|(has, most, _)| has >= most)
}
