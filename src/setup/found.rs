//! The tenant as it is, as far as this is about it.

use vault::tenant::{Api, Application, ClientGrant, Connection, Credential, TenantUser};

use super::plan::Part;
use super::wanted::{MARK, Wanted};

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The worker.
    pub worker: Option<Application>,
    /// Its keys.
    pub keys: Vec<Credential>,
    /// The login application.
    pub login: Option<Application>,
    /// Applications of the wanted names that do not carry our mark and were not named by the owner.
    pub namesakes: Vec<Application>,
    /// The connection that leads to GitHub.
    pub connection: Option<Connection>,
    /// The applications it is on for.
    pub enabled: Vec<String>,
    /// The My Account API.
    pub my_account: Option<Api>,
    /// What the login application may ask of it.
    pub grants: Vec<ClientGrant>,
    /// The owner.
    pub user: Option<TenantUser>,
    /// The connection he logs in by, and the applications it is on for.
    pub login_connection: Option<(Connection, Vec<String>)>,
    /// Whether every login takes a second factor; `None`: not to be seen.
    pub mfa_always: Option<bool>,
}

impl Found {
    /// Whether what was found of `part` can be what a run of ours made: an application then carries our mark.
    /// Nothing tells connections apart.
    #[must_use]
    pub fn may_be_made_by_us(&self, part: Part, wanted: &Wanted) -> bool {
        let carries = |app: &Option<Application>, mark: String| {
            app.as_ref()
                .is_none_or(|app| app.client_metadata.get(MARK) == Some(&mark))
        };
        match part {
            Part::Worker => carries(&self.worker, wanted.worker_mark()),
            Part::Login => carries(&self.login, wanted.login_mark()),
            _ => true,
        }
    }
}

/// Which of the tenant's applications are ours.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ours {
    /// The worker.
    pub worker: Option<Application>,
    /// The login application.
    pub login: Option<Application>,
    /// Others of the same names.
    pub namesakes: Vec<Application>,
}

/// Finds our two applications: by the id the owner gave, else by our mark. Names are for people.
#[must_use]
pub fn ours(
    all: Vec<Application>,
    wanted: &Wanted,
    worker_id: Option<&str>,
    login_id: Option<&str>,
) -> Ours {
    let mut ours = Ours::default();
    let is = |app: &Application, id: Option<&str>, mark: &str| match id {
        Some(id) => app.client_id == id,
        None => app.client_metadata.get(MARK).is_some_and(|m| m == mark),
    };
    let (worker_mark, login_mark) = (wanted.worker_mark(), wanted.login_mark());
    let login_name = wanted.login_name();
    for app in all {
        if ours.worker.is_none() && is(&app, worker_id, &worker_mark) {
            ours.worker = Some(app);
        } else if ours.login.is_none() && is(&app, login_id, &login_mark) {
            ours.login = Some(app);
        } else if app.name == wanted.name || app.name == login_name {
            ours.namesakes.push(app);
        }
    }
    ours
}
