//! Does what the plan says, one step after the other; each is written down before it is done, and what it
//! did is read back before the next.

use std::collections::BTreeSet;

use vault::EnteredSecret;
use vault::tenant::{
    ApplicationBody, Authentication, ClientGrant, Management, NewApi, NewConnection, NewGrant,
    SubjectType, TenantError,
};

use super::gather::{self, Ids};
use super::report::trouble;
use super::state::State;
use super::{Trouble, worker};
use crate::crash;
use crate::exit::Exit;
use crate::setup::found::Found;
use crate::setup::plan::{Action, Part, Plan};
use crate::setup::wanted::{ACCOUNT_SCOPES, MARK, Wanted};

/// The hand that does it.
pub(super) struct Apply<'a> {
    pub(super) management: &'a Management,
    pub(super) wanted: &'a mut Wanted,
    pub(super) state: &'a mut State,
    pub(super) ids: &'a Ids,
    /// The secret of the owner's application at GitHub, where the plan needs it.
    pub(super) github_secret: Option<EnteredSecret>,
    /// Says what is being done.
    pub(super) say: &'a dyn Fn(&str),
}

impl Apply<'_> {
    /// Goes on until nothing of what was agreed on is left, and gives the tenant as it then is.
    pub(super) async fn run(&mut self, mut found: Found) -> Result<(Found, Plan), Trouble> {
        let mut tried = BTreeSet::new();
        loop {
            let plan = self.plan(&found);
            let next = plan.pending().find(|step| !tried.contains(&step.part));
            let Some(step) = next else {
                break;
            };
            if matches!(step.action, Action::Stop) {
                return Err(super::report::not_as_sent(&plan));
            }
            (self.say)(&format!("{} …", step.object));
            let (part, action) = (step.part, step.action);
            self.one(part, action, &found).await?;
            crash::point("init.made");
            tried.insert(part);
            gather::again(self.management, self.wanted, self.ids, part, &mut found)
                .await
                .map_err(trouble)?;
        }
        // All of it once more: what was stored may be something else than what was sent.
        let found = gather::all(self.management, self.wanted, self.ids)
            .await
            .map_err(trouble)?;
        let plan = self.plan(&found);
        Ok((found, plan))
    }

    fn plan(&self, found: &Found) -> Plan {
        Plan::make(
            self.wanted,
            found,
            super::session::known(self.state, self.wanted, found),
        )
    }

    async fn one(&mut self, part: Part, action: Action, found: &Found) -> Result<(), Trouble> {
        match (part, action) {
            (Part::Key, _) => self.key().await,
            (Part::Worker, Action::Create) => worker::create(self).await,
            (Part::Worker, _) => worker::change(self, found).await,
            (Part::Authentication, _) => worker::authenticate(self, found).await,
            (Part::Login, Action::Create) => {
                self.state.begin(part)?;
                let made = self.create_login().await;
                self.made(part, made)
            }
            (Part::Login, _) => self.change_login(found).await.map_err(trouble),
            (Part::Connection, Action::Create) => {
                // Before it counts as begun.
                self.secret()?;
                self.state.begin(part)?;
                let made = self.create_connection().await?;
                self.made(part, made)
            }
            (Part::Connection, _) => self.change_connection(found).await,
            (Part::Enabling, _) => self.enable(found).await.map_err(trouble),
            (Part::OwnersLogin, _) => self.enable_owners(found).await.map_err(trouble),
            (Part::MyAccount, _) => self.activate_my_account().await.map_err(trouble),
            (Part::Grant, _) => self.grant(found).await.map_err(trouble),
        }
    }

    /// What came of making an object that was begun: one that the tenant refused is none of this run's. Where the
    /// answer was lost it may be.
    pub(super) fn made<T>(
        &mut self,
        part: Part,
        made: Result<T, TenantError>,
    ) -> Result<T, Trouble> {
        if made.as_ref().is_err_and(TenantError::is_refusal) {
            self.state.refused(part)?;
        }
        made.map_err(trouble)
    }

    async fn key(&mut self) -> Result<(), Trouble> {
        let path = self.wanted.key.clone();
        if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            crate::daemon::make_directory(parent, 0o700)
                .map_err(|error| Trouble(Exit::CannotCreate, error.to_string()))?;
        }
        let bits = 3072;
        let made = tokio::task::spawn_blocking(move || vault::generate_key(&path, bits))
            .await
            .map_err(|error| Trouble(Exit::Failure, error.to_string()))?;
        let key = made.map_err(|error| Trouble(Exit::CannotCreate, error.to_string()))?;
        self.wanted.kid = Some(key.kid);
        Ok(())
    }

    async fn create_login(&self) -> Result<(), TenantError> {
        let body = ApplicationBody {
            name: Some(self.wanted.login_name()),
            app_type: Some("native"),
            is_first_party: Some(true),
            oidc_conformant: Some(true),
            authentication: Some(Authentication::Public),
            grant_types: Some(vec!["authorization_code".to_owned()]),
            jwt_alg: Some("RS256"),
            callbacks: Some(self.wanted.callbacks.clone()),
            metadata: [(MARK.to_owned(), self.wanted.login_mark())].into(),
            ..ApplicationBody::default()
        };
        self.management.create_application(&body).await.map(drop)
    }

    async fn change_login(&self, found: &Found) -> Result<(), TenantError> {
        let Some(app) = &found.login else {
            return Ok(());
        };
        let body = ApplicationBody {
            oidc_conformant: Some(true),
            authentication: (app.authentication() != Some(Authentication::Public))
                .then_some(Authentication::Public),
            grant_types: Some(worker::with(
                &app.grant_types,
                &["authorization_code".to_owned()],
            )),
            callbacks: Some(worker::with(&app.callbacks, &self.wanted.callbacks)),
            ..ApplicationBody::default()
        };
        self.management
            .change_application(&app.client_id, &body)
            .await
    }

    /// The secret that was asked for before anything was done.
    fn secret(&self) -> Result<&EnteredSecret, Trouble> {
        self.github_secret.as_ref().ok_or_else(|| {
            Trouble(
                Exit::Usage,
                "the client secret of your application at GitHub is needed: name a file with --github-secret-file".to_owned(),
            )
        })
    }

    async fn create_connection(&self) -> Result<Result<(), TenantError>, Trouble> {
        let new = NewConnection {
            name: &self.wanted.connection,
            strategy: "github",
            client_id: self.wanted.github_client_id.as_deref().unwrap_or_default(),
            scopes: &self.wanted.scopes,
            login: self.wanted.user_id.starts_with("github|"),
        };
        let made = self
            .management
            .create_connection(&new, self.secret()?)
            .await;
        Ok(made.map(drop))
    }

    async fn change_connection(&self, found: &Found) -> Result<(), Trouble> {
        let Some(connection) = &found.connection else {
            return Ok(());
        };
        if let Some(id) = &self.wanted.github_client_id
            && connection.provider_client_id() != Some(id)
        {
            self.management
                .set_provider(&connection.id, id, self.secret()?, &self.wanted.scopes)
                .await
                .map_err(trouble)?;
        }
        if !connection.for_token_vault() {
            self.management
                .activate_token_vault(&connection.id)
                .await
                .map_err(trouble)?;
        }
        Ok(())
    }

    async fn enable(&self, found: &Found) -> Result<(), TenantError> {
        let Some(connection) = &found.connection else {
            return Ok(());
        };
        let ids: Vec<String> = [&found.worker, &found.login]
            .into_iter()
            .flatten()
            .map(|app| app.client_id.clone())
            .filter(|id| !found.enabled.contains(id))
            .collect();
        self.management.enable_clients(&connection.id, &ids).await
    }

    async fn enable_owners(&self, found: &Found) -> Result<(), TenantError> {
        let (Some((connection, _)), Some(app)) = (&found.login_connection, &found.login) else {
            return Ok(());
        };
        let ids = [app.client_id.clone()];
        self.management.enable_clients(&connection.id, &ids).await
    }

    async fn activate_my_account(&self) -> Result<(), TenantError> {
        let identifier = self.wanted.my_account();
        let new = NewApi {
            identifier: &identifier,
            name: "Auth0 My Account API",
            scopes: &ACCOUNT_SCOPES,
        };
        self.management.create_api(&new).await
    }

    async fn grant(&self, found: &Found) -> Result<(), TenantError> {
        let Some(app) = &found.login else {
            return Ok(());
        };
        let audience = self.wanted.my_account();
        let for_people = |grant: &&ClientGrant| grant.subject_type == SubjectType::User;
        if let Some(grant) = found.grants.iter().find(for_people) {
            let scopes = worker::with(&grant.scope, &ACCOUNT_SCOPES.map(ToOwned::to_owned));
            return self
                .management
                .change_client_grant(&grant.id, &scopes)
                .await;
        }
        let new = NewGrant {
            client_id: &app.client_id,
            audience: &audience,
            scopes: &ACCOUNT_SCOPES,
        };
        self.management.create_client_grant(&new).await.map(drop)
    }
}
