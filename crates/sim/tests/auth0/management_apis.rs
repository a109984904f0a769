//! APIs and client grants through the Management API: the My Account API above all.

use serde_json::{Value, json};
use sim::auth0::{Client, ClientAuth};

use crate::login::Browser;
use crate::management::Manager;
use crate::worker::World;

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
