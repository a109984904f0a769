//! The provider tokens that exist in the simulated world: the Auth0 tenant mints them, GitHub looks them up.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};

use crate::lock;
use crate::seed::Seed;

/// What sort of application a GitHub user token belongs to; the prefix shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// `gho_`: an OAuth App's token. Scopes count; it does not expire.
    OAuthApp,
    /// `ghu_`: a GitHub App's user token. Scopes do not count; works only where the app is installed; expires.
    GitHubApp,
}

impl TokenKind {
    /// The prefix GitHub gives such tokens.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::OAuthApp => "gho_",
            Self::GitHubApp => "ghu_",
        }
    }
}

/// What the provider knows of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenInfo {
    /// The numeric GitHub id of the user it acts as.
    pub user_id: u64,
    /// Scopes, as granted.
    pub scopes: Vec<String>,
    /// OAuth App or GitHub App.
    pub kind: TokenKind,
    /// End of life in Unix milliseconds; none for a token that does not expire.
    pub expires_at_ms: Option<i64>,
    /// Set when it was revoked.
    pub revoked: bool,
}

/// All tokens of the world, shared by the simulators. Cloning gives another handle to the same registry.
#[derive(Clone)]
pub struct Registry {
    tokens: Arc<Mutex<BTreeMap<String, TokenInfo>>>,
    seed: Arc<Seed>,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("tokens", &lock(&self.tokens).len())
            .finish()
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::new(0)
    }
}

impl Registry {
    /// An empty registry; equal seeds mint equal tokens.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            tokens: Arc::default(),
            seed: Arc::new(Seed::new(seed ^ 0x746f_6b65)),
        }
    }

    /// Makes a new token for the user, alive until `expires_at_ms` (Unix milliseconds) or for ever.
    #[must_use = "the token is the only way to use what was minted"]
    pub fn mint(
        &self,
        user_id: u64,
        scopes: &[String],
        kind: TokenKind,
        expires_at_ms: Option<i64>,
    ) -> String {
        let token = format!("{}{}", kind.prefix(), self.seed.letters(36));
        self.plant(
            &token,
            TokenInfo {
                user_id,
                scopes: scopes.to_vec(),
                kind,
                expires_at_ms,
                revoked: false,
            },
        );
        token
    }

    /// Registers a token of the caller's own making, such as a canary.
    pub fn plant(&self, token: &str, info: TokenInfo) {
        lock(&self.tokens).insert(token.to_owned(), info);
    }

    /// What stands behind the token, if it is alive at `now` (Unix milliseconds).
    #[must_use]
    pub fn lookup(&self, token: &str, now: i64) -> Option<TokenInfo> {
        let info = lock(&self.tokens).get(token)?.clone();
        let alive = !info.revoked && info.expires_at_ms.is_none_or(|end| now < end);
        alive.then_some(info)
    }

    /// Ends one token. Unknown tokens are ignored.
    pub fn revoke(&self, token: &str) {
        if let Some(info) = lock(&self.tokens).get_mut(token) {
            info.revoked = true;
        }
    }

    /// Ends every token of the user, as removing the application at the provider does.
    pub fn revoke_all(&self, user_id: u64) {
        for info in lock(&self.tokens)
            .values_mut()
            .filter(|info| info.user_id == user_id)
        {
            info.revoked = true;
        }
    }

    /// Every token ever minted or planted, dead ones included: what a leak test searches for.
    #[must_use]
    pub fn ever_minted(&self) -> Vec<String> {
        lock(&self.tokens).keys().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_lives_until_its_end_or_its_revocation() {
        let registry = Registry::new(1);
        let scopes = vec!["repo".to_owned()];
        let short = registry.mint(7, &scopes, TokenKind::GitHubApp, Some(1_000));
        let lasting = registry.mint(7, &scopes, TokenKind::OAuthApp, None);
        let other = registry.mint(8, &scopes, TokenKind::OAuthApp, None);
        assert!(short.starts_with("ghu_") && lasting.starts_with("gho_") && short.len() == 40);
        assert_eq!(
            registry.lookup(&short, 999).map(|info| info.user_id),
            Some(7)
        );
        assert_eq!(registry.lookup(&short, 1_000), None);
        registry.revoke_all(7);
        assert_eq!(registry.lookup(&lasting, 0), None);
        assert!(registry.lookup(&other, 0).is_some());
        registry.revoke(&other);
        assert_eq!(registry.lookup(&other, 0), None);
        assert_eq!(registry.ever_minted().len(), 3);
    }
}
