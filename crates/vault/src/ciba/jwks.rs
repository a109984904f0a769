//! The tenant's public keys (RFC 7517), fetched when a token names one that is not known.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use url::Url;

use crate::failure::Failure;
use crate::http_client;
use clock::Clock;

/// A token that names an unknown key has them fetched again, but not more often than this: whoever could make
/// tokens up would otherwise have us ask without end.
const COOL_DOWN: Duration = Duration::from_secs(60);
/// A key that was taken back is believed at most so much longer.
const LONGEST_STAY: Duration = Duration::from_secs(24 * 3600);
/// Longest key set that is read, in bytes.
const LONGEST: usize = 256 * 1024;

/// The keys as last fetched.
pub(crate) struct Jwks {
    url: Url,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    keys: Vec<PublicKey>,
    fetched: Option<Duration>,
}

#[derive(Clone, Deserialize)]
struct PublicKey {
    kid: Option<String>,
    kty: String,
    #[serde(rename = "use")]
    used_for: Option<String>,
    alg: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<serde_json::Value>,
}

impl Jwks {
    pub(crate) fn new(url: Url) -> Self {
        Self {
            url,
            held: Mutex::default(),
        }
    }

    /// The key `kid`, if the tenant has published one for this algorithm.
    pub(crate) async fn key(
        &self,
        kid: &str,
        alg: Algorithm,
        http: &reqwest::Client,
        clock: &dyn Clock,
    ) -> Result<Option<DecodingKey>, Failure> {
        let (known, fetched) = self.known(kid);
        let age = fetched.map(|at| clock.monotonic().saturating_sub(at));
        let fetch = match (&known, age) {
            (_, None) => true,
            (Some(_), Some(age)) => age >= LONGEST_STAY,
            (None, Some(age)) => age >= COOL_DOWN,
        };
        let found = if fetch {
            let keys = self.fetch(http).await?;
            let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            *held = Held {
                keys,
                fetched: Some(clock.monotonic()),
            };
            drop(held);
            self.known(kid).0
        } else {
            known
        };
        Ok(found.and_then(|key| key.for_signatures(alg)))
    }

    fn known(&self, kid: &str) -> (Option<PublicKey>, Option<Duration>) {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let named = |key: &&PublicKey| key.kid.as_deref() == Some(kid);
        (held.keys.iter().find(named).cloned(), held.fetched)
    }

    async fn fetch(&self, http: &reqwest::Client) -> Result<Vec<PublicKey>, Failure> {
        let no = |said: String| {
            let remedy = "nothing to do, the tenant's keys are asked for again";
            Failure::transient("no_tenant_keys", said, remedy)
        };
        let request = http
            .get(self.url.clone())
            .header("accept", "application/json");
        let response = request
            .send()
            .await
            .map_err(|error| no(http_client::describe(http_client::Role::Tenant, error)))?;
        let status = response.status();
        if !status.is_success() {
            return Err(no(format!(
                "HTTP {} instead of the tenant's keys",
                status.as_u16()
            )));
        }
        let body = http_client::read(response, LONGEST).await;
        let body = body.map_err(|_| no("the tenant's keys did not arrive whole".to_owned()))?;
        let document: Document = serde_json::from_slice(&body)
            .map_err(|_| no("an answer that is no key set".to_owned()))?;
        // A kind of key that is not known here must not hide the others.
        let keys = document.keys.into_iter();
        Ok(keys
            .filter_map(|key| serde_json::from_value(key).ok())
            .collect())
    }
}

impl PublicKey {
    fn for_signatures(&self, alg: Algorithm) -> Option<DecodingKey> {
        let named = format!("{alg:?}");
        let fits = self.kty == "RSA"
            && self.used_for.as_deref().is_none_or(|used| used == "sig")
            && self.alg.as_deref().is_none_or(|said| said == named);
        let (n, e) = (self.n.as_deref()?, self.e.as_deref()?);
        DecodingKey::from_rsa_components(n, e).ok().filter(|_| fits)
    }
}
