//! The loaded keys and the one of them that signs. They are exchanged as a whole while the program runs,
//! so that no request is ever without a key, and one under way keeps the key it began with.

use std::sync::{Arc, PoisonError, RwLock};

use super::KeyError;
use super::signer::{PrivateParts, Signer};
use crate::secret::SecretSource;
use crate::settings::OpenError;

/// One key, or two during a rotation.
pub(crate) struct Keys {
    signers: Vec<Arc<Signer>>,
    chosen: usize,
}

impl Keys {
    /// Loads all of them and picks the one that signs: `wanted`, else the first. With them what must not
    /// leave, the spare one's secrets too.
    pub(crate) async fn load(
        sources: Vec<SecretSource>,
        wanted: Option<&str>,
    ) -> Result<(Self, Vec<PrivateParts>), OpenError> {
        if !(1..=2).contains(&sources.len()) {
            return Err(KeyError::Count(sources.len()).into());
        }
        // Checking a key is arithmetic that takes a while; the runtime has other things to do.
        let loaded = tokio::task::spawn_blocking(move || {
            sources
                .iter()
                .map(Signer::load)
                .collect::<Result<Vec<_>, _>>()
        })
        .await;
        let loaded = match loaded {
            Ok(loaded) => loaded?,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        };
        let (signers, parts): (Vec<_>, Vec<_>) = loaded.into_iter().unzip();
        let keys = Self {
            signers: signers.into_iter().map(Arc::new).collect(),
            chosen: 0,
        };
        let kids = keys.kids();
        if let [first, second] = kids.as_slice()
            && first == second
        {
            return Err(OpenError::SameKeyTwice(first.clone()));
        }
        let chosen =
            match wanted {
                None => 0,
                Some(wanted) => kids.iter().position(|kid| kid == wanted).ok_or_else(|| {
                    KeyError::NoSuchKid {
                        wanted: wanted.to_owned(),
                        loaded: kids.join(", "),
                    }
                })?,
            };
        Ok((Self { chosen, ..keys }, parts))
    }

    fn kids(&self) -> Vec<String> {
        self.signers.iter().map(|s| s.kid().to_owned()).collect()
    }
}

/// The keys in force.
pub(crate) struct Ring(RwLock<Keys>);

impl Ring {
    pub(crate) fn new(keys: Keys) -> Self {
        Self(RwLock::new(keys))
    }

    /// The key that signs now.
    pub(crate) fn signer(&self) -> Arc<Signer> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&keys.signers[keys.chosen])
    }

    /// A loaded key, whether it signs or not.
    pub(crate) fn named(&self, kid: &str) -> Option<Arc<Signer>> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        keys.signers.iter().find(|s| s.kid() == kid).cloned()
    }

    /// All loaded keys.
    pub(crate) fn kids(&self) -> Vec<String> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        keys.kids()
    }

    /// From now on these.
    pub(crate) fn replace(&self, keys: Keys) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }
}
