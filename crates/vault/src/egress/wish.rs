//! What a request's body may ask of a model, and how much of it.
//!
//! A provider is also a way out: it runs tools of its own, fetches addresses, calls other servers,
//! all on a word in the body. So a body keeps only the members that are known to do none of that;
//! the rest is taken out and journalled. Content that would have to be fetched is refused.

use super::json::{Json, set};
use super::refusal::Refusal;
use super::routes::{Call, CountOf, Route};
use super::settings::Api;

/// Longest name of a model, in bytes.
const LONGEST_MODEL: usize = 128;
/// Most answers to one request.
const MOST_CHOICES: u64 = 16;

/// What a request wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) model: String,
    /// The longest answer it asks for in tokens, if it says so.
    pub(super) longest: Option<u64>,
    /// How many answers.
    pub(super) choices: u64,
    /// What was taken out.
    pub(super) taken_out: Vec<String>,
}

/// Looks the body over and takes out what must not go on.
pub(super) fn examine(route: &Route, body: &mut Json) -> Result<Wish, Refusal> {
    let call = route.call;
    let members = body
        .members()
        .ok_or(Refusal::BadBody("it is no JSON object"))?;
    let mut taken_out = Vec::new();
    let known = known(call);
    members.retain(|(name, _)| {
        let keep = known.contains(&name.as_str());
        if !keep {
            taken_out.push(name.clone());
        }
        keep
    });
    one_spelling(members)?;
    for (name, value) in members.iter_mut() {
        match name.as_str() {
            "tools" => keep_harmless_tools(call, value, &mut taken_out),
            "messages" | "system" | "input" | "instructions" | "contents" | "systemInstruction"
            | "system_instruction" => within_the_request(value, "")?,
            // Others cost more than the price list says.
            "service_tier" if !is_plain_tier(value) => {
                taken_out.push("service_tier".to_owned());
                *value = Json::Text("auto".to_owned());
            }
            _ => {}
        }
    }
    let model = model(route, body)?;
    let holder = settings_of(call, body);
    if holder.is_some_and(|holder| !matches!(holder, Json::Object(_) | Json::Null)) {
        return Err(Refusal::BadBody("its settings are no JSON object"));
    }
    let longest = longest_names(call)
        .iter()
        .filter_map(|name| holder?.get(name))
        .filter(|value| **value != Json::Null)
        .map(|value| whole(value).ok_or(Refusal::BadBody("its limit of tokens is no whole number")))
        .try_fold(None, |lowest: Option<u64>, value| {
            let value = value?;
            Ok(Some(lowest.map_or(value, |lowest| lowest.min(value))))
        })?;
    let choices = ["n", "candidateCount", "candidate_count"]
        .iter()
        .filter_map(|name| holder?.get(name))
        .filter(|value| **value != Json::Null)
        .map(|value| {
            whole(value)
                .filter(|n| (1..=MOST_CHOICES).contains(n))
                .ok_or(Refusal::BadBody("it asks for no or for too many answers"))
        })
        .next_back()
        .transpose()?
        .unwrap_or(1);
    Ok(Wish {
        model,
        longest,
        choices,
        taken_out,
    })
}

fn is_plain_tier(tier: &Json) -> bool {
    matches!(
        tier.text(),
        Some("auto" | "default" | "flex" | "standard_only")
    )
}

/// Has chat completions count their tokens in a stream too, which they do only when asked.
pub(super) fn have_counted(call: Call, body: &mut Json) {
    if call == Call::Chat
        && body.get("stream") == Some(&Json::Bool(true))
        && let Some(members) = body.members()
    {
        let option = ("include_usage".to_owned(), Json::Bool(true));
        set(members, "stream_options", Json::Object(vec![option]));
    }
}

/// Limits each answer to `most` tokens.
pub(super) fn limit(api: Api, call: Call, body: &mut Json, most: u64) {
    let Some(members) = body.members() else {
        return;
    };
    let names = longest_names(call);
    let members = if call == Call::Content {
        let spelling = if members.iter().any(|(n, _)| n == "generation_config") {
            "generation_config"
        } else {
            "generationConfig"
        };
        if !members
            .iter()
            .any(|(n, v)| n == spelling && *v != Json::Null)
        {
            set(members, spelling, Json::Object(Vec::new()));
        }
        let config = members.iter_mut().find(|(n, _)| n == spelling);
        match config.and_then(|(_, config)| config.members()) {
            Some(config) => config,
            None => return,
        }
    } else {
        members
    };
    let mut said = false;
    for (_, value) in members
        .iter_mut()
        .filter(|(name, value)| names.contains(&name.as_str()) && *value != Json::Null)
    {
        said = true;
        *value = most.into();
    }
    if !said {
        let name = match (call, api) {
            (Call::Chat, Api::OpenAiCompatible) => "max_tokens",
            _ => names.first().copied().unwrap_or_default(),
        };
        set(members, name, most.into());
    }
}

/// Members that a body may have.
fn known(call: Call) -> &'static [&'static str] {
    match call {
        #[rustfmt::skip]
        Call::Chat => &[
            "model", "messages", "max_tokens", "max_completion_tokens", "temperature", "top_p", "top_k", "min_p", "n",
            "stop", "stream", "stream_options", "tools", "tool_choice", "parallel_tool_calls", "functions",
            "function_call", "response_format", "seed", "presence_penalty", "frequency_penalty", "repetition_penalty",
            "logit_bias", "logprobs", "top_logprobs", "user", "safety_identifier", "prompt_cache_key",
            "reasoning_effort", "reasoning", "include_reasoning", "verbosity", "thinking", "enable_thinking",
            "chat_template_kwargs", "metadata", "store", "service_tier",
        ],
        #[rustfmt::skip]
        Call::Responses => &[
            "model", "input", "instructions", "tools", "tool_choice", "parallel_tool_calls", "max_output_tokens",
            "max_tool_calls", "temperature", "top_p", "top_logprobs", "text", "reasoning", "stream", "stream_options",
            "store", "include", "truncation", "previous_response_id", "metadata", "user", "safety_identifier",
            "prompt_cache_key", "service_tier",
        ],
        #[rustfmt::skip]
        Call::Messages => &[
            "model", "messages", "system", "max_tokens", "metadata", "stop_sequences", "stream", "temperature",
            "top_k", "top_p", "tools", "tool_choice", "thinking", "service_tier", "context_management",
            "output_config", "output_format", "cache_control",
        ],
        Call::Count(CountOf::Messages) => &[
            "model",
            "messages",
            "system",
            "tools",
            "tool_choice",
            "thinking",
            "context_management",
        ],
        #[rustfmt::skip]
        Call::Content => &[
            "contents", "systemInstruction", "system_instruction", "tools", "toolConfig", "tool_config",
            "safetySettings", "safety_settings", "generationConfig", "generation_config",
        ],
        Call::Count(CountOf::Content) => &["contents"],
        Call::Embeddings => &["model", "input", "encoding_format", "dimensions", "user"],
        Call::Models => &[],
    }
}

/// Google reads `snakeCase` and `snake_case` as one name.
fn one_spelling(members: &[(String, Json)]) -> Result<(), Refusal> {
    let mut names: Vec<String> = members.iter().map(|(name, _)| plain(name)).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Refusal::BadBody("it names a member in two spellings"));
    }
    Ok(())
}

/// A member's name whichever way it is spelled.
fn plain(name: &str) -> String {
    name.replace('_', "").to_ascii_lowercase()
}

/// Tools that the agent runs stay; tools that the provider would run go.
fn keep_harmless_tools(call: Call, tools: &mut Json, taken_out: &mut Vec<String>) {
    let Json::List(list) = tools else {
        if *tools != Json::Null {
            taken_out.push("tools".to_owned());
            *tools = Json::List(Vec::new());
        }
        return;
    };
    if call == Call::Content {
        for tool in list.iter_mut() {
            let Some(members) = tool.members() else {
                continue;
            };
            members.retain(|(name, _)| {
                let keep = plain(name) == "functiondeclarations";
                if !keep {
                    taken_out.push(format!("tools.{name}"));
                }
                keep
            });
        }
        list.retain(|tool| matches!(tool, Json::Object(members) if !members.is_empty()));
        return;
    }
    list.retain(|tool| {
        let kind = match tool.get("type") {
            // Anthropic's tools of the agent's own have none.
            None => "custom",
            Some(kind) => kind.text().unwrap_or_default(),
        };
        let keep = match call {
            Call::Messages | Call::Count(_) => {
                // Those that are the agent's to run carry their date: `bash_20250124`.
                kind == "custom"
                    || ["bash_", "text_editor_", "memory_", "computer_"]
                        .iter()
                        .any(|own| kind.starts_with(own))
            }
            _ => matches!(kind, "function" | "custom" | "local_shell" | "apply_patch"),
        };
        if !keep {
            taken_out.push(format!("tools.{kind}"));
        }
        keep
    });
}

/// Content must be in the request: a string that stands where an address does has to be a `data:`
/// URL. Arguments and results of tools are the agent's own data, and nobody fetches what is in them.
fn within_the_request(value: &Json, parent: &str) -> Result<(), Refusal> {
    match value {
        Json::List(items) => items
            .iter()
            .try_for_each(|item| within_the_request(item, parent)),
        Json::Object(members) => {
            let tool_use = value
                .get("type")
                .and_then(Json::text)
                .is_some_and(|kind| kind == "tool_use");
            members.iter().try_for_each(|(name, member)| {
                let name = plain(name);
                if (tool_use && name == "input")
                    || (parent == "functioncall" && name == "args")
                    || (parent == "functionresponse" && name == "response")
                {
                    return Ok(());
                }
                if is_address(&name) && member.text().is_some_and(|text| !text.starts_with("data:"))
                {
                    return Err(Refusal::RemoteContent);
                }
                within_the_request(member, &name)
            })
        }
        _ => Ok(()),
    }
}

fn is_address(plain_name: &str) -> bool {
    plain_name == "uri" || plain_name.ends_with("url") || plain_name.ends_with("uri")
}

fn model(route: &Route, body: &Json) -> Result<String, Refusal> {
    if let Some(model) = &route.model {
        return Ok(model.clone());
    }
    let model = body
        .get("model")
        .and_then(Json::text)
        .ok_or(Refusal::BadBody("it names no model"))?;
    let fits = (1..=LONGEST_MODEL).contains(&model.len())
        && model
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._:/@".contains(&b))
        // OpenRouter's way to have a model search the web.
        && !model.ends_with(":online");
    if !fits {
        return Err(Refusal::BadBody(
            "its model's name is not fit to be passed on",
        ));
    }
    Ok(model.to_owned())
}

/// Where the limits on an answer stand.
fn settings_of(call: Call, body: &Json) -> Option<&Json> {
    match call {
        Call::Content => body
            .get("generationConfig")
            .or_else(|| body.get("generation_config")),
        _ => Some(body),
    }
}

/// Names of the longest answer; the first is written where none is given.
fn longest_names(call: Call) -> &'static [&'static str] {
    match call {
        Call::Chat => &["max_completion_tokens", "max_tokens"],
        Call::Responses => &["max_output_tokens"],
        Call::Messages => &["max_tokens"],
        Call::Content => &["maxOutputTokens", "max_output_tokens"],
        Call::Embeddings | Call::Count(_) | Call::Models => &[],
    }
}

fn whole(value: &Json) -> Option<u64> {
    match value {
        Json::Number(number) => number.as_u64(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
