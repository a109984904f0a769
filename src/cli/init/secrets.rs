//! The two secrets that a person hands over: each typed where nothing is shown, or from a private file.

use std::path::Path;

use vault::tenant::{OPTIONAL_SCOPES, OperatorToken, SET_UP_SCOPES, Tenant};
use vault::{EnteredSecret, PromptError, SecretError};

use super::report::trouble;
use super::session::{Start, gone};
use super::{Trouble, questions};
use crate::exit::Exit;
use crate::setup::plan::{Action, Part, Plan};

impl Start<'_> {
    /// The operator's right to change the tenant.
    pub(super) async fn token(&mut self, tenant: &Tenant) -> Result<OperatorToken, Trouble> {
        if let Some(file) = &self.init.token_file {
            return from_file(file).map(|secret| OperatorToken::from_entered(&secret));
        }
        let paste = if self.alone() {
            self.answers.device_client_id.is_none()
        } else {
            questions::sign_in(&mut self.answers, tenant.offers_device_login()).map_err(gone)?
        };
        if paste {
            let entered = EnteredSecret::from_terminal(
                "\n  Management API token",
                "name a file of mode 0600 with --token-file",
            );
            return entered
                .map(|secret| OperatorToken::from_entered(&secret))
                .map_err(|error| Trouble(Exit::NotAllowed, error.to_string()));
        }
        let id = self.answers.device_client_id.clone().unwrap_or_default();
        let scopes: Vec<&str> = SET_UP_SCOPES
            .iter()
            .chain(OPTIONAL_SCOPES)
            .copied()
            .collect();
        let code = tenant.begin_sign_in(&id, &scopes).await.map_err(trouble)?;
        eprintln!(
            "\n  Open this page in any browser, compare the code, and confirm:\n    {}\n    {}",
            code.page, code.user_code
        );
        tenant.finish_sign_in(code).await.map_err(trouble)
    }

    /// Asked for before anything is done, so that nothing is half-done for want of it.
    pub(super) fn github_secret(&self, plan: &Plan) -> Result<Option<EnteredSecret>, Trouble> {
        let needed = plan.step(Part::Connection).is_some_and(|step| {
            step.action == Action::Create
                || step
                    .differences
                    .iter()
                    .any(|d| d.setting == "options.client_id")
        });
        if !needed {
            return Ok(None);
        }
        if let Some(file) = &self.init.github_secret_file {
            return from_file(file).map(Some);
        }
        EnteredSecret::from_terminal(
            "\n  Client secret of your application at GitHub",
            "name a file of mode 0600 with --github-secret-file",
        )
        .map(Some)
        .map_err(|error| Trouble(Exit::Usage, error.to_string()))
    }
}

/// A secret out of the file that was named for it.
fn from_file(file: &Path) -> Result<EnteredSecret, Trouble> {
    EnteredSecret::from_file(file).map_err(|error| {
        let why = match error {
            PromptError::File(SecretError::Missing { .. }) => {
                format!("{}: no such file", file.display())
            }
            other => other.to_string(),
        };
        Trouble(Exit::NoInput, why)
    })
}
