//! GitHub, typed: what is read becomes facts, what is written is one thing at one place.
//!
//! octocrab carries the requests, on a wire of the vault that authenticates them; its models, its
//! retries and its redirects are not used (its default retry would repeat a POST). Whatever goes
//! wrong comes back as data, see [`Trouble`] and [`WriteTrouble`]; nothing here sleeps.

mod budget;
mod classify;
mod convert;
mod dialect;
mod documents;
mod graphql;
mod issue;
mod line;
mod nodes;
mod pace;
mod policies;
mod position;
mod query;
mod report;
mod rest;
mod rule_names;
mod rule_nodes;
mod search;
mod shelf;
mod trouble;
mod viewer;
pub mod within;
pub mod work;
mod write;

use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};
use octocrab::Octocrab;
use vault::{Allow, Vault, WireScope};

pub use self::budget::{BudgetSnapshot, Counter};
pub use self::policies::{Policies, RepoRef};
pub use self::query::Query;
pub use self::report::SliceReport;
pub use self::rest::{Me, OwnComment};
pub use self::search::Pages;
pub use self::trouble::{Refusal, Trouble, WriteTrouble};
pub use self::write::{CommentPosted, WriteTarget};

use self::budget::{Budget, Urgency};
use self::dialect::Dialect;
use self::graphql::Caller;
use self::rest::Reader;
use self::shelf::Shelf;
use crate::bounty::facts::IssueFacts;
use crate::clock::{Clock, UnixMillis};

/// A thread may be many requests, each with a limit of its own; together they take no longer. Below
/// the time after which the watchdog takes a lane for stuck.
const LONGEST_THREAD: Duration = Duration::from_secs(150);

/// What can be set.
#[derive(Clone, Debug)]
pub struct Options {
    /// GraphQL points and REST requests an hour that scanning leaves to claims.
    pub reserve: u64,
    /// Labels that count into `RepoFacts::open_bounty_issues`.
    pub bounty_labels: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            reserve: 200,
            bounty_labels: ["bounty", "💎 Bounty", "💰 Reward", "💰bounty", "Bounty 💰"]
                .map(str::to_owned)
                .to_vec(),
        }
    }
}

/// The connected account's GitHub. Cheap to clone; all clones share one budget.
///
/// Every method must be called inside a tokio runtime.
#[derive(Clone, Debug)]
pub struct Github {
    vault: Vault,
    clock: Arc<dyn Clock>,
    options: Options,
    budget: Arc<Budget>,
    dialect: Arc<Dialect>,
    shelf: Arc<Shelf>,
}

impl Github {
    /// GitHub through `vault`.
    #[must_use]
    pub fn new(vault: &Vault, clock: Arc<dyn Clock>, options: Options) -> Self {
        Self {
            vault: vault.clone(),
            clock,
            budget: Arc::new(Budget::new(options.reserve)),
            dialect: Arc::default(),
            shelf: Arc::new(Shelf::new()),
            options,
        }
    }

    /// What is left of GitHub's limits, for `status`.
    #[must_use]
    pub fn budget(&self) -> BudgetSnapshot {
        self.budget.snapshot()
    }

    /// Which account the token speaks for.
    ///
    /// # Errors
    /// As [`Trouble`] says.
    pub async fn whoami(&self) -> Result<Me, Trouble> {
        let octocrab = self.octocrab("whoami", vec![Allow::get("/user")]);
        self.reader(&octocrab).whoami().await
    }

    /// Lets go of what is kept at hand for a scan, when none is under way.
    pub fn rest(&self) {
        self.shelf.clear();
    }

    /// A walk over the open issues that `query` finds, oldest update first.
    #[must_use]
    pub fn search(&self, query: Query) -> Pages {
        Pages::new(
            self.octocrab("scan", vec![Allow::graphql_query()]),
            Arc::clone(&self.budget),
            Arc::clone(&self.dialect),
            Arc::clone(&self.clock),
            self.options.bounty_labels.clone(),
            query,
        )
    }

    /// Contribution rules of many repositories and of their owners' `.github` repositories, in
    /// batches. What was read within the last minutes is not read again.
    ///
    /// # Errors
    /// As [`Trouble`] says, when nothing at all could be read; otherwise see
    /// [`Policies::incomplete`].
    pub async fn policies(&self, repos: &[RepoRef]) -> Result<Policies, Trouble> {
        let (known, missing) = self.shelf.look(repos, self.clock.now());
        let mut all = Policies::default();
        if !missing.is_empty() {
            let octocrab = self.octocrab("policies", vec![Allow::graphql_query()]);
            let caller = self.caller(&octocrab, Urgency::Bulk);
            all = policies::read(caller, &missing, &self.shelf).await?;
            self.shelf.keep(&all.files, self.clock.now());
        }
        all.files.extend(known);
        Ok(all)
    }

    /// One issue with all comments, events and contribution rules. Follows renames: compare the
    /// repository id in the facts with the one that was meant.
    ///
    /// # Errors
    /// As [`Trouble`] says.
    pub async fn issue(&self, owner: &str, name: &str, number: u64) -> Result<IssueFacts, Trouble> {
        let octocrab = self.octocrab("issue", vec![Allow::graphql_query()]);
        let caller = self.caller(&octocrab, Urgency::Claim);
        let wanted = self.wanted(owner, name, number);
        let too_long = self
            .clock
            .sleep_until(self.clock.monotonic() + LONGEST_THREAD);
        tokio::select! {
            read = issue::read(caller, &self.dialect, &wanted) => read,
            () = too_long => Err(Trouble::Retry {
                why: format!("it did not come within {} s", LONGEST_THREAD.as_secs()),
            }),
        }
    }

    /// The same without the rules, which [`Github::policies`] reads of many at once, and with no hurry:
    /// what is left of the hourly budget is kept for claims.
    ///
    /// # Errors
    /// As [`Trouble`] says.
    pub async fn thread(
        &self,
        owner: &str,
        name: &str,
        number: u64,
    ) -> Result<IssueFacts, Trouble> {
        let octocrab = self.octocrab("issue", vec![Allow::graphql_query()]);
        let caller = self.caller(&octocrab, Urgency::Bulk);
        let wanted = self.wanted(owner, name, number);
        issue::read_thread(caller, &self.dialect, &wanted).await
    }

    fn wanted<'a>(&'a self, owner: &'a str, name: &'a str, number: u64) -> issue::Wanted<'a> {
        issue::Wanted {
            owner,
            name,
            number,
            labels: &self.options.bounty_labels,
        }
    }

    /// Comments that one of the accounts `ours` wrote on an issue and that were updated since `since`. For
    /// finding an effect of unknown outcome again.
    ///
    /// # Errors
    /// As [`Trouble`] says; also when not all pages could be read, because "not there" would be
    /// taken for leave to write again.
    pub async fn my_comments_since(
        &self,
        owner: &str,
        name: &str,
        number: u64,
        ours: &[u64],
        since: UnixMillis,
    ) -> Result<Vec<OwnComment>, Trouble> {
        let slug = format!("{owner}/{name}");
        if !(write::plain(owner) && write::plain(name)) {
            return Err(Trouble::Invalid {
                why: format!("{slug} cannot be a repository's name"),
            });
        }
        let allow = vec![
            // Named and not left open: a name with two dots in it fills no hole.
            Allow::get(format!("/repos/{slug}/issues/{number}/comments")),
            Allow::get("/repositories/{id}/issues/{number}/comments"),
        ];
        let octocrab = self.octocrab("reconcile", allow);
        self.reader(&octocrab)
            .comments_of(&slug, number, ours, since)
            .await
    }

    /// Posts a comment.
    ///
    /// # Errors
    /// As [`WriteTrouble`] says.
    pub async fn post_comment(
        &self,
        target: &WriteTarget,
        body: &str,
    ) -> Result<CommentPosted, WriteTrouble> {
        let path = target.comments_path();
        self.write(Method::POST, &path, body, StatusCode::CREATED)
            .await
    }

    /// Replaces the text of a comment of ours.
    ///
    /// # Errors
    /// As [`WriteTrouble`] says.
    pub async fn edit_comment(
        &self,
        target: &WriteTarget,
        comment: u64,
        body: &str,
    ) -> Result<CommentPosted, WriteTrouble> {
        let path = target.comment_path(comment);
        self.write(Method::PATCH, &path, body, StatusCode::OK).await
    }

    async fn write(
        &self,
        method: Method,
        path: &str,
        body: &str,
        done: StatusCode,
    ) -> Result<CommentPosted, WriteTrouble> {
        let allow = if method == Method::PATCH {
            Allow::patch(path)
        } else {
            Allow::post(path)
        };
        let octocrab = self.octocrab("claim", vec![allow]);
        write::send(
            &octocrab,
            &self.budget,
            &*self.clock,
            method,
            path,
            body,
            done,
        )
        .await
    }

    fn octocrab(&self, reason: &'static str, allow: Vec<Allow>) -> Octocrab {
        line::octocrab_on(self.vault.github_wire(WireScope { reason, allow }))
    }

    fn caller<'a>(&'a self, octocrab: &'a Octocrab, urgency: Urgency) -> Caller<'a> {
        Caller {
            octocrab,
            budget: &self.budget,
            clock: &*self.clock,
            urgency,
        }
    }

    fn reader<'a>(&'a self, octocrab: &'a Octocrab) -> Reader<'a> {
        Reader {
            octocrab,
            budget: &self.budget,
            clock: &*self.clock,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stages are spawned: what they await must be able to move between threads.
    #[test]
    fn every_future_is_send() {
        fn send<T: Send>(_: &T) {}
        #[expect(dead_code, reason = "compiled, never run")]
        async fn all(github: Github, target: WriteTarget, mut pages: Pages) {
            send(&github.whoami());
            send(&pages.next());
            send(&github.policies(&[]));
            send(&github.issue("a", "b", 1));
            send(&github.thread("a", "b", 1));
            send(&github.my_comments_since("a", "b", 1, &[2], UnixMillis(0)));
            send(&github.post_comment(&target, "x"));
        }
    }
}
