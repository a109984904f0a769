//! What tokens cost.

use super::budgets::Tokens;

/// The price of the models whose names match. Where a provider asks more for long prompts, write
/// the higher price: the proxy knows one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Price {
    /// Model name; `*` stands for any characters. The first match counts.
    pub model: String,
    /// Millionths of a US dollar for a million tokens sent: $3 is 3,000,000.
    pub input: u64,
    /// The same for tokens answered.
    pub output: u64,
    /// The same for tokens found in the cache; `None`: as [`Price::input`].
    pub cache_read: Option<u64>,
    /// The same for tokens stored in the cache; `None`: twice [`Price::input`], the most that any
    /// provider is known to ask.
    pub cache_write: Option<u64>,
}

impl Price {
    /// The price of `model` among `prices`.
    pub(super) fn of<'a>(model: &str, prices: &'a [Self]) -> Option<&'a Self> {
        prices.iter().find(|price| fits(&price.model, model))
    }

    /// In millionths of a US dollar, rounded up.
    pub(super) fn cost(&self, tokens: Tokens) -> u64 {
        let write = self.write();
        let parts = [
            (tokens.input, self.input),
            (tokens.cache_read, self.cache_read.unwrap_or(self.input)),
            (tokens.cache_write, write),
            (tokens.output, self.output),
        ];
        let total: u128 = parts
            .iter()
            .map(|(count, price)| u128::from(*count).saturating_mul(u128::from(*price)))
            .fold(0, u128::saturating_add);
        u64::try_from(total.div_ceil(1_000_000)).unwrap_or(u64::MAX)
    }

    /// What `sent` tokens cost at worst, before the provider says how it counts them.
    pub(super) fn worst_input(&self, sent: u64) -> u64 {
        let dearest = Self {
            input: self.input.max(self.write()),
            ..self.clone()
        };
        dearest.cost(Tokens {
            input: sent,
            ..Tokens::default()
        })
    }

    /// How many answered tokens `micro_usd` pays for.
    pub(super) fn affordable(&self, micro_usd: u64) -> u64 {
        u128::from(micro_usd)
            .saturating_mul(1_000_000)
            .checked_div(u128::from(self.output))
            .map_or(u64::MAX, |tokens| u64::try_from(tokens).unwrap_or(u64::MAX))
    }

    fn write(&self) -> u64 {
        self.cache_write
            .unwrap_or_else(|| self.input.saturating_mul(2))
    }
}

/// Whether `name` fits `pattern`, in which `*` stands for any characters.
fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(model: &str) -> Price {
        Price {
            model: model.to_owned(),
            input: 3_000_000,
            output: 15_000_000,
            cache_read: Some(300_000),
            cache_write: None,
        }
    }

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, name, expected) in [
            ("gpt-5", "gpt-5", true),
            ("gpt-5", "gpt-5-mini", false),
            ("gpt-5*", "gpt-5-mini", true),
            ("*", "", true),
            ("*mini", "gpt-5-mini", true),
            ("*mini", "gpt-5-mini-x", false),
            ("a*b*c", "a-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("a*a", "a", false),
            ("", "x", false),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
        let prices = [price("a*"), price("*")];
        assert_eq!(Price::of("abc", &prices), Some(&prices[0]));
        assert_eq!(Price::of("b", &prices), Some(&prices[1]));
        assert_eq!(Price::of("b", &prices[..1]), None);
    }

    #[test]
    fn costs_are_rounded_up_and_never_wrap() {
        let tokens = Tokens {
            input: 1_000_000,
            cache_read: 1_000_000,
            cache_write: 1_000_000,
            output: 1_000_000,
        };
        assert_eq!(
            price("*").cost(tokens),
            3_000_000 + 300_000 + 6_000_000 + 15_000_000
        );
        let one = Tokens {
            cache_read: 1,
            ..Tokens::default()
        };
        assert_eq!(price("*").cost(one), 1);
        let absurd = Tokens {
            output: u64::MAX,
            ..tokens
        };
        assert_eq!(
            Price {
                output: u64::MAX,
                ..price("*")
            }
            .cost(absurd),
            u64::MAX
        );
        assert_eq!(price("*").worst_input(1_000_000), 6_000_000);
        assert_eq!(price("*").affordable(15), 1);
        assert_eq!(price("*").affordable(14), 0);
        let free = Price {
            output: 0,
            ..price("*")
        };
        assert_eq!(free.affordable(0), u64::MAX);
    }
}
