//! The whole way, from the command line to the words at the end.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use vault::ConnectOptions;
use vault::tenant::{Management, SET_UP_SCOPES, Tenant, TenantAddress};

use super::allowed::no_secret;
use super::apply::Apply;
use super::ask::Left;
use super::files::{Present, public, secret_missing};
use super::gather::{self, Ids};
use super::report::{self, trouble};
use super::state::{State, said};
use super::{Init, Trouble, ask, questions};
use crate::cli::Context;
use crate::cli::untrusted::block;
use crate::cli::wrap::{wrap, wrap_lines};
use crate::clock::SystemClock;
use crate::crash;
use crate::exit::Exit;
use crate::setup::answers::Answers;
use crate::setup::found::Found;
use crate::setup::plan::{Action, Known, Plan};
use crate::setup::show::{manual, terminal, terraform};
use crate::setup::wanted::Wanted;

/// What a plan has to know beside the tenant.
pub(super) fn known(state: &State, wanted: &Wanted, found: &Found) -> Known {
    state.known(secret_missing(&wanted.client_secret_file), |part| {
        found.may_be_made_by_us(part, wanted)
    })
}

/// Everything that is known before the tenant is looked at.
pub(super) struct Start<'a> {
    pub(super) init: Init,
    pub(super) context: &'a Context,
    pub(super) present: Present,
    pub(super) state: State,
    pub(super) answers: Answers,
}

pub(super) async fn run(mut init: Init, context: &Context) -> Result<Exit, Trouble> {
    let present = Present::read(context)?;
    let (directory, mode) = place(context, &present)?;
    let state = State::open((&directory, mode), init.fresh)?;
    let from_file = match &init.answers {
        None => Answers::default(),
        Some(path) => read_answers(path)?,
    };
    let given = std::mem::take(&mut init.given).into_answers();
    let answers = given
        .or(from_file)
        .or(state.kept.answers.clone())
        .or(present.answers());
    let start = Start {
        init,
        context,
        present,
        state,
        answers,
    };
    start.allowed()?;
    if start.init.manual || start.init.terraform {
        return start.by_hand();
    }
    start.with_the_tenant().await
}

fn read_answers(path: &Path) -> Result<Answers, Trouble> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Trouble(Exit::NoInput, format!("{}: {error}", path.display())))?;
    toml::from_str(&text)
        .map_err(|error| Trouble(Exit::Usage, format!("{}: {error}", path.display())))
}

/// Where what is left for the next run lies, and the mode of a directory that has to be made for it: beside the
/// ledger; for the system's configuration beside that, since there the ledger's directory is the service's own.
fn place(context: &Context, present: &Present) -> Result<(PathBuf, u32), Trouble> {
    if context.environment.is_the_systems(&present.path) {
        let path = std::path::absolute(&present.path).unwrap_or_else(|_| present.path.clone());
        return Ok((path.parent().unwrap_or(&path).to_owned(), 0o755));
    }
    if let Some(config) = &present.config {
        return Ok((config.state_directory.clone(), 0o700));
    }
    context
        .environment
        .default_state_directory(&present.path)
        .map(|directory| (directory, 0o700))
        .ok_or_else(|| {
            Trouble(
                Exit::Config,
                "there is no place for what an interrupted run leaves: set HOME or XDG_STATE_HOME"
                    .to_owned(),
            )
        })
}

impl Start<'_> {
    fn wanted(&self) -> Result<Wanted, Trouble> {
        let places = self.present.places(&self.context.environment);
        let mut wanted = Wanted::from_answers(&self.answers, &places, ConnectOptions::PORTS)
            .map_err(|wrong| Trouble(Exit::Usage, wrong.to_string()))?;
        wanted.kid = public(&wanted.key)?.map(|key| key.kid);
        Ok(wanted)
    }

    /// Words only: nothing is read of the tenant, and nothing sent.
    fn by_hand(mut self) -> Result<Exit, Trouble> {
        // It does not matter to the steps who the owner is.
        self.answers.user_id = self.answers.user_id.take().or(Some("github|0".to_owned()));
        let wanted = self.wanted()?;
        let pem = public(&wanted.key)?.map(|key| key.pem);
        let text = if self.init.terraform {
            terraform::file(&wanted, pem.as_deref())
        } else {
            manual::steps(&wanted, pem.as_deref())
        };
        Ok(self.context.print(&block(&text)))
    }

    /// Nobody is asked.
    pub(super) fn alone(&self) -> bool {
        // A plan is for scripts, too.
        self.init.yes || (self.init.plan && ask::possible().is_err())
    }

    fn keep(&mut self) -> Result<(), Trouble> {
        if self.init.plan {
            return Ok(());
        }
        // What was typed since the beginning.
        no_secret(&self.answers)?;
        self.state.kept.answers = self.answers.clone();
        self.state.save()?;
        crash::point("init.answered");
        Ok(())
    }

    async fn with_the_tenant(mut self) -> Result<Exit, Trouble> {
        if !self.alone() {
            ask::possible()?;
            self.welcome();
        }
        if self.state.resumed {
            eprintln!(
                "Going on with the answers of last time (--fresh forgets them): {}",
                block(&said(&self.state.kept.answers)?)
            );
        }
        let tenant = self.tenant().await?;
        let token = self.token(&tenant).await?;
        let management = Management::new(tenant, token).map_err(trouble)?;
        let missing = management.missing_scopes(SET_UP_SCOPES);
        if !missing.is_empty() {
            return Err(Trouble(
                Exit::NotAllowed,
                format!(
                    "the management token lacks the scopes {}; get one that has them all (`bountyd init --help` lists them)",
                    missing.join(" ")
                ),
            ));
        }
        if !self.alone() {
            self.ask_the_rest(&management).await?;
        }
        let mut wanted = self.wanted()?;
        let ids = self.ids();
        let found = gather::all(&management, &wanted, &ids)
            .await
            .map_err(trouble)?;
        let plan = Plan::make(&wanted, &found, known(&self.state, &wanted, &found));
        let text = wrap_lines(&block(&terminal::plan(&plan, &wanted)));
        if self.init.plan {
            return Ok(if self.context.json {
                self.context.print_json(&plan)
            } else {
                self.context.print(&text)
            });
        }
        eprint!("\n{text}");
        self.agree(&plan)?;
        let changed = !plan.is_done();
        let (found, plan) = if changed {
            self.keep()?;
            self.apply(&management, &mut wanted, &ids, found, &plan)
                .await?
        } else {
            (found, plan)
        };
        self.finish(&wanted, &found, &plan, changed)
    }

    fn welcome(&self) {
        eprint!(
            "{}",
            wrap(
                "",
                "Sets up your Auth0 tenant for bountyd. Nothing is changed before you have seen the plan. Enter takes the default, Esc goes back, Ctrl-C leaves; `bountyd init` goes on where you left."
            )
        );
    }

    /// Applications that were named, on the command line or in the configuration.
    fn ids(&self) -> Ids {
        let named = self.present.ids();
        Ids {
            worker: self.answers.worker_client_id.clone().or(named.worker),
            login: self.answers.login_client_id.clone().or(named.login),
        }
    }

    async fn tenant(&mut self) -> Result<Tenant, Trouble> {
        loop {
            let asked = self.answers.domain.is_none();
            if !self.alone() {
                questions::tenant(&mut self.answers).map_err(gone)?;
            }
            let Some(domain) = self.answers.domain.clone() else {
                return Err(Trouble(
                    Exit::Usage,
                    "which tenant? Say --domain acme.eu.auth0.com".to_owned(),
                ));
            };
            let base = self.base(&domain)?;
            if let Some(at) = &self.init.crash_at {
                if base.scheme() != "http" {
                    let why = "--crash-at is for simulators: the tenant must be on this machine";
                    return Err(Trouble(Exit::Usage, why.to_owned()));
                }
                crash::arm(at).map_err(|why| Trouble(Exit::Usage, format!("--crash-at: {why}")))?;
                self.init.crash_at = None;
            }
            let address = TenantAddress {
                allow_insecure_loopback: base.scheme() == "http",
                base: base.clone(),
                user_agent: concat!("bountyd/", env!("CARGO_PKG_VERSION")).to_owned(),
            };
            match Tenant::reach(address, Arc::new(SystemClock)).await {
                Ok(tenant) => {
                    self.state.about(&base);
                    if asked {
                        self.keep()?;
                    }
                    return Ok(tenant);
                }
                // He typed it just now, and may have mistyped it.
                Err(error) if asked && !self.alone() => {
                    eprintln!("\n  {}", block(&error.to_string()));
                    self.answers.domain = None;
                }
                Err(error) => return Err(trouble(error)),
            }
        }
    }

    fn base(&self, domain: &str) -> Result<url::Url, Trouble> {
        let domain = crate::setup::answers::domain(domain)
            .map_err(|wrong| Trouble(Exit::Usage, wrong.to_string()))?;
        match &self.answers.base_url {
            Some(base) => Ok(base.clone()),
            None => url::Url::parse(&format!("https://{domain}/"))
                .map_err(|error| Trouble(Exit::Usage, error.to_string())),
        }
    }

    async fn ask_the_rest(&mut self, management: &Management) -> Result<(), Trouble> {
        let name = self.answers.connection.as_deref().unwrap_or("github");
        let connections = management.connections().await.map_err(trouble)?;
        let github_application = connections
            .iter()
            .any(|c| c.name == name && c.provider_client_id().is_some());
        let users = if self.answers.user_id.is_some() {
            Vec::new()
        } else {
            management.users().await.map_err(trouble)?
        };
        let seen = questions::Seen {
            github_application,
            users,
        };
        let callback = format!("{}login/callback", management.tenant().issuer());
        let mut answers = self.answers.clone();
        let asked = questions::rest(&mut answers, &seen, &callback, &mut |now| {
            self.answers = now.clone();
            self.keep()
        });
        asked.map_err(gone)?;
        self.answers = answers;
        Ok(())
    }

    /// By question or by flag; nothing has been done yet.
    fn agree(&self, plan: &Plan) -> Result<(), Trouble> {
        let has = |action| plan.steps.iter().any(|step| step.action == action);
        if has(Action::Stop) {
            return Err(report::stopped(plan));
        }
        if !self.init.overwrite && has(Action::Overwrite) {
            if self.alone() {
                return Err(report::would_overwrite(plan));
            }
            for step in plan.steps.iter().filter(|s| s.action == Action::Overwrite) {
                let what = crate::cli::untrusted::line(&step.object);
                if !questions::overwrite(&what).map_err(gone)? {
                    return Err(report::would_overwrite(plan));
                }
            }
        }
        if plan.is_done() || self.alone() || questions::agreed().map_err(gone)? {
            return Ok(());
        }
        Err(Trouble(
            Exit::Failure,
            "as you wish: nothing was changed".to_owned(),
        ))
    }

    async fn apply(
        &mut self,
        management: &Management,
        wanted: &mut Wanted,
        ids: &Ids,
        found: Found,
        plan: &Plan,
    ) -> Result<(Found, Plan), Trouble> {
        let github_secret = self.github_secret(plan)?;
        let say = |what: &str| eprintln!("  {}", block(what));
        let mut apply = Apply {
            management,
            wanted,
            state: &mut self.state,
            ids,
            github_secret,
            say: &say,
        };
        let (found, plan) = apply.run(found).await?;
        if plan.is_done() {
            Ok((found, plan))
        } else {
            Err(report::not_as_sent(&plan))
        }
    }
}

/// He went back beyond the first question.
pub(super) fn gone(left: Left) -> Trouble {
    match left {
        Left::Trouble(trouble) => trouble,
        Left::Back => Trouble(
            Exit::Failure,
            "left; nothing was changed, and your answers are kept for the next `bountyd init`"
                .to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Environment;

    #[test]
    fn for_the_systems_configuration_it_lies_beside_that_and_not_where_the_service_may_write() {
        let root = tempfile::tempdir().expect("a directory");
        let at = |name: &str| {
            let path = root.path().join(name);
            let context = Context {
                config_path: Some(path),
                environment: Environment {
                    root: Some(root.path().to_owned()),
                    home: Some(root.path().join("root")),
                    ..Environment::default()
                },
                json: false,
                color: false,
            };
            let present = Present::read(&context).expect("read");
            place(&context, &present).expect("a place")
        };
        // Whether it is there already, with a state directory, or not yet.
        for written in [false, true] {
            let etc = root.path().join("etc/bountyd");
            assert_eq!(at("etc/bountyd/bountyd.toml"), (etc.clone(), 0o755));
            let own = root.path().join("root/.local/state/bountyd");
            assert_eq!(at("root/bountyd.toml"), (own, 0o700));
            if !written {
                std::fs::create_dir_all(&etc).expect("made");
                let text = "[auth0]\ndomain = \"acme.eu.auth0.com\"\nclient_id = \"c\"\nuser_id = \"github|1\"\n";
                std::fs::write(etc.join("bountyd.toml"), text).expect("written");
            }
        }
    }
}
