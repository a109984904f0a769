//! The two JWTs a worker sends: the client assertion that says who is calling, and the subject token that says for whom.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde_json::{Map, Value};

use super::key::Credential;
use super::refusal::{Refusal, Refused};
use super::state::Tenant;

/// Documented limit of a client assertion, bytes.
const ASSERTION_CAP: usize = 2048;
/// Documented tolerance for `iat` and `nbf` of a client assertion, seconds.
const ASSERTION_SKEW_S: i64 = 10;
/// Documented life of a subject token by its `iat`, seconds.
const SUBJECT_LIFE_S: i64 = 60;
/// The `typ` of a subject token.
const SUBJECT_TYP: &str = "token-vault-req+jwt";

/// A JWT taken apart, nothing checked.
pub(crate) struct Parts<'a> {
    signed: &'a str,
    signature: &'a str,
    pub(crate) header: Map<String, Value>,
    pub(crate) claims: Map<String, Value>,
}

impl<'a> Parts<'a> {
    pub(crate) fn read(token: &'a str) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let object = |part: &str| -> Option<Map<String, Value>> {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
        };
        Some(Self {
            signed,
            signature,
            header: object(header)?,
            claims: object(claims)?,
        })
    }

    pub(crate) fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim).and_then(Value::as_str)
    }

    pub(crate) fn kid(&self) -> Option<&str> {
        self.header.get("kid").and_then(Value::as_str)
    }

    fn number(&self, claim: &str) -> Option<i64> {
        let value = self.claims.get(claim)?;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a JWT time with a fraction is cut to seconds"
        )]
        value
            .as_i64()
            .or_else(|| value.as_f64().map(|seconds| seconds as i64))
    }

    fn algorithm(&self) -> Option<Algorithm> {
        match self.header.get("alg").and_then(Value::as_str)? {
            "RS256" => Some(Algorithm::RS256),
            "RS384" => Some(Algorithm::RS384),
            "PS256" => Some(Algorithm::PS256),
            _ => None,
        }
    }

    fn signed_by(&self, key: &Credential, alg: Algorithm) -> bool {
        jsonwebtoken::crypto::verify(self.signature, self.signed.as_bytes(), &key.key, alg)
            .unwrap_or(false)
    }
}

/// What the checks need to know of the tenant at this moment.
pub(crate) struct Moment<'a> {
    /// Base URL with its trailing slash: issuer and audience.
    pub(crate) tenant_url: &'a str,
    /// Seconds since the epoch.
    pub(crate) now_s: i64,
    /// Milliseconds since the epoch.
    pub(crate) now_ms: i64,
}

impl<'a> Moment<'a> {
    pub(crate) const fn at(tenant_url: &'a str, now_ms: i64) -> Self {
        Self {
            tenant_url,
            now_s: now_ms.div_euclid(1_000),
            now_ms,
        }
    }
}

/// Checks a `private_key_jwt` client assertion.
pub(crate) fn check_assertion(
    tenant: &mut Tenant,
    client_id: &str,
    keys: &[Credential],
    assertion: &str,
    moment: &Moment<'_>,
) -> Result<(), Refused> {
    let bad = |why: String| Refused::new(Refusal::AssertionBad, why);
    if assertion.len() > ASSERTION_CAP {
        return Err(bad(format!(
            "Client assertion is longer than {ASSERTION_CAP} bytes"
        )));
    }
    let jwt = Parts::read(assertion).ok_or_else(|| bad("Client assertion is not a JWT".into()))?;
    match jwt.header.get("typ").and_then(Value::as_str) {
        None | Some("JWT" | "jwt" | "client-authentication+jwt") => {}
        Some(other) => return Err(bad(format!("Client assertion has typ {other}"))),
    }
    let alg = jwt
        .algorithm()
        .ok_or_else(|| bad("Client assertion has an algorithm that is not allowed".into()))?;
    let key = keys
        .iter()
        .filter(|key| jwt.kid().is_none_or(|kid| kid == key.kid))
        .filter(|key| key.alg == alg && key.expires_at_ms.is_none_or(|end| moment.now_ms < end))
        .find(|key| jwt.signed_by(key, alg));
    if key.is_none() {
        return Err(bad(
            "Client assertion is not signed by a registered key".into()
        ));
    }
    for claim in ["iss", "sub"] {
        if jwt.text(claim) != Some(client_id) {
            return Err(bad(format!(
                "Client assertion must have {claim} = client_id"
            )));
        }
    }
    if jwt.text("aud") != Some(moment.tenant_url) {
        return Err(bad(format!(
            "Client assertion must have aud = {}",
            moment.tenant_url
        )));
    }
    let exp = jwt
        .number("exp")
        .ok_or_else(|| bad("Client assertion has no exp".into()))?;
    if exp <= moment.now_s || exp > moment.now_s + 300 {
        return Err(bad(
            "Client assertion must expire within five minutes".into()
        ));
    }
    for claim in ["iat", "nbf"] {
        if jwt
            .number(claim)
            .is_some_and(|at| at > moment.now_s + ASSERTION_SKEW_S)
        {
            return Err(bad(format!("Client assertion has {claim} in the future")));
        }
    }
    let jti = jwt
        .text("jti")
        .filter(|jti| !jti.is_empty())
        .ok_or_else(|| bad("Client assertion has no jti".into()))?;
    if jti.chars().count() > 64 {
        return Err(bad(
            "Client assertion has a jti longer than 64 characters".into()
        ));
    }
    if !tenant
        .seen_jti
        .insert((client_id.to_owned(), "assertion", jti.to_owned()))
    {
        return Err(bad("Client assertion was used before".into()));
    }
    Ok(())
}

/// Checks a privileged worker's subject token; returns the user it speaks for.
pub(crate) fn check_subject(
    tenant: &mut Tenant,
    client_id: &str,
    keys: &[Credential],
    jwt: &Parts<'_>,
    moment: &Moment<'_>,
) -> Result<String, Refused> {
    let bad = |why: Refusal, text: &str| Err(Refused::new(why, format!("Subject token: {text}")));
    if jwt.header.get("typ").and_then(Value::as_str) != Some(SUBJECT_TYP) {
        return bad(Refusal::SubjectTyp, "typ must be token-vault-req+jwt");
    }
    let Some(alg) = jwt.algorithm() else {
        return bad(Refusal::SubjectAlg, "alg must be RS256, RS384 or PS256");
    };
    let named = match (jwt.kid(), keys) {
        (Some(kid), keys) => keys.iter().find(|key| key.kid == kid),
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    let Some(key) = named else {
        return bad(
            Refusal::SubjectKid,
            "kid must name one of the client's keys",
        );
    };
    if key.alg != alg {
        return bad(Refusal::SubjectAlg, "alg is not that of the key");
    }
    if key.expires_at_ms.is_some_and(|end| end <= moment.now_ms) || !jwt.signed_by(key, alg) {
        return bad(Refusal::SubjectSignature, "signature is not valid");
    }
    let lenient = tenant.switches.lenient;
    for claim in ["sub", "aud", "iss", "iat", "jti", "audit_context"] {
        let excused = lenient && matches!(claim, "jti" | "audit_context");
        if !excused && jwt.claims.get(claim).is_none_or(Value::is_null) {
            return bad(Refusal::ClaimMissing, &format!("{claim} is required"));
        }
    }
    if jwt.text("iss") != Some(client_id) {
        return bad(Refusal::SubjectIssuer, "iss must be the client_id");
    }
    if jwt.text("aud") != Some(moment.tenant_url) {
        return bad(
            Refusal::SubjectAudience,
            "aud must be the tenant's URL with its trailing slash",
        );
    }
    check_times(jwt, moment, tenant.switches.skew_s)?;
    if !lenient {
        let Some(jti) = jwt.text("jti").filter(|jti| !jti.is_empty()) else {
            return bad(Refusal::ClaimMissing, "jti must be a text");
        };
        if !tenant
            .seen_jti
            .insert((client_id.to_owned(), "subject", jti.to_owned()))
        {
            return bad(Refusal::SubjectReplayed, "jti was used before");
        }
        let length = jwt
            .text("audit_context")
            .map_or(0, |context| context.chars().count());
        if !(1..=256).contains(&length) {
            return bad(
                Refusal::AuditContext,
                "audit_context must have 1 to 256 characters",
            );
        }
    }
    match jwt.text("sub") {
        Some(sub) => Ok(sub.to_owned()),
        None => bad(Refusal::ClaimMissing, "sub must be a text"),
    }
}

fn check_times(jwt: &Parts<'_>, moment: &Moment<'_>, skew_s: i64) -> Result<(), Refused> {
    let bad = |why: Refusal, text: &str| Err(Refused::new(why, format!("Subject token: {text}")));
    let Some(iat) = jwt.number("iat") else {
        return bad(Refusal::ClaimMissing, "iat must be a number");
    };
    if moment.now_s.saturating_sub(iat) > SUBJECT_LIFE_S {
        return bad(Refusal::SubjectTooOld, "issued more than 60 seconds ago");
    }
    if iat > moment.now_s.saturating_add(skew_s) {
        return bad(Refusal::SubjectFromFuture, "iat is in the future");
    }
    if jwt.claims.contains_key("exp") && jwt.number("exp").is_none_or(|exp| exp <= moment.now_s) {
        return bad(Refusal::SubjectExpired, "exp has passed");
    }
    if jwt.claims.contains_key("nbf")
        && jwt
            .number("nbf")
            .is_none_or(|nbf| nbf > moment.now_s.saturating_add(skew_s))
    {
        return bad(Refusal::SubjectNotYetValid, "nbf is in the future");
    }
    Ok(())
}
