//! Parameters of a token request, from JSON or from a form.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};
use serde_json::Value;

use super::refusal::{Refusal, Refused};

/// The parameters, with the client credentials of HTTP Basic apart.
#[derive(Debug, Default)]
pub(crate) struct Form {
    values: BTreeMap<String, String>,
    pub(crate) basic: Option<(String, String)>,
    /// True when it came as a form, false for JSON.
    pub(crate) encoded: bool,
}

impl Form {
    pub(crate) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, Refused> {
        let kind = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        let values = match kind {
            "application/x-www-form-urlencoded" => from_form(body)?,
            "application/json" => from_json(body)?,
            other => {
                return Err(Refused::new(
                    Refusal::ContentType,
                    format!("Unsupported content type '{other}'"),
                ));
            }
        };
        Ok(Self {
            values,
            basic: basic(headers),
            encoded: kind == "application/x-www-form-urlencoded",
        })
    }

    /// The same, of an endpoint that takes no JSON.
    pub(crate) fn encoded(headers: &HeaderMap, body: &[u8]) -> Result<Self, Refused> {
        let kind = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        if !kind.starts_with("application/x-www-form-urlencoded") {
            let text = format!("Unsupported content type '{kind}'");
            return Err(Refused::new(Refusal::ContentType, text));
        }
        Self::read(headers, body)
    }

    /// A parameter, if it is there and not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    pub(crate) fn require(&self, name: &str) -> Result<&str, Refused> {
        self.get(name).ok_or_else(|| {
            Refused::new(
                Refusal::ParameterMissing,
                format!("Missing required parameter: {name}"),
            )
        })
    }

    /// The words of `scope`.
    pub(crate) fn scopes(&self) -> Vec<String> {
        self.get("scope")
            .map(|scope| scope.split_whitespace().map(ToOwned::to_owned).collect())
            .unwrap_or_default()
    }

    pub(crate) fn client_id(&self) -> Option<&str> {
        self.get("client_id")
            .or_else(|| self.basic.as_ref().map(|(id, _)| id.as_str()))
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }
}

fn from_form(body: &[u8]) -> Result<BTreeMap<String, String>, Refused> {
    let mut values = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(body) {
        if values
            .insert(name.clone().into_owned(), value.into_owned())
            .is_some()
        {
            return Err(Refused::new(
                Refusal::ParameterMissing,
                format!("Parameter {name} is given twice"),
            ));
        }
    }
    Ok(values)
}

fn from_json(body: &[u8]) -> Result<BTreeMap<String, String>, Refused> {
    let bad = || Refused::new(Refusal::ContentType, "Body is not a JSON object of texts");
    let Ok(Value::Object(object)) = serde_json::from_slice(body) else {
        return Err(bad());
    };
    object
        .into_iter()
        .map(|(name, value)| match value {
            Value::String(value) => Ok((name, value)),
            _ => Err(bad()),
        })
        .collect()
}

/// RFC 6749 §2.3.1: both halves are form-encoded before the base64.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Basic ")?;
    let text = String::from_utf8(STANDARD.decode(value).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let plain = |part: &str| -> String {
        url::form_urlencoded::parse(format!("x={part}").as_bytes())
            .next()
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    Some((plain(id), plain(secret)))
}
