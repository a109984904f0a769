//! What passes, steps 6 to 9, and the switches.

use serde_json::json;
use sha2::{Digest as _, Sha256};
use sim::auth0::{ExpiresIn, Refusal, TokenPlan};

use crate::worker::{CLIENT, NIGHT, SUB, World};
use crate::{refuses, token};

#[tokio::test]
async fn a_well_made_request_gets_the_providers_token_and_is_logged_with_its_thumbprint() {
    let world = World::start().await;
    let answer = world.send(&world.request()).await;
    let token = token(&answer);
    assert!(token.starts_with("ghu_"));
    assert_eq!(answer.body["expires_in"], 28_800);
    assert_eq!(answer.body["scope"], "repo");
    assert_eq!(answer.body["token_type"], "Bearer");
    assert_eq!(
        world.registry.lookup(&token, NIGHT).expect("alive").user_id,
        42
    );
    let [entry] = &world.auth0.exchanges()[..] else {
        panic!("one entry")
    };
    assert_eq!(entry.code(), "seta");
    assert_eq!(entry.audit_context.as_deref(), Some("bountyd scan j:1"));
    assert_eq!(
        entry.token_thumbprint,
        Some(hex::encode(Sha256::digest(&token)))
    );
    assert!(world.auth0.rim().violations().is_empty());
}

#[tokio::test]
async fn the_stored_token_is_handed_out_with_its_remaining_life_and_refreshed_when_it_ends() {
    let world = World::start().await;
    let first = token(&world.send(&world.request()).await);
    world.sleep(100);
    let again = world.send(&world.request()).await;
    assert_eq!(
        (token(&again), again.body["expires_in"].as_i64()),
        (first.clone(), Some(28_700))
    );
    world.sleep(28_700);
    let fresh = world.send(&world.request()).await;
    assert_ne!(token(&fresh), first);
    assert_eq!(fresh.body["expires_in"], 28_800);
    assert!(world.auth0.exchanges()[2].refreshed);
}

#[tokio::test]
async fn step_6_type_grants_and_scopes() {
    let world = World::start().await;
    let federated = "http://auth0.com/oauth/token-type/federated-connection-access-token";
    refuses(
        &world,
        world.request().set("requested_token_type", federated),
        Refusal::TokenType,
    )
    .await;
    refuses(
        &world,
        world.request().set("connection", "slack"),
        Refusal::ConnectionNotGranted,
    )
    .await;
    refuses(
        &world,
        world.request().set("scope", "repo admin:org"),
        Refusal::ScopeNotGranted,
    )
    .await;
    token(&world.send(&world.request().set("scope", "repo")).await);
    world
        .auth0
        .set_grants(CLIENT, &[("github", &["repo", "read:user"])]);
    let _ = world.auth0.connect_account(
        SUB,
        "github",
        &["repo", "read:user"],
        TokenPlan::github_app(),
    );
    refuses(
        &world,
        world.request().set("scope", "read:user"),
        Refusal::CannotNarrow,
    )
    .await;
    world.auth0.set_grants(CLIENT, &[]);
    refuses(&world, world.request(), Refusal::ConnectionNotGranted).await;
}

#[tokio::test]
async fn step_7_the_connection() {
    let world = World::start().await;
    world
        .auth0
        .change_connection("github", |connection| connection.active = false);
    refuses(&world, world.request(), Refusal::VaultNotEnabled).await;
    world.auth0.change_connection("github", |connection| {
        connection.active = true;
        connection.disabled_for.insert(CLIENT.into());
    });
    refuses(&world, world.request(), Refusal::VaultNotEnabled).await;
    world.auth0.set_grants(CLIENT, &[("gitlab", &["api"])]);
    refuses(
        &world,
        world.request().set("connection", "gitlab"),
        Refusal::VaultNotEnabled,
    )
    .await;
}

#[tokio::test]
async fn step_8_the_user() {
    let world = World::start().await;
    let stranger = world.subject(&[("sub", json!("auth0|nobody"))]);
    refuses(
        &world,
        world.request().set("subject_token", &stranger),
        Refusal::UserUnknown,
    )
    .await;
    world.auth0.change_user(SUB, |user| user.blocked = true);
    refuses(&world, world.request(), Refusal::UserBlocked).await;
    world.auth0.change_user(SUB, |user| user.blocked = false);
    world.auth0.switch(|switches| switches.mfa_always = true);
    refuses(&world, world.request(), Refusal::MfaRequired).await;
    world.auth0.switch(|switches| switches.mfa_always = false);
    world.auth0.disconnect(SUB, "github");
    refuses(&world, world.request(), Refusal::NotConnected).await;
    let _ = world
        .auth0
        .connect_account(SUB, "github", &["repo"], TokenPlan::oauth_app());
    let answer = world.send(&world.request()).await;
    assert!(token(&answer).starts_with("gho_"));
    assert_eq!(answer.body.get("expires_in"), None);
    world
        .auth0
        .switch(|switches| switches.refuse_without_refresh_token = true);
    refuses(&world, world.request(), Refusal::NotConnected).await;
}

#[tokio::test]
async fn step_9_the_provider_refuses_to_refresh() {
    let world = World::start().await;
    world.auth0.switch(|switches| switches.refresh_failures = 1);
    refuses(&world, world.request(), Refusal::RefreshFailed).await;
    let held = token(&world.send(&world.request()).await);
    world
        .auth0
        .switch(|switches| switches.refresh_failures = u32::MAX);
    world.auth0.expire_stored_token(SUB, "github");
    refuses(&world, world.request(), Refusal::RefreshFailed).await;
    refuses(&world, world.request(), Refusal::RefreshFailed).await;
    world.auth0.switch(|switches| switches.refresh_failures = 0);
    assert_ne!(token(&world.send(&world.request()).await), held);
}

#[tokio::test]
async fn a_revocation_at_the_provider_is_noticed_only_when_the_stored_token_ends() {
    let world = World::start().await;
    let held = token(&world.send(&world.request()).await);
    world.auth0.provider_revoke(SUB, "github");
    assert_eq!(world.registry.lookup(&held, NIGHT), None);
    assert_eq!(token(&world.send(&world.request()).await), held);
    world.sleep(28_800);
    refuses(&world, world.request(), Refusal::RefreshFailed).await;
    let _ = world
        .auth0
        .connect_account(SUB, "github", &["repo"], TokenPlan::github_app());
    token(&world.send(&world.request()).await);
}

#[tokio::test]
async fn the_lenient_switch_forgives_what_a_tenant_may_not_enforce() {
    let world = World::start().await;
    world.auth0.switch(|switches| switches.lenient = true);
    world.auth0.set_ip_allowlist(CLIENT, &[]);
    world.auth0.set_grants(CLIENT, &[]);
    let subject = world.subject(&[("jti", json!(null)), ("audit_context", json!(null))]);
    let request = || world.request().set("subject_token", &subject);
    token(&world.send(&request()).await);
    token(&world.send(&request()).await);
}

#[tokio::test]
async fn the_answers_shape_can_be_bent() {
    let world = World::start().await;
    let answer_with = async |change: fn(&mut sim::auth0::Switches)| {
        world.auth0.switch(|switches| {
            *switches = sim::auth0::Switches {
                skew_s: 5,
                ..Default::default()
            }
        });
        world.auth0.switch(change);
        world.send(&world.request()).await.body
    };
    assert_eq!(
        answer_with(|switches| switches.expires_in = ExpiresIn::Absent)
            .await
            .get("expires_in"),
        None
    );
    assert_eq!(
        answer_with(|switches| switches.expires_in = ExpiresIn::Fixed(3)).await["expires_in"],
        3
    );
    assert_eq!(
        answer_with(|switches| switches.expires_in = ExpiresIn::Fixed(1 << 60)).await["expires_in"],
        1_u64 << 60
    );
    assert_eq!(
        answer_with(|switches| switches.expires_in = ExpiresIn::Text("soon")).await["expires_in"],
        "soon"
    );
    assert_eq!(
        answer_with(|switches| switches.drop_scope = true)
            .await
            .get("scope"),
        None
    );
    assert!(
        answer_with(|switches| switches.unknown_fields = true)
            .await
            .get("token_broker")
            .is_some()
    );
    assert_eq!(
        answer_with(|switches| switches.issued_token_type = Some("x".into())).await["issued_token_type"],
        "x"
    );
    let _ = world.auth0.connect_account(
        SUB,
        "github",
        &["repo", "read:user"],
        TokenPlan::github_app(),
    );
    assert_eq!(
        answer_with(|switches| switches.comma_scopes = true).await["scope"],
        "repo,read:user"
    );
}

#[tokio::test]
async fn limits_outages_and_other_codes() {
    let world = World::start().await;
    world.auth0.rate_limit_for(30);
    let answer = world.send(&world.request()).await;
    assert_eq!((answer.status, answer.error()), (429, "too_many_requests"));
    assert_eq!(
        answer.headers["x-ratelimit-reset"],
        (NIGHT / 1_000 + 30).to_string().as_str()
    );
    world.sleep(30);
    token(&world.send(&world.request()).await);
    world.auth0.fail_with_500(1);
    assert_eq!(world.send(&world.request()).await.status, 500);
    world.auth0.fail_with_html_502(1);
    let answer = world.send(&world.request()).await;
    assert_eq!(answer.status, 502);
    assert!(
        answer.headers["content-type"]
            .to_str()
            .expect("ascii")
            .starts_with("text/html")
    );
    world.auth0.set_grants(CLIENT, &[]);
    world.auth0.switch(|switches| {
        switches
            .answers
            .insert(Refusal::ConnectionNotGranted, (401, "grant_refused"));
    });
    let answer = world.send(&world.request()).await;
    assert_eq!((answer.status, answer.error()), (401, "grant_refused"));
}

#[tokio::test]
async fn a_tenant_whose_clock_is_ahead_refuses_and_says_what_time_it_is() {
    let world = World::start().await;
    world.auth0.clock_offset(90_000);
    let answer = world
        .send(
            &world
                .request()
                .set("client_assertion", &world.late_assertion()),
        )
        .await;
    assert_eq!(answer.headers["date"], "Sun, 22 Nov 2026 02:01:30 GMT");
    assert_eq!(
        world.auth0.exchanges()[0].refused,
        Some(Refusal::SubjectTooOld)
    );
}
