//! A pull request that nobody looks at is withdrawn in the end: what maintainers do not get to is not to
//! pile up before them. The owner hears of it a week before, and a word of his under it keeps it.

use std::time::Duration;

use super::super::feedback;
use super::Job;
use crate::app::App;
use crate::bounty::facts::ActorKind;
use crate::clock::UnixMillis;
use crate::github::work::{Activity, PullRequest, Verdict};
use crate::ledger::{Result, Tx};
use crate::messages::{notice, span};
use crate::telegram::outbox;

/// The owner is told at least so long before.
const NOTICE: Duration = Duration::from_secs(7 * 24 * 3600);

/// Nobody has said a word for nearly as long as a pull request is kept.
pub(super) struct Silence {
    since: UnixMillis,
    length: Duration,
    is_over: bool,
}

/// How long it is silent, once the owner is to hear of it. A machine's words break no silence; what a
/// maintainer approved is theirs to merge, whenever that is.
pub(super) fn silence(activity: &Activity, after: Duration, now: UnixMillis) -> Option<Silence> {
    if feedback::verdict(activity) == Some(Verdict::Approved) {
        return None;
    }
    let people = activity
        .said
        .iter()
        .filter(|said| said.author.kind != ActorKind::Bot);
    let since = people
        .filter_map(|said| said.at)
        .chain(activity.pull.created_at)
        .max()?;
    let length = now.since(since);
    (length >= after.saturating_sub(NOTICE)).then_some(Silence {
        since,
        length,
        is_over: length >= after,
    })
}

impl Silence {
    /// The owner hears of this silence once.
    fn key(&self, job: &Job) -> String {
        format!("pull:{}:silence:{}", job.id, self.since.0)
    }

    /// It has lasted long enough, and the owner has known for a week.
    pub(super) async fn ends_it(&self, app: &App, job: &Job) -> Result<bool> {
        let told = app.ledger.told(&self.key(job)).await?;
        let heard = told.and_then(|(stored, sent)| match app.telegram {
            Some(_) => sent,
            None => Some(stored),
        });
        Ok(self.is_over && heard.is_some_and(|at| app.now().since(at) >= NOTICE))
    }

    /// Tells the owner.
    pub(super) async fn tell(&self, tx: &mut Tx, job: &Job, pull: &PullRequest) -> Result<()> {
        let what = format!(
            "nobody has said a word for {}. I close it in a week; a word of yours under it keeps it",
            span(self.length)
        );
        let text = outbox::encode(&notice::pull(&job.slug(), pull.number, &what, None));
        tx.notify_owner(&self.key(job), &text, tx.now()).await?;
        Ok(())
    }
}
