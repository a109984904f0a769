//! The person's phone with the push application on it, as a page: what waits, and two buttons. Auth0 has no such page.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::{Form, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use http::StatusCode;

use super::Shared;
use super::pages::{page, whole};
use super::person::Word;
use crate::escape::escaped;
use crate::lock;

/// `GET /guardian`
pub(crate) async fn show(State(shared): State<Arc<Shared>>) -> Response {
    let now = shared.rim.now();
    let mut tenant = lock(&shared.tenant);
    let mut content = String::new();
    for asked in tenant.pushes(now) {
        let _ = write!(
            content,
            "<form method=post action=/guardian><p><code>{}</code></p><p>{} asks, for {} more seconds.</p>\
             <input type=hidden name=request value=\"{}\">\
             <button class=go name=action value=approve>Approve</button> <button name=action value=deny>Deny</button></form>",
            escaped(&asked.binding_message),
            escaped(&asked.client_id),
            (asked.until_ms - now) / 1_000,
            escaped(&asked.auth_req_id),
        );
    }
    if content.is_empty() {
        content.push_str("<p>Nothing waits for an answer.</p>");
    }
    whole(StatusCode::OK, "Guardian", &content)
}

/// `POST /guardian`
pub(crate) async fn choose(
    State(shared): State<Arc<Shared>>,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    let word = match form.get("action").map(String::as_str) {
        Some("approve") => Word::Approves,
        Some("deny") => Word::Denies,
        _ => {
            return page(
                StatusCode::BAD_REQUEST,
                "Guardian",
                "Choose Approve or Deny.",
            );
        }
    };
    let request = form.get("request").map_or("", String::as_str);
    let now = shared.rim.now();
    let mut tenant = lock(&shared.tenant);
    let found = tenant
        .pushes(now)
        .into_iter()
        .find(|asked| asked.auth_req_id == request);
    match found {
        None => page(StatusCode::NOT_FOUND, "Guardian", "The request is gone."),
        Some(asked) => {
            asked.word = Some(word);
            Redirect::to("/guardian").into_response()
        }
    }
}
