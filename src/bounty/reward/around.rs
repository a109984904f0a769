//! What stands around a number: signs, codes, tickers, and what makes it no amount.

use super::Tickers;
use crate::money::Currency;

/// Words in capitals that follow numbers and are no money.
const UNITS: &[&str] = &[
    "API", "BIT", "CI", "CPU", "CPUS", "DAY", "DAYS", "DB", "FPS", "GB", "GBPS", "GHZ", "GPU",
    "GPUS", "HOUR", "HOURS", "HZ", "ID", "IDS", "KB", "KIB", "LOC", "LTS", "MB", "MBPS", "MHZ",
    "MIB", "MIN", "MS", "NS", "PM", "AM", "PR", "PRS", "PT", "PTS", "PX", "QPS", "RPS", "SDK",
    "TB", "TIB", "TPS", "UTC", "VPS", "XP", "AI", "AND", "OR", "BOUNTY", "BOUNTIES", "ISSUE",
    "ISSUES", "NEW", "OPEN", "GIB", "FOR", "TO", "IN", "OF", "ON",
];

/// Play money: an amount followed by one of these within three words is worth nothing.
const PLAY: &[&str] = &[
    "credit", "credits", "cred", "creds", "points", "coins", "tokens", "karma", "dollars", "bucks",
    "gold", "xp",
];

/// The same behind a number without a sign.
const UNSIGNED_PLAY: &[&str] = &[
    "token", "tokens", "credits", "points", "coins", "karma", "xp",
];

/// What a price is per, behind a slash that stands apart: `$50 /hr`, `$50 / month`.
const RATES: &[&str] = &[
    "d", "day", "h", "hour", "hours", "hr", "hrs", "m", "min", "minute", "mo", "month", "months",
    "seat", "user", "week", "wk", "y", "year", "yr",
];

/// What stands before the number: a sign, a code, a `$TICKER`, or nothing. `None` when the number
/// is part of something else (`#12`, `v1.2`, `x-3`).
pub(super) fn before(text: &str, at: usize, floor: usize) -> Option<(usize, Option<Currency>)> {
    let head = &text[floor..at];
    let Some(last) = head.chars().next_back() else {
        return Some((at, None));
    };
    if let Some(currency) = Currency::of_sign(last) {
        return sign_before(head, last, currency).map(|(len, c)| (at - len, Some(c)));
    }
    if last.is_alphanumeric() || "#_.,/\\@^%=&-+".contains(last) {
        return None;
    }
    if last == ' ' || last == ':' {
        let trimmed = head.trim_end_matches([' ', ':']);
        let gap = head.len() - trimmed.len();
        if gap == 1
            && last == ' '
            && let Some(sign) = trimmed.chars().next_back()
            && let Some(currency) = Currency::of_sign(sign)
            && !trimmed
                .chars()
                .rev()
                .nth(1)
                .is_some_and(|c| c.is_ascii_digit())
        {
            return sign_before(trimmed, sign, currency).map(|(len, c)| (at - gap - len, Some(c)));
        }
        let word: String = trimmed
            .chars()
            .rev()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_' || *c == '$')
            .take(16)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect();
        if gap == 1 && last == ' ' {
            if let Some(ticker) = word.strip_prefix('$')
                && is_ticker(ticker)
            {
                return Some((
                    at - gap - word.len(),
                    Some(Currency::Token(ticker.to_owned())),
                ));
            }
            if word.chars().all(|c| c.is_ascii_uppercase())
                && let Some(currency) = Currency::known(&word)
            {
                return Some((at - gap - word.len(), Some(currency)));
            }
        }
    }
    Some((at, None))
}

/// The length and currency of a sign at the end of `head`: `$`, `US$`, `$$$`, `A$`.
fn sign_before(head: &str, sign: char, currency: Currency) -> Option<(usize, Currency)> {
    let signs: usize = head
        .chars()
        .rev()
        .take_while(|c| *c == sign)
        .map(char::len_utf8)
        .sum();
    let rest = &head[..head.len() - signs];
    if sign != '$' {
        return Some((signs, currency));
    }
    if rest.ends_with('\\') {
        return None;
    }
    let letters = rest
        .bytes()
        .rev()
        .take_while(u8::is_ascii_alphabetic)
        .take(4)
        .count();
    let country = &rest[rest.len() - letters..];
    let currency = match country {
        "" | "US" => Currency::Usd,
        "A" | "AU" => Currency::known("AUD")?,
        "C" | "CA" => Currency::known("CAD")?,
        "R" => Currency::known("BRL")?,
        _ => return None,
    };
    Some((signs + letters, currency))
}

/// A sign or code behind a number, directly or after one space or hyphen.
pub(super) fn currency_after(
    text: &str,
    at: usize,
    signed: bool,
    tickers: Tickers,
) -> Option<(Currency, usize)> {
    let rest = &text[at..];
    let plus = usize::from(rest.starts_with('+'));
    let rest = &rest[plus..];
    if let Some(sign) = rest.chars().next()
        && let Some(currency) = Currency::of_sign(sign)
    {
        let run: usize = rest
            .chars()
            .take_while(|c| *c == sign)
            .map(char::len_utf8)
            .sum();
        let next = rest[run..].chars().next();
        if !next.is_some_and(char::is_alphanumeric) {
            return (!signed).then_some((currency, at + plus + run));
        }
    }
    let gap = rest.len() - rest.strip_prefix([' ', '-', '\u{a0}'])?.len();
    let word_text = &rest[gap..];
    if !signed
        && let Some(sign) = word_text.chars().next()
        && let Some(currency) = Currency::of_sign(sign)
        && !word_text[sign.len_utf8()..].starts_with(char::is_alphanumeric)
    {
        return Some((currency, at + plus + gap + sign.len_utf8()));
    }
    let dollar = usize::from(word_text.starts_with('$'));
    let length = word_text[dollar..]
        .bytes()
        .take_while(|b| b.is_ascii_alphanumeric() || *b == b'_')
        .take(17)
        .count();
    let word = &word_text[dollar..dollar + length];
    let stop = at + plus + gap + dollar + length;
    if dollar == 1 {
        return is_ticker(word).then(|| (Currency::Token(word.to_owned()), stop));
    }
    if let Some(currency) = Currency::known(word) {
        return Some((currency, stop));
    }
    let lower = word.to_ascii_lowercase();
    if tickers == Tickers::Any && !signed && UNSIGNED_PLAY.contains(&lower.as_str()) {
        return Some((Currency::Token(lower), stop));
    }
    let token = tickers == Tickers::Any
        && !signed
        && (2..=10).contains(&word.len())
        && is_ticker(word)
        && word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
        && !UNITS.contains(&word);
    token.then(|| (Currency::Token(word.to_owned()), stop))
}

fn is_ticker(word: &str) -> bool {
    word.len() <= 16
        && word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// A price per something is no bounty.
pub(super) fn is_rate(after: &str) -> bool {
    if let Some(rest) = after.strip_prefix('/')
        && rest.starts_with(|c: char| c.is_ascii_alphabetic())
    {
        return true;
    }
    if let Some(rest) = after.trim_start().strip_prefix('/') {
        let unit: String = rest
            .trim_start()
            .chars()
            .take_while(char::is_ascii_alphabetic)
            .take(8)
            .collect();
        return RATES.contains(&unit.to_ascii_lowercase().as_str());
    }
    let words: String = after
        .chars()
        .take(16)
        .collect::<String>()
        .to_ascii_lowercase();
    let words = words.trim_start();
    [
        "per ", "an hour", "a month", "a year", "a week", "a day", "hourly", "monthly", "p.a",
        "yearly",
    ]
    .iter()
    .any(|unit| words.starts_with(unit))
}

/// `$640 Bohemian Dollars`, `$250 TG USD CREDS`: money of a game.
pub(super) fn play_money(after: &str, currency: &Currency) -> Option<Currency> {
    if !matches!(currency, Currency::Usd | Currency::Fiat(_)) {
        return None;
    }
    let rest: String = after.strip_prefix(' ')?.chars().take(64).collect();
    let line = rest.split(['\n', ']', ')', '.', ',', ';', ':']).next()?;
    let mut words = line.split_ascii_whitespace().take(3);
    let mut name = String::new();
    for word in &mut words {
        let lower: String = word.chars().take(12).collect::<String>().to_lowercase();
        let real =
            name.is_empty() || name.eq_ignore_ascii_case("US") || name.eq_ignore_ascii_case("USD");
        if PLAY.contains(&lower.as_str())
            && !(real && matches!(lower.as_str(), "dollars" | "bucks"))
        {
            let token = if name.is_empty() { lower } else { name };
            return Some(Currency::Token(token));
        }
        // Only a name in capitals can name a currency: `$20 for 100 points` stays money.
        if !word.starts_with(|c: char| c.is_uppercase()) {
            return None;
        }
        if name.is_empty() {
            name = word.chars().take(16).collect();
        }
    }
    None
}
