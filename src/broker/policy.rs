//! Who may have what done, where, and when the owner is asked first. Pure: the one place that decides.
//!
//! A client has rules; a rule names tools, repositories and an effect. What no rule names is refused. Where
//! several match, the strictest counts: deny before ask before allow. So their order says nothing, a rule
//! added can only be overruled by a stricter one, and the explanation is the list that was folded.

pub mod cases;
mod names;
mod step_up;
mod tool;

use std::fmt;
use std::time::Duration;

pub use names::{NameError, Pattern, Repository};
pub use step_up::{StepUp, Tier, Undoing, WhenDown, Worth, least, step_up};
pub use tool::{Kind, Tool};

/// What a rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// It may be done.
    Allow,
    /// The owner is asked about each.
    Ask,
    /// It may not.
    Deny,
}

impl Effect {
    /// The name in the configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Ask => "ask",
            Self::Deny => "deny",
        }
    }

    /// Reads a name written by [`Effect::as_str`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Allow, Self::Ask, Self::Deny]
            .into_iter()
            .find(|effect| effect.as_str() == name)
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One of a client's rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name in the configuration.
    pub name: String,
    /// What it is about.
    pub tools: Vec<Tool>,
    /// Where.
    pub repositories: Vec<Pattern>,
    /// What it says.
    pub effect: Effect,
}

/// A program that may ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its name in the configuration.
    pub name: String,
    /// The user that it runs as.
    pub uid: u32,
    /// What it may; everything else it may not.
    pub rules: Vec<Rule>,
    /// Calls of any kind in any minute, at most.
    pub calls_per_minute: u32,
    /// Writes in any 24 hours, at most.
    pub writes_per_day: u32,
    /// Jobs begun in any 24 hours, at most.
    pub jobs_per_day: u32,
    /// How long a yes of the owner may be acted on.
    pub answer_valid: Duration,
    /// What a yes for a while is to; `None`: there is none for it.
    pub lease: Option<Lease>,
    /// How strong a yes takes what it asks for.
    pub step_up: StepUp,
}

/// What the owner may say yes to beside one write: more of the same tool in the same repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// How long from the yes.
    pub lasts: Duration,
    /// How often, beside what the yes was to.
    pub at_most: u32,
}

impl Lease {
    /// Whether one is for what takes so strong a yes: for writes that take one in the chat. A job spends more than a
    /// word, and the phone is asked because each counts.
    #[must_use]
    pub fn is_for(tool: Tool, tier: Tier) -> bool {
        tool.kind() == Kind::Write
            && tier == Tier::Telegram
            && tool.undoing() != Undoing::Impossible
    }
}

/// How things stand when a call comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The mode is `watch`: nothing is written.
    pub watching: bool,
    /// The owner has paused or stopped everything.
    pub paused: bool,
    /// Calls of this client in the minute before this one.
    pub calls: u32,
    /// Its writes in the 24 hours before.
    pub writes: u32,
    /// Its jobs in the 24 hours before.
    pub jobs: u32,
}

/// One step of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it says; `None`: nothing, it does not apply.
    pub effect: Option<Effect>,
    /// In words.
    pub text: String,
    /// For programs, where it refuses.
    code: &'static str,
}

/// What was decided, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The strictest of the lines; deny where none says anything.
    pub effect: Effect,
    /// Every step, in the order in which it was looked at.
    pub lines: Vec<Line>,
}

impl Verdict {
    /// The line that decided; `None`: no rule is about it.
    #[must_use]
    pub fn decisive(&self) -> Option<&Line> {
        let said = |line: &&Line| line.effect == Some(self.effect);
        self.lines.iter().find(said)
    }

    /// Why it is refused, for a program.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.decisive().map_or("not_permitted", |line| line.code)
    }

    /// Why, in words.
    #[must_use]
    pub fn why(&self) -> String {
        let none = || "no rule of this client is about it".to_owned();
        self.decisive().map_or_else(none, |line| line.text.clone())
    }
}

/// Decides about a call. `repository` is where, for a tool that acts in one.
#[must_use]
pub fn decide(
    client: &Client,
    standing: &Standing,
    tool: Tool,
    repository: Option<&Repository>,
) -> Verdict {
    let mut lines = Vec::new();
    limits(client, standing, tool, &mut lines);
    match repository {
        _ if tool.kind() == Kind::Own => lines.push(Line {
            effect: Some(Effect::Allow),
            text: format!("{tool} shows a client what is its own"),
            code: "own",
        }),
        Some(repository) => {
            let rules = client.rules.iter();
            lines.extend(rules.map(|rule| rule.line(tool, repository)));
        }
        None => {}
    }
    Verdict {
        effect: lines
            .iter()
            .filter_map(|line| line.effect)
            .max()
            .unwrap_or(Effect::Deny),
        lines,
    }
}

/// The limits that are reached refuse, whatever the rules say; the others are told.
fn limits(client: &Client, standing: &Standing, tool: Tool, lines: &mut Vec<Line>) {
    let mut limit = |used: u32, most: u32, what: &str, code| {
        lines.push(Line {
            effect: (used >= most).then_some(Effect::Deny),
            text: format!("{used} of {most} {what}"),
            code,
        });
    };
    let per_minute = client.calls_per_minute;
    limit(
        standing.calls,
        per_minute,
        "calls in the last minute",
        "too_many_calls",
    );
    match tool.kind() {
        Kind::Own | Kind::Read => {}
        Kind::Write => {
            let most = client.writes_per_day;
            limit(standing.writes, most, "writes in 24 hours", "ceiling");
        }
        Kind::Job => {
            let most = client.jobs_per_day;
            limit(standing.jobs, most, "jobs in 24 hours", "ceiling");
        }
    }
    let mut barred = |barred: bool, text: &str, code| {
        if barred {
            lines.push(Line {
                effect: Some(Effect::Deny),
                text: text.to_owned(),
                code,
            });
        }
    };
    let acts = tool.kind() != Kind::Own;
    barred(
        acts && standing.paused,
        "the owner has paused or stopped everything",
        "paused",
    );
    barred(
        standing.watching && matches!(tool.kind(), Kind::Write | Kind::Job),
        "the mode is `watch`, in which nothing is written",
        "watching",
    );
}

impl Rule {
    fn line(&self, tool: Tool, repository: &Repository) -> Line {
        let name = &self.name;
        let line = |effect, text| Line {
            effect,
            text,
            code: "denied_by_rule",
        };
        if !self.tools.contains(&tool) {
            return line(None, format!("rule `{name}` is not about {tool}"));
        }
        let fits = |pattern: &&Pattern| pattern.matches(repository);
        match self.repositories.iter().find(fits) {
            None => line(
                None,
                format!("rule `{name}` has {tool}, but not {repository}"),
            ),
            Some(pattern) => line(
                Some(self.effect),
                format!(
                    "rule `{name}`: {}, {tool} in {repository} ({pattern})",
                    self.effect
                ),
            ),
        }
    }
}

#[cfg(test)]
mod tests;
