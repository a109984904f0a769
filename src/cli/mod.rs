//! The command line: one file per command.
//!
//! A command is a `clap::Args` struct whose doc comment is its help, and a `run(self, &Context) ->
//! Exit` that prints its result to stdout and its troubles to stderr. A new one takes a file, a line
//! in `Command`, and a line in its `run`.

mod alone;
mod answer;
mod backup;
mod bounties;
mod card;
mod change;
mod check;
mod connect;
mod doctor;
mod earnings;
mod egress;
mod entered;
mod estop;
mod explain;
mod extend;
mod fix;
mod fixer;
mod init;
mod issue_name;
mod jobs;
mod journal;
mod keys;
mod leases;
mod mcp;
mod operator;
mod patch_card;
mod pause;
mod pending;
mod policy;
mod progress;
mod qr;
mod request_card;
mod run;
mod sandbox;
mod scan;
mod service;
mod session;
mod show;
mod status;
pub mod table;
mod telegram;
mod terminal;
mod untrusted;
mod wrap;

use std::io::{IsTerminal, Write as _};
use std::path::PathBuf;

use clap::{ColorChoice, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::clock::{Clock as _, SystemClock};
use crate::config::{Config, Environment, Loaded};
use crate::exit::Exit;

pub use sandbox::JAIL_INIT;

/// Hunts bounty issues on GitHub for you, on your account, without ever holding your token.
///
/// bountyd wakes on a schedule, searches GitHub for issues with a bounty, judges them, asks you on
/// Telegram where your rules say so, and claims. It never acts beyond the mode you set: `watch`
/// (the default) writes nothing at all.
#[derive(Debug, Parser)]
#[command(
    name = "bountyd",
    version,
    propagate_version = true,
    after_help = "\
First steps:
  bountyd init              set up your tenant, and write the configuration
  bountyd check             see whether the configuration is complete
  bountyd connect github    let your tenant keep your GitHub connection
  bountyd telegram pair     tell bountyd which chat is yours
  bountyd doctor            see what works, and what to mend first

Exit codes: 0 done, 1 failed, 64 wrong command line, 65 bad data,
66 cannot read a file, 69 unreachable, 73 cannot create a file,
75 try later, 77 not allowed, 78 wrong configuration."
)]
struct Cli {
    /// The configuration [default: /etc/bountyd/bountyd.toml, else ~/.config/bountyd/bountyd.toml]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,

    /// Print JSON for a program instead of text for a person
    #[arg(long, global = true)]
    json: bool,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Run),
    Status(status::Status),
    Pause(pause::Pause),
    Resume(pause::Resume),
    Estop(estop::Estop),
    Pending(pending::Pending),
    Approve(answer::Approve),
    Deny(answer::Deny),
    Leases(leases::Leases),
    Extend(extend::Extend),
    Scan(scan::Scan),
    Explain(explain::Explain),
    Bounties(bounties::Bounties),
    Show(show::Show),
    Journal(journal::Journal),
    Check(check::Check),
    Doctor(doctor::Doctor),
    Connect(connect::Connect),
    Init(Box<init::Init>),
    Connections(connect::accounts::Connections),
    Disconnect(connect::accounts::Disconnect),
    Keys(keys::Keys),
    #[command(name = "telegram")]
    Chat(telegram::Chat),
    Fix(fix::Fix),
    Jobs(jobs::Jobs),
    Earnings(earnings::Earnings),
    Sandbox(sandbox::Sandbox),
    Backup(backup::Backup),
    Restore(backup::Restore),
    Export(backup::Export),
    Service(service::Service),
    Mcp(mcp::Mcp),
    Policy(policy::Policy),
    #[command(hide = true)]
    Fixer(fixer::Fixer),
    #[command(hide = true)]
    Egress(egress::Egress),
}

/// What every command knows.
#[derive(Clone, Debug)]
pub struct Context {
    /// `--config`, if it was given.
    pub config_path: Option<PathBuf>,
    /// Print JSON.
    pub json: bool,
    /// Colours on stdout.
    pub color: bool,
    /// Where directories are.
    pub environment: Environment,
}

/// The whole command line as it is defined, for manuals and completions.
#[must_use]
pub fn definition() -> clap::Command {
    Cli::command()
}

/// Parses the arguments of this process, runs the command, and says how it ended.
#[must_use]
pub fn main() -> Exit {
    run(std::env::args_os(), Environment::of_this_process())
}

/// Parses `arguments`, the program's name first, and runs the command in `environment`.
#[must_use]
pub fn run(
    arguments: impl IntoIterator<Item = std::ffi::OsString>,
    environment: Environment,
) -> Exit {
    let choice = if std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) {
        ColorChoice::Never
    } else {
        ColorChoice::Auto
    };
    let parsed = Cli::command()
        .color(choice)
        .try_get_matches_from(arguments)
        .and_then(|mut matches| Cli::from_arg_matches_mut(&mut matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            // A closed pipe is the reader's choice.
            let _ = error.print();
            return if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Ok
            };
        }
    };
    let context = Context {
        config_path: cli.config,
        json: cli.json,
        color: colors_on(&std::io::stdout()),
        environment,
    };
    match cli.command {
        Command::Run(command) => command.run(&context),
        Command::Status(command) => command.run(&context),
        Command::Pause(command) => command.run(&context),
        Command::Resume(command) => command.run(&context),
        Command::Estop(command) => command.run(&context),
        Command::Pending(command) => command.run(&context),
        Command::Approve(command) => command.run(&context),
        Command::Deny(command) => command.run(&context),
        Command::Leases(command) => command.run(&context),
        Command::Extend(command) => command.run(&context),
        Command::Scan(command) => command.run(&context),
        Command::Explain(command) => command.run(&context),
        Command::Bounties(command) => command.run(&context),
        Command::Show(command) => command.run(&context),
        Command::Journal(command) => command.run(&context),
        Command::Check(command) => command.run(&context),
        Command::Doctor(command) => command.run(&context),
        Command::Connect(command) => command.run(&context),
        Command::Init(command) => command.run(&context),
        Command::Connections(command) => command.run(&context),
        Command::Disconnect(command) => command.run(&context),
        Command::Keys(command) => command.run(&context),
        Command::Chat(command) => command.run(&context),
        Command::Fix(command) => command.run(&context),
        Command::Jobs(command) => command.run(&context),
        Command::Earnings(command) => command.run(&context),
        Command::Sandbox(command) => command.run(&context),
        Command::Backup(command) => command.run(&context),
        Command::Restore(command) => command.run(&context),
        Command::Export(command) => command.run(&context),
        Command::Service(command) => command.run(&context),
        Command::Mcp(command) => command.run(&context),
        Command::Policy(command) => command.run(&context),
        Command::Fixer(command) => command.run(&context),
        Command::Egress(command) => command.run(&context),
    }
}

/// Whether to colour what is written to `stream`: a terminal that is not dumb, and no `NO_COLOR`
/// (<https://no-color.org>).
pub fn colors_on(stream: &impl IsTerminal) -> bool {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    stream.is_terminal()
        && set("NO_COLOR").is_none()
        && set("TERM").is_none_or(|term| term != "dumb")
}

impl Context {
    /// The configuration; or every complaint on stderr, and the code to leave with. Its warnings are
    /// for `check` and `run`.
    ///
    /// # Errors
    /// [`Exit::Config`] when it cannot be used.
    pub fn load_config(&self) -> Result<Config, Exit> {
        Ok(self.load()?.config)
    }

    /// As [`Context::load_config`], with the warnings on stderr.
    ///
    /// # Errors
    /// [`Exit::Config`] when it cannot be used.
    pub fn load_config_aloud(&self) -> Result<Config, Exit> {
        let Loaded { config, warnings } = self.load()?;
        eprint!("{}", warnings.render(colors_on(&std::io::stderr())));
        Ok(config)
    }

    fn load(&self) -> Result<Loaded, Exit> {
        let path = self.environment.config_path(self.config_path.as_deref());
        Config::load(&path, &self.environment, SystemClock.now()).map_err(|problems| {
            eprint!("{}", problems.render(colors_on(&std::io::stderr())));
            Exit::Config
        })
    }

    /// Says what went wrong, the way every command says it.
    #[must_use]
    pub fn fail(&self, exit: Exit, message: &str) -> Exit {
        let word = if colors_on(&std::io::stderr()) {
            "\x1b[1;31merror\x1b[0m"
        } else {
            "error"
        };
        // Where nobody reads any more, the exit code still says it; `eprintln!` would panic.
        let _ = writeln!(std::io::stderr(), "{word}: {message}");
        exit
    }

    /// Writes a result to stdout. A reader that has gone (`| head`) is no failure.
    #[must_use]
    pub fn print(&self, text: &str) -> Exit {
        let mut stdout = std::io::stdout().lock();
        match stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush())
        {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                self.fail(Exit::Failure, &format!("cannot write the result: {error}"))
            }
            _ => Exit::Ok,
        }
    }

    /// Writes a result to stdout as indented JSON, which does nothing to a terminal whatever its
    /// strings hold.
    #[must_use]
    pub fn print_json(&self, value: &impl serde::Serialize) -> Exit {
        match serde_json::to_string_pretty(value) {
            Ok(text) => self.print(&(untrusted::json(&text) + "\n")),
            Err(error) => self.fail(
                Exit::Failure,
                &format!("cannot write the result as JSON: {error}"),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_wrong_command_line_is_a_usage_error() {
        let exit = |arguments: &[&str]| {
            let arguments = arguments.iter().map(|a| (*a).into());
            run(arguments, Environment::default())
        };
        assert_eq!(exit(&["bountyd", "no-such-command"]), Exit::Usage);
        assert_eq!(exit(&["bountyd", "check", "--no-such-flag"]), Exit::Usage);
        assert_eq!(exit(&["bountyd", "--help"]), Exit::Ok);
    }
}
