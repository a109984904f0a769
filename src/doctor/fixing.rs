//! What it takes to make patches: the agent, the box, the model's key. Only where `[fix]` is configured.

use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;

use vault::SecretError;

use super::check::Check;
use super::finding::Finding;
use super::place;
use super::report::Report;
use crate::config::{Config, Environment, Fix};
use crate::fixer::fitness::{self, Chosen};

/// Looks at everything.
pub(super) fn look(report: &mut Report, config: &Config, environment: &Environment) {
    report.put(place::disk_for_patches(config));
    let Some(fix) = &config.fix else {
        for check in [Check::FixAgent, Check::FixSandbox, Check::FixModelKey] {
            report.put(Finding::not_applicable(check, "no [fix] is configured"));
        }
        return;
    };
    let chosen = match fitness::chosen(fix) {
        Ok(chosen) => chosen,
        Err(why) => {
            report.put(Finding::failure(
                Check::FixAgent,
                why,
                "correct [fix] agent, or its file of profiles (docs/fixing.md)",
            ));
            report.put(Finding::blocked(Check::FixSandbox, Check::FixAgent));
            report.put(Finding::blocked(Check::FixModelKey, Check::FixAgent));
            return;
        }
    };
    report.put(agent(fix, &chosen));
    report.put(sandbox(config, fix, environment));
    report.put(model_key(config, fix, &chosen));
}

fn agent(fix: &Fix, chosen: &Chosen) -> Finding {
    let check = Check::FixAgent;
    match &chosen.program {
        Some(program) => Finding::ok(check, format!("{} at {}", chosen.name, program.display())),
        None => {
            let places: Vec<String> = fix
                .programs
                .iter()
                .map(|place| place.display().to_string())
                .collect();
            Finding::failure(
                check,
                format!(
                    "{} is not installed: no `{}` in {}",
                    chosen.name,
                    chosen.called,
                    places.join(", ")
                ),
                "install it for the whole machine, or name its directory under fix.programs (a box sees no \
                 home directory)",
            )
            .link("docs/fixing.md")
        }
    }
}

fn sandbox(config: &Config, fix: &Fix, environment: &Environment) -> Finding {
    let check = Check::FixSandbox;
    if let Some(socket) = &fix.socket {
        return behind(check, socket, "bountyd-fixer.socket", "fix.socket");
    }
    if rustix::process::geteuid().is_root() {
        return Finding {
            remedy: Some(
                "run `bountyd doctor`, or `bountyd sandbox check`, as the user who makes patches: root's \
                 boxes would have root's reach"
                    .to_owned(),
            ),
            ..Finding::not_tried(check, "a box is not tried as root")
        };
    }
    let state = environment
        .state_directory
        .as_ref()
        .unwrap_or(&config.state_directory);
    match fitness::try_the_jail(fix, &state.join("doctor-box")) {
        Ok(bubblewrap) => Finding::ok(check, format!("it stands (bubblewrap {bubblewrap})")),
        Err(why) => Finding::failure(
            check,
            why,
            "install or allow what is missing; nothing falls back to less",
        )
        .link("bountyd sandbox check"),
    }
}

/// Something of another user's behind a socket: it tries its own parts, at every order.
fn behind(check: Check, socket: &Path, unit: &str, setting: &str) -> Finding {
    let shown = socket.display();
    match std::fs::symlink_metadata(socket) {
        Ok(found) if found.file_type().is_socket() => Finding::ok(
            check,
            format!("{unit} listens at {shown}, and tries its own parts"),
        ),
        Ok(_) => Finding::failure(
            check,
            format!("{shown} is no socket"),
            format!("correct {setting}, or start {unit}"),
        ),
        Err(error) => Finding::failure(
            check,
            format!("nobody listens at {shown}: {error}"),
            format!("start it: systemctl enable --now {unit}"),
        )
        .link(format!("systemctl enable --now {unit}")),
    }
}

fn model_key(config: &Config, fix: &Fix, chosen: &Chosen) -> Finding {
    let check = Check::FixModelKey;
    if let Some(socket) = &fix.egress_socket {
        return behind(check, socket, "bountyd-egress.socket", "fix.egress_socket");
    }
    let settings = config.egress_settings(rustix::process::geteuid().as_raw());
    let provider = settings
        .providers
        .iter()
        .find(|p| p.name == chosen.provider);
    let Some(provider) = provider else {
        return Finding::failure(
            check,
            format!(
                "{} asks the provider {}, and there is no [egress.providers.{}]",
                chosen.name, chosen.provider, chosen.provider
            ),
            "configure that provider with its key, or name another one with fix.provider",
        )
        .link("docs/fixing.md");
    };
    match provider.credential.probe() {
        Ok(()) => Finding::ok(check, format!("the key for {} is there", provider.name)),
        Err(SecretError::Missing { file: None, .. }) => Finding {
            remedy: Some("name the file with key_file to have it looked at".to_owned()),
            ..Finding::not_tried(
                check,
                format!(
                    "the credential of {} is passed to a service only",
                    provider.name
                ),
            )
        },
        Err(error) => Finding::failure(
            check,
            error.to_string(),
            format!(
                "store the key of {} in its file, mode 0600: `install -m 0600 /dev/stdin FILE`",
                provider.name
            ),
        ),
    }
}
