//! Authorization code with PKCE on a loopback address (RFC 8252, RFC 7636).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use url::Url;
use url::form_urlencoded::Serializer;
use zeroize::Zeroizing;

use super::account;
use super::loopback::Loopback;
use super::{ConnectError, Opener, Page, Pkce, nonce};
use crate::assertion::Mint;
use crate::vault::{Vault, endpoint};

/// How far Auth0's clock and ours may be apart when an ID token is judged, in seconds.
const LEEWAY: i64 = 120;

pub(super) struct Login<'a> {
    pub(super) vault: &'a Vault,
    /// A public client; absent: the worker.
    pub(super) client_id: Option<&'a str>,
    pub(super) redirect_uri: &'a str,
    /// What the owner is told that it is for.
    pub(super) page: Page,
    /// Scopes of the My Account API.
    pub(super) scopes: &'a str,
}

#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    id_token: String,
}

#[derive(Deserialize)]
struct IdClaims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    nonce: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Login<'_> {
    /// Sends the owner to the login page and comes back with a token for the My Account API.
    pub(super) async fn run(
        &self,
        loopback: &Loopback<'_>,
        open: &Opener<'_>,
    ) -> Result<Zeroizing<String>, ConnectError> {
        let exchanger = self.vault.exchanger();
        let (pkce, state, nonce) = (
            Pkce::new(&*exchanger.entropy),
            nonce(&*exchanger.entropy),
            nonce(&*exchanger.entropy),
        );
        open(self.page, &self.address(&pkce.challenge, &state, &nonce));
        let mut back = loopback.wait(self.page, &state, &*exchanger.clock).await?;
        let code = back.take("code", self.page)?;
        let tokens = self.redeem(&code, &pkce.verifier).await?;
        let access_token = Zeroizing::new(tokens.access_token);
        self.check(&Zeroizing::new(tokens.id_token), &nonce)?;
        Ok(access_token)
    }

    fn client(&self) -> &str {
        self.client_id.unwrap_or(&self.vault.settings().client_id)
    }

    fn address(&self, challenge: &str, state: &str, nonce: &str) -> Url {
        let base = &self.vault.settings().auth0_base;
        let mut page = endpoint(base, "authorize");
        page.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", self.client())
            .append_pair("redirect_uri", self.redirect_uri)
            .append_pair("scope", &format!("openid {}", self.scopes))
            .append_pair("audience", &self.my_account())
            .append_pair("state", state)
            .append_pair("nonce", nonce)
            .append_pair("code_challenge", challenge)
            .append_pair("code_challenge_method", "S256");
        page
    }

    /// The My Account API, by the name under which the tenant knows itself.
    fn my_account(&self) -> String {
        format!(
            "{}/me/",
            self.vault.settings().audience.trim_end_matches('/')
        )
    }

    async fn redeem(&self, code: &str, verifier: &str) -> Result<Tokens, ConnectError> {
        let exchanger = self.vault.exchanger();
        let mut form = Serializer::new(String::with_capacity(8 * 1024));
        form.append_pair("grant_type", "authorization_code")
            .append_pair("client_id", self.client())
            .append_pair("code", code)
            .append_pair("redirect_uri", self.redirect_uri)
            .append_pair("code_verifier", verifier);
        if self.client_id.is_none() {
            let signer = exchanger.ring.signer();
            let mint = Mint {
                signer: &signer,
                entropy: &*exchanger.entropy,
                issued_at: exchanger.clock.now().seconds(),
            };
            exchanger
                .prove_client(&mut form, &mint)
                .map_err(|failure| ConnectError::Signing(failure.message))?;
        }
        let request = exchanger
            .http
            .post(exchanger.token_url.clone())
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form.finish());
        account::call(
            self.page,
            request,
            "check the login client: callback addresses, the grant type authorization_code and access to the My Account API",
        )
        .await
    }

    /// OpenID Connect Core §3.1.3.7. The token came straight from the token endpoint over TLS, so
    /// its signature need not be checked (item 6 there); for whom it is, must.
    fn check(&self, id_token: &str, nonce: &str) -> Result<(), ConnectError> {
        let claims: IdClaims = id_token
            .split('.')
            .nth(1)
            .and_then(|part| URL_SAFE_NO_PAD.decode(part).ok())
            .and_then(|json| serde_json::from_slice(&json).ok())
            .ok_or(ConnectError::IdToken("it is no JWT"))?;
        let settings = self.vault.settings();
        if claims.iss != settings.issuer {
            return Err(ConnectError::IdToken(
                "another issuer than the configured one",
            ));
        }
        let client = self.client();
        let for_us = match &claims.aud {
            Audience::One(aud) => aud == client,
            // More audiences would need a look at azp; Auth0 names one.
            Audience::Many(all) => matches!(all.as_slice(), [aud] if aud == client),
        };
        if !for_us {
            return Err(ConnectError::IdToken("it is meant for another client"));
        }
        if claims.nonce.as_deref() != Some(nonce) {
            return Err(ConnectError::IdToken("it belongs to another login"));
        }
        let now = self.vault.exchanger().clock.now().seconds();
        if claims.exp.saturating_add(LEEWAY) < now {
            return Err(ConnectError::IdToken("it has expired"));
        }
        if claims.sub != settings.user_id {
            return Err(ConnectError::WrongUser {
                expected: settings.user_id.clone(),
                got: crate::redact::clean(&claims.sub, &[]),
            });
        }
        Ok(())
    }
}
