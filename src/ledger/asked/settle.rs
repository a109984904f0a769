//! A question's end: answered, out of time, or no longer about what stands there.

use super::{
    Answer, ApprovalState, Decided, Given, LAST_CALL, Question, TELEGRAM, Topic, Unanswered, Words,
    in_table,
};
use crate::clock::UnixMillis;
use crate::ledger::approvals::Claim;
use crate::ledger::questions::About;
use crate::ledger::settings::Setting;
use crate::ledger::{Actor, During, Entry, LedgerError, Result, Tx};

/// How a question ends, and who ends it.
struct End<'a> {
    state: ApprovalState,
    by: &'a str,
    channel: &'a str,
    why: Option<&'a str>,
}

impl Tx {
    /// Applies the owner's answer, once, to whatever the question is about.
    ///
    /// # Errors
    /// The ledger cannot be written; then the answer was not taken and may be given again.
    pub async fn decide(
        &mut self,
        id: &str,
        answer: &Answer,
        actor: &Actor,
        channel: &str,
    ) -> Result<Decided> {
        // No path leads here for a program, and if one did, its word would not count.
        if matches!(actor, Actor::Client { .. }) {
            return Ok(Decided::Unknown);
        }
        if let Some(decided) = self.push_takes(id, answer, actor, channel).await? {
            return Ok(decided);
        }
        let given = Given {
            answer,
            actor,
            channel,
        };
        match self.decide_about::<Claim>(id, given).await? {
            Decided::Unknown => self.decide_about::<About>(id, given).await,
            decided => Ok(decided),
        }
    }

    async fn decide_about<A: Topic>(&mut self, id: &str, given: Given<'_>) -> Result<Decided> {
        let question = match self.question::<A>(id).await {
            Ok(Some(question)) => question,
            Ok(None) => return Ok(Decided::Unknown),
            // The same tap would come again for ever, and nothing behind it.
            Err(LedgerError::Corrupt { what, detail }) => {
                tracing::error!(
                    id,
                    "an answer came to a question whose {what} cannot be read: {detail}"
                );
                return Ok(Decided::Unknown);
            }
            Err(error) => return Err(error),
        };
        if question.state != ApprovalState::Pending {
            return Ok(Decided::Already(question.state));
        }
        if let Some(deadline) = question.expires_at
            && deadline <= self.now()
            && !self.may_be_in_time(given.channel, deadline).await?
        {
            let ended = self.expire(&question).await?;
            return Ok(Decided::Already(ended.unwrap_or(ApprovalState::Expired)));
        }
        if !A::stands(self, &question).await? {
            return Ok(Decided::Already(ApprovalState::Superseded));
        }
        let yes = matches!(given.answer, Answer::Approve { .. });
        if yes && given.channel == TELEGRAM && !A::shown_whole(&question) {
            return Ok(Decided::NotShown);
        }
        let (state, why) = given.verdict();
        let end = End {
            state,
            by: &given.actor.to_string(),
            channel: given.channel,
            why,
        };
        self.settle(&question, &end).await?;
        A::answered(self, &question, given).await
    }

    /// Telegram does not say when a button was tapped. What comes shortly after the deadline, before
    /// the chat was read once since, may have been tapped in time while we were not there to hear it.
    pub(in crate::ledger) async fn may_be_in_time(
        &mut self,
        channel: &str,
        deadline: UnixMillis,
    ) -> Result<bool> {
        if channel != TELEGRAM || self.now().since(deadline) > LAST_CALL {
            return Ok(false);
        }
        let read: Option<UnixMillis> = self.setting(&Setting::TelegramSeen).await?;
        Ok(read.is_none_or(|at| at < deadline))
    }

    /// Ends a question that nobody answered in time, with what it was about; gives how it ended, `None`
    /// where it was answered since it was read.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn expire<A: Topic>(
        &mut self,
        question: &Question<A>,
    ) -> Result<Option<ApprovalState>> {
        self.end_unanswered(question, Unanswered::OutOfTime).await
    }

    /// Ends a question that never reached the owner, with what it was about; gives how it ended, `None`
    /// where it was answered since it was read.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn never_asked<A: Topic>(
        &mut self,
        question: &Question<A>,
    ) -> Result<Option<ApprovalState>> {
        self.end_unanswered(question, Unanswered::NeverAsked).await
    }

    async fn end_unanswered<A: Topic>(
        &mut self,
        question: &Question<A>,
        how: Unanswered,
    ) -> Result<Option<ApprovalState>> {
        let now = self.question::<A>(&question.id).await?;
        if now.is_none_or(|q| q.state != ApprovalState::Pending) {
            return Ok(None);
        }
        if !A::stands(self, question).await? {
            return Ok(Some(ApprovalState::Superseded));
        }
        let end = End {
            state: how.state(),
            by: "daemon",
            channel: "clock",
            why: how.why(),
        };
        self.settle(question, &end).await?;
        A::unanswered(self, question, how).await?;
        Ok(Some(how.state()))
    }

    /// Whether an open question is still about what stands there. Otherwise it is void, and what waits
    /// for its answer is asked about anew.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn still_asked<A: Topic>(&mut self, question: &Question<A>) -> Result<bool> {
        A::stands(self, question).await
    }

    /// Ends an open question whose answer would be to something else, or to another time; says whether
    /// it still was open.
    pub(in crate::ledger) async fn void<A: Topic>(
        &mut self,
        question: &Question<A>,
        channel: &str,
        why: &str,
    ) -> Result<bool> {
        let end = End {
            state: ApprovalState::Superseded,
            by: "daemon",
            channel,
            why: Some(why),
        };
        let settled = self.settle(question, &end).await?;
        if settled {
            let words = A::superseded(question, why);
            self.note(question, Actor::Daemon, words).await?;
        }
        Ok(settled)
    }

    /// Ends an open question; says whether it still was one.
    async fn settle<A: Topic>(&mut self, question: &Question<A>, end: &End<'_>) -> Result<bool> {
        let now = self.now();
        let done = sqlx::query(in_table!(
            A,
            "UPDATE",
            "SET state = $2, decided_at = $3, decided_by = $4, channel = $5, why = $6,
             next_try_at = NULL, edit_due = 1 WHERE id = $1 AND state = 'pending'"
        ))
        .bind(&question.id)
        .bind(end.state.as_str())
        .bind(now.0)
        .bind(end.by)
        .bind(end.channel)
        .bind(end.why)
        .execute(self.conn().await?)
        .await
        .during("settling a question")?;
        A::ended(self).await?;
        Ok(done.rows_affected() == 1)
    }

    /// Writes down in the journal what became of a question.
    pub(in crate::ledger) async fn note<A>(
        &mut self,
        question: &Question<A>,
        actor: Actor,
        (kind, body): Words,
    ) -> Result<()> {
        let mut entry = Entry::new(actor, kind, body);
        entry.bounty = question.bounty;
        self.journal(entry).await?;
        Ok(())
    }
}
