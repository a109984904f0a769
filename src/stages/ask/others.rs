//! Questions about patches and about what clients want. There is no number a day here and no hand to be
//! free: the claim is made and the work is done, or a program waits.

use super::Asking;
use crate::ledger::asked::Question;
use crate::ledger::questions::About;
use crate::ledger::{Result, Tx};
use crate::messages::notice;
use crate::messages::question_card::QuestionCard;
use crate::telegram::outbox;

impl Asking for About {
    async fn nobody_saw(tx: &mut Tx, question: &Question<Self>) -> Result<()> {
        let Some(QuestionCard::Patch(card)) = QuestionCard::read(question) else {
            return Ok(());
        };
        let text = notice::patch_not_asked(&card.repo, card.number);
        let key = format!("patch-not-asked:{}", question.id);
        let now = tx.now();
        tx.notify_owner(&key, &outbox::encode(&text), now).await?;
        Ok(())
    }
}
