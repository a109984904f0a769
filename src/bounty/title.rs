//! What a title says: an amount, that it is over, or that it is about something else.

use super::patterns::patterns;
use super::reward::{self, Found, Tickers};
use super::state::Status;
use super::text::plain;
use crate::money::Convertible;

/// Characters of a title that are read.
const LENGTH: usize = 512;

/// A title, read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Title {
    /// An amount that is offered.
    pub(crate) offer: Option<Found>,
    /// Where that amount stands.
    pub(crate) place: Place,
    /// It says bounty, reward or paid.
    pub(crate) says_bounty: bool,
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

/// Where in a title an amount stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nowhere.
    #[default]
    None,
    /// `… [$15]` and no word of a bounty: what Bountysource left behind.
    DeadSuffix,
    /// In brackets, or beside the word bounty.
    Marked,
    /// Bare at the end, without brackets.
    Bare,
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
    PAID = r"(?i)^\W*(?:paid|rewarded|bounty paid|paid out)\s*(?:\]|:)";
    PAID_IN = concat!(r"(?i)\[\s*(?:paid|paid out|rewarded|bounty paid)\s*\]|(?:^\W*|[\])]\W*)\(\s*(?:paid|paid out|rewarded)\s*\)|", bounty_is!(), r"(?:paid(?: out)?|rewarded|awarded)(?:\s+to\b[^\])]*)?\s*[\])]");
    CLOSED = concat!(r"(?i)\[\s*(?:closed|cancelled|canceled|expired|withdrawn|completed|done|finali[sz]ed|solved|resolved|archived|awarded)\s*\]|^\W*(?:closed|cancelled|canceled|expired|withdrawn|solved|resolved|archived)\s*:|", bounty_is!(), r"(?:closed|cancelled|canceled|expired|withdrawn|completed|done|over|solved|resolved|archived)\s*[\])]");
    TAKEN = concat!(r"(?i)\[\s*(?:claimed|taken|assigned|reserved|in progress|wip|locked)\b[^\]]*\]|^\W*(?:claimed|taken)\s*:|(?:^\W*|[\])]\W*)\(\s*(?:claimed|taken)\s*\)|\(\s*(?:claimed|taken)\s*\)\W*$|", bounty_is!(), r"(?:claimed|taken|assigned|reserved|in progress|wip|locked)(?:\s+(?:by|for|to|until)\b[^\])]*)?\s*[\])]");
    CLAIM = r"(?i)^\W*\[\s*(?:bounty )?(?:claim(?:ing)?|submission)\b[^\]]*\]|^\W*claim(?:ing)?\s*[:#]|^\W*bounty (?:claim|submission|payout request)\b|\bpayout request\b|^\W*reward request\b";
    CLAIMING = r"(?i)^\W*(?:claim(?:ing)?|submission)\b";
    SECURITY = r"(?i)\[\s*(?:bug[ -]bounty|vulnerability|cve)[^\]]*\]\s*(?:\[|:)|^\W*security (?:review|audit|report|disclosure|contact)\b|\bbug[ -]bounty (?:policy|program|programme|report|submission)\b|\bvulnerability (?:report|disclosure)\b";
    NO_MONEY = r"(?i)\b(?:banana bread|pizza|beers?|swag|stickers?|hugs?|kudos|glory)\W{1,3}(?:bounty|reward|prize)\b|\b(?:bounty|reward|prize)\b\W{1,3}(?:of |is |an? |some )*(?:banana bread|pizza|beers?|swag|stickers?|hugs?|kudos|glory)\b|\b(?:free|win an?) (?:pizza|beers?|swag|stickers?|t-?shirts?)\b|\b(?:mill|bill|trill)ions?\b.{0,12}(?:\bdollars\b|\busd\b)|\b\d[\d,.]*k? (?:\w+ ){0,2}(?:points?|credits?|karma|xp) (?:bounty|reward|prize)\b";
    TEST = r"(?i)\bzero[- ]bounty\b|\bglory[- ]only\b|^\W*(?:test|testing|lorem ipsum)\b|^\W*\[\s*test(?:ing)?\s*\]|\b(?:pls|please) ignore\b|\blorem ipsum\b|\b(?:verify|test|check)\b.{0,20}\bbot detection\b|\bignore (?:this|me)\b";
    LISTING = r"(?i)\bbount(?:y|ies) (?:alert|digest|scan|radar|roundup)\b|^\W*\[\s*radar\b|\bopportunit\w* found\b|\bdaily bounties\b|\bopen bounty \d{4}-\d\d-\d\d|\b\d+ (?:\w+ ){0,2}bounties\b|\bhow (?:i|we) (?:earn|made|make|won|got)\w*\b";
    REPORT = r"(?i)\bbount(?:y|ies) (?:report|list|feed|board update)\b|^\W*radar\b|\bdaily (?:discovery|report|scan|digest)\b|\b(?:weekly|daily) status\b";
    MANY = r"(?i)\bbounties\b";
    ONE = r"(?i)\b(?:bounty|reward)\b";
    META = r"(?i)\bbount(?:y|ies) (?:program(?:me)?s?|scheme|process|system|bot|platforms?|policy|hunters?|board|page|cards?|templates?|trackers?|scann?ers?|parsers?|detect(?:ors?|ion)|finders?|crawlers?|scrapers?|flow|feature|rules|guidelines|tokens?|labels?|marketplace|integration|contract|ui|api|dashboard)\b|\balternatives? to \w+source\b|\bregistry\b.{0,40}\bbount|\bbounties? and product\b|\borgani[sz]er bount|\bresearch bount";
    PROPOSAL = r"(?i)^\W*(?:proposal|rfc|idea|discussion|question|poll|evidence|grant|meta|announcement|article)\b\s*(?:[\]:-]|–|—)|\bgrant (?:application|proposal|request|milestone)s?\b|\bapply(?:ing)? for\b.{0,40}\bgrants?\b|^\W*(?:feature request|\[?feature\]?)\s*[:\]].*\bbount(?:y|ies)\b";
    TEST_MARK = r"(?i)^\W*\[\s*test(?:ing)?\s*\]";
    ZERO = r"(?i)\bzero[- ]bounty\b|\bglory[- ]only\b";
    SUFFIX = r"^(?s:.*\S.*)\[\s*\$[\d,.]+k?\s*\]\s*$";
    COPIED = r"^\s*\[\$\d[\d,]*(?:\s*-\s*\$\d[\d,]*)? BOUNTY\]\s*\[?(?i:python|java|rust|go|javascript|typescript|c\+\+|php|ruby|c#|shell|docker|sql|css|html|docs?|urgent|backend|frontend|lua|haskell|scala|kotlin|swift|perl|ci|r)\b";
    GROUPS = r"(?i)\[[^\]]*(?:bounty|money|paid|funding|reward|agents?|agentic|cash|easy)[^\]]*\]";
}

impl Title {
    /// Reads a title. GitHub's are at most 256 characters long; what stands further on is not
    /// read.
    pub(crate) fn read(title: &str) -> Self {
        let title: String = plain(title).chars().take(LENGTH).collect();
        let mut out = Self {
            says_bounty: SAYS.is_match(&title),
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
        let priced = out.offer.is_some();
        if CLAIM.is_match(&title) {
            out.never = Some("somebody's claim or submission");
        } else if NO_MONEY.is_match(&title) {
            out.never = Some("paid in something else than money");
        } else if TEST.is_match(&title)
            && (!priced || title.contains("bot detection") || TEST_MARK.is_match(&title))
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
        } else if PROPOSAL.is_match(&title) {
            out.about = Some("a proposal or discussion");
            out.proposal = true;
        } else if MANY.is_match(&title) && !ONE.is_match(&title) {
            out.about = Some("about bounties, not one");
            out.proposal = true;
        }
        out.stuffed = GROUPS.count(&title) >= 4 || title.contains("$$$");
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
            let Some(place) = self.place_of(title, &found) else {
                continue;
            };
            if quoted(title, &found) {
                continue;
            }
            if found.weak && !self.says_bounty {
                continue;
            }
            // The lowest of several in one currency; otherwise the first.
            let better = best.as_ref().is_none_or(|b| {
                (self.place == Place::Bare && place == Place::Marked)
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

    fn place_of(&self, title: &str, found: &Found) -> Option<Place> {
        let head = &title[..found.start];
        let tail = &title[found.end..];
        let token = found.amount.currency.convertible() == Convertible::Never;
        if let Some(inside) = bracket(title, found) {
            // Nothing beside the amount but a sign or two, or a word of money.
            if inside.len() <= found.end - found.start + 4 || SAYS.is_match(inside) {
                return Some(Place::Marked);
            }
        }
        // `Bounty: $7500`, `$100 Bounty`, `MRWK bounty: 150 MRWK`.
        let near_head = tail_of(head, 24);
        let near_tail = head_of(tail, 24);
        if SAYS.is_match(near_head) || SAYS.is_match(near_tail) {
            return Some(Place::Marked);
        }
        // `100,000 sats: dark mode`.
        let first = head.trim_matches(|c: char| !c.is_alphanumeric()).is_empty();
        if first && !found.weak && tail.trim_start().starts_with([':', '–', '—', '|']) {
            return Some(Place::Marked);
        }
        if !token && (tail.trim().is_empty() || self.says_bounty) {
            return Some(Place::Bare);
        }
        (token
            && (self.says_bounty || head.trim_matches(|c: char| !c.is_alphanumeric()).is_empty()))
        .then_some(Place::Bare)
    }
}

/// `"$1.5k bounty" is read as $1`: somebody speaks about an amount.
fn quoted(title: &str, found: &Found) -> bool {
    let before = title[..found.start].matches(['"', '`', '“', '”']).count();
    before % 2 == 1 && title[found.end..].contains(['"', '`', '”'])
}

/// The inside of the bracket or parenthesis around an amount.
fn bracket<'a>(title: &'a str, found: &Found) -> Option<&'a str> {
    let head = &title[..found.start];
    let open = head.rfind(['[', '(', '【'])?;
    if head[open..].contains([']', ')', '】']) {
        return None;
    }
    let tail = &title[found.end..];
    let close = tail.find([']', ')', '】'])?;
    let inside = &title[open..found.end + close];
    Some(inside.trim_start_matches(['[', '(', '【']).trim())
}

fn tail_of(text: &str, length: usize) -> &str {
    let from = text
        .char_indices()
        .rev()
        .nth(length - 1)
        .map_or(0, |(at, _)| at);
    &text[from..]
}

fn head_of(text: &str, length: usize) -> &str {
    let to = text
        .char_indices()
        .nth(length)
        .map_or(text.len(), |(at, _)| at);
    &text[..to]
}

/// A test says so in a few words; `Test coverage for the parser` is work.
fn short(title: &str) -> bool {
    let lower = title.to_lowercase();
    if TEST_MARK.is_match(title) {
        return true;
    }
    let few = if lower.contains("ignor") { 6 } else { 2 };
    let named = ZERO.is_match(title) || lower.contains("lorem");
    title.split_whitespace().count() <= few
        || named
        || title.to_lowercase().contains("bot detection")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(title: &str) -> String {
        let read = Title::read(title);
        read.offer.map_or_else(
            || "-".to_owned(),
            |f| format!("{} {:?}", f.amount, read.place),
        )
    }

    #[test]
    fn patterns_compile() {
        force_all();
    }

    #[test]
    fn offers_in_titles() {
        for (title, expected) in [
            ("[$500 bounty] Port the driver", "$500 Marked"),
            ("[200$ bounty] Unpack images", "$200 Marked"),
            ("[Bounty $1,500] Faster kernel", "$1,500 Marked"),
            ("[Bounty: $7500] Faster kernel", "$7,500 Marked"),
            ("Discord abilities ($2,500)", "$2,500 Marked"),
            ("Fix login (Dev Bounty: $500)", "$500 Marked"),
            ("[14999$] Calls", "$14,999 Marked"),
            ("[BOUNTY] Port dorms $75+", "$75 Marked"),
            ("[PAID BOUNTY - $960] Summaries", "$960 Marked"),
            ("[$250] Chat - wrong name", "$250 Marked"),
            ("Export to STEP [$15]", "$15 DeadSuffix"),
            ("[BOUNTY] Export to STEP [$15]", "$15 Marked"),
            ("[BOUNTY: 15 RTC] Shortcuts", "15 RTC Marked"),
            ("[25 MRG] Shortcuts", "25 MRG Marked"),
            ("MRWK bounty: 150 MRWK", "150 MRWK Marked"),
            ("[0.25 SOL bounty] Swap", "0.25 SOL Marked"),
            ("[BOUNTY 2 XMR] Dashboard", "2 XMR Marked"),
            ("Index blocks (250k sats)", "250000 sats Marked"),
            ("[$50 - $100 BOUNTY] Fix it", "$50 Marked"),
            ("Content system $2,500", "$2,500 Bare"),
            ("Parser fails on $5 in strings", "-"),
            ("Replace $1 in templates", "-"),
            ("Support 10 MB uploads", "-"),
        ] {
            assert_eq!(shown(title), expected, "{title}");
        }
        let range = Title::read("[$50 - $100 BOUNTY] Fix it")
            .offer
            .and_then(|f| f.upper);
        assert_eq!(range.map(|a| a.to_string()).as_deref(), Some("$100"));
    }

    #[test]
    fn titles_that_say_it_is_over() {
        for title in [
            "[HOLD for payment 2024-05-03] [$500] Emoji",
            "[$500] [HOLD for payment 2024-05-03] Emoji",
            "[hold for app #12] [$2000] Emoji",
            "[WAITING ON CHECKLIST][$500] Emoji",
            "[PAID] [$250] Emoji",
        ] {
            assert_eq!(
                Title::read(title).over.map(|o| o.0),
                Some(Status::Paid),
                "{title}"
            );
        }
        let over = |title: &str| Title::read(title).over.map(|o| o.0);
        for (title, status) in [
            ("[$300] (PAID) Summaries", Status::Paid),
            ("PAID: [$500] Summaries", Status::Paid),
            ("[Bounty awarded] [$500] Summaries", Status::Paid),
            ("[$500 - PAID] Summaries", Status::Paid),
            ("[$500 bounty paid to @ada] Summaries", Status::Paid),
            ("Summaries (bounty: paid)", Status::Paid),
            ("[Bounty closed] [$200] Summaries", Status::Cancelled),
            ("[$500 bounty - CLAIMED] Summaries", Status::Claimed),
            ("[BOUNTY CLAIMED] Summaries", Status::Claimed),
            ("[$500 – taken by @ada] Summaries", Status::Claimed),
            ("[$500] Summaries (claimed)", Status::Claimed),
        ] {
            assert_eq!(over(title), Some(status), "{title}");
        }
        for title in [
            "[PAID BOUNTY - $960] Summaries",
            "[$500 bounty, paid in USDC] Summaries",
            "[Bounty: paid on merge] Summaries",
            "[$500 bounty] Closed captions (beta)",
            "[$500 bounty] Show (paid) plans",
            "[Bounty - claimed coins page] Summaries",
            "[$500 bounty] Prepaid: cards",
        ] {
            assert_eq!(over(title), None, "{title}");
        }
    }

    #[test]
    fn titles_about_something_else() {
        assert!(Title::read("[CLAIM] Review bounty #73").never.is_some());
        assert!(Title::read("[CLAIM] 10 RTC bounty for #73").never.is_some());
        assert!(
            Title::read("[BUG BOUNTY] [High] Overflow")
                .unlikely
                .is_some()
        );
        assert!(Title::read("Claim button does nothing").never.is_none());
        assert!(Title::read("Daily report is sent twice").never.is_none());
        assert!(
            Title::read("500 Guild Points reward: refactor")
                .never
                .is_some()
        );
        assert!(
            Title::read("Digest: 31 open bounties ($12,400)")
                .never
                .is_some()
        );
        assert!(Title::read("Grant proposal: docs ($5,000)").proposal);
        assert!(!Title::read("[$200 bounty] Rust port").copied_form);
        assert!(Title::read("[$200 BOUNTY] [Rust] Port").copied_form);
        assert!(Title::read("test - pls ignore").never.is_some());
        assert!(Title::read("Bounty Alert: 12 new").never.is_some());
        assert!(
            Title::read("Proposal: end the bounty program")
                .about
                .is_some()
        );
        assert!(
            Title::read("Test coverage for the whole parser module")
                .never
                .is_none()
        );
        assert!(
            Title::read("[Bounty $100] Rework the system tray")
                .about
                .is_none()
        );
    }
}
