//! Complaints as they are found.

use std::cell::RefCell;
use std::ops::Range;

use super::diagnostic::{Problem, Severity};

/// Why a value was refused, before its place is known.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) reason: String,
    pub(super) remedy: String,
    /// A part of a string value, in bytes of the string.
    pub(super) part: Option<Range<usize>>,
}

impl Refusal {
    pub(super) fn new(reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            remedy: remedy.into(),
            part: None,
        }
    }
}

/// Where the complaints are collected.
#[derive(Debug, Default)]
pub(super) struct Complaints(RefCell<Vec<Problem>>);

impl Complaints {
    pub(super) fn push(&self, problem: Problem) {
        self.0.borrow_mut().push(problem);
    }

    pub(super) fn error(
        &self,
        span: Option<Range<usize>>,
        message: String,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.push(Problem {
            severity: Severity::Error,
            span,
            message,
            reason: reason.into(),
            remedy: remedy.into(),
        });
    }

    pub(super) fn warning(
        &self,
        span: Option<Range<usize>>,
        message: String,
        reason: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.push(Problem {
            severity: Severity::Warning,
            span,
            message,
            reason: reason.into(),
            remedy: remedy.into(),
        });
    }

    pub(super) fn into_list(self) -> Vec<Problem> {
        self.0.into_inner()
    }
}
