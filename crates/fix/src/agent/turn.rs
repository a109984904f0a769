//! What an agent did in one turn, and how the turn ended.

/// One turn. All of it but `end` is the agent's own word: text is revealed and short, numbers are no
/// ground for a decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// How it ended.
    pub end: AgentEnd,
    /// What it said last, nothing hidden in it.
    pub summary: String,
    /// What it calls the session, if it can be taken up again by that.
    pub session: Option<String>,
    /// What it says the session has cost so far, in US dollars.
    pub cost_usd: Option<f64>,
    /// How many requests to its model it says it made, where it says so.
    pub turns: Option<u32>,
    /// What it says it used, where it says so.
    pub tokens: Option<Tokens>,
}

/// Tokens by an agent's own count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Read by the model.
    pub input: u64,
    /// Written by the model.
    pub output: u64,
}

/// How a turn ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentEnd {
    /// It says that it is done. Some say so too when their model did not answer; what is in the tree
    /// shows it.
    Done,
    /// It, or its model, will not do this.
    Refused,
    /// It reached a limit of its own, of turns, tokens or money.
    MaxTurns,
    /// Nobody wants the result any more.
    Cancelled,
    /// It says that it could not go on: its model does not answer, it wants a log-in.
    Failed(String),
    /// It does not keep to what its output should be.
    Protocol(String),
    /// It left without an answer.
    Crashed(String),
    /// It took longer than allowed and was killed.
    OutOfTime,
    /// It said more than allowed, or hears nothing, and was killed.
    Flooded(String),
}

impl AgentEnd {
    /// Whether the agent came to an end by itself, so that what is in the tree can be tried.
    #[must_use]
    pub fn is_orderly(&self) -> bool {
        matches!(self, Self::Done | Self::Refused | Self::MaxTurns)
    }
}

impl std::fmt::Display for AgentEnd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Done => f.write_str("done"),
            Self::Refused => f.write_str("refused"),
            Self::MaxTurns => f.write_str("reached a limit of its own"),
            Self::Cancelled => f.write_str("cancelled"),
            Self::Failed(why) => write!(f, "failed: {why}"),
            Self::Protocol(why) => write!(f, "broke its protocol: {why}"),
            Self::Crashed(how) => write!(f, "crashed: {how}"),
            Self::OutOfTime => f.write_str("took too long and was killed"),
            Self::Flooded(how) => write!(f, "was killed: {how}"),
        }
    }
}

/// Something that an agent did, for whoever watches. Text is revealed, on one line and short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It said this.
    Said(String),
    /// It uses a tool.
    Tool(String),
    /// It asked whether it may do this, and was told.
    Asked {
        /// What it wants.
        what: String,
        /// What it was told.
        allowed: bool,
    },
    /// It asked the trusted side to do something for it, which it does not.
    Declined(String),
}

/// Watches an agent at work. Must not block.
pub trait Witness: Send + Sync {
    /// It did this.
    fn saw(&self, step: Step);
}

/// Nobody watches.
impl Witness for () {
    fn saw(&self, _: Step) {}
}
