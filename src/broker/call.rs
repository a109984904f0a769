//! One call, from a client's word to the answer: decided, journalled, done, in this order.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use vault::Capability;

use super::halted::Halted;
use super::pace::{Counted, Paces, Taken};
use super::places::Places;
use super::policy::{Client, Effect, Repository, Standing, Tool, Verdict, decide};
use super::reads::Reads;
use super::tools::{self, Own, Reading, Wish};
use super::{Identity, Refusal, Tell};
use crate::app::App;
use crate::bounty::policy::Mode;
use crate::ledger::{Actor, Entry, Result as Recorded};

/// What a call gave.
pub type Answered = Result<Value, Refusal>;

/// How long a read may use what it was given.
const READING: Duration = Duration::from_secs(60);

/// Connections of one user in any minute, and what comes over them and is no call.
const CONNECTIONS: u32 = 60;
const ODDITIES: u32 = 120;

/// Strangers by one way in any minute that have a line of the journal each.
const STRANGERS: u32 = 10;

/// The broker of a running daemon. Nothing in it is needed after a restart.
#[derive(Debug)]
pub struct Broker {
    app: Arc<App>,
    reads: Reads,
    paces: Paces,
    places: Places,
    halted: Halted,
}

impl Broker {
    /// For this program.
    #[must_use]
    pub fn new(app: Arc<App>) -> Self {
        Self {
            app,
            reads: Reads::default(),
            paces: Paces::default(),
            places: Places::default(),
            halted: Halted::default(),
        }
    }

    /// The program that it is part of.
    #[must_use]
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Keeps the journal of reads, for as long as it is polled.
    pub async fn keep_journal(&self) {
        self.reads.keep_writing(&self.app).await;
    }

    /// Writes what is not in the journal yet, before the end.
    ///
    /// # Errors
    /// The ledger cannot be written.
    pub async fn settle(&self) -> Recorded<()> {
        self.reads.write(&self.app).await
    }

    /// The client of this name that runs as this user, if the owner has one.
    #[must_use]
    pub fn client(&self, name: &str, uid: u32) -> Option<Client> {
        let rules = self.app.rules();
        let client = rules.config.mcp.clients.get(name);
        client.filter(|client| client.uid == uid).cloned()
    }

    /// The tools that this client could be allowed, in their order.
    #[must_use]
    pub fn tools_of(&self, who: &Identity) -> Vec<Tool> {
        let Some(client) = self.client(&who.client, who.uid) else {
            return Vec::new();
        };
        let named = |tool: &Tool| {
            let mut rules = client.rules.iter();
            rules.any(|rule| rule.effect != Effect::Deny && rule.tools.contains(tool))
        };
        let own = |tool: &Tool| tool.kind() == super::policy::Kind::Own;
        let all = Tool::ALL.into_iter();
        all.filter(|tool| own(tool) || named(tool)).collect()
    }

    /// Does what a client asks for, or says why not.
    ///
    /// # Errors
    /// A refusal, which stands in the journal.
    pub async fn call(
        &self,
        who: &Identity,
        tool: &str,
        arguments: Value,
        tell: &Tell,
    ) -> Answered {
        // What is checked is small. What was handed in may be large, and is not kept while the journal is written.
        let read = Tool::parse(tool).map(|known| (known, Wish::read(known, &arguments)));
        drop(arguments);
        let (client, calls) = self.admitted(who, Tool::parse(tool)).await?;
        let standing = Standing {
            calls,
            ..self.standing().await?
        };
        let Some((known, wish)) = read else {
            let message = "there is no such tool";
            let refusal = Refusal::new("unknown_tool", message, "list the tools");
            return self.refuse(who, None, None, refusal).await;
        };
        let wish = match wish {
            Ok(wish) => wish,
            Err(refusal) => return self.refuse(who, Some(known), None, refusal).await,
        };
        let verdict = decide(&client, &standing, known, wish.repository());
        let repository = wish.repository();
        match (&wish, verdict.effect) {
            (_, Effect::Deny) => {
                let refusal = denied(&verdict, known, repository);
                self.refuse(who, Some(known), repository, refusal).await
            }
            (Wish::Permissions, _) => {
                self.note(who, line(known, None, "allowed"))?;
                let used = self.used(&client).await?;
                let standing = Standing {
                    writes: used.writes,
                    jobs: used.jobs,
                    ..standing
                };
                Ok(tools::permissions(&client, &standing))
            }
            (Wish::Repositories, _) => {
                self.note(who, line(known, None, "allowed"))?;
                Ok(tools::repositories(&client))
            }
            (Wish::Act(place, key, acting), _) => self.act(who, &client, place, key, acting).await,
            (Wish::Own(own), _) => match own {
                Own::Status(id) => self.status(who, known, id).await,
                Own::Wait(id, time) => self.wait(who, id, *time, tell).await,
                Own::Redeem(id) => self.redeem(who, id).await,
                Own::Cancel(id) => self.cancel(who, id).await,
            },
            (Wish::Read(place, reading), _) => {
                let _place = match self.places.take(&who.client) {
                    Ok(place) => place,
                    Err(refusal) => return Err(self.refuse_busy(who, known.as_str(), refusal)),
                };
                self.note(who, line(known, repository, "allowed"))?;
                self.read(place, reading).await
            }
        }
    }

    /// The client that asks, and its calls in the last minute: before anything is made of what it asks for. What
    /// is no call at all is journalled, too, and each time at once.
    pub(super) async fn admitted(
        &self,
        who: &Identity,
        tool: Option<Tool>,
    ) -> Result<(Client, u32), Refusal> {
        let Some(client) = self.client(&who.client, who.uid) else {
            let message = format!("the owner has no client `{}` any more", who.client);
            let refusal = Refusal::new("unknown_client", message, "ask the owner");
            let taken = self.take(Counted::Oddities(who.uid), ODDITIES);
            return Err(match taken.is_within() {
                true => self.refused(who, None, None, refusal).await?,
                false => self.refused_beyond(who, None, taken, refusal),
            });
        };
        let most = client.calls_per_minute;
        let taken = self.take(Counted::Calls(client.name.clone()), most);
        let calls = taken.before;
        if !taken.is_within() {
            let message = format!("{calls} of {most} calls in the last minute");
            let refusal = Refusal::new("too_many_calls", message, "wait a minute");
            return Err(self.refused_beyond(who, tool, taken, refusal));
        }
        Ok((client, calls))
    }

    /// Journals what came over a client's connection and was no call at all; says whether the connection is worth
    /// its place still.
    ///
    /// # Errors
    /// The journal cannot be written.
    pub async fn refuse_message(&self, who: &Identity, refusal: &Refusal) -> Recorded<bool> {
        let taken = self.take(Counted::Oddities(who.uid), ODDITIES);
        if !taken.is_within() {
            self.refused_beyond(who, None, taken, refusal.clone());
            return Ok(false);
        }
        let body = json!({ "code": refusal.code });
        let entry = Entry::new(who.actor(), "client.refused", body);
        self.app.ledger.record(entry).await.map(|_| true)
    }

    /// Refuses a call because too many are under way already.
    #[must_use]
    pub fn refuse_busy(&self, who: &Identity, tool: &str, refusal: Refusal) -> Refusal {
        let taken = self.take(Counted::Busy(who.client.clone()), 0);
        self.refused_beyond(who, Tool::parse(tool), taken, refusal)
    }

    /// Whether another connection of this user is taken at the moment. Each is a line of the journal.
    #[must_use]
    pub fn may_connect(&self, uid: u32) -> bool {
        let taken = self.take(Counted::Connections(uid), CONNECTIONS);
        if taken.is_news() {
            tracing::warn!(uid, times = taken.beyond, "a client connects too often");
        }
        taken.is_within()
    }

    /// The line of the journal about somebody who came by this way and is none of the owner's clients, if there is
    /// to be one: of many in a minute, not each has its own.
    #[must_use]
    pub fn stranger(&self, by: &'static str, uid: Option<u32>) -> Option<Entry> {
        let taken = self.take(Counted::Strangers(by), STRANGERS);
        if !taken.is_within() && !taken.is_news() {
            return None;
        }
        let body = json!({ "by": by, "uid": uid, "times": taken.beyond.max(1) });
        Some(Entry::new(Actor::Daemon, "client.stranger", body))
    }

    fn take(&self, what: Counted, most: u32) -> Taken {
        self.paces.take(what, most, self.app.clock.monotonic())
    }

    /// Gives a refusal of which there are too many. It goes with the reads, and not each has a line; that the
    /// journal takes none is the graver news.
    fn refused_beyond(
        &self,
        who: &Identity,
        tool: Option<Tool>,
        taken: Taken,
        refusal: Refusal,
    ) -> Refusal {
        if !taken.is_news() {
            return refusal;
        }
        let mut body = json!({ "code": refusal.code, "outcome": "refused", "times": taken.beyond });
        if let Some(tool) = tool {
            body["tool"] = json!(tool.as_str());
        }
        match self.reads.note(who, self.app.now(), body) {
            Ok(()) => refusal,
            Err(graver) => graver,
        }
    }

    /// Notes a call that changes nothing.
    pub(super) fn note(&self, who: &Identity, call: Value) -> Result<(), Refusal> {
        self.reads.note(who, self.app.now(), call)
    }

    /// Reads over a wire that can do nothing else.
    async fn read(&self, place: &Repository, reading: &Reading) -> Answered {
        let until = self.app.clock.monotonic() + READING;
        let capability = Capability::new(&[place.to_string()], 0, until);
        let within = self
            .app
            .github
            .within(place.owner(), place.name(), capability);
        tools::read(&within, place, reading).await
    }

    /// How things stand for a client, but for what it has used up.
    pub(super) async fn standing(&self) -> Result<Standing, Refusal> {
        // The brake is on before the ledger knows of the stop, and may be on without it.
        let braked = self.app.vault.brake().is_on();
        Ok(Standing {
            watching: self.app.rules().config.policy.mode == Mode::Watch,
            paused: braked || self.halted.now(&self.app.ledger).await?,
            ..Standing::default()
        })
    }

    /// Journals a refusal, and gives it.
    pub(super) async fn refuse(
        &self,
        who: &Identity,
        tool: Option<Tool>,
        repository: Option<&Repository>,
        refusal: Refusal,
    ) -> Answered {
        Err(self.refused(who, tool, repository, refusal).await?)
    }

    async fn refused(
        &self,
        who: &Identity,
        tool: Option<Tool>,
        repository: Option<&Repository>,
        refusal: Refusal,
    ) -> Result<Refusal, Refusal> {
        let mut body = json!({ "code": refusal.code });
        if let Some(tool) = tool {
            body["tool"] = json!(tool.as_str());
        }
        if let Some(repository) = repository {
            body["repository"] = json!(repository.to_string());
        }
        let entry = Entry::new(who.actor(), "client.refused", body);
        self.app.ledger.record(entry).await?;
        Ok(refusal)
    }
}

pub(super) fn line(tool: Tool, repository: Option<&Repository>, outcome: &str) -> Value {
    let mut line = json!({ "tool": tool.as_str(), "outcome": outcome });
    if let Some(repository) = repository {
        line["repository"] = json!(repository.to_string());
    }
    line
}

pub(super) fn denied(verdict: &Verdict, tool: Tool, repository: Option<&Repository>) -> Refusal {
    let place = repository.map(|place| format!(" in {place}"));
    let what = format!("{tool}{}", place.unwrap_or_default());
    let remedy = match verdict.code() {
        "too_many_calls" => "wait a minute",
        "ceiling" => "wait until some of them are older than 24 hours",
        "paused" => "wait until the owner lets it go on",
        _ => "list_my_permissions shows what is allowed; only the owner can change it",
    };
    let message = format!("{what} is refused: {}", verdict.why());
    Refusal::new(verdict.code(), message, remedy)
}
