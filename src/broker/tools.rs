//! The tools: what each takes and gives, in schemas that let nothing else through.

mod acts;
mod contents;
mod issues;
mod jobs;
mod permissions;
mod pulls;
mod repositories;
mod schema;
mod submit;
mod untrusted;

use std::time::Duration;

use serde_json::Value;

use super::acting::Acting;
use super::policy::{Client, Repository, Standing, Tool};
use super::{Refusal, arguments};
use crate::github::within::Within;

/// What a tool is, for whoever lists it.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Which.
    pub tool: Tool,
    /// Its name for people.
    pub title: &'static str,
    /// What it does, for a model.
    pub description: &'static str,
    /// The JSON Schema of what it takes.
    pub input: Value,
    /// The JSON Schema of what it gives.
    pub output: Value,
    /// Doing it again changes nothing more.
    pub idempotent: bool,
    /// It takes away what is there.
    pub destructive: bool,
}

/// All tools, always in the same order.
#[must_use]
pub fn specs() -> Vec<Spec> {
    Tool::ALL.into_iter().map(spec).collect()
}

fn spec(tool: Tool) -> Spec {
    match tool {
        Tool::ListMyPermissions => permissions::spec(),
        Tool::ListRepositories => repositories::spec(),
        Tool::GetIssue => issues::get_spec(),
        Tool::SearchIssues => issues::search_spec(),
        Tool::GetPullRequest => pulls::get_spec(),
        Tool::ListPullRequests => pulls::list_spec(),
        Tool::ReadFile => contents::spec(),
        Tool::Comment => acts::comment_spec(),
        Tool::CreateIssue => acts::create_spec(),
        Tool::Label => acts::label_spec(),
        Tool::CloseIssue => acts::close_spec(),
        Tool::Fix => acts::fix_spec(),
        Tool::SubmitPatch => submit::spec(),
        Tool::JobStatus => jobs::status_spec(),
        Tool::JobWait => jobs::wait_spec(),
        Tool::JobResult => jobs::result_spec(),
        Tool::JobCancel => jobs::cancel_spec(),
    }
}

/// What a client wants, with everything in it checked for what can be seen from here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// To know what it may.
    Permissions,
    /// To know where it may have something done.
    Repositories,
    /// To read in a repository.
    Read(Repository, Reading),
    /// To have something done there, under the client's own name for it.
    Act(Repository, String, Acting),
    /// Something about what it asked for before.
    Own(Own),
}

/// What a client can want of what it asked for before, by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Own {
    /// To know where it stands.
    Status(String),
    /// The same, once it has changed or so much time is over.
    Wait(String, Duration),
    /// What came of it.
    Redeem(String),
    /// Nothing more of it.
    Cancel(String),
}

/// A read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// An issue, and a page of its comments.
    Issue(u64, u32),
    /// Issues with these words, in this state, a page of them.
    Issues(Vec<String>, Option<&'static str>, u32),
    /// A pull request, and a page of the files it changes.
    Pull(u64, u32),
    /// Pull requests in this state, a page of them.
    Pulls(&'static str, u32),
    /// What stands at a path, in a revision.
    File(Vec<String>, Option<String>),
}

impl Wish {
    /// Reads what a client hands in.
    ///
    /// # Errors
    /// It is not what the tool takes.
    pub fn read(tool: Tool, arguments: &Value) -> Result<Self, Refusal> {
        match tool {
            Tool::ListMyPermissions => permissions::wish(arguments),
            Tool::ListRepositories => repositories::wish(arguments),
            Tool::GetIssue => issues::get_wish(arguments),
            Tool::SearchIssues => issues::search_wish(arguments),
            Tool::GetPullRequest => pulls::get_wish(arguments),
            Tool::ListPullRequests => pulls::list_wish(arguments),
            Tool::ReadFile => contents::wish(arguments),
            Tool::Comment => acts::comment_wish(arguments),
            Tool::CreateIssue => acts::create_wish(arguments),
            Tool::Label => acts::label_wish(arguments),
            Tool::CloseIssue => acts::close_wish(arguments),
            Tool::Fix => acts::fix_wish(arguments),
            Tool::SubmitPatch => submit::wish(arguments),
            Tool::JobStatus | Tool::JobWait | Tool::JobResult | Tool::JobCancel => {
                jobs::wish(tool, arguments)
            }
        }
    }

    /// Where it is to be done, for a tool that acts in a repository.
    #[must_use]
    pub fn repository(&self) -> Option<&Repository> {
        match self {
            Self::Permissions | Self::Repositories | Self::Own(_) => None,
            Self::Read(repository, _) | Self::Act(repository, ..) => Some(repository),
        }
    }
}

/// Others' words on one line, on their way to a model.
#[must_use]
pub fn line_of(text: &str) -> Value {
    untrusted::line(text)
}

/// What a client may, for itself.
#[must_use]
pub fn permissions(client: &Client, standing: &Standing) -> Value {
    permissions::show(client, standing)
}

/// Where a client may have something done, for itself.
#[must_use]
pub fn repositories(client: &Client) -> Value {
    repositories::show(client)
}

/// Reads, and gives it as the tool's output schema says.
///
/// # Errors
/// GitHub does not give it.
pub async fn read(
    within: &Within<'_>,
    repository: &Repository,
    reading: &Reading,
) -> Result<Value, Refusal> {
    match reading {
        Reading::Issue(number, page) => issues::get(within, repository, *number, *page).await,
        Reading::Issues(words, state, page) => {
            issues::search(within, repository, words, *state, *page).await
        }
        Reading::Pull(number, page) => pulls::get(within, repository, *number, *page).await,
        Reading::Pulls(state, page) => pulls::list(within, repository, state, *page).await,
        Reading::File(path, revision) => {
            contents::read(within, repository, path, revision.as_deref()).await
        }
    }
}

#[cfg(test)]
mod tests;
