//! The ID token that an approved request ends with, judged (OpenID Connect Core §3.1.3.7): signed by the tenant,
//! for this application, now, and about the owner. Of all that comes back it alone ties the yes to a person.

use jsonwebtoken::{Algorithm, Validation};
use serde::Deserialize;

use super::jwks::Jwks;
use super::outcome::BadToken;
use crate::failure::Failure;
use crate::redact;
use crate::settings::Settings;
use clock::Clock;

/// How far Auth0's clock and ours may be apart, in seconds.
const LEEWAY: i64 = 120;

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    iat: i64,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// What a token is judged by.
pub(super) struct Judge<'a> {
    pub(super) settings: &'a Settings,
    pub(super) jwks: &'a Jwks,
    pub(super) http: &'a reqwest::Client,
    pub(super) clock: &'a dyn Clock,
    /// Auth0's time minus ours, in seconds.
    pub(super) skew: i64,
    /// When the request was made, in Unix seconds by our clock: an older token answers another one.
    pub(super) asked: i64,
}

impl Judge<'_> {
    /// The owner's `sub`, or why the token is not believed; the outer error says that the tenant's keys could
    /// not be had, so that nothing is known yet.
    pub(super) async fn judge(&self, token: &str) -> Result<Result<String, BadToken>, Failure> {
        let Ok(header) = jsonwebtoken::decode_header(token) else {
            return Ok(Err(BadToken::Unreadable("it is no JWT")));
        };
        if !matches!(header.alg, Algorithm::RS256 | Algorithm::PS256) {
            let why = "it is signed in a way that the tenant does not sign in";
            return Ok(Err(BadToken::BadSignature(why)));
        }
        let Some(kid) = header.kid else {
            return Ok(Err(BadToken::BadSignature("it names no key")));
        };
        let key = self.jwks.key(&kid, header.alg, self.http, self.clock);
        let Some(key) = key.await? else {
            let why = "it names a key that the tenant does not publish";
            return Ok(Err(BadToken::BadSignature(why)));
        };
        let mut rules = Validation::new(header.alg);
        // By our own clock, and with words of our own, below.
        rules.required_spec_claims.clear();
        rules.validate_exp = false;
        rules.validate_aud = false;
        Ok(match jsonwebtoken::decode::<Claims>(token, &key, &rules) {
            Ok(decoded) => self.claims(decoded.claims),
            Err(error) => Err(match error.kind() {
                jsonwebtoken::errors::ErrorKind::Json(_) => {
                    BadToken::Unreadable("a claim is missing or of another kind")
                }
                _ => BadToken::BadSignature("the named key did not make it"),
            }),
        })
    }

    fn claims(&self, claims: Claims) -> Result<String, BadToken> {
        if claims.iss != self.settings.issuer {
            return Err(BadToken::NotForUs("another issuer than the configured one"));
        }
        let client = &self.settings.client_id;
        let for_us = match &claims.aud {
            Audience::One(aud) => aud == client,
            // More audiences would need a look at azp; Auth0 names one.
            Audience::Many(all) => matches!(all.as_slice(), [aud] if aud == client),
        };
        if !for_us {
            return Err(BadToken::NotForUs("it is meant for another client"));
        }
        let now = self.clock.now().seconds().saturating_add(self.skew);
        if claims.exp.saturating_add(LEEWAY) < now {
            return Err(BadToken::NotForUs("it has expired"));
        }
        if claims.iat > now.saturating_add(LEEWAY) {
            return Err(BadToken::NotForUs("it was made in the future"));
        }
        if claims.iat.saturating_add(LEEWAY) < self.asked.saturating_add(self.skew) {
            return Err(BadToken::NotForUs("it was made before anybody was asked"));
        }
        if claims.sub != self.settings.user_id {
            return Err(BadToken::WrongUser {
                expected: self.settings.user_id.clone(),
                got: redact::clean(&claims.sub, &[]),
            });
        }
        Ok(claims.sub)
    }
}
