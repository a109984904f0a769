//! Why another attempt is made for an open pull request, and what its agent is told.

use crate::bounty::facts::Association;
use crate::github::work::{Activity, CheckState, Mergeable, SaidKind, Verdict};

/// Words of others that an agent is told, at most.
const MOST: usize = 12;

/// Why there is another attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Why {
    /// The owner is asked about what comes of it, for this reason.
    pub(super) asks: Option<&'static str>,
}

/// Whether something is wanted of the pull request that an agent can try.
pub(super) fn why(activity: &Activity) -> Option<Why> {
    if wants_changes(activity) {
        // A maintainer is answered with the owner's consent only.
        let asks = Some("a maintainer wants changes, and this is the answer");
        return Some(Why { asks });
    }
    let failed = activity.checks.state == CheckState::Failed;
    (failed || conflicts(activity)).then_some(Why { asks: None })
}

/// It cannot be merged any more as it is: what is tried next is tried on the base as it is now.
pub(super) fn conflicts(activity: &Activity) -> bool {
    activity.pull.mergeable == Mergeable::Conflicts
}

fn wants_changes(activity: &Activity) -> bool {
    verdict(activity) == Some(Verdict::ChangesRequested)
}

/// What those who belong there last decided.
pub(super) fn verdict(activity: &Activity) -> Option<Verdict> {
    let verdicts = activity
        .said
        .iter()
        .rev()
        .filter_map(|said| match said.kind {
            SaidKind::Review { verdict, .. } if belongs(said.association) => Some(verdict),
            _ => None,
        });
    let mut decisive = verdicts.filter(|verdict| *verdict != Verdict::Commented);
    decisive.next()
}

fn belongs(association: Association) -> bool {
    matches!(
        association,
        Association::Owner | Association::Member | Association::Collaborator
    )
}

/// What an agent is told of it: others' words, as data.
pub(super) fn criteria(activity: &Activity) -> Vec<String> {
    let conflict = conflicts(activity).then(|| {
        "An earlier change for this conflicts with what others changed since, and is not in this tree: make it \
         anew on the code as it is now."
            .to_owned()
    });
    let checks = activity.checks.failed.iter().map(|check| {
        format!(
            "The check `{}` must pass ({}). It says: {}",
            check.name, check.how, check.summary
        )
    });
    let said = activity.said.iter().filter_map(|said| {
        if !belongs(said.association) || said.body.trim().is_empty() {
            return None;
        }
        match &said.kind {
            SaidKind::Review {
                verdict: Verdict::ChangesRequested | Verdict::Commented,
                ..
            } => Some(format!("A maintainer reviewed it: {}", said.body)),
            SaidKind::Line {
                path,
                line,
                resolved: false,
                ..
            } => {
                let at = line.map(|line| format!(":{line}")).unwrap_or_default();
                Some(format!("A maintainer remarks on {path}{at}: {}", said.body))
            }
            _ => None,
        }
    });
    conflict
        .into_iter()
        .chain(checks)
        .chain(said)
        .take(MOST)
        .collect()
}
