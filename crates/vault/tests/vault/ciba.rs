//! The owner asked by push: what leaves, how often it is asked for, and which yes is believed.

mod tenant;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clock::Clock as _;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use vault::ciba::{BadToken, Heard, WhyNotAsked};

use self::tenant::{ASK, Asked, TENANT, pending};
use crate::support::server::Reply;
use crate::support::{CLIENT, OWNER, refusal};

#[tokio::test]
async fn a_form_with_the_clients_own_proof_asks_about_the_owner_and_is_polled_for() {
    let asked = Asked::new().await;
    let form = &asked.forms(ASK)[0];
    let hint: Value = serde_json::from_str(&form["login_hint"]).expect("JSON");
    let issuer = asked.scene.auth0.url("/").to_string();
    assert_eq!(
        hint,
        json!({ "format": "iss_sub", "iss": issuer, "sub": OWNER })
    );
    assert_eq!(form["scope"], "openid");
    assert_eq!(form["requested_expiry"], "300");
    assert!(form["binding_message"].ends_with(" close_issue acme:widget#7 ..rm."));
    assert!(form["client_assertion"].split('.').count() == 3 && form["client_id"] == CLIENT);
    // Too early: nothing leaves.
    let before = asked.scene.auth0.count();
    assert!(matches!(asked.poll_after(4).await, Heard::Waiting { .. }));
    assert_eq!(asked.scene.auth0.count(), before);
    assert!(matches!(asked.poll_after(1).await, Heard::Waiting { .. }));
    let polls = asked.forms("/oauth/token");
    assert_eq!(polls.len(), 1);
    assert_eq!(polls[0]["grant_type"], "urn:openid:params:grant-type:ciba");
    assert_eq!(polls[0]["auth_req_id"], "canaryAuthReq");
    assert_ne!(polls[0]["client_assertion"], form["client_assertion"]);
    asked.says_yes(&asked.token(|_| {}));
    let sub = OWNER.to_owned();
    assert_eq!(asked.poll_after(5).await, Heard::Approved { sub });
    // It is said once, and nothing is polled for any more.
    assert_eq!(asked.poll_after(5).await, Heard::NotHeld);
    assert_eq!(asked.scene.vault.ciba().next_poll("one"), None);
}

#[tokio::test]
async fn slow_down_is_obeyed_and_kept() {
    let asked = Asked::new().await;
    let slower = |interval: u64| {
        let body = json!({ "error": "slow_down", "interval": interval });
        Reply::json(400, &body.to_string())
    };
    let seconds = Duration::from_secs;
    for (reply, expected) in [
        (refusal(400, "slow_down"), 10),
        (slower(12), 15),
        (slower(30), 30),
        (slower(31).with("retry-after", "40"), 40),
        (slower(100_000), 120),
    ] {
        asked.tenant.answers(reply);
        match asked.poll_after(120).await {
            Heard::SlowDown { interval, next } => {
                assert_eq!(interval, seconds(expected));
                assert_eq!(next, asked.scene.clock.now().plus(interval));
            }
            // The person's five minutes are over by then.
            Heard::Expired => break,
            other => panic!("{other:?}"),
        }
    }
    let asked = Asked::new().await;
    asked.tenant.answers(refusal(400, "slow_down"));
    asked.poll_after(5).await;
    asked.tenant.answers(pending());
    let before = asked.scene.auth0.count();
    assert!(matches!(asked.poll_after(9).await, Heard::Waiting { .. }));
    assert_eq!(asked.scene.auth0.count(), before);
    asked.poll_after(1).await;
    assert_eq!(asked.scene.auth0.count(), before + 1);
    // A later poll keeps the distance.
    assert!(matches!(asked.poll_after(9).await, Heard::Waiting { .. }));
    assert_eq!(asked.scene.auth0.count(), before + 1);
}

#[tokio::test]
async fn a_no_and_no_answer_are_told_apart_by_our_own_end() {
    for (seconds, code, expected) in [
        (5, "access_denied", Heard::Denied),
        (299, "access_denied", Heard::Denied),
        (300, "access_denied", Heard::Expired),
        (300, "authorization_pending", Heard::Expired),
        (300, "invalid_grant", Heard::Expired),
        (5, "expired_token", Heard::Expired),
        (5, "invalid_grant", Heard::UsedUp),
    ] {
        let asked = Asked::new().await;
        asked.tenant.answers(refusal(400, code));
        assert_eq!(
            asked.poll_after(seconds).await,
            expected,
            "{code} after {seconds}"
        );
        assert_eq!(asked.poll_after(5).await, Heard::NotHeld);
    }
    // A yes that was given in time counts, although it is heard at the end.
    let asked = Asked::new().await;
    asked.says_yes(&asked.token(|_| {}));
    assert!(matches!(
        asked.poll_after(301).await,
        Heard::Approved { .. }
    ));
}

#[tokio::test]
async fn a_yes_is_believed_of_the_owner_alone_and_with_the_tenants_signature() {
    let not_for_us = |heard: &Heard| matches!(heard, Heard::NotBelieved(BadToken::NotForUs(_)));
    for (name, value) in [
        ("iss", json!("https://another.example/")),
        ("aud", json!("another")),
        ("aud", json!([CLIENT, "another"])),
        ("exp", json!(1_600_000_000)),
        ("iat", json!(1_600_000_000)),
        ("iat", json!(1_900_000_000)),
    ] {
        let asked = Asked::new().await;
        asked.says_yes(&asked.token(|claims| claims[name] = value.clone()));
        let heard = asked.poll_after(5).await;
        assert!(not_for_us(&heard), "{name} = {value}: {heard:?}");
        assert_eq!(asked.poll_after(5).await, Heard::NotHeld);
    }
    let asked = Asked::new().await;
    asked.says_yes(&asked.token(|claims| claims["sub"] = json!("auth0|stranger")));
    let wrong = BadToken::WrongUser {
        expected: OWNER.to_owned(),
        got: "auth0|stranger".to_owned(),
    };
    assert_eq!(asked.poll_after(5).await, Heard::NotBelieved(wrong));

    let [right, wrong] = &*TENANT;
    let asked = Asked::new().await;
    let forged = asked.signed(&wrong.signs, "right", |_| {});
    let unknown = asked.signed(&wrong.signs, "wrong", |_| {});
    let nameless = {
        let now = asked.scene.clock.now().seconds();
        let claims =
            json!({ "iss": "x", "aud": CLIENT, "sub": OWNER, "iat": now, "exp": now + 60 });
        jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &right.signs).expect("signed")
    };
    let by_hand = {
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","kid":"right"}"#);
        let claims = asked
            .token(|_| {})
            .split('.')
            .nth(1)
            .expect("claims")
            .to_owned();
        format!("{header}.{claims}.")
    };
    // Signed with the public key as if it were a shared secret.
    let confused = {
        let mut header = Header::new(Algorithm::HS256);
        header.kid = Some("right".to_owned());
        let n = right.jwk["n"].as_str().expect("n");
        let claims = json!({ "sub": OWNER });
        let key = EncodingKey::from_secret(n.as_bytes());
        jsonwebtoken::encode(&header, &claims, &key).expect("signed")
    };
    for token in [forged, unknown, nameless, by_hand, confused] {
        let asked = Asked::new().await;
        asked.says_yes(&token);
        let heard = asked.poll_after(5).await;
        let bad = matches!(
            heard,
            Heard::NotBelieved(BadToken::BadSignature(_) | BadToken::Unreadable(_))
        );
        assert!(bad, "{token}: {heard:?}");
    }
    let asked = Asked::new().await;
    asked
        .tenant
        .answers(Reply::json(200, r#"{"access_token":"canaryAccess"}"#));
    let none = Heard::NotBelieved(BadToken::Unreadable("the answer has none"));
    assert_eq!(asked.poll_after(5).await, none);
}

#[tokio::test]
async fn one_token_answers_one_request() {
    let asked = Asked::new().await;
    let token = asked.token(|_| {});
    asked.says_yes(&token);
    assert!(matches!(asked.poll_after(5).await, Heard::Approved { .. }));
    asked.ask("one").await.expect("asked");
    let heard = asked.poll_after(5).await;
    assert!(
        matches!(heard, Heard::NotBelieved(BadToken::NotForUs(_))),
        "{heard:?}"
    );
}

#[tokio::test]
async fn what_does_not_get_through_leaves_the_request_as_it_is() {
    let asked = Asked::new().await;
    for reply in [
        refusal(503, "server_error"),
        Reply::new(502, "text/html", "<html>canaryAuthReq</html>"),
        Reply::new(200, "text/html", "<html>"),
        Reply::json(200, "{\"id_tok"),
        refusal(429, "too_many_requests"),
    ] {
        asked.tenant.answers(reply.clone());
        match asked.poll_after(10).await {
            Heard::Unheard {
                failure,
                next: Some(_),
            } => {
                let said = format!("{failure} {failure:?}");
                assert!(!said.contains("canary"), "{said}");
            }
            other => panic!("{reply:?}: {other:?}"),
        }
    }
    // A yes whose signature cannot be looked up yet is looked up later; it is not asked for again.
    asked.says_yes(&asked.token(|_| {}));
    *asked.tenant.keys.lock().expect("lock") = Some(refusal(500, "server_error"));
    assert!(matches!(asked.poll_after(10).await, Heard::Unheard { .. }));
    *asked.tenant.keys.lock().expect("lock") = None;
    asked.tenant.answers(refusal(401, "invalid_grant"));
    assert!(matches!(asked.poll_after(10).await, Heard::Approved { .. }));
    // What is not heard by the end will not be known.
    let asked = Asked::new().await;
    asked.tenant.answers(refusal(503, "server_error"));
    let heard = asked.poll_after(300).await;
    assert!(
        matches!(heard, Heard::Unheard { next: None, .. }),
        "{heard:?}"
    );
    let asked = Asked::new().await;
    asked.tenant.answers(refusal(401, "invalid_client"));
    assert!(matches!(asked.poll_after(5).await, Heard::Refused(_)));
}

#[tokio::test]
async fn why_nobody_was_asked_is_told_apart() {
    let said = |status: u16, code: &str, text: &str| {
        Reply::json(
            status,
            &json!({ "error": code, "error_description": text }).to_string(),
        )
    };
    for (reply, why) in [
        (
            said(400, "invalid_request", "no channel"),
            WhyNotAsked::NotEnrolled,
        ),
        (
            said(400, "invalid_request", "binding_message is odd"),
            WhyNotAsked::Refused,
        ),
        (
            said(400, "unknown_user_id", "unknown"),
            WhyNotAsked::UnknownOwner,
        ),
        (
            said(403, "unauthorized_client", "grant"),
            WhyNotAsked::NotGranted,
        ),
        (said(404, "", ""), WhyNotAsked::NotGranted),
        (said(401, "invalid_client", "no"), WhyNotAsked::Refused),
        (said(429, "too_many_requests", "slow"), WhyNotAsked::Passing),
        (said(503, "server_error", "down"), WhyNotAsked::Passing),
        (Reply::json(200, "{}"), WhyNotAsked::Passing),
    ] {
        let asked = Asked::scene().await;
        *asked.tenant.start.lock().expect("lock") = Some(reply.clone());
        let refused = asked.ask("one").await.expect_err("nobody was asked");
        assert_eq!(refused.why, why, "{reply:?}");
        assert!(refused.failure.remedy.len() > 10);
        assert_eq!(asked.poll_after(5).await, Heard::NotHeld);
    }
}

#[tokio::test]
async fn whether_it_may_ask_is_known_without_asking_anybody() {
    let asked = Asked::scene().await;
    let ciba = asked.scene.vault.ciba();
    asked.tenant.answers(refusal(401, "invalid_grant"));
    assert_eq!(ciba.may_ask().await, Ok(()));
    asked.tenant.answers(refusal(403, "unauthorized_client"));
    let failure = ciba.may_ask().await.expect_err("it may not");
    assert!(failure.remedy.contains("grant type CIBA"), "{failure}");
    assert_eq!(asked.forms(ASK).len(), 0);
}

#[tokio::test]
async fn nothing_is_asked_or_polled_for_under_the_emergency_stop() {
    let asked = Asked::new().await;
    let before = asked.scene.auth0.count();
    asked.scene.vault.brake().hold();
    assert!(matches!(asked.poll_after(5).await, Heard::Unheard { .. }));
    assert!(asked.ask("two").await.is_err());
    assert_eq!(asked.scene.auth0.count(), before);
    asked.scene.vault.brake().release();
    assert!(matches!(asked.poll_after(10).await, Heard::Waiting { .. }));
    // What is let go is polled for no more.
    asked.scene.vault.ciba().let_go("one");
    assert_eq!(asked.poll_after(10).await, Heard::NotHeld);
    assert_eq!(asked.scene.auth0.count(), before + 1);
}
