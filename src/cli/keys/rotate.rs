//! `bountyd keys rotate`: a new key signs, without a call that fails. Each step can be repeated, and the
//! next one begins where the last one ended.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use serde::Serialize;

use super::desk::{Key, files, how_to_register, in_force, prove, put_in_force, read, successor};
use crate::cli::Context;
use crate::cli::session::Stop;
use crate::cli::terminal;
use crate::exit::Exit;

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

pub(super) async fn run(context: &Context, bits: usize) -> Result<Exit, Stop> {
    vault::harden()
        .map_err(|e| Stop::Say(Exit::Failure, format!("cannot protect this process: {e}")))?;
    let config = context.config()?;
    let (old, new) = match files(&config)? {
        [old] => {
            let old = read(old)?;
            let new = made(&old, bits)?;
            eprintln!("Both keys are listed in the configuration now; the old one signs.");
            let both = [old.file.as_path(), new.file.as_path()];
            let kid = old.public.kid.as_str();
            put_in_force(context, &config, &both, kid, (kid, 2)).await?;
            (old, new)
        }
        [old, new] => (read(old)?, read(new)?),
        _ => {
            return Err(Stop::Say(
                Exit::Config,
                "more than two keys are listed under [auth0] keys".to_owned(),
            ));
        }
    };
    let config = context.config()?;
    let signs = config.auth0.signing_key.clone();
    let report = |state| Report {
        state,
        old_kid: old.public.kid.clone(),
        new_kid: new.public.kid.clone(),
        new_file: new.file.clone(),
        pem: new.public.pem.clone(),
    };
    let both = [old.file.as_path(), new.file.as_path()];
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
    if let Err(Stop::Say(Exit::Config, why)) = &proved {
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
    let kid = new.public.kid.as_str();
    put_in_force(context, &config, &both, kid, (kid, 2)).await?;
    Ok(done(context, &report("rotated")))
}

/// The successor, made unless an earlier run did; it belongs to whom the old one belongs to.
fn made(old: &Key, bits: usize) -> Result<Key, Stop> {
    let file = successor(&old.file);
    if !file.exists() {
        eprintln!("Making a new key in {} …", file.display());
        vault::generate_key(&file, bits)
            .map_err(|error| Stop::Say(super::exit(&error), error.to_string()))?;
        give_to_owner_of(&old.file, &file).map_err(|error| {
            let why = format!("{}: {error}", file.display());
            Stop::Say(Exit::CannotCreate, why)
        })?;
    }
    read(&file)
}

/// What root makes for somebody else is theirs.
fn give_to_owner_of(old: &Path, new: &Path) -> std::io::Result<()> {
    let (old, ours) = (std::fs::metadata(old)?, std::fs::metadata(new)?);
    if (old.uid(), old.gid()) != (ours.uid(), ours.gid()) {
        std::os::unix::fs::chown(new, Some(old.uid()), Some(old.gid()))?;
    }
    Ok(())
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
         day go by:\n  `bountyd keys retire`\n",
        report.new_kid
    ))
}
