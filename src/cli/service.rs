//! `bountyd service`: the units, on a machine without the package.

use std::path::{Path, PathBuf};
use std::process::Command;

use clap::{Args, Subcommand};
use serde_json::json;

use super::Context;
use crate::exit::Exit;
use crate::ledger::in_full;
use crate::service::{self, ENABLED, Found, ServiceError, Stands};

/// Put the systemd units in place, take them away, or show how they stand
///
/// For machines without the Debian package. `install` and `uninstall` say what they will do; with `--dry-run`
/// they do only that. Your configuration, the ledger and the keys are never changed and never removed.
#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub(super) struct Service {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Write the units and the users they need, and a configuration if there is none; what differs stays
    Install(Install),
    /// Stop the units and remove them; what you changed in them is left and named
    Uninstall(Where),
    /// Show which units are in place, and whether they run
    Status(Root),
}

#[derive(Debug, Args)]
struct Root {
    /// Another root directory, such as that of an image; nothing is started or stopped then
    #[arg(long, value_name = "DIRECTORY", default_value = "/")]
    root: PathBuf,
}

#[derive(Debug, Args)]
struct Where {
    #[command(flatten)]
    root: Root,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
struct Install {
    #[command(flatten)]
    at: Where,
    /// Put this version's in the place of what differs, an earlier version's or changed by you, and keep that as
    /// *.before
    #[arg(long)]
    replace: bool,
}

impl Service {
    pub(super) fn run(self, context: &Context) -> Exit {
        let done = match &self.what {
            What::Install(how) => install(context, how),
            What::Uninstall(at) => uninstall(context, &at.root.root, at.dry_run),
            What::Status(at) => status(context, at),
        };
        done.unwrap_or_else(|error| {
            let exit = match &error {
                ServiceError::NoSystemd
                | ServiceError::FromPackage(_)
                | ServiceError::Differs(_)
                | ServiceError::OutOfReach(_) => Exit::Config,
                ServiceError::File { source, .. }
                    if source.kind() == std::io::ErrorKind::PermissionDenied =>
                {
                    Exit::NotAllowed
                }
                ServiceError::File { .. } => Exit::CannotCreate,
            };
            context.fail(exit, &in_full(&error))
        })
    }
}

/// The program itself. In an image it is where the units expect it.
fn binary(root: &Path) -> Result<PathBuf, ServiceError> {
    if root != Path::new("/") {
        return Ok(PathBuf::from("/usr/bin/bountyd"));
    }
    std::env::current_exe().map_err(|source| ServiceError::File {
        what: "finding",
        path: PathBuf::from("bountyd"),
        source,
    })
}

fn named(paths: &[PathBuf]) -> String {
    paths
        .iter()
        .map(|path| format!("  {}\n", path.display()))
        .collect()
}

fn install(context: &Context, how: &Install) -> Result<Exit, ServiceError> {
    let (root, dry_run) = (how.at.root.root.as_path(), how.at.dry_run);
    let binary = binary(root)?;
    service::permitted(root, &binary)?;
    let files = service::look(root, &binary)?;
    let to_write: Vec<&Found> = files
        .iter()
        .filter(|f| matches!(f.stands, Stands::Missing | Stands::Differs))
        .collect();
    if dry_run {
        let lines: String = to_write
            .iter()
            .map(|f| {
                let path = f.path.display();
                match (f.stands, how.replace) {
                    (Stands::Differs, true) => {
                        format!("replace {path}, and keep what is there as {path}.before\n")
                    }
                    (Stands::Differs, false) => {
                        format!("leave {path}, which differs: --replace replaces it\n")
                    }
                    _ => format!("write {path}\n"),
                }
            })
            .collect();
        let text = if lines.is_empty() {
            "nothing is to be done\n".to_owned()
        } else {
            lines
        };
        return Ok(context.print(&text));
    }
    let (written, kept) = service::write(&files, how.replace)?;
    let live = root == Path::new("/");
    if live && !written.is_empty() {
        for words in [&["systemd-sysusers"][..], &["systemctl", "daemon-reload"]] {
            if let Err(why) = told(words) {
                return Ok(context.fail(Exit::Failure, &why));
            }
        }
    }
    if context.json {
        return Ok(context.print_json(&json!({ "written": written, "kept": kept })));
    }
    let what = if written.is_empty() {
        "Everything is in place already.\n".to_owned()
    } else {
        format!("Written:\n{}", named(&written))
    };
    let what = if kept.is_empty() {
        what
    } else {
        format!(
            "{what}What was there is kept, with your changes if you made some:\n{}",
            named(&kept)
        )
    };
    let next = if live {
        "Next: fill in /etc/bountyd/bountyd.toml, `bountyd check`, then `systemctl enable --now bountyd`.\n"
    } else {
        ""
    };
    Ok(context.print(&(what + next)))
}

fn uninstall(context: &Context, root: &Path, dry_run: bool) -> Result<Exit, ServiceError> {
    let binary = binary(root)?;
    service::permitted(root, Path::new("/usr/bin/bountyd"))?;
    let files = service::look(root, &binary)?;
    if dry_run {
        let lines: String = files
            .iter()
            .filter(|f| f.stands == Stands::Same)
            .map(|f| format!("remove {}\n", f.path.display()))
            .collect();
        let text = if lines.is_empty() {
            "nothing is to be done\n".to_owned()
        } else {
            lines
        };
        return Ok(context.print(&text));
    }
    let live = root == Path::new("/");
    if live {
        for unit in ENABLED {
            // One that is not there needs no stopping.
            let _ = told(&["systemctl", "disable", "--now", unit]);
        }
    }
    let (removed, left) = service::remove(&files)?;
    if live && let Err(why) = told(&["systemctl", "daemon-reload"]) {
        return Ok(context.fail(Exit::Failure, &why));
    }
    if context.json {
        return Ok(context.print_json(&json!({ "removed": removed, "left": left })));
    }
    let mut text = if removed.is_empty() {
        "Nothing was there to be removed.\n".to_owned()
    } else {
        format!("Removed:\n{}", named(&removed))
    };
    if !left.is_empty() {
        text += &format!("Left, because it was changed:\n{}", named(&left));
    }
    text += "Your configuration, the ledger and the keys are where they were.\n";
    Ok(context.print(&text))
}

fn status(context: &Context, at: &Root) -> Result<Exit, ServiceError> {
    let files = service::look(&at.root, &binary(&at.root)?)?;
    let live = at.root == Path::new("/") && Path::new("/run/systemd/system").is_dir();
    let units: Vec<(&str, String, String)> = ENABLED
        .into_iter()
        .filter(|_| live)
        .map(|unit| {
            let ask = |verb| said(&["systemctl", verb, unit]);
            (unit, ask("is-enabled"), ask("is-active"))
        })
        .collect();
    if context.json {
        let units: Vec<_> = units
            .iter()
            .map(|(unit, enabled, active)| json!({ "unit": unit, "enabled": enabled, "active": active }))
            .collect();
        return Ok(context.print_json(&json!({ "files": files, "units": units })));
    }
    let mut text = String::new();
    for file in &files {
        let how = match file.stands {
            Stands::Missing => "missing",
            Stands::Same => "in place",
            Stands::Differs => "differs from this version's",
            Stands::Owners => "yours",
        };
        text += &format!("{}: {how}\n", file.path.display());
    }
    for (unit, enabled, active) in &units {
        text += &format!("{unit}: {enabled}, {active}\n");
    }
    Ok(context.print(&text))
}

/// Runs a program of systemd's; what it said if it failed.
fn told(words: &[&str]) -> Result<(), String> {
    let (program, arguments) = words.split_first().unwrap_or((&"true", &[]));
    let output = Command::new(program).args(arguments).output();
    let output = output.map_err(|e| format!("{program} cannot be run: {e}"))?;
    if output.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&output.stderr);
    Err(format!("{} failed: {}", words.join(" "), why.trim()))
}

/// The one word that systemctl answers with.
fn said(words: &[&str]) -> String {
    let (program, arguments) = words.split_first().unwrap_or((&"true", &[]));
    let output = Command::new(program).args(arguments).output();
    output.map_or_else(
        |_| "unknown".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}
