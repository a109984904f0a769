//! `bountyd keys retire`: the key that does not sign any more goes for good, when no call is signed by it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clock::OsEntropy;
use serde::Serialize;
use vault::tenant::RETIRE_SCOPES;

use super::by_tenant::{self, ByTenant, Hand, Step};
use super::desk::{Key, files, in_force, prove, put_in_force, read};
use crate::cli::session::{Stop, read_ledger};
use crate::cli::{Context, terminal};
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::crash;
use crate::exit::Exit;
use crate::ledger::LedgerError;

/// How long an exchange under way is waited for: longer than any takes.
const PATIENCE: Duration = Duration::from_secs(130);

/// Between two looks at the journal.
const GLANCE: Duration = Duration::from_millis(500);

/// What was done, for a program.
#[derive(Serialize)]
struct Report {
    retired_kid: Option<String>,
    signs: String,
    file: PathBuf,
}

pub(super) async fn run(context: &Context, by: &ByTenant, yes: bool) -> Result<Exit, Stop> {
    vault::harden()
        .map_err(|e| Stop::Say(Exit::Failure, format!("cannot protect this process: {e}")))?;
    let config = context.config()?;
    by.arm(&config)?;
    let [first, second] = files(&config)? else {
        return Err(Stop::Say(
            Exit::Config,
            "there is one key, and it signs; `bountyd keys rotate` makes its successor".to_owned(),
        ));
    };
    let wanted = config.auth0.signing_key.as_deref();
    // Left by a run that was killed between the file and the configuration.
    if !second.exists() {
        let only = read(first)?;
        if wanted.is_none_or(|kid| kid == only.public.kid) {
            return finish(context, &config, &only, None, by.operator.tenant).await;
        }
    }
    let (first, second) = (read(first)?, read(second)?);
    let signs_second = wanted == Some(&second.public.kid);
    let (old, stays) = if signs_second {
        (&first, &second)
    } else {
        (&second, &first)
    };
    in_use_is(&config, &stays.public.kid).await?;
    none_under_way(&config, &old.public.kid).await?;
    // Before the old one goes: the one that stays works.
    prove(context, &config, &stays.public.kid).await?;
    if by.operator.tenant {
        let kids = (old.public.kid.as_str(), stays.public.kid.as_str());
        let hand = Hand::begin(by, &config, RETIRE_SCOPES).await?;
        let mut steps = hand.removing(&hand.standing().await?, kids.0, kids.1)?;
        let what = format!("destroy the private key {}; {} stays", kids.0, kids.1);
        steps.push(Step::here(what, false));
        if !by_tenant::agreed(context, by, &steps, "", yes)? {
            return Ok(Exit::Ok);
        }
        hand.remove(kids.0, kids.1).await?;
        // While the old one can still be put back.
        prove(context, &config, kids.1).await?;
    } else if !yes {
        agreed(old, stays)?;
    }
    // In one step the name has the key that stays, and the old one has no name any more.
    let (from, to) = (&second.file, &first.file);
    let gone = if signs_second {
        std::fs::rename(from, to)
    } else {
        std::fs::remove_file(from)
    };
    gone.map_err(|error| Stop::Say(Exit::CannotCreate, format!("{}: {error}", from.display())))?;
    crash::point("retire.destroyed");
    let only = read(to)?;
    let retired = Some(old.public.kid.clone());
    finish(context, &config, &only, retired, by.operator.tenant).await
}

/// One key in the configuration, and the daemon has it.
async fn finish(
    context: &Context,
    config: &Config,
    only: &Key,
    retired: Option<String>,
    by_tenant: bool,
) -> Result<Exit, Stop> {
    let kid = only.public.kid.as_str();
    // The key stays named: a service that is restarted late has the old one in its first place.
    put_in_force(context, config, &[only.file.as_path()], kid, (kid, 1)).await?;
    let report = Report {
        retired_kid: retired,
        signs: kid.to_owned(),
        file: only.file.clone(),
    };
    if context.json {
        return Ok(context.print_json(&report));
    }
    if by_tenant {
        return Ok(context.print(&format!(
            "Retired, here and in the tenant. {kid} signs, from {}.\n",
            shown(&report.file)
        )));
    }
    let old = report.retired_kid.as_deref().unwrap_or("the other one");
    Ok(context.print(&format!(
        "Retired. {kid} signs, from {}.\nNow remove {old} in your tenant (Applications > Applications > {}): \
         first from the\nprivileged access of Token Vault and from Private Key JWT, then under Credentials.\n",
        shown(&report.file),
        config.auth0.client_id,
    )))
}

fn shown(path: &Path) -> String {
    crate::cli::untrusted::line(&path.display().to_string())
}

/// A daemon that has not taken the new key yet signs with the old one.
async fn in_use_is(config: &Config, kid: &str) -> Result<(), Stop> {
    match in_force(config).await? {
        Some((signs, _)) if signs != kid => Err(Stop::Say(
            Exit::TryLater,
            format!(
                "the running bountyd still signs with {signs}; run `bountyd keys rotate`, or restart it"
            ),
        )),
        _ => Ok(()),
    }
}

/// Waits for what is signed by the old key and not answered yet.
async fn none_under_way(config: &Config, kid: &str) -> Result<(), Stop> {
    let end = SystemClock.monotonic().saturating_add(PATIENCE);
    loop {
        let ledger = match read_ledger(config).await {
            Ok(ledger) => ledger,
            // Nothing was ever signed where there is no journal.
            Err(Stop::Say(Exit::Unavailable, _)) => return Ok(()),
            Err(stop) => return Err(stop),
        };
        let uses: Result<_, LedgerError> = ledger.key_uses().await;
        ledger.close().await;
        let under_way = uses?
            .iter()
            .find(|used| used.kid == kid)
            .map_or(0, |used| used.under_way);
        if under_way == 0 {
            return Ok(());
        }
        if SystemClock.monotonic() >= end {
            return Err(Stop::Say(
                Exit::TryLater,
                format!("{under_way} exchanges signed by it are still under way; try again"),
            ));
        }
        SystemClock
            .sleep_until(SystemClock.monotonic().saturating_add(GLANCE))
            .await;
    }
}

/// It cannot be taken back, so a person says it at a terminal.
fn agreed(old: &Key, stays: &Key) -> Result<(), Stop> {
    let mut terminal = terminal::open()?;
    eprintln!(
        "This destroys the private key {}.\nThe one that stays is {}.",
        old.public.kid, stays.public.kid
    );
    terminal::forget_typed(&terminal);
    let code = terminal::code(&OsEntropy);
    match terminal::confirm(&mut terminal, "destroy it", &code) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Stop::Say(
            Exit::Failure,
            "that is not the code; nothing was changed".to_owned(),
        )),
        Err(error) => Err(Stop::Say(
            Exit::Failure,
            format!("the terminal: {error}; nothing was changed"),
        )),
    }
}
