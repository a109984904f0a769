//! Which requests lead to a provider. Everything that is not named here is refused.

use http::{Method, Uri};

use super::refusal::Refusal;
use super::settings::Api;

/// Longest model name and longest value in a query, in bytes.
const LONGEST_WORD: usize = 128;

/// What a request asks a provider for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// OpenAI's chat completions.
    Chat,
    /// OpenAI's responses.
    Responses,
    /// Anthropic's messages.
    Messages,
    /// Gemini's content.
    Content,
    /// OpenAI's embeddings.
    Embeddings,
    /// How many tokens a Messages or Content request has; costs nothing.
    Count(CountOf),
    /// Which models there are; costs nothing.
    Models,
}

/// Whose way of counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CountOf {
    Messages,
    Content,
}

impl Call {
    /// Whether a model answers, so that tokens come back.
    pub(super) fn generates(self) -> bool {
        matches!(
            self,
            Self::Chat | Self::Responses | Self::Messages | Self::Content
        )
    }

    /// Whether the provider asks money for it.
    pub(super) fn costs(self) -> bool {
        self.generates() || self == Self::Embeddings
    }
}

/// A request that is on the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) call: Call,
    /// What is appended to the base URL's path; begins with a slash.
    pub(super) path: String,
    /// The part of the query that may go on.
    pub(super) query: Option<String>,
    /// The model, where the path names it.
    pub(super) model: Option<String>,
}

/// Splits `/llm/<provider>/<rest>`; the rest begins with a slash.
pub(super) fn provider(uri: &Uri) -> Result<(&str, &str), Refusal> {
    if uri.scheme().is_some() || uri.authority().is_some() {
        return Err(Refusal::AbsoluteForm);
    }
    let path = uri.path();
    // No '%': nothing that a model endpoint needs is written with one, and what is not decoded
    // cannot be decoded differently further on.
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~:@/".contains(&b);
    if !path.bytes().all(plain)
        || path
            .split('/')
            .skip(1)
            .any(|part| matches!(part, "" | "." | ".."))
    {
        return Err(Refusal::OddPath);
    }
    let rest = path.strip_prefix("/llm/").ok_or(Refusal::NoRoute)?;
    let at = rest.find('/').ok_or(Refusal::NoRoute)?;
    Ok(rest.split_at(at))
}

/// Finds `method` and `path` (below the provider) on the list of `api`.
pub(super) fn find(
    api: Api,
    method: &Method,
    path: &str,
    query: Option<&str>,
) -> Result<Route, Refusal> {
    let path = match api {
        Api::OpenAi | Api::OpenAiCompatible => path
            .strip_prefix("/v1")
            .filter(|rest| rest.starts_with('/'))
            .unwrap_or(path),
        Api::Anthropic | Api::Gemini => path,
    };
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let post = method == Method::POST;
    let get = method == Method::GET;
    let (call, model) = match (api, parts.as_slice()) {
        (Api::OpenAi | Api::OpenAiCompatible, ["chat", "completions"]) if post => {
            (Call::Chat, None)
        }
        (Api::OpenAi | Api::OpenAiCompatible, ["responses"]) if post => (Call::Responses, None),
        (Api::OpenAi | Api::OpenAiCompatible, ["embeddings"]) if post => (Call::Embeddings, None),
        (Api::OpenAi | Api::OpenAiCompatible, ["models"] | ["models", _]) if get => {
            (Call::Models, None)
        }
        (Api::Anthropic, ["v1", "messages"]) if post => (Call::Messages, None),
        (Api::Anthropic, ["v1", "messages", "count_tokens"]) if post => {
            (Call::Count(CountOf::Messages), None)
        }
        (Api::Anthropic, ["v1", "models"] | ["v1", "models", _]) if get => (Call::Models, None),
        (Api::Gemini, ["v1" | "v1beta", "models"]) if get => (Call::Models, None),
        (Api::Gemini, ["v1" | "v1beta", "models", name]) => gemini(name, method, query)?,
        _ => return Err(Refusal::NotOnList),
    };
    Ok(Route {
        call,
        path: path.to_owned(),
        query: query.and_then(|query| kept(api, query)),
        model,
    })
}

/// `<model>:<verb>` as Gemini has it.
fn gemini(
    name: &str,
    method: &Method,
    query: Option<&str>,
) -> Result<(Call, Option<String>), Refusal> {
    let Some((model, verb)) = name.split_once(':') else {
        return if method == Method::GET {
            Ok((Call::Models, None))
        } else {
            Err(Refusal::NotOnList)
        };
    };
    if model.is_empty() || model.len() > LONGEST_WORD || method != Method::POST {
        return Err(Refusal::NotOnList);
    }
    let call = match verb {
        "generateContent" => Call::Content,
        "streamGenerateContent" => {
            let sse = query.is_some_and(|query| query.split('&').any(|part| part == "alt=sse"));
            if !sse {
                return Err(Refusal::NotSse);
            }
            Call::Content
        }
        "countTokens" => Call::Count(CountOf::Content),
        _ => return Err(Refusal::NotOnList),
    };
    Ok((call, Some(model.to_owned())))
}

/// The parameters that may go on. The rest is dropped: keys above all, and Google's `$httpHeaders`,
/// which would overrule the headers.
fn kept(api: Api, query: &str) -> Option<String> {
    let names: &[&str] = match api {
        Api::OpenAi | Api::OpenAiCompatible => &["after", "limit", "api-version"],
        Api::Anthropic => &["beta", "limit", "after_id", "before_id"],
        Api::Gemini => &["alt", "pageSize", "pageToken"],
    };
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    let mut seen = Vec::new();
    let kept: Vec<&str> = query
        .split('&')
        .filter(|part| {
            let Some((name, value)) = part.split_once('=') else {
                return false;
            };
            let fits = names.contains(&name)
                && !seen.contains(&name)
                && value.len() <= LONGEST_WORD
                && value.bytes().all(plain)
                && (name != "alt" || matches!(value, "sse" | "json"));
            if fits {
                seen.push(name);
            }
            fits
        })
        .collect();
    (!kept.is_empty()).then(|| kept.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(uri: &str) -> Result<(String, String), Refusal> {
        let uri: Uri = uri.parse().expect("uri");
        provider(&uri).map(|(name, rest)| (name.to_owned(), rest.to_owned()))
    }

    #[test]
    fn a_path_is_what_it_looks_like() {
        assert_eq!(
            split("/llm/openai/v1/models"),
            Ok(("openai".to_owned(), "/v1/models".to_owned()))
        );
        for (uri, refusal) in [
            ("/", Refusal::OddPath),
            ("/v1/models", Refusal::NoRoute),
            ("/llm", Refusal::NoRoute),
            ("/llm/openai", Refusal::NoRoute),
            ("/LLM/openai/v1", Refusal::NoRoute),
            ("/llm/../etc/passwd", Refusal::OddPath),
            ("/llm/openai/../anthropic/v1/messages", Refusal::OddPath),
            ("/llm/openai/./models", Refusal::OddPath),
            ("/llm//openai/models", Refusal::OddPath),
            ("/llm/openai/models/", Refusal::OddPath),
            ("//evil.example/llm/openai/models", Refusal::OddPath),
            ("/llm/openai/%2e%2e/models", Refusal::OddPath),
            ("/llm/openai/models%2fx", Refusal::OddPath),
            ("/llm/openai/models%00", Refusal::OddPath),
            ("/llm/openai/models;x=1", Refusal::OddPath),
            (
                "http://api.openai.com/llm/openai/models",
                Refusal::AbsoluteForm,
            ),
            (
                "https://127.0.0.1:3128/llm/openai/models",
                Refusal::AbsoluteForm,
            ),
        ] {
            assert_eq!(split(uri), Err(refusal), "{uri}");
        }
    }

    #[test]
    fn only_what_is_on_the_list_is_found() {
        let call = |api, method: &Method, path: &str| find(api, method, path, None).map(|r| r.call);
        let (get, post) = (Method::GET, Method::POST);
        for api in [Api::OpenAi, Api::OpenAiCompatible] {
            assert_eq!(call(api, &post, "/v1/chat/completions"), Ok(Call::Chat));
            assert_eq!(call(api, &post, "/chat/completions"), Ok(Call::Chat));
            assert_eq!(call(api, &post, "/responses"), Ok(Call::Responses));
            assert_eq!(call(api, &post, "/embeddings"), Ok(Call::Embeddings));
            assert_eq!(call(api, &get, "/models/gpt-5"), Ok(Call::Models));
        }
        assert_eq!(
            call(Api::Anthropic, &post, "/v1/messages"),
            Ok(Call::Messages)
        );
        assert_eq!(
            call(Api::Anthropic, &post, "/v1/messages/count_tokens"),
            Ok(Call::Count(CountOf::Messages))
        );
        for (api, method, path) in [
            (Api::OpenAi, &get, "/chat/completions"),
            (Api::OpenAi, &Method::DELETE, "/models/x"),
            (Api::OpenAi, &post, "/files"),
            (Api::OpenAi, &get, "/files"),
            (Api::OpenAi, &post, "/v1/v1/chat/completions"),
            (Api::OpenAi, &post, "/v1chat/completions"),
            (Api::OpenAi, &post, "/organization/admin_api_keys"),
            (Api::OpenAi, &get, "/responses/resp_1"),
            (Api::OpenAi, &post, "/v1/messages"),
            (Api::Anthropic, &post, "/messages"),
            (Api::Anthropic, &post, "/v1/messages/batches"),
            (Api::Anthropic, &get, "/v1/files"),
            (Api::Anthropic, &Method::HEAD, "/v1/models"),
            (Api::Gemini, &post, "/v1beta/models/m:batchEmbedContents"),
            (Api::Gemini, &post, "/v1beta/models/:generateContent"),
            (Api::Gemini, &get, "/v1beta/models/m:generateContent"),
            (Api::Gemini, &post, "/v1beta/tunedModels/m:generateContent"),
            (Api::Gemini, &post, "/upload/v1beta/files"),
        ] {
            assert_eq!(call(api, method, path), Err(Refusal::NotOnList), "{path}");
        }
    }

    #[test]
    fn gemini_names_the_model_in_the_path_and_streams_as_events_only() {
        let path = "/v1beta/models/gemini-3-pro:streamGenerateContent";
        let query = Some("key=placeholder&alt=sse&$httpHeaders=a&alt=json");
        let route = find(Api::Gemini, &Method::POST, path, query).expect("on the list");
        assert_eq!(route.call, Call::Content);
        assert_eq!(route.model.as_deref(), Some("gemini-3-pro"));
        assert_eq!(route.query.as_deref(), Some("alt=sse"));
        assert_eq!(
            find(Api::Gemini, &Method::POST, path, Some("alt=json")),
            Err(Refusal::NotSse)
        );
    }

    #[test]
    fn no_key_and_nothing_unknown_goes_on_in_the_query() {
        for (query, left) in [
            ("beta=true", Some("beta=true")),
            (
                "beta=true&key=x&api_key=y&access_token=z",
                Some("beta=true"),
            ),
            ("limit=5&limit=6", Some("limit=5")),
            ("limit=a%26key%3dx", None),
            ("beta", None),
            ("", None),
        ] {
            assert_eq!(kept(Api::Anthropic, query).as_deref(), left, "{query}");
        }
    }
}
