//! A page that looks like the owner's phone, so that a person can read and tap in a demonstration.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State as Extract;
use axum::response::{Html, IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Shared;
use super::person::Person;
use super::state::{Message, State};
use super::text::Entity;
use crate::escape::escaped;
use crate::lock;

/// `GET /phone`: the page; its script only fetches `/phone/state` and posts taps.
pub(crate) async fn page() -> Html<&'static str> {
    Html(include_str!("phone.html"))
}

/// `GET /phone/state`
pub(crate) async fn state(Extract(shared): Extract<Arc<Shared>>) -> axum::Json<Value> {
    let state = lock(&shared.state);
    let Some(owner) = state.owner else {
        return axum::Json(json!({"name": "nobody yet", "messages": []}));
    };
    let messages: Vec<Value> = state
        .messages
        .iter()
        .filter(|message| message.chat_id == owner)
        .map(|message| card(message, shared.issues_at.get()))
        .collect();
    axum::Json(json!({
        "name": format!("@{}", state.bot_username),
        "clock": clock(shared.rim.now()),
        "messages": messages,
        "toast": toast(&state, owner),
    }))
}

/// What the last tap was answered with, and how many answers there were, so that the page shows each once.
fn toast(state: &State, owner: i64) -> Value {
    let answers: Vec<_> = state
        .answers
        .iter()
        .filter(|answer| answer.to == owner)
        .collect();
    json!({"count": answers.len(), "text": answers.last().map(|answer| answer.text.as_str()).unwrap_or_default()})
}

/// Where a link of the page leads: an issue of github.com to the same issue on the GitHub that is
/// simulated beside this service, because the real one may not exist, or be a stranger's.
fn target(url: &str, issues_at: Option<&String>) -> String {
    let issue = url
        .strip_prefix("https://github.com/")
        .filter(|path| matches!(path.split('/').collect::<Vec<_>>()[..], [_, _, "issues", _]));
    match (issue, issues_at) {
        (Some(path), Some(base)) => format!("{base}/{path}"),
        _ => url.to_owned(),
    }
}

fn card(message: &Message, issues_at: Option<&String>) -> Value {
    let leads = |url: &String| target(url, issues_at);
    let rows: Vec<Vec<Value>> = message
        .buttons
        .iter()
        .map(|row| {
            row.iter()
                .map(|button| json!({"label": button.label, "url": button.url.as_ref().map(leads)}))
                .collect()
        })
        .collect();
    json!({
        "id": message.id,
        "mine": !message.by_bot(),
        "html": html(&message.text, &message.entities, &leads),
        "time": clock(message.at),
        "edited": !message.earlier.is_empty(),
        "rows": rows,
    })
}

fn clock(unix_ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(unix_ms)
        .unwrap_or_default()
        .format("%a %H:%M")
        .to_string()
}

/// A tap on the page: the message and the label of the button.
#[derive(Deserialize)]
pub(crate) struct TapBody {
    message: i64,
    label: String,
}

/// `POST /phone/tap`
pub(crate) async fn tap(
    Extract(shared): Extract<Arc<Shared>>,
    body: axum::Json<TapBody>,
) -> Response {
    match owner(&shared).map(|owner| owner.taps_on(body.message, &body.label)) {
        Some(Ok(_)) => StatusCode::NO_CONTENT.into_response(),
        Some(Err(why)) => (StatusCode::CONFLICT, why).into_response(),
        None => (StatusCode::CONFLICT, "this phone has no owner").into_response(),
    }
}

/// A line typed on the page.
#[derive(Deserialize)]
pub(crate) struct SayBody {
    text: String,
}

/// `POST /phone/say`
pub(crate) async fn say(
    Extract(shared): Extract<Arc<Shared>>,
    body: axum::Json<SayBody>,
) -> Response {
    let text = body.text.trim();
    match owner(&shared).filter(|_| !text.is_empty()) {
        Some(owner) => {
            owner.says(text);
            StatusCode::NO_CONTENT.into_response()
        }
        None => (
            StatusCode::CONFLICT,
            "this phone has no owner, or nothing was typed",
        )
            .into_response(),
    }
}

fn owner(shared: &Arc<Shared>) -> Option<Person> {
    let id = lock(&shared.state).owner?;
    Some(Person {
        shared: Arc::clone(shared),
        id,
    })
}

/// The text as HTML: everything escaped, entities as tags, links with their address.
fn html(text: &str, entities: &[Entity], leads: &dyn Fn(&String) -> String) -> String {
    let mut out = String::new();
    let mut at = 0;
    for character in text.chars() {
        for entity in entities
            .iter()
            .rev()
            .filter(|entity| entity.offset + entity.length == at)
        {
            out.push_str(tags(&entity.kind).1);
        }
        for entity in entities.iter().filter(|entity| entity.offset == at) {
            match &entity.url {
                Some(url) => {
                    let _ = write!(
                        out,
                        "<a href=\"{}\" target=_blank rel=noreferrer>",
                        escaped(&leads(url))
                    );
                }
                None => out.push_str(tags(&entity.kind).0),
            }
        }
        out.push_str(&escaped(character.encode_utf8(&mut [0; 4])));
        at += character.len_utf16();
    }
    for entity in entities
        .iter()
        .rev()
        .filter(|entity| entity.offset + entity.length == at)
    {
        out.push_str(tags(&entity.kind).1);
    }
    out
}

fn tags(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "bold" => ("<b>", "</b>"),
        "italic" => ("<i>", "</i>"),
        "underline" => ("<u>", "</u>"),
        "strikethrough" => ("<s>", "</s>"),
        "code" => ("<code>", "</code>"),
        "pre" => ("<pre>", "</pre>"),
        "text_link" => ("", "</a>"),
        "blockquote" | "expandable_blockquote" => ("<q>", "</q>"),
        _ => ("<span>", "</span>"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_and_entities_become_tags() {
        let entity = |kind: &str, offset, length, url: Option<&str>| Entity {
            kind: kind.to_owned(),
            offset,
            length,
            url: url.map(ToOwned::to_owned),
        };
        let entities = [
            entity("bold", 0, 3, None),
            entity("text_link", 4, 3, Some("https://example.org/?a=\"b")),
        ];
        assert_eq!(
            html("🦀<\nx&y", &entities, &String::clone),
            "<b>🦀&lt;</b>\n<a href=\"https://example.org/?a=&quot;b\" target=_blank rel=noreferrer>x&amp;y</a>"
        );
    }

    #[test]
    fn only_issues_lead_to_the_simulated_github() {
        let base = "http://127.0.0.1:4602".to_owned();
        let issue = "https://github.com/acme/widget/issues/7";
        assert_eq!(
            target(issue, Some(&base)),
            "http://127.0.0.1:4602/acme/widget/issues/7"
        );
        assert_eq!(target(issue, None), issue);
        for other in [
            "https://github.com/settings/applications",
            "https://github.com/acme/widget/issues/7/edit",
            "https://example.org/acme/widget/issues/7",
        ] {
            assert_eq!(target(other, Some(&base)), other);
        }
    }
}
