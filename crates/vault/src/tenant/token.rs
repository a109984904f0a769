//! The operator's management token: his own, for this run only.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{Tenant, TenantError};
use crate::prompt::EnteredSecret;

/// What to do without a good one.
const ANOTHER: &str = "copy a fresh one from Auth0 > Applications > APIs > Auth0 Management API > API Explorer, or sign in again";

/// A token for the Management API. It is neither shown, copied nor stored.
pub struct OperatorToken {
    text: SecretString,
    claims: Option<Claims>,
}

impl std::fmt::Debug for OperatorToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OperatorToken").finish_non_exhaustive()
    }
}

/// What the token says of itself. Read for better words only: the tenant judges.
#[derive(Deserialize)]
struct Claims {
    aud: Option<Audience>,
    exp: Option<i64>,
    scope: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl OperatorToken {
    /// One that the operator copied from the dashboard.
    #[must_use]
    pub fn from_entered(entered: &EnteredSecret) -> Self {
        Self::new(entered.secret().clone())
    }

    pub(crate) fn new(text: SecretString) -> Self {
        let claims = claims(text.expose_secret());
        Self { text, claims }
    }

    /// The header that proves the operator, marked so that HTTP libraries neither print nor index it.
    pub(super) fn header(&self) -> Result<HeaderValue, TenantError> {
        let line = Zeroizing::new(format!("Bearer {}", self.text.expose_secret()));
        let mut value = HeaderValue::from_str(&line).map_err(|_| TenantError::Token {
            reason: "holds characters that no token has".to_owned(),
            remedy: ANOTHER,
        })?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// What must not stand in a text that is shown.
    pub(super) fn text(&self) -> &str {
        self.text.expose_secret()
    }

    pub(super) fn check(&self, tenant: &Tenant) -> Result<(), TenantError> {
        let refuse = |reason: String| {
            Err(TenantError::Token {
                reason,
                remedy: ANOTHER,
            })
        };
        let Some(claims) = &self.claims else {
            return Ok(());
        };
        if claims.exp.is_some_and(|end| end <= tenant.now().seconds()) {
            return refuse("has expired".to_owned());
        }
        let wanted = tenant.management_audience();
        let others: Vec<&String> = match &claims.aud {
            None => return Ok(()),
            Some(Audience::One(one)) => vec![one],
            Some(Audience::Many(many)) => many.iter().collect(),
        };
        if others.iter().any(|aud| **aud == wanted) {
            return Ok(());
        }
        let said: Vec<String> = others
            .iter()
            .map(|aud| crate::redact::clean(aud, &[]))
            .collect();
        refuse(format!("is for {}, not for {wanted}", said.join(", ")))
    }

    pub(super) fn missing(&self, needed: &[&'static str]) -> Vec<&'static str> {
        let Some(scope) = self.claims.as_ref().and_then(|c| c.scope.as_deref()) else {
            return Vec::new();
        };
        let has: Vec<&str> = scope.split(' ').collect();
        needed
            .iter()
            .filter(|scope| !has.contains(scope))
            .copied()
            .collect()
    }
}

/// The token is no longer, or was never, good.
pub(super) fn not_taken(said: &str) -> TenantError {
    TenantError::Token {
        reason: format!("is not taken ({said})"),
        remedy: ANOTHER,
    }
}

/// The middle part of a JWT; an opaque token has none.
fn claims(text: &str) -> Option<Claims> {
    let mut parts = text.split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    let json = Zeroizing::new(URL_SAFE_NO_PAD.decode(payload).ok()?);
    serde_json::from_slice(&json).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> OperatorToken {
        let body = URL_SAFE_NO_PAD.encode(claims);
        OperatorToken::new(SecretString::from(format!("e30.{body}.c2ln")))
    }

    #[test]
    fn it_names_what_it_lacks_and_nothing_it_does_not_know() {
        let token = token(r#"{"scope":"read:clients create:clients"}"#);
        assert_eq!(
            token.missing(&["read:clients", "read:users"]),
            ["read:users"]
        );
        let opaque = OperatorToken::new(SecretString::from("opaque"));
        assert!(opaque.missing(&["read:users"]).is_empty());
        assert!(opaque.claims.is_none());
    }

    #[test]
    fn a_token_is_never_printed() {
        let said = format!("{:?}", token(r#"{"scope":"x"}"#));
        assert_eq!(said, "OperatorToken { .. }");
    }
}
