//! What the patch process is asked to do.

use fix::checkout::{Remote, RemoteError, Want};
use fix::given::{BadPatch, Given};
use fix::job;
use fix::objects::CommitId;
use fix::suite::Override;
use gate::Plan;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::config::Config;

/// One job. Where the repository is fetched from follows from its name and the configuration; how it is
/// tested, what the agent is and what all may cost stand in the configuration, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Its name: small letters, digits and `-`, 40 at most.
    pub id: String,
    /// `owner/name`.
    pub repository: String,
    /// The fork of it that holds the commit, where it is not in the repository itself: `owner/name`.
    #[serde(default)]
    pub fork: Option<String>,
    /// The commit to work on; `None`: the newest of the default branch.
    pub commit: Option<String>,
    /// What the owner asks for in his own words.
    pub goal: Option<String>,
    /// The issue, as strangers wrote it.
    pub issue: Option<Issue>,
    /// When it is done, as strangers put it.
    pub criteria: Vec<String>,
    /// Nobody can be asked: what would be held is blocked.
    pub unattended: bool,
    /// The patch itself, where somebody hands it in.
    #[serde(default)]
    pub patch: Option<Patch>,
}

/// A patch that somebody hands in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patch {
    /// A unified diff, as he wrote it.
    pub text: String,
    /// Why, in his words.
    pub reason: String,
    /// Who, for people.
    pub by: String,
}

/// An issue as strangers wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issue {
    /// Its number.
    pub number: u64,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
    /// What was said below it, oldest first.
    pub comments: Vec<Comment>,
    /// Owner, member or collaborator wrote it.
    pub author_belongs: bool,
    /// Days since the author's account was made, if known.
    pub author_days: Option<u32>,
}

/// A comment below an issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comment {
    /// Who wrote it.
    pub author: String,
    /// What that person is to the repository, such as `OWNER`.
    pub association: String,
    /// What was said.
    pub body: String,
}

/// Why an order cannot be carried out.
#[derive(Debug, Error)]
pub enum OrderError {
    /// It leads elsewhere.
    #[error("`{0}` is not a repository: write owner/name")]
    Repository(String),
    /// The configured address is none.
    #[error("[github] git_url: {0}")]
    Remote(#[from] RemoteError),
    /// It is no commit.
    #[error("`{0}` is not a commit: 40 hexadecimal digits")]
    Commit(String),
    /// The configured test command cannot be run.
    #[error("[fix.tests.\"{0}\"]: the command cannot be run: {1}")]
    Tests(String, String),
    /// What was handed in is no patch.
    #[error("the patch cannot be read: {0}")]
    Patch(#[from] BadPatch),
}

impl Order {
    /// The job, with what the configuration says about it.
    ///
    /// # Errors
    /// A name, a commit or a command is none.
    pub fn job(self, config: &Config) -> Result<job::Job, OrderError> {
        let remote = remote(config, self.fork.as_ref().unwrap_or(&self.repository))?;
        let want = match self.commit {
            None => Want::DefaultBranch,
            Some(text) => match text.parse::<CommitId>() {
                Ok(commit) => Want::Commit(commit),
                Err(_) => return Err(OrderError::Commit(text.chars().take(60).collect())),
            },
        };
        let command = config
            .fix
            .as_ref()
            .and_then(|f| f.tests_of(&self.repository));
        let test_command = command
            .map(|words| Override::new(words.to_vec()))
            .transpose()
            .map_err(|error| OrderError::Tests(self.repository.clone(), error.to_string()))?;
        let given = self.patch.map(Patch::for_job).transpose()?;
        Ok(job::Job {
            id: self.id,
            repository: self.repository,
            remote,
            want,
            goal: self.goal,
            issue: self.issue.map(Issue::for_job),
            criteria: self.criteria,
            plan: Plan::default(),
            test_command,
            given,
        })
    }
}

impl Patch {
    fn for_job(self) -> Result<job::HandedIn, BadPatch> {
        Ok(job::HandedIn {
            patch: Given::read(&self.text)?,
            reason: self.reason,
            by: self.by,
        })
    }
}

impl Issue {
    fn for_job(self) -> job::Issue {
        let comment = |comment: Comment| job::Comment {
            author: comment.author,
            association: comment.association,
            body: comment.body,
        };
        job::Issue {
            number: self.number,
            title: self.title,
            body: self.body,
            comments: self.comments.into_iter().map(comment).collect(),
            author: gate::request::Author {
                belongs: self.author_belongs,
                account_days: self.author_days,
            },
        }
    }
}

/// Where `owner/name` is fetched from.
///
/// # Errors
/// The name could lead elsewhere, or the configured address is none.
pub fn remote(config: &Config, repository: &str) -> Result<Remote, OrderError> {
    let plain = |part: &str| {
        !matches!(part, "" | "." | "..")
            && part.len() <= 100
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    let is_name = repository
        .split_once('/')
        .is_some_and(|(owner, name)| plain(owner) && plain(name));
    if !is_name {
        let shown = repository.escape_default().take(150).collect();
        return Err(OrderError::Repository(shown));
    }
    let url = format!("{}{repository}.git", config.github.git_url);
    Ok(if config.allow_insecure_loopback {
        Remote::https_or_loopback(&url)?
    } else {
        Remote::https(&url)?
    })
}
