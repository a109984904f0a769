//! `bountyd check`: is the configuration complete, and what does it come to?

use std::fmt::Write as _;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::Context;
use crate::bounty::policy::{Mode, Unsure};
use crate::clock::{Clock as _, SystemClock, UnixMillis};
use crate::config::{Config, Loaded, ProblemRecord, Problems};
use crate::doctor::secrets::{Seen, keys, others};
use crate::exit::Exit;
use crate::messages::count;

/// Check the configuration and show what it comes to
///
/// Reads the configuration as `run` would, names everything that is wrong with it at once, and shows
/// the settings in force, the next five runs and the limits. Nothing is sent anywhere. Leaves with 0
/// if all can be used, 78 if not, and 66 if a secret cannot be seen from here, by this user.
#[derive(Debug, Args)]
pub(super) struct Check {}

/// The answer for a program.
#[derive(Serialize)]
struct Answer {
    ok: bool,
    file: std::path::PathBuf,
    problems: Vec<ProblemRecord>,
    settings: Vec<Setting>,
    keys: Vec<Seen>,
    secrets: Vec<Seen>,
    next_runs: Vec<Run>,
}

#[derive(Serialize)]
struct Setting {
    name: &'static str,
    value: String,
}

#[derive(Serialize)]
struct Run {
    at: String,
    unix_ms: i64,
}

const DAY: Duration = Duration::from_secs(86_400);

/// What `check` would leave with, without a word.
pub(super) fn verdict(context: &Context) -> Exit {
    look(context).verdict
}

/// All that is looked at.
struct Looked {
    answer: Answer,
    config: Option<Config>,
    problems: Problems,
    verdict: Exit,
}

fn look(context: &Context) -> Looked {
    let path = context
        .environment
        .config_path(context.config_path.as_deref());
    let now = SystemClock.now();
    let loaded = Config::load(&path, &context.environment, now);
    let (config, problems) = match loaded {
        Ok(Loaded { config, warnings }) => (Some(config), warnings),
        Err(problems) => (None, problems),
    };
    let keys = config
        .as_ref()
        .map(|c| keys(c, &context.environment))
        .unwrap_or_default();
    let secrets = config
        .as_ref()
        .map(|c| others(c, &context.environment))
        .unwrap_or_default();
    let mut all = keys.iter().chain(&secrets);
    let verdict = if config.is_none() || all.clone().any(|secret| secret.fatal) {
        Exit::Config
    } else if all.any(|secret| secret.trouble.is_some()) {
        Exit::NoInput
    } else {
        Exit::Ok
    };
    let answer = Answer {
        ok: verdict == Exit::Ok,
        file: path,
        problems: problems.records(),
        settings: config
            .as_ref()
            .map(|c| settings(c, now))
            .unwrap_or_default(),
        keys,
        secrets,
        next_runs: config
            .as_ref()
            .map(|c| next_runs(c, now))
            .unwrap_or_default(),
    };
    Looked {
        answer,
        config,
        problems,
        verdict,
    }
}

impl Check {
    pub(super) fn run(self, context: &Context) -> Exit {
        let Looked {
            answer,
            config,
            problems,
            verdict,
        } = look(context);
        let printed = if context.json {
            context.print_json(&answer)
        } else {
            eprint!("{}", problems.render(super::colors_on(&std::io::stderr())));
            let text = text(&answer, config.as_ref(), verdict, context.color);
            let printed = context.print(&text);
            for secret in answer.keys.iter().chain(&answer.secrets) {
                if let Some(trouble) = &secret.trouble {
                    let _ = context.fail(verdict, trouble);
                }
            }
            printed
        };
        if printed == Exit::Ok {
            verdict
        } else {
            printed
        }
    }
}

fn text(answer: &Answer, config: Option<&Config>, verdict: Exit, color: bool) -> String {
    let Some(config) = config else {
        return String::new();
    };
    let bold = |text: &str| {
        if color {
            format!("\x1b[1m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    };
    let mut out = format!(
        "{} {}.\n\n{}\n",
        answer.file.display(),
        match verdict {
            Exit::Ok => "can be used",
            Exit::NoInput => "is well-formed, but a secret cannot be seen from here",
            _ => "is well-formed, but a part is missing",
        },
        bold("In force")
    );
    // Writing to a String cannot fail.
    for Setting { name, value } in &answer.settings {
        let _ = writeln!(out, "  {name:<16}{value}");
    }
    for (what, secrets) in [("key", &answer.keys), ("secret", &answer.secrets)] {
        for secret in secrets {
            let _ = writeln!(out, "  {what:<16}{}", secret.name());
            let _ = writeln!(out, "  {:<16}{}", "", secret.state());
        }
    }
    let jitter = humantime::format_duration(config.jitter);
    let _ = writeln!(out, "\n{} (each up to {jitter} later)", bold("Next runs"));
    for run in &answer.next_runs {
        let _ = writeln!(out, "  {}", run.at);
    }
    out
}

fn next_runs(config: &Config, now: UnixMillis) -> Vec<Run> {
    config
        .schedule
        .runs_after(now)
        .take(5)
        .map(|at| Run {
            at: config.timezone.format(at),
            unix_ms: at.0,
        })
        .collect()
}

fn settings(config: &Config, now: UnixMillis) -> Vec<Setting> {
    let policy = &config.policy;
    let duration = |length: Duration| humantime::format_duration(length).to_string();
    let tomorrow = now.plus(DAY);
    let runs = config
        .schedule
        .runs_after(now)
        .take_while(|at| *at <= tomorrow)
        .count();
    let mut list = Vec::new();
    let mut say = |name, value: String| list.push(Setting { name, value });
    say(
        "mode",
        match policy.mode {
            Mode::Watch => "watch: reports, and writes nothing outside".into(),
            Mode::Ask => "ask: every bounty needs your yes".into(),
            Mode::Auto if policy.claim_without_fixer => {
                "auto: claims below the thresholds; the work is yours".into()
            }
            Mode::Auto => "auto: but asks every time, for want of a fixer".to_owned(),
        },
    );
    say(
        "schedule",
        format!("{} in {}", config.schedule.line(), config.timezone.name()),
    );
    say(
        "scans",
        format!(
            "{runs} in the next 24 hours, {} each",
            count(config.scan.queries.len(), "search", "searches")
        ),
    );
    say("tenant", config.auth0.base_url.to_string());
    say(
        "account",
        format!(
            "{} through {}",
            config.auth0.user_id, config.auth0.connection
        ),
    );
    say("GitHub", config.github.api_url.to_string());
    say(
        "Telegram",
        config.telegram.as_ref().map_or_else(
            || "none: answer with `bountyd approve`".into(),
            |t| format!("user {} at {}", t.owner_id, t.api_url),
        ),
    );
    say(
        "token",
        format!(
            "held for {} at most, not used in its last {}",
            duration(config.auth0.hold_cap),
            duration(config.auth0.token_buffer)
        ),
    );
    say(
        "claims",
        format!(
            "at most {} a day, {} in hand, {} of them in one organisation",
            policy.max_claims_per_day, policy.max_in_hand, policy.max_in_hand_per_organisation
        ),
    );
    say(
        "writes",
        format!("at most one every {}", duration(config.write_spacing)),
    );
    say(
        "amounts",
        format!(
            "from {}; asks above {} each, {} a day",
            policy.minimum, policy.ask_above, policy.ask_above_per_day
        ),
    );
    say(
        "unknown amounts",
        match policy.unsure {
            Unsure::Digest => "named in the digest".into(),
            Unsure::Ask => "asked about".into(),
        },
    );
    say(
        "questions",
        format!(
            "at most {} a day, each stands for {}",
            config.approvals.cards_per_day,
            duration(config.approvals.expiry)
        ),
    );
    say(
        "quiet hours",
        config
            .approvals
            .quiet_hours
            .map_or_else(|| "none".into(), |w| w.to_string()),
    );
    say("digest", format!("daily at {}", config.digest_at));
    say("ledger", config.ledger_path().display().to_string());
    say(
        "control socket",
        config.control_socket().display().to_string(),
    );
    for (currency, rate) in &config.rates.0 {
        say(
            "rate",
            format!(
                "1 {currency} = ${} on {}",
                rate.usd,
                config.timezone.format(rate.at)
            ),
        );
    }
    list
}
