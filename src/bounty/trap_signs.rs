//! The signs of a trap. Hard signs are a trap by themselves; soft ones need company.

use super::comments::{Said, decides};
use super::evidence::Evidence;
use super::facts::IssueFacts;
use super::famous::famous;
use super::labels::Meaning;
use super::reading::Reading;
use super::text::{is_bidi, plain};
use super::trap_patterns::{
    ASKS, ASKS_ENV, ASKS_OWN, BAIT, BINARY, CONTACT, DETECTS, DIAGNOSTIC, FEE, ONLY_MACHINES,
    PLAYGROUND, REPEAT, RUN_FIRST, STARS, SYMBOLIC, TASTE,
};
use super::traps::{FAKE_FROM, TrapList, TrapVerdict};
use super::valuation::Valuation;
use crate::clock::UnixMillis;
use crate::money::{Amount, Coin, Currency, Decimal, Usd};

const DAY: u64 = 24 * 3600;

/// Opire refuses less than this, so a smaller price beside its name was put on by hand.
const SMALLEST_REAL: Usd = Usd::dollars(20);

/// Out of line with any work an issue describes: the largest honest one known is near $15,000.
const ABSURD: Usd = Usd::dollars(20_000);

/// Judges an issue against the list and by its signs.
pub(crate) fn judge(
    reading: &Reading<'_>,
    value: &Valuation,
    list: &TrapList,
    now: UnixMillis,
) -> TrapVerdict {
    let mut out = TrapVerdict::default();
    if let Some(entry) = list.find(&reading.facts.repo) {
        out.add(
            "known_trap",
            1_000,
            format!(
                "known trap: {} ({}, {})",
                entry.reason, entry.url, entry.date
            ),
        );
    }
    labels(reading, value, &mut out);
    title(reading, &mut out);
    text(reading.facts, &mut out);
    comments(reading, &mut out);
    repository(reading, now, &mut out);
    money(reading, value, &mut out);
    out
}

fn labels(reading: &Reading<'_>, value: &Valuation, out: &mut TrapVerdict) {
    for (label, meaning) in &reading.labels {
        if let Meaning::Bait(points) = meaning {
            out.add("bait_label", *points, format!("label “{}”", label.name));
        }
    }
    let by_hand = reading.label(|m| matches!(m, Meaning::PlatformName(_)));
    let real = reading
        .label(|m| matches!(m, Meaning::Offer(Some(_))))
        .is_some();
    let priced = reading
        .label(|m| matches!(m, Meaning::Amount { .. }))
        .is_some();
    if let Some(label) = by_hand
        && !real
        && priced
        && value.usd.is_some_and(|usd| usd < SMALLEST_REAL)
    {
        out.add(
            "hand_made_label",
            60,
            format!(
                "label “{}” beside a price that platform would refuse",
                label.name
            ),
        );
    }
}

fn title(reading: &Reading<'_>, out: &mut TrapVerdict) {
    let facts = reading.facts;
    if reading.title.stuffed {
        out.add(
            "stuffed_title",
            60,
            "the title is stuffed with words bots look for",
        );
    }
    if reading.title.copied_form {
        out.add(
            "copied_form",
            50,
            "the title has the form of tasks that are copied under many owners",
        );
    }
    let target = plain(&facts.title).trim_start().starts_with('🎯');
    if target && facts.number <= 5 && reading.bounty_label().is_some() {
        out.add(
            "fork_spam_form",
            50,
            "one of a repository's first issues, in the form fork spam has",
        );
    }
    if facts.title.chars().any(is_bidi) {
        out.add(
            "reordered_title",
            40,
            "the title contains characters that reorder what is seen",
        );
    }
    if TASTE.is_match(&facts.title) {
        out.add(
            "asks_for_promotion",
            50,
            "it pays for trying something out, not for code or documentation",
        );
    }
}

/// Bait in the opening text, hidden parts included: what a person does not see an agent reads.
fn text(facts: &IssueFacts, out: &mut TrapVerdict) {
    let body = facts.body.as_deref().unwrap_or_default();
    let text = plain(body);
    for (pattern, code, points, what) in [
        (
            &ASKS,
            "asks_for_secrets",
            100,
            "the text asks for prompts, configuration or keys",
        ),
        (
            &ASKS_OWN,
            "asks_for_secrets",
            100,
            "the text asks for the instructions an agent was given",
        ),
        (
            &ASKS_ENV,
            "asks_for_secrets",
            100,
            "the text asks for the machine's environment",
        ),
        (
            // Honest texts ask for generated files too.
            &RUN_FIRST,
            "asks_for_output",
            30,
            "the text asks to run something and hand in the file that it leaves",
        ),
        (
            &ONLY_MACHINES,
            "machines_only",
            60,
            "the text wants nobody but machines",
        ),
        (&BAIT, "bait_words", 60, "the text uses words of known bait"),
        (
            &DETECTS,
            "bot_detection",
            60,
            "the text exists to find bots",
        ),
        (
            // Poor manners, and never to be done, but such a bounty may be real.
            &STARS,
            "asks_for_stars",
            40,
            "the text asks for stars or follows",
        ),
        (&FEE, "asks_for_fee", 40, "the text asks for a bond or fee"),
        (
            &BINARY,
            "asks_to_run",
            100,
            "the text asks to download and run a program",
        ),
        (
            &DIAGNOSTIC,
            "asks_for_diagnostics",
            60,
            "the text asks to commit a diagnostic file of the machine",
        ),
        (
            &CONTACT,
            "private_payment",
            30,
            "the text wants payment arranged in private",
        ),
        (
            &SYMBOLIC,
            "symbolic",
            100,
            "the text says that its prices are not real",
        ),
        (
            &REPEAT,
            "spawns_issues",
            50,
            "the task is to make more issues",
        ),
    ] {
        if pattern.is_match(&text) {
            out.add(code, points, what);
        }
    }
    let title = plain(&facts.title);
    if DETECTS.is_match(&title) {
        out.add(
            "bot_detection",
            60,
            "the title says that it exists to find bots",
        );
    }
}

/// A sign that any stranger can plant under any issue: it spoils the issue, but not the repository's
/// name.
pub(crate) const BY_ANYBODY: &str = "forged_comment";

fn comments(reading: &Reading<'_>, out: &mut TrapVerdict) {
    let forged = reading.said.iter().find_map(|(_, said)| match said {
        Said::Forged { login } => Some(login.as_deref().unwrap_or("ghost")),
        _ => None,
    });
    if let Some(login) = forged {
        let by_author = reading.facts.author.login.as_deref() == Some(login);
        out.add(
            if by_author {
                "forged_by_author"
            } else {
                BY_ANYBODY
            },
            80,
            format!("@{login} writes in a platform's words and is not the platform"),
        );
    }
    let insiders = reading
        .facts
        .comments
        .iter()
        .filter(|c| decides(c.association));
    for comment in insiders {
        let body = plain(&comment.body);
        if [&ASKS, &ASKS_OWN, &ASKS_ENV, &BAIT]
            .iter()
            .any(|p| p.is_match(&body))
        {
            out.add(
                "asks_for_secrets",
                100,
                "a maintainer's comment asks for prompts, configuration or keys",
            );
            break;
        }
    }
}

fn repository(reading: &Reading<'_>, now: UnixMillis, out: &mut TrapVerdict) {
    let facts = reading.facts;
    let repo = &facts.repo;
    let younger = |at: Option<UnixMillis>, days: u64| {
        at.is_some_and(|at| now.since(at).as_secs() < days * DAY)
    };
    let verified = reading.said.iter().any(|(_, said)| {
        matches!(
            said,
            Said::PlatformOffer {
                evidence: Evidence::Verified,
                ..
            }
        )
    });
    if PLAYGROUND.is_match(&repo.name) && !verified {
        out.add(
            "test_repository",
            50,
            "the repository's name says that it is for tests or demonstrations",
        );
    }
    if younger(repo.created_at, 30) {
        out.add(
            "new_repository",
            25,
            "the repository is younger than 30 days",
        );
    }
    if younger(repo.owner_created_at, 60) {
        out.add(
            "new_owner",
            25,
            "the owner's account is younger than 60 days",
        );
    }
    if repo.stars.is_some_and(|stars| stars < 5) && famous(&repo.name) {
        out.add(
            "fame_copied",
            50,
            "named like a famous project, with fewer than 5 stars",
        );
    }
    if repo.is_fork == Some(true) && facts.number <= 5 {
        out.add("fork", 20, "one of the first issues of a fork");
    }
    if repo.merged_pull_requests == Some(0) {
        out.add("nothing_merged", 15, "no pull request was ever merged");
    }
    if let (Some(all), Some(bounties)) = (repo.open_issues, repo.open_bounty_issues)
        && all >= 5
        && bounties.saturating_mul(2) > all
        && !repo.name.to_lowercase().contains("bount")
    {
        out.add(
            "mostly_bounties",
            25,
            format!("{bounties} of {all} open issues carry a bounty label"),
        );
    }
}

/// More of a coin than work is worth at any rate of the last years; needs no rate.
fn hoard(amount: &Amount) -> bool {
    let most = match amount.currency {
        Currency::Coin(Coin::Btc) => 1,
        Currency::Coin(Coin::Eth) => 10,
        Currency::Coin(Coin::Sats) => 50_000_000,
        _ => return false,
    };
    Decimal::whole(most).is_some_and(|most| amount.value >= most)
}

/// So little of a coin that it was worth less than a dollar or two at any rate of the last years.
fn dust(amount: &Amount) -> bool {
    let least = match amount.currency {
        Currency::Coin(Coin::Btc) => "0.00001",
        Currency::Coin(Coin::Eth) => "0.0001",
        Currency::Coin(Coin::Sol | Coin::Xmr | Coin::Ltc | Coin::Bch) => "0.001",
        Currency::Coin(Coin::Sats) => "100",
        _ => return false,
    };
    Decimal::parse(least).is_some_and(|least| amount.value < least)
}

fn money(reading: &Reading<'_>, value: &Valuation, out: &mut TrapVerdict) {
    if value.usd.is_some_and(|usd| usd >= ABSURD) || value.amount.as_ref().is_some_and(hoard) {
        // A platform's own word may be true; a title's is a joke or a lure.
        let points = if value.evidence == Evidence::Verified {
            30
        } else {
            FAKE_FROM
        };
        out.add("absurd_amount", points, "far more than such work is worth");
    }
    // Nothing at all is unfunded, not a joke.
    let joke = |amount: &Amount| !amount.value.is_zero() && dust(amount);
    if value.amount.as_ref().is_some_and(joke) {
        out.add("dust", FAKE_FROM, "so little of a coin that it is a joke");
    }
    let play = value.amount.as_ref().is_some_and(|a| match &a.currency {
        Currency::Token(name) => name.chars().any(char::is_lowercase) || name == "TG",
        _ => false,
    });
    // `$640` in the title, “$640 Bohemian Dollars” in the text.
    let explained = value
        .amount
        .as_ref()
        .is_some_and(|a| reading.body.play.contains(&a.value));
    if play || explained {
        out.add("play_money", 50, "paid in money of a game or site");
    }
    let differs = match (&value.amount, &reading.title.offer) {
        (Some(amount), Some(title)) => reading
            .body
            .command
            .as_ref()
            .is_some_and(|c| c.amount != title.amount && c.amount != *amount),
        _ => false,
    };
    if differs {
        out.add(
            "amounts_differ",
            20,
            "title and command name different amounts",
        );
    }
}
