//! From the code of a reason to words for people: the one place. Programs are given the code.

use std::borrow::Cow;

use super::stage::Stage;

/// Codes that decide a judgement, and the words for them.
const JUDGED: &[(&str, &str)] = &[
    // Left alone.
    ("not_a_bounty", "no bounty"),
    ("open", "open"),
    ("tried", "tried by others"),
    ("claimed", "taken by others"),
    ("submitted", "submitted by others"),
    ("paid", "paid already"),
    ("cancelled", "cancelled"),
    ("unfunded", "not funded"),
    ("fake", "fake"),
    ("denied", "on a list of refusals"),
    ("trap", "trap"),
    ("etiquette", "automation unwanted"),
    ("policies_not_read", "its rules could not be read"),
    ("project_token", "paid in a project's own token"),
    ("below_minimum", "below your minimum"),
    ("unwanted", "not what you look for"),
    ("crowded", "too crowded"),
    ("repository_asleep", "repository asleep"),
    ("needs-fixer", "the claim is the pull request"),
    ("claimed_by_us", "ours is there already"),
    ("cap", "hands full for now"),
    // Asked about, or only reported.
    ("mode", "your mode asks about every bounty"),
    ("above_threshold", "above your threshold"),
    ("above_day_total", "above the day's total"),
    ("amount_unknown", "amount unknown"),
    ("amount_unverified", "nobody vouches for the amount"),
    ("disagreement", "sources disagree about the amount"),
    ("first_time_repository", "first time in this repository"),
    ("restored", "older than the restored ledger"),
    ("unchecked", "not everything could be checked"),
    ("no_fixer", "nobody to do the work"),
    ("manners", "its rules ask for something first"),
    ("may_be_unwanted", "automation may be unwanted"),
    ("trap_signs", "signs of a trap"),
    ("would_claim", "would be claimed in mode auto"),
    ("would_ask", "you would be asked"),
    ("would_look", "nobody vouches for the amount"),
    // To be claimed.
    ("below_thresholds", "below every threshold"),
];

/// Codes of what became of a bounty afterwards; they come first where both lists have one.
const LATER: &[(&str, &str)] = &[
    ("app_cannot_act", "the app is not installed there"),
    ("approved", "you said yes"),
    ("asked_often_enough", "you were asked often enough"),
    ("assigned", "assigned to you"),
    ("assigned to another", "assigned to somebody else"),
    ("claimed", "our comment stands there"),
    ("closed", "closed"),
    ("denied", "you said no"),
    ("cannot_be_judged", "it could not be judged"),
    ("expired", "nobody answered"),
    ("forgotten", "to be read again"),
    ("gone", "gone from GitHub"),
    ("interaction_limit", "comments are limited for a while"),
    ("locked", "the conversation was locked"),
    ("merged", "merged; the payment is to come"),
    ("moved", "another repository has this name now"),
    ("no_effect", "the claim has no record"),
    ("no_patch", "no patch could be made"),
    ("no_permit", "the permit is over"),
    ("not_submitted", "the patch was not submitted"),
    ("overdue", "no pull request in time"),
    ("paid", "paid"),
    ("paid to another", "paid to somebody else"),
    ("marked as paid", "marked as paid, to whom is not said"),
    ("patch_denied", "you said no to the patch"),
    ("patch_unanswered", "nobody answered about the patch"),
    ("pull_request", "a pull request of yours is linked"),
    ("refused", "GitHub refused the comment"),
    ("superseded", "it changed since you were asked"),
    ("turned_down", "the pull request was not taken"),
    ("unpaid", "merged, but no payment was seen"),
    ("unproven", "nobody knows whether it stood there"),
    ("unreadable", "could not be read"),
    ("unwelcome", "a maintainer said no"),
    ("watch", "the mode is watch now"),
    ("with_submission", "work first, then one pull request"),
];

/// The reason why a bounty stands in `stage`, in a few words. The same code may mean something else
/// in another stage: what is `claimed` is ours, what was skipped as `claimed` is somebody else's.
#[must_use]
pub fn reason_in_words(stage: Stage, code: &str) -> Cow<'static, str> {
    let lists = if judged(stage) {
        [JUDGED, LATER]
    } else {
        [LATER, JUDGED]
    };
    lists
        .into_iter()
        .flatten()
        .find(|(known, _)| *known == code)
        .map_or_else(
            || Cow::Owned(code.replace(['_', '-'], " ")),
            |(_, words)| Cow::Borrowed(*words),
        )
}

/// Both lists, for the page that explains them.
#[cfg(test)]
pub(crate) const fn lists() -> [&'static [(&'static str, &'static str)]; 2] {
    [JUDGED, LATER]
}

/// The stages that a judgement leads to.
const fn judged(stage: Stage) -> bool {
    matches!(
        stage,
        Stage::Found | Stage::Skipped | Stage::Reported | Stage::Asking | Stage::Permitted
    )
}

/// The stage that a judgement's `skip`, `report`, `ask` or `claim` leads to.
#[must_use]
pub fn stage_after(decision: &str) -> Stage {
    match decision {
        "ask" => Stage::Asking,
        "claim" => Stage::Permitted,
        "report" => Stage::Reported,
        _ => Stage::Skipped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounty::policy::{AskReason, SkipReason};
    use crate::bounty::state::Status;
    use crate::money::Usd;

    const STATUS: [Status; 9] = [
        Status::Open,
        Status::Tried,
        Status::Claimed,
        Status::Submitted,
        Status::Paid,
        Status::Cancelled,
        Status::Unfunded,
        Status::Fake,
        Status::NotABounty,
    ];

    /// The one after, by a match that a new reason does not pass unseen.
    fn next_skip(of: &SkipReason) -> Option<SkipReason> {
        let what = String::new;
        let usd = Usd::ZERO;
        Some(match of {
            SkipReason::NotABounty => SkipReason::NotClaimable { status: STATUS[0] },
            SkipReason::NotClaimable { status } => {
                let at = STATUS.iter().position(|s| s == status)?;
                match STATUS.get(at + 1) {
                    Some(status) => SkipReason::NotClaimable { status: *status },
                    None => SkipReason::Denied { reason: what() },
                }
            }
            SkipReason::Denied { .. } => SkipReason::Trap {
                score: 0,
                hits: vec![],
            },
            SkipReason::Trap { .. } => SkipReason::Etiquette { quote: what() },
            SkipReason::Etiquette { .. } => SkipReason::PoliciesNotRead,
            SkipReason::PoliciesNotRead => SkipReason::ProjectToken { ticker: what() },
            SkipReason::ProjectToken { .. } => SkipReason::BelowMinimum { usd },
            SkipReason::BelowMinimum { .. } => SkipReason::Unwanted { what: what() },
            SkipReason::Unwanted { .. } => SkipReason::Crowded { what: what() },
            SkipReason::Crowded { .. } => SkipReason::RepositoryAsleep { what: what() },
            SkipReason::RepositoryAsleep { .. } => SkipReason::NeedsFixer,
            SkipReason::NeedsFixer => SkipReason::ClaimedByUs { what: what() },
            SkipReason::ClaimedByUs { .. } => SkipReason::Cap { what: what() },
            SkipReason::Cap { .. } => return None,
        })
    }

    fn next_ask(of: &AskReason) -> Option<AskReason> {
        let what = String::new;
        let usd = Usd::ZERO;
        Some(match of {
            AskReason::Mode => AskReason::AboveThreshold {
                usd,
                threshold: usd,
            },
            AskReason::AboveThreshold { .. } => AskReason::AboveDayTotal {
                total: usd,
                threshold: usd,
            },
            AskReason::AboveDayTotal { .. } => AskReason::AmountUnknown,
            AskReason::AmountUnknown => AskReason::AmountUnverified,
            AskReason::AmountUnverified => AskReason::Disagreement { what: what() },
            AskReason::Disagreement { .. } => AskReason::FirstTimeRepository,
            AskReason::FirstTimeRepository => AskReason::Restored,
            AskReason::Restored => AskReason::Unchecked { what: what() },
            AskReason::Unchecked { .. } => AskReason::NoFixer,
            AskReason::NoFixer => AskReason::Manners { what: what() },
            AskReason::Manners { .. } => AskReason::MayBeUnwanted { what: what() },
            AskReason::MayBeUnwanted { .. } => AskReason::TrapSigns { score: 0 },
            AskReason::TrapSigns { .. } => return None,
        })
    }

    #[test]
    fn every_code_has_words() {
        let skips = std::iter::successors(Some(SkipReason::NotABounty), next_skip);
        let asks = std::iter::successors(Some(AskReason::Mode), next_ask);
        let codes: Vec<&str> = skips
            .map(|r| r.code())
            .chain(asks.map(|r| r.code()))
            .collect();
        assert!(codes.len() > 30, "{codes:?}");
        for code in codes {
            assert!(JUDGED.iter().any(|(known, _)| *known == code), "{code}");
        }
        for (code, words) in JUDGED.iter().chain(LATER) {
            assert!(words.chars().count() <= 36, "{code}: {words}");
            assert!(!words.contains('_'), "{code}: {words}");
        }
    }

    #[test]
    fn the_stage_says_whose_it_is() {
        assert_eq!(
            reason_in_words(Stage::Skipped, "claimed"),
            "taken by others"
        );
        assert_eq!(
            reason_in_words(Stage::Claimed, "claimed"),
            "our comment stands there"
        );
        assert_eq!(reason_in_words(Stage::Denied, "denied"), "you said no");
        assert_eq!(
            reason_in_words(Stage::Lost, "not_thought_of"),
            "not thought of"
        );
    }
}
