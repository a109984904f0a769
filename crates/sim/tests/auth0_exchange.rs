//! The worker's exchange over the wire: what passes, and each reason for a refusal.

mod worker;

use serde_json::json;
use sha2::{Digest as _, Sha256};
use sim::auth0::{ClientAuth, ExpiresIn, Refusal, TokenPlan, VAULT_GRANT};
use worker::{Answer, CLIENT, NIGHT, SECRET, SUB, World, key, other_key};

async fn refuses(world: &World, request: worker::Request, why: Refusal) {
    let answer = world.send(&request).await;
    let (status, error) = why.answer();
    assert_eq!(
        (answer.status, answer.error()),
        (status, error),
        "{why:?}: {}",
        answer.body
    );
    let log = world.auth0.exchanges();
    let last = log.last().expect("logged");
    assert_eq!(
        (last.refused, last.code()),
        (Some(why), "feta"),
        "{}",
        answer.body
    );
    assert_eq!(last.token_thumbprint, None);
}

fn token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["access_token"]
        .as_str()
        .expect("a token")
        .to_owned()
}

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

#[tokio::test]
async fn step_5_the_subject_tokens_header_and_signature() {
    let world = World::start().await;
    let with = |subject: String| world.request().set("subject_token", &subject);
    refuses(&world, with("not.a.jwt".into()), Refusal::SubjectMalformed).await;
    refuses(
        &world,
        with(world.subject_typed("JWT", key(), &[])),
        Refusal::SubjectTyp,
    )
    .await;
    let assertion = world.assertion(key(), &[]);
    refuses(&world, with(assertion), Refusal::SubjectTyp).await;
    refuses(
        &world,
        with(world.subject_with_alg(jsonwebtoken::Algorithm::RS512)),
        Refusal::SubjectAlg,
    )
    .await;
    refuses(
        &world,
        with(world.subject_with_alg(jsonwebtoken::Algorithm::RS384)),
        Refusal::SubjectAlg,
    )
    .await;
    refuses(
        &world,
        with(world.subject_with_kid(Some("unknown"), key())),
        Refusal::SubjectKid,
    )
    .await;
    refuses(
        &world,
        with(world.subject_with_kid(None, other_key())),
        Refusal::SubjectSignature,
    )
    .await;
    let forged = world.subject_with_kid(Some(&key().credential.kid), other_key());
    refuses(&world, with(forged), Refusal::SubjectSignature).await;
    let request = world.request().set(
        "subject_token_type",
        "urn:ietf:params:oauth:token-type:access_token",
    );
    refuses(&world, request, Refusal::TokenType).await;
}

#[tokio::test]
async fn step_5_two_keys_need_a_kid_and_a_deleted_key_is_dead() {
    let world = World::start().await;
    token(
        &world
            .send(
                &world
                    .request()
                    .set("subject_token", &world.subject_with_kid(None, key())),
            )
            .await,
    );
    world.auth0.add_key(CLIENT, &other_key().credential);
    let nameless = world.subject_with_kid(None, key());
    refuses(
        &world,
        world.request().set("subject_token", &nameless),
        Refusal::SubjectKid,
    )
    .await;
    let second = world.subject_with_kid(Some(&other_key().credential.kid), other_key());
    token(
        &world
            .send(&world.request().set("subject_token", &second))
            .await,
    );
    let first_kid = key().credential.kid.clone();
    world.auth0.delete_key(CLIENT, &first_kid);
    refuses(&world, world.request(), Refusal::AssertionBad).await;
    world.auth0.change_client(CLIENT, |client| {
        client.auth = ClientAuth::Secret(SECRET.into())
    });
    refuses(
        &world,
        world.request().with_secret(SECRET),
        Refusal::SubjectKid,
    )
    .await;
    world.auth0.change_client(CLIENT, |client| {
        let mut expired = key().credential.clone();
        expired.expires_at_ms = Some(NIGHT);
        client.privileged.get_or_insert_default().credentials = vec![expired];
    });
    refuses(
        &world,
        world.request().with_secret(SECRET),
        Refusal::SubjectSignature,
    )
    .await;
}

#[tokio::test]
async fn step_5_the_subject_tokens_claims() {
    let world = World::start().await;
    let now = NIGHT / 1_000;
    let mut cases: Vec<(&str, serde_json::Value, Refusal)> =
        ["sub", "aud", "iss", "iat", "jti", "audit_context"]
            .into_iter()
            .map(|claim| (claim, json!(null), Refusal::ClaimMissing))
            .collect();
    cases.extend([
        ("iss", json!("other"), Refusal::SubjectIssuer),
        ("aud", json!(world.auth0.url()), Refusal::SubjectAudience),
        (
            "aud",
            json!([format!("{}/", world.auth0.url())]),
            Refusal::SubjectAudience,
        ),
        ("iat", json!("now"), Refusal::ClaimMissing),
        ("iat", json!(now - 61), Refusal::SubjectTooOld),
        ("iat", json!(now + 6), Refusal::SubjectFromFuture),
        ("exp", json!(now), Refusal::SubjectExpired),
        ("nbf", json!(now + 6), Refusal::SubjectNotYetValid),
        ("jti", json!(""), Refusal::ClaimMissing),
        ("audit_context", json!(""), Refusal::AuditContext),
        (
            "audit_context",
            json!("é".repeat(257)),
            Refusal::AuditContext,
        ),
    ]);
    for (claim, value, why) in cases {
        let subject = world.subject(&[(claim, value)]);
        refuses(&world, world.request().set("subject_token", &subject), why).await;
    }
    for (claim, value) in [
        ("iat", json!(now - 60)),
        ("iat", json!(now + 5)),
        ("exp", json!(now + 9_999)),
        ("exp", json!(null)),
        ("audit_context", json!("é".repeat(256))),
    ] {
        // A null here leaves the claim out.
        token(
            &world
                .send(
                    &world
                        .request()
                        .set("subject_token", &world.subject(&[(claim, value)])),
                )
                .await,
        );
    }
}

#[tokio::test]
async fn step_5_one_token_one_request() {
    let world = World::start().await;
    let first = world.request();
    token(&world.send(&first).await);
    let replay = world
        .request()
        .set("subject_token", first.get("subject_token"));
    refuses(&world, replay, Refusal::SubjectReplayed).await;
    // Time does not heal it while the token lives.
    world.sleep(30);
    let replay = world
        .request()
        .set("subject_token", first.get("subject_token"));
    refuses(&world, replay, Refusal::SubjectReplayed).await;
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
