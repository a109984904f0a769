//! Keys of an application through the Management API: the pool, the two slots, rotation.

use serde_json::{Value, json};

use crate::management::Manager;
use crate::management_clients::{access, inline, worker};
use crate::worker::{CLIENT, NIGHT, World, key, other_key};

#[tokio::test]
async fn keys_are_registered_listed_changed_and_deleted() {
    let world = World::start().await;
    let manager = Manager::new(&world);
    let path = format!("/clients/{CLIENT}/credentials");
    let first = manager.does("GET", &path, None).await;
    assert_eq!(first.as_array().expect("array").len(), 1);
    let made = manager.does("POST", &path, Some(inline(other_key()))).await;
    assert_eq!(made["kid"], other_key().credential.thumbprint.as_str());
    assert_eq!(
        (
            made["credential_type"].as_str(),
            made["alg"].as_str(),
            made["name"].as_str()
        ),
        (Some("public_key"), Some("RS256"), Some("k"))
    );
    assert_eq!(made["created_at"], "2026-11-22T02:00:00.000Z");
    manager
        .refused("POST", &path, inline(other_key()), 409, "same public key")
        .await;
    manager
        .refused("POST", &path, inline(key()), 409, "same public key")
        .await;
    let one = format!("{path}/{}", made["id"].as_str().expect("id"));
    assert_eq!(manager.does("GET", &one, None).await, made);
    manager
        .refused(
            "PATCH",
            &one,
            json!({"name": "x"}),
            400,
            "Additional properties not allowed: name",
        )
        .await;
    let changed = manager
        .does(
            "PATCH",
            &one,
            Some(json!({"expires_at": "2027-01-01T00:00:00.000Z"})),
        )
        .await;
    assert_eq!(changed["expires_at"], "2027-01-01T00:00:00.000Z");
    let answer = manager.call("DELETE", &one, None).await;
    assert_eq!(answer.status, 204);
    manager
        .refused("DELETE", &one, Value::Null, 404, "does not exist")
        .await;
    let used = format!("{path}/{}", first[0]["id"].as_str().expect("id"));
    manager
        .refused(
            "DELETE",
            &used,
            Value::Null,
            400,
            "Cannot delete credential still associated with a client",
        )
        .await;
}

#[tokio::test]
async fn a_pool_holds_four_keys() {
    let world = World::start().await;
    let manager = Manager::new(&world);
    let path = format!("/clients/{CLIENT}/credentials");
    for number in 0..3 {
        let pem = crate::worker::fresh_pem();
        let body = json!({"credential_type": "public_key", "pem": pem, "kid": format!("chosen-kid-{number}"), "alg": "PS256"});
        assert_eq!(
            manager.does("POST", &path, Some(body)).await["alg"],
            "PS256"
        );
    }
    manager
        .refused(
            "POST",
            &path,
            inline(other_key()),
            400,
            "A client can have a maximum of 4 credentials.",
        )
        .await;
}

#[tokio::test]
async fn a_key_that_is_none_is_refused() {
    let world = World::start().await;
    let manager = Manager::new(&world);
    let path = format!("/clients/{CLIENT}/credentials");
    for (field, wrong, words) in [
        (
            "pem",
            json!("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"),
            "Invalid key",
        ),
        (
            "pem",
            json!(null),
            "Expected type string but found type null",
        ),
        ("alg", json!("ES256"), "No enum match for: ES256"),
        ("kid", json!("short"), "does not match pattern"),
        ("kid", json!("has a blank in it"), "does not match pattern"),
        ("credential_type", json!("x509_cert"), "No enum match"),
        ("expires_at", json!("tomorrow"), "date-time"),
        (
            "private_key",
            json!("x"),
            "Additional properties not allowed: private_key",
        ),
    ] {
        let mut body = inline(other_key());
        body[field] = wrong;
        manager.refused("POST", &path, body, 400, words).await;
    }
}

#[tokio::test]
async fn an_expired_key_signs_nothing_any_more() {
    let world = World::start().await;
    let manager = Manager::new(&world);
    let path = format!("/clients/{CLIENT}/credentials");
    let keys = manager.does("GET", &path, None).await;
    let one = format!("{path}/{}", keys[0]["id"].as_str().expect("id"));
    let at = |ms: i64| {
        let time = chrono::DateTime::from_timestamp_millis(ms).expect("time");
        json!({"expires_at": time.to_rfc3339()})
    };
    manager.does("PATCH", &one, Some(at(NIGHT + 1_000))).await;
    assert_eq!(world.send(&world.request()).await.status, 200);
    world.sleep(1);
    assert_eq!(world.send(&world.request()).await.error(), "invalid_client");
    manager
        .does("PATCH", &one, Some(json!({"expires_at": null})))
        .await;
    assert_eq!(world.send(&world.request()).await.status, 200);
}

#[tokio::test]
async fn an_application_goes_over_to_private_key_jwt_and_back() {
    let world = World::start().await;
    let manager = Manager::new(&world);
    let made = manager.does("POST", "/clients", Some(worker(key()))).await;
    let id = made["client_id"].as_str().expect("id").to_owned();
    let path = format!("/clients/{id}");
    let slot = made["token_vault_privileged_access"]["credentials"].clone();
    let methods = json!({"private_key_jwt": {"credentials": slot}});
    let both = "Only one of";
    let alone = json!({"client_authentication_methods": methods});
    manager
        .refused("PATCH", &path, alone.clone(), 400, both)
        .await;
    let mut body = alone.clone();
    body["token_endpoint_auth_method"] = json!("client_secret_post");
    manager
        .refused("PATCH", &path, body.clone(), 400, both)
        .await;
    body["token_endpoint_auth_method"] = Value::Null;
    for switch in [true, false] {
        world
            .auth0
            .switch(|switches| switches.no_private_key_jwt = switch);
        let answer = manager.call("PATCH", &path, Some(body.clone())).await;
        let code = answer.body["errorCode"].as_str().map(ToOwned::to_owned);
        let expected = switch.then(|| "insufficient_entitlement".to_owned());
        assert_eq!(
            (answer.status, code),
            (if switch { 403 } else { 200 }, expected)
        );
    }
    let shown = manager.does("GET", &path, None).await;
    assert_eq!(shown["client_authentication_methods"], methods);
    assert_eq!(shown["token_endpoint_auth_method"], Value::Null);
    assert_eq!(shown.get("client_secret"), None);
    assert_eq!(shown["token_vault_privileged_access"], access(slot.clone()));
    let secret = made["client_secret"].as_str().expect("secret");
    let request = || {
        let claims = [("iss", json!(id)), ("sub", json!(id))];
        world
            .request()
            .set("client_id", &id)
            .set("client_assertion", &world.assertion(key(), &claims))
            .set("subject_token", &world.subject(&[("iss", json!(id))]))
    };
    assert_eq!(world.send(&request()).await.status, 200);
    assert_eq!(
        world.send(&request().with_secret(secret)).await.error(),
        "invalid_client"
    );
    let by_secret = json!({"token_endpoint_auth_method": "client_secret_post"});
    manager.refused("PATCH", &path, by_secret, 400, both).await;
    let back = json!({"client_authentication_methods": null, "token_endpoint_auth_method": "client_secret_post"});
    let shown = manager.does("PATCH", &path, Some(back)).await;
    assert_eq!(shown["client_secret"], secret);
    assert_eq!(shown["token_vault_privileged_access"], access(slot));
    assert_eq!(world.send(&request().with_secret(secret)).await.status, 200);
    assert_eq!(world.send(&request()).await.error(), "invalid_client");
}

#[tokio::test]
async fn one_key_may_stand_in_both_slots_unless_the_tenant_forbids_it() {
    let world = World::start().await;
    let manager = Manager::new(&world);
    let mut body = worker(other_key());
    body.as_object_mut()
        .expect("object")
        .remove("token_endpoint_auth_method");
    body["client_authentication_methods"] =
        json!({"private_key_jwt": {"credentials": [inline(other_key())]}});
    world
        .auth0
        .switch(|switches| switches.one_slot_per_credential = true);
    manager
        .refused(
            "POST",
            "/clients",
            body.clone(),
            400,
            "already associated with private_key_jwt",
        )
        .await;
    world
        .auth0
        .switch(|switches| switches.one_slot_per_credential = false);
    let made = manager.does("POST", "/clients", Some(body)).await;
    assert_eq!(
        made["client_authentication_methods"]["private_key_jwt"]["credentials"],
        made["token_vault_privileged_access"]["credentials"]
    );
}

#[tokio::test]
async fn keys_are_rotated_without_a_gap() {
    let world = World::start().await;
    let manager = Manager::new(&world);
    let path = format!("/clients/{CLIENT}");
    let shown = manager.does("GET", &path, None).await;
    let first = shown["token_vault_privileged_access"]["credentials"][0].clone();
    let second = manager
        .does(
            "POST",
            &format!("{path}/credentials"),
            Some(inline(other_key())),
        )
        .await;
    let second = json!({"id": second["id"]});
    let write = async |keys: Value| {
        let body = json!({
            "token_vault_privileged_access": access(keys.clone()),
            "client_authentication_methods": {"private_key_jwt": {"credentials": keys}},
        });
        manager.does("PATCH", &path, Some(body)).await;
    };
    let by = |key: &'static crate::worker::Key| {
        world
            .request()
            .set("client_assertion", &world.assertion(key, &[]))
            .set(
                "subject_token",
                &world.subject_with_kid(Some(&key.credential.kid), key),
            )
    };
    write(json!([first, second])).await;
    assert_eq!(world.send(&by(key())).await.status, 200);
    assert_eq!(world.send(&by(other_key())).await.status, 200);
    let nameless = by(key()).set("subject_token", &world.subject_with_kid(None, key()));
    assert_eq!(world.send(&nameless).await.error(), "invalid_grant");
    write(json!([second])).await;
    assert_eq!(world.send(&by(key())).await.status, 401);
    assert_eq!(world.send(&by(other_key())).await.status, 200);
    let old = format!("{path}/credentials/{}", first["id"].as_str().expect("id"));
    assert_eq!(manager.call("DELETE", &old, None).await.status, 204);
}
