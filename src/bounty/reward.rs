//! The grammar of amounts as people and platforms write them.
//!
//! Read: `$500`, `500$`, `1.2k USD`, `€1.500`, `USD 300`, `0.25 SOL`, `250k sats`, `$75+`,
//! `$50 - $100` (its lower end counts). Not read: `$1` of a shell, `#123`, versions, `$TICKER`
//! without a number, prices per hour or month. Code, quotes and URLs are removed before, by
//! [`super::text::prose`].

use crate::money::{Amount, Currency, Decimal};

mod around;

use around::{before, currency_after, is_rate, play_money};

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

#[cfg(test)]
mod tests;
