//! `bountyd keys rotate`: a new key signs, without a call that fails. Each step can be repeated, and the
//! next one begins where the last one ended.

use std::io::{BufRead as _, BufReader, Write as _};

use serde::Serialize;
use vault::tenant::ROTATE_SCOPES;

use super::by_tenant::{ByTenant, Hand, Step, agreed};
use super::desk::{Key, files, how_to_register, in_force, prove, put_in_force, read, successor};
use crate::cli::Context;
use crate::cli::session::Stop;
use crate::cli::terminal;
use crate::config::Config;
use crate::crash;
use crate::exit::Exit;

/// What is not done at once.
const LATER: &str = "The old key stays registered. When you have seen a day go by, `bountyd keys retire --tenant` waits until\n\
                     nothing is signed by it, takes it out of the tenant, and destroys it.\n";

/// What was done, for a program.
#[derive(Serialize)]
struct Report {
    /// `registration_needed`, `rotated`, or `already_rotated`.
    state: &'static str,
    old_kid: String,
    new_kid: String,
    new_file: std::path::PathBuf,
    /// The new key's public half.
    pem: String,
}

pub(super) async fn run(
    context: &Context,
    bits: usize,
    by: &ByTenant,
    yes: bool,
) -> Result<Exit, Stop> {
    vault::harden()
        .map_err(|e| Stop::Say(Exit::Failure, format!("cannot protect this process: {e}")))?;
    let config = context.config()?;
    by.arm(&config)?;
    let (old, found) = match files(&config)? {
        [old] => {
            let file = successor(old);
            let made = file.exists().then(|| read(&file)).transpose()?;
            (read(old)?, made)
        }
        [old, new] => (read(old)?, Some(read(new)?)),
        _ => {
            return Err(Stop::Say(
                Exit::Config,
                "more than two keys are listed under [auth0] keys".to_owned(),
            ));
        }
    };
    let switched = found
        .as_ref()
        .is_some_and(|new| config.auth0.signing_key.as_ref() == Some(&new.public.kid));
    let hand = if by.operator.tenant && !switched {
        let hand = Hand::begin(by, &config, ROTATE_SCOPES).await?;
        let steps = planned(&config, &hand, &old, found.as_ref(), bits).await?;
        if !agreed(context, by, &steps, LATER, yes)? {
            return Ok(Exit::Ok);
        }
        Some(hand)
    } else {
        None
    };
    let new = match found {
        Some(new) => new,
        None => made(&old, bits)?,
    };
    crash::point("rotate.made");
    // Before the daemon is to know it: what a restart is needed for comes last.
    if let Some(hand) = &hand {
        hand.add(&old.public.kid, &new.public).await?;
    }
    let both = [old.file.as_path(), new.file.as_path()];
    if config.auth0.keys.len() == 1 {
        eprintln!("Both keys are listed in the configuration now; the old one signs.");
        let kid = old.public.kid.as_str();
        put_in_force(context, &config, &both, kid, (kid, 2)).await?;
        crash::point("rotate.configured");
    }
    let config = context.config()?;
    let signs = config.auth0.signing_key.clone();
    let report = |state| Report {
        state,
        old_kid: old.public.kid.clone(),
        new_kid: new.public.kid.clone(),
        new_file: new.file.clone(),
        pem: new.public.pem.clone(),
    };
    if signs.as_deref() == Some(&new.public.kid) {
        // Perhaps the last run changed the configuration, and the daemon was to be restarted.
        let kid = new.public.kid.as_str();
        put_in_force(context, &config, &both, kid, (kid, 2)).await?;
        return Ok(done(context, &report("already_rotated")));
    }
    let loaded = in_force(&config).await?;
    if loaded.is_some_and(|(_, kids)| !kids.contains(&new.public.kid)) {
        let kid = old.public.kid.as_str();
        put_in_force(context, &config, &both, kid, (kid, 2)).await?;
    }
    let proved = prove(context, &config, &new.public.kid).await;
    // A tenant that cannot be reached, or has no connection, says nothing about the key.
    if let (Err(Stop::Say(Exit::Config, why)), None) = (&proved, &hand) {
        eprintln!(
            "The tenant does not take the new key yet ({}).\n",
            crate::cli::untrusted::line(why)
        );
        eprintln!("{}", new.public.pem.trim_end());
        eprintln!("\n{}", how_to_register(&config, &new, &old.public.kid));
        if !waited() {
            let report = report("registration_needed");
            if context.json {
                let _ = context.print_json(&report);
            }
            return Err(Stop::Say(
                Exit::TryLater,
                "nothing has changed for the tenant: the old key signs. When the new one is registered, run \
                 `bountyd keys rotate` again"
                    .to_owned(),
            ));
        }
        prove(context, &config, &new.public.kid).await?;
    } else {
        proved?;
    }
    eprintln!("The tenant took an exchange signed by the new key.");
    crash::point("rotate.proven");
    let kid = new.public.kid.as_str();
    put_in_force(context, &config, &both, kid, (kid, 2)).await?;
    crash::point("rotate.switched");
    Ok(done(context, &report("rotated")))
}

/// What is shown before anything is done.
async fn planned(
    config: &Config,
    hand: &Hand,
    old: &Key,
    new: Option<&Key>,
    bits: usize,
) -> Result<Vec<Step>, Stop> {
    let file = successor(&old.file);
    let mut steps = vec![Step::here(
        format!("make a new key of {bits} bits in {}", file.display()),
        new.is_some(),
    )];
    let kid = new.map(|new| new.public.kid.as_str());
    let standing = hand.standing().await?;
    steps.extend(hand.adding(&standing, &old.public.kid, kid)?);
    steps.push(Step::here(
        format!("list both keys in {}", config.path.display()),
        config.auth0.keys.len() > 1,
    ));
    steps.push(Step::here(
        "have one exchange signed by the new key; it does not sign before that has gone well",
        false,
    ));
    steps.push(Step::here("let the new key sign", false));
    Ok(steps)
}

/// The successor, which belongs to whom the old one belongs to.
fn made(old: &Key, bits: usize) -> Result<Key, Stop> {
    let file = successor(&old.file);
    eprintln!("Making a new key in {} …", file.display());
    vault::generate_key_like(&file, bits, &old.file)
        .map_err(|error| Stop::Say(super::exit(&error), error.to_string()))?;
    read(&file)
}

/// Waits for Enter at the terminal; without one nobody waits.
fn waited() -> bool {
    let Ok(mut terminal) = terminal::open() else {
        return false;
    };
    terminal::forget_typed(&terminal);
    let asked = write!(
        terminal,
        "Press Enter when it is registered (Ctrl-C: later): "
    )
    .and_then(|()| terminal.flush());
    let mut line = String::new();
    asked.is_ok() && matches!(BufReader::new(&terminal).read_line(&mut line), Ok(1..))
}

fn done(context: &Context, report: &Report) -> Exit {
    if context.json {
        return context.print_json(report);
    }
    context.print(&format!(
        "The new key signs ({}).\nThe old one is still registered, in case. Retire it when you have seen a \
         day go by:\n  `bountyd keys retire`, or with --tenant there as well\n",
        report.new_kid
    ))
}
