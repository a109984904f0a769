//! The tenant's part of a change of keys, by its Management API: shown before, done one step after the other, each
//! read back. Whatever it was killed at, what is left to do is read from what stands there.

use std::collections::BTreeSet;

use clap::Args;
use clock::OsEntropy;
use serde::Serialize;
use vault::PublicKey;
use vault::tenant::{ApplicationBody, Authentication, Management};

use crate::cli::operator::{Operator, stop};
use crate::cli::session::Stop;
use crate::cli::{Context, terminal, untrusted};
use crate::config::Config;
use crate::crash;
use crate::exit::Exit;
use crate::setup::rotation::{Change, Hindrance, Standing};

/// How the tenant's part is done, if not by hand.
#[derive(Debug, Args)]
pub(super) struct ByTenant {
    #[command(flatten)]
    pub(super) operator: Operator,
    /// With --tenant: show what would be done, and do nothing
    #[arg(long, requires = "tenant")]
    pub(super) plan: bool,
    /// Die at a named point, as by kill -9; only with every service on this machine
    #[arg(long, hide = true, value_name = "POINT[:NTH]")]
    crash_at: Option<String>,
}

impl ByTenant {
    /// Arms the point at which a test has it die.
    pub(super) fn arm(&self, config: &Config) -> Result<(), Stop> {
        let Some(at) = &self.crash_at else {
            return Ok(());
        };
        if !config.is_simulated() {
            let why = "--crash-at is for simulators: every base URL must be on this machine";
            return Err(Stop::Say(Exit::Usage, why.to_owned()));
        }
        crash::arm(at).map_err(|why| Stop::Say(Exit::Usage, format!("--crash-at: {why}")))
    }
}

/// A step, for people and for programs.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Step {
    /// `here` or `tenant`.
    place: &'static str,
    what: String,
    /// It stands so already.
    done: bool,
}

impl Step {
    pub(super) fn here(what: impl Into<String>, done: bool) -> Self {
        Self {
            place: "here",
            what: what.into(),
            done,
        }
    }

    fn tenant(what: impl Into<String>, done: bool) -> Self {
        Self {
            place: "tenant",
            what: what.into(),
            done,
        }
    }
}

/// The application, and the right to change its keys.
pub(super) struct Hand {
    management: Management,
    client_id: String,
}

impl Hand {
    pub(super) async fn begin(
        by: &ByTenant,
        config: &Config,
        scopes: &[&'static str],
    ) -> Result<Self, Stop> {
        Ok(Self {
            management: by.operator.manage(config, scopes, &[]).await?,
            client_id: config.auth0.client_id.clone(),
        })
    }

    /// What stands in the tenant now.
    pub(super) async fn standing(&self) -> Result<Standing, Stop> {
        let app = self.management.application(&self.client_id).await;
        let keys = self.management.credentials(&self.client_id).await;
        Ok(Standing {
            app: app.map_err(stop)?,
            keys: keys.map_err(stop)?,
        })
    }

    /// The tenant's steps of a rotation.
    pub(super) fn adding(
        &self,
        standing: &Standing,
        old: &str,
        new: Option<&str>,
    ) -> Result<Vec<Step>, Stop> {
        let left = standing.to_add(old, new).map_err(hindered)?;
        let done = |change| !left.contains(&change);
        let mut steps = vec![
            Step::tenant(
                format!(
                    "register its public half with the application {}",
                    self.client_id
                ),
                done(Change::Register),
            ),
            Step::tenant(
                "list it beside the old one in the privileged access of Token Vault; addresses and grants stay",
                done(Change::Privileged),
            ),
        ];
        if by_key(standing) {
            steps.push(Step::tenant(
                "list it beside the old one in Private Key JWT",
                done(Change::Authentication),
            ));
        }
        Ok(steps)
    }

    /// The tenant's steps when a key goes.
    pub(super) fn removing(
        &self,
        standing: &Standing,
        old: &str,
        stays: &str,
    ) -> Result<Vec<Step>, Stop> {
        let left = standing.to_remove(old, stays).map_err(hindered)?;
        let done = |change| !left.contains(&change);
        let mut steps = vec![Step::tenant(
            "take it out of the privileged access of Token Vault; addresses and grants stay",
            done(Change::Privileged),
        )];
        if by_key(standing) {
            steps.push(Step::tenant(
                "take it out of Private Key JWT",
                done(Change::Authentication),
            ));
        }
        steps.push(Step::tenant(
            format!(
                "delete it from the keys of the application {}",
                self.client_id
            ),
            done(Change::Delete),
        ));
        Ok(steps)
    }

    /// Has `new` stand beside `old` wherever that stands.
    pub(super) async fn add(&self, old: &str, new: &PublicKey) -> Result<(), Stop> {
        let mut tried = BTreeSet::new();
        loop {
            let standing = self.standing().await?;
            let left = standing.to_add(old, Some(&new.kid)).map_err(hindered)?;
            let Some(change) = left.first().copied() else {
                return Ok(());
            };
            if !tried.insert(change) {
                return Err(not_as_sent(change));
            }
            if change == Change::Register {
                eprintln!("Registering the new key …");
                let start: String = new.kid.chars().take(8).collect();
                let name = format!("{} {start}", standing.app.name);
                let made = self
                    .management
                    .create_credential(&self.client_id, name.trim(), &new.pem)
                    .await;
                made.map_err(stop)?;
                crash::point("rotate.registered");
            } else {
                let id = standing.id(&new.kid);
                self.change(&standing, change, id, None).await?;
                crash::point("rotate.listed");
            }
        }
    }

    /// Has `old` stand nowhere any more; `stays` signs.
    pub(super) async fn remove(&self, old: &str, stays: &str) -> Result<(), Stop> {
        let mut tried = BTreeSet::new();
        loop {
            let standing = self.standing().await?;
            let left = standing.to_remove(old, stays).map_err(hindered)?;
            let (Some(change), Some(id)) = (left.first().copied(), standing.id(old)) else {
                return Ok(());
            };
            if !tried.insert(change) {
                return Err(not_as_sent(change));
            }
            if change == Change::Delete {
                eprintln!("Deleting the old key in the tenant …");
                let gone = self.management.delete_credential(&self.client_id, id).await;
                gone.map_err(stop)?;
                crash::point("retire.deleted");
            } else {
                self.change(&standing, change, None, Some(id)).await?;
                crash::point("retire.unlisted");
            }
        }
    }

    async fn change(
        &self,
        standing: &Standing,
        change: Change,
        add: Option<&str>,
        remove: Option<&str>,
    ) -> Result<(), Stop> {
        let mut body = ApplicationBody::default();
        if change == Change::Privileged {
            eprintln!("Changing the keys of the privileged access …");
            body.privileged = Some(standing.slot(add, remove));
        } else {
            eprintln!("Changing the keys of Private Key JWT …");
            let ids = standing.proofs(add, remove);
            body.authentication = Some(Authentication::PrivateKeyJwt(ids));
        }
        let changed = self.management.change_application(&self.client_id, &body);
        changed.await.map_err(stop)
    }
}

fn by_key(standing: &Standing) -> bool {
    matches!(
        standing.app.authentication(),
        Some(Authentication::PrivateKeyJwt(_))
    )
}

fn hindered(why: Hindrance) -> Stop {
    Stop::Say(Exit::Config, format!("{why}. Nothing more was changed"))
}

fn not_as_sent(change: Change) -> Stop {
    let what = match change {
        Change::Register => "the new key is not among the application's keys under its thumbprint",
        Change::Privileged => "the privileged access does not hold the keys that were sent",
        Change::Authentication => "Private Key JWT does not hold the keys that were sent",
        Change::Delete => "the old key is still among the application's keys",
    };
    Stop::Say(
        Exit::Failure,
        format!(
            "the tenant took the change, and what it shows now is not what was sent: {what}. No key that signs was \
             taken out; look at the application in the dashboard, and run this again"
        ),
    )
}

/// Shows the steps; says whether they are to be done.
pub(super) fn agreed(
    context: &Context,
    by: &ByTenant,
    steps: &[Step],
    later: &str,
    yes: bool,
) -> Result<bool, Stop> {
    if by.plan {
        let _ = if context.json {
            context.print_json(&steps)
        } else {
            context.print(&shown(steps, later))
        };
        return Ok(false);
    }
    eprint!("{}", shown(steps, later));
    if yes || steps.iter().all(|step| step.done) {
        return Ok(true);
    }
    let mut tty = terminal::open().map_err(|_| {
        Stop::Say(
            Exit::NotAllowed,
            "nobody is at a terminal to agree to this, so nothing was changed; say --yes, or --plan to see it only"
                .to_owned(),
        )
    })?;
    terminal::forget_typed(&tty);
    let code = terminal::code(&OsEntropy);
    match terminal::confirm(&mut tty, "do this", &code) {
        Ok(true) => Ok(true),
        Ok(false) => Err(Stop::Say(
            Exit::Failure,
            "that is not the code; nothing was changed".to_owned(),
        )),
        Err(error) => Err(Stop::Say(
            Exit::Failure,
            format!("the terminal: {error}; nothing was changed"),
        )),
    }
}

fn shown(steps: &[Step], later: &str) -> String {
    let mut text = "What is going to be done:\n".to_owned();
    for (index, step) in steps.iter().enumerate() {
        let done = if step.done { " (done already)" } else { "" };
        text += &format!(
            "  {}. {}: {}{done}\n",
            index + 1,
            step.place,
            untrusted::line(&step.what)
        );
    }
    text + later
}
