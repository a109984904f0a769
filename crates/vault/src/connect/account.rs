//! The My Account API's part: ask for a ticket, send the owner to the consent page, complete.

use reqwest::RequestBuilder;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use url::Url;
use zeroize::Zeroizing;

use super::loopback::Loopback;
use super::{ConnectError, Connected, Opener, Page, Pkce, nonce};
use crate::http_client::{self, BodyError, Role};
use crate::settings::check_url;
use crate::vault::{Vault, endpoint};

/// What a login asks for at the My Account API to connect an account.
pub(super) const CONNECT: &str = "create:me:connected_accounts read:me:connected_accounts";
/// Longest answer that is read, in bytes.
const LONGEST_ANSWER: usize = 64 * 1024;

pub(super) struct MyAccount<'a> {
    pub(super) vault: &'a Vault,
    pub(super) token: Zeroizing<String>,
    pub(super) redirect_uri: &'a str,
}

#[derive(Deserialize)]
struct Started {
    auth_session: String,
    connect_uri: Url,
    connect_params: Ticket,
}

#[derive(Deserialize)]
struct Ticket {
    ticket: String,
}

impl MyAccount<'_> {
    pub(super) async fn connect(
        &self,
        scopes: &[String],
        loopback: &Loopback<'_>,
        open: &Opener<'_>,
    ) -> Result<Connected, ConnectError> {
        let exchanger = self.vault.exchanger();
        let (pkce, state) = (Pkce::new(&*exchanger.entropy), nonce(&*exchanger.entropy));
        let mut body = json!({
            "connection": self.vault.settings().connection,
            "redirect_uri": self.redirect_uri,
            "state": state,
            "code_challenge": pkce.challenge,
            "code_challenge_method": "S256",
        });
        // An empty list is refused; a missing one means: as chosen in the dashboard.
        if !scopes.is_empty() {
            body["scopes"] = json!(scopes);
        }
        let started: Started = self
            .post(
                "connect",
                &body,
                "check that the connection exists, is enabled for this client and has Connected Accounts for Token Vault switched on",
            )
            .await?;
        open(Page::Consent, &self.page(&started)?);
        let mut back = loopback
            .wait(Page::Consent, &state, &*exchanger.clock)
            .await?;
        let code = back.take("connect_code", Page::Consent)?;
        let body = json!({
            "auth_session": started.auth_session,
            "connect_code": code.as_str(),
            "redirect_uri": self.redirect_uri,
            "code_verifier": pkce.verifier.as_str(),
        });
        self.post(
            "complete",
            &body,
            "start again; the session lives five minutes",
        )
        .await
    }

    /// The consent page, if it is one a browser may be sent to.
    fn page(&self, started: &Started) -> Result<Url, ConnectError> {
        let mut page = started.connect_uri.clone();
        page.set_query(None);
        page.set_fragment(None);
        check_url(&page, self.vault.settings().allow_insecure_loopback)
            .map_err(|_| ConnectError::Address(crate::redact::clean(page.as_str(), &[])))?;
        page.set_query(started.connect_uri.query());
        page.query_pairs_mut()
            .append_pair("ticket", &started.connect_params.ticket);
        Ok(page)
    }

    async fn post<T: DeserializeOwned>(
        &self,
        what: &str,
        body: &Value,
        remedy: &'static str,
    ) -> Result<T, ConnectError> {
        let base = &self.vault.settings().auth0_base;
        let request = self
            .vault
            .exchanger()
            .http
            .post(endpoint(base, &format!("me/v1/connected-accounts/{what}")))
            .bearer_auth(self.token.as_str())
            .json(body);
        call(Page::Consent, request, remedy).await
    }
}

/// Sends a request and reads the JSON of a successful answer.
pub(super) async fn call<T: DeserializeOwned>(
    page: Page,
    request: RequestBuilder,
    remedy: &'static str,
) -> Result<T, ConnectError> {
    let step = page.step();
    let body = answer(step, request, remedy).await?;
    serde_json::from_slice(&body).map_err(|error| ConnectError::Answer {
        step,
        status: 200,
        // serde_json's own message may quote the answer, which holds tokens.
        message: format!(
            "an answer that cannot be read (line {}, column {})",
            error.line(),
            error.column()
        ),
        remedy,
    })
}

/// Sends a request and gives the body of a successful answer.
pub(super) async fn answer(
    step: &'static str,
    request: RequestBuilder,
    remedy: &'static str,
) -> Result<Zeroizing<Vec<u8>>, ConnectError> {
    let network = |error| ConnectError::Network {
        step,
        message: http_client::describe(Role::Tenant, error),
    };
    let response = request
        .header("accept", "application/json")
        .send()
        .await
        .map_err(network)?;
    let status = response.status();
    let answer = |message: String| ConnectError::Answer {
        step,
        status: status.as_u16(),
        message,
        remedy,
    };
    let body = match http_client::read_secret(response, LONGEST_ANSWER).await {
        Ok(body) => body,
        Err(BodyError::TooLarge) => return Err(answer("the answer is above 64 KiB".to_owned())),
        Err(BodyError::Broken(error)) => return Err(network(error)),
    };
    if !status.is_success() {
        return Err(answer(reason(&body)));
    }
    Ok(body)
}

/// The refusal in OAuth's or in problem style (RFC 9457).
fn reason(body: &[u8]) -> String {
    let json: Value = serde_json::from_slice(body).unwrap_or_default();
    let parts: Vec<&str> = ["error", "title", "error_description", "detail"]
        .iter()
        .filter_map(|name| json.get(name)?.as_str())
        .collect();
    match parts.as_slice() {
        [] => "no reason given".to_owned(),
        parts => crate::redact::clean(&parts.join(": "), &[]),
    }
}
