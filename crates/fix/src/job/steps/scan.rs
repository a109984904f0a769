//! What the owner's scanners say of the change, before the gate judges it.

use std::path::PathBuf;
use std::sync::Arc;

use gate::sarif::{self, ToolFailed};
use gate::scans::{Report, Scan};
use gate::tree::Tree;

use super::agent::Candidate;
use super::fetch::Base;
use crate::finished::{End, Finished};
use crate::job::error::{Halt, JobError};
use crate::job::outcome::NoFix;
use crate::job::progress::Progress;
use crate::job::record;
use crate::job::work::{Work, off_thread};
use crate::run;
use crate::scanners::{OURS, SETTINGS, Scanner, TREE, changed};
use crate::untrusted;
use crate::walk::export;

/// How much of what a scanner complained of is kept.
const COMPLAINT: usize = 160;

/// Asks every scanner that cares. What they found before the change, too, is not the change's.
pub(super) async fn all(
    work: &mut Work<'_>,
    base: &Base,
    candidate: &Candidate,
) -> Result<Vec<Scan>, Halt> {
    let mut scans = Vec::new();
    if work.parts.scanners.is_empty() {
        return Ok(scans);
    }
    let (before, after) = (Arc::clone(&base.tree), Arc::clone(&candidate.tree));
    let (old, new) =
        off_thread(move || (changed(&before, &after), changed(&after, &before))).await?;
    let (old, new) = (Arc::new(old), Arc::new(new));
    for scanner in work.parts.scanners.clone() {
        if !scanner.cares(new.entries.keys().map(Vec::as_slice)) {
            continue;
        }
        work.saw(Progress::Scanning {
            tool: scanner.name.clone(),
        });
        // What git cannot store is not written to a box either.
        let said = match &candidate.id {
            Ok(_) => look(work, &scanner, &new).await?,
            Err(why) => Err(ToolFailed::NotRun(why.to_string())),
        };
        let found = said.as_ref().is_ok_and(|report| !report.results.is_empty());
        let known = if found {
            look(work, &scanner, &old).await?
        } else {
            Ok(Report::default())
        };
        work.record.scans.push(record::Scanned {
            tool: scanner.name.clone(),
            required: scanner.required,
            results: said.as_ref().ok().map(|report| report.results.len()),
            failed: said.as_ref().err().map(ToString::to_string),
        });
        scans.push(Scan {
            tool: scanner.name,
            required: scanner.required,
            base: known,
            candidate: said,
        });
    }
    Ok(scans)
}

/// Runs a scanner over files, in a box that nothing was in before.
async fn look(
    work: &Work<'_>,
    scanner: &Scanner,
    files: &Arc<Tree>,
) -> Result<Result<Report, ToolFailed>, Halt> {
    work.patience.check().map_err(Halt::no_fix)?;
    let place = work.room.place()?;
    let dir = place.path().join("scan");
    lay_out(dir.clone(), Arc::clone(files)).await?;
    let mut spec = work.parts.scans.spec(scanner.argv.clone(), dir);
    spec.limits.wall = work.patience.at_most(spec.limits.wall);
    let finished = run::to_end(
        &*work.parts.confine,
        &spec,
        b"",
        &*work.parts.clock,
        work.patience.stopped(),
    )
    .await
    .map_err(Halt::of_run)?;
    off_thread(move || place.remove()).await??;
    if finished.end == End::Cancelled {
        return Err(Halt::no_fix(NoFix::Cancelled));
    }
    work.patience.check().map_err(Halt::no_fix)?;
    Ok(off_thread(move || report(&finished)).await?)
}

/// The files, and our settings beside them.
async fn lay_out(dir: PathBuf, files: Arc<Tree>) -> Result<(), JobError> {
    off_thread(move || {
        let room = |path: &std::path::Path, source| JobError::Room {
            path: path.to_owned(),
            source,
        };
        let ours = dir.join(OURS);
        // Whoever removes the place removes this.
        for new in [&dir, &ours] {
            std::fs::create_dir(new).map_err(|source| room(new, source))?;
        }
        for (name, text) in SETTINGS {
            let path = ours.join(name);
            std::fs::write(&path, text).map_err(|source| room(&path, source))?;
        }
        export(&files, &dir.join(TREE))?;
        Ok(())
    })
    .await?
}

/// What it said. How it left says nothing: some leave with 1 when they find something, some do not.
fn report(finished: &Finished) -> Result<Report, ToolFailed> {
    let failed = |why: &str| {
        let last = String::from_utf8_lossy(&finished.stderr);
        let last = last.lines().rfind(|line| !line.trim().is_empty());
        let last = last.map(|line| untrusted::one_line(line, COMPLAINT));
        Err(ToolFailed::NotRun(match last {
            Some(last) => format!("{why}: {last}"),
            None => why.to_owned(),
        }))
    };
    match finished.end {
        End::Code(_) if finished.stdout.is_empty() => failed("it printed nothing"),
        End::Code(_) if finished.cut => failed("it printed more than is kept"),
        End::Code(_) => match sarif::read(&finished.stdout) {
            Err(ToolFailed::Form(why)) => failed(&format!("it printed no SARIF ({why})")),
            read => read.map(in_repository),
        },
        end => failed(&record::Ending::from(end).to_string()),
    }
}

/// With the paths as the repository has them: most scanners name files as seen from where they started.
fn in_repository(mut report: Report) -> Report {
    for result in &mut report.results {
        let inside = result.path.strip_prefix(TREE);
        if let Some(inside) = inside.and_then(|path| path.strip_prefix('/')) {
            result.path = inside.to_owned();
        }
    }
    report
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn finished(end: End, stdout: &str, stderr: &str) -> Finished {
        Finished {
            end,
            cut: false,
            stdout: stdout.as_bytes().to_vec(),
            stderr: stderr.as_bytes().to_vec(),
            took: Duration::ZERO,
        }
    }

    #[test]
    fn what_is_no_whole_report_is_a_failure_with_its_reason() {
        let why = |finished| report(&finished).expect_err("a failure").to_string();
        let silent = finished(End::Code(127), "", "x\nsh: bandit: not found\n\n");
        insta::assert_snapshot!(why(silent), @"it did not run: it printed nothing: sh: bandit: not found; see whether it is in the box (fix.programs, fix.tools)");
        let garbled = finished(End::Code(0), "all good", "");
        assert!(why(garbled).contains("it printed no SARIF"));
        let late = finished(
            End::OutOfTime,
            r#"{"version":"2.1.0","runs":[{"results":[]}]}"#,
            "",
        );
        assert!(why(late).starts_with("it did not run: "));
        let cut = Finished {
            cut: true,
            ..finished(
                End::Code(0),
                r#"{"version":"2.1.0","runs":[{"results":[]}]}"#,
                "",
            )
        };
        assert!(why(cut).contains("more than is kept"));
    }

    #[test]
    fn paths_are_those_of_the_repository() {
        let found = |uri: &str| {
            let text = format!(
                r#"{{"version":"2.1.0","runs":[{{"results":[{{"ruleId":"r","message":{{"text":"m"}},"locations":[{{"physicalLocation":{{"artifactLocation":{{"uri":"{uri}"}}}}}}]}}]}}]}}"#
            );
            let report = report(&finished(End::Code(1), &text, "")).expect("a report");
            report.results[0].path.clone()
        };
        assert_eq!(found("tree/.github/a.py"), ".github/a.py");
        assert_eq!(found("./tree/a.py"), "a.py");
        assert_eq!(found("tree/tree/a.py"), "tree/a.py");
        assert_eq!(found("trees/a.py"), "trees/a.py");
        assert_eq!(found("src/tree/a.py"), "src/tree/a.py");
    }

    #[test]
    fn a_report_counts_whatever_code_it_left_with() {
        let text = r#"{"version":"2.1.0","runs":[{"results":[]}]}"#;
        for code in [0, 1] {
            assert_eq!(
                report(&finished(End::Code(code), text, "")),
                Ok(Report::default())
            );
        }
    }
}
