//! Applications and their keys through the Management API.

use serde_json::{Value, json};
use sim::auth0::VAULT_GRANT;

use crate::management::Manager;
use crate::worker::{CLIENT, Key, World, key, other_key};

pub(crate) fn inline(key: &Key) -> Value {
    json!({"name": "k", "credential_type": "public_key", "alg": "RS256", "pem": key.pem})
}

pub(crate) fn access(keys: Value) -> Value {
    json!({
        "credentials": keys,
        "ip_allowlist": ["127.0.0.1/32", "2001:db8::/32"],
        "grants": [{"connection": "github", "scopes": ["repo"]}],
    })
}

/// A worker as the reference has it.
pub(crate) fn worker(key: &Key) -> Value {
    json!({
        "name": "worker", "app_type": "non_interactive", "is_first_party": true, "oidc_conformant": true,
        "token_endpoint_auth_method": "client_secret_post",
        "grant_types": [VAULT_GRANT], "jwt_configuration": {"alg": "RS256"},
        "token_vault_privileged_access": access(json!([inline(key)])),
    })
}

#[tokio::test]
async fn a_worker_is_made_with_its_key_inline_and_can_exchange_at_once() {
    let world = World::start().await;
    let manager = Manager::new(&world);
    let made = manager.does("POST", "/clients", Some(worker(key()))).await;
    let id = made["client_id"].as_str().expect("id");
    let secret = made["client_secret"].as_str().expect("secret");
    let slot = &made["token_vault_privileged_access"]["credentials"];
    assert!(slot[0]["id"].as_str().expect("id").starts_with("cred_"));
    assert_eq!(slot[0].as_object().expect("object").len(), 1);
    let keys = manager
        .does("GET", &format!("/clients/{id}/credentials"), None)
        .await;
    assert_eq!(keys[0]["id"], slot[0]["id"]);
    assert_eq!(keys[0]["kid"], key().credential.thumbprint.as_str());
    let request = world
        .request()
        .with_secret(secret)
        .set("client_id", id)
        .set("subject_token", &world.subject(&[("iss", json!(id))]));
    assert_eq!(world.send(&request).await.status, 200);
    manager
        .does("DELETE", &format!("/clients/{id}"), None)
        .await;
    let again = world
        .request()
        .with_secret(secret)
        .set("client_id", id)
        .set("subject_token", &world.subject(&[("iss", json!(id))]));
    assert_eq!(world.send(&again).await.error(), "invalid_client");
    manager
        .refused(
            "GET",
            &format!("/clients/{id}"),
            Value::Null,
            404,
            "does not exist",
        )
        .await;
    manager
        .does("DELETE", &format!("/clients/{id}"), None)
        .await;
}

#[tokio::test]
async fn what_is_not_said_about_an_application_is_silent_until_the_exchange() {
    let world = World::start().await;
    let manager = Manager::new(&world);
    let mut body = worker(key());
    for name in ["oidc_conformant", "grant_types"] {
        body.as_object_mut().expect("object").remove(name);
    }
    let made = manager.does("POST", "/clients", Some(body)).await;
    assert_eq!(made["oidc_conformant"], false);
    assert_eq!(made["grant_types"], json!(["client_credentials"]));
    let id = made["client_id"].as_str().expect("id").to_owned();
    let exchange = async || {
        let request = world
            .request()
            .with_secret(made["client_secret"].as_str().expect("secret"))
            .set("client_id", &id)
            .set("subject_token", &world.subject(&[("iss", json!(id))]));
        let answer = world.send(&request).await;
        (answer.status, answer.error().to_owned())
    };
    let patch = async |body: Value| {
        manager
            .does("PATCH", &format!("/clients/{id}"), Some(body))
            .await
    };
    let unauthorized = (403, "unauthorized_client".to_owned());
    assert_eq!(exchange().await, unauthorized);
    patch(json!({"grant_types": [VAULT_GRANT]})).await;
    assert_eq!(exchange().await, unauthorized);
    patch(json!({"oidc_conformant": true, "is_first_party": false})).await;
    assert_eq!(exchange().await, unauthorized);
    patch(json!({"is_first_party": true})).await;
    assert_eq!(exchange().await.0, 200);
    let shown = manager.does("GET", &format!("/clients/{id}"), None).await;
    let slot = shown["token_vault_privileged_access"]["credentials"].clone();
    for (field, value) in [("ip_allowlist", json!([])), ("grants", json!([]))] {
        let mut wrong = access(slot.clone());
        wrong[field] = value.clone();
        let stored = patch(json!({"token_vault_privileged_access": wrong})).await;
        assert_eq!(stored["token_vault_privileged_access"][field], value);
        assert_eq!(exchange().await, (403, "access_denied".to_owned()));
    }
    patch(json!({"token_vault_privileged_access": access(slot.clone())})).await;
    assert_eq!(exchange().await.0, 200);
    patch(json!({"token_vault_privileged_access": access(json!([]))})).await;
    assert_eq!(exchange().await.0, 403);
    let gone = patch(json!({"token_vault_privileged_access": null})).await;
    assert_eq!(gone.get("token_vault_privileged_access"), None);
    assert_eq!(exchange().await.0, 403);
}

#[tokio::test]
async fn a_write_of_privileged_access_has_all_three_fields_or_is_refused() {
    let world = World::start().await;
    let manager = Manager::new(&world);
    let path = format!("/clients/{CLIENT}");
    let before = manager.does("GET", &path, None).await;
    let slot = before["token_vault_privileged_access"]["credentials"].clone();
    for field in ["credentials", "ip_allowlist", "grants"] {
        let mut lacking = access(slot.clone());
        lacking.as_object_mut().expect("object").remove(field);
        let body = json!({"token_vault_privileged_access": lacking});
        let words = format!(
            "Payload validation error: 'Missing required property: {field}' on property token_vault_privileged_access."
        );
        manager.refused("PATCH", &path, body, 400, &words).await;
    }
    let scopes: Vec<String> = (0..21).map(|n| format!("s{n}")).collect();
    for (field, wrong, words) in [
        (
            "credentials",
            json!([{"id": "a"}, {"id": "b"}, {"id": "c"}]),
            "Array is too long (3), maximum 2",
        ),
        (
            "credentials",
            json!([inline(other_key())]),
            "Additional properties not allowed",
        ),
        ("credentials", json!([slot[0], slot[0]]), "not unique"),
        ("ip_allowlist", json!(["one"]), "ip-or-cidr"),
        ("ip_allowlist", json!(["10.0.0.1/33"]), "ip-or-cidr"),
        (
            "ip_allowlist",
            json!(["10.0.0.1", "10.0.0.1"]),
            "not unique",
        ),
        (
            "ip_allowlist",
            json!("10.0.0.1"),
            "Expected type array but found type string",
        ),
        (
            "ip_allowlist",
            json!((0..11).map(|n| format!("10.0.0.{n}")).collect::<Vec<_>>()),
            "maximum 10",
        ),
        (
            "grants",
            json!([{"connection": "github", "scopes": []}]),
            "minimum 1",
        ),
        (
            "grants",
            json!([{"connection": "github"}]),
            "Missing required property: scopes",
        ),
        (
            "grants",
            json!([{"connection": "a", "scopes": ["x"]}, {"connection": "a", "scopes": ["y"]}]),
            "once",
        ),
        (
            "grants",
            json!([{"connection": "a", "scopes": scopes}]),
            "maximum 20",
        ),
        (
            "grants",
            json!([{"connection": "a", "scopes": scopes[..11]}, {"connection": "b", "scopes": scopes[..11]}]),
            "maximum of 20",
        ),
        (
            "surprise",
            json!(1),
            "Additional properties not allowed: surprise",
        ),
    ] {
        let mut body = access(slot.clone());
        body[field] = wrong;
        let body = json!({"token_vault_privileged_access": body});
        manager.refused("PATCH", &path, body, 400, words).await;
    }
    let unknown = json!({"token_vault_privileged_access": access(json!([{"id": "cred_none"}]))});
    manager
        .refused("PATCH", &path, unknown, 404, "cred_none")
        .await;
    assert_eq!(manager.does("GET", &path, None).await, before);
}

#[tokio::test]
async fn a_connection_in_a_grant_need_not_exist_when_it_is_stored() {
    let world = World::start().await;
    let manager = Manager::new(&world);
    let path = format!("/clients/{CLIENT}");
    let before = manager.does("GET", &path, None).await;
    let mut access = access(before["token_vault_privileged_access"]["credentials"].clone());
    access["grants"] = json!([{"connection": "later", "scopes": ["repo"]}]);
    manager
        .does(
            "PATCH",
            &path,
            Some(json!({"token_vault_privileged_access": access})),
        )
        .await;
    let answer = world.send(&world.request()).await;
    assert_eq!((answer.status, answer.error()), (403, "access_denied"));
    let answer = world
        .send(&world.request().set("connection", "later"))
        .await;
    assert_eq!((answer.status, answer.error()), (403, "access_denied"));
}

#[tokio::test]
async fn each_part_of_an_application_needs_its_scope() {
    let world = World::start().await;
    let path = format!("/clients/{CLIENT}");
    let maker = Manager::with(&world, &["create:clients"]);
    maker
        .refused(
            "POST",
            "/clients",
            worker(key()),
            403,
            "create:client_credentials",
        )
        .await;
    let maker = Manager::with(&world, &["create:clients", "create:client_credentials"]);
    let words = "create:client_token_vault_privileged_access";
    maker
        .refused("POST", "/clients", worker(key()), 403, words)
        .await;
    let changer = Manager::with(&world, &["update:clients"]);
    changer
        .does("PATCH", &path, Some(json!({"description": "d"})))
        .await;
    let slot = json!({"token_vault_privileged_access": null});
    changer
        .refused(
            "PATCH",
            &path,
            slot.clone(),
            403,
            "update:client_credentials",
        )
        .await;
    let changer = Manager::with(&world, &["update:clients", "update:client_credentials"]);
    let words = "update:client_token_vault_privileged_access";
    changer.refused("PATCH", &path, slot, 403, words).await;
    let reader = Manager::with(&world, &["read:clients"]);
    world.auth0.change_client(CLIENT, |client| {
        client.auth = sim::auth0::ClientAuth::Secret("s3".into());
    });
    assert_eq!(
        reader.does("GET", &path, None).await.get("client_secret"),
        None
    );
    let keys = Manager::with(&world, &["read:client_keys"]);
    assert_eq!(keys.does("GET", &path, None).await["client_secret"], "s3");
}

#[tokio::test]
async fn a_body_is_refused_with_the_property_that_is_wrong() {
    let world = World::start().await;
    let manager = Manager::new(&world);
    for (body, words) in [
        (json!({}), "'Missing required property: name'"),
        (
            json!({"name": ""}),
            "String is too short (0 chars), minimum 1' on property name",
        ),
        (
            json!({"name": 1}),
            "Expected type string but found type number' on property name",
        ),
        (
            json!({"name": "n", "app_type": "worker"}),
            "No enum match for: worker' on property app_type",
        ),
        (
            json!({"name": "n", "oidc_conformant": "yes"}),
            "Expected type boolean but found type string",
        ),
        (
            json!({"name": "n", "client_id": "mine"}),
            "Additional properties not allowed: client_id",
        ),
        (
            json!({"name": "n", "grant_types": [1]}),
            "on property grant_types[0]",
        ),
        (
            json!({"name": "n", "refresh_token": {"rotation_type": "non-rotating"}}),
            "Missing required property: expiration_type",
        ),
        (
            json!({"name": "n", "token_endpoint_auth_method": "private_key_jwt"}),
            "No enum match",
        ),
        (json!([]), "Expected type object but found type array"),
    ] {
        manager.refused("POST", "/clients", body, 400, words).await;
    }
    let url = format!("{}/api/v2/clients", world.auth0.url());
    let token = world.auth0.management_token(&["create:clients"]);
    let raw = |kind: &'static str, body: &'static str| {
        let request = reqwest::Client::new().post(&url).bearer_auth(&token);
        request.header("content-type", kind).body(body).send()
    };
    assert_eq!(
        raw("application/json", "{").await.expect("answer").status(),
        400
    );
    assert_eq!(raw("text/plain", "{}").await.expect("answer").status(), 415);
    assert_eq!(world.auth0.client_ids(), [CLIENT]);
}

#[tokio::test]
async fn a_refresh_policy_for_an_api_that_is_not_there_is_dropped_without_a_word() {
    let world = World::start().await;
    let manager = Manager::new(&world);
    let path = format!("/clients/{CLIENT}");
    let me = format!("{}/me/", world.auth0.url());
    let body = json!({"refresh_token": {
        "rotation_type": "non-rotating", "expiration_type": "non-expiring",
        "policies": [{"audience": me, "scope": ["read:me:connected_accounts"]}],
    }});
    let stored = manager.does("PATCH", &path, Some(body.clone())).await;
    assert_eq!(stored["refresh_token"]["policies"][0]["audience"], me);
    world.auth0.as_new();
    world.auth0.add_client(sim::auth0::Client::new(
        CLIENT,
        sim::auth0::ClientAuth::None,
    ));
    let stored = manager.does("PATCH", &path, Some(body)).await;
    assert_eq!(stored["refresh_token"]["policies"], json!([]));
}
