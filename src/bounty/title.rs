//! What a title says: an amount, that it is over, or that it is about something else.

use super::patterns::patterns;
use super::reward::{self, Found, Tickers};
use super::state::Status;
use super::text::plain;
use crate::money::Amount;

mod place;

/// Characters of a title that are read.
const LENGTH: usize = 512;

/// A title, read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Title {
    /// An amount that is offered.
    pub(crate) offer: Option<Found>,
    /// The most that is offered, where nobody says the least: `up to $450`.
    pub(crate) up_to: Option<Amount>,
    /// Where that amount stands.
    pub(crate) place: Place,
    /// It says bounty, reward or paid.
    pub(crate) says_bounty: bool,
    /// It wears such a word as a tag: `[Bounty] …`.
    pub(crate) tagged: bool,
    /// It begins with the word bounty as a tag.
    pub(crate) begins_as_bounty: bool,
    /// It says that the bounty is over, and how.
    pub(crate) over: Option<(Status, &'static str)>,
    /// It is something else for certain, whatever the labels say.
    pub(crate) never: Option<&'static str>,
    /// It is something else unless a platform has put its own label on.
    pub(crate) unlikely: Option<&'static str>,
    /// It is something else unless money is named.
    pub(crate) about: Option<&'static str>,
    /// It is something else, money or not, unless a label says bounty.
    pub(crate) proposal: bool,
    /// Stuffed with words that bots look for.
    pub(crate) stuffed: bool,
    /// `[$40 BOUNTY] [Python] …`.
    pub(crate) copied_form: bool,
}

/// Where in a title an amount stands, the least telling first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// Nowhere.
    #[default]
    None,
    /// `… [$15]` and no word of a bounty: what Bountysource left behind.
    DeadSuffix,
    /// Spoken of in the sentence: `The $5 reward is shown twice`.
    Spoken,
    /// Bare at the end, without brackets.
    Bare,
    /// As a tag: in brackets, or with the word bounty, apart from the sentence.
    Marked,
}

// What may stand before the word in a bracket: `[$500 bounty - CLAIMED]`, `[Bounty paid]`.
macro_rules! bounty_is {
    () => {
        r"[\[(](?:[^\[\]()]{0,30}\b(?:bounty|reward)\b\W{1,6}(?:(?:is|was|has been|already)\s+)*|[^\[\]()]{0,12}\d[^\[\]()]{0,12}?\s*(?:-|–|—|:|\||,|/)\s*)"
    };
}

patterns! {
    force_all: Words;
    SAYS = r"(?i)\b(?:bount(?:y|ies)|reward|paid|prize|funded)\b";
    HOLD = r"(?i)\[\s*(?:hold\b|on hold|waiting on|awaiting payment|c\+ checklist|checklist)[^\]]*\]";
    // `Paid: $200` too: it is put before a title once the bounty is paid. `[PAID BOUNTY - $200]` pays.
    PAID = r"(?i)^\W*(?:paid|rewarded|bounty paid|paid out)\s*(?:\]|:|(?:-|–|—)?\s*(?:(?:\$|€|£)\s?\d|\d[\d.,]*k? ?(?:usd|eur|usdc|dollars)\b))|[\[(]\s*(?:\$|€|£)\s?[\d.,]+k?\s*[\])]\s*(?:(?:-|–|—|:)\s*)?(?:paid|rewarded)(?: out)?\W*$";
    PAID_IN = concat!(r"(?i)\[\s*(?:paid|paid out|rewarded|bounty paid)\s*\]|(?:^\W*|[\])]\W*)\(\s*(?:paid|paid out|rewarded)\s*\)|", bounty_is!(), r"(?:paid(?: out)?|rewarded|awarded)(?:\s+to\b[^\])]*)?\s*[\])]");
    CLOSED = concat!(r"(?i)\[\s*(?:closed|cancelled|canceled|expired|withdrawn|completed|done|finali[sz]ed|solved|resolved|archived|awarded)\s*\]|^\W*(?:closed|cancelled|canceled|expired|withdrawn|solved|resolved|archived)\s*:|", bounty_is!(), r"(?:closed|cancelled|canceled|expired|withdrawn|completed|done|over|solved|resolved|archived)\s*[\])]");
    TAKEN = concat!(r"(?i)\[\s*(?:claimed|taken|assigned|reserved|in progress|wip|locked)\b[^\]]*\]|^\W*(?:claimed|taken)\s*:|(?:^\W*|[\])]\W*)\(\s*(?:claimed|taken)\s*\)|\(\s*(?:claimed|taken)\s*\)\W*$|", bounty_is!(), r"(?:claimed|taken|assigned|reserved|in progress|wip|locked)(?:\s+(?:by|for|to|until)\b[^\])]*)?\s*[\])]");
    CLAIM = r"(?i)^\W*\[\s*(?:bounty )?(?:claim(?:ing)?|submission)\b[^\]]*\]|^\W*claim(?:ing)?\s*[:#]|^\W*bounty (?:claim|submission|payout request)\b|\bpayout request\b|^\W*reward request\b";
    CLAIMING = r"(?i)^\W*(?:claim(?:ing)?|submission)\b";
    SECURITY = r"(?i)\[\s*(?:bug[ -]bounty|vulnerability|cve)[^\]]*\]\s*(?:\[|:)|^\W*security (?:review|audit|report|disclosure|contact)\b|\bbug[ -]bounty (?:policy|program|programme|report|submission)\b|\bvulnerability (?:report|disclosure)\b|\bsecurity\.md\b|\b(?:hackerone|bugcrowd|immunefi)\b";
    NO_MONEY = r"(?i)\b(?:banana bread|pizza|beers?|swag|stickers?|hugs?|kudos|glory)\W{1,3}(?:bounty|reward|prize)\b|\b(?:bounty|reward|prize)\b\W{1,3}(?:of |is |an? |some )*(?:banana bread|pizza|beers?|swag|stickers?|hugs?|kudos|glory)\b|\b(?:free|win an?) (?:pizza|beers?|swag|stickers?|t-?shirts?)\b|\b(?:mill|bill|trill)ions?\b.{0,12}(?:\bdollars\b|\busd\b)|\b\d[\d,.]*k? (?:\w+ ){0,2}(?:points?|credits?|karma|xp) (?:bounty|reward|prize)\b|[\[(]\s*\d[\d,.]*k? ?(?:(?:space|game|in-game|play|fake|monopoly)[- ](?:credits?|money|coins?|bucks)|[a-z]+bucks)\b|\b(?:bounty|reward|prize)\b\W{1,3}(?:an?|one|two|three|some|my|\d+) (?:\w+ )?(?:lo(?:af|aves)|slices?|bottles?|cups?|jars?|pints?|plates?|bowls?|crates?|six-?packs?) of\b|\b(?:bounty|reward|prize)\W{1,4}(?:[\w-]+ ){0,3}(?:gratitude|exposure|(?:internet|brownie) points|bragging rights|monopoly money)\b";
    TEST = r"(?i)\bzero[- ]bounty\b|\bglory[- ]only\b|^\W*(?:test|testing|lorem ipsum)\b|^\W*\[\s*test(?:ing)?\s*\]|\b(?:pls|please) ignore\b|\blorem ipsum\b|\b(?:verify|test|check)\b.{0,20}\b(?:bot|agent) detection\b|\b(?:reply|respond|answer) with your model\b|\bignore (?:this|me)\b";
    LISTING = r"(?i)\bbount(?:y|ies) (?:alert|digest|scan|radar|roundup)\b|^\W*\[\s*radar\b|\bopportunit\w* found\b|\bdaily bounties\b|\bopen bounty \d{4}-\d\d-\d\d|\b\d+ (?:\w+ ){0,2}bounties\b|\bhow (?:i|we) (?:earn|made|make|won|got)\w*\b";
    REPORT = r"(?i)\bbount(?:y|ies) (?:report|list|feed|board update)\b|^\W*radar\b|\bdaily (?:discovery|report|scan|digest)\b|\b(?:weekly|daily) status\b";
    MANY = r"(?i)\bbounties\b";
    ONE = r"(?i)\b(?:bounty|reward)\b";
    META = r"(?i)\bbount(?:y|ies) (?:program(?:me)?s?|scheme|process|system|bot|platforms?|policy|hunters?|board|page|cards?|templates?|trackers?|scann?ers?|parsers?|detect(?:ors?|ion)|finders?|crawlers?|scrapers?|flow|feature|rules|guidelines|tokens?|labels?|marketplace|integration|contract|ui|api|dashboard)\b|\balternatives? to \w+source\b|\bregistry\b.{0,40}\bbount|\bbounties? and product\b|\borgani[sz]er bount|\bresearch bount";
    PROPOSAL = r"(?i)^\W*(?:proposal|rfc|idea|discussion|question|poll|evidence|grant|meta|announcement|article)\b\s*(?:[\]:-]|–|—)|\bgrant (?:application|proposal|request|milestone)s?\b|\bapply(?:ing)? for\b.{0,40}\bgrants?\b";
    // `Feature: split a bounty`, but not `[Feature] Dark mode [$100 bounty]`.
    FEATURE = r"(?i)^\W*(?:feature request|\[?feature\]?)\s*[:\]].*\bbount(?:y|ies)\b";
    // It looks for bots, whatever it offers.
    PROBE = r"(?i)\b(?:bot|agent) detection\b|\b(?:reply|respond|answer) with your model\b";
    TEST_MARK = r"(?i)^\W*\[\s*test(?:ing)?\s*\]";
    ZERO = r"(?i)\bzero[- ]bounty\b|\bglory[- ]only\b";
    SUFFIX = r"^(?s:.*\S.*)\[\s*\$[\d,.]+k?\s*\]\s*$";
    COPIED = r"^\s*\[\$\d[\d,]*(?:\s*-\s*\$\d[\d,]*)? BOUNTY\]\s*\[?(?i:python|java|rust|go|javascript|typescript|c\+\+|php|ruby|c#|shell|docker|sql|css|html|docs?|urgent|backend|frontend|lua|haskell|scala|kotlin|swift|perl|ci|r)\b";
    AT_MOST = r"(?i)(?:\bup ?to|\bmax(?:imum|\.)?(?: of)?:?|\bat most|\bn(?:o|ot) more than|\bas much as|<=?|≤)\s*$";
    MOST = r"(?i)^\s*(?:max(?:imum)?|at most|or less)\b";
    // `[URGENT] [AGENTS WELCOME]`: in brackets and nothing else in them.
    LURES = r"(?i)\[\W*(?:urgent|asap|hot|paid|cash|funding|agentic|(?:easy|quick|real|good|monetary)? ?(?:money|reward|task|win)|easy(?: \w+){0,3}|(?:ai|llms?|bots?|(?:ai )?agents?)[ -](?:friendly|welcome|ok|allowed|ready|only)|(?:for )?(?:ai )?agents?)\W*\]";
    GROUPS = r"(?i)\[[^\]]*(?:bounty|money|paid|funding|reward|agents?|agentic|cash|easy)[^\]]*\]";
}

impl Title {
    /// Reads a title. GitHub's are at most 256 characters long; what stands further on is not
    /// read.
    pub(crate) fn read(title: &str) -> Self {
        let title: String = plain(title).chars().take(LENGTH).collect();
        let mut out = Self {
            says_bounty: SAYS.is_match(&title),
            tagged: place::tagged(&title),
            begins_as_bounty: place::begins_as_bounty(&title),
            ..Self::default()
        };
        out.find_offer(&title);
        if HOLD.is_match(&title) {
            out.over = Some((
                Status::Paid,
                "the title puts it on hold or says that payment is due",
            ));
        } else if PAID.is_match(&title) || PAID_IN.is_match(&title) && !out.stuffs_paid(&title) {
            out.over = Some((Status::Paid, "the title says paid"));
        } else if CLOSED.is_match(&title) {
            out.over = Some((Status::Cancelled, "the title says that it is over"));
        } else if TAKEN.is_match(&title) {
            out.over = Some((Status::Claimed, "the title says that it is taken"));
        }
        let priced = out.offer.is_some() || out.up_to.is_some();
        if CLAIM.is_match(&title) {
            out.never = Some("somebody's claim or submission");
        } else if NO_MONEY.is_match(&title) {
            out.never = Some("paid in something else than money");
        } else if TEST.is_match(&title)
            && (!priced || PROBE.is_match(&title) || TEST_MARK.is_match(&title))
        {
            out.never = short(&title).then_some("a test, or without any money");
        } else if LISTING.is_match(&title) {
            out.never = Some("a list of other people's bounties");
        }
        if CLAIMING.is_match(&title) && !priced {
            out.unlikely = Some("somebody's claim or submission");
        } else if SECURITY.is_match(&title) && !priced {
            out.unlikely = Some("a security programme or a report to one");
        } else if REPORT.is_match(&title) {
            out.unlikely = Some("a report or a list of other people's bounties");
        }
        if META.is_match(&title) {
            out.about = Some("about bounties, not one");
            // `[$500 bounty] Rework the bounty page` is an offer all the same.
            out.proposal = !title.trim_start().starts_with('[');
        } else if PROPOSAL.is_match(&title)
            || FEATURE.is_match(&title) && out.place != Place::Marked
        {
            out.about = Some("a proposal or discussion");
            out.proposal = true;
        } else if MANY.is_match(&title) && !ONE.is_match(&title) {
            out.about = Some("about bounties, not one");
            out.proposal = true;
        }
        let lures = LURES.count(&title);
        out.stuffed = GROUPS.count(&title) >= 4
            || lures >= 3
            || lures == 2 && ONE.is_match(&title)
            || title.contains("$$$");
        out.copied_form = COPIED.is_match(&title);
        out
    }

    /// Beside `[BOUNTY]`, `[PAID]` advertises.
    fn stuffs_paid(&self, title: &str) -> bool {
        GROUPS.count(title) >= 3
    }

    fn find_offer(&mut self, title: &str) {
        let tickers = if self.says_bounty || title.contains('[') {
            Tickers::Any
        } else {
            Tickers::Known
        };
        let mut best: Option<Found> = None;
        for found in reward::scan(title, tickers) {
            let Some(place) = place::of(title, &found, self.tagged) else {
                continue;
            };
            if quoted(title, &found) {
                continue;
            }
            if found.weak && !self.says_bounty {
                continue;
            }
            if AT_MOST.is_match(&title[..found.start]) || MOST.is_match(&title[found.end..]) {
                if best.is_none() {
                    self.place = place;
                }
                let most = found.upper.unwrap_or(found.amount);
                self.up_to.get_or_insert(most);
                continue;
            }
            // The lowest of several in one currency; otherwise the first.
            let better = best.as_ref().is_none_or(|b| {
                place > self.place
                    || place == self.place
                        && b.amount.currency == found.amount.currency
                        && b.amount.value > found.amount.value
            });
            if better {
                self.place = place;
                best = Some(found);
            }
        }
        if self.place == Place::Marked && !self.says_bounty && SUFFIX.is_match(title) {
            self.place = Place::DeadSuffix;
        }
        self.offer = best;
    }
}

/// `"$1.5k bounty" is read as $1`: somebody speaks about an amount.
fn quoted(title: &str, found: &Found) -> bool {
    let before = title[..found.start].matches(['"', '`', '“', '”']).count();
    before % 2 == 1 && title[found.end..].contains(['"', '`', '”'])
}

/// A test says so in a few words; `Test coverage for the parser` is work.
fn short(title: &str) -> bool {
    let lower = title.to_lowercase();
    if TEST_MARK.is_match(title) {
        return true;
    }
    let few = if lower.contains("ignor") { 6 } else { 2 };
    let named = ZERO.is_match(title) || lower.contains("lorem");
    title.split_whitespace().count() <= few || named || PROBE.is_match(title)
}

#[cfg(test)]
mod tests;
