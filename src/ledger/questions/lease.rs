//! Whether a question offers a yes for a while, and what that is to.

use super::About;
use crate::ledger::approvals::Claim;
use crate::ledger::asked::{ApprovalState, Question};
use crate::ledger::request_leases::LeaseTerms;
use crate::ledger::requests::Request;
use crate::ledger::{LedgerError, Result, Tx};
use crate::messages::request_card::RequestCard;

/// What a question offers.
#[derive(Clone, Debug, PartialEq)]
pub enum Offer {
    /// A lease for more of the same as this request.
    Lease(Box<Request>, LeaseTerms),
    /// None: it is answered by itself.
    None,
    /// It is settled.
    Settled(ApprovalState),
    /// There is no such question.
    Unknown,
}

impl Tx {
    /// What the card of a question offers beside a yes and a no.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub async fn offered(&mut self, id: &str) -> Result<Offer> {
        let question = match self.question::<About>(id).await {
            Ok(Some(question)) => question,
            Ok(None) => {
                return Ok(match self.question::<Claim>(id).await {
                    Ok(None) => Offer::Unknown,
                    Ok(Some(claim)) if claim.state != ApprovalState::Pending => {
                        Offer::Settled(claim.state)
                    }
                    Ok(Some(_)) | Err(LedgerError::Corrupt { .. }) => Offer::None,
                    Err(error) => return Err(error),
                });
            }
            Err(LedgerError::Corrupt { .. }) => return Ok(Offer::None),
            Err(error) => return Err(error),
        };
        if question.state != ApprovalState::Pending {
            return Ok(Offer::Settled(question.state));
        }
        let Some(terms) = shown(&question) else {
            return Ok(Offer::None);
        };
        let About::Request { request, .. } = &question.about else {
            return Ok(Offer::None);
        };
        let request = self.request(request).await?;
        Ok(request.map_or(Offer::None, |request| {
            Offer::Lease(Box::new(request), terms)
        }))
    }
}

/// The terms that the owner was shown.
fn shown(question: &Question<About>) -> Option<LeaseTerms> {
    let card: RequestCard = serde_json::from_str(&question.card).ok()?;
    card.lease
}
