//! `/client-grants`: which application may have tokens for which API, for itself or for a person.

use serde_json::{Value, json};

use super::answer::{Answer, Fault, Reply};
use super::body;
use super::{Call, clients};
use crate::auth0::api::{ClientGrant, Subject};

fn unknown() -> Fault {
    Fault::plain(
        404,
        "The client grant does not exist",
        Some("inexistent_client_grant"),
    )
}

fn shown(grant: &ClientGrant) -> Value {
    json!({
        "id": grant.id,
        "client_id": grant.client_id,
        "audience": grant.audience,
        "scope": grant.scopes,
        "subject_type": grant.subject.name(),
    })
}

fn subject(text: &str) -> Option<Subject> {
    [Subject::Client, Subject::User]
        .into_iter()
        .find(|subject| subject.name() == text)
}

pub(super) fn list(call: &Call<'_>) -> Answer {
    call.any_of(&["read:client_grants"])?;
    call.query.only(&[
        "page",
        "per_page",
        "include_totals",
        "audience",
        "client_id",
        "subject_type",
    ])?;
    let fits = |name: &str, value: &str| call.query.get(name).is_none_or(|wanted| wanted == value);
    let items = call
        .tenant
        .client_grants
        .iter()
        .filter(|grant| {
            fits("audience", &grant.audience)
                && fits("client_id", &grant.client_id)
                && fits("subject_type", grant.subject.name())
        })
        .map(shown)
        .collect();
    call.query.page("client_grants", items)
}

pub(super) fn create(call: &mut Call<'_>) -> Answer {
    call.any_of(&["create:client_grants"])?;
    let object = call.object()?;
    body::only(
        &object,
        "",
        &["client_id", "audience", "scope", "subject_type"],
    )?;
    body::needs(&object, "", &["client_id", "audience", "scope"])?;
    let client_id = body::required(&object, "", "client_id", 64)?.to_owned();
    let audience = body::required(&object, "", "audience", 600)?.to_owned();
    let scopes = body::texts(&object, "", "scope", 1000)?.unwrap_or_default();
    let said = body::text(&object, "", "subject_type", 16)?.unwrap_or("client");
    let mut subject = subject(said)
        .ok_or_else(|| Fault::body(&format!("No enum match for: {said}"), "subject_type"))?;
    if call.tenant.switches.user_grants_become_client {
        subject = Subject::Client;
    }
    if !call.tenant.clients.contains_key(&client_id) {
        return Err(clients::unknown_client());
    }
    let Some(api) = call.tenant.api(&audience) else {
        return Err(Fault::plain(
            404,
            format!("Resource server not found: {audience}"),
            Some("inexistent_resource_server"),
        ));
    };
    check_scopes(
        &scopes,
        api.scopes.iter().map(|(value, _)| value.as_str()),
        &audience,
    )?;
    let conflict = call.tenant.client_grants.iter().any(|grant| {
        grant.client_id == client_id && grant.audience == audience && grant.subject == subject
    });
    if conflict {
        return Err(Fault::plain(
            409,
            "A client grant for the client and the resource server already exists",
            Some("client_grant_conflict"),
        ));
    }
    let grant = ClientGrant {
        id: call.shared.id("cgr"),
        client_id,
        audience,
        scopes,
        subject,
    };
    let made = shown(&grant);
    call.tenant.client_grants.push(grant);
    Ok(Reply(201, made))
}

fn check_scopes<'a>(
    scopes: &[String],
    defined: impl Iterator<Item = &'a str>,
    audience: &str,
) -> Result<(), Fault> {
    let defined: Vec<&str> = defined.collect();
    match scopes
        .iter()
        .find(|scope| !defined.contains(&scope.as_str()))
    {
        Some(odd) => Err(Fault::sense(format!(
            "One or more scopes are not defined in the resource server {audience}: {odd}"
        ))),
        None => Ok(()),
    }
}

pub(super) fn update(call: &mut Call<'_>, id: &str) -> Answer {
    call.any_of(&["update:client_grants"])?;
    let object = call.object()?;
    body::only(&object, "", &["scope"])?;
    let scopes = body::texts(&object, "", "scope", 1000)?;
    let grants = &call.tenant.client_grants;
    let place = grants
        .iter()
        .position(|grant| grant.id == id)
        .ok_or_else(unknown)?;
    if let Some(scopes) = scopes {
        let audience = grants[place].audience.clone();
        let defined: Vec<String> = call
            .tenant
            .api(&audience)
            .into_iter()
            .flat_map(|api| api.scopes.iter().map(|(value, _)| value.clone()))
            .collect();
        check_scopes(&scopes, defined.iter().map(String::as_str), &audience)?;
        call.tenant.client_grants[place].scopes = scopes;
    }
    Ok(Reply(200, shown(&call.tenant.client_grants[place])))
}

pub(super) fn delete(call: &mut Call<'_>, id: &str) -> Answer {
    call.any_of(&["delete:client_grants"])?;
    call.tenant.client_grants.retain(|grant| grant.id != id);
    Ok(Reply(204, Value::Null))
}
