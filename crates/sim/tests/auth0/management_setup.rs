//! What a set-up touches besides the application: connections, APIs, client grants, authentication; and what a doctor reads.

use serde_json::{Value, json};
use sim::auth0::{Client, ClientAuth};

use crate::login::{Browser, connect_body};
use crate::management::Manager;
use crate::management_clients::{access, inline, worker};
use crate::worker::{CLIENT, SUB, World, key, other_key};

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
async fn my_account_is_an_api_that_somebody_has_to_activate_and_grant() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    let manager = Manager::new(&world);
    world.auth0.as_new();
    let me = format!("{}/me/", world.auth0.url());
    let callbacks = [crate::login::CALLBACK];
    let mut native = Client::new("native-client", ClientAuth::None).with_login(&callbacks);
    native.account_scopes.clear();
    world.auth0.add_client(native);
    let why = async || {
        let (_, query) = browser.authorize(&[]).await;
        crate::login::value(&query, "error_description").to_owned()
    };
    let scopes = sim::auth0::ACCOUNT_SCOPES;
    let grant = json!({"client_id": "native-client", "audience": me, "scope": scopes, "subject_type": "user"});
    assert!(why().await.contains("Service not found"));
    manager
        .refused("POST", "/client-grants", grant.clone(), 404, "not found")
        .await;
    let api = json!({"identifier": me, "name": "Auth0 My Account API"});
    let made = manager
        .does("POST", "/resource-servers", Some(api.clone()))
        .await;
    assert_eq!(made["is_system"], true);
    assert_eq!(
        made["subject_type_authorization"],
        json!({"user": {"policy": "require_client_grant"}, "client": {"policy": "deny_all"}})
    );
    assert_eq!(made["scopes"].as_array().expect("array").len(), 3);
    manager
        .refused("POST", "/resource-servers", api, 409, "already exists")
        .await;
    let id = made["id"].as_str().expect("id");
    let by_id = manager
        .does("GET", &format!("/resource-servers/{id}"), None)
        .await;
    let escaped = me.replace(':', "%3A").replace('/', "%2F");
    let by_name = manager
        .does("GET", &format!("/resource-servers/{escaped}"), None)
        .await;
    assert_eq!((&by_id, &by_name), (&made, &made));
    manager
        .refused(
            "DELETE",
            &format!("/resource-servers/{id}"),
            Value::Null,
            400,
            "system",
        )
        .await;
    assert!(
        why()
            .await
            .contains("is not authorized to access resource server")
    );
    world
        .auth0
        .switch(|switches| switches.user_grants_become_client = true);
    let stored = manager
        .does("POST", "/client-grants", Some(grant.clone()))
        .await;
    assert_eq!(stored["subject_type"], "client");
    assert!(
        why()
            .await
            .contains("is not authorized to access resource server")
    );
    world
        .auth0
        .switch(|switches| switches.user_grants_become_client = false);
    let stored = manager
        .does("POST", "/client-grants", Some(grant.clone()))
        .await;
    assert_eq!(stored["subject_type"], "user");
    assert_eq!(why().await, "");
    manager
        .refused("POST", "/client-grants", grant, 409, "already exists")
        .await;
    let listed = manager
        .does(
            "GET",
            "/client-grants?client_id=native-client&subject_type=user",
            None,
        )
        .await;
    assert_eq!(listed, json!([stored]));
    let path = format!("/client-grants/{}", stored["id"].as_str().expect("id"));
    let odd = json!({"scope": ["invent:me:things"]});
    manager
        .refused("PATCH", &path, odd, 400, "invent:me:things")
        .await;
    let fewer = json!({"scope": ["read:me:connected_accounts"]});
    manager.does("PATCH", &path, Some(fewer)).await;
    let login = browser.login().await;
    assert_eq!(login["scope"], "openid read:me:connected_accounts");
    assert_eq!(manager.call("DELETE", &path, None).await.status, 204);
    assert!(
        why()
            .await
            .contains("is not authorized to access resource server")
    );
}

#[tokio::test]
async fn my_account_may_be_for_the_dashboard_only() {
    let world = World::start().await;
    let manager = Manager::new(&world);
    world.auth0.as_new();
    world
        .auth0
        .switch(|switches| switches.my_account_by_dashboard_only = true);
    let me = format!("{}/me/", world.auth0.url());
    let api = json!({"identifier": me, "name": "Auth0 My Account API"});
    manager
        .refused("POST", "/resource-servers", api, 400, "reserved")
        .await;
    world.auth0.activate_my_account();
    let listed = manager.does("GET", "/resource-servers", None).await;
    assert!(
        listed
            .as_array()
            .expect("array")
            .iter()
            .any(|api| api["identifier"] == me.as_str())
    );
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
async fn a_tenant_without_the_feature_says_so_at_once_or_at_the_exchange() {
    let world = World::start().await;
    let manager = Manager::new(&world);
    let path = format!("/clients/{CLIENT}");
    let shown = manager.does("GET", &path, None).await;
    let body = json!({"token_vault_privileged_access": shown["token_vault_privileged_access"]});
    world.auth0.switch(|switches| switches.feature_off = true);
    let answer = manager.call("PATCH", &path, Some(body.clone())).await;
    assert_eq!(
        (answer.status, answer.body["errorCode"].as_str()),
        (403, Some("insufficient_entitlement"))
    );
    world
        .auth0
        .switch(|switches| switches.feature_off_is_silent = true);
    manager.does("PATCH", &path, Some(body)).await;
    let answer = world.send(&world.request()).await;
    assert_eq!(
        (answer.status, answer.error()),
        (403, "unauthorized_client")
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

#[tokio::test]
async fn a_doctor_reads_users_accounts_policies_and_settings() {
    let world = World::start().await;
    let manager = Manager::new(&world);
    let user = manager.does("GET", "/users/auth0%7Cowner", None).await;
    assert_eq!(user["identities"].as_array().expect("array").len(), 1);
    assert_eq!(user["identities"][0]["user_id"], "owner");
    world.auth0.add_user("github|7", "owner@example.org", 7);
    manager.does("GET", "/users/github%7C7", None).await;
    world.auth0.link_users(SUB, "github|7");
    manager
        .refused(
            "GET",
            "/users/github%7C7",
            Value::Null,
            404,
            "The user does not exist",
        )
        .await;
    let user = manager
        .does("GET", "/users/auth0%7Cowner?fields=identities", None)
        .await;
    assert_eq!(user["identities"][1]["provider"], "github");
    assert_eq!(user.as_object().expect("object").len(), 1);
    let accounts = "/users/auth0%7Cowner/connected-accounts";
    let listed = manager
        .does("GET", &format!("{accounts}?take=50"), None)
        .await;
    let account = &listed["connected_accounts"][0];
    assert!(account["id"].as_str().expect("id").starts_with("cac_"));
    assert!(
        account["connection_id"]
            .as_str()
            .expect("id")
            .starts_with("con_")
    );
    assert_eq!(account["strategy"], "github");
    let answer = manager
        .call("GET", &format!("{accounts}?take=51"), None)
        .await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        manager.does("GET", "/guardian/policies", None).await,
        json!([])
    );
    let always = json!(["all-applications"]);
    manager
        .does("PUT", "/guardian/policies", Some(always.clone()))
        .await;
    assert_eq!(
        manager.does("GET", "/guardian/policies", None).await,
        always
    );
    assert_eq!(world.send(&world.request()).await.error(), "mfa_required");
    manager
        .refused(
            "PUT",
            "/guardian/policies",
            json!(["sometimes"]),
            400,
            "No enum match",
        )
        .await;
    let push = "/guardian/factors/push-notification";
    manager
        .does("PUT", push, Some(json!({"enabled": false})))
        .await;
    let factors = manager.does("GET", "/guardian/factors", None).await;
    assert_eq!(factors[0]["enabled"], false);
    let settings = manager.does("GET", "/tenants/settings", None).await;
    assert_eq!(
        settings["flags"]["token_vault_subject_type_jwt_ea_rollout"],
        true
    );
    let nowhere = manager.call("GET", "/nowhere", None).await;
    assert_eq!(nowhere.status, 404);
}

#[tokio::test]
async fn the_log_tells_an_owner_which_address_the_tenant_saw() {
    let world = World::start().await;
    let manager = Manager::new(&world);
    assert_eq!(world.send(&world.request()).await.status, 200);
    let drifted = "203.0.113.9".parse().expect("address");
    world
        .auth0
        .switch(|switches| switches.peer_address = Some(drifted));
    let refused = world.send(&world.request()).await;
    assert_eq!((refused.status, refused.error()), (403, "access_denied"));
    assert!(!refused.body.to_string().contains("203.0.113.9"));
    let done = manager.does("GET", "/logs?q=type:seta", None).await;
    assert_eq!(
        (&done[0]["ip"], done.as_array().expect("array").len()),
        (&json!("127.0.0.1"), 1)
    );
    assert_eq!(done[0]["details"]["is_privileged_worker"], true);
    let query = format!("/logs?q=type:(seta%20OR%20feta)%20AND%20client_id:{CLIENT}&sort=date:-1");
    let both = manager.does("GET", &query, None).await;
    assert_eq!(
        (&both[0]["type"], &both[0]["ip"]),
        (&json!("feta"), &json!("203.0.113.9"))
    );
    world.auth0.set_ip_allowlist(CLIENT, &["203.0.113.0/24"]);
    assert_eq!(world.send(&world.request()).await.status, 200);
    for (query, status) in [
        ("q=colour:red", 400),
        ("q=seta", 400),
        ("sort=up", 400),
        ("q=", 200),
    ] {
        let answer = manager.call("GET", &format!("/logs?{query}"), None).await;
        assert_eq!(answer.status, status, "{query}");
    }
    world.auth0.switch(|switches| switches.log_delay_s = 60);
    assert_eq!(manager.does("GET", "/logs", None).await, json!([]));
    world.sleep(60);
    assert_eq!(
        manager
            .does("GET", "/logs", None)
            .await
            .as_array()
            .expect("array")
            .len(),
        3
    );
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
