//! Named points at which a test may have the process die, as by `kill -9`.
//!
//! Exactly-once is a promise about every instant. The story tests run the shipped binary and end it
//! at each of these points in turn; without the hidden flag, and with any real service in the
//! configuration, they do nothing.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Every point on the way of a claim, in the order of the flow.
pub const POINTS: &[&str] = &[
    "scan.page",
    "judge.before",
    "judge.after",
    "card.before",
    "card.sent",
    "card.recorded",
    "tap.before",
    "tap.recorded",
    "claim.before",
    "claim.begun",
    "claim.posted",
    "claim.done",
    "withdraw.begun",
    "withdraw.posted",
    "withdraw.done",
];

/// Every point on the way of a patch, in the order of the flow.
pub const PATCH_POINTS: &[&str] = &[
    "job.begun",
    "job.made",
    "submit.before",
    "fork.begun",
    "fork.made",
    "branch.begun",
    "branch.made",
    "commit.begun",
    "commit.made",
    "pull.begun",
    "pull.made",
    "pull.recorded",
    "close.begun",
    "close.made",
    "delete.begun",
    "delete.made",
];

/// Every point on the way of a set-up. The middle ones are passed at each step.
pub const SET_UP_POINTS: &[&str] = &[
    "init.answered",
    "init.begun",
    "init.made",
    "init.config",
    "init.written",
];

/// Every point on the way of a ledger to a newer schema, in the order of the flow.
pub const UPGRADE_POINTS: &[&str] = &[
    "upgrade.before",
    "upgrade.copied",
    "upgrade.kept",
    "upgrade.begun",
    "upgrade.step",
    "upgrade.checked",
    "upgrade.committed",
    "upgrade.done",
];

/// Every point on the way of a change of keys, by the tenant's Management API.
pub const ROTATION_POINTS: &[&str] = &[
    "rotate.made",
    "rotate.registered",
    "rotate.listed",
    "rotate.configured",
    "rotate.proven",
    "rotate.switched",
    "retire.unlisted",
    "retire.deleted",
    "retire.destroyed",
];

/// Every point on the way of what a client wants, in the order of the flow.
pub const REQUEST_POINTS: &[&str] = &["request.begun", "request.posted", "request.done"];

/// Every point on the way of a question to the owner's phone and back, in the order of the flow.
pub const PUSH_POINTS: &[&str] = &["push.begun", "push.sent", "push.heard", "push.recorded"];

struct Plan {
    name: String,
    left: AtomicU32,
}

static PLAN: OnceLock<Plan> = OnceLock::new();

fn is_point(name: &str) -> bool {
    [
        POINTS,
        PATCH_POINTS,
        SET_UP_POINTS,
        UPGRADE_POINTS,
        REQUEST_POINTS,
        ROTATION_POINTS,
        PUSH_POINTS,
    ]
    .iter()
    .any(|points| points.contains(&name))
}

/// Arms one point: the process dies the `nth` time (from 1) it is passed.
///
/// # Errors
/// There is no such point, or the text is not `NAME` or `NAME:NTH`.
pub fn arm(text: &str) -> Result<(), String> {
    let (name, nth) = text.split_once(':').unwrap_or((text, "1"));
    if !is_point(name) {
        return Err(format!(
            "there is no point `{name}`; the points are {}",
            [
                POINTS,
                PATCH_POINTS,
                SET_UP_POINTS,
                UPGRADE_POINTS,
                ROTATION_POINTS
            ]
            .concat()
            .join(", ")
        ));
    }
    let nth = nth.parse::<u32>().ok().filter(|n| *n > 0);
    let left = nth.ok_or_else(|| format!("`{text}`: after the colon stands a number from 1"))?;
    let plan = Plan {
        name: name.to_owned(),
        left: AtomicU32::new(left),
    };
    PLAN.set(plan)
        .map_err(|_| "a point is armed already".to_owned())
}

/// Passes a point.
pub fn point(name: &'static str) {
    debug_assert!(is_point(name), "{name} is not in the list");
    let Some(plan) = PLAN.get() else { return };
    if plan.name == name && plan.left.fetch_sub(1, Ordering::SeqCst) == 1 {
        let _ =
            rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        // The signal may be delivered a moment later; nothing may happen until then.
        loop {
            std::thread::park();
        }
    }
}
