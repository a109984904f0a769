//! Currencies, and what can be made of them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What an amount is counted in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Currency {
    /// US dollar.
    Usd,
    /// Another country's money, by its ISO 4217 code.
    Fiat(Fiat),
    /// A coin pegged to the US dollar, counted 1:1.
    Stable(Stable),
    /// A coin with a market.
    Coin(Coin),
    /// A project's own token, by its ticker in capitals: worth nothing until somebody pays for it.
    Token(String),
}

/// Other countries' money that bounties have been seen to name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "ISO 4217 codes explain themselves")]
pub enum Fiat {
    Eur,
    Gbp,
    Jpy,
    Cny,
    Inr,
    Vnd,
    Chf,
    Cad,
    Aud,
    Brl,
    Pln,
}

/// Dollar-pegged coins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "tickers explain themselves")]
pub enum Stable {
    Usdc,
    Usdt,
    Dai,
}

/// Liquid coins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "tickers explain themselves")]
pub enum Coin {
    Btc,
    /// A hundred-millionth of a bitcoin.
    Sats,
    Eth,
    Sol,
    Xmr,
    Bch,
    Ltc,
}

/// How far an amount in a currency can be turned into dollars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Convertible {
    /// One to one.
    AtPar,
    /// With a dated rate from the configuration.
    ByRate,
    /// Never: a project token counts nothing.
    Never,
}

pub(super) const CODES: &[(&str, Currency)] = &[
    ("USD", Currency::Usd),
    ("EUR", Currency::Fiat(Fiat::Eur)),
    ("GBP", Currency::Fiat(Fiat::Gbp)),
    ("JPY", Currency::Fiat(Fiat::Jpy)),
    ("CNY", Currency::Fiat(Fiat::Cny)),
    ("INR", Currency::Fiat(Fiat::Inr)),
    ("VND", Currency::Fiat(Fiat::Vnd)),
    ("CHF", Currency::Fiat(Fiat::Chf)),
    ("CAD", Currency::Fiat(Fiat::Cad)),
    ("AUD", Currency::Fiat(Fiat::Aud)),
    ("BRL", Currency::Fiat(Fiat::Brl)),
    ("PLN", Currency::Fiat(Fiat::Pln)),
    ("USDC", Currency::Stable(Stable::Usdc)),
    ("USDT", Currency::Stable(Stable::Usdt)),
    ("DAI", Currency::Stable(Stable::Dai)),
    ("BTC", Currency::Coin(Coin::Btc)),
    ("sats", Currency::Coin(Coin::Sats)),
    ("ETH", Currency::Coin(Coin::Eth)),
    ("SOL", Currency::Coin(Coin::Sol)),
    ("XMR", Currency::Coin(Coin::Xmr)),
    ("BCH", Currency::Coin(Coin::Bch)),
    ("LTC", Currency::Coin(Coin::Ltc)),
];

/// Other spellings.
const WORDS: &[(&str, Currency)] = &[
    ("dollar", Currency::Usd),
    ("dollars", Currency::Usd),
    ("bucks", Currency::Usd),
    ("euro", Currency::Fiat(Fiat::Eur)),
    ("euros", Currency::Fiat(Fiat::Eur)),
    ("pounds", Currency::Fiat(Fiat::Gbp)),
    ("sat", Currency::Coin(Coin::Sats)),
    ("satoshi", Currency::Coin(Coin::Sats)),
    ("satoshis", Currency::Coin(Coin::Sats)),
    ("bitcoin", Currency::Coin(Coin::Btc)),
    ("ether", Currency::Coin(Coin::Eth)),
    ("monero", Currency::Coin(Coin::Xmr)),
];

impl Currency {
    /// A currency this program knows by code or everyday word, in any case; `None` for others.
    #[must_use]
    pub fn known(text: &str) -> Option<Self> {
        CODES
            .iter()
            .chain(WORDS)
            .find(|(code, _)| code.eq_ignore_ascii_case(text))
            .map(|(_, currency)| currency.clone())
    }

    /// The currency of a sign such as `€`; `$` is the US dollar.
    #[must_use]
    pub const fn of_sign(sign: char) -> Option<Self> {
        Some(match sign {
            '$' | '＄' => Self::Usd,
            '€' => Self::Fiat(Fiat::Eur),
            '£' => Self::Fiat(Fiat::Gbp),
            '¥' => Self::Fiat(Fiat::Jpy),
            '₫' | 'đ' => Self::Fiat(Fiat::Vnd),
            '₹' => Self::Fiat(Fiat::Inr),
            '₿' => Self::Coin(Coin::Btc),
            'ɱ' => Self::Coin(Coin::Xmr),
            '◎' => Self::Coin(Coin::Sol),
            'Ξ' => Self::Coin(Coin::Eth),
            _ => return None,
        })
    }

    /// Its code: ISO 4217, ticker, `sats`, or the token's own ticker.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Token(ticker) => ticker,
            known => CODES
                .iter()
                .find(|(_, currency)| currency == known)
                .map_or("?", |(code, _)| code),
        }
    }

    /// How it can be turned into dollars.
    #[must_use]
    pub const fn convertible(&self) -> Convertible {
        match self {
            Self::Usd | Self::Stable(_) => Convertible::AtPar,
            Self::Fiat(_) | Self::Coin(_) => Convertible::ByRate,
            Self::Token(_) => Convertible::Never,
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl From<String> for Currency {
    fn from(code: String) -> Self {
        Self::known(&code).unwrap_or(Self::Token(code))
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}
