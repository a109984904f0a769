//! The rules in force: the configuration, and the lists it brings with it.

use sha2::{Digest, Sha256};

use crate::bounty::appraise::Lists;
use crate::bounty::traps::TrapList;
use crate::config::Config;

/// What the owner decides, in force together.
#[derive(Debug)]
pub struct Rules {
    /// The configuration.
    pub config: Config,
    /// Known traps and rates.
    pub lists: Lists,
    /// Changes when policy or lists do.
    pub fingerprint: String,
}

impl Rules {
    /// The rules that a configuration puts in force.
    #[must_use]
    pub fn of(config: Config) -> Self {
        let lists = Lists {
            traps: TrapList::shipped(),
            rates: config.rates.clone(),
        };
        let text = serde_json::json!([config.policy, lists]).to_string();
        let fingerprint = hex::encode(&Sha256::digest(text.as_bytes())[..8]);
        Self {
            config,
            lists,
            fingerprint,
        }
    }
}
