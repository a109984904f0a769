//! Money without floating point: US dollars in cents, and any other amount as a decimal with its
//! currency.
//!
//! Nothing here knows a rate: a rate is handed in with its date ([`Rates`]), because no rate
//! service is ever called.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::UnixMillis;

mod currency;

pub use currency::{Coin, Convertible, Currency, Fiat, Stable};

/// A rate older than this is no rate (30 days).
pub const RATE_LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);

/// US dollars in whole cents.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Usd(pub i64);

impl Usd {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Whole dollars, saturating.
    #[must_use]
    pub const fn dollars(dollars: i64) -> Self {
        Self(dollars.saturating_mul(100))
    }

    /// Cents.
    #[must_use]
    pub const fn cents(self) -> i64 {
        self.0
    }

    /// Sum, saturating: a sum too large to hold is still above every threshold.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The same as a decimal number of dollars.
    #[must_use]
    pub const fn decimal(self) -> Decimal {
        Decimal(self.0.saturating_mul(Decimal::ONE / 100))
    }
}

impl fmt::Display for Usd {
    /// `$1,234`, `$0.99`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let cents = self.0.unsigned_abs();
        write!(f, "{sign}${}", grouped(cents / 100))?;
        match cents % 100 {
            0 => Ok(()),
            rest => write!(f, ".{rest:02}"),
        }
    }
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A decimal number with eight places, the finest step of any liquid coin bounties name (1 sat).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(i64);

impl Decimal {
    const ONE: i64 = 100_000_000;
    const PLACES: usize = 8;

    /// A whole number; `None` when it does not fit (about 92 billion).
    #[must_use]
    pub fn whole(number: i64) -> Option<Self> {
        number.checked_mul(Self::ONE).map(Self)
    }

    /// Reads `12`, `12.5`, `0.001`: digits with at most one point. Further places than eight are
    /// dropped (an amount is never rounded up). `None` for anything else and for what does not fit.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
        if whole.is_empty() && rest.is_empty() {
            return None;
        }
        if !whole
            .bytes()
            .chain(rest.bytes())
            .all(|b| b.is_ascii_digit())
        {
            return None;
        }
        let whole: i64 = if whole.is_empty() {
            0
        } else {
            whole.parse().ok()?
        };
        let mut places: String = rest.chars().take(Self::PLACES).collect();
        while places.len() < Self::PLACES {
            places.push('0');
        }
        let rest: i64 = places.parse().ok()?;
        whole.checked_mul(Self::ONE)?.checked_add(rest).map(Self)
    }

    /// Times a whole factor such as 1,000 for `k`; `None` when it does not fit.
    #[must_use]
    pub fn times(self, factor: i64) -> Option<Self> {
        self.0.checked_mul(factor).map(Self)
    }

    /// Sum, saturating.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// It is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// In cents of the same unit, rounded down; saturating.
    #[must_use]
    pub const fn floor_cents(self) -> i64 {
        self.0.div_euclid(Self::ONE / 100)
    }

    /// This many units at `rate` dollars each, in cents rounded down; `None` when it does not fit.
    #[must_use]
    pub fn at_rate(self, rate: Self) -> Option<Usd> {
        let cents = i128::from(self.0) * i128::from(rate.0)
            / i128::from(Self::ONE)
            / i128::from(Self::ONE / 100);
        i64::try_from(cents).ok().map(Usd)
    }
}

impl fmt::Display for Decimal {
    /// No trailing zeros: `0.1`, `1500`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let value = self.0.unsigned_abs();
        let one = Self::ONE.unsigned_abs();
        write!(f, "{sign}{}", value / one)?;
        let rest = value % one;
        if rest == 0 {
            return Ok(());
        }
        let places = format!("{rest:08}");
        write!(f, ".{}", places.trim_end_matches('0'))
    }
}

impl Serialize for Decimal {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(format!(
                "`{text}` is not a decimal number such as \"0.25\" or \"1500\""
            ))
        })
    }
}

/// So much of a currency.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Amount {
    /// How many.
    pub value: Decimal,
    /// Of what.
    pub currency: Currency,
}

impl Amount {
    /// So many US dollars.
    #[must_use]
    pub const fn usd(usd: Usd) -> Self {
        Self {
            value: usd.decimal(),
            currency: Currency::Usd,
        }
    }

    /// Its worth in dollars without a rate: dollars and dollar-pegged coins only, rounded down to
    /// the cent.
    #[must_use]
    pub fn usd_at_par(&self) -> Option<Usd> {
        (self.currency.convertible() == Convertible::AtPar).then(|| Usd(self.value.floor_cents()))
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.currency == Currency::Usd {
            return Usd(self.value.floor_cents()).fmt(f);
        }
        write!(f, "{} {}", self.value, self.currency)
    }
}

/// What one unit of a currency was worth on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Dollars for one unit.
    pub usd: Decimal,
    /// When that was so.
    pub at: UnixMillis,
}

/// Dated rates from the configuration, by currency code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rates(pub BTreeMap<Currency, Rate>);

impl Rates {
    /// Worth in dollars: at par, or by a rate that is neither from the future nor older than
    /// [`RATE_LIFETIME`]. Project tokens and everything without such a rate: `None`.
    #[must_use]
    pub fn usd(&self, amount: &Amount, now: UnixMillis) -> Option<Usd> {
        match amount.currency.convertible() {
            Convertible::AtPar => amount.usd_at_par(),
            Convertible::Never => None,
            Convertible::ByRate => {
                let rate = self.0.get(&amount.currency)?;
                if rate.at > now || now.since(rate.at) > RATE_LIFETIME {
                    return None;
                }
                amount.value.at_rate(rate.usd)
            }
        }
    }
}

#[cfg(test)]
mod tests;
