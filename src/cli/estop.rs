//! `bountyd estop`: stops everything, and, typed at this machine, lets it go on.

use std::io::ErrorKind;

use clap::Args;

use super::change::{Change, report};
use super::session::{Stop, my_uid, now};
use super::{Context, session, terminal};
use crate::clock::OsEntropy;
use crate::config::Config;
use crate::control::Outcome;
use crate::estop;
use crate::exit::Exit;
use crate::ledger::Actor;

/// Emergency stop: nothing leaves from this instant, until you lift it here
///
/// Writes on GitHub end at once, also the one under way; the token in memory is forgotten, a patch that
/// is being made is ended with everything it started. It outlives restarts, and /resume does not lift it.
/// If nothing else works: `touch` a file named `estop` in the state directory does the same.
///
/// `--lift` shows a code that you type at your terminal, as for `approve`. It then goes on where it was;
/// a `pause` from before still stands.
#[derive(Debug, Args)]
pub(super) struct Estop {
    /// Lift it; needs a person at a terminal
    #[arg(long)]
    lift: bool,
}

impl Estop {
    pub(super) fn run(self, context: &Context) -> Exit {
        if self.lift {
            session::run(context, lift(context))
        } else {
            session::run(context, stop(context))
        }
    }
}

/// The file first: it works where the daemon hangs and where the ledger cannot be written.
async fn stop(context: &Context) -> Result<Exit, Stop> {
    let config = match context.load_config() {
        Ok(config) => config,
        Err(exit) => return Err(Stop::Say(exit, not_stopped(context))),
    };
    let uid = my_uid();
    Change::Stop.allowed(&config, uid)?;
    let file = config.emergency_stop();
    let filed = estop::make_file(&file, &Actor::Operator(uid).to_string(), now());
    let made = Change::Stop.make(&config).await;
    match (made, filed) {
        (Ok(_), _) => Ok(report(context, &Outcome::Stopped)),
        (Err(stop), Ok(())) => {
            let why = match stop {
                Stop::Say(_, why) => why,
                Stop::Said(_) => "see above".to_owned(),
            };
            let text = format!(
                "{} is there, and nothing leaves while it is. It is not in the journal yet ({why}); \
                 the daemon notes it when it can.",
                file.display()
            );
            eprintln!("{}", super::untrusted::line(&text));
            Ok(report(context, &Outcome::Stopped))
        }
        (Err(stop), Err(error)) => Err(neither(&config, stop, &error)),
    }
}

/// Without a configuration nobody knows for certain where the file is to be: what a person can do at once.
fn not_stopped(context: &Context) -> String {
    let environment = &context.environment;
    let path = environment.config_path(context.config_path.as_deref());
    let touch = match environment.default_state_directory(&path) {
        Some(directory) => format!(
            "touch {} (if state_directory is set, the file `estop` there)",
            directory.join("estop").display()
        ),
        None => "touch the file `estop` in the state directory".to_owned(),
    };
    format!(
        "NOT STOPPED: the configuration cannot be used. To stop all the same: {touch}; or end the service: systemctl stop bountyd"
    )
}

fn neither(config: &Config, stop: Stop, error: &std::io::Error) -> Stop {
    let file = config.emergency_stop();
    let remedy = match error.kind() {
        ErrorKind::PermissionDenied => "run this with sudo",
        _ => "to be sure, stop the service: systemctl stop bountyd",
    };
    match stop {
        Stop::Say(exit, why) => Stop::Say(
            exit,
            format!(
                "NOT STOPPED: {why}; and {} cannot be made: {error}; {remedy}",
                file.display()
            ),
        ),
        said => said,
    }
}

async fn lift(context: &Context) -> Result<Exit, Stop> {
    let config = context.config()?;
    Change::Lift.allowed(&config, my_uid())?;
    let mut tty = terminal::open()?;
    let gone = |error| Stop::Say(Exit::Failure, format!("the terminal went away: {error}"));
    terminal::forget_typed(&tty);
    let code = terminal::code(&OsEntropy);
    if !terminal::confirm(&mut tty, "lift the emergency stop", &code).map_err(gone)? {
        let why = "that is not the code: the emergency stop stands as it was".to_owned();
        return Err(Stop::Say(Exit::Failure, why));
    }
    let outcome = Change::Lift.make(&config).await?;
    if outcome == Outcome::AlreadySo && !context.json {
        return Ok(context.print("No emergency stop is in force.\n"));
    }
    Ok(report(context, &outcome))
}
