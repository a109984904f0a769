//! What an opening text says about money. It has the least authority of all sources: anybody can
//! write one. The exception is the block that IssueHunt generates, whose badge and total must
//! agree.

use super::comments;
use super::patterns::patterns;
use super::platform::Platform;
use super::reward::{self, Found, Tickers};
use super::text::{plain, prose};
use crate::money::{Amount, Convertible, Decimal, Usd};

pub(super) mod promises;
mod told;
mod unpaid;

/// Prose further down than this many bytes is not searched for a promise.
const PROSE: usize = 6_000;

/// An opening text, read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Body {
    /// IssueHunt's block.
    pub(crate) issuehunt: Option<IssueHunt>,
    /// A platform named by its own block or link.
    pub(crate) platform: Option<Platform>,
    /// A `/bounty $N` line.
    pub(crate) command: Option<Found>,
    /// A promise in words: `Reward: $300`, `a bounty of 5,000 USDC`.
    pub(crate) promise: Option<Found>,
    /// A promise is made for this issue's work, in a form that says so.
    pub(crate) tied: bool,
    /// Other amounts promised further on; shown as a disagreement.
    pub(crate) other: Option<Amount>,
    /// The text says that work is blocked or closed to outsiders.
    pub(crate) closed: Option<&'static str>,
    /// A line that was added says that it is over, in these words.
    pub(crate) ended: Option<String>,
    /// The text says that nothing is paid, or something that is no money.
    pub(crate) no_money: bool,
    /// Amounts of a game's or site's own money.
    pub(crate) play: Vec<Decimal>,
}

/// IssueHunt's block, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IssueHunt {
    /// Worth; the lower when badge and total differ.
    pub(crate) usd: Usd,
    /// It has been paid out.
    pub(crate) rewarded: bool,
    /// Badge and total, when they differ.
    pub(crate) differ: Option<(Usd, Usd)>,
}

patterns! {
    force_captures: Pattern;
    BADGE = r"(?i)img\.shields\.io/badge/IssueHunt-%24([0-9.,]{1,16})%20(Funded|Rewarded)";
    BACKERS = r"(?i)(?:Backers|Sponsors) \(Total: \$([0-9.,]{1,16})\)";
    COMMAND = r"(?im)^\s*/(?:bounty|reward)\s+(\S.{0,40})$";
    PLAYED = r"\b([0-9][0-9,.]{0,12})\s+(?:[A-Z][a-z]+ ){1,2}(?:Dollars|Bucks|Credits|Coins|Points|Gold|Tokens)\b";
}

patterns! {
    force_words: Words;
    DEAD = r"(?i)<bountysource-plugin>|bountysource\.com/(?:badge|issues|trackers)|utm_campaign=plugin&(?:amp;)?utm_content=tracker";
    BLOCKED = r"(?im)^[ \t*_|-]*status[ \t*_]*:[ \t*_]*(?:blocked|closed|on hold|completed|cancelled|paid)\b";
}

impl Body {
    /// Reads an opening text in one pass per pattern.
    pub(crate) fn read(body: &str) -> Self {
        let text = plain(body);
        let mut out = Self {
            issuehunt: issuehunt(&text),
            ..Self::default()
        };
        out.platform = if out.issuehunt.is_some() {
            Some(Platform::IssueHunt)
        } else {
            named_platform(&text)
        };
        let prose = prose(body);
        out.command = COMMAND
            .captures(&prose)
            .and_then(|c| c.get(1))
            .and_then(|m| commanded(m.as_str()));
        let head = &prose[..floor_char(&prose, PROSE)];
        let promises = promises::read(head);
        if let Some(first) = &promises.first {
            let mut more = promises.more.into_iter().map(|found| found.amount);
            out.other = more.find(|amount| *amount != first.amount);
        }
        out.promise = promises.first;
        out.tied = promises.tied.is_some();
        if BLOCKED.is_match(head) {
            out.closed = Some("the text says that it is blocked or closed");
        }
        out.ended = comments::ended_later(&prose);
        out.no_money = unpaid::unpaid(head);
        out.play = reward::scan(head, Tickers::Known)
            .into_iter()
            .filter(|found| found.amount.currency.convertible() == Convertible::Never)
            .map(|found| found.amount.value)
            .chain(PLAYED.compiled().captures_iter(head).filter_map(|c| {
                let real = ["US ", "Canadian", "Australian", "American", "Hong Kong"];
                let said = c.get(0)?.as_str();
                let number = c.get(1)?.as_str().replace(',', "");
                (!real.iter().any(|name| said.contains(name))).then(|| Decimal::parse(&number))?
            }))
            .collect();
        out
    }
}

fn floor_char(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The amount of a slash command; a bare number counts dollars.
fn commanded(text: &str) -> Option<Found> {
    let found = reward::scan(text, Tickers::Any).into_iter().next();
    let found = found.filter(|found| found.start <= 2);
    found.or_else(|| {
        let number: String = text
            .chars()
            .take_while(|c| c.is_ascii_digit() || ".,".contains(*c))
            .collect();
        reward::whole(&format!("${number}"), Tickers::Known)
    })
}

fn issuehunt(text: &str) -> Option<IssueHunt> {
    let badge = BADGE.captures(text);
    let total = BACKERS
        .captures(text)
        .filter(|_| text.contains("IssueHunt Summary"));
    let usd = |m: Option<regex::Match<'_>>| {
        let digits = m?.as_str().replace(',', "");
        Decimal::parse(&digits).map(|d| Usd(d.floor_cents()))
    };
    let shown = badge.as_ref().and_then(|c| usd(c.get(1)));
    let summed = total.as_ref().and_then(|c| usd(c.get(1)));
    let rewarded = badge
        .as_ref()
        .and_then(|c| c.get(2))
        .is_some_and(|m| m.as_str().eq_ignore_ascii_case("rewarded"));
    let value = match (shown, summed) {
        (Some(a), Some(b)) => a.min(b),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => return None,
    };
    Some(IssueHunt {
        usd: value,
        rewarded,
        differ: shown.zip(summed).filter(|(a, b)| a != b),
    })
}

fn named_platform(text: &str) -> Option<Platform> {
    if DEAD.is_match(text) {
        return Some(Platform::Bountysource);
    }
    [
        ("bountyhub.dev/", Platform::BountyHub),
        ("console.algora.io/", Platform::Algora),
        ("algora.io/", Platform::Algora),
        ("polar.sh/api/github/", Platform::Polar),
        ("app.opire.dev/", Platform::Opire),
        ("boss.dev/", Platform::Boss),
        ("lightningbounties.com", Platform::Lightning),
        ("gofrantic.com", Platform::Frantic),
        ("Upwork Automation - Do Not Edit", Platform::Expensify),
    ]
    .into_iter()
    .find(|(mark, _)| text.contains(mark))
    .map(|(_, platform)| platform)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_compile() {
        force_captures();
        force_words();
    }

    fn block(badge: &str, total: &str) -> String {
        format!(
            "<!-- Issuehunt Badges -->\n[<img src=\"https://img.shields.io/badge/IssueHunt-%24{badge}-x.svg\"/>](u)\ntext\n<b>IssueHunt Summary</b>\n### Backers (Total: ${total})\n"
        )
    }

    #[test]
    fn issuehunt_badge_and_total_must_agree() {
        let read = |b: &str, t: &str| Body::read(&block(b, t)).issuehunt;
        assert_eq!(
            read("100%20Funded", "100.00").map(|i| (i.usd, i.rewarded, i.differ)),
            Some((Usd::dollars(100), false, None))
        );
        assert_eq!(
            read("300%20Rewarded", "300.00").map(|i| i.rewarded),
            Some(true)
        );
        let differ = read("500%20Funded", "50.00").map(|i| (i.usd, i.differ.is_some()));
        assert_eq!(differ, Some((Usd::dollars(50), true)));
        assert_eq!(Body::read("IssueHunt is nice, $100").issuehunt, None);
    }

    #[test]
    fn a_command_is_a_line_of_its_own() {
        assert_eq!(
            Body::read("/bounty 400\n")
                .command
                .map(|f| f.amount.to_string())
                .as_deref(),
            Some("$400")
        );
        assert!(Body::read("`/bounty 400`").command.is_none());
    }
}
