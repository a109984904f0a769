//! Codes and words, as tenants say them.

use super::*;
use vault::FailureClass;

fn told(code: &str, said: &str, change: impl FnOnce(&mut Known<'_>)) -> Diagnosis {
    let mut known = Known {
        client_id: "worker",
        user_id: "github|7",
        connection: "github",
        scope: None,
        kid: "kid-1",
        by_secret: false,
        skew: Some(0),
        worked_at: None,
    };
    change(&mut known);
    let failure = Failure {
        class: FailureClass::Configuration,
        code: code.to_owned(),
        status: Some(401),
        message: said.to_owned(),
        remedy: "look it up".to_owned(),
    };
    diagnose(&failure, &known)
}

#[test]
fn words_tell_the_members_of_a_family_apart() {
    for (code, said, check) in [
        ("invalid_client", "Unknown client", Check::TenantClient),
        ("invalid_client", "", Check::TenantClient),
        (
            "unauthorized_client",
            "Grant type 'x' not allowed for the client.",
            Check::TenantGrantType,
        ),
        ("unauthorized_client", "", Check::TenantGrantType),
        (
            "unauthorized_client",
            "The client must be OIDC conformant",
            Check::TenantClientSettings,
        ),
        (
            "access_denied",
            "Your IP address is not allowed",
            Check::TenantIpAllowlist,
        ),
        ("access_denied", "", Check::TenantIpAllowlist),
        (
            "access_denied",
            "connection not in grants",
            Check::TenantGrants,
        ),
        (
            "access_denied",
            "Token Vault is not enabled for the provided connection",
            Check::TenantConnection,
        ),
        (
            "invalid_request",
            "Token Vault is not enabled for the provided connection",
            Check::TenantConnection,
        ),
        (
            "invalid_grant",
            "signature is not valid",
            Check::TenantPrivilegedKey,
        ),
        ("invalid_grant", "unknown user", Check::TenantUser),
        ("invalid_grant", "", Check::TenantPrivilegedKey),
        ("invalid_token", "iat is in the future", Check::Clock),
        ("mfa_required", "", Check::TenantMfa),
        ("tokenset_not_found", "", Check::TenantAccount),
        ("something_new", "", Check::Exchange),
    ] {
        let diagnosis = told(code, said, |_| {});
        assert_eq!(diagnosis.check, check, "{code}: {said}");
        assert!(!diagnosis.remedy.is_empty());
    }
}

#[test]
fn what_is_known_beside_the_answer_counts() {
    let drifted = told("access_denied", "", |k| k.worked_at = Some(UnixMillis(1)));
    assert!(
        drifted.remedy.contains("has probably changed"),
        "{drifted:?}"
    );
    let secret = told("invalid_client", "Unauthorized", |k| k.by_secret = true);
    assert!(secret.remedy.contains("client secret"), "{secret:?}");
    let late = told("invalid_grant", "", |k| k.skew = Some(-600));
    assert_eq!(late.check, Check::Clock);
    let scope = told("access_denied", "Scope x is not granted", |k| {
        k.scope = Some("x")
    });
    assert!(scope.remedy.contains("auth0.scope (x)"), "{scope:?}");
}
