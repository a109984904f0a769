//! What it takes to connect an account and to use it: the connection, the person, the login application and the My
//! Account API.

use vault::ConnectOptions;
use vault::tenant::{Application, Authentication, SubjectType};

use super::{Facts, unseen};
use crate::doctor::check::Check;
use crate::doctor::finding::Finding;
use crate::setup::wanted::ACCOUNT_SCOPES;

impl Facts<'_> {
    pub(super) fn of_connecting(&self) -> Vec<Finding> {
        vec![
            self.way(),
            self.second_factor(),
            self.person(),
            self.login(),
            self.api(),
            self.account(),
        ]
    }

    fn way(&self) -> Finding {
        let check = Check::TenantConnection;
        let name = &self.auth0.connection;
        let connection = match &self.connection {
            Ok(Some(connection)) => connection,
            Ok(None) => {
                return Finding::failure(
                    check,
                    format!("the tenant has no connection {name}"),
                    "correct auth0.connection, or make it: `bountyd init`",
                );
            }
            Err(why) => return unseen(check, why),
        };
        if connection.provider_client_id().is_none() {
            return Finding::failure(
                check,
                format!("{name} uses Auth0's developer keys, which Token Vault does not take"),
                "register an application of your own at GitHub and give it to the connection: `bountyd init --github-client-id ID`",
            );
        }
        if !connection.for_token_vault() {
            return Finding::failure(
                check,
                format!("{name} is not for Token Vault (connected_accounts.active is false)"),
                format!(
                    "in Auth0, set the purpose of the connection {name} to Connected Accounts for Token Vault; `bountyd init` does"
                ),
            );
        }
        let enabled = match &self.enabled {
            Ok(enabled) => enabled,
            Err(why) => return unseen(check, why),
        };
        if !enabled.contains(&self.auth0.client_id) {
            return Finding::failure(
                check,
                format!("{name} is off for the application {}", self.auth0.client_id),
                format!(
                    "enable it for the application {} (Applications tab of the connection); `bountyd init` does",
                    self.auth0.client_id
                ),
            );
        }
        Finding::ok(
            check,
            format!("{name} is for Token Vault, and on for the worker"),
        )
    }

    fn second_factor(&self) -> Finding {
        let check = Check::TenantMfa;
        match &self.mfa_always {
            Ok(false) => Finding::ok(check, "the policy is not Always"),
            Ok(true) => Finding::failure(
                check,
                "the tenant's MFA policy is Always, and nobody can answer a prompt at night",
                "in Auth0, set Security > Multi-factor Auth > Policy to Never, and require it in a post-login Action instead",
            ),
            Err(why) => unseen(check, why),
        }
    }

    fn person(&self) -> Finding {
        let check = Check::TenantUser;
        let id = &self.auth0.user_id;
        match &self.user {
            Ok(Some(user)) if user.blocked == Some(true) => Finding::failure(
                check,
                format!("{id} is blocked in the tenant"),
                "unblock him under User Management > Users",
            ),
            Ok(Some(_)) => Finding::ok(check, format!("{id} is a user of the tenant")),
            Ok(None) => {
                let primary = self.others.as_ref().ok().and_then(|others| {
                    let has = |user: &&vault::tenant::TenantUser| {
                        user.identities.iter().any(|one| one.user_id() == *id)
                    };
                    others.iter().find(has)
                });
                match primary {
                    Some(user) => Finding::failure(
                        check,
                        format!(
                            "{id} was linked, and is an identity of {} now",
                            user.user_id
                        ),
                        format!(
                            "set auth0.user_id to {}, and connect the account again",
                            user.user_id
                        ),
                    ),
                    None => Finding::failure(
                        check,
                        format!("the tenant knows no user {id}"),
                        "copy your id from User Management > Users into auth0.user_id",
                    ),
                }
            }
            Err(why) => unseen(check, why),
        }
    }

    /// What is wrong here keeps nobody from work while the account is connected; it does once it has to be again.
    fn to_connect(&self, check: Check, found: String, remedy: &str) -> Finding {
        match self.connected() {
            Some(true) => Finding::warning(
                check,
                format!("{found}: the account could not be connected again"),
                remedy,
            ),
            _ => Finding::failure(check, found, remedy),
        }
    }

    fn login(&self) -> Finding {
        let check = Check::TenantLogin;
        let own = self.auth0.login_client_id.as_ref();
        let id = own.unwrap_or(&self.auth0.client_id);
        let app = match &self.login {
            Ok(Some(app)) => app,
            Ok(None) => {
                let found = format!("the tenant has no application {id}");
                let remedy = "correct auth0.login_client_id, or have `bountyd init` make it";
                return self.to_connect(check, found, remedy);
            }
            Err(why) => return unseen(check, why),
        };
        if let Some(found) = unfit(app, own.is_some()) {
            let remedy =
                "`bountyd init` puts it right; `bountyd init --manual` says where in the dashboard";
            return self.to_connect(check, format!("the application {id} {found}"), remedy);
        }
        let off = self.enabled.as_ref().is_ok_and(|all| !all.contains(id));
        if off {
            let found = format!("the connection {} is off for {id}", self.auth0.connection);
            let remedy = "enable it for that application, too; `bountyd init` does";
            return self.to_connect(check, found, remedy);
        }
        Finding::ok(check, format!("you log in with {id}"))
    }

    fn api(&self) -> Finding {
        let check = Check::TenantMyAccount;
        let api = match &self.my_account {
            Ok(api) => api,
            Err(why) => return unseen(check, why),
        };
        let Some(api) = api else {
            return self.to_connect(
                check,
                "the My Account API is not active".to_owned(),
                "activate it under Applications > APIs > Auth0 My Account API, or run `bountyd init`",
            );
        };
        if api.denies_users() {
            return self.to_connect(
                check,
                "the My Account API gives no tokens for people (deny_all)".to_owned(),
                "set its policy for users to require_client_grant",
            );
        }
        let grants = match &self.grants {
            Ok(grants) => grants,
            Err(why) => return unseen(check, why),
        };
        let id = self.auth0.login_client_id.as_ref();
        let id = id.unwrap_or(&self.auth0.client_id);
        let grant = grants
            .iter()
            .find(|grant| grant.subject_type == SubjectType::User);
        let Some(grant) = grant else {
            let found = if grants.is_empty() {
                format!("{id} has no client grant for the My Account API")
            } else {
                format!("the client grant of {id} has the subject_type client, and not user")
            };
            let remedy = "make a client grant of subject_type user with the three scopes of connected accounts: `bountyd init` does";
            return self.to_connect(check, found, remedy);
        };
        let missing: Vec<&str> = ACCOUNT_SCOPES
            .into_iter()
            .filter(|scope| !grant.scope.iter().any(|has| has == scope))
            .collect();
        if missing.is_empty() {
            return Finding::ok(check, format!("active, and granted to {id}"));
        }
        let found = format!("the client grant of {id} lacks {}", missing.join(" "));
        self.to_connect(check, found, "add them to the grant: `bountyd init` does")
    }

    fn account(&self) -> Finding {
        let check = Check::TenantAccount;
        let name = &self.auth0.connection;
        match &self.accounts {
            Err(why) => unseen(check, why),
            Ok(accounts) => match accounts.iter().find(|a| a.connection == *name) {
                Some(account) => {
                    let since = account.created_at.as_deref().unwrap_or("some time");
                    Finding::ok(check, format!("{name} is connected since {since}"))
                }
                None => Finding::failure(
                    check,
                    format!(
                        "Token Vault keeps no {name} account of {}",
                        self.auth0.user_id
                    ),
                    "connect the account: `bountyd connect github`",
                )
                .link("bountyd connect github"),
            },
        }
    }
}

/// Why nobody can log in with it.
fn unfit(app: &Application, own: bool) -> Option<String> {
    if own && app.authentication() != Some(Authentication::Public) {
        return Some("is not public (token_endpoint_auth_method is not none)".to_owned());
    }
    if !app.grant_types.iter().any(|g| g == "authorization_code") {
        return Some("lacks the grant type authorization_code".to_owned());
    }
    let missing: Vec<String> = ConnectOptions::PORTS
        .map(|port| format!("http://127.0.0.1:{port}/callback"))
        .filter(|url| !app.callbacks.contains(url))
        .collect();
    (!missing.is_empty()).then(|| format!("lacks the callbacks {}", missing.join(", ")))
}
