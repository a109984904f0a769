//! The ledger from the outside in: its file, its schema, its pages, and the chain of its journal.

use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use super::check::Check;
use super::finding::Finding;
use super::mend::Mend;
use super::place::cannot_see;
use super::report::Report;
use crate::ledger::guise::{give_back, stray};
use crate::ledger::journal::Verdict;
use crate::ledger::{Ledger, LedgerError, in_full};

/// A write-ahead log that has grown so far is not folded in any more by itself, or soon will not be.
const LARGE_LOG: u64 = 64 * 1024 * 1024;

/// The ledger's file as it lies there; `None` if it can be opened.
#[must_use]
pub(super) fn file(path: &Path) -> Option<Finding> {
    let check = Check::LedgerOpen;
    let lock = path.with_extension("lock");
    if let Some(finding) = [path, &lock].into_iter().find_map(left_by_another) {
        return Some(finding);
    }
    match std::fs::File::open(path).and_then(|file| file.metadata()) {
        Ok(found) if found.is_file() => None,
        Ok(_) => Some(Finding::failure(
            check,
            format!("{} is no file", path.display()),
            "move away what is there; bountyd makes a ledger of its own",
        )),
        Err(error) if error.kind() == ErrorKind::NotFound => Some(Finding::ok(
            check,
            format!(
                "{}: none yet, it is made when it is first needed",
                path.display()
            ),
        )),
        Err(error) => Some(cannot_see(check, path, &error)),
    }
}

/// A file that is not his whose the directory is: one that root left there shuts the service out.
fn left_by_another(path: &Path) -> Option<Finding> {
    let owner = path.parent()?.metadata().ok()?.uid();
    let found = path.symlink_metadata().ok()?;
    // In a directory of root's, such as /tmp, it may be anybody's.
    let why = (owner != 0).then(|| stray(&found, owner)).flatten()?;
    Some(Finding::failure(
        Check::LedgerOpen,
        format!("{}: {why}", path.display()),
        give_back(path, owner),
    ))
}

/// A directory of another user's is no place to make a ledger in: he could not write it.
#[must_use]
pub(super) fn somebody_elses(directory: &Path) -> Option<Finding> {
    let owner = directory.metadata().ok()?.uid();
    let us = rustix::process::geteuid().as_raw();
    (owner != us).then(|| Finding {
        remedy: Some("start the service once: it makes its ledger".to_owned()),
        link: Some("systemctl start bountyd".to_owned()),
        ..Finding::not_tried(
            Check::LedgerOpen,
            format!(
                "there is no ledger yet, and {} belongs to user id {owner}",
                directory.display()
            ),
        )
    })
}

/// Why a ledger cannot be opened.
#[must_use]
pub(super) fn shut(error: &LedgerError) -> Finding {
    let check = Check::LedgerOpen;
    let remedy = match error {
        LedgerError::Newer { .. } => {
            "install the newer bountyd again, or restore the backup that was made before the upgrade"
        }
        LedgerError::Busy { .. } => {
            "close the other program that holds it, such as a database browser"
        }
        LedgerError::Full { .. } => "free some room on the disk of the ledger",
        _ => "restore it from a backup, or move it away and bountyd starts a new one",
    };
    Finding::failure(check, in_full(error), remedy)
}

/// Looks at an open ledger, as deep as it goes.
pub(super) async fn look(report: &mut Report, ledger: &Ledger) {
    report.put(opened(ledger));
    if report.may(Check::LedgerIntegrity) {
        report.put(integrity(ledger).await);
    }
    if report.may(Check::JournalChain) {
        report.put(match ledger.verify_journal().await {
            Ok(verdict) => chain(&verdict),
            Err(error) => Finding::failure(
                Check::JournalChain,
                in_full(&error),
                "restore the ledger from a backup",
            ),
        });
    }
}

/// There is no ledger to look into.
pub(super) fn none(report: &mut Report) {
    for check in [Check::LedgerIntegrity, Check::JournalChain] {
        report.put(Finding::not_applicable(check, "there is no ledger yet"));
    }
}

fn opened(ledger: &Ledger) -> Finding {
    let check = Check::LedgerOpen;
    let path = ledger.path();
    let shown = path.display();
    let (found, known) = ledger.schema();
    let size = |path: &Path| path.metadata().map_or(0, |found| found.len());
    if found < known {
        return Finding::warning(
            check,
            format!("{shown} has schema {found}, this version has {known}"),
            "start this version once: it brings the ledger up to date; until then the exchange is not tried",
        );
    }
    if let Ok(meta) = path.metadata() {
        let mode = meta.permissions().mode() & 0o7777;
        if mode & 0o022 != 0 {
            return Finding::failure(
                check,
                format!("{shown} has mode {mode:04o}: others may change what bountyd remembers"),
                format!("close it: chmod 600 {shown}"),
            )
            .link("bountyd doctor --fix")
            .mend(Mend::LedgerModes);
        }
        if mode & 0o044 != 0 {
            return Finding::warning(
                check,
                format!("{shown} has mode {mode:04o}: others may read it"),
                format!("close it: chmod 600 {shown}"),
            )
            .link("bountyd doctor --fix")
            .mend(Mend::LedgerModes);
        }
        let us = rustix::process::geteuid().as_raw();
        if us != 0 && meta.uid() != us {
            return Finding {
                remedy: Some("run this as that user, or with sudo".to_owned()),
                ..Finding::not_tried(check, format!("{shown} belongs to user id {}", meta.uid()))
            };
        }
    }
    let log = size(&path.with_extension("db-wal"));
    if log > LARGE_LOG {
        return Finding::warning(
            check,
            format!("{shown}: the write-ahead log has grown to {} MiB", log >> 20),
            "fold it in with `bountyd doctor --fix`; a program that holds the ledger open for reading keeps it from shrinking",
        )
        .link("bountyd doctor --fix")
        .mend(Mend::Checkpoint);
    }
    Finding::ok(
        check,
        format!("{shown}, schema {found}, {} KiB", size(path) >> 10),
    )
}

async fn integrity(ledger: &Ledger) -> Finding {
    let check = Check::LedgerIntegrity;
    let remedy = "stop bountyd and restore the ledger from a backup; what it says is in `bountyd journal verify`";
    match ledger.integrity().await {
        Ok(None) => Finding::ok(check, "all pages hold together"),
        Ok(Some(wrong)) => {
            let words: String = wrong.split_whitespace().collect::<Vec<_>>().join(" ");
            Finding::failure(check, words.chars().take(300).collect::<String>(), remedy)
        }
        Err(error) => Finding::failure(check, in_full(&error), remedy),
    }
}

fn chain(verdict: &Verdict) -> Finding {
    let check = Check::JournalChain;
    match &verdict.broken {
        None => Finding::ok(
            check,
            format!("{} entries hold together", verdict.rows),
        ),
        Some((row, why)) => Finding::failure(
            check,
            format!("row {row}: {why}"),
            "something other than bountyd has changed the ledger: see who may write it, and restore a \
             backup; or, if you know what it was, `bountyd resume`",
        )
        .link("bountyd journal verify"),
    }
}
