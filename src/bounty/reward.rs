//! The grammar of amounts as people and platforms write them.
//!
//! Read: `$500`, `500$`, `1.2k USD`, `€1.500`, `USD 300`, `0.25 SOL`, `250k sats`, `$75+`,
//! `$50 - $100` (its lower end counts). Not read: `$1` of a shell, `#123`, versions, `$TICKER`
//! without a number, prices per hour or month. Code, quotes and URLs are removed before, by
//! [`super::text::prose`].

use crate::money::{Amount, Currency, Decimal};

/// An amount found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The amount; the lower end of a range.
    pub amount: Amount,
    /// The upper end of a range.
    pub upper: Option<Amount>,
    /// A bare `$` and one digit: may be a shell or regular-expression group.
    pub weak: bool,
    /// Byte range in the text.
    pub start: usize,
    /// End of the byte range.
    pub end: usize,
}

/// Which unknown words may be a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tickers {
    /// Known currencies, and tokens written as `$TICKER`.
    Known,
    /// Also a word in capitals behind the number: `15 RTC`.
    Any,
}

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

/// All amounts in a text, in order. Linear in its length.
#[must_use]
pub fn scan(text: &str, tickers: Tickers) -> Vec<Found> {
    let bytes = text.as_bytes();
    let mut found: Vec<Found> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let floor = found.last().map_or(0, |last| last.end);
        match read(text, at, floor, tickers) {
            Some(one) => {
                at = one.end.max(at + 1);
                found.push(one);
            }
            None => at = end_of_token(bytes, at),
        }
    }
    found
}

/// The only amount a text consists of, such as a label; `None` if there is anything else in it.
#[must_use]
pub fn whole(text: &str, tickers: Tickers) -> Option<Found> {
    let text = text.trim();
    let mut all = scan(text, tickers);
    let one = all.pop()?;
    (all.is_empty() && one.start == 0 && one.end == text.len()).then_some(one)
}

fn end_of_token(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && (bytes[at].is_ascii_alphanumeric() || b".,_".contains(&bytes[at])) {
        at += 1;
    }
    at
}

/// A number with its factor and the text around it.
struct Number<'a> {
    value: Raw<'a>,
    currency: Option<Currency>,
    code_follows: bool,
    end: usize,
}

/// Digits and separators, before the currency says how to read a single point.
struct Raw<'a> {
    digits: &'a str,
    factor: i64,
}

impl Raw<'_> {
    fn value(&self, currency: &Currency) -> Option<Decimal> {
        let point_groups = matches!(currency, Currency::Usd | Currency::Fiat(_));
        Decimal::parse(&plain_number(self.digits, point_groups)?)?.times(self.factor)
    }
}

/// Writes `1,500`, `1.500,25`, `12,50` with a decimal point only. A single point before three
/// digits separates thousands where the currency has no third decimal place.
fn plain_number(digits: &str, point_groups: bool) -> Option<String> {
    let commas = digits.matches(',').count();
    let points = digits.matches('.').count();
    let grouped = |text: &str, mark: char| {
        let mut groups = text.split(mark);
        groups
            .next()
            .is_some_and(|g| (1..=3).contains(&g.len()) && g != "0")
            && groups.all(|g| g.len() == 3)
    };
    match (commas, points) {
        (0, 0) => Some(digits.to_owned()),
        (0, 1) if point_groups && grouped(digits, '.') => Some(digits.replace('.', "")),
        (0, 1) => Some(digits.to_owned()),
        (0, _) => grouped(digits, '.').then(|| digits.replace('.', "")),
        (_, 0) if grouped(digits, ',') => Some(digits.replace(',', "")),
        (1, 0) => {
            let (_, places) = digits.split_once(',')?;
            (places.len() <= 2).then(|| digits.replace(',', "."))
        }
        (_, 0) => None,
        _ => {
            let last = digits.rfind([',', '.'])?;
            let (whole, places) = digits.split_at(last);
            let mark = if places.starts_with(',') { '.' } else { ',' };
            (grouped(whole, mark) && places.len() <= 9)
                .then(|| format!("{}.{}", whole.replace(mark, ""), &places[1..]))
        }
    }
}

fn read(text: &str, at: usize, floor: usize, tickers: Tickers) -> Option<Found> {
    let (start, before) = before(text, at, floor)?;
    let first = number(text, at, before.is_some(), tickers)?;
    let single_digit = first.value.digits.len() == 1 && first.value.factor == 1;
    let mut end = first.end;
    let second = range_end(text, end, before.is_some(), tickers);
    let currency = match (&first.currency, before, &second) {
        (Some(code), _, _) if first.code_follows => code.clone(),
        (_, Some(sign), _) => sign,
        (Some(own), _, _) => own.clone(),
        (None, None, Some((_, currency, _))) => currency.clone()?,
        (None, None, None) => return None,
    };
    let bare_sign = currency == Currency::Usd && !first.code_follows;
    let value = first.value.value(&currency)?;
    let mut upper = None;
    if let Some((raw, own, stop)) = second
        && own.as_ref().is_none_or(|own| *own == currency)
        && let Some(top) = raw.value(&currency)
        && top > value
    {
        upper = Some(Amount {
            value: top,
            currency: currency.clone(),
        });
        end = stop;
    }
    if text[end..].starts_with('+') {
        end += 1;
    }
    let after = &text[end..];
    if is_rate(after) {
        return None;
    }
    let currency = play_money(after, &currency).unwrap_or(currency);
    Some(Found {
        weak: single_digit && bare_sign && upper.is_none() && currency == Currency::Usd,
        amount: Amount {
            value,
            currency: currency.clone(),
        },
        upper: upper.map(|top| Amount {
            value: top.value,
            currency,
        }),
        start,
        end,
    })
}

/// What stands before the number: a sign, a code, a `$TICKER`, or nothing. `None` when the number
/// is part of something else (`#12`, `v1.2`, `x-3`).
fn before(text: &str, at: usize, floor: usize) -> Option<(usize, Option<Currency>)> {
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

fn number(text: &str, at: usize, signed: bool, tickers: Tickers) -> Option<Number<'_>> {
    let bytes = text.as_bytes();
    let mut end = at;
    while end < bytes.len() && (bytes[end].is_ascii_digit() || b",.".contains(&bytes[end])) {
        end += 1;
    }
    while end > at && b",.".contains(&bytes[end - 1]) {
        end -= 1;
    }
    // Longer than any amount, and than what two passes should look at again.
    if end - at > 24 {
        return None;
    }
    let digits = &text[at..end];
    let attached = bytes[end..]
        .iter()
        .take_while(|b| b.is_ascii_alphabetic())
        .take(12)
        .count();
    let letters = &text[end..end + attached];
    let mut factor = 1;
    let mut code = None;
    match letters {
        "" => {}
        "k" | "K" => factor = 1_000,
        "M" => factor = 1_000_000,
        _ => code = Some(Currency::known(letters)?),
    }
    end += attached;
    if bytes
        .get(end)
        .is_some_and(|b| b.is_ascii_digit() || *b == b'_')
    {
        return None;
    }
    let code_attached = code.is_some();
    let mut currency = code;
    let mut code_follows = code_attached;
    if !code_attached && let Some((found, stop)) = currency_after(text, end, signed, tickers) {
        code_follows = true;
        currency = Some(found);
        end = stop;
    }
    Some(Number {
        value: Raw { digits, factor },
        currency,
        code_follows,
        end,
    })
}

/// A sign or code behind a number, directly or after one space or hyphen.
fn currency_after(
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

/// The second end of `A - B`, when there is one.
fn range_end(
    text: &str,
    at: usize,
    signed: bool,
    tickers: Tickers,
) -> Option<(Raw<'_>, Option<Currency>, usize)> {
    let rest = &text[at..];
    let tail = rest.trim_start_matches(' ');
    let tail = tail
        .strip_prefix(['-', '–', '—'])
        .or_else(|| tail.strip_prefix("to "))?
        .trim_start_matches(' ');
    let sign = tail
        .chars()
        .next()
        .and_then(|c| Currency::of_sign(c).map(|s| (c.len_utf8(), s)));
    let (skip, own) = sign.map_or((0, None), |(len, s)| (len, Some(s)));
    let from = text.len() - tail.len() + skip;
    if !text.as_bytes().get(from).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let top = number(text, from, signed || own.is_some(), tickers)?;
    let currency = own.or(top.currency);
    if currency.is_none() && !signed {
        return None;
    }
    Some((top.value, currency, top.end))
}

/// A price per something is no bounty.
fn is_rate(after: &str) -> bool {
    if let Some(rest) = after.strip_prefix('/') {
        return rest.starts_with(|c: char| c.is_ascii_alphabetic());
    }
    let words: String = after
        .chars()
        .take(16)
        .collect::<String>()
        .to_ascii_lowercase();
    let words = words.trim_start();
    [
        "per ", "an hour", "a month", "a year", "a week", "a day", "/ h", "/ m", "hourly",
        "monthly", "p.a", "yearly",
    ]
    .iter()
    .any(|unit| words.starts_with(unit))
}

/// `$640 Bohemian Dollars`, `$250 TG USD CREDS`: money of a game.
fn play_money(after: &str, currency: &Currency) -> Option<Currency> {
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

#[cfg(test)]
mod tests;
