//! Where the GitHub App behind a user's token is installed.

use serde_json::{Value, json};

use super::super::guard::Call;
use super::super::reply::Reply;
use super::super::state::State;
use super::shape::account;
use crate::tokens::TokenKind;

/// `GET /user/installations`: only an App's token may ask
/// (docs.github.com, "List app installations accessible to the user access token").
pub(super) fn of_viewer(call: &Call<'_>, state: &State) -> Reply {
    let by_app = call
        .viewer
        .as_ref()
        .is_some_and(|viewer| viewer.kind != TokenKind::OAuthApp);
    if !by_app {
        return Reply::error(
            403,
            "You must authenticate with an access token authorized to a GitHub App in order to list installations",
            "rest/apps/installations#list-app-installations-accessible-to-the-user-access-token",
        );
    }
    let installations: Vec<Value> = state
        .switches
        .installed_on
        .iter()
        .map(|owner| json!({"id": owner, "account": account(state, *owner, call.base)}))
        .collect();
    Reply::ok(json!({"total_count": installations.len(), "installations": installations}))
}
