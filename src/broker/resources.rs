//! What a client may look at without asking for anything: its own requests, its own part of the journal, and the
//! bounties of repositories whose issues it may read. Nothing is asked of GitHub for it.

use serde_json::{Value, json};

use super::call::{Answered, Broker};
use super::policy::{Client, Effect, Repository, Standing, Tool, decide};
use super::{Identity, Refusal};
use crate::bounty::text::{cut, reveal};
use crate::ledger::bounties::{Bounty, Filter};

/// Rows of a list, the newest or the dearest.
const MOST: i64 = 100;

/// Bounties that are looked through for those.
const LOOKED_AT: i64 = 1_000;

/// What can be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    /// Bounties that the owner's daemon knows.
    Bounties,
    /// What this client asked for.
    Requests,
    /// What the journal has of this client.
    Journal,
}

impl Resource {
    /// All, in the order in which they are listed.
    pub const ALL: [Self; 3] = [Self::Bounties, Self::Requests, Self::Journal];

    /// Its address.
    #[must_use]
    pub fn uri(self) -> &'static str {
        match self {
            Self::Bounties => "bountyd://bounties",
            Self::Requests => "bountyd://requests",
            Self::Journal => "bountyd://journal",
        }
    }

    /// Its name for programs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bounties => "bounties",
            Self::Requests => "requests",
            Self::Journal => "journal",
        }
    }

    /// What it holds, for a model.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::Bounties => {
                "Bounties that are known in the repositories whose issues this client may read, the dearest first"
            }
            Self::Requests => "What this client asked for, the newest first, and where each stands",
            Self::Journal => "What the journal has of this client, the newest first",
        }
    }

    fn parse(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.uri() == uri)
    }
}

impl Broker {
    /// What stands at an address, for this client.
    ///
    /// # Errors
    /// There is nothing of that address, or too much was asked for.
    pub async fn look(&self, who: &Identity, uri: &str) -> Answered {
        let (client, _) = self.admitted(who, None).await?;
        let Some(resource) = Resource::parse(uri) else {
            let message = "there is no such resource";
            let refusal = Refusal::new("not_found", message, "list the resources");
            return self.refuse(who, None, None, refusal).await;
        };
        self.note(
            who,
            json!({ "resource": resource.name(), "outcome": "allowed" }),
        )?;
        let ledger = &self.app().ledger;
        match resource {
            Resource::Bounties => {
                let filter = Filter {
                    limit: Some(LOOKED_AT),
                    ..Filter::default()
                };
                let all = ledger.bounties(&filter).await?;
                let seen = all.iter().filter(|bounty| may_see(&client, bounty));
                let most = usize::try_from(MOST).unwrap_or(usize::MAX);
                let shown: Vec<Value> = seen.take(most).map(bounty).collect();
                Ok(json!({ "bounties": shown }))
            }
            Resource::Requests => {
                let mut shown = Vec::new();
                for request in ledger.requests_of(&who.client, who.uid, MOST).await? {
                    shown.push(self.shown(&request).await?);
                }
                Ok(json!({ "requests": shown }))
            }
            Resource::Journal => {
                let lines = ledger.journal_of_client(&who.client, who.uid, MOST).await?;
                let line = |line: &crate::ledger::journal::Line| {
                    json!({
                        "number": line.seq,
                        "at": line.at,
                        "actor": line.actor,
                        "kind": line.kind,
                        "body": serde_json::from_str::<Value>(&line.body).unwrap_or_default(),
                    })
                };
                Ok(json!({ "entries": lines.iter().map(line).collect::<Vec<_>>() }))
            }
        }
    }
}

/// Whether a client may read issues where a bounty is.
fn may_see(client: &Client, bounty: &Bounty) -> bool {
    Repository::parse(&bounty.repo).is_ok_and(|place| {
        let verdict = decide(client, &Standing::default(), Tool::GetIssue, Some(&place));
        verdict.effect == Effect::Allow
    })
}

fn bounty(bounty: &Bounty) -> Value {
    json!({
        "repository": bounty.repo,
        "number": bounty.number,
        "stage": bounty.stage.as_str(),
        "worth": bounty.usd.map(|usd| usd.to_string()),
        "untrusted": { "title": cut(&reveal(&bounty.title).replace(['\n', '\r'], " "), 400) },
    })
}
