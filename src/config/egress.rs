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
        let auth = self.auth.unwrap_or(match self.api {
            Api::OpenAi | Api::OpenAiCompatible => Auth::Bearer,
            Api::Anthropic => Auth::XApiKey,
            Api::Gemini => Auth::GoogApiKey,
        });
        egress::Provider {
            name: name.to_owned(),
            api: self.api,
            base_url: self.base_url.clone(),
            auth,
            credential: SecretSource {
                credential: format!("model-key-{name}"),
                file: self.key_file.clone(),
            },
            prices: self.prices.clone(),
        }
    }
}
