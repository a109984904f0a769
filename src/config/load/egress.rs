//! `[egress]`: the models that an agent may ask, and what a job may cost.

use std::collections::BTreeMap;

use super::{HOUR, MINUTE, Reading, SECOND, non_empty};
use crate::config::complaints::Refusal;
use crate::config::reader::Section;
use crate::config::{Api, Auth, Egress, Price, Provider, values};

/// Most requests, and most millions of tokens, that a job can be given.
const MOST: u32 = 1_000_000;

impl Reading<'_> {
    pub(super) fn egress(&self, section: Section<'_>) -> Egress {
        let millions =
            |key: &'static str, default| u64::from(section.count(key, 1..=MOST, default)) * 1_000;
        let egress = Egress {
            requests: u64::from(section.count("requests", 1..=MOST, 400)),
            input_tokens: millions("input_kilotokens", 20_000),
            output_tokens: millions("output_kilotokens", 1_000),
            micro_usd: section.parsed("usd", money).unwrap_or(Some(5 * 1_000_000)),
            concurrent: section.count("concurrent", 1..=64, 4),
            request_time: section.duration("request_time", SECOND..=HOUR, 10 * MINUTE),
            providers: self.providers(&section.section("providers")),
        };
        section.finish();
        egress
    }

    fn providers(&self, section: &Section<'_>) -> BTreeMap<String, Provider> {
        let mut all = BTreeMap::new();
        for (name, span, table) in section.tables() {
            let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            if name.is_empty() || name.len() > 40 || !name.bytes().all(plain) {
                section.complaints.error(
                    Some(span),
                    format!("`{name}` cannot be a provider's name"),
                    "it stands in the address at which an agent reaches it",
                    "use 1 to 40 small letters, digits and `-`",
                );
            }
            if let Some(provider) = self.provider(table) {
                all.insert(name, provider);
            }
        }
        all
    }

    fn provider(&self, table: Section<'_>) -> Option<Provider> {
        let base_url = table.parsed("base_url", |text| {
            values::base_url(text, self.insecure_loopback)
        });
        if table.span("base_url").is_none() {
            table.missing(
                "base_url",
                "a provider needs an address",
                "add base_url = \"https://api.openai.com/v1\"",
            );
        }
        let api = table.parsed("api", api).unwrap_or(Api::OpenAiCompatible);
        let auth = table.parsed("auth", auth);
        let key_file = table.parsed("key_file", |text| self.file(text));
        let prices = prices(&table.section("prices"));
        table.finish();
        // Only now: what is missing must not hide the other complaints.
        Some(Provider {
            api,
            base_url: base_url?,
            auth,
            key_file,
            prices,
        })
    }
}

fn api(text: &str) -> Result<Api, Refusal> {
    match text {
        "openai" => Ok(Api::OpenAi),
        "openai-compatible" => Ok(Api::OpenAiCompatible),
        "anthropic" => Ok(Api::Anthropic),
        "gemini" => Ok(Api::Gemini),
        _ => Err(Refusal::new(
            "this API is not known",
            "use \"openai\", \"openai-compatible\", \"anthropic\" or \"gemini\"",
        )),
    }
}

fn auth(text: &str) -> Result<Auth, Refusal> {
    match text {
        "bearer" => Ok(Auth::Bearer),
        "x-api-key" => Ok(Auth::XApiKey),
        "x-goog-api-key" => Ok(Auth::GoogApiKey),
        "api-key" => Ok(Auth::ApiKey),
        _ => Err(Refusal::new(
            "a key is not shown in this way",
            "use \"bearer\", \"x-api-key\", \"x-goog-api-key\" or \"api-key\"",
        )),
    }
}

/// Dollars in millionths, or `none`.
fn money(text: &str) -> Result<Option<u64>, Refusal> {
    if text == "none" {
        return Ok(None);
    }
    micro_usd(text).map(Some)
}

fn micro_usd(text: &str) -> Result<u64, Refusal> {
    let refuse = || {
        Refusal::new(
            format!("`{text}` is no amount in dollars with at most six places"),
            "write it in quotes: \"5\", \"0.25\"; `usd` may also be \"none\"",
        )
    };
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 7 || part.len() > 6 || !digits(whole) || !digits(part) {
        return Err(refuse());
    }
    format!("{whole}{part:0<6}").parse().map_err(|_| refuse())
}

/// `[egress.providers.NAME.prices."gpt-*"] input = "1.25"`: dollars for a million tokens.
fn prices(section: &Section<'_>) -> Vec<Price> {
    let mut all = Vec::new();
    for (model, span, table) in section.tables() {
        let price = |key: &'static str| table.parsed(key, micro_usd);
        let (input, output) = (price("input"), price("output"));
        for key in ["input", "output"] {
            if table.span(key).is_none() {
                table.missing(
                    key,
                    "a price says what sending and what answering costs",
                    "add input = \"1.25\" and output = \"10\": dollars for a million tokens",
                );
            }
        }
        let price = Price {
            model: non_empty(&model).unwrap_or_default(),
            input: input.unwrap_or_default(),
            output: output.unwrap_or_default(),
            cache_read: price("cache_read"),
            cache_write: price("cache_write"),
        };
        table.finish();
        all.push((span.start, price));
    }
    // The first match counts, so they stay in the order in which they were written.
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, price)| price).collect()
}
