//! What is known about each coding agent, as data: how it is started, spoken with and kept in check.

mod masks;
mod template;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use thiserror::Error;

pub use masks::{MaskError, Masks};
pub(crate) use template::Filled;
pub use template::Values;

/// Arguments: one, or several that are left out together where a value is not known.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Arg {
    /// Always there.
    One(String),
    /// There if all its values are known.
    Group(Vec<String>),
}

/// What is answered when an agent asks whether it may do something. The box decides what it can do;
/// a no only makes the record clearer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Permission {
    /// Yes, this once; never for always.
    AllowOnce,
    /// No.
    #[default]
    Reject,
}

/// How an agent is started that speaks the Agent Client Protocol.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcpProfile {
    /// Program and arguments.
    pub argv: Vec<Arg>,
    /// The mode it is put in where it offers one of this id, so that no default of a repository counts.
    pub mode: Option<String>,
    /// What it is answered when it asks.
    #[serde(default)]
    pub permission: Permission,
}

/// How an agent is started that works once and leaves.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExecProfile {
    /// Program and arguments.
    pub argv: Vec<Arg>,
    /// The same where it is to be taken up again later, if that makes a difference.
    pub begin: Option<Vec<Arg>>,
    /// How it is taken up again.
    pub again: Option<Vec<Arg>>,
    /// How its output is read.
    pub parser: Parser,
}

/// A way to read an agent's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Parser {
    /// `claude --output-format stream-json`: an object a line, the last of type `result`.
    ClaudeStreamJson,
    /// `codex exec --json`: an object a line, the last `turn.completed` or `turn.failed`.
    CodexJsonl,
    /// `opencode run --format json`: an object a line.
    OpencodeJson,
    /// `gemini --output-format stream-json`: an object a line, the last of type `result`.
    GeminiJson,
    /// `qwen --output-format json`: one list of such objects as Claude Code writes.
    QwenJson,
    /// Words for people; the exit code decides.
    Text,
}

/// One agent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// What people call it.
    pub name: String,
    /// The model provider it asks by default: the part after `/llm/` at the egress proxy.
    pub provider: String,
    /// Its environment.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Files below its home directory that are there before it starts.
    #[serde(default)]
    pub home: BTreeMap<String, String>,
    /// What it leaves in the tree, as patterns of names.
    #[serde(default)]
    pub litter: Vec<String>,
    /// How it is spoken with over the Agent Client Protocol.
    pub acp: Option<AcpProfile>,
    /// How it is run as a command.
    pub exec: Option<ExecProfile>,
    /// What is covered in the tree while it works.
    #[serde(skip)]
    pub masks: Masks,
}

/// All agents that are known, by id.
#[derive(Clone, Debug)]
pub struct Profiles {
    agents: BTreeMap<String, Arc<Profile>>,
}

/// What is wrong with profiles.
#[derive(Debug, Error)]
pub enum ProfileError {
    /// They are no TOML of the right form.
    #[error("agent profiles cannot be read: {0}")]
    Form(#[from] toml::de::Error),
    /// A placeholder that does not exist.
    #[error("agent `{agent}`: there is no placeholder `{{{placeholder}}}` (in `{template}`)")]
    Placeholder {
        /// Its id.
        agent: String,
        /// What stands between the braces.
        placeholder: String,
        /// Where.
        template: String,
    },
    /// It says nothing that could be started.
    #[error(
        "agent `{0}` has neither `acp` nor `exec`, or an empty `argv`: nothing could be started"
    )]
    Nothing(String),
    /// A file outside its home directory.
    #[error("agent `{agent}`: `{path}` must lead to a file below its home directory")]
    Outside {
        /// Its id.
        agent: String,
        /// The path.
        path: String,
    },
    /// A mask pattern that cannot be kept.
    #[error("mask `{0}`: a name, or the beginning of one followed by `*`")]
    Mask(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    masks: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    agents: BTreeMap<String, Profile>,
}

const BUILT_IN: &str = include_str!("profiles/profiles.toml");

impl Profiles {
    /// The agents that bountyd knows by itself.
    ///
    /// # Panics
    /// Never: a test reads the same text.
    #[must_use]
    pub fn built_in() -> Self {
        Self::parse(BUILT_IN).expect("the built-in profiles are read by a test")
    }

    /// Agents out of the form of `profiles.toml`. For an agent of the owner's own, masks and common
    /// environment can be left out: [`Profiles::with`] gives it ours.
    ///
    /// # Errors
    /// It is not of that form, or says what cannot be done; the first mistake is named.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        let written: Written = toml::from_str(text)?;
        Self::made_of(written)
    }

    /// These agents and those of `text`, which replace what has the same id.
    ///
    /// # Errors
    /// As of [`Profiles::parse`].
    pub fn with(mut self, text: &str) -> Result<Self, ProfileError> {
        let built_in: Written = toml::from_str(BUILT_IN)?;
        let mut written: Written = toml::from_str(text)?;
        written.masks.extend(built_in.masks);
        for (name, value) in built_in.env {
            written.env.entry(name).or_insert(value);
        }
        self.agents.extend(Self::made_of(written)?.agents);
        Ok(self)
    }

    fn made_of(written: Written) -> Result<Self, ProfileError> {
        let masks = Masks::new(&written.masks)?;
        let mut agents = BTreeMap::new();
        for (id, mut profile) in written.agents {
            for (name, value) in &written.env {
                profile
                    .env
                    .entry(name.clone())
                    .or_insert_with(|| value.clone());
            }
            profile.masks = masks.clone();
            profile.check(&id)?;
            agents.insert(id, Arc::new(profile));
        }
        Ok(Self { agents })
    }

    /// The agent with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Arc<Profile>> {
        self.agents.get(id).cloned()
    }

    /// The ids of all agents, sorted.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.agents.keys().map(String::as_str)
    }
}

impl Profile {
    fn check(&self, agent: &str) -> Result<(), ProfileError> {
        let lists: Vec<&Vec<Arg>> = self
            .acp
            .iter()
            .map(|acp| &acp.argv)
            .chain(self.exec.iter().flat_map(|exec| {
                [Some(&exec.argv), exec.begin.as_ref(), exec.again.as_ref()]
                    .into_iter()
                    .flatten()
            }))
            .collect();
        let starts = |list: &&Vec<Arg>| matches!(list.first(), Some(Arg::One(p)) if !p.is_empty());
        if lists.is_empty() || !lists.iter().all(starts) {
            return Err(ProfileError::Nothing(agent.to_owned()));
        }
        let arguments = lists.into_iter().flatten().flat_map(|arg| match arg {
            Arg::One(one) => std::slice::from_ref(one),
            Arg::Group(several) => several,
        });
        for template in arguments.chain(self.env.values()) {
            if let Some(placeholder) = template::unknown(template) {
                return Err(ProfileError::Placeholder {
                    agent: agent.to_owned(),
                    placeholder: placeholder.to_owned(),
                    template: template.clone(),
                });
            }
        }
        for path in self.home.keys() {
            let plain = |part: &str| !matches!(part, "" | "." | "..");
            if !path.split('/').all(plain) || path.contains('\0') {
                return Err(ProfileError::Outside {
                    agent: agent.to_owned(),
                    path: path.clone(),
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
