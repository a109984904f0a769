//! `bountyd journal`: the record of what was decided and done.

use std::collections::HashMap;
use std::io::Write as _;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::json;

use super::issue_name::IssueName;
use super::session::{Stop, good, read_ledger};
use super::table::{WIDTH, cut};
use super::untrusted::{json as escaped, line};
use super::wrap::wrap;
use super::{Context, session};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::control_socket::verbs::unknown_bounty;
use crate::exit::Exit;
use crate::ledger::Ledger;
use crate::ledger::journal::{Line, Verdict};
use crate::messages::count;
use crate::messages::record::sentence;
use crate::schedule::Zone;

/// Show the record of what was decided and done
///
/// Every decision, answer, exchange and outside write, with who made it happen. Each entry carries
/// a hash over itself and the one before; `journal verify` checks the chain.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Journal {
    #[command(subcommand)]
    what: Option<What>,
    /// Go on with new entries as they are written, until Ctrl-C; with --json one object a line
    #[arg(long)]
    follow: bool,
    /// Only entries about this bounty
    #[arg(long, value_name = "OWNER/REPO#N")]
    bounty: Option<IssueName>,
    /// How many of the newest entries
    #[arg(long, default_value_t = 30, value_name = "N")]
    limit: u32,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Check the chain: whether an entry was changed, removed or put in; exit code 65 if so
    Verify {
        /// Also check that the chain still contains this hash, such as the head that a digest named
        #[arg(long, value_name = "HASH", value_parser = hash)]
        head: Option<String>,
    },
    /// Write all entries as JSON Lines, with the bodies as they were hashed
    Export,
}

/// A SHA-256 as the digest writes it.
fn hash(text: &str) -> Result<String, &'static str> {
    if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(text.to_ascii_lowercase());
    }
    Err("a hash is 64 hexadecimal digits")
}

/// How often the ledger is looked at for new entries: SQLite tells no other process of a change.
const LOOK: Duration = Duration::from_millis(500);

/// Where the second line of an entry begins.
const INDENT: usize = 7;

/// Entries read at a time.
const PAGE: i64 = 1_000;

impl Journal {
    pub(super) fn run(self, context: &Context) -> Exit {
        session::run(context, async {
            let config = context.config()?;
            let ledger = read_ledger(&config).await?;
            match self.what {
                Some(What::Verify { head }) => verify(context, &ledger, head.as_deref()).await,
                Some(What::Export) => export(&ledger).await,
                None => self.show(context, &config, &ledger).await,
            }
        })
    }

    async fn show(self, context: &Context, config: &Config, ledger: &Ledger) -> Result<Exit, Stop> {
        let bounty = match &self.bounty {
            None => None,
            Some(name) => match ledger.bounty_by_name(&name.repo, name.number).await? {
                Some(found) => Some(found.id),
                None => {
                    good(unknown_bounty(&name.repo, name.number))?;
                    None
                }
            },
        };
        let newest = ledger.journal_newest(bounty, i64::from(self.limit)).await?;
        if context.json && !self.follow {
            return Ok(context.print_json(&newest));
        }
        let mut names = Names::default();
        let mut at = ledger.journal_head().await?.seq;
        let mut lines = newest;
        loop {
            let mut out = String::new();
            for entry in &lines {
                out += &if context.json {
                    json_line(entry)
                } else {
                    let name = names.of(ledger, entry.bounty_id).await?;
                    entry_text(entry, name.as_deref(), config.timezone)
                };
                at = at.max(entry.seq);
            }
            if !written(&out)? || !self.follow {
                return Ok(Exit::Ok);
            }
            SystemClock
                .sleep_until(SystemClock.monotonic() + LOOK)
                .await;
            lines = ledger.journal_after(at, bounty, PAGE).await?;
        }
    }
}

/// Writes to stdout; says whether the reader is still there.
fn written(text: &str) -> Result<bool, Stop> {
    let mut stdout = std::io::stdout().lock();
    match stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush())
    {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
        Err(error) => Err(Stop::Say(
            Exit::Failure,
            format!("cannot write the result: {error}"),
        )),
    }
}

/// Names of bounties, looked up once each.
#[derive(Default)]
struct Names(HashMap<i64, Option<String>>);

impl Names {
    async fn of(&mut self, ledger: &Ledger, id: Option<i64>) -> Result<Option<String>, Stop> {
        let Some(id) = id else { return Ok(None) };
        if let Some(known) = self.0.get(&id) {
            return Ok(known.clone());
        }
        let name = ledger.bounty(id).await?.map(|bounty| bounty.slug());
        self.0.insert(id, name.clone());
        Ok(name)
    }
}

fn json_line(entry: &impl serde::Serialize) -> String {
    let text = serde_json::to_string(entry).unwrap_or_default();
    escaped(&text) + "\n"
}

/// An entry on lines that fit the terminal: when, who and what; below, a sentence, or for a kind
/// that has none the particulars as they were recorded.
pub(super) fn entry_text(entry: &Line, bounty: Option<&str>, zone: Zone) -> String {
    let mut head = format!(
        "{:>5}  {}  {}  {}",
        entry.seq,
        zone.format(entry.at),
        line(&entry.kind),
        line(&entry.actor)
    );
    if let Some(name) = bounty {
        head += &format!("  {}", line(name));
    }
    let mut out = cut(&head, WIDTH) + "\n";
    let body = serde_json::from_str(&entry.body).unwrap_or_default();
    if let Some(said) = sentence(&entry.kind, &entry.actor, &body, zone) {
        out += &wrap(&" ".repeat(INDENT), &line(&said));
    } else if entry.body != "{}" {
        let body = cut(&line(&entry.body), WIDTH - INDENT);
        out += &format!("{:INDENT$}{body}\n", "");
    }
    out
}

async fn verify(context: &Context, ledger: &Ledger, head: Option<&str>) -> Result<Exit, Stop> {
    let mut verdict = ledger.verify_journal().await?;
    if verdict.broken.is_some() {
        // The daemon may have moved the checkpoint while we walked; a second walk tells.
        verdict = ledger.verify_journal().await?;
    }
    let missing = match head {
        Some(hash) => !ledger.journal_has(hash).await?,
        None => false,
    };
    let good = verdict.broken.is_none() && !missing;
    let exit = if good { Exit::Ok } else { Exit::Data };
    let printed = if context.json {
        let found = head.map(|_| !missing);
        context.print_json(&json!({ "ok": good, "verdict": verdict, "head_found": found }))
    } else if good {
        context.print(&verdict_text(&verdict))
    } else {
        let why = match &verdict.broken {
            Some((seq, why)) => format!("the journal is broken at entry {seq}: {why}"),
            None => format!(
                "the chain holds, but no entry has the hash {}: the journal was rewritten after \
                 that head was taken down, or cut behind it by retention",
                line(head.unwrap_or_default())
            ),
        };
        return Ok(context.fail(exit, &why));
    };
    Ok(if printed == Exit::Ok { exit } else { printed })
}

fn verdict_text(verdict: &Verdict) -> String {
    let mut out = match verdict.rows {
        0 => "The journal has no entries.\n".to_owned(),
        rows => format!(
            "{} from {} to {}: the chain holds.\n",
            count(rows, "entry", "entries"),
            verdict.from,
            verdict.head.seq
        ),
    };
    if let Some(cut) = verdict.checkpoint {
        out += &format!("Entries up to {cut} were removed by retention; checked from there.\n");
    }
    out + &format!("Head {}\n", verdict.head.hash)
}

async fn export(ledger: &Ledger) -> Result<Exit, Stop> {
    let mut at = 0;
    if let Some(cut) = ledger.journal_checkpoint().await? {
        at = cut.seq;
        if !written(&json_line(&json!({ "checkpoint": cut })))? {
            return Ok(Exit::Ok);
        }
    }
    loop {
        let lines = ledger.journal_after(at, None, PAGE).await?;
        let Some(last) = lines.last() else {
            return Ok(Exit::Ok);
        };
        at = last.seq;
        let text: String = lines.iter().map(json_line).collect();
        if !written(&text)? {
            return Ok(Exit::Ok);
        }
    }
}
