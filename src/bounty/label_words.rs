//! The words beside `bounty` in a label: where it stands, or of what size and kind it is.

use super::labels::Meaning;

const PAID: &[&str] = &["awarded", "granted", "paid", "payed", "rewarded", "won"];

const OVER: &[&str] = &[
    "archived",
    "blocked",
    "canceled",
    "cancelled",
    "closed",
    "complete",
    "completed",
    "declined",
    "done",
    "ended",
    "expired",
    "finished",
    "fulfilled",
    "hold",
    "inactive",
    "invalid",
    "over",
    "paused",
    "rejected",
    "removed",
    "resolved",
    "revoked",
    "solved",
    "stale",
    "suspended",
    "void",
    "withdrawn",
    "wontfix",
];

const TAKEN: &[&str] = &[
    "assigned",
    "claimed",
    "inprogress",
    "locked",
    "ongoing",
    "progress",
    "reserved",
    "started",
    "taken",
    "wip",
    "working",
];

const DELIVERED: &[&str] = &[
    "delivered",
    "implemented",
    "merged",
    "reviewing",
    "submitted",
];

const UNFUNDED: &[&str] = &["proposal", "proposed", "unapproved", "unfunded"];

/// With one of these, a word may say the opposite: `not paid yet`, `ready to be claimed`.
const TURNS: &[&str] = &[
    "be", "before", "can", "if", "never", "no", "non", "not", "to", "until", "welcome", "yet",
];

/// Two words that say something else than either.
const PAIRS: &[[&str; 2]] = &[["closed", "source"], ["code", "complete"]];

/// After `paid`: how or when it is paid, not that it was.
const HOW: &[&str] = &[
    "after", "by", "in", "on", "once", "per", "through", "upon", "via", "when", "with",
];

/// Sizes and kinds: they say that there is a bounty, not how much, and nothing against it.
const KINDS: &[&str] = &[
    "advanced",
    "algora",
    "android",
    "api",
    "approved",
    "available",
    "backend",
    "beginner",
    "big",
    "bitcoin",
    "bronze",
    "browser",
    "bug",
    "bugfix",
    "cli",
    "code",
    "community",
    "complex",
    "confirmed",
    "contract",
    "contracts",
    "core",
    "cpp",
    "critical",
    "crypto",
    "data",
    "design",
    "desktop",
    "dev",
    "devops",
    "difficult",
    "difficulty",
    "docker",
    "docs",
    "documentation",
    "easy",
    "eligible",
    "elixir",
    "enhancement",
    "ethereum",
    "expert",
    "extra",
    "feature",
    "first",
    "fix",
    "flutter",
    "for",
    "frontend",
    "funded",
    "go",
    "golang",
    "gold",
    "good",
    "grabs",
    "hacktoberfest",
    "hard",
    "has",
    "haskell",
    "help",
    "helpwanted",
    "high",
    "huge",
    "infra",
    "infrastructure",
    "integration",
    "intermediate",
    "ios",
    "is",
    "issue",
    "issuehunt",
    "java",
    "javascript",
    "kotlin",
    "large",
    "level",
    "linux",
    "live",
    "localization",
    "long",
    "low",
    "macos",
    "maintenance",
    "medium",
    "merge",
    "micro",
    "mid",
    "mini",
    "mobile",
    "new",
    "newcomer",
    "node",
    "open",
    "opire",
    "oss",
    "paid",
    "performance",
    "php",
    "platform",
    "plugin",
    "priority",
    "program",
    "programme",
    "python",
    "quick",
    "react",
    "ready",
    "refactor",
    "refactoring",
    "research",
    "round",
    "ruby",
    "rust",
    "scala",
    "sdk",
    "season",
    "security",
    "short",
    "silver",
    "simple",
    "size",
    "small",
    "solana",
    "solidity",
    "special",
    "starter",
    "stellar",
    "swift",
    "task",
    "term",
    "test",
    "testing",
    "tests",
    "tier",
    "tiny",
    "translation",
    "type",
    "typescript",
    "ui",
    "unassigned",
    "unclaimed",
    "up",
    "urgent",
    "usd",
    "usdc",
    "usdt",
    "ux",
    "value",
    "verified",
    "wanted",
    "wave",
    "web",
    "windows",
    "with",
];

fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

const fn bounty(word: &str) -> bool {
    matches!(
        word.as_bytes(),
        b"bounty" | b"bounties" | b"reward" | b"rewards"
    )
}

/// The words of a label in lower case, without those that mean something else together, and with
/// `won't fix` as one.
fn paired(name: &str) -> Vec<&str> {
    let mut out: Vec<&str> = Vec::new();
    for word in words(name) {
        let before = out.last().copied().unwrap_or_default();
        if PAIRS.contains(&[before, word]) {
            out.pop();
        } else if (before, word) == ("won", "t") {
            out.pop();
            out.push("wontfix");
        } else {
            out.push(word);
        }
    }
    out
}

/// Where a label in lower case says that the bounty stands, when it says so plainly: `bounty/paid`,
/// `bounty: in progress`. `paid bounty` is one that pays.
pub(super) fn standing(name: &str) -> Option<Meaning> {
    let words = paired(name);
    let at = words.iter().position(|word| bounty(word))?;
    if words.iter().any(|word| TURNS.contains(word)) {
        return None;
    }
    let has = |list: &[&str]| words.iter().any(|word| list.contains(word));
    let paid = words.iter().enumerate().any(|(place, word)| {
        let how = words.get(place + 1).is_some_and(|next| HOW.contains(next));
        PAID.contains(word) && (!matches!(*word, "paid" | "payed") || place > at && !how)
    });
    let review = has(&["review"]) && has(&["in", "under"]);
    Some(if paid {
        Meaning::PaidOut
    } else if has(OVER) {
        Meaning::NotWanted
    } else if has(TAKEN) {
        Meaning::Taken
    } else if has(DELIVERED) || review {
        Meaning::Delivered
    } else if has(UNFUNDED) {
        Meaning::Unfunded
    } else {
        return None;
    })
}

/// It wants nobody but machines: `agents-only`, `bots only`, `no humans`. `Bots: read only` does not.
pub(super) fn wants_machines(name: &str) -> bool {
    const MACHINES: &[&str] = &[
        "agent",
        "agents",
        "ai",
        "ais",
        "autonomous",
        "bot",
        "bots",
        "llm",
        "llms",
        "machines",
    ];
    let words: Vec<&str> = words(name).collect();
    words.windows(2).any(|pair| {
        MACHINES.contains(&pair[0]) && pair[1] == "only"
            || pair[0] == "only" && MACHINES.contains(&pair[1])
            || matches!(pair, ["no", "human" | "humans"])
    }) || words
        .windows(3)
        .any(|three| three[0] == "only" && three[1] == "for" && MACHINES.contains(&three[2]))
}

/// It pays, says a label without the word bounty: `paid issue`, `💵 paid`. It may as well mean that it
/// was paid out, so it is never clear. A plain `funded` is a grant that somebody has got.
pub(super) fn pays(name: &str) -> bool {
    const WORK: &[&str] = &["issue", "job", "gig", "task", "ticket", "work"];
    let money = name.contains(['💵', '💰', '💲', '🤑', '💸', '💎', '🪙']);
    match words(name).collect::<Vec<_>>()[..] {
        ["paid" | "fund" | "funded"] => money,
        ["paid", what] => WORK.contains(&what),
        _ => false,
    }
}

/// Words behind `bounty` that make it a scheme or a program, not an offer: `bounty-board`.
pub(super) fn of_a_scheme(after: &str) -> bool {
    const SCHEMES: &[&str] = &[
        "board",
        "bot",
        "hunt",
        "hunter",
        "hunters",
        "hunting",
        "list",
        "page",
        "platform",
        "policy",
        "process",
        "program",
        "programme",
        "rules",
        "system",
        "template",
        "tracker",
    ];
    words(after).any(|word| SCHEMES.contains(&word))
}

/// A label in lower case that begins with the word and goes on with words that are neither a size
/// nor a kind: it may say that the bounty is gone.
pub(super) fn unclear(name: &str) -> bool {
    let mut words = words(name);
    words
        .next()
        .is_some_and(|word| matches!(word, "bounty" | "bounties"))
        && words.any(|word| {
            word.len() > 3
                && !KINDS.contains(&word)
                && !word.starts_with(|c: char| c.is_ascii_digit())
                || TURNS.contains(&word)
        })
}

#[cfg(test)]
mod tests;
