//! What the vault is told.

use std::path::Path;

use vault::{SecretSource, Settings};

use super::{ClientAuthentication, Config, Environment};

/// The names of the credentials that the unit passes on, in the order of `[auth0] keys`.
const KEY_CREDENTIALS: [&str; 2] = ["assertion-key", "assertion-key-2"];

impl Config {
    /// The vault's settings: names of secrets, no secrets.
    #[must_use]
    pub fn vault_settings(&self, environment: &Environment) -> Settings {
        Settings {
            auth0_base: self.auth0.base_url.clone(),
            issuer: self.auth0.issuer.clone(),
            audience: self.auth0.audience.clone(),
            client_id: self.auth0.client_id.clone(),
            user_id: self.auth0.user_id.clone(),
            connection: self.auth0.connection.clone(),
            client_authentication: match &self.auth0.client_authentication {
                ClientAuthentication::PrivateKeyJwt => vault::ClientAuthentication::PrivateKeyJwt,
                ClientAuthentication::ClientSecret(file) => {
                    vault::ClientAuthentication::ClientSecret(source(
                        "client-secret",
                        file.as_deref(),
                    ))
                }
            },
            keys: self.key_sources(environment),
            signing_key: self.auth0.signing_key.clone(),
            scope: self.auth0.scope.clone(),
            buffer: self.auth0.token_buffer,
            hold_cap: self.auth0.hold_cap,
            github_api: self.github.api_url.clone(),
            github_graphql: self.github.graphql_url.clone(),
            // Without [telegram] there is no bot token, so that this address is never used.
            telegram_api: self.telegram.as_ref().map_or_else(
                || self.github.api_url.clone(),
                |telegram| telegram.api_url.clone(),
            ),
            telegram_token: self
                .telegram
                .as_ref()
                .map(|telegram| source("telegram-token", telegram.token_file.as_deref())),
            user_agent: concat!("bountyd/", env!("CARGO_PKG_VERSION")).to_owned(),
            last_failure: None,
            emergency_stop: Some(self.emergency_stop()),
            allow_insecure_loopback: self.allow_insecure_loopback,
        }
    }

    /// Where the private keys are: one, or two when the configuration or the unit has two.
    #[must_use]
    pub fn key_sources(&self, environment: &Environment) -> Vec<SecretSource> {
        let passed_on = |name: &str| {
            environment
                .credentials_directory
                .as_ref()
                .is_some_and(|directory| directory.join(name).exists())
        };
        KEY_CREDENTIALS
            .iter()
            .enumerate()
            .filter(|(index, name)| {
                *index == 0 || *index < self.auth0.keys.len() || passed_on(name)
            })
            .map(|(index, name)| source(name, self.auth0.keys.get(index).map(AsRef::as_ref)))
            .collect()
    }
}

fn source(credential: &str, file: Option<&Path>) -> SecretSource {
    SecretSource {
        credential: credential.to_owned(),
        file: file.map(Path::to_owned),
    }
}
