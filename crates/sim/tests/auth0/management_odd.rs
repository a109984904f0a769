//! Whatever is sent to the Management API, it is refused in its own manner, and nothing is stored.

use serde_json::{Value, json};

use crate::management::Manager;
use crate::worker::{CLIENT, World};

/// Values that are right for hardly any property.
fn odd() -> Vec<Value> {
    let deep = (0..60).fold(json!(1), |inner, _| json!([inner]));
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(1e300),
        json!(""),
        json!("\u{0}"),
        json!([]),
        json!({}),
        json!([null]),
        json!([{}]),
        json!([[]]),
        json!([1, "a", {}]),
        json!({"": ""}),
        json!({"credentials": 1, "ip_allowlist": {}, "grants": [[]]}),
        json!({"private_key_jwt": {"credentials": [{"id": 1}]}}),
        json!({"active": "yes"}),
        json!({"rotation_type": 1, "expiration_type": [], "policies": [1, [], {"audience": {}}]}),
        deep,
    ]
}

#[tokio::test]
async fn odd_values_are_refused_or_stored_and_never_break_anything() {
    let world = World::start().await;
    let manager = Manager::new(&world);
    let found = manager.does("GET", "/connections?name=github", None).await;
    let connection = format!("/connections/{}", found[0]["id"].as_str().expect("id"));
    let client = format!("/clients/{CLIENT}");
    let credentials = format!("{client}/credentials");
    let keys = manager.does("GET", &credentials, None).await;
    let key = format!("{credentials}/{}", keys[0]["id"].as_str().expect("id"));
    let mut refusals = 0;
    for (method, path, fields) in [
        (
            "PATCH",
            client.as_str(),
            &[
                "name",
                "app_type",
                "callbacks",
                "grant_types",
                "oidc_conformant",
                "jwt_configuration",
                "refresh_token",
                "client_secret",
                "token_endpoint_auth_method",
                "client_authentication_methods",
                "token_vault_privileged_access",
                "async_approval_notification_channels",
            ][..],
        ),
        (
            "POST",
            credentials.as_str(),
            &["pem", "kid", "alg", "credential_type"],
        ),
        ("PATCH", key.as_str(), &["expires_at"]),
        (
            "PATCH",
            connection.as_str(),
            &["options", "authentication", "connected_accounts", "realms"],
        ),
        ("POST", "/connections", &["name", "strategy", "options"]),
        (
            "POST",
            "/resource-servers",
            &["identifier", "scopes", "subject_type_authorization"],
        ),
        (
            "POST",
            "/client-grants",
            &["client_id", "audience", "scope", "subject_type"],
        ),
        ("PUT", "/guardian/factors/push-notification", &["enabled"]),
    ] {
        for value in odd() {
            let whole = manager.call(method, path, Some(value.clone())).await;
            let mut answers = vec![whole];
            for field in fields {
                let body = json!({*field: value});
                answers.push(manager.call(method, path, Some(body)).await);
            }
            for answer in answers {
                assert!(
                    answer.status < 500,
                    "{method} {path} {value}: {}",
                    answer.body
                );
                if answer.status >= 400 {
                    refusals += 1;
                    assert_eq!(answer.body["statusCode"], answer.status, "{}", answer.body);
                    assert!(answer.body["message"].is_string(), "{}", answer.body);
                }
            }
        }
    }
    assert!(refusals > 400, "{refusals}");
    assert!(manager.does("GET", "/clients", None).await.is_array());
    assert_eq!(world.auth0.client_ids(), [CLIENT]);
}

#[tokio::test]
async fn a_write_that_is_refused_leaves_everything_as_it_was() {
    let world = World::start().await;
    let manager = Manager::new(&world);
    let path = format!("/clients/{CLIENT}");
    let before = manager.does("GET", &path, None).await;
    let half = json!({
        "name": "new name", "description": "new", "oidc_conformant": false,
        "token_vault_privileged_access": {"credentials": [], "ip_allowlist": ["x"], "grants": []},
    });
    manager
        .refused("PATCH", &path, half, 400, "ip-or-cidr")
        .await;
    assert_eq!(manager.does("GET", &path, None).await, before);
    let found = manager.does("GET", "/connections?name=github", None).await;
    let connection = format!("/connections/{}", found[0]["id"].as_str().expect("id"));
    let half = json!({"options": {}, "connected_accounts": {"active": 1}});
    manager
        .refused("PATCH", &connection, half, 400, "Expected type boolean")
        .await;
    let after = manager.does("GET", "/connections?name=github", None).await;
    assert_eq!(after, found);
    let clients = format!("{connection}/clients");
    let half =
        json!([{"client_id": CLIENT, "status": false}, {"client_id": "nobody", "status": true}]);
    manager
        .refused("PATCH", &clients, half, 404, "does not exist")
        .await;
    assert_eq!(world.send(&world.request()).await.status, 200);
}
