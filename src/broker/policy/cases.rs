//! Cases that an owner writes down for his rules, replayed: so that a change of the rules that lets through
//! what it should not is seen before it is in force.

use serde::Deserialize;

use super::{Client, Effect, Repository, Standing, Tier, Tool, Verdict, Worth, decide, step_up};
use crate::money::Usd;

/// A file of cases.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cases {
    /// One `[[case]]` each.
    #[serde(rename = "case")]
    pub cases: Vec<Case>,
}

/// A call, and what is to become of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Whose.
    pub client: String,
    /// Which tool.
    pub tool: String,
    /// Where.
    pub repository: Option<String>,
    /// `allow`, `ask` or `deny`.
    pub expect: String,
    /// What a yes takes, where `expect` is `ask`: `telegram`, `push` or `both`.
    pub takes: Option<String>,
    /// What the bounty that it is about is worth, in whole dollars.
    pub usd: Option<u32>,
    /// Calls in the minute before.
    #[serde(default)]
    pub calls: u32,
    /// Writes in the 24 hours before.
    #[serde(default)]
    pub writes: u32,
    /// Jobs in the 24 hours before.
    #[serde(default)]
    pub jobs: u32,
}

/// What became of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replayed {
    /// As it should.
    Right(Verdict),
    /// Not as it should; with what a yes would take.
    Wrong(Verdict, Tier),
    /// It asks for what cannot be decided.
    Odd(String),
}

impl Case {
    /// Decides about it as about a call.
    #[must_use]
    pub fn replay<'a>(&self, clients: impl IntoIterator<Item = &'a Client>) -> Replayed {
        let Some(expected) = Effect::parse(&self.expect) else {
            return Replayed::Odd("`expect` is allow, ask or deny".to_owned());
        };
        let takes = self.takes.as_deref().map(|name| (name, Tier::parse(name)));
        if let Some((name, None)) = takes {
            return Replayed::Odd(format!("`takes` is telegram, push or both, not `{name}`"));
        }
        let Some(client) = clients.into_iter().find(|c| c.name == self.client) else {
            return Replayed::Odd(format!("there is no client `{}`", self.client));
        };
        let Some(tool) = Tool::parse(&self.tool) else {
            return Replayed::Odd(format!("there is no tool `{}`", self.tool));
        };
        let repository = self.repository.as_deref().map(Repository::parse);
        let repository = match repository.transpose() {
            Ok(repository) => repository,
            // A call with such a name never gets as far as the rules.
            Err(error) if expected != Effect::Deny => return Replayed::Odd(error.to_string()),
            Err(_) => None,
        };
        let standing = Standing {
            calls: self.calls,
            writes: self.writes,
            jobs: self.jobs,
            ..Standing::default()
        };
        let verdict = decide(client, &standing, tool, repository.as_ref());
        let dollars = |usd| Worth::Usd(Usd::dollars(i64::from(usd)));
        let worth = self.usd.map_or(Worth::Nothing, dollars);
        let (verdict, tier) = step_up(verdict, client, tool, worth);
        let as_strong = takes.is_none_or(|(_, takes)| takes == Some(tier));
        if verdict.effect == expected && as_strong {
            Replayed::Right(verdict)
        } else {
            Replayed::Wrong(verdict, tier)
        }
    }
}
