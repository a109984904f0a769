//! What a doctor reads of a tenant: users, policies, settings, entitlements, the log.

use serde_json::{Value, json};

use crate::management::Manager;
use crate::worker::{CLIENT, SUB, World};

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
