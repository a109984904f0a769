//! What is more than a read: stored before the client is answered, with the question to the owner where a
//! rule wants one; looked at, waited for, taken back; its outcome given out once.

use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc;

use super::acting::Acting;
use super::call::{Answered, Broker, denied, line};
use super::caution;
use super::policy::{Client, Effect, Kind, Lease, Repository, Tier, Tool, decide, step_up};
use super::{Identity, Refusal, worth_of};
use crate::app::Doing;
use crate::bounty::text::reveal;
use crate::clock::UnixMillis;
use crate::ledger::Result as Recorded;
use crate::ledger::Tx;
use crate::ledger::request_leases::{LeaseTerms, Purpose};
use crate::ledger::requests::{NewRequest, Request, RequestState, Used};
use crate::messages::github::of_client;
use crate::messages::request_card::{self, RequestCard};

/// The time that writes and jobs are counted in.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// How often a request that is waited for is looked at.
const LOOK: Duration = Duration::from_millis(250);

/// How often a client that waits is told.
const TELL: Duration = Duration::from_secs(5);

/// What a client is told while it waits; a line that nobody takes in time is dropped.
pub type Tell = mpsc::Sender<Doing>;

impl Broker {
    /// Stores what a client wants done, unless it is stored already, and says where it stands.
    pub(super) async fn act(
        &self,
        who: &Identity,
        client: &Client,
        place: &Repository,
        key: &str,
        acting: &Acting,
    ) -> Answered {
        let tool = acting.tool();
        let hash = acting.hash(&who.client, who.uid, place);
        let mut standing = self.standing().await?;
        let worth = worth_of(self.app(), client, place, acting).await?;
        let mut tx = self.app().ledger.begin().await?;
        if let Some(known) = tx.request_by_key(&who.client, who.uid, key).await? {
            drop(tx);
            if known.hash != hash {
                let message = "this idempotency_key stands for something else";
                let remedy = "use a new key for a new thing, and the same for the same";
                let refusal = Refusal::new("key_reused", message, remedy);
                return self.refuse(who, Some(tool), Some(place), refusal).await;
            }
            self.note(who, line(tool, Some(place), "known"))?;
            return Ok(self.stands(&known).await?.show(&known));
        }
        // Counted where it is stored: two calls at once are not both the last that is allowed.
        let used = used(&mut tx, client).await?;
        (standing.writes, standing.jobs) = (used.writes, used.jobs);
        let verdict = decide(client, &standing, tool, Some(place));
        let (verdict, mut tier) = step_up(verdict, client, tool, worth);
        if verdict.effect == Effect::Deny {
            drop(tx);
            let refusal = denied(&verdict, tool, Some(place));
            return self.refuse(who, Some(tool), Some(place), refusal).await;
        }
        let login = self.app().me().await?.map(|me| me.login);
        let own = login
            .as_ref()
            .is_some_and(|me| place.owner().eq_ignore_ascii_case(me));
        let mut why = caution::reasons(&mut tx, acting).await?;
        if !own && let Some((words, _)) = tx.told_to_stop(&place.to_string()).await? {
            // A patch ends at that in any case; the rest is the owner's to say, where he is asked.
            if verdict.effect == Effect::Allow || tool.kind() == Kind::Job {
                drop(tx);
                return self
                    .refuse(who, Some(tool), Some(place), caution::told())
                    .await;
            }
            why.insert(0, format!("we were told to stop there: {}", reveal(&words)));
        }
        let asks = verdict.effect == Effect::Ask || !why.is_empty();
        why.push(verdict.why());
        let since = tx.now().minus(DAY);
        if asks && tx.was_denied(&who.client, &hash, since).await? {
            drop(tx);
            let message = "the owner said no to exactly this in the last 24 hours";
            let remedy = "do not ask again; job_status says why, if he said";
            let refusal = Refusal::new("denied_before", message, remedy);
            return self.refuse(who, Some(tool), Some(place), refusal).await;
        }
        // Only what a rule alone has him asked about: what is odd about this one he has not said yes to.
        let lends = asks && why.len() == 1 && Lease::is_for(tool, tier);
        let lease = client.lease.filter(|_| lends);
        let lent = match lease {
            None => None,
            Some(_) => {
                let purpose = Purpose {
                    client: &who.client,
                    uid: who.uid,
                    tool: tool.as_str(),
                    repo: &place.to_string(),
                };
                tx.take_lease(&purpose).await?
            }
        };
        let state = if asks && lent.is_none() {
            RequestState::Pending
        } else {
            RequestState::Approved
        };
        let new = NewRequest {
            client: &who.client,
            uid: who.uid,
            pid: who.pid,
            key,
            tool: tool.as_str(),
            repo: &place.to_string(),
            number: acting.number(),
            arguments: &acting.to_text(),
            hash: &hash,
            answer_valid_ms: i64::try_from(client.answer_valid.as_millis()).unwrap_or(i64::MAX),
        };
        let request = tx.store_request(&new, state).await?;
        if let Some(lent) = &lent {
            tx.lease_serves(lent, &request).await?;
        }
        if state == RequestState::Pending {
            let mut card = card(&request, acting, login.as_deref(), why.join("; "));
            // The phone shows a few words. Where no chat shows the rest, a yes on the machine is needed as well,
            // beside all of it.
            let takes = |tier: Tier| tier.pushes().then(|| tier.as_str().to_owned());
            card.takes = takes(tier);
            card.lease = lease.map(|lease| LeaseTerms {
                lasts_s: lease.lasts.as_secs(),
                at_most: lease.at_most,
            });
            let shown = self.app().telegram.is_some() && request_card::is_whole(&card);
            if tier == Tier::Push && !shown {
                tier = Tier::Both;
                card.takes = takes(tier);
            }
            let now = tx.now();
            let question = tx.ask_about_request(&request, &card, now).await?;
            if tier.pushes() {
                let words = format!("{tool} {} for {}", card.slug(), request.client);
                tx.take_push(&question, &request, tier.chats(), &words)
                    .await?;
            }
        }
        tx.commit().await?;
        self.app().work.notify_one();
        Ok(self.stands(&request).await?.show(&request))
    }

    /// Where one of the client's own requests stands.
    pub(super) async fn status(&self, who: &Identity, tool: Tool, id: &str) -> Answered {
        let request = self.own(who, tool, id).await?;
        self.note(who, line(tool, None, "allowed"))?;
        Ok(self.stands(&request).await?.show(&request))
    }

    /// The same, once it has changed, or the time is over.
    pub(super) async fn wait(
        &self,
        who: &Identity,
        id: &str,
        time: Duration,
        tell: &Tell,
    ) -> Answered {
        let tool = Tool::JobWait;
        let first = self.own(who, tool, id).await?;
        self.note(who, line(tool, None, "allowed"))?;
        let before = self.stands(&first).await?;
        let clock = &self.app().clock;
        let end = clock.monotonic() + time;
        let mut told = clock.monotonic();
        loop {
            let request = self.own(who, tool, id).await?;
            let now = self.stands(&request).await?;
            if now.is_over() || now != before || clock.monotonic() >= end {
                return Ok(now.show(&request));
            }
            if clock.monotonic() >= told + TELL {
                told = clock.monotonic();
                let why = now.why.as_deref().unwrap_or(now.state);
                let _ = tell.try_send(Doing::one(why));
            }
            let next = (clock.monotonic() + LOOK).min(end);
            clock.sleep_until(next).await;
        }
    }

    /// What came of a request: once, and only to its client.
    pub(super) async fn redeem(&self, who: &Identity, id: &str) -> Answered {
        let tool = Tool::JobResult;
        let request = self.own(who, tool, id).await?;
        let standing = self.stands(&request).await?;
        if !standing.is_over() {
            let message = format!("it is {}, and has no result yet", standing.state);
            let refusal = Refusal::new("not_over", message, "wait for it with job_wait");
            return self.refuse(who, Some(tool), None, refusal).await;
        }
        let mut tx = self.app().ledger.begin().await?;
        if !tx.redeem_request(&request, &who.actor()).await? {
            drop(tx);
            let message = "its result was given out before";
            let remedy = "a result is given once; job_status still says how it ended";
            let refusal = Refusal::new("already_redeemed", message, remedy);
            return self.refuse(who, Some(tool), None, refusal).await;
        }
        tx.commit().await?;
        let mut shown = standing.show(&request);
        shown["result"] = standing.result.unwrap_or(Value::Null);
        Ok(shown)
    }

    /// Takes a request back that nothing was done for yet.
    pub(super) async fn cancel(&self, who: &Identity, id: &str) -> Answered {
        let tool = Tool::JobCancel;
        self.own(who, tool, id).await?;
        let mut tx = self.app().ledger.begin().await?;
        let request = tx.request(id).await?;
        let why = "the client took it back";
        let cancelled = match &request {
            Some(request) if request.state == RequestState::Pending => {
                tx.cancel_request(request, &who.actor(), why).await?;
                tx.void_question_about_request(id, why).await?;
                true
            }
            Some(request) if request.state == RequestState::Approved => {
                tx.cancel_request(request, &who.actor(), why).await?;
                true
            }
            _ => false,
        };
        if !cancelled {
            drop(tx);
            let message = "it is begun or over, and is not taken back";
            let remedy = "job_status says where it stands; the owner can stop everything";
            let refusal = Refusal::new("too_late", message, remedy);
            return self.refuse(who, Some(tool), None, refusal).await;
        }
        tx.commit().await?;
        self.app().work.notify_one();
        let request = self.own(who, tool, id).await?;
        Ok(self.stands(&request).await?.show(&request))
    }

    /// What a client has used up of a day.
    pub(super) async fn used(&self, client: &Client) -> Result<Used, Refusal> {
        let mut tx = self.app().ledger.begin().await?;
        Ok(used(&mut tx, client).await?)
    }

    /// A request of this client; another's is as none.
    async fn own(&self, who: &Identity, tool: Tool, id: &str) -> Result<Request, Refusal> {
        let ledger = &self.app().ledger;
        let found = ledger.request_of(&who.client, who.uid, id).await?;
        if let Some(request) = found {
            return Ok(request);
        }
        let message = "this client has asked for nothing with that id";
        let refusal = Refusal::new("unknown_job", message, "use an id that a tool gave");
        match self.refuse(who, Some(tool), None, refusal.clone()).await {
            Err(refusal) => Err(refusal),
            Ok(_) => Err(refusal),
        }
    }

    /// A request as its client is shown it.
    pub(super) async fn shown(&self, request: &Request) -> Recorded<Value> {
        Ok(self.stands(request).await?.show(request))
    }
}

async fn used(tx: &mut Tx, client: &Client) -> Recorded<Used> {
    let since: UnixMillis = tx.now().minus(DAY);
    let jobs = Tool::ALL
        .into_iter()
        .filter(|tool| tool.kind() == Kind::Job)
        .map(Tool::as_str)
        .collect::<Vec<_>>();
    tx.used_by(&client.name, since, &jobs).await
}

/// What the owner is shown: all of what would be done, word for word.
fn card(request: &Request, acting: &Acting, login: Option<&str>, why: String) -> RequestCard {
    let part = |name: &str, text: &str| (name.to_owned(), crate::bounty::text::reveal_code(text));
    let parts = match acting {
        Acting::Comment { text, .. } => {
            vec![part(
                "The comment",
                &of_client(text, &request.client, login.unwrap_or("you"), ""),
            )]
        }
        Acting::CreateIssue { title, text } => vec![
            part("The title", title),
            part(
                "The text",
                &of_client(text, &request.client, login.unwrap_or("you"), ""),
            ),
        ],
        Acting::Label { labels, .. } => vec![part("The labels", &labels.join("\n"))],
        Acting::CloseIssue { .. } => Vec::new(),
        Acting::Fix { goal, .. } => goal.iter().map(|goal| part("The goal", goal)).collect(),
        Acting::SubmitPatch {
            base,
            title,
            reason,
            patch,
            ..
        } => vec![
            part("The title", &format!("{title}\n(on commit {base})")),
            part("The reason", reason),
            part("The patch", patch),
        ],
    };
    RequestCard {
        request: request.id.clone(),
        hash: request.hash.clone(),
        client: request.client.clone(),
        process: match request.pid {
            key @ ..0 => format!("over HTTP, with key {:07x}", key.unsigned_abs()),
            pid => format!("user {}, process {pid}", request.uid),
        },
        act: acting.in_words().to_owned(),
        repo: request.repo.clone(),
        number: request.number,
        parts,
        why,
        takes: None,
        lease: None,
    }
}
