//! How much is offered, and by whom we know it.

use serde::{Deserialize, Serialize};

use std::cmp::Reverse;

use super::comments::{Said, current_offers};
use super::evidence::{Evidence, Fact, FactKind, Source};
use super::facts::{Association, Label};
use super::labels::Meaning;
use super::platform::Platform;
use super::programmes;
use super::reading::Reading;
use super::reward::Found;
use super::title::Place;
use crate::clock::UnixMillis;
use crate::money::{Amount, Currency, Decimal, Rates, Usd};

/// The amount as a careful reader takes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Valuation {
    /// Worth in dollars; `None` when nobody says, or without a rate. Project tokens have none.
    pub usd: Option<Usd>,
    /// As written; the lower end of a range.
    pub amount: Option<Amount>,
    /// The upper end of a range, for people to see; never counted.
    pub upper: Option<Amount>,
    /// Currency, when it is known without an amount.
    pub currency: Option<Currency>,
    /// How sure we are of who promises it.
    pub evidence: Evidence,
    /// Every statement about an amount that counted or was compared.
    pub sources: Vec<Fact>,
    /// What does not fit together, in words with both amounts.
    pub disagreement: Option<String>,
}

/// Amounts from one source, ready to be compared.
struct Candidate {
    source: Source,
    evidence: Evidence,
    amount: Amount,
    upper: Option<Amount>,
    /// The single amounts a sum is made of.
    addends: Vec<Amount>,
    fact: Fact,
}

/// Values an issue: sums what platforms say, then takes the most trusted source; where a less
/// trusted one says something else, the lower counts and both are named.
pub(crate) fn value(reading: &Reading<'_>, rates: &Rates, now: UnixMillis) -> Valuation {
    let mut candidates = candidates(reading);
    candidates.sort_by_key(|c| Reverse(c.source));
    let sources = candidates.iter().map(|c| c.fact.clone()).collect();
    let mut rest = candidates.into_iter();
    let Some(base) = rest.next() else {
        // Nobody says the least, which is what counts.
        let up_to = reading.title.up_to.clone();
        let upper = up_to.filter(|_| title_counts(reading));
        let currency = upper.as_ref().map(|most| most.currency.clone());
        return Valuation {
            currency: currency.or_else(|| fallback_currency(reading)),
            upper,
            ..Valuation::default()
        };
    };
    let mut amount = base.amount.clone();
    let mut upper = base.upper.clone();
    let mut evidence = base.evidence;
    let mut disagreement = platform_disagreement(reading);
    for other in rest {
        if agrees(&base, &other) {
            evidence = evidence.max(other.evidence);
            continue;
        }
        disagreement.get_or_insert_with(|| {
            format!(
                "{} says {}, {} says {}: the lower counts",
                name(base.source),
                base.amount,
                name(other.source),
                other.amount
            )
        });
        // The opening text is the oldest and the least trusted: it is shown, but lowers nothing.
        let lower = other.source != Source::Body
            && other.amount.currency == amount.currency
            && other.amount.value < amount.value;
        if lower {
            amount = other.amount;
            upper = other.upper;
            // The lower amount is only as sure as the surer of the two makes it: both offer it.
        }
    }
    Valuation {
        usd: rates.usd(&amount, now),
        currency: Some(amount.currency.clone()),
        amount: Some(amount),
        upper,
        evidence,
        sources,
        disagreement,
    }
}

const fn name(source: Source) -> &'static str {
    match source {
        Source::PlatformComment => "the platform",
        Source::Label => "the label",
        Source::MaintainerComment => "a maintainer's comment",
        Source::Title => "the title",
        Source::PlatformBlock => "IssueHunt's block",
        Source::Body => "the text",
        Source::StrangerComment => "a comment",
    }
}

fn fallback_currency(reading: &Reading<'_>) -> Option<Currency> {
    let programme = programmes::of(&reading.facts.repo.owner);
    Some(match programme.and_then(|p| p.token) {
        Some(token) => Currency::Token(token.to_owned()),
        None => Currency::Usd,
    })
}

/// Equal, or the label of several sponsors: it shows the latest addend, or the sum in compact
/// form (`$13.8k`).
fn agrees(base: &Candidate, other: &Candidate) -> bool {
    if base.amount == other.amount {
        return true;
    }
    if base.amount.usd_at_par().is_some() && base.amount.usd_at_par() == other.amount.usd_at_par() {
        return true;
    }
    other.source == Source::Label
        && base.source == Source::PlatformComment
        && (base.addends.contains(&other.amount) || compact_equal(&base.amount, &other.amount))
}

/// `label` is `sum` rounded to one place of its thousands or millions, as compact numbers are.
fn compact_equal(sum: &Amount, label: &Amount) -> bool {
    let (Some(sum), Some(label)) = (sum.usd_at_par(), label.usd_at_par()) else {
        return false;
    };
    let step = match label.cents() {
        100_000..100_000_000 => 10_000,
        100_000_000.. => 10_000_000,
        _ => return false,
    };
    label.cents() % step == 0 && (sum.cents() - label.cents()).abs() <= step / 2
}

fn platform_disagreement(reading: &Reading<'_>) -> Option<String> {
    if let Some((badge, total)) = reading.body.issuehunt.as_ref().and_then(|i| i.differ) {
        return Some(format!(
            "IssueHunt's badge says {badge}, its total {total}: the lower counts"
        ));
    }
    let labels: Vec<_> = algora_labels(reading).collect();
    if labels.len() > 1 {
        let named = labels
            .iter()
            .map(|(_, found)| found.amount.to_string())
            .collect::<Vec<_>>()
            .join(" and ");
        return Some(format!(
            "labels name {named}: several sponsors, or one amount that was changed"
        ));
    }
    let first = reading.body.promise.as_ref()?;
    let other = reading.body.other.as_ref()?;
    Some(format!("the text says {} and {other}", first.amount))
}

fn candidates(reading: &Reading<'_>) -> Vec<Candidate> {
    let mut out = Vec::new();
    out.extend(platform_sum(reading));
    out.extend(label_amounts(reading));
    let facts = reading.facts;
    let by_author = |source, evidence, found: &Found| Candidate {
        source,
        evidence,
        amount: found.amount.clone(),
        upper: found.upper.clone(),
        addends: Vec::new(),
        fact: Fact {
            source,
            author: facts.author.clone(),
            association: facts.association,
            kind: FactKind::Offer,
            amount: Some(found.amount.clone()),
            at: facts.created_at,
            evidence,
        },
    };
    let spoken = reading
        .said
        .iter()
        .filter_map(|(comment, said)| match said {
            Said::MaintainerOffer { found } => Some((Evidence::Verified, comment, found)),
            // Words can be meant otherwise than they were read: somebody must look.
            Said::MaintainerPromise { found } => Some((Evidence::Claimed, comment, found)),
            _ => None,
        });
    // A command counts before words; of each, the last.
    if let Some((evidence, comment, found)) = spoken.max_by_key(|(evidence, ..)| *evidence) {
        let mut candidate = by_author(Source::MaintainerComment, evidence, found);
        candidate.fact.author = comment.author.clone();
        candidate.fact.association = comment.association;
        candidate.fact.at = comment.created_at;
        out.push(candidate);
    }
    let title = reading
        .title
        .offer
        .as_ref()
        .filter(|_| title_counts(reading));
    if let Some(found) = title {
        out.push(by_author(Source::Title, reading.author_evidence(), found));
    }
    if let Some(block) = &reading.body.issuehunt {
        let found = Found {
            amount: Amount::usd(block.usd),
            upper: None,
            weak: false,
            start: 0,
            end: 0,
        };
        // Anybody could type the block, so it is at best a claim.
        out.push(by_author(
            Source::PlatformBlock,
            reading.author_evidence().min(Evidence::Claimed),
            &found,
        ));
    }
    let body = reading
        .body
        .command
        .as_ref()
        .or(reading.body.promise.as_ref());
    // A promise further down loses against IssueHunt's own block, and an unmarked text counts only
    // beside a bounty label or by a maintainer.
    if let Some(found) = body
        && reading.body.issuehunt.is_none()
    {
        out.push(by_author(Source::Body, reading.author_evidence(), found));
    }
    out
}

/// A price in the title that its form says is alive.
pub(crate) fn title_counts(reading: &Reading<'_>) -> bool {
    match reading.title.place {
        Place::None => false,
        Place::DeadSuffix | Place::Spoken => reading.bounty_label().is_some(),
        Place::Marked => true,
        Place::Bare => reading.bounty_label().is_some() || reading.title.tagged,
    }
}

/// The sum over the current offers of one platform.
fn platform_sum(reading: &Reading<'_>) -> Option<Candidate> {
    let mut out: Option<Candidate> = None;
    for (comment, evidence, found) in current_offers(&reading.said) {
        let fact = Fact {
            source: Source::PlatformComment,
            author: comment.author.clone(),
            association: comment.association,
            kind: FactKind::Offer,
            amount: Some(found.amount.clone()),
            at: comment.created_at,
            evidence,
        };
        match &mut out {
            // What is not verified is not added to what is.
            Some(sum)
                if evidence == sum.evidence && sum.amount.currency == found.amount.currency =>
            {
                sum.amount.value = sum.amount.value.plus(found.amount.value);
                sum.addends.push(found.amount.clone());
                sum.fact.amount = Some(sum.amount.clone());
            }
            Some(sum) if evidence <= sum.evidence => {}
            _ => {
                out = Some(Candidate {
                    source: Source::PlatformComment,
                    evidence,
                    amount: found.amount.clone(),
                    upper: None,
                    addends: vec![found.amount.clone()],
                    fact,
                });
            }
        }
    }
    out
}

/// Amount labels in the form that Algora's app puts on, beside its bounty label: one a sponsor.
fn algora_labels<'a>(
    reading: &'a Reading<'a>,
) -> impl Iterator<Item = (&'a Label, &'a Found)> + 'a {
    let app = reading
        .label(|m| *m == Meaning::Offer(Some(Platform::Algora)))
        .is_some();
    reading
        .labels
        .iter()
        .filter_map(move |(label, meaning)| match meaning {
            Meaning::Amount { found, .. }
                if app
                    && found.amount.currency == Currency::Usd
                    && label.name.trim_start().starts_with('$') =>
            {
                Some((*label, found))
            }
            _ => None,
        })
}

/// What labels say; several of Algora's add up, as its sponsors do.
fn label_amounts(reading: &Reading<'_>) -> Vec<Candidate> {
    let mut all = single_labels(reading);
    let parts: Vec<Amount> = algora_labels(reading)
        .map(|(_, found)| found.amount.clone())
        .collect();
    if parts.len() < 2 {
        return all;
    }
    let Some(at) = all.iter().position(|c| parts.contains(&c.amount)) else {
        return all;
    };
    let mut sum = all.remove(at);
    all.retain(|c| !parts.contains(&c.amount));
    sum.amount.value = parts
        .iter()
        .map(|part| part.value)
        .reduce(Decimal::plus)
        .unwrap_or(sum.amount.value);
    sum.fact.amount = Some(sum.amount.clone());
    sum.addends = parts;
    all.insert(0, sum);
    all
}

fn single_labels(reading: &Reading<'_>) -> Vec<Candidate> {
    reading
        .labels
        .iter()
        .filter_map(|(label, meaning)| {
            let Meaning::Amount { found, .. } = meaning else {
                return None;
            };
            let evidence = reading.label_evidence(label);
            Some(Candidate {
                source: Source::Label,
                evidence,
                amount: found.amount.clone(),
                upper: found.upper.clone(),
                addends: Vec::new(),
                fact: Fact {
                    source: Source::Label,
                    author: label.set_by.clone().unwrap_or_default(),
                    association: Association::Unknown,
                    kind: FactKind::Offer,
                    amount: Some(found.amount.clone()),
                    at: label.set_at,
                    evidence,
                },
            })
        })
        .collect()
}
