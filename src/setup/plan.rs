//! What is to be made, changed and left, in the order in which it works: a wrong order fails silently
//! (Auth0 docs, "Connected Accounts for Token Vault").

mod applications;
mod connection;
mod proof;
#[cfg(test)]
mod tests;

use serde::Serialize;

pub(crate) use self::applications::our_key;
use super::answers::Wish;
use super::found::Found;
use super::wanted::{ACCOUNT_SCOPES, Wanted};
use vault::tenant::SubjectType;

/// Everything that is to happen to the tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// In order.
    pub steps: Vec<Step>,
    /// What the owner should know, and the plan cannot mend.
    pub warnings: Vec<String>,
}

/// One object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Which object.
    pub part: Part,
    /// What happens to it.
    pub action: Action,
    /// Its name, for people.
    pub object: String,
    /// Why it is needed.
    pub why: &'static str,
    /// What is otherwise than it is to be.
    pub differences: Vec<Difference>,
}

/// The objects, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The private key, on this machine.
    Key,
    /// The application that exchanges.
    Worker,
    /// How it proves itself.
    Authentication,
    /// The application with which the owner logs in.
    Login,
    /// The connection that leads to GitHub.
    Connection,
    /// For which applications it is on.
    Enabling,
    /// The connection by which the owner logs in.
    OwnersLogin,
    /// The API through which accounts are connected.
    MyAccount,
    /// What the login application may ask of it.
    Grant,
}

/// What happens to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is not there.
    Create,
    /// It lacks something, which is added; nothing that is set goes.
    Change,
    /// Something that is set would become something else. Only by the owner's word.
    Overwrite,
    /// It is as it is to be.
    Leave,
    /// It cannot be put right from here; the difference says why.
    Stop,
}

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Its name in the Management API.
    pub setting: &'static str,
    /// As it is.
    pub found: String,
    /// As it is to be.
    pub wanted: String,
    /// Nothing that is set goes.
    pub adds: bool,
}

impl Difference {
    pub(crate) fn adds(setting: &'static str, found: &str, wanted: impl Into<String>) -> Self {
        Self {
            setting,
            found: found.to_owned(),
            wanted: wanted.into(),
            adds: true,
        }
    }

    pub(crate) fn replaces(setting: &'static str, found: &str, wanted: impl Into<String>) -> Self {
        Self {
            adds: false,
            ..Self::adds(setting, found, wanted)
        }
    }
}

/// What else is known when a plan is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The worker was made by a run that has not ended: it is still being filled in.
    pub worker_is_fresh: bool,
    /// As above, of the login application.
    pub login_is_fresh: bool,
    /// As above, of the connection.
    pub connection_is_fresh: bool,
    /// The tenant said that its plan has no Private Key JWT.
    pub no_private_key_jwt: bool,
    /// There is no client secret in the file for it.
    pub secret_file_missing: bool,
}

impl Plan {
    /// Compares.
    #[must_use]
    pub fn make(wanted: &Wanted, found: &Found, known: Known) -> Self {
        let mut steps = vec![
            key(wanted),
            applications::worker(wanted, found, known),
            proof::authentication(wanted, found, known),
            applications::login(wanted, found, known),
            connection::connection(wanted, found, known),
            connection::enabling(wanted, found),
        ];
        steps.extend(connection::owners_login(found));
        steps.push(my_account(wanted, found));
        steps.push(grant(wanted, found));
        Self {
            steps,
            warnings: warnings(wanted, found, known),
        }
    }

    /// Whether nothing is left to do.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.steps.iter().all(|step| step.action == Action::Leave)
    }

    /// The steps that do something.
    pub fn pending(&self) -> impl Iterator<Item = &Step> {
        self.steps
            .iter()
            .filter(|step| step.action != Action::Leave)
    }

    /// The step about `part`.
    #[must_use]
    pub fn step(&self, part: Part) -> Option<&Step> {
        self.steps.iter().find(|step| step.part == part)
    }
}

/// What happens, by what is different.
fn action(differences: &[Difference]) -> Action {
    match differences {
        [] => Action::Leave,
        some if some.iter().all(|d| d.adds) => Action::Change,
        _ => Action::Overwrite,
    }
}

fn key(wanted: &Wanted) -> Step {
    Step {
        part: Part::Key,
        action: if wanted.kid.is_some() {
            Action::Leave
        } else {
            Action::Create
        },
        object: format!("private key {}", wanted.key.display()),
        why: "it signs what is exchanged for your GitHub token; its private half never leaves this machine",
        differences: Vec::new(),
    }
}

fn my_account(wanted: &Wanted, found: &Found) -> Step {
    let differences = match &found.my_account {
        Some(api) if api.denies_users() => vec![Difference::replaces(
            "subject_type_authorization.user.policy",
            "deny_all",
            "require_client_grant",
        )],
        _ => Vec::new(),
    };
    Step {
        part: Part::MyAccount,
        action: match &found.my_account {
            None => Action::Create,
            // Auth0's own API: what somebody forbade there, he has to allow himself.
            Some(_) if !differences.is_empty() => Action::Stop,
            Some(_) => Action::Leave,
        },
        object: format!("API \"Auth0 My Account API\" ({})", wanted.my_account()),
        why: "GitHub accounts are connected to Token Vault through it; to log in with GitHub is not enough",
        differences,
    }
}

fn grant(wanted: &Wanted, found: &Found) -> Step {
    let for_people = |g: &&vault::tenant::ClientGrant| g.subject_type == SubjectType::User;
    let audience = wanted.my_account();
    let mut differences = Vec::new();
    let action = match found.grants.iter().find(for_people) {
        None if found.grants.is_empty() => Action::Create,
        None => {
            differences.push(Difference::replaces("subject_type", "client", "user"));
            Action::Stop
        }
        Some(grant) => {
            let missing: Vec<&str> = ACCOUNT_SCOPES
                .into_iter()
                .filter(|scope| !grant.scope.iter().any(|s| s == scope))
                .collect();
            if !missing.is_empty() {
                differences.push(Difference::adds(
                    "scope",
                    &grant.scope.join(" "),
                    format!("and {}", missing.join(" ")),
                ));
            }
            action(&differences)
        }
    };
    Step {
        part: Part::Grant,
        action,
        object: format!("client grant of \"{}\" for {audience}", wanted.login_name()),
        why: "with it the login application may connect, list and remove your accounts, and nothing else",
        differences,
    }
}

fn warnings(wanted: &Wanted, found: &Found, known: Known) -> Vec<String> {
    let mut warnings = Vec::new();
    if found.mfa_always == Some(true) {
        warnings.push(
            "the tenant's MFA policy is Always: exchanges will be refused at night, when nobody can answer. Set it to Never (Security > Multi-factor Auth) and ask for a second factor in an Action instead".to_owned(),
        );
    }
    match &found.user {
        Some(user) if user.blocked == Some(true) => warnings.push(format!(
            "the user {} is blocked in the tenant; unblock him under User Management > Users",
            wanted.user_id
        )),
        Some(_) => {}
        None => warnings.push(format!(
            "the tenant knows no user {} yet: it is made when you first log in at `bountyd connect github`. If another id is shown there, correct user_id",
            wanted.user_id
        )),
    }
    let secret = known.no_private_key_jwt && wanted.authentication == Wish::Auto;
    if secret || wanted.authentication == Wish::ClientSecret {
        warnings.push(format!(
            "the worker proves itself with a client secret ({}): whoever copies that file and the key can act as you from an allowed address. A key alone, which never travels, is better where the plan has Private Key JWT",
            wanted.client_secret_file.display()
        ));
    }
    warnings
}
