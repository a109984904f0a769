//! Users, apps, organisations.

use serde_json::Value;

use super::super::run::{Output, Run};
use super::addresses;
use crate::github::model::AccountKind;
use crate::github::rest::shape::{account_node_id, time};

pub(super) fn field(run: &Run<'_>, id: u64, name: &str) -> Option<Output> {
    let account = run.state.accounts.get(&id)?;
    Some(match name {
        "id" => Output::of(account_node_id(account)),
        "databaseId" => Output::of(id),
        // Without `[bot]`: GraphQL tells an App by its type.
        "login" => Output::of(account.slug.clone()),
        "name" => Output::Plain(Value::Null),
        "createdAt" | "updatedAt" => Output::of(time(account.created_at)),
        "avatarUrl" => Output::of(format!("https://avatars.githubusercontent.com/u/{id}?v=4")),
        "isViewer" => Output::of(id == run.viewer),
        _ => {
            let apps = if account.kind == AccountKind::Bot {
                "/apps"
            } else {
                ""
            };
            return addresses(name, &format!("{apps}/{}", account.slug));
        }
    })
}
