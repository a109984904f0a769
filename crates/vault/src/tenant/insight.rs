//! What the tenant knows of people, second factors and past exchanges. Only reads.

use std::net::IpAddr;

use serde::Deserialize;
use serde_json::Value;

use super::{Management, TenantError};

/// A person of the tenant.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct TenantUser {
    /// Of the primary identity.
    pub user_id: String,
    /// His e-mail address, if there is one.
    #[serde(default)]
    pub email: Option<String>,
    /// His name, as he logs in.
    #[serde(default)]
    pub name: Option<String>,
    /// Whether he may not log in.
    #[serde(default)]
    pub blocked: Option<bool>,
    /// The ways in which he logs in; the first is the primary one.
    #[serde(default)]
    pub identities: Vec<Identity>,
}

/// A way in which a person logs in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Identity {
    /// The connection's name.
    #[serde(default)]
    pub connection: String,
    /// `github`, `auth0`, …
    #[serde(default)]
    pub provider: String,
    /// The part after the bar; some providers have numbers.
    #[serde(default)]
    user_id: Value,
}

impl Identity {
    /// As `sub` would name it if it were the primary one.
    #[must_use]
    pub fn user_id(&self) -> String {
        match &self.user_id {
            Value::String(id) => format!("{}|{id}", self.provider),
            other => format!("{}|{other}", self.provider),
        }
    }
}

/// An account that Token Vault keeps for a person.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LinkedAccount {
    /// `cac_…`
    pub id: String,
    /// The connection's name.
    #[serde(default)]
    pub connection: String,
    /// What was granted.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// RFC 3339.
    #[serde(default)]
    pub created_at: Option<String>,
    /// RFC 3339; absent: no end.
    #[serde(default)]
    pub expires_at: Option<String>,
}

#[derive(Deserialize)]
struct Accounts {
    #[serde(default)]
    connected_accounts: Vec<LinkedAccount>,
    #[serde(default)]
    next: Option<String>,
}

#[derive(Deserialize)]
struct LogEntry {
    #[serde(default)]
    ip: Option<IpAddr>,
    #[serde(default)]
    details: Value,
}

/// What is read of a person.
const FIELDS: &str = "user_id,email,name,blocked,identities";

impl Management {
    /// The first fifty people of the tenant.
    ///
    /// # Errors
    /// See [`TenantError`].
    pub async fn users(&self) -> Result<Vec<TenantUser>, TenantError> {
        let query = [
            ("fields", FIELDS),
            ("include_fields", "true"),
            ("per_page", "50"),
            ("page", "0"),
        ];
        self.get("reading the users", "users", &query).await
    }

    /// One person; `None` if nobody has that id as his primary one.
    ///
    /// # Errors
    /// See [`TenantError`].
    pub async fn user(&self, user_id: &str) -> Result<Option<TenantUser>, TenantError> {
        let query = [("fields", FIELDS), ("include_fields", "true")];
        let path = format!("users/{}", segment(user_id));
        absent(self.get("reading the user", &path, &query).await)
    }

    /// The accounts that Token Vault keeps for a person.
    ///
    /// # Errors
    /// See [`TenantError`].
    pub async fn linked_accounts(&self, user_id: &str) -> Result<Vec<LinkedAccount>, TenantError> {
        const STEP: &str = "reading the connected accounts";
        let path = format!("users/{}/connected-accounts", segment(user_id));
        let mut all = Vec::new();
        let mut from: Option<String> = None;
        for _ in 0..50 {
            let mut query = vec![("take", "20")];
            if let Some(from) = &from {
                query.push(("from", from));
            }
            let part: Accounts = self.get(STEP, &path, &query).await?;
            all.extend(part.connected_accounts);
            from = part.next;
            if from.is_none() {
                return Ok(all);
            }
        }
        Err(TenantError::Odd {
            step: STEP,
            reason: "the list does not end".to_owned(),
        })
    }

    /// Whether every login of the tenant takes a second factor, which breaks exchanges at night.
    ///
    /// # Errors
    /// See [`TenantError`].
    pub async fn always_asks_second_factor(&self) -> Result<bool, TenantError> {
        let policies: Vec<String> = self
            .get("reading the MFA policy", "guardian/policies", &[])
            .await?;
        Ok(policies.iter().any(|policy| policy == "all-applications"))
    }

    /// Where the newest exchange of an application came from, as the tenant saw it.
    ///
    /// # Errors
    /// See [`TenantError`].
    pub async fn last_exchange_address(
        &self,
        client_id: &str,
    ) -> Result<Option<IpAddr>, TenantError> {
        let asked = format!("type:(seta OR feta) AND client_id:\"{client_id}\"");
        let entries = self.log(&asked, "1").await?;
        Ok(entries.into_iter().find_map(|entry| entry.ip))
    }

    /// Where this process's own call that made the application `client_id` came from, as the tenant saw
    /// it: the address that its exchanges will come from. `None` while the log does not show it.
    ///
    /// # Errors
    /// See [`TenantError`].
    pub async fn own_address(&self, client_id: &str) -> Result<Option<IpAddr>, TenantError> {
        let entries = self.log("type:sapi", "20").await?;
        Ok(entries
            .into_iter()
            .find(|entry| {
                entry.details.pointer("/response/body/client_id") == Some(&Value::from(client_id))
            })
            .and_then(|entry| entry.ip))
    }

    async fn log(&self, asked: &str, most: &str) -> Result<Vec<LogEntry>, TenantError> {
        let query = [
            ("q", asked),
            ("sort", "date:-1"),
            ("per_page", most),
            ("page", "0"),
        ];
        self.get("reading the tenant's log", "logs", &query).await
    }
}

/// "Not there" is an answer.
fn absent<T>(found: Result<T, TenantError>) -> Result<Option<T>, TenantError> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(TenantError::Refused { status: 404, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A text as one segment of a path: `auth0|1` is `auth0%7C1`.
pub(super) fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            // Dots too: `..` would be another path.
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_one_segment() {
        assert_eq!(segment("auth0|1"), "auth0%7C1");
        assert_eq!(segment("../x/?y#"), "%2E%2E%2Fx%2F%3Fy%23");
    }

    #[test]
    fn identities_have_words_or_numbers() {
        let identity: Identity =
            serde_json::from_str(r#"{"provider":"github","user_id":583231,"connection":"github"}"#)
                .expect("an identity");
        assert_eq!(identity.user_id(), "github|583231");
    }
}
