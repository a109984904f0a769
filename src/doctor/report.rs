//! All findings of one examination, and which of them comes first.

use serde::Serialize;

use super::check::{ALL, Check};
use super::finding::{Finding, Verdict};
use crate::exit::Exit;

/// The findings so far.
#[derive(Clone, Debug, Default)]
pub struct Report {
    findings: Vec<Finding>,
}

/// A finding for a program.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Line<'a> {
    /// What it is about, for people.
    title: &'static str,
    /// What is looked at before it.
    depends_on: &'static [Check],
    #[serde(flatten)]
    finding: &'a Finding,
}

/// The whole for a program.
#[derive(Clone, Debug, Serialize)]
pub struct Shown<'a> {
    /// Nothing fails and nothing warns.
    ok: bool,
    /// The worst verdict.
    worst: Verdict,
    /// What to mend first.
    first: Option<Check>,
    /// All checks, in the order of dependency.
    checks: Vec<Line<'a>>,
}

impl Report {
    /// Adds a finding, in the place of an earlier one of the same check.
    pub fn put(&mut self, finding: Finding) {
        self.findings.retain(|known| known.check != finding.check);
        self.findings.push(finding);
    }

    /// Adds several.
    pub fn put_all(&mut self, findings: impl IntoIterator<Item = Finding>) {
        for finding in findings {
            self.put(finding);
        }
    }

    /// What was found by this check, if it was made.
    #[must_use]
    pub fn of(&self, check: Check) -> Option<&Finding> {
        self.findings.iter().find(|known| known.check == check)
    }

    /// What keeps `check` from being worth a look: a failure among what it depends on, or what that
    /// was not tried for itself.
    #[must_use]
    pub fn cause(&self, check: Check) -> Option<Check> {
        check.depends_on().iter().find_map(|needed| {
            let Some(finding) = self.of(*needed) else {
                // Not made yet, or not to be made: what keeps it from being made keeps this, too.
                return self.cause(*needed);
            };
            match finding.verdict {
                Verdict::Failure => Some(*needed),
                Verdict::NotTried => Some(finding.because.unwrap_or(*needed)),
                Verdict::Ok | Verdict::Warning | Verdict::NotApplicable => None,
            }
        })
    }

    /// Whether `check` is worth a look; if not, that is its finding.
    pub fn may(&mut self, check: Check) -> bool {
        match self.cause(check) {
            None => true,
            Some(cause) => {
                self.put(Finding::blocked(check, cause));
                false
            }
        }
    }

    /// Every check that nobody made is one that was not tried.
    #[must_use]
    pub fn whole(mut self) -> Self {
        for check in ALL {
            if self.of(check).is_none() {
                let cause = self.cause(check);
                self.put(match cause {
                    Some(cause) => Finding::blocked(check, cause),
                    None => Finding::not_tried(check, "not looked at"),
                });
            }
        }
        self.findings.sort_by_key(|finding| finding.check);
        self
    }

    /// The findings, in the order of dependency once the report is [`Report::whole`].
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The worst there is.
    #[must_use]
    pub fn worst(&self) -> Verdict {
        let verdicts = self.findings.iter().map(|finding| finding.verdict);
        let worst = verdicts.max().unwrap_or(Verdict::Ok);
        match worst {
            Verdict::Warning | Verdict::Failure => worst,
            _ => Verdict::Ok,
        }
    }

    /// What to mend first: the first failure in the order of dependency, else the first warning.
    #[must_use]
    pub fn first(&self) -> Option<&Finding> {
        let of = |verdict| {
            let found = self.findings.iter().filter(|f| f.verdict == verdict);
            found.min_by_key(|finding| finding.check)
        };
        of(Verdict::Failure).or_else(|| of(Verdict::Warning))
    }

    /// The code to leave with: that of the first failure; else whether something could not be looked at
    /// from here. Warnings are no failure.
    #[must_use]
    pub fn exit(&self) -> Exit {
        let unseen = |f: &Finding| f.verdict == Verdict::NotTried && f.because.is_none();
        match self.first() {
            Some(first) if first.verdict == Verdict::Failure => first.check.exit(),
            _ if self.findings.iter().any(unseen) => Exit::NoInput,
            _ => Exit::Ok,
        }
    }

    /// The whole for a program.
    #[must_use]
    pub fn shown(&self) -> Shown<'_> {
        Shown {
            ok: self.worst() == Verdict::Ok,
            worst: self.worst(),
            first: self.first().map(|first| first.check),
            checks: self
                .findings
                .iter()
                .map(|finding| Line {
                    title: finding.check.title(),
                    depends_on: finding.check.depends_on(),
                    finding,
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_failure_in_the_order_of_dependency_comes_first() {
        let mut report = Report::default();
        report.put(Finding::warning(Check::Config, "odd", "look"));
        report.put(Finding::failure(Check::TelegramBot, "gone", "make one"));
        report.put(Finding::failure(Check::KeyFile, "gone", "make one"));
        assert!(!report.may(Check::Exchange));
        assert!(!report.may(Check::GithubAccount));
        assert!(!report.may(Check::GithubBudget));
        let report = report.whole();
        assert_eq!(report.first().map(|f| f.check), Some(Check::KeyFile));
        assert_eq!(report.exit(), Exit::Config);
        let budget = report.of(Check::GithubBudget).expect("made");
        assert_eq!(budget.because, Some(Check::KeyFile), "the cause itself");
        assert_eq!(report.findings().len(), ALL.len());
    }

    #[test]
    fn what_was_not_made_stands_in_the_way_with_its_own_cause() {
        let mut report = Report::default();
        report.put(Finding::failure(Check::TenantReachable, "no name", "see"));
        assert_eq!(report.cause(Check::Exchange), Some(Check::TenantReachable));
        assert_eq!(report.cause(Check::TelegramBot), None);
    }

    #[test]
    fn warnings_come_first_where_nothing_fails_and_leave_with_0() {
        let mut report = Report::default();
        report.put(Finding::ok(Check::Config, "fine"));
        report.put(Finding::not_applicable(Check::ServiceUnit, "no systemd"));
        assert_eq!((report.worst(), report.exit()), (Verdict::Ok, Exit::Ok));
        assert!(report.first().is_none());
        report.put(Finding::warning(Check::GithubToken, "an App", "look"));
        assert_eq!(report.worst(), Verdict::Warning);
        assert_eq!(report.first().map(|f| f.check), Some(Check::GithubToken));
        assert_eq!(report.exit(), Exit::Ok);
        report.put(Finding::ok(Check::GithubToken, "mended"));
        assert!(report.first().is_none(), "a later finding stands for it");
    }
}
