//! Connections through the Management API: purposes, options, and for whom they are on.

use serde_json::{Value, json};

use crate::login::{Browser, connect_body};
use crate::management::Manager;
use crate::management_clients::worker;
use crate::worker::{SUB, World, key};

const GITHUB: &str = "the provider's client";

fn github() -> Value {
    json!({
        "strategy": "github", "name": "github",
        "options": {"client_id": GITHUB, "client_secret": "theirs", "scope": ["repo"]},
        "authentication": {"active": true}, "connected_accounts": {"active": true},
    })
}

#[tokio::test]
async fn a_connection_is_made_found_and_switched_on() {
    let world = World::start().await;
    world.auth0.as_new();
    let manager = Manager::new(&world);
    let made = manager.does("POST", "/connections", Some(github())).await;
    assert_eq!(made["connected_accounts"], json!({"active": true}));
    assert_eq!(made["enabled_clients"], json!([]));
    let id = made["id"].as_str().expect("id");
    assert!(id.starts_with("con_"));
    manager
        .refused("POST", "/connections", github(), 409, "same name")
        .await;
    for query in [
        "?name=github",
        "?strategy=github",
        "?name=github&strategy=github",
    ] {
        let found = manager
            .does("GET", &format!("/connections{query}"), None)
            .await;
        assert_eq!(found, json!([made]), "{query}");
    }
    let none = manager.does("GET", "/connections?name=google", None).await;
    assert_eq!(none, json!([]));
    let clients = format!("/connections/{id}/clients");
    assert_eq!(
        manager.does("GET", &clients, None).await,
        json!({"clients": []})
    );
    let unknown = json!([{"client_id": "nobody", "status": true}]);
    manager
        .refused("PATCH", &clients, unknown, 404, "client does not exist")
        .await;
    let owner = manager.does("POST", "/clients", Some(worker(key()))).await;
    let client = owner["client_id"].clone();
    for (status, listed) in [(true, json!([{"client_id": client}])), (false, json!([]))] {
        let body = json!([{"client_id": client, "status": status}]);
        let answer = manager.call("PATCH", &clients, Some(body)).await;
        assert_eq!(answer.status, 204);
        assert_eq!(manager.does("GET", &clients, None).await["clients"], listed);
    }
    for (body, words) in [
        (json!([]), "minimum 1"),
        (
            json!([{"client_id": client}]),
            "Missing required property: status",
        ),
        (
            json!([{"client_id": client, "status": "on"}]),
            "Expected type boolean",
        ),
        (
            json!(vec![json!({"client_id": client, "status": true}); 51]),
            "maximum 50",
        ),
        (json!({}), "Expected type array"),
    ] {
        manager.refused("PATCH", &clients, body, 400, words).await;
    }
    let path = format!("/connections/{id}");
    assert_eq!(manager.call("DELETE", &path, None).await.status, 204);
    manager
        .refused("GET", &path, Value::Null, 404, "does not exist")
        .await;
}

#[tokio::test]
async fn writing_options_wipes_what_is_not_said_again() {
    let world = World::start().await;
    let manager = Manager::new(&world);
    let found = manager.does("GET", "/connections?name=github", None).await;
    let path = format!("/connections/{}", found[0]["id"].as_str().expect("id"));
    assert!(found[0]["options"]["client_secret"].is_string());
    let patch = async |body: Value| manager.does("PATCH", &path, Some(body)).await;
    let kept = patch(json!({"connected_accounts": {"active": true}})).await;
    assert_eq!(kept["options"], found[0]["options"]);
    let wiped = patch(json!({"options": {"scope": ["repo", "read:user"]}})).await;
    assert_eq!(wiped["options"], json!({"scope": ["repo", "read:user"]}));
    world.auth0.expire_stored_token(SUB, "github");
    let answer = world.send(&world.request()).await;
    assert_eq!(
        answer.error(),
        "federated_connection_refresh_token_flow_failed"
    );
    patch(json!({"options": found[0]["options"]})).await;
    assert_eq!(world.send(&world.request()).await.status, 200);
    for (body, words) in [
        (
            json!({"name": "other"}),
            "Additional properties not allowed: name",
        ),
        (
            json!({"options": {"scope": 1}}),
            "Expected type array but found type number' on property options.scope",
        ),
        (json!({"connected_accounts": true}), "Expected type object"),
        (
            json!({"connected_accounts": {}}),
            "Missing required property: active",
        ),
    ] {
        manager.refused("PATCH", &path, body, 400, words).await;
    }
}

#[tokio::test]
async fn a_purpose_inside_the_options_is_no_purpose() {
    let world = World::start().await;
    let manager = Manager::new(&world);
    let found = manager.does("GET", "/connections?name=github", None).await;
    let path = format!("/connections/{}", found[0]["id"].as_str().expect("id"));
    let off = json!({"connected_accounts": {"active": false}});
    manager.does("PATCH", &path, Some(off)).await;
    let mut options = found[0]["options"].clone();
    options["connected_accounts"] = json!({"active": true});
    let stored = manager
        .does("PATCH", &path, Some(json!({"options": options})))
        .await;
    assert_eq!(stored["connected_accounts"]["active"], false);
    let answer = world.send(&world.request()).await;
    assert!(
        answer.body["error_description"]
            .as_str()
            .expect("text")
            .contains("not enabled")
    );
}

#[tokio::test]
async fn a_new_tenant_is_silent_about_every_step_that_is_missing() {
    let world = World::start().await;
    let manager = Manager::new(&world);
    world.auth0.as_new();
    assert_eq!(manager.does("GET", "/connections", None).await, json!([]));
    let made = manager.does("POST", "/clients", Some(worker(key()))).await;
    let id = made["client_id"].as_str().expect("id").to_owned();
    let exchange = async || {
        let request = world
            .request()
            .with_secret(made["client_secret"].as_str().expect("secret"))
            .set("client_id", &id)
            .set("subject_token", &world.subject(&[("iss", json!(id))]));
        let answer = world.send(&request).await;
        let text = answer.body["error_description"]
            .as_str()
            .unwrap_or_default();
        (answer.status, text.to_owned())
    };
    let not_enabled = (
        403,
        "Token Vault is not enabled for the provided connection".to_owned(),
    );
    assert_eq!(exchange().await, not_enabled);
    let mut body = github();
    body.as_object_mut()
        .expect("object")
        .remove("connected_accounts");
    let connection = manager.does("POST", "/connections", Some(body)).await;
    let connection = connection["id"].as_str().expect("id");
    assert_eq!(exchange().await, not_enabled);
    let purpose = json!({"connected_accounts": {"active": true}});
    manager
        .does(
            "PATCH",
            &format!("/connections/{connection}"),
            Some(purpose),
        )
        .await;
    assert_eq!(exchange().await, not_enabled);
    let on = json!([{"client_id": id, "status": true}]);
    manager
        .does(
            "PATCH",
            &format!("/connections/{connection}/clients"),
            Some(on),
        )
        .await;
    let missing = (
        401,
        "Federated connection Refresh Token not found.".to_owned(),
    );
    assert_eq!(exchange().await, missing);
    world
        .auth0
        .connect_account(SUB, "github", &["repo"], sim::auth0::TokenPlan::oauth_app())
        .expect("connected");
    assert_eq!(exchange().await.0, 200);
}

#[tokio::test]
async fn a_connection_for_the_vault_only_is_none_to_log_in_by() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    assert_eq!(
        crate::login::value(
            &browser.authorize(&[("connection", "github")]).await.1,
            "error"
        ),
        ""
    );
    world
        .auth0
        .change_connection("github", |connection| connection.authentication = false);
    let (_, query) = browser.authorize(&[("connection", "github")]).await;
    let text = crate::login::value(&query, "error_description");
    assert_eq!(text, "The connection is not active for authentication.");
    let login = browser.login().await;
    let token = login["access_token"].as_str().expect("token");
    let (status, _) = browser
        .account_call("POST", "/connect", token, Some(connect_body()))
        .await;
    assert_eq!(status, 201);
}
