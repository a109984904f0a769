//! What machines say of a commit: check runs, statuses, workflow runs.

/// How a check ended, or that it has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckState {
    /// Waits for a machine.
    Queued,
    /// Is running.
    InProgress,
    /// Good.
    Success,
    /// Bad.
    Failure,
    /// Neither.
    Neutral,
    /// Was stopped.
    Cancelled,
    /// Took too long.
    TimedOut,
    /// Was not needed.
    Skipped,
    /// Waits for a maintainer.
    ActionRequired,
}

impl CheckState {
    /// REST's `status`; GraphQL has it in capitals.
    pub(super) fn status(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::InProgress => "in_progress",
            _ => "completed",
        }
    }

    /// REST's `conclusion`; GraphQL has it in capitals.
    pub(super) fn conclusion(self) -> Option<&'static str> {
        Some(match self {
            Self::Queued | Self::InProgress => return None,
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Neutral => "neutral",
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed_out",
            Self::Skipped => "skipped",
            Self::ActionRequired => "action_required",
        })
    }
}

/// A check run.
#[derive(Clone, Debug)]
pub(super) struct CheckRun {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) state: CheckState,
    pub(super) title: Option<String>,
    pub(super) summary: Option<String>,
    pub(super) started_at: i64,
    pub(super) completed_at: Option<i64>,
}

/// A commit status of the older kind.
#[derive(Clone, Debug)]
pub(super) struct Status {
    pub(super) id: u64,
    pub(super) context: String,
    /// `error`, `failure`, `pending` or `success`.
    pub(super) state: String,
    pub(super) description: String,
    pub(super) at: i64,
}

/// A run of a workflow.
#[derive(Clone, Debug)]
pub(super) struct WorkflowRun {
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) state: CheckState,
    pub(super) branch: String,
    pub(super) actor: u64,
    pub(super) at: i64,
}

/// All that was said of one commit.
#[derive(Clone, Debug, Default)]
pub(super) struct Checks {
    pub(super) runs: Vec<CheckRun>,
    pub(super) statuses: Vec<Status>,
    pub(super) workflows: Vec<WorkflowRun>,
}

impl Checks {
    /// REST's combined status: of statuses only, and `pending` where there are none.
    pub(super) fn combined(&self) -> &'static str {
        let any = |state: &str| self.statuses.iter().any(|status| status.state == state);
        if any("failure") || any("error") {
            "failure"
        } else if self.statuses.is_empty() || any("pending") {
            "pending"
        } else {
            "success"
        }
    }

    /// GraphQL's `statusCheckRollup`: of check runs and statuses; nothing where there are none.
    pub(super) fn rollup(&self) -> Option<&'static str> {
        if self.runs.is_empty() && self.statuses.is_empty() {
            return None;
        }
        let runs = || self.runs.iter().map(|run| run.state);
        let status = |state: &str| self.statuses.iter().any(|status| status.state == state);
        let bad = |state: CheckState| {
            matches!(
                state,
                CheckState::Failure
                    | CheckState::Cancelled
                    | CheckState::TimedOut
                    | CheckState::ActionRequired
            )
        };
        Some(if status("error") {
            "ERROR"
        } else if runs().any(bad) || status("failure") {
            "FAILURE"
        } else if runs().any(|state| state.conclusion().is_none()) || status("pending") {
            "PENDING"
        } else {
            "SUCCESS"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_counts_and_nothing_is_no_success() {
        let mut checks = Checks::default();
        assert_eq!((checks.rollup(), checks.combined()), (None, "pending"));
        let run = |state| CheckRun {
            id: 1,
            name: "test".to_owned(),
            state,
            title: None,
            summary: None,
            started_at: 0,
            completed_at: None,
        };
        for (state, rollup) in [
            (CheckState::Skipped, "SUCCESS"),
            (CheckState::InProgress, "PENDING"),
            (CheckState::TimedOut, "FAILURE"),
        ] {
            checks.runs.push(run(state));
            assert_eq!(checks.rollup(), Some(rollup));
        }
        assert_eq!(checks.combined(), "pending", "check runs are no statuses");
    }
}
