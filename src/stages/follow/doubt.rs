//! Tells the owner what may be a no to a claim that stands.

use crate::app::App;
use crate::bounty::answers::Answer;
use crate::ledger::Result;
use crate::ledger::bounties::Bounty;
use crate::messages::notice;
use crate::telegram::outbox;

/// Comments that are told of one claim at one look; the rest follows at the next.
const MOST: usize = 3;

/// Tells each once: a comment that is still there at the next look is not news.
pub(super) async fn tell(app: &App, bounty: &Bounty, answers: &[Answer]) -> Result<()> {
    // A plain no is acted upon, and told so.
    let doubts: Vec<&Answer> = answers.iter().filter(|answer| !answer.no).collect();
    if doubts.is_empty() {
        return Ok(());
    }
    let mut tx = app.ledger.begin().await?;
    let now = tx.now();
    let mut told = 0;
    for doubt in doubts {
        let Some(comment) = doubt.comment else {
            continue;
        };
        let text = notice::doubted(&bounty.repo, bounty.number, &doubt.by, &doubt.words);
        let key = format!("doubt:{}:{comment}", bounty.id);
        let news = tx.notify_owner(&key, &outbox::encode(&text), now).await?;
        told += usize::from(news);
        if told == MOST {
            break;
        }
    }
    tx.commit().await
}
