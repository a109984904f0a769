//! `/resource-servers`: the APIs, among them the My Account API once somebody activates it.

use serde_json::{Map, Value, json};

use super::Call;
use super::answer::{Answer, Fault, Reply};
use super::body::{self, Object};
use crate::auth0::api::{Api, Policy, Subject};

const SUBJECTS: &str = "subject_type_authorization";
/// What a PATCH may carry; a POST has the identifier too.
const KNOWN: [&str; 12] = [
    "name",
    "scopes",
    "signing_alg",
    "signing_secret",
    "allow_offline_access",
    "token_lifetime",
    "token_dialect",
    "skip_consent_for_verifiable_first_party_clients",
    "enforce_policies",
    "consent_policy",
    "authorization_details",
    SUBJECTS,
];

fn unknown() -> Fault {
    Fault::plain(
        404,
        "The resource server does not exist",
        Some("inexistent_resource_server"),
    )
}

fn shown(api: &Api) -> Value {
    let scopes: Vec<Value> = api
        .scopes
        .iter()
        .map(|(value, description)| json!({"value": value, "description": description}))
        .collect();
    let mut shown = json!({
        "id": api.id,
        "identifier": api.identifier,
        "name": api.name,
        "is_system": api.system,
        "scopes": scopes,
        "signing_alg": "RS256",
        "allow_offline_access": false,
        SUBJECTS: {
            "user": {"policy": api.policy(Subject::User).name()},
            "client": {"policy": api.policy(Subject::Client).name()},
        },
    });
    for (name, value) in &api.settings {
        shown[name] = value.clone();
    }
    shown
}

pub(super) fn list(call: &Call<'_>) -> Answer {
    call.any_of(&["read:resource_servers"])?;
    call.query.only(&[
        "page",
        "per_page",
        "include_totals",
        "include_fields",
        "identifiers",
    ])?;
    let wanted = call.query.get("identifiers");
    let items = call
        .tenant
        .apis
        .iter()
        .filter(|api| wanted.is_none_or(|wanted| wanted == api.identifier))
        .map(shown)
        .collect();
    call.query.page("resource_servers", items)
}

/// By id, or by identifier with its percent signs.
pub(super) fn get(call: &mut Call<'_>, id: &str) -> Answer {
    call.any_of(&["read:resource_servers"])?;
    Ok(Reply(200, shown(find(call, id)?)))
}

fn find<'a>(call: &'a mut Call<'_>, id: &str) -> Result<&'a mut Api, Fault> {
    call.tenant
        .apis
        .iter_mut()
        .find(|api| api.id == id || api.identifier == id)
        .ok_or_else(unknown)
}

pub(super) fn create(call: &mut Call<'_>) -> Answer {
    call.any_of(&["create:resource_servers"])?;
    let object = call.object()?;
    let mut known = KNOWN.to_vec();
    known.push("identifier");
    body::only(&object, "", &known)?;
    let identifier = body::required(&object, "", "identifier", 600)?.to_owned();
    if call.tenant.api(&identifier).is_some() {
        return Err(Fault::plain(
            409,
            "A resource server with the same identifier already exists",
            Some("resource_server_conflict"),
        ));
    }
    let url = call.shared.tenant_url();
    let mut api = if identifier == format!("{url}me/") {
        if call.tenant.switches.my_account_by_dashboard_only {
            return Err(Fault::sense(format!(
                "The identifier {identifier} is reserved"
            )));
        }
        // A system API has its scopes and policies already; saying them again changes nothing.
        Api::my_account(call.shared.seed.letters(24), &url)
    } else {
        Api {
            id: call.shared.seed.letters(24),
            name: identifier.clone(),
            identifier,
            system: false,
            scopes: Vec::new(),
            for_users: Policy::All,
            for_clients: Policy::Grant,
            settings: Map::new(),
        }
    };
    apply(&mut api, &object)?;
    let made = shown(&api);
    call.tenant.apis.push(api);
    Ok(Reply(201, made))
}

pub(super) fn update(call: &mut Call<'_>, id: &str) -> Answer {
    call.any_of(&["update:resource_servers"])?;
    let object = call.object()?;
    body::only(&object, "", &KNOWN)?;
    let api = find(call, id)?;
    let mut changed = api.clone();
    apply(&mut changed, &object)?;
    let made = shown(&changed);
    *api = changed;
    Ok(Reply(200, made))
}

pub(super) fn delete(call: &mut Call<'_>, id: &str) -> Answer {
    call.any_of(&["delete:resource_servers"])?;
    let api = find(call, id)?;
    if api.system {
        return Err(Fault::sense("A system API cannot be deleted."));
    }
    let identifier = api.identifier.clone();
    call.tenant.apis.retain(|api| api.identifier != identifier);
    call.tenant
        .client_grants
        .retain(|grant| grant.audience != identifier);
    Ok(Reply(204, Value::Null))
}

fn apply(api: &mut Api, object: &Object) -> Result<(), Fault> {
    if let Some(name) = body::text(object, "", "name", 200)? {
        name.clone_into(&mut api.name);
    }
    if let Some(items) = body::list(object, "", "scopes", 1000)? {
        let mut scopes = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let path = format!("scopes[{index}]");
            let Value::Object(item) = item else {
                return Err(Fault::type_of("object", item, &path));
            };
            body::only(item, &path, &["value", "description"])?;
            let value = body::required(item, &path, "value", 280)?.to_owned();
            let description = body::text(item, &path, "description", 500)?.unwrap_or_default();
            scopes.push((value, description.to_owned()));
        }
        if !api.system {
            api.scopes = scopes;
        }
    }
    if let Some(subjects) = body::object(object, "", SUBJECTS)? {
        body::only(subjects, SUBJECTS, &["user", "client"])?;
        if let Some(policy) = policy(subjects, "user")? {
            api.for_users = policy;
        }
        if let Some(policy) = policy(subjects, "client")? {
            api.for_clients = policy;
        }
    }
    for name in KNOWN
        .iter()
        .filter(|name| !["name", "scopes", SUBJECTS].contains(name))
    {
        if let Some(value) = object.get(*name) {
            api.settings.insert((*name).to_owned(), value.clone());
        }
    }
    Ok(())
}

fn policy(subjects: &Object, name: &str) -> Result<Option<Policy>, Fault> {
    let path = body::at(SUBJECTS, name);
    let Some(inner) = body::object(subjects, SUBJECTS, name)? else {
        return Ok(None);
    };
    body::only(inner, &path, &["policy"])?;
    let text = body::required(inner, &path, "policy", 32)?;
    Policy::read(text).map(Some).ok_or_else(|| {
        Fault::body(
            &format!("No enum match for: {text}"),
            &body::at(&path, "policy"),
        )
    })
}
