//! Whether the jail stands on this machine: each part by itself, so that a refusal names what is
//! missing, and then one whole box that looks at itself from inside.

mod causes;
mod orphans;
mod parts;
mod trial;

use std::path::Path;

use crate::cgroup;
use crate::etc::Etc;
use crate::jail::Parts;
use crate::layout::Host;
use crate::refusal::{Part, Refusal};
use crate::report::Report;
use crate::settings::{LimitsMode, Settings};

/// In the order in which a person would mend it. Boxes of daemons that are gone are ended.
pub(crate) fn probe(settings: &Settings) -> Result<(Parts, Report), Refusal> {
    parts::not_root()?;
    let version = parts::bubblewrap(&settings.bwrap)?;
    parts::user_namespaces(&settings.bwrap)?;
    parts::landlock(settings.landlock_minimum)?;
    parts::seccomp()?;
    let cgroup = match &settings.limits {
        LimitsMode::Cgroup { root } => Some(cgroup::Root::open(root)?),
        LimitsMode::RlimitOnly => None,
    };
    let etc = Etc::write(&settings.state).map_err(|e| {
        Refusal::new(
            Part::State,
            format!("{}: {e}", settings.state.display()),
            "Give the sandbox a directory of its own that only this user may write",
        )
    })?;
    parts::init(&settings.init)?;
    let parts = Parts {
        settings: settings.clone(),
        etc,
        host: Host::look(),
        cgroup,
    };
    orphans::end(settings);
    let inside = trial::run(&parts)?;
    if let Some(fault) = inside.fault(settings.landlock_minimum) {
        return Err(Refusal::new(
            Part::Trial,
            format!("in a trial box, {fault}"),
            "This should not be; report it with the kernel's version",
        ));
    }
    let report = Report::new(version, inside, &settings.limits);
    Ok((parts, report))
}

/// A file of the kernel's, without the end of its line.
fn kernel(path: &str) -> Option<String> {
    let text = std::fs::read_to_string(Path::new(path)).ok()?;
    Some(text.trim().to_owned())
}
