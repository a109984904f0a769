//! What shows that there is a bounty at all, and labels whose meaning hangs on the others.

use super::comments::Said;
use super::facts::Label;
use super::labels::Meaning;
use super::patterns::patterns;
use super::reading::Reading;
use super::text::plain;
use super::valuation::title_counts;

patterns! {
    force_all: Words;
    // `[PAID BOUNTY - $960]`, `Paid task: …`, `Bounty paid on merge`; not `The invoice stays unpaid`.
    PAYS = r"(?i)\bpaid\W{1,3}(?:\w+\W{1,3}){0,2}(?:bount(?:y|ies)|tasks?|issues?|jobs?|gigs?|work|contributions?)\b|\[\W*paid\W*\]|\b(?:bounty|reward)\W{1,3}(?:is |will be )?paid (?:on|upon|after|via|in|by|through)\b";
}

/// A living platform's own label or block is on.
pub(super) fn installed_label(reading: &Reading<'_>) -> bool {
    reading
        .labels
        .iter()
        .any(|(_, meaning)| meaning.platform().is_some())
        || reading.body.issuehunt.is_some()
}

/// How an offer is made, if one is.
pub(super) fn offer(reading: &Reading<'_>) -> Option<&'static str> {
    if reading.said.iter().any(|(_, s)| {
        matches!(
            s,
            Said::PlatformOffer { .. } | Said::PlatformPaid { .. } | Said::PlatformCancelled { .. }
        )
    }) {
        return Some("a platform's comment");
    }
    if reading
        .label(|m| matches!(m, Meaning::Amount { .. }))
        .is_some()
    {
        return Some("an amount label");
    }
    if reading.bounty_label().is_some()
        || reading.label(|m| matches!(m, Meaning::PaidOut)).is_some()
    {
        return Some("a bounty label");
    }
    if reading.body.issuehunt.is_some() {
        return Some("IssueHunt's block");
    }
    if title_counts(reading) || named_only(reading) {
        return Some("the title");
    }
    let spoken = reading.said.iter().find_map(|(_, said)| match said {
        Said::MaintainerOffer { .. } => Some("a maintainer's command"),
        Said::MaintainerPromise { .. } => Some("a maintainer's words"),
        _ => None,
    });
    if spoken.is_some() {
        return spoken;
    }
    let text = reading.body.command.is_some() || reading.body.tied;
    // A row of a list may lack labels and author: then nothing speaks against the text.
    let unrecorded = reading.facts.labels.is_none() && !reading.by_outsider();
    let vouched =
        reading.by_maintainer() || reading.facts.labels.is_none() && home(reading) || unrecorded;
    (text && vouched).then_some("the text")
}

/// The repository is one of bounties.
fn home(reading: &Reading<'_>) -> bool {
    reading.facts.repo.name.to_lowercase().contains("bount")
}

/// `[Bounty] Dark mode` without an amount, in a row of a list that names neither labels nor accounts:
/// nothing speaks against it there. Of what GitHub itself shows, labels and words decide.
fn named_only(reading: &Reading<'_>) -> bool {
    let facts = reading.facts;
    let listed = facts.author.id.is_none() && facts.repo.id.is_none() && facts.node_id.is_none();
    let unlabelled = facts.labels.as_ref().is_none_or(Vec::is_empty);
    // On a board the word only sorts: what people hand in wears it too.
    reading.title.begins_as_bounty && listed && unlabelled && !home(reading)
}

/// The label `paid` means paid out, unless `open` or the title says that it means paying.
pub(super) fn plainly_paid<'a>(reading: &Reading<'a>) -> Option<&'a Label> {
    let pays = named(reading, "open").is_some() || PAYS.is_match(&plain(&reading.facts.title));
    named(reading, "paid").filter(|_| !pays)
}

/// Frantic's word for handed in; elsewhere `accepted` means that an issue is a good one.
pub(super) fn accepted<'a>(reading: &Reading<'a>) -> Option<&'a Label> {
    named(reading, "accepted").filter(|_| named(reading, "funded").is_some())
}

fn named<'a>(reading: &Reading<'a>, wanted: &str) -> Option<&'a Label> {
    reading
        .facts
        .labels
        .iter()
        .flatten()
        .find(|label| label.name.trim().eq_ignore_ascii_case(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounty::sample::facts;

    #[test]
    fn patterns_compile() {
        force_all();
    }

    #[test]
    fn the_label_paid_means_paid_out_unless_the_title_offers_pay() {
        let paid = |title: &str| {
            let mut facts = facts();
            facts.title = title.to_owned();
            facts.labels.iter_mut().flatten().for_each(|label| {
                label.name = "paid".to_owned();
            });
            plainly_paid(&Reading::of(&facts, None)).is_some()
        };
        for gone in [
            "Prepaid cards are refused",
            "The order stays unpaid",
            "Invoices that were paid twice",
            "[Paid plan] The checkout fails",
        ] {
            assert!(paid(gone), "{gone}");
        }
        for pays in [
            "[PAID BOUNTY - $960] Summaries",
            "[PAID] [$960 bounty] Summaries",
            "Paid task: summaries",
            "Summaries (bounty paid on merge)",
        ] {
            assert!(!paid(pays), "{pays}");
        }
    }
}
