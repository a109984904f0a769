//! Tokens over the wire: one exchange for everybody, fresh proofs, typed failures, nothing kept
//! beyond its time.

use std::collections::HashSet;
use std::time::Duration;

use crate::support::server::{Heard, Reply};
use crate::support::{CLIENT, OWNER, Scene, refusal, token};
use clock::{Clock, UnixMillis};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::Value;
use vault::FailureClass;

const S: fn(u64) -> Duration = Duration::from_secs;

/// Header and verified claims of a JWT signed with the test key.
fn decode(jwt: &str) -> (jsonwebtoken::Header, Value) {
    let pem = vault::public_key(&crate::support::file(crate::support::key_file()))
        .expect("key")
        .pem;
    let mut rules = Validation::new(Algorithm::RS256);
    rules.validate_exp = false;
    rules.validate_aud = false;
    let key = DecodingKey::from_rsa_pem(pem.as_bytes()).expect("public key");
    let data = jsonwebtoken::decode::<Value>(jwt, &key, &rules).expect("signature");
    (data.header, data.claims)
}

fn proofs(heard: &Heard) -> [(jsonwebtoken::Header, Value); 2] {
    let form = heard.form();
    [
        decode(&form["subject_token"]),
        decode(&form["client_assertion"]),
    ]
}

#[tokio::test]
async fn the_request_is_what_auth0_documents() {
    let scene = Scene::new().await;
    scene.vault.probe("scan").await.expect("token");
    let heard = &scene.auth0.heard()[0];
    assert_eq!(
        (heard.method.as_str(), heard.path.as_str()),
        ("POST", "/oauth/token")
    );
    assert_eq!(
        heard.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(
        heard.header("content-length"),
        Some(heard.body.len().to_string().as_str())
    );
    let form = heard.form();
    assert_eq!(
        form["grant_type"],
        "urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token"
    );
    assert_eq!(
        form["subject_token_type"],
        "urn:ietf:params:oauth:token-type:jwt"
    );
    assert_eq!(
        form["requested_token_type"],
        "http://auth0.com/oauth/token-type/token-vault-access-token"
    );
    assert_eq!(form["connection"], "github");
    assert_eq!(form["client_id"], CLIENT);
    assert!(!form.contains_key("scope"));
    let [(head, subject), (client_head, client)] = proofs(heard);
    assert_eq!(head.typ.as_deref(), Some("token-vault-req+jwt"));
    assert_eq!(head.kid.as_deref(), Some(scene.vault.status().kid.as_str()));
    assert_eq!(subject["sub"], OWNER);
    assert_eq!(subject["iss"], CLIENT);
    assert_eq!(subject["aud"], scene.auth0.url("/").as_str());
    assert_eq!(subject["iat"], 1_700_000_000);
    assert!(subject["exp"].as_i64().expect("exp") - subject["iat"].as_i64().expect("iat") <= 60);
    assert_eq!(subject["audit_context"], "bountyd scan j:1");
    let jti: uuid::Uuid = subject["jti"].as_str().expect("jti").parse().expect("uuid");
    assert_eq!(jti.get_version_num(), 4);
    assert_eq!(client_head.typ.as_deref(), Some("JWT"));
    assert_eq!(
        (&client["sub"], &client["iss"]),
        (&Value::from(CLIENT), &Value::from(CLIENT))
    );
    assert!(client.get("audit_context").is_none());
    assert_ne!(client["jti"], subject["jti"]);
    assert_eq!(scene.journal.lines(), ["begin scan", "done"]);
    let facts = scene.journal.facts.lock().expect("lock")[0].clone();
    assert_eq!((facts.expires_in, facts.held_for), (Some(3600), S(900)));
}

#[tokio::test]
async fn ten_thousand_callers_cause_one_exchange() {
    let scene = Scene::new().await;
    scene.auth0.hold();
    let callers: Vec<_> = (0..10_000)
        .map(|_| {
            let vault = scene.vault.clone();
            tokio::spawn(async move { vault.probe("scan").await })
        })
        .collect();
    scene
        .until("the request arrives", |s| s.auth0.count() == 1)
        .await;
    scene.auth0.let_go();
    for caller in callers {
        caller.await.expect("task").expect("token");
    }
    assert_eq!(scene.auth0.count(), 1);
    assert_eq!(scene.vault.status().exchanges, 1);
    assert_eq!(scene.journal.lines(), ["begin scan", "done"]);
}

#[tokio::test]
async fn a_refresh_that_fails_once_may_be_the_providers_bad_moment() {
    let scene = Scene::new().await;
    let fails = || refusal(401, "federated_connection_refresh_token_flow_failed");
    scene.auth0.answer(move |_, _| fails());
    let class = async || {
        let failure = scene.vault.probe("scan").await.expect_err("refused");
        let asked = scene.auth0.count();
        (failure.class, asked)
    };
    let until = scene.clock.now().plus(S(60));
    let later = FailureClass::Transient {
        retry_after: Some(until),
    };
    assert_eq!(class().await, (later, 1));
    scene.clock.advance(S(59));
    assert_eq!(class().await, (later, 1), "not before the minute is over");
    scene.clock.advance(S(1));
    assert_eq!(class().await, (FailureClass::Reconnect, 2));
    scene.clock.advance(S(30));
    assert_eq!(class().await, (FailureClass::Reconnect, 3));

    // A token, or the owner's word, ends the row.
    scene.auth0.answer(|_, _| token("gho_x", 3600));
    scene.clock.advance(S(30));
    scene.vault.probe("scan").await.expect("it passed");
    scene.vault.forget();
    scene.auth0.answer(move |_, _| fails());
    assert!(matches!(class().await.0, FailureClass::Transient { .. }));
    scene.clock.advance(S(60));
    assert_eq!(class().await.0, FailureClass::Reconnect);
    scene.vault.mended();
    assert!(matches!(class().await.0, FailureClass::Transient { .. }));

    // He may have connected again within the minute.
    scene.auth0.answer(|_, _| token("gho_y", 3600));
    scene.vault.mended();
    scene.vault.probe("scan").await.expect("at once");
}

#[tokio::test]
async fn a_refresh_that_failed_for_an_earlier_process_fails_a_second_time() {
    let code = "federated_connection_refresh_token_flow_failed";
    for (before, lasting) in [(code, true), ("timeout", false)] {
        let scene = Scene::with(|s, _| s.last_failure = Some(before.to_owned())).await;
        scene.auth0.answer(move |_, _| refusal(401, code));
        let failure = scene.vault.probe("scan").await.expect_err("refused");
        assert_eq!(
            failure.class == FailureClass::Reconnect,
            lasting,
            "{before}"
        );
    }
}

#[tokio::test]
async fn a_failed_exchange_is_shared_and_then_left_alone_for_a_while() {
    let scene = Scene::new().await;
    scene
        .auth0
        .answer(|_, _| refusal(401, "federated_connection_refresh_token_not_found"));
    scene.auth0.hold();
    let callers: Vec<_> = (0..1000)
        .map(|_| {
            let vault = scene.vault.clone();
            tokio::spawn(async move { vault.probe("scan").await })
        })
        .collect();
    scene
        .until("the request arrives", |s| s.auth0.count() == 1)
        .await;
    scene.auth0.let_go();
    for caller in callers {
        let failure = caller.await.expect("task").expect_err("refused");
        assert_eq!(failure.class, FailureClass::Reconnect);
    }
    scene.clock.advance(S(29));
    assert!(scene.vault.probe("scan").await.is_err());
    assert_eq!(scene.auth0.count(), 1);
    let status = scene.vault.status();
    assert_eq!(
        status.paused_until.map(|t| t.since(scene.clock.now())),
        Some(S(1))
    );
    scene.auth0.answer(|_, _| token("gho_x", 3600));
    scene.clock.advance(S(1));
    scene.vault.probe("scan").await.expect("mended");
    assert_eq!(scene.auth0.count(), 2);
    assert!(scene.vault.status().last_failure.is_none());
}

#[tokio::test]
async fn passing_failures_are_waited_out_longer_and_longer() {
    let scene = Scene::new().await;
    scene
        .auth0
        .answer(|_, _| Reply::new(502, "text/html", "<html>"));
    for (n, pause) in [5, 10, 20, 40].into_iter().enumerate() {
        assert!(
            scene
                .vault
                .probe("scan")
                .await
                .expect_err("502")
                .is_transient()
        );
        scene.clock.advance(S(pause - 1));
        assert!(scene.vault.probe("scan").await.is_err());
        assert_eq!(scene.auth0.count(), n + 1);
        scene.clock.advance(S(1));
    }
    scene
        .auth0
        .answer(|_, _| refusal(429, "too_many_requests").with("x-ratelimit-reset", "1700000400"));
    scene.vault.probe("scan").await.expect_err("429");
    scene.clock.advance(S(300));
    scene.vault.probe("scan").await.expect_err("still");
    assert_eq!(scene.auth0.count(), 5);
}

#[tokio::test]
async fn a_caller_who_leaves_does_not_take_the_exchange_along() {
    let scene = Scene::new().await;
    scene.auth0.hold();
    let vault = scene.vault.clone();
    let caller = tokio::spawn(async move { vault.probe("scan").await });
    scene
        .until("the request arrives", |s| s.auth0.count() == 1)
        .await;
    caller.abort();
    scene.auth0.let_go();
    scene
        .until("the token is kept", |s| s.vault.status().token.is_some())
        .await;
    scene.vault.probe("scan").await.expect("token");
    assert_eq!(scene.auth0.count(), 1);
}

#[tokio::test]
async fn no_proof_is_used_twice() {
    let scene = Scene::new().await;
    scene.auth0.answer(|_, n| {
        if n % 2 == 1 {
            refusal(401, "invalid_grant")
        } else {
            token("gho_x", 3600)
        }
    });
    for _ in 0..5 {
        scene.vault.probe("scan").await.expect("second try");
        scene.vault.forget();
    }
    let heard = scene.auth0.heard();
    assert_eq!(heard.len(), 10);
    let jtis: HashSet<String> = heard
        .iter()
        .flat_map(proofs)
        .map(|(_, claims)| claims["jti"].to_string())
        .collect();
    assert_eq!(jtis.len(), 20);
    assert_eq!(scene.journal.lines().len(), 10, "one entry for both tries");
}

#[tokio::test]
async fn a_second_refusal_of_fresh_proofs_is_a_wrong_setting() {
    let scene = Scene::new().await;
    scene.auth0.answer(|_, _| refusal(401, "invalid_grant"));
    let failure = scene.vault.probe("scan").await.expect_err("refused");
    assert_eq!(failure.class, FailureClass::Configuration);
    assert_eq!(scene.auth0.count(), 2);
    scene.clock.advance(S(31));
    scene.auth0.answer(|_, _| refusal(403, "access_denied"));
    scene.vault.probe("scan").await.expect_err("refused");
    assert_eq!(scene.auth0.count(), 3, "access_denied is not tried again");
}

#[tokio::test]
async fn a_proof_of_61_seconds_is_never_sent() {
    let scene = Scene::new().await;
    scene.clock.hurry(S(61));
    let failure = scene.vault.probe("scan").await.expect_err("stale");
    assert_eq!(failure.code, "assertion_stale");
    assert!(failure.is_transient());
    assert_eq!(scene.auth0.count(), 0);
}

#[tokio::test]
async fn a_wrong_clock_is_corrected_once_and_told() {
    let scene = Scene::new().await;
    scene.auth0.answer(|_, n| {
        let reply = if n == 1 {
            refusal(401, "invalid_grant")
        } else {
            token("gho_x", 3600)
        };
        // Two minutes after the test clock.
        reply.with("date", "Tue, 14 Nov 2023 22:15:20 GMT")
    });
    scene.vault.probe("scan").await.expect("corrected");
    let heard = scene.auth0.heard();
    let [(_, first), _] = proofs(&heard[0]);
    let [(_, second), _] = proofs(&heard[1]);
    assert_eq!(
        (&first["iat"], &second["iat"]),
        (&Value::from(1_700_000_000), &Value::from(1_700_000_120))
    );
    assert_eq!(scene.vault.status().clock_skew, Some(120));
    // What the clock is set to afterwards counts as well.
    scene.clock.set_wall(UnixMillis(1_700_000_120_000));
    assert_eq!(scene.vault.status().clock_skew, Some(0));
}

#[tokio::test]
async fn without_a_journal_nothing_is_asked_and_nothing_kept() {
    let scene = Scene::new().await;
    scene.journal.refuses.lock().expect("lock").push("begin");
    assert_eq!(
        scene.vault.probe("scan").await.expect_err("refused").code,
        "journal"
    );
    assert_eq!(scene.auth0.count(), 0);
    *scene.journal.refuses.lock().expect("lock") = vec!["done"];
    assert_eq!(
        scene.vault.probe("scan").await.expect_err("refused").code,
        "journal"
    );
    assert!(scene.vault.status().token.is_none());
}
