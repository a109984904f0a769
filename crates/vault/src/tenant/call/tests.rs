//! What a refusal is taken for, and what its words must not hold.

use super::*;

fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status: StatusCode::from_u16(status).expect("a status"),
        headers: HeaderMap::new(),
        body: Zeroizing::new(body.as_bytes().to_vec()),
    }
}

fn said(status: u16, body: &str) -> String {
    judge(
        &answer(status, body),
        "creating the application",
        Feature::PrivilegedWorker,
        &["hunter2"],
    )
    .map_or_else(String::new, |error| error.to_string())
}

#[test]
fn refusals_say_what_to_do() {
    assert_eq!(said(200, "{}"), "");
    for (status, body, words) in [
        (
            401,
            r#"{"statusCode":401,"error":"Unauthorized","message":"Expired token received for JSON Web Token validation","errorCode":"invalid_token"}"#,
            "API Explorer",
        ),
        (
            403,
            r#"{"statusCode":403,"error":"Forbidden","message":"Insufficient scope, expected any of: create:clients","errorCode":"insufficient_scope"}"#,
            "lacks the scope create:clients",
        ),
        (
            403,
            r#"{"errorCode":"insufficient_entitlement","message":"no hunter2"}"#,
            "Early Access",
        ),
        (
            400,
            r#"{"errorCode":"invalid_body","message":"Payload validation error: 'Additional properties not allowed: connected_accounts'."}"#,
            "connected accounts for Token Vault",
        ),
        (502, "<html>", "try again later"),
        (
            404,
            r#"{"errorCode":"inexistent_client","message":"No such client"}"#,
            "inexistent_client",
        ),
    ] {
        let said = said(status, body);
        assert!(said.contains(words), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn scopes_are_read_out_of_the_sentence() {
    assert_eq!(
        scopes("Insufficient scope, expected any of: read:clients,read:client_keys"),
        ["read:clients", "read:client_keys"]
    );
    assert!(scopes("no").is_empty());
}
