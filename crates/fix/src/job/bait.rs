//! The canary of a job: a value in the agent's environment that looks worth stealing and opens nothing.
//! Where it is met later, somebody has carried something out of the box.

use clock::Entropy;
use gate::canary::{BadCanary, Canary};

/// The variable in which it is planted.
pub const VARIABLE: &str = "DEPLOY_TOKEN";

/// A fresh canary.
pub(super) struct Bait {
    /// What stands in the environment: 32 letters and digits.
    pub(super) value: String,
    /// What the gate looks for.
    pub(super) canary: Canary,
}

impl Bait {
    pub(super) fn new(entropy: &dyn Entropy) -> Result<Self, BadCanary> {
        let value = hex::encode(entropy.id128());
        let canary = Canary::new(value.as_bytes())?;
        Ok(Self { value, canary })
    }
}
