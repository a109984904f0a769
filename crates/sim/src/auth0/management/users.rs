//! `/users/{id}`, as far as a doctor looks at one.

use serde_json::{Value, json};

use super::Call;
use super::answer::{Answer, Fault, Reply};
use super::connections::id_of;
use super::page::time;
use crate::auth0::state::{Identity, User};

fn find<'a>(call: &'a Call<'_>, id: &str) -> Result<&'a User, Fault> {
    call.tenant
        .users
        .get(id)
        .ok_or_else(|| Fault::plain(404, "The user does not exist.", Some("inexistent_user")))
}

/// The users, without a search.
pub(super) fn list(call: &Call<'_>) -> Answer {
    call.any_of(&["read:users"])?;
    call.query.only(&[
        "page",
        "per_page",
        "include_totals",
        "fields",
        "include_fields",
    ])?;
    let items = call.tenant.users.values().map(shown).collect();
    call.query.page("users", items)
}

/// A linked identity's own id is no user any more: it is not found.
pub(super) fn get(call: &Call<'_>, id: &str) -> Answer {
    call.any_of(&["read:users"])?;
    call.query.only(&["fields", "include_fields"])?;
    let user = shown(find(call, id)?);
    Ok(Reply(200, call.query.fields(user)?))
}

fn shown(user: &User) -> Value {
    let (provider, own) = user
        .user_id
        .split_once('|')
        .unwrap_or(("auth0", &user.user_id));
    let first = Identity {
        provider: provider.to_owned(),
        user_id: own.to_owned(),
        connection: if provider == "auth0" {
            "Username-Password-Authentication".to_owned()
        } else {
            provider.to_owned()
        },
    };
    let identities: Vec<Value> = std::iter::once(&first)
        .chain(&user.linked)
        .map(|identity| {
            json!({
                "provider": identity.provider,
                "user_id": identity.user_id,
                "connection": identity.connection,
                "isSocial": identity.provider != "auth0",
            })
        })
        .collect();
    let mut shown = json!({
        "user_id": user.user_id,
        "email": user.email,
        "email_verified": true,
        "name": user.email,
        "identities": identities,
        "created_at": time(user.created_at_ms),
        "updated_at": time(user.created_at_ms),
    });
    if user.blocked {
        shown["blocked"] = json!(true);
    }
    shown
}

/// What the vault keeps for the user. The documents say at most 20 a page; a recording shows 50 answered.
pub(super) fn connected(call: &Call<'_>, id: &str) -> Answer {
    call.any_of(&["read:users"])?;
    call.query.only(&["from", "take"])?;
    let take = call.query.number("take", 10, 1..=50)?;
    let from = call.query.number("from", 0, 0..=usize::MAX)?;
    let accounts: Vec<Value> = find(call, id)?
        .accounts
        .iter()
        .map(|account| {
            let strategy = call
                .tenant
                .connections
                .get(&account.connection)
                .map(|connection| connection.strategy.clone());
            let mut shown = json!({
                "id": account.id,
                "connection": account.connection,
                "connection_id": id_of(call.tenant, &account.connection),
                "strategy": strategy,
                "access_type": "offline",
                "scopes": account.scopes,
                "created_at": time(account.created_at_ms),
            });
            if let Some(end) = account.stored.as_ref().and_then(|(_, end)| *end) {
                shown["expires_at"] = json!(time(end));
            }
            shown
        })
        .collect();
    let shown: Vec<&Value> = accounts.iter().skip(from).take(take).collect();
    let mut body = json!({"connected_accounts": shown});
    if accounts.len() > from.saturating_add(take) {
        body["next"] = json!((from + take).to_string());
    }
    Ok(Reply(200, body))
}
