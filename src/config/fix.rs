//! `[fix]` and `[egress]`: who writes patches, in which box, and how it reaches its model.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;
pub use vault::egress::{Api, Auth, Price};

use crate::money::Usd;

/// `[fix]`: the coding agent of the owner's choice, and how much of everything it gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The id of its profile.
    pub agent: String,
    /// A file with profiles beside the built-in ones.
    pub profiles: Option<PathBuf>,
    /// Its model, by the name that the provider has for it.
    pub model: Option<String>,
    /// The provider under `[egress.providers]`, if not the profile's.
    pub provider: Option<String>,
    /// Where the patch process listens under systemd; without it, one is started for each job.
    pub socket: Option<PathBuf>,
    /// Where the egress process listens under systemd; without it, one is started for each job.
    pub egress_socket: Option<PathBuf>,
    /// bubblewrap.
    pub bubblewrap: PathBuf,
    /// Who keeps the limits that hold for all processes of a run together.
    pub limits: RunLimits,
    /// Directories of programs in the boxes, in the order of PATH.
    pub programs: Vec<PathBuf>,
    /// Trees that can be read in the boxes, under the same path, beside the system's own.
    pub tools: Vec<PathBuf>,
    /// Variables of the boxes, beside those that every box has.
    pub environment: BTreeMap<String, String>,
    /// How often the agent is asked.
    pub rounds: u32,
    /// For a whole job.
    pub time: Duration,
    /// For one turn of the agent.
    pub turn: Duration,
    /// For one run of the tests.
    pub test_time: Duration,
    /// Bytes of memory of one box.
    pub memory: u64,
    /// Processes and threads of one box.
    pub processes: u32,
    /// Percent of one processor that one box may use.
    pub processor: u32,
    /// Bytes of one box's `/tmp`, and of its home directory.
    pub scratch: u64,
    /// Test commands by repository, in small letters.
    pub tests: BTreeMap<String, Vec<String>>,
    /// What looks at a patch beside the gate's own rules, by name.
    pub scanners: BTreeMap<String, Scanner>,
    /// Globs of further paths that no patch may touch.
    pub protected: Vec<String>,
    /// Pull requests are opened as drafts.
    pub draft: bool,
    /// `Name <mail>` of the `Signed-off-by:` line (DCO); `None`: there is none.
    pub sign_off: Option<String>,
    /// An open pull request of which nobody says a word for so long is withdrawn.
    pub withdraw_after: Duration,
    /// The owner is asked about each of so many first submissions.
    pub ask_first_submissions: u32,
    /// The owner is asked about the patch strictly above this.
    pub ask_submission_above: Usd,
}

/// `[fix.scanners.NAME]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanner {
    /// Program and arguments; empty: those that we know for this name.
    pub command: Vec<String>,
    /// The ends of the paths that it has something to say about; `None`: those that we know, or all.
    pub files: Option<Vec<String>>,
    /// Whether the gate stays shut when it fails.
    pub required: bool,
}

/// Who keeps the limits of a whole run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunLimits {
    /// A control group that is delegated: this one, or the patch process's own.
    Cgroup(Option<PathBuf>),
    /// Each process for itself.
    RlimitOnly,
}

/// `[egress]`: which models may be asked, and how much they may cost a job.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Egress {
    /// Requests of one job.
    pub requests: u64,
    /// Tokens sent by one job.
    pub input_tokens: u64,
    /// Tokens answered to one job.
    pub output_tokens: u64,
    /// Money for one job, in millionths of a US dollar; `None`: not limited.
    pub micro_usd: Option<u64>,
    /// Requests at one time.
    pub concurrent: u32,
    /// For one request.
    pub request_time: Duration,
    /// Where models are to be had.
    pub providers: BTreeMap<String, Provider>,
}

/// `[egress.providers.NAME]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// What it speaks.
    pub api: Api,
    /// Where.
    pub base_url: Url,
    /// How the key is shown; `None`: as the API wants it.
    pub auth: Option<Auth>,
    /// The file with the key, unless the credential `model-key-NAME` is there.
    pub key_file: Option<PathBuf>,
    /// What its models cost, the first match counts: in the order of the file.
    pub prices: Vec<Price>,
}

impl Fix {
    /// The test command that the owner wrote for a repository, which is called `owner/name`.
    #[must_use]
    pub fn tests_of(&self, repository: &str) -> Option<&[String]> {
        self.tests
            .get(&repository.to_ascii_lowercase())
            .map(Vec::as_slice)
    }
}
