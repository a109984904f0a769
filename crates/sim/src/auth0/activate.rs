//! `/activate`: the page on which a person confirms the code that a device shows.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Form, Query, State};
use axum::response::Response;
use http::StatusCode;

use super::Shared;
use super::pages::{page, whole};
use super::person::Word;
use crate::escape::escaped;
use crate::lock;
use crate::rim::Connection as Peer;

/// `GET /activate`, with `user_code` or without.
pub(crate) async fn show(
    State(shared): State<Arc<Shared>>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Response {
    let Some(code) = query.get("user_code").filter(|code| !code.is_empty()) else {
        return whole(
            StatusCode::OK,
            "Connect a device",
            "<form action=/activate><p>Enter the code that your device shows.</p>\
             <p><input name=user_code autofocus autocomplete=off placeholder=XXXX-XXXX> <button class=go>Continue</button></form>",
        );
    };
    let tenant = lock(&shared.tenant);
    if tenant.browser_user.is_none() {
        return page(
            StatusCode::FORBIDDEN,
            "Log in",
            "Nobody is signed in in this browser.",
        );
    }
    let now = shared.rim.now();
    if !tenant
        .devices
        .iter()
        .any(|device| device.user_code.eq_ignore_ascii_case(code) && device.waits(now))
    {
        return unknown();
    }
    let code = escaped(code);
    let content = format!(
        "<form method=post action=/activate><p>Confirm that your device shows this code:</p><p><code>{code}</code></p>\
         <input type=hidden name=user_code value=\"{code}\">\
         <button class=go name=action value=confirm>Confirm</button> <button name=action value=cancel>Cancel</button></form>"
    );
    whole(StatusCode::OK, "Device confirmation", &content)
}

/// `POST /activate`: what the person chose.
pub(crate) async fn choose(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    let word = match form.get("action").map(String::as_str) {
        Some("confirm") => Word::Approves,
        Some("cancel") => Word::Denies,
        _ => {
            return page(
                StatusCode::BAD_REQUEST,
                "Device confirmation",
                "Choose Confirm or Cancel.",
            );
        }
    };
    let code = form.get("user_code").map_or("", String::as_str);
    let now = shared.rim.now();
    let mut tenant = lock(&shared.tenant);
    let peer = tenant.peer(peer.peer.ip());
    match (tenant.says(code, word, peer, now), word) {
        (false, _) => unknown(),
        (true, Word::Approves) => page(
            StatusCode::OK,
            "Congratulations, you're all set!",
            "Your device is now connected. You can close this page.",
        ),
        (true, Word::Denies) => page(
            StatusCode::OK,
            "Device not connected",
            "You cancelled. You can close this page.",
        ),
    }
}

fn unknown() -> Response {
    page(
        StatusCode::NOT_FOUND,
        "Connect a device",
        "The code you entered is unknown, used or expired.",
    )
}
