//! How much is offered, and by whom we know it.

use serde::{Deserialize, Serialize};

use super::evidence::{Evidence, Fact};
use crate::money::{Amount, Currency, Usd};

/// The amount as a careful reader takes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Valuation {
    /// Worth in dollars; `None` when nobody says, or without a rate. Project tokens have none.
    pub usd: Option<Usd>,
    /// As written; the lower end of a range.
    pub amount: Option<Amount>,
    /// The upper end of a range, for people to see; never counted.
    pub upper: Option<Amount>,
    /// Currency, when it is known without an amount.
    pub currency: Option<Currency>,
    /// How sure we are of who promises it.
    pub evidence: Evidence,
    /// Every statement about an amount that counted or was compared.
    pub sources: Vec<Fact>,
    /// What does not fit together, in words with both amounts.
    pub disagreement: Option<String>,
}
