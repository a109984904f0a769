//! What is said at the end, and when it does not come to that.

use serde::Serialize;
use vault::tenant::TenantError;

use super::Trouble;
use crate::cli::operator;
use crate::cli::session::by_sudo;
use crate::exit::Exit;
use crate::setup::plan::{Action, Plan};

/// The tenant's troubles, as the shell sees them.
pub(super) fn trouble(error: TenantError) -> Trouble {
    Trouble(operator::exit(&error), error.to_string())
}

/// The plan has steps that cannot be done from here.
pub(super) fn stopped(plan: &Plan) -> Trouble {
    listed(
        plan,
        Action::Stop,
        "this has to be put right first; nothing was changed",
    )
}

/// The plan has steps that only the owner's word allows.
pub(super) fn would_overwrite(plan: &Plan) -> Trouble {
    listed(
        plan,
        Action::Overwrite,
        "these are set otherwise in the tenant, and are not overwritten unasked; nothing was changed. Say --overwrite, or use other applications (--name)",
    )
}

/// The tenant has stored something else than it was sent.
pub(super) fn not_as_sent(plan: &Plan) -> Trouble {
    let pending: Vec<String> = plan.pending().map(described).collect();
    Trouble(
        Exit::Failure,
        format!(
            "the tenant took all of it, and what it shows now is not what was sent:\n{}\nPut it right in the dashboard (`bountyd init --manual` says where), and run this again",
            pending.join("\n")
        ),
    )
}

fn listed(plan: &Plan, action: Action, what: &str) -> Trouble {
    let steps: Vec<String> = plan
        .steps
        .iter()
        .filter(|step| step.action == action)
        .map(described)
        .collect();
    Trouble(Exit::Config, format!("{what}:\n{}", steps.join("\n")))
}

fn described(step: &crate::setup::plan::Step) -> String {
    let mut said = format!("  {}", step.object);
    for difference in &step.differences {
        said += &format!(
            "\n    {}: is {}, should be {}",
            difference.setting,
            if difference.found.is_empty() {
                "nothing"
            } else {
                &difference.found
            },
            difference.wanted
        );
    }
    said
}

/// The end, for a program.
#[derive(Serialize)]
pub(super) struct Done<'a> {
    pub(super) plan: &'a Plan,
    /// Whether anything was changed in the tenant.
    pub(super) changed: bool,
    pub(super) client_id: &'a str,
    pub(super) login_client_id: &'a str,
    pub(super) configuration: &'a std::path::Path,
    /// Whether the configuration was written.
    pub(super) written: bool,
    /// What `check` leaves with.
    pub(super) check: u8,
    pub(super) next: Vec<String>,
}

/// The commands that come next. With the service's configuration, where systemd runs, the service is started then.
pub(super) fn next(
    config: Option<&std::path::Path>,
    scopes: Option<&str>,
    service: bool,
) -> Vec<String> {
    let with = config.map_or_else(String::new, |path| format!(" --config {}", path.display()));
    let scopes = scopes.map_or_else(String::new, |scopes| format!(" --scope {scopes}"));
    let mut commands = vec![
        format!("bountyd{with} connect github{scopes}"),
        format!("bountyd{with} telegram pair"),
        format!("bountyd{with} doctor"),
    ];
    if service {
        commands.push("systemctl enable --now bountyd".to_owned());
    }
    commands.iter().map(|command| by_sudo(command)).collect()
}
