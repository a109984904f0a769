//! The tenant is as it is to be: the configuration, the check, and what comes next.

use std::path::Path;

use vault::tenant::Authentication;

use super::report::{self, Done};
use super::session::{Start, gone};
use super::{Trouble, questions};
use crate::cli::Context;
use crate::cli::untrusted::block;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::crash;
use crate::exit::Exit;
use crate::setup::fill::{self, Outcome};
use crate::setup::found::Found;
use crate::setup::plan::Plan;
use crate::setup::wanted::Wanted;

impl Start<'_> {
    /// The tenant is as it is to be: the configuration, the check, and what comes next.
    pub(super) fn finish(
        self,
        wanted: &Wanted,
        found: &Found,
        plan: &Plan,
        changed: bool,
    ) -> Result<Exit, Trouble> {
        let (Some(worker), Some(login)) = (&found.worker, &found.login) else {
            return Err(report::not_as_sent(plan));
        };
        let outcome = Outcome {
            client_id: &worker.client_id,
            login_client_id: &login.client_id,
            by_secret: worker.authentication() == Some(Authentication::ClientSecret),
        };
        let mode = self.answers.mode.as_deref();
        let settings = fill::settings(wanted, &outcome, mode, &self.answers.settings)
            .map_err(|error| Trouble(Exit::Usage, error.to_string()))?;
        let (text, changes) = self.present.filled(&settings)?;
        let written = self.write(&text, &changes)?;
        self.state.forget()?;
        let scopes = self.scopes_to_ask(wanted, found);
        let named = self.context.config_path.as_deref();
        let next = report::next(named, scopes.as_deref(), self.is_for_the_service());
        let checked = Context {
            config_path: Some(self.present.path.clone()),
            ..self.context.clone()
        };
        if self.context.json {
            let done = Done {
                plan,
                changed,
                client_id: outcome.client_id,
                login_client_id: outcome.login_client_id,
                configuration: &self.present.path,
                written,
                check: crate::cli::check::verdict(&checked).code(),
                next,
            };
            return Ok(self.context.print_json(&done));
        }
        let checked = crate::cli::check::Check {}.run(&checked);
        let what = match (changed, written) {
            (false, false) => "Everything was as it should be; nothing was changed.",
            _ => "The tenant is set up.",
        };
        let next = next.join("\n  ");
        let printed = self.context.print(&format!("\n{what} Next:\n  {next}\n"));
        Ok(if checked == Exit::Ok {
            printed
        } else {
            checked
        })
    }

    /// It is the unit's configuration, and systemd runs here, as sd_booted(3) asks.
    fn is_for_the_service(&self) -> bool {
        self.present.path == Path::new("/etc/bountyd/bountyd.toml")
            && Path::new("/run/systemd/system").is_dir()
    }

    /// Asked for when the account is connected, where the connection itself does not ask for them.
    fn scopes_to_ask(&self, wanted: &Wanted, found: &Found) -> Option<String> {
        let has = found.connection.as_ref()?.scopes();
        let missing = wanted.scopes.iter().any(|scope| !has.contains(scope));
        missing.then(|| wanted.scopes.join(" --scope "))
    }

    /// Whether the configuration was written.
    fn write(&self, text: &str, changes: &str) -> Result<bool, Trouble> {
        let path = self.present.path.display();
        if self.present.text.as_deref() == Some(text) {
            return Ok(false);
        }
        Config::parse(
            text,
            &self.present.path,
            &self.context.environment,
            SystemClock.now(),
        )
        .map_err(|problems| {
            eprint!("{}", problems.render(false));
            Trouble(
                Exit::Config,
                format!("{path} was not written: with these settings it could not be used"),
            )
        })?;
        if self.present.config.is_some() {
            eprintln!("\n{path} would become:\n{}", block(changes));
            let agreed = if self.alone() {
                self.init.overwrite
            } else {
                self.init.overwrite || questions::overwrite(&path.to_string()).map_err(gone)?
            };
            if !agreed {
                return Err(Trouble(
                    Exit::Config,
                    format!(
                        "the tenant is set up; {path} was left as it is. Make it say the above, or run this again with --overwrite"
                    ),
                ));
            }
        }
        crash::point("init.config");
        if let Some(backup) = self.present.write(text)? {
            eprintln!("What it was is in {}.", backup.display());
        }
        crash::point("init.written");
        eprintln!("Wrote {path}.");
        Ok(true)
    }
}
