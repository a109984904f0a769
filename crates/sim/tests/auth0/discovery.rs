//! What the tenant publishes: its endpoints, and keys that change.

use serde_json::Value;

use crate::login::Browser;
use crate::worker::World;

async fn read(world: &World, path: &str) -> Value {
    let url = format!("{}/.well-known/{path}", world.auth0.url());
    let response = reqwest::get(url).await.expect("answer");
    response.json().await.expect("json")
}

fn kids(keys: &Value) -> Vec<&str> {
    let keys = keys["keys"].as_array().expect("keys");
    keys.iter()
        .map(|key| key["kid"].as_str().expect("kid"))
        .collect()
}

#[tokio::test]
async fn ciba_is_in_the_document_unless_the_tenant_has_none() {
    let world = World::start().await;
    let url = world.auth0.url();
    let document = read(&world, "openid-configuration").await;
    assert_eq!(document["issuer"], format!("{url}/"));
    assert_eq!(
        document["backchannel_authentication_endpoint"],
        format!("{url}/bc-authorize")
    );
    assert_eq!(
        document["device_authorization_endpoint"],
        format!("{url}/oauth/device/code")
    );
    world.auth0.switch(|switches| switches.no_ciba = true);
    let document = read(&world, "openid-configuration").await;
    assert!(
        document
            .get("backchannel_authentication_endpoint")
            .is_none()
    );
    assert!(
        document
            .get("backchannel_token_delivery_modes_supported")
            .is_none()
    );
}

#[tokio::test]
async fn keys_change_and_the_last_one_can_still_be_verified() {
    let world = World::start().await;
    let browser = Browser::new(&world);
    let signed_by = async || {
        let login = browser.login().await;
        let token = login["id_token"].as_str().expect("token").to_owned();
        jsonwebtoken::decode_header(token)
            .expect("header")
            .kid
            .expect("kid")
    };
    let first = signed_by().await;
    let before = read(&world, "jwks.json").await;
    assert_eq!(kids(&before).len(), 2);
    assert_eq!(kids(&before)[1], first);
    world.auth0.rotate_signing_key();
    let second = signed_by().await;
    assert_eq!(second, kids(&before)[0]);
    let after = read(&world, "jwks.json").await;
    assert_eq!(kids(&after)[1..], [second.as_str(), first.as_str()]);
    world.auth0.rotate_signing_key();
    let third = signed_by().await;
    assert!(!kids(&before).contains(&third.as_str()));
    let last = read(&world, "jwks.json").await;
    assert!(kids(&last).contains(&third.as_str()) && !kids(&last).contains(&first.as_str()));
}
