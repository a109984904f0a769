//! `bountyd policy`: what the rules for clients come to.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::Context;
use super::untrusted::line;
use super::wrap::wrap;
use crate::broker::policy::cases::{Cases, Replayed};
use crate::broker::policy::{
    Effect, Repository, Standing, Tier, Tool, Verdict, Worth, decide, step_up,
};
use crate::config::Config;
use crate::exit::Exit;
use crate::money::Usd;

/// Show what the rules for local AI come to, and try them
///
/// Both read the configuration and nothing else: how much of a limit is used up is not known here.
#[derive(Debug, Args)]
pub(super) struct Policy {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Say line by line what would be decided about a call, and which rule decides
    Explain {
        /// A name under [mcp.clients]
        #[arg(value_name = "CLIENT")]
        client: String,
        /// A tool, such as `get_issue`
        #[arg(value_name = "TOOL")]
        tool: String,
        /// Where
        #[arg(value_name = "OWNER/REPO")]
        repository: String,
        /// What the bounty is worth that it is about, in whole dollars
        #[arg(long, value_name = "DOLLARS")]
        usd: Option<u32>,
    },
    /// Replay the cases of a file; exit code 1 if one comes out otherwise than it should
    Test {
        /// TOML with one case each: client, tool, repository, expect
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

impl Policy {
    pub(super) fn run(self, context: &Context) -> Exit {
        let config = match context.load_config() {
            Ok(config) => config,
            Err(exit) => return exit,
        };
        match self.what {
            What::Explain {
                client,
                tool,
                repository,
                usd,
            } => {
                let dollars = |usd| Worth::Usd(Usd::dollars(i64::from(usd)));
                let worth = usd.map_or(Worth::Nothing, dollars);
                explain(context, &config, (&client, &tool, &repository), worth)
            }
            What::Test { file } => test(context, &config, &file),
        }
    }
}

fn explain(
    context: &Context,
    config: &Config,
    (client, tool, slug): (&str, &str, &str),
    worth: Worth,
) -> Exit {
    let no = |why: &str| context.fail(Exit::Failure, &line(why));
    let Some(client) = config.mcp.clients.get(client) else {
        return no(&format!("there is no [mcp.clients.{client}]"));
    };
    let Some(tool) = Tool::parse(tool) else {
        let names: Vec<_> = Tool::ALL.into_iter().map(Tool::as_str).collect();
        return no(&format!(
            "there is no tool {tool}; there are {}",
            names.join(", ")
        ));
    };
    let repository = match Repository::parse(slug) {
        Ok(repository) => repository,
        Err(error) => return no(&error.to_string()),
    };
    let standing = standing(config);
    let verdict = decide(client, &standing, tool, Some(&repository));
    let (verdict, tier) = step_up(verdict, client, tool, worth);
    if context.json {
        return context.print_json(&as_json(&verdict, tier));
    }
    let mut out = String::new();
    for step in &verdict.lines {
        let mark = match step.effect {
            None => "· ",
            Some(Effect::Allow) => "✓ ",
            Some(Effect::Ask) => "? ",
            Some(Effect::Deny) => "✗ ",
        };
        out += &wrap(mark, &line(&step.text));
    }
    let said = match verdict.effect {
        Effect::Allow => "allowed".to_owned(),
        Effect::Ask => format!("the owner is asked, and it takes {tier}"),
        Effect::Deny => "refused".to_owned(),
    };
    out += &wrap("→ ", &format!("{said}: {}", line(&verdict.why())));
    context.print(&out)
}

/// As a call would find things that has used nothing up.
fn standing(config: &Config) -> Standing {
    Standing {
        watching: config.policy.mode == crate::bounty::policy::Mode::Watch,
        ..Standing::default()
    }
}

fn as_json(verdict: &Verdict, tier: Tier) -> Value {
    let step = |step: &crate::broker::policy::Line| json!({ "effect": step.effect.map(Effect::as_str), "text": step.text });
    json!({
        "effect": verdict.effect.as_str(),
        "code": verdict.code(),
        "why": verdict.why(),
        "takes": tier.as_str(),
        "lines": verdict.lines.iter().map(step).collect::<Vec<_>>(),
    })
}

fn test(context: &Context, config: &Config, file: &Path) -> Exit {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => {
            return context.fail(Exit::NoInput, &format!("{}: {error}", file.display()));
        }
    };
    let cases: Cases = match toml::from_str(&text) {
        Ok(cases) => cases,
        Err(error) => {
            let why = format!("{}: {}", file.display(), line(&error.to_string()));
            return context.fail(Exit::Data, &why);
        }
    };
    let (mut wrong, mut out, mut all) = (0_usize, String::new(), Vec::new());
    for (at, case) in cases.cases.iter().enumerate() {
        let place = case.repository.as_deref().unwrap_or("-");
        let name = line(&format!("{} {} {place}", case.client, case.tool));
        let (right, why) = match case.replay(config.mcp.clients.values()) {
            Replayed::Right(verdict) => (true, verdict.why()),
            Replayed::Wrong(verdict, tier) => (
                false,
                format!("it is {} ({tier}): {}", verdict.effect, verdict.why()),
            ),
            Replayed::Odd(why) => (false, why),
        };
        wrong += usize::from(!right);
        let mark = if right { "✓ " } else { "✗ " };
        let expected = line(&case.expect);
        out += &wrap(mark, &format!("{name}: {expected}. {}", line(&why)));
        all.push(json!({
            "case": at + 1, "client": case.client, "tool": case.tool, "repository": case.repository,
            "expect": case.expect, "right": right, "why": why,
        }));
    }
    let count = cases.cases.len();
    out += &format!("{} of {count} as expected\n", count - wrong);
    let shown = if context.json {
        context.print_json(&all)
    } else {
        context.print(&out)
    };
    match (shown, wrong) {
        (Exit::Ok, 1..) => Exit::Failure,
        (shown, _) => shown,
    }
}
