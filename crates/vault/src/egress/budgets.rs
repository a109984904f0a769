//! What a job may use at most, and what it has used.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Hard limits. Those of [`Settings`](super::Settings) bound those of every job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budgets {
    /// Requests to model providers, whatever they ask; as many tunnels besides.
    pub requests: u64,
    /// Tokens sent, those read from or written to a provider's cache included.
    pub input_tokens: u64,
    /// Tokens answered, hidden reasoning included.
    pub output_tokens: u64,
    /// Money in millionths of a US dollar, by the prices of the settings; `None`: not limited, and
    /// models without a price may be used.
    pub micro_usd: Option<u64>,
    /// Longest request body, in bytes.
    pub request_bytes: u64,
    /// Longest answer body, in bytes.
    pub response_bytes: u64,
    /// Requests and tunnels at one time; more wait.
    pub concurrent: u32,
    /// From a request's first byte to the last of its answer; a tunnel's whole life.
    pub per_request_time: Duration,
    /// What all tunnels of the set-up phase may carry together, both ways, in bytes.
    pub tunnel_bytes: u64,
}

impl Budgets {
    /// The lower of both in each respect.
    #[must_use]
    pub fn within(self, ceiling: Self) -> Self {
        Self {
            requests: self.requests.min(ceiling.requests),
            input_tokens: self.input_tokens.min(ceiling.input_tokens),
            output_tokens: self.output_tokens.min(ceiling.output_tokens),
            micro_usd: match (self.micro_usd, ceiling.micro_usd) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            },
            request_bytes: self.request_bytes.min(ceiling.request_bytes),
            response_bytes: self.response_bytes.min(ceiling.response_bytes),
            concurrent: self.concurrent.min(ceiling.concurrent),
            per_request_time: self.per_request_time.min(ceiling.per_request_time),
            tunnel_bytes: self.tunnel_bytes.min(ceiling.tunnel_bytes),
        }
    }
}

/// Which budget is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Budget {
    /// [`Budgets::requests`].
    Requests,
    /// [`Budgets::input_tokens`].
    InputTokens,
    /// [`Budgets::output_tokens`].
    OutputTokens,
    /// [`Budgets::micro_usd`].
    Money,
    /// [`Budgets::tunnel_bytes`].
    TunnelBytes,
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Requests => "requests",
            Self::InputTokens => "input tokens",
            Self::OutputTokens => "output tokens",
            Self::Money => "money",
            Self::TunnelBytes => "package bytes",
        })
    }
}

/// Tokens by what they cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Sent, at the full price.
    pub input: u64,
    /// Sent and found in the provider's cache.
    pub cache_read: u64,
    /// Sent and stored in the provider's cache.
    pub cache_write: u64,
    /// Answered.
    pub output: u64,
}

impl Tokens {
    /// Everything sent.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.input
            .saturating_add(self.cache_read)
            .saturating_add(self.cache_write)
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            input: self.input.saturating_add(other.input),
            cache_read: self.cache_read.saturating_add(other.cache_read),
            cache_write: self.cache_write.saturating_add(other.cache_write),
            output: self.output.saturating_add(other.output),
        }
    }
}

/// What a job has used. Numbers are the providers' own, or estimates where they gave none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Requests to providers, those included that did not get through.
    pub requests: u64,
    /// Among them: those whose tokens had to be estimated, wholly or in part.
    pub estimated: u64,
    /// Requests, connections and tunnels that were refused.
    pub refused: u64,
    /// By the providers' count.
    pub tokens: Tokens,
    /// In millionths of a US dollar; models without a price count nothing.
    pub micro_usd: u64,
    /// Body bytes sent to providers.
    pub request_bytes: u64,
    /// Body bytes that came from providers.
    pub response_bytes: u64,
    /// Tunnels opened in the set-up phase.
    pub tunnels: u64,
    /// What they carried, both ways.
    pub tunnel_bytes: u64,
    /// The first budget that was found used up; `None`: the job stayed within all.
    pub ended_by: Option<Budget>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOMY: Budgets = Budgets {
        requests: 10,
        input_tokens: 10,
        output_tokens: 10,
        micro_usd: Some(10),
        request_bytes: 10,
        response_bytes: 10,
        concurrent: 10,
        per_request_time: Duration::from_secs(10),
        tunnel_bytes: 10,
    };

    #[test]
    fn a_job_never_gets_more_than_the_owner_set() {
        let greedy = Budgets {
            requests: 11,
            micro_usd: None,
            concurrent: 3,
            ..ROOMY
        };
        let granted = greedy.within(ROOMY);
        assert_eq!(
            granted,
            Budgets {
                concurrent: 3,
                ..ROOMY
            }
        );
        let unlimited = Budgets {
            micro_usd: None,
            ..ROOMY
        };
        assert_eq!(ROOMY.within(unlimited).micro_usd, Some(10));
        assert_eq!(unlimited.within(unlimited).micro_usd, None);
    }

    #[test]
    fn absurd_counts_do_not_wrap() {
        let absurd = Tokens {
            input: u64::MAX,
            cache_read: 1,
            cache_write: 1,
            output: u64::MAX,
        };
        assert_eq!(absurd.sent(), u64::MAX);
        assert_eq!(absurd.plus(absurd).output, u64::MAX);
    }
}
