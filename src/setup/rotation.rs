//! A change of the worker's key in the tenant: what is to be registered, listed and taken out, by what is there.
//! The key in use is never among what goes.
//!
//! Both keys stand in the slots between (Auth0 docs, "Rotate Credentials"): a request that names its key is taken
//! whichever signs.

use serde::Serialize;
use vault::tenant::{Application, Authentication, Credential, CredentialId, PrivilegedAccess};

/// Keys that a slot holds.
const SLOT: usize = 2;

/// Keys that an application has at most.
const POOL: usize = 4;

/// What the tenant has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The worker.
    pub app: Application,
    /// Its keys.
    pub keys: Vec<Credential>,
}

/// One change in the tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The new public key becomes a credential of the application.
    Register,
    /// The privileged slot holds what it is to hold.
    Privileged,
    /// So does Private Key JWT.
    Authentication,
    /// The old credential goes.
    Delete,
}

/// Why nothing can be changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Hindrance {
    /// It exchanges nothing.
    #[error(
        "the application {0} has no privileged access of Token Vault, so no key of it exchanges anything; `bountyd init` sets it up"
    )]
    NoAccess(String),
    /// There is no room, and what is there is somebody's.
    #[error(
        "{slot} of the application holds {SLOT} keys already, and {found} is not one of yours; take it out in the tenant (Applications > Applications > Credentials) if nobody signs with it, and run this again"
    )]
    Full {
        /// Where.
        slot: &'static str,
        /// What is in the way.
        found: String,
    },
    /// There is no room in the pool.
    #[error(
        "the application has {POOL} keys already, which is the most there can be; delete one that no slot uses (under Credentials): {unused}"
    )]
    Pool {
        /// Those that no slot uses.
        unused: String,
    },
    /// The one that stays would not be there.
    #[error(
        "the tenant does not list {kid} in {slot}, and without it nothing would be left to sign with; `bountyd keys rotate --tenant` puts it there"
    )]
    NotListed {
        /// The key that stays.
        kid: String,
        /// Where it is missing.
        slot: &'static str,
    },
}

const PRIVILEGED: &str = "the privileged access";
const METHOD: &str = "Private Key JWT";

impl Standing {
    /// The id of the key `kid`.
    #[must_use]
    pub fn id(&self, kid: &str) -> Option<&str> {
        let known = self.keys.iter().find(|k| k.kid.as_deref() == Some(kid));
        known.map(|key| key.id.as_str())
    }

    fn privileged(&self) -> Vec<&str> {
        let slot = self.app.token_vault_privileged_access.as_ref();
        let ids = slot.into_iter().flat_map(|slot| &slot.credentials);
        ids.map(|key| key.id.as_str()).collect()
    }

    /// The keys with which it proves itself; `None`: it does so by a secret.
    fn method(&self) -> Option<Vec<String>> {
        match self.app.authentication() {
            Some(Authentication::PrivateKeyJwt(ids)) => Some(ids),
            _ => None,
        }
    }

    /// Its name, for people: `kid`, or what the owner called it.
    fn named(&self, id: &str) -> String {
        let key = self.keys.iter().find(|key| key.id == id);
        let name = key.and_then(|key| key.kid.as_ref().or(key.name.as_ref()));
        name.map_or_else(|| id.to_owned(), ToOwned::to_owned)
    }

    /// What is left to do until `new` stands beside `old` wherever that stands.
    ///
    /// # Errors
    /// There is no room, or nothing to stand in.
    pub fn to_add(&self, old: &str, new: Option<&str>) -> Result<Vec<Change>, Hindrance> {
        if self.app.token_vault_privileged_access.is_none() {
            return Err(Hindrance::NoAccess(self.app.client_id.clone()));
        }
        let (old, new) = (self.id(old), new.and_then(|kid| self.id(kid)));
        let mut changes = Vec::new();
        if new.is_none() {
            if self.keys.len() >= POOL {
                return Err(Hindrance::Pool {
                    unused: self.unused(),
                });
            }
            changes.push(Change::Register);
        }
        let method = self.method();
        let method: Option<Vec<&str>> = method
            .as_ref()
            .map(|ids| ids.iter().map(String::as_str).collect());
        let slots = [
            (PRIVILEGED, Change::Privileged, Some(self.privileged())),
            (METHOD, Change::Authentication, method),
        ];
        for (slot, change, ids) in slots {
            let Some(ids) = ids else { continue };
            if new.is_some_and(|new| ids.contains(&new)) {
                continue;
            }
            if ids.len() >= SLOT {
                let other = ids.iter().find(|id| Some(**id) != old);
                let other = other.or(ids.first()).copied().unwrap_or_default();
                return Err(Hindrance::Full {
                    slot,
                    found: self.named(other),
                });
            }
            changes.push(change);
        }
        Ok(changes)
    }

    /// What is left to do until `old` is nowhere; `stays` is in use.
    ///
    /// # Errors
    /// `stays` would not be left.
    pub fn to_remove(&self, old: &str, stays: &str) -> Result<Vec<Change>, Hindrance> {
        let staying = self.id(stays);
        let listed = |slot: &'static str, ids: &[&str]| {
            if staying.is_some_and(|id| ids.contains(&id)) {
                return Ok(());
            }
            Err(Hindrance::NotListed {
                kid: stays.to_owned(),
                slot,
            })
        };
        let privileged = self.privileged();
        listed(PRIVILEGED, &privileged)?;
        let method = self.method();
        let method: Option<Vec<&str>> = method
            .as_ref()
            .map(|ids| ids.iter().map(String::as_str).collect());
        if let Some(ids) = &method {
            listed(METHOD, ids)?;
        }
        let Some(old) = self.id(old).filter(|old| Some(*old) != staying) else {
            return Ok(Vec::new());
        };
        let mut changes = Vec::new();
        if privileged.contains(&old) {
            changes.push(Change::Privileged);
        }
        if method.is_some_and(|ids| ids.contains(&old)) {
            changes.push(Change::Authentication);
        }
        changes.push(Change::Delete);
        Ok(changes)
    }

    /// The privileged slot, whole, with one key more or less.
    #[must_use]
    pub fn slot(&self, add: Option<&str>, remove: Option<&str>) -> PrivilegedAccess {
        let slot = self.app.token_vault_privileged_access.clone();
        let mut slot = slot.unwrap_or_default();
        let ids = slot.credentials.into_iter().map(|key| key.id).collect();
        slot.credentials = changed(ids, add, remove)
            .into_iter()
            .map(|id| CredentialId { id })
            .collect();
        slot
    }

    /// The keys with which it proves itself, with one more or less.
    #[must_use]
    pub fn proofs(&self, add: Option<&str>, remove: Option<&str>) -> Vec<String> {
        changed(self.method().unwrap_or_default(), add, remove)
    }

    fn unused(&self) -> String {
        let (privileged, method) = (self.privileged(), self.method().unwrap_or_default());
        let used = |id: &String| privileged.contains(&id.as_str()) || method.contains(id);
        let unused: Vec<String> = self
            .keys
            .iter()
            .filter(|key| !used(&key.id))
            .map(|key| self.named(&key.id))
            .collect();
        if unused.is_empty() {
            return "each is used; take one out of its slot first".to_owned();
        }
        unused.join(", ")
    }
}

fn changed(mut ids: Vec<String>, add: Option<&str>, remove: Option<&str>) -> Vec<String> {
    ids.retain(|id| Some(id.as_str()) != remove);
    if let Some(add) = add
        && !ids.iter().any(|id| id == add)
    {
        ids.push(add.to_owned());
    }
    ids
}

#[cfg(test)]
mod tests;
