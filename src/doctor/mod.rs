//! The doctor: looks at everything that must be well for bountyd to work, in the order of dependency,
//! and says what to mend first. It changes nothing unless it is told to (`--fix`), and then only what is
//! safe to change.
//!
//! # Layout
//!
//! * `check`, `finding`, `report` – what is checked and in which order, what was found, what comes first
//! * `diagnosis` – which setting the tenant's one answer is about. Pure
//! * `secrets`, `place`, `habits`, `fixing`, `service` – what lies on this machine
//! * `ledger`, `tenant`, `github`, `telegram` – what needs a ledger, a key or the network
//! * `online` – those together, by the daemon or without one
//! * `management`, `facts` – what the tenant's settings show, with a management token of the operator's
//! * `mend` – what `--fix` can do
//! * `daily` – the cheap part, by the daemon itself

mod check;
pub mod daily;
mod diagnosis;
mod facts;
mod finding;
mod fixing;
mod github;
mod habits;
mod ledger;
pub mod management;
pub mod mend;
mod online;
mod place;
mod report;
pub mod secrets;
mod service;
mod telegram;
mod tenant;

#[cfg(test)]
pub(crate) use check::ALL;
pub use check::Check;
pub use finding::{Finding, Verdict};
pub use mend::Mend;
pub use online::{Alone, Held, by_the_daemon};
pub use report::{Report, Shown};

use crate::clock::UnixMillis;
use crate::config::{Config, Environment, Problems, Severity};

/// The configuration's finding: the first complaint about it, or that there is none.
#[must_use]
pub fn configuration(path: &std::path::Path, problems: &Problems) -> Finding {
    let shown = path.display();
    let records = problems.records();
    let worst = records
        .iter()
        .find(|record| record.severity == Severity::Error)
        .or_else(|| records.first());
    let Some(problem) = worst else {
        return Finding::ok(Check::Config, format!("{shown} is complete"));
    };
    let place = problem.line.map(|line| format!(":{line}"));
    let found = format!(
        "{shown}{}: {} ({})",
        place.unwrap_or_default(),
        problem.message,
        problem.reason
    );
    let finding = match problem.severity {
        Severity::Error => Finding::failure(Check::Config, found, problem.remedy.clone()),
        Severity::Warning => Finding::warning(Check::Config, found, problem.remedy.clone()),
    };
    finding.link("bountyd check")
}

/// Looks at what lies on this machine and needs neither ledger nor network.
pub fn on_this_machine(
    report: &mut Report,
    config: &Config,
    environment: &Environment,
    now: UnixMillis,
) {
    report.put_all(secrets::findings(config, environment));
    report.put(place::directory(config));
    if report.may(Check::LedgerDisk) {
        report.put(place::disk(config));
    }
    fixing::look(report, config, environment);
    service::look(report, config, environment);
    report.put(habits::schedule(config, now));
    report.put(habits::rates(config, now));
    for check in check::OF_THE_OPERATOR {
        report.put(Finding::not_applicable(
            check,
            "seen with a management token only: `bountyd doctor --tenant`",
        ));
    }
}
