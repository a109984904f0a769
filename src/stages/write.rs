//! One outside write, exactly once: intent, request, outcome; and the search for it when the
//! outcome was lost. The only place from which a comment leaves.

use std::time::Duration;

use crate::app::App;
use crate::bounty::appraise::Me;
use crate::bounty::facts::IssueFacts;
use crate::bounty::policy::Mode;
use crate::clock::UnixMillis;
use crate::control::Paused;
use crate::crash;
use crate::github::{CommentPosted, Refusal, Trouble, WriteTarget, WriteTrouble};
use crate::ledger::bounties::Lease;
use crate::ledger::effects::{Effect, EffectKind, EffectState, Reconcile, SETTLING, Target};
use crate::ledger::settings::Setting;
use crate::ledger::{LedgerError, Result, Tx};
use crate::messages::github::marker;
use crate::messages::notice;
use crate::telegram::outbox;

/// Comments are dated by GitHub's clock and attempts by ours, which may be wrong: the exchange
/// works all the same. Look-ups reach this far back before the first attempt, which is longer than
/// a server certificate lives (398 days), so a clock that is further ahead connects to nobody. A
/// comment that is looked for too late would be written again.
const LOOKBACK: Duration = Duration::from_secs(400 * 24 * 3600);

/// How long what is to be written waits for another mode before it looks again.
pub const WATCHING: Duration = Duration::from_secs(3600);

/// What came of a write.
#[derive(Debug)]
pub enum Written {
    /// It stands there.
    Done {
        /// The comment's id.
        comment: u64,
    },
    /// It does not stand there and will not.
    Refused {
        /// What kind of no.
        kind: Refusal,
        /// GitHub's words.
        message: String,
    },
    /// It may stand there, or have stood there: a comment is neither done nor repeated. The effect is
    /// still open; the caller ends it together with its own step, or makes an edit again.
    Unproven,
    /// Not now; the effect stays as it is.
    Later(UnixMillis),
    /// Nothing left; trouble reaching GitHub, which the caller puts in its place.
    NotSent(Trouble),
}

/// The write's names for the crash tests.
#[derive(Clone, Copy, Debug)]
pub struct Points {
    /// After the intent is durable.
    pub begun: &'static str,
    /// After GitHub answered.
    pub posted: &'static str,
    /// After the outcome is durable.
    pub done: &'static str,
}

/// Why nothing may be written at this instant. `seen` is whether others are told of the write, so that
/// the time between two of them holds.
///
/// # Errors
/// The ledger cannot be read.
pub async fn hindrance(app: &App, tx: &mut Tx, seen: bool) -> Result<Option<UnixMillis>> {
    let now = tx.now();
    let rules = app.rules();
    if rules.config.policy.mode == Mode::Watch {
        // The mode may have changed while the last check before this write was being made.
        return Ok(Some(now.plus(WATCHING)));
    }
    let stopped = app.vault.brake().is_on();
    if stopped || tx.setting::<Paused>(&Setting::Paused).await?.is_some() {
        return Ok(Some(now.plus(Duration::from_secs(3600))));
    }
    if let Some(until) = tx.setting::<UnixMillis>(&Setting::NoWriteBefore).await?
        && until > now
    {
        return Ok(Some(until));
    }
    if !seen {
        return Ok(None);
    }
    let spacing = rules.config.write_spacing;
    let next = tx.newest_write().await?.map(|at| at.plus(spacing));
    Ok(next.filter(|at| *at > now))
}

/// Posts an effect whose intent is durable already.
///
/// # Errors
/// The ledger cannot be written; the effect is then of unknown outcome and is looked for later.
pub async fn post(app: &App, lease: &Lease, effect: &Effect, points: Points) -> Result<Written> {
    crash::point(points.begun);
    let answer = match target(effect) {
        Some(target) => app.github.post_comment(&target, &effect.body).await,
        None => Err(no_target()),
    };
    crash::point(points.posted);
    let written = match answer {
        Ok(posted) => {
            stands(app, lease, effect, &posted).await?;
            Written::Done { comment: posted.id }
        }
        Err(WriteTrouble::Refused { kind, message }) => {
            end(
                app,
                lease,
                &effect.id,
                EffectState::Failed,
                None,
                &format!("{kind}: {message}"),
            )
            .await?;
            Written::Refused { kind, message }
        }
        Err(WriteTrouble::WaitUntil { at, why }) => {
            let mut tx = app.ledger.begin().await?;
            tx.put_setting(&Setting::NoWriteBefore, &at).await?;
            tx.end_effect(lease, &effect.id, EffectState::Failed, None, &why)
                .await?;
            tx.commit().await?;
            Written::Later(at)
        }
        Err(WriteTrouble::NotSent(trouble)) => {
            end(
                app,
                lease,
                &effect.id,
                EffectState::Failed,
                None,
                &format!("not sent: {trouble}"),
            )
            .await?;
            Written::NotSent(trouble)
        }
        Err(WriteTrouble::Unknown(why)) => {
            end(app, lease, &effect.id, EffectState::Unknown, None, &why).await?;
            Written::Later(app.now().plus(Duration::from_secs(1)))
        }
    };
    crash::point(points.done);
    Ok(written)
}

/// A comment stands there. The token may have been replaced between the question who we are and the
/// comment: then it is another account's, which alone can take it back, and the owner has to know.
async fn stands(app: &App, lease: &Lease, effect: &Effect, posted: &CommentPosted) -> Result<()> {
    let meant = effect.author.as_ref();
    let other = posted.author.as_ref();
    let other = meant
        .zip(other)
        .filter(|(meant, other)| meant.id != other.id);
    let mut tx = app.ledger.begin().await?;
    let url = posted.url.as_deref().unwrap_or_default();
    let (done, id) = (EffectState::Done, Some(posted.id));
    tx.end_effect(lease, &effect.id, done, id, url).await?;
    if let Some((meant, other)) = other {
        tx.written_as(lease, &effect.id, other).await?;
        let Target { repo, number, .. } = &effect.target;
        let text = notice::written_as(repo, *number, &other.login, &meant.login);
        let key = format!("written-as:{}", effect.id);
        tx.notify_owner(&key, &outbox::encode(&text), tx.now())
            .await?;
    }
    tx.commit().await
}

/// Whether an effect that does not stand there never did. A comment that a maintainer deleted before
/// we looked for it is gone without a trace that everybody can see, and to write it again would be
/// to insist. But GitHub dates an issue anew with every comment, so one that has the date it had
/// before the attempt got none. Any other change of the issue leaves it open, and then nothing is
/// written again.
///
/// # Errors
/// The issue cannot be read just now.
pub async fn never_stood(app: &App, effect: &Effect) -> std::result::Result<bool, Trouble> {
    let Some(before) = effect.issue_at else {
        return Ok(false);
    };
    let (owner, name) = super::owner_and_name(&effect.target.repo);
    match app.github.issue(owner, name, effect.target.number).await {
        Ok(facts) => {
            Ok(facts.updated_at == Some(before)
                && facts.repo.id == Some(effect.target.repository_id))
        }
        Err(Trouble::Gone { .. }) => Ok(false),
        Err(trouble) => Err(trouble),
    }
}

/// Finds out what became of an effect whose outcome was lost, and repeats it only when it surely
/// did not happen.
///
/// # Errors
/// The ledger cannot be read or written.
pub async fn reconcile(
    app: &App,
    lease: &Lease,
    effect: &Effect,
    points: Points,
) -> Result<Written> {
    match effect.reconcile(app.now()) {
        Reconcile::Wait(at) => return Ok(Written::Later(at)),
        Reconcile::Look => {}
        Reconcile::Repeat => {
            match never_stood(app, effect).await {
                Ok(true) => {}
                Ok(false) => return Ok(Written::Unproven),
                Err(trouble) => return Ok(Written::NotSent(trouble)),
            }
            let mut tx = app.ledger.begin().await?;
            if let Some(at) = hindrance(app, &mut tx, true).await? {
                return Ok(Written::Later(at));
            }
            tx.repeat_effect(lease, &effect.id).await?;
            tx.commit().await?;
            return post(app, lease, effect, points).await;
        }
    }
    let me = app.me().await?.ok_or(LedgerError::Corrupt {
        what: "account",
        detail: "a write was begun before the account was known".to_owned(),
    })?;
    let earlier: Option<Vec<u64>> = app.ledger.setting(&Setting::Accounts).await?;
    let mut ours = earlier.unwrap_or_default();
    ours.push(me.id);
    let since = effect.first_at.minus(LOOKBACK);
    let (owner, name) = super::owner_and_name(&effect.target.repo);
    let number = effect.target.number;
    let comments = match app
        .github
        .my_comments_since(owner, name, number, &ours, since)
        .await
    {
        Ok(comments) => comments,
        Err(Trouble::Gone { what }) => {
            end(
                app,
                lease,
                &effect.id,
                EffectState::Failed,
                None,
                &format!("gone: {what}"),
            )
            .await?;
            return Ok(Written::Refused {
                kind: Refusal::Gone,
                message: what,
            });
        }
        Err(trouble) => return Ok(Written::NotSent(trouble)),
    };
    let mark = marker(&effect.id);
    if let Some(found) = comments.iter().find(|c| c.body.contains(&mark)) {
        end(
            app,
            lease,
            &effect.id,
            EffectState::Done,
            Some(found.id),
            "found by its marker",
        )
        .await?;
        return Ok(Written::Done { comment: found.id });
    }
    let mut tx = app.ledger.begin().await?;
    tx.missed_effect(lease, &effect.id).await?;
    let again = tx.now().plus(SETTLING / 2);
    tx.commit().await?;
    Ok(Written::Later(again))
}

async fn end(
    app: &App,
    lease: &Lease,
    effect: &str,
    state: EffectState,
    remote: Option<u64>,
    detail: &str,
) -> Result<()> {
    let mut tx = app.ledger.begin().await?;
    tx.end_effect(lease, effect, state, remote, detail).await?;
    tx.commit().await
}

/// Where an effect goes, which its row alone says: the place that was permitted, for a follow-up under
/// its present name.
#[must_use]
pub fn target(effect: &Effect) -> Option<WriteTarget> {
    let (owner, name) = super::owner_and_name(&effect.target.repo);
    WriteTarget::new(
        owner,
        name,
        effect.target.repository_id,
        effect.target.number,
    )
}

/// A row that names no place GitHub could have.
#[must_use]
pub fn no_target() -> WriteTrouble {
    WriteTrouble::Refused {
        kind: Refusal::Invalid("target".to_owned()),
        message: "the stored target cannot be a repository's name".to_owned(),
    }
}

/// The effect of one of these kinds that decides what comes next: the open one if there is one, else
/// the one that stands, else the newest that failed. Their order by time is no guide, because the
/// clock may have been set back between two attempts.
#[must_use]
pub fn decisive(effects: &[Effect], kind: impl Fn(EffectKind) -> bool) -> Option<&Effect> {
    effects
        .iter()
        .filter(|e| kind(e.kind))
        .max_by_key(|e| match e.state {
            EffectState::Begun | EffectState::Unknown => 2,
            EffectState::Done | EffectState::Unproven => 1,
            EffectState::Failed => 0,
        })
}

/// Whether an effect's outcome is still to be found out.
#[must_use]
pub fn is_open(effect: &Effect) -> bool {
    matches!(effect.state, EffectState::Begun | EffectState::Unknown)
}

/// As which account a claim was made, while `me` is connected: what GitHub shows beside the comment, or
/// what was recorded. What an earlier version wrote and nobody shows counts as the connected one's.
#[must_use]
pub fn author(claim: &Effect, seen: Option<&IssueFacts>, me: &Me) -> Me {
    let comments = seen.map(|facts| facts.comments.as_slice());
    let shown = comments
        .into_iter()
        .flatten()
        .find(|c| c.id.is_some() && c.id == claim.remote_id)
        .and_then(|c| c.author.id.zip(c.author.login.clone()))
        .map(|(id, login)| Me { login, id });
    shown
        .or_else(|| claim.author.clone())
        .unwrap_or_else(|| me.clone())
}

/// The claim that stands.
#[must_use]
pub fn standing(effects: &[Effect]) -> Option<&Effect> {
    effects
        .iter()
        .rev()
        .find(|e| claims(e.kind) && e.state == EffectState::Done)
}

/// The kinds of comment that claim.
#[must_use]
pub fn claims(kind: EffectKind) -> bool {
    matches!(kind, EffectKind::Claim | EffectKind::AskAssignment)
}

#[cfg(test)]
mod tests;
