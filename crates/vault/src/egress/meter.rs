//! Holds a job to its budgets. A request sets aside what it may cost at most before it leaves, and
//! pays what it did cost when it has ended; if that is not known, it pays what it had set aside.
//!
//! Tokens nobody counted are estimated from bytes: one for every two, where text has about four.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::budgets::{Budget, Budgets, Tokens, Usage};
use super::price::Price;
use super::reading::Reading;
use super::refusal::Refusal;

/// Fewer bytes to a token than any provider's text has on average.
const BYTES_PER_TOKEN: u64 = 2;
/// The longest answer of any model, in tokens: what a request may cost that names no limit.
const LONGEST_ANSWER: u64 = 131_072;
/// A shorter answer is of no use, and some providers refuse to be limited below it.
const SHORTEST_ANSWER: u64 = 16;

/// Tokens in `bytes` of text, at least.
pub(super) fn estimate(bytes: u64) -> u64 {
    bytes.div_ceil(BYTES_PER_TOKEN)
}

/// What a request may cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ask {
    /// Length of the body, in bytes.
    pub(super) bytes: u64,
    /// Whether tokens are billed at all.
    pub(super) costs: bool,
    /// Whether tokens come back.
    pub(super) generates: bool,
    /// The longest answer it asks for.
    pub(super) longest: Option<u64>,
    /// How many answers it asks for, at least one.
    pub(super) choices: u64,
    pub(super) price: Option<Price>,
}

#[derive(Default)]
struct State {
    used: Usage,
    /// Set aside by requests under way.
    input: u64,
    output: u64,
    micro_usd: u64,
}

/// One job's account.
pub(super) struct Meter {
    budgets: Budgets,
    state: Mutex<State>,
}

impl Meter {
    pub(super) fn new(budgets: Budgets) -> Self {
        Self {
            budgets,
            state: Mutex::default(),
        }
    }

    pub(super) fn budgets(&self) -> &Budgets {
        &self.budgets
    }

    pub(super) fn usage(&self) -> Usage {
        self.state().used
    }

    pub(super) fn refused(&self) {
        let mut state = self.state();
        state.used.refused = state.used.refused.saturating_add(1);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets aside what the request may cost.
    pub(super) fn reserve(self: &Arc<Self>, ask: Ask) -> Result<Reservation, Refusal> {
        let mut state = self.state();
        let set_aside = self.room(&state, &ask);
        if let Err(Refusal::Budget(budget)) = set_aside {
            state.used.ended_by.get_or_insert(budget);
        }
        let (input, output, micro_usd) = set_aside?;
        state.input = state.input.saturating_add(input);
        state.output = state.output.saturating_add(output);
        state.micro_usd = state.micro_usd.saturating_add(micro_usd);
        state.used.requests = state.used.requests.saturating_add(1);
        Ok(Reservation {
            meter: Arc::clone(self),
            ask,
            input,
            output,
            micro_usd,
            reading: Reading::default(),
            received: 0,
            streamed: false,
            end: End::Unsent,
        })
    }

    fn room(&self, state: &State, ask: &Ask) -> Result<(u64, u64, u64), Refusal> {
        if state.used.requests >= self.budgets.requests {
            return Err(Refusal::Budget(Budget::Requests));
        }
        if !ask.costs {
            return Ok((0, 0, 0));
        }
        if ask.price.is_none() && self.budgets.micro_usd.is_some() {
            return Err(Refusal::NoPrice);
        }
        let input = estimate(ask.bytes);
        let sent = state.used.tokens.sent();
        free(
            Budget::InputTokens,
            self.budgets.input_tokens,
            sent,
            state.input,
            input,
        )?;
        let mut output = 0;
        if ask.generates {
            let left = free(
                Budget::OutputTokens,
                self.budgets.output_tokens,
                state.used.tokens.output,
                state.output,
                SHORTEST_ANSWER,
            )?;
            output = ask
                .longest
                .unwrap_or(LONGEST_ANSWER)
                .saturating_mul(ask.choices)
                .min(left);
        }
        let mut cost = 0;
        if let (Some(price), Some(limit)) = (&ask.price, self.budgets.micro_usd) {
            let sending = price.worst_input(input);
            let least = Tokens {
                output: output.min(SHORTEST_ANSWER),
                ..Tokens::default()
            };
            let least = sending.saturating_add(price.cost(least));
            let left = free(
                Budget::Money,
                limit,
                state.used.micro_usd,
                state.micro_usd,
                least,
            )?;
            output = output.min(price.affordable(left - sending));
            cost = sending.saturating_add(price.cost(Tokens {
                output,
                ..Tokens::default()
            }));
        }
        Ok((input, output, cost))
    }

    /// Counts a tunnel.
    pub(super) fn tunnel(&self) -> Result<(), Refusal> {
        let mut state = self.state();
        let spent = if state.used.tunnels >= self.budgets.requests {
            Some(Budget::Requests)
        } else if state.used.tunnel_bytes >= self.budgets.tunnel_bytes {
            Some(Budget::TunnelBytes)
        } else {
            None
        };
        if let Some(budget) = spent {
            state.used.ended_by.get_or_insert(budget);
            return Err(Refusal::Budget(budget));
        }
        state.used.tunnels = state.used.tunnels.saturating_add(1);
        Ok(())
    }

    /// Counts bytes about to go through a tunnel.
    pub(super) fn carry(&self, bytes: u64) -> Result<(), Refusal> {
        let mut state = self.state();
        let carried = state.used.tunnel_bytes.saturating_add(bytes);
        if carried > self.budgets.tunnel_bytes {
            state.used.ended_by.get_or_insert(Budget::TunnelBytes);
            return Err(Refusal::Budget(Budget::TunnelBytes));
        }
        state.used.tunnel_bytes = carried;
        Ok(())
    }
}

/// What is left of a budget, if it is at least `wanted`.
fn free(budget: Budget, limit: u64, used: u64, held: u64, wanted: u64) -> Result<u64, Refusal> {
    let left = limit.saturating_sub(used);
    if left < wanted.max(1) {
        return Err(Refusal::Budget(budget));
    }
    let left = left.saturating_sub(held);
    if left < wanted.max(1) {
        return Err(Refusal::Held(budget));
    }
    Ok(left)
}

/// How far a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// Nothing of it left.
    Unsent,
    /// It left and was not answered in full: what it cost nobody knows.
    Cut,
    /// It was answered in full.
    Answered,
    /// The provider refused it, which costs nothing.
    Declined,
}

/// What a request has set aside. Dropped, it pays.
pub(super) struct Reservation {
    meter: Arc<Meter>,
    ask: Ask,
    input: u64,
    output: u64,
    micro_usd: u64,
    /// What the provider says.
    pub(super) reading: Reading,
    /// Bytes of the answer.
    pub(super) received: u64,
    /// The answer is a stream of events, most of whose bytes are no text.
    pub(super) streamed: bool,
    end: End,
}

impl Reservation {
    /// The limit to write into the request, if what it says itself is too much.
    pub(super) fn limit(&self) -> Option<u64> {
        let most = self.output / self.ask.choices.max(1);
        let asked = self.ask.longest.unwrap_or(LONGEST_ANSWER);
        (self.ask.generates && asked > most).then_some(most)
    }

    /// From here on it may cost something.
    pub(super) fn sent(&mut self) {
        self.end = End::Cut;
    }

    /// Nothing of it can have left.
    pub(super) fn never_left(&mut self) {
        self.end = End::Unsent;
    }

    pub(super) fn declined(&mut self) {
        self.end = End::Declined;
    }

    pub(super) fn answered(&mut self) {
        self.end = End::Answered;
    }

    /// What it cost, and whether a part of that is an estimate.
    fn cost(&self) -> (Tokens, bool) {
        let reading = &self.reading;
        let sent = reading.sent.unwrap_or(Tokens {
            input: self.input,
            ..Tokens::default()
        });
        let counted = reading.sent.is_some() && reading.complete;
        let (output, estimated) = match self.end {
            End::Unsent => return (Tokens::default(), false),
            _ if !self.ask.costs => return (Tokens::default(), false),
            End::Declined => {
                return (
                    Tokens {
                        output: reading.output,
                        ..reading.sent.unwrap_or_default()
                    },
                    false,
                );
            }
            End::Answered if counted => (reading.output, false),
            End::Answered if !self.ask.generates => (0, true),
            End::Answered if self.streamed => {
                let most = self.output.min(estimate(self.received));
                (reading.output.max(most), true)
            }
            End::Answered => (reading.output.max(estimate(self.received)), true),
            End::Cut => (reading.output.max(self.output), true),
        };
        (Tokens { output, ..sent }, estimated)
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let (tokens, estimated) = self.cost();
        let mut state = self.meter.state();
        state.input = state.input.saturating_sub(self.input);
        state.output = state.output.saturating_sub(self.output);
        state.micro_usd = state.micro_usd.saturating_sub(self.micro_usd);
        let used = &mut state.used;
        if self.end != End::Unsent {
            used.request_bytes = used.request_bytes.saturating_add(self.ask.bytes);
        }
        used.estimated = used.estimated.saturating_add(u64::from(estimated));
        used.tokens = used.tokens.plus(tokens);
        used.response_bytes = used.response_bytes.saturating_add(self.received);
        if let Some(price) = &self.ask.price {
            used.micro_usd = used.micro_usd.saturating_add(price.cost(tokens));
        }
    }
}

#[cfg(test)]
mod tests;
