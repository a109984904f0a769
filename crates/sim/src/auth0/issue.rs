//! What a grant yields in the end: an access token that the tenant's own APIs know, and an ID token.

use serde_json::{Value, json};

use super::api::Subject;
use super::flows::AccessToken;
use super::jwt::Moment;
use super::refusal::{Refusal, Refused};
use super::signer::signer;
use super::state::Tenant;
use super::switches::IdToken;
use super::{Shared, refresh};

/// Life of an access token, seconds.
const ACCESS_LIFE_S: i64 = 86_400;
/// Life of an ID token, seconds.
const ID_LIFE_S: i64 = 36_000;
/// Scopes that are about the person, and of no API.
const PERSONAL: [&str; 3] = ["openid", "profile", "email"];

/// What is to be issued.
pub(crate) struct Issue<'a> {
    pub(crate) client_id: &'a str,
    /// The person; none for a client on its own.
    pub(crate) user_id: Option<&'a str>,
    pub(crate) audience: Option<&'a str>,
    /// Scopes as asked for; empty is everything the client may have.
    pub(crate) asked: &'a [String],
    pub(crate) nonce: Option<&'a str>,
}

/// Makes the tokens; the body of the answer.
pub(crate) fn issue(
    shared: &Shared,
    tenant: &mut Tenant,
    what: &Issue<'_>,
    moment: &Moment<'_>,
) -> Result<Value, Refused> {
    let subject = if what.user_id.is_some() {
        Subject::User
    } else {
        Subject::Client
    };
    let reach = what
        .audience
        .and_then(|audience| tenant.reach(what.client_id, audience, subject))
        .unwrap_or_default();
    let scopes: Vec<String> = if what.user_id.is_none() && what.asked.is_empty() {
        reach
    } else {
        what.asked
            .iter()
            .filter(|scope| {
                what.user_id.is_some() && PERSONAL.contains(&scope.as_str())
                    || reach.contains(scope)
            })
            .cloned()
            .collect()
    };
    let mut body = json!({
        "token_type": "Bearer",
        "expires_in": ACCESS_LIFE_S,
        "scope": scopes.join(" "),
    });
    body["access_token"] = json!(match what.audience {
        None => shared.seed.letters(64),
        Some(audience) => {
            let claims = json!({
                "iss": moment.tenant_url, "aud": audience, "azp": what.client_id,
                "sub": what.user_id.map_or_else(|| format!("{}@clients", what.client_id), ToOwned::to_owned),
                "iat": moment.now_s, "exp": moment.now_s + ACCESS_LIFE_S, "scope": scopes.join(" "),
                "jti": shared.seed.letters(22),
            });
            let token = sign(&claims, tenant.signing, tenant.signing)?;
            tenant.access_tokens.insert(
                token.clone(),
                AccessToken {
                    client_id: what.client_id.to_owned(),
                    user_id: what.user_id.map(ToOwned::to_owned),
                    audience: audience.to_owned(),
                    scopes: scopes.clone(),
                    until_ms: moment.now_ms + ACCESS_LIFE_S * 1_000,
                },
            );
            token
        }
    });
    if let Some(user_id) = what.user_id
        && scopes.iter().any(|scope| scope == "openid")
        && let Some(token) = id_token(tenant, what, user_id, &scopes, moment)?
    {
        body["id_token"] = json!(token);
    }
    refresh::attach(shared, tenant, what, &mut body);
    Ok(body)
}

/// The ID token, with the fault that the switches ask for.
fn id_token(
    tenant: &Tenant,
    what: &Issue<'_>,
    user_id: &str,
    scopes: &[String],
    moment: &Moment<'_>,
) -> Result<Option<String>, Refused> {
    let fault = tenant.switches.id_token;
    let mut claims = json!({
        "iss": moment.tenant_url, "aud": what.client_id, "sub": user_id,
        "iat": moment.now_s, "exp": moment.now_s + ID_LIFE_S,
    });
    if let Some(nonce) = what.nonce {
        claims["nonce"] = json!(nonce);
    }
    if scopes.iter().any(|scope| scope == "email") {
        claims["email"] = json!(tenant.users.get(user_id).map(|user| &user.email));
    }
    // The place of the key that signs, and of the key that is named.
    let (mut signs, mut named) = (tenant.signing, tenant.signing);
    match fault {
        IdToken::Right => {}
        IdToken::OtherSubject => claims["sub"] = json!("auth0|somebody-else"),
        IdToken::OtherAudience => claims["aud"] = json!("another-client"),
        IdToken::OtherIssuer => claims["iss"] = json!("https://another.example/"),
        IdToken::Expired => claims["exp"] = json!(moment.now_s - ID_LIFE_S),
        IdToken::Forged => signs = tenant.signing + 2,
        IdToken::UnknownKey => (signs, named) = (tenant.signing + 2, tenant.signing + 2),
        IdToken::Absent => return Ok(None),
    }
    sign(&claims, signs, named).map(Some)
}

fn sign(claims: &Value, signs: usize, named: usize) -> Result<String, Refused> {
    let kid = signer(named).map(|signer| signer.kid.clone());
    kid.and_then(|kid| signer(signs)?.sign(claims, &kid))
        .map_err(|err| Refused::new(Refusal::CodeInvalid, err))
}
