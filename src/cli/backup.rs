//! `bountyd backup`, `bountyd restore` and `bountyd export`: the ledger taken away and brought back.

use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::session::{Stop, my_uid, read_ledger};
use super::{Context, session, untrusted};
use crate::clock::{OsEntropy, SystemClock};
use crate::control::Paused;
use crate::daemon::make_directory;
use crate::estop;
use crate::exit::Exit;
use crate::ledger::copy::Manifest;
use crate::ledger::lock::InstanceLock;
use crate::ledger::restore::StopFile;
use crate::ledger::{Actor, Ledger, LedgerError, stop as halt};
use crate::life;
use crate::messages::count;

/// Write the whole ledger to one file, also while the daemon runs
///
/// The file is a SQLite database that is read back and checked before it gets its name. It holds no key and
/// no token, and neither the configuration nor the patches on disk. Others may not read it: it says what
/// you were asked and what you answered.
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// Where to; must not exist
    file: PathBuf,
}

/// Bring the ledger of a backup back
///
/// Stop the daemon first. The backup is checked as a whole. A ledger that is there is refused; with
/// `--replace` it is kept beside the new one. What happened after the backup was made is not in it, so the
/// restored ledger is paused, no yes from before counts, and about every issue that is there already you are
/// asked; `bountyd resume` goes on. An emergency stop stays in force; where the ledger that is there cannot be
/// read, nobody knows whether there was one, and there is.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// What `bountyd backup` wrote, or a copy from before an upgrade
    file: PathBuf,
    /// Put the ledger that is there aside
    #[arg(long, conflicts_with = "check")]
    replace: bool,
    /// Only check the backup, and say what it is
    #[arg(long)]
    check: bool,
}

/// Print everything the ledger holds as JSON Lines
///
/// Bounties, questions, decisions, writes, patches, messages and the journal, as they are at one instant. The
/// first line says what it is; each other names its table.
#[derive(Debug, Args)]
pub(super) struct Export {}

impl Backup {
    pub(super) fn run(self, context: &Context) -> Exit {
        session::run(context, self.write(context))
    }

    async fn write(self, context: &Context) -> Result<Exit, Stop> {
        let config = context.config()?;
        let target = std::path::absolute(&self.file)
            .map_err(|e| Stop::Say(Exit::Usage, format!("{}: {e}", self.file.display())))?;
        if target.symlink_metadata().is_ok() {
            let why = format!("{} exists: name another file", target.display());
            return Err(Stop::Say(Exit::CannotCreate, why));
        }
        let ledger = read_ledger(&config).await?;
        let manifest = ledger.backup(&target).await?;
        if context.json {
            return Ok(context.print_json(&manifest));
        }
        Ok(context.print(&format!(
            "{}: {}\nBring it back with `bountyd restore`. Keys and tokens are not in it.\n",
            target.display(),
            described(&manifest)
        )))
    }
}

fn described(manifest: &Manifest) -> String {
    let rows = |table: &str| manifest.contents.rows.get(table).copied().unwrap_or(0);
    format!(
        "schema {}, {}, {}, head {}, contents {}",
        manifest.schema,
        count(rows("bounty"), "bounty", "bounties"),
        count(manifest.journal.rows, "journal entry", "journal entries"),
        manifest.journal.head,
        manifest.contents.sha256
    )
}

impl Restore {
    pub(super) fn run(self, context: &Context) -> Exit {
        session::run(context, self.bring_back(context))
    }

    async fn bring_back(self, context: &Context) -> Result<Exit, Stop> {
        if self.check {
            let manifest = Ledger::check_backup(&self.file).await?;
            if context.json {
                return Ok(context.print_json(&manifest));
            }
            return Ok(context.print(&format!("whole: {}\n", described(&manifest))));
        }
        let config = context.config()?;
        make_directory(&config.state_directory, 0o700)?;
        let path = config.ledger_path();
        let _lock = InstanceLock::take(&path)?;
        let (clock, entropy) = (Arc::new(SystemClock), Arc::new(OsEntropy));
        let actor = Actor::Operator(my_uid());
        let file = config.emergency_stop();
        let stop = StopFile {
            standing: estop::by_the_file(&file).map(|Paused { by, at }| halt::Stop { by, at }),
            keep: |stop: &halt::Stop| {
                let made = estop::make_file(&file, &stop.by, stop.at);
                made.map_err(|source| LedgerError::File {
                    what: "keeping the emergency stop in force",
                    path: file.clone(),
                    source,
                })
            },
        };
        let done = life::bring_back(
            &self.file,
            &path,
            self.replace,
            &actor,
            stop,
            clock,
            entropy,
        );
        let done = done.await?;
        if context.json {
            let value = json!({
                "manifest": done.manifest, "aside": done.aside, "stopped": done.stopped,
            });
            return Ok(context.print_json(&value));
        }
        let aside = done.aside.map_or_else(String::new, |aside| {
            format!("What was there lies at {}.\n", aside.display())
        });
        let stopped = done.stopped.map_or_else(String::new, |stop| {
            format!(
                "The emergency stop is in force, by {}: `bountyd estop --lift` lifts it.\n",
                untrusted::line(&stop.by)
            )
        });
        Ok(context.print(&format!(
            "Restored: {}.\n{aside}{stopped}It is paused, and no yes from before counts. What was written on GitHub since the \
             backup is not in it: look at what your account did there, then `bountyd resume`.\n",
            described(&done.manifest)
        )))
    }
}

impl Export {
    pub(super) fn run(self, context: &Context) -> Exit {
        session::run(context, export(context))
    }
}

async fn export(context: &Context) -> Result<Exit, Stop> {
    let config = context.config()?;
    let ledger = read_ledger(&config).await?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut trouble = None;
    let write = |line: &str| match writeln!(out, "{}", untrusted::json(line)) {
        Ok(()) => true,
        Err(error) => {
            trouble = Some(error);
            false
        }
    };
    ledger.export(write).await?;
    let ended = match trouble {
        None => out.flush(),
        Some(error) => Err(error),
    };
    match ended {
        // A reader that has gone (`| head`) is no failure.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            let why = format!("cannot write the result: {error}");
            Err(Stop::Say(Exit::Failure, why))
        }
        _ => Ok(Exit::Ok),
    }
}
