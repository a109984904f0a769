//! How strong a yes a call takes: none, one in the owner's chat, one by push on his phone, or both. By what the call
//! is worth and by whether it can be undone; pure, and never weaker than any one line says.

use std::fmt;

use super::{Client, Effect, Line, Tool, Verdict};
use crate::money::Usd;

/// What a yes takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Nobody is asked.
    None,
    /// The owner's answer in his chat, or on the machine.
    Telegram,
    /// His answer on the phone that is enrolled in the tenant.
    Push,
    /// Both answers.
    Both,
}

impl Tier {
    const ALL: [Self; 4] = [Self::None, Self::Telegram, Self::Push, Self::Both];

    /// The name in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Telegram => "telegram",
            Self::Push => "push",
            Self::Both => "both",
        }
    }

    /// Reads a name written by [`Tier::as_str`].
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tier| tier.as_str() == name)
    }

    /// Whether the phone is asked.
    #[must_use]
    pub const fn pushes(self) -> bool {
        matches!(self, Self::Push | Self::Both)
    }

    /// Whether an answer in the chat or on the machine is part of it.
    #[must_use]
    pub const fn chats(self) -> bool {
        matches!(self, Self::Telegram | Self::Both)
    }

    const fn in_words(self) -> &'static str {
        match self {
            Self::None => "nobody is asked",
            Self::Telegram => "a yes in Telegram",
            Self::Push => "a yes by push on the phone",
            Self::Both => "a yes in Telegram and one by push on the phone",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.in_words())
    }
}

/// Whether what a tool did can be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undoing {
    /// Nothing is done, or it can be taken back without a trace.
    Easy,
    /// It was seen: the words or the change stay in other people's mail.
    Seen,
    /// What is gone is gone, or is somebody else's.
    Impossible,
}

/// What the owner does about a channel that cannot be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenDown {
    /// The question stays, and the phone is asked as soon as it can be.
    Wait,
    /// What takes that channel comes to nothing.
    Refuse,
}

impl WhenDown {
    /// Reads the name in the configuration.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "wait" => Some(Self::Wait),
            "refuse" => Some(Self::Refuse),
            _ => None,
        }
    }
}

/// What the owner has set, for one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepUp {
    /// The tenant can ask his phone.
    pub push: bool,
    /// What is worth more takes a yes in the chat.
    pub ask_above: Usd,
    /// What is worth more takes a yes on the phone.
    pub push_above: Usd,
    /// Tools that take more than that, whatever they are worth.
    pub tools: Vec<(Tool, Tier)>,
}

impl Default for StepUp {
    fn default() -> Self {
        Self {
            push: false,
            ask_above: Usd::dollars(100),
            push_above: Usd::dollars(500),
            tools: Vec::new(),
        }
    }
}

/// What a call is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Worth {
    /// It is about no bounty that is known here.
    #[default]
    Nothing,
    /// It is about one whose amount nobody knows for sure, or may be.
    Unknown,
    /// So much.
    Usd(Usd),
    /// It names none that is known, and the dearest that is open in its repository is worth so much.
    Dearest(Usd),
}

/// Raises what the rules decided to what the call takes, and says line by line why. A refusal stays one; what takes
/// the phone is refused where there is none to ask.
#[must_use]
pub fn step_up(mut verdict: Verdict, client: &Client, tool: Tool, worth: Worth) -> (Verdict, Tier) {
    if verdict.effect == Effect::Deny || !tool.acts() {
        return (verdict, Tier::None);
    }
    let set = &client.step_up;
    let mut tier = match verdict.effect {
        Effect::Ask => Tier::Telegram,
        Effect::Allow | Effect::Deny => Tier::None,
    };
    let amount = |usd: Usd, what: &str| {
        let (takes, beside) = if usd > set.push_above {
            (
                Tier::Push,
                format!("above push_above_usd ({})", set.push_above),
            )
        } else if usd > set.ask_above {
            (
                Tier::Telegram,
                format!("above ask_above_usd ({})", set.ask_above),
            )
        } else {
            (
                Tier::None,
                format!("not above ask_above_usd ({})", set.ask_above),
            )
        };
        (takes, Some(format!("{what} {usd}, {beside}")))
    };
    let by_worth = match worth {
        Worth::Nothing => (Tier::None, None),
        Worth::Unknown => (
            Tier::Telegram,
            Some(
                "the amount of the bounty that it is for, or may be for, is not known for sure"
                    .to_owned(),
            ),
        ),
        Worth::Usd(usd) => amount(usd, "it is worth"),
        Worth::Dearest(usd) => amount(
            usd,
            "it names no bounty that is known, and may be for one of",
        ),
    };
    let by_undoing = match tool.undoing() {
        Undoing::Impossible => (Tier::Push, Some(format!("{tool} cannot be undone"))),
        Undoing::Seen | Undoing::Easy => (Tier::None, None),
    };
    let named = set.tools.iter().filter(|(named, _)| *named == tool);
    let named = named.map(|(_, tier)| *tier).max();
    let by_name = (
        named.unwrap_or(Tier::None),
        named.map(|_| format!("[mcp.clients.{}.step_up] names {tool}", client.name)),
    );
    for (takes, why) in [&by_worth, &by_undoing, &by_name] {
        tier = tier.max(*takes);
        if let Some(why) = why {
            verdict.lines.push(line(*takes, format!("{why}: {takes}")));
        }
    }
    // Dear and not to be undone: one stolen phone, or one stolen chat, must not be enough.
    if by_worth.0 == Tier::Push && by_undoing.0 == Tier::Push {
        tier = Tier::Both;
        let why = format!("it is both dear and not to be undone: {tier}");
        verdict.lines.push(line(tier, why));
    }
    if tier.pushes() && !set.push {
        verdict.effect = Effect::Deny;
        verdict.lines.push(Line {
            effect: Some(Effect::Deny),
            text: format!("it takes {tier}, and [mcp.step_up] push is not switched on"),
            code: "step_up_unavailable",
        });
        return (verdict, tier);
    }
    if tier != Tier::None {
        verdict.effect = Effect::Ask;
    }
    (verdict, tier)
}

/// The least that a tool's call takes, whatever the rule about it says and what it is worth.
#[must_use]
pub fn least(client: &Client, tool: Tool) -> Tier {
    let allowed = Verdict {
        effect: Effect::Allow,
        lines: Vec::new(),
    };
    step_up(allowed, client, tool, Worth::Nothing).1
}

fn line(tier: Tier, text: String) -> Line {
    Line {
        effect: (tier != Tier::None).then_some(Effect::Ask),
        text,
        code: "step_up",
    }
}

#[cfg(test)]
mod tests;
