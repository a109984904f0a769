//! Step 5: the subject token.

use serde_json::json;
use sim::auth0::{ClientAuth, Refusal};

use crate::worker::{CLIENT, NIGHT, SECRET, World, key, other_key};
use crate::{refuses, token};

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
