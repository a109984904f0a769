//! Steps 1 to 4: the request, the client, its authentication, its address.

use serde_json::json;
use sim::auth0::{ClientAuth, Refusal, VAULT_GRANT};

use crate::worker::{CLIENT, NIGHT, SECRET, SUB, World, key, other_key};
use crate::{refuses, token};

#[tokio::test]
async fn json_bodies_and_client_secrets_are_accepted_too() {
    let world = World::start().await;
    let request = world.request();
    let response = world.post_json(&request.pairs).await;
    assert_eq!(response.status, 200, "{}", response.body);
    world.auth0.change_client(CLIENT, |client| {
        client.auth = ClientAuth::Secret(SECRET.into())
    });
    token(&world.send(&world.request().with_secret(SECRET)).await);
    let mut basic = world
        .request()
        .without("client_assertion")
        .without("client_assertion_type")
        .without("client_id");
    basic.basic = Some((CLIENT.into(), SECRET.into()));
    token(&world.send(&basic).await);
}

#[tokio::test]
async fn step_1_content_type_and_parameters() {
    let world = World::start().await;
    let answer = world.post_raw("text/plain", "hello").await;
    assert_eq!((answer.status, answer.error()), (400, "invalid_request"));
    for name in [
        "subject_token",
        "subject_token_type",
        "connection",
        "client_id",
    ] {
        refuses(
            &world,
            world.request().without(name),
            Refusal::ParameterMissing,
        )
        .await;
    }
    refuses(
        &world,
        world.request().without("requested_token_type"),
        Refusal::ParameterMissing,
    )
    .await;
    let answer = world.send(&world.request().without("grant_type")).await;
    assert_eq!((answer.status, answer.error()), (400, "invalid_request"));
    let answer = world
        .send(&world.request().set("grant_type", "password"))
        .await;
    assert_eq!(
        (answer.status, answer.error()),
        (403, "unsupported_grant_type")
    );
}

#[tokio::test]
async fn step_2_the_client_and_its_authentication() {
    let world = World::start().await;
    refuses(
        &world,
        world.request().set("client_id", "nobody"),
        Refusal::ClientUnknown,
    )
    .await;
    let bare = world
        .request()
        .without("client_assertion")
        .without("client_assertion_type");
    // The widely copied recipe: no authentication, a made-up parameter, no requested type.
    let recipe = bare
        .clone()
        .without("requested_token_type")
        .set("client_credential_id", "cred_1");
    refuses(&world, recipe, Refusal::AuthenticationMissing).await;
    assert!(
        world.auth0.rim().violations()[0]
            .reason
            .contains("client_credential_id")
    );
    refuses(
        &world,
        bare.with_secret(SECRET),
        Refusal::AuthenticationMissing,
    )
    .await;
    refuses(
        &world,
        world.request().set("client_secret", SECRET),
        Refusal::AuthenticationAmbiguous,
    )
    .await;
    refuses(
        &world,
        world.request().set("client_assertion_type", "jwt"),
        Refusal::AssertionBad,
    )
    .await;
    world.auth0.change_client(CLIENT, |client| {
        client.auth = ClientAuth::Secret(SECRET.into())
    });
    refuses(
        &world,
        world.request().with_secret("wrong"),
        Refusal::SecretWrong,
    )
    .await;
}

#[tokio::test]
async fn step_2_the_client_assertion() {
    let world = World::start().await;
    let now = NIGHT / 1_000;
    let bad = [
        ("iss", json!("someone")),
        ("sub", json!(SUB)),
        ("aud", json!(world.auth0.url())),
        ("exp", json!(now)),
        ("exp", json!(now + 301)),
        ("exp", json!(null)),
        ("iat", json!(now + 11)),
        ("nbf", json!(now + 11)),
        ("jti", json!(null)),
        ("jti", json!("j".repeat(65))),
        ("padding", json!("x".repeat(2_000))),
    ];
    for (claim, value) in bad {
        let assertion = world.assertion(key(), &[(claim, value.clone())]);
        refuses(
            &world,
            world.request().set("client_assertion", &assertion),
            Refusal::AssertionBad,
        )
        .await;
    }
    let foreign = world.assertion(other_key(), &[]);
    refuses(
        &world,
        world.request().set("client_assertion", &foreign),
        Refusal::AssertionBad,
    )
    .await;
    let used = world.request();
    token(&world.send(&used).await);
    let replay = world
        .request()
        .set("client_assertion", used.get("client_assertion"));
    refuses(&world, replay, Refusal::AssertionBad).await;
    let request = world.request();
    let subject = request.get("subject_token").to_owned();
    refuses(
        &world,
        request.set("client_assertion", &subject),
        Refusal::AssertionBad,
    )
    .await;
    let skewed = world.assertion(key(), &[("iat", json!(now + 10))]);
    token(
        &world
            .send(&world.request().set("client_assertion", &skewed))
            .await,
    );
}

#[tokio::test]
async fn step_3_the_client_has_to_be_fit() {
    let world = World::start().await;
    world
        .auth0
        .change_client(CLIENT, |client| client.oidc_conformant = false);
    refuses(&world, world.request(), Refusal::ClientUnfit).await;
    world.auth0.change_client(CLIENT, |client| {
        (client.oidc_conformant, client.first_party) = (true, false)
    });
    refuses(&world, world.request(), Refusal::ClientUnfit).await;
    world
        .auth0
        .change_client(CLIENT, |client| client.first_party = true);
    world.auth0.switch(|switches| switches.feature_off = true);
    refuses(&world, world.request(), Refusal::FeatureOff).await;
    world.auth0.switch(|switches| switches.feature_off = false);
    world.auth0.change_client(CLIENT, |client| {
        client.grant_types.retain(|grant| grant != VAULT_GRANT)
    });
    refuses(&world, world.request(), Refusal::GrantNotEnabled).await;
}

#[tokio::test]
async fn step_4_privileged_access_and_the_callers_address() {
    let world = World::start().await;
    for entries in [&["10.0.0.0/8"][..], &[]] {
        world.auth0.set_ip_allowlist(CLIENT, entries);
        refuses(&world, world.request(), Refusal::IpRefused).await;
    }
    world
        .auth0
        .set_ip_allowlist(CLIENT, &["192.0.2.1", "127.0.0.0/8"]);
    token(&world.send(&world.request()).await);
    world
        .auth0
        .change_client(CLIENT, |client| client.privileged = None);
    refuses(&world, world.request(), Refusal::NoPrivilegedAccess).await;
}
