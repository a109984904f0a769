//! What is connected, and taking it back: the My Account API after a login, with the owner's own token.
//! The Management API could list the same without a login; but it takes a token that can do far more, and
//! it cannot delete (Auth0 docs, "My Account API", "Connected Accounts").

use serde::Deserialize;
use zeroize::Zeroizing;

use super::account::{answer, call};
use super::login::Login;
use super::loopback::Loopback;
use super::{ConnectError, ConnectOptions, Connected, Page};
use crate::vault::{Vault, endpoint};

/// To look.
const READ: &str = "read:me:connected_accounts";
/// To look and take back.
const REMOVE: &str = "read:me:connected_accounts delete:me:connected_accounts";
/// Accounts on a page of the list; Auth0 gives no more than 20.
const PAGE: &str = "20";
/// Pages that are read: nobody has so many accounts.
const PAGES: usize = 50;

/// The owner, logged in for a few minutes. Holds his token and shows none of it.
pub struct AccountSession<'a> {
    vault: &'a Vault,
    token: Zeroizing<String>,
}

#[derive(Deserialize)]
struct Listed {
    accounts: Vec<Connected>,
    next: Option<String>,
}

/// Has the owner log in, to see what is connected and, with `remove`, to take it back. Of the options
/// the scopes are not used.
///
/// # Errors
/// See [`ConnectError`].
pub async fn sign_in<'a>(
    vault: &'a Vault,
    options: &ConnectOptions<'_>,
    remove: bool,
) -> Result<AccountSession<'a>, ConnectError> {
    let loopback = Loopback::bind(&options.ports, options.pasted).await?;
    let redirect_uri = loopback.redirect_uri();
    let login = Login {
        vault,
        client_id: options.client_id.as_deref(),
        redirect_uri: &redirect_uri,
        page: Page::Account,
        scopes: if remove { REMOVE } else { READ },
    };
    let token = login.run(&loopback, options.open).await?;
    Ok(AccountSession { vault, token })
}

impl AccountSession<'_> {
    /// The owner's connected accounts, of every connection.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub async fn accounts(&self) -> Result<Vec<Connected>, ConnectError> {
        let mut accounts = Vec::new();
        let mut from: Option<String> = None;
        for _ in 0..PAGES {
            let mut url = self.endpoint("accounts");
            url.query_pairs_mut().append_pair("take", PAGE);
            if let Some(from) = &from {
                url.query_pairs_mut().append_pair("from", from);
            }
            let request = self.vault.exchanger().http.get(url);
            let listed: Listed = call(
                Page::Account,
                request.bearer_auth(self.token.as_str()),
                "check that the login client may use read:me:connected_accounts of the My Account API",
            )
            .await?;
            accounts.extend(listed.accounts);
            from = listed.next;
            if from.is_none() {
                return Ok(accounts);
            }
        }
        Err(ConnectError::Answer {
            step: "listing the accounts",
            status: 200,
            message: "the list has no end".to_owned(),
            remedy: "try again; see the tenant's status page if it lasts",
        })
    }

    /// Takes an account back: from now on the tenant hands out no token of it. GitHub is not told.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub async fn remove(&self, account: &Connected) -> Result<(), ConnectError> {
        let fits = account
            .id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !fits || account.id.is_empty() {
            return Err(ConnectError::Answer {
                step: "disconnecting",
                status: 200,
                message: "the list names an account by an impossible id".to_owned(),
                remedy: "try again",
            });
        }
        let url = self.endpoint(&format!("accounts/{}", account.id));
        let request = self.vault.exchanger().http.delete(url);
        answer(
            "disconnecting",
            request.bearer_auth(self.token.as_str()),
            "check that the login client may use delete:me:connected_accounts of the My Account API",
        )
        .await
        .map(drop)
    }

    fn endpoint(&self, path: &str) -> url::Url {
        let base = &self.vault.settings().auth0_base;
        endpoint(base, &format!("me/v1/connected-accounts/{path}"))
    }
}
