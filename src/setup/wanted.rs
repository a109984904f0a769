//! The tenant as it is to be.

use std::path::PathBuf;

use serde::Serialize;
use url::Url;

use super::answers::{Answers, Purpose, Wish, Wrong, address, domain, user_id};

/// The grant of the Token Vault exchange.
pub const VAULT_GRANT: &str =
    "urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token";

/// What the login application asks of the My Account API.
pub const ACCOUNT_SCOPES: [&str; 3] = [
    "create:me:connected_accounts",
    "read:me:connected_accounts",
    "delete:me:connected_accounts",
];

/// The key of our mark among an application's metadata.
pub const MARK: &str = "bountyd";

/// What the owner's tenant is to have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wanted {
    /// The tenant's domain.
    pub domain: String,
    /// Where it is.
    pub base: Url,
    /// Whether `base` was given, and has to be in the configuration.
    pub base_given: bool,
    /// What the two applications are called.
    pub name: String,
    /// Whose repositories are worked in.
    pub purpose: Purpose,
    /// The connection that leads to GitHub.
    pub connection: String,
    /// The owner's application at GitHub; absent: the connection has one already.
    pub github_client_id: Option<String>,
    /// What is asked of GitHub.
    pub scopes: Vec<String>,
    /// Who the owner is in the tenant.
    pub user_id: String,
    /// Where the worker calls from; empty: as the tenant sees it.
    pub addresses: Vec<String>,
    /// How the worker proves itself.
    pub authentication: Wish,
    /// The file with the private key.
    pub key: PathBuf,
    /// Its thumbprint, once it is there.
    pub kid: Option<String>,
    /// The file for the client secret, where one is needed.
    pub client_secret_file: PathBuf,
    /// Addresses the browser may come back to.
    pub callbacks: Vec<String>,
}

/// Where things are that the owner did not place elsewhere.
#[derive(Clone, Debug)]
pub struct Places {
    /// The private key.
    pub key: PathBuf,
    /// The client secret.
    pub client_secret: PathBuf,
}

impl Wanted {
    /// Reads the answers, each with its default.
    ///
    /// # Errors
    /// What is missing or cannot be.
    pub fn from_answers(
        answers: &Answers,
        places: &Places,
        ports: impl IntoIterator<Item = u16>,
    ) -> Result<Self, Wrong> {
        let missing = |question, remedy| Wrong {
            question,
            reason: "is not known".to_owned(),
            remedy,
        };
        let asked = answers.domain.as_deref();
        let domain = domain(asked.ok_or(missing(
            "the tenant's domain",
            "say --domain acme.eu.auth0.com",
        ))?)?;
        let base = match &answers.base_url {
            Some(base) => base.clone(),
            None => Url::parse(&format!("https://{domain}/"))
                .map_err(|_| missing("the tenant's domain", "say --domain acme.eu.auth0.com"))?,
        };
        let user = answers.user_id.as_deref();
        let user_id = user_id(user.ok_or(missing(
            "your user id",
            "say --user-id github|12345, as User Management > Users shows it",
        ))?)?;
        let given = answers.address.as_deref().unwrap_or_default();
        let addresses = given
            .iter()
            .filter(|text| *text != "auto")
            .map(|text| address(text))
            .collect::<Result<Vec<_>, _>>()?;
        if addresses.len() > 10 {
            return Err(Wrong {
                question: "this machine's address",
                reason: format!("{} are too many", addresses.len()),
                remedy: "the tenant's list holds ten",
            });
        }
        let name = answers.name.clone().unwrap_or_else(|| "bountyd".into());
        if name.is_empty() || name.len() > 64 || name.contains(['<', '>', ':']) {
            return Err(Wrong {
                question: "the applications' name",
                reason: format!("{name:?} will not do"),
                remedy: "use 1 to 64 characters without <, > and :",
            });
        }
        let purpose = answers.purpose.unwrap_or(Purpose::Strangers);
        let scopes = match &answers.scopes {
            Some(scopes) => scopes.clone(),
            None => vec!["public_repo".to_owned()],
        };
        if scopes.is_empty() || scopes.len() > 20 || scopes.iter().any(|s| s.contains(' ')) {
            return Err(Wrong {
                question: "the scopes at GitHub",
                reason: "are not 1 to 20 words".to_owned(),
                remedy: "leave them out, or say --scope public_repo",
            });
        }
        Ok(Self {
            base_given: answers.base_url.is_some(),
            domain,
            base,
            name,
            purpose,
            connection: answers
                .connection
                .clone()
                .unwrap_or_else(|| "github".into()),
            github_client_id: answers.github_client_id.clone(),
            scopes,
            user_id,
            addresses,
            authentication: answers.authentication.unwrap_or_default(),
            key: answers.key.clone().unwrap_or_else(|| places.key.clone()),
            kid: None,
            client_secret_file: answers
                .client_secret_file
                .clone()
                .unwrap_or_else(|| places.client_secret.clone()),
            callbacks: ports
                .into_iter()
                .map(|port| format!("http://127.0.0.1:{port}/callback"))
                .collect(),
        })
    }

    /// What the login application is called.
    #[must_use]
    pub fn login_name(&self) -> String {
        format!("{} login", self.name)
    }

    /// The value of our mark on the worker.
    #[must_use]
    pub fn worker_mark(&self) -> String {
        format!("worker:{}", self.name)
    }

    /// The value of our mark on the login application.
    #[must_use]
    pub fn login_mark(&self) -> String {
        format!("login:{}", self.name)
    }

    /// What the key is called in the tenant: its thumbprint's beginning tells two apart.
    #[must_use]
    pub fn key_name(&self) -> String {
        let kid = self.kid.as_deref().unwrap_or("new");
        format!("{} {}", self.name, kid.chars().take(8).collect::<String>())
    }

    /// The My Account API.
    #[must_use]
    pub fn my_account(&self) -> String {
        format!("{}me/", self.base)
    }

    /// Where GitHub sends the browser back to.
    #[must_use]
    pub fn github_callback(&self) -> String {
        format!("{}login/callback", self.base)
    }
}
