//! What the egress proxy is told.

use vault::SecretSource;
use vault::egress::{self, Budgets, Settings};

use super::{Api, Auth, Config, Egress, Provider};

/// Longest body of a request or an answer, in bytes.
const BODY: u64 = 32 << 20;

impl Config {
    /// The egress proxy's settings: names of keys, no keys. `peer_uid` is the user whose boxes may speak.
    #[must_use]
    pub fn egress_settings(&self, peer_uid: u32) -> Settings {
        Settings {
            providers: self
                .egress
                .providers
                .iter()
                .map(|(name, provider)| provider.told(name))
                .collect(),
            budgets: self.egress.budgets(),
            allow_packages: Vec::new(),
            peer_uid,
            user_agent: concat!("bountyd/", env!("CARGO_PKG_VERSION")).to_owned(),
            allow_insecure_loopback: self.allow_insecure_loopback,
        }
    }
}

impl Egress {
    /// What a job may use.
    #[must_use]
    pub fn budgets(&self) -> Budgets {
        Budgets {
            requests: self.requests,
            input_tokens: self.input_tokens,
            output_tokens: self.output_tokens,
            micro_usd: self.micro_usd,
            request_bytes: BODY,
            response_bytes: BODY,
            concurrent: self.concurrent,
            per_request_time: self.request_time,
            tunnel_bytes: 0,
        }
    }
}

impl Provider {
    fn told(&self, name: &str) -> egress::Provider {
        let auth = match (self.auth, self.api) {
            (Some(Auth::Bearer), _) | (None, Api::OpenAi | Api::OpenAiCompatible) => {
                egress::Auth::Bearer
            }
            (Some(Auth::XApiKey), _) | (None, Api::Anthropic) => egress::Auth::XApiKey,
            (Some(Auth::GoogApiKey), _) | (None, Api::Gemini) => egress::Auth::GoogApiKey,
            (Some(Auth::ApiKey), _) => egress::Auth::ApiKey,
        };
        egress::Provider {
            name: name.to_owned(),
            api: match self.api {
                Api::OpenAi => egress::Api::OpenAi,
                Api::OpenAiCompatible => egress::Api::OpenAiCompatible,
                Api::Anthropic => egress::Api::Anthropic,
                Api::Gemini => egress::Api::Gemini,
            },
            base_url: self.base_url.clone(),
            auth,
            credential: SecretSource {
                credential: format!("model-key-{name}"),
                file: self.key_file.clone(),
            },
            prices: self
                .prices
                .iter()
                .map(|price| egress::Price {
                    model: price.model.clone(),
                    input: price.input,
                    output: price.output,
                    cache_read: price.cache_read,
                    cache_write: price.cache_write,
                })
                .collect(),
        }
    }
}
